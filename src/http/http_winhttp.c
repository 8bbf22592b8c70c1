/* The transport that is WinHTTP: sessions, the way through proxies and redirects, and what is made of the answer. */
#include "clock.h"
#include "http_credentials.h"
#include "http_redirect.h"
#include "http_winhttp_error.h"
#include "http_winhttp_proxy.h"
#include "http_winhttp_request.h"
#include "log.h"
#include "memory.h"
#include "utf16.h"

#include "deliveryoptimizationerrors.h"

#define HEADER_VALUE_MAX 1024 /* characters */
#define REFUSALS_WANTED  3

struct winhttp {
    struct http_transport transport; /* first: the seam's pointer is ours */
    struct http_winhttp_sessions sessions;
    struct http_winhttp_proxies proxies;
};

static struct winhttp *winhttp_of(struct http_transport *transport)
{
    return (struct winhttp *)transport;
}

static void winhttp_close(struct http_transport *transport, struct http_exchange *exchange)
{
    if (!exchange)
        return;
    struct http_winhttp_session *session = exchange->session;
    http_winhttp_request_close(exchange);
    http_winhttp_session_release(&winhttp_of(transport)->sessions, session);
}

/* ---- One URL ---- */

/* Asks through that proxy (empty: none). With a failure there is an exchange only if the request got so far. */
static HRESULT open_through(struct winhttp *winhttp, const struct http_winhttp_step *step, const char16_t *proxy,
                            struct http_exchange **exchange)
{
    struct http_winhttp_sessions *sessions = &winhttp->sessions;
    struct http_winhttp_session *session;
    *exchange = NULL;
    HRESULT hr = http_winhttp_session_acquire(sessions, step->wanted->options, proxy, &session);
    if (FAILED(hr))
        return hr;
    hr = http_winhttp_request_open(sessions->api, session, step, exchange);
    if (!*exchange)
        http_winhttp_session_release(sessions, session);
    return hr;
}

#define ALL_FAULTS                                                                                                     \
    (HTTP_IGNORE_CERT_NAME | HTTP_IGNORE_CERT_DATE | HTTP_IGNORE_CERT_UNKNOWN_CA | HTTP_IGNORE_CERT_USAGE)

/* Was there a certificate to refuse? And does an answer of the proxy stand in the way of the server's handshake? */
static bool can_tell_certificate(const struct http_options *options, const char16_t *proxy)
{
    if (!options)
        return true;
    bool forgives_all = (options->security_flags & (ALL_FAULTS | HTTP_CHECK_REVOCATION)) == ALL_FAULTS;
    return !forgives_all && !(proxy[0] && http_credentials_choose(options, HTTP_AUTH_PROXY, ~0u, 0));
}

/* Of a handshake that came to no end: would it have, were any certificate good enough? Nothing of the job goes over that
 * connection: no path, no header, no credential, no certificate. */
static bool would_be_forgiven(struct winhttp *winhttp, const struct http_winhttp_step *step, const char16_t *proxy)
{
    static const struct http_options forgiving = {.security_flags = ALL_FAULTS};
    const struct http_request wanted = {.receive_timeout_ms = step->wanted->receive_timeout_ms, .options = &forgiving};
    struct http_winhttp_step bare = {.url = step->url, .view = step->view, .wanted = &wanted};
    struct http_winhttp_sessions *sessions = &winhttp->sessions;
    struct http_winhttp_session *session;
    bare.view.path.length = bare.view.path_and_query.length = 0;
    if (!can_tell_certificate(step->wanted->options, proxy) ||
        FAILED(http_winhttp_session_acquire(sessions, &forgiving, proxy, &session)))
        return false;
    HRESULT hr = http_winhttp_request_shake_hands(sessions->api, session, &bare);
    http_winhttp_session_release(sessions, session);
    return hr == S_OK;
}

/* The same, but a refused certificate has its name (http_wine.h). Where some handshakes of a server break and some do not, one
 * of each says nothing, so it takes several in turn. */
static HRESULT open_surely(struct winhttp *winhttp, const struct http_winhttp_step *step, const char16_t *proxy,
                           struct http_exchange **exchange)
{
    for (unsigned refusals = 1;; refusals++) {
        HRESULT hr = open_through(winhttp, step, proxy, exchange);
        if (hr != HTTP_HANDSHAKE_BROKEN || !*exchange || !would_be_forgiven(winhttp, step, proxy))
            return hr;
        if (refusals == REFUSALS_WANTED) {
            (*exchange)->cause = hr;
            return log_failure(LOG_HTTP, DO_E_HTTP_CERT_VALIDATION, L"%.*ls: its certificate is refused",
                               (int)url_loggable_length(step->url), step->url);
        }
        winhttp_close(&winhttp->transport, *exchange);
    }
}

