/* Registration when the registry or the heap fails it at each step in turn, and when the process ends at each step. */
#include <windows.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>

#include <cmocka.h>

#include "memory_faults.h"
#include "registration.h"
#include "registration_fixture.h"
#include "registry_faults.h"
#include "registry_snapshot.h"

static HRESULT write_ours(void)
{
    return registration_write(&registry_ops_faulty, scratch, OUR_PATH);
}

static HRESULT remove_ours(void)
{
    return registration_remove(&registry_ops_faulty, scratch);
}

/* Fails the first call, the second ... until all succeed; each failure must be told and leave everything as it was. */
static void sweep(HRESULT (*operation)(void))
{
    char *before = registry_snapshot(scratch);
    unsigned int step;

    for (step = 1; step < 1000; step++) {
        HRESULT hr;

        registry_faults_fail_once(step, ERROR_ACCESS_DENIED);
        hr = operation();
        if (!registry_faults_happened()) {
            registry_faults_off();
            assert_int_equal(hr, S_OK);
            break;
        }
        registry_faults_off();
        assert_int_equal(hr, E_ACCESSDENIED);
        assert_scratch(before);
    }
    assert_in_range(step, 20, 999);
    assert_int_equal(registry_faults_open_keys(), 0);
    free(before);
}

static void failed_registration_leaves_an_empty_registry_as_it_was(void **state)
{
    (void)state;
    sweep(write_ours);
    assert_classes(registered_classes);
}

static void failed_registration_leaves_a_foreign_server_as_it_was(void **state)
{
    (void)state;
    seed_foreign_server();
    sweep(write_ours);
}

static void failed_removal_leaves_the_registration_as_it_was(void **state)
{
    (void)state;
    assert_int_equal(write_ours(), S_OK);
    sweep(remove_ours);
    assert_scratch("");
}

static void failed_removal_over_a_foreign_server_leaves_the_registration_as_it_was(void **state)
{
    char *before;

    (void)state;
    seed_foreign_server();
    before = registry_snapshot(scratch);
    assert_int_equal(write_ours(), S_OK);
    sweep(remove_ours);
    assert_scratch(before);
    free(before);
}

/* The same with memory: the first request fails, the second ... */
static void sweep_memory(HRESULT (*operation)(void))
{
    char *before = registry_snapshot(scratch);
    size_t blocks = memory_faults_blocks();
    size_t step;
    HRESULT hr = E_OUTOFMEMORY;

    for (step = 0; hr == E_OUTOFMEMORY && step < 1000; step++) {
        assert_scratch(before);
        memory_faults_fail(step + 1);
        hr = operation();
        memory_faults_fail(0);
        assert_int_equal(memory_faults_blocks(), blocks);
    }
    assert_int_equal(hr, S_OK);
    assert_in_range(step, 20, 999);
    free(before);
}

static void out_of_memory_leaves_the_registry_as_it_was(void **state)
{
    (void)state;
    seed_foreign_server();
    sweep_memory(write_ours);
    sweep_memory(remove_ours);
}

/* A caller without rights: every call that writes is refused. */
static void without_the_right_access_is_denied_and_nothing_is_written(void **state)
{
    char *before;

    (void)state;
    seed_foreign_server();
    before = registry_snapshot(scratch);
    registry_faults_deny_writes();
    assert_int_equal(write_ours(), E_ACCESSDENIED);
    assert_scratch(before);
    registry_faults_off();
    free(before);
}

/* The process ends between two calls of the operation, as if killed. Gives whether it did, rather than finish first. */
static bool cut_short(HRESULT (*operation)(void), unsigned int step)
{
    bool cut;

    registry_faults_fail_from(step, ERROR_ACCESS_DENIED);
    operation();
    cut = registry_faults_happened();
    registry_faults_off();
    return cut;
}

/* A fresh scratch key with a foreign server in it. Gives what stands there. */
static char *prepare_foreign_server(void **state)
{
    assert_int_equal(drop_scratch(state), 0);
    assert_int_equal(make_scratch(state), 0);
    seed_foreign_server();
    return registry_snapshot_values(scratch, L"Software\\Classes");
}

static void registration_that_was_cut_short_can_be_removed_or_repeated(void **state)
{
    bool cut = true;

    for (unsigned int step = 1; cut; step++) {
        for (int repeat = 0; repeat < 2; repeat++) {
            char *before = prepare_foreign_server(state);

            cut = cut_short(write_ours, step);
            if (repeat) {
                assert_int_equal(write_ours(), S_OK);
            }
            assert_int_equal(remove_ours(), S_OK);
            assert_classes(before);
            free(before);
        }
        assert_in_range(step, cut ? 1 : 20, 999);
    }
}

static void removal_that_was_cut_short_can_be_repeated(void **state)
{
    bool cut = true;

    for (unsigned int step = 1; cut; step++) {
        char *before = prepare_foreign_server(state);

        assert_int_equal(write_ours(), S_OK);
        cut = cut_short(remove_ours, step);
        assert_int_equal(remove_ours(), S_OK);
        assert_classes(before);
        free(before);
        assert_in_range(step, cut ? 1 : 20, 999);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(failed_registration_leaves_an_empty_registry_as_it_was),
        TEST(failed_registration_leaves_a_foreign_server_as_it_was),
        TEST(failed_removal_leaves_the_registration_as_it_was),
        TEST(failed_removal_over_a_foreign_server_leaves_the_registration_as_it_was),
        TEST(out_of_memory_leaves_the_registry_as_it_was),
        TEST(without_the_right_access_is_denied_and_nothing_is_written),
        TEST(registration_that_was_cut_short_can_be_removed_or_repeated),
        TEST(removal_that_was_cut_short_can_be_repeated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
