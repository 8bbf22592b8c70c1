#include "http_response.h"

#include "range_set.h"
#include "utf16.h"

#include <string.h>

#define SECOND                  10000000ull /* FILETIME units */
#define LAST_MODIFIED_MIN_AGE   (60 * SECOND)
#define RETRY_AFTER_MAX_SECONDS 3600u
#define POSITION_MAX            ((uint64_t)INT64_MAX) /* no file is larger, and sums of two do not overflow */

static bool is_blank(char16_t c)
{
    return c == u' ' || c == u'\t';
}

static struct range trimmed(const char16_t *text, size_t start, size_t end)
{
    while (start < end && is_blank(text[start]))
        start++;
    while (end > start && is_blank(text[end - 1]))
        end--;
    return (struct range){start, end};
}

static bool parse_position(const char16_t *text, size_t length, uint64_t *value)
{
    return utf16_parse_u64(text, length, value) && *value <= POSITION_MAX;
}

/* A list of equal numbers counts as one: a proxy may have repeated the header. */
static struct http_number number_of(const char16_t *text)
{
    struct http_number number = {HTTP_NUMBER_ABSENT, 0};
    if (!text)
        return number;
    size_t length = utf16_length(text);
    for (size_t start = 0; start <= length;) {
        size_t comma = start;
        while (comma < length && text[comma] != u',')
            comma++;
        struct range item = trimmed(text, start, comma);
        uint64_t value;
        if (!parse_position(text + item.start, (size_t)(item.end - item.start), &value) ||
            (number.state == HTTP_NUMBER_VALID && number.value != value))
            return (struct http_number){HTTP_NUMBER_BAD, 0};
        number = (struct http_number){HTTP_NUMBER_VALID, value};
        start = comma + 1;
    }
    return number;
}

static bool parse_until(const char16_t **at, char16_t stop, uint64_t *value)
{
    const char16_t *start = *at;
    const char16_t *end = start;
    while (*end && *end != stop)
        end++;
    if (*end != stop || !parse_position(start, (size_t)(end - start), value))
        return false;
    *at = stop ? end + 1 : end;
    return true;
}

static bool parse_total(const char16_t *at, uint64_t *total)
{
    if (at[0] == u'*' && !at[1]) {
        *total = SIZE_UNKNOWN;
        return true;
    }
    return parse_until(&at, 0, total);
}

static struct http_content_range content_range_of(const char16_t *text)
{
    static const struct http_content_range bad = {.state = HTTP_NUMBER_BAD};
    struct http_content_range range = {.state = HTTP_NUMBER_VALID};
    if (!text)
        return (struct http_content_range){.state = HTTP_NUMBER_ABSENT};
    if (utf16_length_within(text, 6) < 6 || !utf16_part_equal_ascii_nocase(text, 6, "bytes "))
        return bad;
    const char16_t *at = text + 6;
    if (at[0] == u'*' && at[1] == u'/') {
        range.is_unsatisfied = true;
        return parse_total(at + 2, &range.total) ? range : bad;
    }
    if (!parse_until(&at, u'-', &range.first) || !parse_until(&at, u'/', &range.last) || !parse_total(at, &range.total))
        return bad;
    bool is_consistent = range.first <= range.last && range.last < range.total; /* SIZE_UNKNOWN is above all */
    return is_consistent ? range : bad;
}

/* A strong entity tag: a quoted string without blanks, quotes or control characters in it. */
static void take_etag(struct http_validator *validator, const char16_t *text)
{
    size_t length = text ? utf16_length_within(text, HTTP_ETAG_MAX) : 0;
    if (length < 3 || length > HTTP_ETAG_MAX || text[0] != u'"' || text[length - 1] != u'"')
        return;
    for (size_t i = 1; i < length - 1; i++) {
        if (text[i] <= 0x20 || text[i] == u'"' || text[i] == 0x7F || text[i] > 0xFF)
            return;
    }
    memcpy(validator->etag, text, (length + 1) * sizeof(*text));
}

