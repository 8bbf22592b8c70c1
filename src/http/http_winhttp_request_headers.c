/* The headers of a request. */
#include "http_headers.h"
#include "http_winhttp_request.h"
#include "http_winhttp_tunnel.h"
#include "log.h"
#include "utf16.h"

#define REQUEST_HEADERS_MAX 512 /* characters; an If-Range of HTTP_ETAG_MAX fits */
#define HOST_HEADER_MAX     300 /* characters; a name has at most 255 */

static HRESULT add_lines(struct http_exchange *exchange, const char16_t *lines, size_t length, uint32_t how)
{
    if (exchange->api->add_request_headers(exchange->request, lines, (DWORD)length, how))
        return S_OK;
    if ((how & WINHTTP_ADDREQ_FLAG_ADD_IF_NEW) && GetLastError() == ERROR_WINHTTP_HEADER_ALREADY_EXISTS)
        return S_OK;
    return http_winhttp_request_failure(exchange, L"WinHttpAddRequestHeaders");
}

HRESULT http_winhttp_request_add_headers(struct http_exchange *exchange, const char16_t *lines, uint32_t how)
{
    return add_lines(exchange, lines, (size_t)-1, how);
}

HRESULT http_winhttp_request_add_secret(struct http_exchange *exchange, const char16_t *lines, uint32_t how)
{
    if (!exchange->has_tunnel)
        return http_winhttp_request_add_headers(exchange, lines, how);
    HRESULT hr = S_OK;
    while (*lines && SUCCEEDED(hr)) {
        const char16_t *end = wcsstr(lines, L"\r\n") + 2;
        if (http_headers_may_be_seen(lines))
            hr = add_lines(exchange, lines, (size_t)(end - lines), how);
        else
            hr = http_winhttp_tunnel_withhold(exchange, lines, (size_t)(end - lines), how);
        lines = end;
    }
    return hr;
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
    int length = swprintf(headers, REQUEST_HEADERS_MAX, L"Accept-Encoding: identity\r\n%ls%ls%ls%ls", range,
                          *if_range ? L"If-Range: " : L"", if_range, *if_range ? L"\r\n" : L"");
    return length > 0 && length < REQUEST_HEADERS_MAX ? S_OK : E_INVALIDARG;
}

static HRESULT add_own_headers(struct http_exchange *exchange, const struct http_winhttp_step *step)
{
    const struct http_options *options = step->wanted->options;
    char16_t *headers;
    if (!options || !options->headers)
        return S_OK;
    HRESULT hr = http_headers_filter(options->headers, step->is_foreign, &headers);
    if (FAILED(hr))
        return log_failure(LOG_HTTP, hr, L"cannot make a request");
    if (headers[0])
        hr = http_winhttp_request_add_secret(exchange, headers, WINHTTP_ADDREQ_FLAG_ADD);
    utf16_free_secret(headers);
    return hr;
}

/* As the URL has it, where the connection has it in capitals. */
static HRESULT add_host(struct http_exchange *exchange, const struct url_view *view)
{
    wchar_t header[HOST_HEADER_MAX];
    wchar_t port[8] = L"";
    if (view->port != (view->is_https ? INTERNET_DEFAULT_HTTPS_PORT : INTERNET_DEFAULT_HTTP_PORT))
        (void)swprintf(port, 8, L":%u", view->port);
    bool is_address = false;
    for (size_t i = 0; i < view->host.length; i++)
        is_address |= view->host.text[i] == u':';
    int length = swprintf(header, HOST_HEADER_MAX, is_address ? L"Host: [%.*ls]%ls\r\n" : L"Host: %.*ls%ls\r\n",
                          (int)view->host.length, view->host.text, port);
    if (length <= 0 || length >= HOST_HEADER_MAX)
        return log_failure(LOG_HTTP, E_INVALIDARG, L"the name of a host is too long");
    return http_winhttp_request_add_headers(exchange, header, WINHTTP_ADDREQ_FLAG_ADD);
}

/* The client's own come first: it may have its own Accept, and its own User-Agent as WinHTTP sees to. */
HRESULT http_winhttp_request_write_headers(struct http_exchange *exchange, const struct http_winhttp_step *step)
{
    wchar_t headers[REQUEST_HEADERS_MAX];
    HRESULT hr = write_headers(step->wanted, headers);
    if (FAILED(hr))
        return log_failure(LOG_HTTP, hr, L"a validator is no header value");
    hr = add_own_headers(exchange, step);
    if (SUCCEEDED(hr) && exchange->session->is_apart)
        hr = add_host(exchange, &step->view);
    if (SUCCEEDED(hr))
        hr = http_winhttp_request_add_headers(exchange, headers, WINHTTP_ADDREQ_FLAG_ADD);
    if (SUCCEEDED(hr))
        hr = http_winhttp_request_add_headers(exchange, L"Accept: */*\r\n", WINHTTP_ADDREQ_FLAG_ADD_IF_NEW);
    return hr;
}
