/* One request of one URL through WinHTTP, and its answer; redirects are the caller's. */
#ifndef DOSVC_HTTP_WINHTTP_REQUEST_H
#define DOSVC_HTTP_WINHTTP_REQUEST_H

#include "http_winhttp_api.h"
#include "url.h"

struct http_exchange {
    const struct http_winhttp_api *api;
    HINTERNET request;
    char16_t *url;   /* owned: for the log */
    HRESULT failure; /* of a read that had bytes to give first */
    bool has_ended;
};

/* Sends `wanted` for `url` (which `view` shows) on the connection handle and waits for the headers. Returns new. */
HRESULT http_winhttp_request_open(const struct http_winhttp_api *api, HINTERNET connection, const char16_t *url,
                                  const struct url_view *view, const struct http_request *wanted,
                                  struct http_exchange **exchange);

/* The answer's status; a HRESULT of its own when there is none. */
HRESULT http_winhttp_request_status(struct http_exchange *exchange, uint32_t *status);

/* What stands in for a header value that is too long or comes too often: no reader of a header takes it for a value. */
extern const char16_t http_header_nonsense[];

/* The value of a header, those of several joined by ", ", in `value` with room for `limit` characters and a
 * terminator; or http_header_nonsense. NULL: not there. */
const char16_t *http_winhttp_request_header(struct http_exchange *exchange, const wchar_t *name, char16_t *value,
                                            size_t limit);

/* What the answer tells, as far as it can be had. */
void http_winhttp_request_describe(struct http_exchange *exchange, struct http_details *details);

/* As in http_transport.h. */
HRESULT http_winhttp_request_read(struct http_exchange *exchange, void *buffer, size_t size, size_t *received);
void http_winhttp_request_close(struct http_exchange *exchange);

#endif
