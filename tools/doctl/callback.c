#include "callback.h"

#include <stdlib.h>

struct callback {
    IBackgroundCopyCallback iface;
    LONG references;
    HANDLE changed;
};

static struct callback *callback_of(IBackgroundCopyCallback *iface)
{
    return CONTAINING_RECORD(iface, struct callback, iface);
}

static HRESULT STDMETHODCALLTYPE callback_QueryInterface(IBackgroundCopyCallback *iface, REFIID iid, void **object)
{
    if (object == NULL) {
        return E_POINTER;
    }
    *object = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IBackgroundCopyCallback)) {
        return E_NOINTERFACE;
    }
    *object = iface;
    IBackgroundCopyCallback_AddRef(iface);
    return S_OK;
}

static ULONG STDMETHODCALLTYPE callback_AddRef(IBackgroundCopyCallback *iface)
{
    return (ULONG)InterlockedIncrement(&callback_of(iface)->references);
}

static ULONG STDMETHODCALLTYPE callback_Release(IBackgroundCopyCallback *iface)
{
    struct callback *callback = callback_of(iface);
    LONG references = InterlockedDecrement(&callback->references);
    if (references == 0) {
        CloseHandle(callback->changed);
        free(callback);
    }
    return (ULONG)references;
}

/* The notifications come on threads of the server. They wake the thread that waits, which asks the job itself. */
static HRESULT callback_wake(IBackgroundCopyCallback *iface)
{
    SetEvent(callback_of(iface)->changed);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE callback_JobTransferred(IBackgroundCopyCallback *iface, IBackgroundCopyJob *job)
{
    (void)job;
    return callback_wake(iface);
}

static HRESULT STDMETHODCALLTYPE callback_JobError(IBackgroundCopyCallback *iface, IBackgroundCopyJob *job,
                                                   IBackgroundCopyError *error)
{
    (void)job;
    (void)error;
    return callback_wake(iface);
}

static HRESULT STDMETHODCALLTYPE callback_JobModification(IBackgroundCopyCallback *iface, IBackgroundCopyJob *job,
                                                          DWORD reserved)
{
    (void)job;
    (void)reserved;
    return callback_wake(iface);
}

static const IBackgroundCopyCallbackVtbl callback_methods = {
    .QueryInterface = callback_QueryInterface,
    .AddRef = callback_AddRef,
    .Release = callback_Release,
    .JobTransferred = callback_JobTransferred,
    .JobError = callback_JobError,
    .JobModification = callback_JobModification,
};

IBackgroundCopyCallback *callback_create(HANDLE *changed)
{
    struct callback *callback = calloc(1, sizeof *callback);
    if (callback == NULL) {
        return NULL;
    }
    callback->changed = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (callback->changed == NULL) {
        free(callback);
        return NULL;
    }
    callback->iface.lpVtbl = &callback_methods;
    callback->references = 1;
    *changed = callback->changed;
    return &callback->iface;
}
