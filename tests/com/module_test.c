/* The life of the module: when the engine starts, when it ends, and when the DLL may go. */
#include "test_environment.h"

#include "test_memory.h"
#include "thread.h"
#include "usage.h"

#include <wchar.h>

/* The engine thread waits, and until exactly then: nothing else waits for the clock here. */
static bool engine_waits_until(void *context)
{
    lock_acquire(&env.clock.lock);
    bool is_waiting = env.clock.waiter_count == 1 && env.clock.waiters[0].deadline == *(uint64_t *)context;
    lock_release(&env.clock.lock);
    return is_waiting;
}

/* Until the engine thread has noticed that nobody needs it, and waits for the end of its grace. */
static void await_grace(void)
{
    uint64_t end = env.clock.milliseconds + 2000;
    env_until(engine_waits_until, &end, "the engine's grace");
}

/* It waits for nothing but the end of jobs that nobody finishes, which it looks for once an hour at most. */
static bool engine_rests(void *context)
{
    (void)context;
    lock_acquire(&env.clock.lock);
    bool is_waiting = env.clock.waiter_count == 1 && env.clock.waiters[0].deadline > env.clock.milliseconds + 60000;
    lock_release(&env.clock.lock);
    return is_waiting;
}

static void await_rest(void)
{
    env_until(engine_rests, NULL, "an engine that waits for nothing");
}

static void use_briefly(void)
{
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyManager_Release(manager);
}

static bool may_unload(void *context)
{
    (void)context;
    return DllCanUnloadNow() == S_OK;
}

/* Has an engine ever been here? It is the one who makes the directory. */
static bool queue_exists(void)
{
    return GetFileAttributesW(env.queue_dir) != INVALID_FILE_ATTRIBUTES;
}

static void a_module_that_nobody_used_may_go(void **state)
{
    (void)state;
    assert_hr(DllCanUnloadNow(), S_OK);
}

static void a_factory_keeps_the_module_and_starts_nothing(void **state)
{
    (void)state;
    IClassFactory *factory = env_factory();
    assert_hr(DllCanUnloadNow(), S_FALSE);
    assert_false(queue_exists());
    IClassFactory_Release(factory);
    assert_hr(DllCanUnloadNow(), S_OK); /* at once: there is no engine to end */
}

static void a_lock_keeps_the_module_and_starts_nothing(void **state)
{
    (void)state;
    IClassFactory *factory = env_factory();
    assert_hr(IClassFactory_LockServer(factory, TRUE), S_OK);
    assert_hr(IClassFactory_LockServer(factory, TRUE), S_OK);
    IClassFactory_Release(factory);
    assert_hr(DllCanUnloadNow(), S_FALSE);
    factory = env_factory();
    assert_hr(IClassFactory_LockServer(factory, FALSE), S_OK);
    IClassFactory_Release(factory);
    assert_hr(DllCanUnloadNow(), S_FALSE);
    factory = env_factory();
    assert_hr(IClassFactory_LockServer(factory, FALSE), S_OK);
    IClassFactory_Release(factory);
    assert_hr(DllCanUnloadNow(), S_OK);
    assert_false(queue_exists());
}

static void an_unlock_without_a_lock_is_refused_and_ends_nothing(void **state)
{
    (void)state;
    IClassFactory *factory = env_factory();
    assert_hr(IClassFactory_LockServer(factory, FALSE), E_UNEXPECTED);
    assert_int_equal(usage_count(), 1); /* the factory itself */
    assert_hr(IClassFactory_LockServer(factory, TRUE), S_OK);
    assert_hr(IClassFactory_LockServer(factory, FALSE), S_OK);
    assert_hr(IClassFactory_LockServer(factory, FALSE), E_UNEXPECTED);
    assert_int_equal(usage_count(), 1);
    IClassFactory_Release(factory);
    assert_hr(DllCanUnloadNow(), S_OK);
}

static void the_engine_ends_two_seconds_after_the_last_release(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    assert_true(queue_exists());
    IBackgroundCopyManager_Release(manager);
    assert_hr(DllCanUnloadNow(), S_FALSE);
    await_grace();
    fake_clock_advance(&env.clock, 1999);
    assert_hr(DllCanUnloadNow(), S_FALSE);
    fake_clock_advance(&env.clock, 1);
    env_until(may_unload, NULL, "the end of the engine");
}

