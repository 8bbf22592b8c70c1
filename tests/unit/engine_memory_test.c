/* Each request for memory that the engine makes in a day fails once, on whatever thread: the call answers E_OUTOFMEMORY or the job waits, the second try
 * succeeds, nothing is lost, and the day ends as ever. (SQLite's own requests: queue_memory_test.) */
#include "engine_script.h"
#include "test_memory.h"

#include "deliveryoptimizationerrors.h"

#include <windows.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define FEWEST_REQUESTS 120u
#define FEWEST_OF_TELL  3u
#define PROGRAM         u"C:\\tools\\done.exe"
#define QUIET_MS        20u /* an engine that waits so long waits for the clock */

static struct engine_fixture fx;

/* False: the day ended before request number `number`. */
static bool live_through_a_failure(size_t number)
{
    struct script_ledger ledger = {0};
    char where[64];
    size_t blocks = test_memory_blocks();
    fixture_prepare(&fx, NULL);
    script_prepare(&fx);
    test_memory_fail_anywhere(number);
    HRESULT hr = fixture_try_start(&fx);
    if (FAILED(hr)) {
        assert_true(hr == E_OUTOFMEMORY || hr == DO_E_NO_SERVICE);
        assert_int_equal(test_memory_blocks(), blocks);
        fixture_start(&fx);
    }
    hr = script_run(&fx, &ledger, NULL);
    if (hr != S_OK)
        fail_msg("request %zu: the second try fails, too: 0x%08lX", number, (unsigned long)hr);
    if (ledger.failures && (ledger.failures > 1 || ledger.last_failure != E_OUTOFMEMORY))
        fail_msg("request %zu: %u failures, the last one 0x%08lX", number, ledger.failures,
                 (unsigned long)ledger.last_failure);
    script_release(&fx);
    fixture_stop(&fx);
    bool has_failed = test_memory_has_failed_anywhere();
    test_memory_fail_anywhere(0);
    assert_int_equal(test_memory_blocks(), blocks);
    (void)snprintf(where, sizeof(where), "request %zu for memory", number);
    script_verify(&fx, &ledger, where);
    assert_int_equal(test_memory_blocks(), blocks);
    temp_dir_remove(&fx.dir);
    return has_failed;
}

static void memory_that_fails_once_costs_one_call(void **context)
{
    (void)context;
    size_t number = 1;
    while (live_through_a_failure(number))
        number++;
    print_message("%u requests failed\n", (unsigned)number - 1);
    assert_in_range(number, FEWEST_REQUESTS, 10 * FEWEST_REQUESTS);
}

/* ---- What is owed to a program ---- */

static struct job *arrived_job_that_tells_nobody(void)
{
    const struct property_value program = property_of_text(PROPERTY_NOTIFY_PROGRAM, PROGRAM);
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, memory_http_add(&fx.http, u"a", 1000, 1), u"a");
    assert_int_equal(job_set_properties(job, &program, 1), S_OK);
    assert_int_equal(job_set_notify_flags(job, NOTIFY_FLAG_TRANSFERRED | NOTIFY_FLAG_DISABLE), S_OK);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    return job;
}

static void await_program(void)
{
    ULONGLONG deadline = GetTickCount64() + FIXTURE_LIMIT_MS;
    while (!*(volatile LONG *)&fx.processes.started) {
        assert_true(GetTickCount64() < deadline);
        (void)engine_step(fx.engine);
        if (!signal_wait(engine_signal(fx.engine), QUIET_MS))
            fake_clock_advance(&fx.clock, 60000);
    }
}

/* False: the program ran before request number `number`. */
static bool tell_through_a_failure(size_t number)
{
    size_t blocks = test_memory_blocks();
    fixture_open(&fx);
    struct job *job = arrived_job_that_tells_nobody();
    test_memory_fail_anywhere(number);
    HRESULT hr = job_set_notify_flags(job, NOTIFY_FLAG_TRANSFERRED);
    if (hr == E_OUTOFMEMORY)
        hr = job_set_notify_flags(job, NOTIFY_FLAG_TRANSFERRED);
    assert_int_equal(hr, S_OK);
    await_program();
    bool has_failed = test_memory_has_failed_anywhere();
    test_memory_fail_anywhere(0);
    assert_int_equal(wcscmp(fx.processes.items[0].program, PROGRAM), 0);
    fake_process_end(&fx.processes, 0, 0);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    fixture_close(&fx);
    assert_int_equal(fx.processes.started, 1);
    assert_int_equal(test_memory_blocks(), blocks);
    return has_failed;
}

static void a_program_is_run_in_the_end_whatever_memory_fails(void **context)
{
    (void)context;
    size_t number = 1;
    while (tell_through_a_failure(number))
        number++;
    print_message("%u requests failed\n", (unsigned)number - 1);
    assert_in_range(number, FEWEST_OF_TELL, 100 * FEWEST_OF_TELL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_that_fails_once_costs_one_call),
        cmocka_unit_test(a_program_is_run_in_the_end_whatever_memory_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
