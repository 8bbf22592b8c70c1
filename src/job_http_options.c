/* IBackgroundCopyJobHttpOptions: an interface of the classic job. docs/API.md, "Settings". */
#include "job_object.h"

#include "memory.h"
#include "result.h"

#include <string.h>

static struct job *http_job_of(IBackgroundCopyJobHttpOptions *iface)
{
    return CONTAINING_RECORD(iface, struct job_object, http_options_iface)->job;
}

COM_UNKNOWN(http_options, IBackgroundCopyJobHttpOptions, struct job_object, http_options_iface)

static HRESULT STDMETHODCALLTYPE http_options_SetClientCertificateByID(IBackgroundCopyJobHttpOptions *iface,
                                                                       BG_CERT_STORE_LOCATION location,
                                                                       const WCHAR *store, BYTE *hash)
{
    struct http_client_certificate certificate = {
        .kind = HTTP_CERT_BY_HASH, .location = (uint32_t)location, .store = store};
    if (!hash)
        return E_INVALIDARG;
    memcpy(certificate.hash, hash, sizeof(certificate.hash));
    return job_set_client_certificate(http_job_of(iface), &certificate);
}

static HRESULT STDMETHODCALLTYPE http_options_SetClientCertificateByName(IBackgroundCopyJobHttpOptions *iface,
                                                                         BG_CERT_STORE_LOCATION location,
                                                                         const WCHAR *store, const WCHAR *subject)
{
    const struct http_client_certificate certificate = {
        .kind = HTTP_CERT_BY_SUBJECT, .location = (uint32_t)location, .store = store, .subject = subject};
    return job_set_client_certificate(http_job_of(iface), &certificate);
}

static HRESULT STDMETHODCALLTYPE http_options_RemoveClientCertificate(IBackgroundCopyJobHttpOptions *iface)
{
    return job_remove_client_certificate(http_job_of(iface));
}

/* What is not known of the certificate stays NULL: its hash, or its subject. */
static HRESULT give_certificate(const struct http_client_certificate *certificate, WCHAR **store, BYTE **hash,
                                WCHAR **subject)
{
    bool is_by_hash = certificate->kind == HTTP_CERT_BY_HASH;
    HRESULT hr = result_string(certificate->store, store);
    if (SUCCEEDED(hr) && !is_by_hash)
        hr = result_string(certificate->subject, subject);
    if (SUCCEEDED(hr) && is_by_hash) {
        *hash = CoTaskMemAlloc(sizeof(certificate->hash));
        hr = *hash ? S_OK : E_OUTOFMEMORY;
        if (*hash)
            memcpy(*hash, certificate->hash, sizeof(certificate->hash));
    }
    if (FAILED(hr)) {
        CoTaskMemFree(*store);
        *store = NULL;
    }
    return hr;
}

static HRESULT STDMETHODCALLTYPE http_options_GetClientCertificate(IBackgroundCopyJobHttpOptions *iface,
                                                                   BG_CERT_STORE_LOCATION *location, WCHAR **store,
                                                                   BYTE **hash, WCHAR **subject)
{
    if (location)
        *location = BG_CERT_STORE_LOCATION_CURRENT_USER;
    if (store)
        *store = NULL;
    if (hash)
        *hash = NULL;
    if (subject)
        *subject = NULL;
    if (!location || !store || !hash || !subject)
        return E_INVALIDARG;
    struct http_client_certificate certificate;
    void *memory;
    HRESULT hr = job_client_certificate(http_job_of(iface), &certificate, &memory);
    if (hr != S_OK)
        return hr;
    *location = (BG_CERT_STORE_LOCATION)certificate.location;
    hr = give_certificate(&certificate, store, hash, subject);
    mem_free(memory);
    return hr;
}

static HRESULT STDMETHODCALLTYPE http_options_SetCustomHeaders(IBackgroundCopyJobHttpOptions *iface,
                                                               const WCHAR *headers)
{
    return job_set_custom_headers(http_job_of(iface), headers);
}

static HRESULT STDMETHODCALLTYPE http_options_GetCustomHeaders(IBackgroundCopyJobHttpOptions *iface, WCHAR **headers)
{
    WCHAR *copy;
    if (!headers)
        return E_INVALIDARG;
    *headers = NULL;
    HRESULT hr = job_text(http_job_of(iface), PROPERTY_CUSTOM_HEADERS, &copy);
    return hr == S_OK ? result_take_string(copy, headers) : hr;
}

static HRESULT STDMETHODCALLTYPE http_options_SetSecurityFlags(IBackgroundCopyJobHttpOptions *iface, ULONG flags)
{
    return job_set_security_flags(http_job_of(iface), flags);
}

static HRESULT STDMETHODCALLTYPE http_options_GetSecurityFlags(IBackgroundCopyJobHttpOptions *iface, ULONG *flags)
{
    if (!flags)
        return E_INVALIDARG;
    *flags = (ULONG)job_number(http_job_of(iface), PROPERTY_SECURITY_FLAGS);
    return S_OK;
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
