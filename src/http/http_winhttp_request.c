#include "http_winhttp_request.h"

#include "http_winhttp_error.h"
#include "log.h"
#include "memory.h"
#include "utf16.h"

#include <string.h>

#define RESOLVE_TIMEOUT_MS  30000
#define CONNECT_TIMEOUT_MS  30000
#define SEND_TIMEOUT_MS     30000
#define REQUEST_HEADERS_MAX 512        /* characters; an If-Range of HTTP_ETAG_MAX fits */
#define HEADER_REPEATS_MAX  8          /* more than one is nonsense for each header that is read */
#define HEADERS_BYTES_MAX   (1u << 20) /* of an answer's header block, to be told of at all */
#define FILL_MS             100        /* how long a read goes on to fill the buffer of a slow body */

static HRESULT fail(const char16_t *url, const wchar_t *call)
{
    DWORD error = GetLastError();
    return log_failure(LOG_HTTP, http_winhttp_hresult(error), L"%.*ls: %ls failed with %lu",
                       (int)url_loggable_length(url), url, call, error);
}

static bool set_number(const struct http_winhttp_api *api, HINTERNET request, DWORD option, DWORD value)
{
    return api->set_option(request, option, &value, sizeof(value));
}

/* Redirects are followed by http_winhttp.c, under its own rules; cookies and the user's Windows credentials are no
 * part of a download. */
static bool set_options(const struct http_winhttp_api *api, HINTERNET request, uint32_t receive_timeout)
{
    return api->set_timeouts(request, RESOLVE_TIMEOUT_MS, CONNECT_TIMEOUT_MS, SEND_TIMEOUT_MS, (int)receive_timeout) &&
           set_number(api, request, WINHTTP_OPTION_RECEIVE_RESPONSE_TIMEOUT, receive_timeout) &&
           set_number(api, request, WINHTTP_OPTION_REDIRECT_POLICY, WINHTTP_OPTION_REDIRECT_POLICY_NEVER) &&
           set_number(api, request, WINHTTP_OPTION_DISABLE_FEATURE, WINHTTP_DISABLE_COOKIES) &&
           set_number(api, request, WINHTTP_OPTION_AUTOLOGON_POLICY, WINHTTP_AUTOLOGON_SECURITY_LEVEL_HIGH);
}

/* A line break in a validator would make a header of its own. */
static bool is_header_value(const char16_t *text)
{
    for (; *text; text++) {
        if (*text < 0x20 || *text == 0x7F)
            return false;
    }
    return true;
}

static HRESULT write_headers(const struct http_request *wanted, wchar_t headers[REQUEST_HEADERS_MAX])
{
    wchar_t range[64] = L"";
    if (wanted->has_range && wanted->range_length == RANGE_TO_END)
        swprintf(range, 64, L"Range: bytes=%llu-\r\n", (unsigned long long)wanted->range_first);
    else if (wanted->has_range)
        swprintf(range, 64, L"Range: bytes=%llu-%llu\r\n", (unsigned long long)wanted->range_first,
                 (unsigned long long)(wanted->range_first + wanted->range_length - 1));
    const wchar_t *if_range = wanted->if_range ? wanted->if_range : L"";
    if (!is_header_value(if_range))
        return E_INVALIDARG;
    int length = swprintf(headers, REQUEST_HEADERS_MAX, L"Accept: */*\r\nAccept-Encoding: identity\r\n%ls%ls%ls%ls",
                          range, *if_range ? L"If-Range: " : L"", if_range, *if_range ? L"\r\n" : L"");
    return length > 0 && length < REQUEST_HEADERS_MAX ? S_OK : E_INVALIDARG;
}

/* The path and query as WinHTTP wants it, beginning with '/'. Returns new. */
static char16_t *object_of(const struct url_view *view)
{
    size_t length = view->path_and_query.length;
    bool has_path = view->path.length > 0;
    char16_t *object = mem_alloc((length + 2) * sizeof(char16_t));
    if (!object)
        return NULL;
    object[0] = u'/';
    if (length)
        memcpy(object + !has_path, view->path_and_query.text, length * sizeof(char16_t));
    return object;
}

static HRESULT send(struct http_exchange *exchange, HINTERNET connection, const struct url_view *view,
                    const struct http_request *wanted)
{
    const struct http_winhttp_api *api = exchange->api;
    wchar_t headers[REQUEST_HEADERS_MAX];
    HRESULT hr = write_headers(wanted, headers);
    if (FAILED(hr))
        return log_failure(LOG_HTTP, hr, L"a validator is no header value");
    char16_t *object = object_of(view);
    if (!object)
        return log_failure(LOG_HTTP, E_OUTOFMEMORY, L"cannot make a request");
    exchange->request = api->open_request(connection, L"GET", object, NULL, WINHTTP_NO_REFERER,
                                          WINHTTP_DEFAULT_ACCEPT_TYPES, view->is_https ? WINHTTP_FLAG_SECURE : 0);
    if (!exchange->request)
        hr = fail(exchange->url, L"WinHttpOpenRequest");
    mem_free(object);
    if (FAILED(hr))
        return hr;
    if (!set_options(api, exchange->request, wanted->receive_timeout_ms))
        return fail(exchange->url, L"setting an option");
    if (!api->send_request(exchange->request, headers, (DWORD)-1, WINHTTP_NO_REQUEST_DATA, 0, 0, 0))
        return fail(exchange->url, L"WinHttpSendRequest");
    if (!api->receive_response(exchange->request, NULL))
        return fail(exchange->url, L"WinHttpReceiveResponse");
    return S_OK;
}

