#include "lock.h"

#include <stdatomic.h>
#include <windows.h>

_Static_assert(sizeof(struct lock) == sizeof(SRWLOCK) && _Alignof(struct lock) == _Alignof(SRWLOCK),
               "lock.h promises one pointer");
_Static_assert(sizeof(struct condition) == sizeof(CONDITION_VARIABLE), "lock.h promises one pointer");

/* The functions below are where the analysis ends: what they call carries no annotations. */

void lock_acquire(struct lock *lock) NO_THREAD_SAFETY_ANALYSIS
{
    AcquireSRWLockExclusive((SRWLOCK *)lock);
}

void lock_release(struct lock *lock) NO_THREAD_SAFETY_ANALYSIS
{
    ReleaseSRWLockExclusive((SRWLOCK *)lock);
}

void lock_acquire_shared(struct lock *lock) NO_THREAD_SAFETY_ANALYSIS
{
    AcquireSRWLockShared((SRWLOCK *)lock);
}

void lock_release_shared(struct lock *lock) NO_THREAD_SAFETY_ANALYSIS
{
    ReleaseSRWLockShared((SRWLOCK *)lock);
}

void condition_wait(struct condition *condition, struct lock *lock, uint64_t milliseconds)
{
    /* A finite wait longer than a DWORD holds ends early, which callers have to expect anyway. */
    DWORD limit = INFINITE;
    if (milliseconds != UINT64_MAX)
        limit = milliseconds < INFINITE ? (DWORD)milliseconds : INFINITE - 1;
    SleepConditionVariableSRW((CONDITION_VARIABLE *)condition, (SRWLOCK *)lock, limit, 0);
}

void condition_wake_one(struct condition *condition)
{
    WakeConditionVariable((CONDITION_VARIABLE *)condition);
}

void condition_wake_all(struct condition *condition)
{
    WakeAllConditionVariable((CONDITION_VARIABLE *)condition);
}

/* Of the driver kit; winternl.h lacks it. So it is from when the process has ended all threads but the one that leaves. */
BOOLEAN NTAPI RtlDllShutdownInProgress(void);

enum signal_state {
    SIGNAL_CLEAR,
    SIGNAL_SET,
    SIGNAL_AWAITED /* and clear: the waiter sleeps until it is woken */
};

/* The system's waking takes a lock of its own, which a thread that was ended may have. */
void signal_set(struct signal *signal)
{
    if (atomic_exchange(&signal->state, SIGNAL_SET) == SIGNAL_AWAITED && !RtlDllShutdownInProgress())
        WakeByAddressSingle((void *)&signal->state);
}

/* Until the signal is set, for at most `milliseconds`. Not by an event: each that is set costs a call of Wine's server, each wait two, and files end by the
 * thousand. */
static void sleep_until_set(struct signal *signal, uint64_t milliseconds)
{
    int awaited = SIGNAL_AWAITED;
    ULONGLONG start = GetTickCount64();
    for (uint64_t left = milliseconds; left && atomic_load(&signal->state) == SIGNAL_AWAITED;) {
        DWORD limit = left < INFINITE ? (DWORD)left : milliseconds == UINT64_MAX ? INFINITE : INFINITE - 1;
        WaitOnAddress((volatile void *)&signal->state, &awaited, sizeof(awaited), limit);
        ULONGLONG waited = GetTickCount64() - start;
        if (milliseconds != UINT64_MAX)
            left = waited < milliseconds ? milliseconds - waited : 0;
    }
}

bool signal_wait(struct signal *signal, uint64_t milliseconds)
{
    int found = SIGNAL_CLEAR;
    if (atomic_compare_exchange_strong(&signal->state, &found, SIGNAL_AWAITED))
        sleep_until_set(signal, milliseconds);
    return atomic_exchange(&signal->state, SIGNAL_CLEAR) == SIGNAL_SET;
}
