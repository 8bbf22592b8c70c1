/* A transport that serves resources from memory, as a well-behaved server would (Range, If-Range, validators), except where a resource says
 * otherwise. Answers are parsed and judged by the code under test. For tests of the engine; thread-safe. */
#ifndef MEMORY_HTTP_H
#define MEMORY_HTTP_H

#include "http_transport.h"
#include "lock.h"

#define MEMORY_HTTP_RESOURCES 64
#define MEMORY_HTTP_REQUESTS  512

struct memory_resource {
    char16_t url[64];
    uint64_t size;
    uint64_t seed;                 /* of its bytes */
    char16_t etag[32];             /* empty: none; changed by a test between requests, under memory_http's lock */
    const char16_t *last_modified; /* the header; NULL: none */
    uint32_t status;               /* not 0: every request is answered with it */
    const char16_t *retry_after;   /* the header; NULL: none */
    HRESULT failure;               /* not S_OK: no request gets an answer */
    HRESULT cause;                 /* of that, for details */
    bool ignores_range;
    bool refuses_range;    /* 416 to each, with no word about the size */
    bool hides_length;     /* no Content-Length; with ignores_range the body just ends */
    bool hides_total;      /* Content-Range tells none */
    bool changes_always;   /* another version with each request */
    char16_t moved_to[64]; /* empty: not; else the URL that answers, or fails to, is said to be this one */
    bool is_mirrored;     /* each request is led to another mirror, http://mirror<n>/, which has it under another tag */
    uint32_t mirrors;     /* so many were */
    uint32_t gone_status; /* not 0: the answer to who asks a mirror at once */
    HRESULT gone_failure; /* the same: no answer */
    bool gone_version;    /* who asks a mirror at once gets another version */
    bool only_by_proxy;   /* `failure` is for requests by a proxy that their job names, the others are answered */
    uint32_t cuts;        /* so many answers break off, each after `cut_after` bytes of its body */
    uint64_t cut_after;
    void *gate; /* an event: reads beyond `gate_at` bytes of a body wait for it */
    uint64_t gate_at;
    void *answer_gate; /* an event: requests wait for it before they are answered, or fail */
    uint32_t attempts; /* requests, those that failed among them */
    uint32_t passed;   /* of these, those that wait at no answer_gate any more */
};

struct memory_request {
    const struct memory_resource *resource;
    bool has_range;
    uint64_t first, length; /* RANGE_TO_END: open-ended */
    char16_t led_to[64];    /* empty: its own URL was asked */
    char16_t if_range[32];
    const struct http_options *options; /* a reference until the transport is destroyed */
    uint32_t whole_timeout_ms;
    bool expects_whole;
};

struct memory_http {
    struct http_transport transport; /* what the code under test gets */
    struct lock lock;
    struct memory_resource resources[MEMORY_HTTP_RESOURCES];
    size_t resource_count;
    struct memory_request requests[MEMORY_HTTP_REQUESTS];
    size_t request_count;
    size_t open_exchanges;
    _Atomic uint32_t network_changes; /* that it was told of */
};

void memory_http_init(struct memory_http *http);
/* A resource http://test/<name> with a strong ETag; valid until the end. */
struct memory_resource *memory_http_add(struct memory_http *http, const char16_t *name, uint64_t size, uint64_t seed);
/* The bytes of a resource: a pure function. */
uint8_t memory_http_byte(uint64_t seed, uint64_t offset);
/* The requests that were answered, and those that were made, refused ones among them. */
size_t memory_http_count(struct memory_http *http, const struct memory_resource *resource);
uint32_t memory_http_attempts(struct memory_http *http, const struct memory_resource *resource);

#endif
