#include "usage.h"

#include <windows.h>

#include <stdatomic.h>

static _Atomic uint32_t count;
static _Atomic uint32_t serial;
static struct signal *_Atomic watcher;
static _Atomic uint32_t enders; /* calls of usage_end that may be about to set the watcher */

void usage_begin(void)
{
    /* The serial first: who sees the count fall back to 0 sees that there was a use. */
    atomic_fetch_add(&serial, 1);
    atomic_fetch_add(&count, 1);
}

void usage_end(void)
{
    atomic_fetch_add(&enders, 1);
    if (atomic_fetch_sub(&count, 1) == 1) {
        struct signal *signal = atomic_load(&watcher);
        if (signal)
            signal_set(signal);
    }
    atomic_fetch_sub(&enders, 1);
}

uint32_t usage_count(void)
{
    return atomic_load(&count);
}

uint32_t usage_serial(void)
{
    return atomic_load(&serial);
}

void usage_watch(struct signal *signal)
{
    atomic_store(&watcher, signal);
    /* Who came before may still hold the old one: a few instructions, never a wait. */
    while (atomic_load(&enders) != 0)
        SwitchToThread();
}
