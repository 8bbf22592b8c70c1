/* The engine and its transfers: what is asked for, what is kept, and what becomes of the job. */
#include "bits_error.h"
#include "deliveryoptimizationerrors.h"
#include "engine_fixture.h"
#include "utf16.h"

#include <windows.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define SEGMENT (16ull * 1024 * 1024)

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

static void resume_until(struct job *job, enum job_state state)
{
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, state);
}

static bool rests(void *context)
{
    return job_state(context) == JOB_TRANSIENT_ERROR || job_state(context) == JOB_ERROR;
}

static void finish(struct job *job)
{
    assert_int_equal(job_complete(job), S_OK);
    assert_int_equal(job_state(job), JOB_ACKNOWLEDGED);
    job_release(job);
    assert_int_equal(fixture_temporary_files(&fx), 0);
}

static void large_file_comes_in_segments_of_one_version(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"large", 3 * SEGMENT + 5, 1);
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, resource, u"large");
    resume_until(job, JOB_TRANSFERRED);
    assert_int_equal(memory_http_count(&fx.http, resource), 4);
    uint64_t asked = 0;
    for (size_t i = 0; i < fx.http.request_count; i++) {
        const struct memory_request *request = &fx.http.requests[i];
        assert_true(request->has_range);
        assert_int_equal(request->first % SEGMENT, 0);
        assert_int_equal(utf16_equal(request->if_range, u"\"v1\""), i > 0);
        asked |= 1ull << (request->first / SEGMENT);
    }
    assert_int_equal(asked, 15);
    finish(job);
    fixture_assert_file(&fx, u"large", 1, 3 * SEGMENT + 5);
}

/* Without a step of the engine. */
static void await_attempt(struct memory_resource *resource)
{
    ULONGLONG deadline = GetTickCount64() + FIXTURE_LIMIT_MS;
    while (memory_http_attempts(&fx.http, resource) != 1) {
        assert_true(GetTickCount64() < deadline);
        SwitchToThread();
    }
}

static void every_file_is_asked_for_before_any_is_asked_for_again(void **context)
{
    (void)context;
    static const char16_t *const names[] = {u"a", u"b", u"c"};
    struct memory_resource *resources[ARRAYSIZE(names)];
    HANDLE gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    struct job *job = fixture_job(&fx);
    for (size_t i = 0; i < ARRAYSIZE(names); i++) {
        resources[i] = memory_http_add(&fx.http, names[i], SEGMENT + 1, i);
        resources[i]->answer_gate = gate;
        fixture_add(&fx, job, resources[i], names[i]);
    }
    assert_int_equal(job_resume(job), S_OK);
    (void)engine_step(fx.engine);
    for (size_t i = 0; i < ARRAYSIZE(names); i++)
        await_attempt(resources[i]);
    SetEvent(gate);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(fx.http.request_count, 6);
    finish(job);
    CloseHandle(gate);
}

static void without_a_version_the_file_comes_in_one_body(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"plain", SEGMENT + 77, 2);
    resource->etag[0] = 0;
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, resource, u"plain");
    resume_until(job, JOB_TRANSFERRED);
    assert_int_equal(fx.http.request_count, 2);
    assert_false(fx.http.requests[1].has_range);
    finish(job);
    fixture_assert_file(&fx, u"plain", 2, SEGMENT + 77);
}

static void a_body_that_just_ends_is_confirmed(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"endless", 100000, 3);
    resource->hides_length = true;
    resource->ignores_range = true;
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, resource, u"endless");
    resume_until(job, JOB_TRANSFERRED);
    assert_int_equal(fx.http.request_count, 2);
    assert_true(fx.http.requests[1].has_range);
    assert_int_equal(fx.http.requests[1].first, 100000);
    finish(job);
    fixture_assert_file(&fx, u"endless", 3, 100000);
}

/* And its server, which had ignored the range, has more of it now. */
static void a_body_that_was_cut_off_without_a_sign_goes_on(void **context)
{
    struct memory_resource *resource = memory_http_add(&fx.http, u"more", 100000, 19);
    struct job *job = fixture_job(&fx);
    (void)context;
    resource->hides_length = resource->ignores_range = true;
    resource->cuts = 1;
    resource->cut_after = resource->gate_at = 40000;
    resource->gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    fixture_add(&fx, job, resource, u"more");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_bytes(&fx, job, 40000);
    lock_acquire(&fx.http.lock);
    resource->hides_length = resource->ignores_range = false;
    lock_release(&fx.http.lock);
    SetEvent(resource->gate);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    for (size_t i = 1; i < fx.http.request_count; i++) {
        assert_true(fx.http.requests[i].has_range);
        assert_int_equal(fx.http.requests[i].first, 40000);
    }
    finish(job);
    fixture_assert_file(&fx, u"more", 19, 100000);
    CloseHandle(resource->gate);
}

