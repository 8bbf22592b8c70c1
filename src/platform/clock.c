#include "clock.h"

#include <windows.h>

/* Counts the time that the machine sleeps, too: a deadline is meant as a user sees it. */
static uint64_t system_now(struct clock *clock)
{
    (void)clock;
    return GetTickCount64();
}

static uint64_t system_utc(struct clock *clock)
{
    (void)clock;
    FILETIME time;
    GetSystemTimeAsFileTime(&time);
    return (uint64_t)time.dwHighDateTime << 32 | time.dwLowDateTime;
}

static bool system_wait(struct clock *clock, struct signal *signal, uint64_t deadline)
{
    if (deadline == CLOCK_NEVER)
        return signal_wait(signal, UINT64_MAX);
    uint64_t now = system_now(clock);
    return signal_wait(signal, deadline > now ? deadline - now : 0);
}

uint32_t clock_local_hour(uint64_t utc)
{
    FILETIME time = {(DWORD)utc, (DWORD)(utc >> 32)};
    SYSTEMTIME universal, local;
    if (!FileTimeToSystemTime(&time, &universal) || !SystemTimeToTzSpecificLocalTime(NULL, &universal, &local))
        return 0;
    return local.wHour;
}

struct clock *clock_system(void)
{
    static struct clock clock = {system_now, system_utc, system_wait};
    return &clock;
}
