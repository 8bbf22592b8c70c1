/* The order of what a client is told of one job: ends of files, the end of the job, modifications. Call threads are real; time is the fake clock's. */
#include "engine_fixture.h"
#include "recording_target.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define FLAGS_FILES (NOTIFY_FLAG_TRANSFERRED | NOTIFY_FLAG_FILE_TRANSFERRED)

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

static struct job *job_with_files(struct recorder *recorder, unsigned count, uint32_t flags)
{
    static const char16_t *const names[] = {u"a", u"b", u"c"};
    struct job *job = fixture_job(&fx);
    for (unsigned i = 0; i < count; i++)
        fixture_add(&fx, job, memory_http_add(&fx.http, names[i], 1000, i), names[i]);
    recorder_attach(recorder, job);
    assert_int_equal(job_set_notify_flags(job, flags), S_OK);
    return job;
}

static void refuse_first(struct recorder *recorder, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        recorder->answers[i] = NOTIFY_REFUSED;
    recorder->answers[count] = NOTIFY_DELIVERED;
    recorder->answer_count = count + 1;
}

static void end_job(struct job *job)
{
    assert_int_equal(job_cancel(job), S_OK);
    job_release(job);
}

/* ---- Files ---- */

static void every_file_is_told_before_its_job(void **context)
{
    (void)context;
    static struct recorder recorder;
    struct job *job = job_with_files(&recorder, 3, FLAGS_FILES);
    assert_int_equal(job_resume(job), S_OK);
    recorder_until(&fx, &recorder.transferred, 1);
    recorder_until_idle(&fx);
    assert_int_equal(strlen(recorder.calls), 4);
    for (char number = '0'; number < '3'; number++)
        assert_non_null(strchr(recorder.calls, number));
    assert_int_equal(recorder.calls[3], 'T');
    assert_int_equal(recorder.overlapped, 0);
    end_job(job);
}

static void files_are_told_to_those_who_ask(void **context)
{
    (void)context;
    static struct recorder recorder;
    struct job *job = job_with_files(&recorder, 1, NOTIFY_FLAG_TRANSFERRED);
    assert_int_equal(job_resume(job), S_OK);
    recorder_until(&fx, &recorder.transferred, 1);
    recorder_until_idle(&fx);
    assert_string_equal(recorder.calls, "T");
    end_job(job);
}

static void a_refused_file_is_repeated_before_its_job_is_told(void **context)
{
    (void)context;
    static struct recorder recorder;
    struct job *job = job_with_files(&recorder, 1, FLAGS_FILES);
    refuse_first(&recorder, 2);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    recorder_until(&fx, &recorder.files, 1);
    recorder_until_repeat(&fx);
    fixture_advance(&fx, 999);
    assert_int_equal(recorder.files, 1);
    fake_clock_advance(&fx.clock, 1);
    recorder_until(&fx, &recorder.files, 2);
    recorder_until_repeat(&fx);
    fixture_advance(&fx, 1999);
    assert_int_equal(recorder.files, 2);
    fake_clock_advance(&fx.clock, 1);
    recorder_until(&fx, &recorder.transferred, 1);
    recorder_until_idle(&fx);
    assert_string_equal(recorder.calls, "000T");
    end_job(job);
}

static void the_next_file_waits_for_the_refused_one_and_begins_anew(void **context)
{
    (void)context;
    static struct recorder recorder;
    struct job *job = job_with_files(&recorder, 2, FLAGS_FILES);
    static const enum notify_outcome answers[] = {NOTIFY_REFUSED, NOTIFY_DELIVERED, NOTIFY_REFUSED, NOTIFY_DELIVERED};
    memcpy(recorder.answers, answers, sizeof(answers));
    recorder.answer_count = 4;
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    recorder_until(&fx, &recorder.files, 1);
    recorder_until_repeat(&fx);
    fake_clock_advance(&fx.clock, 1000);
    recorder_until(&fx, &recorder.files, 3);
    recorder_until_repeat(&fx);
    fixture_advance(&fx, 999);
    assert_int_equal(recorder.files, 3);
    fake_clock_advance(&fx.clock, 1); /* one second again, not two */
    recorder_until(&fx, &recorder.transferred, 1);
    assert_int_equal(recorder.calls[0], recorder.calls[1]);
    assert_int_not_equal(recorder.calls[1], recorder.calls[2]);
    assert_int_equal(recorder.calls[2], recorder.calls[3]);
    assert_string_equal(recorder.calls + 4, "T");
    end_job(job);
}

static void a_file_that_nobody_listened_to_is_not_told_later(void **context)
{
    (void)context;
    static struct recorder recorder;
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, memory_http_add(&fx.http, u"a", 1000, 1), u"a");
    assert_int_equal(job_set_notify_flags(job, FLAGS_FILES), S_OK);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    recorder_attach(&recorder, job);
    recorder_until(&fx, &recorder.transferred, 1);
    recorder_until_idle(&fx);
    assert_string_equal(recorder.calls, "T");
    end_job(job);
}

