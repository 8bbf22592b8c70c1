/* What the next host finds, above all where a Complete was cut short. */
#include "deliveryoptimizationerrors.h"
#include "engine_fixture.h"
#include "engine_private.h"
#include "local_path.h"
#include "memory.h"
#include "queue_host.h"
#include "queue_store.h"

#include <windows.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

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

static struct job *transferred_job(const char16_t *name, uint64_t seed)
{
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, memory_http_add(&fx.http, name, 1000, seed), name);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    return job;
}

static void a_queue_has_one_host(void **context)
{
    (void)context;
    struct queue_host *host = NULL;
    assert_int_equal(queue_host_take(fx.queue_dir, &host), DO_E_NO_SERVICE);
    assert_null(host);
}

static void the_next_host_goes_on_where_the_last_one_ended(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"long", 500000, 9);
    struct job *job = fixture_job(&fx);
    uint8_t id[16];
    resource->gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    resource->gate_at = 196608;
    job_id(job, id);
    fixture_add(&fx, job, resource, u"long");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_bytes(&fx, job, 196608);
    SetEvent(resource->gate);
    resource->cuts = 0;
    lock_acquire(&fx.http.lock);
    resource->status = 503; /* no second request gets anything from this host */
    lock_release(&fx.http.lock);
    assert_int_equal(job_suspend(job), S_OK);
    uint64_t had = job_progress(job).bytes_transferred;
    assert_in_range(had, 196608, 500000);
    job_release(job);
    fixture_reopen(&fx);
    resource->status = 0;

    assert_int_equal(engine_find_job(fx.engine, id, &job), S_OK);
    assert_int_equal(job_state(job), JOB_SUSPENDED);
    assert_int_equal(job_progress(job).bytes_transferred, had);
    assert_int_equal(job_progress(job).bytes_total, 500000);
    size_t before = fx.http.request_count;
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    if (had < 500000)
        assert_int_equal(fx.http.requests[before].first, had);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    fixture_assert_file(&fx, u"long", 9, 500000);
    CloseHandle(resource->gate);
}

static void running_jobs_run_on_and_finished_ones_stay_finished(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"running", 1000, 10);
    struct job *running = fixture_job(&fx);
    struct job *finished = transferred_job(u"finished", 11);
    uint8_t running_id[16];
    uint8_t finished_id[16];
    job_id(running, running_id);
    job_id(finished, finished_id);
    resource->failure = (HRESULT)0x80072EFD;
    fixture_add(&fx, running, resource, u"running");
    assert_int_equal(job_resume(running), S_OK);
    fixture_until_state(&fx, running, JOB_TRANSIENT_ERROR);
    job_release(running);
    job_release(finished);
    fixture_reopen(&fx);
    resource->failure = S_OK;
    assert_int_equal(engine_find_job(fx.engine, running_id, &running), S_OK);
    assert_int_equal(engine_find_job(fx.engine, finished_id, &finished), S_OK);
    assert_int_equal(job_state(running), JOB_QUEUED);
    assert_int_equal(job_state(finished), JOB_TRANSFERRED);
    fixture_until_state(&fx, running, JOB_TRANSFERRED);
    assert_int_equal(job_complete(running), S_OK);
    assert_int_equal(job_complete(finished), S_OK);
    job_release(running);
    job_release(finished);
    fixture_assert_file(&fx, u"running", 10, 1000);
    fixture_assert_file(&fx, u"finished", 11, 1000);
}

/* As a host left it that died in Complete: the intent is committed, and perhaps some files are renamed. */
static void prepare_intent(struct job *job, bool is_renamed, const char16_t *name)
{
    struct queue_store *store;
    struct job_row row = {.owner = u"S-1-5-21-1-2-3-1000",
                          .display_name = u"test",
                          .description = u"",
                          .state = JOB_TRANSFERRED,
                          .intent = 1,
                          .priority = JOB_NORMAL,
                          .error_file = UINT32_MAX};
    char16_t path[TEMP_PATH_MAX];
    job_id(job, row.id);
    fixture_path(&fx, name, path);
    char16_t *normal = local_path_normalise(path);
    char16_t *temporary = local_path_temporary(normal, row.id, 0);
    job_release(job);
    fixture_stop(&fx);
    assert_int_equal(queue_store_open(fx.queue_dir, &store), S_OK);
    assert_int_equal(queue_store_begin(store), S_OK);
    assert_int_equal(queue_store_update_job(store, &row), S_OK);
    assert_int_equal(queue_store_commit(store), S_OK);
    queue_store_close(store);
    if (is_renamed)
        assert_true(MoveFileExW(temporary, normal, MOVEFILE_REPLACE_EXISTING));
    mem_free(normal);
    mem_free(temporary);
}

static void a_complete_that_was_cut_short_is_finished(void **context)
{
    (void)context;
    struct job *job = transferred_job(u"begun", 12);
    uint8_t id[16];
    job_id(job, id);
    prepare_intent(job, false, u"begun");
    fixture_start(&fx);
    assert_int_equal(engine_find_job(fx.engine, id, &job), DO_E_JOB_NOT_FOUND);
    fixture_assert_file(&fx, u"begun", 12, 1000);
    assert_int_equal(fixture_temporary_files(&fx), 0);
}

static void a_complete_that_was_cut_short_after_the_rename_is_finished(void **context)
{
    (void)context;
    struct job *job = transferred_job(u"renamed", 13);
    uint8_t id[16];
    job_id(job, id);
    prepare_intent(job, true, u"renamed");
    fixture_start(&fx);
    assert_int_equal(engine_find_job(fx.engine, id, &job), DO_E_JOB_NOT_FOUND);
    fixture_assert_file(&fx, u"renamed", 13, 1000);
}

