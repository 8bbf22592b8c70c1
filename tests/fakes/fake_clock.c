#include "fake_clock.h"

#include <stdlib.h>
#include <string.h>

#define FILETIME_PER_MS 10000u

static struct fake_clock *fake_of(struct clock *clock)
{
    return (struct fake_clock *)clock;
}

static uint64_t fake_now(struct clock *clock)
{
    struct fake_clock *fake = fake_of(clock);
    lock_acquire(&fake->lock);
    uint64_t now = fake->milliseconds;
    lock_release(&fake->lock);
    return now;
}

static uint64_t fake_utc(struct clock *clock)
{
    struct fake_clock *fake = fake_of(clock);
    lock_acquire(&fake->lock);
    uint64_t utc = fake->utc;
    lock_release(&fake->lock);
    return utc;
}

static void remove_waiter(struct fake_clock *fake, struct signal *signal) REQUIRES(fake->lock)
{
    unsigned i = 0;
    while (fake->waiters[i].signal != signal)
        i++;
    fake->waiters[i] = fake->waiters[--fake->waiter_count];
    condition_wake_all(&fake->changed);
}

static void stay_while_held(struct fake_clock *fake) REQUIRES(fake->lock)
{
    while (fake->is_holding) {
        fake->held_count++;
        condition_wake_all(&fake->changed);
        condition_wait(&fake->changed, &fake->lock, UINT64_MAX);
        fake->held_count--;
    }
}

static bool fake_wait(struct clock *clock, struct signal *signal, uint64_t deadline)
{
    struct fake_clock *fake = fake_of(clock);
    if (signal_wait(signal, 0))
        return true;
    lock_acquire(&fake->lock);
    stay_while_held(fake);
    if (fake->milliseconds >= deadline) {
        lock_release(&fake->lock);
        return false;
    }
    if (fake->waiter_count == FAKE_CLOCK_WAITERS)
        abort();
    fake->waiters[fake->waiter_count++] = (struct fake_clock_waiter){signal, deadline};
    condition_wake_all(&fake->changed);
    lock_release(&fake->lock);

    /* An advance that passes the deadline sets the signal, too: nobody can tell that from a real one, so it counts
     * as one. */
    signal_wait(signal, UINT64_MAX);
    lock_acquire(&fake->lock);
    remove_waiter(fake, signal);
    stay_while_held(fake);
    lock_release(&fake->lock);
    return true;
}

void fake_clock_init(struct fake_clock *fake)
{
    memset(fake, 0, sizeof(*fake));
    fake->clock = (struct clock){fake_now, fake_utc, fake_wait};
    fake->milliseconds = FAKE_CLOCK_START_MS;
    fake->utc = FAKE_CLOCK_START_UTC;
}

void fake_clock_advance(struct fake_clock *fake, uint64_t milliseconds)
{
    lock_acquire(&fake->lock);
    fake->milliseconds += milliseconds;
    fake->utc += milliseconds * FILETIME_PER_MS;
    for (unsigned i = 0; i < fake->waiter_count; i++) {
        if (fake->waiters[i].deadline <= fake->milliseconds)
            signal_set(fake->waiters[i].signal);
    }
    lock_release(&fake->lock);
}

/* Until one of the fake's counts is `count` at least. */
static bool await_count(struct fake_clock *fake, const unsigned *actual, unsigned count, uint64_t timeout_ms)
    REQUIRES(fake->lock)
{
    struct clock *real = clock_system();
    uint64_t end = real->now(real) + timeout_ms;
    while (*actual < count) {
        uint64_t now = real->now(real);
        if (now >= end)
            break;
        condition_wait(&fake->changed, &fake->lock, end - now);
    }
    return *actual >= count;
}

bool fake_clock_await_waiters(struct fake_clock *fake, unsigned count, uint64_t timeout_ms)
{
    lock_acquire(&fake->lock);
    bool have_come = await_count(fake, &fake->waiter_count, count, timeout_ms);
    lock_release(&fake->lock);
    return have_come;
}

bool fake_clock_hold(struct fake_clock *fake, uint64_t timeout_ms)
{
    lock_acquire(&fake->lock);
    fake->is_holding = true;
    for (unsigned i = 0; i < fake->waiter_count; i++)
        signal_set(fake->waiters[i].signal);
    bool is_held = await_count(fake, &fake->held_count, 1, timeout_ms);
    lock_release(&fake->lock);
    return is_held;
}

void fake_clock_let_go(struct fake_clock *fake)
{
    lock_acquire(&fake->lock);
    fake->is_holding = false;
    condition_wake_all(&fake->changed);
    lock_release(&fake->lock);
}

uint64_t fake_clock_next_deadline(struct fake_clock *fake)
{
    uint64_t next = CLOCK_NEVER;
    lock_acquire(&fake->lock);
    for (unsigned i = 0; i < fake->waiter_count; i++) {
        if (fake->waiters[i].deadline < next)
            next = fake->waiters[i].deadline;
    }
    lock_release(&fake->lock);
    return next;
}
