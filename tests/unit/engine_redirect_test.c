/* Redirects: the rest of a file is asked for where its first answer came from, until that leads to nothing. */
#include "engine_fixture.h"
#include "engine_private.h"
#include "utf16.h"

#include <windows.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <wchar.h>

#include <cmocka.h>

#define CANNOT_CONNECT ((HRESULT)0x80072EFD)
#define PIECES         24u
#define AT_ONCE        8u /* requests to one server */
#define PIECE          1000u
#define STEP           5000u

static struct engine_fixture fx;
static struct memory_resource *source;
static struct job *job;

static int open_fixture(void **context)
{
    (void)context;
    fixture_open(&fx);
    source = memory_http_add(&fx.http, u"source", PIECES * STEP, 3);
    (void)swprintf(source->moved_to, ARRAYSIZE(source->moved_to), L"http://signed/there");
    return 0;
}

static int close_fixture(void **context)
{
    (void)context;
    job_release(job);
    fixture_close(&fx);
    return 0;
}

/* A job that wants some pieces of the source, a request each. */
static void start_job(void)
{
    struct wanted_range pieces[PIECES];
    for (unsigned i = 0; i < PIECES; i++)
        pieces[i] = (struct wanted_range){(uint64_t)i * STEP, PIECE};
    job = fixture_job(&fx);
    fixture_add_ranges(&fx, job, source, u"file", SIZE_UNKNOWN, pieces, PIECES);
    assert_int_equal(job_resume(job), S_OK);
}

/* At once, for the clock stands still. */
static void assert_arrives(void)
{
    char16_t path[TEMP_PATH_MAX];
    size_t size = 0;
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(job_complete(job), S_OK);
    fixture_path(&fx, u"file", path);
    uint8_t *bytes = (uint8_t *)temp_file_read(path, &size);
    assert_int_equal(size, PIECES * PIECE);
    for (size_t i = 0; i < size; i++)
        assert_int_equal(bytes[i], memory_http_byte(3, i / PIECE * STEP + i % PIECE));
    free(bytes);
}

static bool was_asked_at(size_t request, const char16_t *led_to)
{
    assert_in_range(request, 0, fx.http.request_count - 1);
    return utf16_equal(fx.http.requests[request].led_to, led_to);
}

/* Which of many servers a redirect leads to is another one each time, and each has the file under a tag of its own. */
static void a_file_comes_from_the_mirror_that_answered_first(void **context)
{
    (void)context;
    source->is_mirrored = true;
    start_job();
    assert_arrives();
    assert_int_equal(job_error_count(job), 0);
    assert_int_equal(source->mirrors, 1);
    assert_int_equal(fx.http.request_count, PIECES);
    assert_true(was_asked_at(0, u""));
    for (size_t i = 1; i < PIECES; i++)
        assert_true(was_asked_at(i, u"http://mirror1/"));
}

/* A signature that is too old: the file's own URL leads to a new one. */
static void an_answerer_that_refuses_is_left(void **context)
{
    (void)context;
    source->gone_status = 403;
    start_job();
    assert_arrives();
    assert_int_equal(job_error_count(job), 0);
}

static void an_answerer_that_is_gone_is_left(void **context)
{
    (void)context;
    source->gone_failure = CANNOT_CONNECT;
    start_job();
    assert_arrives();
    assert_int_equal(job_error_count(job), 0);
}

static void an_answerer_with_another_version_is_left(void **context)
{
    (void)context;
    source->gone_version = true;
    start_job();
    assert_arrives();
    assert_int_equal(job_error_count(job), 0);
}

static bool is_at_rest(void *context)
{
    (void)context;
    enum job_state state = job_state(job);
    return state == JOB_TRANSFERRED || state == JOB_TRANSIENT_ERROR;
}

/* Nothing says that the pieces belong to one version, so a failure in the middle costs those that are there. */
static void a_file_of_no_version_does_not_start_again_for_ever(void **context)
{
    (void)context;
    struct job_error error;
    source->etag[0] = 0;
    source->gone_status = 403;
    start_job();
    fixture_until_state(&fx, job, JOB_ERROR);
    assert_true(job_error(job, &error));
    assert_int_equal(error.code, HRESULT_OF_HTTP_STATUS(403));
    assert_int_equal(fx.http.request_count, 2 * JOB_NO_PROGRESS_RESTARTS);
}

/* It asks for time, and gets it; but where redirects lead then may be somebody who has some. */
static void an_answerer_that_is_overloaded_is_left_after_a_wait(void **context)
{
    (void)context;
    source->gone_status = 503;
    start_job();
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    assert_int_equal(job_error_count(job), 1);
    for (unsigned waits = 0; job_state(job) != JOB_TRANSFERRED; waits++) {
        assert_in_range(waits, 0, PIECES); /* each brings a piece at least */
        fixture_advance(&fx, 2000);
        fixture_until(&fx, is_at_rest, NULL, "the job");
    }
    assert_arrives();
}

