/* Complete, Cancel, adding files, and what the next host finds. */
#include "bits_error.h"
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
#include <stdlib.h>
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

/* ---- Complete ---- */

static void complete_in_the_middle_delivers_what_is_finished(void **context)
{
    (void)context;
    struct memory_resource *slow = memory_http_add(&fx.http, u"slow", 500000, 2);
    char16_t path[TEMP_PATH_MAX];
    slow->gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    slow->gate_at = 1000;
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, memory_http_add(&fx.http, u"quick", 1000, 1), u"quick");
    fixture_add(&fx, job, slow, u"slow");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_bytes(&fx, job, 2000);
    while (job_progress(job).files_transferred < 1)
        fixture_until_bytes(&fx, job, 2000);
    assert_int_equal(job_complete(job), BG_S_PARTIAL_COMPLETE);
    assert_int_equal(job_state(job), JOB_ACKNOWLEDGED);
    assert_true(job_file_progress(job_file_at(job, 0)).is_delivered);
    assert_false(job_file_progress(job_file_at(job, 1)).is_delivered);
    SetEvent(slow->gate);
    job_release(job);
    fixture_assert_file(&fx, u"quick", 1, 1000);
    fixture_path(&fx, u"slow", path);
    assert_false(temp_file_exists(path));
    assert_int_equal(fixture_temporary_files(&fx), 0);
    fixture_reopen(&fx); /* waits for the worker that was stuck */
    CloseHandle(slow->gate);
}

static void complete_can_be_called_again_after_a_failed_rename(void **context)
{
    (void)context;
    char16_t path[TEMP_PATH_MAX];
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, memory_http_add(&fx.http, u"first", 1000, 3), u"first");
    fixture_add(&fx, job, memory_http_add(&fx.http, u"second", 1000, 4), u"second");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    fixture_path(&fx, u"second", path);
    HANDLE holder = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_NEW, 0, NULL);
    assert_true(holder != INVALID_HANDLE_VALUE);
    assert_true(FAILED(job_complete(job)));
    assert_int_equal(job_state(job), JOB_TRANSFERRED);
    assert_true(job_file_progress(job_file_at(job, 0)).is_delivered);
    assert_false(job_file_progress(job_file_at(job, 1)).is_delivered);
    CloseHandle(holder);
    assert_int_equal(job_complete(job), S_OK);
    assert_int_equal(job_complete(job), DO_E_INVALID_STATE);
    job_release(job);
    fixture_assert_file(&fx, u"first", 3, 1000);
    fixture_assert_file(&fx, u"second", 4, 1000);
}

static void an_existing_target_is_replaced_only_by_complete(void **context)
{
    (void)context;
    char16_t path[TEMP_PATH_MAX];
    size_t size;
    fixture_path(&fx, u"target", path);
    temp_file_write(path, "old", 3);
    struct job *job = transferred_job(u"target", 5);
    free(temp_file_read(path, &size));
    assert_int_equal(size, 3);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    fixture_assert_file(&fx, u"target", 5, 1000);
}

/* ---- What a client finds about the content ---- */

static void content_that_is_called_invalid_is_fetched_again(void **context)
{
    (void)context;
    struct job *job = fixture_job(&fx);
    struct memory_resource *bad = memory_http_add(&fx.http, u"bad", 1000, 20);
    struct job_error error;
    fixture_add(&fx, job, memory_http_add(&fx.http, u"good", 1000, 21), u"good");
    fixture_add(&fx, job, bad, u"bad");
    assert_int_equal(job_file_set_valid(job_file_at(job, 1), false), E_PENDING);
    assert_int_equal(job_file_set_valid(job_file_at(job, 1), true), E_PENDING);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_false(job_file_is_valid(job_file_at(job, 1)));
    assert_int_equal(job_file_set_valid(job_file_at(job, 1), true), S_OK);
    assert_true(job_file_is_valid(job_file_at(job, 1)));
    assert_int_equal(job_file_set_valid(job_file_at(job, 1), false), S_OK);
    assert_false(job_file_is_valid(job_file_at(job, 1)));
    assert_int_equal(job_state(job), JOB_ERROR);
    assert_true(job_error(job, &error));
    assert_int_equal(error.code, BG_E_VALIDATION_FAILED);
    assert_int_equal(error.file, 1);
    assert_int_equal(job_progress(job).bytes_transferred, 1000);
    assert_int_equal(job_progress(job).files_transferred, 1);
    assert_int_equal(job_file_progress(job_file_at(job, 1)).bytes_transferred, 0);
    assert_int_equal(job_file_set_valid(job_file_at(job, 1), false), E_PENDING);
    bad->seed = 22; /* under the same tag */
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(memory_http_count(&fx.http, bad), 2);
    assert_int_equal(memory_http_count(&fx.http, &fx.http.resources[1]), 1);
    assert_int_equal(job_complete(job), S_OK);
    assert_true(job_file_is_valid(job_file_at(job, 1)));
    assert_int_equal(job_file_set_valid(job_file_at(job, 1), true), DO_E_INVALID_STATE);
    assert_int_equal(job_file_set_valid(job_file_at(job, 1), false), DO_E_INVALID_STATE);
    job_release(job);
    fixture_assert_file(&fx, u"good", 21, 1000);
    fixture_assert_file(&fx, u"bad", 22, 1000);
}

