#include "recording_callback.h"

#include <string.h>

static struct recording_callback *recording_of(IBackgroundCopyCallback2 *iface)
{
    return CONTAINING_RECORD(iface, struct recording_callback, callback_iface);
}

static HRESULT STDMETHODCALLTYPE recording_QueryInterface(IBackgroundCopyCallback2 *iface, REFIID iid, void **object)
{
    *object = NULL;
    bool is_second = IsEqualIID(iid, &IID_IBackgroundCopyCallback2) && !recording_of(iface)->is_first_version;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IBackgroundCopyCallback) && !is_second)
        return E_NOINTERFACE;
    IBackgroundCopyCallback2_AddRef(iface);
    *object = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE recording_AddRef(IBackgroundCopyCallback2 *iface)
{
    return atomic_fetch_add(&recording_of(iface)->references, 1) + 1;
}

static ULONG STDMETHODCALLTYPE recording_Release(IBackgroundCopyCallback2 *iface)
{
    return atomic_fetch_sub(&recording_of(iface)->references, 1) - 1;
}

static HRESULT record(struct recording_callback *self, enum callback_kind kind, IBackgroundCopyJob *job,
                      IBackgroundCopyError *error)
{
    self->thread = GetCurrentThreadId();
    if (self->on_call)
        self->on_call(self, kind, job, error);
    HRESULT answer = self->answer;
    atomic_fetch_add(&self->calls[kind], 1);
    return answer;
}

static HRESULT STDMETHODCALLTYPE recording_JobTransferred(IBackgroundCopyCallback2 *iface, IBackgroundCopyJob *job)
{
    return record(recording_of(iface), CALLBACK_TRANSFERRED, job, NULL);
}

static HRESULT STDMETHODCALLTYPE recording_JobError(IBackgroundCopyCallback2 *iface, IBackgroundCopyJob *job,
                                                    IBackgroundCopyError *error)
{
    return record(recording_of(iface), CALLBACK_ERROR, job, error);
}

static HRESULT STDMETHODCALLTYPE recording_JobModification(IBackgroundCopyCallback2 *iface, IBackgroundCopyJob *job,
                                                           DWORD reserved)
{
    if (reserved != 0)
        return E_UNEXPECTED;
    return record(recording_of(iface), CALLBACK_MODIFICATION, job, NULL);
}

static HRESULT STDMETHODCALLTYPE recording_FileTransferred(IBackgroundCopyCallback2 *iface, IBackgroundCopyJob *job,
                                                           IBackgroundCopyFile *file)
{
    struct recording_callback *self = recording_of(iface);
    if (self->on_file)
        self->on_file(self, job, file);
    return record(self, CALLBACK_FILE, job, NULL);
}

static const IBackgroundCopyCallback2Vtbl recording_vtable = {
    recording_QueryInterface, recording_AddRef,          recording_Release,         recording_JobTransferred,
    recording_JobError,       recording_JobModification, recording_FileTransferred,
};

void callback_init(struct recording_callback *callback)
{
    memset(callback, 0, sizeof(*callback));
    callback->callback_iface.lpVtbl = &recording_vtable;
    callback->references = 1;
}

struct awaited {
    struct recording_callback *callback;
    enum callback_kind kind;
    unsigned calls;
};

static bool was_called(void *context)
{
    struct awaited *awaited = context;
    return awaited->callback->calls[awaited->kind] >= awaited->calls;
}

void callback_await(struct recording_callback *callback, enum callback_kind kind, unsigned calls)
{
    struct awaited awaited = {callback, kind, calls};
    env_until(was_called, &awaited, "a call to the client");
}

static bool is_released(void *context)
{
    return ((struct recording_callback *)context)->references == 1;
}

void callback_await_release(struct recording_callback *callback)
{
    env_until(is_released, callback, "the callback's release");
}

IUnknown *callback_unknown(struct recording_callback *callback)
{
    return (IUnknown *)&callback->callback_iface;
}

void callback_set(struct recording_callback *callback, IBackgroundCopyJob *job)
{
    assert_hr(IBackgroundCopyJob_SetNotifyInterface(job, callback_unknown(callback)), S_OK);
}

void callback_finish(IBackgroundCopyManager *manager, IBackgroundCopyJob *job, struct recording_callback *callback)
{
    if (job)
        IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
    env_stop();
    assert_int_equal(callback->references, 1);
}
