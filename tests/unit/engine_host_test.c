/* Many jobs and few servers: who may ask which server when. */
#include "deliveryoptimizationerrors.h"
#include "engine_fixture.h"

#include <windows.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define PER_SERVER     8
#define CANNOT_CONNECT ((HRESULT)0x80072EFD)
#define JOBS           20

static struct engine_fixture fx;
static HANDLE gate;

static int open_fixture(void **context)
{
    (void)context;
    fixture_open(&fx);
    gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    return 0;
}

static int close_fixture(void **context)
{
    (void)context;
    SetEvent(gate);
    fixture_close(&fx);
    CloseHandle(gate);
    return 0;
}

static struct memory_resource *resource_at(const char16_t *server, const char16_t *name)
{
    struct memory_resource *resource = memory_http_add(&fx.http, name, 1000, fx.http.resource_count);
    (void)swprintf(resource->url, ARRAYSIZE(resource->url), L"http://%ls/%ls", server, name);
    return resource;
}

/* `count` jobs with one file each, all of them the same resource, resumed. */
static void start_jobs(struct job **jobs, size_t count, const struct memory_resource *resource, const char16_t *name)
{
    for (size_t i = 0; i < count; i++) {
        char16_t numbered[32];
        (void)swprintf(numbered, ARRAYSIZE(numbered), L"%ls%zu", name, i);
        jobs[i] = fixture_job(&fx);
        fixture_add(&fx, jobs[i], resource, numbered);
        assert_int_equal(job_resume(jobs[i]), S_OK);
    }
}

static void until_all(struct job *const *jobs, size_t count, enum job_state state)
{
    for (size_t i = 0; i < count; i++)
        fixture_until_state(&fx, jobs[i], state);
}

static void cancel_all(struct job **jobs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(job_cancel(jobs[i]), S_OK);
        job_release(jobs[i]);
    }
}

struct attempts {
    struct memory_resource *resource;
    uint32_t count;
};

static uint32_t attempts_at(struct memory_resource *resource)
{
    lock_acquire(&fx.http.lock);
    uint32_t attempts = resource->attempts;
    lock_release(&fx.http.lock);
    return attempts;
}

static bool has_attempts(void *context)
{
    struct attempts *wanted = context;
    return attempts_at(wanted->resource) >= wanted->count;
}

static void until_attempts(struct memory_resource *resource, uint32_t count)
{
    struct attempts wanted = {resource, count};
    fixture_until(&fx, has_attempts, &wanted, "requests");
}

static void jobs_of_a_dead_server_share_one_probe(void **context)
{
    (void)context;
    struct job *jobs[JOBS];
    struct job_error error;
    struct memory_resource *dead = resource_at(u"dead", u"file");
    dead->failure = CANNOT_CONNECT;
    start_jobs(jobs, JOBS, dead, u"file");
    until_all(jobs, JOBS, JOB_TRANSIENT_ERROR);
    assert_in_range(attempts_at(dead), 1, PER_SERVER);
    for (size_t i = 0; i < JOBS; i++) {
        assert_true(job_error(jobs[i], &error));
        assert_int_equal(error.code, CANNOT_CONNECT);
        assert_int_equal(error.context, JOB_ERROR_CONTEXT_TRANSPORT);
        assert_int_equal(error.file, 0);
    }
    /* In a minute: at 1, 3, 7, 15, 31 s, a quarter more or less, by the server's clock, and as often by that of the job that asked last. Each of the 20 for
     * itself would have asked a hundred times. */
    for (unsigned second = 0; second < 60; second++) {
        fixture_advance(&fx, 1000);
        until_all(jobs, JOBS, JOB_TRANSIENT_ERROR);
    }
    assert_in_range(attempts_at(dead), 4, PER_SERVER + 14);
    cancel_all(jobs, JOBS);
}

static void who_waits_for_a_place_learns_that_the_server_is_dead(void **context)
{
    (void)context;
    struct job *jobs[JOBS];
    struct memory_resource *dead = resource_at(u"dead", u"file");
    dead->failure = CANNOT_CONNECT;
    dead->answer_gate = gate;
    start_jobs(jobs, JOBS, dead, u"file");
    until_attempts(dead, PER_SERVER);
    (void)engine_step(fx.engine);
    assert_int_equal(job_state(jobs[JOBS - 1]), JOB_QUEUED);
    SetEvent(gate);
    until_all(jobs, JOBS, JOB_TRANSIENT_ERROR);
    assert_int_equal(attempts_at(dead), PER_SERVER);
    cancel_all(jobs, JOBS);
}

