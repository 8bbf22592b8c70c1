/* A set of bytes as sorted, disjoint, non-adjacent half-open ranges. Not synchronised: its owner's lock holds. */
#ifndef DOSVC_BASE_RANGE_SET_H
#define DOSVC_BASE_RANGE_SET_H

#include "hresult.h"

struct range {
    uint64_t start; /* first byte in it */
    uint64_t end;   /* first byte after it; end > start */
};

/* All zeros is the empty set. */
struct range_set {
    struct range *items;
    size_t count;
    size_t capacity;
    uint64_t total; /* bytes in the set */
};

/* Adds [start, end), merging with what touches it. Empty ranges change nothing. E_OUTOFMEMORY leaves the set as it was. */
HRESULT range_set_add(struct range_set *set, uint64_t start, uint64_t end);
/* The first run of bytes in [from, limit) that the set lacks; false when it has them all. O(log count). */
bool range_set_next_gap(const struct range_set *set, uint64_t from, uint64_t limit, struct range *gap);
HRESULT range_set_copy(struct range_set *target, const struct range_set *source);
void range_set_clear(struct range_set *set); /* frees; the set is empty and usable */

#endif
