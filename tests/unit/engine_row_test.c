/* A queue file whose rows say what no call would have let in: nothing of it is believed, and what is sound goes on. */
#include "deliveryoptimizationerrors.h"
#include "engine_fixture.h"
#include "queue_support.h"
#include "recording_target.h"

#include <stdio.h>
#include <windows.h>

#define SIZE         100000u
#define COUNT_OF(xs) (sizeof(xs) / sizeof((xs)[0]))
#define RANGE(first) "00" first "000000000000" /* from 256 times `first`, 8 bytes */

static struct engine_fixture fx;
static uint8_t sound_id[16], altered_id[16];

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

/* A sound job of one file, then the one whose rows are altered, of two; their number as key is 1 and 2. */
static void make_jobs(void)
{
    struct job *sound = fixture_job(&fx), *altered = fixture_job(&fx);
    fixture_add(&fx, sound, memory_http_add(&fx.http, u"sound", SIZE, 1), u"sound");
    fixture_add(&fx, altered, memory_http_add(&fx.http, u"first", SIZE, 2), u"first");
    fixture_add(&fx, altered, memory_http_add(&fx.http, u"second", SIZE, 3), u"second");
    job_id(sound, sound_id);
    job_id(altered, altered_id);
    job_release(sound);
    job_release(altered);
}

static void restart_with(const char *sql)
{
    fixture_stop(&fx);
    queue_test_sql(fx.queue_dir, u"queue.db", sql);
    fixture_start(&fx);
}

static void finish_sound_job(void)
{
    struct job *job;
    assert_int_equal(engine_find_job(fx.engine, sound_id, &job), S_OK);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    fixture_assert_file(&fx, u"sound", 1, SIZE);
}

/* ---- A job with a name that cannot be given twice is left out ---- */

static void assert_left_out(const char *sql)
{
    struct job *job;
    make_jobs();
    restart_with(sql);
    if (engine_find_job(fx.engine, altered_id, &job) != DO_E_JOB_NOT_FOUND)
        fail_msg("taken in spite of %s", sql);
    /* Its names are free. */
    job = fixture_job(&fx);
    fixture_add(&fx, job, memory_http_add(&fx.http, u"third", SIZE, 4), u"first");
    assert_int_equal(job_cancel(job), S_OK);
    job_release(job);
    finish_sound_job();
}

static void a_name_that_occurs_twice_is_left_out(void **context)
{
    (void)context;
    assert_left_out("UPDATE file SET local_path = (SELECT local_path FROM file WHERE job = 2 AND number = 0) "
                    "WHERE job = 2 AND number = 1");
}

static void a_name_of_another_job_is_left_out(void **context)
{
    (void)context;
    assert_left_out("UPDATE file SET local_path = (SELECT local_path FROM file WHERE job = 1) "
                    "WHERE job = 2 AND number = 1");
}

static void an_identifier_that_occurs_twice_is_left_out(void **context)
{
    (void)context;
    assert_left_out("UPDATE file SET file_id = 'same' WHERE job = 2");
}

/* ---- A job that has lost a file or a setting says so ---- */

static struct job *find_incomplete(void)
{
    struct job *job;
    struct job_error error;
    assert_int_equal(engine_find_job(fx.engine, altered_id, &job), S_OK);
    assert_int_equal(job_state(job), JOB_ERROR);
    assert_true(job_error(job, &error));
    assert_int_equal(error.code, (HRESULT)0x80070570);
    assert_int_equal(error.context, JOB_ERROR_CONTEXT_NONE);
    assert_int_equal(error.file, JOB_ERROR_NO_FILE);
    return job;
}

static void assert_told_with(const char *sql, const char16_t *left, uint64_t seed)
{
    static struct recorder recorder;
    make_jobs();
    restart_with(sql);
    job_release(find_incomplete()); /* who reads the damaged file */
    fixture_reopen(&fx);
    struct job *job = find_incomplete(); /* and who reads the fresh one */
    recorder_attach(&recorder, job);
    recorder_until(&fx, &recorder.errors, 1);
    assert_int_equal(recorder.error, (HRESULT)0x80070570);
    finish_sound_job();
    assert_int_equal(job_resume(job), S_OK); /* the client takes what there is */
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    fixture_assert_file(&fx, left, seed, SIZE);
}

/* The second file, or nothing but a setting. */
static void assert_told(const char *sql)
{
    assert_told_with(sql, u"first", 2);
}

