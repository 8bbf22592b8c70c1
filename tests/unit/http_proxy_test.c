/* Which proxy a URL goes through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bits_error.h"
#include "http_proxy.h"
#include "utf16.h"

static char16_t proxy[HTTP_PROXY_NAME_MAX + 1];

static HRESULT choose(const char16_t *list, const char16_t *bypass, const char16_t *url, unsigned index)
{
    struct url_view view;
    assert_true(url_parse(url, &view));
    return http_proxy_choose(list, bypass, &view, index, proxy);
}

static void one_proxy_is_for_every_url(void **state)
{
    (void)state;
    static const struct {
        const char16_t *list, *proxy;
    } rows[] = {
        {u"proxy:8080", u"proxy:8080"},
        {u"proxy", u"proxy:80"},
        {u"http://proxy:8080", u"proxy:8080"},
        {u"HTTP://proxy:8080/", u"proxy:8080"},
        {u"https://proxy:8080", u"proxy:8080"},
        {u"10.0.0.1:3128", u"10.0.0.1:3128"},
        {u"[::1]:3128", u"[::1]:3128"},
        {u"[fe80::1]", u"[fe80::1]:80"},
        {u" ; my_proxy.example-1.com:1 ;", u"my_proxy.example-1.com:1"},
        {u"proxy:65535", u"proxy:65535"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(choose(rows[i].list, NULL, u"http://host/", 0), S_OK);
        assert_true(utf16_equal(proxy, rows[i].proxy));
        assert_int_equal(choose(rows[i].list, NULL, u"https://host/", 0), S_OK);
        assert_true(utf16_equal(proxy, rows[i].proxy));
    }
}

static void a_scheme_has_its_own(void **state)
{
    (void)state;
    const char16_t *list = u"http=a:81;https=http://b:82 ftp=c:83;socks=d:84";
    assert_int_equal(choose(list, NULL, u"http://host/", 0), S_OK);
    assert_true(utf16_equal(proxy, u"a:81"));
    assert_int_equal(choose(list, NULL, u"https://host/", 0), S_OK);
    assert_true(utf16_equal(proxy, u"b:82"));
    assert_int_equal(choose(u"https=b:82", NULL, u"http://host/", 0), S_FALSE);
    assert_true(utf16_equal(proxy, u""));
    assert_int_equal(choose(u"ftp=c", NULL, u"https://host/", 0), S_FALSE);
}

static void others_follow_for_when_one_cannot_be_reached(void **state)
{
    (void)state;
    const char16_t *list = u"a:1;https=b:2;http=c:3;d:4";
    static const char16_t *const expected[] = {u"a:1", u"c:3", u"d:4"};
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(choose(list, NULL, u"http://host/", i), S_OK);
        assert_true(utf16_equal(proxy, expected[i]));
    }
    assert_int_equal(choose(list, NULL, u"http://host/", 3), S_FALSE);
}

static void a_list_that_is_none_is_named(void **state)
{
    (void)state;
    static const char16_t *const lists[] = {
        NULL,          u"",           u" ; ",         u"proxy:0",  u"proxy:65536",  u"proxy:x",
        u"proxy:",     u":80",        u"ftp://a:1",   u"http=",    u"http=http://", u"a b c/d",
        u"user@proxy", u"pro\\xy:80", u"[::1",        u"[]:80",    u"[::1]80",      u"a:1:2",
        u"proxy:-1",   u"pr%6Fxy:80", u"good:1;bad:", u"good:1;%", u"=a:1;%",       u"http=a;b=c:d"};
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        proxy[0] = u'x';
        if (choose(lists[i], NULL, u"http://host/", 0) != BG_E_INVALID_PROXY_INFO)
            fail_msg("list %zu is accepted", i);
        assert_true(utf16_equal(proxy, u""));
    }
    /* The mistake is in the part that another URL would use. */
    assert_int_equal(choose(u"http=a:1;https=b:", NULL, u"http://host/", 0), BG_E_INVALID_PROXY_INFO);
}

