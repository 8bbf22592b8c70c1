#include "http_winhttp_auth.h"

#include "http_credentials.h"
#include "http_headers.h"
#include "log.h"
#include "memory.h"
#include "utf16.h"

#include <stdio.h>

#define REPLACE (WINHTTP_ADDREQ_FLAG_ADD | WINHTTP_ADDREQ_FLAG_REPLACE)

enum { CHALLENGE_SERVER = 401, CHALLENGE_PROXY = 407 };

/* What has been tried. */
struct attempts {
    bool has_sent_headers;
    unsigned server, proxy; /* sets of schemes */
};

static const struct {
    DWORD winhttp;
    enum http_auth_scheme scheme;
} schemes[] = {
    {WINHTTP_AUTH_SCHEME_BASIC, HTTP_AUTH_BASIC},
    {WINHTTP_AUTH_SCHEME_DIGEST, HTTP_AUTH_DIGEST},
    {WINHTTP_AUTH_SCHEME_NTLM, HTTP_AUTH_NTLM},
    {WINHTTP_AUTH_SCHEME_NEGOTIATE, HTTP_AUTH_NEGOTIATE},
};

/* The schemes that the challenge names; none when it cannot be read. */
static unsigned offered_schemes(struct http_exchange *exchange)
{
    DWORD supported = 0, first = 0, target = 0;
    unsigned offered = 0;
    if (!exchange->api->query_auth_schemes(exchange->request, &supported, &first, &target))
        return 0;
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
        offered |= supported & schemes[i].winhttp ? HTTP_AUTH_BIT(schemes[i].scheme) : 0;
    return offered;
}

static DWORD winhttp_scheme(enum http_auth_scheme scheme)
{
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        if (schemes[i].scheme == scheme)
            return schemes[i].winhttp;
    }
    return 0;
}

/* By hand: WinHTTP would take the name in the code page of the machine. */
static HRESULT use_basic(struct http_exchange *exchange, const struct http_credential *credential)
{
    const char16_t *name = credential->target == HTTP_AUTH_PROXY ? u"Proxy-Authorization" : u"Authorization";
    char16_t *value = http_credentials_basic(credential);
    HRESULT hr = value ? S_OK : log_failure(LOG_HTTP, E_OUTOFMEMORY, L"cannot answer a challenge");
    size_t capacity = value ? wcslen(value) + 64 : 0;
    char16_t *line = value ? mem_alloc(capacity * sizeof(*line)) : NULL;
    if (value && !line)
        hr = log_failure(LOG_HTTP, E_OUTOFMEMORY, L"cannot answer a challenge");
    if (line) {
        (void)swprintf(line, capacity, L"%ls: %ls\r\n", name, value);
        hr = http_winhttp_request_add_secret(exchange, line, REPLACE);
    }
    utf16_free_secret(line);
    utf16_free_secret(value);
    return hr;
}

static HRESULT use_credential(struct http_exchange *exchange, const struct http_credential *credential)
{
    const struct http_winhttp_api *api = exchange->api;
    if (credential->scheme == HTTP_AUTH_BASIC)
        return use_basic(exchange, credential);
    if (!credential->user && !credential->password) {
        DWORD low = WINHTTP_AUTOLOGON_SECURITY_LEVEL_LOW;
        if (!api->set_option(exchange->request, WINHTTP_OPTION_AUTOLOGON_POLICY, &low, sizeof(low)))
            return http_winhttp_request_failure(exchange, L"allowing the user's own credentials");
    }
    DWORD target = credential->target == HTTP_AUTH_PROXY ? WINHTTP_AUTH_TARGET_PROXY : WINHTTP_AUTH_TARGET_SERVER;
    if (!api->set_credentials(exchange->request, target, winhttp_scheme(credential->scheme), credential->user,
                              credential->password, NULL))
        return http_winhttp_request_failure(exchange, L"WinHttpSetCredentials");
    return S_OK;
}

static HRESULT use_headers(struct http_exchange *exchange, const struct http_winhttp_step *step)
{
    char16_t *headers;
    HRESULT hr = http_headers_filter(step->wanted->options->auth_headers, false, &headers);
    if (FAILED(hr))
        return log_failure(LOG_HTTP, hr, L"cannot answer a challenge");
    hr = headers[0] ? http_winhttp_request_add_secret(exchange, headers, REPLACE) : S_FALSE;
    utf16_free_secret(headers);
    return hr;
}

/* S_OK: the request has something new to say. S_FALSE: nothing fits. */
static HRESULT prepare_answer(struct http_exchange *exchange, const struct http_winhttp_step *step,
                              struct attempts *attempts)
{
    const struct http_options *options = step->wanted->options;
    bool is_proxy = exchange->status == CHALLENGE_PROXY;
    if (!options || (!is_proxy && step->is_foreign))
        return S_FALSE;
    if (!step->is_foreign && !attempts->has_sent_headers) { /* they are the first server's, whatever their names */
        attempts->has_sent_headers = true;
        HRESULT hr = use_headers(exchange, step);
        if (hr != S_FALSE)
            return hr;
    }
    unsigned *tried = is_proxy ? &attempts->proxy : &attempts->server;
    const struct http_credential *credential = http_credentials_choose(
        options, is_proxy ? HTTP_AUTH_PROXY : HTTP_AUTH_SERVER, offered_schemes(exchange), *tried);
    if (!credential)
        return S_FALSE;
    *tried |= HTTP_AUTH_BIT(credential->scheme);
    return use_credential(exchange, credential);
}

HRESULT http_winhttp_auth_answer(struct http_exchange *exchange, const struct http_winhttp_step *step)
{
    struct attempts attempts = {0};
    HRESULT hr = S_OK;
    while (hr == S_OK && (exchange->status == CHALLENGE_SERVER || exchange->status == CHALLENGE_PROXY)) {
        hr = prepare_answer(exchange, step, &attempts);
        if (hr == S_OK)
            hr = http_winhttp_request_send(exchange);
    }
    return hr == S_FALSE ? S_OK : hr;
}
