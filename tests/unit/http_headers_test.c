/* Which of a client's headers are sent, and which of its credentials. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http_credentials.h"
#include "http_headers.h"
#include "memory.h"
#include "memory_faults.h"
#include "utf16.h"

static int no_block_is_left(void **state)
{
    (void)state;
    return memory_faults_blocks() == 0 ? 0 : -1;
}

static void assert_filtered(const char16_t *text, bool is_foreign, const char16_t *expected)
{
    char16_t *headers;
    assert_int_equal(http_headers_filter(text, is_foreign, &headers), S_OK);
    if (!utf16_equal(headers, expected))
        fail_msg("not what was expected of a text of %zu characters", utf16_length(text));
    mem_free(headers);
}

/* ---- Headers ---- */

static void well_formed_lines_are_kept(void **state)
{
    (void)state;
    assert_filtered(u"X-One: 1\r\nX-Two:2\r\n", false, u"X-One: 1\r\nX-Two:2\r\n");
    assert_filtered(u"X-One: 1\nX-Two: 2", false, u"X-One: 1\r\nX-Two: 2\r\n");
    assert_filtered(u"A:1\nB:2\nC:3\nD:4\n", false, u"A:1\r\nB:2\r\nC:3\r\nD:4\r\n");
    assert_filtered(u"X-Empty:\r\n", false, u"X-Empty:\r\n");
    assert_filtered(u"X: a\tb \u00E9 :;\"\r\n", false, u"X: a\tb \u00E9 :;\"\r\n");
    assert_filtered(u"User-Agent: mine\r\n", false, u"User-Agent: mine\r\n");
    assert_filtered(u"", false, u"");
    assert_filtered(NULL, false, u"");
}

static void malformed_lines_are_left_out(void **state)
{
    (void)state;
    assert_filtered(u"no colon\r\nX: 1\r\n: no name\r\nX Y: 2\r\n folded\r\n\r\nZ: 3\r\n", false, u"X: 1\r\nZ: 3\r\n");
    assert_filtered(u"X : 1\r\n", false, u"");
    assert_filtered(u"X\u00E9: 1\r\n", false, u"");
}

static void a_proxy_may_see_only_what_is_for_it(void **state)
{
    (void)state;
    static const char16_t *const seen[] = {u"Proxy-Authorization: Basic x\r\n", u"user-agent:mine\r\n",
                                           u"Accept: text/*\r\n"};
    static const char16_t *const hidden[] = {u"Authorization: Basic x\r\n", u"Cookie: a=b\r\n", u"X-Token: 1\r\n",
                                             u"Accept-Language: en\r\n", u"User: me\r\n"};
    for (size_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++)
        assert_true(http_headers_may_be_seen(seen[i]));
    for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
        assert_false(http_headers_may_be_seen(hidden[i]));
}

static void nothing_can_be_smuggled_in_a_value(void **state)
{
    (void)state;
    assert_filtered(u"X: 1\rHost: evil\r\n", false, u"");
    assert_filtered(u"X: 1\r\rHost: evil\r\n", false, u"");
    assert_filtered(u"X: \u010A\u010DHost: evil\r\n", false, u""); /* line breaks once cut to 8 bits */
    assert_filtered(u"X: 1\x01\r\n", false, u"");
    assert_filtered(u"X: 1\x7F\r\n", false, u"");
    assert_filtered(u"X: 1\x0B\r\n", false, u"");
}

static void what_belongs_to_the_request_cannot_be_set(void **state)
{
    (void)state;
    assert_filtered(u"Host: a\r\nRange: bytes=0-\r\nIf-Range: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n"
                    u"Connection: close\r\nProxy-Connection: close\r\nKeep-Alive: 1\r\nTE: trailers\r\nTrailer: X\r\n"
                    u"Upgrade: h2c\r\nExpect: 100-continue\r\nAccept-Encoding: gzip\r\n",
                    false, u"");
    assert_filtered(u"hOST: a\r\nRANGE:bytes=0-\r\ncontent-length:5\r\n", false, u"");
    assert_filtered(u"Hosts: a\r\nX-Range: 1\r\nRang: 2\r\n", false, u"Hosts: a\r\nX-Range: 1\r\nRang: 2\r\n");
}

static void secrets_stay_with_the_first_server(void **state)
{
    (void)state;
    const char16_t *text = u"Authorization: Bearer x\r\nCookie: a=b\r\nX: 1\r\nproxy-authorization: Basic y\r\n";
    assert_filtered(text, false, text);
    assert_filtered(text, true, u"X: 1\r\n");
}

static void headers_without_memory_are_a_failure(void **state)
{
    (void)state;
    char16_t *headers;
    memory_faults_fail(1);
    assert_int_equal(http_headers_filter(u"X: 1\r\n", false, &headers), E_OUTOFMEMORY);
    assert_null(headers);
}

