#include "clock.h"
#include "http_redirect.h"
#include "http_winhttp_request.h"
#include "log.h"
#include "memory.h"
#include "utf16.h"

#include <string.h>

#define HEADER_VALUE_MAX     1024 /* characters */
#define AGENT                L"dosvc/0.1"
#define CONNECTIONS_PER_HOST 64 /* above any number of workers: the pool sets the bound */

/* The connection handle of one host and port. */
struct origin {
    char16_t *host;
    uint16_t port;
    HINTERNET connection;
};

struct winhttp {
    struct http_transport transport; /* first: the seam's pointer is ours */
    const struct http_winhttp_api *api;
    HINTERNET session;
    struct lock lock; /* a leaf: origins; WinHttpConnect under it touches no network */
    struct origin *origins;
    size_t origin_count, origin_capacity;
};

static struct winhttp *winhttp_of(struct http_transport *transport)
{
    return (struct winhttp *)transport;
}

/* ---- Connections ---- */

/* WinHTTP takes an IPv6 address in the brackets of the URL. Returns new. */
static char16_t *host_name(const struct url_part *host)
{
    bool is_address = false;
    for (size_t i = 0; i < host->length; i++)
        is_address |= host->text[i] == u':';
    char16_t *name = mem_alloc((host->length + 3) * sizeof(char16_t));
    if (!name)
        return NULL;
    memcpy(name + is_address, host->text, host->length * sizeof(char16_t));
    if (is_address) {
        name[0] = u'[';
        name[host->length + 1] = u']';
    }
    return name;
}

static HINTERNET find_origin(struct winhttp *winhttp, const char16_t *host, uint16_t port) REQUIRES(winhttp->lock)
{
    for (size_t i = 0; i < winhttp->origin_count; i++) {
        const struct origin *origin = &winhttp->origins[i];
        if (origin->port == port && utf16_equal_ascii_nocase(origin->host, host))
            return origin->connection;
    }
    return NULL;
}

/* Takes `host` when it succeeds. */
static HRESULT add_origin(struct winhttp *winhttp, char16_t *host, uint16_t port, HINTERNET *connection)
    REQUIRES(winhttp->lock)
{
    if (!mem_reserve((void **)&winhttp->origins, &winhttp->origin_capacity, winhttp->origin_count + 1,
                     sizeof(*winhttp->origins)))
        return log_failure(LOG_HTTP, E_OUTOFMEMORY, L"cannot keep a connection");
    *connection = winhttp->api->connect(winhttp->session, host, port, 0);
    if (!*connection)
        return log_last_error(LOG_HTTP, L"cannot make a connection to %ls:%u", host, port);
    winhttp->origins[winhttp->origin_count++] = (struct origin){host, port, *connection};
    return S_OK;
}

static HRESULT connect(struct winhttp *winhttp, const struct url_view *view, HINTERNET *connection)
{
    char16_t *host = host_name(&view->host);
    if (!host)
        return log_failure(LOG_HTTP, E_OUTOFMEMORY, L"cannot make a connection");
    HRESULT hr = S_OK;
    bool is_new = false;
    lock_acquire(&winhttp->lock);
    *connection = find_origin(winhttp, host, view->port);
    if (!*connection) {
        hr = add_origin(winhttp, host, view->port, connection);
        is_new = SUCCEEDED(hr);
    }
    lock_release(&winhttp->lock);
    if (!is_new)
        mem_free(host);
    return hr;
}

/* ---- The seam ---- */

static HRESULT open_once(struct winhttp *winhttp, const char16_t *url, const struct http_request *request,
                         struct http_exchange **exchange, uint32_t *status)
{
    struct url_view view;
    if (!url_parse_within(url, HTTP_REDIRECT_URL_LENGTH, &view))
        return log_failure(LOG_HTTP, E_INVALIDARG, L"a URL to fetch is none");
    HINTERNET connection = NULL;
    HRESULT hr = connect(winhttp, &view, &connection);
    if (SUCCEEDED(hr))
        hr = http_winhttp_request_open(winhttp->api, connection, url, &view, request, exchange);
    if (FAILED(hr))
        return hr;
    hr = http_winhttp_request_status(*exchange, status);
    if (FAILED(hr)) {
        http_winhttp_request_close(*exchange);
        *exchange = NULL;
    }
    return hr;
}

/* S_OK and *url is where the answer sends us; S_FALSE when it is an answer to take as it is. */
static HRESULT redirect_of(struct http_exchange *exchange, uint32_t status, const char16_t *base, char16_t **url)
{
    char16_t value[HTTP_REDIRECT_URL_LENGTH + 1];
    *url = NULL;
    if (!http_redirect_is_status(status))
        return S_FALSE;
    const char16_t *location = http_winhttp_request_header(exchange, L"Location", value, HTTP_REDIRECT_URL_LENGTH);
    if (!location)
        return S_FALSE;
    HRESULT hr = location == http_header_nonsense ? HRESULT_OF_WIN32(ERROR_WINHTTP_REDIRECT_FAILED)
                                                  : http_redirect_resolve(base, location, url);
    return FAILED(hr)
               ? log_failure(LOG_HTTP, hr, L"%.*ls: cannot follow its redirect", (int)url_loggable_length(base), base)
               : S_OK;
}

