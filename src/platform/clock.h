/* The single source of time. Production uses the system's; tests a clock that they advance by hand. */
#ifndef DOSVC_PLATFORM_CLOCK_H
#define DOSVC_PLATFORM_CLOCK_H

#include "lock.h"

#define CLOCK_NEVER UINT64_MAX /* a deadline that does not come */

struct clock {
    /* Milliseconds, monotonic, from an arbitrary start. */
    uint64_t (*now)(struct clock *clock);
    /* UTC in FILETIME units (100 ns since 1601). */
    uint64_t (*utc)(struct clock *clock);
    /* Waits until the signal is set (and takes it: true) or now() reaches `deadline` (false). May answer true
     * without cause. */
    bool (*wait)(struct clock *clock, struct signal *signal, uint64_t deadline);
};

/* The hour of the day where this machine stands, 0 to 23. */
uint32_t clock_local_hour(uint64_t utc);

/* The system's clock; lives for ever. */
struct clock *clock_system(void);

#endif