/* ---- Credentials ---- */

#define ALL                                                                                                            \
    (HTTP_AUTH_BIT(HTTP_AUTH_BASIC) | HTTP_AUTH_BIT(HTTP_AUTH_DIGEST) | HTTP_AUTH_BIT(HTTP_AUTH_NTLM) |                \
     HTTP_AUTH_BIT(HTTP_AUTH_NEGOTIATE))

static void the_strongest_that_is_offered_comes_first_and_each_once(void **state)
{
    (void)state;
    static const struct http_credential credentials[] = {
        {HTTP_AUTH_SERVER, HTTP_AUTH_BASIC, u"b", u"p"},  {HTTP_AUTH_SERVER, HTTP_AUTH_NTLM, u"n", u"p"},
        {HTTP_AUTH_SERVER, HTTP_AUTH_DIGEST, u"d", u"p"}, {HTTP_AUTH_PROXY, HTTP_AUTH_NEGOTIATE, NULL, NULL},
        {HTTP_AUTH_PROXY, HTTP_AUTH_BASIC, u"x", u"p"},
    };
    const struct http_options options = {.credentials = credentials, .credential_count = 5};
    const unsigned basic = HTTP_AUTH_BIT(HTTP_AUTH_BASIC);
    const unsigned digest = HTTP_AUTH_BIT(HTTP_AUTH_DIGEST);
    const unsigned ntlm = HTTP_AUTH_BIT(HTTP_AUTH_NTLM);
    assert_ptr_equal(http_credentials_choose(&options, HTTP_AUTH_SERVER, ALL, 0), &credentials[1]);
    assert_ptr_equal(http_credentials_choose(&options, HTTP_AUTH_SERVER, ALL, ntlm), &credentials[2]);
    assert_ptr_equal(http_credentials_choose(&options, HTTP_AUTH_SERVER, ALL, ntlm | digest), &credentials[0]);
    assert_null(http_credentials_choose(&options, HTTP_AUTH_SERVER, ALL, ntlm | digest | basic));
    assert_ptr_equal(http_credentials_choose(&options, HTTP_AUTH_SERVER, basic, 0), &credentials[0]);
    assert_null(http_credentials_choose(&options, HTTP_AUTH_SERVER, 0, 0));
    assert_ptr_equal(http_credentials_choose(&options, HTTP_AUTH_PROXY, ALL, 0), &credentials[3]);
    assert_ptr_equal(http_credentials_choose(&options, HTTP_AUTH_PROXY, basic | digest, 0), &credentials[4]);
}

static void assert_basic(const char16_t *user, const char16_t *password, const char16_t *expected)
{
    const struct http_credential credential = {HTTP_AUTH_SERVER, HTTP_AUTH_BASIC, user, password};
    char16_t *value = http_credentials_basic(&credential);
    assert_non_null(value);
    assert_true(utf16_equal(value, expected));
    utf16_free_secret(value);
}

static void basic_is_the_base64_of_utf8(void **state)
{
    (void)state;
    assert_basic(u"Aladdin", u"open sesame", u"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="); /* RFC 7617, 2 */
    assert_basic(u"test", u"123\u00A3", u"Basic dGVzdDoxMjPCow==");                  /* RFC 7617, 2.1 */
    assert_basic(u"", u"", u"Basic Og==");
    assert_basic(NULL, NULL, u"Basic Og==");
    assert_basic(u"a", u"b", u"Basic YTpi");
    assert_basic(u"\u20AC", u"\U0001F600", u"Basic 4oKsOvCfmIA=");
    assert_basic(u"\xD800", u"", u"Basic 77+9Og==");
}

static void basic_without_memory_is_none(void **state)
{
    (void)state;
    const struct http_credential credential = {HTTP_AUTH_SERVER, HTTP_AUTH_BASIC, u"u", u"p"};
    for (size_t number = 1; number <= 2; number++) {
        memory_faults_fail(number);
        assert_null(http_credentials_basic(&credential));
    }
    utf16_free_secret(NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, no_block_is_left)
    const struct CMUnitTest tests[] = {
        TEST(well_formed_lines_are_kept),
        TEST(a_proxy_may_see_only_what_is_for_it),
        TEST(malformed_lines_are_left_out),
        TEST(nothing_can_be_smuggled_in_a_value),
        TEST(what_belongs_to_the_request_cannot_be_set),
        TEST(secrets_stay_with_the_first_server),
        TEST(headers_without_memory_are_a_failure),
        TEST(the_strongest_that_is_offered_comes_first_and_each_once),
        TEST(basic_is_the_base64_of_utf8),
        TEST(basic_without_memory_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
