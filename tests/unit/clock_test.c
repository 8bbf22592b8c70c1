/* Time, signals, locks and threads; and that the fake clock keeps the same promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <windows.h>

#include <cmocka.h>

#include "fake_clock.h"
#include "thread.h"

#define LONG_MS 30000u /* nothing here takes that long; a test that waits so long fails */

static void system_time_goes_on(void **state)
{
    (void)state;
    struct clock *clock = clock_system();
    FILETIME time;
    GetSystemTimeAsFileTime(&time);
    uint64_t before = (uint64_t)time.dwHighDateTime << 32 | time.dwLowDateTime;
    uint64_t utc = clock->utc(clock);
    assert_true(utc >= before && utc - before < 600000000ull); /* within a minute */
    uint64_t start = clock->now(clock);
    struct signal signal = {0};
    assert_false(clock->wait(clock, &signal, start + 50));
    uint64_t end = clock->now(clock);
    assert_true(end >= start + 50);
    assert_true(end < start + LONG_MS);
}

static void a_signal_is_taken_by_one_wait(void **state)
{
    (void)state;
    struct clock *clock = clock_system();
    struct signal signal = {0};
    assert_false(signal_wait(&signal, 0));
    signal_set(&signal);
    signal_set(&signal);
    assert_true(clock->wait(clock, &signal, CLOCK_NEVER));
    assert_false(signal_wait(&signal, 0));
    signal_set(&signal);
    assert_true(clock->wait(clock, &signal, 0)); /* a deadline in the past does not hide it */
}

struct ping_pong {
    struct signal ping, pong;
    unsigned rounds;
};

static void answer(void *context)
{
    struct ping_pong *both = context;
    for (unsigned i = 0; i < both->rounds; i++) {
        signal_wait(&both->ping, UINT64_MAX);
        signal_set(&both->pong);
    }
}

static void a_signal_that_meets_a_time_out_is_not_lost(void **state)
{
    (void)state;
    struct clock *clock = clock_system();
    struct ping_pong both = {.rounds = 10000};
    struct thread *thread;
    assert_int_equal(thread_start(u"answer", answer, &both, &thread), S_OK);
    uint64_t end = clock->now(clock) + LONG_MS;
    for (unsigned i = 0; i < both.rounds; i++) {
        signal_set(&both.ping);
        while (!signal_wait(&both.pong, 0))
            assert_true(clock->now(clock) < end);
    }
    thread_join(thread);
}

struct poker {
    struct signal signal;
    _Atomic bool is_over;
};

static void poke(void *context)
{
    struct poker *poker = context;
    while (!atomic_load(&poker->is_over))
        WakeByAddressAll((void *)&poker->signal.state);
}

/* As the system does now and then, or signal_set after the wait that it was for has timed out. */
static void a_wake_without_cause_ends_no_wait(void **state)
{
    (void)state;
    struct clock *clock = clock_system();
    struct poker poker = {.is_over = false};
    struct thread *thread;
    assert_int_equal(thread_start(u"poke", poke, &poker, &thread), S_OK);
    uint64_t start = clock->now(clock);
    assert_false(signal_wait(&poker.signal, 50));
    assert_true(clock->now(clock) >= start + 50);
    atomic_store(&poker.is_over, true);
    thread_join(thread);
}

static void a_signal_wakes_a_thread(void **state)
{
    (void)state;
    struct ping_pong both = {.rounds = 100};
    struct thread *thread;
    assert_int_equal(thread_start(u"answer", answer, &both, &thread), S_OK);
    for (unsigned i = 0; i < 100; i++) {
        signal_set(&both.ping);
        assert_true(signal_wait(&both.pong, LONG_MS));
    }
    thread_join(thread);
}

#define COUNTERS 3
#define ROUNDS   20000

struct shared {
    struct lock lock;
    struct condition changed;
    uint64_t exclusive;     /* lock */
    uint64_t twin;          /* lock: always as `exclusive` */
    _Atomic bool is_torn;   /* a reader saw the two differ */
    _Atomic unsigned there; /* threads that have started: all begin together */
    unsigned done;          /* lock */
};

static void raise_both(void *context)
{
    struct shared *shared = context;
    atomic_fetch_add(&shared->there, 1);
    while (atomic_load(&shared->there) < COUNTERS)
        ;
    for (unsigned i = 0; i < ROUNDS; i++) {
        lock_acquire(&shared->lock);
        shared->exclusive++;
        shared->twin++;
        lock_release(&shared->lock);
        lock_acquire_shared(&shared->lock);
        if (shared->exclusive != shared->twin)
            atomic_store(&shared->is_torn, true);
        lock_release_shared(&shared->lock);
    }
    lock_acquire(&shared->lock);
    shared->done++;
    condition_wake_all(&shared->changed);
    lock_release(&shared->lock);
}