static void a_file_is_not_told_by_the_next_host(void **context)
{
    (void)context;
    static struct recorder former;
    static struct recorder recorder;
    uint8_t id[16];
    struct job *job = job_with_files(&former, 1, FLAGS_FILES);
    job_id(job, id);
    former.answers[0] = NOTIFY_REFUSED;
    former.answer_count = 1;
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    recorder_until(&fx, &former.files, 1);
    recorder_until_repeat(&fx);
    job_release(job);
    fixture_reopen(&fx);
    assert_int_equal(engine_find_job(fx.engine, id, &job), S_OK);
    recorder_attach(&recorder, job);
    recorder_until(&fx, &recorder.transferred, 1);
    recorder_until_idle(&fx);
    assert_string_equal(recorder.calls, "T");
    end_job(job);
}

static void whoever_replaces_an_interface_gets_the_file_that_it_refused(void **context)
{
    (void)context;
    static struct recorder former;
    static struct recorder recorder;
    struct job *job = job_with_files(&former, 1, FLAGS_FILES);
    former.answers[0] = NOTIFY_REFUSED;
    former.answer_count = 1;
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    recorder_until(&fx, &former.files, 1);
    recorder_until_repeat(&fx);
    recorder_attach(&recorder, job);
    recorder_until(&fx, &recorder.transferred, 1); /* at once: no time passed */
    assert_string_equal(recorder.calls, "0T");
    assert_string_equal(former.calls, "0");
    end_job(job);
}

static void without_its_flag_a_refused_file_is_forgotten_and_its_job_told(void **context)
{
    (void)context;
    static struct recorder recorder;
    struct job *job = job_with_files(&recorder, 1, FLAGS_FILES);
    refuse_first(&recorder, 1);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    recorder_until(&fx, &recorder.files, 1);
    recorder_until_repeat(&fx);
    assert_int_equal(job_set_notify_flags(job, NOTIFY_FLAG_TRANSFERRED), S_OK);
    recorder_until(&fx, &recorder.transferred, 1); /* no time passed */
    assert_int_equal(job_set_notify_flags(job, FLAGS_FILES), S_OK);
    recorder_until_idle(&fx);
    assert_string_equal(recorder.calls, "0T");
    end_job(job);
}

static HRESULT reject_file(struct job *job)
{
    return job_file_set_valid(job_file_at(job, 0), false);
}

/* Its bytes are no good: it has not ended, whatever the callback answers then. */
static void a_file_that_its_callback_rejects_is_told_when_it_has_come_again(void **context)
{
    (void)context;
    static struct recorder recorder;
    struct job *job = job_with_files(&recorder, 1, FLAGS_FILES);
    recorder.answers[0] = NOTIFY_REFUSED;
    recorder.answers[1] = NOTIFY_DELIVERED;
    recorder.answer_count = 2;
    recorder.inside = reject_file;
    assert_int_equal(job_resume(job), S_OK);
    recorder_until(&fx, &recorder.files, 1);
    assert_int_equal(recorder.inside_result, S_OK);
    recorder.inside = NULL;
    recorder_until_idle(&fx);
    assert_string_equal(recorder.calls, "0");
    assert_int_equal(job_resume(job), S_OK);
    recorder_until(&fx, &recorder.transferred, 1);
    assert_string_equal(recorder.calls, "00T");
    end_job(job);
}

static void a_job_that_is_over_tells_no_file(void **context)
{
    (void)context;
    static struct recorder recorder;
    struct job *job = job_with_files(&recorder, 2, FLAGS_FILES);
    recorder.answers[0] = NOTIFY_REFUSED;
    recorder.answer_count = 1;
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    recorder_until(&fx, &recorder.files, 1);
    recorder_until_repeat(&fx);
    assert_int_equal(job_complete(job), S_OK);
    recorder_until_idle(&fx);
    assert_int_equal(strlen(recorder.calls), 1);
    job_release(job);
}

/* ---- Modifications ---- */

static void a_modification_does_not_wait_for_a_refused_event(void **context)
{
    (void)context;
    static struct recorder recorder;
    struct job *job = job_with_files(&recorder, 1, NOTIFY_FLAG_TRANSFERRED);
    refuse_first(&recorder, 1);
    assert_int_equal(job_resume(job), S_OK);
    recorder_until(&fx, &recorder.transferred, 1);
    recorder_until_repeat(&fx);
    assert_int_equal(job_set_notify_flags(job, NOTIFY_FLAG_TRANSFERRED | NOTIFY_FLAG_MODIFICATION), S_OK);
    recorder_until(&fx, &recorder.modified, 1); /* no time passed */
    recorder_until_repeat(&fx);
    fake_clock_advance(&fx.clock, 1000);
    recorder_until(&fx, &recorder.transferred, 2);
    recorder_until_idle(&fx);
    assert_string_equal(recorder.calls, "TMT");
    end_job(job);
}