/* The first file: its row is none that a call could have made. */
static void assert_first_is_told(const char *assignment)
{
    char sql[200];
    (void)snprintf(sql, sizeof(sql), "UPDATE file SET %s WHERE job = 2 AND number = 0", assignment);
    assert_told_with(sql, u"second", 3);
}

static void another_scheme_is_told(void **context)
{
    (void)context;
    assert_first_is_told("url = 'file:///c:/windows/win.ini'");
}

static void a_relative_name_is_told(void **context)
{
    (void)context;
    assert_first_is_told("local_path = 'second'");
}

static void a_name_that_climbs_is_told(void **context)
{
    (void)context;
    assert_first_is_told("local_path = 'C:\\windows\\..\\second'");
}

static void a_device_is_told(void **context)
{
    (void)context;
    assert_first_is_told("local_path = 'C:\\NUL.txt'");
}

static void ranges_that_overlap_are_told(void **context)
{
    (void)context;
    assert_first_is_told("wanted = x'" RANGE("01") RANGE("04") RANGE("02") RANGE("01") "'");
}

static void a_lost_last_file_is_told(void **context)
{
    (void)context;
    assert_told("UPDATE file SET wanted = x'00' WHERE job = 2 AND number = 1");
}

static void a_lost_file_is_told_of_a_job_that_was_transferred(void **context)
{
    (void)context;
    assert_told("UPDATE file SET wanted = x'00' WHERE job = 2 AND number = 1;"
                "UPDATE job SET state = 5, owed_event = 1 WHERE key = 2");
}

static void a_lost_setting_is_told(void **context)
{
    (void)context;
    assert_told("INSERT INTO job_property VALUES (2, 9999, x'00')");
}

/* The file stays as it is where it cannot be put aside; what is lost stands in it all the same. */
static void a_loss_is_recorded_in_a_file_that_cannot_be_made_anew(void **context)
{
    char16_t path[TEMP_PATH_MAX], aside[QUEUE_PATH_ROOM];
    (void)context;
    make_jobs();
    fixture_stop(&fx);
    queue_test_sql(fx.queue_dir, u"queue.db", "INSERT INTO job_property VALUES (2, 9999, x'00')");
    (void)swprintf(path, TEMP_PATH_MAX, L"%ls\\queue.db", fx.queue_dir);
    HANDLE held = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    assert_true(held != INVALID_HANDLE_VALUE);
    fixture_start(&fx);
    job_release(find_incomplete());
    CloseHandle(held);
    fixture_stop(&fx);
    assert_int_equal(queue_test_count(fx.queue_dir, L"queue.corrupt*", aside), 0);
    assert_int_equal(queue_test_number(fx.queue_dir, u"queue.db", "SELECT state FROM job WHERE key = 2"), 4);
    assert_int_equal(queue_test_number(fx.queue_dir, u"queue.db", "SELECT owed_event FROM job WHERE key = 2"), 2);
    assert_int_equal(queue_test_number(fx.queue_dir, u"queue.db", "SELECT state FROM job WHERE key = 1"), 0);
    fixture_start(&fx);
}

/* ---- A job with a gap in the numbers of its files ---- */

#define GAP "UPDATE file SET number = 5 WHERE job = 2 AND number = 1"

static void a_missing_file_is_told(void **context)
{
    (void)context;
    assert_told(GAP);
    fixture_assert_file(&fx, u"second", 3, SIZE);
}

static void assert_file_failed(struct job *job, enum job_state state, uint32_t number)
{
    struct job_error error;
    fixture_until_state(&fx, job, state);
    assert_true(job_error(job, &error));
    assert_int_equal(error.file, number);
    assert_ptr_equal(job_file_numbered(job, number), job_file_at(job, 1));
}

