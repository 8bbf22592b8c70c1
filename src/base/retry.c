#include "retry.h"

uint64_t retry_delay_ms(const struct retry_policy *policy, uint32_t attempt, uint64_t retry_after_ms, uint32_t random)
{
    uint64_t delay = attempt < 32 ? (uint64_t)policy->base_ms << attempt : UINT64_MAX;
    if (delay > policy->max_ms)
        delay = policy->max_ms;
    uint64_t shortest = delay - delay / 4;
    uint64_t longest = delay + delay / 4 < policy->max_ms ? delay + delay / 4 : policy->max_ms;
    delay = shortest + (longest - shortest) * random / UINT32_MAX; /* 64 bits hold it: both delays fit into 33 */
    if (retry_after_ms > RETRY_AFTER_MAX_MS)
        retry_after_ms = RETRY_AFTER_MAX_MS;
    uint64_t least = retry_after_ms + retry_after_ms / 4 * random / UINT32_MAX;
    if (least > RETRY_AFTER_MAX_MS)
        least = RETRY_AFTER_MAX_MS;
    if (delay < least)
        delay = least;
    return delay ? delay : 1;
}
