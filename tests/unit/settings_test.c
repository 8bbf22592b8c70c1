/* Which source of a setting wins, and what each accepts. The registry roots are mapped to keys of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <windows.h>

#include <cmocka.h>

#include "settings.h"

#define TEST_KEY L"Software\\dosvc-settings-test"
#define OUR_KEY  L"Software\\dosvc"
#define POLICY   L"SOFTWARE\\Policies\\Microsoft\\Windows\\DeliveryOptimization"

static HKEY user_root, machine_root;

static const wchar_t *const variables[] = {
    L"DOSVC_QUEUE_DIR",         L"DOSVC_LOG",       L"DOSVC_LOG_LEVEL",         L"DOSVC_RETRY_BASE_MS",
    L"DOSVC_NO_PROGRESS_MIN_S", L"DOSVC_ALLOW_UNC", L"DOSVC_RECEIVE_TIMEOUT_MS"};

static int set_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
        SetEnvironmentVariableW(variables[i], NULL);
    SetEnvironmentVariableW(L"LOCALAPPDATA", L"C:\\Users\\t\\AppData\\Local");
    RegDeleteTreeW(HKEY_CURRENT_USER, TEST_KEY);
    assert_int_equal(
        RegCreateKeyExW(HKEY_CURRENT_USER, TEST_KEY L"\\user", 0, NULL, 0, KEY_ALL_ACCESS, NULL, &user_root, NULL), 0);
    assert_int_equal(RegCreateKeyExW(HKEY_CURRENT_USER, TEST_KEY L"\\machine", 0, NULL, 0, KEY_ALL_ACCESS, NULL,
                                     &machine_root, NULL),
                     0);
    assert_int_equal(RegOverridePredefKey(HKEY_LOCAL_MACHINE, machine_root), 0);
    assert_int_equal(RegOverridePredefKey(HKEY_CURRENT_USER, user_root), 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    RegOverridePredefKey(HKEY_CURRENT_USER, NULL);
    RegOverridePredefKey(HKEY_LOCAL_MACHINE, NULL);
    RegCloseKey(user_root);
    RegCloseKey(machine_root);
    assert_int_equal(RegDeleteTreeW(HKEY_CURRENT_USER, TEST_KEY), 0);
    return 0;
}

static void set_text(HKEY root, const wchar_t *name, DWORD type, const wchar_t *text)
{
    assert_int_equal(RegSetKeyValueW(root, OUR_KEY, name, type, text, (DWORD)((wcslen(text) + 1) * sizeof(wchar_t))),
                     0);
}

static void set_number(HKEY root, const wchar_t *name, DWORD number)
{
    assert_int_equal(RegSetKeyValueW(root, OUR_KEY, name, REG_DWORD, &number, sizeof(number)), 0);
}

static void assert_path(const char16_t *actual, const wchar_t *expected)
{
    if (wcscmp(actual, expected) != 0)
        fail_msg("%ls is not %ls", actual, expected);
}

static uint32_t retry_base(void)
{
    struct settings settings;
    assert_int_equal(settings_load(&settings), S_OK);
    uint32_t value = settings.retry_base_ms;
    settings_clear(&settings);
    return value;
}

static void nothing_set_gives_the_defaults(void **state)
{
    (void)state;
    struct settings settings;
    assert_int_equal(settings_load(&settings), S_OK);
    assert_path(settings.queue_dir, L"C:\\Users\\t\\AppData\\Local\\dosvc\\queue");
    assert_path(settings.log_path, L"C:\\Users\\t\\AppData\\Local\\dosvc\\dosvc.log");
    assert_int_equal(settings.log_level, LOG_INFO);
    assert_int_equal(settings.retry_base_ms, 1000);
    assert_int_equal(settings.no_progress_min_s, 60);
    assert_int_equal(settings.allow_unc, 0);
    settings_clear(&settings);
    assert_null(settings.queue_dir);
}

static void a_profile_without_the_variable_is_found(void **state)
{
    (void)state;
    SetEnvironmentVariableW(L"LOCALAPPDATA", NULL);
    struct settings settings;
    assert_int_equal(settings_load(&settings), S_OK);
    assert_int_equal(settings.queue_dir[1], ':');
    assert_non_null(wcsstr(settings.queue_dir, L"\\dosvc\\queue"));
    settings_clear(&settings);
}

static void each_source_overrides_the_next(void **state)
{
    (void)state;
    set_number(machine_root, L"RetryBaseMs", 11);
    assert_int_equal(retry_base(), 11);
    set_number(user_root, L"RetryBaseMs", 22);
    assert_int_equal(retry_base(), 22);
    SetEnvironmentVariableW(L"DOSVC_RETRY_BASE_MS", L"33");
    assert_int_equal(retry_base(), 33);
}

static void set_policy(const wchar_t *name, DWORD number)
{
    assert_int_equal(RegSetKeyValueW(machine_root, POLICY, name, REG_DWORD, &number, sizeof(number)), 0);
}

static void assert_bandwidth(const struct bandwidth_policy *actual, const struct bandwidth_policy *expected)
{
    assert_int_equal(actual->most_kbps, expected->most_kbps);
    assert_int_equal(actual->from, expected->from);
    assert_int_equal(actual->to, expected->to);
    assert_int_equal(actual->percent_in, expected->percent_in);
    assert_int_equal(actual->percent_out, expected->percent_out);
}

static void what_an_administrator_says_counts_before_all(void **state)
{
    (void)state;
    static const struct bandwidth_policy background = {500, 8, 17, 10, 90}, foreground = {600, 22, 6, 20, 80};
    struct settings settings;
    set_policy(L"DOMaxBackgroundDownloadBandwidth", 500);
    set_policy(L"DOSetHoursToLimitBackgroundDownloadBandwidthFrom", 8);
    set_policy(L"DOSetHoursToLimitBackgroundDownloadBandwidthTo", 17);
    set_policy(L"DOSetHoursToLimitBackgroundDownloadBandwidthIn", 10);
    set_policy(L"DOSetHoursToLimitBackgroundDownloadBandwidthOut", 90);
    set_policy(L"DOMaxForegroundDownloadBandwidth", 600);
    set_policy(L"DOSetHoursToLimitForegroundDownloadBandwidthFrom", 22);
    set_policy(L"DOSetHoursToLimitForegroundDownloadBandwidthTo", 6);
    set_policy(L"DOSetHoursToLimitForegroundDownloadBandwidthIn", 20);
    set_policy(L"DOSetHoursToLimitForegroundDownloadBandwidthOut", 80);
    set_policy(L"DODownloadMode", 99);
    SetEnvironmentVariableW(L"DOSVC_MAX_BACKGROUND_KBPS", L"7");
    SetEnvironmentVariableW(L"DOSVC_DOWNLOAD_MODE", L"0");
    assert_int_equal(settings_load(&settings), S_OK);
    SetEnvironmentVariableW(L"DOSVC_MAX_BACKGROUND_KBPS", NULL);
    SetEnvironmentVariableW(L"DOSVC_DOWNLOAD_MODE", NULL);
    assert_bandwidth(&settings.background, &background);
    assert_bandwidth(&settings.foreground, &foreground);
    assert_int_equal(settings.download_mode, 99);
    settings_clear(&settings);
}

static void bandwidth_can_be_limited_without_a_policy(void **state)
{
    (void)state;
    static const struct bandwidth_policy background = {500, 8, 17, 10, 90}, foreground = {600, 22, 6, 20, 80};
    struct settings settings;
    set_number(user_root, L"MaxBackgroundKbps", 500);
    set_number(user_root, L"BackgroundHoursFrom", 8);
    set_number(user_root, L"BackgroundHoursTo", 17);
    set_number(user_root, L"BackgroundHoursIn", 10);
    set_number(user_root, L"BackgroundHoursOut", 90);
    set_number(user_root, L"MaxForegroundKbps", 600);
    set_number(user_root, L"ForegroundHoursFrom", 22);
    set_number(user_root, L"ForegroundHoursTo", 6);
    set_number(user_root, L"ForegroundHoursIn", 20);
    set_number(user_root, L"ForegroundHoursOut", 80);
    set_number(user_root, L"DownloadMode", 100);
    assert_int_equal(settings_load(&settings), S_OK);
    assert_bandwidth(&settings.background, &background);
    assert_bandwidth(&settings.foreground, &foreground);
    assert_int_equal(settings.download_mode, 100);
    settings_clear(&settings);
}

static void the_bandwidth_can_be_read_alone(void **state)
{
    (void)state;
    const struct bandwidth_policy background = {5, 1, 2, 3, 4}, foreground = {6, 0, 0, 0, 0};
    struct settings settings = {.retry_base_ms = 7, .background.most_kbps = 8, .foreground.percent_out = 9};
    set_policy(L"DOMaxBackgroundDownloadBandwidth", 5);
    set_policy(L"DOSetHoursToLimitBackgroundDownloadBandwidthFrom", 1);
    set_policy(L"DOSetHoursToLimitBackgroundDownloadBandwidthTo", 2);
    set_policy(L"DOSetHoursToLimitBackgroundDownloadBandwidthIn", 3);
    set_policy(L"DOSetHoursToLimitBackgroundDownloadBandwidthOut", 4);
    set_policy(L"DOMaxForegroundDownloadBandwidth", 6);
    set_number(user_root, L"RetryBaseMs", 22);
    assert_int_equal(settings_load_bandwidth(&settings), S_OK);
    assert_bandwidth(&settings.background, &background);
    assert_bandwidth(&settings.foreground, &foreground);
    assert_int_equal(settings.retry_base_ms, 7);
    assert_null(settings.queue_dir);
}

static void each_setting_has_its_own_variable(void **state)
{
    (void)state;
    SetEnvironmentVariableW(L"DOSVC_QUEUE_DIR", L"D:/env/queue");
    SetEnvironmentVariableW(L"DOSVC_LOG", L"D:\\env\\x.log");
    SetEnvironmentVariableW(L"DOSVC_LOG_LEVEL", L"Trace");
    SetEnvironmentVariableW(L"DOSVC_NO_PROGRESS_MIN_S", L"0");
    SetEnvironmentVariableW(L"DOSVC_ALLOW_UNC", L"1");
    struct settings settings;
    assert_int_equal(settings_load(&settings), S_OK);
    assert_path(settings.queue_dir, L"D:\\env\\queue");
    assert_path(settings.log_path, L"D:\\env\\x.log");
    assert_int_equal(settings.log_level, LOG_TRACE);
    assert_int_equal(settings.no_progress_min_s, 0);
    assert_int_equal(settings.allow_unc, 1);
    settings_clear(&settings);
}

static void each_setting_has_its_own_registry_value(void **state)
{
    (void)state;
    struct settings settings;
    set_text(user_root, L"QueueDir", REG_SZ, L"D:\\reg\\queue");
    set_text(machine_root, L"Log", REG_SZ, L"D:\\reg\\x.log");
    set_text(machine_root, L"LogLevel", REG_SZ, L"error");
    set_number(user_root, L"NoProgressMinS", 86400);
    set_number(user_root, L"AllowUnc", 1);
    assert_int_equal(settings_load(&settings), S_OK);
    assert_path(settings.queue_dir, L"D:\\reg\\queue");
    assert_path(settings.log_path, L"D:\\reg\\x.log");
    assert_int_equal(settings.log_level, LOG_ERROR);
    assert_int_equal(settings.no_progress_min_s, 86400);
    assert_int_equal(settings.allow_unc, 1);
    settings_clear(&settings);
}

static void registry_texts_are_expanded_and_numbers_may_be_texts(void **state)
{
    (void)state;
    SetEnvironmentVariableW(L"DOSVC_TEST_ROOT", L"E:\\some\\rather\\long\\directory\\that\\makes\\the\\text\\grow");
    set_text(user_root, L"QueueDir", REG_EXPAND_SZ, L"%DOSVC_TEST_ROOT%\\q");
    set_text(user_root, L"RetryBaseMs", REG_SZ, L"250");
    struct settings settings;
    assert_int_equal(settings_load(&settings), S_OK);
    assert_path(settings.queue_dir, L"E:\\some\\rather\\long\\directory\\that\\makes\\the\\text\\grow\\q");
    assert_int_equal(settings.retry_base_ms, 250);
    settings_clear(&settings);
}

static void a_bad_value_is_passed_over_for_the_next_source(void **state)
{
    (void)state;
    static const wchar_t *const bad[] = {L"0", L"3600001", L"-1", L"1x", L" 1", L"99999999999999999999", L"1.5"};
    set_number(user_root, L"RetryBaseMs", 22);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        SetEnvironmentVariableW(L"DOSVC_RETRY_BASE_MS", bad[i]);
        assert_int_equal(retry_base(), 22);
    }
    set_number(user_root, L"RetryBaseMs", 0);
    assert_int_equal(retry_base(), 1000);
    BYTE bytes[4] = {0};
    RegSetKeyValueW(user_root, OUR_KEY, L"RetryBaseMs", REG_BINARY, bytes, sizeof(bytes));
    set_number(machine_root, L"RetryBaseMs", 11);
    assert_int_equal(retry_base(), 11);
}

static void the_limits_themselves_are_accepted(void **state)
{
    (void)state;
    SetEnvironmentVariableW(L"DOSVC_RETRY_BASE_MS", L"1");
    assert_int_equal(retry_base(), 1);
    SetEnvironmentVariableW(L"DOSVC_RETRY_BASE_MS", L"3600000");
    assert_int_equal(retry_base(), 3600000);
}

static uint32_t receive_timeout(void)
{
    struct settings settings;
    assert_int_equal(settings_load(&settings), S_OK);
    uint32_t timeout = settings.receive_timeout_ms;
    settings_clear(&settings);
    return timeout;
}

static void a_server_may_be_silent_for_half_a_minute_or_as_long_as_is_set(void **state)
{
    (void)state;
    assert_int_equal(receive_timeout(), 30000);
    SetEnvironmentVariableW(L"DOSVC_RECEIVE_TIMEOUT_MS", L"99");
    assert_int_equal(receive_timeout(), 30000);
    SetEnvironmentVariableW(L"DOSVC_RECEIVE_TIMEOUT_MS", L"100");
    assert_int_equal(receive_timeout(), 100);
    set_number(user_root, L"ReceiveTimeoutMs", 3600000);
    SetEnvironmentVariableW(L"DOSVC_RECEIVE_TIMEOUT_MS", L"3600001");
    assert_int_equal(receive_timeout(), 3600000);
}

static void paths_must_name_a_place_on_this_machine(void **state)
{
    (void)state;
    static const wchar_t *const bad[] = {L"queue",        L"\\queue",        L"C:queue", L"\\\\server\\share\\queue",
                                         L"C:\\a\\..\\b", L"C:\\con\\queue", L"C:\\a*"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        SetEnvironmentVariableW(L"DOSVC_QUEUE_DIR", bad[i]);
        struct settings settings;
        assert_int_equal(settings_load(&settings), S_OK);
        assert_path(settings.queue_dir, L"C:\\Users\\t\\AppData\\Local\\dosvc\\queue");
        settings_clear(&settings);
    }
}

static void an_unknown_level_and_an_empty_variable_count_as_unset(void **state)
{
    (void)state;
    SetEnvironmentVariableW(L"DOSVC_LOG_LEVEL", L"verbose");
    SetEnvironmentVariableW(L"DOSVC_RETRY_BASE_MS", L"");
    set_text(user_root, L"LogLevel", REG_SZ, L"WARN");
    struct settings settings;
    assert_int_equal(settings_load(&settings), S_OK);
    assert_int_equal(settings.log_level, LOG_WARN);
    assert_int_equal(settings.retry_base_ms, 1000);
    settings_clear(&settings);
}

static void a_switch_is_0_or_1(void **state)
{
    (void)state;
    struct settings settings;
    SetEnvironmentVariableW(L"DOSVC_ALLOW_UNC", L"2");
    set_text(user_root, L"AllowUnc", REG_SZ, L"yes");
    assert_int_equal(settings_load(&settings), S_OK);
    assert_int_equal(settings.allow_unc, 0);
    settings_clear(&settings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_set_gives_the_defaults, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_profile_without_the_variable_is_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_source_overrides_the_next, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_an_administrator_says_counts_before_all, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bandwidth_can_be_limited_without_a_policy, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_bandwidth_can_be_read_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_setting_has_its_own_variable, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_setting_has_its_own_registry_value, set_up, tear_down),
        cmocka_unit_test_setup_teardown(registry_texts_are_expanded_and_numbers_may_be_texts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_bad_value_is_passed_over_for_the_next_source, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_switch_is_0_or_1, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_limits_themselves_are_accepted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_server_may_be_silent_for_half_a_minute_or_as_long_as_is_set, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(paths_must_name_a_place_on_this_machine, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_unknown_level_and_an_empty_variable_count_as_unset, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
