/* The members of the classic job that belong to uploads, which there are none of: E_NOTIMPL, for good. */
#include "job_object.h"

#include <string.h>

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
