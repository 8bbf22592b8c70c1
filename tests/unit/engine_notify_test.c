/* What clients are told, when, and how often. Call threads are real; time is the fake clock's. */
#include "engine_fixture.h"
#include "recording_target.h"
#include "thread.h"

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

static struct job *job_with(struct recorder *recorder, const struct memory_resource *resource, const char16_t *name)
{
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, resource, name);
    recorder_attach(recorder, job);
    return job;
}

static void end_job(struct job *job)
{
    assert_int_equal(job_cancel(job), S_OK);
    job_release(job);
}

static void a_transferred_job_is_told_once(void **context)
{
    (void)context;
    static struct recorder recorder;
    struct job *job = job_with(&recorder, memory_http_add(&fx.http, u"a", 1000, 1), u"a");
    assert_int_equal(job_resume(job), S_OK);
    recorder_until(&fx, &recorder.transferred, 1);
    recorder_until_idle(&fx);
    assert_int_equal(recorder.transferred, 1);
    assert_int_equal(recorder.errors, 0);
    assert_int_equal(recorder.modified, 0);
    end_job(job);
}

static void an_error_is_told_once_with_its_code(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"b", 1000, 2);
    static struct recorder recorder;
    resource->status = 403;
    struct job *job = job_with(&recorder, resource, u"b");
    assert_int_equal(job_resume(job), S_OK);
    recorder_until(&fx, &recorder.errors, 1);
    recorder_until_idle(&fx);
    assert_int_equal(recorder.errors, 1);
    assert_int_equal(recorder.error, HRESULT_OF_HTTP_STATUS(403));
    end_job(job);
}

static void a_transient_error_is_not_told(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"c", 1000, 3);
    static struct recorder recorder;
    resource->failure = (HRESULT)0x80072EFD;
    struct job *job = job_with(&recorder, resource, u"c");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    resource->failure = S_OK;
    fixture_advance(&fx, 2000);
    recorder_until(&fx, &recorder.transferred, 1);
    assert_int_equal(recorder.errors, 0);
    end_job(job);
}

static void a_refused_event_is_repeated_with_growing_delays(void **context)
{
    (void)context;
    static struct recorder recorder;
    struct job *job = job_with(&recorder, memory_http_add(&fx.http, u"d", 1000, 4), u"d");
    recorder.answers[0] = recorder.answers[1] = NOTIFY_REFUSED;
    recorder.answers[2] = NOTIFY_DELIVERED;
    recorder.answer_count = 3;
    assert_int_equal(job_resume(job), S_OK);
    recorder_until(&fx, &recorder.transferred, 1);
    recorder_until_repeat(&fx);
    assert_false(engine_is_idle(fx.engine));
    fixture_advance(&fx, 999);
    assert_int_equal(recorder.transferred, 1);
    fake_clock_advance(&fx.clock, 1);
    recorder_until(&fx, &recorder.transferred, 2);
    recorder_until_repeat(&fx);
    fixture_advance(&fx, 1999);
    assert_int_equal(recorder.transferred, 2);
    fake_clock_advance(&fx.clock, 1);
    recorder_until(&fx, &recorder.transferred, 3);
    recorder_until_idle(&fx);
    assert_int_equal(recorder.transferred, 3);
    end_job(job);
}

static void an_owed_event_waits_for_an_interface_also_across_hosts(void **context)
{
    (void)context;
    static struct recorder recorder;
    uint8_t id[16];
    struct job *job = fixture_job(&fx);
    job_id(job, id);
    fixture_add(&fx, job, memory_http_add(&fx.http, u"e", 1000, 5), u"e");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    job_release(job);
    fixture_reopen(&fx);
    assert_int_equal(engine_find_job(fx.engine, id, &job), S_OK);
    recorder_init(&recorder);
    assert_int_equal(job_set_notify_target(job, &recorder.target), S_OK);
    recorder_until(&fx, &recorder.transferred, 1);
    recorder_until_idle(&fx);
    job_release(job);
    /* Delivered is delivered: the next host owes nothing. */
    fixture_reopen(&fx);
    assert_int_equal(engine_find_job(fx.engine, id, &job), S_OK);
    assert_int_equal(job_set_notify_target(job, &recorder.target), S_OK);
    recorder_until_idle(&fx);
    assert_int_equal(recorder.transferred, 1);
    end_job(job);
    notify_target_release(&recorder.target);
}

