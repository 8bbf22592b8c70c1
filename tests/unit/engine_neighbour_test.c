/* What the failure of one file does to the transfers of the job's other files. */
#include "deliveryoptimizationerrors.h"
#include "engine_fixture.h"
#include "engine_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <windows.h>

#include <cmocka.h>

#define SIZE 300000u
#define CAME 100000u

static struct engine_fixture fx;
static struct memory_resource *slow, *failing;

/* The body of `slow` stops after CAME bytes until the gate is open; its server knows no ranges. */
static int open_fixture(void **context)
{
    (void)context;
    fixture_open(&fx);
    slow = memory_http_add(&fx.http, u"slow", SIZE, 1);
    slow->gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    slow->gate_at = CAME;
    slow->ignores_range = true;
    failing = memory_http_add(&fx.http, u"failing", SIZE, 2);
    return 0;
}

static int close_fixture(void **context)
{
    (void)context;
    HANDLE gate = slow->gate;
    SetEvent(gate);
    fixture_close(&fx);
    CloseHandle(gate);
    return 0;
}

/* Of `failing` there is nothing, and it is under way no more. */
static struct job *start_job_with_a_failure(void)
{
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, slow, u"slow");
    fixture_add(&fx, job, failing, u"failing");
    assert_int_equal(job_resume(job), S_OK);
    (void)engine_step(fx.engine);
    fixture_await_flights(&fx, 1);
    return job;
}

static struct job *job_with_a_failure(void)
{
    struct job *job = start_job_with_a_failure();
    fixture_await_bytes(job, CAME);
    return job;
}

static void finish(struct job *job)
{
    failing->failure = S_OK;
    failing->status = 0;
    fixture_advance(&fx, 60000);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    fixture_assert_file(&fx, u"slow", 1, SIZE);
    fixture_assert_file(&fx, u"failing", 2, SIZE);
}

static void one_that_passes_waits_for_a_body_that_would_be_lost(void **context)
{
    (void)context;
    failing->status = 503;
    struct job *job = job_with_a_failure();
    fixture_advance(&fx, 1000);
    assert_int_equal(job_state(job), JOB_TRANSFERRING);
    assert_int_equal(memory_http_count(&fx.http, failing), 1);
    SetEvent(slow->gate);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    assert_int_equal(job_progress(job).bytes_transferred, SIZE);
    finish(job);
    assert_int_equal(memory_http_count(&fx.http, slow), 1);
}

static void one_that_passes_does_not_wait_for_what_can_be_continued(void **context)
{
    (void)context;
    failing->status = 503;
    slow->ignores_range = false;
    struct job *job = job_with_a_failure();
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    SetEvent(slow->gate);
    finish(job);
}

/* Of a file in several pieces, of no known version, only the last piece is worth it. */
static void one_that_passes_does_not_wait_for_what_is_lost_anyway(void **context)
{
    (void)context;
    static const struct wanted_range ranges[] = {{0, 200000}, {250000, 1000}};
    failing->status = 503;
    slow->ignores_range = false;
    slow->etag[0] = 0;
    struct job *job = fixture_job(&fx);
    fixture_add_ranges(&fx, job, slow, u"slow", SIZE_UNKNOWN, ranges, 2);
    fixture_add(&fx, job, failing, u"failing");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR); /* the gate is closed */
    SetEvent(slow->gate);
    failing->status = 0;
    fixture_advance(&fx, 60000);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
}

static void one_that_is_final_waits_for_nothing(void **context)
{
    (void)context;
    failing->status = 404;
    struct job *job = start_job_with_a_failure();
    fixture_until_state(&fx, job, JOB_ERROR);
    SetEvent(slow->gate);
    failing->status = 0;
    assert_int_equal(job_resume(job), S_OK);
    finish(job);
}

static void a_network_that_is_gone_ends_the_wait(void **context)
{
    (void)context;
    struct job_error error;
    failing->status = 503;
    struct job *job = job_with_a_failure();
    (void)engine_step(fx.engine);
    assert_int_equal(job_state(job), JOB_TRANSFERRING);
    fake_network_set(&fx.network, false, 0);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    assert_true(job_error(job, &error));
    assert_int_equal(error.code, DO_E_BLOCKED_BY_NO_NETWORK);
    SetEvent(slow->gate);
    fake_network_set(&fx.network, true, 0);
    finish(job);
}

static void the_wait_ends_when_the_body_fails_too(void **context)
{
    (void)context;
    failing->status = 503;
    slow->cuts = 1;
    slow->cut_after = CAME + 1000;
    struct job *job = job_with_a_failure();
    SetEvent(slow->gate);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    finish(job);
}

static void a_suspend_ends_the_wait(void **context)
{
    (void)context;
    failing->status = 503;
    struct job *job = job_with_a_failure();
    (void)engine_step(fx.engine);
    assert_int_equal(job_suspend(job), S_OK);
    assert_int_equal(job_state(job), JOB_SUSPENDED);
    SetEvent(slow->gate);
    fixture_await_flights(&fx, 0);
    (void)engine_step(fx.engine);
    assert_int_equal(job_state(job), JOB_SUSPENDED);
    failing->status = 0;
    assert_int_equal(job_resume(job), S_OK);
    finish(job);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_that_passes_waits_for_a_body_that_would_be_lost, open_fixture,
                                        close_fixture),
        cmocka_unit_test_setup_teardown(one_that_passes_does_not_wait_for_what_can_be_continued, open_fixture,
                                        close_fixture),
        cmocka_unit_test_setup_teardown(one_that_passes_does_not_wait_for_what_is_lost_anyway, open_fixture,
                                        close_fixture),
        cmocka_unit_test_setup_teardown(one_that_is_final_waits_for_nothing, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(a_network_that_is_gone_ends_the_wait, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(the_wait_ends_when_the_body_fails_too, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(a_suspend_ends_the_wait, open_fixture, close_fixture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
