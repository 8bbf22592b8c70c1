/* What a file has when its job is suspended, also by a transfer that learnt of that and ended before the engine came to end it. It can be continued only
 * where its version is known. These tests look into the engine, so that the moment is not left to chance. */
#include "engine_fixture.h"
#include "engine_private.h"

#include <windows.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define SIZE 500000u
#define CAME 196608u /* of the first answer, until it is revoked */

static struct engine_fixture fx;
static struct memory_resource *source;

static int open_fixture(void **context)
{
    (void)context;
    fixture_open(&fx);
    source = memory_http_add(&fx.http, u"a", SIZE, 1);
    source->gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    source->gate_at = CAME;
    return 0;
}

static int close_fixture(void **context)
{
    (void)context;
    HANDLE gate = source->gate;
    SetEvent(gate);
    fixture_close(&fx);
    CloseHandle(gate);
    return 0;
}

static struct job *make_job(const struct wanted_range *ranges, uint32_t count)
{
    struct job *job = fixture_job(&fx);
    fixture_add_ranges(&fx, job, source, u"a", SIZE_UNKNOWN, ranges, count);
    return job;
}

/* CAME bytes have come when the job is suspended; the transfer is over before the engine looks for it. */
static void suspend_late(struct job *job)
{
    struct job_file *file = job_file_at(job, 0);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_bytes(&fx, job, CAME);
    assert_int_equal(sink_revoke(file->work->sink, true), S_OK);
    SetEvent(source->gate);
    fixture_await_flights(&fx, 0);
    assert_int_equal(job_suspend(job), S_OK);
}

static void finish(struct job *job, uint64_t seed, uint64_t size)
{
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    fixture_assert_file(&fx, u"a", seed, size);
}

static void bytes_of_a_known_version_are_continued(void **context)
{
    (void)context;
    struct job *job = make_job(NULL, 0);
    suspend_late(job);
    assert_int_equal(job_resume(job), S_OK);
    finish(job, 1, SIZE);
    assert_int_equal(fx.http.requests[fx.http.request_count - 1].first, CAME);
}

static void bytes_of_an_unknown_version_are_fetched_again(void **context)
{
    (void)context;
    static const struct wanted_range range = {0, SIZE - 1000};
    source->etag[0] = 0;
    struct job *job = make_job(&range, 1);
    suspend_late(job);
    source->seed = 2;
    assert_int_equal(job_resume(job), S_OK);
    finish(job, 2, SIZE - 1000);
    assert_int_equal(fx.http.requests[fx.http.request_count - 1].first, 0);
}

/* Two pieces of a file, of which the first is there, and nothing is under way. */
static struct job *job_between_two_requests(bool has_version)
{
    static const struct wanted_range ranges[] = {{0, 1000}, {5000, 1000}};
    if (!has_version)
        source->etag[0] = 0;
    struct job *job = make_job(ranges, 2);
    assert_int_equal(job_resume(job), S_OK);
    (void)engine_step(fx.engine);
    fixture_await_flights(&fx, 0);
    assert_int_equal(job_progress(job).bytes_transferred, 1000);
    return job;
}

/* Both pieces are of that version, after so many requests. */
static void finish_both(struct job *job, uint64_t seed, size_t requests)
{
    char16_t path[TEMP_PATH_MAX];
    size_t size;
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    assert_int_equal(memory_http_count(&fx.http, source), requests);
    fixture_path(&fx, u"a", path);
    char *bytes = temp_file_read(path, &size);
    assert_int_equal(size, 2000);
    for (size_t i = 0; i < 1000; i++) {
        assert_int_equal((uint8_t)bytes[i], memory_http_byte(seed, i));
        assert_int_equal((uint8_t)bytes[1000 + i], memory_http_byte(seed, 5000 + i));
    }
    free(bytes);
}

static void pieces_of_an_unknown_version_are_fetched_again(void **context)
{
    (void)context;
    struct job *job = job_between_two_requests(false);
    assert_int_equal(job_suspend(job), S_OK);
    source->seed = 2;
    assert_int_equal(job_resume(job), S_OK);
    finish_both(job, 2, 3);
}

/* The server knows no ranges, but its answers say which version they are of. */
static void pieces_of_a_known_version_are_kept(void **context)
{
    (void)context;
    source->ignores_range = true;
    struct job *job = job_between_two_requests(true);
    assert_int_equal(job_suspend(job), S_OK);
    assert_int_equal(job_resume(job), S_OK);
    finish_both(job, 1, 2);
}

static void so_are_they_when_another_job_finds_the_server_dead(void **context)
{
    (void)context;
    const struct job_error error = {(HRESULT)0x80072EFD, JOB_ERROR_CONTEXT_TRANSPORT, 0, S_OK};
    struct job *job = job_between_two_requests(false), *other = fixture_job(&fx);
    lock_acquire(&fx.engine->model_lock);
    host_failed(fx.engine, host_of(fx.engine, source->url, NULL), other, 0, &error);
    lock_release(&fx.engine->model_lock);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    source->seed = 2;
    lock_acquire(&fx.engine->model_lock);
    host_table_reset(fx.engine);
    lock_release(&fx.engine->model_lock);
    finish_both(job, 2, 3);
    job_release(other);
}

static void a_body_without_ranges_begins_again_and_is_counted_from_its_first_byte(void **context)
{
    (void)context;
    source->ignores_range = true;
    struct job *job = make_job(NULL, 0);
    suspend_late(job);
    ResetEvent(source->gate);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRING);
    fixture_until_bytes(&fx, job, CAME);
    assert_int_equal(memory_http_count(&fx.http, source), 2);
    assert_int_equal(job_progress(job).bytes_transferred, CAME);
    SetEvent(source->gate);
    finish(job, 1, SIZE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
    const struct CMUnitTest tests[] = {
        TEST(bytes_of_a_known_version_are_continued),
        TEST(bytes_of_an_unknown_version_are_fetched_again),
        TEST(pieces_of_an_unknown_version_are_fetched_again),
        TEST(pieces_of_a_known_version_are_kept),
        TEST(so_are_they_when_another_job_finds_the_server_dead),
        TEST(a_body_without_ranges_begins_again_and_is_counted_from_its_first_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
