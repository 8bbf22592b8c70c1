/* The real transport and a server that misbehaves on demand. */
#ifndef HTTP_WINHTTP_FIXTURE_H
#define HTTP_WINHTTP_FIXTURE_H

#include "http_transport.h"
#include "origin.h"

#define WAIT_MS 30000u

struct winhttp_fixture {
    struct origin *origin;
    struct http_transport *transport;
    struct http_exchange *exchange;
    struct http_answer answer;
};

extern struct winhttp_fixture winhttp;

int winhttp_fixture_set_up(void **state);
int winhttp_fixture_tear_down(void **state);

/* Opens the URL of the origin's target; the exchange is closed by the next one or by tear-down. */
HRESULT get(const char *target);
HRESULT get_range(const char *target, uint64_t first, uint64_t length);
HRESULT get_with(const char *target, const struct http_request *request);

/* Reads to the end or to a failure (which is returned), comparing each byte with /gen content of `seed` from `first`
 * on. *count: bytes received. */
HRESULT read_all(uint64_t seed, uint64_t first, uint64_t *count);

/* The request of that index as the origin saw it. */
struct origin_request request_at(size_t index);

#endif
