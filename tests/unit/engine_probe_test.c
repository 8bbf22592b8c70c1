/* A server that is down, and answers that are slow: what the end of one request means for what is asked next. */
#include "engine_fixture.h"
#include "engine_private.h"

#include <windows.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define CANNOT_CONNECT ((HRESULT)0x80072EFD)

static struct engine_fixture fx;
static struct memory_resource *dead, *other; /* each with a gate that lets one request through each time */

static struct memory_resource *resource_at(const char16_t *server)
{
    struct memory_resource *resource = memory_http_add(&fx.http, u"", 1000, fx.http.resource_count);
    (void)swprintf(resource->url, ARRAYSIZE(resource->url), L"http://%ls/file", server);
    resource->answer_gate = CreateEventW(NULL, FALSE, FALSE, NULL);
    return resource;
}

static int open_fixture(void **context)
{
    (void)context;
    fixture_open(&fx);
    dead = resource_at(u"dead");
    dead->failure = CANNOT_CONNECT;
    other = resource_at(u"other");
    return 0;
}

static int close_fixture(void **context)
{
    (void)context;
    while (fixture_flights(&fx)) {
        SetEvent(dead->answer_gate);
        SetEvent(other->answer_gate);
        SwitchToThread();
    }
    fixture_close(&fx);
    CloseHandle(dead->answer_gate);
    CloseHandle(other->answer_gate);
    return 0;
}

static void add(struct job *job, const struct memory_resource *resource, const char16_t *name)
{
    char16_t path[TEMP_PATH_MAX];
    fixture_path(&fx, name, path);
    struct file_spec spec = {.file_id = name, .url = resource->url, .local_path = path, .declared_size = SIZE_UNKNOWN};
    assert_int_equal(job_add_files(job, &spec, 1), S_OK);
}

struct asked {
    struct memory_resource *resource;
    uint32_t times;
};

static bool is_asked(void *context)
{
    const struct asked *asked = context;
    return memory_http_attempts(&fx.http, asked->resource) >= asked->times;
}

static void until_asked(struct memory_resource *resource, uint32_t times)
{
    struct asked asked = {resource, times};
    fixture_until(&fx, is_asked, &asked, "requests");
}

static void cancel(struct job *job)
{
    assert_int_equal(job_cancel(job), S_OK);
    job_release(job);
}

/* Another of its job's files fails at another server while the probe has no answer yet: the next job waits for its turn all the same. */
static void a_probe_that_ends_with_its_job_is_the_only_one_of_its_time(void **context)
{
    (void)context;
    struct job *first = fixture_job(&fx), *prober = fixture_job(&fx), *waiting = fixture_job(&fx);
    add(first, dead, u"first");
    add(prober, other, u"slow");
    add(prober, dead, u"probe");
    add(waiting, dead, u"waiting");
    assert_int_equal(job_resume(first), S_OK);
    until_asked(dead, 1);
    SetEvent(dead->answer_gate);
    fixture_until_state(&fx, first, JOB_TRANSIENT_ERROR);
    assert_int_equal(job_resume(first), S_OK);
    until_asked(dead, 2);
    assert_int_equal(job_resume(prober), S_OK);
    until_asked(other, 1);
    (void)engine_step(fx.engine);
    assert_non_null(prober->parked_at);
    assert_int_equal(job_resume(waiting), S_OK);
    (void)engine_step(fx.engine);
    assert_non_null(waiting->parked_at);
    SetEvent(dead->answer_gate);
    fixture_until_state(&fx, first, JOB_TRANSIENT_ERROR);
    assert_int_equal(job_suspend(first), S_OK);

    fixture_advance(&fx, 3000);
    until_asked(dead, 3);
    assert_null(prober->parked_at);
    other->status = 503;
    SetEvent(other->answer_gate);
    fixture_until_state(&fx, prober, JOB_TRANSIENT_ERROR);
    (void)engine_step(fx.engine);
    assert_int_equal(fixture_flights(&fx), 1); /* the probe's worker, which has not come back */
    assert_int_equal(job_state(waiting), JOB_TRANSIENT_ERROR);
    assert_int_equal(job_suspend(prober), S_OK);
    fixture_advance(&fx, 3000);
    until_asked(dead, 4);
    cancel(first);
    cancel(prober);
    cancel(waiting);
}

/* Both fail before the engine's thread looks. */
static void who_is_told_to_wait_waits_whatever_failed_before(void **context)
{
    (void)context;
    struct job_error error;
    struct job *job = fixture_job(&fx);
    add(job, dead, u"dead");
    add(job, other, u"other");
    other->status = 503;
    other->retry_after = u"600";
    assert_int_equal(job_resume(job), S_OK);
    until_asked(dead, 1);
    until_asked(other, 1);
    SetEvent(dead->answer_gate);
    fixture_await_flights(&fx, 1);
    SetEvent(other->answer_gate);
    fixture_await_flights(&fx, 0);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    assert_true(job_error(job, &error));
    assert_int_equal(error.code, HRESULT_OF_HTTP_STATUS(503)); /* why it waits so long */
    fixture_advance(&fx, 599 * 1000);
    assert_int_equal(fixture_flights(&fx), 0);
    fixture_advance(&fx, 160 * 1000);
    until_asked(other, 2);
    cancel(job);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
    const struct CMUnitTest tests[] = {
        TEST(a_probe_that_ends_with_its_job_is_the_only_one_of_its_time),
        TEST(who_is_told_to_wait_waits_whatever_failed_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
