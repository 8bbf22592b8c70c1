/* May an answer's body count for what was asked? Every row of "Transient or fatal" (docs/API.md) that speaks of answers. */
#include <stdarg.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "deliveryoptimizationerrors.h"
#include "http_response.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define DATE            u"Mon, 07 Nov 1994 08:49:37 GMT"
#define CHANGED         u"Sun, 06 Nov 1994 08:49:37 GMT"

static const struct http_validator version_a = {.etag = u"\"a\""};
static const struct http_validator version_of_date = {.last_modified = CHANGED};
static const struct http_validator no_version = {.etag = u""};

/* What is asked for. */
#define WHOLE                                                                                                          \
    {                                                                                                                  \
        .length = RANGE_TO_END, .total = SIZE_UNKNOWN                                                                  \
    }
#define RANGE(from, bytes)                                                                                             \
    {                                                                                                                  \
        .has_range = true, .first = (from), .length = (bytes), .total = SIZE_UNKNOWN                                   \
    }
#define REST(from, size, then)                                                                                         \
    {                                                                                                                  \
        .has_range = true, .first = (from), .length = RANGE_TO_END, .total = (size), .validator = (then)               \
    }

struct row {
    const char *name;
    struct http_expectation expected;
    uint32_t status;
    struct http_raw_headers raw;
    struct http_decision decision;
};

static struct http_decision judge(const struct http_expectation *expected, uint32_t status,
                                  const struct http_raw_headers *raw)
{
    struct http_answer answer;
    struct http_decision decision;
    http_answer_parse(&answer, status, raw, 0);
    memset(&decision, 0xFF, sizeof(decision));
    http_answer_judge(&answer, expected, &decision);
    return decision;
}

static void assert_bodies(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct http_decision got = judge(&rows[i].expected, rows[i].status, &rows[i].raw);
        const struct http_decision *want = &rows[i].decision;
        if (got.verdict != HTTP_BODY || got.hr != S_OK || got.is_whole != want->is_whole ||
            got.body_first != want->body_first || got.body_length != want->body_length || got.total != want->total)
            fail_msg("%s: verdict %d, hr 0x%08lX, first %llu, length %llu, total %llu", rows[i].name, (int)got.verdict,
                     (unsigned long)(uint32_t)got.hr, (unsigned long long)got.body_first,
                     (unsigned long long)got.body_length, (unsigned long long)got.total);
    }
}

static void assert_verdicts(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct http_decision got = judge(&rows[i].expected, rows[i].status, &rows[i].raw);
        const struct http_decision *want = &rows[i].decision;
        if (got.verdict != want->verdict || got.hr != want->hr || got.is_transient != want->is_transient ||
            got.total != want->total)
            fail_msg("%s: verdict %d, hr 0x%08lX, transient %d, total %llu", rows[i].name, (int)got.verdict,
                     (unsigned long)(uint32_t)got.hr, got.is_transient, (unsigned long long)got.total);
    }
}

#define PART(from, bytes, size)                                                                                        \
    {                                                                                                                  \
        .body_first = (from), .body_length = (bytes), .total = (size)                                                  \
    }
#define ALL(size)                                                                                                      \
    {                                                                                                                  \
        .is_whole = true, .body_length = (size), .total = (size)                                                       \
    }

static void part_that_was_asked_for_counts(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"exact",
         RANGE(100, 100),
         206,
         {.content_range = u"bytes 100-199/1000", .content_length = u"100"},
         PART(100, 100, 1000)},
        {"without a length", RANGE(100, 100), 206, {.content_range = u"bytes 100-199/1000"}, PART(100, 100, 1000)},
        {"total unknown", RANGE(100, 100), 206, {.content_range = u"bytes 100-199/*"}, PART(100, 100, SIZE_UNKNOWN)},
        {"shorter",
         RANGE(100, 100),
         206,
         {.content_range = u"bytes 100-149/1000", .content_length = u"50"},
         PART(100, 50, 1000)},
        {"one byte of many", RANGE(0, 1000000), 206, {.content_range = u"bytes 0-0/1000"}, PART(0, 1, 1000)},
        {"to the end", RANGE(900, RANGE_TO_END), 206, {.content_range = u"bytes 900-999/1000"}, PART(900, 100, 1000)},
        {"all", RANGE(0, RANGE_TO_END), 206, {.content_range = u"bytes 0-999/1000"}, PART(0, 1000, 1000)},
        {"continued",
         REST(500, 1000, &version_a),
         206,
         {.content_range = u"bytes 500-999/1000", .etag = u"\"a\""},
         PART(500, 500, 1000)},
        {"continued by date",
         REST(500, 1000, &version_of_date),
         206,
         {.content_range = u"bytes 500-999/1000", .last_modified = CHANGED, .date = DATE},
         PART(500, 500, 1000)},
        {"continued, total not told",
         REST(500, 1000, &version_a),
         206,
         {.content_range = u"bytes 500-999/*", .etag = u"\"a\""},
         PART(500, 500, SIZE_UNKNOWN)},
        {"content type of the file",
         RANGE(0, 10),
         206,
         {.content_range = u"bytes 0-9/10", .content_type = u"text/html"},
         PART(0, 10, 10)},
        {"identity",
         RANGE(0, 10),
         206,
         {.content_range = u"bytes 0-9/10", .content_encoding = u"identity"},
         PART(0, 10, 10)},
    };
    assert_bodies(rows, COUNT_OF(rows));
}