static void what_was_found_about_the_content_is_durable(void **context)
{
    (void)context;
    struct job *good = transferred_job(u"good", 23);
    struct job *bad = transferred_job(u"bad", 24);
    uint8_t good_id[16];
    uint8_t bad_id[16];
    job_id(good, good_id);
    job_id(bad, bad_id);
    assert_int_equal(job_file_set_valid(job_file_at(good, 0), true), S_OK);
    assert_int_equal(job_file_set_valid(job_file_at(bad, 0), false), S_OK);
    job_release(good);
    job_release(bad);
    fixture_reopen(&fx);
    assert_int_equal(engine_find_job(fx.engine, good_id, &good), S_OK);
    assert_int_equal(engine_find_job(fx.engine, bad_id, &bad), S_OK);
    assert_true(job_file_is_valid(job_file_at(good, 0)));
    assert_int_equal(job_state(bad), JOB_ERROR);
    assert_int_equal(job_progress(bad).files_transferred, 0);
    assert_int_equal(job_progress(bad).bytes_transferred, 0);
    assert_int_equal(job_resume(bad), S_OK);
    fixture_until_state(&fx, bad, JOB_TRANSFERRED);
    assert_int_equal(job_complete(bad), S_OK);
    assert_int_equal(job_complete(good), S_OK);
    job_release(good);
    job_release(bad);
    fixture_assert_file(&fx, u"bad", 24, 1000);
}

static void an_invalid_file_ends_the_transfers_of_the_others(void **context)
{
    (void)context;
    struct memory_resource *slow = memory_http_add(&fx.http, u"slow", 500000, 25);
    slow->gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    slow->gate_at = 1000;
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, memory_http_add(&fx.http, u"quick", 1000, 26), u"quick");
    fixture_add(&fx, job, slow, u"slow");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_bytes(&fx, job, 2000);
    while (job_progress(job).files_transferred < 1)
        fixture_until_bytes(&fx, job, 2000);
    assert_int_equal(job_file_set_valid(job_file_at(job, 0), false), S_OK);
    assert_int_equal(job_state(job), JOB_ERROR);
    uint64_t bytes = job_progress(job).bytes_transferred;
    SetEvent(slow->gate);
    fixture_advance(&fx, 1000);
    assert_int_equal(job_state(job), JOB_ERROR);
    assert_int_equal(job_progress(job).bytes_transferred, bytes);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    fixture_assert_file(&fx, u"quick", 26, 1000);
    fixture_assert_file(&fx, u"slow", 25, 500000);
    fixture_reopen(&fx); /* waits for the worker that was stuck */
    CloseHandle(slow->gate);
}

/* Between the commit of the intent and that of the outcome. */
static void set_intent(struct job *job, enum job_intent intent)
{
    lock_acquire(&fx.engine->model_lock);
    job->facts.intent = intent;
    lock_release(&fx.engine->model_lock);
}

static void no_change_is_made_in_the_middle_of_it(void **context)
{
    (void)context;
    struct job *job = fixture_job(&fx);
    set_intent(job, JOB_INTENT_COMPLETE);
    assert_int_equal(job_resume(job), DO_E_INVALID_STATE); /* before it is looked at for files */
    assert_int_equal(job_suspend(job), DO_E_INVALID_STATE);
    assert_int_equal(job_cancel(job), DO_E_INVALID_STATE);
    assert_int_equal(job_complete(job), DO_E_INVALID_STATE);
    assert_int_equal(job_set_notify_flags(job, 1), DO_E_INVALID_STATE);
    set_intent(job, JOB_INTENT_NONE);
    assert_int_equal(job_resume(job), DO_E_JOB_EMPTY);
    assert_int_equal(job_cancel(job), S_OK);
    job_release(job);
}

