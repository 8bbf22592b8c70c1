#include "registration_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "class_table.h"
#include "deliveryoptimization.h"
#include "registry_faults.h"
#include "registry_snapshot.h"

const char registered_classes[] = "[Software\\Classes\\CLSID\\{5B99FA76-721C-423C-ADAC-56D03C8A8007}]\n"
                                  "@=1:Delivery Optimization\n"
                                  "[Software\\Classes\\CLSID\\{5B99FA76-721C-423C-ADAC-56D03C8A8007}\\InprocServer32]\n"
                                  "@=1:C:\\dosvc\\Dosvc.dll\n"
                                  "ThreadingModel=1:Both\n";

/* In place of the DLL's table, whose rows need the whole DLL. */
const struct class_row class_table[] = {
    {.clsid = &CLSID_DeliveryOptimization, .name = L"Delivery Optimization", .threading_model = L"Both"}};
const size_t class_count = 1;

static WCHAR scratch_path[64];
HKEY scratch;

int make_scratch(void **state)
{
    (void)state;
    swprintf(scratch_path, 64, L"Software\\dosvc-registration-test-%lu", GetCurrentProcessId());
    RegDeleteTreeW(HKEY_CURRENT_USER, scratch_path);
    registry_faults_off();
    return (int)RegCreateKeyExW(HKEY_CURRENT_USER, scratch_path, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &scratch, NULL);
}

int drop_scratch(void **state)
{
    (void)state;
    RegCloseKey(scratch);
    return (int)RegDeleteTreeW(HKEY_CURRENT_USER, scratch_path);
}

void put(const WCHAR *path, const WCHAR *name, DWORD type, const WCHAR *text)
{
    HKEY key;

    assert_int_equal(RegCreateKeyExW(scratch, path, 0, NULL, 0, KEY_SET_VALUE, NULL, &key, NULL), ERROR_SUCCESS);
    assert_int_equal(
        RegSetValueExW(key, name, 0, type, (const BYTE *)text, (DWORD)((wcslen(text) + 1) * sizeof(WCHAR))),
        ERROR_SUCCESS);
    RegCloseKey(key);
}

void remove_value(const WCHAR *path, const WCHAR *name)
{
    assert_int_equal(RegDeleteKeyValueW(scratch, path, name), ERROR_SUCCESS);
}

void seed_foreign_server(void)
{
    put(CLASS, NULL, REG_SZ, L"Their class");
    put(CLASS, L"AppID", REG_SZ, THEIR_APPID);
    put(SERVER, NULL, REG_EXPAND_SZ, THEIR_PATH);
    put(SERVER, L"ThreadingModel", REG_SZ, L"Apartment");
    put(SERVER, L"Assembly", REG_SZ, L"theirs");
    put(CLASS L"\\ProgID", NULL, REG_SZ, L"Their.Class");
}

void assert_classes(const char *expected)
{
    char *actual = registry_snapshot_values(scratch, L"Software\\Classes");

    assert_string_equal(actual, expected);
    free(actual);
}

void assert_scratch(const char *expected)
{
    char *actual = registry_snapshot(scratch);

    assert_string_equal(actual, expected);
    free(actual);
}
