/* A second process: it cannot use a queue that another process hosts, and it goes on with that queue when the other one is gone, however it went. The
 * first process is this program again; it makes one job and waits to be ended. */
#include "client.h"
#include "start_self.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NO_SERVICE  ((HRESULT)0x80D01001)
#define READY_EVENT L"Local\\dosvc takeover test"

static struct origin *origin;

static int start_origin(void **context)
{
    (void)context;
    return origin_start(&origin, NULL) ? 0 : -1;
}

static int stop_origin(void **context)
{
    (void)context;
    origin_stop(origin);
    return 0;
}

/* In the first process: a job for `url`, resumed, its id in the file `id`; then nothing until the end. */
static int host(const wchar_t *url)
{
    wchar_t path[MAX_PATH];
    IBackgroundCopyManager *manager = NULL;
    IBackgroundCopyJob *job = NULL;
    GUID id;
    if (FAILED(CoInitializeEx(NULL, COINIT_MULTITHREADED)) ||
        FAILED(CoCreateInstance(&CLSID_DeliveryOptimization, NULL, CLSCTX_INPROC_SERVER, &IID_IBackgroundCopyManager,
                                (void **)&manager)))
        return 2;
    client_path(L"taken-over", path);
    if (FAILED(IBackgroundCopyManager_CreateJob(manager, L"left behind", BG_JOB_TYPE_DOWNLOAD, &id, &job)) ||
        FAILED(IBackgroundCopyJob_AddFile(job, url, path)) || FAILED(IBackgroundCopyJob_Resume(job)))
        return 3;
    client_path(L"id", path);
    FILE *file = _wfopen(path, L"wb");
    if (!file || fwrite(&id, sizeof(id), 1, file) != 1 || fclose(file) != 0)
        return 4;
    HANDLE ready = OpenEventW(EVENT_MODIFY_STATE, FALSE, READY_EVENT);
    SetEvent(ready);
    WaitForSingleObject(GetCurrentProcess(), WAIT_LIMIT_MS);
    return 5;
}

static HANDLE start_host(const wchar_t *url, HANDLE ready)
{
    wchar_t arguments[1024];
    assert_true(swprintf(arguments, ARRAYSIZE(arguments), L"host \"%ls\"", url) > 0);
    HANDLE process = start_self(arguments, NULL);
    assert_non_null(process);
    HANDLE either[] = {ready, process};
    assert_int_equal(WaitForMultipleObjects(2, either, FALSE, WAIT_LIMIT_MS), WAIT_OBJECT_0);
    return process;
}

static GUID read_id(void)
{
    GUID id;
    wchar_t path[MAX_PATH];
    client_path(L"id", path);
    FILE *file = _wfopen(path, L"rb");
    assert_non_null(file);
    assert_int_equal(fread(&id, sizeof(id), 1, file), 1);
    fclose(file);
    return id;
}

static void a_killed_hosts_job_is_finished_by_the_next_process(void **context)
{
    (void)context;
    wchar_t url[512];
    IBackgroundCopyManager *manager = NULL;
    IBackgroundCopyJob *job = NULL;
    HANDLE ready = CreateEventW(NULL, TRUE, FALSE, READY_EVENT);
    assert_true(origin_url(origin, "/gen/a?size=50000000&seed=21&gatebody=later:20000000", url, ARRAYSIZE(url)));
    HANDLE process = start_host(url, ready);
    assert_true(origin_wait_requests(origin, "/gen/a", 1, WAIT_LIMIT_MS));

    assert_hr(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
    assert_hr(CoCreateInstance(&CLSID_DeliveryOptimization, NULL, CLSCTX_INPROC_SERVER, &IID_IBackgroundCopyManager,
                               (void **)&manager),
              NO_SERVICE);
    assert_null(manager);
    assert_true(TerminateProcess(process, 9));
    assert_int_equal(WaitForSingleObject(process, WAIT_LIMIT_MS), WAIT_OBJECT_0);
    CloseHandle(process);
    CloseHandle(ready);
    origin_open_gate(origin, "later");

    struct listener listener;
    listener_init(&listener);
    assert_hr(CoCreateInstance(&CLSID_DeliveryOptimization, NULL, CLSCTX_INPROC_SERVER, &IID_IBackgroundCopyManager,
                               (void **)&manager),
              S_OK);
    GUID id = read_id();
    assert_hr(IBackgroundCopyManager_GetJob(manager, &id, &job), S_OK);
    WCHAR *name = NULL;
    assert_hr(IBackgroundCopyJob_GetDisplayName(job, &name), S_OK);
    assert_true(wcscmp(name, L"left behind") == 0);
    CoTaskMemFree(name);
    assert_hr(IBackgroundCopyJob_SetNotifyInterface(job, (IUnknown *)&listener.callback), S_OK);
    assert_true(listener_wait(&listener, &listener.transferred, 1));
    assert_hr(IBackgroundCopyJob_Complete(job), S_OK);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
    CoUninitialize();
    listener_destroy(&listener);
    assert_content(L"taken-over", 21, 0, 50000000);
    assert_no_temporary_file();
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_killed_hosts_job_is_finished_by_the_next_process),
    };
    if (count == 3 && strcmp(arguments[1], "host") == 0) {
        wchar_t url[512];
        return swprintf(url, ARRAYSIZE(url), L"%hs", arguments[2]) > 0 ? host(url) : 1;
    }
    return cmocka_run_group_tests(tests, start_origin, stop_origin);
}
