#include "bench.h"

#include <stdlib.h>
#include <string.h>

#include <psapi.h>

/* {4991D34B-80A1-4291-83B6-3328366B9097}: BITS. */
static const CLSID bits_class = {0x4991d34b, 0x80a1, 0x4291, {0x83, 0xb6, 0x33, 0x28, 0x36, 0x6b, 0x90, 0x97}};

void bench_check(HRESULT hr, const char *what)
{
    if (SUCCEEDED(hr))
        return;
    fprintf(stderr, "%s: 0x%08lX\n", what, (unsigned long)hr);
    exit(2);
}

double bench_now(void)
{
    LARGE_INTEGER count, frequency;
    QueryPerformanceCounter(&count);
    QueryPerformanceFrequency(&frequency);
    return (double)count.QuadPart / (double)frequency.QuadPart;
}

/* Page by page, for Wine's PROCESS_MEMORY_COUNTERS_EX knows no private bytes. */
size_t bench_private_bytes(void)
{
    MEMORY_BASIC_INFORMATION region;
    size_t bytes = 0;
    for (char *at = NULL; VirtualQuery(at, &region, sizeof(region));
         at = (char *)region.BaseAddress + region.RegionSize) {
        if (region.State == MEM_COMMIT && region.Type == MEM_PRIVATE)
            bytes += region.RegionSize;
    }
    return bytes;
}

size_t bench_working_set(void)
{
    PROCESS_MEMORY_COUNTERS counters = {.cb = sizeof(counters)};
    GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof(counters));
    return counters.WorkingSetSize;
}

double bench_cpu(void)
{
    FILETIME created, ended, kernel, user;
    GetProcessTimes(GetCurrentProcess(), &created, &ended, &kernel, &user);
    ULARGE_INTEGER in_kernel = {.LowPart = kernel.dwLowDateTime, .HighPart = kernel.dwHighDateTime};
    ULARGE_INTEGER in_user = {.LowPart = user.dwLowDateTime, .HighPart = user.dwHighDateTime};
    return (double)(in_kernel.QuadPart + in_user.QuadPart) / 1e7;
}

bool bench_next(FILE *list, wchar_t *url, wchar_t *path)
{
    char line[2 * BENCH_TEXT];
    while (fgets(line, sizeof(line), list)) {
        char *tab = strchr(line, '\t');
        line[strcspn(line, "\r\n")] = 0;
        if (!tab)
            continue;
        *tab = 0;
        MultiByteToWideChar(CP_UTF8, 0, line, -1, url, BENCH_TEXT);
        MultiByteToWideChar(CP_UTF8, 0, tab + 1, -1, path, BENCH_TEXT);
        return true;
    }
    return false;
}

IBackgroundCopyManager *bench_manager(const char *who)
{
    IBackgroundCopyManager *manager;
    bool is_bits = strcmp(who, "bits") == 0;
    bench_check(CoInitializeEx(NULL, COINIT_MULTITHREADED), "CoInitializeEx");
    bench_check(CoCreateInstance(is_bits ? &bits_class : &CLSID_DeliveryOptimization, NULL,
                                 is_bits ? CLSCTX_LOCAL_SERVER : CLSCTX_INPROC_SERVER, &IID_IBackgroundCopyManager,
                                 (void **)&manager),
                "CoCreateInstance");
    return manager;
}

static void (*job_over)(bool is_failure);

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

static HRESULT STDMETHODCALLTYPE callback_JobTransferred(IBackgroundCopyCallback *iface, IBackgroundCopyJob *job)
{
    (void)iface;
    (void)job;
    job_over(false);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE callback_JobError(IBackgroundCopyCallback *iface, IBackgroundCopyJob *job,
                                                   IBackgroundCopyError *error)
{
    (void)iface;
    (void)job;
    (void)error;
    job_over(true);
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

IUnknown *bench_callback(void (*is_over)(bool is_failure))
{
    job_over = is_over;
    return (IUnknown *)&callback;
}
