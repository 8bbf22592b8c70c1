/* Deadlines come out earliest first, whatever happened before. */
#include "timer_heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define MANY 1000

static void an_empty_heap_is_never_due(void **context)
{
    (void)context;
    struct timer_heap heap = {0};
    struct timer timer = {0};
    assert_true(timer_heap_due(&heap) == UINT64_MAX);
    timer_heap_clear(&heap, &timer);
    timer_heap_set(&heap, &timer, 5);
    assert_int_equal(timer_heap_due(&heap), 5);
    timer_heap_clear(&heap, &timer);
    assert_null(heap.first);
    assert_false(timer.is_set);
}

static void a_timer_that_is_set_again_moves(void **context)
{
    (void)context;
    struct timer_heap heap = {0};
    struct timer a = {0}, b = {0};
    timer_heap_set(&heap, &a, 10);
    timer_heap_set(&heap, &b, 20);
    timer_heap_set(&heap, &a, 30);
    assert_ptr_equal(heap.first, &b);
    timer_heap_set(&heap, &a, 1);
    assert_ptr_equal(heap.first, &a);
    assert_int_equal(timer_heap_due(&heap), 1);
}

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static uint64_t earliest(const struct timer *timers)
{
    uint64_t due = UINT64_MAX;
    for (size_t i = 0; i < MANY; i++) {
        if (timers[i].is_set && timers[i].due < due)
            due = timers[i].due;
    }
    return due;
}

static void the_earliest_is_first_among_many(void **context)
{
    (void)context;
    struct timer_heap heap = {0};
    static struct timer timers[MANY];
    uint32_t random = 1;
    for (size_t i = 0; i < MANY; i++)
        timer_heap_set(&heap, &timers[i], next_random(&random) % 500);
    for (unsigned round = 0; round < 2000; round++) {
        struct timer *timer = &timers[next_random(&random) % MANY];
        if (next_random(&random) % 3)
            timer_heap_set(&heap, timer, next_random(&random) % 500);
        else
            timer_heap_clear(&heap, timer);
        assert_int_equal(timer_heap_due(&heap), earliest(timers));
    }
    uint64_t former = 0;
    while (heap.first) {
        assert_true(heap.first->due >= former);
        former = heap.first->due;
        timer_heap_clear(&heap, heap.first);
    }
    assert_true(earliest(timers) == UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_heap_is_never_due),
        cmocka_unit_test(a_timer_that_is_set_again_moves),
        cmocka_unit_test(the_earliest_is_first_among_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
