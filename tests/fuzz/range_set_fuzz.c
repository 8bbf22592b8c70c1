/* Three bytes a step (operation, start, end): the set beside one flag a byte, at the lower and at the upper end of 64 bits. */
#include "fuzz_input.h"
#include "range_set.h"

#define UNIVERSE 256u

struct model {
    bool has[UNIVERSE];
    uint64_t base; /* where the first flag lies */
};

static void check_set(const struct range_set *set, const struct model *model)
{
    uint64_t total = 0;
    for (size_t i = 0; i < set->count; i++) {
        FUZZ_CHECK(set->items[i].start < set->items[i].end);
        FUZZ_CHECK(!i || set->items[i - 1].end < set->items[i].start);
        for (uint64_t at = set->items[i].start; at < set->items[i].end; at++)
            FUZZ_CHECK(model->has[at - model->base]);
    }
    for (unsigned i = 0; i < UNIVERSE; i++)
        total += model->has[i];
    FUZZ_CHECK(set->total == total);
}

static void check_questions(const struct range_set *set, const struct model *model, unsigned from, unsigned limit)
{
    unsigned start = from, end;
    while (start < limit && model->has[start])
        start++;
    for (end = start; end < limit && !model->has[end];)
        end++;
    struct range gap;
    bool has_gap = range_set_next_gap(set, model->base + from, model->base + limit, &gap);
    FUZZ_CHECK(has_gap == (start < limit));
    FUZZ_CHECK(!has_gap || (gap.start == model->base + start && gap.end == model->base + end));
}

static void run(struct fuzz_input input, uint64_t base)
{
    struct range_set set = {0}, copy = {0};
    struct model model = {.base = base};
    while (!fuzz_is_at_end(&input)) {
        uint8_t operation = fuzz_byte(&input);
        unsigned start = fuzz_byte(&input), end = fuzz_byte(&input);
        if (operation % 4 == 3) {
            FUZZ_CHECK(range_set_copy(&copy, &set) == S_OK);
            check_set(&copy, &model);
        } else if (operation % 4 == 2) {
            range_set_clear(&set);
            model = (struct model){.base = base};
        } else {
            FUZZ_CHECK(range_set_add(&set, base + start, base + end) == S_OK);
            for (unsigned i = start; i < end; i++)
                model.has[i] = true;
        }
        check_set(&set, &model);
        check_questions(&set, &model, start, end);
        check_questions(&set, &model, end, start);
        check_questions(&set, &model, 0, UNIVERSE - 1);
    }
    range_set_clear(&copy);
    range_set_clear(&set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 3000)
        return 0;
    run(fuzz_input_of(data, size), 0);
    run(fuzz_input_of(data, size), UINT64_MAX - (UNIVERSE - 1));
    return 0;
}
