/* Lines: status; Content-Length, Content-Range, Content-Type, Content-Encoding, ETag, Last-Modified, Date, Retry-After ("-": not
 * there); then what was asked: first byte ("*": no range), length ("*": to the end), known size ("*": none), ETag of the bytes
 * so far ("-": none). */
#include "fuzz_input.h"
#include "http_response.h"
#include "utf16.h"

#include <stdlib.h>

#define HEADERS 10

struct exchange {
    uint32_t status;
    char16_t *headers[HEADERS];
    struct http_expectation expected;
    struct http_validator validator;
    char16_t *etag;
};

static void take_exchange(struct exchange *exchange, struct fuzz_input *input)
{
    exchange->status = (uint32_t)fuzz_number(input);
    for (size_t i = 0; i < HEADERS; i++)
        exchange->headers[i] = fuzz_optional_line(input);
    struct http_expectation *expected = &exchange->expected;
    expected->first = fuzz_number(input);
    expected->has_range = expected->first <= INT64_MAX;
    expected->length = fuzz_number(input);
    expected->total = fuzz_number(input);
    if (!expected->has_range) {
        expected->first = 0;
        expected->length = RANGE_TO_END;
    }
    exchange->etag = fuzz_optional_line(input);
    size_t length = exchange->etag ? utf16_length_within(exchange->etag, HTTP_ETAG_MAX) : 0;
    if (!length || length > HTTP_ETAG_MAX)
        return;
    for (size_t i = 0; i <= length; i++)
        exchange->validator.etag[i] = exchange->etag[i];
    expected->validator = &exchange->validator;
}

static void check_answer(const struct http_answer *answer)
{
    FUZZ_CHECK(utf16_length_within(answer->validator.etag, HTTP_ETAG_MAX) <= HTTP_ETAG_MAX);
    FUZZ_CHECK(utf16_length_within(answer->validator.last_modified, 31) <= 31);
    FUZZ_CHECK(!answer->validator.etag[0] || answer->validator.etag[0] == u'"');
    for (const char16_t *at = answer->validator.etag; *at; at++)
        FUZZ_CHECK(*at > 0x20 && *at != 0x7F && *at <= 0xFF);
    FUZZ_CHECK(!answer->validator.last_modified[0] || answer->last_modified);
    FUZZ_CHECK(answer->retry_after_ms <= 3600000 && answer->retry_after_ms % 1000 == 0);
    FUZZ_CHECK(answer->content_length.state == HTTP_NUMBER_VALID || !answer->content_length.value);
}

/* The bytes that would be written: none that were not asked for, none of another version, none behind the end. */
static void check_body(const struct http_answer *answer, const struct http_expectation *expected,
                       const struct http_decision *decision)
{
    FUZZ_CHECK(answer->status == 200 || answer->status == 206);
    FUZZ_CHECK(answer->is_identity && decision->hr == S_OK);
    FUZZ_CHECK(!expected->validator || http_validator_matches(expected->validator, &answer->validator));
    FUZZ_CHECK(expected->total == SIZE_UNKNOWN || decision->total == SIZE_UNKNOWN ||
               decision->total == expected->total);
    if (decision->is_whole) {
        FUZZ_CHECK(decision->body_first == 0 && decision->body_length == decision->total);
        return;
    }
    FUZZ_CHECK(expected->has_range && decision->body_first == expected->first);
    FUZZ_CHECK(decision->body_length && decision->body_length <= expected->length);
    uint64_t end = decision->body_first + decision->body_length;
    FUZZ_CHECK(end > decision->body_first && end <= decision->total && end <= expected->total);
}

static void check_decision(const struct http_answer *answer, const struct http_expectation *expected)
{
    struct http_decision decision;
    http_answer_judge(answer, expected, &decision);
    switch (decision.verdict) {
    case HTTP_BODY: check_body(answer, expected, &decision); break;
    case HTTP_EMPTY_FILE:
        FUZZ_CHECK(decision.total == 0 && (expected->total == SIZE_UNKNOWN || !expected->total));
        break;
    case HTTP_AT_END: FUZZ_CHECK(answer->status == 416 && decision.total == expected->first); break;
    case HTTP_SOURCE_CHANGED: FUZZ_CHECK(FAILED(decision.hr) && !decision.is_transient); break;
    case HTTP_FAILED:
        FUZZ_CHECK(FAILED(decision.hr));
        FUZZ_CHECK(!decision.is_transient || http_status_is_transient(answer->status));
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = fuzz_input_of(data, size);
    struct exchange exchange = {0};
    struct http_answer answer;
    take_exchange(&exchange, &input);
    char16_t *const *header = exchange.headers;
    const struct http_raw_headers raw = {header[0], header[1], header[2], header[3], header[4],
                                         header[5], header[6], header[7], header[8], header[9]};
    http_answer_parse(&answer, exchange.status, &raw, 131000000000000000ull);
    FUZZ_CHECK(answer.status == exchange.status);
    check_answer(&answer);
    check_decision(&answer, &exchange.expected);
    for (size_t i = 0; i < HEADERS; i++)
        free(exchange.headers[i]);
    free(exchange.etag);
    return 0;
}
