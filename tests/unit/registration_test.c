/* Registration in a scratch key of the real registry: what stands there afterwards, value by value, and that a foreign
 * server comes back. */
#include <windows.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "class_table.h"
#include "deliveryoptimization.h"
#include "registration.h"
#include "registry_faults.h"
#include "registry_snapshot.h"

#define CLASS       L"Software\\Classes\\CLSID\\{5B99FA76-721C-423C-ADAC-56D03C8A8007}"
#define SERVER      CLASS L"\\InprocServer32"
#define OUR_PATH    L"C:\\dosvc\\Dosvc.dll"
#define NEW_PATH    L"D:\\other place\\Dosvc.dll"
#define THEIR_PATH  L"%SystemRoot%\\System32\\theirs.dll"
#define THEIR_APPID L"{0000AAAA-0000-0000-0000-000000000001}"

static const char registered[] = "[Software\\Classes\\CLSID\\{5B99FA76-721C-423C-ADAC-56D03C8A8007}]\n"
                                 "@=1:Delivery Optimization\n"
                                 "[Software\\Classes\\CLSID\\{5B99FA76-721C-423C-ADAC-56D03C8A8007}\\InprocServer32]\n"
                                 "@=1:C:\\dosvc\\Dosvc.dll\n"
                                 "ThreadingModel=1:Both\n";

/* In place of the DLL's table, whose rows need the whole DLL. */
const struct class_row class_table[] = {
    {.clsid = &CLSID_DeliveryOptimization, .name = L"Delivery Optimization", .threading_model = L"Both"}};
const size_t class_count = 1;

static WCHAR scratch_path[64];
static HKEY scratch;

static int make_scratch(void **state)
{
    (void)state;
    swprintf(scratch_path, 64, L"Software\\dosvc-registration-test-%lu", GetCurrentProcessId());
    RegDeleteTreeW(HKEY_CURRENT_USER, scratch_path);
    registry_faults_off();
    return (int)RegCreateKeyExW(HKEY_CURRENT_USER, scratch_path, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &scratch, NULL);
}

static int drop_scratch(void **state)
{
    (void)state;
    RegCloseKey(scratch);
    return (int)RegDeleteTreeW(HKEY_CURRENT_USER, scratch_path);
}

static void put(const WCHAR *path, const WCHAR *name, DWORD type, const WCHAR *text)
{
    HKEY key;

    assert_int_equal(RegCreateKeyExW(scratch, path, 0, NULL, 0, KEY_SET_VALUE, NULL, &key, NULL), ERROR_SUCCESS);
    assert_int_equal(
        RegSetValueExW(key, name, 0, type, (const BYTE *)text, (DWORD)((wcslen(text) + 1) * sizeof(WCHAR))),
        ERROR_SUCCESS);
    RegCloseKey(key);
}

static void remove_value(const WCHAR *path, const WCHAR *name)
{
    assert_int_equal(RegDeleteKeyValueW(scratch, path, name), ERROR_SUCCESS);
}

static void seed_foreign_server(void)
{
    put(CLASS, NULL, REG_SZ, L"Their class");
    put(CLASS, L"AppID", REG_SZ, THEIR_APPID);
    put(SERVER, NULL, REG_EXPAND_SZ, THEIR_PATH);
    put(SERVER, L"ThreadingModel", REG_SZ, L"Apartment");
    put(SERVER, L"Assembly", REG_SZ, L"theirs");
    put(CLASS L"\\ProgID", NULL, REG_SZ, L"Their.Class");
}

/* The part of the scratch key below Software\Classes that is not empty. */
static void assert_classes(const char *expected)
{
    char *actual = registry_snapshot_values(scratch, L"Software\\Classes");

    assert_string_equal(actual, expected);
    free(actual);
}

static void assert_scratch(const char *expected)
{
    char *actual = registry_snapshot(scratch);

    assert_string_equal(actual, expected);
    free(actual);
}

static void writes_path_threading_model_and_name(void **state)
{
    (void)state;
    assert_int_equal(registration_write(&registry_ops_faulty, scratch, OUR_PATH), S_OK);
    assert_classes(registered);
}

