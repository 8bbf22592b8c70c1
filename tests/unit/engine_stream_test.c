/* Files whose bytes go to a client's stream. These tests look into the engine, so that the moment is not left to chance. */
#include "engine_fixture.h"
#include "engine_private.h"

#include <windows.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define SIZE 500000u
#define HELD 131072u

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

/* A client's stream, as the COM layer would hold it. */
struct test_stream {
    struct sink_stream base;
    struct job *job; /* that it looks at when it is let go of */
    HANDLE gone;
    bool was_locked;
    HRESULT failure; /* of each write */
};

static HRESULT take_bytes(struct sink_stream *stream, const void *data, size_t size, size_t *taken)
{
    const struct test_stream *self = (const struct test_stream *)stream;
    (void)data;
    *taken = SUCCEEDED(self->failure) ? size : 0;
    return self->failure;
}

/* Takes both locks of the engine. */
static DWORD WINAPI look_at_job(void *job)
{
    (void)job_file_by_id(job, u"none");
    (void)job_state(job);
    return 0;
}

/* A client's destructor may do as it likes. */
static void look_and_go(struct sink_stream *stream)
{
    struct test_stream *self = (struct test_stream *)stream;
    HANDLE looking = CreateThread(NULL, 0, look_at_job, self->job, 0, NULL);
    self->was_locked = WaitForSingleObject(looking, 5000) != WAIT_OBJECT_0;
    CloseHandle(looking);
    SetEvent(self->gone);
}

static void make_stream(struct test_stream *stream, struct job *job)
{
    *stream = (struct test_stream){.base = {.write = take_bytes, .destroy = look_and_go}, .job = job};
    atomic_init(&stream->base.references, 1);
    stream->gone = CreateEventW(NULL, TRUE, FALSE, NULL);
}

/* The job has its only file's stream from now on, and the test has not. */
static void give_stream(struct job *job, struct test_stream *stream)
{
    make_stream(stream, job);
    assert_int_equal(job_file_set_stream(job_file_at(job, 0), &stream->base), S_OK);
    sink_stream_release(&stream->base);
}

static void assert_gone(struct test_stream *stream)
{
    assert_int_equal(WaitForSingleObject(stream->gone, FIXTURE_LIMIT_MS), WAIT_OBJECT_0);
    assert_false(stream->was_locked);
    CloseHandle(stream->gone);
}

static struct job *job_on_stream(const struct memory_resource *resource, struct test_stream *stream)
{
    struct job *job = fixture_job(&fx);
    const struct file_spec spec = {.url = resource->url, .declared_size = SIZE_UNKNOWN};
    assert_int_equal(job_add_files(job, &spec, 1), S_OK);
    give_stream(job, stream);
    return job;
}

static void finish(struct job *job, struct test_stream *stream)
{
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(stream->base.position, SIZE);
    assert_gone(stream);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
}

static void a_stream_that_was_replaced_is_let_go_of_with_no_lock_held(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"a", SIZE, 1);
    struct test_stream former, present;
    resource->status = 404;
    struct job *job = job_on_stream(resource, &former);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_ERROR);
    resource->status = 0;
    give_stream(job, &present);
    assert_int_equal(job_resume(job), S_OK);
    finish(job, &present);
    assert_gone(&former);
}

static void so_is_one_that_a_worker_still_had(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"a", SIZE, 1);
    struct test_stream former, present;
    resource->gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    resource->gate_at = HELD;
    struct job *job = job_on_stream(resource, &former);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_bytes(&fx, job, HELD);
    assert_int_equal(job_suspend(job), S_OK);
    give_stream(job, &present);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_bytes(&fx, job, HELD);
    assert_int_equal(WaitForSingleObject(former.gone, 0), WAIT_TIMEOUT);
    SetEvent(resource->gate);
    finish(job, &present);
    assert_gone(&former);
    CloseHandle(resource->gate);
}

/* Memory may be there a moment later, but what the stream took of the bytes nobody knows. */
static void no_failure_of_a_stream_passes(void **context)
{
    (void)context;
    struct test_stream stream;
    struct job_error error;
    struct job *job = job_on_stream(memory_http_add(&fx.http, u"a", SIZE, 1), &stream);
    stream.failure = E_OUTOFMEMORY;
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_ERROR);
    assert_true(job_error(job, &error));
    assert_int_equal(error.code, E_OUTOFMEMORY);
    assert_int_equal(job_cancel(job), S_OK);
    job_release(job);
    (void)engine_step(fx.engine);
    assert_gone(&stream);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
    const struct CMUnitTest tests[] = {
        TEST(a_stream_that_was_replaced_is_let_go_of_with_no_lock_held),
        TEST(so_is_one_that_a_worker_still_had),
        TEST(no_failure_of_a_stream_passes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
