/* Methods of the classic job that nothing stands behind yet. They say so, and leave nothing undefined behind. Never to be: GetReplyProgress, GetReplyData,
 * SetReplyFileName and GetReplyFileName, which belong to uploads. */
#include "job_object.h"

#include <string.h>

HRESULT STDMETHODCALLTYPE job_SetMinimumRetryDelay(IBackgroundCopyJob5 *iface, ULONG seconds)
{
    (void)iface;
    (void)seconds;
    return E_NOTIMPL;
}

HRESULT STDMETHODCALLTYPE job_GetMinimumRetryDelay(IBackgroundCopyJob5 *iface, ULONG *seconds)
{
    (void)iface;
    if (!seconds)
        return E_INVALIDARG;
    *seconds = 0;
    return E_NOTIMPL;
}

HRESULT STDMETHODCALLTYPE job_SetNoProgressTimeout(IBackgroundCopyJob5 *iface, ULONG seconds)
{
    (void)iface;
    (void)seconds;
    return E_NOTIMPL;
}

HRESULT STDMETHODCALLTYPE job_GetNoProgressTimeout(IBackgroundCopyJob5 *iface, ULONG *seconds)
{
    (void)iface;
    if (!seconds)
        return E_INVALIDARG;
    *seconds = 0;
    return E_NOTIMPL;
}

HRESULT STDMETHODCALLTYPE job_SetProxySettings(IBackgroundCopyJob5 *iface, BG_JOB_PROXY_USAGE usage,
                                               const WCHAR *proxy_list, const WCHAR *bypass_list)
{
    (void)iface;
    (void)usage;
    (void)proxy_list;
    (void)bypass_list;
    return E_NOTIMPL;
}

HRESULT STDMETHODCALLTYPE job_GetProxySettings(IBackgroundCopyJob5 *iface, BG_JOB_PROXY_USAGE *usage,
                                               WCHAR **proxy_list, WCHAR **bypass_list)
{
    (void)iface;
    if (usage)
        *usage = BG_JOB_PROXY_USAGE_PRECONFIG;
    if (proxy_list)
        *proxy_list = NULL;
    if (bypass_list)
        *bypass_list = NULL;
    return usage && proxy_list && bypass_list ? E_NOTIMPL : E_INVALIDARG;
}

HRESULT STDMETHODCALLTYPE job_TakeOwnership(IBackgroundCopyJob5 *iface)
{
    (void)iface;
    return E_NOTIMPL;
}

HRESULT STDMETHODCALLTYPE job_SetNotifyCmdLine(IBackgroundCopyJob5 *iface, const WCHAR *program,
                                               const WCHAR *parameters)
{
    (void)iface;
    (void)program;
    (void)parameters;
    return E_NOTIMPL;
}

HRESULT STDMETHODCALLTYPE job_GetNotifyCmdLine(IBackgroundCopyJob5 *iface, WCHAR **program, WCHAR **parameters)
{
    (void)iface;
    if (program)
        *program = NULL;
    if (parameters)
        *parameters = NULL;
    return program && parameters ? E_NOTIMPL : E_INVALIDARG;
}

HRESULT STDMETHODCALLTYPE job_GetReplyProgress(IBackgroundCopyJob5 *iface, BG_JOB_REPLY_PROGRESS *progress)
{
    (void)iface;
    if (!progress)
        return E_INVALIDARG;
    memset(progress, 0, sizeof(*progress));
    return E_NOTIMPL;
}

HRESULT STDMETHODCALLTYPE job_GetReplyData(IBackgroundCopyJob5 *iface, byte **data, UINT64 *length)
{
    (void)iface;
    if (data)
        *data = NULL;
    if (length)
        *length = 0;
    return data && length ? E_NOTIMPL : E_INVALIDARG;
}

HRESULT STDMETHODCALLTYPE job_SetReplyFileName(IBackgroundCopyJob5 *iface, const WCHAR *name)
{
    (void)iface;
    (void)name;
    return E_NOTIMPL;
}

HRESULT STDMETHODCALLTYPE job_GetReplyFileName(IBackgroundCopyJob5 *iface, WCHAR **name)
{
    (void)iface;
    if (!name)
        return E_INVALIDARG;
    *name = NULL;
    return E_NOTIMPL;
}

HRESULT STDMETHODCALLTYPE job_SetCredentials(IBackgroundCopyJob5 *iface, BG_AUTH_CREDENTIALS *credentials)
{
    (void)iface;
    (void)credentials;
    return E_NOTIMPL;
}

HRESULT STDMETHODCALLTYPE job_RemoveCredentials(IBackgroundCopyJob5 *iface, BG_AUTH_TARGET target,
                                                BG_AUTH_SCHEME scheme)
{
    (void)iface;
    (void)target;
    (void)scheme;
    return E_NOTIMPL;
}

HRESULT STDMETHODCALLTYPE job_SetFileACLFlags(IBackgroundCopyJob5 *iface, DWORD flags)
{
    (void)iface;
    (void)flags;
    return E_NOTIMPL;
}

HRESULT STDMETHODCALLTYPE job_GetFileACLFlags(IBackgroundCopyJob5 *iface, DWORD *flags)
{
    (void)iface;
    if (!flags)
        return E_INVALIDARG;
    *flags = 0;
    return E_NOTIMPL;
}

HRESULT STDMETHODCALLTYPE job_SetPeerCachingFlags(IBackgroundCopyJob5 *iface, DWORD flags)
{
    (void)iface;
    (void)flags;
    return E_NOTIMPL;
}

HRESULT STDMETHODCALLTYPE job_GetPeerCachingFlags(IBackgroundCopyJob5 *iface, DWORD *flags)
{
    (void)iface;
    if (!flags)
        return E_INVALIDARG;
    *flags = 0;
    return E_NOTIMPL;
}

HRESULT STDMETHODCALLTYPE job_GetOwnerIntegrityLevel(IBackgroundCopyJob5 *iface, ULONG *level)
{
    (void)iface;
    if (!level)
        return E_INVALIDARG;
    *level = 0;
    return E_NOTIMPL;
}

HRESULT STDMETHODCALLTYPE job_GetOwnerElevationState(IBackgroundCopyJob5 *iface, BOOL *is_elevated)
{
    (void)iface;
    if (!is_elevated)
        return E_INVALIDARG;
    *is_elevated = 0;
    return E_NOTIMPL;
}

HRESULT STDMETHODCALLTYPE job_SetMaximumDownloadTime(IBackgroundCopyJob5 *iface, ULONG seconds)
{
    (void)iface;
    (void)seconds;
    return E_NOTIMPL;
}

HRESULT STDMETHODCALLTYPE job_GetMaximumDownloadTime(IBackgroundCopyJob5 *iface, ULONG *seconds)
{
    (void)iface;
    if (!seconds)
        return E_INVALIDARG;
    *seconds = 0;
    return E_NOTIMPL;
}

HRESULT STDMETHODCALLTYPE job_SetProperty(IBackgroundCopyJob5 *iface, BITS_JOB_PROPERTY_ID id,
                                          BITS_JOB_PROPERTY_VALUE value)
{
    (void)iface;
    (void)id;
    (void)value;
    return E_NOTIMPL;
}

HRESULT STDMETHODCALLTYPE job_GetProperty(IBackgroundCopyJob5 *iface, BITS_JOB_PROPERTY_ID id,
                                          BITS_JOB_PROPERTY_VALUE *value)
{
    (void)iface;
    (void)id;
    if (!value)
        return E_INVALIDARG;
    memset(value, 0, sizeof(*value));
    return E_NOTIMPL;
}