HRESULT http_winhttp_request_open(const struct http_winhttp_api *api, HINTERNET connection, const char16_t *url,
                                  const struct url_view *view, const struct http_request *wanted,
                                  struct http_exchange **exchange)
{
    *exchange = NULL;
    struct http_exchange *opened = mem_alloc(sizeof(*opened));
    if (!opened)
        return log_failure(LOG_HTTP, E_OUTOFMEMORY, L"cannot make a request");
    opened->api = api;
    opened->url = utf16_duplicate(url);
    HRESULT hr = opened->url ? send(opened, connection, view, wanted)
                             : log_failure(LOG_HTTP, E_OUTOFMEMORY, L"cannot make a request");
    if (FAILED(hr)) {
        http_winhttp_request_close(opened);
        return hr;
    }
    *exchange = opened;
    return S_OK;
}

HRESULT http_winhttp_request_status(struct http_exchange *exchange, uint32_t *status)
{
    DWORD value = 0, size = sizeof(value);
    *status = 0;
    if (!exchange->api->query_headers(exchange->request, WINHTTP_QUERY_STATUS_CODE | WINHTTP_QUERY_FLAG_NUMBER,
                                      WINHTTP_HEADER_NAME_BY_INDEX, &value, &size, WINHTTP_NO_HEADER_INDEX))
        return fail(exchange->url, L"reading the status");
    *status = value;
    return S_OK;
}

const char16_t http_header_nonsense[] = u"?";

const char16_t *http_winhttp_request_header(struct http_exchange *exchange, const wchar_t *name, char16_t *value,
                                            size_t limit)
{
    size_t length = 0;
    DWORD index = 0; /* WinHTTP raises it with each value */
    for (unsigned count = 0; count < HEADER_REPEATS_MAX; count++) {
        size_t joint = count ? 2 : 0;
        if (length + joint > limit)
            break;
        char16_t *next = value + length + joint;
        DWORD size = (DWORD)((limit - length - joint + 1) * sizeof(char16_t));
        if (!exchange->api->query_headers(exchange->request, WINHTTP_QUERY_CUSTOM, name, next, &size, &index)) {
            if (GetLastError() != ERROR_WINHTTP_HEADER_NOT_FOUND)
                break; /* mostly: longer than the buffer */
            value[length] = 0;
            return count ? value : NULL;
        }
        if (joint)
            memcpy(value + length, u", ", 2 * sizeof(char16_t));
        length += joint + utf16_length(next);
    }
    return http_header_nonsense;
}

/* ---- What is told of the answer ---- */

static char16_t *raw_headers(struct http_exchange *exchange)
{
    DWORD size = 0;
    exchange->api->query_headers(exchange->request, WINHTTP_QUERY_RAW_HEADERS_CRLF, WINHTTP_HEADER_NAME_BY_INDEX, NULL,
                                 &size, WINHTTP_NO_HEADER_INDEX);
    if (GetLastError() != ERROR_INSUFFICIENT_BUFFER || size > HEADERS_BYTES_MAX)
        return NULL;
    char16_t *raw = mem_alloc(size + sizeof(*raw));
    if (!raw)
        return NULL;
    char16_t *text = NULL;
    if (exchange->api->query_headers(exchange->request, WINHTTP_QUERY_RAW_HEADERS_CRLF, WINHTTP_HEADER_NAME_BY_INDEX,
                                     raw, &size, WINHTTP_NO_HEADER_INDEX))
        text = http_details_headers(raw, utf16_length(raw));
    mem_free(raw);
    return text;
}

void http_winhttp_request_describe(struct http_exchange *exchange, struct http_details *details)
{
    details->headers = raw_headers(exchange);
}

/* ---- The body ---- */

/* One piece of what has arrived, waiting for the first byte of it. *received 0: the body has ended. */
static HRESULT read_piece(struct http_exchange *exchange, void *buffer, size_t size, DWORD *received)
{
    DWORD available = 0;
    *received = 0;
    if (!exchange->api->query_data_available(exchange->request, &available))
        return fail(exchange->url, L"WinHttpQueryDataAvailable");
    if (!available)
        return S_OK;
    if (!exchange->api->read_data(exchange->request, buffer, available < size ? available : (DWORD)size, received))
        return fail(exchange->url, L"WinHttpReadData");
    return S_OK;
}

/* WinHttpReadData alone would wait until the buffer is full, and lose what it holds when the connection breaks
 * first: a server that breaks it every few bytes would never be done. So pieces are collected, and a failure waits
 * until the bytes before it were taken. */
HRESULT http_winhttp_request_read(struct http_exchange *exchange, void *buffer, size_t size, size_t *received)
{
    *received = 0;
    ULONGLONG start = GetTickCount64();
    while (*received < size && SUCCEEDED(exchange->failure) && !exchange->has_ended) {
        DWORD piece;
        exchange->failure = read_piece(exchange, (char *)buffer + *received, size - *received, &piece);
        exchange->has_ended = SUCCEEDED(exchange->failure) && !piece;
        *received += piece;
        if (GetTickCount64() - start >= FILL_MS)
            break;
    }
    return *received ? S_OK : exchange->failure;
}

void http_winhttp_request_close(struct http_exchange *exchange)
{
    if (!exchange)
        return;
    if (exchange->request)
        exchange->api->close_handle(exchange->request);
    mem_free(exchange->url);
    mem_free(exchange);
}
