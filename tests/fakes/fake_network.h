/* A network that comes, goes and costs what a test says. Thread-safe. */
#ifndef FAKE_NETWORK_H
#define FAKE_NETWORK_H

#include "network.h"

struct fake_network {
    struct network network; /* what the code under test gets */
    struct lock lock;
    struct network_status now;
    struct signal *changed;
};

void fake_network_init(struct fake_network *fake); /* connected and unrestricted */
void fake_network_set(struct fake_network *fake, bool is_connected, uint32_t cost);
void fake_network_await_cost(struct fake_network *fake); /* what it costs is not known yet; set() says it */
void fake_network_replace(struct fake_network *fake);    /* with another one, in one go */

#endif