static HRESULT describe(struct job *job)
{
    return job_set_description(job, u"changed by its own callback");
}

/* Each JobModification causes another: the event has its turn all the same when its time comes. */
static void modifications_without_end_do_not_starve_a_refused_event(void **context)
{
    (void)context;
    static struct recorder recorder;
    struct job *job = job_with_files(&recorder, 1, NOTIFY_FLAG_TRANSFERRED);
    refuse_first(&recorder, 1);
    assert_int_equal(job_resume(job), S_OK);
    recorder_until(&fx, &recorder.transferred, 1);
    recorder_until_repeat(&fx);
    recorder.inside = describe;
    assert_int_equal(job_set_notify_flags(job, NOTIFY_FLAG_TRANSFERRED | NOTIFY_FLAG_MODIFICATION), S_OK);
    recorder_until(&fx, &recorder.modified, 3);
    fake_clock_advance(&fx.clock, 1000);
    recorder_until(&fx, &recorder.transferred, 2);
    end_job(job);
}

static HANDLE gate;

static HRESULT block(struct job *job)
{
    (void)job;
    return WaitForSingleObject(gate, FIXTURE_LIMIT_MS) == WAIT_OBJECT_0 ? S_OK : E_FAIL;
}

/* A job that is in a call while more happens to it. */
static struct job *busy_job(struct recorder *recorder)
{
    struct job *job = job_with_files(recorder, 1, NOTIFY_FLAG_TRANSFERRED);
    gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    recorder->inside = block;
    assert_int_equal(job_set_notify_flags(job, NOTIFY_FLAG_TRANSFERRED | NOTIFY_FLAG_MODIFICATION), S_OK);
    recorder_until(&fx, &recorder->running, 1);
    return job;
}

static void let_go(struct recorder *recorder, LONG modified)
{
    SetEvent(gate);
    recorder_until(&fx, &recorder->transferred, 1);
    recorder_until(&fx, &recorder->modified, modified);
    recorder_until_idle(&fx);
    assert_int_equal(recorder->overlapped, 0);
    CloseHandle(gate);
}

static void what_comes_after_the_end_is_told_after_it(void **context)
{
    (void)context;
    static struct recorder recorder;
    struct job *job = busy_job(&recorder);
    /* Without the flag, so that the way there is no modification; told or not is decided when a call is due. */
    assert_int_equal(job_set_notify_flags(job, NOTIFY_FLAG_TRANSFERRED), S_OK);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(job_set_notify_flags(job, NOTIFY_FLAG_TRANSFERRED | NOTIFY_FLAG_MODIFICATION), S_OK);
    let_go(&recorder, 2);
    assert_string_equal(recorder.calls, "MTM");
    end_job(job);
}

static void what_comes_before_the_end_is_told_before_it_and_once(void **context)
{
    (void)context;
    static struct recorder recorder;
    struct job *job = busy_job(&recorder);
    assert_int_equal(job_set_description(job, u"first"), S_OK);
    assert_int_equal(job_set_description(job, u"second"), S_OK);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    let_go(&recorder, 2);
    assert_string_equal(recorder.calls, "MMT");
    end_job(job);
}

/* It was for what was owed when the call began. */
static void a_late_answer_does_not_take_the_next_event(void **context)
{
    (void)context;
    static struct recorder recorder;
    struct job *job = job_with_files(&recorder, 1, NOTIFY_FLAG_TRANSFERRED);
    gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    recorder.inside = block;
    assert_int_equal(job_resume(job), S_OK);
    recorder_until(&fx, &recorder.running, 1);
    fixture_add(&fx, job, memory_http_add(&fx.http, u"more", 1000, 5), u"more");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    SetEvent(gate);
    recorder_until(&fx, &recorder.transferred, 2);
    recorder_until_idle(&fx);
    assert_string_equal(recorder.calls, "TT");
    CloseHandle(gate);
    end_job(job);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
    const struct CMUnitTest tests[] = {
        TEST(every_file_is_told_before_its_job),
        TEST(files_are_told_to_those_who_ask),
        TEST(a_refused_file_is_repeated_before_its_job_is_told),
        TEST(the_next_file_waits_for_the_refused_one_and_begins_anew),
        TEST(a_file_that_nobody_listened_to_is_not_told_later),
        TEST(a_file_is_not_told_by_the_next_host),
        TEST(whoever_replaces_an_interface_gets_the_file_that_it_refused),
        TEST(without_its_flag_a_refused_file_is_forgotten_and_its_job_told),
        TEST(a_file_that_its_callback_rejects_is_told_when_it_has_come_again),
        TEST(a_job_that_is_over_tells_no_file),
        TEST(a_modification_does_not_wait_for_a_refused_event),
        TEST(modifications_without_end_do_not_starve_a_refused_event),
        TEST(what_comes_after_the_end_is_told_after_it),
        TEST(a_late_answer_does_not_take_the_next_event),
        TEST(what_comes_before_the_end_is_told_before_it_and_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