static void leaves_nothing_behind_where_nothing_was(void **state)
{
    (void)state;
    assert_int_equal(registration_write(&registry_ops_faulty, scratch, OUR_PATH), S_OK);
    assert_int_equal(registration_remove(&registry_ops_faulty, scratch), S_OK);
    assert_scratch("");
}

static void removing_what_is_not_registered_changes_nothing(void **state)
{
    char *before;

    (void)state;
    assert_int_equal(registration_remove(&registry_ops_faulty, scratch), S_OK);
    assert_scratch("");
    seed_foreign_server();
    put(SERVER, L"ThreadingModel", REG_SZ, L"Both");
    before = registry_snapshot(scratch);
    assert_int_equal(registration_remove(&registry_ops_faulty, scratch), S_OK);
    assert_scratch(before);
    free(before);
}

static void foreign_server_is_replaced_and_comes_back(void **state)
{
    char *before;

    (void)state;
    seed_foreign_server();
    before = registry_snapshot(scratch);
    assert_int_equal(registration_write(&registry_ops_faulty, scratch, OUR_PATH), S_OK);
    assert_classes("[Software\\Classes\\CLSID\\{5B99FA76-721C-423C-ADAC-56D03C8A8007}]\n"
                   "@=1:Delivery Optimization\n"
                   "[Software\\Classes\\CLSID\\{5B99FA76-721C-423C-ADAC-56D03C8A8007}\\InprocServer32]\n"
                   "@=1:C:\\dosvc\\Dosvc.dll\n"
                   "Assembly=1:theirs\n"
                   "ThreadingModel=1:Both\n"
                   "[Software\\Classes\\CLSID\\{5B99FA76-721C-423C-ADAC-56D03C8A8007}\\ProgID]\n"
                   "@=1:Their.Class\n");
    assert_int_equal(registration_remove(&registry_ops_faulty, scratch), S_OK);
    assert_scratch(before);
    free(before);
}

/* A value of theirs that equals ours is theirs all the same. */
static void foreign_server_comes_back_with_values_that_equal_ours(void **state)
{
    char *before;

    (void)state;
    put(CLASS, NULL, REG_SZ, L"Delivery Optimization");
    put(SERVER, NULL, REG_SZ, THEIR_PATH);
    put(SERVER, L"ThreadingModel", REG_SZ, L"Both");
    before = registry_snapshot(scratch);
    assert_int_equal(registration_write(&registry_ops_faulty, scratch, OUR_PATH), S_OK);
    assert_int_equal(registration_remove(&registry_ops_faulty, scratch), S_OK);
    assert_scratch(before);
    free(before);
}

static void second_registration_renews_the_path_and_keeps_what_was_saved(void **state)
{
    char *before;

    (void)state;
    seed_foreign_server();
    before = registry_snapshot(scratch);
    assert_int_equal(registration_write(&registry_ops_faulty, scratch, OUR_PATH), S_OK);
    assert_int_equal(registration_write(&registry_ops_faulty, scratch, NEW_PATH), S_OK);
    assert_classes("[Software\\Classes\\CLSID\\{5B99FA76-721C-423C-ADAC-56D03C8A8007}]\n"
                   "@=1:Delivery Optimization\n"
                   "[Software\\Classes\\CLSID\\{5B99FA76-721C-423C-ADAC-56D03C8A8007}\\InprocServer32]\n"
                   "@=1:D:\\other place\\Dosvc.dll\n"
                   "Assembly=1:theirs\n"
                   "ThreadingModel=1:Both\n"
                   "[Software\\Classes\\CLSID\\{5B99FA76-721C-423C-ADAC-56D03C8A8007}\\ProgID]\n"
                   "@=1:Their.Class\n");
    assert_int_equal(registration_remove(&registry_ops_faulty, scratch), S_OK);
    assert_scratch(before);
    free(before);
}