/* Errors name its files by their numbers, and new ones get those after the last. */
static void files_behind_a_gap_keep_their_numbers(void **context)
{
    (void)context;
    make_jobs();
    struct memory_resource *second = &fx.http.resources[2];
    restart_with(GAP);
    struct job *job = find_incomplete();
    assert_null(job_file_numbered(job, 1));
    second->status = 404;
    assert_int_equal(job_resume(job), S_OK);
    assert_file_failed(job, JOB_ERROR, 5);
    second->status = 0;
    second->failure = (HRESULT)0x80072EFD;
    assert_int_equal(job_resume(job), S_OK);
    assert_file_failed(job, JOB_TRANSIENT_ERROR, 5);
    second->failure = S_OK;
    fixture_add(&fx, job, memory_http_add(&fx.http, u"third", SIZE, 4), u"third");
    assert_non_null(job_file_numbered(job, 6));
    fixture_advance(&fx, 100000);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    job_release(job);
    fixture_reopen(&fx);
    job = find_incomplete(); /* the error was gone, the gap was not */
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    fixture_assert_file(&fx, u"first", 2, SIZE);
    fixture_assert_file(&fx, u"second", 3, SIZE);
    fixture_assert_file(&fx, u"third", 4, SIZE);
}

/* It is told once; the client took what there is. */
static void a_gap_that_was_told_is_left_at_that(void **context)
{
    (void)context;
    make_jobs();
    restart_with(GAP);
    struct job *job = find_incomplete();
    assert_int_equal(job_suspend(job), S_OK);
    job_release(job);
    fixture_reopen(&fx);
    assert_int_equal(engine_find_job(fx.engine, altered_id, &job), S_OK);
    assert_int_equal(job_state(job), JOB_SUSPENDED);
    job_release(job);
}

static void a_complete_behind_a_gap_names_what_is_gone(void **context)
{
    char16_t target[TEMP_PATH_MAX];
    struct job *job;
    (void)context;
    make_jobs();
    restart_with(GAP);
    job = find_incomplete();
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    job_release(job);
    fixture_temporary_path(&fx, u"second", altered_id, 5, target);
    assert_true(DeleteFileW(target));
    restart_with("UPDATE job SET intent = 1 WHERE key = 2");
    assert_int_equal(engine_find_job(fx.engine, altered_id, &job), S_OK);
    assert_file_failed(job, JOB_ERROR, 5);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    fixture_assert_file(&fx, u"second", 3, SIZE);
}

static void a_setting_of_a_file_behind_a_gap_is_its_own(void **context)
{
    char sql[300];
    (void)context;
    make_jobs();
    (void)snprintf(sql, sizeof(sql), GAP "; INSERT INTO file_property VALUES (2, 5, %d, x'01')",
                   PROPERTY_VALIDATION_STATE);
    restart_with(sql);
    struct job *job = find_incomplete();
    assert_true(job_file_is_valid(job_file_numbered(job, 5)));
    assert_false(job_file_is_valid(job_file_numbered(job, 0)));
    job_release(job);
}

static void numbers_do_not_overflow(void **context)
{
    char16_t path[TEMP_PATH_MAX];
    (void)context;
    make_jobs();
    restart_with("UPDATE file SET number = 4294967294 WHERE job = 2 AND number = 1");
    struct job *job = find_incomplete();
    fixture_path(&fx, L"third", path);
    struct file_spec spec = {.url = u"http://test/third", .local_path = path, .declared_size = SIZE_UNKNOWN};
    assert_int_equal(job_add_files(job, &spec, 1), (HRESULT)0x80070570);
    assert_int_equal(job_progress(job).files_total, 2);
    job_release(job);
}

/* ---- Jobs that are only there to be swept or completed ---- */

static void assert_gone(const char *sql)
{
    struct job *job;
    make_jobs();
    restart_with(sql);
    assert_int_equal(engine_find_job(fx.engine, altered_id, &job), DO_E_JOB_NOT_FOUND);
    finish_sound_job();
    fixture_reopen(&fx);
    assert_int_equal(engine_find_job(fx.engine, altered_id, &job), DO_E_JOB_NOT_FOUND);
}

static void a_dead_job_is_not_revived_by_a_lost_setting(void **context)
{
    (void)context;
    assert_gone("UPDATE job SET state = 7 WHERE key = 2; INSERT INTO job_property VALUES (2, 9999, x'00')");
}

static void a_complete_is_carried_out_in_spite_of_a_lost_setting(void **context)
{
    (void)context;
    assert_gone("UPDATE job SET intent = 1 WHERE key = 2; INSERT INTO job_property VALUES (2, 9999, x'00')");
}

