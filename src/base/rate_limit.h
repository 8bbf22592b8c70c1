/* How many bytes may go now, under a limit of bytes a second: a token bucket. Pure; time comes as an argument, in milliseconds of a monotonic clock.
 *
 * By example: at 100,000 bytes/s each millisecond brings 100 tokens, one for each byte. Unused ones pile up to those of a quarter of a second, 25,000; whoever
 * wants to read asks for 65,536 bytes, gets 25,000, and the next one 250 ms later another 25,000. Nobody is let go for less than is worth a read. */
#ifndef DOSVC_BASE_RATE_LIMIT_H
#define DOSVC_BASE_RATE_LIMIT_H

#include <stdint.h>

/* All zeros: no limit. */
struct rate_limit {
    uint64_t rate; /* bytes a second; 0: no limit */
    uint64_t available;
    uint64_t part; /* thousandths of a byte beyond that */
    uint64_t at;   /* when that was so */
};

/* From now on; what is available stays, as far as the new rate allows. */
void rate_limit_set(struct rate_limit *limit, uint64_t rate, uint64_t now);
/* Takes as many of `wanted` bytes as may go now. 0: none, ask again later. */
uint64_t rate_limit_take(struct rate_limit *limit, uint64_t now, uint64_t wanted);
/* Bytes that were taken and not used. */
void rate_limit_give_back(struct rate_limit *limit, uint64_t bytes);

#endif