#define RESTART(code)                                                                                                  \
    {                                                                                                                  \
        .verdict = HTTP_SOURCE_CHANGED, .hr = (code), .total = SIZE_UNKNOWN                                            \
    }
#define FATAL(code)                                                                                                    \
    {                                                                                                                  \
        .verdict = HTTP_FAILED, .hr = (code), .total = SIZE_UNKNOWN                                                    \
    }
#define TRANSIENT(code)                                                                                                \
    {                                                                                                                  \
        .verdict = HTTP_FAILED, .hr = (code), .is_transient = true, .total = SIZE_UNKNOWN                              \
    }

static void part_that_was_not_asked_for_starts_the_file_again(void **state)
{
    (void)state;
    const HRESULT support = DO_E_INSUFFICIENT_RANGE_SUPPORT;
    const struct row rows[] = {
        {"shifted up", RANGE(100, 100), 206, {.content_range = u"bytes 101-199/1000"}, RESTART(support)},
        {"shifted down", RANGE(100, 100), 206, {.content_range = u"bytes 99-198/1000"}, RESTART(support)},
        {"from the start", RANGE(100, 100), 206, {.content_range = u"bytes 0-99/1000"}, RESTART(support)},
        {"longer by one", RANGE(100, 100), 206, {.content_range = u"bytes 100-200/1000"}, RESTART(support)},
        {"all of it", RANGE(0, 100), 206, {.content_range = u"bytes 0-999/1000"}, RESTART(support)},
        {"no Content-Range", RANGE(100, 100), 206, {.content_length = u"100"}, RESTART(support)},
        {"bad Content-Range", RANGE(100, 100), 206, {.content_range = u"bytes 100-199"}, RESTART(support)},
        {"Content-Range twice", RANGE(0, 2), 206, {.content_range = u"bytes 0-1/9, bytes 0-1/9"}, RESTART(support)},
        {"overflowing",
         RANGE(0, RANGE_TO_END),
         206,
         {.content_range = u"bytes 0-18446744073709551615/*"},
         RESTART(support)},
        {"unsatisfied", RANGE(0, 100), 206, {.content_range = u"bytes */1000"}, RESTART(support)},
        {"multipart",
         RANGE(0, 10),
         206,
         {.content_range = u"bytes 0-9/10", .content_type = u"multipart/byteranges; boundary=x"},
         RESTART(support)},
        {"no range was asked for", WHOLE, 206, {.content_range = u"bytes 0-9/10"}, RESTART(support)},
    };
    assert_verdicts(rows, COUNT_OF(rows));
}

