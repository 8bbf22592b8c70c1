/* Settings that belong together, read while another thread changes them: they are of one moment. */
#include "one_job.h"

#include "thread.h"

#include <stdatomic.h>

#define ROUNDS 400

static atomic_bool is_over;

static void change_proxies(void *context)
{
    (void)context;
    for (unsigned i = 0; i < ROUNDS; i++) {
        (void)IBackgroundCopyJob5_SetProxySettings(one.job5, BG_JOB_PROXY_USAGE_OVERRIDE, L"proxy:80", L"<local>");
        (void)IBackgroundCopyJob5_SetProxySettings(one.job5, BG_JOB_PROXY_USAGE_NO_PROXY, NULL, NULL);
    }
    atomic_store(&is_over, true);
}

static void proxy_settings_are_of_one_moment(void **state)
{
    (void)state;
    struct thread *thread;
    unsigned mixed = 0;
    atomic_store(&is_over, false);
    assert_hr(thread_start(u"setter", change_proxies, NULL, &thread), S_OK);
    while (!atomic_load(&is_over)) {
        BG_JOB_PROXY_USAGE usage;
        WCHAR *list, *bypass;
        assert_hr(IBackgroundCopyJob5_GetProxySettings(one.job5, &usage, &list, &bypass), S_OK);
        bool is_named = usage == BG_JOB_PROXY_USAGE_OVERRIDE;
        mixed += is_named != (list != NULL) || is_named != (bypass != NULL);
        CoTaskMemFree(list);
        CoTaskMemFree(bypass);
    }
    thread_join(thread);
    assert_int_equal(mixed, 0);
}

static void change_commands(void *context)
{
    (void)context;
    for (unsigned i = 0; i < ROUNDS; i++) {
        (void)IBackgroundCopyJob5_SetNotifyCmdLine(one.job5, L"C:\\a.exe", L"a");
        (void)IBackgroundCopyJob5_SetNotifyCmdLine(one.job5, L"C:\\b.exe", L"b");
    }
    atomic_store(&is_over, true);
}

static void a_program_has_its_own_parameters(void **state)
{
    (void)state;
    struct thread *thread;
    unsigned mixed = 0;
    atomic_store(&is_over, false);
    assert_hr(IBackgroundCopyJob5_SetNotifyCmdLine(one.job5, L"C:\\a.exe", L"a"), S_OK);
    assert_hr(thread_start(u"setter", change_commands, NULL, &thread), S_OK);
    while (!atomic_load(&is_over)) {
        WCHAR *program, *parameters;
        assert_hr(IBackgroundCopyJob5_GetNotifyCmdLine(one.job5, &program, &parameters), S_OK);
        mixed += program[3] != parameters[0];
        CoTaskMemFree(program);
        CoTaskMemFree(parameters);
    }
    thread_join(thread);
    assert_int_equal(mixed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ONE_JOB_TEST(proxy_settings_are_of_one_moment),
        ONE_JOB_TEST(a_program_has_its_own_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
