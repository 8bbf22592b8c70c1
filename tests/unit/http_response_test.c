/* What an answer's headers say, friendly or hostile. */
#include <stdarg.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "http_response.h"
#include "utf16.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define MINUTE          600000000ull /* FILETIME units */

static struct http_answer parse(struct http_raw_headers raw)
{
    struct http_answer answer;
    memset(&answer, 0xFF, sizeof(answer));
    http_answer_parse(&answer, 206, &raw, 0);
    return answer;
}

static void answer_without_headers_says_nothing(void **state)
{
    (void)state;
    struct http_answer answer = parse((struct http_raw_headers){0});
    assert_int_equal(answer.status, 206);
    assert_int_equal(answer.content_length.state, HTTP_NUMBER_ABSENT);
    assert_int_equal(answer.content_range.state, HTTP_NUMBER_ABSENT);
    assert_false(http_validator_is_present(&answer.validator));
    assert_int_equal(answer.last_modified, 0);
    assert_int_equal(answer.retry_after_ms, 0);
    assert_true(answer.is_identity);
    assert_false(answer.is_multipart);
}

static void content_length_is_one_number(void **state)
{
    (void)state;
    static const struct {
        const char16_t *text;
        enum http_number_state state;
        uint64_t value;
    } rows[] = {
        {u"0", HTTP_NUMBER_VALID, 0},
        {u"1234", HTTP_NUMBER_VALID, 1234},
        {u" 5 ", HTTP_NUMBER_VALID, 5},
        {u"5, 5", HTTP_NUMBER_VALID, 5},
        {u"5,5 ,\t5", HTTP_NUMBER_VALID, 5},
        {u"9223372036854775807", HTTP_NUMBER_VALID, INT64_MAX},
        {u"9223372036854775808", HTTP_NUMBER_BAD, 0},
        {u"18446744073709551615", HTTP_NUMBER_BAD, 0}, /* SIZE_UNKNOWN, if it were taken */
        {u"18446744073709551621", HTTP_NUMBER_BAD, 0}, /* 5 in 64 bits */
        {u"5, 6", HTTP_NUMBER_BAD, 0},
        {u"5, 5, 6", HTTP_NUMBER_BAD, 0},
        {u"5,", HTTP_NUMBER_BAD, 0},
        {u",5", HTTP_NUMBER_BAD, 0},
        {u"5, x", HTTP_NUMBER_BAD, 0},
        {u"", HTTP_NUMBER_BAD, 0},
        {u" ", HTTP_NUMBER_BAD, 0},
        {u"-1", HTTP_NUMBER_BAD, 0},
        {u"+1", HTTP_NUMBER_BAD, 0},
        {u"1 2", HTTP_NUMBER_BAD, 0},
        {u"0x10", HTTP_NUMBER_BAD, 0},
        {u"1e3", HTTP_NUMBER_BAD, 0},
        {u"12.0", HTTP_NUMBER_BAD, 0},
        {u"12;x", HTTP_NUMBER_BAD, 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct http_answer answer = parse((struct http_raw_headers){.content_length = rows[i].text});
        if (answer.content_length.state != rows[i].state || answer.content_length.value != rows[i].value)
            fail_msg("row %zu: %d, %llu", i, (int)answer.content_length.state,
                     (unsigned long long)answer.content_length.value);
    }
}

static void content_range_is_taken_apart(void **state)
{
    (void)state;
    static const struct {
        const char16_t *text;
        bool is_unsatisfied;
        uint64_t first, last, total;
    } rows[] = {
        {u"bytes 0-99/200", false, 0, 99, 200},
        {u"bytes 199-199/200", false, 199, 199, 200},
        {u"bytes 0-0/1", false, 0, 0, 1},
        {u"BYTES 5-9/*", false, 5, 9, SIZE_UNKNOWN},
        {u"bytes */200", true, 0, 0, 200},
        {u"bytes */0", true, 0, 0, 0},
        {u"bytes 0-9223372036854775806/9223372036854775807", false, 0, INT64_MAX - 1, INT64_MAX},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct http_content_range range = parse((struct http_raw_headers){.content_range = rows[i].text}).content_range;
        if (range.state != HTTP_NUMBER_VALID || range.is_unsatisfied != rows[i].is_unsatisfied ||
            range.first != rows[i].first || range.last != rows[i].last || range.total != rows[i].total)
            fail_msg("row %zu", i);
    }
}

static void nonsense_is_no_content_range(void **state)
{
    (void)state;
    static const char16_t *const rows[] = {
        u"",
        u"b",
        u"bytes",
        u"bytes ",
        u"bytes=0-99/200",
        u"byte 0-99/200",
        u"items 0-99/200",
        u"0-99/200",
        u"bytes 0-99",
        u"bytes 0-99/",
        u"bytes 0-/200",
        u"bytes -99/200",
        u"bytes 99/200",
        u"bytes 0/200",
        u"bytes */",
        u"bytes *",
        u"bytes *-99/200",
        u"bytes 0-*/200",
        u"bytes 100-99/200",  /* runs backwards */
        u"bytes 0-200/200",   /* one byte too many */
        u"bytes 300-400/200", /* behind the end */
        u"bytes 0-0/0",       /* a byte of nothing */
        u"bytes 0-99/200 ",
        u"bytes 0 - 99 / 200",
        u"bytes 0-99/200, bytes 0-99/200", /* came twice */
        u"bytes 0-99/200, bytes 100-199/200",
        u"bytes 0-9, 20-29/200",
        u"bytes 0-99/-200",
        u"bytes +0-99/200",
        u"bytes 0x0-0x9/200",
        u"bytes 0-18446744073709551615/*", /* its length overflows */
        u"bytes 0-18446744073709551615/18446744073709551616",
        u"bytes 0-18446744073709551614/18446744073709551615",   /* a total that means unknown */
        u"bytes 18446744073709551616-18446744073709551715/200", /* 0-99 in 64 bits */
        u"bytes 0-9223372036854775807/9223372036854775808",
        u"bytes 0-9223372036854775808/*",
        u"bytes 0-99/200/300",
        u"bytes 0-99-100/200",
        u"bytes */18446744073709551615",
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct http_content_range range = parse((struct http_raw_headers){.content_range = rows[i]}).content_range;
        if (range.state != HTTP_NUMBER_BAD)
            fail_msg("row %zu: %d", i, (int)range.state);
    }
}

static void answer_tells_how_its_body_ends(void **state)
{
    (void)state;
    assert_false(parse((struct http_raw_headers){0}).says_end);
    assert_true(parse((struct http_raw_headers){.content_length = u"0"}).says_end);
    assert_false(parse((struct http_raw_headers){.content_length = u"x"}).says_end);
    assert_true(parse((struct http_raw_headers){.transfer_encoding = u"chunked"}).says_end);
    assert_true(parse((struct http_raw_headers){.connection = u"Close"}).says_end);
    assert_false(parse((struct http_raw_headers){.connection = u"keep-alive"}).says_end);
}

/* A quoted tag of `length` characters in all. */
static char16_t *tag_of_length(size_t length)
{
    char16_t *tag = calloc(length + 1, sizeof(*tag));
    assert_non_null(tag);
    for (size_t i = 0; i < length; i++)
        tag[i] = i == 0 || i == length - 1 ? u'"' : u'x';
    return tag;
}

static void strong_tags_are_kept(void **state)
{
    (void)state;
    static const char16_t *const rows[] = {u"\"a\"", u"\"5f-abc:,;=W/\"", u"\"\xE4\xFF\"", u"\"'\\\""};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct http_answer answer = parse((struct http_raw_headers){.etag = rows[i]});
        if (!utf16_equal(answer.validator.etag, rows[i]) || !http_validator_is_present(&answer.validator))
            fail_msg("row %zu", i);
    }
    char16_t *longest = tag_of_length(255);
    assert_true(utf16_equal(parse((struct http_raw_headers){.etag = longest}).validator.etag, longest));
    free(longest);
}

