/* The origin: an HTTP/1.1 server on 127.0.0.1 for tests, which can misbehave at any byte.
 *
 * What it serves
 *   /gen/NAME?size=N&seed=S   bytes that origin_fill() can repeat at any offset; sizes are 64-bit
 *   /…                        the files below options.root, if there is one
 *   /control/…                gates, the list of requests (/control/requests, with all header lines at
 *                             /control/headers) and a reset, for tests in other processes
 *   http://HOST/…             as a proxy would be asked: the same as /…, whatever the host
 *   CONNECT HOST:PORT         a tunnel, whatever the host, to that port of 127.0.0.1
 *
 * How it misbehaves stands in the query of the URL; origin_script.h lists the names. A name or value that it does not
 * know is answered with 400, so a slip in a test shows at once.
 *
 * One thread accepts and each connection has one of its own. All functions may be called from any thread, but
 * origin_stop() only when no other call is under way. */
#ifndef ORIGIN_H
#define ORIGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wchar.h>

/* A request with a longer header block is refused with 431. */
#define ORIGIN_HEADERS_MAX 16384
#define ORIGIN_TARGET_MAX  2048

/* A response that waits for its gate longer than this is closed. */
#define ORIGIN_HOLD_LIMIT_MS 600000u

struct origin;

/* All members may be zero. The strings are borrowed until origin_start() returns. */
struct origin_options {
    uint16_t port;               /* 0: any free one */
    const wchar_t *root;         /* folder to serve; NULL: none */
    const wchar_t *requests_log; /* file to append to; NULL: none */
    unsigned max_connections;    /* further ones wait in the backlog; 0: 256 */
    unsigned idle_timeout_ms;    /* for a request to arrive, and for a client to take more bytes; 0: 30 s */
};

/* What the origin knows of one request. A copy: it stays valid and does not change. */
struct origin_request {
    char method[16];
    char target[ORIGIN_TARGET_MAX]; /* path with query, as received; HOST:PORT of a CONNECT */
    bool is_proxied;                /* came in the form that proxies are asked in */
    char range[128];                /* "" where the header is missing, likewise below */
    char if_range[256];
    char authorization[512];
    char proxy_authorization[512];
    char headers[ORIGIN_HEADERS_MAX]; /* all lines after the first, each with CR LF */
    unsigned connection;              /* the first connection is 1 */
    bool is_finished;                 /* all that follows is final; before, bytes on their way count as sent */
    unsigned status;                  /* 0: closed before any header */
    uint64_t bytes_sent;              /* headers and framing included */
};

/* Starts a server and returns its port; 0, and *origin NULL, when that failed. options may be NULL. */
uint16_t origin_start(struct origin **origin, const struct origin_options *options);

/* Closes every connection, waits for all threads and frees the origin. NULL is allowed. */
void origin_stop(struct origin *origin);

uint16_t origin_port(const struct origin *origin);

/* Writes http://127.0.0.1:PORT and target ("/gen/a?size=1") to url. False if it does not fit. */
bool origin_url(const struct origin *origin, const char *target, wchar_t *url, size_t capacity);

/* The bytes of /gen with this seed, from offset on. A pure function, defined beyond any size too. */
void origin_fill(uint64_t seed, uint64_t offset, void *buffer, size_t length);

/* Requests whose target begins with prefix ("" for all), whether finished or not. /control is never counted. */
size_t origin_request_count(struct origin *origin, const char *prefix);

/* The number of bytes that went out since the start or the last reset, headers included. */
uint64_t origin_bytes_sent(struct origin *origin);

/* The number of connections accepted since the start. */
unsigned origin_connection_count(struct origin *origin);

/* Waits until that many requests with the prefix have arrived, or have been finished. False after the time-out. */
bool origin_wait_requests(struct origin *origin, const char *prefix, size_t count, unsigned timeout_ms);
bool origin_wait_finished(struct origin *origin, const char *prefix, size_t count, unsigned timeout_ms);

/* Copies the request with this index, in order of arrival. False beyond the last. */
bool origin_request_at(struct origin *origin, size_t index, struct origin_request *copy);

/* Responses with gate=NAME, gatebody=NAME:K or stall=K (whose gate is called "stall") wait until the gate is open, and
 * it stays open. A gate may be opened before its first response comes. False when there are too many gates. */
bool origin_open_gate(struct origin *origin, const char *name);
void origin_close_gate(struct origin *origin, const char *name);

/* Forgets all requests and counts and closes all gates. Connections stay. */
void origin_reset(struct origin *origin);

#endif
