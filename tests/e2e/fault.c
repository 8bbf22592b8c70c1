#include "fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct origin *origin;
IBackgroundCopyManager *manager;
struct listener listener;
bool fault_is_patient = true;

int fault_open(void **context)
{
    (void)context;
    SetEnvironmentVariableW(L"DOSVC_RETRY_BASE_MS", L"1");
    if (!origin_start(&origin, NULL))
        return -1;
    listener_init(&listener);
    manager = client_open(COINIT_MULTITHREADED);
    return 0;
}

int fault_close(void **context)
{
    (void)context;
    client_close(manager);
    listener_destroy(&listener);
    origin_stop(origin);
    return 0;
}

/* Waits until the job is transferred or in error; the error, or S_OK. */
static HRESULT outcome_of(IBackgroundCopyJob *job, const char *target)
{
    ULONGLONG deadline = GetTickCount64() + WAIT_LIMIT_MS;
    BG_JOB_STATE state;
    LONG finished = listener.transferred, failed = listener.failed;
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    while (listener.transferred == finished && listener.failed == failed) {
        ULONGLONG now = GetTickCount64();
        if (now >= deadline) {
            assert_hr(IBackgroundCopyJob_GetState(job, &state), S_OK);
            fail_msg("%s: neither transferred nor in error, but in state %d", target, state);
        }
        (void)WaitForSingleObject(listener.changed, (DWORD)(deadline - now));
    }
    return listener.failed != failed ? listener.error : S_OK;
}

static void assert_right(unsigned seed, unsigned size)
{
    wchar_t path[MAX_PATH];
    assert_content(L"fault", seed, 0, size);
    client_path(L"fault", path);
    DeleteFileW(path);
}

void fault_run_job(IBackgroundCopyJob *job, const char *target, HRESULT expected, unsigned seed, unsigned size)
{
    HRESULT outcome = outcome_of(job, target);
    bool is_right = SUCCEEDED(outcome);
    if (expected == EITHER ? false : outcome != expected)
        fail_msg("%s: 0x%08lX, expected 0x%08lX", target, (unsigned long)outcome, (unsigned long)expected);
    assert_hr(is_right ? IBackgroundCopyJob_Complete(job) : IBackgroundCopyJob_Cancel(job), S_OK);
    IBackgroundCopyJob_Release(job);
    if (is_right)
        assert_right(seed, size);
    else
        assert_absent(L"fault");
    assert_no_temporary_file();
}

void fault_run(const struct fault *fault, unsigned size)
{
    static unsigned number;
    char target[512];
    (void)snprintf(target, sizeof(target), "/gen/fault-%u?size=%u&seed=%u&%s", number, size, number, fault->query);
    IBackgroundCopyJob *job = client_job(manager, &listener);
    client_add(job, origin, target, L"fault");
    if (!fault_is_patient)
        assert_hr(IBackgroundCopyJob_SetNoProgressTimeout(job, 0), S_OK);
    fault_run_job(job, target, fault->expected, number + fault->other_seed,
                  fault->other_size ? fault->other_size : size);
    number++;
}

void fault_run_all(const struct fault *faults, size_t count, unsigned size)
{
    for (size_t i = 0; i < count; i++)
        fault_run(&faults[i], size);
}
