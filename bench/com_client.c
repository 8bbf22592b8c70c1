/* One workload through the COM API, timed as a client sees it: from Resume to JobTransferred, then Complete. The same program drives our server and the
 * system's own BITS, whose interfaces are the same.
 *
 *   com_client dosvc|bits LIST [FILES-PER-JOB]      LIST: lines "URL<TAB>local name"; all files in one job by default
 *
 * Prints one line: add <s> transfer <s> complete <s> cpu <s> */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <windows.h>

#include <deliveryoptimization.h>

#define LIMIT_MS 600000u
#define JOBS_MAX 4096

/* {4991D34B-80A1-4291-83B6-3328366B9097}: BITS. */
static const CLSID bits_class = {0x4991d34b, 0x80a1, 0x4291, {0x83, 0xb6, 0x33, 0x28, 0x36, 0x6b, 0x90, 0x97}};

static HANDLE all_over;
static volatile LONG jobs_left;
static volatile LONG failures;

static HRESULT STDMETHODCALLTYPE callback_QueryInterface(IBackgroundCopyCallback *iface, REFIID iid, void **object)
{
    *object = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IBackgroundCopyCallback))
        return E_NOINTERFACE;
    *object = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE callback_AddRef(IBackgroundCopyCallback *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE callback_Release(IBackgroundCopyCallback *iface)
{
    (void)iface;
    return 1;
}

static void one_over(void)
{
    if (InterlockedDecrement(&jobs_left) == 0)
        SetEvent(all_over);
}

static HRESULT STDMETHODCALLTYPE callback_JobTransferred(IBackgroundCopyCallback *iface, IBackgroundCopyJob *job)
{
    (void)iface;
    (void)job;
    one_over();
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE callback_JobError(IBackgroundCopyCallback *iface, IBackgroundCopyJob *job,
                                                   IBackgroundCopyError *error)
{
    (void)iface;
    (void)job;
    (void)error;
    InterlockedIncrement(&failures);
    one_over();
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE callback_JobModification(IBackgroundCopyCallback *iface, IBackgroundCopyJob *job,
                                                          DWORD reserved)
{
    (void)iface;
    (void)job;
    (void)reserved;
    return S_OK;
}

static const IBackgroundCopyCallbackVtbl callback_vtable = {
    callback_QueryInterface, callback_AddRef,   callback_Release,
    callback_JobTransferred, callback_JobError, callback_JobModification,
};
static IBackgroundCopyCallback callback = {&callback_vtable};

static double now(void)
{
    LARGE_INTEGER count;
    LARGE_INTEGER frequency;
    QueryPerformanceCounter(&count);
    QueryPerformanceFrequency(&frequency);
    return (double)count.QuadPart / (double)frequency.QuadPart;
}

static double cpu_seconds(void)
{
    FILETIME made;
    FILETIME gone;
    ULARGE_INTEGER kernel;
    ULARGE_INTEGER user;
    FILETIME k;
    FILETIME u;
    GetProcessTimes(GetCurrentProcess(), &made, &gone, &k, &u);
    kernel.LowPart = k.dwLowDateTime;
    kernel.HighPart = k.dwHighDateTime;
    user.LowPart = u.dwLowDateTime;
    user.HighPart = u.dwHighDateTime;
    return (double)(kernel.QuadPart + user.QuadPart) / 1e7;
}

static void check(HRESULT hr, const char *what)
{
    if (SUCCEEDED(hr))
        return;
    fprintf(stderr, "%s: 0x%08lX\n", what, (unsigned long)hr);
    exit(2);
}

static IBackgroundCopyJob *jobs[JOBS_MAX];

/* Makes the jobs of the list; gives their number. */
static size_t make_jobs(IBackgroundCopyManager *manager, FILE *list, unsigned per_job)
{
    char line[4096];
    size_t count = 0;
    unsigned in_job = 0;
    while (fgets(line, sizeof(line), list)) {
        wchar_t url[2048];
        wchar_t path[2048];
        GUID id;
        char *tab = strchr(line, '\t');
        line[strcspn(line, "\r\n")] = 0;
        if (!tab)
            continue;
        *tab = 0;
        MultiByteToWideChar(CP_UTF8, 0, line, -1, url, ARRAYSIZE(url));
        MultiByteToWideChar(CP_UTF8, 0, tab + 1, -1, path, ARRAYSIZE(path));
        if (in_job == 0) {
            if (count == JOBS_MAX)
                check(E_OUTOFMEMORY, "too many jobs");
            check(IBackgroundCopyManager_CreateJob(manager, L"bench", BG_JOB_TYPE_DOWNLOAD, &id, &jobs[count]),
                  "CreateJob");
            check(IBackgroundCopyJob_SetNotifyInterface(jobs[count], (IUnknown *)&callback), "SetNotifyInterface");
            count++;
        }
        check(IBackgroundCopyJob_AddFile(jobs[count - 1], url, path), "AddFile");
        in_job = per_job && in_job + 1 == per_job ? 0 : in_job + 1;
    }
    return count;
}

int main(int count, char **arguments)
{
    IBackgroundCopyManager *manager = NULL;
    if (count < 3)
        return 1;
    bool is_bits = strcmp(arguments[1], "bits") == 0;
    FILE *list = fopen(arguments[2], "r");
    if (!list)
        return 1;
    all_over = CreateEventW(NULL, TRUE, FALSE, NULL);
    check(CoInitializeEx(NULL, COINIT_MULTITHREADED), "CoInitializeEx");
    check(CoCreateInstance(is_bits ? &bits_class : &CLSID_DeliveryOptimization, NULL,
                           is_bits ? CLSCTX_LOCAL_SERVER : CLSCTX_INPROC_SERVER, &IID_IBackgroundCopyManager,
                           (void **)&manager),
          "CoCreateInstance");
    double started = now();
    size_t job_count = make_jobs(manager, list, count > 3 ? (unsigned)atoi(arguments[3]) : 0);
    double added = now();
    double cpu = cpu_seconds();
    jobs_left = (LONG)job_count;
    for (size_t i = 0; i < job_count; i++)
        check(IBackgroundCopyJob_Resume(jobs[i]), "Resume");
    if (WaitForSingleObject(all_over, LIMIT_MS) != WAIT_OBJECT_0 || failures)
        check(E_FAIL, "the transfer");
    double transferred = now();
    cpu = cpu_seconds() - cpu;
    for (size_t i = 0; i < job_count; i++)
        check(IBackgroundCopyJob_Complete(jobs[i]), "Complete");
    double completed = now();
    printf("add %.4f transfer %.4f complete %.4f cpu %.3f\n", added - started, transferred - added,
           completed - transferred, cpu);
    fflush(stdout);
    for (size_t i = 0; i < job_count; i++)
        IBackgroundCopyJob_Release(jobs[i]);
    IBackgroundCopyManager_Release(manager);
    CoUninitialize();
    return 0;
}
