/* Another source for a file: SetRemoteName and ReplaceRemotePrefix, and what fetching a file took. */
#include "deliveryoptimizationerrors.h"
#include "engine_fixture.h"
#include "memory.h"
#include "utf16.h"

#include <windows.h>

#include <setjmp.h>
#include <stdarg.h>
#include <wchar.h>

#include <cmocka.h>

#define SIZE 500000u
#define GATE 196608u

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

/* A job that has GATE bytes of its file, and waits for more; `name` is the file's as well. */
static struct job *halted_job(struct memory_resource *resource, const char16_t *name)
{
    struct job *job = fixture_job(&fx);
    resource->gate = gate;
    resource->gate_at = GATE;
    fixture_add(&fx, job, resource, name);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_bytes(&fx, job, GATE);
    return job;
}

static void assert_url(struct job_file *file, const char16_t *expected)
{
    char16_t *url;
    assert_int_equal(job_file_url(file, &url), S_OK);
    assert_true(utf16_equal(url, expected));
    mem_free(url);
}

static struct file_stats stats_of(struct job *job)
{
    struct file_stats stats;
    char16_t *id, *url;
    assert_int_equal(job_file_stats(job_file_at(job, 0), &stats, &id, &url), S_OK);
    mem_free(id);
    mem_free(url);
    return stats;
}

static const struct memory_request *first_request_of(const struct memory_resource *resource)
{
    for (size_t i = 0; i < fx.http.request_count; i++) {
        if (fx.http.requests[i].resource == resource)
            return &fx.http.requests[i];
    }
    fail_msg("it was never asked");
    return NULL;
}

static bool knows_total(void *context)
{
    return job_progress(context).bytes_total != SIZE_UNKNOWN;
}

static void finish(struct job *job, const char16_t *name, uint64_t seed)
{
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    fixture_assert_file(&fx, name, seed, SIZE);
}

/* ---- SetRemoteName ---- */

static void the_same_version_elsewhere_is_continued_from_the_same_byte(void **context)
{
    (void)context;
    struct memory_resource *mirror = memory_http_add(&fx.http, u"mirror", SIZE, 1);
    struct job *job = halted_job(memory_http_add(&fx.http, u"slow", SIZE, 1), u"a");
    assert_int_equal(job_file_set_url(job_file_at(job, 0), mirror->url), S_OK);
    assert_int_equal(job_progress(job).bytes_transferred, GATE);
    assert_url(job_file_at(job, 0), u"http://test/mirror");
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(first_request_of(mirror)->first, GATE);
    assert_true(utf16_equal(first_request_of(mirror)->if_range, u"\"v1\""));
    assert_int_equal(memory_http_count(&fx.http, mirror), 1);
    assert_int_equal(stats_of(job).bytes_from_http, SIZE);
    assert_int_equal(stats_of(job).http_answers, 2);
    finish(job, u"a", 1);
}

