/* What a job's options make of its requests, against real servers on loopback. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <windows.h>
#include <wincrypt.h>

#include "bits_error.h"
#include "http_winhttp_fixture.h"
#include "utf16.h"

#define CANNOT_CONNECT  HRESULT_OF_WIN32(12029)
#define REDIRECT_FAILED HRESULT_OF_WIN32(12156)
#define NOT_FOUND       ((HRESULT)0x80092004) /* CRYPT_E_NOT_FOUND */

/* Another server: the target of redirects, or a proxy. */
static struct origin *other;

static int set_up(void **state)
{
    assert_int_not_equal(origin_start(&other, NULL), 0);
    return winhttp_fixture_set_up(state);
}

static int tear_down(void **state)
{
    origin_stop(other);
    return winhttp_fixture_tear_down(state);
}

static HRESULT get_under(const char *target, const struct http_options *options)
{
    const struct http_request request = {.options = options};
    return get_with(target, &request);
}

/* A URL as it stands, not one of the origin. */
static HRESULT get_url_under(const char16_t *url, const struct http_options *options)
{
    const struct http_request request = {.url = url, .receive_timeout_ms = WAIT_MS, .options = options};
    winhttp.transport->close(winhttp.transport, winhttp.exchange);
    return winhttp.transport->open(winhttp.transport, &request, &winhttp.exchange, &winhttp.answer);
}

static struct origin_request request_of(struct origin *origin, size_t index)
{
    struct origin_request request;
    assert_true(origin_request_at(origin, index, &request));
    return request;
}

static void assert_header_sent(const struct origin_request *request, const char *line, unsigned times)
{
    unsigned count = 0;
    for (const char *at = request->headers; (at = strstr(at, line)); at += strlen(line))
        count++;
    if (count != times)
        fail_msg("%s was sent %u times, not %u:\n%s", line, count, times, request->headers);
}

/* ---- Headers ---- */

static void the_clients_headers_are_sent_as_they_are(void **state)
{
    (void)state;
    const struct http_options options = {.headers = u"X-One: 1\r\nX-Two: 2\nX-One: 3\r\nCookie: a=b\r\n"};
    assert_int_equal(get_under("/gen/a?size=5", &options), S_OK);
    const struct origin_request request = request_at(0);
    assert_header_sent(&request, "X-One: 1\r\n", 1);
    assert_header_sent(&request, "X-One: 3\r\n", 1);
    assert_header_sent(&request, "X-Two: 2\r\n", 1);
    assert_header_sent(&request, "Cookie: a=b\r\n", 1);
    assert_header_sent(&request, "User-Agent: dosvc/", 1);
}

static void it_may_have_its_own_name_and_preferences(void **state)
{
    (void)state;
    const struct http_options options = {.headers = u"User-Agent: mine/1\r\nAccept: text/plain\r\n"};
    assert_int_equal(get_under("/gen/a?size=5", &options), S_OK);
    const struct origin_request request = request_at(0);
    assert_header_sent(&request, "User-Agent: mine/1\r\n", 1);
    assert_header_sent(&request, "User-Agent:", 1);
    assert_header_sent(&request, "Accept: text/plain\r\n", 1);
    assert_header_sent(&request, "Accept:", 1);
}

static void what_is_the_requests_own_stays_so(void **state)
{
    (void)state;
    const struct http_options options = {
        .headers = u"Host: evil\r\nRange: bytes=7-8\r\nAccept-Encoding: gzip\r\nX: 1\rRange: bytes=1-2\r\nY: 2\r\n"};
    const struct http_request wanted = {.has_range = true, .range_first = 5, .range_length = 10, .options = &options};
    assert_int_equal(get_with("/gen/a?size=100", &wanted), S_OK);
    const struct origin_request request = request_at(0);
    assert_string_equal(request.range, "bytes=5-14");
    assert_header_sent(&request, "Range:", 1);
    assert_header_sent(&request, "Host: 127.0.0.1", 1);
    assert_header_sent(&request, "evil", 0);
    assert_header_sent(&request, "gzip", 0);
    assert_header_sent(&request, "X: 1", 0);
    assert_header_sent(&request, "Y: 2\r\n", 1);
    assert_int_equal(winhttp.answer.status, 206);
}

