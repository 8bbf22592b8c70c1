/* The ranges that a caller asks for: which are refused with what, and how they lie in the local file. */
#include <stdarg.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "deliveryoptimizationerrors.h"
#include "memory_faults.h"
#include "range_layout.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define MAX             UINT64_MAX

struct check_row {
    const char *name;
    HRESULT expected;
    size_t count;
    struct wanted_range ranges[4];
};

static void assert_checks(const struct check_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        HRESULT hr = range_layout_check(rows[i].ranges, rows[i].count);
        if (hr != rows[i].expected)
            fail_msg("%s: 0x%08lX", rows[i].name, (unsigned long)(uint32_t)hr);
        /* The order of the ranges is the caller's and decides nothing. */
        struct wanted_range turned[4];
        for (size_t j = 0; j < rows[i].count; j++)
            turned[j] = rows[i].ranges[rows[i].count - 1 - j];
        hr = range_layout_check(turned, rows[i].count);
        if (hr != rows[i].expected)
            fail_msg("%s, turned round: 0x%08lX", rows[i].name, (unsigned long)(uint32_t)hr);
    }
}

static void good_ranges_pass(void **state)
{
    (void)state;
    static const struct check_row rows[] = {
        {"none", S_OK, 0, {{0, 0}}},
        {"one", S_OK, 1, {{100, 5}}},
        {"any order", S_OK, 3, {{100, 100}, {900, 100}, {400, 100}}},
        {"side by side", S_OK, 2, {{100, 5}, {105, 5}}},
        {"to the end", S_OK, 1, {{100, RANGE_TO_END}}},
        {"all", S_OK, 1, {{0, RANGE_TO_END}}},
        {"up to one to the end", S_OK, 2, {{50, 50}, {100, RANGE_TO_END}}},
        {"the last byte that has an end", S_OK, 1, {{MAX - 1, 1}}},
        {"as long as can be", S_OK, 1, {{1, MAX - 1}}},
    };
    assert_checks(rows, COUNT_OF(rows));
}

static void overlapping_ranges_are_refused_as_such(void **state)
{
    (void)state;
    const HRESULT overlap = DO_E_OVERLAPPING_RANGES;
    const struct check_row rows[] = {
        {"a shared byte", overlap, 2, {{100, 5}, {104, 5}}},
        {"within", overlap, 2, {{100, 50}, {120, 1}}},
        {"duplicate", overlap, 2, {{100, 5}, {100, 5}}},
        {"duplicate of no length", overlap, 2, {{100, 0}, {100, 0}}},
        {"no length at a covered start", overlap, 2, {{100, 5}, {100, 0}}},
        {"no length at a covered offset", overlap, 2, {{100, 5}, {104, 0}}},
        {"same start", overlap, 2, {{100, 5}, {100, 9}}},
        {"above one to the end", overlap, 2, {{100, RANGE_TO_END}, {5000, 1}}},
        {"at one to the end", overlap, 2, {{100, RANGE_TO_END}, {100, 1}}},
        {"no length at one to the end", overlap, 2, {{100, RANGE_TO_END}, {100, 0}}},
        {"two to the end", overlap, 2, {{100, RANGE_TO_END}, {200, RANGE_TO_END}}},
        {"into one to the end", overlap, 2, {{50, 51}, {100, RANGE_TO_END}}},
        {"a far one", overlap, 4, {{300, 10}, {100, 50}, {10, 20}, {149, 1}}},
        {"overlap before an offset that is none", overlap, 2, {{100, RANGE_TO_END}, {MAX, 1}}},
        {"overlap before an overflow", overlap, 2, {{100, MAX - 50}, {200, 5}}},
        {"overlap before a length of 0", overlap, 3, {{7, 0}, {100, 5}, {104, 5}}},
    };
    assert_checks(rows, COUNT_OF(rows));
}

static void invalid_ranges_are_refused_as_such(void **state)
{
    (void)state;
    const HRESULT invalid = DO_E_INVALID_RANGE;
    const struct check_row rows[] = {
        {"no length", invalid, 1, {{100, 0}}},
        {"no length at 0", invalid, 1, {{0, 0}}},
        {"no length behind another", invalid, 2, {{100, 5}, {105, 0}}},
        {"no length before another", invalid, 2, {{100, 5}, {99, 0}}},
        {"offset that is none", invalid, 1, {{MAX, 1}}},
        {"offset that is none, to the end", invalid, 1, {{MAX, RANGE_TO_END}}},
        {"overflow by one", invalid, 1, {{2, MAX - 1}}},
        {"overflow", invalid, 1, {{MAX - 1, MAX - 1}}},
        {"overflow above another", invalid, 2, {{5, 5}, {100, MAX - 50}}},
    };
    assert_checks(rows, COUNT_OF(rows));
}

