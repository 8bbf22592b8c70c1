#include "http_winhttp_certificate.h"

#include "log.h"

#define ENCODING (X509_ASN_ENCODING | PKCS_7_ASN_ENCODING)

/* The system stores in the order of BG_CERT_STORE_LOCATION. */
static const DWORD locations[] = {
    CERT_SYSTEM_STORE_CURRENT_USER,
    CERT_SYSTEM_STORE_LOCAL_MACHINE,
    CERT_SYSTEM_STORE_CURRENT_SERVICE,
    CERT_SYSTEM_STORE_SERVICES,
    CERT_SYSTEM_STORE_USERS,
    CERT_SYSTEM_STORE_CURRENT_USER_GROUP_POLICY,
    CERT_SYSTEM_STORE_LOCAL_MACHINE_GROUP_POLICY,
    CERT_SYSTEM_STORE_LOCAL_MACHINE_ENTERPRISE,
};

static HRESULT find_in_store(const struct http_winhttp_api *api, const struct http_client_certificate *wanted,
                             PCCERT_CONTEXT *certificate)
{
    if (wanted->location >= sizeof(locations) / sizeof(locations[0]) || !wanted->store)
        return E_INVALIDARG;
    DWORD flags = locations[wanted->location] | CERT_STORE_OPEN_EXISTING_FLAG | CERT_STORE_READONLY_FLAG;
    HCERTSTORE store = api->cert_open_store(CERT_STORE_PROV_SYSTEM_W, 0, 0, flags, wanted->store);
    if (!store && GetLastError() == ERROR_FILE_NOT_FOUND) /* one that holds nothing yet need not be there */
        return log_failure(LOG_HTTP, CRYPT_E_NOT_FOUND, L"there is no certificate store %ls", wanted->store);
    if (!store)
        return log_last_error(LOG_HTTP, L"cannot open the certificate store %ls", wanted->store);
    CRYPT_HASH_BLOB hash = {sizeof(wanted->hash), (BYTE *)(uintptr_t)wanted->hash};
    bool is_by_hash = wanted->kind == HTTP_CERT_BY_HASH;
    *certificate = api->cert_find(store, ENCODING, 0, is_by_hash ? CERT_FIND_SHA1_HASH : CERT_FIND_SUBJECT_STR_W,
                                  is_by_hash ? &hash : (const void *)wanted->subject, NULL);
    HRESULT hr = *certificate ? S_OK : log_last_error(LOG_HTTP, L"no such certificate in the store %ls", wanted->store);
    api->cert_close_store(store, 0);
    return hr;
}

static HRESULT take_serialized(const struct http_winhttp_api *api, const struct http_client_certificate *wanted,
                               PCCERT_CONTEXT *certificate)
{
    const void *context = NULL;
    if (!api->cert_add_serialized(NULL, wanted->serialized, (DWORD)wanted->serialized_size, CERT_STORE_ADD_ALWAYS, 0,
                                  CERT_STORE_CERTIFICATE_CONTEXT_FLAG, NULL, &context))
        return log_last_error(LOG_HTTP, L"a certificate that is none");
    *certificate = context;
    return S_OK;
}

HRESULT http_winhttp_certificate_find(const struct http_winhttp_api *api, const struct http_client_certificate *wanted,
                                      PCCERT_CONTEXT *certificate)
{
    *certificate = NULL;
    switch (wanted->kind) {
    case HTTP_CERT_NONE: return S_OK;
    case HTTP_CERT_SERIALIZED: return take_serialized(api, wanted, certificate);
    default: return find_in_store(api, wanted, certificate);
    }
}
