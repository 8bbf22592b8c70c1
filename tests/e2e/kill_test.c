/* The process that hosts the queue is ended by TerminateProcess, after each call that it makes and at random moments. The next one has every call that
 * was answered with S_OK, fetches what is missing and nothing else, and in the end every byte is right and nothing is left over. The process is this program
 * again; what it was answered stands in a ledger in shared memory. */
#include "client.h"
#include "start_self.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define JOB_NOT_FOUND ((HRESULT)0x80D02003)
#define LEDGER_NAME   L"Local\\dosvc kill_test ledger"
#define READY_NAME    L"Local\\dosvc kill_test ready"
#define KILLED        99u
#define RANDOM_KILLS  150
#define DELAY_MS      150u
#define BIG_SIZE      3000000u
#define SMALL_SIZE    100000u
#define LARGE_SIZE    48000000u /* three requests */
#define LARGE_HELD    9961472u  /* bytes of each: full reads of 64 KiB */

enum step { CREATE, ADD, DESCRIBE, PRIORITY, RESUME, SUSPEND, RESUME_AGAIN, ARRIVE, COMPLETE, STEPS };

struct ledger {
    int stop_after; /* the step after which the process waits for its end; -1: none */
    int days;       /* after that many it ends by itself */
    int day;        /* the one that is lived */
    GUID id;
    bool begun[STEPS], done[STEPS]; /* in that day */
    bool is_checked;                /* its files were right */
    char origin[64];
    volatile LONG64 bytes; /* transferred, as last seen */
};

static struct ledger *ledger;
static struct origin *origin;

/* ---- The process that is ended ---- */

static HANDLE ready;
static IBackgroundCopyManager *manager;
static IBackgroundCopyJob *job;

static void name_of(const wchar_t *kind, wchar_t name[32])
{
    (void)swprintf(name, 32, L"%ls-%d", kind, ledger->day);
}

static void add_file(const wchar_t *kind, unsigned size, const char *behaviour)
{
    wchar_t url[256], name[32], path[MAX_PATH];
    name_of(kind, name);
    client_path(name, path);
    (void)swprintf(url, ARRAYSIZE(url), L"%hs/gen/%ls?size=%u&seed=%d%hs", ledger->origin, name, size, ledger->day,
                   behaviour);
    assert_hr(IBackgroundCopyJob_AddFile(job, url, path), S_OK);
}

static uint64_t transferred_bytes(void)
{
    BG_JOB_PROGRESS progress;
    assert_hr(IBackgroundCopyJob_GetProgress(job, &progress), S_OK);
    return progress.BytesTransferred;
}

/* Nothing else tells of bytes at once. */
static void await_bytes(uint64_t bytes)
{
    ULONGLONG deadline = GetTickCount64() + WAIT_LIMIT_MS;
    while (transferred_bytes() < bytes) {
        if (GetTickCount64() >= deadline)
            fail_msg("%llu bytes, not %llu", transferred_bytes(), bytes);
        Sleep(1);
    }
    ledger->bytes = (LONG64)transferred_bytes();
}

static void await_transferred(void)
{
    ULONGLONG deadline = GetTickCount64() + WAIT_LIMIT_MS;
    BG_JOB_STATE state;
    do {
        assert_hr(IBackgroundCopyJob_GetState(job, &state), S_OK);
        if (GetTickCount64() >= deadline || state == BG_JOB_STATE_ERROR)
            fail_msg("day %d: the job is in state %d", ledger->day, state);
        if (state != BG_JOB_STATE_TRANSFERRED)
            Sleep(1);
    } while (state != BG_JOB_STATE_TRANSFERRED);
}

static void run_step(enum step step)
{
    switch (step) {
    case CREATE:
        ledger->is_checked = false;
        assert_hr(IBackgroundCopyManager_CreateJob(manager, L"kill", BG_JOB_TYPE_DOWNLOAD, &ledger->id, &job), S_OK);
        break;
    case ADD:
        add_file(L"big", BIG_SIZE, "");
        add_file(L"small", SMALL_SIZE, "");
        break;
    case DESCRIBE: assert_hr(IBackgroundCopyJob_SetDescription(job, L"described"), S_OK); break;
    case PRIORITY: assert_hr(IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_HIGH), S_OK); break;
    case RESUME:
    case RESUME_AGAIN: assert_hr(IBackgroundCopyJob_Resume(job), S_OK); break;
    case SUSPEND:
        await_bytes(1000000);
        assert_hr(IBackgroundCopyJob_Suspend(job), S_OK);
        break;
    case ARRIVE: await_transferred(); break;
    default: assert_hr(IBackgroundCopyJob_Complete(job), S_OK); break;
    }
}

