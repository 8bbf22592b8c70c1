/* How long and how much a job may transfer. */
#include "bits_error.h"
#include "engine_fixture.h"

#include <windows.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

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

static void set_time(struct job *job, uint32_t seconds)
{
    struct property_value value = property_of_bytes(PROPERTY_MAXIMUM_DOWNLOAD_TIME, &seconds, sizeof(seconds));
    assert_int_equal(job_set_properties(job, &value, 1), S_OK);
}

static void set_size(struct job *job, uint64_t bytes)
{
    struct property_value value = property_of_bytes(PROPERTY_MAX_DOWNLOAD_SIZE, &bytes, sizeof(bytes));
    assert_int_equal(job_set_properties(job, &value, 1), S_OK);
}

static void until_error(struct job *job, HRESULT code)
{
    struct job_error error;
    fixture_until_state(&fx, job, JOB_ERROR);
    assert_true(job_error(job, &error));
    assert_int_equal(error.code, code);
}

static void cancel(struct job *job)
{
    assert_int_equal(job_cancel(job), S_OK);
    job_release(job);
}

/* Their sum has more than 64 bits, of which the lower ones are a small number. */
static void sizes_without_bounds_are_not_within_a_limit(void **context)
{
    (void)context;
    struct memory_resource *silent = memory_http_add(&fx.http, u"silent", 1000, 2);
    silent->answer_gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, memory_http_add(&fx.http, u"small", 1000, 1), u"small");
    fixture_add_ranges(&fx, job, silent, u"huge", INT64_MAX, NULL, 0);
    fixture_add_ranges(&fx, job, silent, u"vast", INT64_MAX, NULL, 0);
    set_size(job, 100000);
    assert_int_equal(job_resume(job), S_OK);
    until_error(job, BG_E_MAX_DOWNLOAD_SIZE_LIMIT_REACHED);
    SetEvent(silent->answer_gate);
    fixture_await_flights(&fx, 0);
    cancel(job);
    CloseHandle(silent->answer_gate);
}

static void a_sum_of_sizes_is_right_again_when_one_is_smaller(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"a", 1000, 1);
    struct job *job = fixture_job(&fx);
    fixture_add_ranges(&fx, job, resource, u"a", 1000, NULL, 0);
    fixture_add_ranges(&fx, job, resource, u"b", INT64_MAX, NULL, 0);
    fixture_add_ranges(&fx, job, resource, u"c", INT64_MAX, NULL, 0);
    assert_true(job_progress(job).bytes_total == SIZE_UNKNOWN - 1);
    assert_int_equal(job_file_set_remote_size(job_file_at(job, 1), 500), S_OK);
    assert_true(job_progress(job).bytes_total == (uint64_t)INT64_MAX + 1500);
    assert_int_equal(job_file_set_remote_size(job_file_at(job, 1), INT64_MAX), S_OK);
    assert_true(job_progress(job).bytes_total == SIZE_UNKNOWN - 1);
    assert_int_equal(job_file_set_remote_size(job_file_at(job, 2), 0), S_OK);
    assert_true(job_progress(job).bytes_total == (uint64_t)INT64_MAX + 1000);
    cancel(job);
}

static void only_the_time_of_transferring_counts(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"slow", 500000, 1);
    resource->gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    resource->gate_at = 131072;
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, resource, u"slow");
    set_time(job, 100);
    fixture_advance(&fx, 1000000); /* it does not run yet */
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_bytes(&fx, job, 131072);
    fixture_advance(&fx, 60000);
    fake_network_set(&fx.network, false, 0);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    fixture_advance(&fx, 1000000); /* it waits */
    resource->gate_at = 1000;      /* of each further body */
    fake_network_set(&fx.network, true, 0);
    fixture_until_state(&fx, job, JOB_TRANSFERRING);
    fixture_advance(&fx, 39999);
    (void)engine_step(fx.engine);
    assert_int_equal(job_state(job), JOB_TRANSFERRING);
    fixture_advance(&fx, 1);
    until_error(job, BG_E_MAXDOWNLOAD_TIMEOUT);

    assert_int_equal(job_resume(job), S_OK); /* begins anew */
    fixture_until_state(&fx, job, JOB_TRANSFERRING);
    fixture_advance(&fx, 99999);
    (void)engine_step(fx.engine);
    assert_int_equal(job_state(job), JOB_TRANSFERRING);
    SetEvent(resource->gate);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    cancel(job);
    CloseHandle(resource->gate);
    resource->gate = NULL;
}

/* No time at all is no exception, though neither reference says what it means. */
static void a_job_without_any_time_fails_with_its_first_transfer(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"none", 500000, 2);
    resource->gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, resource, u"none");
    set_time(job, 0);
    assert_int_equal(job_resume(job), S_OK);
    until_error(job, BG_E_MAXDOWNLOAD_TIMEOUT);
    SetEvent(resource->gate);
    cancel(job);
    fixture_reopen(&fx); /* waits for the worker that was stuck */
    CloseHandle(resource->gate);
    resource->gate = NULL;
}

static void files_that_are_too_large_together_are_an_error(void **context)
{
    (void)context;
    struct memory_resource *first = memory_http_add(&fx.http, u"first", 60000, 1);
    struct memory_resource *second = memory_http_add(&fx.http, u"second", 40001, 2);
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, first, u"first");
    fixture_add(&fx, job, second, u"second");
    set_size(job, 100000);
    assert_int_equal(job_resume(job), S_OK);
    until_error(job, BG_E_MAX_DOWNLOAD_SIZE_LIMIT_REACHED);
    set_size(job, 100001);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    cancel(job);
}

static void a_body_without_a_length_is_stopped_on_its_way(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"endless", 500000, 1);
    resource->hides_length = true;
    resource->ignores_range = true;
    resource->gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    resource->gate_at = 131072;
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, resource, u"endless");
    set_size(job, 131071);
    assert_int_equal(job_resume(job), S_OK);
    until_error(job, BG_E_MAX_DOWNLOAD_SIZE_LIMIT_REACHED);
    SetEvent(resource->gate);
    cancel(job);
    fixture_reopen(&fx);
    CloseHandle(resource->gate);
    resource->gate = NULL;
}

static void a_limit_that_is_set_meanwhile_counts_at_once(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"known", 100000, 1); /* one request has all of it */
    resource->gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    resource->gate_at = 50000;
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, resource, u"known");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_bytes(&fx, job, 50000);
    set_size(job, 100000);
    (void)engine_step(fx.engine);
    assert_int_equal(job_state(job), JOB_TRANSFERRING);
    set_size(job, 99999); /* it would exceed that, though it has not yet */
    until_error(job, BG_E_MAX_DOWNLOAD_SIZE_LIMIT_REACHED);
    assert_int_equal(job_progress(job).bytes_transferred, 50000);
    SetEvent(resource->gate);
    set_size(job, 100000);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    cancel(job);
    CloseHandle(resource->gate);
    resource->gate = NULL;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
    const struct CMUnitTest tests[] = {
        TEST(only_the_time_of_transferring_counts),
        TEST(sizes_without_bounds_are_not_within_a_limit),
        TEST(a_sum_of_sizes_is_right_again_when_one_is_smaller),
        TEST(a_job_without_any_time_fails_with_its_first_transfer),
        TEST(files_that_are_too_large_together_are_an_error),
        TEST(a_body_without_a_length_is_stopped_on_its_way),
        TEST(a_limit_that_is_set_meanwhile_counts_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
