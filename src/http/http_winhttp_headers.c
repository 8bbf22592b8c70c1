/* The headers of an answer, as WinHTTP has them. */
#include "http_wine.h"
#include "http_winhttp_request.h"
#include "memory.h"
#include "utf16.h"

#include <string.h>

#define HEADER_REPEATS_MAX 8          /* more than one is nonsense for each header that is read */
#define HEADERS_BYTES_MAX  (1u << 20) /* of a header block, to be told of at all */

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

char16_t *http_winhttp_request_raw_headers(struct http_exchange *exchange)
{
    const struct http_winhttp_api *api = exchange->api;
    DWORD size = 0;
    api->query_headers(exchange->request, WINHTTP_QUERY_RAW_HEADERS_CRLF, WINHTTP_HEADER_NAME_BY_INDEX, NULL, &size,
                       WINHTTP_NO_HEADER_INDEX);
    char16_t *raw = size && size <= HEADERS_BYTES_MAX ? mem_alloc(size + sizeof(*raw)) : NULL;
    if (raw && api->query_headers(exchange->request, WINHTTP_QUERY_RAW_HEADERS_CRLF, WINHTTP_HEADER_NAME_BY_INDEX, raw,
                                  &size, WINHTTP_NO_HEADER_INDEX))
        return raw;
    mem_free(raw);
    return NULL;
}

HRESULT http_winhttp_request_check_headers(struct http_exchange *exchange)
{
    static const char16_t end[] = u"\r\n\r\n";
    const size_t end_length = sizeof(end) / sizeof(end[0]) - 1;
    char16_t encoding[32];
    if (!HTTP_WINE_CHUNKS_AFTER_CUT_HEADERS || !exchange->api->is_wine() ||
        !http_winhttp_request_header(exchange, L"Transfer-Encoding", encoding, 31))
        return S_OK;
    char16_t *raw = http_winhttp_request_raw_headers(exchange);
    size_t length = raw ? utf16_length(raw) : 0;
    bool is_whole = length >= end_length && utf16_equal(raw + length - end_length, end);
    mem_free(raw);
    if (is_whole)
        return S_OK;
    SetLastError(ERROR_WINHTTP_CONNECTION_ERROR);
    return http_winhttp_request_failure(exchange, L"reading the headers to their end");
}