static void check_file(const wchar_t *kind, unsigned size)
{
    wchar_t name[32];
    name_of(kind, name);
    assert_content(name, (uint64_t)ledger->day, 0, size);
}

static void delete_file(const wchar_t *kind)
{
    wchar_t name[32], path[MAX_PATH];
    name_of(kind, name);
    client_path(name, path);
    (void)DeleteFileW(path);
}

/* The queue has no job any more that this one could be. */
static void end_day(void)
{
    IBackgroundCopyJob *gone = NULL;
    assert_hr(IBackgroundCopyManager_GetJob(manager, &ledger->id, &gone), JOB_NOT_FOUND);
    if (!ledger->is_checked) {
        check_file(L"big", BIG_SIZE);
        check_file(L"small", SMALL_SIZE);
        ledger->is_checked = true; /* and may be deleted by two processes, one after the other */
    }
    delete_file(L"big");
    delete_file(L"small");
    memset(ledger->begun, 0, sizeof(ledger->begun));
    memset(ledger->done, 0, sizeof(ledger->done));
    ledger->day++;
}

static void check_properties(void)
{
    WCHAR *text = NULL;
    BG_JOB_PRIORITY priority;
    BG_JOB_PROGRESS progress;
    assert_hr(IBackgroundCopyJob_GetDescription(job, &text), S_OK);
    assert_true(wcscmp(text, L"described") == 0 || (!text[0] && !ledger->done[DESCRIBE]));
    CoTaskMemFree(text);
    assert_hr(IBackgroundCopyJob_GetPriority(job, &priority), S_OK);
    assert_true(priority == BG_JOB_PRIORITY_HIGH || !ledger->done[PRIORITY]);
    assert_hr(IBackgroundCopyJob_GetProgress(job, &progress), S_OK);
    assert_true(progress.FilesTotal == 2 || !ledger->done[ADD]);
}

static void check_state(void)
{
    BG_JOB_STATE state;
    assert_hr(IBackgroundCopyJob_GetState(job, &state), S_OK);
    bool is_suspended = state == BG_JOB_STATE_SUSPENDED;
    if (state == BG_JOB_STATE_ERROR)
        fail_msg("day %d: the job is in error", ledger->day);
    if (ledger->done[ARRIVE])
        assert_int_equal(state, BG_JOB_STATE_TRANSFERRED);
    else if (ledger->done[RESUME_AGAIN])
        assert_false(is_suspended);
    else if (ledger->done[SUSPEND] && !ledger->begun[RESUME_AGAIN])
        assert_true(is_suspended || state == BG_JOB_STATE_TRANSFERRED);
    else if (ledger->done[RESUME] && !ledger->begun[SUSPEND])
        assert_false(is_suspended);
    else if (!ledger->begun[RESUME])
        assert_true(is_suspended);
}

/* A step that was begun and not answered may have been done or not; the ledger learns which. */
static void learn_of_suspension(void)
{
    BG_JOB_STATE state;
    assert_hr(IBackgroundCopyJob_GetState(job, &state), S_OK);
    if (ledger->begun[SUSPEND] && state == BG_JOB_STATE_SUSPENDED)
        ledger->done[SUSPEND] = true;
}

static void learn_of_files(void)
{
    BG_JOB_PROGRESS progress;
    if (!ledger->begun[ADD] || ledger->done[ADD])
        return;
    assert_hr(IBackgroundCopyJob_GetProgress(job, &progress), S_OK);
    assert_in_range(progress.FilesTotal, 0, 2);
    if (progress.FilesTotal == 0)
        return;
    if (progress.FilesTotal == 1)
        add_file(L"small", SMALL_SIZE, "");
    ledger->done[ADD] = true;
}

/* A job whose CreateJob was not answered is cancelled, as a client would that does not know it. */
static void cancel_unknown_jobs(void)
{
    IEnumBackgroundCopyJobs *jobs = NULL;
    IBackgroundCopyJob *each = NULL;
    ULONG count = 0, known = ledger->done[CREATE] && !ledger->done[COMPLETE] ? 1u : 0u;
    assert_hr(IBackgroundCopyManager_EnumJobs(manager, 0, &jobs), S_OK);
    assert_hr(IEnumBackgroundCopyJobs_GetCount(jobs, &count), S_OK);
    assert_in_range(count, 0, 1);
    if (!known && count) {
        assert_true(ledger->begun[CREATE] || ledger->begun[COMPLETE]);
        assert_hr(IEnumBackgroundCopyJobs_Next(jobs, 1, &each, NULL), S_OK);
        assert_hr(IBackgroundCopyJob_Cancel(each), S_OK);
        IBackgroundCopyJob_Release(each);
    }
    IEnumBackgroundCopyJobs_Release(jobs);
}

