/* What a request carries: copies, references, and which requests may share a connection. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "http_details.h"
#include "http_options.h"
#include "memory.h"
#include "memory_faults.h"
#include "utf16.h"

static const struct http_credential credentials[] = {
    {HTTP_AUTH_SERVER, HTTP_AUTH_BASIC, u"user", u"password"},
    {HTTP_AUTH_PROXY, HTTP_AUTH_NTLM, NULL, NULL},
};
static const uint8_t serialized[] = {1, 2, 3};

static struct http_options full(void)
{
    return (struct http_options){
        .proxy_usage = HTTP_PROXY_OVERRIDE,
        .proxy_list = u"proxy:8080",
        .proxy_bypass = u"<local>",
        .headers = u"X-One: 1\r\n",
        .auth_headers = u"X-Two: 2\r\n",
        .security_flags = HTTP_IGNORE_CERT_DATE,
        .redirect_policy = HTTP_REDIRECT_REPORT,
        .allows_insecure_redirect = true,
        .credentials = credentials,
        .credential_count = 2,
        .certificate = {.kind = HTTP_CERT_BY_HASH,
                        .location = 1,
                        .store = u"MY",
                        .hash = {7},
                        .subject = u"someone",
                        .serialized = serialized,
                        .serialized_size = sizeof(serialized)},
    };
}

static void a_copy_has_everything_and_owns_it(void **state)
{
    (void)state;
    const struct http_options *copy;
    struct http_options model = full();
    char16_t list[] = u"proxy:8080";
    model.proxy_list = list;
    assert_int_equal(http_options_create(&model, &copy), S_OK);
    list[0] = u'x';
    assert_int_equal(copy->proxy_usage, HTTP_PROXY_OVERRIDE);
    assert_true(utf16_equal(copy->proxy_list, u"proxy:8080"));
    assert_true(utf16_equal(copy->proxy_bypass, u"<local>"));
    assert_true(utf16_equal(copy->headers, u"X-One: 1\r\n"));
    assert_true(utf16_equal(copy->auth_headers, u"X-Two: 2\r\n"));
    assert_int_equal(copy->security_flags, HTTP_IGNORE_CERT_DATE);
    assert_int_equal(copy->redirect_policy, HTTP_REDIRECT_REPORT);
    assert_true(copy->allows_insecure_redirect);
    assert_int_equal(copy->credential_count, 2);
    assert_int_equal(copy->credentials[0].target, HTTP_AUTH_SERVER);
    assert_int_equal(copy->credentials[0].scheme, HTTP_AUTH_BASIC);
    assert_true(utf16_equal(copy->credentials[0].user, u"user"));
    assert_true(utf16_equal(copy->credentials[0].password, u"password"));
    assert_int_equal(copy->credentials[1].target, HTTP_AUTH_PROXY);
    assert_int_equal(copy->credentials[1].scheme, HTTP_AUTH_NTLM);
    assert_null(copy->credentials[1].user);
    assert_null(copy->credentials[1].password);
    assert_int_equal(copy->certificate.kind, HTTP_CERT_BY_HASH);
    assert_int_equal(copy->certificate.location, 1);
    assert_true(utf16_equal(copy->certificate.store, u"MY"));
    assert_int_equal(copy->certificate.hash[0], 7);
    assert_true(utf16_equal(copy->certificate.subject, u"someone"));
    assert_int_equal(copy->certificate.serialized_size, 3);
    assert_memory_equal(copy->certificate.serialized, serialized, 3);
    http_options_release(copy);
    assert_int_equal(memory_faults_blocks(), 0);
}

static void it_lives_until_the_last_release(void **state)
{
    (void)state;
    const struct http_options *options;
    const struct http_options model = full();
    assert_int_equal(http_options_create(&model, &options), S_OK);
    assert_ptr_equal(http_options_addref(options), options);
    http_options_release(options);
    assert_true(utf16_equal(options->proxy_list, u"proxy:8080"));
    http_options_release(options);
    assert_int_equal(memory_faults_blocks(), 0);
    assert_null(http_options_addref(NULL));
    http_options_release(NULL);
}

static void a_copy_that_has_no_memory_leaves_none(void **state)
{
    (void)state;
    const struct http_options *options;
    const struct http_options model = full();
    size_t number = 0;
    HRESULT hr;
    do {
        memory_faults_fail(++number);
        hr = http_options_create(&model, &options);
        assert_int_equal(options != NULL, hr == S_OK);
        http_options_release(options);
        assert_int_equal(memory_faults_blocks(), 0);
        assert_in_range(number, 1, 100);
    } while (hr == E_OUTOFMEMORY);
    memory_faults_fail(0);
    assert_int_equal(hr, S_OK);
    assert_int_equal(number,
                     12); /* itself, four texts, the credentials and their names, three of the certificate, none */
}

/* ---- Sharing connections ---- */

static void the_same_or_no_options_share_connections(void **state)
{
    (void)state;
    const struct http_options none = {0};
    const struct http_options one = full(), other = full();
    assert_true(http_options_share_connections(NULL, NULL));
    assert_true(http_options_share_connections(NULL, &none));
    assert_true(http_options_share_connections(&one, &other));
    assert_false(http_options_share_connections(&one, NULL));
}