static void an_empty_file_is_a_file(void **context)
{
    (void)context;
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, memory_http_add(&fx.http, u"empty", 0, 4), u"empty");
    assert_true(job_progress(job).bytes_total == SIZE_UNKNOWN);
    resume_until(job, JOB_TRANSFERRED);
    assert_int_equal(job_progress(job).bytes_total, 0);
    finish(job);
    fixture_assert_file(&fx, u"empty", 4, 0);
}

static void after_a_cut_only_the_rest_is_asked_for(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"cut", 500000, 5);
    resource->cuts = 1;
    resource->cut_after = 200000;
    struct job *job = fixture_job(&fx);
    struct job_error error;
    fixture_add(&fx, job, resource, u"cut");
    resume_until(job, JOB_TRANSIENT_ERROR);
    assert_true(job_error(job, &error));
    assert_int_equal(error.context, JOB_ERROR_CONTEXT_TRANSPORT);
    assert_int_equal(error.file, 0);
    assert_int_equal(job_progress(job).bytes_transferred, 200000);
    fixture_advance(&fx, 100); /* the first wait is about a second: not over */
    assert_int_equal(job_state(job), JOB_TRANSIENT_ERROR);
    fixture_advance(&fx, 2000);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_false(job_error(job, &error));
    assert_int_equal(fx.http.request_count, 2);
    assert_int_equal(fx.http.requests[1].first, 200000);
    finish(job);
    fixture_assert_file(&fx, u"cut", 5, 500000);
}

static void a_source_that_changed_starts_again(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"changed", 500000, 6);
    resource->cuts = 1;
    resource->cut_after = 200000;
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, resource, u"changed");
    resume_until(job, JOB_TRANSIENT_ERROR);
    lock_acquire(&fx.http.lock);
    resource->seed = 7;
    wcscpy(resource->etag, u"\"v7\"");
    lock_release(&fx.http.lock);
    fixture_advance(&fx, 2000);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    finish(job);
    fixture_assert_file(&fx, u"changed", 7, 500000);
}

static void a_source_that_never_stands_still_is_an_error(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"restless", 3 * SEGMENT, 8);
    resource->changes_always = true;
    struct job *job = fixture_job(&fx);
    struct job_error error;
    fixture_add(&fx, job, resource, u"restless");
    resume_until(job, JOB_ERROR);
    assert_true(job_error(job, &error));
    assert_int_equal(error.context, JOB_ERROR_CONTEXT_REMOTE_FILE);
    assert_int_equal(error.code, DO_E_HTTP_BLOCKSIZE_MISMATCH);
    assert_in_range(fx.http.request_count, 4, 40);
    assert_int_equal(job_cancel(job), S_OK);
    job_release(job);
}

/* Each version brings as many bytes as the one before, and no more. */
static void a_source_that_breaks_off_and_changes_each_time_is_an_error(void **context)
{
    struct memory_resource *resource = memory_http_add(&fx.http, u"brittle", 100000, 22);
    struct job *job = fixture_job(&fx);
    struct job_error error;
    (void)context;
    resource->changes_always = true;
    resource->cuts = UINT32_MAX;
    resource->cut_after = 1000;
    fixture_add(&fx, job, resource, u"brittle");
    assert_int_equal(job_resume(job), S_OK);
    for (int i = 0; i < 5 && job_state(job) != JOB_ERROR; i++) {
        fixture_advance(&fx, 100000);
        fixture_until(&fx, rests, job, "its end or a wait");
    }
    assert_true(job_error(job, &error));
    assert_int_equal(job_state(job), JOB_ERROR);
    assert_int_equal(error.code, DO_E_HTTP_BLOCKSIZE_MISMATCH);
    assert_int_equal(job_cancel(job), S_OK);
    job_release(job);
}

static void a_refused_file_stops_the_job_and_resume_tries_again(void **context)
{
    (void)context;
    struct memory_resource *good = memory_http_add(&fx.http, u"good", 1000, 9);
    struct memory_resource *bad = memory_http_add(&fx.http, u"bad", 1000, 10);
    bad->status = 404;
    struct job *job = fixture_job(&fx);
    struct job_error error;
    fixture_add(&fx, job, good, u"good");
    fixture_add(&fx, job, bad, u"bad");
    resume_until(job, JOB_ERROR);
    assert_true(job_error(job, &error));
    assert_int_equal(error.code, HRESULT_OF_HTTP_STATUS(404));
    assert_int_equal(error.context, JOB_ERROR_CONTEXT_REMOTE_FILE);
    assert_int_equal(error.file, 1);
    bad->status = 0;
    resume_until(job, JOB_TRANSFERRED);
    assert_false(job_error(job, &error));
    finish(job);
    fixture_assert_file(&fx, u"good", 9, 1000);
    fixture_assert_file(&fx, u"bad", 10, 1000);
}