static void flags_count_when_the_event_is_delivered(void **context)
{
    (void)context;
    static struct recorder recorder;
    struct job *job = job_with(&recorder, memory_http_add(&fx.http, u"f", 1000, 6), u"f");
    assert_int_equal(job_set_notify_flags(job, NOTIFY_FLAG_TRANSFERRED | NOTIFY_FLAG_DISABLE), S_OK);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    recorder_until_idle(&fx);
    assert_int_equal(recorder.transferred, 0);
    assert_int_equal(job_set_notify_flags(job, NOTIFY_FLAG_TRANSFERRED), S_OK);
    recorder_until(&fx, &recorder.transferred, 1);
    assert_int_equal(job_set_notify_flags(job, 0x40), E_NOTIMPL);
    end_job(job);
}

static void an_interface_that_is_gone_is_dropped_and_the_event_stays_owed(void **context)
{
    (void)context;
    static struct recorder gone;
    static struct recorder next;
    struct job *job = job_with(&gone, memory_http_add(&fx.http, u"g", 1000, 7), u"g");
    gone.answers[0] = NOTIFY_GONE;
    gone.answer_count = 1;
    assert_int_equal(job_resume(job), S_OK);
    recorder_until(&fx, &gone.destroyed, 1);
    assert_null(job_notify_target(job));
    recorder_attach(&next, job);
    recorder_until(&fx, &next.transferred, 1);
    assert_int_equal(gone.transferred, 1);
    end_job(job);
}

static void modifications_are_told_together(void **context)
{
    (void)context;
    static struct recorder recorder;
    struct job *job = job_with(&recorder, memory_http_add(&fx.http, u"h", 1000, 8), u"h");
    assert_int_equal(job_set_notify_flags(job, NOTIFY_FLAG_MODIFICATION | NOTIFY_FLAG_TRANSFERRED), S_OK);
    for (unsigned i = 0; i < 50; i++)
        assert_int_equal(job_set_notify_flags(job, NOTIFY_FLAG_MODIFICATION | NOTIFY_FLAG_TRANSFERRED), S_OK);
    recorder_until(&fx, &recorder.modified, 1);
    recorder_until_idle(&fx);
    assert_int_equal(recorder.modified, 1); /* no thread ran before the first step: all fifty are one */
    assert_int_equal(job_resume(job), S_OK);
    recorder_until(&fx, &recorder.transferred, 1);
    recorder_until_idle(&fx);
    assert_int_equal(recorder.transferred, 1);
    assert_int_equal(recorder.overlapped, 0);
    end_job(job);
}

static void a_callback_may_complete_its_job(void **context)
{
    (void)context;
    static struct recorder recorder;
    struct job *job = job_with(&recorder, memory_http_add(&fx.http, u"i", 1000, 9), u"i");
    recorder.inside = job_complete;
    assert_int_equal(job_resume(job), S_OK);
    recorder_until(&fx, &recorder.transferred, 1);
    assert_int_equal(recorder.inside_result, S_OK);
    assert_int_equal(job_state(job), JOB_ACKNOWLEDGED);
    recorder_until_idle(&fx);
    job_release(job);
    fixture_assert_file(&fx, u"i", 9, 1000);
}

static HRESULT clear_target(struct job *job)
{
    return job_set_notify_target(job, NULL);
}

