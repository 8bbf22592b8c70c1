#include "request_options.h"

#include "log.h"
#include "request_values.h"
#include "secret.h"

/* Decrypted credentials, while they are copied. */
struct opened {
    struct http_credential credentials[CREDENTIAL_COUNT];
    void *bytes[CREDENTIAL_COUNT];
    size_t sizes[CREDENTIAL_COUNT];
    size_t count;
};

static HRESULT open_credentials(const struct property_set *set, struct opened *opened)
{
    for (size_t i = 0; i < CREDENTIAL_COUNT; i++) {
        enum property_id id = credential_property_at(i);
        const struct property_value *value = property_set_find(set, id);
        size_t at = opened->count;
        if (!value)
            continue;
        HRESULT hr = secret_open(value->bytes, value->size, &opened->bytes[at], &opened->sizes[at]);
        if (hr == E_OUTOFMEMORY)
            return hr;
        if (SUCCEEDED(hr) && credential_decode(id, opened->bytes[at], opened->sizes[at], &opened->credentials[at])) {
            opened->count++;
            continue;
        }
        secret_free(opened->bytes[at], opened->sizes[at]);
        log_line(LOG_WARN, LOG_CORE, L"a stored credential (%hs) cannot be used by this user", property_info(id)->name);
    }
    return S_OK;
}

static void close_credentials(struct opened *opened)
{
    for (size_t i = 0; i < opened->count; i++)
        secret_free(opened->bytes[i], opened->sizes[i]);
}

static enum http_redirect_policy redirect_policy(uint32_t flags)
{
    if (flags & REQUEST_REDIRECT_DISALLOW)
        return HTTP_REDIRECT_DISALLOW;
    return flags & REQUEST_REDIRECT_REPORT ? HTTP_REDIRECT_REPORT : HTTP_REDIRECT_ALLOW;
}

static bool concerns_requests(const struct property_set *set)
{
    for (size_t i = 0; set && i < set->count; i++) {
        if (property_info(set->values[i].id)->flags & PROPERTY_OF_REQUESTS)
            return true;
    }
    return false;
}

HRESULT request_options_create(const struct property_set *set, const struct http_options **options)
{
    *options = NULL;
    if (!concerns_requests(set))
        return S_OK;
    struct opened opened = {.count = 0};
    const struct property_value *certificate = property_set_find(set, PROPERTY_CLIENT_CERTIFICATE);
    uint32_t flags = (uint32_t)property_set_number(set, PROPERTY_SECURITY_FLAGS);
    struct http_options model = {
        .proxy_usage = (enum http_proxy_usage)property_set_number(set, PROPERTY_PROXY_USAGE),
        .proxy_list = property_set_text(set, PROPERTY_PROXY_LIST),
        .proxy_bypass = property_set_text(set, PROPERTY_PROXY_BYPASS),
        .headers = property_set_text(set, PROPERTY_CUSTOM_HEADERS),
        .security_flags = flags & REQUEST_CERTIFICATE_FLAGS,
        .redirect_policy = redirect_policy(flags),
        .allows_insecure_redirect = flags & REQUEST_REDIRECT_TO_HTTP,
    };
    if (certificate && !certificate_decode(certificate->bytes, certificate->size, &model.certificate))
        log_line(LOG_WARN, LOG_CORE, L"a stored client certificate is none");
    HRESULT hr = open_credentials(set, &opened);
    model.credentials = opened.credentials;
    model.credential_count = opened.count;
    if (SUCCEEDED(hr))
        hr = http_options_create(&model, options);
    close_credentials(&opened);
    return hr;
}