static void change_network(bool is_there)
{
    lock_acquire(&fx.http.lock);
    source->gone_failure = source->failure = is_there ? S_OK : CANNOT_CONNECT;
    if (!is_there)
        source->moved_to[0] = 0; /* the first server does not answer either */
    lock_release(&fx.http.lock);
}

/* The job waits, for the network went after the first of its pieces, and is back. */
static void start_and_lose_network(void)
{
    HANDLE gate = CreateSemaphoreW(NULL, 1, 1000, NULL);
    source->is_mirrored = true;
    source->answer_gate = gate; /* lets one request pass */
    start_job();
    fixture_until_bytes(&fx, job, PIECE);
    change_network(false);
    ReleaseSemaphore(gate, 999, NULL);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    fixture_await_flights(&fx, 0);
    source->answer_gate = NULL;
    CloseHandle(gate);
    change_network(true);
}

/* While nobody can be reached that says nothing about the mirror: another one has the file under another tag. */
static void a_mirror_is_not_left_because_the_network_is_away(void **context)
{
    (void)context;
    start_and_lose_network();
    assert_false(host_of(fx.engine, u"http://mirror1/", NULL)->is_down); /* its silence was the network's */
    fixture_advance(&fx, 2000);
    assert_arrives();
    assert_int_equal(source->mirrors, 1);
}

static void who_waits_for_the_network_goes_on_when_its_first_server_answers(void **context)
{
    (void)context;
    start_and_lose_network();
    struct job *other = fixture_job(&fx);
    fixture_add(&fx, other, memory_http_add(&fx.http, u"other", 10, 4), u"other");
    assert_int_equal(job_resume(other), S_OK);
    fixture_until_state(&fx, other, JOB_TRANSFERRED);
    assert_arrives();
    assert_int_equal(source->mirrors, 1);
    assert_int_equal(job_cancel(other), S_OK);
    job_release(other);
}

/* What the file's own URL says counts. */
static void a_refusal_by_the_own_url_is_an_error(void **context)
{
    (void)context;
    struct job_error error;
    source->gone_status = 403;
    source->gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    start_job();
    fixture_await_flights(&fx, 0);
    (void)engine_step(fx.engine);
    fixture_await_flights(&fx, 1);
    lock_acquire(&fx.http.lock);
    source->status = 404;
    lock_release(&fx.http.lock);
    SetEvent(source->gate);
    fixture_until_state(&fx, job, JOB_ERROR);
    assert_true(job_error(job, &error));
    assert_int_equal(error.code, HRESULT_OF_HTTP_STATUS(404));
    assert_int_equal(job_cancel(job), S_OK);
    fixture_await_flights(&fx, 0);
    CloseHandle(source->gate);
    source->gate = NULL;
}

static void the_next_host_learns_the_way_anew(void **context)
{
    (void)context;
    uint8_t id[16];
    source->gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    source->gate_at = 500;
    start_job();
    fixture_until_bytes(&fx, job, 500 * (AT_ONCE + 1));
    assert_int_equal(job_suspend(job), S_OK);
    SetEvent(source->gate);
    job_id(job, id);
    job_release(job);
    fixture_stop(&fx);
    size_t before = fx.http.request_count;
    fixture_start(&fx);
    assert_int_equal(engine_find_job(fx.engine, id, &job), S_OK);
    assert_int_equal(job_resume(job), S_OK);
    assert_arrives();
    assert_true(was_asked_at(before, u""));
    size_t led = 0;
    for (size_t i = before; i < fx.http.request_count; i++)
        led += was_asked_at(i, u"http://signed/there");
    assert_in_range(led, 1, PIECES);
    CloseHandle(source->gate);
    source->gate = NULL;
}

static void another_source_has_another_way(void **context)
{
    (void)context;
    struct memory_resource *mirror = memory_http_add(&fx.http, u"mirror", PIECES * STEP, 3);
    source->gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    source->gate_at = 500;
    start_job();
    fixture_until_bytes(&fx, job, 500 * AT_ONCE);
    assert_int_equal(job_file_set_url(job_file_at(job, 0), mirror->url), S_OK);
    assert_arrives();
    for (size_t i = 0; i < fx.http.request_count; i++)
        assert_true(fx.http.requests[i].resource == source || was_asked_at(i, u""));
    SetEvent(source->gate);
    fixture_await_flights(&fx, 0);
    CloseHandle(source->gate);
    source->gate = NULL;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
    const struct CMUnitTest tests[] = {
        TEST(a_file_comes_from_the_mirror_that_answered_first),
        TEST(an_answerer_that_refuses_is_left),
        TEST(an_answerer_that_is_gone_is_left),
        TEST(an_answerer_with_another_version_is_left),
        TEST(a_file_of_no_version_does_not_start_again_for_ever),
        TEST(an_answerer_that_is_overloaded_is_left_after_a_wait),
        TEST(a_mirror_is_not_left_because_the_network_is_away),
        TEST(who_waits_for_the_network_goes_on_when_its_first_server_answers),
        TEST(a_refusal_by_the_own_url_is_an_error),
        TEST(the_next_host_learns_the_way_anew),
        TEST(another_source_has_another_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
