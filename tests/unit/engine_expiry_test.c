/* Jobs that nobody finishes end 30 days after their creation. */
#include "deliveryoptimizationerrors.h"
#include "engine_fixture.h"
#include "memory.h"

#include <windows.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define HOUR_MS     3600000ull
#define DAY_MS      (24 * HOUR_MS)
#define LIFETIME_MS (30 * DAY_MS)

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

static HRESULT find(struct job *job)
{
    uint8_t id[16];
    struct job *found = NULL;
    job_id(job, id);
    HRESULT hr = engine_find_job(fx.engine, id, &found);
    if (found)
        job_release(found);
    return hr;
}

static void a_job_ends_when_its_30_days_are_over(void **context)
{
    (void)context;
    struct job *job = fixture_job(&fx);
    fixture_advance(&fx, LIFETIME_MS - 1);
    assert_int_equal(job_state(job), JOB_SUSPENDED);
    assert_int_equal(find(job), S_OK);
    fixture_advance(&fx, 1);
    assert_int_equal(job_state(job), JOB_CANCELLED);
    assert_int_equal(find(job), DO_E_JOB_NOT_FOUND);
    assert_int_equal(job_suspend(job), DO_E_INVALID_STATE);
    job_release(job);
    fixture_reopen(&fx);
    struct job **jobs = NULL;
    size_t count = 1;
    assert_int_equal(engine_list_jobs(fx.engine, false, &jobs, &count), S_OK);
    assert_int_equal(count, 0);
    mem_free(jobs);
}

static void a_host_is_told_when_to_look_again(void **context)
{
    (void)context;
    struct job *job = fixture_job(&fx);
    uint64_t start = fx.clock.milliseconds;
    assert_in_range(engine_step(fx.engine), start + 1, start + HOUR_MS); /* a wall clock can be set */
    fake_clock_advance(&fx.clock, LIFETIME_MS - 1000);
    assert_int_equal(engine_step(fx.engine), start + LIFETIME_MS);
    assert_int_equal(job_cancel(job), S_OK);
    job_release(job);
}

static void only_the_old_jobs_go(void **context)
{
    (void)context;
    struct job *old = fixture_job(&fx);
    fixture_advance(&fx, DAY_MS);
    struct job *young = fixture_job(&fx);
    fixture_advance(&fx, LIFETIME_MS - DAY_MS);
    assert_int_equal(job_state(old), JOB_CANCELLED);
    assert_int_equal(job_state(young), JOB_SUSPENDED);
    job_release(old);
    job_release(young);
}

static void many_old_jobs_go_at_once(void **context)
{
    (void)context;
    struct job *jobs[40];
    for (size_t i = 0; i < ARRAYSIZE(jobs); i++)
        jobs[i] = fixture_job(&fx);
    fake_clock_advance(&fx.clock, LIFETIME_MS);
    for (unsigned i = 0; i < 2; i++)
        assert_true(engine_step(fx.engine) >= fx.clock.milliseconds);
    for (size_t i = 0; i < ARRAYSIZE(jobs); i++) {
        assert_int_equal(job_state(jobs[i]), JOB_CANCELLED);
        job_release(jobs[i]);
    }
}

static void a_running_job_ends_with_its_temporary_files(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"endless", 500000, 1);
    resource->gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    resource->gate_at = 131072;
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, resource, u"endless");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_bytes(&fx, job, 131072);
    assert_int_equal(fixture_temporary_files(&fx), 1);
    fixture_advance(&fx, LIFETIME_MS);
    assert_int_equal(job_state(job), JOB_CANCELLED);
    assert_int_equal(fixture_temporary_files(&fx), 0);
    SetEvent(resource->gate);
    job_release(job);
    fixture_reopen(&fx);
    CloseHandle(resource->gate);
}

static void the_next_host_ends_what_grew_old_meanwhile(void **context)
{
    (void)context;
    struct job *job = fixture_job(&fx);
    uint8_t id[16];
    struct job *found = NULL;
    job_id(job, id);
    job_release(job);
    fixture_stop(&fx);
    fake_clock_advance(&fx.clock, LIFETIME_MS);
    fixture_start(&fx);
    assert_int_equal(engine_find_job(fx.engine, id, &found), DO_E_JOB_NOT_FOUND);
}

static void a_clock_that_was_set_back_ends_nothing(void **context)
{
    (void)context;
    struct job *job = fixture_job(&fx);
    fx.clock.utc -= 10000 * DAY_MS;
    fixture_advance(&fx, HOUR_MS);
    assert_int_equal(job_state(job), JOB_SUSPENDED);
    assert_int_equal(job_cancel(job), S_OK);
    job_release(job);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
    const struct CMUnitTest tests[] = {
        TEST(a_job_ends_when_its_30_days_are_over),
        TEST(a_host_is_told_when_to_look_again),
        TEST(only_the_old_jobs_go),
        TEST(many_old_jobs_go_at_once),
        TEST(a_running_job_ends_with_its_temporary_files),
        TEST(the_next_host_ends_what_grew_old_meanwhile),
        TEST(a_clock_that_was_set_back_ends_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
