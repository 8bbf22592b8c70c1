/* A byte for the remote size (255: unknown), then two bytes a range (offset; length, of which 255 is "to the end"), beside
 * a model that looks at each byte. */
#include "deliveryoptimizationerrors.h"
#include "fuzz_input.h"
#include "range_layout.h"

#define RANGES_MAX 8
#define UNIVERSE   512u /* no range that has an end reaches beyond it */

struct wanted {
    struct wanted_range ranges[RANGES_MAX];
    size_t count;
    uint64_t remote_size;
};

static bool covers(const struct wanted_range *range, uint64_t at)
{
    return at >= range->offset && (range->length == RANGE_TO_END || at - range->offset < range->length);
}

/* Do two of them share a byte, a start, or does one of no length begin within another? */
static bool overlap(const struct wanted *wanted)
{
    for (size_t i = 0; i < wanted->count; i++) {
        for (size_t j = 0; j < wanted->count; j++) {
            const struct wanted_range *a = &wanted->ranges[i], *b = &wanted->ranges[j];
            if (i != j && (a->offset == b->offset || covers(a, b->offset)))
                return true;
        }
    }
    return false;
}

static void check_rule(const struct wanted *wanted)
{
    bool is_invalid = false;
    for (size_t i = 0; i < wanted->count; i++)
        is_invalid = is_invalid || !wanted->ranges[i].length;
    HRESULT expected = overlap(wanted) ? DO_E_OVERLAPPING_RANGES : is_invalid ? DO_E_INVALID_RANGE : S_OK;
    FUZZ_CHECK(range_layout_check(wanted->ranges, wanted->count) == expected);
}

/* Writes the remote offset of each local byte; the count of bytes up to the unknown end, if there is one, in UNIVERSE more.
 * False when a range lies beyond the end. */
static bool lay_out(const struct wanted *wanted, uint64_t *remote, size_t *size, bool *is_endless)
{
    *size = 0;
    *is_endless = false;
    for (size_t i = 0; i < wanted->count; i++) {
        const struct wanted_range *range = &wanted->ranges[i];
        bool is_known = wanted->remote_size != SIZE_UNKNOWN;
        if (is_known && range->offset >= wanted->remote_size)
            return false;
        uint64_t end = range->offset + range->length;
        if (range->length == RANGE_TO_END)
            end = is_known ? wanted->remote_size : range->offset + UNIVERSE;
        if (is_known && end > wanted->remote_size)
            return false;
        /* Nothing can be placed behind what has no end yet. */
        for (uint64_t at = range->offset; at < end && !*is_endless; at++)
            remote[(*size)++] = at;
        *is_endless = *is_endless || (range->length == RANGE_TO_END && !is_known);
    }
    return true;
}

static void check_places(const struct wanted *wanted, const uint64_t *remote, size_t size, bool is_endless)
{
    for (size_t at = 0; at < size; at++) {
        uint64_t offset, run, expected = 1;
        FUZZ_CHECK(range_layout_locate(wanted->ranges, wanted->count, wanted->remote_size, at, &offset, &run));
        FUZZ_CHECK(offset == remote[at]);
        while (at + expected < size && remote[at + expected] == remote[at] + expected)
            expected++;
        if (is_endless && at + expected == size)
            expected = SIZE_UNKNOWN;
        FUZZ_CHECK(run == expected);
    }
    uint64_t offset, run;
    FUZZ_CHECK(range_layout_locate(wanted->ranges, wanted->count, wanted->remote_size, size, &offset, &run) ==
               is_endless);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint64_t remote[RANGES_MAX * UNIVERSE];
    struct fuzz_input input = fuzz_input_of(data, size);
    struct wanted wanted = {.remote_size = fuzz_byte(&input)};
    if (wanted.remote_size == 255)
        wanted.remote_size = SIZE_UNKNOWN;
    for (; wanted.count < RANGES_MAX && !fuzz_is_at_end(&input); wanted.count++) {
        uint64_t offset = fuzz_byte(&input), length = fuzz_byte(&input);
        wanted.ranges[wanted.count] = (struct wanted_range){offset, length == 255 ? RANGE_TO_END : length};
    }
    check_rule(&wanted);
    if (!wanted.count || range_layout_check(wanted.ranges, wanted.count) != S_OK)
        return 0;
    uint64_t local_size;
    size_t laid;
    bool is_endless;
    bool is_possible = lay_out(&wanted, remote, &laid, &is_endless);
    HRESULT hr = range_layout_local_size(wanted.ranges, wanted.count, wanted.remote_size, &local_size);
    FUZZ_CHECK(hr == (is_possible ? S_OK : DO_E_INVALID_RANGE));
    if (is_possible) {
        FUZZ_CHECK(local_size == (is_endless ? SIZE_UNKNOWN : laid));
        check_places(&wanted, remote, laid, is_endless);
    }
    return 0;
}
