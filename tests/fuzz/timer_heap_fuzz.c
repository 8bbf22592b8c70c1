/* Two bytes a step: which of 32 timers (the upper bits: cleared instead of set), and its time; beside an array of times. At the end they come in their order. */
#include "fuzz_input.h"
#include "timer_heap.h"

#define TIMERS 32u

static uint64_t earliest(const uint64_t *dues)
{
    uint64_t due = UINT64_MAX;
    for (unsigned i = 0; i < TIMERS; i++)
        due = dues[i] < due ? dues[i] : due;
    return due;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = fuzz_input_of(data, size);
    struct timer timers[TIMERS] = {{0}};
    struct timer_heap heap = {0};
    uint64_t dues[TIMERS];
    for (unsigned i = 0; i < TIMERS; i++)
        dues[i] = UINT64_MAX;
    while (!fuzz_is_at_end(&input)) {
        unsigned step = fuzz_byte(&input), number = step % TIMERS;
        uint64_t due = fuzz_byte(&input);
        if (step / TIMERS % 4 == 3) {
            timer_heap_clear(&heap, &timers[number]);
            dues[number] = UINT64_MAX;
        } else {
            timer_heap_set(&heap, &timers[number], due);
            dues[number] = due;
        }
        FUZZ_CHECK(timers[number].is_set == (dues[number] != UINT64_MAX));
        FUZZ_CHECK(timer_heap_due(&heap) == earliest(dues));
    }
    while (heap.first) {
        unsigned number = (unsigned)(heap.first - timers);
        FUZZ_CHECK(number < TIMERS && dues[number] == earliest(dues));
        timer_heap_clear(&heap, &timers[number]);
        dues[number] = UINT64_MAX;
    }
    FUZZ_CHECK(earliest(dues) == UINT64_MAX);
    return 0;
}