static void when_the_server_answers_all_go_on_at_once(void **context)
{
    (void)context;
    struct job *jobs[JOBS];
    struct memory_resource *resource = resource_at(u"dead", u"file");
    resource->failure = CANNOT_CONNECT;
    start_jobs(jobs, JOBS, resource, u"file");
    until_all(jobs, JOBS, JOB_TRANSIENT_ERROR);
    for (unsigned second = 0; second < 20; second++) {
        fixture_advance(&fx, 1000);
        until_all(jobs, JOBS, JOB_TRANSIENT_ERROR);
    }
    lock_acquire(&fx.http.lock);
    resource->failure = S_OK;
    lock_release(&fx.http.lock);
    uint32_t before = attempts_at(resource);
    for (unsigned second = 0; attempts_at(resource) == before; second++) {
        assert_in_range(second, 0, 75);
        fixture_advance(&fx, 1000);
    }
    until_all(jobs, JOBS, JOB_TRANSFERRED);
    cancel_all(jobs, JOBS);
}

static void any_answer_shows_that_the_server_is_there(void **context)
{
    (void)context;
    struct job *jobs[3];
    struct memory_resource *resource = resource_at(u"dead", u"file");
    resource->failure = CANNOT_CONNECT;
    start_jobs(jobs, 3, resource, u"file");
    until_all(jobs, 3, JOB_TRANSIENT_ERROR);
    lock_acquire(&fx.http.lock);
    resource->failure = S_OK;
    resource->status = 404;
    lock_release(&fx.http.lock);
    fixture_advance(&fx, 2000);
    until_all(jobs, 3, JOB_ERROR);
    cancel_all(jobs, 3);
}

static void a_probe_waits_for_nobody_and_lets_nobody_along(void **context)
{
    (void)context;
    struct job *jobs[3];
    struct memory_resource *resource = resource_at(u"dead", u"file");
    resource->failure = CANNOT_CONNECT;
    start_jobs(jobs, 3, resource, u"file");
    until_all(jobs, 3, JOB_TRANSIENT_ERROR);
    uint32_t before = attempts_at(resource);
    lock_acquire(&fx.http.lock);
    resource->answer_gate = gate;
    lock_release(&fx.http.lock);
    fixture_advance(&fx, 2000);
    until_attempts(resource, before + 1);
    for (unsigned minute = 0; minute < 3; minute++) {
        fixture_advance(&fx, 60000);
        assert_int_equal(attempts_at(resource), before + 1);
    }
    cancel_all(jobs, 3);
}

static void a_probe_that_is_suspended_passes_its_turn_on(void **context)
{
    (void)context;
    struct job *jobs[3];
    size_t prober = 3;
    struct memory_resource *resource = resource_at(u"dead", u"file");
    resource->failure = CANNOT_CONNECT;
    start_jobs(jobs, 3, resource, u"file");
    until_all(jobs, 3, JOB_TRANSIENT_ERROR);
    uint32_t before = attempts_at(resource);
    lock_acquire(&fx.http.lock);
    resource->answer_gate = gate;
    lock_release(&fx.http.lock);
    fixture_advance(&fx, 2000);
    until_attempts(resource, before + 1);
    for (size_t i = 0; i < 3; i++)
        prober = job_state(jobs[i]) == JOB_TRANSFERRING ? i : prober;
    assert_in_range(prober, 0, 2);
    fixture_advance(&fx, 2000); /* the others want to go, too */
    assert_int_equal(job_suspend(jobs[prober]), S_OK);
    until_attempts(resource, before + 2);
    cancel_all(jobs, 3);
}

static void resume_asks_at_once(void **context)
{
    (void)context;
    struct job *jobs[2];
    struct memory_resource *resource = resource_at(u"dead", u"file");
    resource->failure = CANNOT_CONNECT;
    start_jobs(jobs, 2, resource, u"file");
    until_all(jobs, 2, JOB_TRANSIENT_ERROR);
    for (size_t i = 0; i < 2; i++) {
        uint32_t before = attempts_at(resource);
        assert_int_equal(job_resume(jobs[i]), S_OK);
        until_attempts(resource, before + 1);
        fixture_until_state(&fx, jobs[i], JOB_TRANSIENT_ERROR);
    }
    cancel_all(jobs, 2);
}

static void who_waits_for_a_dead_server_gives_up_in_time(void **context)
{
    (void)context;
    struct job *jobs[JOBS];
    struct job_error error;
    struct memory_resource *resource = resource_at(u"dead", u"file");
    resource->failure = CANNOT_CONNECT;
    start_jobs(jobs, JOBS, resource, u"file");
    until_all(jobs, JOBS, JOB_TRANSIENT_ERROR);
    for (unsigned hours = 0; hours < 23; hours++) {
        fixture_advance(&fx, 3600 * 1000);
        until_all(jobs, JOBS, JOB_TRANSIENT_ERROR);
    }
    fixture_advance(&fx, 3600 * 1000);
    fixture_advance(&fx, 3600 * 1000);
    until_all(jobs, JOBS, JOB_ERROR);
    for (size_t i = 0; i < JOBS; i++) {
        assert_true(job_error(jobs[i], &error));
        assert_int_equal(error.code, DO_E_DOWNLOAD_NO_PROGRESS);
    }
    cancel_all(jobs, JOBS);
}