static void part_of_another_version_starts_the_file_again(void **state)
{
    (void)state;
    const HRESULT mismatch = DO_E_HTTP_BLOCKSIZE_MISMATCH;
    const struct row rows[] = {
        {"length too large",
         RANGE(100, 100),
         206,
         {.content_range = u"bytes 100-199/1000", .content_length = u"101"},
         RESTART(mismatch)},
        {"length too small",
         RANGE(100, 100),
         206,
         {.content_range = u"bytes 100-199/1000", .content_length = u"99"},
         RESTART(mismatch)},
        {"length of the file",
         RANGE(100, 100),
         206,
         {.content_range = u"bytes 100-199/1000", .content_length = u"1000"},
         RESTART(mismatch)},
        {"bad length",
         RANGE(100, 100),
         206,
         {.content_range = u"bytes 100-199/1000", .content_length = u"100, 99"},
         RESTART(mismatch)},
        {"other tag",
         REST(500, 1000, &version_a),
         206,
         {.content_range = u"bytes 500-999/1000", .etag = u"\"b\""},
         RESTART(mismatch)},
        {"weak tag",
         REST(500, 1000, &version_a),
         206,
         {.content_range = u"bytes 500-999/1000", .etag = u"W/\"a\""},
         RESTART(mismatch)},
        {"no tag", REST(500, 1000, &version_a), 206, {.content_range = u"bytes 500-999/1000"}, RESTART(mismatch)},
        {"other date",
         REST(500, 1000, &version_of_date),
         206,
         {.content_range = u"bytes 500-999/1000", .last_modified = u"Sat, 05 Nov 1994 08:49:37 GMT", .date = DATE},
         RESTART(mismatch)},
        {"nothing to compare",
         REST(500, 1000, &no_version),
         206,
         {.content_range = u"bytes 500-999/1000", .etag = u"\"a\""},
         RESTART(mismatch)},
        {"grown",
         REST(500, 1000, &version_a),
         206,
         {.content_range = u"bytes 500-1000/1001", .etag = u"\"a\""},
         RESTART(mismatch)},
        {"shrunk",
         REST(500, 1000, &version_a),
         206,
         {.content_range = u"bytes 500-998/999", .etag = u"\"a\""},
         RESTART(mismatch)},
        {"beyond the known end",
         REST(500, 1000, &version_a),
         206,
         {.content_range = u"bytes 500-1000/*", .etag = u"\"a\""},
         RESTART(mismatch)},
    };
    assert_verdicts(rows, COUNT_OF(rows));
}

static void whole_file_counts(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"asked for", WHOLE, 200, {.content_length = u"1000"}, ALL(1000)},
        {"without a length", WHOLE, 200, {0}, ALL(SIZE_UNKNOWN)},
        {"length told twice", WHOLE, 200, {.content_length = u"1000, 1000"}, ALL(1000)},
        {"of the known size", {.length = RANGE_TO_END, .total = 1000}, 200, {.content_length = u"1000"}, ALL(1000)},
        {"known size, no length", {.length = RANGE_TO_END, .total = 1000}, 200, {0}, ALL(SIZE_UNKNOWN)},
        {"for a range", RANGE(100, 100), 200, {.content_length = u"1000"}, ALL(1000)},
        {"for a range beyond its end", RANGE(5000, 100), 200, {.content_length = u"1000"}, ALL(1000)},
        {"for the rest", REST(500, 1000, &version_a), 200, {.content_length = u"1000", .etag = u"\"a\""}, ALL(1000)},
        {"for the rest, by date",
         REST(500, 1000, &version_of_date),
         200,
         {.content_length = u"1000", .last_modified = CHANGED, .date = DATE},
         ALL(1000)},
        {"a stray Content-Range",
         WHOLE,
         200,
         {.content_length = u"1000", .content_range = u"bytes 5-9/1000"},
         ALL(1000)},
        {"a multipart file", WHOLE, 200, {.content_length = u"1000", .content_type = u"multipart/mixed"}, ALL(1000)},
    };
    assert_bodies(rows, COUNT_OF(rows));
}

static void whole_file_of_another_version_starts_it_again(void **state)
{
    (void)state;
    const HRESULT mismatch = DO_E_HTTP_BLOCKSIZE_MISMATCH;
    const struct row rows[] = {
        {"other tag",
         REST(500, 1000, &version_a),
         200,
         {.content_length = u"1000", .etag = u"\"b\""},
         RESTART(mismatch)},
        {"no tag", REST(500, 1000, &version_a), 200, {.content_length = u"1000"}, RESTART(mismatch)},
        {"other size",
         REST(500, 1000, &version_a),
         200,
         {.content_length = u"999", .etag = u"\"a\""},
         RESTART(mismatch)},
        {"not the declared size",
         {.length = RANGE_TO_END, .total = 1000},
         200,
         {.content_length = u"1001"},
         RESTART(mismatch)},
        {"empty, but declared",
         {.length = RANGE_TO_END, .total = 1000},
         200,
         {.content_length = u"0"},
         RESTART(mismatch)},
        {"empty now",
         REST(500, SIZE_UNKNOWN, &version_a),
         200,
         {.content_length = u"0", .etag = u"\"b\""},
         RESTART(mismatch)},
    };
    assert_verdicts(rows, COUNT_OF(rows));
}