static void a_callback_may_clear_its_interface(void **context)
{
    (void)context;
    static struct recorder recorder;
    struct job *job = job_with(&recorder, memory_http_add(&fx.http, u"j", 1000, 10), u"j");
    recorder.inside = clear_target;
    recorder.answers[0] = NOTIFY_REFUSED;
    recorder.answer_count = 1;
    assert_int_equal(job_resume(job), S_OK);
    recorder_until(&fx, &recorder.destroyed, 1);
    assert_int_equal(recorder.inside_result, S_OK);
    recorder_until_idle(&fx);
    assert_int_equal(recorder.transferred, 1);
    end_job(job);
}

static HANDLE blocked_gate;

static HRESULT block(struct job *job)
{
    (void)job;
    return WaitForSingleObject(blocked_gate, FIXTURE_LIMIT_MS) == WAIT_OBJECT_0 ? S_OK : E_FAIL;
}

static void a_blocked_callback_delays_its_own_job_alone(void **context)
{
    (void)context;
    static struct recorder blocked;
    static struct recorder other;
    blocked_gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    struct job *first = job_with(&blocked, memory_http_add(&fx.http, u"k", 1000, 11), u"k");
    blocked.inside = block;
    assert_int_equal(job_resume(first), S_OK);
    recorder_until(&fx, &blocked.running, 1);
    struct job *second = job_with(&other, memory_http_add(&fx.http, u"l", 1000, 12), u"l");
    assert_int_equal(job_resume(second), S_OK);
    recorder_until(&fx, &other.transferred, 1);
    assert_int_equal(blocked.transferred, 0);
    SetEvent(blocked_gate);
    recorder_until(&fx, &blocked.transferred, 1);
    assert_int_equal(blocked.inside_result, S_OK);
    CloseHandle(blocked_gate);
    end_job(first);
    end_job(second);
}

static void clearing_an_interface_waits_for_no_call_and_ends_its_repetition(void **context)
{
    (void)context;
    static struct recorder recorder;
    blocked_gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    struct job *job = job_with(&recorder, memory_http_add(&fx.http, u"o", 1000, 15), u"o");
    recorder.inside = block;
    recorder.answers[0] = NOTIFY_REFUSED;
    recorder.answer_count = 1;
    assert_int_equal(job_resume(job), S_OK);
    recorder_until(&fx, &recorder.running, 1);
    assert_int_equal(job_set_notify_target(job, NULL), S_OK); /* from another thread than the call's */
    assert_true(atomic_load(&recorder.target.is_withdrawn));
    assert_int_equal(recorder.destroyed, 0); /* the call holds it */
    SetEvent(blocked_gate);
    recorder_until(&fx, &recorder.destroyed, 1);
    recorder_until_idle(&fx);
    assert_int_equal(recorder.transferred, 1);
    CloseHandle(blocked_gate);
    end_job(job);
}

/* 1 s, 2 s, 4 s, ... up to ten minutes. */
static void the_delay_doubles_up_to_ten_minutes(void **context)
{
    (void)context;
    static struct recorder recorder;
    static const uint64_t seconds[] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600};
    struct job *job = job_with(&recorder, memory_http_add(&fx.http, u"p", 1000, 16), u"p");
    recorder.answers[0] = NOTIFY_REFUSED;
    recorder.answer_count = 1;
    assert_int_equal(job_resume(job), S_OK);
    recorder_until(&fx, &recorder.transferred, 1);
    for (LONG i = 0; i < (LONG)ARRAYSIZE(seconds); i++) {
        recorder_until_repeat(&fx);
        fixture_advance(&fx, seconds[i] * 1000 - 1);
        assert_int_equal(recorder.transferred, i + 1);
        fake_clock_advance(&fx.clock, 1);
        recorder_until(&fx, &recorder.transferred, i + 2);
    }
    end_job(job);
}