/* Options that keep connections apart show in the name that WinHTTP gets, not in the request. */
static void the_host_is_named_as_the_url_has_it(void **state)
{
    (void)state;
    const struct http_options options = {.security_flags = HTTP_IGNORE_CERT_DATE};
    char16_t url[128];
    char expected[64];
    uint16_t port = origin_port(winhttp.origin);
    (void)swprintf(url, 128, L"http://localHost:%u/gen/a?size=5", port);
    (void)snprintf(expected, sizeof(expected), "Host: localHost:%u\r\n", port);
    assert_int_equal(get_url_under(url, &options), S_OK);
    const struct origin_request request = request_at(0);
    assert_header_sent(&request, expected, 1);
    assert_header_sent(&request, "Host: ", 1);
}

/* ---- Challenges ---- */

static void authentication_headers_wait_for_the_challenge(void **state)
{
    (void)state;
    const struct http_options options = {.auth_headers = u"X-Token: secret\r\n"};
    assert_int_equal(get_under("/gen/a?size=5", &options), S_OK);
    assert_int_equal(winhttp.answer.status, 200);
    const struct origin_request open = request_at(0);
    assert_header_sent(&open, "X-Token", 0);
    assert_int_equal(get_under("/gen/b?size=5&token=X-Token:secret", &options), S_OK);
    assert_int_equal(winhttp.answer.status, 200);
    const struct origin_request first = request_at(1), second = request_at(2);
    assert_header_sent(&first, "X-Token", 0);
    assert_header_sent(&second, "X-Token: secret\r\n", 1);
}

static void authentication_headers_that_do_not_help_are_tried_once(void **state)
{
    (void)state;
    const struct http_options options = {.auth_headers = u"X-Token: wrong\r\n"};
    assert_int_equal(get_under("/gen/a?size=5&token=X-Token:secret", &options), S_OK);
    assert_int_equal(winhttp.answer.status, 401);
    assert_int_equal(origin_request_count(winhttp.origin, ""), 2);
}

static const struct http_credential right_basic[] = {{HTTP_AUTH_SERVER, HTTP_AUTH_BASIC, u"user", u"pass"}};

static void credentials_answer_a_challenge(void **state)
{
    (void)state;
    const struct http_options options = {.credentials = right_basic, .credential_count = 1};
    uint64_t count;
    assert_int_equal(get_under("/gen/a?size=5000&seed=2&auth=basic:user:pass", &options), S_OK);
    assert_int_equal(winhttp.answer.status, 200);
    assert_int_equal(read_all(2, 0, &count), S_OK);
    assert_int_equal(count, 5000);
    assert_int_equal(origin_request_count(winhttp.origin, ""), 2);
    assert_string_equal(request_at(0).authorization, "");
    assert_string_equal(request_at(1).authorization, "Basic dXNlcjpwYXNz");
}

static void nobody_is_told_who_does_not_ask(void **state)
{
    (void)state;
    const struct http_options options = {.credentials = right_basic, .credential_count = 1};
    assert_int_equal(get_under("/gen/a?size=5", &options), S_OK);
    assert_int_equal(get_under("/gen/a?status=403", &options), S_OK);
    assert_int_equal(get_under("/gen/a?size=5", &options), S_OK);
    assert_int_equal(origin_request_count(winhttp.origin, ""), 3);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(request_at(i).authorization, "");
}

static void wrong_credentials_are_tried_once(void **state)
{
    (void)state;
    static const struct http_credential wrong[] = {{HTTP_AUTH_SERVER, HTTP_AUTH_BASIC, u"user", u"guess"}};
    const struct http_options options = {.credentials = wrong, .credential_count = 1};
    assert_int_equal(get_under("/gen/a?size=5&auth=basic:user:pass", &options), S_OK);
    assert_int_equal(winhttp.answer.status, 401);
    assert_int_equal(origin_request_count(winhttp.origin, ""), 2);
}

