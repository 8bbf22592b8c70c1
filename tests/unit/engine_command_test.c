/* Whom a job tells when no interface is set: an object of the class that the client named, then its command line. Programs are fakes; time is the fake clock's. */
#include "engine_fixture.h"
#include "recording_target.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define PROGRAM u"C:\\tools\\done.exe"
#define LINE    u"done.exe \"{id}\" /quiet"

static struct engine_fixture fx;

/* ---- The class ---- */

static struct {
    volatile LONG calls;
    enum notify_kind kind;
    uint8_t class_id[16];
    enum notify_outcome answer;
} class_object;

static enum notify_outcome deliver_to_class(const uint8_t class_id[16], struct job *job,
                                            const struct notify_event *event)
{
    (void)job;
    memcpy(class_object.class_id, class_id, sizeof(class_object.class_id));
    class_object.kind = event->kind;
    InterlockedIncrement(&class_object.calls);
    return class_object.answer;
}

static const uint8_t class_id[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

static void set_class(struct job *job)
{
    struct property_value value = property_of_bytes(PROPERTY_NOTIFICATION_CLSID, class_id, sizeof(class_id));
    assert_int_equal(job_set_properties(job, &value, 1), S_OK);
}

static int open_fixture(void **context)
{
    (void)context;
    fixture_open(&fx);
    fx.deliver_to_class = deliver_to_class;
    fixture_reopen(&fx);
    memset(&class_object, 0, sizeof(class_object));
    return 0;
}

static int close_fixture(void **context)
{
    (void)context;
    fixture_close(&fx);
    assert_int_equal(fx.processes.started, fx.processes.released); /* none was refused, or the test says so */
    return 0;
}

/* ---- Jobs ---- */

static void set_command(struct job *job)
{
    const struct property_value values[] = {property_of_text(PROPERTY_NOTIFY_PROGRAM, PROGRAM),
                                            property_of_text(PROPERTY_NOTIFY_PARAMETERS, LINE)};
    assert_int_equal(job_set_properties(job, values, 2), S_OK);
}

static void set_retry_delay(struct job *job, uint32_t seconds)
{
    struct property_value value = property_of_bytes(PROPERTY_MINIMUM_RETRY_DELAY, &seconds, sizeof(seconds));
    assert_int_equal(job_set_properties(job, &value, 1), S_OK);
}

static struct job *job_with_file(void)
{
    struct job *job = fixture_job(&fx);
    char16_t name[8];
    (void)swprintf(name, ARRAYSIZE(name), L"f%u", (unsigned)fx.http.resource_count);
    fixture_add(&fx, job, memory_http_add(&fx.http, name, 1000, 1), name);
    return job;
}

static struct job *job_with_command(void)
{
    struct job *job = job_with_file();
    set_command(job);
    return job;
}

static void until_started(LONG count)
{
    recorder_until(&fx, (volatile LONG *)&fx.processes.started, count);
}

static void end_program(unsigned number, uint32_t exit_code)
{
    LONG released = fx.processes.released;
    fake_process_end(&fx.processes, number, exit_code);
    recorder_until(&fx, (volatile LONG *)&fx.processes.released, released + 1);
}

static void end_job(struct job *job)
{
    assert_int_equal(job_cancel(job), S_OK);
    job_release(job);
}

/* The next call comes `milliseconds` from now, and not before. */
static void assert_next_start_after(uint64_t milliseconds)
{
    LONG started = fx.processes.started;
    recorder_until_repeat(&fx);
    fixture_advance(&fx, milliseconds - 1);
    assert_int_equal(fx.processes.started, started);
    fake_clock_advance(&fx.clock, 1);
    until_started(started + 1);
}

/* ---- The command line ---- */

static void it_is_run_as_given_and_once(void **context)
{
    (void)context;
    struct job *job = job_with_command();
    assert_int_equal(job_resume(job), S_OK);
    until_started(1);
    assert_int_equal(wcscmp(fx.processes.items[0].program, PROGRAM), 0);
    assert_int_equal(wcscmp(fx.processes.items[0].command_line, LINE), 0);
    assert_int_equal(job_state(job), JOB_TRANSFERRED);
    end_program(0, 0);
    recorder_until_idle(&fx);
    job_release(job);
    fixture_reopen(&fx); /* it was told: the next host does not owe it */
    recorder_until_idle(&fx);
    assert_int_equal(fx.processes.started, 1);
}

static void it_is_run_on_an_error_and_without_parameters(void **context)
{
    (void)context;
    struct job *job = job_with_file();
    fx.http.resources[0].status = 404;
    struct property_value value = property_of_text(PROPERTY_NOTIFY_PROGRAM, PROGRAM);
    assert_int_equal(job_set_properties(job, &value, 1), S_OK);
    assert_int_equal(job_resume(job), S_OK);
    until_started(1);
    assert_int_equal(wcscmp(fx.processes.items[0].command_line, L"(none)"), 0);
    end_program(0, 0);
    end_job(job);
}

static void a_program_that_fails_is_run_again_after_the_retry_delay(void **context)
{
    (void)context;
    struct job *job = job_with_command();
    set_retry_delay(job, 7);
    assert_int_equal(job_resume(job), S_OK);
    until_started(1);
    end_program(0, 1);
    assert_next_start_after(7000);
    end_program(1, 2);
    assert_next_start_after(14000);
    end_program(2, 0);
    recorder_until_idle(&fx);
    assert_int_equal(fx.processes.started, 3);
    end_job(job);
}

static void the_retry_delay_is_ten_minutes_until_it_is_set(void **context)
{
    (void)context;
    struct job *job = job_with_command();
    assert_int_equal(job_resume(job), S_OK);
    until_started(1);
    end_program(0, 1);
    assert_next_start_after(600000);
    end_program(1, 1);
    assert_next_start_after(600000); /* the longest of our waits, too */
    end_program(2, 0);
    end_job(job);
}

static void a_program_that_cannot_be_started_is_tried_again(void **context)
{
    (void)context;
    struct job *job = job_with_command();
    fx.processes.refusal = (HRESULT)0x80070002;
    set_retry_delay(job, 5);
    assert_int_equal(job_resume(job), S_OK);
    until_started(1);
    recorder_until_repeat(&fx);
    fx.processes.refusal = S_OK;
    assert_next_start_after(5000);
    end_program(1, 0);
    recorder_until_idle(&fx);
    fx.processes.released++; /* the one that never was */
    end_job(job);
}

static void a_job_that_is_over_runs_nothing_again(void **context)
{
    (void)context;
    struct job *job = job_with_command();
    assert_int_equal(job_resume(job), S_OK);
    until_started(1);
    assert_int_equal(job_complete(job), S_OK);
    fake_process_end(&fx.processes, 0, 1);
    recorder_until_idle(&fx);
    assert_int_equal(fx.processes.started, 1);
    job_release(job);
}

/* It goes on, but nothing of ours waits for it. */
static void a_program_that_outlives_its_job_is_watched_no_more(void **context)
{
    (void)context;
    struct job *job = job_with_command();
    assert_int_equal(job_resume(job), S_OK);
    until_started(1);
    end_job(job);
    recorder_until(&fx, (volatile LONG *)&fx.processes.released, 1);
    recorder_until_idle(&fx);
}

static void the_next_host_runs_what_the_former_could_not_see_end(void **context)
{
    (void)context;
    uint8_t id[16];
    struct job *job = job_with_command();
    job_id(job, id);
    assert_int_equal(job_resume(job), S_OK);
    until_started(1);
    assert_false(engine_is_idle(fx.engine));
    job_release(job);
    fixture_reopen(&fx);
    assert_int_equal(fx.processes.released, 1);
    until_started(2); /* no client has come */
    end_program(1, 0);
    assert_int_equal(engine_find_job(fx.engine, id, &job), S_OK);
    end_job(job);
}

static void modifications_and_files_are_not_told_while_it_is_set(void **context)
{
    (void)context;
    static struct recorder recorder;
    struct job *job = job_with_command();
    recorder_attach(&recorder, job);
    assert_int_equal(job_set_notify_flags(job, NOTIFY_FLAG_ALL & ~(uint32_t)NOTIFY_FLAG_DISABLE), S_OK);
    assert_int_equal(job_resume(job), S_OK);
    recorder_until(&fx, &recorder.transferred, 1);
    recorder_until_idle(&fx);
    assert_string_equal(recorder.calls, "T");
    assert_int_equal(fx.processes.started, 0); /* the interface took it */
    end_job(job);
}

static void an_interface_that_refuses_is_followed_by_it_at_once(void **context)
{
    (void)context;
    static struct recorder recorder;
    struct job *job = job_with_command();
    recorder_attach(&recorder, job);
    recorder.answers[0] = NOTIFY_REFUSED;
    recorder.answer_count = 1;
    set_retry_delay(job, 5);
    assert_int_equal(job_resume(job), S_OK);
    until_started(1); /* no time passed */
    assert_string_equal(recorder.calls, "T");
    end_program(0, 1);
    assert_next_start_after(5000); /* it took over: the interface is not asked again */
    end_program(1, 0);
    assert_string_equal(recorder.calls, "T");
    end_job(job);
}

static void an_interface_that_is_gone_is_followed_by_it(void **context)
{
    (void)context;
    static struct recorder recorder;
    struct job *job = job_with_command();
    recorder_attach(&recorder, job);
    recorder.answers[0] = NOTIFY_GONE;
    recorder.answer_count = 1;
    assert_int_equal(job_resume(job), S_OK);
    until_started(1);
    end_program(0, 0);
    end_job(job);
}

static void an_interface_that_is_set_while_it_waits_is_called_at_once(void **context)
{
    (void)context;
    static struct recorder recorder;
    struct job *job = job_with_command();
    assert_int_equal(job_resume(job), S_OK);
    until_started(1);
    end_program(0, 1);
    recorder_until_repeat(&fx);
    recorder_attach(&recorder, job);
    recorder_until(&fx, &recorder.transferred, 1);
    recorder_until_idle(&fx);
    assert_int_equal(fx.processes.started, 1);
    end_job(job);
}

static void a_flag_that_is_not_set_runs_nothing(void **context)
{
    (void)context;
    struct job *job = job_with_command();
    assert_int_equal(job_set_notify_flags(job, NOTIFY_FLAG_ERROR), S_OK);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    recorder_until_idle(&fx);
    assert_int_equal(fx.processes.started, 0);
    end_job(job);
}

static HRESULT be_somebody_else(struct identity *identity, struct caller *caller)
{
    (void)identity;
    memset(caller, 0, sizeof(*caller));
    (void)swprintf(caller->sid, ARRAYSIZE(caller->sid), L"S-1-5-21-1-2-3-1001");
    return S_OK;
}

static void it_is_run_for_its_own_user_alone(void **context)
{
    (void)context;
    struct job *job = job_with_command();
    assert_int_equal(job_resume(job), S_OK);
    fx.identity.caller = be_somebody_else;
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    recorder_until_repeat(&fx);
    assert_int_equal(fx.processes.started, 0);
    end_job(job);
}

/* More than there are call threads. */
static void programs_that_run_for_long_hold_up_nobody(void **context)
{
    (void)context;
    enum { COUNT = 20 };
    static struct recorder recorder;
    struct job *jobs[COUNT];
    for (unsigned i = 0; i < COUNT; i++) {
        jobs[i] = job_with_command();
        assert_int_equal(job_resume(jobs[i]), S_OK);
    }
    until_started(COUNT);
    struct job *job = job_with_file();
    recorder_attach(&recorder, job);
    assert_int_equal(job_resume(job), S_OK);
    recorder_until(&fx, &recorder.transferred, 1);
    assert_int_equal(fx.processes.released, 0);
    for (unsigned i = 0; i < COUNT; i++)
        end_program(i, 0); /* in the order of their starts */
    for (unsigned i = 0; i < COUNT; i++)
        end_job(jobs[i]);
    end_job(job);
}

/* ---- The class ---- */

static void an_object_of_the_class_is_called_when_no_interface_is_set(void **context)
{
    (void)context;
    struct job *job = job_with_file();
    set_class(job);
    assert_int_equal(job_set_notify_flags(job, NOTIFY_FLAG_TRANSFERRED), S_OK);
    assert_int_equal(job_resume(job), S_OK);
    recorder_until(&fx, &class_object.calls, 1);
    assert_memory_equal(class_object.class_id, class_id, sizeof(class_id));
    assert_int_equal(class_object.kind, NOTIFY_TRANSFERRED);
    recorder_until_idle(&fx);
    assert_int_equal(class_object.calls, 1);
    end_job(job);
}

static void the_interface_goes_before_the_class_and_the_class_before_the_command(void **context)
{
    (void)context;
    static struct recorder recorder;
    struct job *job = job_with_command();
    set_class(job);
    class_object.answer = NOTIFY_REFUSED;
    assert_int_equal(job_resume(job), S_OK);
    until_started(1);
    assert_int_equal(class_object.calls, 1);
    recorder_attach(&recorder, job); /* while the program runs, which then fails */
    end_program(0, 1);
    recorder_until(&fx, &recorder.transferred, 1);
    recorder_until_idle(&fx);
    assert_int_equal(class_object.calls, 1);
    assert_int_equal(fx.processes.started, 1);
    end_job(job);
}

static void a_class_that_is_named_later_gets_what_is_owed(void **context)
{
    (void)context;
    struct job *job = job_with_file();
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    recorder_until_idle(&fx);
    set_class(job);
    recorder_until(&fx, &class_object.calls, 1);
    end_job(job);
}

static void a_class_without_objects_is_tried_again_and_does_not_count_as_gone(void **context)
{
    (void)context;
    struct job *job = job_with_file();
    set_class(job);
    class_object.answer = NOTIFY_REFUSED;
    assert_int_equal(job_resume(job), S_OK);
    recorder_until(&fx, &class_object.calls, 1);
    recorder_until_repeat(&fx);
    class_object.answer = NOTIFY_DELIVERED;
    fake_clock_advance(&fx.clock, 1000);
    recorder_until(&fx, &class_object.calls, 2);
    recorder_until_idle(&fx);
    end_job(job);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
    const struct CMUnitTest tests[] = {
        TEST(it_is_run_as_given_and_once),
        TEST(it_is_run_on_an_error_and_without_parameters),
        TEST(a_program_that_fails_is_run_again_after_the_retry_delay),
        TEST(the_retry_delay_is_ten_minutes_until_it_is_set),
        TEST(a_program_that_cannot_be_started_is_tried_again),
        TEST(a_job_that_is_over_runs_nothing_again),
        TEST(a_program_that_outlives_its_job_is_watched_no_more),
        TEST(the_next_host_runs_what_the_former_could_not_see_end),
        TEST(modifications_and_files_are_not_told_while_it_is_set),
        TEST(an_interface_that_refuses_is_followed_by_it_at_once),
        TEST(an_interface_that_is_gone_is_followed_by_it),
        TEST(an_interface_that_is_set_while_it_waits_is_called_at_once),
        TEST(a_flag_that_is_not_set_runs_nothing),
        TEST(it_is_run_for_its_own_user_alone),
        TEST(programs_that_run_for_long_hold_up_nobody),
        TEST(an_object_of_the_class_is_called_when_no_interface_is_set),
        TEST(the_interface_goes_before_the_class_and_the_class_before_the_command),
        TEST(a_class_that_is_named_later_gets_what_is_owed),
        TEST(a_class_without_objects_is_tried_again_and_does_not_count_as_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