static void what_is_sent_with_each_request_does_not_matter(void **state)
{
    (void)state;
    const struct http_options one = full();
    struct http_options other = full();
    other.headers = u"X-Other: 3";
    other.auth_headers = NULL;
    other.redirect_policy = HTTP_REDIRECT_DISALLOW;
    other.allows_insecure_redirect = false;
    assert_true(http_options_share_connections(&one, &other));
}

static void what_a_connection_keeps_separates(void **state)
{
    (void)state;
    static const struct http_credential other_scheme[] = {{HTTP_AUTH_SERVER, HTTP_AUTH_DIGEST, u"user", u"password"},
                                                          {HTTP_AUTH_PROXY, HTTP_AUTH_NTLM, NULL, NULL}};
    static const struct http_credential other_user[] = {{HTTP_AUTH_SERVER, HTTP_AUTH_BASIC, u"User", u"password"},
                                                        {HTTP_AUTH_PROXY, HTTP_AUTH_NTLM, NULL, NULL}};
    static const struct http_credential other_password[] = {{HTTP_AUTH_SERVER, HTTP_AUTH_BASIC, u"user", u"Password"},
                                                            {HTTP_AUTH_PROXY, HTTP_AUTH_NTLM, NULL, NULL}};
    static const struct http_credential named[] = {{HTTP_AUTH_SERVER, HTTP_AUTH_BASIC, u"user", u"password"},
                                                   {HTTP_AUTH_PROXY, HTTP_AUTH_NTLM, u"", u""}};
    static const uint8_t other_bytes[] = {1, 2, 4};
    const struct http_options one = full();
    struct http_options others[13];
    for (size_t i = 0; i < 13; i++)
        others[i] = full();
    others[0].proxy_usage = HTTP_PROXY_NONE;
    others[1].proxy_list = u"proxy:8081";
    others[2].proxy_bypass = NULL;
    others[3].security_flags = 0;
    others[4].certificate.kind = HTTP_CERT_NONE;
    others[5].certificate.hash[0] = 8;
    others[6].certificate.store = u"ROOT";
    others[7].certificate.location = 0;
    others[8].credential_count = 1;
    others[9].credentials = other_scheme;
    others[10].credentials = other_user;
    others[11].credentials = other_password;
    others[12].credentials = named;
    for (size_t i = 0; i < 13; i++) {
        if (http_options_share_connections(&one, &others[i]))
            fail_msg("options %zu share a connection", i);
    }
    struct http_options bytes = full(), more_bytes = full();
    bytes.certificate.kind = more_bytes.certificate.kind = HTTP_CERT_SERIALIZED;
    assert_true(http_options_share_connections(&bytes, &more_bytes));
    more_bytes.certificate.serialized = other_bytes;
    assert_false(http_options_share_connections(&bytes, &more_bytes));
    struct http_options subject = full(), other_subject = full();
    subject.certificate.kind = other_subject.certificate.kind = HTTP_CERT_BY_SUBJECT;
    assert_true(http_options_share_connections(&subject, &other_subject));
    other_subject.certificate.subject = u"nobody";
    assert_false(http_options_share_connections(&subject, &other_subject));
}

/* ---- Details ---- */

static void a_header_block_is_told_in_whole_lines(void **state)
{
    (void)state;
    static char16_t block[HTTP_HEADERS_TEXT_MAX + 100];
    const size_t first_line = 17; /* "HTTP/1.1 200 OK" CR LF */
    memcpy(block, u"HTTP/1.1 200 OK\r\n", first_line * sizeof(*block));
    char16_t *text = http_details_headers(block, first_line);
    assert_true(utf16_equal(text, u"HTTP/1.1 200 OK\r\n"));
    mem_free(text);
    for (size_t i = first_line; i < HTTP_HEADERS_TEXT_MAX + 100; i++)
        block[i] = u'x';
    text = http_details_headers(block, HTTP_HEADERS_TEXT_MAX + 100);
    assert_true(utf16_equal(text, u"HTTP/1.1 200 OK\r\n"));
    mem_free(text);
    block[HTTP_HEADERS_TEXT_MAX - 1] = u'\n';
    text = http_details_headers(block, HTTP_HEADERS_TEXT_MAX + 100);
    assert_int_equal(utf16_length(text), HTTP_HEADERS_TEXT_MAX);
    mem_free(text);
}

static void cleared_details_are_empty(void **state)
{
    (void)state;
    struct http_details details = {.status = 200, .headers = utf16_duplicate(u"h"), .url = utf16_duplicate(u"u")};
    http_details_clear(&details);
    assert_int_equal(details.status, 0);
    assert_null(details.headers);
    assert_null(details.url);
    assert_int_equal(memory_faults_blocks(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_copy_has_everything_and_owns_it),
        cmocka_unit_test(it_lives_until_the_last_release),
        cmocka_unit_test(a_copy_that_has_no_memory_leaves_none),
        cmocka_unit_test(the_same_or_no_options_share_connections),
        cmocka_unit_test(what_is_sent_with_each_request_does_not_matter),
        cmocka_unit_test(what_a_connection_keeps_separates),
        cmocka_unit_test(a_header_block_is_told_in_whole_lines),
        cmocka_unit_test(cleared_details_are_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
