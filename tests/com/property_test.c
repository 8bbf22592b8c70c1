/* A job's properties through COM: limits, defaults, states, and that they are kept by the next host. */
#include "test_environment.h"

#include <wchar.h>

static void assert_property_texts(IBackgroundCopyJob *job, const WCHAR *name, const WCHAR *description)
{
    WCHAR *text;
    assert_hr(IBackgroundCopyJob_GetDisplayName(job, &text), S_OK);
    assert_text(text, name);
    assert_hr(IBackgroundCopyJob_GetDescription(job, &text), S_OK);
    assert_text(text, description);
}

static void assert_priority(IBackgroundCopyJob *job, BG_JOB_PRIORITY expected)
{
    BG_JOB_PRIORITY priority;
    assert_hr(IBackgroundCopyJob_GetPriority(job, &priority), S_OK);
    assert_int_equal(priority, expected);
}

/* `length` times the letter a. */
static const WCHAR *text_of_length(size_t length)
{
    static WCHAR text[2048];
    wmemset(text, L'a', length);
    text[length] = 0;
    return text;
}

static void a_new_job_has_the_defaults(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job(manager);
    WCHAR *text;
    ULONG count = 7;
    assert_hr(IBackgroundCopyJob_GetDescription(job, &text), S_OK);
    assert_text(text, L"");
    assert_priority(job, BG_JOB_PRIORITY_NORMAL);
    assert_hr(IBackgroundCopyJob_GetErrorCount(job, &count), S_OK);
    assert_int_equal(count, 0);
    assert_hr(IBackgroundCopyJob_GetOwner(job, &text), S_OK);
    assert_text(text, env.caller.sid);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

static void texts_have_their_limits(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job(manager);
    assert_hr(IBackgroundCopyJob_SetDisplayName(job, L"kept"), S_OK);
    assert_hr(IBackgroundCopyJob_SetDescription(job, L"kept too"), S_OK);
    assert_hr(IBackgroundCopyJob_SetDisplayName(job, NULL), E_INVALIDARG);
    assert_hr(IBackgroundCopyJob_SetDisplayName(job, text_of_length(257)), E_INVALIDARG);
    assert_hr(IBackgroundCopyJob_SetDescription(job, NULL), E_INVALIDARG);
    assert_hr(IBackgroundCopyJob_SetDescription(job, text_of_length(1025)), BG_E_STRING_TOO_LONG);
    assert_property_texts(job, L"kept", L"kept too");
    assert_hr(IBackgroundCopyJob_SetDisplayName(job, text_of_length(256)), S_OK);
    assert_hr(IBackgroundCopyJob_SetDescription(job, text_of_length(1024)), S_OK);
    assert_hr(IBackgroundCopyJob_SetDisplayName(job, L""), S_OK);
    assert_hr(IBackgroundCopyJob_SetDescription(job, L""), S_OK);
    assert_property_texts(job, L"", L"");
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

static void priorities_are_the_four_documented_ones(void **state)
{
    static const BG_JOB_PRIORITY priorities[] = {BG_JOB_PRIORITY_FOREGROUND, BG_JOB_PRIORITY_HIGH,
                                                 BG_JOB_PRIORITY_NORMAL, BG_JOB_PRIORITY_LOW};
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job(manager);
    for (size_t i = 0; i < ARRAYSIZE(priorities); i++) {
        assert_hr(IBackgroundCopyJob_SetPriority(job, priorities[i]), S_OK);
        assert_priority(job, priorities[i]);
    }
    assert_hr(IBackgroundCopyJob_SetPriority(job, (BG_JOB_PRIORITY)4), E_NOTIMPL);
    assert_priority(job, BG_JOB_PRIORITY_LOW);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

static void setters_move_the_modification_time_and_fail_on_a_dead_job(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job(manager);
    BG_JOB_TIMES before, after;
    assert_hr(IBackgroundCopyJob_GetTimes(job, &before), S_OK);
    fake_clock_advance(&env.clock, 1000);
    assert_hr(IBackgroundCopyJob_SetDescription(job, L"later"), S_OK);
    assert_hr(IBackgroundCopyJob_GetTimes(job, &after), S_OK);
    assert_int_equal(CompareFileTime(&after.ModificationTime, &before.ModificationTime), 1);
    assert_int_equal(CompareFileTime(&after.CreationTime, &before.CreationTime), 0);
    before = after;
    fake_clock_advance(&env.clock, 1000);
    assert_hr(IBackgroundCopyJob_SetNotifyInterface(job, NULL), S_OK);
    assert_hr(IBackgroundCopyJob_GetTimes(job, &after), S_OK);
    assert_int_equal(CompareFileTime(&after.ModificationTime, &before.ModificationTime), 1);
    assert_hr(IBackgroundCopyJob_Cancel(job), S_OK);
    assert_hr(IBackgroundCopyJob_SetDisplayName(job, L"x"), DO_E_INVALID_STATE);
    assert_hr(IBackgroundCopyJob_SetDescription(job, L"x"), DO_E_INVALID_STATE);
    assert_hr(IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_HIGH), DO_E_INVALID_STATE);
    assert_property_texts(job, L"test", L"later"); /* getters still answer */
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

static void the_next_host_finds_them(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job(manager);
    GUID id;
    assert_hr(IBackgroundCopyJob_GetId(job, &id), S_OK);
    assert_hr(IBackgroundCopyJob_SetDisplayName(job, L"n\u00e4me"), S_OK);
    assert_hr(IBackgroundCopyJob_SetDescription(job, L"described"), S_OK);
    assert_hr(IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
    env_stop();
    manager = env_manager();
    assert_hr(IBackgroundCopyManager_GetJob(manager, &id, &job), S_OK);
    assert_property_texts(job, L"n\u00e4me", L"described");
    assert_priority(job, BG_JOB_PRIORITY_FOREGROUND);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

static void errors_are_counted(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_failed_job(manager);
    ULONG count;
    assert_hr(IBackgroundCopyJob_GetErrorCount(job, &count), S_OK);
    assert_int_equal(count, 1);
    assert_hr(IBackgroundCopyJob_Cancel(job), S_OK);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

static bool all_workers_are_busy(void *context)
{
    (void)context;
    lock_acquire(&env.http.lock);
    bool is_busy = env.http.request_count == 8;
    lock_release(&env.http.lock);
    return is_busy;
}

static bool is_asked_for(void *resource)
{
    return memory_http_count(&env.http, resource) > 0;
}

/* Eight run at once, and then those that somebody waits for. */
static void a_foreground_job_that_waits_goes_first(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *blocker = env_job(manager);
    HANDLE gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    for (unsigned i = 0; i < 8; i++) {
        WCHAR name[16];
        swprintf(name, ARRAYSIZE(name), L"block%u", i);
        struct memory_resource *resource = memory_http_add(&env.http, name, 1000, i);
        resource->gate = gate;
        env_add(blocker, resource, name);
    }
    struct memory_resource *low = memory_http_add(&env.http, L"low", 1000, 20);
    struct memory_resource *first = memory_http_add(&env.http, L"first", 1000, 21);
    IBackgroundCopyJob *late = env_job(manager);
    IBackgroundCopyJob *urgent = env_job(manager);
    env_add(late, low, L"low");
    env_add(urgent, first, L"first");
    assert_hr(IBackgroundCopyJob_Resume(blocker), S_OK);
    env_await_state(blocker, BG_JOB_STATE_TRANSFERRING);
    env_until(all_workers_are_busy, NULL, "eight requests");
    assert_hr(IBackgroundCopyJob_Resume(late), S_OK);
    assert_hr(IBackgroundCopyJob_Resume(urgent), S_OK);
    assert_hr(IBackgroundCopyJob_SetPriority(urgent, BG_JOB_PRIORITY_FOREGROUND), S_OK);
    env_until(is_asked_for, first, "a request");
    assert_int_equal(memory_http_count(&env.http, low), 0);
    SetEvent(gate);
    env_await_state(urgent, BG_JOB_STATE_TRANSFERRED);
    env_await_state(late, BG_JOB_STATE_TRANSFERRED);
    env_await_state(blocker, BG_JOB_STATE_TRANSFERRED);
    CloseHandle(gate);
    IBackgroundCopyJob *const jobs[] = {blocker, late, urgent};
    for (size_t i = 0; i < ARRAYSIZE(jobs); i++) {
        assert_hr(IBackgroundCopyJob_Complete(jobs[i]), S_OK);
        IBackgroundCopyJob_Release(jobs[i]);
    }
    IBackgroundCopyManager_Release(manager);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_TEST(a_new_job_has_the_defaults),
        ENV_TEST(texts_have_their_limits),
        ENV_TEST(priorities_are_the_four_documented_ones),
        ENV_TEST(setters_move_the_modification_time_and_fail_on_a_dead_job),
        ENV_TEST(the_next_host_finds_them),
        ENV_TEST(errors_are_counted),
        ENV_TEST(a_foreground_job_that_waits_goes_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