static void an_object_keeps_the_engine_for_ever(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job(manager);
    IBackgroundCopyManager_Release(manager);
    await_rest();
    fake_clock_advance(&env.clock, 3600000);
    await_rest();
    assert_hr(DllCanUnloadNow(), S_FALSE);
    assert_hr(IBackgroundCopyJob_Cancel(job), S_OK); /* answered by a live engine */
    IBackgroundCopyJob_Release(job);
}

static void a_lock_keeps_the_engine(void **state)
{
    (void)state;
    IClassFactory *factory = env_factory();
    IBackgroundCopyManager *manager = env_manager();
    assert_hr(IClassFactory_LockServer(factory, TRUE), S_OK);
    IClassFactory_Release(factory);
    IBackgroundCopyManager_Release(manager);
    await_rest();
    fake_clock_advance(&env.clock, 3600000);
    await_rest();
    assert_hr(DllCanUnloadNow(), S_FALSE);
    factory = env_factory();
    assert_hr(IClassFactory_LockServer(factory, FALSE), S_OK);
    IClassFactory_Release(factory);
    await_grace();
}

static void a_use_within_the_grace_begins_it_anew(void **state)
{
    (void)state;
    use_briefly();
    await_grace();
    fake_clock_advance(&env.clock, 1500);
    use_briefly();
    await_grace(); /* 2 s from now, not 0.5 s */
    fake_clock_advance(&env.clock, 1999);
    assert_hr(DllCanUnloadNow(), S_FALSE);
    fake_clock_advance(&env.clock, 1);
    env_until(may_unload, NULL, "the end of the engine");
}

