#include "client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void assert_hresult(HRESULT actual, HRESULT expected, const char *what)
{
    if (actual != expected)
        fail_msg("%s: 0x%08lX, expected 0x%08lX", what, (unsigned long)actual, (unsigned long)expected);
}

/* ---- The listener ---- */

static struct listener *listener_of(IBackgroundCopyCallback *iface)
{
    return CONTAINING_RECORD(iface, struct listener, callback);
}

static HRESULT STDMETHODCALLTYPE listener_QueryInterface(IBackgroundCopyCallback *iface, REFIID iid, void **object)
{
    *object = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IBackgroundCopyCallback))
        return E_NOINTERFACE;
    *object = iface;
    InterlockedIncrement(&listener_of(iface)->references);
    return S_OK;
}

static ULONG STDMETHODCALLTYPE listener_AddRef(IBackgroundCopyCallback *iface)
{
    return (ULONG)InterlockedIncrement(&listener_of(iface)->references);
}

static ULONG STDMETHODCALLTYPE listener_Release(IBackgroundCopyCallback *iface)
{
    return (ULONG)InterlockedDecrement(&listener_of(iface)->references);
}

static HRESULT record(struct listener *listener, volatile LONG *counter)
{
    listener->thread = GetCurrentThreadId();
    InterlockedIncrement(counter);
    SetEvent(listener->changed);
    return listener->answer;
}

static HRESULT STDMETHODCALLTYPE listener_JobTransferred(IBackgroundCopyCallback *iface, IBackgroundCopyJob *job)
{
    struct listener *listener = listener_of(iface);
    if (listener->on_transferred)
        listener->on_transferred(listener, job);
    return record(listener, &listener->transferred);
}

static HRESULT STDMETHODCALLTYPE listener_JobError(IBackgroundCopyCallback *iface, IBackgroundCopyJob *job,
                                                   IBackgroundCopyError *error)
{
    struct listener *listener = listener_of(iface);
    BG_ERROR_CONTEXT context;
    HRESULT code = S_OK;
    (void)job;
    (void)IBackgroundCopyError_GetError(error, &context, &code);
    listener->error = code;
    return record(listener, &listener->failed);
}

static HRESULT STDMETHODCALLTYPE listener_JobModification(IBackgroundCopyCallback *iface, IBackgroundCopyJob *job,
                                                          DWORD reserved)
{
    (void)job;
    (void)reserved;
    return record(listener_of(iface), &listener_of(iface)->modified);
}

static const IBackgroundCopyCallbackVtbl listener_vtable = {
    listener_QueryInterface, listener_AddRef,   listener_Release,
    listener_JobTransferred, listener_JobError, listener_JobModification,
};

void listener_init(struct listener *listener)
{
    memset(listener, 0, sizeof(*listener));
    listener->callback.lpVtbl = &listener_vtable;
    listener->references = 1;
    listener->changed = CreateEventW(NULL, FALSE, FALSE, NULL);
    assert_non_null(listener->changed);
}

void listener_destroy(struct listener *listener)
{
    CloseHandle(listener->changed);
}

bool listener_wait(struct listener *listener, volatile LONG *counter, LONG count)
{
    ULONGLONG deadline = GetTickCount64() + WAIT_LIMIT_MS;
    while (InterlockedCompareExchange(counter, 0, 0) < count) {
        ULONGLONG now = GetTickCount64();
        if (now >= deadline)
            return false;
        MSG message;
        (void)MsgWaitForMultipleObjects(1, &listener->changed, FALSE, (DWORD)(deadline - now), QS_ALLINPUT);
        while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
            DispatchMessageW(&message);
    }
    return true;
}

/* ---- The server's objects ---- */

IBackgroundCopyManager *client_open(DWORD apartment)
{
    IBackgroundCopyManager *manager = NULL;
    assert_hr(CoInitializeEx(NULL, apartment), S_OK);
    assert_hr(CoCreateInstance(&CLSID_DeliveryOptimization, NULL, CLSCTX_INPROC_SERVER, &IID_IBackgroundCopyManager,
                               (void **)&manager),
              S_OK);
    return manager;
}

void client_close(IBackgroundCopyManager *manager)
{
    IBackgroundCopyManager_Release(manager);
    CoUninitialize();
}

IBackgroundCopyJob *client_job(IBackgroundCopyManager *manager, struct listener *listener)
{
    IBackgroundCopyJob *job = NULL;
    GUID id;
    assert_hr(IBackgroundCopyManager_CreateJob(manager, L"a test's job", BG_JOB_TYPE_DOWNLOAD, &id, &job), S_OK);
    if (listener)
        assert_hr(IBackgroundCopyJob_SetNotifyInterface(job, (IUnknown *)&listener->callback), S_OK);
    return job;
}

void client_path(const wchar_t *name, wchar_t path[MAX_PATH])
{
    wchar_t folder[MAX_PATH];
    DWORD length = GetEnvironmentVariableW(L"DOSVC_TEST_DIR", folder, MAX_PATH);
    assert_in_range(length, 1, MAX_PATH - 1);
    assert_true(swprintf(path, MAX_PATH, L"%ls\\%ls", folder, name) > 0);
}

void client_add(IBackgroundCopyJob *job, const struct origin *origin, const char *target, const wchar_t *name)
{
    wchar_t url[1024];
    wchar_t path[MAX_PATH];
    assert_true(origin_url(origin, target, url, ARRAYSIZE(url)));
    client_path(name, path);
    assert_hr(IBackgroundCopyJob_AddFile(job, url, path), S_OK);
}

/* ---- What must be true ---- */

void assert_state(IBackgroundCopyJob *job, BG_JOB_STATE expected)
{
    BG_JOB_STATE state;
    assert_hr(IBackgroundCopyJob_GetState(job, &state), S_OK);
    assert_int_equal(state, expected);
}

void assert_content(const wchar_t *name, uint64_t seed, uint64_t offset, uint64_t size)
{
    enum { PIECE = 1 << 16 };
    wchar_t path[MAX_PATH];
    unsigned char *expected = malloc(2 * PIECE);
    unsigned char *actual = expected + PIECE;
    assert_non_null(expected);
    client_path(name, path);
    FILE *file = _wfopen(path, L"rb");
    if (!file)
        fail_msg("%ls is not there", path);
    uint64_t checked = 0;
    for (;;) {
        size_t got = fread(actual, 1, PIECE, file);
        if (got == 0)
            break;
        origin_fill(seed, offset + checked, expected, got);
        if (memcmp(actual, expected, got) != 0)
            fail_msg("%ls: wrong bytes between %llu and %llu", path, checked, checked + got);
        checked += got;
    }
    fclose(file);
    free(expected);
    assert_int_equal(checked, size);
    DWORD attributes = GetFileAttributesW(path);
    assert_int_equal(attributes & FILE_ATTRIBUTE_HIDDEN, 0);
}

void assert_absent(const wchar_t *name)
{
    wchar_t path[MAX_PATH];
    client_path(name, path);
    if (GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES)
        fail_msg("%ls is there", path);
}

void assert_no_temporary_file(void)
{
    wchar_t pattern[MAX_PATH];
    WIN32_FIND_DATAW found;
    client_path(L"DO*.tmp", pattern);
    HANDLE search = FindFirstFileW(pattern, &found);
    if (search != INVALID_HANDLE_VALUE) {
        FindClose(search);
        fail_msg("%ls was left over", found.cFileName);
    }
}
