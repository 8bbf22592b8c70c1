#include "rate_limit.h"

#define MS_PER_SECOND 1000u
#define BURSTS        4u    /* a second's worth comes in so many parts at most */
#define LEAST         4096u /* bytes that are worth a read, or half of a part */

static uint64_t least_of(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t capacity(const struct rate_limit *limit)
{
    uint64_t bytes = limit->rate / BURSTS;
    return bytes ? bytes : 1;
}

static void refill(struct rate_limit *limit, uint64_t now)
{
    uint64_t elapsed = now > limit->at ? now - limit->at : 0;
    if (!elapsed)
        return;
    if (elapsed > MS_PER_SECOND)
        elapsed = MS_PER_SECOND; /* fills it */
    limit->part += elapsed * limit->rate;
    limit->available = least_of(capacity(limit), limit->available + limit->part / MS_PER_SECOND);
    limit->part %= MS_PER_SECOND;
    limit->at = now;
}

void rate_limit_set(struct rate_limit *limit, uint64_t rate, uint64_t now)
{
    if (rate == limit->rate)
        return;
    if (limit->rate)
        refill(limit, now);
    limit->rate = rate;
    limit->at = now;
    limit->available = rate ? least_of(limit->available, capacity(limit)) : 0;
}

uint64_t rate_limit_take(struct rate_limit *limit, uint64_t now, uint64_t wanted)
{
    if (!limit->rate)
        return wanted;
    refill(limit, now);
    uint64_t least = least_of(wanted, least_of(LEAST, capacity(limit) / 2 + 1));
    if (limit->available < least)
        return 0;
    uint64_t taken = least_of(wanted, limit->available);
    limit->available -= taken;
    return taken;
}

void rate_limit_give_back(struct rate_limit *limit, uint64_t bytes)
{
    if (limit->rate)
        limit->available = least_of(capacity(limit), limit->available + bytes);
}