/* More ranges than anybody's stack holds, sorted the wrong way; then one of them twice. */
static void many_ranges_are_checked(void **state)
{
    (void)state;
    const size_t count = 100000;
    struct wanted_range *ranges = malloc(count * sizeof(*ranges));
    assert_non_null(ranges);
    for (size_t i = 0; i < count; i++)
        ranges[i] = (struct wanted_range){(count - i) * 10, 10};
    assert_int_equal(range_layout_check(ranges, count), S_OK);
    ranges[7] = ranges[count - 3];
    assert_int_equal(range_layout_check(ranges, count), DO_E_OVERLAPPING_RANGES);
    free(ranges);
}

/* Every permutation of five ranges, of which two overlap or none. */
static void every_order_is_sorted(void **state)
{
    (void)state;
    static const uint64_t offsets[] = {10, 20, 30, 40, 50};
    size_t seen = 0;
    for (uint32_t code = 0; code < 3125; code++) {
        struct wanted_range ranges[5];
        uint32_t used = 0;
        for (uint32_t i = 0, rest = code; i < 5; i++, rest /= 5) {
            used |= 1u << (rest % 5);
            ranges[i] = (struct wanted_range){offsets[rest % 5], 10};
        }
        if (used != 31)
            continue;
        seen++;
        assert_int_equal(range_layout_check(ranges, 5), S_OK);
        for (size_t i = 0; i < 5; i++)
            ranges[i].length += ranges[i].offset == 30;
        assert_int_equal(range_layout_check(ranges, 5), DO_E_OVERLAPPING_RANGES);
    }
    assert_int_equal(seen, 120);
}

static void check_without_memory_says_so(void **state)
{
    (void)state;
    static const struct wanted_range ranges[] = {{1, 1}, {5, 1}};
    memory_faults_fail(1);
    assert_int_equal(range_layout_check(ranges, 2), E_OUTOFMEMORY);
    assert_int_equal(range_layout_check(ranges, SIZE_MAX), E_OUTOFMEMORY);
    assert_int_equal(range_layout_check(ranges, 2), S_OK);
    assert_int_equal(memory_faults_blocks(), 0);
}

struct size_row {
    const char *name;
    HRESULT expected;
    uint64_t local_size;
    uint64_t remote_size;
    size_t count;
    struct wanted_range ranges[3];
};

static void local_size_is_the_sum_of_the_ranges(void **state)
{
    (void)state;
    const struct size_row rows[] = {
        {"whole file", S_OK, 1234, 1234, 0, {{0, 0}}},
        {"whole empty file", S_OK, 0, 0, 0, {{0, 0}}},
        {"whole file, unknown", S_OK, SIZE_UNKNOWN, SIZE_UNKNOWN, 0, {{0, 0}}},
        {"three", S_OK, 300, SIZE_UNKNOWN, 3, {{100, 100}, {900, 100}, {400, 100}}},
        {"three of 1000 bytes", S_OK, 300, 1000, 3, {{100, 100}, {900, 100}, {400, 100}}},
        {"three of 999 bytes", DO_E_INVALID_RANGE, SIZE_UNKNOWN, 999, 3, {{100, 100}, {900, 100}, {400, 100}}},
        {"to the end, unknown", S_OK, SIZE_UNKNOWN, SIZE_UNKNOWN, 2, {{100, RANGE_TO_END}, {0, 10}}},
        {"to the end", S_OK, 910, 1000, 2, {{100, RANGE_TO_END}, {0, 10}}},
        {"the last byte, to the end", S_OK, 1, 1000, 1, {{999, RANGE_TO_END}}},
        {"from the end to the end", DO_E_INVALID_RANGE, SIZE_UNKNOWN, 1000, 1, {{1000, RANGE_TO_END}}},
        {"beyond the end, to the end", DO_E_INVALID_RANGE, SIZE_UNKNOWN, 1000, 1, {{5000, RANGE_TO_END}}},
        {"at the end", DO_E_INVALID_RANGE, SIZE_UNKNOWN, 1000, 1, {{1000, 1}}},
        {"beyond the end", DO_E_INVALID_RANGE, SIZE_UNKNOWN, 1000, 2, {{0, 10}, {2000, 1}}},
        {"over the end", DO_E_INVALID_RANGE, SIZE_UNKNOWN, 1000, 1, {{999, 2}}},
        {"of an empty file", DO_E_INVALID_RANGE, SIZE_UNKNOWN, 0, 1, {{0, RANGE_TO_END}}},
        {"overflowing sum", DO_E_INVALID_RANGE, SIZE_UNKNOWN, SIZE_UNKNOWN, 2, {{0, MAX - 5}, {1, 5}}},
        {"overflowing range", DO_E_INVALID_RANGE, SIZE_UNKNOWN, 1000, 1, {{500, MAX - 1}}},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint64_t local_size = 1;
        HRESULT hr = range_layout_local_size(rows[i].ranges, rows[i].count, rows[i].remote_size, &local_size);
        if (hr != rows[i].expected || local_size != rows[i].local_size)
            fail_msg("%s: 0x%08lX, %llu", rows[i].name, (unsigned long)(uint32_t)hr, (unsigned long long)local_size);
    }
}

struct place {
    uint64_t local;
    bool is_there;
    uint64_t remote;
    uint64_t run;
};

