/* IBackgroundCopyJobHttpOptions: an interface of the classic job. Nothing stands behind its methods yet. */
#include "job_object.h"

COM_UNKNOWN(http_options, IBackgroundCopyJobHttpOptions, struct job_object, http_options_iface)

static HRESULT STDMETHODCALLTYPE http_options_SetClientCertificateByID(IBackgroundCopyJobHttpOptions *iface,
                                                                       BG_CERT_STORE_LOCATION location,
                                                                       const WCHAR *store, BYTE *hash)
{
    (void)iface;
    (void)location;
    (void)store;
    (void)hash;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE http_options_SetClientCertificateByName(IBackgroundCopyJobHttpOptions *iface,
                                                                         BG_CERT_STORE_LOCATION location,
                                                                         const WCHAR *store, const WCHAR *subject)
{
    (void)iface;
    (void)location;
    (void)store;
    (void)subject;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE http_options_RemoveClientCertificate(IBackgroundCopyJobHttpOptions *iface)
{
    (void)iface;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE http_options_GetClientCertificate(IBackgroundCopyJobHttpOptions *iface,
                                                                   BG_CERT_STORE_LOCATION *location, WCHAR **store,
                                                                   BYTE **hash, WCHAR **subject)
{
    (void)iface;
    if (location)
        *location = BG_CERT_STORE_LOCATION_CURRENT_USER;
    if (store)
        *store = NULL;
    if (hash)
        *hash = NULL;
    if (subject)
        *subject = NULL;
    return location && store && hash && subject ? E_NOTIMPL : E_INVALIDARG;
}

static HRESULT STDMETHODCALLTYPE http_options_SetCustomHeaders(IBackgroundCopyJobHttpOptions *iface,
                                                               const WCHAR *headers)
{
    (void)iface;
    (void)headers;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE http_options_GetCustomHeaders(IBackgroundCopyJobHttpOptions *iface, WCHAR **headers)
{
    (void)iface;
    if (!headers)
        return E_INVALIDARG;
    *headers = NULL;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE http_options_SetSecurityFlags(IBackgroundCopyJobHttpOptions *iface, ULONG flags)
{
    (void)iface;
    (void)flags;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE http_options_GetSecurityFlags(IBackgroundCopyJobHttpOptions *iface, ULONG *flags)
{
    (void)iface;
    if (!flags)
        return E_INVALIDARG;
    *flags = 0;
    return E_NOTIMPL;
}

const IBackgroundCopyJobHttpOptionsVtbl job_http_options_vtable = {
    COM_UNKNOWN_SLOTS(http_options),
    .SetClientCertificateByID = http_options_SetClientCertificateByID,
    .SetClientCertificateByName = http_options_SetClientCertificateByName,
    .RemoveClientCertificate = http_options_RemoveClientCertificate,
    .GetClientCertificate = http_options_GetClientCertificate,
    .SetCustomHeaders = http_options_SetCustomHeaders,
    .GetCustomHeaders = http_options_GetCustomHeaders,
    .SetSecurityFlags = http_options_SetSecurityFlags,
    .GetSecurityFlags = http_options_GetSecurityFlags,
};
