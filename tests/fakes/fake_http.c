#include "fake_http.h"

#include "utf16.h"

#include <stdlib.h>
#include <string.h>

#define FAKE_UTC 134000000000000000ull

struct http_exchange {
    struct fake_http_answer answer;
    uint64_t position;
    bool has_failed;
};

static struct fake_http *fake_of(struct http_transport *transport)
{
    return (struct fake_http *)transport;
}

static void copy_text(char16_t *target, size_t capacity, const char16_t *source)
{
    size_t length = source ? utf16_length(source) : 0;
    if (length >= capacity)
        abort();
    if (length)
        memcpy(target, source, length * sizeof(*source));
    target[length] = 0;
}

static void record(struct fake_http *fake, const struct http_request *request)
{
    if (fake->request_count == FAKE_HTTP_ANSWERS)
        abort();
    struct fake_http_request *recorded = &fake->requests[fake->request_count++];
    copy_text(recorded->url, sizeof(recorded->url) / sizeof(char16_t), request->url);
    copy_text(recorded->if_range, sizeof(recorded->if_range) / sizeof(char16_t), request->if_range);
    copy_text(recorded->led_to, sizeof(recorded->led_to) / sizeof(char16_t), request->led_to);
    recorded->has_range = request->has_range;
    recorded->range_first = request->range_first;
    recorded->range_length = request->range_length;
    recorded->receive_timeout_ms = request->receive_timeout_ms;
    recorded->options = request->options;
}

static void describe(const struct fake_http_answer *scripted, struct http_details *details)
{
    details->status = FAILED(scripted->open_hr) ? 0 : scripted->status;
    details->headers = utf16_duplicate(scripted->headers_text);
    details->url = utf16_duplicate(scripted->final_url);
    details->cause = scripted->cause;
}

static HRESULT fake_open(struct http_transport *transport, const struct http_request *request,
                         struct http_exchange **exchange, struct http_answer *answer)
{
    struct fake_http *fake = fake_of(transport);
    size_t index = fake->request_count;
    *exchange = NULL;
    record(fake, request);
    if (index >= fake->answer_count)
        abort(); /* a request that the test does not expect */
    const struct fake_http_answer *scripted = &fake->answers[index];
    if (scripted->on_open)
        scripted->on_open(scripted->context);
    if (request->details)
        describe(scripted, request->details);
    if (FAILED(scripted->open_hr))
        return scripted->open_hr;
    http_answer_parse(answer, scripted->status, &scripted->headers, FAKE_UTC);
    *exchange = calloc(1, sizeof(**exchange));
    if (!*exchange)
        abort();
    (*exchange)->answer = *scripted;
    fake->open_exchanges++;
    return S_OK;
}

uint8_t fake_http_byte(uint64_t position)
{
    return (uint8_t)(position * 31 + (position >> 8) * 7 + (position >> 16) * 3 + 1);
}

static HRESULT fake_read(struct http_transport *transport, struct http_exchange *exchange, void *buffer, size_t size,
                         size_t *received)
{
    struct fake_http *fake = fake_of(transport);
    const struct fake_http_answer *answer = &exchange->answer;
    *received = 0;
    fake->reads++;
    fake->was_read_after_failure |= exchange->has_failed;
    if (answer->on_read)
        answer->on_read(answer->context, exchange->position);
    uint64_t left = answer->body_size - exchange->position;
    if (!left) {
        exchange->has_failed = FAILED(answer->after_body);
        return answer->after_body;
    }
    if (answer->chunk && answer->chunk < size)
        size = answer->chunk;
    if (left < size)
        size = (size_t)left;
    bool is_hollow = answer->hollow_after && exchange->position >= answer->hollow_after;
    for (size_t i = 0; i < size && !is_hollow; i++)
        ((uint8_t *)buffer)[i] = fake_http_byte(answer->body_first + exchange->position + i);
    exchange->position += size;
    *received = size;
    return S_OK;
}

static void fake_close(struct http_transport *transport, struct http_exchange *exchange)
{
    if (!exchange)
        return;
    fake_of(transport)->open_exchanges--;
    free(exchange);
}

static void fake_network_changed(struct http_transport *transport)
{
    (void)transport;
}

static void fake_destroy(struct http_transport *transport)
{
    (void)transport;
}

void fake_http_init(struct fake_http *fake)
{
    memset(fake, 0, sizeof(*fake));
    fake->transport = (struct http_transport){fake_open, fake_read, fake_close, fake_network_changed, fake_destroy};
}

struct fake_http_answer *fake_http_add(struct fake_http *fake)
{
    if (fake->answer_count == FAKE_HTTP_ANSWERS)
        abort();
    struct fake_http_answer *answer = &fake->answers[fake->answer_count++];
    answer->status = 200;
    return answer;
}
