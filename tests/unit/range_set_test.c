/* Sets of bytes: merging, gaps, and a long random comparison with a bitmap. */
#include <stdarg.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "memory_faults.h"
#include "range_set.h"

/* Ends with a range of {0, 0}. */
static void assert_ranges(const struct range_set *set, const struct range *expected)
{
    uint64_t total = 0;
    size_t count = 0;
    for (; expected[count].end; count++) {
        assert_true(count < set->count);
        assert_int_equal(set->items[count].start, expected[count].start);
        assert_int_equal(set->items[count].end, expected[count].end);
        total += expected[count].end - expected[count].start;
    }
    assert_int_equal(set->count, count);
    assert_int_equal(set->total, total);
}
#define ASSERT_RANGES(set, ...) assert_ranges(set, (const struct range[]){__VA_ARGS__, {0, 0}})
#define ASSERT_EMPTY(set)       assert_ranges(set, (const struct range[]){{0, 0}})

/* [10,20) [30,40) [50,60) */
static struct range_set three_ranges(void)
{
    struct range_set set = {0};
    assert_int_equal(range_set_add(&set, 30, 40), S_OK);
    assert_int_equal(range_set_add(&set, 10, 20), S_OK);
    assert_int_equal(range_set_add(&set, 50, 60), S_OK);
    ASSERT_RANGES(&set, {10, 20}, {30, 40}, {50, 60});
    return set;
}

static void adding_keeps_apart_what_does_not_touch(void **state)
{
    (void)state;
    struct range_set set = three_ranges();
    assert_int_equal(range_set_add(&set, 21, 29), S_OK);
    ASSERT_RANGES(&set, {10, 20}, {21, 29}, {30, 40}, {50, 60});
    range_set_clear(&set);
}

static void adding_merges_what_touches(void **state)
{
    (void)state;
    struct range_set set = three_ranges();
    assert_int_equal(range_set_add(&set, 20, 30), S_OK);
    ASSERT_RANGES(&set, {10, 40}, {50, 60});
    assert_int_equal(range_set_add(&set, 5, 10), S_OK);
    ASSERT_RANGES(&set, {5, 40}, {50, 60});
    assert_int_equal(range_set_add(&set, 60, 61), S_OK);
    ASSERT_RANGES(&set, {5, 40}, {50, 61});
    range_set_clear(&set);
}

static void adding_swallows_what_it_covers(void **state)
{
    (void)state;
    struct range_set set = three_ranges();
    assert_int_equal(range_set_add(&set, 15, 55), S_OK);
    ASSERT_RANGES(&set, {10, 60});
    assert_int_equal(range_set_add(&set, 20, 30), S_OK);
    ASSERT_RANGES(&set, {10, 60});
    assert_int_equal(range_set_add(&set, 0, 100), S_OK);
    ASSERT_RANGES(&set, {0, 100});
    range_set_clear(&set);
}

static void empty_ranges_change_nothing(void **state)
{
    (void)state;
    struct range_set set = three_ranges();
    assert_int_equal(range_set_add(&set, 25, 25), S_OK);
    assert_int_equal(range_set_add(&set, 29, 21), S_OK);
    ASSERT_RANGES(&set, {10, 20}, {30, 40}, {50, 60});
    range_set_clear(&set);
}

static void ends_of_the_number_space_do_not_overflow(void **state)
{
    (void)state;
    struct range_set set = {0};
    struct range gap;
    assert_int_equal(range_set_add(&set, UINT64_MAX - 1, UINT64_MAX), S_OK);
    assert_int_equal(range_set_add(&set, 0, 1), S_OK);
    ASSERT_RANGES(&set, {0, 1}, {UINT64_MAX - 1, UINT64_MAX});
    assert_true(range_set_next_gap(&set, 0, UINT64_MAX, &gap));
    assert_int_equal(gap.start, 1);
    assert_int_equal(gap.end, UINT64_MAX - 1);
    assert_int_equal(range_set_add(&set, 0, UINT64_MAX), S_OK);
    ASSERT_RANGES(&set, {0, UINT64_MAX});
    assert_false(range_set_next_gap(&set, UINT64_MAX - 1, UINT64_MAX, &gap));
    range_set_clear(&set);
}

static void next_gap_is_the_first_one_within_the_limits(void **state)
{
    (void)state;
    static const struct {
        uint64_t from, limit;
        bool is_found;
        uint64_t start, end;
    } rows[] = {
        {0, 100, true, 0, 10},  {10, 100, true, 20, 30}, {15, 100, true, 20, 30}, {20, 100, true, 20, 30},
        {25, 28, true, 25, 28}, {19, 25, true, 20, 25},  {30, 40, false, 0, 0},   {30, 41, true, 40, 41},
        {55, 60, false, 0, 0},  {55, 70, true, 60, 70},  {60, 61, true, 60, 61},  {100, 200, true, 100, 200},
        {5, 5, false, 0, 0},    {25, 21, false, 0, 0},   {10, 20, false, 0, 0},   {20, 21, true, 20, 21},
    };
    struct range_set set = three_ranges();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct range gap = {1, 1};
        bool is_found = range_set_next_gap(&set, rows[i].from, rows[i].limit, &gap);
        if (is_found != rows[i].is_found || gap.start != rows[i].start || gap.end != rows[i].end)
            fail_msg("row %zu: %d [%llu, %llu)", i, is_found, (unsigned long long)gap.start,
                     (unsigned long long)gap.end);
    }
    range_set_clear(&set);
}