/* Could another proxy do better? */
static bool is_unreachable(HRESULT hr)
{
    return hr == HRESULT_OF_WIN32(ERROR_WINHTTP_CANNOT_CONNECT) ||
           hr == HRESULT_OF_WIN32(ERROR_WINHTTP_NAME_NOT_RESOLVED) || hr == HRESULT_OF_WIN32(ERROR_WINHTTP_TIMEOUT);
}

/* With a failure there is no exchange. */
static HRESULT open_step(struct winhttp *winhttp, const struct http_winhttp_step *step, struct http_exchange **exchange)
{
    char16_t proxy[HTTP_PROXY_NAME_MAX + 1];
    HRESULT hr = S_OK;
    *exchange = NULL;
    for (unsigned index = 0;; index++) {
        HRESULT chosen =
            http_winhttp_proxy_choose(&winhttp->proxies, step->wanted->options, step->url, &step->view, index, proxy);
        if (FAILED(chosen))
            return chosen;
        if (chosen == S_FALSE && index)
            return hr; /* the last proxy's; who wants one is not to go without */
        hr = open_surely(winhttp, step, proxy, exchange);
        if (SUCCEEDED(hr))
            return hr;
        if (*exchange && step->wanted->details)
            step->wanted->details->cause = (*exchange)->cause;
        winhttp_close(&winhttp->transport, *exchange);
        *exchange = NULL;
        if (chosen == S_FALSE || !is_unreachable(hr))
            return hr;
    }
}

/* ---- Redirects ---- */

/* S_OK and *url is where the answer sends us; S_FALSE when it is an answer to take as it is. */
static HRESULT redirect_of(struct http_exchange *exchange, const struct http_options *options, char16_t **url)
{
    char16_t value[HTTP_REDIRECT_URL_LENGTH + 1];
    *url = NULL;
    if (!http_redirect_is_status(exchange->status) || (options && options->redirect_policy == HTTP_REDIRECT_DISALLOW))
        return S_FALSE;
    const char16_t *location = http_winhttp_request_header(exchange, L"Location", value, HTTP_REDIRECT_URL_LENGTH);
    if (!location)
        return S_FALSE;
    HRESULT hr = HTTP_REDIRECT_FAILED;
    if (location != http_header_nonsense)
        hr = http_redirect_resolve(exchange->url, location, options && options->allows_insecure_redirect, url);
    return FAILED(hr) ? log_failure(LOG_HTTP, hr, L"%.*ls: cannot follow its redirect",
                                    (int)url_loggable_length(exchange->url), exchange->url)
                      : S_OK;
}

/* The URL to ask first. */
static const char16_t *beginning_of(const struct http_request *request, const struct url_view *first)
{
    const struct http_options *options = request->options;
    struct url_view view;
    if (!request->led_to || (options && options->redirect_policy == HTTP_REDIRECT_DISALLOW) ||
        !url_parse_within(request->led_to, HTTP_REDIRECT_URL_LENGTH, &view))
        return request->url;
    bool is_allowed = view.is_https || !first->is_https || (options && options->allows_insecure_redirect);
    return is_allowed ? request->led_to : request->url;
}

static HRESULT open_through_redirects(struct winhttp *winhttp, const struct http_request *request,
                                      struct http_exchange **exchange)
{
    struct url_view first;
    struct http_winhttp_step step = {.wanted = request};
    char16_t *owned = NULL; /* step.url after a redirect */
    HRESULT hr = S_OK;
    *exchange = NULL;
    if (!url_parse_within(request->url, HTTP_REDIRECT_URL_LENGTH, &first))
        return log_failure(LOG_HTTP, E_INVALIDARG, L"a URL to fetch is none");
    step.url = beginning_of(request, &first);
    for (unsigned redirects = 0;; redirects++) {
        (void)url_parse_within(step.url, HTTP_REDIRECT_URL_LENGTH, &step.view); /* http_redirect_resolve has, too */
        step.is_foreign = !url_same_origin(&first, &step.view);
        hr = open_step(winhttp, &step, exchange);
        if (FAILED(hr) && owned && request->details)
            request->details->url = utf16_duplicate(owned);
        if (FAILED(hr) || !*exchange) /* never the one without the other */
            break;
        char16_t *next;
        hr = redirect_of(*exchange, request->options, &next);
        if (hr == S_FALSE) {
            hr = S_OK;
            break;
        }
        winhttp_close(&winhttp->transport, *exchange);
        *exchange = NULL;
        mem_free(owned);
        step.url = owned = next;
        if (SUCCEEDED(hr) && redirects == HTTP_REDIRECT_MAX)
            hr = log_failure(LOG_HTTP, HTTP_REDIRECT_FAILED, L"%.*ls: too many redirects",
                             (int)url_loggable_length(request->url), request->url);
        if (FAILED(hr))
            break;
    }
    mem_free(owned);
    return hr;
}