static void honour_ledger(void)
{
    cancel_unknown_jobs();
    if (!ledger->done[CREATE])
        return;
    HRESULT hr = IBackgroundCopyManager_GetJob(manager, &ledger->id, &job);
    if (ledger->done[COMPLETE] || (ledger->begun[COMPLETE] && hr == JOB_NOT_FOUND)) {
        end_day(); /* which finds the files there */
        return;
    }
    assert_hr(hr, S_OK);
    check_properties();
    check_state();
    learn_of_files();
    learn_of_suspension();
}

static void live_day(void)
{
    for (enum step step = CREATE; step < STEPS; step++) {
        if (ledger->done[step])
            continue;
        ledger->begun[step] = true;
        run_step(step);
        ledger->done[step] = true;
        if ((int)step == ledger->stop_after) {
            SetEvent(ready);
            WaitForSingleObject(GetCurrentProcess(), WAIT_LIMIT_MS);
        }
    }
    IBackgroundCopyJob_Release(job);
    job = NULL;
    end_day();
}

static int live(void)
{
    HANDLE mapping = OpenFileMappingW(FILE_MAP_WRITE, FALSE, LEDGER_NAME);
    ledger = MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, sizeof(*ledger));
    ready = OpenEventW(EVENT_MODIFY_STATE, FALSE, READY_NAME);
    if (!ledger || !ready)
        return 2;
    manager = client_open(COINIT_MULTITHREADED);
    honour_ledger();
    if (ledger->stop_after < 0)
        SetEvent(ready);
    while (ledger->day < ledger->days)
        live_day();
    assert_no_temporary_file();
    cancel_unknown_jobs();
    client_close(manager);
    return 0;
}

/* One job with one file whose answers are held back; nothing but the end of the process ends it. */
static int live_held(void)
{
    HANDLE mapping = OpenFileMappingW(FILE_MAP_WRITE, FALSE, LEDGER_NAME);
    char behaviour[64];
    ledger = MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, sizeof(*ledger));
    if (!ledger)
        return 2;
    manager = client_open(COINIT_MULTITHREADED);
    if (ledger->done[CREATE]) {
        assert_hr(IBackgroundCopyManager_GetJob(manager, &ledger->id, &job), S_OK);
        await_transferred();
        assert_hr(IBackgroundCopyJob_Complete(job), S_OK);
        IBackgroundCopyJob_Release(job);
        client_close(manager);
        return 0;
    }
    run_step(CREATE);
    (void)snprintf(behaviour, sizeof(behaviour), "&gatebody=held:%u", LARGE_HELD);
    add_file(L"large", LARGE_SIZE, behaviour);
    run_step(RESUME);
    ledger->done[CREATE] = true;
    await_bytes(3 * LARGE_HELD);
    WaitForSingleObject(GetCurrentProcess(), WAIT_LIMIT_MS);
    return 3;
}

/* ---- The process that ends it ---- */

static HANDLE start(const wchar_t *how)
{
    HANDLE process = start_self(how, NULL);
    assert_non_null(process);
    return process;
}

/* Its exit code, KILLED unless it was faster. */
static DWORD finish(HANDLE process, bool kill)
{
    DWORD code = 0;
    if (kill)
        (void)TerminateProcess(process, KILLED);
    assert_int_equal(WaitForSingleObject(process, WAIT_LIMIT_MS), WAIT_OBJECT_0);
    GetExitCodeProcess(process, &code);
    CloseHandle(process);
    return code;
}

static void kill_when_ready(DWORD delay)
{
    DWORD code = START_SELF_REACHED_NOTHING;
    for (int i = 0; code == START_SELF_REACHED_NOTHING && i < 3; i++) {
        HANDLE process = start(L"live");
        HANDLE either[] = {ready, process};
        (void)WaitForMultipleObjects(2, either, FALSE, WAIT_LIMIT_MS);
        (void)WaitForSingleObject(process, delay);
        code = finish(process, true);
    }
    if (code != KILLED)
        fail_msg("day %d: the process ended with %lu", ledger->day, code);
}

static void live_to_the_end(void)
{
    ledger->stop_after = -1;
    ledger->days = ledger->day + 1;
    assert_int_equal(finish(start(L"live"), false), 0);
    assert_no_temporary_file();
}

static void every_call_that_was_answered_survives_a_kill_after_it(void **context)
{
    (void)context;
    ledger->days = INT_MAX;
    for (int step = CREATE; step < STEPS; step++) {
        ledger->stop_after = step;
        kill_when_ready(0);
        assert_true(ledger->done[step]);
    }
    live_to_the_end();
    assert_int_equal(ledger->day, 2);
}