/* Its resolution is a second, so a file that changed just now may change again under the same date. */
static void take_last_modified(struct http_answer *answer, const char16_t *text, const char16_t *date)
{
    uint64_t time;
    uint64_t sent;
    if (!text || !http_date_parse(text, &time))
        return;
    answer->last_modified = time;
    if (!date || !http_date_parse(date, &sent) || sent < time || sent - time < LAST_MODIFIED_MIN_AGE)
        return;
    size_t length = utf16_length_within(text, HTTP_DATE_MAX);
    if (length <= HTTP_DATE_MAX)
        memcpy(answer->validator.last_modified, text, (length + 1) * sizeof(*text));
}

static bool is_number(const char16_t *text)
{
    size_t length = 0;
    while (text[length] >= u'0' && text[length] <= u'9')
        length++;
    return length && !text[length];
}

static uint64_t retry_after_ms(const char16_t *text, const char16_t *date, uint64_t utc)
{
    uint64_t seconds;
    if (!text)
        return 0;
    if (is_number(text)) {
        if (!utf16_parse_u64(text, utf16_length(text), &seconds))
            seconds = RETRY_AFTER_MAX_SECONDS; /* more than 64 bits of them */
    } else {
        uint64_t then;
        uint64_t now = utc;
        if (!http_date_parse(text, &then))
            return 0;
        if (date)
            (void)http_date_parse(date, &now);
        seconds = then > now ? (then - now + SECOND - 1) / SECOND : 0;
    }
    return (seconds > RETRY_AFTER_MAX_SECONDS ? RETRY_AFTER_MAX_SECONDS : seconds) * 1000;
}

/* Nothing but chunks, which the transport takes off. */
static bool is_chunked_or_identity(const char16_t *text)
{
    size_t length = utf16_length(text);
    for (size_t start = 0, end; start < length; start = end + 1) {
        for (end = start; end < length && text[end] != u',';)
            end++;
        struct range item = trimmed(text, start, end);
        size_t count = (size_t)(item.end - item.start);
        if (!utf16_part_equal_ascii_nocase(text + item.start, count, "chunked") &&
            !utf16_part_equal_ascii_nocase(text + item.start, count, "identity"))
            return false;
    }
    return true;
}

static bool is_multipart(const char16_t *content_type)
{
    static const char prefix[] = "multipart/";
    const size_t length = sizeof(prefix) - 1;
    return content_type && utf16_length_within(content_type, length) >= length &&
           utf16_part_equal_ascii_nocase(content_type, length, prefix);
}

void http_answer_parse(struct http_answer *answer, uint32_t status, const struct http_raw_headers *raw, uint64_t utc)
{
    memset(answer, 0, sizeof(*answer));
    answer->status = status;
    answer->content_length = number_of(raw->content_length);
    answer->content_range = content_range_of(raw->content_range);
    answer->is_identity = !raw->content_encoding || !raw->content_encoding[0] ||
                          utf16_equal_ascii_nocase(raw->content_encoding, u"identity");
    if (raw->transfer_encoding && !is_chunked_or_identity(raw->transfer_encoding))
        answer->is_identity = false;
    answer->is_multipart = is_multipart(raw->content_type);
    answer->says_end = answer->content_length.state == HTTP_NUMBER_VALID || raw->transfer_encoding ||
                       (raw->connection && utf16_equal_ascii_nocase(raw->connection, u"close"));
    answer->retry_after_ms = retry_after_ms(raw->retry_after, raw->date, utc);
    take_etag(&answer->validator, raw->etag);
    take_last_modified(answer, raw->last_modified, raw->date);
}

bool http_validator_is_present(const struct http_validator *validator)
{
    return validator->etag[0] || validator->last_modified[0];
}

bool http_validator_matches(const struct http_validator *then, const struct http_validator *now)
{
    if (then->etag[0])
        return utf16_equal(then->etag, now->etag);
    return then->last_modified[0] && utf16_equal(then->last_modified, now->last_modified);
}