static void a_lock_excludes_and_a_condition_wakes(void **state)
{
    (void)state;
    struct shared shared = {0};
    struct thread *threads[COUNTERS];
    for (size_t i = 0; i < COUNTERS; i++)
        assert_int_equal(thread_start(u"counter", raise_both, &shared, &threads[i]), S_OK);
    lock_acquire(&shared.lock);
    ULONGLONG start = GetTickCount64();
    while (shared.done < COUNTERS && GetTickCount64() - start < LONG_MS)
        condition_wait(&shared.changed, &shared.lock, LONG_MS);
    assert_int_equal(shared.done, COUNTERS);
    assert_true(shared.exclusive == COUNTERS * ROUNDS && shared.twin == COUNTERS * ROUNDS);
    lock_release(&shared.lock);
    for (size_t i = 0; i < COUNTERS; i++)
        thread_join(threads[i]);
    assert_false(atomic_load(&shared.is_torn));
}

static void a_condition_wait_ends_by_itself(void **state)
{
    (void)state;
    struct lock lock = {0};
    struct condition never = {0};
    lock_acquire(&lock);
    condition_wait(&never, &lock, 1);
    lock_release(&lock);
    lock_acquire(&lock); /* it was held again, and given back once */
    lock_release(&lock);
}

struct last {
    struct signal ended;
    _Atomic uint32_t id;
};

static void note_id(void *context)
{
    struct last *last = context;
    atomic_store(&last->id, thread_current_id());
    signal_set(&last->ended);
}

static void the_last_thread_needs_nobody_to_join_it(void **state)
{
    (void)state;
    struct last last = {0};
    assert_int_equal(thread_start_last(u"last", note_id, &last), S_OK);
    assert_true(signal_wait(&last.ended, LONG_MS));
    assert_int_not_equal(atomic_load(&last.id), 0);
    assert_int_not_equal(atomic_load(&last.id), thread_current_id());
}

struct sleeper {
    struct fake_clock *fake;
    struct signal signal;
    uint64_t deadline;
    struct signal woken;
    bool answer;
};

static void sleep_once(void *context)
{
    struct sleeper *sleeper = context;
    struct clock *clock = &sleeper->fake->clock;
    sleeper->answer = clock->wait(clock, &sleeper->signal, sleeper->deadline);
    signal_set(&sleeper->woken);
}

static void the_fake_clock_wakes_a_waiter_when_its_deadline_comes(void **state)
{
    (void)state;
    struct fake_clock fake;
    fake_clock_init(&fake);
    struct sleeper sleeper = {.fake = &fake, .deadline = FAKE_CLOCK_START_MS + 1000};
    struct thread *thread;
    assert_int_equal(thread_start(u"sleeper", sleep_once, &sleeper, &thread), S_OK);
    assert_true(fake_clock_await_waiters(&fake, 1, LONG_MS));
    assert_true(fake_clock_next_deadline(&fake) == FAKE_CLOCK_START_MS + 1000);
    fake_clock_advance(&fake, 999);
    assert_false(signal_wait(&sleeper.woken, 50));
    fake_clock_advance(&fake, 1);
    assert_true(signal_wait(&sleeper.woken, LONG_MS));
    thread_join(thread);
    assert_true(fake.clock.now(&fake.clock) == FAKE_CLOCK_START_MS + 1000);
    assert_true(fake.clock.utc(&fake.clock) == FAKE_CLOCK_START_UTC + 10000000ull);
    assert_false(fake.clock.wait(&fake.clock, &sleeper.signal, FAKE_CLOCK_START_MS + 1000));
}

static void the_fake_clock_answers_a_signal(void **state)
{
    (void)state;
    struct fake_clock fake;
    fake_clock_init(&fake);
    struct sleeper sleeper = {.fake = &fake, .deadline = CLOCK_NEVER};
    struct thread *thread;
    assert_int_equal(thread_start(u"sleeper", sleep_once, &sleeper, &thread), S_OK);
    assert_true(fake_clock_await_waiters(&fake, 1, LONG_MS));
    signal_set(&sleeper.signal);
    assert_true(signal_wait(&sleeper.woken, LONG_MS));
    thread_join(thread);
    assert_true(sleeper.answer);
    assert_true(fake_clock_next_deadline(&fake) == CLOCK_NEVER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(system_time_goes_on),
        cmocka_unit_test(a_signal_is_taken_by_one_wait),
        cmocka_unit_test(a_wake_without_cause_ends_no_wait),
        cmocka_unit_test(a_signal_wakes_a_thread),

        cmocka_unit_test(a_signal_that_meets_a_time_out_is_not_lost),
        cmocka_unit_test(a_lock_excludes_and_a_condition_wakes),
        cmocka_unit_test(a_condition_wait_ends_by_itself),
        cmocka_unit_test(the_last_thread_needs_nobody_to_join_it),
        cmocka_unit_test(the_fake_clock_wakes_a_waiter_when_its_deadline_comes),
        cmocka_unit_test(the_fake_clock_answers_a_signal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
