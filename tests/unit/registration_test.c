/* Registration in a scratch key of the real registry: what stands there afterwards, value by value, and that a foreign
 * server comes back. */
#include <windows.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>

#include <cmocka.h>

#include "registration.h"
#include "registration_fixture.h"
#include "registry_snapshot.h"

static void writes_path_threading_model_and_name(void **state)
{
    (void)state;
    assert_int_equal(registration_write(&registry_ops_system, scratch, OUR_PATH), S_OK);
    assert_classes(registered_classes);
}

static void leaves_nothing_behind_where_nothing_was(void **state)
{
    (void)state;
    assert_int_equal(registration_write(&registry_ops_system, scratch, OUR_PATH), S_OK);
    assert_int_equal(registration_remove(&registry_ops_system, scratch), S_OK);
    assert_scratch("");
}

static void removing_what_is_not_registered_changes_nothing(void **state)
{
    char *before;

    (void)state;
    assert_int_equal(registration_remove(&registry_ops_system, scratch), S_OK);
    assert_scratch("");
    seed_foreign_server();
    put(SERVER, L"ThreadingModel", REG_SZ, L"Both");
    before = registry_snapshot(scratch);
    assert_int_equal(registration_remove(&registry_ops_system, scratch), S_OK);
    assert_scratch(before);
    free(before);
}

static void foreign_server_is_replaced_and_comes_back(void **state)
{
    char *before;

    (void)state;
    seed_foreign_server();
    before = registry_snapshot(scratch);
    assert_int_equal(registration_write(&registry_ops_system, scratch, OUR_PATH), S_OK);
    assert_classes("[Software\\Classes\\CLSID\\{5B99FA76-721C-423C-ADAC-56D03C8A8007}]\n"
                   "@=1:Delivery Optimization\n"
                   "[Software\\Classes\\CLSID\\{5B99FA76-721C-423C-ADAC-56D03C8A8007}\\InprocServer32]\n"
                   "@=1:C:\\dosvc\\Dosvc.dll\n"
                   "Assembly=1:theirs\n"
                   "ThreadingModel=1:Both\n"
                   "[Software\\Classes\\CLSID\\{5B99FA76-721C-423C-ADAC-56D03C8A8007}\\ProgID]\n"
                   "@=1:Their.Class\n");
    assert_int_equal(registration_remove(&registry_ops_system, scratch), S_OK);
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
    assert_int_equal(registration_write(&registry_ops_system, scratch, OUR_PATH), S_OK);
    assert_int_equal(registration_remove(&registry_ops_system, scratch), S_OK);
    assert_scratch(before);
    free(before);
}

static void second_registration_renews_the_path_and_keeps_what_was_saved(void **state)
{
    char *before;

    (void)state;
    seed_foreign_server();
    before = registry_snapshot(scratch);
    assert_int_equal(registration_write(&registry_ops_system, scratch, OUR_PATH), S_OK);
    assert_int_equal(registration_write(&registry_ops_system, scratch, NEW_PATH), S_OK);
    assert_classes("[Software\\Classes\\CLSID\\{5B99FA76-721C-423C-ADAC-56D03C8A8007}]\n"
                   "@=1:Delivery Optimization\n"
                   "[Software\\Classes\\CLSID\\{5B99FA76-721C-423C-ADAC-56D03C8A8007}\\InprocServer32]\n"
                   "@=1:D:\\other place\\Dosvc.dll\n"
                   "Assembly=1:theirs\n"
                   "ThreadingModel=1:Both\n"
                   "[Software\\Classes\\CLSID\\{5B99FA76-721C-423C-ADAC-56D03C8A8007}\\ProgID]\n"
                   "@=1:Their.Class\n");
    assert_int_equal(registration_remove(&registry_ops_system, scratch), S_OK);
    assert_scratch(before);
    free(before);
}

/* Somebody registered after us: their class stays whole, also the values that equal ours. */
static void server_that_took_the_class_over_is_left_alone(void **state)
{
    (void)state;
    seed_foreign_server();
    assert_int_equal(registration_write(&registry_ops_system, scratch, OUR_PATH), S_OK);
    put(SERVER, NULL, REG_SZ, L"C:\\third.dll");
    assert_int_equal(registration_remove(&registry_ops_system, scratch), S_OK);
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
    assert_int_equal(registration_write(&registry_ops_system, scratch, OUR_PATH), S_OK);
    put(SERVER, NULL, REG_SZ, L"C:\\third.dll");
    before = registry_snapshot_values(scratch, L"Software\\Classes");
    assert_int_equal(registration_write(&registry_ops_system, scratch, OUR_PATH), S_OK);
    assert_int_equal(registration_remove(&registry_ops_system, scratch), S_OK);
    assert_classes(before);
    free(before);
}

static void value_that_somebody_changed_since_is_left_alone(void **state)
{
    (void)state;
    assert_int_equal(registration_write(&registry_ops_system, scratch, OUR_PATH), S_OK);
    put(CLASS, NULL, REG_SZ, L"Renamed");
    assert_int_equal(registration_remove(&registry_ops_system, scratch), S_OK);
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
    assert_int_equal(registration_write(&registry_ops_system, scratch, OUR_PATH), S_OK);
    assert_int_equal(registration_remove(&registry_ops_system, scratch), S_OK);
    assert_scratch("[Software]\n"
                   "[Software\\Classes]\n"
                   "[Software\\Classes\\CLSID]\n"
                   "[Software\\Classes\\CLSID\\{5B99FA76-721C-423C-ADAC-56D03C8A8007}]\n"
                   "[Software\\Classes\\CLSID\\{5B99FA76-721C-423C-ADAC-56D03C8A8007}\\InprocServer32]\n"
                   "[Software\\dosvc]\n"
                   "Setting=1:1\n");
}

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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
