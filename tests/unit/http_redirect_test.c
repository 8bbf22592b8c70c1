/* Where redirects lead: RFC 3986, 5.4, as far as it concerns http and https, and what is not followed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "http_redirect.h"
#include "memory.h"
#include "utf16.h"

#define REFUSED HRESULT_OF_WIN32(12156) /* ERROR_WINHTTP_REDIRECT_FAILED */

static void to_ascii(const char16_t *text, char *ascii, size_t capacity)
{
    size_t i = 0;
    for (; text[i] && i + 1 < capacity; i++)
        ascii[i] = text[i] < 0x80 ? (char)text[i] : '?';
    ascii[i] = 0;
}

static void assert_leads(const char16_t *base, const char16_t *location, const char *expected)
{
    char16_t *url;
    char ascii[512];
    assert_int_equal(http_redirect_resolve(base, location, false, &url), S_OK);
    to_ascii(url, ascii, sizeof(ascii));
    mem_free(url);
    assert_string_equal(ascii, expected);
}

static void assert_refused(const char16_t *base, const char16_t *location)
{
    char16_t *url = (char16_t *)(uintptr_t)1;
    assert_int_equal(http_redirect_resolve(base, location, false, &url), REFUSED);
    assert_null(url);
}

static void the_statuses_that_redirect_a_get(void **state)
{
    (void)state;
    static const uint32_t yes[] = {301, 302, 303, 307, 308};
    static const uint32_t no[] = {200, 201, 206, 300, 304, 305, 306, 309, 404};
    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
        assert_true(http_redirect_is_status(yes[i]));
    for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
        assert_false(http_redirect_is_status(no[i]));
}

static void an_absolute_url_is_taken_as_it_is(void **state)
{
    (void)state;
    assert_leads(u"http://a/b", u"http://c:81/d?e", "http://c:81/d?e");
    assert_leads(u"http://a/b", u"HTTPS://c/d", "HTTPS://c/d");
    assert_leads(u"https://a/b", u"https://c", "https://c");
    assert_leads(u"http://a/b", u"http://c/a/../b", "http://c/a/../b");
}

static void a_relative_url_is_joined(void **state)
{
    (void)state;
    const char16_t *base = u"http://a:8080/b/c/d?q";
    assert_leads(base, u"//h/x", "http://h/x");
    assert_leads(u"https://a/b", u"//h/x", "https://h/x");
    assert_leads(base, u"/x/y?z", "http://a:8080/x/y?z");
    assert_leads(base, u"g", "http://a:8080/b/c/g");
    assert_leads(base, u"g/", "http://a:8080/b/c/g/");
    assert_leads(base, u"./g", "http://a:8080/b/c/g");
    assert_leads(base, u"g?y", "http://a:8080/b/c/g?y");
    assert_leads(base, u"?y", "http://a:8080/b/c/d?y");
    assert_leads(base, u"", "http://a:8080/b/c/d?q");
    assert_leads(base, u".", "http://a:8080/b/c/");
    assert_leads(base, u"..", "http://a:8080/b/");
    assert_leads(base, u"../g", "http://a:8080/b/g");
    assert_leads(base, u"../..", "http://a:8080/");
    assert_leads(base, u"../../../g", "http://a:8080/g");
    assert_leads(base, u"/./g", "http://a:8080/g");
    assert_leads(base, u"/../g", "http://a:8080/g");
    assert_leads(base, u"g.", "http://a:8080/b/c/g.");
    assert_leads(base, u"..g", "http://a:8080/b/c/..g");
    assert_leads(base, u"g;x=1/../y", "http://a:8080/b/c/y");
    assert_leads(base, u"g?y/../x", "http://a:8080/b/c/g?y/../x");
    assert_leads(base, u"a//b/../c", "http://a:8080/b/c/a//c");
}

static void a_base_without_a_path_is_its_root(void **state)
{
    (void)state;
    assert_leads(u"http://a", u"g", "http://a/g");
    assert_leads(u"http://a?q", u"g", "http://a/g");
    assert_leads(u"http://a", u"?y", "http://a?y");
}

static void a_fragment_is_not_sent(void **state)
{
    (void)state;
    assert_leads(u"http://a/b", u"http://c/d#e", "http://c/d");
    assert_leads(u"http://a/b", u"g#e", "http://a/g");
    assert_leads(u"http://a/b", u"#e", "http://a/b");
    assert_leads(u"http://a/b#f", u"?y", "http://a/b?y");
}

static void other_schemes_are_refused(void **state)
{
    (void)state;
    assert_refused(u"http://a/b", u"ftp://a/b");
    assert_refused(u"http://a/b", u"file:///c:/windows/win.ini");
    assert_refused(u"http://a/b", u"javascript:alert(1)");
    assert_refused(u"http://a/b", u"http:g");
    assert_refused(u"http://a/b", u"x:y/../z");
}

static void leaving_https_is_refused(void **state)
{
    (void)state;
    assert_refused(u"https://a/b", u"http://a/b");
    assert_refused(u"HTTPS://a/b", u"http://c/d");
    assert_leads(u"http://a/b", u"https://a/b", "https://a/b");
}

static void malformed_targets_are_refused(void **state)
{
    (void)state;
    assert_refused(u"http://a/b", u"http://");
    assert_refused(u"http://a/b", u"//");
    assert_refused(u"http://a/b", u"http://user:pass@c/d");
    assert_refused(u"http://a/b", u"http://c:99999/d");
    assert_refused(u"http://a/b", u"g h");
    assert_refused(u"http://a/b", u"g\r\nX: y");
    assert_refused(u"a/b", u"http://c/d");
}

static void the_longest_target_is_followed_and_a_longer_one_is_not(void **state)
{
    (void)state;
    static char16_t location[HTTP_REDIRECT_URL_LENGTH + 2];
    for (size_t i = 0; i < HTTP_REDIRECT_URL_LENGTH + 1; i++)
        location[i] = u'x';
    memcpy(location, u"http://c/", 9 * sizeof(char16_t));
    assert_refused(u"http://a/b", location);
    location[HTTP_REDIRECT_URL_LENGTH] = 0;
    char16_t *url;
    assert_int_equal(http_redirect_resolve(u"http://a/b", location, false, &url), S_OK);
    assert_true(utf16_equal(url, location));
    mem_free(url);
    location[0] = u'/'; /* as long, but the base comes on top */
    assert_refused(u"http://a/b", location);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_statuses_that_redirect_a_get),
        cmocka_unit_test(an_absolute_url_is_taken_as_it_is),
        cmocka_unit_test(a_relative_url_is_joined),
        cmocka_unit_test(a_base_without_a_path_is_its_root),
        cmocka_unit_test(a_fragment_is_not_sent),
        cmocka_unit_test(other_schemes_are_refused),
        cmocka_unit_test(leaving_https_is_refused),
        cmocka_unit_test(malformed_targets_are_refused),
        cmocka_unit_test(the_longest_target_is_followed_and_a_longer_one_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
