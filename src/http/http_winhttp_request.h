/* One request of one URL through WinHTTP, and its answer; redirects are the caller's. */
#ifndef DOSVC_HTTP_WINHTTP_REQUEST_H
#define DOSVC_HTTP_WINHTTP_REQUEST_H

#include "http_winhttp_session.h"

/* A URL that is to be asked, on the way of a request. Borrowed until the exchange is open. */
struct http_winhttp_step {
    const char16_t *url;
    struct url_view view;
    const struct http_request *wanted;
    bool is_foreign; /* a redirect led to another server than the one asked first: that one's secrets stay behind */
};

struct http_exchange {
    const struct http_winhttp_api *api;
    struct http_winhttp_session *session; /* in use; the transport's to release */
    HINTERNET connection, request;
    char16_t *url; /* owned */
    uint32_t status;
    HRESULT cause;               /* of a failure before the answer: as in struct http_details */
    bool is_certificate_refused; /* the server asked for a client's certificate and was told that there is none */
    DWORD secure_faults;         /* what Windows found wrong with the server's certificate */
    bool is_connection_new;      /* the request was not sent over a kept one */
    bool has_tunnel;             /* what its opening shows to the proxy is to be watched (http_winhttp_tunnel.h) */
    struct http_withheld *withheld;
    DWORD tunnel_error;
    HRESULT failure; /* of a read that had bytes to give first */
    bool has_ended;
};

/* Asks `step`'s URL in the session, answers challenges as far as the options allow (http_winhttp_auth.c), and
 * has the answer's status in the end. Returns new, also with a failure, unless there was no memory for it. */
HRESULT http_winhttp_request_open(const struct http_winhttp_api *api, struct http_winhttp_session *session,
                                  const struct http_winhttp_step *step, struct http_exchange **exchange);

/* Sends a request with no header of `step`'s options, and waits for nothing: only whether the connection can be made counts. S_FALSE: it was sent over a kept one. */
HRESULT http_winhttp_request_shake_hands(const struct http_winhttp_api *api, struct http_winhttp_session *session,
                                         const struct http_winhttp_step *step);

/* Sends the request (again) and waits for the status. */
HRESULT http_winhttp_request_send(struct http_exchange *exchange);

/* The headers of the step's request; those that answer challenges are added later. */
HRESULT http_winhttp_request_write_headers(struct http_exchange *exchange, const struct http_winhttp_step *step);

/* Adds header lines to the request, each ended by CR LF; `how` is WINHTTP_ADDREQ_FLAG_*. */
HRESULT http_winhttp_request_add_headers(struct http_exchange *exchange, const char16_t *lines, uint32_t how);
/* The same with those that are nobody's business but the server's, where TLS hides them. */
HRESULT http_winhttp_request_add_secret(struct http_exchange *exchange, const char16_t *lines, uint32_t how);

/* Logs the call that failed with GetLastError and gives its HRESULT. */
HRESULT http_winhttp_request_failure(struct http_exchange *exchange, const wchar_t *call);

/* The header lines of the answer, each ended by CR LF, and an empty one if the block came to its end. Returns new; NULL when there is no memory or they
 * are beyond all limits. */
char16_t *http_winhttp_request_raw_headers(struct http_exchange *exchange);
/* The block came to its end, as far as that matters (HTTP_WINE_CHUNKS_AFTER_CUT_HEADERS); ERROR_WINHTTP_CONNECTION_ERROR when it did not. */
HRESULT http_winhttp_request_check_headers(struct http_exchange *exchange);

/* What stands in for a header value that is too long or comes too often: no reader of a header takes it for a value. */
extern const char16_t http_header_nonsense[];

/* The value of a header, those of several joined by ", ", in `value` with room for `limit` characters and a
 * terminator; or http_header_nonsense. NULL: not there. */
const char16_t *http_winhttp_request_header(struct http_exchange *exchange, const wchar_t *name, char16_t *value,
                                            size_t limit);

/* As in http_transport.h. */
HRESULT http_winhttp_request_read(struct http_exchange *exchange, void *buffer, size_t size, size_t *received);
void http_winhttp_request_close(struct http_exchange *exchange);

#endif
