/* Complete, Cancel, adding files. */
#include "bits_error.h"
#include "deliveryoptimizationerrors.h"
#include "engine_fixture.h"
#include "engine_private.h"

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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