static void no_progress_for_a_day_is_an_error(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"gone", 1000, 11);
    resource->failure = (HRESULT)0x80072EFD;
    struct job *job = fixture_job(&fx);
    struct job_error error;
    fixture_add(&fx, job, resource, u"gone");
    resume_until(job, JOB_TRANSIENT_ERROR);
    for (unsigned hours = 0; hours < 23; hours++) {
        fake_clock_advance(&fx.clock, 3600 * 1000);
        fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    }
    fake_clock_advance(&fx.clock, 3600 * 1000);
    fixture_until_state(&fx, job, JOB_ERROR);
    assert_true(job_error(job, &error));
    assert_int_equal(error.code, DO_E_DOWNLOAD_NO_PROGRESS);
    assert_int_equal(error.cause, (HRESULT)0x80072EFD);
    assert_int_equal(job_cancel(job), S_OK);
    job_release(job);
}

static void suspend_takes_effect_while_a_read_is_stuck(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"stuck", 500000, 12);
    resource->gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    resource->gate_at = 131072;
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, resource, u"stuck");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_bytes(&fx, job, 131072);
    assert_int_equal(job_suspend(job), S_OK);
    assert_int_equal(job_state(job), JOB_SUSPENDED);
    assert_int_equal(job_progress(job).bytes_transferred, 131072);
    SetEvent(resource->gate);
    resume_until(job, JOB_TRANSFERRED);
    assert_int_equal(fx.http.requests[1].first, 131072);
    CloseHandle(resource->gate);
    resource->gate = NULL;
    finish(job);
    fixture_assert_file(&fx, u"stuck", 12, 500000);
}

/* The answers would look like those of another source. */
static void nothing_is_asked_for_beyond_an_end_that_nobody_knows(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"open", 500000, 17);
    resource->hides_total = true;
    resource->gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    resource->gate_at = 131072;
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, resource, u"open");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_bytes(&fx, job, 131072);
    for (unsigned i = 0; i < 8; i++)
        (void)engine_step(fx.engine); /* other workers are free */
    assert_true(job_progress(job).bytes_total == SIZE_UNKNOWN);
    SetEvent(resource->gate);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    for (size_t i = 0; i < fx.http.request_count; i++)
        assert_true(fx.http.requests[i].first <= 500000);
    CloseHandle(resource->gate);
    resource->gate = NULL;
    finish(job);
    fixture_assert_file(&fx, u"open", 17, 500000);
}

static void wanted_ranges_that_end_beyond_the_file_are_an_error(void **context)
{
    (void)context;
    static const struct wanted_range ranges[] = {{0, 10}, {990, 20}};
    struct memory_resource *resource = memory_http_add(&fx.http, u"short", 1000, 13);
    char16_t path[TEMP_PATH_MAX];
    struct job *job = fixture_job(&fx);
    struct job_error error;
    fixture_path(&fx, u"short", path);
    struct file_spec spec = {u"id", resource->url, path, SIZE_UNKNOWN, ranges, 2};
    assert_int_equal(job_add_files(job, &spec, 1), S_OK);
    assert_int_equal(job_progress(job).bytes_total, 30);
    resume_until(job, JOB_ERROR);
    assert_true(job_error(job, &error));
    assert_int_equal(error.code, DO_E_INVALID_RANGE);
    assert_int_equal(job_cancel(job), S_OK);
    job_release(job);
}

/* 416 may mean that the file is another one now, which one fresh start shows. */
static void a_wanted_range_that_is_refused_twice_is_an_error(void **context)
{
    static const struct wanted_range range = {10, 20};
    struct memory_resource *resource = memory_http_add(&fx.http, u"refused", 1000, 20);
    struct job *job = fixture_job(&fx);
    struct job_error error;
    (void)context;
    resource->refuses_range = true;
    fixture_add_ranges(&fx, job, resource, u"refused", SIZE_UNKNOWN, &range, 1);
    resume_until(job, JOB_ERROR);
    assert_true(job_error(job, &error));
    assert_int_equal(error.code, DO_E_INVALID_RANGE);
    assert_int_equal(memory_http_count(&fx.http, resource), 2);
    assert_int_equal(job_cancel(job), S_OK);
    job_release(job);
}

/* From a server that does not know ranges. */
static void assert_cut_to_the_end(const char16_t *name, bool hides_length)
{
    static const struct wanted_range range = {0, RANGE_TO_END};
    struct memory_resource *resource = memory_http_add(&fx.http, name, 3000, 18);
    struct job *job = fixture_job(&fx);
    resource->ignores_range = true;
    resource->hides_length = hides_length;
    fixture_add_ranges(&fx, job, resource, name, SIZE_UNKNOWN, &range, 1);
    resume_until(job, JOB_TRANSFERRED);
    finish(job);
    fixture_assert_file(&fx, name, 18, 3000);
}

