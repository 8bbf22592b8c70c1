#include "bandwidth_policy.h"

#include <stdbool.h>

#define BYTES_PER_KB 1024ull

static bool is_business_hour(const struct bandwidth_policy *policy, uint32_t hour)
{
    if (policy->from <= policy->to)
        return hour >= policy->from && hour < policy->to;
    return hour >= policy->from || hour < policy->to;
}

uint64_t bandwidth_policy_rate(const struct bandwidth_policy *policy, uint32_t hour, uint64_t there_is)
{
    uint64_t most = policy->most_kbps * BYTES_PER_KB;
    if (policy->from == policy->to)
        return most;
    uint32_t percent = is_business_hour(policy, hour) ? policy->percent_in : policy->percent_out;
    if (percent == 0 || percent >= 100)
        return most;
    uint64_t whole = most ? most : there_is;
    uint64_t part = whole * percent / 100;
    return whole && !part ? 1 : part;
}
