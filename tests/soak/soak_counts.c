#include "soak.h"

#include <stdlib.h>
#include <string.h>

#include <tlhelp32.h>
#include <winternl.h>

#define HANDLE_INFORMATION ((SYSTEM_INFORMATION_CLASS)16) /* SystemHandleInformation */
#define LENGTH_MISMATCH    ((NTSTATUS)0xC0000004)
#define LARGE_BLOCK        (32u << 10)
#define SAMPLES            5
#define SAMPLE_PAUSE_MS    50

struct handle_entry {
    uint16_t process, trace;
    uint8_t type, attributes;
    uint16_t value;
    void *object;
    ULONG access;
};

struct handle_list {
    ULONG count;
    struct handle_entry entries[];
};

/* GetProcessHandleCount answers 0 under Wine; the list of all handles there is does not. */
static uint64_t count_handles(void)
{
    static void *buffer;
    static ULONG size = 1 << 20;
    uint64_t count = 0;
    NTSTATUS status = LENGTH_MISMATCH;
    while (!buffer || (status = NtQuerySystemInformation(HANDLE_INFORMATION, buffer, size, NULL)) == LENGTH_MISMATCH) {
        free(buffer);
        size *= buffer ? 2 : 1;
        buffer = malloc(size);
        if (!buffer)
            soak_fail("no memory for the list of handles");
    }
    if (status < 0)
        soak_fail("NtQuerySystemInformation: 0x%08lX", (unsigned long)status);
    const struct handle_list *list = buffer;
    for (ULONG i = 0; i < list->count; i++)
        count += list->entries[i].process == (uint16_t)GetCurrentProcessId();
    return count;
}

static uint64_t count_threads(void)
{
    THREADENTRY32 entry = {.dwSize = sizeof(entry)};
    uint64_t count = 0;
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
    if (snapshot == INVALID_HANDLE_VALUE)
        soak_fail("CreateToolhelp32Snapshot: %lu", GetLastError());
    for (BOOL more = Thread32First(snapshot, &entry); more; more = Thread32Next(snapshot, &entry))
        count += entry.th32OwnerProcessID == GetCurrentProcessId();
    CloseHandle(snapshot);
    return count;
}

/* Committed memory that is the process's own: heaps, stacks, mapped by nobody else. (PrivateUsage is 0 under Wine.) */
static uint64_t count_private(void)
{
    MEMORY_BASIC_INFORMATION region;
    uint64_t bytes = 0;
    for (const uint8_t *at = NULL; VirtualQuery(at, &region, sizeof(region)); at += region.RegionSize) {
        if (region.State == MEM_COMMIT && region.Type == MEM_PRIVATE)
            bytes += region.RegionSize;
    }
    return bytes;
}

/* What somebody holds, in all heaps: the C library's, the system's, COM's. */
static void count_heap(uint64_t *bytes, uint64_t *large)
{
    HANDLE heaps[64];
    *bytes = *large = 0;
    DWORD count = GetProcessHeaps(ARRAYSIZE(heaps), heaps);
    if (count > ARRAYSIZE(heaps))
        soak_fail("%lu heaps", count);
    for (DWORD i = 0; i < count; i++) {
        PROCESS_HEAP_ENTRY entry = {.lpData = NULL};
        HeapLock(heaps[i]);
        while (HeapWalk(heaps[i], &entry)) {
            if (!(entry.wFlags & PROCESS_HEAP_ENTRY_BUSY))
                continue;
            if (entry.cbData < LARGE_BLOCK)
                *bytes += entry.cbData;
            else
                ++*large;
        }
        HeapUnlock(heaps[i]);
    }
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* The least of several looks: what is just going does not count. */
struct soak_counts soak_counts_take(void)
{
    struct soak_counts counts = {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX};
    for (int i = 0; i < SAMPLES; i++) {
        uint64_t heap, large;
        if (i)
            Sleep(SAMPLE_PAUSE_MS);
        counts.handles = least(counts.handles, count_handles());
        counts.threads = least(counts.threads, count_threads());
        count_heap(&heap, &large);
        counts.heap = least(counts.heap, heap);
        counts.large = least(counts.large, large);
        counts.private = least(counts.private, count_private());
    }
    return counts;
}

static DWORD WINAPI wait_for(void *event)
{
    return WaitForSingleObject(event, INFINITE);
}

void soak_counts_prove(void)
{
    enum { BLOCK = 4 << 20, SMALL = 4000 };
    (void)soak_counts_take(); /* its own buffer is there from now on */
    struct soak_counts before = soak_counts_take();
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    HANDLE thread = CreateThread(NULL, 0, wait_for, event, 0, NULL);
    void *block = malloc(BLOCK), *small = malloc(SMALL);
    if (!event || !thread || !block || !small)
        soak_fail("nothing left to leak");
    memset(block, 1, BLOCK);
    struct soak_counts after = soak_counts_take();
    if (after.handles < before.handles + 2 || after.threads != before.threads + 1 || after.heap < before.heap + SMALL ||
        after.large < before.large + 1 || after.private < before.private + BLOCK)
        soak_fail(
            "a leak does not show: handles %llu to %llu, threads %llu to %llu, heap %llu to %llu and %llu to %llu "
            "blocks, private %llu to %llu",
            before.handles, after.handles, before.threads, after.threads, before.heap, after.heap, before.large,
            after.large, before.private, after.private);
    SetEvent(event);
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
    CloseHandle(event);
    free(small);
    free(block);
    if (soak_counts_take().handles != before.handles)
        soak_fail("the count of handles does not come back");
}