static void credentials_of_another_scheme_or_target_stay_unused(void **state)
{
    (void)state;
    static const struct http_credential others[] = {{HTTP_AUTH_PROXY, HTTP_AUTH_BASIC, u"user", u"pass"},
                                                    {HTTP_AUTH_SERVER, HTTP_AUTH_NTLM, u"user", u"pass"}};
    const struct http_options options = {.credentials = others, .credential_count = 2};
    assert_int_equal(get_under("/gen/a?size=5&auth=basic:user:pass", &options), S_OK);
    assert_int_equal(winhttp.answer.status, 401);
    assert_int_equal(origin_request_count(winhttp.origin, ""), 1);
    const struct http_options basic = {.credentials = right_basic, .credential_count = 1};
    assert_int_equal(get_under("/gen/b?size=5&auth=none&offer=digest,ntlm", &basic), S_OK);
    assert_int_equal(winhttp.answer.status, 401);
    assert_int_equal(origin_request_count(winhttp.origin, ""), 2);
}

/* Wine has no Digest of its own, so that one fails here; what is left is tried then. */
static void each_scheme_that_is_offered_is_tried(void **state)
{
    (void)state;
    static const struct http_credential both[] = {{HTTP_AUTH_SERVER, HTTP_AUTH_BASIC, u"user", u"pass"},
                                                  {HTTP_AUTH_SERVER, HTTP_AUTH_DIGEST, u"user", u"pass"}};
    const struct http_options options = {.credentials = both, .credential_count = 2};
    assert_int_equal(get_under("/gen/a?size=5&auth=basic:user:pass&offer=digest", &options), S_OK);
    assert_int_equal(winhttp.answer.status, 200);
}

static void redirects_leave_secrets_behind(void **state)
{
    (void)state;
    const struct http_options options = {.headers = u"Authorization: Bearer x\r\nCookie: a=b\r\nX: 1\r\n",
                                         .auth_headers = u"X-Token: secret\r\n",
                                         .credentials = right_basic,
                                         .credential_count = 1};
    char target[256];
    (void)snprintf(target, sizeof(target), "/gen/a?location=http://localhost:%u/gen/b?auth=basic:user:pass",
                   origin_port(other));
    assert_int_equal(get_under(target, &options), S_OK);
    assert_int_equal(winhttp.answer.status, 401);
    const struct origin_request first = request_at(0), second = request_of(other, 0);
    assert_header_sent(&first, "Authorization: Bearer x\r\n", 1);
    assert_header_sent(&second, "Authorization", 0);
    assert_header_sent(&second, "Cookie", 0);
    assert_header_sent(&second, "X-Token", 0);
    assert_header_sent(&second, "X: 1\r\n", 1);
    assert_int_equal(origin_request_count(other, ""), 1);
}

static void where_redirects_led_before_is_asked_at_once_and_without_secrets(void **state)
{
    (void)state;
    const struct http_options options = {.headers = u"Authorization: Bearer x\r\nX: 1\r\n",
                                         .auth_headers = u"X-Token: secret\r\n",
                                         .credentials = right_basic,
                                         .credential_count = 1};
    wchar_t there[128];
    struct http_details details = {0};
    assert_true(origin_url(other, "/gen/b?auth=basic:user:pass", there, sizeof(there) / sizeof(there[0])));
    const struct http_request request = {.led_to = there, .options = &options, .details = &details};
    assert_int_equal(get_with("/gen/a?size=9", &request), S_OK);
    assert_int_equal(winhttp.answer.status, 401);
    assert_int_equal(origin_request_count(winhttp.origin, ""), 0);
    const struct origin_request asked = request_of(other, 0);
    assert_header_sent(&asked, "Authorization", 0);
    assert_header_sent(&asked, "X-Token", 0);
    assert_header_sent(&asked, "X: 1\r\n", 1);
    assert_int_equal(origin_request_count(other, ""), 1);
    assert_true(details.url && wcscmp(details.url, there) == 0);
    http_details_clear(&details);
}

static void where_redirects_led_before_is_not_asked_when_they_are_disallowed_now(void **state)
{
    (void)state;
    const struct http_options options = {.redirect_policy = HTTP_REDIRECT_DISALLOW};
    wchar_t there[128];
    assert_true(origin_url(other, "/gen/b?size=5", there, sizeof(there) / sizeof(there[0])));
    const struct http_request request = {.led_to = there, .options = &options};
    assert_int_equal(get_with("/gen/a?size=9", &request), S_OK);
    assert_int_equal(origin_request_count(winhttp.origin, ""), 1);
    assert_int_equal(origin_request_count(other, ""), 0);
}

