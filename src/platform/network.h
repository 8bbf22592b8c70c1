/* Whether there is a network, and what it costs. The seam: production asks Windows, tests say what they like. */
#ifndef DOSVC_PLATFORM_NETWORK_H
#define DOSVC_PLATFORM_NETWORK_H

#include "lock.h"

/* What a connection costs: the bits of BITS_COST_STATE. */
#define NETWORK_COST_UNRESTRICTED       0x01u
#define NETWORK_COST_CAPPED             0x02u /* how much of the plan is used is not known */
#define NETWORK_COST_BELOW_CAP          0x04u
#define NETWORK_COST_NEAR_CAP           0x08u
#define NETWORK_COST_OVER_CAP_CHARGED   0x10u
#define NETWORK_COST_OVER_CAP_THROTTLED 0x20u
#define NETWORK_COST_USAGE_BASED        0x40u
#define NETWORK_COST_ROAMING            0x80u
#define NETWORK_COST_STATES             0xFFu

struct network_status {
    bool is_connected;
    uint32_t connections; /* how often it was said that there is one: each time it may be another */
    uint32_t cost;        /* bits that all hold; 0: not known */
    bool is_cost_awaited; /* it is being asked for, and will be known soon, or be known not to be */
};

struct network {
    /* Begins to watch: `changed` is set whenever the status has become another one. Until something is known there is a network, and its cost is awaited. */
    HRESULT (*watch)(struct network *network, struct signal *changed);
    struct network_status (*status)(struct network *network);
    /* The signal is not touched any more. */
    void (*unwatch)(struct network *network);
};

/* Windows' own network list; lives for ever. It is watched by a thread of our own, in the multithreaded apartment. Only its events tell of a lost network: what it says
 * before the first of them is too often wrong, of networks without a gateway as of Wine's. */
struct network *network_system(void);

/* What Windows' numbers mean. Pure. */
uint32_t network_cost_of(uint32_t nlm_cost);             /* NLM_CONNECTION_COST to NETWORK_COST_* */
bool network_is_connected_by(uint32_t nlm_connectivity); /* NLM_CONNECTIVITY: bytes can go somewhere */
void network_note_connected(struct network_status *status, bool is_connected); /* it was said so */

#endif
