/* Answers that are another file than the one that was asked for, and failures that are final: nothing of them is kept, and no other job is held up by them. */
#include "bits_error.h"
#include "deliveryoptimizationerrors.h"
#include "engine_fixture.h"
#include "engine_private.h"
#include "memory.h"
#include "utf16.h"

#include <windows.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SIZE           50000u
#define CANNOT_CONNECT ((HRESULT)0x80072EFD)
#define BAD_NAME       ((HRESULT)0x80072F06) /* of a certificate: final */

static struct engine_fixture fx;
static struct memory_resource *source;

static int open_fixture(void **context)
{
    (void)context;
    fixture_open(&fx);
    source = memory_http_add(&fx.http, u"a", SIZE, 1);
    return 0;
}

static int close_fixture(void **context)
{
    (void)context;
    fixture_close(&fx);
    return 0;
}

/* A job of one file, of which the caller says how large the remote one is. */
static struct job *make_job(const char16_t *name, uint64_t declared, const struct wanted_range *range)
{
    struct job *job = fixture_job(&fx);
    fixture_add_ranges(&fx, job, source, name, declared, range, range ? 1 : 0);
    return job;
}

static void assert_refused(struct job *job, HRESULT code)
{
    struct job_error error;
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_ERROR);
    assert_true(job_error(job, &error));
    assert_int_equal(error.code, code);
    assert_int_equal(error.context, JOB_ERROR_CONTEXT_REMOTE_FILE);
    /* Of a body of unknown length it is known only when it goes on too long. */
    uint64_t most = source->hides_length ? job_progress(job).bytes_total : 0;
    assert_in_range(job_progress(job).bytes_transferred, 0, most);
    assert_int_equal(job_progress(job).files_transferred, 0);
}

static void finish(struct job *job, uint64_t seed, uint64_t size)
{
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    fixture_assert_file(&fx, u"a", seed, size);
}

/* ---- Another size than the caller declared ---- */

static void assert_another_size_is_refused(uint64_t size)
{
    source->size = size;
    struct job *job = make_job(u"a", SIZE, NULL);
    assert_refused(job, DO_E_HTTP_BLOCKSIZE_MISMATCH);
    assert_refused(job, DO_E_HTTP_BLOCKSIZE_MISMATCH); /* once more */
    source->size = SIZE;
    source->seed = 2;
    finish(job, 2, SIZE);
}

static void a_larger_file_is_refused(void **context)
{
    (void)context;
    assert_another_size_is_refused(2 * SIZE);
}

static void a_smaller_file_is_refused(void **context)
{
    (void)context;
    assert_another_size_is_refused(SIZE / 2);
}

static void a_larger_file_whose_total_is_hidden_is_refused(void **context)
{
    (void)context;
    source->hides_total = true;
    assert_another_size_is_refused(2 * SIZE);
}

static void a_larger_body_of_unknown_length_is_refused(void **context)
{
    (void)context;
    source->ignores_range = true;
    source->hides_length = true;
    assert_another_size_is_refused(2 * SIZE);
}

static void a_range_of_a_larger_file_is_refused(void **context)
{
    (void)context;
    static const struct wanted_range range = {0, 1000};
    source->size = 2 * SIZE;
    struct job *job = make_job(u"a", SIZE, &range);
    assert_refused(job, DO_E_HTTP_BLOCKSIZE_MISMATCH);
    assert_refused(job, DO_E_HTTP_BLOCKSIZE_MISMATCH);
    source->size = SIZE;
    finish(job, 1, 1000);
}

static void a_file_over_the_limit_is_refused_until_the_limit_is_raised(void **context)
{
    (void)context;
    uint64_t limit = SIZE - 1;
    struct property_value value = property_of_bytes(PROPERTY_MAX_DOWNLOAD_SIZE, &limit, sizeof(limit));
    struct job *job = make_job(u"a", SIZE_UNKNOWN, NULL);
    assert_int_equal(job_set_properties(job, &value, 1), S_OK);
    assert_refused(job, BG_E_MAX_DOWNLOAD_SIZE_LIMIT_REACHED);
    assert_refused(job, BG_E_MAX_DOWNLOAD_SIZE_LIMIT_REACHED);
    limit = SIZE;
    assert_int_equal(job_set_properties(job, &value, 1), S_OK);
    finish(job, 1, SIZE);
}

