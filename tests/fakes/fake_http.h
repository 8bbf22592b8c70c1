/* A transport that answers by a script, one answer for each request in their order, and records what was asked. For
 * one thread at a time, except that a hook may wait for another. */
#ifndef FAKE_HTTP_H
#define FAKE_HTTP_H

#include "http_transport.h"

#define FAKE_HTTP_ANSWERS 16

struct fake_http_answer {
    HRESULT open_hr; /* a failure: no answer comes */
    uint32_t status;
    struct http_raw_headers headers;
    const char16_t *headers_text; /* details->headers; NULL: none */
    const char16_t *final_url;    /* details->url; NULL: no redirect */
    HRESULT cause;                /* details->cause */
    /* The body: byte i of it is fake_http_byte(body_first + i). From `hollow_after` on, if that is not 0, the bytes
     * are left as they come: for sizes that would take seconds to make. */
    uint64_t body_first, body_size, hollow_after;
    size_t chunk;       /* bytes a read gives at most; 0: as many as it has room for */
    HRESULT after_body; /* a failure: what the read after the last byte answers instead of the end */
    void (*on_open)(void *context);
    void (*on_read)(void *context, uint64_t position); /* before each read, with the bytes given so far */
    void *context;
};

struct fake_http_request {
    char16_t url[128];
    bool has_range;
    uint64_t range_first, range_length;
    char16_t if_range[64]; /* empty: none */
    char16_t led_to[64];   /* likewise */
    uint32_t receive_timeout_ms;
    const struct http_options *options;
};

struct fake_http {
    struct http_transport transport; /* what the code under test gets */
    struct fake_http_answer answers[FAKE_HTTP_ANSWERS];
    size_t answer_count;
    struct fake_http_request requests[FAKE_HTTP_ANSWERS];
    size_t request_count;
    size_t open_exchanges; /* must be 0 in the end */
    size_t reads;
    bool was_read_after_failure;
};

void fake_http_init(struct fake_http *fake);

/* The next answer of the script, all zeros but for status 200; the test fills in the rest. */
struct fake_http_answer *fake_http_add(struct fake_http *fake);

uint8_t fake_http_byte(uint64_t position);

#endif
