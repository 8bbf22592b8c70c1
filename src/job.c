/* IBackgroundCopyJob: the life cycle, and the vtable of all its versions. docs/API.md, "Jobs" and "States"; docs/STATES.md. */
#include "job_object.h"

#include "log.h"
#include "memory.h"

struct job *job_of(IBackgroundCopyJob5 *iface)
{
    return CONTAINING_RECORD(iface, struct job_object, job_iface)->job;
}

COM_UNKNOWN(job, IBackgroundCopyJob5, struct job_object, job_iface)

static HRESULT STDMETHODCALLTYPE job_Suspend(IBackgroundCopyJob5 *iface)
{
    return job_suspend(job_of(iface));
}

static HRESULT STDMETHODCALLTYPE job_Resume(IBackgroundCopyJob5 *iface)
{
    return job_resume(job_of(iface));
}

static HRESULT STDMETHODCALLTYPE job_Cancel(IBackgroundCopyJob5 *iface)
{
    return job_cancel(job_of(iface));
}

static HRESULT STDMETHODCALLTYPE job_Complete(IBackgroundCopyJob5 *iface)
{
    return job_complete(job_of(iface));
}

static const IBackgroundCopyJob5Vtbl job_vtable = {
    COM_UNKNOWN_SLOTS(job),
    .AddFileSet = job_AddFileSet,
    .AddFile = job_AddFile,
    .EnumFiles = job_EnumFiles,
    .Suspend = job_Suspend,
    .Resume = job_Resume,
    .Cancel = job_Cancel,
    .Complete = job_Complete,
    .GetId = job_GetId,
    .GetType = job_GetType,
    .GetProgress = job_GetProgress,
    .GetTimes = job_GetTimes,
    .GetState = job_GetState,
    .GetError = job_GetError,
    .GetOwner = job_GetOwner,
    .SetDisplayName = job_SetDisplayName,
    .GetDisplayName = job_GetDisplayName,
    .SetDescription = job_SetDescription,
    .GetDescription = job_GetDescription,
    .SetPriority = job_SetPriority,
    .GetPriority = job_GetPriority,
    .SetNotifyFlags = job_SetNotifyFlags,
    .GetNotifyFlags = job_GetNotifyFlags,
    .SetNotifyInterface = job_SetNotifyInterface,
    .GetNotifyInterface = job_GetNotifyInterface,
    .SetMinimumRetryDelay = job_SetMinimumRetryDelay,
    .GetMinimumRetryDelay = job_GetMinimumRetryDelay,
    .SetNoProgressTimeout = job_SetNoProgressTimeout,
    .GetNoProgressTimeout = job_GetNoProgressTimeout,
    .GetErrorCount = job_GetErrorCount,
    .SetProxySettings = job_SetProxySettings,
    .GetProxySettings = job_GetProxySettings,
    .TakeOwnership = job_TakeOwnership,
    .SetNotifyCmdLine = job_SetNotifyCmdLine,
    .GetNotifyCmdLine = job_GetNotifyCmdLine,
    .GetReplyProgress = job_GetReplyProgress,
    .GetReplyData = job_GetReplyData,
    .SetReplyFileName = job_SetReplyFileName,
    .GetReplyFileName = job_GetReplyFileName,
    .SetCredentials = job_SetCredentials,
    .RemoveCredentials = job_RemoveCredentials,
    .ReplaceRemotePrefix = job_ReplaceRemotePrefix,
    .AddFileWithRanges = job_AddFileWithRanges,
    .SetFileACLFlags = job_SetFileACLFlags,
    .GetFileACLFlags = job_GetFileACLFlags,
    .SetPeerCachingFlags = job_SetPeerCachingFlags,
    .GetPeerCachingFlags = job_GetPeerCachingFlags,
    .GetOwnerIntegrityLevel = job_GetOwnerIntegrityLevel,
    .GetOwnerElevationState = job_GetOwnerElevationState,
    .SetMaximumDownloadTime = job_SetMaximumDownloadTime,
    .GetMaximumDownloadTime = job_GetMaximumDownloadTime,
    .SetProperty = job_SetProperty,
    .GetProperty = job_GetProperty,
};

#define JOB_FACE offsetof(struct job_object, job_iface)

static const struct com_interface job_interfaces[] = {
    {&IID_IUnknown, JOB_FACE},
    {&IID_IBackgroundCopyJob, JOB_FACE},
    {&IID_IBackgroundCopyJob2, JOB_FACE},
    {&IID_IBackgroundCopyJob3, JOB_FACE},
    {&IID_IBackgroundCopyJob4, JOB_FACE},
    {&IID_IBackgroundCopyJob5, JOB_FACE},
    {&IID_IBackgroundCopyJobHttpOptions, offsetof(struct job_object, http_options_iface)},
    {&IID_IDeliveryOptimizationJob, offsetof(struct job_object, delivery_iface)},
    {&IID_IDeliveryOptimizationJob2, offsetof(struct job_object, delivery2_iface)},
};

static void job_destroy(struct com_object *object)
{
    struct job_object *self = CONTAINING_RECORD(object, struct job_object, object);
    job_release(self->job);
    mem_free(self);
}

static const struct com_class job_class = COM_CLASS(job_interfaces, job_destroy);

HRESULT job_object_create(struct job *job, IBackgroundCopyJob **object)
{
    *object = NULL;
    struct job_object *self = mem_alloc(sizeof(*self));
    if (!self)
        return log_failure(LOG_COM, E_OUTOFMEMORY, L"cannot hand out a job");
    self->job_iface.lpVtbl = &job_vtable;
    self->http_options_iface.lpVtbl = &job_http_options_vtable;
    self->delivery_iface.lpVtbl = &job_delivery_vtable;
    self->delivery2_iface.lpVtbl = &job_delivery2_vtable;
    job_addref(job);
    self->job = job;
    com_object_init(&self->object, &job_class);
    *object = (IBackgroundCopyJob *)&self->job_iface; /* the older version's slots are the first of the newer one's */
    return S_OK;
}
