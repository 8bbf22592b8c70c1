/* SetNotifyInterface: who is called, on which thread, with what, and who lets go of whom. */
#include "recording_callback.h"

#include "job_callback.h"

#include <string.h>

/* Asserting inside a callback would jump out of a foreign thread: what happened there is looked at afterwards. */
struct seen {
    GUID id;
    BG_JOB_STATE state;
    BG_ERROR_CONTEXT context;
    HRESULT code;
    HRESULT results[4];
};

static void look_at_arguments(struct recording_callback *self, enum callback_kind kind, IBackgroundCopyJob *job,
                              IBackgroundCopyError *error)
{
    struct seen *seen = self->context;
    seen->results[0] = IBackgroundCopyJob_GetId(job, &seen->id);
    seen->results[1] = IBackgroundCopyJob_GetState(job, &seen->state);
    seen->results[2] =
        kind == CALLBACK_ERROR ? IBackgroundCopyError_GetError(error, &seen->context, &seen->code) : S_OK;
}

static void job_transferred_comes_once_with_the_job(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job_with_file(manager);
    static struct seen seen;
    seen = (struct seen){.results = {E_FAIL, E_FAIL, E_FAIL}};
    static struct recording_callback callback;
    GUID id;
    callback_init(&callback);
    callback.on_call = look_at_arguments;
    callback.context = &seen;
    callback_set(&callback, job);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    callback_await(&callback, CALLBACK_TRANSFERRED, 1);
    assert_hr(seen.results[0], S_OK);
    assert_hr(seen.results[1], S_OK);
    assert_hr(IBackgroundCopyJob_GetId(job, &id), S_OK);
    assert_memory_equal(&seen.id, &id, sizeof(id));
    assert_int_equal(seen.state, BG_JOB_STATE_TRANSFERRED);
    callback_finish(manager, job, &callback);
    assert_int_equal(callback.calls[CALLBACK_TRANSFERRED], 1);
    assert_int_equal(callback.calls[CALLBACK_ERROR], 0);
    assert_int_equal(callback.calls[CALLBACK_MODIFICATION], 0); /* not asked for */
}

static void job_error_comes_with_job_and_error(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job_with_file(manager);
    static struct seen seen;
    seen = (struct seen){.results = {E_FAIL, E_FAIL, E_FAIL}};
    static struct recording_callback callback;
    env.http.resources[0].status = 404;
    callback_init(&callback);
    callback.on_call = look_at_arguments;
    callback.context = &seen;
    callback_set(&callback, job);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    callback_await(&callback, CALLBACK_ERROR, 1);
    assert_hr(seen.results[2], S_OK);
    assert_int_equal(seen.state, BG_JOB_STATE_ERROR);
    assert_int_equal(seen.context, BG_ERROR_CONTEXT_REMOTE_FILE);
    assert_hr(seen.code, (HRESULT)0x80190194);
    callback_finish(manager, job, &callback);
    assert_int_equal(callback.calls[CALLBACK_ERROR], 1);
    assert_int_equal(callback.calls[CALLBACK_TRANSFERRED], 0);
}

static void a_modification_is_told_to_those_who_ask(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job(manager);
    static struct recording_callback callback;
    callback_init(&callback);
    callback_set(&callback, job);
    assert_hr(IBackgroundCopyJob_SetNotifyFlags(job, BG_NOTIFY_JOB_MODIFICATION), S_OK);
    env_add(job, memory_http_add(&env.http, u"a", 1000, 1), L"a");
    callback_await(&callback, CALLBACK_MODIFICATION, 1);
    callback_finish(manager, job, &callback);
}

static void a_disabled_job_tells_nothing_and_keeps_what_it_owes(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job_with_file(manager);
    static struct recording_callback callback;
    callback_init(&callback);
    callback_set(&callback, job);
    assert_hr(IBackgroundCopyJob_SetNotifyFlags(job, BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_DISABLE), S_OK);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_await_state(job, BG_JOB_STATE_TRANSFERRED);
    assert_hr(IBackgroundCopyJob_SetNotifyFlags(job, BG_NOTIFY_JOB_TRANSFERRED), S_OK);
    callback_await(&callback, CALLBACK_TRANSFERRED, 1);
    assert_int_equal(callback.calls[CALLBACK_TRANSFERRED], 1);
    callback_finish(manager, job, &callback);
}

/* ---- Whom the job holds ---- */

static void the_interface_comes_back_and_can_be_cleared(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job(manager);
    static struct recording_callback callback;
    IUnknown *back = (IUnknown *)job;
    callback_init(&callback);
    assert_hr(IBackgroundCopyJob_GetNotifyInterface(job, &back), S_OK);
    assert_null(back);
    callback_set(&callback, job);
    assert_true(callback.references > 1);
    assert_hr(IBackgroundCopyJob_GetNotifyInterface(job, &back), S_OK);
    assert_ptr_equal(back, callback_unknown(&callback));
    IUnknown_Release(back);
    assert_hr(IBackgroundCopyJob_SetNotifyInterface(job, NULL), S_OK);
    assert_int_equal(callback.references, 1); /* at once: nobody was calling it */
    assert_hr(IBackgroundCopyJob_GetNotifyInterface(job, &back), S_OK);
    assert_null(back);
    callback_finish(manager, job, &callback);
}