static void a_dead_job_takes_no_name_from_a_live_one(void **context)
{
    struct job *job;
    (void)context;
    make_jobs();
    restart_with("UPDATE job SET state = 7 WHERE key = 1; UPDATE file SET local_path = (SELECT local_path FROM file "
                 "WHERE job = 1) WHERE job = 2 AND number = 0");
    assert_int_equal(engine_find_job(fx.engine, sound_id, &job), DO_E_JOB_NOT_FOUND);
    assert_int_equal(engine_find_job(fx.engine, altered_id, &job), S_OK);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    fixture_assert_file(&fx, u"sound", 2, SIZE);
}

/* ---- Progress that cannot be is not believed ---- */

static void assert_begins_anew(const char *sql)
{
    struct job *job;
    make_jobs();
    restart_with(sql);
    assert_int_equal(engine_find_job(fx.engine, altered_id, &job), S_OK);
    if (job_progress(job).bytes_transferred || job_progress(job).files_transferred)
        fail_msg("believed: %s", sql);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    fixture_assert_file(&fx, u"first", 2, SIZE);
    fixture_assert_file(&fx, u"second", 3, SIZE);
    finish_sound_job();
}

#define PROGRESS(total, status, have)                                                                                  \
    "INSERT INTO progress VALUES (2, 1, " total ", " status ", '\"v3\"', '', 0, x'" have "', 0)"

static void a_transferred_file_of_unknown_size_begins_anew(void **context)
{
    (void)context;
    assert_begins_anew(PROGRESS("-1", "1", ""));
}

static void another_size_than_the_declared_one_begins_anew(void **context)
{
    (void)context;
    assert_begins_anew("UPDATE file SET declared_size = 100000 WHERE job = 2 AND number = 1; " PROGRESS(
        "99999", "0", RANGE("00") RANGE("01")));
}

static void bytes_beyond_the_end_begin_anew(void **context)
{
    (void)context;
    assert_begins_anew(PROGRESS("256", "0", RANGE("00") RANGE("02")));
}

/* A Complete would leave the files out. */
static void a_transferred_job_without_its_progress_says_so(void **context)
{
    (void)context;
    make_jobs();
    restart_with("UPDATE job SET state = 5, owed_event = 1 WHERE key = 2");
    struct job *job = find_incomplete();
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    fixture_assert_file(&fx, u"first", 2, SIZE);
    fixture_assert_file(&fx, u"second", 3, SIZE);
}

static void bytes_of_a_file_that_is_not_there_are_fetched_again(void **context)
{
    struct job *job;
    struct job_error error;
    (void)context;
    make_jobs();
    restart_with(PROGRESS("100000", "0", RANGE("00") RANGE("01")));
    assert_int_equal(engine_find_job(fx.engine, altered_id, &job), S_OK);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_ERROR);
    assert_true(job_error(job, &error));
    assert_int_equal(error.context, JOB_ERROR_CONTEXT_LOCAL_FILE);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    fixture_assert_file(&fx, u"second", 3, SIZE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
    const struct CMUnitTest tests[] = {
        TEST(a_name_that_occurs_twice_is_left_out),
        TEST(a_name_of_another_job_is_left_out),
        TEST(an_identifier_that_occurs_twice_is_left_out),
        TEST(another_scheme_is_told),
        TEST(a_relative_name_is_told),
        TEST(a_name_that_climbs_is_told),
        TEST(a_device_is_told),
        TEST(ranges_that_overlap_are_told),
        TEST(a_lost_last_file_is_told),
        TEST(a_lost_file_is_told_of_a_job_that_was_transferred),
        TEST(a_lost_setting_is_told),
        TEST(a_loss_is_recorded_in_a_file_that_cannot_be_made_anew),
        TEST(a_missing_file_is_told),
        TEST(files_behind_a_gap_keep_their_numbers),
        TEST(a_gap_that_was_told_is_left_at_that),
        TEST(a_complete_behind_a_gap_names_what_is_gone),
        TEST(a_setting_of_a_file_behind_a_gap_is_its_own),
        TEST(numbers_do_not_overflow),
        TEST(a_dead_job_is_not_revived_by_a_lost_setting),
        TEST(a_complete_is_carried_out_in_spite_of_a_lost_setting),
        TEST(a_dead_job_takes_no_name_from_a_live_one),
        TEST(a_transferred_job_without_its_progress_says_so),
        TEST(a_transferred_file_of_unknown_size_begins_anew),
        TEST(another_size_than_the_declared_one_begins_anew),
        TEST(bytes_beyond_the_end_begin_anew),
        TEST(bytes_of_a_file_that_is_not_there_are_fetched_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