static void assert_places(const struct wanted_range *ranges, size_t count, uint64_t remote_size,
                          const struct place *places, size_t place_count)
{
    for (size_t i = 0; i < place_count; i++) {
        uint64_t remote = 1, run = 1;
        bool is_there = range_layout_locate(ranges, count, remote_size, places[i].local, &remote, &run);
        if (is_there != places[i].is_there || remote != places[i].remote || run != places[i].run)
            fail_msg("place %zu: %d, %llu, %llu", i, is_there, (unsigned long long)remote, (unsigned long long)run);
    }
}

/* The documented example: a file of 300 bytes. */
static void bytes_lie_in_the_order_of_the_caller(void **state)
{
    (void)state;
    static const struct wanted_range ranges[] = {{100, 100}, {900, 100}, {400, 100}};
    static const struct place places[] = {
        {0, true, 100, 100}, {1, true, 101, 99},    {99, true, 199, 1},  {100, true, 900, 100}, {150, true, 950, 50},
        {199, true, 999, 1}, {200, true, 400, 100}, {299, true, 499, 1}, {300, false, 0, 0},    {MAX, false, 0, 0},
    };
    assert_places(ranges, 3, SIZE_UNKNOWN, places, COUNT_OF(places));
    assert_places(ranges, 3, 1000, places, COUNT_OF(places));
}

static void whole_file_lies_as_it_is(void **state)
{
    (void)state;
    static const struct place known[] = {{0, true, 0, 10}, {9, true, 9, 1}, {10, false, 0, 0}};
    static const struct place unknown[] = {{0, true, 0, SIZE_UNKNOWN}, {1u << 30, true, 1u << 30, SIZE_UNKNOWN}};
    static const struct place empty[] = {{0, false, 0, 0}};
    assert_places(NULL, 0, 10, known, COUNT_OF(known));
    assert_places(NULL, 0, SIZE_UNKNOWN, unknown, COUNT_OF(unknown));
    assert_places(NULL, 0, 0, empty, COUNT_OF(empty));
}

static void range_to_the_end_goes_on_while_the_size_is_unknown(void **state)
{
    (void)state;
    static const struct wanted_range ranges[] = {{10, 5}, {100, RANGE_TO_END}};
    static const struct place unknown[] = {
        {4, true, 14, 1}, {5, true, 100, SIZE_UNKNOWN}, {50, true, 145, SIZE_UNKNOWN}};
    static const struct place known[] = {{5, true, 100, 20}, {24, true, 119, 1}, {25, false, 0, 0}};
    assert_places(ranges, 2, SIZE_UNKNOWN, unknown, COUNT_OF(unknown));
    assert_places(ranges, 2, 120, known, COUNT_OF(known));
}

/* What comes after a range to the end in the local file has no place before the size is known. */
static void range_behind_one_to_the_end_waits_for_the_size(void **state)
{
    (void)state;
    static const struct wanted_range ranges[] = {{100, RANGE_TO_END}, {10, 5}};
    static const struct place unknown[] = {{0, true, 100, SIZE_UNKNOWN}, {30, true, 130, SIZE_UNKNOWN}};
    static const struct place known[] = {{19, true, 119, 1}, {20, true, 10, 5}, {25, false, 0, 0}};
    assert_places(ranges, 2, SIZE_UNKNOWN, unknown, COUNT_OF(unknown));
    assert_places(ranges, 2, 120, known, COUNT_OF(known));
}

static void ranges_that_continue_each_other_are_one_run(void **state)
{
    (void)state;
    static const struct wanted_range ranges[] = {{100, 100}, {200, 50}, {250, 50}, {0, 10}, {300, RANGE_TO_END}};
    static const struct place places[] = {
        {0, true, 100, 200}, {150, true, 250, 50}, {200, true, 0, 10}, {210, true, 300, SIZE_UNKNOWN}};
    static const struct wanted_range to_end[] = {{100, 100}, {200, RANGE_TO_END}};
    static const struct place unknown[] = {{50, true, 150, SIZE_UNKNOWN}};
    static const struct place known[] = {{50, true, 150, 850}};
    assert_places(ranges, 5, SIZE_UNKNOWN, places, COUNT_OF(places));
    assert_places(to_end, 2, SIZE_UNKNOWN, unknown, COUNT_OF(unknown));
    assert_places(to_end, 2, 1000, known, COUNT_OF(known));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_ranges_pass),
        cmocka_unit_test(overlapping_ranges_are_refused_as_such),
        cmocka_unit_test(invalid_ranges_are_refused_as_such),
        cmocka_unit_test(many_ranges_are_checked),
        cmocka_unit_test(every_order_is_sorted),
        cmocka_unit_test(check_without_memory_says_so),
        cmocka_unit_test(local_size_is_the_sum_of_the_ranges),
        cmocka_unit_test(bytes_lie_in_the_order_of_the_caller),
        cmocka_unit_test(whole_file_lies_as_it_is),
        cmocka_unit_test(range_to_the_end_goes_on_while_the_size_is_unknown),
        cmocka_unit_test(range_behind_one_to_the_end_waits_for_the_size),
        cmocka_unit_test(ranges_that_continue_each_other_are_one_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