static void body_that_cannot_be_measured_is_fatal(void **state)
{
    (void)state;
    const HRESULT mismatch = DO_E_HTTP_BLOCKSIZE_MISMATCH;
    const struct row rows[] = {
        {"gzip", WHOLE, 200, {.content_length = u"1000", .content_encoding = u"gzip"}, FATAL(mismatch)},
        {"gzip of a known size",
         {.length = RANGE_TO_END, .total = 1000},
         200,
         {.content_length = u"500", .content_encoding = u"gzip"},
         FATAL(mismatch)},
        {"empty gzip", WHOLE, 200, {.content_length = u"0", .content_encoding = u"gzip"}, FATAL(mismatch)},
        {"part in gzip",
         RANGE(0, 100),
         206,
         {.content_range = u"bytes 0-99/1000", .content_encoding = u"br"},
         FATAL(mismatch)},
        {"two lengths", WHOLE, 200, {.content_length = u"1000, 1001"}, FATAL(mismatch)},
        {"negative length", WHOLE, 200, {.content_length = u"-1"}, FATAL(mismatch)},
        {"overflowing length", WHOLE, 200, {.content_length = u"18446744073709551616"}, FATAL(mismatch)},
        {"length that means unknown", WHOLE, 200, {.content_length = u"18446744073709551615"}, FATAL(mismatch)},
    };
    assert_verdicts(rows, COUNT_OF(rows));
}

#define NOTHING(size)                                                                                                  \
    {                                                                                                                  \
        .verdict = HTTP_EMPTY_FILE, .total = (size)                                                                    \
    }
#define AT_END(size)                                                                                                   \
    {                                                                                                                  \
        .verdict = HTTP_AT_END, .total = (size)                                                                        \
    }
#define RESTART_OF(code, size)                                                                                         \
    {                                                                                                                  \
        .verdict = HTTP_SOURCE_CHANGED, .hr = (code), .total = (size)                                                  \
    }

static void empty_files_are_done(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"416 */0", RANGE(0, 100), 416, {.content_range = u"bytes */0"}, NOTHING(0)},
        {"416 */0 to the end", RANGE(0, RANGE_TO_END), 416, {.content_range = u"bytes */0"}, NOTHING(0)},
        {"416 */0, declared so", REST(0, 0, NULL), 416, {.content_range = u"bytes */0"}, NOTHING(0)},
        {"200 of no length", WHOLE, 200, {.content_length = u"0"}, NOTHING(0)},
        {"200 of no length for a range", RANGE(0, 100), 200, {.content_length = u"0"}, NOTHING(0)},
    };
    assert_verdicts(rows, COUNT_OF(rows));
}

static void unsatisfied_range_is_the_end_or_a_fresh_start(void **state)
{
    (void)state;
    const HRESULT status = (HRESULT)0x801901A0;
    const struct row rows[] = {
        {"complete", RANGE(1000, RANGE_TO_END), 416, {.content_range = u"bytes */1000"}, AT_END(1000)},
        {"complete as known", REST(1000, 1000, &version_a), 416, {.content_range = u"bytes */1000"}, AT_END(1000)},
        {"beyond the end",
         RANGE(1001, 5),
         416,
         {.content_range = u"bytes */1000"},
         RESTART_OF(DO_E_INVALID_RANGE, 1000)},
        {"of an empty file", RANGE(500, 5), 416, {.content_range = u"bytes */0"}, RESTART_OF(DO_E_INVALID_RANGE, 0)},
        {"within the file", RANGE(500, 5), 416, {.content_range = u"bytes */1000"}, RESTART_OF(status, 1000)},
        {"from its start", RANGE(0, 5), 416, {.content_range = u"bytes */1000"}, RESTART_OF(status, 1000)},
        {"of another size",
         REST(1000, 2000, &version_a),
         416,
         {.content_range = u"bytes */1000"},
         RESTART_OF(DO_E_HTTP_BLOCKSIZE_MISMATCH, 1000)},
        {"empty, but declared",
         REST(0, 1000, NULL),
         416,
         {.content_range = u"bytes */0"},
         RESTART_OF(DO_E_HTTP_BLOCKSIZE_MISMATCH, 0)},
        {"no total", RANGE(1000, 5), 416, {0}, RESTART(status)},
        {"total not told", RANGE(1000, 5), 416, {.content_range = u"bytes */*"}, RESTART(status)},
        {"total beyond limits",
         RANGE(1000, 5),
         416,
         {.content_range = u"bytes */18446744073709551616"},
         RESTART(status)},
        {"a range after all", RANGE(1000, 5), 416, {.content_range = u"bytes 0-999/1000"}, RESTART(status)},
        {"no range was asked for", WHOLE, 416, {.content_range = u"bytes */0"}, FATAL(status)},
    };
    assert_verdicts(rows, COUNT_OF(rows));
}

