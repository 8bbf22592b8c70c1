/* What a job tells of its life: its times, its error and how many there were, from the first moment to the last. */
#include "test_environment.h"

static const uint64_t start = FAKE_CLOCK_START_UTC;

static uint64_t value_of(FILETIME time)
{
    return (uint64_t)time.dwHighDateTime << 32 | time.dwLowDateTime;
}

/* Of the fake clock, in FILETIME units. */
static uint64_t after_ms(uint64_t milliseconds)
{
    return start + milliseconds * 10000;
}

static void assert_times_at(IBackgroundCopyJob *job, uint64_t modification, uint64_t completion, const char *file,
                            int line)
{
    BG_JOB_TIMES times;
    assert_hr(IBackgroundCopyJob_GetTimes(job, &times), S_OK);
    _assert_int_equal(value_of(times.CreationTime), start, file, line);
    _assert_int_equal(value_of(times.ModificationTime), modification, file, line);
    _assert_int_equal(value_of(times.TransferCompletionTime), completion, file, line);
}

/* In milliseconds since the start; created at the start. */
#define assert_times(job, modification, completion)                                                                    \
    assert_times_at(job, after_ms(modification), completion, __FILE__, __LINE__)

static HRESULT error_of(IBackgroundCopyJob *job)
{
    IBackgroundCopyError *error = NULL;
    BG_ERROR_CONTEXT context;
    HRESULT code = S_OK;
    if (IBackgroundCopyJob_GetError(job, &error) == DO_E_ERROR_INFORMATION_UNAVAILABLE) {
        assert_null(error);
        return S_OK;
    }
    assert_non_null(error);
    assert_hr(IBackgroundCopyError_GetError(error, &context, &code), S_OK);
    IBackgroundCopyError_Release(error);
    return code;
}

static ULONG error_count_of(IBackgroundCopyJob *job)
{
    ULONG count = 99;
    assert_hr(IBackgroundCopyJob_GetErrorCount(job, &count), S_OK);
    return count;
}

static void hold_engine(void)
{
    assert_true(fake_clock_hold(&env.clock, ENV_LIMIT_MS));
}

static uint64_t bytes_of(IBackgroundCopyJob *job)
{
    BG_JOB_PROGRESS progress;
    assert_hr(IBackgroundCopyJob_GetProgress(job, &progress), S_OK);
    return progress.BytesTransferred;
}

static bool has_hundred_bytes(void *job)
{
    return bytes_of(job) == 100;
}

/* ---- Times ---- */

static void modification_is_the_last_change_of_whatever_kind(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job(manager);
    struct memory_resource *resource = memory_http_add(&env.http, u"gated", 300000, 1);
    resource->gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    resource->gate_at = 100;
    assert_times(job, 0, 0);
    fake_clock_advance(&env.clock, 10);
    assert_times(job, 0, 0);
    assert_hr(IBackgroundCopyJob_SetDescription(job, L"a setter"), S_OK);
    assert_times(job, 10, 0);
    fake_clock_advance(&env.clock, 10);
    env_add(job, resource, L"gated");
    assert_times(job, 20, 0);
    hold_engine();
    fake_clock_advance(&env.clock, 10);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    assert_times(job, 30, 0);
    fake_clock_advance(&env.clock, 10);
    fake_clock_let_go(&env.clock);
    env_until(has_hundred_bytes, job, "the bytes before the gate");
    assert_times(job, 40, 0); /* TRANSFERRING, and bytes */
    fake_clock_advance(&env.clock, 10);
    assert_times(job, 40, 0); /* none came */
    SetEvent(resource->gate);
    env_await_state(job, BG_JOB_STATE_TRANSFERRED);
    assert_times(job, 50, after_ms(50));
    fake_clock_advance(&env.clock, 10);
    assert_hr(IBackgroundCopyJob_Complete(job), S_OK);
    assert_times(job, 60, after_ms(50));
    fake_clock_advance(&env.clock, 10);
    assert_hr(IBackgroundCopyJob_SetDescription(job, L"too late"), DO_E_INVALID_STATE);
    assert_times(job, 60, after_ms(50));
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
    env_stop();
    CloseHandle(resource->gate);
}

static void moving_bytes_are_a_modification(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job(manager);
    struct memory_resource *resource = memory_http_add(&env.http, u"gated", 300000, 1);
    resource->gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    resource->gate_at = 0;
    env_add(job, resource, L"gated");
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_await_state(job, BG_JOB_STATE_TRANSFERRING);
    assert_times(job, 0, 0);
    hold_engine(); /* so that the state does not change when the bytes have come */
    fake_clock_advance(&env.clock, 10);
    assert_times(job, 0, 0);
    SetEvent(resource->gate);
    while (bytes_of(job) == 0)
        SwitchToThread();
    assert_times(job, 10, 0);
    fake_clock_let_go(&env.clock);
    env_await_state(job, BG_JOB_STATE_TRANSFERRED);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
    env_stop();
    CloseHandle(resource->gate);
}

