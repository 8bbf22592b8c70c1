#include "memory_http.h"

#include "utf16.h"

#include <windows.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A reader that waits for a gate longer than this breaks off: a test that forgot the gate must not hang. */
#define GATE_LIMIT_MS 60000u

struct http_exchange {
    struct memory_http *http;
    struct memory_resource *resource;
    uint64_t seed;
    uint64_t at, end; /* bytes of the resource still to come */
    uint64_t sent, cut_after;
};

static struct memory_http *http_of(struct http_transport *transport)
{
    return CONTAINING_RECORD(transport, struct memory_http, transport);
}

uint8_t memory_http_byte(uint64_t seed, uint64_t offset)
{
    uint64_t mixed = (offset + 1) * 0x9E3779B97F4A7C15ull + seed * 0xC2B2AE3D27D4EB4Full;
    return (uint8_t)(mixed >> 40);
}

static struct memory_resource *find(struct memory_http *http, const char16_t *url)
{
    for (size_t i = 0; i < http->resource_count; i++) {
        if (utf16_equal(http->resources[i].url, url))
            return &http->resources[i];
    }
    return NULL;
}

static void record(struct memory_http *http, const struct memory_resource *resource, const struct http_request *request)
{
    if (http->request_count == MEMORY_HTTP_REQUESTS)
        return;
    struct memory_request *copy = &http->requests[http->request_count++];
    *copy = (struct memory_request){.resource = resource,
                                    .has_range = request->has_range,
                                    .first = request->range_first,
                                    .whole_timeout_ms = request->whole_timeout_ms,
                                    .expects_whole = request->expects_whole,
                                    .length = request->range_length,
                                    .options = http_options_addref(request->options)};
    if (request->led_to)
        (void)swprintf(copy->led_to, ARRAYSIZE(copy->led_to), L"%ls", request->led_to);
    if (request->if_range)
        (void)swprintf(copy->if_range, ARRAYSIZE(copy->if_range), L"%ls", request->if_range);
}

/* Fills the answer and what of the resource follows as its body. */
static void answer_request(struct memory_resource *resource, const struct http_request *request,
                           struct http_exchange *exchange, struct http_answer *answer)
{
    char16_t length[32];
    char16_t range[96];
    const char16_t *etag = request->led_to && resource->gone_version ? u"\"other\"" : resource->etag;
    struct http_raw_headers raw = {
        .etag = etag[0] ? etag : NULL, .last_modified = resource->last_modified, .retry_after = resource->retry_after};
    uint32_t status = resource->status ? resource->status : 200;
    if (request->led_to && resource->gone_status)
        status = resource->gone_status;
    bool is_same = !request->if_range || utf16_equal(request->if_range, etag);
    exchange->end = status != 200 ? 0 : resource->size;
    if (request->has_range && resource->refuses_range)
        status = 416;
    if (status == 200 && request->has_range && is_same && !resource->ignores_range) {
        uint64_t end =
            request->range_length == RANGE_TO_END ? resource->size : request->range_first + request->range_length;
        exchange->at = request->range_first;
        exchange->end = end < resource->size ? end : resource->size;
        status = exchange->at < exchange->end ? 206 : 416;
        if (status == 206 && resource->hides_total)
            (void)swprintf(range, ARRAYSIZE(range), L"bytes %llu-%llu/*", exchange->at, exchange->end - 1);
        else if (status == 206)
            (void)swprintf(range, ARRAYSIZE(range), L"bytes %llu-%llu/%llu", exchange->at, exchange->end - 1,
                           resource->size);
        else
            (void)swprintf(range, ARRAYSIZE(range), L"bytes */%llu", resource->size);
        raw.content_range = range;
    }
    if (status == 416)
        exchange->at = exchange->end = 0;
    (void)swprintf(length, ARRAYSIZE(length), L"%llu", exchange->end - exchange->at);
    if (!resource->hides_length)
        raw.content_length = length;
    http_answer_parse(answer, status, &raw, 0);
}

/* A status line, and the tag. */
static char16_t *describe(const struct http_answer *answer, const struct memory_resource *resource)
{
    char16_t text[96];
    int length = swprintf(text, ARRAYSIZE(text), L"HTTP/1.1 %u Test\r\nETag: %ls\r\n", answer->status, resource->etag);
    return http_details_headers(text, (size_t)length);
}

/* Which mirror answers: the one that is asked, or the next one. */
static void choose_mirror(struct memory_resource *resource, const struct http_request *request)
{
    if (!resource->is_mirrored)
        return;
    if (request->led_to)
        (void)swprintf(resource->moved_to, ARRAYSIZE(resource->moved_to), L"%ls", request->led_to);
    else
        (void)swprintf(resource->moved_to, ARRAYSIZE(resource->moved_to), L"http://mirror%u/", ++resource->mirrors);
    (void)swprintf(resource->etag, ARRAYSIZE(resource->etag), L"\"%ls\"", resource->moved_to);
}

