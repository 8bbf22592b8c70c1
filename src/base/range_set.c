#include "range_set.h"

#include "memory.h"

#include <string.h>

/* Index of the first range that ends at or after `position`; count when there is none. */
static size_t first_ending_at(const struct range_set *set, uint64_t position)
{
    size_t low = 0, high = set->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (set->items[middle].end < position)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Index of the first range that starts at or after `position`; count when there is none. */
static size_t first_starting_at(const struct range_set *set, uint64_t position)
{
    size_t low = 0, high = set->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (set->items[middle].start < position)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Puts `with_count` ranges in the place of items[first, last). Their bytes are the caller's business. */
static HRESULT replace_items(struct range_set *set, size_t first, size_t last, const struct range *with,
                             size_t with_count)
{
    size_t count = set->count - (last - first) + with_count;
    void *items = set->items;
    if (!mem_reserve(&items, &set->capacity, count, sizeof(*set->items)))
        return E_OUTOFMEMORY;
    set->items = items;
    if (set->count > last)
        memmove(set->items + first + with_count, set->items + last, (set->count - last) * sizeof(*set->items));
    if (with_count)
        memcpy(set->items + first, with, with_count * sizeof(*with));
    set->count = count;
    return S_OK;
}

static uint64_t bytes_in(const struct range_set *set, size_t first, size_t last)
{
    uint64_t bytes = 0;
    for (size_t i = first; i < last; i++)
        bytes += set->items[i].end - set->items[i].start;
    return bytes;
}

HRESULT range_set_add(struct range_set *set, uint64_t start, uint64_t end)
{
    if (start >= end)
        return S_OK;
    size_t first = first_ending_at(set, start);
    size_t last = end == UINT64_MAX ? set->count : first_starting_at(set, end + 1);
    struct range merged = {start, end};
    if (first < last) {
        if (set->items[first].start < start)
            merged.start = set->items[first].start;
        if (set->items[last - 1].end > end)
            merged.end = set->items[last - 1].end;
    }
    uint64_t swallowed = bytes_in(set, first, last);
    HRESULT hr = replace_items(set, first, last, &merged, 1);
    if (FAILED(hr))
        return hr;
    set->total += merged.end - merged.start - swallowed;
    return S_OK;
}

bool range_set_next_gap(const struct range_set *set, uint64_t from, uint64_t limit, struct range *gap)
{
    *gap = (struct range){0, 0};
    if (from >= limit)
        return false;
    size_t next = first_ending_at(set, from + 1); /* from < limit: no overflow */
    if (next < set->count && set->items[next].start <= from) {
        from = set->items[next].end;
        next++;
        if (from >= limit)
            return false;
    }
    gap->start = from;
    gap->end = next < set->count && set->items[next].start < limit ? set->items[next].start : limit;
    return true;
}

HRESULT range_set_copy(struct range_set *target, const struct range_set *source)
{
    if (target == source)
        return S_OK;
    struct range_set copy = {0};
    HRESULT hr = replace_items(&copy, 0, 0, source->items, source->count);
    if (FAILED(hr))
        return hr;
    copy.total = source->total;
    range_set_clear(target);
    *target = copy;
    return S_OK;
}

void range_set_clear(struct range_set *set)
{
    mem_free(set->items);
    *set = (struct range_set){0};
}
