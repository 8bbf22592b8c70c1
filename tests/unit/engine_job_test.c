/* What a job goes by: its priority, its progress and back-off, what it leaves behind. */
#include "engine_fixture.h"
#include "worker_pool.h"

#include <windows.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define HOUR_MS ((uint64_t)3600 * 1000)

static struct engine_fixture fx;

static int open_fixture(void **context)
{
    (void)context;
    fixture_open(&fx);
    return 0;
}

static int close_fixture(void **context)
{
    (void)context;
    fixture_close(&fx);
    return 0;
}

static void set_failure(struct memory_resource *resource, HRESULT failure)
{
    lock_acquire(&fx.http.lock);
    resource->failure = failure;
    lock_release(&fx.http.lock);
}

static void cancel(struct job *job)
{
    assert_int_equal(job_cancel(job), S_OK);
    job_release(job);
}

static void the_no_progress_time_counts_from_the_last_byte(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"slow", 500000, 1);
    struct job *job = fixture_job(&fx);
    resource->cuts = 2;
    resource->cut_after = 100000;
    fixture_add(&fx, job, resource, u"slow");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    fake_clock_advance(&fx.clock, 23 * HOUR_MS);
    fixture_until_bytes(&fx, job, 200000);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    set_failure(resource, (HRESULT)0x80072EFD);
    fixture_advance(&fx, 23 * HOUR_MS);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    fixture_advance(&fx, HOUR_MS);
    fixture_until_state(&fx, job, JOB_ERROR);
    cancel(job);
}

static void bytes_are_progress_when_they_come_not_when_they_stop(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"stalled", 500000, 1);
    struct job *job = fixture_job(&fx);
    resource->gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    resource->gate_at = resource->cut_after = 100000;
    resource->cuts = 1;
    fixture_add(&fx, job, resource, u"stalled");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_bytes(&fx, job, 100000);
    fixture_advance(&fx, 1000); /* they are seen */
    fake_clock_advance(&fx.clock, 23 * HOUR_MS);
    set_failure(resource, (HRESULT)0x80072EFD);
    SetEvent(resource->gate);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    fake_clock_advance(&fx.clock, HOUR_MS);
    fixture_until_state(&fx, job, JOB_ERROR);
    cancel(job);
    CloseHandle(resource->gate);
    resource->gate = NULL;
}

/* The time that the machine sleeps counts, too: nobody is given up without being asked. */
static void who_waited_when_it_fell_asleep_is_tried_again(void **context)
{
    (void)context;
    static const struct {
        uint32_t status;
        HRESULT failure; /* the server is down: the job is parked there */
    } rows[] = {{503, S_OK}, {0, (HRESULT)0x80072EFD}};
    for (size_t i = 0; i < 2; i++) {
        struct memory_resource *resource = memory_http_add(&fx.http, i ? u"down" : u"busy", 1000, 1);
        struct job *job = fixture_job(&fx);
        resource->status = rows[i].status;
        set_failure(resource, rows[i].failure);
        fixture_add(&fx, job, resource, i ? u"down" : u"busy");
        assert_int_equal(job_resume(job), S_OK);
        fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
        uint32_t failures = job_error_count(job);
        fake_clock_advance(&fx.clock, 30 * HOUR_MS);
        for (unsigned seconds = 0; seconds < 100 && job_error_count(job) == failures; seconds++)
            fixture_advance(&fx, 1000);
        fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
        resource->status = 0;
        set_failure(resource, S_OK);
        fixture_advance(&fx, 75 * 1000);
        fixture_until_state(&fx, job, JOB_TRANSFERRED);
        cancel(job);
    }
}

static void what_fails_after_a_sleep_is_tried_again(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"asleep", 1000, 1);
    struct job *job = fixture_job(&fx);
    set_failure(resource, (HRESULT)0x80072EFD);
    resource->answer_gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    fixture_add(&fx, job, resource, u"asleep");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRING);
    fake_clock_advance(&fx.clock, 30 * HOUR_MS);
    SetEvent(resource->answer_gate);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    fixture_advance(&fx, 119 * 1000);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    fixture_advance(&fx, 75 * 1000); /* the longest wait, and a quarter */
    fixture_until_state(&fx, job, JOB_ERROR);
    cancel(job);
    CloseHandle(resource->answer_gate);
    resource->answer_gate = NULL;
}

static void progress_makes_the_next_wait_short_again(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"far", 500000, 2);
    struct job *job = fixture_job(&fx);
    set_failure(resource, (HRESULT)0x80072EFD);
    fixture_add(&fx, job, resource, u"far");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    for (unsigned i = 0; i < 8; i++) {
        fake_clock_advance(&fx.clock, 61000);
        fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    }
    fixture_advance(&fx, 2000); /* the wait is near its longest by now */
    assert_int_equal(job_state(job), JOB_TRANSIENT_ERROR);
    resource->cuts = 1;
    resource->cut_after = 100000;
    set_failure(resource, S_OK);
    fake_clock_advance(&fx.clock, 61000);
    fixture_until_bytes(&fx, job, 100000);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    fake_clock_advance(&fx.clock, 2000);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    cancel(job);
}

static void a_range_that_is_always_refused_is_an_error_after_one_fresh_start(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"refused", 500000, 3);
    struct job *job = fixture_job(&fx);
    struct job_error error;
    resource->status = 416;
    fixture_add(&fx, job, resource, u"refused");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_ERROR);
    assert_true(job_error(job, &error));
    assert_int_equal(error.code, HRESULT_OF_HTTP_STATUS(416));
    assert_int_equal(memory_http_count(&fx.http, resource), 2);
    cancel(job);
}