static void a_slow_server_leaves_workers_to_others(void **context)
{
    (void)context;
    struct job *slow[10], *slower[10], *quick[1];
    struct memory_resource *first = resource_at(u"slow", u"file");
    struct memory_resource *second = resource_at(u"slower", u"file");
    first->gate = second->gate = gate;
    start_jobs(slow, 10, first, u"slow");
    until_attempts(first, PER_SERVER);
    start_jobs(slower, 10, second, u"slower");
    until_attempts(second, 2);
    start_jobs(quick, 1, resource_at(u"quick", u"file"), u"quick");
    until_all(quick, 1, JOB_TRANSFERRED);
    assert_int_equal(attempts_at(first), PER_SERVER);
    SetEvent(gate);
    until_all(slow, 10, JOB_TRANSFERRED);
    until_all(slower, 10, JOB_TRANSFERRED);
    cancel_all(slow, 10);
    cancel_all(slower, 10);
    cancel_all(quick, 1);
}

static void who_waits_for_a_busy_server_goes_by_priority(void **context)
{
    (void)context;
    struct job *early[PER_SERVER], *low[2], *urgent[1];
    struct memory_resource *busy = resource_at(u"busy", u"busy");
    struct memory_resource *other = resource_at(u"busy", u"other");
    busy->gate = gate;
    start_jobs(early, PER_SERVER, busy, u"early");
    until_attempts(busy, PER_SERVER);
    struct memory_resource *urgently = resource_at(u"busy", u"urgently");
    start_jobs(low, 2, other, u"low");
    (void)engine_step(fx.engine);
    urgent[0] = fixture_job(&fx);
    fixture_add(&fx, urgent[0], urgently, u"urgent");
    assert_int_equal(job_set_priority(urgent[0], JOB_HIGH), S_OK);
    assert_int_equal(job_resume(urgent[0]), S_OK);
    (void)engine_step(fx.engine);
    assert_int_equal(attempts_at(other) + attempts_at(urgently), 0);
    assert_int_equal(job_suspend(early[0]), S_OK); /* one place is free now */
    until_all(urgent, 1, JOB_TRANSFERRED);
    until_all(low, 2, JOB_TRANSFERRED);
    const struct memory_request *next = &fx.http.requests[PER_SERVER];
    assert_ptr_equal(next->resource, urgently);
    SetEvent(gate);
    cancel_all(early, PER_SERVER);
    cancel_all(low, 2);
    cancel_all(urgent, 1);
}

static void what_somebody_waits_for_goes_at_once(void **context)
{
    (void)context;
    struct job *early[10];
    struct memory_resource *busy = resource_at(u"busy", u"busy");
    busy->gate = gate;
    start_jobs(early, 10, busy, u"early");
    until_attempts(busy, PER_SERVER);
    struct job *urgent = fixture_job(&fx);
    fixture_add(&fx, urgent, resource_at(u"busy", u"urgent"), u"urgent");
    assert_int_equal(job_set_priority(urgent, JOB_FOREGROUND), S_OK);
    assert_int_equal(job_resume(urgent), S_OK);
    until_all(&urgent, 1, JOB_TRANSFERRED);
    assert_int_equal(attempts_at(busy), PER_SERVER);
    SetEvent(gate);
    cancel_all(early, 10);
    cancel_all(&urgent, 1);
}

/* ---- Progress ---- */

static void a_long_body_is_progress_while_another_file_fails(void **context)
{
    (void)context;
    struct memory_resource *bulky = memory_http_add(&fx.http, u"bulky", 500000, 1);
    struct memory_resource *failing = resource_at(u"dead", u"failing");
    bulky->gate = gate;
    bulky->gate_at = 131072;
    failing->answer_gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    failing->failure = CANNOT_CONNECT;
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, bulky, u"bulky");
    fixture_add(&fx, job, failing, u"failing");
    assert_int_equal(job_resume(job), S_OK);
    (void)engine_step(fx.engine);
    fixture_advance(&fx, 23 * 3600 * 1000);
    fixture_until_bytes(&fx, job, 131072);
    fake_clock_advance(&fx.clock, 3600 * 1000);
    SetEvent(failing->answer_gate);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    SetEvent(gate);
    cancel_all(&job, 1);
    fixture_reopen(&fx);
    CloseHandle(failing->answer_gate);
}