static void a_range_to_the_end_is_cut_out_of_a_whole_file(void **context)
{
    (void)context;
    assert_cut_to_the_end(u"cut", false);
    assert_cut_to_the_end(u"chunked", true);
}

static void a_declared_size_that_the_server_denies_is_an_error(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"other", 1000, 14);
    char16_t path[TEMP_PATH_MAX];
    struct job *job = fixture_job(&fx);
    struct job_error error;
    fixture_path(&fx, u"other", path);
    struct file_spec spec = {u"id", resource->url, path, 999, NULL, 0};
    assert_int_equal(job_add_files(job, &spec, 1), S_OK);
    resume_until(job, JOB_ERROR);
    assert_true(job_error(job, &error));
    assert_int_equal(error.code, DO_E_HTTP_BLOCKSIZE_MISMATCH);
    assert_int_equal(job_cancel(job), S_OK);
    job_release(job);
}

/* Its server tells no size, but sends more. */
static void bytes_beyond_a_declared_size_are_an_error(void **context)
{
    struct memory_resource *resource = memory_http_add(&fx.http, u"longer", 1000, 21);
    struct job *job = fixture_job(&fx);
    struct job_error error;
    (void)context;
    resource->hides_total = true;
    fixture_add_ranges(&fx, job, resource, u"longer", 999, NULL, 0);
    resume_until(job, JOB_ERROR);
    assert_true(job_error(job, &error));
    assert_int_equal(error.code, DO_E_HTTP_BLOCKSIZE_MISMATCH);
    assert_int_equal(job_cancel(job), S_OK);
    job_release(job);
}

static void a_stuck_read_does_not_hold_up_the_next_attempt(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"hung", 500000, 15);
    HANDLE gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    resource->gate = gate;
    resource->gate_at = 131072;
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, resource, u"hung");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_bytes(&fx, job, 131072);
    assert_int_equal(job_suspend(job), S_OK);
    resource->gate = NULL; /* for the next request; the first one goes on waiting */
    resume_until(job, JOB_TRANSFERRED);
    finish(job);
    fixture_assert_file(&fx, u"hung", 15, 500000);
    SetEvent(gate);
    fixture_reopen(&fx); /* waits for the worker that was stuck */
    CloseHandle(gate);
}

static void a_failure_from_before_suspend_is_not_met_again(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"late", 1000, 16);
    resource->status = 404;
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, resource, u"late");
    assert_int_equal(job_resume(job), S_OK);
    (void)signal_wait(engine_signal(fx.engine), 0); /* Resume's */
    (void)engine_step(fx.engine);
    assert_true(signal_wait(engine_signal(fx.engine), FIXTURE_LIMIT_MS)); /* the failure's, which no step has seen */
    assert_int_equal(job_state(job), JOB_TRANSFERRING);
    assert_int_equal(job_suspend(job), S_OK);
    resource->status = 0;
    resume_until(job, JOB_TRANSFERRED);
    finish(job);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
    const struct CMUnitTest tests[] = {
        TEST(large_file_comes_in_segments_of_one_version),
        TEST(every_file_is_asked_for_before_any_is_asked_for_again),
        TEST(without_a_version_the_file_comes_in_one_body),
        TEST(a_body_that_just_ends_is_confirmed),
        TEST(a_body_that_was_cut_off_without_a_sign_goes_on),
        TEST(an_empty_file_is_a_file),
        TEST(after_a_cut_only_the_rest_is_asked_for),
        TEST(a_source_that_changed_starts_again),
        TEST(a_source_that_never_stands_still_is_an_error),
        TEST(a_source_that_breaks_off_and_changes_each_time_is_an_error),
        TEST(a_refused_file_stops_the_job_and_resume_tries_again),
        TEST(no_progress_for_a_day_is_an_error),
        TEST(suspend_takes_effect_while_a_read_is_stuck),
        TEST(nothing_is_asked_for_beyond_an_end_that_nobody_knows),
        TEST(wanted_ranges_that_end_beyond_the_file_are_an_error),
        TEST(a_wanted_range_that_is_refused_twice_is_an_error),
        TEST(a_range_to_the_end_is_cut_out_of_a_whole_file),
        TEST(a_declared_size_that_the_server_denies_is_an_error),
        TEST(bytes_beyond_a_declared_size_are_an_error),
        TEST(a_stuck_read_does_not_hold_up_the_next_attempt),
        TEST(a_failure_from_before_suspend_is_not_met_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