static HRESULT memory_open(struct http_transport *transport, const struct http_request *request,
                           struct http_exchange **out, struct http_answer *answer)
{
    struct memory_http *http = http_of(transport);
    HRESULT hr = E_OUTOFMEMORY;
    *out = NULL;
    struct http_exchange *exchange = calloc(1, sizeof(*exchange));
    if (!exchange)
        return hr;
    lock_acquire(&http->lock);
    struct memory_resource *resource = find(http, request->url);
    if (resource)
        resource->attempts++;
    HANDLE gate = resource ? resource->answer_gate : NULL;
    lock_release(&http->lock);
    if (gate)
        (void)WaitForSingleObject(gate, GATE_LIMIT_MS);
    lock_acquire(&http->lock);
    if (resource)
        resource->passed++;
    hr = resource ? resource->failure : (HRESULT)0x80072EE7;
    if (resource && resource->only_by_proxy &&
        !(request->options && request->options->proxy_usage == HTTP_PROXY_OVERRIDE))
        hr = S_OK;
    if (resource && request->led_to && FAILED(resource->gone_failure))
        hr = resource->gone_failure;
    if (SUCCEEDED(hr)) {
        record(http, resource, request);
        choose_mirror(resource, request);
        if (resource->changes_always) {
            resource->seed++;
            (void)swprintf(resource->etag, ARRAYSIZE(resource->etag), L"\"v%llu\"", resource->seed);
        }
        exchange->http = http;
        exchange->resource = resource;
        exchange->seed = resource->seed;
        exchange->cut_after = UINT64_MAX;
        if (resource->cuts) {
            resource->cuts--;
            exchange->cut_after = resource->cut_after;
        }
        answer_request(resource, request, exchange, answer);
        if (request->details) {
            request->details->status = answer->status;
            request->details->headers = describe(answer, resource);
            if (resource->moved_to[0])
                request->details->url = utf16_duplicate(resource->moved_to);
        }
        http->open_exchanges++;
        *out = exchange;
    }
    if (FAILED(hr) && resource && request->details) {
        request->details->cause = resource->cause;
        if (resource->moved_to[0])
            request->details->url = utf16_duplicate(resource->moved_to);
    }
    lock_release(&http->lock);
    if (FAILED(hr))
        free(exchange);
    return hr;
}

static HRESULT memory_read(struct http_transport *transport, struct http_exchange *exchange, void *buffer, size_t size,
                           size_t *received)
{
    uint64_t count = exchange->end - exchange->at;
    (void)transport;
    if (count > size)
        count = size;
    if (count > exchange->cut_after - exchange->sent)
        count = exchange->cut_after - exchange->sent;
    if (exchange->resource->gate) {
        if (exchange->sent >= exchange->resource->gate_at)
            (void)WaitForSingleObject(exchange->resource->gate, GATE_LIMIT_MS);
        else if (count > exchange->resource->gate_at - exchange->sent)
            count = exchange->resource->gate_at - exchange->sent;
    }
    for (uint64_t i = 0; i < count; i++)
        ((uint8_t *)buffer)[i] = memory_http_byte(exchange->seed, exchange->at + i);
    exchange->at += count;
    exchange->sent += count;
    *received = (size_t)count;
    return S_OK;
}

static void memory_close(struct http_transport *transport, struct http_exchange *exchange)
{
    struct memory_http *http = http_of(transport);
    if (!exchange)
        return;
    lock_acquire(&http->lock);
    http->open_exchanges--;
    lock_release(&http->lock);
    free(exchange);
}

static void memory_network_changed(struct http_transport *transport)
{
    http_of(transport)->network_changes++;
}

static void memory_destroy(struct http_transport *transport)
{
    struct memory_http *http = http_of(transport);
    assert_int_equal(http->open_exchanges, 0);
    for (size_t i = 0; i < http->request_count; i++) {
        http_options_release(http->requests[i].options);
        http->requests[i].options = NULL;
    }
}

void memory_http_init(struct memory_http *http)
{
    memset(http, 0, sizeof(*http));
    http->transport =
        (struct http_transport){memory_open, memory_read, memory_close, memory_network_changed, memory_destroy};
}

struct memory_resource *memory_http_add(struct memory_http *http, const char16_t *name, uint64_t size, uint64_t seed)
{
    assert_true(http->resource_count < MEMORY_HTTP_RESOURCES);
    struct memory_resource *resource = &http->resources[http->resource_count++];
    (void)swprintf(resource->url, ARRAYSIZE(resource->url), L"http://test/%ls", name);
    (void)swprintf(resource->etag, ARRAYSIZE(resource->etag), L"\"v%llu\"", seed);
    resource->size = size;
    resource->seed = seed;
    return resource;
}

size_t memory_http_count(struct memory_http *http, const struct memory_resource *resource)
{
    size_t count = 0;
    lock_acquire(&http->lock);
    for (size_t i = 0; i < http->request_count; i++)
        count += http->requests[i].resource == resource;
    lock_release(&http->lock);
    return count;
}

uint32_t memory_http_attempts(struct memory_http *http, const struct memory_resource *resource)
{
    lock_acquire(&http->lock);
    uint32_t attempts = resource->attempts;
    lock_release(&http->lock);
    return attempts;
}
