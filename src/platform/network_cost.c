#include "network.h"

/* NLM_CONNECTION_COST, as netlistmgr.h has it */
#define COST_UNRESTRICTED     0x1u
#define COST_FIXED            0x2u /* a plan with a limit */
#define COST_VARIABLE         0x4u /* each byte costs */
#define COST_OVER_LIMIT       0x10000u
#define COST_CONGESTED        0x20000u
#define COST_ROAMING          0x40000u
#define COST_APPROACHES_LIMIT 0x80000u

#define CONNECTIVITY_NO_TRAFFIC 0x3u /* an interface is up, but nothing gets through: IPv4, IPv6 */

static uint32_t cost_of_plan(uint32_t nlm_cost)
{
    if (nlm_cost & COST_OVER_LIMIT)
        return nlm_cost & COST_CONGESTED ? NETWORK_COST_OVER_CAP_THROTTLED : NETWORK_COST_OVER_CAP_CHARGED;
    return nlm_cost & COST_APPROACHES_LIMIT ? NETWORK_COST_NEAR_CAP : NETWORK_COST_CAPPED;
}

uint32_t network_cost_of(uint32_t nlm_cost)
{
    uint32_t cost = nlm_cost & COST_ROAMING ? NETWORK_COST_ROAMING : 0;
    if (nlm_cost & COST_VARIABLE)
        return cost | NETWORK_COST_USAGE_BASED;
    if (nlm_cost & COST_FIXED)
        return cost | cost_of_plan(nlm_cost);
    return cost | (nlm_cost & COST_UNRESTRICTED ? NETWORK_COST_UNRESTRICTED : 0);
}

void network_note_connected(struct network_status *status, bool is_connected)
{
    status->is_connected = is_connected;
    if (is_connected)
        status->connections++;
}

bool network_is_connected_by(uint32_t nlm_connectivity)
{
    return (nlm_connectivity & ~CONNECTIVITY_NO_TRAFFIC) != 0;
}