static HRESULT open_through_redirects(struct winhttp *winhttp, const struct http_request *request,
                                      struct http_exchange **exchange, uint32_t *status)
{
    char16_t *owned = NULL;
    const char16_t *url = request->url;
    HRESULT hr;
    for (unsigned redirects = 0;; redirects++) {
        hr = open_once(winhttp, url, request, exchange, status);
        if (FAILED(hr))
            break;
        char16_t *next;
        hr = redirect_of(*exchange, *status, url, &next);
        if (hr == S_FALSE) {
            hr = S_OK;
            break;
        }
        http_winhttp_request_close(*exchange);
        *exchange = NULL;
        if (SUCCEEDED(hr) && redirects == HTTP_REDIRECT_MAX) {
            hr = log_failure(LOG_HTTP, HRESULT_OF_WIN32(ERROR_WINHTTP_REDIRECT_FAILED), L"%.*ls: too many redirects",
                             (int)url_loggable_length(request->url), request->url);
            mem_free(next);
            break;
        }
        if (FAILED(hr))
            break;
        mem_free(owned);
        url = owned = next;
    }
    mem_free(owned);
    return hr;
}

static void parse_answer(struct http_exchange *exchange, uint32_t status, struct http_answer *answer)
{
    static const wchar_t *const names[] = {L"Content-Length", L"Content-Range", L"Content-Type", L"Content-Encoding",
                                           L"ETag",           L"Last-Modified", L"Date",         L"Retry-After"};
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
    };
    struct clock *clock = clock_system();
    http_answer_parse(answer, status, &raw, clock->utc(clock));
}

static void describe(struct http_exchange *exchange, const struct http_request *request, uint32_t status,
                     struct http_details *details)
{
    details->status = status;
    if (!utf16_equal(exchange->url, request->url))
        details->url = utf16_duplicate(exchange->url);
    http_winhttp_request_describe(exchange, details);
}

static HRESULT winhttp_open(struct http_transport *transport, const struct http_request *request,
                            struct http_exchange **exchange, struct http_answer *answer)
{
    *exchange = NULL;
    uint32_t status = 0;
    HRESULT hr = open_through_redirects(winhttp_of(transport), request, exchange, &status);
    if (FAILED(hr))
        return hr;
    parse_answer(*exchange, status, answer);
    if (request->details)
        describe(*exchange, request, status, request->details);
    return S_OK;
}

static HRESULT winhttp_read(struct http_transport *transport, struct http_exchange *exchange, void *buffer, size_t size,
                            size_t *received)
{
    (void)transport;
    return http_winhttp_request_read(exchange, buffer, size, received);
}

static void winhttp_close(struct http_transport *transport, struct http_exchange *exchange)
{
    (void)transport;
    http_winhttp_request_close(exchange);
}

static void winhttp_destroy(struct http_transport *transport)
{
    struct winhttp *winhttp = winhttp_of(transport);
    for (size_t i = 0; i < winhttp->origin_count; i++) {
        winhttp->api->close_handle(winhttp->origins[i].connection);
        mem_free(winhttp->origins[i].host);
    }
    winhttp->api->close_handle(winhttp->session);
    mem_free(winhttp->origins);
    mem_free(winhttp);
}

HRESULT http_winhttp_create_with(const struct http_winhttp_api *api, struct http_transport **transport)
{
    *transport = NULL;
    struct winhttp *winhttp = mem_alloc(sizeof(*winhttp));
    if (!winhttp)
        return log_failure(LOG_HTTP, E_OUTOFMEMORY, L"cannot make the transport");
    winhttp->transport = (struct http_transport){winhttp_open, winhttp_read, winhttp_close, winhttp_destroy};
    winhttp->api = api;
    /* The user's own proxy settings, automatic configuration included, as for any other program. */
    winhttp->session =
        api->open(AGENT, WINHTTP_ACCESS_TYPE_AUTOMATIC_PROXY, WINHTTP_NO_PROXY_NAME, WINHTTP_NO_PROXY_BYPASS, 0);
    if (!winhttp->session) {
        HRESULT hr = log_last_error(LOG_HTTP, L"cannot open WinHTTP");
        mem_free(winhttp);
        return hr;
    }
    /* A wish: Wine knows no such limit, and a refusal would cost parallel segments only. */
    DWORD connections = CONNECTIONS_PER_HOST;
    api->set_option(winhttp->session, WINHTTP_OPTION_MAX_CONNS_PER_SERVER, &connections, sizeof(connections));
    *transport = &winhttp->transport;
    return S_OK;
}

HRESULT http_winhttp_create(struct http_transport **transport)
{
    return http_winhttp_create_with(&http_winhttp_system_api, transport);
}