static void bytes_that_never_stay_are_no_progress(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"cutting", 500000, 1);
    struct job_error error;
    resource->ignores_range = true;
    resource->cuts = 1000;
    resource->cut_after = 200000;
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, resource, u"cutting");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    for (unsigned hours = 0; hours < 23; hours++) {
        resource->cut_after = 100000 + hours;
        fixture_advance(&fx, 3600 * 1000);
        fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    }
    fixture_advance(&fx, 3600 * 1000);
    fixture_until_state(&fx, job, JOB_ERROR);
    assert_true(job_error(job, &error));
    assert_int_equal(error.code, DO_E_DOWNLOAD_NO_PROGRESS);
    cancel_all(&job, 1);
}

static void a_body_that_cannot_be_continued_may_pause_longer(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"whole", 500000, 1);
    resource->ignores_range = true;
    resource->cuts = 1;
    resource->cut_after = 1000;
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, resource, u"whole");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    fixture_advance(&fx, 2000);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(fx.http.request_count, 2);
    assert_false(fx.http.requests[0].expects_whole);
    assert_true(fx.http.requests[1].expects_whole);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(fx.http.requests[i].whole_timeout_ms, 86400000); /* the no-progress time */
    cancel_all(&job, 1);
}

/* ---- What a client may set ---- */

static void set_seconds(struct job *job, enum property_id id, uint32_t seconds)
{
    struct property_value value = property_of_bytes(id, &seconds, sizeof(seconds));
    assert_int_equal(job_set_properties(job, &value, 1), S_OK);
}

static struct job *failing_job(struct memory_resource *resource, enum property_id id, uint32_t seconds)
{
    struct job *job = fixture_job(&fx);
    resource->status = 503;
    fixture_add(&fx, job, resource, u"failing");
    set_seconds(job, id, seconds);
    assert_int_equal(job_resume(job), S_OK);
    return job;
}

static void the_retry_delay_that_was_set_is_the_longest_wait(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"failing", 1000, 1);
    struct job *job = failing_job(resource, PROPERTY_MINIMUM_RETRY_DELAY, 5);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    for (uint32_t attempt = 2; attempt < 12; attempt++) {
        fixture_advance(&fx, 5000);
        until_attempts(resource, attempt);
        fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    }
    cancel_all(&job, 1);
}

static void no_time_for_a_retry_means_no_retry(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"failing", 1000, 1);
    struct job_error error;
    struct job *job = failing_job(resource, PROPERTY_NO_PROGRESS_TIMEOUT, 0);
    fixture_until_state(&fx, job, JOB_ERROR);
    assert_true(job_error(job, &error));
    assert_int_equal(error.code, HRESULT_OF_HTTP_STATUS(503));
    set_seconds(job, PROPERTY_NO_PROGRESS_TIMEOUT, 100);
    set_seconds(job, PROPERTY_MINIMUM_RETRY_DELAY, 101);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_ERROR);
    set_seconds(job, PROPERTY_MINIMUM_RETRY_DELAY, 100);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    cancel_all(&job, 1);
}

static void a_timeout_that_was_set_counts(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"failing", 1000, 1);
    struct job_error error;
    struct job *job = failing_job(resource, PROPERTY_NO_PROGRESS_TIMEOUT, 100);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    fixture_advance(&fx, 99999);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    set_seconds(job, PROPERTY_NO_PROGRESS_TIMEOUT, UINT32_MAX);
    fixture_advance(&fx, 40ull * 24 * 3600 * 100);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    set_seconds(job, PROPERTY_NO_PROGRESS_TIMEOUT, 100);
    fixture_advance(&fx, 75000);
    fixture_until_state(&fx, job, JOB_ERROR);
    assert_true(job_error(job, &error));
    assert_int_equal(error.code, DO_E_DOWNLOAD_NO_PROGRESS);
    cancel_all(&job, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
    const struct CMUnitTest tests[] = {
        TEST(jobs_of_a_dead_server_share_one_probe),
        TEST(who_waits_for_a_place_learns_that_the_server_is_dead),
        TEST(when_the_server_answers_all_go_on_at_once),
        TEST(any_answer_shows_that_the_server_is_there),
        TEST(a_probe_waits_for_nobody_and_lets_nobody_along),
        TEST(a_probe_that_is_suspended_passes_its_turn_on),
        TEST(resume_asks_at_once),
        TEST(who_waits_for_a_dead_server_gives_up_in_time),
        TEST(a_slow_server_leaves_workers_to_others),
        TEST(who_waits_for_a_busy_server_goes_by_priority),
        TEST(what_somebody_waits_for_goes_at_once),
        TEST(a_long_body_is_progress_while_another_file_fails),
        TEST(bytes_that_never_stay_are_no_progress),
        TEST(a_body_that_cannot_be_continued_may_pause_longer),
        TEST(the_retry_delay_that_was_set_is_the_longest_wait),
        TEST(no_time_for_a_retry_means_no_retry),
        TEST(a_timeout_that_was_set_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