static void a_job_that_transfers_again_completes_its_transfer_again(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job_with_file(manager);
    fake_clock_advance(&env.clock, 10);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_await_state(job, BG_JOB_STATE_TRANSFERRED);
    assert_times(job, 10, after_ms(10));
    fake_clock_advance(&env.clock, 10);
    env_add(job, memory_http_add(&env.http, u"b", 1000, 2), L"b");
    assert_int_equal(env_state(job), BG_JOB_STATE_SUSPENDED);
    fake_clock_advance(&env.clock, 10);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_await_state(job, BG_JOB_STATE_TRANSFERRED);
    assert_times(job, 30, after_ms(30));
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

/* ---- Errors ---- */

static void an_error_stays_until_the_job_transfers_again(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_failed_job(manager);
    struct memory_resource *resource = &env.http.resources[0];
    const HRESULT not_found = (HRESULT)0x80190194;
    assert_hr(error_of(job), not_found);
    assert_hr(IBackgroundCopyJob_Suspend(job), S_OK);
    assert_hr(error_of(job), not_found);
    hold_engine();
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    assert_int_equal(env_state(job), BG_JOB_STATE_QUEUED);
    assert_hr(error_of(job), not_found);
    resource->gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    resource->status = 0;
    fake_clock_let_go(&env.clock);
    env_await_state(job, BG_JOB_STATE_TRANSFERRING);
    assert_hr(error_of(job), S_OK);
    SetEvent(resource->gate);
    env_await_state(job, BG_JOB_STATE_TRANSFERRED);
    assert_hr(error_of(job), S_OK);
    assert_int_equal(error_count_of(job), 1); /* never reset */
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
    env_stop();
    CloseHandle(resource->gate);
}

struct wanted_count {
    IBackgroundCopyJob *job;
    ULONG count;
};

static bool has_count(void *context)
{
    struct wanted_count *wanted = context;
    return error_count_of(wanted->job) == wanted->count;
}

static void each_failed_try_counts(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job(manager);
    struct memory_resource *resource = memory_http_add(&env.http, u"busy", 1000, 1);
    struct wanted_count wanted = {job, 1};
    resource->status = 503;
    env_add(job, resource, L"busy");
    assert_int_equal(error_count_of(job), 0);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    for (; wanted.count <= 3; wanted.count++) {
        env_until(has_count, &wanted, "one more failure");
        assert_int_equal(env_state(job), BG_JOB_STATE_TRANSIENT_ERROR);
        assert_hr(error_of(job), (HRESULT)0x801901F7);
        fake_clock_advance(&env.clock, 60000); /* longer than any wait by then */
    }
    env_until(has_count, &wanted, "the failure of the last retry");
    resource->status = 404;
    fake_clock_advance(&env.clock, 60000);
    env_await_state(job, BG_JOB_STATE_ERROR);
    assert_hr(error_of(job), (HRESULT)0x80190194);
    assert_int_equal(error_count_of(job), 5);
    assert_hr(IBackgroundCopyJob_Suspend(job), S_OK);
    assert_hr(IBackgroundCopyJob_Cancel(job), S_OK);
    assert_int_equal(error_count_of(job), 5);
    assert_hr(error_of(job), (HRESULT)0x80190194); /* a dead job answers still */
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

static void an_error_object_tells_what_it_was_made_of(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_failed_job(manager);
    IBackgroundCopyError *error = NULL;
    IBackgroundCopyFile *file = NULL;
    BG_ERROR_CONTEXT context;
    HRESULT code;
    assert_hr(IBackgroundCopyJob_GetError(job, &error), S_OK);
    env.http.resources[0].status = 0;
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_await_state(job, BG_JOB_STATE_TRANSFERRED);
    assert_hr(IBackgroundCopyJob_Complete(job), S_OK);
    IBackgroundCopyJob_Release(job);
    assert_hr(IBackgroundCopyError_GetError(error, &context, &code), S_OK);
    assert_hr(code, (HRESULT)0x80190194);
    assert_int_equal(context, BG_ERROR_CONTEXT_REMOTE_FILE);
    assert_hr(IBackgroundCopyError_GetFile(error, &file), S_OK);
    IBackgroundCopyFile_Release(file);
    IBackgroundCopyError_Release(error);
    IBackgroundCopyManager_Release(manager);
}

/* ---- Progress ---- */

static void a_job_without_files_has_nothing_to_do(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job(manager);
    BG_JOB_PROGRESS progress = {9, 9, 9, 9};
    assert_hr(IBackgroundCopyJob_GetProgress(job, &progress), S_OK);
    assert_int_equal(progress.BytesTotal, 0);
    assert_int_equal(progress.BytesTransferred, 0);
    assert_int_equal(progress.FilesTotal, 0);
    assert_int_equal(progress.FilesTransferred, 0);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_TEST(modification_is_the_last_change_of_whatever_kind),
        ENV_TEST(moving_bytes_are_a_modification),
        ENV_TEST(a_job_that_transfers_again_completes_its_transfer_again),
        ENV_TEST(an_error_stays_until_the_job_transfers_again),
        ENV_TEST(each_failed_try_counts),
        ENV_TEST(an_error_object_tells_what_it_was_made_of),
        ENV_TEST(a_job_without_files_has_nothing_to_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