static void a_host_of_any_length_does_no_harm(void **state)
{
    (void)state;
    char16_t list[HTTP_PROXY_NAME_MAX + 2];
    for (size_t length = HTTP_PROXY_NAME_MAX - 10; length <= HTTP_PROXY_NAME_MAX + 1; length++) {
        for (size_t i = 0; i < length; i++)
            list[i] = u'a';
        list[length] = 0;
        HRESULT hr = choose(list, NULL, u"http://host/", 0);
        assert_true(hr == S_OK || hr == BG_E_INVALID_PROXY_INFO);
    }
    assert_int_equal(choose(list, NULL, u"http://host/", 0), BG_E_INVALID_PROXY_INFO);
}

static void what_the_bypass_list_names_goes_directly(void **state)
{
    (void)state;
    static const struct {
        const char16_t *bypass, *url;
        HRESULT expected;
    } rows[] = {
        {NULL, u"http://host/", S_OK},
        {u"", u"http://host/", S_OK},
        {u"host", u"http://host/", S_FALSE},
        {u"HOST", u"http://host/", S_FALSE},
        {u"other;host", u"http://host/", S_FALSE},
        {u"other host", u"http://host/", S_FALSE},
        {u"hos", u"http://host/", S_OK},
        {u"ost", u"http://host/", S_OK},
        {u"*", u"http://host/", S_FALSE},
        {u"*.example.com", u"http://a.b.example.com/", S_FALSE},
        {u"*.example.com", u"http://example.com/", S_OK},
        {u"*example.com", u"http://example.com/", S_FALSE},
        {u"10.*", u"http://10.1.2.3/", S_FALSE},
        {u"10.*", u"http://110.1.2.3/", S_OK},
        {u"a*b*c", u"http://axxbybzc/", S_FALSE},
        {u"a*b*c", u"http://axxbybzd/", S_OK},
        {u"host:81", u"http://host/", S_OK},
        {u"host:81", u"http://host:81/", S_FALSE},
        {u"host:80", u"http://host/", S_FALSE},
        {u"http://host", u"http://host/", S_FALSE},
        {u"http://host", u"https://host/", S_OK},
        {u"https://host", u"https://host/", S_FALSE},
        {u"https://host", u"http://host/", S_OK},
        {u"<local>", u"http://host/", S_FALSE},
        {u"<LOCAL>", u"http://host/", S_FALSE},
        {u"<local>", u"http://host.example.com/", S_OK},
        {u"<local>", u"http://[::1]/", S_OK},
        {u"[::1]", u"http://[::1]/", S_FALSE},
        {u"[::1]:80", u"http://[::1]:80/", S_FALSE},
        {u"host:", u"http://host/", S_OK},
        {u"http://", u"http://host/", S_OK},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (choose(u"proxy:1", rows[i].bypass, rows[i].url, 0) != rows[i].expected)
            fail_msg("row %zu", i);
    }
}

static void this_machine_has_some_names(void **state)
{
    (void)state;
    static const struct {
        const char16_t *url;
        bool is_loopback;
    } rows[] = {{u"http://localhost/", true},  {u"https://LOCALHOST:8/", true}, {u"http://127.0.0.1/", true},
                {u"http://127.1.2.3/", true},  {u"http://[::1]/", true},        {u"http://localhost.com/", false},
                {u"http://10.127.0.1/", false}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct url_view view;
        assert_true(url_parse(rows[i].url, &view));
        assert_int_equal(http_proxy_is_loopback(&view), rows[i].is_loopback);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_proxy_is_for_every_url),
        cmocka_unit_test(a_scheme_has_its_own),
        cmocka_unit_test(others_follow_for_when_one_cannot_be_reached),
        cmocka_unit_test(a_list_that_is_none_is_named),
        cmocka_unit_test(a_host_of_any_length_does_no_harm),
        cmocka_unit_test(what_the_bypass_list_names_goes_directly),
        cmocka_unit_test(this_machine_has_some_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
