/* IBackgroundCopyCallback2::FileTransferred. */
#include "recording_callback.h"

#define FLAGS (BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_FILE_TRANSFERRED)

/* Asserting inside a callback would jump out of a foreign thread: what happened there is looked at afterwards. */
struct seen {
    WCHAR *urls[4];
    BG_JOB_STATE states[4];
    unsigned count;
    BG_FILE_PROGRESS progress;
    HRESULT result;
};

static void look_at_file(struct recording_callback *self, IBackgroundCopyJob *job, IBackgroundCopyFile *file)
{
    struct seen *seen = self->context;
    seen->result = IBackgroundCopyFile_GetRemoteName(file, &seen->urls[seen->count]);
    if (SUCCEEDED(seen->result))
        seen->result = IBackgroundCopyFile_GetProgress(file, &seen->progress);
    if (SUCCEEDED(seen->result))
        seen->result = IBackgroundCopyJob_GetState(job, &seen->states[seen->count]);
    seen->count++;
}

static IBackgroundCopyJob *job_that_tells_files(IBackgroundCopyManager *manager, struct recording_callback *callback)
{
    IBackgroundCopyJob *job = env_job_with_file(manager);
    callback_init(callback);
    assert_hr(IBackgroundCopyJob_SetNotifyFlags(job, FLAGS), S_OK);
    return job;
}

static void it_comes_with_job_and_file_before_job_transferred(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    static struct recording_callback callback;
    IBackgroundCopyJob *job = job_that_tells_files(manager, &callback);
    struct seen seen = {.result = E_FAIL};
    callback.on_file = look_at_file;
    callback.context = &seen;
    callback_set(&callback, job);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    callback_await(&callback, CALLBACK_TRANSFERRED, 1);
    assert_int_equal(callback.calls[CALLBACK_FILE], 1);
    assert_hr(seen.result, S_OK);
    assert_text(seen.urls[0], L"http://test/a");
    assert_int_equal(seen.progress.BytesTransferred, 1000);
    assert_int_equal(seen.progress.BytesTotal, 1000);
    assert_false(seen.progress.Completed); /* it has not its name yet */
    callback_finish(manager, job, &callback);
}

/* The first file ends long before the second, which the server holds back. */
static void it_comes_while_the_job_still_transfers(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    static struct recording_callback callback;
    IBackgroundCopyJob *job = job_that_tells_files(manager, &callback);
    struct memory_resource *slow = memory_http_add(&env.http, u"slow", 1000, 2);
    HANDLE gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    struct seen seen = {.result = E_FAIL};
    slow->gate = gate;
    slow->gate_at = 500;
    env_add(job, slow, L"slow");
    callback.on_file = look_at_file;
    callback.context = &seen;
    callback_set(&callback, job);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    callback_await(&callback, CALLBACK_FILE, 1);
    assert_int_equal(seen.states[0], BG_JOB_STATE_TRANSFERRING);
    assert_int_equal(callback.calls[CALLBACK_TRANSFERRED], 0);
    SetEvent(gate);
    callback_await(&callback, CALLBACK_TRANSFERRED, 1);
    assert_int_equal(callback.calls[CALLBACK_FILE], 2);
    assert_text(seen.urls[0], L"http://test/a");
    assert_text(seen.urls[1], L"http://test/slow");
    CloseHandle(gate);
    callback_finish(manager, job, &callback);
}

static void an_interface_of_the_first_version_is_told_of_the_job_alone(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    static struct recording_callback callback;
    IBackgroundCopyJob *job = job_that_tells_files(manager, &callback);
    callback.is_first_version = true;
    callback_set(&callback, job);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    callback_await(&callback, CALLBACK_TRANSFERRED, 1); /* without a wait: the file was no failure */
    assert_int_equal(callback.calls[CALLBACK_FILE], 0);
    callback_finish(manager, job, &callback);
}

static void complete_early(struct recording_callback *self, IBackgroundCopyJob *job, IBackgroundCopyFile *file)
{
    (void)file;
    struct seen *seen = self->context;
    seen->result = IBackgroundCopyJob_Complete(job);
}

static void a_file_may_end_its_job(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    static struct recording_callback callback;
    IBackgroundCopyJob *job = job_that_tells_files(manager, &callback);
    struct seen seen = {.result = E_FAIL};
    callback.on_file = complete_early;
    callback.context = &seen;
    callback.answer = E_FAIL; /* a job that is over tells nothing again */
    callback_set(&callback, job);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    callback_await(&callback, CALLBACK_FILE, 1);
    assert_hr(seen.result, S_OK);
    assert_int_equal(env_state(job), BG_JOB_STATE_ACKNOWLEDGED);
    env_assert_file(L"a", &env.http.resources[0]);
    callback_finish(manager, job, &callback);
    assert_int_equal(callback.calls[CALLBACK_FILE], 1);
    assert_int_equal(callback.calls[CALLBACK_TRANSFERRED], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_TEST(it_comes_with_job_and_file_before_job_transferred),
        ENV_TEST(it_comes_while_the_job_still_transfers),
        ENV_TEST(an_interface_of_the_first_version_is_told_of_the_job_alone),
        ENV_TEST(a_file_may_end_its_job),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