static void another_version_starts_the_file_again(void **context)
{
    (void)context;
    struct memory_resource *other = memory_http_add(&fx.http, u"other", SIZE, 2);
    struct job *job = halted_job(memory_http_add(&fx.http, u"slow", SIZE, 1), u"a");
    assert_int_equal(job_file_set_url(job_file_at(job, 0), other->url), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(stats_of(job).bytes_from_http, GATE + SIZE); /* what was thrown away counts, too */
    finish(job, u"a", 2);
}

static void another_size_starts_the_file_again_even_under_one_tag(void **context)
{
    (void)context;
    struct memory_resource *longer = memory_http_add(&fx.http, u"longer", SIZE + 1000, 1);
    struct job *job = halted_job(memory_http_add(&fx.http, u"slow", SIZE, 1), u"a");
    assert_int_equal(job_file_set_url(job_file_at(job, 0), longer->url), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(job_progress(job).bytes_total, SIZE + 1000);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    fixture_assert_file(&fx, u"a", 1, SIZE + 1000);
}

static void a_source_without_ranges_serves_as_well(void **context)
{
    (void)context;
    struct memory_resource *plain = memory_http_add(&fx.http, u"plain", SIZE, 1);
    plain->ignores_range = true;
    struct job *job = halted_job(memory_http_add(&fx.http, u"slow", SIZE, 1), u"a");
    assert_int_equal(job_file_set_url(job_file_at(job, 0), plain->url), S_OK);
    finish(job, u"a", 1);
}

static void bytes_of_an_unknown_version_are_not_continued(void **context)
{
    (void)context;
    struct memory_resource *slow = memory_http_add(&fx.http, u"slow", SIZE, 1);
    struct memory_resource *other = memory_http_add(&fx.http, u"other", SIZE, 2);
    slow->etag[0] = 0;
    other->etag[0] = 0;
    struct job *job = halted_job(slow, u"a");
    assert_int_equal(job_file_set_url(job_file_at(job, 0), other->url), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(first_request_of(other)->first, 0);
    finish(job, u"a", 2);
}

static void headers_alone_say_nothing_about_another_source(void **context)
{
    (void)context;
    struct memory_resource *other = memory_http_add(&fx.http, u"other", 2 * SIZE, 2);
    struct memory_resource *stuck = memory_http_add(&fx.http, u"stuck", SIZE, 1);
    struct job *job = fixture_job(&fx);
    stuck->gate = gate; /* of whose body not a byte comes */
    fixture_add(&fx, job, stuck, u"a");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until(&fx, knows_total, job, "the size");
    assert_int_equal(job_file_set_url(job_file_at(job, 0), other->url), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(memory_http_count(&fx.http, other), 1); /* no vain attempt to go on */
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    fixture_assert_file(&fx, u"a", 2, 2 * SIZE);
}

static void a_source_that_failed_late_is_nobodys_business(void **context)
{
    (void)context;
    struct memory_resource *slow = memory_http_add(&fx.http, u"slow", SIZE, 1);
    struct memory_resource *mirror = memory_http_add(&fx.http, u"mirror", SIZE, 1);
    slow->cuts = 1;
    slow->cut_after = GATE + 1; /* it breaks off as soon as the gate is open */
    struct job *job = halted_job(slow, u"a");
    assert_int_equal(job_file_set_url(job_file_at(job, 0), mirror->url), S_OK);
    SetEvent(gate);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(job_error_count(job), 0);
    finish(job, u"a", 1);
}

/* It failed before the other one was named, and the job was not told yet. */
static void a_source_that_failed_just_before_is_nobodys_business(void **context)
{
    (void)context;
    struct memory_resource *gone = memory_http_add(&fx.http, u"gone", SIZE, 1);
    struct memory_resource *mirror = memory_http_add(&fx.http, u"mirror", SIZE, 1);
    struct job *job = fixture_job(&fx);
    gone->status = 404;
    fixture_add(&fx, job, gone, u"a");
    assert_int_equal(job_resume(job), S_OK);
    (void)engine_step(fx.engine);
    fixture_await_flights(&fx, 0);
    assert_int_equal(job_file_set_url(job_file_at(job, 0), mirror->url), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(job_error_count(job), 0);
    finish(job, u"a", 1);
}

/* Where the former source redirected is to be reported, and was not yet. */
static void a_redirect_of_the_former_source_is_not_reported(void **context)
{
    (void)context;
    struct memory_resource *slow = memory_http_add(&fx.http, u"slow", SIZE, 1);
    struct memory_resource *mirror = memory_http_add(&fx.http, u"mirror", SIZE, 1);
    struct job *job = fixture_job(&fx);
    slow->gate = gate;
    slow->gate_at = GATE;
    (void)swprintf(slow->moved_to, 64, L"http://test/elsewhere");
    fixture_add(&fx, job, slow, u"a");
    assert_int_equal(job_set_security_flags(job, 0x100 /* report redirects */), S_OK);
    assert_int_equal(job_resume(job), S_OK);
    (void)engine_step(fx.engine);
    fixture_await_bytes(job, GATE);
    assert_int_equal(job_file_set_url(job_file_at(job, 0), mirror->url), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_url(job_file_at(job, 0), u"http://test/mirror");
    finish(job, u"a", 1);
}

static void a_waiting_job_tries_the_new_source_at_once(void **context)
{
    (void)context;
    struct memory_resource *dead = memory_http_add(&fx.http, u"dead", SIZE, 1);
    struct memory_resource *alive = memory_http_add(&fx.http, u"alive", SIZE, 1);
    struct job *job = fixture_job(&fx);
    dead->failure = (HRESULT)0x80072EFD;
    fixture_add(&fx, job, dead, u"a");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    assert_int_equal(job_file_set_url(job_file_at(job, 0), alive->url), S_OK);
    finish(job, u"a", 1); /* the clock stands still */
}

static void a_transferred_file_is_not_fetched_again(void **context)
{
    (void)context;
    struct memory_resource *other = memory_http_add(&fx.http, u"other", SIZE, 2);
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, memory_http_add(&fx.http, u"first", SIZE, 1), u"a");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(job_file_set_url(job_file_at(job, 0), other->url), S_OK);
    assert_int_equal(job_state(job), JOB_TRANSFERRED);
    (void)engine_step(fx.engine);
    assert_int_equal(memory_http_count(&fx.http, other), 0);
    finish(job, u"a", 1);
}

static void the_new_source_is_durable_and_the_file_id_stays(void **context)
{
    (void)context;
    struct job *job = halted_job(memory_http_add(&fx.http, u"slow", SIZE, 1), u"a");
    struct memory_resource *mirror = memory_http_add(&fx.http, u"mirror", SIZE, 1);
    struct file_stats stats;
    char16_t *file_id, *url;
    uint8_t id[16];
    job_id(job, id);
    assert_int_equal(job_suspend(job), S_OK);
    assert_int_equal(job_file_set_url(job_file_at(job, 0), mirror->url), S_OK);
    job_release(job);
    SetEvent(gate);
    fixture_reopen(&fx);
    assert_int_equal(engine_find_job(fx.engine, id, &job), S_OK);
    assert_int_equal(job_file_stats(job_file_at(job, 0), &stats, &file_id, &url), S_OK);
    assert_true(utf16_equal(file_id, u"http://test/slow"));
    assert_true(utf16_equal(url, u"http://test/mirror"));
    mem_free(file_id);
    mem_free(url);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(first_request_of(mirror)->first, GATE);
    finish(job, u"a", 1);
}

static void what_is_no_url_is_refused(void **context)
{
    (void)context;
    char16_t longest[2202] = u"http://test/";
    struct memory_resource *resource = memory_http_add(&fx.http, u"a", SIZE, 1);
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, resource, u"a");
    struct job_file *file = job_file_at(job, 0);
    for (size_t i = 12; i < 2201; i++)
        longest[i] = u'x';
    assert_int_equal(job_file_set_url(file, NULL), E_INVALIDARG);
    assert_int_equal(job_file_set_url(file, u""), E_INVALIDARG);
    assert_int_equal(job_file_set_url(file, u"ftp://test/a"), E_INVALIDARG);
    assert_int_equal(job_file_set_url(file, longest), E_INVALIDARG);
    assert_url(file, resource->url);
    longest[2200] = 0;
    assert_int_equal(job_file_set_url(file, longest), S_OK);
    assert_int_equal(job_cancel(job), S_OK);
    assert_int_equal(job_file_set_url(file, resource->url), DO_E_INVALID_STATE);
    assert_int_equal(job_replace_url_prefix(job, u"http:", u"https:"), DO_E_INVALID_STATE);
    assert_int_equal(job_replace_url_prefix(job, u"none", u"https:"), DO_E_INVALID_STATE);
    job_release(job);
}

/* ---- ReplaceRemotePrefix ---- */

static void a_prefix_is_replaced_where_it_matches(void **context)
{
    (void)context;
    struct job *job = fixture_job(&fx);
    uint8_t id[16];
    job_id(job, id);
    fixture_add(&fx, job, memory_http_add(&fx.http, u"x/1", 10, 1), u"1");
    fixture_add(&fx, job, memory_http_add(&fx.http, u"X/2", 10, 2), u"2");
    fixture_add(&fx, job, memory_http_add(&fx.http, u"x/3", 10, 3), u"3");
    assert_int_equal(job_replace_url_prefix(job, u"http://test/x", u"https://mirror:8/y"), S_OK);
    assert_int_equal(job_replace_url_prefix(job, u"http://test/x", u"http://other"), S_FALSE);
    job_release(job);
    fixture_reopen(&fx);
    assert_int_equal(engine_find_job(fx.engine, id, &job), S_OK);
    assert_url(job_file_at(job, 0), u"https://mirror:8/y/1");
    assert_url(job_file_at(job, 1), u"http://test/X/2");
    assert_url(job_file_at(job, 2), u"https://mirror:8/y/3");
    assert_int_equal(job_cancel(job), S_OK);
    job_release(job);
}

static void a_prefix_that_spoils_one_url_changes_none(void **context)
{
    (void)context;
    char16_t prefix[2190] = u"http://test/";
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, memory_http_add(&fx.http, u"a", 10, 1), u"1");
    fixture_add(&fx, job, memory_http_add(&fx.http, u"a-longer-one", 10, 2), u"2");
    for (size_t i = 12; i < 2189; i++)
        prefix[i] = u'x';
    assert_int_equal(job_replace_url_prefix(job, u"http://test/", prefix), E_INVALIDARG); /* 2,190 and 2,201 */
    assert_url(job_file_at(job, 0), u"http://test/a");
    assert_int_equal(job_replace_url_prefix(job, u"http://test/a-", u""), E_INVALIDARG);
    assert_int_equal(job_replace_url_prefix(job, u"", u"http://test/"), E_INVALIDARG);
    assert_int_equal(job_replace_url_prefix(job, NULL, u"http://test/"), E_INVALIDARG);
    assert_int_equal(job_replace_url_prefix(job, u"http://test/", NULL), E_INVALIDARG);
    assert_int_equal(job_cancel(job), S_OK);
    job_release(job);
}

static void a_prefix_is_replaced_under_way(void **context)
{
    (void)context;
    struct memory_resource *mirror = memory_http_add(&fx.http, u"m/file", SIZE, 1);
    struct job *job = halted_job(memory_http_add(&fx.http, u"s/file", SIZE, 1), u"a");
    assert_int_equal(job_replace_url_prefix(job, u"http://test/s/", u"http://test/m/"), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(first_request_of(mirror)->first, GATE);
    finish(job, u"a", 1);
}

/* ---- What it took ---- */

static void figures_are_true_while_bytes_move_and_afterwards(void **context)
{
    (void)context;
    struct job *job = halted_job(memory_http_add(&fx.http, u"slow", SIZE, 1), u"a");
    fake_clock_advance(&fx.clock, 700);
    struct file_stats stats = stats_of(job);
    assert_int_equal(stats.remote_size, SIZE);
    assert_int_equal(stats.bytes_from_http, GATE);
    assert_int_equal(stats.http_answers, 1);
    assert_int_equal(stats.busy_ms, 700);
    assert_int_equal(stats.activity, FILE_DOWNLOADING);
    assert_true(stats.is_background);
    assert_int_equal(job_set_priority(job, JOB_FOREGROUND), S_OK);
    assert_int_equal(job_suspend(job), S_OK);
    fake_clock_advance(&fx.clock, 5000);
    stats = stats_of(job);
    assert_int_equal(stats.busy_ms, 700);
    assert_int_equal(stats.activity, FILE_PAUSED);
    assert_false(stats.is_background);
    SetEvent(gate);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    stats = stats_of(job);
    assert_int_equal(stats.activity, FILE_COMPLETE);
    assert_in_range(stats.bytes_from_http, SIZE, SIZE + 65536);
    assert_int_equal(stats.http_answers, 2);
    finish(job, u"a", 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
    const struct CMUnitTest tests[] = {
        TEST(the_same_version_elsewhere_is_continued_from_the_same_byte),
        TEST(another_version_starts_the_file_again),
        TEST(another_size_starts_the_file_again_even_under_one_tag),
        TEST(a_source_without_ranges_serves_as_well),
        TEST(bytes_of_an_unknown_version_are_not_continued),
        TEST(headers_alone_say_nothing_about_another_source),
        TEST(a_source_that_failed_late_is_nobodys_business),
        TEST(a_source_that_failed_just_before_is_nobodys_business),
        TEST(a_redirect_of_the_former_source_is_not_reported),
        TEST(a_waiting_job_tries_the_new_source_at_once),
        TEST(a_transferred_file_is_not_fetched_again),
        TEST(the_new_source_is_durable_and_the_file_id_stays),
        TEST(what_is_no_url_is_refused),
        TEST(a_prefix_is_replaced_where_it_matches),
        TEST(a_prefix_that_spoils_one_url_changes_none),
        TEST(a_prefix_is_replaced_under_way),
        TEST(figures_are_true_while_bytes_move_and_afterwards),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