static void status_has_its_code_and_class(void **state)
{
    (void)state;
    const HRESULT other_2xx = (HRESULT)0x80D0380D;
    const struct row rows[] = {
        {"201", WHOLE, 201, {.content_length = u"5"}, TRANSIENT(other_2xx)},
        {"203", WHOLE, 203, {.content_length = u"5"}, TRANSIENT(other_2xx)},
        {"204", WHOLE, 204, {0}, TRANSIENT(other_2xx)},
        {"204 for a range", RANGE(100, 100), 204, {0}, TRANSIENT(other_2xx)},
        {"299", WHOLE, 299, {0}, TRANSIENT(other_2xx)},
        {"300", WHOLE, 300, {0}, FATAL((HRESULT)0x8019012C)},
        {"304", REST(500, 1000, &version_a), 304, {.etag = u"\"a\""}, FATAL((HRESULT)0x80190130)},
        {"305", WHOLE, 305, {0}, FATAL((HRESULT)0x80190131)},
        {"400", WHOLE, 400, {0}, FATAL((HRESULT)0x80190190)},
        {"401", WHOLE, 401, {0}, FATAL((HRESULT)0x80190191)},
        {"403", WHOLE, 403, {0}, FATAL((HRESULT)0x80190193)},
        {"404", WHOLE, 404, {0}, FATAL((HRESULT)0x80190194)},
        {"404 of a known file", REST(500, 1000, &version_a), 404, {.content_length = u"9"}, FATAL((HRESULT)0x80190194)},
        {"407", WHOLE, 407, {0}, FATAL((HRESULT)0x80190197)},
        {"408", WHOLE, 408, {0}, TRANSIENT((HRESULT)0x80190198)},
        {"409", WHOLE, 409, {0}, TRANSIENT((HRESULT)0x80190199)},
        {"410", WHOLE, 410, {0}, FATAL((HRESULT)0x8019019A)},
        {"412", WHOLE, 412, {0}, FATAL((HRESULT)0x8019019C)},
        {"425", WHOLE, 425, {0}, TRANSIENT((HRESULT)0x801901A9)},
        {"429", WHOLE, 429, {0}, TRANSIENT((HRESULT)0x801901AD)},
        {"451", WHOLE, 451, {0}, FATAL((HRESULT)0x801901C3)},
        {"500", WHOLE, 500, {0}, TRANSIENT((HRESULT)0x801901F4)},
        {"501", WHOLE, 501, {0}, FATAL((HRESULT)0x801901F5)},
        {"502", WHOLE, 502, {0}, TRANSIENT((HRESULT)0x801901F6)},
        {"503", WHOLE, 503, {.retry_after = u"5"}, TRANSIENT((HRESULT)0x801901F7)},
        {"503 with a body that would fit",
         RANGE(0, 10),
         503,
         {.content_range = u"bytes 0-9/10"},
         TRANSIENT((HRESULT)0x801901F7)},
        {"504", WHOLE, 504, {0}, TRANSIENT((HRESULT)0x801901F8)},
        {"505", WHOLE, 505, {0}, FATAL((HRESULT)0x801901F9)},
        {"507", WHOLE, 507, {0}, TRANSIENT((HRESULT)0x801901FB)},
        {"599", WHOLE, 599, {0}, TRANSIENT((HRESULT)0x80190257)},
        {"600", WHOLE, 600, {0}, FATAL((HRESULT)0x80190258)},
        {"101", WHOLE, 101, {0}, FATAL((HRESULT)0x80190065)},
        {"0", WHOLE, 0, {0}, FATAL((HRESULT)0x80190000)},
    };
    assert_verdicts(rows, COUNT_OF(rows));
}

/* Of all statuses, exactly these. */
static void class_of_every_status(void **state)
{
    (void)state;
    for (uint32_t status = 0; status <= 1000; status++) {
        bool is_transient = (status >= 200 && status <= 299) || status == 408 || status == 409 || status == 425 ||
                            status == 429 || (status >= 500 && status <= 599 && status != 501 && status != 505);
        if (status != 200 && status != 206 && http_status_is_transient(status) != is_transient)
            fail_msg("%u", status);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(part_that_was_asked_for_counts),
        cmocka_unit_test(part_that_was_not_asked_for_starts_the_file_again),
        cmocka_unit_test(part_of_another_version_starts_the_file_again),
        cmocka_unit_test(whole_file_counts),
        cmocka_unit_test(whole_file_of_another_version_starts_it_again),
        cmocka_unit_test(body_that_cannot_be_measured_is_fatal),
        cmocka_unit_test(empty_files_are_done),
        cmocka_unit_test(unsatisfied_range_is_the_end_or_a_fresh_start),
        cmocka_unit_test(status_has_its_code_and_class),
        cmocka_unit_test(class_of_every_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