static void the_last_setter_wins(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job_with_file(manager);
    static struct recording_callback first, second;
    callback_init(&first);
    callback_init(&second);
    callback_set(&first, job);
    callback_set(&second, job);
    assert_int_equal(first.references, 1);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    callback_await(&second, CALLBACK_TRANSFERRED, 1);
    assert_int_equal(first.calls[CALLBACK_TRANSFERRED], 0);
    callback_finish(manager, job, &second);
}

static void what_is_no_callback_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job(manager);
    static struct recording_callback callback;
    IUnknown *back = NULL;
    callback_init(&callback);
    callback_set(&callback, job);
    assert_hr(IBackgroundCopyJob_SetNotifyInterface(job, (IUnknown *)manager), E_NOINTERFACE);
    assert_hr(IBackgroundCopyJob_GetNotifyInterface(job, &back), S_OK);
    assert_ptr_equal(back, callback_unknown(&callback));
    IUnknown_Release(back);
    IBackgroundCopyJob_Release(job);
    assert_int_equal(IBackgroundCopyManager_AddRef(manager), 2); /* nobody kept it */
    IBackgroundCopyManager_Release(manager);
    callback_finish(manager, NULL, &callback);
}

static void only_the_owner_may_set_it(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job(manager);
    static struct recording_callback callback;
    callback_init(&callback);
    env.caller.sid[wcslen(env.caller.sid) - 1] = L'9';
    assert_hr(IBackgroundCopyJob_SetNotifyInterface(job, callback_unknown(&callback)), E_ACCESSDENIED);
    assert_int_equal(callback.references, 1);
    callback_finish(manager, job, &callback);
}

static void a_dead_job_takes_no_interface(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job(manager);
    static struct recording_callback callback;
    callback_init(&callback);
    assert_hr(IBackgroundCopyJob_Cancel(job), S_OK);
    assert_hr(IBackgroundCopyJob_SetNotifyInterface(job, callback_unknown(&callback)), DO_E_INVALID_STATE);
    assert_int_equal(callback.references, 1);
    callback_finish(manager, job, &callback);
}

static void an_interface_keeps_no_engine_and_goes_with_it(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job(manager);
    static struct recording_callback callback;
    callback_init(&callback);
    callback_set(&callback, job);
    callback_finish(manager, job, &callback); /* on the engine thread */
}

static void a_dead_jobs_interface_is_let_go(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job(manager);
    static struct recording_callback callback;
    callback_init(&callback);
    callback_set(&callback, job);
    assert_hr(IBackgroundCopyJob_Cancel(job), S_OK);
    callback_finish(manager, job, &callback);
}

static bool engine_rests(void *context)
{
    (void)context;
    lock_acquire(&env.clock.lock);
    bool is_resting = env.clock.waiter_count == 1 && env.clock.waiters[0].deadline == CLOCK_NEVER;
    lock_release(&env.clock.lock);
    return is_resting;
}

/* The engine has nothing else to wake up for. */
static void the_last_release_of_a_dead_job_lets_its_interface_go(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job(manager);
    static struct recording_callback callback;
    callback_init(&callback);
    callback_set(&callback, job);
    assert_hr(IBackgroundCopyJob_Cancel(job), S_OK);
    env_until(engine_rests, NULL, "an engine that waits for nothing");
    assert_true(callback.references > 1); /* the handle could still be asked for it */
    IBackgroundCopyJob_Release(job);
    callback_await_release(&callback);
    callback_finish(manager, NULL, &callback);
}

/* ---- What a callback may do ---- */

static void complete_and_replace(struct recording_callback *self, enum callback_kind kind, IBackgroundCopyJob *job,
                                 IBackgroundCopyError *error)
{
    (void)kind;
    (void)error;
    struct seen *seen = self->context;
    seen->results[0] = IBackgroundCopyJob_SetNotifyInterface(job, NULL);
    seen->results[1] = IBackgroundCopyJob_Complete(job);
    seen->results[2] = IBackgroundCopyJob_GetState(job, &seen->state);
}