/* Steps only when the engine asks for it, as its thread does; gives up long before a blocked callback does. */
static void until_count_by_signal(volatile LONG *counter, LONG count)
{
    ULONGLONG deadline = GetTickCount64() + FIXTURE_LIMIT_MS / 2;
    while (InterlockedCompareExchange(counter, 0, 0) < count) {
        if (GetTickCount64() >= deadline)
            fail_msg("the engine was not woken");
        if (signal_wait(engine_signal(fx.engine), 2000))
            (void)engine_step(fx.engine);
    }
}

static void a_job_that_waits_behind_a_blocked_callback_gets_a_thread(void **context)
{
    (void)context;
    static struct recorder blocked[2];
    blocked_gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    struct job *first = job_with(&blocked[0], memory_http_add(&fx.http, u"m", 1000, 13), u"m");
    struct job *second = job_with(&blocked[1], memory_http_add(&fx.http, u"n", 1000, 14), u"n");
    blocked[0].inside = blocked[1].inside = block;
    assert_int_equal(job_set_notify_flags(first, NOTIFY_FLAG_MODIFICATION), S_OK);
    assert_int_equal(job_set_notify_flags(second, NOTIFY_FLAG_MODIFICATION), S_OK);
    until_count_by_signal(&blocked[0].running, 1); /* both were ready when the first thread came */
    until_count_by_signal(&blocked[1].running, 1);
    SetEvent(blocked_gate);
    recorder_until(&fx, &blocked[0].modified, 1);
    recorder_until(&fx, &blocked[1].modified, 1);
    CloseHandle(blocked_gate);
    assert_int_equal(job_cancel(first), S_OK);
    assert_int_equal(job_cancel(second), S_OK);
    recorder_until_idle(&fx);
    job_release(first);
    job_release(second);
}

/* ---- Without threads ---- */

static bool has_no_thread; /* the system gives none for calls */

HRESULT __real_thread_start(const char16_t *name, void (*run)(void *context), void *context, struct thread **thread);
HRESULT __wrap_thread_start(const char16_t *name, void (*run)(void *context), void *context, struct thread **thread);

HRESULT __wrap_thread_start(const char16_t *name, void (*run)(void *context), void *context, struct thread **thread)
{
    if (has_no_thread && wcscmp(name, L"dosvc call") == 0)
        return E_OUTOFMEMORY;
    return __real_thread_start(name, run, context, thread);
}

static void without_a_thread_it_is_tried_again_after_a_second(void **context)
{
    (void)context;
    static struct recorder recorder;
    struct job *job = job_with(&recorder, memory_http_add(&fx.http, u"q", 1000, 17), u"q");
    has_no_thread = true;
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    fixture_advance(&fx, 10000); /* nothing else is due any more */
    uint64_t next = engine_step(fx.engine);
    assert_int_equal(next, fx.clock.clock.now(&fx.clock.clock) + 1000);
    has_no_thread = false;
    fake_clock_advance(&fx.clock, 1000);
    recorder_until(&fx, &recorder.transferred, 1);
    end_job(job);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
    const struct CMUnitTest tests[] = {
        TEST(a_transferred_job_is_told_once),
        TEST(an_error_is_told_once_with_its_code),
        TEST(a_transient_error_is_not_told),
        TEST(a_refused_event_is_repeated_with_growing_delays),
        TEST(an_owed_event_waits_for_an_interface_also_across_hosts),
        TEST(flags_count_when_the_event_is_delivered),
        TEST(an_interface_that_is_gone_is_dropped_and_the_event_stays_owed),
        TEST(modifications_are_told_together),
        TEST(a_callback_may_complete_its_job),
        TEST(a_callback_may_clear_its_interface),
        TEST(a_blocked_callback_delays_its_own_job_alone),
        TEST(clearing_an_interface_waits_for_no_call_and_ends_its_repetition),
        TEST(the_delay_doubles_up_to_ten_minutes),
        TEST(without_a_thread_it_is_tried_again_after_a_second),
        TEST(a_job_that_waits_behind_a_blocked_callback_gets_a_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