static void other_tags_count_as_none(void **state)
{
    (void)state;
    static const char16_t *const rows[] = {
        u"W/\"a\"",     u"w/\"a\"",      u"",        u"\"",      u"\"\"",     u"a",        u"\"a",
        u"a\"",         u"\"a\"b",       u"'a'",     u"\"a b\"", u"\"a\tb\"", u"\"a\nb\"", u"\"a\x7F\"",
        u"\"a\u0141\"", u"\"a\", \"b\"", u"\"a\"\"", u" \"a\"",
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct http_answer answer = parse((struct http_raw_headers){.etag = rows[i]});
        if (answer.validator.etag[0] || http_validator_is_present(&answer.validator))
            fail_msg("row %zu was kept", i);
    }
    char16_t *longer = tag_of_length(256);
    char16_t *endless = tag_of_length(70000);
    assert_int_equal(parse((struct http_raw_headers){.etag = longer}).validator.etag[0], 0);
    assert_int_equal(parse((struct http_raw_headers){.etag = endless}).validator.etag[0], 0);
    free(longer);
    free(endless);
}

/* It validates only when it is at least 60 s older than Date; the file's time it is in any case. */
static void last_modified_must_be_a_minute_old(void **state)
{
    (void)state;
    static const char16_t changed[] = u"Sun, 06 Nov 1994 08:49:37 GMT";
    static const struct {
        const char16_t *last_modified, *date;
        bool is_validator, is_time;
    } rows[] = {
        {changed, u"Sun, 06 Nov 1994 08:50:37 GMT", true, true},
        {changed, u"Sun, 06 Nov 1994 08:50:36 GMT", false, true},
        {changed, u"Mon, 07 Nov 1994 08:49:37 GMT", true, true},
        {changed, u"Sun, 06 Nov 1994 08:49:37 GMT", false, true},
        {changed, u"Sun, 06 Nov 1994 07:49:37 GMT", false, true},
        {changed, NULL, false, true},
        {changed, u"now", false, true},
        {u"yesterday", u"Mon, 07 Nov 1994 08:49:37 GMT", false, false},
        {NULL, u"Mon, 07 Nov 1994 08:49:37 GMT", false, false},
        {u"", u"Mon, 07 Nov 1994 08:49:37 GMT", false, false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct http_answer answer =
            parse((struct http_raw_headers){.last_modified = rows[i].last_modified, .date = rows[i].date});
        bool is_kept = utf16_equal(answer.validator.last_modified, rows[i].is_validator ? changed : u"");
        bool is_time = answer.last_modified == (rows[i].is_time ? (784111777 + 11644473600ull) * 10000000 : 0);
        if (!is_kept || !is_time || http_validator_is_present(&answer.validator) != rows[i].is_validator)
            fail_msg("row %zu: %d, %d", i, is_kept, is_time);
    }
}

static void the_longest_last_modified_is_a_validator(void **state)
{
    (void)state;
    static const char16_t longest[] = u"Wednesday, 09-Nov-94 08:49:37 GMT";
    const struct http_answer answer =
        parse((struct http_raw_headers){.last_modified = longest, .date = u"Wed, 01 Jan 2020 00:00:00 GMT"});
    assert_int_equal(utf16_length(longest), HTTP_DATE_MAX);
    assert_true(utf16_equal(answer.validator.last_modified, longest));
    assert_true(answer.last_modified == (784370977 + 11644473600ull) * 10000000);
}

static void retry_after_is_seconds_or_a_date(void **state)
{
    (void)state;
    static const char16_t noon[] = u"Tue, 24 Nov 2026 12:00:00 GMT";
    static const struct {
        const char16_t *text, *date;
        uint64_t expected;
    } rows[] = {
        {u"0", NULL, 0},
        {u"1", NULL, 1000},
        {u"120", noon, 120000},
        {u"3600", NULL, 3600000},
        {u"3601", NULL, 3600000},
        {u"18446744073709551615", NULL, 3600000},
        {u"99999999999999999999999999", NULL, 3600000},
        {u"Tue, 24 Nov 2026 12:02:00 GMT", noon, 120000},
        {u"Tuesday, 24-Nov-26 12:02:00 GMT", noon, 120000},
        {u"Tue, 24 Nov 2026 11:59:59 GMT", noon, 0},
        {u"Tue, 24 Nov 2026 12:00:00 GMT", noon, 0},
        {u"Fri, 31 Dec 9999 23:59:59 GMT", noon, 3600000},
        {u"Tue, 24 Nov 2026 12:02:00 GMT", NULL, 60000}, /* the clock says 12:01 */
        {u"Tue, 24 Nov 2026 12:02:00 GMT", u"now", 60000},
        {u"-1", NULL, 0},
        {u"1.5", NULL, 0},
        {u"soon", NULL, 0},
        {u"", NULL, 0},
        {u"1, 2", NULL, 0},
        {NULL, noon, 0},
    };
    uint64_t utc;
    assert_true(http_date_parse(noon, &utc));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct http_raw_headers raw = {.retry_after = rows[i].text, .date = rows[i].date};
        struct http_answer answer;
        http_answer_parse(&answer, 503, &raw, utc + MINUTE);
        if (answer.retry_after_ms != rows[i].expected)
            fail_msg("row %zu: %llu", i, (unsigned long long)answer.retry_after_ms);
    }
}

