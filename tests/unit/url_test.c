/* URLs as strangers write them. */
#include <stdarg.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "url.h"
#include "utf16.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static bool part_is(const struct url_part *part, const char16_t *expected)
{
    size_t length = utf16_length(expected);
    return part->length == length && (!length || !memcmp(part->text, expected, length * sizeof(*expected)));
}

static void good_urls_are_taken_apart(void **state)
{
    (void)state;
    static const struct {
        const char16_t *url;
        bool is_https;
        uint16_t port;
        const char16_t *host, *path, *path_and_query;
    } rows[] = {
        {u"http://example.com/a/b.bin", false, 80, u"example.com", u"/a/b.bin", u"/a/b.bin"},
        {u"https://example.com/a", true, 443, u"example.com", u"/a", u"/a"},
        {u"HTTPS://Example.COM", true, 443, u"Example.COM", u"", u""},
        {u"http://h/", false, 80, u"h", u"/", u"/"},
        {u"http://h:8080/x?y=1#z", false, 8080, u"h", u"/x", u"/x?y=1"},
        {u"http://h?y=1", false, 80, u"h", u"", u"?y=1"},
        {u"http://h#z", false, 80, u"h", u"", u""},
        {u"http://h/x#z?y", false, 80, u"h", u"/x", u"/x"},
        {u"http://h:1/", false, 1, u"h", u"/", u"/"},
        {u"http://h:65535/", false, 65535, u"h", u"/", u"/"},
        {u"http://h:00080/", false, 80, u"h", u"/", u"/"},
        {u"http://127.0.0.1:9/", false, 9, u"127.0.0.1", u"/", u"/"},
        {u"http://[::1]:81/x", false, 81, u"::1", u"/x", u"/x"},
        {u"http://[2001:DB8::192.0.2.1]/", false, 80, u"2001:DB8::192.0.2.1", u"/", u"/"},
        {u"http://h_1-x.example/", false, 80, u"h_1-x.example", u"/", u"/"},
        {u"http://b\u00FCcher.example/\u00FC", false, 80, u"b\u00FCcher.example", u"/\u00FC", u"/\u00FC"},
        {u"http://h/@scope/pkg?mail=a@b", false, 80, u"h", u"/@scope/pkg", u"/@scope/pkg?mail=a@b"},
        {u"http://h/a:b//c%20d", false, 80, u"h", u"/a:b//c%20d", u"/a:b//c%20d"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct url_view view;
        if (!url_parse(rows[i].url, &view) || view.is_https != rows[i].is_https || view.port != rows[i].port ||
            !part_is(&view.host, rows[i].host) || !part_is(&view.path, rows[i].path) ||
            !part_is(&view.path_and_query, rows[i].path_and_query))
            fail_msg("row %zu", i);
    }
}

static void bad_urls_are_refused(void **state)
{
    (void)state;
    static const char16_t *const rows[] = {
        u"",
        u"http",
        u"http:",
        u"http:/",
        u"http://",
        u"https://",
        u"http:///path",
        u"http://?q",
        u"http://#f",
        u"http:h/",
        u"http:\\\\h\\x",
        u"//h/x",
        u"/x",
        u"h/x",
        u" http://h/",
        u"http ://h/",
        u"ftp://h/x",
        u"file:///C:/x",
        u"httpx://h/",
        u"httpss://h/",
        u"C:\\x",
        u"\\\\server\\share\\x",
        u"javascript:alert(1)",
        u"h\u0442tp://h/", /* a Cyrillic letter */
        u"http://user@h/",
        u"http://user:password@h/",
        u"http://@h/",
        u"http://good.example\\@evil.example/",
        u"http://good.example\\evil.example/",
        u"http://good.example%2F@evil.example/",
        u"http://%65vil.example/",
        u"http://h:/",
        u"http://h:0/",
        u"http://h:65536/",
        u"http://h:4294967376/", /* 80 in 32 bits */
        u"http://h:18446744073709551696/",
        u"http://h:-1/",
        u"http://h:+80/",
        u"http://h:80x/",
        u"http://h:80:81/",
        u"http://:80/",
        u"http://::1/",
        u"http://[::1/",
        u"http://[::1]x/",
        u"http://[::1]80/",
        u"http://[]/",
        u"http://[:]/",
        u"http://[1.2.3.4]/",
        u"http://[::1%25eth0]/",
        u"http://[::g]/",
        u"http://::1]/",
        u"http://a[b]/",
        u"http://a b/",
        u"http://h/a b",
        u"http://h/a\tb",
        u"http://h/a\r\nHost: evil",
        u"http://h/\x01",
        u"http://h/\x7F",
        u"http://h/\x85",
        u"http://h/x?a b",
        u"http://h/x#a b",
        u"http://<h>/",
        u"http://h|g/",
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct url_view view;
        memset(&view, 0xFF, sizeof(view));
        if (url_parse(rows[i], &view))
            fail_msg("row %zu passed", i);
        assert_null(view.host.text);
        assert_int_equal(view.port, 0);
    }
}

static char16_t *url_of_length(size_t length)
{
    char16_t *url = malloc((length + 1) * sizeof(*url));
    assert_non_null(url);
    memcpy(url, u"http://h/", 9 * sizeof(*url));
    for (size_t i = 9; i < length; i++)
        url[i] = u'x';
    url[length] = 0;
    return url;
}

static void length_is_limited(void **state)
{
    (void)state;
    struct url_view view;
    char16_t *longest = url_of_length(2200);
    char16_t *longer = url_of_length(2201);
    assert_true(url_parse(longest, &view));
    assert_int_equal(view.path.length, 2200 - 8);
    assert_false(url_parse(longer, &view));
    assert_true(url_parse_within(longer, 2201, &view));
    assert_false(url_parse_within(longer, 2200, &view));
    free(longest);
    free(longer);
}

static void loggable_part_has_neither_query_nor_credentials(void **state)
{
    (void)state;
    static const struct {
        const char16_t *url, *shown;
    } rows[] = {
        {u"http://h/x?token=secret", u"http://h/x"},
        {u"http://h/x#secret", u"http://h/x"},
        {u"http://h/x#a?secret", u"http://h/x"},
        {u"http://h/@scope/x", u"http://h/@scope/x"},
        {u"http://h/x?secret@y", u"http://h/x"},
        {u"http://user:secret@h/x", u"http://"},
        {u"http://user:sec?ret@h/x", u"http://"},
        {u"http://user:sec#ret@h/x", u"http://"},
        {u"ftp://user:secret@h", u"ftp://"},
        {u"user:secret@h/x", u""},
        {u"x?http://u:secret@h", u"x"},
        {u"?secret", u""},
        {u"", u""},
        {u"any text", u"any text"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        size_t length = url_loggable_length(rows[i].url);
        if (length != utf16_length(rows[i].shown))
            fail_msg("row %zu: %zu", i, length);
    }
}

static void origin_is_scheme_host_and_port(void **state)
{
    (void)state;
    static const struct {
        const char16_t *a, *b;
        bool is_same;
    } rows[] = {
        {u"http://h/x", u"http://H:80/y?z", true},     {u"https://EXAMPLE.com/", u"https://example.COM:443", true},
        {u"http://[::A]/", u"http://[::a]/", true},    {u"http://h/", u"https://h/", false},
        {u"http://h:443/", u"https://h/", false},      {u"http://h/", u"http://h:81/", false},
        {u"http://h/", u"http://h2/", false},          {u"http://h.example/", u"http://h/", false},
        {u"http://\u00E4/", u"http://\u00C4/", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct url_view a, b;
        assert_true(url_parse(rows[i].a, &a));
        assert_true(url_parse(rows[i].b, &b));
        if (url_same_origin(&a, &b) != rows[i].is_same || url_same_origin(&b, &a) != rows[i].is_same)
            fail_msg("row %zu", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_urls_are_taken_apart),
        cmocka_unit_test(bad_urls_are_refused),
        cmocka_unit_test(length_is_limited),
        cmocka_unit_test(loggable_part_has_neither_query_nor_credentials),
        cmocka_unit_test(origin_is_scheme_host_and_port),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