static void a_complete_whose_file_is_gone_names_it_and_fetches_it_again(void **context)
{
    (void)context;
    struct job *job = transferred_job(u"lost", 14);
    struct job_error error;
    char16_t path[TEMP_PATH_MAX];
    uint8_t id[16];
    job_id(job, id);
    prepare_intent(job, true, u"lost");
    fixture_path(&fx, u"lost", path);
    assert_true(DeleteFileW(path));
    fixture_start(&fx);
    assert_int_equal(engine_find_job(fx.engine, id, &job), S_OK);
    assert_int_equal(job_state(job), JOB_ERROR);
    assert_true(job_error(job, &error));
    assert_int_equal(error.code, HRESULT_OF_WIN32(ERROR_FILE_NOT_FOUND));
    assert_int_equal(error.context, JOB_ERROR_CONTEXT_LOCAL_FILE);
    assert_int_equal(error.file, 0);
    assert_int_equal(job_progress(job).bytes_transferred, 0);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    fixture_assert_file(&fx, u"lost", 14, 1000);
}

static HRESULT refuse_name(struct file_ops *ops, struct deliveries **shared, const char16_t *temporary,
                           const char16_t *target, const struct closed_file *closed)
{
    (void)ops;
    (void)shared;
    (void)temporary;
    (void)target;
    (void)closed;
    return HRESULT_OF_WIN32(ERROR_ACCESS_DENIED);
}

/* Its bytes are not lost: the client is told, and may Complete as soon as the name is free. */
static void a_complete_that_cannot_be_finished_is_an_error_and_can_be_called_again(void **context)
{
    (void)context;
    struct file_ops disk = *file_ops_system();
    struct job *job = transferred_job(u"refused", 15);
    struct job_error error;
    uint8_t id[16];
    job_id(job, id);
    prepare_intent(job, false, u"refused");
    disk.deliver = refuse_name;
    fx.file_ops = &disk;
    fixture_start(&fx);
    assert_int_equal(engine_find_job(fx.engine, id, &job), S_OK);
    assert_int_equal(job_state(job), JOB_ERROR);
    assert_true(job_error(job, &error));
    assert_int_equal(error.code, HRESULT_OF_WIN32(ERROR_ACCESS_DENIED));
    assert_int_equal(error.context, JOB_ERROR_CONTEXT_LOCAL_FILE);
    assert_int_equal(error.file, 0);
    assert_int_equal(job_error_count(job), 1);
    assert_int_equal(job->facts.owed, JOB_OWED_ERROR);
    assert_int_equal(job_progress(job).bytes_transferred, 1000);
    job_release(job);
    fixture_stop(&fx); /* the intent is over: another host leaves the job alone */
    fx.file_ops = NULL;
    fixture_start(&fx);
    assert_int_equal(engine_find_job(fx.engine, id, &job), S_OK);
    assert_int_equal(job_state(job), JOB_ERROR);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    fixture_assert_file(&fx, u"refused", 15, 1000);
}

/* As a host left it that ended between a file's last byte and its end: the row has every byte and its time, the file is not transferred. Its end moves the time, which
 * the row must not say by then. */
static void a_file_with_every_byte_only_needs_its_end(void **context)
{
    (void)context;
    struct job *job = transferred_job(u"whole", 15);
    struct queue_store *store;
    struct range_set have = {0};
    struct job_row row = {.owner = u"S-1-5-21-1-2-3-1000",
                          .display_name = u"test",
                          .description = u"",
                          .state = JOB_TRANSFERRING,
                          .priority = JOB_NORMAL,
                          .error_file = UINT32_MAX};
    struct file_progress_row progress = {.remote_total = 1000, .etag = u"\"v15\"", .last_modified = u"", .have = &have};
    job_id(job, row.id);
    job_id(job, progress.job_id);
    progress.written_at = job->files[0]->written_at;
    job_release(job);
    fixture_stop(&fx);
    assert_int_equal(range_set_add(&have, 0, 1000), S_OK);
    assert_int_equal(queue_store_open(fx.queue_dir, &store), S_OK);
    assert_int_equal(queue_store_begin(store), S_OK);
    assert_int_equal(queue_store_update_job(store, &row), S_OK);
    assert_int_equal(queue_store_put_progress(store, &progress), S_OK);
    assert_int_equal(queue_store_commit(store), S_OK);
    queue_store_close(store);
    range_set_clear(&have);
    fixture_start(&fx);
    assert_int_equal(engine_find_job(fx.engine, row.id, &job), S_OK);
    assert_true(job->has_times);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_false(job->has_times);
    assert_int_equal(fx.http.request_count, 1);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    fixture_assert_file(&fx, u"whole", 15, 1000);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
    const struct CMUnitTest tests[] = {
        TEST(a_queue_has_one_host),
        TEST(the_next_host_goes_on_where_the_last_one_ended),
        TEST(running_jobs_run_on_and_finished_ones_stay_finished),
        TEST(a_complete_that_was_cut_short_is_finished),
        TEST(a_complete_that_was_cut_short_after_the_rename_is_finished),
        TEST(a_complete_whose_file_is_gone_names_it_and_fetches_it_again),
        TEST(a_complete_that_cannot_be_finished_is_an_error_and_can_be_called_again),
        TEST(a_file_with_every_byte_only_needs_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
