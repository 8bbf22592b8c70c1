#include "lock.h"

#include "log.h"

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

enum signal_state {
    SIGNAL_CLEAR,
    SIGNAL_SET,
    SIGNAL_AWAITED /* and clear: the waiter sleeps until the event is set */
};

HRESULT signal_init(struct signal *signal)
{
    atomic_init(&signal->state, SIGNAL_CLEAR);
    signal->event = CreateEventW(NULL, FALSE, FALSE, NULL);
    return signal->event ? S_OK : log_last_error(LOG_MODULE, L"cannot make a signal");
}

void signal_destroy(struct signal *signal)
{
    if (signal->event)
        CloseHandle(signal->event);
    signal->event = NULL;
}

void signal_set(struct signal *signal)
{
    if (atomic_exchange(&signal->state, SIGNAL_SET) == SIGNAL_AWAITED)
        SetEvent(signal->event);
}

/* Until the signal is set, for at most `milliseconds`. An event that comes after the time-out of the wait that it was for ends no later one. */
static void sleep_until_set(struct signal *signal, uint64_t milliseconds)
{
    ULONGLONG start = GetTickCount64();
    uint64_t left = milliseconds;
    for (;;) {
        DWORD limit = INFINITE;
        if (milliseconds != UINT64_MAX)
            limit = left < INFINITE ? (DWORD)left : INFINITE - 1;
        if (WaitForSingleObject(signal->event, limit) == WAIT_FAILED) {
            log_last_error(LOG_MODULE, L"cannot wait for a signal");
            return;
        }
        if (atomic_load(&signal->state) != SIGNAL_AWAITED || left == 0)
            return;
        ULONGLONG waited = GetTickCount64() - start;
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
