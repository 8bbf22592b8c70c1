/* The network below the engine: a seam. Blocking, results as values; one exchange belongs to one thread at a time. */
#ifndef DOSVC_HTTP_TRANSPORT_H
#define DOSVC_HTTP_TRANSPORT_H

#include "http_details.h"
#include "http_options.h"
#include "http_response.h"

struct http_exchange; /* one request and its answer */

struct http_request {
    const char16_t *url; /* borrowed until open returns */
    /* The same; where redirects of `url` led before and are to be followed to at once, if the options still allow them. NULL: `url` is asked. */
    const char16_t *led_to;
    bool has_range;
    uint64_t range_first;
    uint64_t range_length;       /* RANGE_TO_END: open-ended */
    const char16_t *if_range;    /* borrowed; NULL: none */
    uint32_t receive_timeout_ms; /* for the headers and for each read */
    /* For each read of a whole body (status 200), which cannot be continued; 0: as the other. */
    uint32_t whole_timeout_ms;
    bool expects_whole; /* such a body comes: Wine's WinHTTP wants to know the time-out before it asks */
    const struct http_options *options; /* borrowed until open returns; NULL: the defaults */
    struct http_details *details;       /* all zeros before; open fills it, the caller clears it. NULL: not wanted */
};

struct http_transport {
    /* Sends the request and waits for the headers. S_OK: *exchange is new and *answer filled, whatever the status.
     * Otherwise no answer came: a WinHTTP HRESULT (0x80072Exx), DO_E_HTTP_CERT_VALIDATION for any certificate
     * failure; http_failure_is_transient tells its class. Never sends anything but http and https, asks for the
     * identity encoding, follows at most 10 redirects and none from https to http. */
    HRESULT(*open)
    (struct http_transport *transport, const struct http_request *request, struct http_exchange **exchange,
     struct http_answer *answer);
    /* Up to `size` bytes of the body; *received 0 at its end, which may come too early: the caller counts. After a
     * failure only close is legal. */
    HRESULT(*read)
    (struct http_transport *transport, struct http_exchange *exchange, void *buffer, size_t size, size_t *received);
    void (*close)(struct http_transport *transport, struct http_exchange *exchange); /* takes; NULL is allowed */
    /* Another network is there: what was learnt on the old one of the way to servers holds no more. Any thread; waits for nothing. */
    void (*network_changed)(struct http_transport *transport);
    void (*destroy)(struct http_transport *transport); /* after the last exchange is closed */
};

/* ERROR_WINHTTP_CONNECTION_ERROR: the connection was closed or reset early. Transient. */
#define HTTP_CONNECTION_BROKEN HRESULT_OF_WIN32(12030)

/* Of open's and read's failures: could the same request succeed later? */
bool http_failure_is_transient(HRESULT hr);

/* WinHTTP; sessions are kept, as far as they are few. Returns new. Any thread. */
HRESULT http_winhttp_create(struct http_transport **transport);

#endif
