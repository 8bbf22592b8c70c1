#include "fake_network.h"

#include <string.h>

static struct fake_network *fake_of(struct network *network)
{
    return (struct fake_network *)network;
}

static HRESULT fake_watch(struct network *network, struct signal *changed)
{
    struct fake_network *fake = fake_of(network);
    lock_acquire(&fake->lock);
    fake->changed = changed;
    lock_release(&fake->lock);
    return S_OK;
}

static struct network_status fake_status(struct network *network)
{
    struct fake_network *fake = fake_of(network);
    lock_acquire(&fake->lock);
    struct network_status now = fake->now;
    lock_release(&fake->lock);
    return now;
}

static void fake_unwatch(struct network *network)
{
    (void)fake_watch(network, NULL);
}

void fake_network_init(struct fake_network *fake)
{
    memset(fake, 0, sizeof(*fake));
    fake->network = (struct network){fake_watch, fake_status, fake_unwatch};
    fake->now = (struct network_status){.is_connected = true, .cost = NETWORK_COST_UNRESTRICTED};
}

void fake_network_set(struct fake_network *fake, bool is_connected, uint32_t cost)
{
    lock_acquire(&fake->lock);
    if (is_connected != fake->now.is_connected)
        network_note_connected(&fake->now, is_connected);
    fake->now.cost = cost;
    fake->now.is_cost_awaited = false;
    if (fake->changed)
        signal_set(fake->changed);
    lock_release(&fake->lock);
}

void fake_network_await_cost(struct fake_network *fake)
{
    lock_acquire(&fake->lock);
    fake->now.cost = 0;
    fake->now.is_cost_awaited = true;
    lock_release(&fake->lock);
}

void fake_network_replace(struct fake_network *fake)
{
    lock_acquire(&fake->lock);
    network_note_connected(&fake->now, true);
    if (fake->changed)
        signal_set(fake->changed);
    lock_release(&fake->lock);
}
