/* The verbs of engine.h about what a job's requests carry, and about its command line: rules that concern several values, or what is in them. */
#include "bits_error.h"
#include "engine_private.h"
#include "header_lines.h"
#include "memory.h"
#include "request_options.h"
#include "request_values.h"
#include "secret.h"

static bool is_empty(const char16_t *text)
{
    return !text || !text[0];
}

/* An empty text is none. */
static struct property_value optional_text(enum property_id id, const char16_t *text)
{
    return is_empty(text) ? property_removed(id) : property_of_text(id, text);
}

HRESULT job_set_proxy(struct job *job, uint32_t usage, const char16_t *list, const char16_t *bypass)
{
    uint8_t storage[8];
    struct property_value values[] = {property_of_number(PROPERTY_PROXY_USAGE, usage, storage),
                                      optional_text(PROPERTY_PROXY_LIST, list),
                                      optional_text(PROPERTY_PROXY_BYPASS, bypass)};
    HRESULT hr = property_check(&values[0], PROPERTY_OF_JOB);
    if (FAILED(hr))
        return hr;
    if (usage == HTTP_PROXY_OVERRIDE ? is_empty(list) : !is_empty(list) || !is_empty(bypass))
        return E_INVALIDARG;
    return job_set_properties(job, values, 3);
}

HRESULT job_set_custom_headers(struct job *job, const char16_t *headers)
{
    struct property_value value = optional_text(PROPERTY_CUSTOM_HEADERS, headers);
    HRESULT hr = property_check(&value, PROPERTY_OF_JOB);
    if (FAILED(hr))
        return hr;
    return is_empty(headers) || header_lines_are_acceptable(headers) ? job_set_properties(job, &value, 1)
                                                                     : E_INVALIDARG;
}

HRESULT job_set_security_flags(struct job *job, uint32_t flags)
{
    const uint32_t both = REQUEST_REDIRECT_REPORT | REQUEST_REDIRECT_DISALLOW; /* one policy or the other */
    return (flags & both) == both ? E_NOTIMPL : job_set_number(job, PROPERTY_SECURITY_FLAGS, flags);
}

HRESULT job_set_credential(struct job *job, const struct http_credential *credential)
{
    enum property_id id;
    void *bytes;
    size_t size;
    HRESULT hr = credential_property(credential->target, credential->scheme, &id);
    if (SUCCEEDED(hr))
        hr = credential_encode(credential, &bytes, &size);
    if (FAILED(hr))
        return hr;
    struct property_value value = property_of_bytes(id, bytes, size);
    hr = job_set_properties(job, &value, 1);
    secret_free(bytes, size);
    return hr;
}

HRESULT job_remove_credential(struct job *job, uint32_t target, uint32_t scheme)
{
    enum property_id id;
    HRESULT hr = credential_property(target, scheme, &id);
    return FAILED(hr) ? hr : job_remove_property(job, id);
}

HRESULT job_set_client_certificate(struct job *job, const struct http_client_certificate *certificate)
{
    void *bytes;
    size_t size;
    HRESULT hr = certificate_encode(certificate, &bytes, &size);
    if (FAILED(hr))
        return hr;
    struct property_value value = property_of_bytes(PROPERTY_CLIENT_CERTIFICATE, bytes, size);
    hr = job_set_properties(job, &value, 1);
    mem_free(bytes);
    return hr;
}

HRESULT job_remove_client_certificate(struct job *job)
{
    return job_remove_property(job, PROPERTY_CLIENT_CERTIFICATE);
}

HRESULT job_client_certificate(struct job *job, struct http_client_certificate *certificate, void **memory)
{
    size_t size;
    *certificate = (struct http_client_certificate){.kind = HTTP_CERT_NONE};
    HRESULT hr = job_bytes_of(job, PROPERTY_CLIENT_CERTIFICATE, memory, &size);
    if (hr == S_OK && !certificate_decode(*memory, size, certificate))
        hr = S_FALSE; /* not of our making */
    if (hr != S_OK) {
        mem_free(*memory);
        *memory = NULL;
    }
    return hr;
}

HRESULT job_set_notify_command(struct job *job, const char16_t *program, const char16_t *parameters)
{
    struct property_value values[] = {optional_text(PROPERTY_NOTIFY_PROGRAM, program),
                                      optional_text(PROPERTY_NOTIFY_PARAMETERS, parameters)};
    return is_empty(program) && !is_empty(parameters) ? E_INVALIDARG : job_set_properties(job, values, 2);
}