static void redirects_within_a_server_keep_them(void **state)
{
    (void)state;
    const struct http_options options = {
        .headers = u"Cookie: a=b\r\n", .credentials = right_basic, .credential_count = 1};
    assert_int_equal(get_under("/gen/a?size=5&hops=1&auth=basic:user:pass", &options), S_OK);
    assert_int_equal(winhttp.answer.status, 200);
    const struct origin_request last = request_at(origin_request_count(winhttp.origin, "") - 1);
    assert_header_sent(&last, "Cookie: a=b\r\n", 1);
}

/* ---- Redirects ---- */

static void a_redirect_that_is_disallowed_is_the_answer(void **state)
{
    (void)state;
    const struct http_options options = {.redirect_policy = HTTP_REDIRECT_DISALLOW};
    assert_int_equal(get_under("/gen/a?size=5&hops=1", &options), S_OK);
    assert_int_equal(winhttp.answer.status, 302);
    assert_int_equal(origin_request_count(winhttp.origin, ""), 1);
}

static void a_redirect_that_is_to_be_reported_is_followed(void **state)
{
    (void)state;
    const struct http_options options = {.redirect_policy = HTTP_REDIRECT_REPORT};
    struct http_details details = {0};
    const struct http_request request = {.options = &options, .details = &details};
    assert_int_equal(get_with("/gen/a?size=5&hops=2", &request), S_OK);
    assert_int_equal(winhttp.answer.status, 200);
    assert_non_null(wcsstr(details.url, L"/gen/a?size=5&hops=0"));
    http_details_clear(&details);
}

/* ---- Proxies ---- */

/* The other server as a proxy, in one of the forms of a list. */
static const char16_t *proxy_list(const wchar_t *format)
{
    static char16_t list[128];
    (void)swprintf(list, sizeof(list) / sizeof(list[0]), format, origin_port(other));
    return list;
}

static void each_form_of_a_proxy_list_works(void **state)
{
    (void)state;
    static const wchar_t *const formats[] = {L"127.0.0.1:%u", L"http://127.0.0.1:%u", L"http=127.0.0.1:%u;https=b:1",
                                             L"ftp=x http=http://127.0.0.1:%u/"};
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        struct http_options options = {.proxy_usage = HTTP_PROXY_OVERRIDE, .proxy_list = proxy_list(formats[i])};
        uint64_t count;
        assert_int_equal(get_url_under(u"http://far.invalid/gen/a?size=70000&seed=3", &options), S_OK);
        assert_int_equal(winhttp.answer.status, 200);
        assert_int_equal(read_all(3, 0, &count), S_OK);
        assert_int_equal(count, 70000);
        const struct origin_request request = request_of(other, i);
        assert_true(request.is_proxied);
        assert_header_sent(&request, "Host: far.invalid\r\n", 1);
    }
}

static void bypassed_hosts_and_no_proxy_are_direct(void **state)
{
    (void)state;
    const char16_t *list = proxy_list(L"127.0.0.1:%u");
    const struct http_options rows[] = {
        {.proxy_usage = HTTP_PROXY_OVERRIDE, .proxy_list = list, .proxy_bypass = u"127.*"},
        {.proxy_usage = HTTP_PROXY_NONE, .proxy_list = list},
        {.proxy_usage = HTTP_PROXY_OVERRIDE, .proxy_list = u"https=127.0.0.1:1"},
        {.proxy_usage = HTTP_PROXY_AUTODETECT}, /* this machine is never behind a proxy */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(get_under("/gen/a?size=5", &rows[i]), S_OK);
        assert_false(request_at(i).is_proxied);
    }
    assert_int_equal(origin_request_count(other, ""), 0);
}