static void copy_is_independent(void **state)
{
    (void)state;
    struct range_set source = three_ranges();
    struct range_set target = {0};
    assert_int_equal(range_set_add(&target, 1000, 2000), S_OK);
    assert_int_equal(range_set_copy(&target, &source), S_OK);
    assert_int_equal(range_set_add(&source, 0, 100), S_OK);
    ASSERT_RANGES(&target, {10, 20}, {30, 40}, {50, 60});
    assert_int_equal(range_set_copy(&target, &target), S_OK);
    ASSERT_RANGES(&target, {10, 20}, {30, 40}, {50, 60});
    range_set_clear(&source);
    assert_int_equal(range_set_copy(&target, &source), S_OK);
    ASSERT_EMPTY(&target);
    range_set_clear(&target);
    assert_int_equal(memory_faults_blocks(), 0);
}

static void cleared_set_is_usable(void **state)
{
    (void)state;
    struct range_set set = three_ranges();
    range_set_clear(&set);
    ASSERT_EMPTY(&set);
    assert_int_equal(range_set_add(&set, 1, 2), S_OK);
    ASSERT_RANGES(&set, {1, 2});
    range_set_clear(&set);
    assert_int_equal(memory_faults_blocks(), 0);
}

static void failures_leave_the_set_as_it_was(void **state)
{
    (void)state;
    struct range_set set = three_ranges();
    assert_int_equal(range_set_add(&set, 70, 80), S_OK); /* four: the first block is full */
    memory_faults_fail(1);
    assert_int_equal(range_set_add(&set, 90, 91), E_OUTOFMEMORY);
    ASSERT_RANGES(&set, {10, 20}, {30, 40}, {50, 60}, {70, 80});
    struct range_set target = {0};
    assert_int_equal(range_set_add(&target, 1, 2), S_OK);
    memory_faults_fail(1);
    assert_int_equal(range_set_copy(&target, &set), E_OUTOFMEMORY);
    ASSERT_RANGES(&target, {1, 2});
    range_set_clear(&target);
    range_set_clear(&set);
    assert_int_equal(memory_faults_blocks(), 0);
}

#define MODEL_BYTES 300u
#define MODEL_STEPS 20000

static uint32_t next_random(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

/* Sorted, disjoint, not touching, and exactly the bytes of the model. */
static void assert_same(const struct range_set *set, const bool *model)
{
    uint64_t total = 0;
    for (size_t i = 0; i < set->count; i++) {
        assert_true(set->items[i].start < set->items[i].end);
        assert_true(!i || set->items[i - 1].end < set->items[i].start);
        for (uint64_t byte = set->items[i].start; byte < set->items[i].end; byte++)
            assert_true(model[byte]);
        total += set->items[i].end - set->items[i].start;
    }
    uint64_t model_total = 0;
    for (size_t byte = 0; byte < MODEL_BYTES; byte++)
        model_total += model[byte];
    assert_int_equal(total, model_total);
    assert_int_equal(set->total, model_total);
}

static void assert_same_gap(const struct range_set *set, const bool *model, uint64_t from, uint64_t limit)
{
    uint64_t start = from;
    while (start < limit && model[start])
        start++;
    uint64_t end = start;
    while (end < limit && !model[end])
        end++;
    struct range gap;
    assert_int_equal(range_set_next_gap(set, from, limit, &gap), start < limit);
    if (start < limit) {
        assert_int_equal(gap.start, start);
        assert_int_equal(gap.end, end);
    }
}

static void random_steps_agree_with_a_bitmap(void **state)
{
    (void)state;
    struct range_set set = {0};
    bool model[MODEL_BYTES] = {false};
    uint32_t seed = 20261124;
    for (size_t step = 0; step < MODEL_STEPS; step++) {
        uint64_t start = next_random(&seed) % MODEL_BYTES;
        uint64_t end = start + next_random(&seed) % (step % 10 ? 12 : 150);
        end = end < MODEL_BYTES ? end : MODEL_BYTES;
        if (next_random(&seed) % 40 == 0) {
            range_set_clear(&set);
            memset(model, 0, sizeof(model));
        }
        assert_int_equal(range_set_add(&set, start, end), S_OK);
        for (uint64_t byte = start; byte < end; byte++)
            model[byte] = true;
        assert_same(&set, model);
        assert_same_gap(&set, model, next_random(&seed) % MODEL_BYTES, next_random(&seed) % (MODEL_BYTES + 1));
    }
    range_set_clear(&set);
    assert_int_equal(memory_faults_blocks(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adding_keeps_apart_what_does_not_touch),
        cmocka_unit_test(adding_merges_what_touches),
        cmocka_unit_test(adding_swallows_what_it_covers),
        cmocka_unit_test(empty_ranges_change_nothing),
        cmocka_unit_test(ends_of_the_number_space_do_not_overflow),
        cmocka_unit_test(next_gap_is_the_first_one_within_the_limits),
        cmocka_unit_test(copy_is_independent),
        cmocka_unit_test(cleared_set_is_usable),
        cmocka_unit_test(failures_leave_the_set_as_it_was),
        cmocka_unit_test(random_steps_agree_with_a_bitmap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