static void a_callback_may_clear_itself_and_complete_its_job(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job_with_file(manager);
    static struct seen seen;
    seen = (struct seen){.results = {E_FAIL, E_FAIL, E_FAIL}};
    static struct recording_callback callback;
    callback_init(&callback);
    callback.on_call = complete_and_replace;
    callback.context = &seen;
    callback_set(&callback, job);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    callback_await(&callback, CALLBACK_TRANSFERRED, 1);
    callback_await_release(&callback);
    assert_hr(seen.results[0], S_OK);
    assert_hr(seen.results[1], S_OK);
    assert_int_equal(seen.state, BG_JOB_STATE_ACKNOWLEDGED);
    env_assert_file(L"a", &env.http.resources[0]);
    callback_finish(manager, job, &callback);
}

static void keep_the_job(struct recording_callback *self, enum callback_kind kind, IBackgroundCopyJob *job,
                         IBackgroundCopyError *error)
{
    (void)kind;
    (void)error;
    IBackgroundCopyJob_AddRef(job);
    *(IBackgroundCopyJob **)self->context = job;
}

static void a_job_that_a_callback_kept_is_its_own_handle(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job_with_file(manager), *kept = NULL;
    static struct recording_callback callback;
    callback_init(&callback);
    callback.on_call = keep_the_job;
    callback.context = &kept;
    callback_set(&callback, job);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    callback_await(&callback, CALLBACK_TRANSFERRED, 1);
    assert_int_equal(IBackgroundCopyJob_Release(job), 0);
    assert_hr(IBackgroundCopyJob_Complete(kept), S_OK);
    callback_finish(manager, kept, &callback);
}

static bool engine_waits_for_a_second(void *context)
{
    (void)context;
    return fake_clock_next_deadline(&env.clock) == env.clock.milliseconds + 1000;
}

static void a_failing_callback_is_called_again_after_a_second(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job_with_file(manager);
    static struct recording_callback callback;
    callback_init(&callback);
    callback.answer = E_FAIL;
    callback_set(&callback, job);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    callback_await(&callback, CALLBACK_TRANSFERRED, 1);
    env_until(engine_waits_for_a_second, NULL, "the wait before the second call");
    callback.answer = S_OK;
    fake_clock_advance(&env.clock, 1000);
    callback_await(&callback, CALLBACK_TRANSFERRED, 2);
    callback_finish(manager, job, &callback);
    assert_int_equal(callback.calls[CALLBACK_TRANSFERRED], 2);
}

/* A client's method may fail with what the failure of a call to a dead process looks like: it is there all the same. */
static void an_answer_that_sounds_like_a_dead_process_is_a_refusal(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job_with_file(manager);
    static struct recording_callback callback;
    callback_init(&callback);
    callback.answer = HRESULT_FROM_WIN32(RPC_S_SERVER_UNAVAILABLE);
    callback_set(&callback, job);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    callback_await(&callback, CALLBACK_TRANSFERRED, 1);
    env_until(engine_waits_for_a_second, NULL, "the wait before the second call");
    callback.answer = S_OK;
    fake_clock_advance(&env.clock, 1000);
    callback_await(&callback, CALLBACK_TRANSFERRED, 2);
    callback_finish(manager, job, &callback);
}

/* Chosen for a call and replaced before the call began. */
static void an_interface_that_was_withdrawn_is_called_no_more(void **state)
{
    (void)state;
    static struct recording_callback callback;
    struct notify_target *target;
    const struct notify_event event = {.kind = NOTIFY_TRANSFERRED};
    callback_init(&callback);
    assert_hr(job_callback_create(callback_unknown(&callback), &target), S_OK);
    atomic_store(&target->is_withdrawn, true);
    assert_int_equal(target->deliver(target, NULL, &event), NOTIFY_REFUSED);
    assert_int_equal(callback.calls[CALLBACK_TRANSFERRED], 0);
    notify_target_release(target);
    assert_int_equal(callback.references, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_TEST(job_transferred_comes_once_with_the_job),
        ENV_TEST(job_error_comes_with_job_and_error),
        ENV_TEST(a_modification_is_told_to_those_who_ask),
        ENV_TEST(a_disabled_job_tells_nothing_and_keeps_what_it_owes),
        ENV_TEST(the_interface_comes_back_and_can_be_cleared),
        ENV_TEST(the_last_setter_wins),
        ENV_TEST(what_is_no_callback_is_refused_and_changes_nothing),
        ENV_TEST(only_the_owner_may_set_it),
        ENV_TEST(a_dead_job_takes_no_interface),
        ENV_TEST(an_interface_keeps_no_engine_and_goes_with_it),
        ENV_TEST(a_dead_jobs_interface_is_let_go),
        ENV_TEST(the_last_release_of_a_dead_job_lets_its_interface_go),
        ENV_TEST(a_callback_may_clear_itself_and_complete_its_job),
        ENV_TEST(a_job_that_a_callback_kept_is_its_own_handle),
        ENV_TEST(a_failing_callback_is_called_again_after_a_second),
        ENV_TEST(an_answer_that_sounds_like_a_dead_process_is_a_refusal),
        ENV_TEST(an_interface_that_was_withdrawn_is_called_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
