/* Each request for memory that the engine makes in a day fails once, on whatever thread: the call answers E_OUTOFMEMORY or the job waits, the second try
 * succeeds, nothing is lost, and the day ends as ever. (SQLite's own requests: queue_memory_test.) */
#include "engine_script.h"
#include "test_memory.h"

#include "deliveryoptimizationerrors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define FEWEST_REQUESTS 120u

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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(memory_that_fails_once_costs_one_call)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
