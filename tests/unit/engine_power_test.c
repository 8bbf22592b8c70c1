/* The power goes at any call that changes the disk, of the queue file or of a file that is transferred; what was not flushed is kept, lost or garbage. What
 * was acknowledged is there afterwards, a file under its final name is whole, and the next host finishes the day. */
#include "engine_script.h"
#include "fault_file.h"
#include "fault_vfs.h"

#include <windows.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define FEWEST_CALLS 100u

static struct engine_fixture fx;

/* False: the day ended before call number `cut`. */
static bool live_through_a_cut(uint32_t cut, bool is_done, uint32_t seed)
{
    struct script_ledger ledger = {0};
    char where[80];
    fixture_prepare(&fx, NULL);
    fx.file_ops = fault_file_ops();
    script_prepare(&fx);
    fault_disk_cut(cut, is_done);
    HRESULT hr = fixture_try_start(&fx);
    if (SUCCEEDED(hr)) {
        hr = script_run(&fx, &ledger, fault_disk_is_cut);
        script_release(&fx);
        fixture_stop(&fx);
    }
    bool was_cut = fault_disk_power_up(seed * 1000 + cut);
    assert_true(was_cut || hr == S_OK);
    assert_int_equal(fault_file_open_count(), 0);
    (void)snprintf(where, sizeof(where), "power cut %u, %s, seed %u", cut, is_done ? "after" : "before", seed);
    script_verify(&fx, &ledger, where);
    temp_dir_remove(&fx.dir);
    return was_cut;
}

static void sweep(bool is_done, uint32_t seeds)
{
    uint32_t points = 0;
    for (uint32_t seed = 1; seed <= seeds; seed++) {
        uint32_t cut = 0;
        while (live_through_a_cut(cut, is_done, seed))
            cut++;
        assert_in_range(cut, FEWEST_CALLS, 10 * FEWEST_CALLS);
        points += cut;
    }
    print_message("%u power cuts\n", points);
}

static void what_was_acknowledged_survives_a_cut_after_any_call(void **context)
{
    (void)context;
    sweep(true, 2);
}

static void what_was_acknowledged_survives_a_cut_before_any_call(void **context)
{
    (void)context;
    sweep(false, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_acknowledged_survives_a_cut_after_any_call),
        cmocka_unit_test(what_was_acknowledged_survives_a_cut_before_any_call),
    };
    fault_vfs_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
