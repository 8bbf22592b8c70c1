/* A process that ends by itself while eight transfers run, without a farewell: from main, with an atexit handler that releases what it holds, or by
 * ExitProcess, with a release when all other threads have been ended already (as a static object of another DLL makes it). It never hangs, and the next one
 * finds its job. The process is this program again. */
#include "client.h"
#include "start_self.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROUNDS      200
#define HANGS_MAX   1
#define FILES       8
#define FILE_HELD   65536u
#define END_MS      30000u
#define SILENCE     L"5000" /* ms: under Wine a read now and then stands still although bytes are there; it is made again */
#define LEDGER_NAME L"Local\\dosvc exit_test ledger"

struct ledger {
    GUID id; /* of the job that the last process left */
    bool has_id, is_released;
    char origin[64];
};

static struct ledger *ledger;
static struct origin *origin;

/* ---- The process that ends ---- */

static IBackgroundCopyManager *manager;
static IBackgroundCopyJob *job;

static void release_all(void)
{
    if (!job)
        return;
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
    job = NULL;
    ledger->is_released = true;
}

/* The system calls this for the last thread of a process, when it has ended all others. */
static void NTAPI on_last_thread(void *value)
{
    (void)value;
    release_all();
}

/* What the process before this one left; there is nothing else. */
static void cancel_former_job(void)
{
    IEnumBackgroundCopyJobs *jobs = NULL;
    IBackgroundCopyJob *former = NULL;
    BG_JOB_PROGRESS progress;
    ULONG count = 0;
    assert_hr(IBackgroundCopyManager_EnumJobs(manager, 0, &jobs), S_OK);
    assert_hr(IEnumBackgroundCopyJobs_GetCount(jobs, &count), S_OK);
    IEnumBackgroundCopyJobs_Release(jobs);
    assert_int_equal(count, ledger->has_id ? 1 : 0);
    if (!ledger->has_id)
        return;
    assert_hr(IBackgroundCopyManager_GetJob(manager, &ledger->id, &former), S_OK);
    assert_hr(IBackgroundCopyJob_GetProgress(former, &progress), S_OK);
    assert_int_equal(progress.FilesTotal, FILES);
    assert_hr(IBackgroundCopyJob_Cancel(former), S_OK);
    IBackgroundCopyJob_Release(former);
}

static void fail_to_start(void)
{
    BG_JOB_STATE state = BG_JOB_STATE_CANCELLED;
    BG_ERROR_CONTEXT context = BG_ERROR_CONTEXT_NONE;
    IBackgroundCopyError *error = NULL;
    HRESULT code = S_OK;
    (void)IBackgroundCopyJob_GetState(job, &state);
    if (SUCCEEDED(IBackgroundCopyJob_GetError(job, &error))) {
        (void)IBackgroundCopyError_GetError(error, &context, &code);
        IBackgroundCopyError_Release(error);
    }
    fail_msg("the transfers do not run: state %d, context %d, error 0x%08lX", (int)state, (int)context,
             (unsigned long)code);
}

static void start_transfers(void)
{
    BG_JOB_PROGRESS progress;
    assert_hr(IBackgroundCopyManager_CreateJob(manager, L"exit", BG_JOB_TYPE_DOWNLOAD, &ledger->id, &job), S_OK);
    for (int i = 0; i < FILES; i++) {
        wchar_t url[256], name[16], path[MAX_PATH];
        (void)swprintf(name, ARRAYSIZE(name), L"file-%d", i);
        (void)swprintf(url, ARRAYSIZE(url), L"%hs/gen/%ls?size=1000000&seed=%d&gatebody=never:%u", ledger->origin, name,
                       i, FILE_HELD);
        client_path(name, path);
        assert_hr(IBackgroundCopyJob_AddFile(job, url, path), S_OK);
    }
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    ULONGLONG deadline = GetTickCount64() + END_MS;
    do {
        if (GetTickCount64() >= deadline)
            fail_to_start();
        Sleep(1); /* nothing tells of bytes at once */
        assert_hr(IBackgroundCopyJob_GetProgress(job, &progress), S_OK);
    } while (progress.BytesTransferred < FILES * FILE_HELD);
    ledger->has_id = true;
}

static int end_in_the_middle(bool at_the_very_end)
{
    HANDLE mapping = OpenFileMappingW(FILE_MAP_WRITE, FALSE, LEDGER_NAME);
    ledger = MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, sizeof(*ledger));
    if (!ledger)
        return 2;
    manager = client_open(COINIT_MULTITHREADED);
    cancel_former_job();
    start_transfers();
    if (at_the_very_end) {
        if (!FlsSetValue(FlsAlloc(on_last_thread), manager))
            return 3;
        ExitProcess(0);
    }
    if (atexit(release_all) != 0)
        return 3;
    return 0;
}

/* ---- The process that watches ---- */

/* Once in some thousand times Wine does not end a process whose other threads it ended while they were in the middle of its own work. What was ours to do is
 * done by then; that it is not is a failure, as is a process that hangs more than now and then. */
static void end_a_process_that_hangs(HANDLE process, int round, const wchar_t *how)
{
    static int count;
    bool is_ours = !ledger->is_released;
    (void)TerminateProcess(process, 99);
    CloseHandle(process);
    if (is_ours || ++count > HANGS_MAX)
        fail_msg("round %d, %ls: the process hangs", round, how);
    print_message("round %d, %ls: the system does not end the process\n", round, how);
}

static void run_round(int round, const wchar_t *how)
{
    DWORD code = 0;
    ledger->is_released = false;
    HANDLE process = start_self(how, NULL);
    assert_non_null(process);
    if (WaitForSingleObject(process, 2 * END_MS) != WAIT_OBJECT_0) {
        end_a_process_that_hangs(process, round, how);
        return;
    }
    GetExitCodeProcess(process, &code);
    CloseHandle(process);
    if (code != 0)
        fail_msg("round %d, %ls: exit code %lu", round, how, code);
    assert_true(ledger->is_released);
}

static void a_process_that_ends_in_the_middle_neither_hangs_nor_loses_its_job(void **context)
{
    (void)context;
    for (int round = 0; round < ROUNDS; round++)
        run_round(round, round % 2 ? L"last" : L"atexit");
}

static int open_all(void **context)
{
    (void)context;
    SetEnvironmentVariableW(L"DOSVC_RECEIVE_TIMEOUT_MS", SILENCE);
    SetEnvironmentVariableW(L"DOSVC_RETRY_BASE_MS", L"1");
    HANDLE mapping = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, sizeof(*ledger), LEDGER_NAME);
    ledger = MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, sizeof(*ledger));
    if (!ledger || !origin_start(&origin, NULL))
        return -1;
    (void)snprintf(ledger->origin, sizeof(ledger->origin), "http://127.0.0.1:%u", origin_port(origin));
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
        cmocka_unit_test(a_process_that_ends_in_the_middle_neither_hangs_nor_loses_its_job),
    };
    if (count == 2)
        return end_in_the_middle(strcmp(arguments[1], "last") == 0);
    return cmocka_run_group_tests(tests, open_all, close_all);
}
