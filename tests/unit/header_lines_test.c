/* Header lines of clients: what passes, and what would be more than it seems. */
#include "header_lines.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void lines_with_either_ending_are_acceptable(void **state)
{
    (void)state;
    static const char16_t *const texts[] = {
        u"",
        u"X-Test: 1",
        u"X-Test: 1\r\n",
        u"X-Test: 1\n",
        u"A: b\r\nC: d\nE: f\r\n",
        u"Empty:",
        u"Empty:\r\nNext: 1",
        u"Tab:\ta\tb",
        u"Cookie: a=b; c=\"d: e\"",
        u"Authorization: Bearer abc.def",
        u"!#$%&'*+-.^_`|~09azAZ: all token characters",
        u"Text: \x00E4\x65E5",
        u"Ranges: not the reserved name",
        u"X-Range: neither",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (!header_lines_are_acceptable(texts[i]))
            fail_msg("text %zu is refused", i);
    }
}

static void lines_that_are_no_headers_are_refused(void **state)
{
    (void)state;
    static const char16_t *const texts[] = {
        u"no colon",          u": no name",        u"two words: 1",
        u"name : 1",          u" Folded: 1",       u"A: b\r\n continued",
        u"A: b\n\tcontinued", u"A: b\r\n\r\nC: d", u"\r\nA: b",
        u"A: b\n\n",          u"A: b\rC: d",       u"A: b\r",
        u"A: \x01",           u"A: b\x7F",         u"A: b\x0B",
        u"\x00E4: 1",         u"A(B): 1",          u"A: b\r\nGET / HTTP/1.1",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (header_lines_are_acceptable(texts[i]))
            fail_msg("text %zu passes", i);
    }
}

static void headers_of_our_own_are_refused_in_any_case(void **state)
{
    (void)state;
    static const char16_t *const texts[] = {
        u"Range: bytes=0-1",
        u"RANGE: bytes=0-1",
        u"range:",
        u"If-Range: x",
        u"Host: other",
        u"Content-Length: 5",
        u"Transfer-Encoding: chunked",
        u"Accept-Encoding: gzip",
        u"Connection: close",
        u"A: b\nExpect: 100-continue",
        u"Proxy-Authorization: Basic x",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (header_lines_are_acceptable(texts[i]))
            fail_msg("text %zu passes", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_with_either_ending_are_acceptable),
        cmocka_unit_test(lines_that_are_no_headers_are_refused),
        cmocka_unit_test(headers_of_our_own_are_refused_in_any_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
