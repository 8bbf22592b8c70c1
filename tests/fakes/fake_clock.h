/* A clock that stands still until a test advances it. */
#ifndef FAKE_CLOCK_H
#define FAKE_CLOCK_H

#include "clock.h"

#define FAKE_CLOCK_START_MS  1000000u
#define FAKE_CLOCK_START_UTC 134000000000000000ull /* 2025-08-18 */
#define FAKE_CLOCK_WAITERS   32

struct fake_clock {
    struct clock clock; /* what the code under test gets */
    struct lock lock;
    struct condition changed; /* a waiter came or went */
    uint64_t milliseconds, utc;
    struct fake_clock_waiter {
        struct signal *signal;
        uint64_t deadline;
    } waiters[FAKE_CLOCK_WAITERS];
    unsigned waiter_count;
    bool is_holding;
    unsigned held_count;
};

void fake_clock_init(struct fake_clock *fake);

/* Both kinds of time go on together; whoever waits for a deadline that has come now is woken (and sees its signal as
 * set). */
void fake_clock_advance(struct fake_clock *fake, uint64_t milliseconds);

/* Waits until `count` threads at least wait for the clock. False after `timeout_ms` of real time. */
bool fake_clock_await_waiters(struct fake_clock *fake, unsigned count, uint64_t timeout_ms);

/* From now on whoever waits stays in its wait, until fake_clock_let_go: an engine whose thread is held does nothing of its own accord. Returns
 * when a thread is held; false after `timeout_ms` of real time. */
bool fake_clock_hold(struct fake_clock *fake, uint64_t timeout_ms);
void fake_clock_let_go(struct fake_clock *fake);

/* The earliest deadline that is waited for, CLOCK_NEVER without one: how far to advance. */
uint64_t fake_clock_next_deadline(struct fake_clock *fake);

#endif