static void a_list_that_is_none_is_named(void **state)
{
    (void)state;
    const struct http_options options = {.proxy_usage = HTTP_PROXY_OVERRIDE, .proxy_list = u"http=:80"};
    assert_int_equal(get_under("/gen/a?size=5", &options), BG_E_INVALID_PROXY_INFO);
    assert_false(http_failure_is_transient(BG_E_INVALID_PROXY_INFO));
    assert_int_equal(origin_request_count(winhttp.origin, ""), 0);
}

/* A port of this machine where nobody listens. */
static uint16_t closed_port(void)
{
    struct origin *closed;
    uint16_t port = origin_start(&closed, NULL);
    assert_int_not_equal(port, 0);
    origin_stop(closed);
    return port;
}

static void the_next_proxy_is_tried_but_never_none(void **state)
{
    (void)state;
    char16_t list[128];
    uint16_t closed = closed_port();
    (void)swprintf(list, 128, L"127.0.0.1:%u;127.0.0.1:%u", closed, origin_port(other));
    struct http_options options = {.proxy_usage = HTTP_PROXY_OVERRIDE, .proxy_list = list};
    assert_int_equal(get_under("/gen/a?size=5", &options), S_OK);
    assert_int_equal(origin_request_count(other, ""), 1);
    (void)swprintf(list, 128, L"127.0.0.1:%u", closed);
    assert_int_equal(get_under("/gen/a?size=5", &options), CANNOT_CONNECT);
    assert_int_equal(origin_request_count(winhttp.origin, ""), 0);
}

static void a_proxy_gets_its_own_credentials_only(void **state)
{
    (void)state;
    static const struct http_credential credentials[] = {{HTTP_AUTH_SERVER, HTTP_AUTH_BASIC, u"server", u"s"},
                                                         {HTTP_AUTH_PROXY, HTTP_AUTH_BASIC, u"user", u"pass"}};
    const struct http_options options = {.proxy_usage = HTTP_PROXY_OVERRIDE,
                                         .proxy_list = proxy_list(L"127.0.0.1:%u"),
                                         .credentials = credentials,
                                         .credential_count = 2};
    assert_int_equal(get_url_under(u"http://far.invalid/gen/a?size=5&proxyauth=basic:user:pass", &options), S_OK);
    assert_int_equal(winhttp.answer.status, 200);
    const struct origin_request first = request_of(other, 0), second = request_of(other, 1);
    assert_string_equal(first.proxy_authorization, "");
    assert_string_equal(second.proxy_authorization, "Basic dXNlcjpwYXNz");
    assert_string_equal(second.authorization, "");
    assert_int_equal(get_url_under(u"http://far.invalid/gen/b?size=5&proxyauth=basic:user:other", &options), S_OK);
    assert_int_equal(winhttp.answer.status, 407);
}

/* A proxy's challenge is answered wherever a redirect led, but not with what is for the server that was asked first. */
static void a_proxys_challenge_gives_no_other_server_a_secret(void **state)
{
    (void)state;
    static const struct http_credential credential = {HTTP_AUTH_PROXY, HTTP_AUTH_BASIC, u"user", u"pass"};
    const struct http_options options = {.proxy_usage = HTTP_PROXY_OVERRIDE,
                                         .proxy_list = proxy_list(L"127.0.0.1:%u"),
                                         .auth_headers = u"X-Token: secret\r\n",
                                         .credentials = &credential,
                                         .credential_count = 1};
    assert_int_equal(
        get_url_under(
            u"http://far.invalid/gen/a?location=http://farther.invalid/gen/b?size=5%26proxyauth=basic:user:pass",
            &options),
        S_OK);
    assert_int_equal(winhttp.answer.status, 200);
    const struct origin_request challenged = request_of(other, 1), last = request_of(other, 2);
    assert_string_equal(challenged.proxy_authorization, "");
    assert_string_equal(last.proxy_authorization, "Basic dXNlcjpwYXNz");
    assert_header_sent(&last, "X-Token", 0);
    assert_int_equal(origin_request_count(other, ""), 3);
}

/* ---- Certificates ---- */

