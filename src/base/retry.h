/* How long to wait before trying again: exponential with jitter. Pure. */
#ifndef DOSVC_BASE_RETRY_H
#define DOSVC_BASE_RETRY_H

#include "hresult.h"

#define RETRY_AFTER_MAX_MS 3600000u /* what a server may ask for at most */

struct retry_policy {
    uint32_t base_ms; /* the first delay */
    uint32_t max_ms;  /* the longest */
};

/* The delay before retry number `attempt` (0: the first): the base doubled per attempt, up to max_ms, then a quarter up or down by `random` (any number),
 * but never above max_ms; at least what the server asked for (retry_after_ms) and up to a quarter more, so that not all who heard it come back at one moment, but at
 * most RETRY_AFTER_MAX_MS. Never 0. */
uint64_t retry_delay_ms(const struct retry_policy *policy, uint32_t attempt, uint64_t retry_after_ms, uint32_t random);

#endif
