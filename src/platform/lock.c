#include "lock.h"

#include "log.h"

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

HRESULT signal_init(struct signal *signal)
{
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
    SetEvent(signal->event);
}

bool signal_wait(struct signal *signal, uint64_t milliseconds)
{
    ULONGLONG start = GetTickCount64();
    for (;;) {
        ULONGLONG waited = GetTickCount64() - start;
        uint64_t left = waited < milliseconds ? milliseconds - waited : 0;
        DWORD limit = INFINITE;
        if (milliseconds != UINT64_MAX)
            limit = left < INFINITE ? (DWORD)left : INFINITE - 1;
        DWORD outcome = WaitForSingleObject(signal->event, limit);
        if (outcome == WAIT_OBJECT_0)
            return true;
        if (outcome == WAIT_FAILED) {
            log_last_error(LOG_MODULE, L"cannot wait for a signal");
            return false;
        }
        if (left == 0)
            return false;
    }
}