/* Somebody registered after us: their class stays whole, also the values that equal ours. */
static void server_that_took_the_class_over_is_left_alone(void **state)
{
    (void)state;
    seed_foreign_server();
    assert_int_equal(registration_write(&registry_ops_faulty, scratch, OUR_PATH), S_OK);
    put(SERVER, NULL, REG_SZ, L"C:\\third.dll");
    assert_int_equal(registration_remove(&registry_ops_faulty, scratch), S_OK);
    assert_scratch("[Software]\n"
                   "[Software\\Classes]\n"
                   "[Software\\Classes\\CLSID]\n"
                   "[Software\\Classes\\CLSID\\{5B99FA76-721C-423C-ADAC-56D03C8A8007}]\n"
                   "@=1:Delivery Optimization\n"
                   "[Software\\Classes\\CLSID\\{5B99FA76-721C-423C-ADAC-56D03C8A8007}\\InprocServer32]\n"
                   "@=1:C:\\third.dll\n"
                   "Assembly=1:theirs\n"
                   "ThreadingModel=1:Both\n"
                   "[Software\\Classes\\CLSID\\{5B99FA76-721C-423C-ADAC-56D03C8A8007}\\ProgID]\n"
                   "@=1:Their.Class\n");
}

static void server_that_took_the_class_over_comes_back_after_we_took_it_again(void **state)
{
    char *before;

    (void)state;
    seed_foreign_server();
    assert_int_equal(registration_write(&registry_ops_faulty, scratch, OUR_PATH), S_OK);
    put(SERVER, NULL, REG_SZ, L"C:\\third.dll");
    before = registry_snapshot_values(scratch, L"Software\\Classes");
    assert_int_equal(registration_write(&registry_ops_faulty, scratch, OUR_PATH), S_OK);
    assert_int_equal(registration_remove(&registry_ops_faulty, scratch), S_OK);
    assert_classes(before);
    free(before);
}

static void value_that_somebody_changed_since_is_left_alone(void **state)
{
    (void)state;
    assert_int_equal(registration_write(&registry_ops_faulty, scratch, OUR_PATH), S_OK);
    put(CLASS, NULL, REG_SZ, L"Renamed");
    assert_int_equal(registration_remove(&registry_ops_faulty, scratch), S_OK);
    assert_scratch("[Software]\n"
                   "[Software\\Classes]\n"
                   "[Software\\Classes\\CLSID]\n"
                   "[Software\\Classes\\CLSID\\{5B99FA76-721C-423C-ADAC-56D03C8A8007}]\n"
                   "@=1:Renamed\n");
}

static void key_that_was_there_before_stays_although_it_is_empty(void **state)
{
    (void)state;
    put(L"Software\\dosvc", L"Setting", REG_SZ, L"1");
    put(SERVER, L"ThreadingModel", REG_SZ, L"Free");
    remove_value(SERVER, L"ThreadingModel");
    assert_int_equal(registration_write(&registry_ops_faulty, scratch, OUR_PATH), S_OK);
    assert_int_equal(registration_remove(&registry_ops_faulty, scratch), S_OK);
    assert_scratch("[Software]\n"
                   "[Software\\Classes]\n"
                   "[Software\\Classes\\CLSID]\n"
                   "[Software\\Classes\\CLSID\\{5B99FA76-721C-423C-ADAC-56D03C8A8007}]\n"
                   "[Software\\Classes\\CLSID\\{5B99FA76-721C-423C-ADAC-56D03C8A8007}\\InprocServer32]\n"
                   "[Software\\dosvc]\n"
                   "Setting=1:1\n");
}

static HRESULT write_ours(void)
{
    return registration_write(&registry_ops_faulty, scratch, OUR_PATH);
}

static HRESULT remove_ours(void)
{
    return registration_remove(&registry_ops_faulty, scratch);
}

/* Fails the first call, the second ... until all succeed; each failure must be told and leave everything as it was. */
static void sweep(HRESULT (*operation)(void))
{
    char *before = registry_snapshot(scratch);
    unsigned int step;

    for (step = 1; step < 1000; step++) {
        HRESULT hr;

        registry_faults_fail_once(step, ERROR_ACCESS_DENIED);
        hr = operation();
        if (!registry_faults_happened()) {
            registry_faults_off();
            assert_int_equal(hr, S_OK);
            break;
        }
        registry_faults_off();
        assert_int_equal(hr, E_ACCESSDENIED);
        assert_scratch(before);
    }
    assert_in_range(step, 20, 999);
    assert_int_equal(registry_faults_open_keys(), 0);
    free(before);
}

