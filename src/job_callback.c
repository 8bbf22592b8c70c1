/* Calling IBackgroundCopyCallback and Callback2: docs/API.md, "Notifications". */
#include "job_callback.h"

#include "interface_table.h"
#include "file.h"
#include "job.h"
#include "job_error.h"
#include "log.h"
#include "memory.h"
#include "result.h"

struct job_callback {
    struct notify_target target;
    struct kept_interface kept; /* in the Global Interface Table */
};

static struct job_callback *callback_of(struct notify_target *target)
{
    return CONTAINING_RECORD(target, struct job_callback, target);
}

/* Failures of a fetch or a call that mean that nobody will answer there again. Of an apartment that has ended Wine says that it does not know the
 * interface. */
static bool is_gone(HRESULT hr)
{
    return hr == RPC_E_DISCONNECTED || hr == CO_E_OBJNOTCONNECTED || hr == RPC_E_SERVER_DIED ||
           hr == RPC_E_SERVER_DIED_DNE || hr == HRESULT_FROM_WIN32(RPC_S_SERVER_UNAVAILABLE) ||
           hr == HRESULT_FROM_WIN32(RPC_S_CALL_FAILED) || hr == HRESULT_FROM_WIN32(RPC_S_UNKNOWN_IF);
}

static HRESULT tell_error(IBackgroundCopyCallback *callback, IBackgroundCopyJob *job_object, struct job *job,
                          const struct job_error *error)
{
    IBackgroundCopyError *error_object;
    HRESULT hr = error_object_create(job, error, &error_object);
    if (FAILED(hr))
        return hr;
    hr = IBackgroundCopyCallback_JobError(callback, job_object, error_object);
    IBackgroundCopyError_Release(error_object);
    return hr;
}

/* A client of the first version has no such method: it is not told, and that is no failure. */
static HRESULT tell_file(IBackgroundCopyCallback *callback, IBackgroundCopyJob *job_object, struct job_file *file)
{
    IBackgroundCopyCallback2 *second;
    HRESULT hr = IBackgroundCopyCallback_QueryInterface(callback, &IID_IBackgroundCopyCallback2, (void **)&second);
    if (FAILED(hr))
        return hr == E_NOINTERFACE ? S_OK : hr;
    IBackgroundCopyFile *file_object;
    hr = file_object_create(file, &file_object);
    if (SUCCEEDED(hr)) {
        hr = IBackgroundCopyCallback2_FileTransferred(second, job_object, file_object);
        IBackgroundCopyFile_Release(file_object);
    }
    IBackgroundCopyCallback2_Release(second);
    return hr;
}

/* One call, with objects made for it alone: a client may keep them as it likes. */
static HRESULT call_client(IBackgroundCopyCallback *callback, struct job *job, const struct notify_event *event)
{
    IBackgroundCopyJob *job_object;
    HRESULT hr = job_object_create(job, &job_object);
    if (FAILED(hr))
        return hr;
    switch (event->kind) {
    case NOTIFY_TRANSFERRED: hr = IBackgroundCopyCallback_JobTransferred(callback, job_object); break;
    case NOTIFY_ERROR: hr = tell_error(callback, job_object, job, &event->error); break;
    case NOTIFY_MODIFICATION: hr = IBackgroundCopyCallback_JobModification(callback, job_object, 0); break;
    case NOTIFY_FILE_TRANSFERRED: hr = tell_file(callback, job_object, event->file); break;
    }
    IBackgroundCopyJob_Release(job_object);
    return FAILED(hr) ? log_failure(LOG_NOTIFY, hr, L"a client's callback failed") : hr;
}

/* A client's own method may answer such a code, for a reason of its own. Whether nobody is there shows in a question to which no proxy knows the answer. */
static bool has_ended(IBackgroundCopyCallback *callback)
{
    static const IID nobody_has_it = {0x0AA42B21, 0x7D9F, 0x4F0B, {0x86, 0x35, 0x5E, 0x0C, 0x3B, 0x17, 0x64, 0xF8}};
    void *object = NULL;
    HRESULT hr = IBackgroundCopyCallback_QueryInterface(callback, &nobody_has_it, &object);
    if (object)
        IUnknown_Release((IUnknown *)object);
    return is_gone(hr);
}

/* On a call thread, in the multithreaded apartment, no lock held: the client may do anything. */
static enum notify_outcome callback_deliver(struct notify_target *target, struct job *job,
                                            const struct notify_event *event)
{
    IBackgroundCopyCallback *callback;
    HRESULT hr = interface_table_fetch(&callback_of(target)->kept, &IID_IBackgroundCopyCallback, (void **)&callback);
    if (FAILED(hr))
        return is_gone(hr) ? NOTIFY_GONE : NOTIFY_REFUSED;
    enum notify_outcome outcome = NOTIFY_DELIVERED;
    hr = atomic_load(&target->is_withdrawn) ? E_ABORT : call_client(callback, job, event);
    if (FAILED(hr))
        outcome = is_gone(hr) && has_ended(callback) ? NOTIFY_GONE : NOTIFY_REFUSED;
    IBackgroundCopyCallback_Release(callback);
    return outcome;
}

enum notify_outcome job_callback_deliver_to_class(const uint8_t class_id[16], struct job *job,
                                                  const struct notify_event *event)
{
    IBackgroundCopyCallback *callback;
    const CLSID clsid = result_guid(class_id);
    HRESULT hr = CoCreateInstance(&clsid, NULL, CLSCTX_LOCAL_SERVER, &IID_IBackgroundCopyCallback, (void **)&callback);
    if (FAILED(hr)) {
        (void)log_failure(LOG_NOTIFY, hr, L"the class that a job names for its notifications has no object");
        return NOTIFY_REFUSED;
    }
    hr = call_client(callback, job, event);
    IBackgroundCopyCallback_Release(callback);
    return SUCCEEDED(hr) ? NOTIFY_DELIVERED : NOTIFY_REFUSED; /* the next object may be better */
}

static void callback_destroy(struct notify_target *target)
{
    struct job_callback *self = callback_of(target);
    interface_table_forget(&self->kept);
    mem_free(self);
}

HRESULT job_callback_create(IUnknown *callback, struct notify_target **target)
{
    *target = NULL;
    IBackgroundCopyCallback *typed;
    HRESULT hr = IUnknown_QueryInterface(callback, &IID_IBackgroundCopyCallback, (void **)&typed);
    if (FAILED(hr))
        return log_failure(LOG_NOTIFY, E_NOINTERFACE, L"no callback interface, its owner says %08lX", hr);
    struct job_callback *self = mem_alloc(sizeof(*self));
    if (!self) {
        hr = log_failure(LOG_COM, E_OUTOFMEMORY, L"cannot keep a callback");
        goto release_typed;
    }
    hr = interface_table_keep((IUnknown *)typed, &IID_IBackgroundCopyCallback, &self->kept);
    if (FAILED(hr))
        goto free_self;
    self->target.deliver = callback_deliver;
    self->target.destroy = callback_destroy;
    atomic_init(&self->target.references, 1);
    atomic_init(&self->target.is_withdrawn, false);
    *target = &self->target;
    goto release_typed; /* the table holds what it needs */

free_self:
    mem_free(self);
release_typed:
    IBackgroundCopyCallback_Release(typed);
    return hr;
}

HRESULT job_callback_interface(struct notify_target *target, IUnknown **callback)
{
    HRESULT hr = interface_table_fetch(&callback_of(target)->kept, &IID_IUnknown, (void **)callback);
    return is_gone(hr) ? S_OK : hr;
}
