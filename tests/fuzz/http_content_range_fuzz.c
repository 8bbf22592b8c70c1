/* Any text as Content-Range: what is taken for one is right in itself and comes back from its own form. */
#include "fuzz_input.h"
#include "http_response.h"
#include "utf16.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static struct http_content_range parse(const char16_t *text)
{
    struct http_raw_headers raw = {.content_range = text};
    struct http_answer answer;
    http_answer_parse(&answer, 206, &raw, 0);
    return answer.content_range;
}

static void format(const struct http_content_range *range, char16_t *wide)
{
    char text[100], total[24] = "*", *at = text;
    if (range->total != SIZE_UNKNOWN)
        snprintf(total, sizeof(total), "%" PRIu64, range->total);
    if (range->is_unsatisfied)
        snprintf(text, sizeof(text), "bytes */%s", total);
    else
        snprintf(text, sizeof(text), "bytes %" PRIu64 "-%" PRIu64 "/%s", range->first, range->last, total);
    while ((*wide++ = (unsigned char)*at++) != 0)
        ;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = fuzz_input_of(data, size);
    char16_t *text = fuzz_rest(&input), again[100];
    struct http_content_range range = parse(text);
    FUZZ_CHECK(range.state != HTTP_NUMBER_ABSENT);
    if (range.state == HTTP_NUMBER_VALID) {
        FUZZ_CHECK(range.is_unsatisfied || (range.first <= range.last && range.last < range.total));
        FUZZ_CHECK(range.total == SIZE_UNKNOWN || range.total <= INT64_MAX);
        FUZZ_CHECK(range.last <= INT64_MAX);
        format(&range, again);
        struct http_content_range same = parse(again);
        FUZZ_CHECK(same.state == HTTP_NUMBER_VALID && same.is_unsatisfied == range.is_unsatisfied);
        FUZZ_CHECK(same.first == range.first && same.last == range.last && same.total == range.total);
        /* Nothing is shorter than that form, but for leading zeros nothing is longer. */
        FUZZ_CHECK(utf16_length(text) >= utf16_length(again));
    }
    free(text);
    return 0;
}