/* ---- Cancel ---- */

static void cancel_removes_the_temporary_files_and_the_job(void **context)
{
    (void)context;
    struct job *job = transferred_job(u"gone", 6);
    struct job *found;
    uint8_t id[16];
    char16_t path[TEMP_PATH_MAX];
    job_id(job, id);
    fixture_path(&fx, u"gone", path);
    temp_file_write(path, "mine", 4);
    assert_int_equal(fixture_temporary_files(&fx), 1);
    assert_int_equal(job_cancel(job), S_OK);
    assert_int_equal(fixture_temporary_files(&fx), 0);
    assert_true(temp_file_exists(path));
    assert_int_equal(engine_find_job(fx.engine, id, &found), DO_E_JOB_NOT_FOUND);
    assert_int_equal(job_resume(job), DO_E_INVALID_STATE);
    assert_int_equal(job_set_notify_flags(job, 1), DO_E_INVALID_STATE);
    assert_int_equal(job_state(job), JOB_CANCELLED);
    job_release(job);
}

/* ---- Adding files ---- */

static HRESULT add_pair(struct job *job, const char16_t *first, const char16_t *second)
{
    struct file_spec specs[] = {
        {.url = u"http://test/a", .local_path = first, .declared_size = SIZE_UNKNOWN},
        {.url = u"http://test/a", .local_path = second, .declared_size = SIZE_UNKNOWN},
    };
    return job_add_files(job, specs, 2);
}

static void files_are_added_all_or_not_at_all(void **context)
{
    (void)context;
    char16_t a[TEMP_PATH_MAX];
    char16_t b[TEMP_PATH_MAX];
    struct job *job = fixture_job(&fx);
    struct job *other = fixture_job(&fx);
    fixture_path(&fx, u"a", a);
    fixture_path(&fx, u"b", b);
    assert_int_equal(add_pair(job, a, u"relative"), E_INVALIDARG);
    assert_int_equal(add_pair(job, a, a), E_INVALIDARG);
    assert_int_equal(job_file_count(job), 0);
    assert_int_equal(job_resume(job), DO_E_JOB_EMPTY);
    assert_int_equal(add_pair(job, a, b), S_OK); /* one URL twice: two file ids */
    assert_int_equal(job_file_count(job), 2);
    assert_int_equal(add_pair(other, b, u"C:\\x"), E_INVALIDARG); /* another live job's name */
    assert_int_equal(job_cancel(job), S_OK);
    assert_int_equal(add_pair(other, a, b), S_OK); /* and free again */
    assert_int_equal(job_cancel(other), S_OK);
    job_release(job);
    job_release(other);
}

static void a_file_added_to_a_transferred_job_suspends_it(void **context)
{
    (void)context;
    struct job *job = transferred_job(u"one", 7);
    fixture_add(&fx, job, memory_http_add(&fx.http, u"two", 1000, 8), u"two");
    assert_int_equal(job_state(job), JOB_SUSPENDED);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(memory_http_count(&fx.http, &fx.http.resources[0]), 1);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
}

/* ---- The next host ---- */

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

/* As a host left it that died between a file's last byte and its end: the row has every byte, the file is not transferred. */
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
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(fx.http.request_count, 1);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    fixture_assert_file(&fx, u"whole", 15, 1000);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
    const struct CMUnitTest tests[] = {
        TEST(complete_in_the_middle_delivers_what_is_finished),
        TEST(complete_can_be_called_again_after_a_failed_rename),
        TEST(an_existing_target_is_replaced_only_by_complete),
        TEST(content_that_is_called_invalid_is_fetched_again),
        TEST(what_was_found_about_the_content_is_durable),
        TEST(an_invalid_file_ends_the_transfers_of_the_others),
        TEST(no_change_is_made_in_the_middle_of_it),
        TEST(cancel_removes_the_temporary_files_and_the_job),
        TEST(files_are_added_all_or_not_at_all),
        TEST(a_file_added_to_a_transferred_job_suspends_it),
        TEST(a_queue_has_one_host),
        TEST(the_next_host_goes_on_where_the_last_one_ended),
        TEST(running_jobs_run_on_and_finished_ones_stay_finished),
        TEST(a_complete_that_was_cut_short_is_finished),
        TEST(a_complete_that_was_cut_short_after_the_rename_is_finished),
        TEST(a_complete_whose_file_is_gone_names_it_and_fetches_it_again),
        TEST(a_file_with_every_byte_only_needs_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
