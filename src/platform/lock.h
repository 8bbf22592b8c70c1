/* Locks, conditions and signals, with the annotations that clang's -Wthread-safety checks. No windows.h: the storage
 * is one pointer each, as SRWLOCK and CONDITION_VARIABLE are (asserted in lock.c). All zeros is a free lock; nothing
 * needs destroying. */
#ifndef DOSVC_PLATFORM_LOCK_H
#define DOSVC_PLATFORM_LOCK_H

#include "hresult.h"

#if defined(__clang__)
#define THREAD_ANNOTATION(x) __attribute__((x))
#else
#define THREAD_ANNOTATION(x)
#endif
#define CAPABILITY(name)          THREAD_ANNOTATION(capability(name))
#define ACQUIRES(...)             THREAD_ANNOTATION(acquire_capability(__VA_ARGS__))
#define ACQUIRES_SHARED(...)      THREAD_ANNOTATION(acquire_shared_capability(__VA_ARGS__))
#define RELEASES(...)             THREAD_ANNOTATION(release_capability(__VA_ARGS__))
#define RELEASES_SHARED(...)      THREAD_ANNOTATION(release_shared_capability(__VA_ARGS__))
#define REQUIRES(...)             THREAD_ANNOTATION(requires_capability(__VA_ARGS__))
#define REQUIRES_SHARED(...)      THREAD_ANNOTATION(requires_shared_capability(__VA_ARGS__))
#define EXCLUDES(...)             THREAD_ANNOTATION(locks_excluded(__VA_ARGS__))
#define NO_THREAD_SAFETY_ANALYSIS THREAD_ANNOTATION(no_thread_safety_analysis)

struct CAPABILITY("lock") lock {
    void *state;
};

struct condition {
    void *state;
};

void lock_acquire(struct lock *lock) ACQUIRES(*lock);
void lock_release(struct lock *lock) RELEASES(*lock);
void lock_acquire_shared(struct lock *lock) ACQUIRES_SHARED(*lock);
void lock_release_shared(struct lock *lock) RELEASES_SHARED(*lock);

/* Waits for at most `milliseconds` (UINT64_MAX: for ever) with the lock released meanwhile; may wake without cause. */
void condition_wait(struct condition *condition, struct lock *lock, uint64_t milliseconds) REQUIRES(*lock);
void condition_wake_one(struct condition *condition);
void condition_wake_all(struct condition *condition);

/* A flag to wait for: set stays set until one wait takes it. For one waiter. All zeros is a clear one; nothing needs destroying. Setting it
 * takes no lock, and no call of the system unless somebody sleeps; and when the process has ended its other threads already, as it has when
 * it calls modules for the last time, it wakes nobody. */
struct signal {
    int _Atomic state; /* enum signal_state in lock.c */
};

void signal_set(struct signal *signal);
/* True when the signal was set (and takes it), false after `milliseconds` (UINT64_MAX: for ever). */
bool signal_wait(struct signal *signal, uint64_t milliseconds);

#endif