static void every_call_that_was_answered_survives_kills_at_random(void **context)
{
    (void)context;
    ledger->stop_after = -1;
    ledger->days = INT_MAX;
    srand(20);
    for (int i = 0; i < RANDOM_KILLS; i++)
        kill_when_ready((DWORD)rand() % DELAY_MS);
    int days = ledger->day;
    live_to_the_end();
    print_message("%d kills in %d days\n", RANDOM_KILLS, days + 1);
}

/* Of the queue's log: its size need not change. */
static uint64_t last_write(void)
{
    wchar_t folder[MAX_PATH], path[MAX_PATH];
    WIN32_FILE_ATTRIBUTE_DATA data;
    assert_in_range(GetEnvironmentVariableW(L"DOSVC_QUEUE_DIR", folder, MAX_PATH), 1, MAX_PATH - 1);
    (void)swprintf(path, MAX_PATH, L"%ls\\queue.db-wal", folder);
    if (!GetFileAttributesExW(path, GetFileExInfoStandard, &data))
        return 0;
    return (uint64_t)data.ftLastWriteTime.dwHighDateTime << 32 | data.ftLastWriteTime.dwLowDateTime;
}

/* Parts of files are recorded every 5 s; nothing else is written meanwhile. */
static void await_record(void)
{
    ULONGLONG deadline = GetTickCount64() + WAIT_LIMIT_MS;
    while (ledger->bytes < 3 * (LONG64)LARGE_HELD && GetTickCount64() < deadline)
        Sleep(10);
    uint64_t before = last_write();
    while (last_write() == before && GetTickCount64() < deadline)
        Sleep(10);
    assert_true(GetTickCount64() < deadline);
}

static void what_was_recorded_is_not_asked_for_again(void **context)
{
    (void)context;
    wchar_t name[32];
    ledger->bytes = 0;
    HANDLE process = start(L"held");
    await_record();
    assert_int_equal(finish(process, true), KILLED);
    size_t before = origin_request_count(origin, "/gen/large");
    assert_int_equal(before, 3);
    origin_open_gate(origin, "held");
    assert_int_equal(finish(start(L"held"), false), 0);
    uint64_t asked = 0;
    struct origin_request request;
    for (size_t i = 0; origin_request_at(origin, i, &request); i++) {
        unsigned long long first, last;
        if (strncmp(request.target, "/gen/large", 10) != 0 || before-- > 0)
            continue;
        before = 0;
        assert_int_equal(sscanf(request.range, "bytes=%llu-%llu", &first, &last), 2);
        asked += last - first + 1;
    }
    assert_int_equal(asked, LARGE_SIZE - 3 * LARGE_HELD);
    name_of(L"large", name);
    assert_content(name, (uint64_t)ledger->day, 0, LARGE_SIZE);
    assert_no_temporary_file();
}

static int open_all(void **context)
{
    (void)context;
    wchar_t path[MAX_PATH];
    HANDLE mapping = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, sizeof(*ledger), LEDGER_NAME);
    ledger = MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, sizeof(*ledger));
    ready = CreateEventW(NULL, FALSE, FALSE, READY_NAME);
    client_path(L"queue", path);
    SetEnvironmentVariableW(L"DOSVC_QUEUE_DIR", path);
    SetEnvironmentVariableW(L"DOSVC_RETRY_BASE_MS", L"1");
    SetEnvironmentVariableW(L"DOSVC_RECEIVE_TIMEOUT_MS", L"300000"); /* what is held back is not what failed */
    if (!ledger || !ready || !origin_start(&origin, NULL))
        return -1;
    (void)snprintf(ledger->origin, sizeof(ledger->origin), "http://127.0.0.1:%u", origin_port(origin));
    return 0;
}

static int new_ledger(void **context)
{
    (void)context;
    memset(ledger->begun, 0, sizeof(ledger->begun));
    memset(ledger->done, 0, sizeof(ledger->done));
    ledger->day = 1;
    ResetEvent(ready);
    origin_reset(origin);
    return 0;
}

static int close_all(void **context)
{
    (void)context;
    origin_stop(origin);
    return 0;
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_call_that_was_answered_survives_a_kill_after_it, new_ledger),
        cmocka_unit_test_setup(every_call_that_was_answered_survives_kills_at_random, new_ledger),
        cmocka_unit_test_setup(what_was_recorded_is_not_asked_for_again, new_ledger),
    };
    if (count == 2)
        return strcmp(arguments[1], "live") == 0 ? live() : live_held();
    return cmocka_run_group_tests(tests, open_all, close_all);
}
