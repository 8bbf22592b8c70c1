/* Each call of the disk, of the queue file or of a file that is transferred, fails once: whoever called gets that failure, the second try succeeds, and the day
 * ends as ever. */
#include "engine_script.h"
#include "fault_file.h"
#include "fault_vfs.h"

#include <sqlite3.h>
#include <windows.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define FEWEST_CALLS 100u

static struct engine_fixture fx;

struct fault {
    int code; /* of SQLite's files */
    uint32_t error;
    HRESULT of_store, of_file;
};

static void assert_named(const struct fault *fault, const struct script_ledger *ledger, uint32_t at)
{
    HRESULT hr = ledger->last_failure;
    if (ledger->failures && hr != fault->of_store && hr != fault->of_file)
        fail_msg("call %u fails with 0x%08lX", at, (unsigned long)hr);
    assert_in_range(ledger->failures, 0, 1);
}

/* False: the day ended before call number `at`. */
static bool live_through_a_fault(const struct fault *fault, uint32_t at)
{
    struct script_ledger ledger = {0};
    char where[80];
    fixture_prepare(&fx, NULL);
    fx.file_ops = fault_file_ops();
    script_prepare(&fx);
    fault_disk_fail(at, fault->code, fault->error, false);
    if (FAILED(fixture_try_start(&fx)))
        fixture_start(&fx);
    HRESULT hr = script_run(&fx, &ledger, NULL);
    if (hr != S_OK)
        fail_msg("call %u: the second try fails, too: 0x%08lX", at, (unsigned long)hr);
    assert_named(fault, &ledger, at);
    script_release(&fx);
    fixture_stop(&fx);
    bool had_failed = fault_disk_heal();
    assert_int_equal(fault_file_open_count(), 0);
    (void)snprintf(where, sizeof(where), "call %u failed with %lu", at, (unsigned long)fault->error);
    script_verify(&fx, &ledger, where);
    temp_dir_remove(&fx.dir);
    return had_failed;
}

static void sweep(const struct fault *fault)
{
    uint32_t at = 0;
    while (live_through_a_fault(fault, at))
        at++;
    assert_in_range(at, FEWEST_CALLS, 10 * FEWEST_CALLS);
    print_message("%u calls failed\n", at);
}

static void a_disk_that_is_full_once_costs_one_call(void **context)
{
    static const struct fault full = {SQLITE_FULL, ERROR_DISK_FULL, HRESULT_OF_WIN32(ERROR_DISK_FULL),
                                      HRESULT_OF_WIN32(ERROR_DISK_FULL)};
    (void)context;
    sweep(&full);
}

static void a_disk_that_refuses_once_costs_one_call(void **context)
{
    static const struct fault refused = {SQLITE_READONLY, ERROR_ACCESS_DENIED, E_ACCESSDENIED, E_ACCESSDENIED};
    (void)context;
    sweep(&refused);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_disk_that_is_full_once_costs_one_call),
        cmocka_unit_test(a_disk_that_refuses_once_costs_one_call),
    };
    fault_vfs_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
