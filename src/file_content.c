/* IBackgroundCopyFile2 to IBackgroundCopyFile5: where a file's content comes from, where it is and what is known about it. docs/API.md, "Files". */
#include "file_object.h"

#include "result.h"

HRESULT STDMETHODCALLTYPE file_SetRemoteName(IBackgroundCopyFile5 *iface, const WCHAR *name)
{
    return job_file_set_url(file_of(iface), name);
}

HRESULT STDMETHODCALLTYPE file_GetTemporaryName(IBackgroundCopyFile5 *iface, WCHAR **name)
{
    if (!name)
        return E_INVALIDARG;
    *name = NULL;
    WCHAR *path;
    HRESULT hr = job_file_temporary_path(file_of(iface), &path);
    return SUCCEEDED(hr) ? result_take_string(path, name) : hr;
}

HRESULT STDMETHODCALLTYPE file_SetValidationState(IBackgroundCopyFile5 *iface, BOOL state)
{
    return job_file_set_valid(file_of(iface), state);
}

HRESULT STDMETHODCALLTYPE file_GetValidationState(IBackgroundCopyFile5 *iface, BOOL *state)
{
    if (!state)
        return E_INVALIDARG;
    *state = job_file_is_valid(file_of(iface)) ? TRUE : FALSE;
    return S_OK;
}

/* Bytes come from the server alone. */
HRESULT STDMETHODCALLTYPE file_IsDownloadedFromPeer(IBackgroundCopyFile5 *iface, BOOL *is_from_peer)
{
    (void)iface;
    if (!is_from_peer)
        return E_INVALIDARG;
    *is_from_peer = FALSE;
    return S_OK;
}

HRESULT STDMETHODCALLTYPE file_GetPeerDownloadStats(IBackgroundCopyFile5 *iface, UINT64 *from_origin,
                                                    UINT64 *from_peers)
{
    if (from_origin)
        *from_origin = 0;
    if (from_peers)
        *from_peers = 0;
    if (!from_origin || !from_peers)
        return E_INVALIDARG;
    *from_origin = job_file_progress(file_of(iface)).bytes_transferred;
    return S_OK;
}

HRESULT STDMETHODCALLTYPE file_SetProperty(IBackgroundCopyFile5 *iface, BITS_FILE_PROPERTY_ID id,
                                           BITS_FILE_PROPERTY_VALUE value)
{
    (void)iface;
    (void)id;
    (void)value;
    return E_INVALIDARG; /* the one property that there is cannot be set */
}

HRESULT STDMETHODCALLTYPE file_GetProperty(IBackgroundCopyFile5 *iface, BITS_FILE_PROPERTY_ID id,
                                           BITS_FILE_PROPERTY_VALUE *value)
{
    if (!value)
        return E_INVALIDARG;
    value->String = NULL;
    if (id != BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS)
        return E_INVALIDARG;
    WCHAR *headers;
    HRESULT hr = job_file_response_headers(file_of(iface), &headers);
    return SUCCEEDED(hr) ? result_take_string(headers, &value->String) : hr;
}
