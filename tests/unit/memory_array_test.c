/* Arrays that grow. */
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "memory.h"
#include "memory_faults.h"

static void array_grows_by_doubling_and_keeps_its_items(void **state)
{
    (void)state;
    void *items = NULL;
    size_t capacity = 0;
    size_t moves = 0;
    for (uint32_t count = 0; count < 1000; count++) {
        void *former = items;
        assert_true(mem_reserve(&items, &capacity, count + 1, sizeof(uint32_t)));
        assert_true(capacity > count);
        moves += items != former;
        assert_int_equal(((uint32_t *)items)[count], 0);
        ((uint32_t *)items)[count] = count ^ 0xA5A5A5A5u;
    }
    assert_in_range(moves, 1, 11);
    for (uint32_t i = 0; i < 1000; i++)
        assert_int_equal(((uint32_t *)items)[i], i ^ 0xA5A5A5A5u);
    for (size_t i = 1000; i < capacity; i++)
        assert_int_equal(((uint32_t *)items)[i], 0);
    mem_free(items);
    assert_int_equal(memory_faults_blocks(), 0);
}

static void enough_room_is_left_alone(void **state)
{
    (void)state;
    void *items = NULL;
    size_t capacity = 0;
    assert_true(mem_reserve(&items, &capacity, 0, 8));
    assert_null(items);
    assert_true(mem_reserve(&items, &capacity, 100, 8));
    void *former = items;
    size_t former_capacity = capacity;
    memory_faults_fail(1);
    assert_true(mem_reserve(&items, &capacity, 100, 8));
    assert_true(mem_reserve(&items, &capacity, 3, 8));
    memory_faults_fail(0);
    assert_ptr_equal(items, former);
    assert_int_equal(capacity, former_capacity);
    mem_free(items);
}

static void failure_leaves_everything_as_it_was(void **state)
{
    (void)state;
    void *items = NULL;
    size_t capacity = 0;
    assert_true(mem_reserve(&items, &capacity, 4, 1));
    memcpy(items, "abc", 4);
    void *former = items;
    size_t former_capacity = capacity;
    memory_faults_fail(1);
    assert_false(mem_reserve(&items, &capacity, former_capacity + 1, 1));
    assert_ptr_equal(items, former);
    assert_int_equal(capacity, former_capacity);
    assert_string_equal(items, "abc");
    mem_free(items);
    assert_int_equal(memory_faults_blocks(), 0);
}

static void sizes_that_overflow_are_refused(void **state)
{
    (void)state;
    void *items = NULL;
    size_t capacity = 0;
    assert_false(mem_reserve(&items, &capacity, SIZE_MAX, 1));
    assert_false(mem_reserve(&items, &capacity, SIZE_MAX / 2 + 2, 1));
    assert_false(mem_reserve(&items, &capacity, SIZE_MAX / 16 + 1, 16));
    assert_null(items);
    assert_int_equal(capacity, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(array_grows_by_doubling_and_keeps_its_items),
        cmocka_unit_test(enough_room_is_left_alone),
        cmocka_unit_test(failure_leaves_everything_as_it_was),
        cmocka_unit_test(sizes_that_overflow_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
