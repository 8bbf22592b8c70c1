#include "usage.h"

#include "thread.h"

#include <windows.h>

#include <stdatomic.h>

#define SETTLE_YIELDS 20 /* before it sleeps */

static _Atomic uint32_t count;
static _Atomic uint32_t serial;
static struct signal *_Atomic watcher;
static _Atomic uint32_t enders; /* calls of usage_end that may be about to set the watcher */

static _Atomic uint32_t looker; /* the thread that looks */
static _Atomic uint32_t looks_begun;
static _Atomic uint32_t looks_ended;

void usage_begin(void)
{
    /* The serial first: who sees the count fall back to 0 sees that there was a use. */
    atomic_fetch_add(&serial, 1);
    atomic_fetch_add(&count, 1);
}

/* Sets the signal. False: nobody watches. */
static bool tell_watcher(void)
{
    atomic_fetch_add(&enders, 1);
    struct signal *signal = atomic_load(&watcher);
    if (signal)
        signal_set(signal);
    atomic_fetch_sub(&enders, 1);
    return signal != NULL;
}

static bool is_settled(uint32_t look)
{
    bool has_looked = (int32_t)(atomic_load(&looks_ended) - look) >= 0;
    return (has_looked && thread_delicate_count() == 0) || !atomic_load(&watcher) || atomic_load(&count) != 0;
}

/* So it is when the process ends: the system ends all threads but one, which may have objects to let go of still. */
static bool is_looker_dead(void)
{
    HANDLE thread = OpenThread(SYNCHRONIZE, FALSE, atomic_load(&looker));
    bool is_dead = !thread || WaitForSingleObject(thread, 0) == WAIT_OBJECT_0;
    if (thread)
        CloseHandle(thread);
    return is_dead;
}

/* Whoever lets go of the last object is mostly about to leave the process, which is no moment to be in the middle of something
 * (thread_delicate_begin): what is left to be done is done first. Not on Windows, which bears it, and where the watcher may want this very
 * thread to answer a call. No lock: a thread that is dead may have it. */
static void settle(uint32_t look)
{
    ULONGLONG start = GetTickCount64();
    for (unsigned i = 0; !is_settled(look) && GetTickCount64() - start < USAGE_SETTLE_MS; i++) {
        if (i < SETTLE_YIELDS)
            SwitchToThread();
        else if (i == SETTLE_YIELDS && is_looker_dead())
            return;
        else
            Sleep(1);
    }
}

void usage_end(void)
{
    /* The one that is under way may have passed by already what this use leaves behind. */
    uint32_t next_look = atomic_load(&looks_begun) + 1;
    bool is_last = atomic_fetch_sub(&count, 1) == 1 && tell_watcher();
    if (is_last && thread_is_killed_anywhere() && atomic_load(&looker) != GetCurrentThreadId())
        settle(next_look);
}

void usage_look_begin(void)
{
    atomic_store(&looker, GetCurrentThreadId());
    atomic_fetch_add(&looks_begun, 1);
}

void usage_look_end(void)
{
    atomic_fetch_add(&looks_ended, 1);
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