static void a_running_job_keeps_the_engine_until_it_is_done(void **state)
{
    (void)state;
    struct memory_resource *resource = memory_http_add(&env.http, u"gated", 200000, 1);
    resource->gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    resource->gate_at = 1000;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job(manager);
    GUID id;
    env_add(job, resource, L"gated");
    assert_hr(IBackgroundCopyJob_GetId(job, &id), S_OK);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_await_state(job, BG_JOB_STATE_TRANSFERRING);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
    for (int i = 0; i < 5; i++) {
        fake_clock_advance(&env.clock, 2000);
        assert_hr(DllCanUnloadNow(), S_FALSE);
    }
    SetEvent(resource->gate);
    env_stop(); /* now that nothing is left to do */
    CloseHandle(resource->gate);

    manager = env_manager();
    assert_hr(IBackgroundCopyManager_GetJob(manager, &id, &job), S_OK);
    assert_int_equal(env_state(job), BG_JOB_STATE_TRANSFERRED);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

static void the_next_engine_finds_the_queue_of_the_last(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job(manager);
    GUID id;
    assert_hr(IBackgroundCopyJob_GetId(job, &id), S_OK);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
    env_stop();
    assert_hr(DllCanUnloadNow(), S_OK);
    manager = env_manager();
    assert_hr(DllCanUnloadNow(), S_FALSE);
    assert_hr(IBackgroundCopyManager_GetJob(manager, &id, &job), S_OK);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

/* ---- Starting and stopping at once ---- */

#define RACERS 8

static void create_and_release(void *context)
{
    IBackgroundCopyManager *manager = NULL;
    IClassFactory *factory = NULL;
    HRESULT *result = context;
    (void)CoInitializeEx(NULL, COINIT_MULTITHREADED);
    *result = DllGetClassObject(&CLSID_DeliveryOptimization, &IID_IClassFactory, (void **)&factory);
    if (SUCCEEDED(*result)) {
        *result = IClassFactory_CreateInstance(factory, NULL, &IID_IBackgroundCopyManager, (void **)&manager);
        IClassFactory_Release(factory);
    }
    if (SUCCEEDED(*result))
        IBackgroundCopyManager_Release(manager);
    CoUninitialize();
}

static void race(HRESULT expected)
{
    struct thread *threads[RACERS];
    HRESULT results[RACERS];
    for (int i = 0; i < RACERS; i++)
        assert_hr(thread_start(u"racer", create_and_release, &results[i], &threads[i]), S_OK);
    fake_clock_advance(&env.clock, MODULE_GRACE_MS);
    for (int i = 0; i < RACERS; i++)
        thread_join(threads[i]);
    for (int i = 0; i < RACERS; i++)
        assert_hr(results[i], expected);
}

static void whoever_comes_while_it_ends_gets_the_next_engine(void **state)
{
    (void)state;
    for (int round = 0; round < 20; round++) {
        race(S_OK);
        fake_clock_advance(&env.clock, MODULE_GRACE_MS); /* often the end of the one meets the next race */
    }
}

/* ---- No queue ---- */

static void block_the_queue(void)
{
    temp_file_write(env.queue_dir, "a file stands where the directory should", 40);
}

static void a_queue_that_cannot_be_made_is_no_service(void **state)
{
    (void)state;
    block_the_queue();
    IClassFactory *factory = env_factory();
    void *object = &object;
    assert_hr(IClassFactory_CreateInstance(factory, NULL, &IID_IBackgroundCopyManager, &object), DO_E_NO_SERVICE);
    assert_null(object);
    assert_int_equal(usage_count(), 1);
    IClassFactory_Release(factory);
    assert_hr(DllCanUnloadNow(), S_OK);
}

static void all_who_wait_for_a_start_learn_of_its_failure(void **state)
{
    (void)state;
    block_the_queue();
    race(DO_E_NO_SERVICE);
    assert_hr(DllCanUnloadNow(), S_OK);
}

static void a_failed_start_can_be_repeated(void **state)
{
    (void)state;
    block_the_queue();
    race(DO_E_NO_SERVICE);
    assert_true(DeleteFileW(env.queue_dir));
    use_briefly();
}

static void a_queue_that_another_process_hosts_is_no_service(void **state)
{
    (void)state;
    use_briefly();
    env_stop();
    WCHAR path[TEMP_PATH_MAX + 16];
    (void)swprintf(path, ARRAYSIZE(path), L"%ls\\host.lock", env.queue_dir);
    HANDLE held = CreateFileW(path, GENERIC_READ, 0, NULL, OPEN_ALWAYS, 0, NULL);
    assert_true(held != INVALID_HANDLE_VALUE);
    race(DO_E_NO_SERVICE);
    CloseHandle(held);
    race(S_OK);
}

/* A queue with a job and a file in it, so that there is something to load. Every round starts an engine of its own, or fails to; what it loses env_close
 * finds. */
static void a_start_bears_every_failure_of_memory(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job_with_file(manager);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
    env_stop();
    bool has_failed = true;
    size_t failures = 0;
    for (size_t number = 1; has_failed; number++) {
        assert_true(number < 1000);
        IClassFactory *factory = env_factory();
        test_memory_fail_anywhere(number);
        HRESULT hr = IClassFactory_CreateInstance(factory, NULL, &IID_IBackgroundCopyManager, (void **)&manager);
        has_failed = test_memory_has_failed_anywhere();
        test_memory_fail_anywhere(0);
        if (SUCCEEDED(hr)) {
            IBackgroundCopyManager_Release(manager);
        } else {
            failures++;
            if ((hr != E_OUTOFMEMORY && hr != DO_E_NO_SERVICE) || manager)
                fail_msg("request %zu: %08lX, %p", number, (unsigned long)hr, (void *)manager);
        }
        IClassFactory_Release(factory);
        env_stop();
    }
    assert_true(failures > 5);
    manager = env_manager();
    IEnumBackgroundCopyJobs *jobs = NULL;
    ULONG count = 0;
    assert_hr(IBackgroundCopyManager_EnumJobs(manager, 0, &jobs), S_OK);
    assert_hr(IEnumBackgroundCopyJobs_GetCount(jobs, &count), S_OK);
    assert_int_equal(count, 1); /* no failure cost a job */
    IEnumBackgroundCopyJobs_Release(jobs);
    IBackgroundCopyManager_Release(manager);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_TEST(a_module_that_nobody_used_may_go),
        ENV_TEST(a_factory_keeps_the_module_and_starts_nothing),
        ENV_TEST(a_lock_keeps_the_module_and_starts_nothing),
        ENV_TEST(an_unlock_without_a_lock_is_refused_and_ends_nothing),
        ENV_TEST(the_engine_ends_two_seconds_after_the_last_release),
        ENV_TEST(an_object_keeps_the_engine_for_ever),
        ENV_TEST(a_lock_keeps_the_engine),
        ENV_TEST(a_use_within_the_grace_begins_it_anew),
        ENV_TEST(a_running_job_keeps_the_engine_until_it_is_done),
        ENV_TEST(the_next_engine_finds_the_queue_of_the_last),
        ENV_TEST(whoever_comes_while_it_ends_gets_the_next_engine),
        ENV_TEST(a_queue_that_cannot_be_made_is_no_service),
        ENV_TEST(all_who_wait_for_a_start_learn_of_its_failure),
        ENV_TEST(a_failed_start_can_be_repeated),
        ENV_TEST(a_queue_that_another_process_hosts_is_no_service),
        ENV_TEST(a_start_bears_every_failure_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