static void only_identity_is_identity(void **state)
{
    (void)state;
    static const struct {
        const char16_t *text;
        bool is_identity;
    } rows[] = {
        {NULL, true},   {u"", true},         {u"identity", true}, {u"Identity", true},        {u"gzip", false},
        {u"br", false}, {u"deflate", false}, {u"x", false},       {u"identity, gzip", false}, {u"aws-chunked", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (parse((struct http_raw_headers){.content_encoding = rows[i].text}).is_identity != rows[i].is_identity)
            fail_msg("row %zu", i);
    }
}

static void chunks_are_no_encoding(void **state)
{
    (void)state;
    static const struct {
        const char16_t *text;
        bool is_identity;
    } rows[] = {
        {u"", true},
        {u"chunked", true},
        {u"Chunked", true},
        {u" chunked , identity", true}, /* a proxy may have named it once more */
        {u"gzip", false},
        {u"gzip, chunked", false},
        {u"chunked, deflate", false},
        {u"chunkedx", false},
        {u"?", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (parse((struct http_raw_headers){.transfer_encoding = rows[i].text}).is_identity != rows[i].is_identity)
            fail_msg("row %zu", i);
    }
}

static void multipart_is_seen(void **state)
{
    (void)state;
    static const struct {
        const char16_t *text;
        bool is_multipart;
    } rows[] = {
        {u"multipart/byteranges; boundary=x", true}, {u"Multipart/ByteRanges", true}, {u"multipart/mixed", true},
        {u"application/octet-stream", false},        {u"multipart", false},           {u"", false},
        {u"text/multipart/byteranges", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (parse((struct http_raw_headers){.content_type = rows[i].text}).is_multipart != rows[i].is_multipart)
            fail_msg("row %zu", i);
    }
}

static void version_is_the_tag_or_else_the_date(void **state)
{
    (void)state;
    static const struct {
        struct http_validator then, now;
        bool is_same;
    } rows[] = {
        {{u"\"a\"", u""}, {u"\"a\"", u""}, true},
        {{u"\"a\"", u""}, {u"\"b\"", u""}, false},
        {{u"\"a\"", u""}, {u"\"A\"", u""}, false},
        {{u"\"a\"", u""}, {u"", u""}, false},
        {{u"\"a\"", u"D1"}, {u"\"a\"", u"D2"}, true}, /* the tag decides */
        {{u"\"a\"", u"D1"}, {u"\"b\"", u"D1"}, false},
        {{u"\"a\"", u"D1"}, {u"", u"D1"}, false},
        {{u"", u"D1"}, {u"", u"D1"}, true},
        {{u"", u"D1"}, {u"\"a\"", u"D1"}, true},
        {{u"", u"D1"}, {u"", u"D2"}, false},
        {{u"", u"D1"}, {u"\"a\"", u""}, false},
        {{u"", u""}, {u"", u""}, false},
        {{u"", u""}, {u"\"a\"", u"D1"}, false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (http_validator_matches(&rows[i].then, &rows[i].now) != rows[i].is_same)
            fail_msg("row %zu", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answer_without_headers_says_nothing),
        cmocka_unit_test(content_length_is_one_number),
        cmocka_unit_test(content_range_is_taken_apart),
        cmocka_unit_test(nonsense_is_no_content_range),
        cmocka_unit_test(answer_tells_how_its_body_ends),
        cmocka_unit_test(strong_tags_are_kept),
        cmocka_unit_test(other_tags_count_as_none),
        cmocka_unit_test(last_modified_must_be_a_minute_old),
        cmocka_unit_test(the_longest_last_modified_is_a_validator),
        cmocka_unit_test(retry_after_is_seconds_or_a_date),
        cmocka_unit_test(only_identity_is_identity),
        cmocka_unit_test(chunks_are_no_encoding),
        cmocka_unit_test(multipart_is_seen),
        cmocka_unit_test(version_is_the_tag_or_else_the_date),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