/* ---- The answer ---- */

static void parse_answer(struct http_exchange *exchange, struct http_answer *answer)
{
    static const wchar_t *const names[] = {
        L"Content-Length", L"Content-Range", L"Content-Type", L"Content-Encoding",  L"ETag",
        L"Last-Modified",  L"Date",          L"Retry-After",  L"Transfer-Encoding", L"Connection"};
    enum { COUNT = sizeof(names) / sizeof(names[0]) };
    char16_t buffers[COUNT][HEADER_VALUE_MAX + 1];
    const char16_t *values[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        values[i] = http_winhttp_request_header(exchange, names[i], buffers[i], HEADER_VALUE_MAX);
    const struct http_raw_headers raw = {
        .content_length = values[0],
        .content_range = values[1],
        .content_type = values[2],
        .content_encoding = values[3],
        .etag = values[4],
        .last_modified = values[5],
        .date = values[6],
        .retry_after = values[7],
        .transfer_encoding = values[8],
        .connection = values[9],
    };
    struct clock *clock = clock_system();
    http_answer_parse(answer, exchange->status, &raw, clock->utc(clock));
}

static char16_t *headers_of(struct http_exchange *exchange)
{
    char16_t *raw = http_winhttp_request_raw_headers(exchange);
    char16_t *text = raw ? http_details_headers(raw, utf16_length(raw)) : NULL;
    mem_free(raw);
    return text;
}

static void describe(struct http_exchange *exchange, const struct http_request *request, struct http_details *details)
{
    details->status = exchange->status;
    details->headers = headers_of(exchange);
    if (!utf16_equal(exchange->url, request->url))
        details->url = utf16_duplicate(exchange->url);
}

/* ---- The seam ---- */

static HRESULT winhttp_open(struct http_transport *transport, const struct http_request *request,
                            struct http_exchange **exchange, struct http_answer *answer)
{
    HRESULT hr = open_through_redirects(winhttp_of(transport), request, exchange);
    if (FAILED(hr) || !*exchange)
        return hr;
    parse_answer(*exchange, answer);
    if (request->details)
        describe(*exchange, request, request->details);
    return S_OK;
}

static HRESULT winhttp_read(struct http_transport *transport, struct http_exchange *exchange, void *buffer, size_t size,
                            size_t *received)
{
    (void)transport;
    return http_winhttp_request_read(exchange, buffer, size, received);
}

static void winhttp_network_changed(struct http_transport *transport)
{
    atomic_fetch_add(&winhttp_of(transport)->proxies.network, 1);
}

static void winhttp_destroy(struct http_transport *transport)
{
    struct winhttp *winhttp = winhttp_of(transport);
    http_winhttp_proxies_close(&winhttp->proxies);
    http_winhttp_sessions_close(&winhttp->sessions);
    mem_free(winhttp);
}

HRESULT http_winhttp_create_with(const struct http_winhttp_api *api, struct http_transport **transport)
{
    *transport = NULL;
    struct winhttp *winhttp = mem_alloc(sizeof(*winhttp));
    if (!winhttp)
        return log_failure(LOG_HTTP, E_OUTOFMEMORY, L"cannot make the transport");
    winhttp->transport =
        (struct http_transport){winhttp_open, winhttp_read, winhttp_close, winhttp_network_changed, winhttp_destroy};
    winhttp->sessions.api = winhttp->proxies.api = api;
    /* The session without proxy and options is there from the beginning and for ever: automatic configuration needs one,
     * and a WinHTTP that does not work shows at once. */
    struct http_winhttp_session *session;
    HRESULT hr = http_winhttp_session_acquire(&winhttp->sessions, NULL, u"", &session);
    if (FAILED(hr)) {
        mem_free(winhttp);
        return hr;
    }
    winhttp->proxies.session = session->handle;
    http_winhttp_session_release(&winhttp->sessions, session);
    *transport = &winhttp->transport;
    return S_OK;
}

HRESULT http_winhttp_create(struct http_transport **transport)
{
    return http_winhttp_create_with(&http_winhttp_system_api, transport);
}
