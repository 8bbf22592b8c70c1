/* For how long a job tries: what is progress, and what a client may set. */
#include "deliveryoptimizationerrors.h"
#include "engine_private.h"
#include "host_support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* ---- Progress ---- */

static void a_long_body_is_progress_while_another_file_fails(void **context)
{
    (void)context;
    struct memory_resource *bulky = memory_http_add(&fx.http, u"bulky", 500000, 1);
    struct memory_resource *failing = host_resource(u"dead", u"failing");
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
    host_cancel_all(&job, 1);
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
    host_cancel_all(&job, 1);
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
        assert_int_equal(fx.http.requests[i].whole_timeout_ms, 300000);
    host_cancel_all(&job, 1);
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
        host_until_attempts(resource, attempt);
        fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    }
    host_cancel_all(&job, 1);
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
    host_cancel_all(&job, 1);
}

/* A body that cannot be continued may pause for five minutes, but not beyond the no-progress time; never shorter than any other. */
static void a_pause_is_no_longer_than_the_time_without_progress(void **context)
{
    (void)context;
    static const struct {
        uint32_t seconds, receive_timeout_ms, expected_ms;
    } rows[] = {{299, 30000, 299000}, {300, 30000, 300000}, {301, 30000, 300000},   {UINT32_MAX, 30000, 300000},
                {10, 30000, 30000},   {0, 30000, 30000},    {86400, 600000, 600000}};
    struct memory_resource *resource = memory_http_add(&fx.http, u"whole", 1000, 1);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct job *job = fixture_job(&fx);
        fixture_add(&fx, job, resource, u"whole");
        fx.settings.receive_timeout_ms = rows[i].receive_timeout_ms;
        set_seconds(job, PROPERTY_NO_PROGRESS_TIMEOUT, rows[i].seconds);
        assert_int_equal(job_resume(job), S_OK);
        fixture_until_state(&fx, job, JOB_TRANSFERRED);
        assert_int_equal(fx.http.requests[i].whole_timeout_ms, rows[i].expected_ms);
        host_cancel_all(&job, 1);
    }
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
    host_cancel_all(&job, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, host_open, host_close)
    const struct CMUnitTest tests[] = {
        TEST(a_long_body_is_progress_while_another_file_fails),
        TEST(bytes_that_never_stay_are_no_progress),
        TEST(a_body_that_cannot_be_continued_may_pause_longer),
        TEST(the_retry_delay_that_was_set_is_the_longest_wait),
        TEST(no_time_for_a_retry_means_no_retry),
        TEST(a_pause_is_no_longer_than_the_time_without_progress),
        TEST(a_timeout_that_was_set_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