static void failed_registration_leaves_an_empty_registry_as_it_was(void **state)
{
    (void)state;
    sweep(write_ours);
    assert_classes(registered);
}

static void failed_registration_leaves_a_foreign_server_as_it_was(void **state)
{
    (void)state;
    seed_foreign_server();
    sweep(write_ours);
}

static void failed_removal_leaves_the_registration_as_it_was(void **state)
{
    (void)state;
    assert_int_equal(write_ours(), S_OK);
    sweep(remove_ours);
    assert_scratch("");
}

static void failed_removal_over_a_foreign_server_leaves_the_registration_as_it_was(void **state)
{
    char *before;

    (void)state;
    seed_foreign_server();
    before = registry_snapshot(scratch);
    assert_int_equal(write_ours(), S_OK);
    sweep(remove_ours);
    assert_scratch(before);
    free(before);
}

/* A caller without rights: every call that writes is refused. */
static void without_the_right_access_is_denied_and_nothing_is_written(void **state)
{
    char *before;

    (void)state;
    seed_foreign_server();
    before = registry_snapshot(scratch);
    registry_faults_deny_writes();
    assert_int_equal(write_ours(), E_ACCESSDENIED);
    assert_scratch(before);
    registry_faults_off();
    free(before);
}

/* The process ends between two calls of the operation, as if killed. Gives whether it did, rather than finish first. */
static bool cut_short(HRESULT (*operation)(void), unsigned int step)
{
    bool cut;

    registry_faults_fail_from(step, ERROR_ACCESS_DENIED);
    operation();
    cut = registry_faults_happened();
    registry_faults_off();
    return cut;
}

/* A fresh scratch key with a foreign server in it. Gives what stands there. */
static char *prepare_foreign_server(void **state)
{
    assert_int_equal(drop_scratch(state), 0);
    assert_int_equal(make_scratch(state), 0);
    seed_foreign_server();
    return registry_snapshot_values(scratch, L"Software\\Classes");
}

static void registration_that_was_cut_short_can_be_removed_or_repeated(void **state)
{
    bool cut = true;

    for (unsigned int step = 1; cut; step++) {
        for (int repeat = 0; repeat < 2; repeat++) {
            char *before = prepare_foreign_server(state);

            cut = cut_short(write_ours, step);
            if (repeat) {
                assert_int_equal(write_ours(), S_OK);
            }
            assert_int_equal(remove_ours(), S_OK);
            assert_classes(before);
            free(before);
        }
        assert_in_range(step, cut ? 1 : 20, 999);
    }
}

static void removal_that_was_cut_short_can_be_repeated(void **state)
{
    bool cut = true;

    for (unsigned int step = 1; cut; step++) {
        char *before = prepare_foreign_server(state);

        assert_int_equal(write_ours(), S_OK);
        cut = cut_short(remove_ours, step);
        assert_int_equal(remove_ours(), S_OK);
        assert_classes(before);
        free(before);
        assert_in_range(step, cut ? 1 : 20, 999);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_scratch, drop_scratch)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(writes_path_threading_model_and_name),
        TEST(leaves_nothing_behind_where_nothing_was),
        TEST(removing_what_is_not_registered_changes_nothing),
        TEST(foreign_server_is_replaced_and_comes_back),
        TEST(foreign_server_comes_back_with_values_that_equal_ours),
        TEST(second_registration_renews_the_path_and_keeps_what_was_saved),
        TEST(server_that_took_the_class_over_is_left_alone),
        TEST(server_that_took_the_class_over_comes_back_after_we_took_it_again),
        TEST(value_that_somebody_changed_since_is_left_alone),
        TEST(key_that_was_there_before_stays_although_it_is_empty),
        TEST(failed_registration_leaves_an_empty_registry_as_it_was),
        TEST(failed_registration_leaves_a_foreign_server_as_it_was),
        TEST(failed_removal_leaves_the_registration_as_it_was),
        TEST(failed_removal_over_a_foreign_server_leaves_the_registration_as_it_was),
        TEST(without_the_right_access_is_denied_and_nothing_is_written),
        TEST(registration_that_was_cut_short_can_be_removed_or_repeated),
        TEST(removal_that_was_cut_short_can_be_repeated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
