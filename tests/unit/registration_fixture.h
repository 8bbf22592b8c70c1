/* A scratch key in the place of a hive, and a foreign server in it. */
#ifndef DOSVC_TESTS_REGISTRATION_FIXTURE_H
#define DOSVC_TESTS_REGISTRATION_FIXTURE_H

#include <windows.h>

#define CLASS       L"Software\\Classes\\CLSID\\{5B99FA76-721C-423C-ADAC-56D03C8A8007}"
#define SERVER      CLASS L"\\InprocServer32"
#define OUR_PATH    L"C:\\dosvc\\Dosvc.dll"
#define NEW_PATH    L"D:\\other place\\Dosvc.dll"
#define THEIR_PATH  L"%SystemRoot%\\System32\\theirs.dll"
#define THEIR_APPID L"{0000AAAA-0000-0000-0000-000000000001}"

/* What registration leaves below Software\Classes where nothing was. */
extern const char registered_classes[];

extern HKEY scratch;

/* Set-up and tear-down of each test. */
int make_scratch(void **state);
int drop_scratch(void **state);

void put(const WCHAR *path, const WCHAR *name, DWORD type, const WCHAR *text);
void remove_value(const WCHAR *path, const WCHAR *name);
void seed_foreign_server(void);

/* The keys below Software\Classes that have values. */
void assert_classes(const char *expected);
/* Every key, empty ones included. */
void assert_scratch(const char *expected);

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_scratch, drop_scratch)

#endif
