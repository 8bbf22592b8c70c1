/* What an administrator allows downloads to take, by the hour: DOMaxBackgroundDownloadBandwidth, DOSetHoursToLimitBackgroundDownloadBandwidth and the same for
 * the foreground ("Policy CSP - DeliveryOptimization" on learn.microsoft.com). Pure. */
#ifndef DOSVC_BASE_BANDWIDTH_POLICY_H
#define DOSVC_BASE_BANDWIDTH_POLICY_H

#include <stdint.h>

struct bandwidth_policy {
    uint32_t most_kbps; /* KB (1,024 bytes) a second; 0: no limit */
    uint32_t from,
        to; /* hours of the day, 0 to 23: business hours are [from, to), over midnight when from > to; equal: there are none */
    uint32_t percent_in;  /* of the bandwidth there is, in business hours; 0: all of it */
    uint32_t percent_out; /* and outside of them */
};

/* Bytes a second at this hour; 0: no limit. `there_is`: the bandwidth there is, bytes a second; 0: not known yet, which limits nothing. */
uint64_t bandwidth_policy_rate(const struct bandwidth_policy *policy, uint32_t hour, uint64_t there_is);

#endif