/* Also of an empty file, where no range can be satisfied. */
static void a_file_of_which_no_range_is_to_be_had_comes_whole(void **context)
{
    static const char16_t *const names[] = {u"empty", u"full"};
    (void)context;
    struct job *job = fixture_job(&fx);
    for (size_t i = 0; i < ARRAYSIZE(names); i++) {
        struct memory_resource *resource = memory_http_add(&fx.http, names[i], i * 70000, i);
        resource->refuses_range = true;
        fixture_add(&fx, job, resource, names[i]);
    }
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(fx.http.request_count, 2 * ARRAYSIZE(names));
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    for (size_t i = 0; i < ARRAYSIZE(names); i++)
        fixture_assert_file(&fx, names[i], i, i * 70000);
}

#define FILES 8 /* as many as go to one server at once */

static struct job *job_of_many(const char16_t *name, void *gate)
{
    struct job *job = fixture_job(&fx);
    for (size_t i = 0; i < FILES; i++) {
        char16_t numbered[32];
        (void)swprintf(numbered, ARRAYSIZE(numbered), L"%ls%zu", name, i);
        struct memory_resource *resource = memory_http_add(&fx.http, numbered, 1000, i);
        resource->gate = gate;
        fixture_add(&fx, job, resource, numbered);
    }
    return job;
}

static bool is_server_busy(void *context)
{
    (void)context;
    lock_acquire(&fx.http.lock);
    bool is_full = fx.http.request_count == FILES;
    lock_release(&fx.http.lock);
    return is_full;
}

static void the_higher_priority_goes_first(void **context)
{
    (void)context;
    HANDLE gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    struct job *low = job_of_many(u"low", gate);
    struct job *high = job_of_many(u"high", gate);
    assert_int_equal(job_set_priority(low, JOB_LOW), S_OK);
    assert_int_equal(job_resume(low), S_OK);
    assert_int_equal(job_resume(high), S_OK);
    assert_int_equal(job_set_priority(high, JOB_HIGH), S_OK); /* also when it is queued already */
    fixture_until(&fx, is_server_busy, NULL, "a busy server");
    for (size_t i = 0; i < FILES; i++)
        assert_true(fx.http.requests[i].resource >= &fx.http.resources[FILES]);
    assert_int_equal(job_state(low), JOB_QUEUED);
    assert_int_equal(job_state(high), JOB_TRANSFERRING);
    SetEvent(gate);
    fixture_until_state(&fx, low, JOB_TRANSFERRED);
    fixture_until_state(&fx, high, JOB_TRANSFERRED);
    cancel(low);
    cancel(high);
    CloseHandle(gate);
}

static void what_was_delivered_stays_so_for_the_next_host(void **context)
{
    (void)context;
    char16_t path[TEMP_PATH_MAX];
    uint8_t id[16];
    struct job *job = fixture_job(&fx);
    job_id(job, id);
    fixture_add(&fx, job, memory_http_add(&fx.http, u"out", 1000, 4), u"out");
    fixture_add(&fx, job, memory_http_add(&fx.http, u"held", 1000, 5), u"held");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    fixture_path(&fx, u"held", path);
    HANDLE holder = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_NEW, 0, NULL);
    assert_true(holder != INVALID_HANDLE_VALUE);
    assert_true(FAILED(job_complete(job)));
    CloseHandle(holder);
    job_release(job);
    fixture_reopen(&fx);
    assert_int_equal(engine_find_job(fx.engine, id, &job), S_OK);
    assert_int_equal(job_state(job), JOB_TRANSFERRED);
    assert_true(job_file_progress(job_file_at(job, 0)).is_delivered);
    assert_false(job_file_progress(job_file_at(job, 1)).is_delivered);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    fixture_assert_file(&fx, u"out", 4, 1000);
    fixture_assert_file(&fx, u"held", 5, 1000);
}

static unsigned destroyed;

static void count_destroyed(struct notify_target *target)
{
    (void)target;
    destroyed++;
}

static void a_job_that_was_still_to_be_looked_at_is_freed_with_the_engine(void **context)
{
    (void)context;
    static struct notify_target target;
    struct job *job = fixture_job(&fx);
    ULONGLONG deadline = GetTickCount64() + FIXTURE_LIMIT_MS;
    target.destroy = count_destroyed;
    atomic_init(&target.references, 1);
    destroyed = 0;
    fixture_add(&fx, job, memory_http_add(&fx.http, u"last", 1000, 6), u"last");
    assert_int_equal(job_set_notify_flags(job, NOTIFY_FLAG_DISABLE), S_OK);
    assert_int_equal(job_set_notify_target(job, &target), S_OK);
    notify_target_release(&target);
    assert_int_equal(job_resume(job), S_OK);
    (void)engine_step(fx.engine);
    while (job_progress(job).files_transferred == 0 && GetTickCount64() < deadline)
        (void)signal_wait(engine_signal(fx.engine), 50);
    assert_int_equal(job_progress(job).files_transferred, 1);
    job_release(job);
    fixture_stop(&fx);
    assert_int_equal(destroyed, 1);
    fixture_start(&fx);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
    const struct CMUnitTest tests[] = {
        TEST(the_no_progress_time_counts_from_the_last_byte),
        TEST(bytes_are_progress_when_they_come_not_when_they_stop),
        TEST(what_fails_after_a_sleep_is_tried_again),
        TEST(who_waited_when_it_fell_asleep_is_tried_again),
        TEST(progress_makes_the_next_wait_short_again),
        TEST(a_range_that_is_always_refused_is_an_error_after_one_fresh_start),
        TEST(a_file_of_which_no_range_is_to_be_had_comes_whole),
        TEST(the_higher_priority_goes_first),
        TEST(what_was_delivered_stays_so_for_the_next_host),
        TEST(a_job_that_was_still_to_be_looked_at_is_freed_with_the_engine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
