/* SetNotifyInterface from apartments: each interface is called in the one that set it. */
#include "recording_callback.h"

#include "thread.h"

struct apartment {
    IBackgroundCopyJob *job;
    struct recording_callback *callback;
    HANDLE is_set; /* the interface is */
    HANDLE may_leave;
    HRESULT result;
    DWORD thread;
};

/* A single-threaded apartment that sets the interface and answers calls until it may leave. */
static void live_in_apartment(void *context)
{
    struct apartment *apartment = context;
    apartment->thread = GetCurrentThreadId();
    apartment->result = CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    if (SUCCEEDED(apartment->result)) {
        apartment->result =
            IBackgroundCopyJob_SetNotifyInterface(apartment->job, callback_unknown(apartment->callback));
        SetEvent(apartment->is_set);
        DWORD index;
        (void)CoWaitForMultipleHandles(0, ENV_LIMIT_MS, 1, &apartment->may_leave, &index);
        CoUninitialize();
    } else {
        SetEvent(apartment->is_set);
    }
}

static struct thread *enter_apartment(struct apartment *apartment, IBackgroundCopyJob *job,
                                      struct recording_callback *callback)
{
    struct thread *thread = NULL;
    *apartment = (struct apartment){.job = job, .callback = callback};
    apartment->is_set = CreateEventW(NULL, TRUE, FALSE, NULL);
    apartment->may_leave = CreateEventW(NULL, TRUE, FALSE, NULL);
    assert_hr(thread_start(u"apartment", live_in_apartment, apartment, &thread), S_OK);
    assert_int_equal(WaitForSingleObject(apartment->is_set, ENV_LIMIT_MS), WAIT_OBJECT_0);
    assert_hr(apartment->result, S_OK);
    return thread;
}

static void leave_apartment(struct apartment *apartment, struct thread *thread)
{
    SetEvent(apartment->may_leave);
    thread_join(thread);
    CloseHandle(apartment->is_set);
    CloseHandle(apartment->may_leave);
}

static void an_interface_of_an_apartment_is_called_there(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job_with_file(manager);
    static struct recording_callback callback;
    struct apartment apartment;
    callback_init(&callback);
    struct thread *thread = enter_apartment(&apartment, job, &callback);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    callback_await(&callback, CALLBACK_TRANSFERRED, 1);
    assert_int_equal(callback.thread, apartment.thread);
    assert_hr(IBackgroundCopyJob_SetNotifyInterface(job, NULL), S_OK);
    callback_await_release(&callback);
    leave_apartment(&apartment, thread);
    callback_finish(manager, job, &callback);
}

static void an_apartment_that_is_gone_is_dropped_and_the_event_stays_owed(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job_with_file(manager);
    static struct recording_callback gone, later;
    struct apartment apartment;
    IUnknown *back = (IUnknown *)job;
    GUID id;
    callback_init(&gone);
    callback_init(&later);
    leave_apartment(&apartment, enter_apartment(&apartment, job, &gone));
    assert_hr(IBackgroundCopyJob_GetNotifyInterface(job, &back), S_OK);
    assert_null(back);
    assert_hr(IBackgroundCopyJob_GetId(job, &id), S_OK);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_await_state(job, BG_JOB_STATE_TRANSFERRED);
    /* Nobody is left to call, so the engine may end: a client that only refuses would keep it. */
    callback_finish(manager, job, &gone);
    assert_int_equal(gone.calls[CALLBACK_TRANSFERRED], 0);

    manager = env_manager();
    assert_hr(IBackgroundCopyManager_GetJob(manager, &id, &job), S_OK);
    callback_set(&later, job);
    callback_await(&later, CALLBACK_TRANSFERRED, 1);
    callback_finish(manager, job, &later);
}

/* Two apartments and the multithreaded one, each with an interface on a job of its own. */
static void each_apartment_is_called_for_its_own_job(void **state)
{
    (void)state;
    static const char16_t *const names[] = {u"a", u"b", u"c"};
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *jobs[3];
    static struct recording_callback callbacks[3];
    struct apartment apartments[2];
    struct thread *threads[2];
    for (unsigned i = 0; i < 3; i++) {
        jobs[i] = env_job(manager);
        env_add(jobs[i], memory_http_add(&env.http, names[i], 1000, i), names[i]);
        callback_init(&callbacks[i]);
    }
    for (unsigned i = 0; i < 2; i++)
        threads[i] = enter_apartment(&apartments[i], jobs[i], &callbacks[i]);
    callback_set(&callbacks[2], jobs[2]);
    for (unsigned i = 0; i < 3; i++)
        assert_hr(IBackgroundCopyJob_Resume(jobs[i]), S_OK);
    for (unsigned i = 0; i < 3; i++)
        callback_await(&callbacks[i], CALLBACK_TRANSFERRED, 1);
    assert_int_equal(callbacks[0].thread, apartments[0].thread);
    assert_int_equal(callbacks[1].thread, apartments[1].thread);
    assert_int_not_equal(callbacks[2].thread, apartments[0].thread);
    assert_int_not_equal(callbacks[2].thread, apartments[1].thread);
    for (unsigned i = 0; i < 3; i++) {
        assert_hr(IBackgroundCopyJob_SetNotifyInterface(jobs[i], NULL), S_OK);
        callback_await_release(&callbacks[i]);
    }
    for (unsigned i = 0; i < 2; i++) {
        leave_apartment(&apartments[i], threads[i]);
        IBackgroundCopyJob_Release(jobs[i]);
    }
    callback_finish(manager, jobs[2], &callbacks[2]);
}

static void wait_for_event(struct recording_callback *self, enum callback_kind kind, IBackgroundCopyJob *job,
                           IBackgroundCopyError *error)
{
    (void)kind;
    (void)job;
    (void)error;
    (void)WaitForSingleObject(self->context, ENV_LIMIT_MS);
}

/* An apartment whose thread is stuck in its callback holds up neither transfers nor other clients. */
static void a_stuck_apartment_delays_its_own_job_alone(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *stuck_job = env_job_with_file(manager), *job = env_job(manager);
    static struct recording_callback stuck, callback;
    struct apartment apartment;
    HANDLE gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    env_add(job, memory_http_add(&env.http, u"b", 1000, 2), L"b");
    callback_init(&stuck);
    callback_init(&callback);
    stuck.on_call = wait_for_event;
    stuck.context = gate;
    struct thread *thread = enter_apartment(&apartment, stuck_job, &stuck);
    callback_set(&callback, job);
    assert_hr(IBackgroundCopyJob_Resume(stuck_job), S_OK);
    env_await_state(stuck_job, BG_JOB_STATE_TRANSFERRED);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    callback_await(&callback, CALLBACK_TRANSFERRED, 1);
    assert_int_equal(stuck.calls[CALLBACK_TRANSFERRED], 0);
    SetEvent(gate);
    callback_await(&stuck, CALLBACK_TRANSFERRED, 1);
    assert_hr(IBackgroundCopyJob_SetNotifyInterface(stuck_job, NULL), S_OK);
    callback_await_release(&stuck);
    leave_apartment(&apartment, thread);
    CloseHandle(gate);
    IBackgroundCopyJob_Release(stuck_job);
    callback_finish(manager, job, &callback);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_TEST(an_interface_of_an_apartment_is_called_there),
        ENV_TEST(an_apartment_that_is_gone_is_dropped_and_the_event_stays_owed),
        ENV_TEST(each_apartment_is_called_for_its_own_job),
        ENV_TEST(a_stuck_apartment_delays_its_own_job_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
