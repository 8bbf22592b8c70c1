/* A queue file whose rows say what no call would have let in: nothing of it is believed, and what is sound goes on. */
#include "deliveryoptimizationerrors.h"
#include "engine_fixture.h"
#include "queue_support.h"
#include "recording_target.h"

#include <stdio.h>

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

/* ---- A job with a file that cannot be is left out ---- */

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

static void another_scheme_is_left_out(void **context)
{
    (void)context;
    assert_left_out("UPDATE file SET url = 'file:///c:/windows/win.ini' WHERE job = 2 AND number = 0");
}

static void a_relative_name_is_left_out(void **context)
{
    (void)context;
    assert_left_out("UPDATE file SET local_path = 'second' WHERE job = 2 AND number = 0");
}

static void a_name_that_climbs_is_left_out(void **context)
{
    (void)context;
    assert_left_out("UPDATE file SET local_path = 'C:\\windows\\..\\second' WHERE job = 2 AND number = 0");
}

static void a_device_is_left_out(void **context)
{
    (void)context;
    assert_left_out("UPDATE file SET local_path = 'C:\\NUL.txt' WHERE job = 2 AND number = 0");
}

static void a_missing_file_is_left_out(void **context)
{
    (void)context;
    assert_left_out("UPDATE file SET number = 5 WHERE job = 2 AND number = 1");
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

static void ranges_that_overlap_are_left_out(void **context)
{
    (void)context;
    assert_left_out("UPDATE file SET wanted = x'" RANGE("01") RANGE("04") RANGE("02")
                        RANGE("01") "' "
                                    "WHERE job = 2 AND number = 0");
}

/* ---- A job that has lost its last file, or a setting, says so ---- */

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

static void assert_told(const char *sql)
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
    fixture_assert_file(&fx, u"first", 2, SIZE);
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
        TEST(another_scheme_is_left_out),
        TEST(a_relative_name_is_left_out),
        TEST(a_name_that_climbs_is_left_out),
        TEST(a_device_is_left_out),
        TEST(a_missing_file_is_left_out),
        TEST(a_name_that_occurs_twice_is_left_out),
        TEST(a_name_of_another_job_is_left_out),
        TEST(an_identifier_that_occurs_twice_is_left_out),
        TEST(ranges_that_overlap_are_left_out),
        TEST(a_lost_last_file_is_told),
        TEST(a_lost_file_is_told_of_a_job_that_was_transferred),
        TEST(a_lost_setting_is_told),
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