static void a_certificate_that_is_not_there_is_named(void **state)
{
    (void)state;
    const struct http_options by_hash = {.certificate = {.kind = HTTP_CERT_BY_HASH, .store = u"MY", .hash = {1}}};
    const struct http_options by_subject = {
        .certificate = {.kind = HTTP_CERT_BY_SUBJECT, .store = u"MY", .subject = u"nobody at all"}};
    assert_int_equal(get_under("/gen/a?size=5", &by_hash), NOT_FOUND);
    assert_int_equal(get_under("/gen/a?size=5", &by_subject), NOT_FOUND);
    assert_int_equal(origin_request_count(winhttp.origin, ""), 0);
}

static void what_is_no_certificate_is_refused(void **state)
{
    (void)state;
    static const uint8_t garbage[] = {1, 2, 3, 4, 5, 6, 7, 8};
    const struct http_options rows[] = {
        {.certificate = {.kind = HTTP_CERT_SERIALIZED, .serialized = garbage, .serialized_size = sizeof(garbage)}},
        {.certificate = {.kind = HTTP_CERT_BY_HASH, .store = u"MY", .location = 8}},
        {.certificate = {.kind = HTTP_CERT_BY_HASH, .store = u"no such store"}},
        {.certificate = {.kind = HTTP_CERT_BY_HASH}},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_true(FAILED(get_under("/gen/a?size=5", &rows[i])));
    assert_int_equal(origin_request_count(winhttp.origin, ""), 0);
}

/* A certificate with nothing but its form, as a serialised element. */
static size_t serialize_certificate(uint8_t *serialized, DWORD capacity)
{
    BYTE name[] = {0x30, 0x00}; /* a subject without any part */
    CERT_NAME_BLOB subject = {sizeof(name), name};
    PCCERT_CONTEXT certificate = CertCreateSelfSignCertificate(0, &subject, 0, NULL, NULL, NULL, NULL, NULL);
    assert_non_null(certificate);
    assert_true(CertSerializeCertificateStoreElement(certificate, 0, serialized, &capacity));
    CertFreeCertificateContext(certificate);
    return capacity;
}

/* WinHTTP takes none for a request without TLS, nor does it need one: ERROR_WINHTTP_INCORRECT_HANDLE_STATE. */
static void a_certificate_does_not_stand_in_the_way_of_plain_http(void **state)
{
    (void)state;
    static uint8_t serialized[8192];
    const struct http_options options = {
        .certificate = {.kind = HTTP_CERT_SERIALIZED,
                        .serialized = serialized,
                        .serialized_size = serialize_certificate(serialized, sizeof(serialized))}};
    uint64_t count;
    assert_int_equal(get_under("/gen/a?size=5", &options), S_OK);
    assert_int_equal(read_all(0, 0, &count), S_OK);
    assert_int_equal(count, 5);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_clients_headers_are_sent_as_they_are),
        TEST(it_may_have_its_own_name_and_preferences),
        TEST(what_is_the_requests_own_stays_so),
        TEST(the_host_is_named_as_the_url_has_it),
        TEST(authentication_headers_wait_for_the_challenge),
        TEST(authentication_headers_that_do_not_help_are_tried_once),
        TEST(credentials_answer_a_challenge),
        TEST(nobody_is_told_who_does_not_ask),
        TEST(wrong_credentials_are_tried_once),
        TEST(credentials_of_another_scheme_or_target_stay_unused),
        TEST(each_scheme_that_is_offered_is_tried),
        TEST(redirects_leave_secrets_behind),
        TEST(where_redirects_led_before_is_asked_at_once_and_without_secrets),
        TEST(where_redirects_led_before_is_not_asked_when_they_are_disallowed_now),
        TEST(redirects_within_a_server_keep_them),
        TEST(a_redirect_that_is_disallowed_is_the_answer),
        TEST(a_redirect_that_is_to_be_reported_is_followed),
        TEST(each_form_of_a_proxy_list_works),
        TEST(bypassed_hosts_and_no_proxy_are_direct),
        TEST(a_list_that_is_none_is_named),
        TEST(the_next_proxy_is_tried_but_never_none),
        TEST(a_proxy_gets_its_own_credentials_only),
        TEST(a_proxys_challenge_gives_no_other_server_a_secret),
        TEST(a_certificate_that_is_not_there_is_named),
        TEST(what_is_no_certificate_is_refused),
        TEST(a_certificate_does_not_stand_in_the_way_of_plain_http),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
