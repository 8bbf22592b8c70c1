/* The getters of IBackgroundCopyJob, and the setters of what its row holds: docs/API.md, "Jobs", "Settings" and "Notifications". */
#include "job_object.h"

#include "bits_status.h"
#include "job_callback.h"
#include "job_error.h"
#include "result.h"

#include "deliveryoptimizationerrors.h"

HRESULT STDMETHODCALLTYPE job_GetId(IBackgroundCopyJob5 *iface, GUID *id)
{
    if (!id)
        return E_INVALIDARG;
    uint8_t bytes[16];
    job_id(job_of(iface), bytes);
    *id = result_guid(bytes);
    return S_OK;
}

HRESULT STDMETHODCALLTYPE job_GetType(IBackgroundCopyJob5 *iface, BG_JOB_TYPE *type)
{
    (void)iface;
    if (!type)
        return E_INVALIDARG;
    *type = BG_JOB_TYPE_DOWNLOAD;
    return S_OK;
}

HRESULT STDMETHODCALLTYPE job_GetProgress(IBackgroundCopyJob5 *iface, BG_JOB_PROGRESS *progress)
{
    if (!progress)
        return E_INVALIDARG;
    struct job_progress now = job_progress(job_of(iface));
    progress->BytesTotal = now.bytes_total;
    progress->BytesTransferred = now.bytes_transferred;
    progress->FilesTotal = now.files_total;
    progress->FilesTransferred = now.files_transferred;
    return S_OK;
}

HRESULT STDMETHODCALLTYPE job_GetTimes(IBackgroundCopyJob5 *iface, BG_JOB_TIMES *times)
{
    if (!times)
        return E_INVALIDARG;
    struct job_times now = job_times(job_of(iface));
    times->CreationTime = result_file_time(now.creation);
    times->ModificationTime = result_file_time(now.modification);
    times->TransferCompletionTime = result_file_time(now.transfer_completion);
    return S_OK;
}

HRESULT STDMETHODCALLTYPE job_GetState(IBackgroundCopyJob5 *iface, BG_JOB_STATE *state)
{
    if (!state)
        return E_INVALIDARG;
    *state = bits_job_state(job_state(job_of(iface)));
    return S_OK;
}

HRESULT STDMETHODCALLTYPE job_GetError(IBackgroundCopyJob5 *iface, IBackgroundCopyError **error)
{
    if (!error)
        return E_INVALIDARG;
    *error = NULL;
    struct job_error now;
    if (!job_error(job_of(iface), &now))
        return DO_E_ERROR_INFORMATION_UNAVAILABLE;
    return error_object_create(job_of(iface), &now, error);
}

/* A text of the job, from the core's memory to COM's. */
static HRESULT give_text(IBackgroundCopyJob5 *iface, HRESULT (*get)(struct job *job, char16_t **text), WCHAR **text)
{
    if (!text)
        return E_INVALIDARG;
    *text = NULL;
    WCHAR *copy;
    HRESULT hr = get(job_of(iface), &copy);
    return SUCCEEDED(hr) ? result_take_string(copy, text) : hr;
}

HRESULT STDMETHODCALLTYPE job_GetOwner(IBackgroundCopyJob5 *iface, WCHAR **owner)
{
    return give_text(iface, job_owner, owner);
}

HRESULT STDMETHODCALLTYPE job_SetDisplayName(IBackgroundCopyJob5 *iface, const WCHAR *name)
{
    return job_set_display_name(job_of(iface), name);
}

HRESULT STDMETHODCALLTYPE job_GetDisplayName(IBackgroundCopyJob5 *iface, WCHAR **name)
{
    return give_text(iface, job_display_name, name);
}

HRESULT STDMETHODCALLTYPE job_SetDescription(IBackgroundCopyJob5 *iface, const WCHAR *description)
{
    return job_set_description(job_of(iface), description);
}

HRESULT STDMETHODCALLTYPE job_GetDescription(IBackgroundCopyJob5 *iface, WCHAR **description)
{
    return give_text(iface, job_description, description);
}

HRESULT STDMETHODCALLTYPE job_SetPriority(IBackgroundCopyJob5 *iface, BG_JOB_PRIORITY priority)
{
    enum job_priority wanted;
    return bits_to_priority(priority, &wanted) ? job_set_priority(job_of(iface), wanted) : E_NOTIMPL;
}

HRESULT STDMETHODCALLTYPE job_GetPriority(IBackgroundCopyJob5 *iface, BG_JOB_PRIORITY *priority)
{
    if (!priority)
        return E_INVALIDARG;
    *priority = bits_priority(job_priority(job_of(iface)));
    return S_OK;
}

HRESULT STDMETHODCALLTYPE job_GetErrorCount(IBackgroundCopyJob5 *iface, ULONG *count)
{
    if (!count)
        return E_INVALIDARG;
    *count = job_error_count(job_of(iface));
    return S_OK;
}

HRESULT STDMETHODCALLTYPE job_SetNotifyFlags(IBackgroundCopyJob5 *iface, ULONG flags)
{
    return job_set_notify_flags(job_of(iface), flags);
}

HRESULT STDMETHODCALLTYPE job_GetNotifyFlags(IBackgroundCopyJob5 *iface, ULONG *flags)
{
    if (!flags)
        return E_INVALIDARG;
    *flags = job_notify_flags(job_of(iface));
    return S_OK;
}

HRESULT STDMETHODCALLTYPE job_SetNotifyInterface(IBackgroundCopyJob5 *iface, IUnknown *callback)
{
    struct notify_target *target = NULL;
    if (callback) {
        HRESULT hr = job_callback_create(callback, &target);
        if (FAILED(hr))
            return hr;
    }
    HRESULT hr = job_set_notify_target(job_of(iface), target);
    notify_target_release(target);
    return hr;
}

HRESULT STDMETHODCALLTYPE job_GetNotifyInterface(IBackgroundCopyJob5 *iface, IUnknown **callback)
{
    if (!callback)
        return E_INVALIDARG;
    *callback = NULL;
    struct notify_target *target = job_notify_target(job_of(iface));
    if (!target)
        return S_OK;
    HRESULT hr = job_callback_interface(target, callback);
    notify_target_release(target);
    return hr;
}
