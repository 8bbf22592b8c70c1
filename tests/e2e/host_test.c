/* One process hosts a queue, whoever races for it. Six processes (this program again) call CoCreateInstance at the same moment, round after round; the one
 * that has become the host is ended by TerminateProcess, and another one takes its place in the next round. */
#include "client.h"
#include "start_self.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NO_SERVICE   ((HRESULT)0x80D01001)
#define RACERS       6
#define ROUNDS       40
#define AT_ONCE_MS   5000u /* far less than any time-out of ours; this machine may be busy */
#define ARENA_NAME   L"Local\\dosvc host_test arena"
#define KILLED       99u
#define NOT_ANSWERED S_FALSE

/* In memory that all of them share. */
struct arena {
    volatile LONG hosts;      /* at this moment */
    volatile LONG most_hosts; /* there ever were */
    struct racer {
        volatile LONG round; /* the last one that it was in */
        volatile HRESULT answer;
        volatile DWORD milliseconds;
    } racers[RACERS];
};

static struct arena *arena;
static HANDLE starts[RACERS], answers[RACERS], racers[RACERS];

/* Names are of this program's prefix, and made by its first process. */
static HANDLE signal_of(const wchar_t *kind, int number)
{
    wchar_t name[64];
    (void)swprintf(name, ARRAYSIZE(name), L"Local\\dosvc host_test %ls %d", kind, number);
    return CreateEventW(NULL, FALSE, FALSE, name);
}

static bool open_arena(void)
{
    HANDLE mapping = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, sizeof(*arena), ARENA_NAME);
    arena = MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, sizeof(*arena));
    return arena;
}

/* ---- A racer ---- */

static HRESULT try_to_host(struct racer *racer)
{
    IBackgroundCopyManager *manager = NULL;
    ULONGLONG begin = GetTickCount64();
    HRESULT hr = CoCreateInstance(&CLSID_DeliveryOptimization, NULL, CLSCTX_INPROC_SERVER, &IID_IBackgroundCopyManager,
                                  (void **)&manager);
    racer->milliseconds = (DWORD)(GetTickCount64() - begin);
    if (SUCCEEDED(hr)) {
        LONG hosts = InterlockedIncrement(&arena->hosts);
        if (hosts > arena->most_hosts)
            InterlockedExchange(&arena->most_hosts, hosts);
    }
    return hr; /* a manager is kept until the process is ended */
}

static int race(int number)
{
    HANDLE start = signal_of(L"start", number), answer = signal_of(L"answer", number);
    if (!open_arena() || FAILED(CoInitializeEx(NULL, COINIT_MULTITHREADED)))
        return 2;
    struct racer *racer = &arena->racers[number];
    while (WaitForSingleObject(start, WAIT_LIMIT_MS) == WAIT_OBJECT_0) {
        racer->answer = try_to_host(racer);
        racer->round++;
        SetEvent(answer);
    }
    return 3;
}

/* ---- Who lets them race ---- */

static void start_racer(int number)
{
    wchar_t arguments[16];
    (void)swprintf(arguments, ARRAYSIZE(arguments), L"%d", number);
    racers[number] = start_self(arguments, NULL);
    assert_non_null(racers[number]);
}

static void end_racer(int number)
{
    (void)TerminateProcess(racers[number], KILLED);
    assert_int_equal(WaitForSingleObject(racers[number], WAIT_LIMIT_MS), WAIT_OBJECT_0);
    CloseHandle(racers[number]);
}

/* The number of the host. */
static int run_round(void)
{
    int host = -1;
    for (int i = 0; i < RACERS; i++) {
        arena->racers[i].answer = NOT_ANSWERED;
        SetEvent(starts[i]);
    }
    assert_int_equal(WaitForMultipleObjects(RACERS, answers, TRUE, WAIT_LIMIT_MS), WAIT_OBJECT_0);
    for (int i = 0; i < RACERS; i++) {
        const struct racer *racer = &arena->racers[i];
        assert_in_range(racer->milliseconds, 0, AT_ONCE_MS);
        if (racer->answer == S_OK) {
            assert_int_equal(host, -1);
            host = i;
        } else if (racer->answer != NO_SERVICE) {
            fail_msg("racer %d: 0x%08lX", i, (unsigned long)racer->answer);
        }
    }
    assert_in_range(host, 0, RACERS - 1);
    return host;
}

static void of_six_processes_that_race_one_hosts_the_queue(void **context)
{
    (void)context;
    bool has_hosted[RACERS] = {false};
    for (int i = 0; i < RACERS; i++)
        start_racer(i);
    for (int round = 0; round < ROUNDS; round++) {
        int host = run_round();
        has_hosted[host] = true;
        assert_int_equal(arena->hosts, 1);
        end_racer(host);
        InterlockedExchange(&arena->hosts, 0);
        start_racer(host);
    }
    for (int i = 0; i < RACERS; i++)
        end_racer(i);
    assert_int_equal(arena->most_hosts, 1);
    int different = 0;
    for (int i = 0; i < RACERS; i++)
        different += has_hosted[i];
    assert_in_range(different, 2, RACERS); /* or there was no race */
    print_message("%d rounds, %d different hosts\n", ROUNDS, different);
}

static int open_all(void **context)
{
    (void)context;
    for (int i = 0; i < RACERS; i++) {
        starts[i] = signal_of(L"start", i);
        answers[i] = signal_of(L"answer", i);
    }
    return open_arena() ? 0 : -1;
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_six_processes_that_race_one_hosts_the_queue),
    };
    if (count == 2)
        return race(atoi(arguments[1]));
    return cmocka_run_group_tests(tests, open_all, NULL);
}
