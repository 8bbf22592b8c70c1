/* soak.exe MINUTES SEED http://127.0.0.1:PORT: the whole run. In a third of the time processes are killed, one after another, and each goes
 * on with the queue of the one before; then one process is watched for leaks. Prints the seed and, at the end, what was done.
 *
 * It starts itself with more arguments for each of the processes. DOSVC_TEST_DIR is a folder of its own. */
#include "soak.h"

#include "start_self.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#define KILLED         0xDEADu /* the exit code of those that we end */
#define LIFE_MIN_MS    300
#define LIFE_RANGE_MS  3000
#define CLEAN_LIMIT_MS 300000
#define TOTALS_NAME    L"Local\\dosvc soak"

void soak_fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    printf("soak: ");
    vprintf(format, arguments);
    printf("\n");
    va_end(arguments);
    fflush(stdout);
    /* At once: no other thread goes on and blurs what can be seen in the folder. */
    TerminateProcess(GetCurrentProcess(), 1);
    abort();
}

void soak_check(HRESULT hr, const char *what, HRESULT also)
{
    if (hr != S_OK && hr != also)
        soak_fail("%s: 0x%08lX", what, (unsigned long)hr);
}

/* splitmix64 */
uint64_t soak_draw(struct soak_random *random, uint64_t below)
{
    uint64_t mixed = random->state += 0x9E3779B97F4A7C15u;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
    return (mixed ^ (mixed >> 31)) % below;
}

static void prepare(struct soak *soak, const wchar_t *origin)
{
    wchar_t folder[MAX_PATH - 100];
    DWORD length = GetEnvironmentVariableW(L"DOSVC_TEST_DIR", folder, ARRAYSIZE(folder));
    if (!length || length >= ARRAYSIZE(folder))
        soak_fail("DOSVC_TEST_DIR is not set or too long");
    HANDLE section =
        CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, sizeof(struct soak_totals), TOTALS_NAME);
    soak->totals = section ? MapViewOfFile(section, FILE_MAP_ALL_ACCESS, 0, 0, sizeof(struct soak_totals)) : NULL;
    if (!soak->totals)
        soak_fail("no shared memory: %lu", GetLastError());
    soak->origin = origin;
    if (swprintf(soak->folder, ARRAYSIZE(soak->folder), L"%ls\\files", folder) < 0 ||
        swprintf(soak->promises, ARRAYSIZE(soak->promises), L"%ls\\promises", folder) < 0)
        soak_fail("DOSVC_TEST_DIR is too long");
    CreateDirectoryW(soak->folder, NULL);
}

static HANDLE start_process(const wchar_t *kind, const struct soak *soak, uint64_t seed, unsigned seconds)
{
    wchar_t arguments[MAX_PATH];
    if (swprintf(arguments, ARRAYSIZE(arguments), L"%u %llu %ls %ls", seconds, seed, soak->origin, kind) < 0)
        soak_fail("the URL of the origin is too long");
    HANDLE process = start_self(arguments, NULL);
    if (!process)
        soak_fail("cannot start a process: %lu", GetLastError());
    return process;
}

static DWORD exit_code_of(HANDLE process)
{
    DWORD code = STILL_ACTIVE;
    WaitForSingleObject(process, INFINITE);
    GetExitCodeProcess(process, &code);
    CloseHandle(process);
    return code;
}

static void run_process(const wchar_t *kind, const struct soak *soak, uint64_t seed, unsigned seconds)
{
    HANDLE process = start_process(kind, soak, seed, seconds);
    WaitForSingleObject(process, seconds * 1000 + CLEAN_LIMIT_MS);
    TerminateProcess(process, WAIT_TIMEOUT); /* if it hangs */
    DWORD code = exit_code_of(process);
    if (code)
        soak_fail("the process \"%ls\" with the seed %llu ended with 0x%08lX", kind, seed, code);
}

static void kill_for(const struct soak *soak, struct soak_random *random, unsigned seconds)
{
    ULONGLONG end = GetTickCount64() + seconds * 1000ull;
    while (GetTickCount64() < end) {
        uint64_t seed = soak_draw(random, 1u << 30);
        HANDLE process = start_process(L"killed", soak, seed, 0);
        WaitForSingleObject(process, (DWORD)(LIFE_MIN_MS + soak_draw(random, LIFE_RANGE_MS)));
        TerminateProcess(process, KILLED);
        DWORD code = exit_code_of(process);
        if (code != KILLED)
            soak_fail("a process with the seed %llu ended by itself with 0x%08lX", seed, code);
        InterlockedIncrement(&soak->totals->kills);
    }
}

static int run_all(const struct soak *soak, uint64_t seed, unsigned minutes)
{
    struct soak_random random = {seed};
    const struct soak_totals *totals = soak->totals;
    printf("seed %llu\n", seed);
    fflush(stdout);
    kill_for(soak, &random, minutes * 20);
    run_process(L"clean", soak, soak_draw(&random, 1u << 30), 0);
    run_process(L"flat", soak, soak_draw(&random, 1u << 30), minutes * 40);
    printf("%ld processes killed, %ld jobs found again; %ld jobs made, %ld completed, %ld cancelled, %ld errors; "
           "%lld files (%lld MiB) checked\n",
           totals->kills, totals->adopted, totals->jobs, totals->completed, totals->cancelled, totals->errors,
           (int64_t)totals->files, (int64_t)totals->bytes >> 20);
    printf("ok\n");
    return 0;
}

int wmain(int argc, wchar_t **argv); /* that no header declares */

int wmain(int argc, wchar_t **argv)
{
    struct soak soak = {.origin = NULL};
    if (argc < 4) {
        fputs("usage: soak.exe MINUTES SEED ORIGIN\n", stderr);
        return 2;
    }
    unsigned number = (unsigned)wcstoul(argv[1], NULL, 10);
    uint64_t seed = wcstoull(argv[2], NULL, 10);
    prepare(&soak, argv[3]);
    if (argc == 4)
        return run_all(&soak, seed, number);
    SOAK_OK(CoInitializeEx(NULL, COINIT_MULTITHREADED));
    if (!wcscmp(argv[4], L"killed"))
        soak_until_killed(&soak, seed);
    if (!wcscmp(argv[4], L"clean"))
        soak_clean_up(&soak, seed);
    else
        soak_stay_flat(&soak, seed, number);
    fflush(stdout);
    CoUninitialize();
    return 0;
}
