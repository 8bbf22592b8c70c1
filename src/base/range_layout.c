#include "range_layout.h"

#include "deliveryoptimizationerrors.h"
#include "memory.h"

#include <string.h>

static void sift_down(struct wanted_range *heap, size_t root, size_t count)
{
    struct wanted_range moved = heap[root];
    for (size_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && heap[child + 1].offset > heap[child].offset)
            child++;
        if (heap[child].offset <= moved.offset)
            break;
        heap[root] = heap[child];
    }
    heap[root] = moved;
}

/* Heap sort: the C library's qsort is quadratic on ranges that are chosen to hurt it. */
static void sort_by_offset(struct wanted_range *ranges, size_t count)
{
    for (size_t root = count / 2; root-- > 0;)
        sift_down(ranges, root, count);
    for (size_t end = count; end-- > 1;) {
        struct wanted_range largest = ranges[0];
        ranges[0] = ranges[end];
        ranges[end] = largest;
        sift_down(ranges, 0, end);
    }
}

/* Also for a range whose end cannot be expressed: it covers whatever lies above its start. */
static bool reaches_the_end(const struct wanted_range *range)
{
    return range->length == RANGE_TO_END || range->length > UINT64_MAX - range->offset;
}

static bool any_overlap(const struct wanted_range *sorted, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const struct wanted_range *below = &sorted[i - 1];
        /* At one offset, two of one length are duplicates, and the longer of two lengths covers the other. */
        if (sorted[i].offset == below->offset || reaches_the_end(below) ||
            sorted[i].offset < below->offset + below->length)
            return true;
    }
    return false;
}

static bool is_valid(const struct wanted_range *range)
{
    if (range->offset == RANGE_TO_END || range->length == 0)
        return false;
    return range->length == RANGE_TO_END || !reaches_the_end(range);
}

HRESULT range_layout_check(const struct wanted_range *ranges, size_t count)
{
    if (!count)
        return S_OK;
    if (count > SIZE_MAX / sizeof(*ranges))
        return E_OUTOFMEMORY;
    struct wanted_range *sorted = mem_alloc(count * sizeof(*sorted));
    if (!sorted)
        return E_OUTOFMEMORY;
    memcpy(sorted, ranges, count * sizeof(*sorted));
    sort_by_offset(sorted, count);
    bool overlap = any_overlap(sorted, count);
    mem_free(sorted);
    if (overlap)
        return DO_E_OVERLAPPING_RANGES;
    for (size_t i = 0; i < count; i++) {
        if (!is_valid(&ranges[i]))
            return DO_E_INVALID_RANGE;
    }
    return S_OK;
}

/* A range's bytes, SIZE_UNKNOWN when it goes to an unknown end. */
static uint64_t resolved_length(const struct wanted_range *range, uint64_t remote_size)
{
    if (range->length != RANGE_TO_END)
        return range->length;
    if (remote_size == SIZE_UNKNOWN)
        return SIZE_UNKNOWN;
    return range->offset < remote_size ? remote_size - range->offset : 0;
}

HRESULT range_layout_local_size(const struct wanted_range *ranges, size_t count, uint64_t remote_size,
                                uint64_t *local_size)
{
    *local_size = SIZE_UNKNOWN;
    if (!count) {
        *local_size = remote_size;
        return S_OK;
    }
    uint64_t sum = 0;
    bool is_known = true;
    for (size_t i = 0; i < count; i++) {
        uint64_t length = resolved_length(&ranges[i], remote_size);
        if (length == SIZE_UNKNOWN) {
            is_known = false;
            continue;
        }
        if (remote_size != SIZE_UNKNOWN && (ranges[i].offset >= remote_size || length > remote_size - ranges[i].offset))
            return DO_E_INVALID_RANGE;
        if (length >= SIZE_UNKNOWN - sum)
            return DO_E_INVALID_RANGE;
        sum += length;
    }
    if (is_known)
        *local_size = sum;
    return S_OK;
}

/* How many bytes of ranges[index], from `skipped` on, and of those after it that continue it in the remote file, too. */
static uint64_t run_from(const struct wanted_range *ranges, size_t count, uint64_t remote_size, size_t index,
                         uint64_t skipped)
{
    uint64_t length = resolved_length(&ranges[index], remote_size);
    if (length == SIZE_UNKNOWN)
        return SIZE_UNKNOWN;
    uint64_t run = length - skipped;
    uint64_t end = ranges[index].offset + length;
    for (size_t i = index + 1; i < count && ranges[i].offset == end; i++) {
        length = resolved_length(&ranges[i], remote_size);
        if (length == SIZE_UNKNOWN)
            return SIZE_UNKNOWN;
        if (length >= SIZE_UNKNOWN - end)
            break;
        run += length;
        end += length;
    }
    return run;
}

bool range_layout_locate(const struct wanted_range *ranges, size_t count, uint64_t remote_size, uint64_t local_offset,
                         uint64_t *remote_offset, uint64_t *run)
{
    *remote_offset = 0;
    *run = 0;
    static const struct wanted_range whole = {0, RANGE_TO_END};
    if (!count) {
        ranges = &whole;
        count = 1;
    }
    uint64_t skipped = local_offset;
    for (size_t i = 0; i < count; i++) {
        uint64_t length = resolved_length(&ranges[i], remote_size);
        if (skipped >= length) {
            skipped -= length;
            continue;
        }
        if (skipped > UINT64_MAX - ranges[i].offset)
            return false;
        *remote_offset = ranges[i].offset + skipped;
        *run = run_from(ranges, count, remote_size, i, skipped);
        return true;
    }
    return false;
}