/* The server does not tell how large the file is. */
static void a_range_that_the_server_does_not_have_is_named(void **context)
{
    (void)context;
    static const struct wanted_range range = {2 * SIZE, 1000};
    source->status = 416;
    struct job *job = make_job(u"a", SIZE_UNKNOWN, &range);
    assert_refused(job, DO_E_INVALID_RANGE);
    assert_int_equal(job_cancel(job), S_OK);
    job_release(job);
}

/* ---- What is final for one job ---- */

static void a_final_failure_is_no_outage(void **context)
{
    (void)context;
    struct memory_resource *refused = source;
    struct job *job = make_job(u"a", SIZE_UNKNOWN, NULL);
    refused->failure = BAD_NAME;
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_ERROR);
    lock_acquire(&fx.engine->model_lock);
    bool is_down = host_of(fx.engine, refused->url, NULL)->is_down;
    lock_release(&fx.engine->model_lock);
    assert_false(is_down);
    assert_int_equal(job_cancel(job), S_OK);
    job_release(job);
}

static void who_must_not_wait_fails_with_what_the_server_did(void **context)
{
    (void)context;
    uint32_t never = 0;
    struct property_value value = property_of_bytes(PROPERTY_NO_PROGRESS_TIMEOUT, &never, sizeof(never));
    const struct job_error failure = {CANNOT_CONNECT, JOB_ERROR_CONTEXT_TRANSPORT, 0, S_OK};
    struct job_error error;
    struct job *job = make_job(u"a", SIZE_UNKNOWN, NULL), *impatient = make_job(u"b", SIZE_UNKNOWN, NULL);
    assert_int_equal(job_set_properties(impatient, &value, 1), S_OK);
    assert_int_equal(job_resume(impatient), S_OK);
    lock_acquire(&fx.engine->model_lock);
    host_failed(fx.engine, host_of(fx.engine, source->url, NULL), job, 0, &failure);
    lock_release(&fx.engine->model_lock);
    fixture_until_state(&fx, impatient, JOB_ERROR);
    assert_true(job_error(impatient, &error));
    assert_int_equal(error.code, CANNOT_CONNECT);
    assert_int_equal(memory_http_count(&fx.http, source), 0);
    assert_int_equal(job_cancel(job), S_OK);
    assert_int_equal(job_cancel(impatient), S_OK);
    job_release(job);
    job_release(impatient);
}

/* ---- A redirect of a source that the file no longer has ---- */

static void a_redirect_of_a_former_source_changes_nothing(void **context)
{
    (void)context;
    uint32_t flags = 0x100; /* BG_HTTP_REDIRECT_POLICY_ALLOW_REPORT */
    struct property_value value = property_of_bytes(PROPERTY_SECURITY_FLAGS, &flags, sizeof(flags));
    char16_t *url;
    struct memory_resource *mirror = memory_http_add(&fx.http, u"mirror", SIZE, 1);
    struct job *job = make_job(u"a", SIZE_UNKNOWN, NULL);
    (void)swprintf(source->moved_to, ARRAYSIZE(source->moved_to), L"http://test/elsewhere");
    assert_int_equal(job_set_properties(job, &value, 1), S_OK);
    assert_int_equal(job_resume(job), S_OK);
    (void)engine_step(fx.engine);
    fixture_await_flights(&fx, 0); /* the redirect is noted */
    assert_int_equal(job_file_set_url(job_file_at(job, 0), mirror->url), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(job_file_url(job_file_at(job, 0), &url), S_OK);
    assert_true(utf16_equal(url, mirror->url));
    mem_free(url);
    assert_int_equal(job_cancel(job), S_OK);
    job_release(job);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
    const struct CMUnitTest tests[] = {
        TEST(a_larger_file_is_refused),
        TEST(a_smaller_file_is_refused),
        TEST(a_larger_file_whose_total_is_hidden_is_refused),
        TEST(a_larger_body_of_unknown_length_is_refused),
        TEST(a_range_of_a_larger_file_is_refused),
        TEST(a_file_over_the_limit_is_refused_until_the_limit_is_raised),
        TEST(a_range_that_the_server_does_not_have_is_named),
        TEST(a_final_failure_is_no_outage),
        TEST(who_must_not_wait_fails_with_what_the_server_did),
        TEST(a_redirect_of_a_former_source_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
