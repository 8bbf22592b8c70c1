/* The methods of IBackgroundCopyManager: docs/API.md, "Manager". */
#include "manager.h"

#include "enumerator.h"
#include "error_description.h"
#include "job.h"
#include "log.h"
#include "memory.h"
#include "result.h"

#include <string.h>

struct manager_object {
    struct com_object object;
    IBackgroundCopyManager manager_iface;
    struct engine *engine;
};

static struct engine *engine_of(IBackgroundCopyManager *iface)
{
    return CONTAINING_RECORD(iface, struct manager_object, manager_iface)->engine;
}

COM_UNKNOWN(manager, IBackgroundCopyManager, struct manager_object, manager_iface)

static HRESULT STDMETHODCALLTYPE manager_CreateJob(IBackgroundCopyManager *iface, const WCHAR *name, BG_JOB_TYPE type,
                                                   GUID *id, IBackgroundCopyJob **object)
{
    if (id)
        memset(id, 0, sizeof(*id));
    if (object)
        *object = NULL;
    if (!id || !object || !name)
        return E_INVALIDARG;
    if (type != BG_JOB_TYPE_DOWNLOAD)
        return E_NOTIMPL;
    struct job *job;
    HRESULT hr = engine_create_job(engine_of(iface), name, &job);
    if (FAILED(hr))
        return hr;
    hr = job_object_create(job, object);
    if (SUCCEEDED(hr)) {
        uint8_t bytes[16];
        job_id(job, bytes);
        *id = result_guid(bytes);
    } else {
        (void)job_cancel(job); /* nobody knows it, so nobody could end it */
    }
    job_release(job);
    return hr;
}

static HRESULT STDMETHODCALLTYPE manager_GetJob(IBackgroundCopyManager *iface, REFGUID id, IBackgroundCopyJob **object)
{
    if (!object)
        return E_INVALIDARG;
    *object = NULL;
    if (!id)
        return E_INVALIDARG;
    uint8_t bytes[sizeof(*id)];
    memcpy(bytes, id, sizeof(bytes));
    struct job *job;
    HRESULT hr = engine_find_job(engine_of(iface), bytes, &job);
    if (FAILED(hr))
        return hr;
    hr = job_object_create(job, object);
    job_release(job);
    return hr;
}

/* Takes the jobs' references, also on failure. */
static HRESULT enumerate(struct job *const *jobs, size_t count, IEnumBackgroundCopyJobs **enumerator)
{
    struct snapshot *snapshot = NULL;
    HRESULT hr = snapshot_create(count, &snapshot);
    for (size_t i = 0; i < count; i++) {
        IBackgroundCopyJob *object;
        if (SUCCEEDED(hr))
            hr = job_object_create(jobs[i], &object);
        if (SUCCEEDED(hr))
            snapshot_append(snapshot, (IUnknown *)object);
        job_release(jobs[i]);
    }
    if (SUCCEEDED(hr))
        hr = job_enumerator_create(snapshot, enumerator);
    if (snapshot)
        snapshot_release(snapshot);
    return hr;
}

static HRESULT STDMETHODCALLTYPE manager_EnumJobs(IBackgroundCopyManager *iface, DWORD flags,
                                                  IEnumBackgroundCopyJobs **enumerator)
{
    if (!enumerator)
        return E_INVALIDARG;
    *enumerator = NULL;
    if (flags & ~(DWORD)BG_JOB_ENUM_ALL_USERS)
        return E_INVALIDARG;
    struct job **jobs;
    size_t count;
    HRESULT hr = engine_list_jobs(engine_of(iface), (flags & BG_JOB_ENUM_ALL_USERS) != 0, &jobs, &count);
    if (FAILED(hr))
        return hr;
    hr = enumerate(jobs, count, enumerator);
    mem_free(jobs);
    return hr;
}

static HRESULT STDMETHODCALLTYPE manager_GetErrorDescription(IBackgroundCopyManager *iface, HRESULT code,
                                                             DWORD language, WCHAR **text)
{
    (void)iface;
    return text ? error_description(code, language, text) : E_INVALIDARG;
}

static const IBackgroundCopyManagerVtbl manager_vtable = {
    COM_UNKNOWN_SLOTS(manager),
    .CreateJob = manager_CreateJob,
    .GetJob = manager_GetJob,
    .EnumJobs = manager_EnumJobs,
    .GetErrorDescription = manager_GetErrorDescription,
};

static const struct com_interface manager_interfaces[] = {
    {&IID_IUnknown, offsetof(struct manager_object, manager_iface)},
    {&IID_IBackgroundCopyManager, offsetof(struct manager_object, manager_iface)},
};

static void manager_destroy(struct com_object *object)
{
    mem_free(CONTAINING_RECORD(object, struct manager_object, object));
}

static const struct com_class manager_class = COM_CLASS(manager_interfaces, manager_destroy);

HRESULT manager_object_create(struct engine *engine, REFIID iid, void **object)
{
    *object = NULL;
    struct manager_object *self = mem_alloc(sizeof(*self));
    if (!self)
        return log_failure(LOG_COM, E_OUTOFMEMORY, L"cannot hand out a manager");
    self->manager_iface.lpVtbl = &manager_vtable;
    self->engine = engine;
    com_object_init(&self->object, &manager_class);
    HRESULT hr = com_query_interface(&self->object, iid, object);
    com_release(&self->object);
    return hr;
}
