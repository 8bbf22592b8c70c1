/* The transport over a scripted WinHTTP: what it asks of Windows for each option of a job, where Wine could not show it,
 * and that each call and each piece of memory can fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "winhttp_script.h"

#include <cmocka.h>

#include "deliveryoptimizationerrors.h"
#include "http_winhttp_session.h"
#include "memory_faults.h"
#include "utf16.h"

/* How many calls and blocks of the fullest request there were to fail when this was written. */
#define CALLS_COMMITTED  74
#define BLOCKS_COMMITTED 40

static struct http_transport *transport;
static struct http_details details;
static uint32_t status;

static int set_up(void **state)
{
    (void)state;
    winhttp_script_reset();
    assert_int_equal(http_winhttp_create_with(&winhttp_script_api, &transport), S_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    http_details_clear(&details);
    transport->destroy(transport);
    assert_int_equal(winhttp_script.open_handles, 0);
    assert_int_equal(winhttp_script.open_stores, 0);
    assert_int_equal(winhttp_script.open_certificates, 0);
    assert_int_equal(memory_faults_blocks(), 0);
    assert_int_equal(winhttp_script_count(L"a closed handle was used"), 0);
    return 0;
}

/* One request to its end; `led_to`: where its redirects led before. */
static HRESULT ask_again(const char16_t *url, const char16_t *led_to, const struct http_options *options)
{
    http_details_clear(&details);
    const struct http_request request = {
        .url = url, .led_to = led_to, .receive_timeout_ms = 1000, .options = options, .details = &details};
    struct http_exchange *exchange;
    struct http_answer answer = {0};
    uint8_t byte;
    size_t received;
    HRESULT hr = transport->open(transport, &request, &exchange, &answer);
    assert_int_equal(exchange != NULL, SUCCEEDED(hr));
    status = answer.status;
    if (SUCCEEDED(hr))
        hr = transport->read(transport, exchange, &byte, 1, &received);
    transport->close(transport, exchange);
    return hr;
}

static HRESULT ask_url(const char16_t *url, const struct http_options *options)
{
    return ask_again(url, NULL, options);
}

static HRESULT ask(const struct http_options *options)
{
    return ask_url(u"http://far.example/file", options);
}

static void assert_logged(unsigned times, const wchar_t *format, ...)
{
    wchar_t line[256];
    va_list arguments;
    va_start(arguments, format);
    (void)vswprintf(line, ARRAYSIZE(line), format, arguments);
    va_end(arguments);
    if (winhttp_script_count(line) != times)
        fail_msg("%ls: %u times, not %u, in\n%ls", line, winhttp_script_count(line), times, winhttp_script.log);
}

/* ---- Authentication ---- */

static const struct http_credential all_schemes[] = {
    {HTTP_AUTH_SERVER, HTTP_AUTH_BASIC, u"basic", u"b"}, {HTTP_AUTH_SERVER, HTTP_AUTH_DIGEST, u"digest", u"d"},
    {HTTP_AUTH_SERVER, HTTP_AUTH_NTLM, u"ntlm", u"n"},   {HTTP_AUTH_SERVER, HTTP_AUTH_NEGOTIATE, NULL, NULL},
    {HTTP_AUTH_PROXY, HTTP_AUTH_DIGEST, u"proxy", u"p"},
};
static const struct http_options with_credentials = {.credentials = all_schemes, .credential_count = 5};

static void the_scheme_of_the_challenge_decides(void **state)
{
    (void)state;
    static const struct {
        DWORD schemes;
        const wchar_t *line;
    } rows[] = {
        {WINHTTP_AUTH_SCHEME_BASIC, L"replace Authorization: Basic YmFzaWM6Yg=="},
        {WINHTTP_AUTH_SCHEME_DIGEST, L"credentials server 0x8 digest:d"},
        {WINHTTP_AUTH_SCHEME_NTLM, L"credentials server 0x2 ntlm:n"},
        {WINHTTP_AUTH_SCHEME_NEGOTIATE, L"credentials server 0x10 -:-"},
        {WINHTTP_AUTH_SCHEME_BASIC | WINHTTP_AUTH_SCHEME_DIGEST, L"credentials server 0x8 digest:d"},
        {WINHTTP_AUTH_SCHEME_NEGOTIATE | WINHTTP_AUTH_SCHEME_NTLM, L"credentials server 0x10 -:-"},
    };
    for (size_t i = 0; i < ARRAYSIZE(rows); i++) {
        winhttp_script.sends = 0;
        winhttp_script.log[0] = 0;
        winhttp_script.answers[0] = (struct winhttp_answer){.status = 401, .schemes = rows[i].schemes};
        assert_int_equal(ask(&with_credentials), S_OK);
        assert_int_equal(status, 200);
        assert_logged(2, L"send");
        assert_logged(1, rows[i].line);
    }
}

static void every_fitting_credential_is_tried_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < 8; i++)
        winhttp_script.answers[i] = (struct winhttp_answer){
            .status = 401,
            .schemes = WINHTTP_AUTH_SCHEME_BASIC | WINHTTP_AUTH_SCHEME_DIGEST | WINHTTP_AUTH_SCHEME_NTLM};
    assert_int_equal(ask(&with_credentials), S_OK);
    assert_int_equal(status, 401);
    assert_logged(4, L"send"); /* without any, then NTLM, Digest, Basic */
}

static void the_proxy_is_answered_and_then_the_server(void **state)
{
    (void)state;
    winhttp_script.answers[0] = (struct winhttp_answer){.status = 407, .schemes = WINHTTP_AUTH_SCHEME_DIGEST};
    winhttp_script.answers[1] = (struct winhttp_answer){.status = 401, .schemes = WINHTTP_AUTH_SCHEME_DIGEST};
    assert_int_equal(ask(&with_credentials), S_OK);
    assert_int_equal(status, 200);
    assert_logged(1, L"credentials proxy 0x8 proxy:p");
    assert_logged(1, L"credentials server 0x8 digest:d");
}

static void the_users_own_name_is_given_only_when_that_is_wanted(void **state)
{
    (void)state;
    winhttp_script.answers[0] = (struct winhttp_answer){.status = 401, .schemes = WINHTTP_AUTH_SCHEME_NTLM};
    assert_int_equal(ask(&with_credentials), S_OK);
    assert_logged(0, L"option %u = 0x%X", WINHTTP_OPTION_AUTOLOGON_POLICY, WINHTTP_AUTOLOGON_SECURITY_LEVEL_LOW);
    winhttp_script.sends = 0;
    winhttp_script.answers[0].schemes = WINHTTP_AUTH_SCHEME_NEGOTIATE;
    assert_int_equal(ask(&with_credentials), S_OK);
    assert_logged(1, L"option %u = 0x%X", WINHTTP_OPTION_AUTOLOGON_POLICY, WINHTTP_AUTOLOGON_SECURITY_LEVEL_LOW);
}

static void legs_of_one_authentication_are_sent_on(void **state)
{
    (void)state;
    winhttp_script.answers[0].receive_error = ERROR_WINHTTP_RESEND_REQUEST;
    winhttp_script.answers[1].receive_error = ERROR_WINHTTP_RESEND_REQUEST;
    assert_int_equal(ask(NULL), S_OK);
    assert_logged(3, L"send");
    winhttp_script.sends = 0;
    for (size_t i = 0; i < 8; i++)
        winhttp_script.answers[i].receive_error = ERROR_WINHTTP_RESEND_REQUEST;
    assert_int_equal(ask(NULL), HRESULT_OF_WIN32(ERROR_WINHTTP_RESEND_REQUEST)); /* but not for ever */
}

/* ---- Redirects ---- */

static void who_gave_no_answer_is_told(void **state)
{
    (void)state;
    winhttp_script.answers[0] = (struct winhttp_answer){.status = 302, .location = L"https://elsewhere.example/there"};
    winhttp_script.answers[1] = (struct winhttp_answer){.send_error = ERROR_WINHTTP_CANNOT_CONNECT};
    assert_int_equal(ask(NULL), HRESULT_OF_WIN32(ERROR_WINHTTP_CANNOT_CONNECT));
    assert_true(details.url && utf16_equal(details.url, u"https://elsewhere.example/there"));
    winhttp_script.sends = 0;
    winhttp_script.answers[0] = winhttp_script.answers[1];
    assert_int_equal(ask(NULL), HRESULT_OF_WIN32(ERROR_WINHTTP_CANNOT_CONNECT));
    assert_null(details.url); /* the server that was asked */
}

static void where_redirects_led_before_is_still_not_asked_without_tls(void **state)
{
    (void)state;
    static const struct http_options careless = {.allows_insecure_redirect = true};
    assert_int_equal(ask_again(u"https://near.example/a", u"http://far.example/b", NULL), S_OK);
    assert_logged(1, L"GET /a secure");
    assert_logged(0, L"GET /b");
    assert_int_equal(ask_again(u"https://near.example/a", u"http://far.example/b", &careless), S_OK);
    assert_logged(1, L"GET /a secure");
    assert_logged(1, L"GET /b");
    assert_int_equal(ask_again(u"https://near.example/a", u"https://far.example/c", NULL), S_OK);
    assert_logged(1, L"GET /c secure");
    assert_int_equal(ask_again(u"https://near.example/a", u"ftp://far.example/d", NULL), S_OK);
    assert_logged(2, L"GET /a secure"); /* what is no URL is passed over */
}

/* ---- Headers ---- */

/* Wine's WinHTTP looks for the chunks in memory that is not theirs. */
static void chunks_after_headers_that_broke_off_are_not_touched(void **state)
{
    (void)state;
    winhttp_script.answers[0] = (struct winhttp_answer){.is_chunked = true, .is_cut = true};
    assert_int_equal(ask(NULL), HTTP_CONNECTION_BROKEN);
    assert_logged(0, L"data");
    winhttp_script.sends = 0;
    winhttp_script.answers[0] = (struct winhttp_answer){.status = 401, .is_chunked = true, .is_cut = true};
    winhttp_script.answers[0].schemes = WINHTTP_AUTH_SCHEME_BASIC;
    assert_int_equal(ask(&with_credentials), HTTP_CONNECTION_BROKEN);
    assert_int_equal(winhttp_script.sends, 1); /* sending again would read the body first */
    winhttp_script.sends = 0;
    winhttp_script.answers[0] = (struct winhttp_answer){.is_chunked = true};
    assert_int_equal(ask(NULL), S_OK);
    assert_logged(1, L"data");
}

/* How a header block ends is told by Wine alone. */
static void windows_itself_sees_to_the_end_of_headers(void **state)
{
    (void)state;
    winhttp_script.is_windows = true;
    winhttp_script.answers[0] = (struct winhttp_answer){.is_chunked = true, .is_cut = true};
    assert_int_equal(ask(NULL), S_OK);
    assert_logged(1, L"data");
}

/* ---- Certificates of servers ---- */

static void what_is_wrong_with_a_certificate_is_told(void **state)
{
    (void)state;
    static const struct {
        DWORD faults, error;
    } rows[] = {
        {0, 12175},    {0x1, 12057},  {0x2, 12169},  {0x4, 12170},         {0x8, 12045},
        {0x10, 12038}, {0x20, 12037}, {0x40, 12179}, {0x80000008u, 12045}, {0x10 | 0x20, 12038},
    };
    for (size_t i = 0; i < ARRAYSIZE(rows); i++) {
        winhttp_script.sends = 0;
        winhttp_script.answers[0] =
            (struct winhttp_answer){.send_error = ERROR_WINHTTP_SECURE_FAILURE, .secure_faults = rows[i].faults};
        assert_int_equal(ask_url(u"https://far.example/file", NULL), DO_E_HTTP_CERT_VALIDATION);
        assert_int_equal(details.cause, HRESULT_OF_WIN32(rows[i].error));
        assert_int_equal(details.status, 0);
    }
    winhttp_script.sends = 0;
    winhttp_script.answers[0] = (struct winhttp_answer){.send_error = ERROR_WINHTTP_CANNOT_CONNECT};
    assert_int_equal(ask(NULL), HRESULT_OF_WIN32(ERROR_WINHTTP_CANNOT_CONNECT));
    assert_int_equal(details.cause, S_OK); /* the failure's name says it all */
}

#define BROKEN HRESULT_OF_WIN32(ERROR_WINHTTP_SECURE_CHANNEL_ERROR)

/* The first handshake, and each second one, comes to no end; the others come to `forgiven`. */
static HRESULT ask_after_handshake(struct winhttp_answer forgiven, const struct http_options *options)
{
    winhttp_script.sends = 0;
    winhttp_script.log[0] = 0;
    for (size_t i = 0; i < ARRAYSIZE(winhttp_script.answers); i += 2) {
        winhttp_script.answers[i] = (struct winhttp_answer){.send_error = ERROR_WINHTTP_SECURE_CHANNEL_ERROR};
        winhttp_script.answers[i + 1] = forgiven;
    }
    return ask_url(u"https://far.example:8443/secret/file?token=1", options);
}

static void handshakes_with_all_forgiven_tell_a_refused_certificate(void **state)
{
    (void)state;
    static const DWORD errors[] = {ERROR_WINHTTP_SECURE_CHANNEL_ERROR, ERROR_WINHTTP_CANNOT_CONNECT,
                                   ERROR_WINHTTP_TIMEOUT};
    assert_int_equal(ask_after_handshake((struct winhttp_answer){0}, NULL), DO_E_HTTP_CERT_VALIDATION);
    assert_int_equal(details.cause, BROKEN);
    assert_logged(3, L"GET /secret/file?token=1 secure");
    assert_logged(3, L"GET / secure");
    for (size_t i = 0; i < ARRAYSIZE(errors); i++) {
        assert_int_equal(ask_after_handshake((struct winhttp_answer){.send_error = errors[i]}, NULL), BROKEN);
        assert_int_equal(details.cause, S_OK);
        assert_int_equal(winhttp_script.sends, 2);
    }
    /* Another request's connection says nothing. */
    assert_int_equal(ask_after_handshake((struct winhttp_answer){.is_connection_kept = true}, NULL), BROKEN);
    assert_int_equal(winhttp_script.sends, 2);
    /* Windows says what is wrong: there is nothing to find out. */
    winhttp_script.sends = 0;
    winhttp_script.answers[0].secure_faults = WINHTTP_CALLBACK_STATUS_FLAG_INVALID_CA;
    assert_int_equal(ask_url(u"https://far.example/file", NULL), DO_E_HTTP_CERT_VALIDATION);
    assert_int_equal(details.cause, BROKEN);
    assert_int_equal(winhttp_script.sends, 1);
    /* After the handshake it is the connection. */
    winhttp_script.sends = 0;
    winhttp_script.answers[0] = (struct winhttp_answer){.receive_error = ERROR_WINHTTP_SECURE_CHANNEL_ERROR};
    assert_int_equal(ask_url(u"https://far.example/file", NULL), HTTP_CONNECTION_BROKEN);
    assert_int_equal(winhttp_script.sends, 1);
}

/* Windows has a fault for it that is none of the certificate's. */
static void a_channel_that_cannot_be_made_is_a_broken_handshake(void **state)
{
    (void)state;
    static const DWORD errors[] = {ERROR_WINHTTP_SECURE_FAILURE, ERROR_WINHTTP_SECURE_CHANNEL_ERROR};
    const DWORD fault = WINHTTP_CALLBACK_STATUS_FLAG_SECURITY_CHANNEL_ERROR;
    for (size_t i = 0; i < ARRAYSIZE(errors); i++) {
        winhttp_script.sends = 0;
        winhttp_script.answers[0] = (struct winhttp_answer){.send_error = errors[i], .secure_faults = fault};
        winhttp_script.answers[1] = winhttp_script.answers[0]; /* nothing can be forgiven */
        assert_int_equal(ask_url(u"https://far.example/file", NULL), BROKEN);
        assert_int_equal(details.cause, S_OK);
        assert_int_equal(winhttp_script.sends, 2);
        /* The handshake was over, or it ended for want of a certificate of the client. */
        winhttp_script.sends = 0;
        winhttp_script.answers[0] = (struct winhttp_answer){.receive_error = errors[i], .secure_faults = fault};
        assert_int_equal(ask_url(u"https://far.example/file", NULL), HTTP_CONNECTION_BROKEN);
        assert_int_equal(winhttp_script.sends, 1);
        winhttp_script.sends = 0;
        winhttp_script.answers[0] = (struct winhttp_answer){.send_error = ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED};
        assert_int_equal(ask_url(u"https://far.example/file", NULL),
                         HRESULT_OF_WIN32(ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED));
        assert_int_equal(winhttp_script.sends, 2);
    }
}

static void a_handshake_that_breaks_once_is_no_failure(void **state)
{
    (void)state;
    winhttp_script.answers[0].send_error = ERROR_WINHTTP_SECURE_CHANNEL_ERROR;
    assert_int_equal(ask_url(u"https://far.example/file", NULL), S_OK);
    assert_int_equal(winhttp_script.sends, 3);
    winhttp_script.sends = 0;
    winhttp_script.answers[2].send_error = ERROR_WINHTTP_SECURE_CHANNEL_ERROR;
    winhttp_script.answers[3].send_error = ERROR_WINHTTP_SECURE_CHANNEL_ERROR;
    assert_int_equal(ask_url(u"https://far.example/file", NULL), BROKEN);
    assert_int_equal(winhttp_script.sends, 4);
}

/* A server that wants a certificate of the client got so far, if it does without. */
static void a_forgiven_handshake_goes_without_a_certificate(void **state)
{
    (void)state;
    winhttp_script.answers[0].send_error = ERROR_WINHTTP_SECURE_CHANNEL_ERROR;
    winhttp_script.answers[1].send_error = ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED;
    assert_int_equal(ask_url(u"https://far.example/file", NULL), S_OK);
    assert_int_equal(winhttp_script.sends, 4);
    assert_logged(1, L"certificate none");
    winhttp_script.sends = 0;
    winhttp_script.answers[2].send_error = ERROR_WINHTTP_SECURE_CHANNEL_ERROR;
    assert_int_equal(ask_url(u"https://far.example/file", NULL), BROKEN);
    assert_int_equal(winhttp_script.sends, 3);
}

/* Who forgives all faults has none to be told, and behind a proxy that wants credentials the server would not be reached
 * without. */
static void no_other_handshake_is_made_where_it_tells_nothing(void **state)
{
    (void)state;
    struct http_options options = {.security_flags = HTTP_IGNORE_CERT_NAME | HTTP_IGNORE_CERT_DATE |
                                                     HTTP_IGNORE_CERT_UNKNOWN_CA | HTTP_IGNORE_CERT_USAGE};
    assert_int_equal(ask_after_handshake((struct winhttp_answer){0}, &options), BROKEN);
    assert_int_equal(winhttp_script.sends, 1);
    options.security_flags |= HTTP_CHECK_REVOCATION;
    assert_int_equal(ask_after_handshake((struct winhttp_answer){0}, &options), DO_E_HTTP_CERT_VALIDATION);
    options.security_flags = HTTP_IGNORE_CERT_NAME;
    assert_int_equal(ask_after_handshake((struct winhttp_answer){0}, &options), DO_E_HTTP_CERT_VALIDATION);
    options = with_credentials;
    assert_int_equal(ask_after_handshake((struct winhttp_answer){0}, &options), DO_E_HTTP_CERT_VALIDATION);
    options.proxy_usage = HTTP_PROXY_OVERRIDE;
    options.proxy_list = u"proxy:1";
    assert_int_equal(ask_after_handshake((struct winhttp_answer){0}, &options), BROKEN);
    assert_int_equal(winhttp_script.sends, 1);
}

/* All that is asked of Windows between two requests that fail, which is all that the server can come to know. */
static void nothing_of_the_job_goes_over_a_forgiven_handshake(void **state)
{
    (void)state;
    static const struct http_credential credential = {HTTP_AUTH_SERVER, HTTP_AUTH_BASIC, u"user", u"password"};
    static const uint8_t serialized[] = {1, 2, 3};
    static const struct http_options options = {
        .proxy_usage = HTTP_PROXY_OVERRIDE,
        .proxy_list = u"proxy:1",
        .headers = u"X-Secret: 1\r\n",
        .auth_headers = u"X-Token: 2\r\n",
        .security_flags = HTTP_CHECK_REVOCATION,
        .credentials = &credential,
        .credential_count = 1,
        .certificate = {.kind = HTTP_CERT_SERIALIZED, .serialized = serialized, .serialized_size = 3},
    };
    wchar_t expected[1024];
    winhttp_script.has_certificate = true;
    assert_int_equal(ask_after_handshake((struct winhttp_answer){0}, &options), DO_E_HTTP_CERT_VALIDATION);
    (void)swprintf(expected, ARRAYSIZE(expected),
                   L"send\nreplace X-Secret:\n"
                   L"session proxy:1\noption %u = 0x40\nconnect far.example:8443\nGET / secure\n"
                   L"time-outs 30000 30000 30000 1000\noption %u = 0x3E8\noption %u = 0x%X\noption %u = 0x%X\n"
                   L"option %u = 0x%X\noption %u = 0x3300\noption %u = 0x%X\nsend\n"
                   L"connect far.example:8443\n",
                   WINHTTP_OPTION_MAX_CONNS_PER_SERVER, WINHTTP_OPTION_RECEIVE_RESPONSE_TIMEOUT,
                   WINHTTP_OPTION_REDIRECT_POLICY, WINHTTP_OPTION_REDIRECT_POLICY_NEVER, WINHTTP_OPTION_DISABLE_FEATURE,
                   WINHTTP_DISABLE_COOKIES, WINHTTP_OPTION_AUTOLOGON_POLICY, WINHTTP_AUTOLOGON_SECURITY_LEVEL_HIGH,
                   WINHTTP_OPTION_SECURITY_FLAGS, WINHTTP_OPTION_DISABLE_FEATURE, WINHTTP_DISABLE_KEEP_ALIVE);
    const wchar_t *forgiven = wcsstr(winhttp_script.log, L"send\n");
    const wchar_t *next = forgiven ? wcsstr(forgiven, L"GET /secret") : NULL;
    if (!next || (size_t)(next - forgiven) != wcslen(expected) || wcsncmp(forgiven, expected, wcslen(expected)) != 0)
        fail_msg("%ls\nis not\n%ls", winhttp_script.log, expected);
}

/* It finds nothing out then. */
static void each_call_for_a_forgiven_handshake_can_fail(void **state)
{
    (void)state;
    assert_int_equal(ask_after_handshake((struct winhttp_answer){0}, NULL),
                     DO_E_HTTP_CERT_VALIDATION); /* the sessions are there */
    winhttp_script.calls = 0;
    assert_int_equal(ask_after_handshake((struct winhttp_answer){0}, NULL), DO_E_HTTP_CERT_VALIDATION);
    unsigned calls = winhttp_script.calls, broken = 0;
    assert_in_range(calls, 30, 100);
    winhttp_script.failing_with = ERROR_WINHTTP_INTERNAL_ERROR;
    for (unsigned number = 1; number <= calls; number++) {
        winhttp_script.calls = 0;
        winhttp_script.failing_at = number;
        HRESULT hr = ask_after_handshake((struct winhttp_answer){0}, NULL);
        if (hr != BROKEN && hr != HRESULT_OF_WIN32(ERROR_WINHTTP_INTERNAL_ERROR) && hr != DO_E_HTTP_CERT_VALIDATION)
            fail_msg("call %u: 0x%08lX", number, (unsigned long)hr);
        broken += hr == BROKEN;
    }
    winhttp_script.failing_at = 0;
    assert_in_range(broken, 3 * 8, calls);
}

/* So that a connection that is kept is not taken for it (HTTP_WINE_SHARES_CONNECTIONS). */
static void a_forgiven_handshake_has_a_connection_of_its_own(void **state)
{
    (void)state;
    assert_int_equal(ask_after_handshake((struct winhttp_answer){0}, NULL), DO_E_HTTP_CERT_VALIDATION);
    assert_logged(3, L"connect far.example:8443");
    assert_logged(3, L"connect FAR.EXAMPLE:8443");
    assert_logged(3, L"option %u = 0x%X", WINHTTP_OPTION_DISABLE_FEATURE, WINHTTP_DISABLE_KEEP_ALIVE);
}

static void tls_that_fails_in_the_body_is_a_broken_connection(void **state)
{
    (void)state;
    static const DWORD errors[] = {ERROR_WINHTTP_SECURE_CHANNEL_ERROR, ERROR_WINHTTP_SECURE_FAILURE,
                                   (DWORD)SEC_E_MESSAGE_ALTERED, (DWORD)SEC_E_DECRYPT_FAILURE};
    for (size_t i = 0; i < ARRAYSIZE(errors); i++) {
        winhttp_script.sends = 0;
        winhttp_script.answers[0] = (struct winhttp_answer){.data_error = errors[i]};
        assert_int_equal(ask_url(u"https://far.example/file", NULL), HTTP_CONNECTION_BROKEN);
        winhttp_script.sends = 0;
        winhttp_script.answers[0] = (struct winhttp_answer){.read_error = errors[i]};
        assert_int_equal(ask_url(u"https://far.example/file", NULL), HTTP_CONNECTION_BROKEN);
    }
    winhttp_script.sends = 0;
    winhttp_script.answers[0] = (struct winhttp_answer){.read_error = ERROR_WINHTTP_TIMEOUT};
    assert_int_equal(ask_url(u"https://far.example/file", NULL), HRESULT_OF_WIN32(ERROR_WINHTTP_TIMEOUT));
}

static void security_flags_become_those_of_windows(void **state)
{
    (void)state;
    static const struct {
        uint32_t flags;
        DWORD ignored;
    } rows[] = {
        {HTTP_IGNORE_CERT_NAME, 0x1000},
        {HTTP_IGNORE_CERT_DATE, 0x2000},
        {HTTP_IGNORE_CERT_UNKNOWN_CA, 0x100},
        {HTTP_IGNORE_CERT_USAGE, 0x200},
        {HTTP_IGNORE_CERT_NAME | HTTP_IGNORE_CERT_DATE | HTTP_IGNORE_CERT_UNKNOWN_CA | HTTP_IGNORE_CERT_USAGE, 0x3300},
    };
    for (size_t i = 0; i < ARRAYSIZE(rows); i++) {
        const struct http_options options = {.security_flags = rows[i].flags};
        winhttp_script.log[0] = 0;
        assert_int_equal(ask_url(u"https://far.example/file", &options), S_OK);
        assert_logged(1, L"option %u = 0x%lX", WINHTTP_OPTION_SECURITY_FLAGS, rows[i].ignored);
        assert_logged(1, L"option %u = 0x%X", WINHTTP_OPTION_DISABLE_FEATURE, WINHTTP_DISABLE_KEEP_ALIVE);
        assert_logged(0, L"option %u = 0x%X", WINHTTP_OPTION_ENABLE_FEATURE, WINHTTP_ENABLE_SSL_REVOCATION);
    }
    const struct http_options revocation = {.security_flags = HTTP_CHECK_REVOCATION};
    winhttp_script.log[0] = 0;
    assert_int_equal(ask_url(u"https://far.example/file", &revocation), S_OK);
    assert_logged(1, L"option %u = 0x%X", WINHTTP_OPTION_ENABLE_FEATURE, WINHTTP_ENABLE_SSL_REVOCATION);
    winhttp_script.log[0] = 0;
    assert_int_equal(ask_url(u"https://far.example/file", NULL), S_OK);
    assert_logged(0, L"option %u = 0x%X", WINHTTP_OPTION_DISABLE_FEATURE, WINHTTP_DISABLE_KEEP_ALIVE);
}

/* Of a request without TLS Windows wants to hear of none of that. */
static void what_is_of_tls_is_not_set_without_it(void **state)
{
    (void)state;
    const struct http_options options = {.security_flags = HTTP_CHECK_REVOCATION | HTTP_IGNORE_CERT_DATE,
                                         .certificate = {.kind = HTTP_CERT_BY_HASH, .store = u"MY"}};
    winhttp_script.has_certificate = true;
    winhttp_script.answers[0] = (struct winhttp_answer){.status = 302, .location = L"https://far.example/there"};
    assert_int_equal(ask(&options), S_OK);
    assert_logged(1, L"GET /file");
    assert_logged(1, L"GET /there secure");
    assert_logged(1, L"option %u = 0x2000", WINHTTP_OPTION_SECURITY_FLAGS);
    assert_logged(1, L"option %u = 0x%X", WINHTTP_OPTION_ENABLE_FEATURE, WINHTTP_ENABLE_SSL_REVOCATION);
    assert_logged(1, L"option %u = 0x%X", WINHTTP_OPTION_DISABLE_FEATURE, WINHTTP_DISABLE_KEEP_ALIVE);
    assert_logged(1, L"certificate shown");
}

/* ---- Certificates of the client ---- */

#define CERTIFICATE_NEEDED ((HRESULT)0x80072F0C)

static void a_server_that_asks_for_a_certificate_is_told_that_there_is_none(void **state)
{
    (void)state;
    static const struct {
        struct winhttp_answer answers[2];
        HRESULT result;
        unsigned sends;
    } rows[] = {
        /* One that does without, and asks before or after the request is sent. */
        {{{.send_error = ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED}}, S_OK, 2},
        {{{.receive_error = ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED}}, S_OK, 2},
        /* One that does not: it asks again, or ends the handshake. */
        {{{.send_error = ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED}, {.send_error = ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED}},
         CERTIFICATE_NEEDED,
         2},
        {{{.receive_error = ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED}, {.send_error = ERROR_WINHTTP_SECURE_FAILURE}},
         CERTIFICATE_NEEDED,
         2},
        {{{.receive_error = ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED},
          {.receive_error = ERROR_WINHTTP_SECURE_CHANNEL_ERROR}},
         CERTIFICATE_NEEDED,
         2},
        /* Its own certificate is wrong, or something else is. */
        {{{.send_error = ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED},
          {.send_error = ERROR_WINHTTP_SECURE_FAILURE,
           .secure_faults = WINHTTP_CALLBACK_STATUS_FLAG_CERT_DATE_INVALID}},
         DO_E_HTTP_CERT_VALIDATION,
         2},
        {{{.send_error = ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED}, {.receive_error = ERROR_WINHTTP_TIMEOUT}},
         (HRESULT)0x80072EE2,
         2},
        {{{.send_error = ERROR_WINHTTP_SECURE_FAILURE}}, DO_E_HTTP_CERT_VALIDATION, 1},
    };
    for (size_t i = 0; i < ARRAYSIZE(rows); i++) {
        winhttp_script.sends = 0;
        winhttp_script.log[0] = 0;
        memset(winhttp_script.answers, 0, sizeof(winhttp_script.answers));
        memcpy(winhttp_script.answers, rows[i].answers, sizeof(rows[i].answers));
        assert_int_equal(ask_url(u"https://far.example/file", NULL), rows[i].result);
        assert_logged(rows[i].sends, L"send");
        assert_logged(rows[i].sends - 1, L"certificate none");
    }
}

static void a_certificate_of_its_own_is_found_and_shown(void **state)
{
    (void)state;
    static const uint8_t serialized[] = {1, 2, 3};
    const struct http_options by_hash = {
        .certificate = {.kind = HTTP_CERT_BY_HASH, .store = u"MY", .location = 1, .hash = {0xAB}}};
    const struct http_options by_subject = {
        .certificate = {.kind = HTTP_CERT_BY_SUBJECT, .store = u"MY", .subject = u"someone"}};
    const struct http_options as_bytes = {
        .certificate = {.kind = HTTP_CERT_SERIALIZED, .serialized = serialized, .serialized_size = 3}};
    winhttp_script.has_certificate = true;
    assert_int_equal(ask_url(u"https://far.example/file", &by_hash), S_OK);
    assert_logged(1, L"store MY 0x20000"); /* CERT_SYSTEM_STORE_LOCAL_MACHINE */
    assert_logged(1, L"find hash AB...");
    assert_logged(1, L"certificate shown");
    assert_int_equal(ask_url(u"https://far.example/file", &by_subject), S_OK);
    assert_logged(1, L"store MY 0x10000");
    assert_logged(1, L"find subject someone");
    assert_int_equal(ask_url(u"https://far.example/file", &as_bytes), S_OK);
    assert_logged(1, L"serialized 3");
    assert_logged(3, L"certificate shown");
    assert_int_equal(ask_url(u"https://far.example/file", &as_bytes), S_OK); /* it is looked for once */
    assert_logged(1, L"serialized 3");
    assert_int_equal(ask_url(u"https://far.example/file", NULL), S_OK);
    assert_logged(4, L"certificate shown");
}

/* ---- Proxies ---- */

static void the_users_settings_come_before_the_machines(void **state)
{
    (void)state;
    winhttp_script.has_user_settings = winhttp_script.has_machine_settings = true;
    winhttp_script.user_list = L"http=user:1;https=user:2";
    winhttp_script.user_bypass = L"near.example";
    winhttp_script.machine_list = L"machine:3";
    assert_int_equal(ask(NULL), S_OK);
    assert_logged(1, L"session user:1");
    assert_int_equal(ask_url(u"https://far.example/file", NULL), S_OK);
    assert_logged(1, L"session user:2");
    assert_int_equal(ask_url(u"http://near.example/file", NULL), S_OK);
    assert_int_equal(ask_url(u"http://localhost/file", NULL), S_OK);
    assert_logged(1, L"session direct"); /* the one from the beginning */
    assert_logged(1, L"user settings");  /* believed for a while */
}

static void without_the_users_the_machines_settings_count(void **state)
{
    (void)state;
    winhttp_script.has_machine_settings = true;
    winhttp_script.machine_list = L"machine:3";
    assert_int_equal(ask(NULL), S_OK);
    assert_logged(1, L"session machine:3");
}

static void settings_that_are_wrong_are_none(void **state)
{
    (void)state;
    winhttp_script.has_user_settings = true;
    winhttp_script.user_list = L"http=:";
    assert_int_equal(ask(NULL), S_OK);
    assert_logged(1, L"session direct");
}

static void detection_comes_first_then_the_script_then_the_list(void **state)
{
    (void)state;
    winhttp_script.has_user_settings = winhttp_script.detects = true;
    winhttp_script.configuration = L"http://config.example/proxy.pac";
    winhttp_script.user_list = L"user:1";
    winhttp_script.detected = L"detected:4";
    assert_int_equal(ask(NULL), S_OK);
    assert_logged(1, L"session detected:4");
    assert_logged(1, L"discover http://far.example/ by detection");
    assert_int_equal(ask(NULL), S_OK);
    assert_logged(1, L"discover http://far.example/ by detection"); /* remembered */
    winhttp_script.detected = NULL;
    winhttp_script.configured = L"configured:5";
    assert_int_equal(ask_url(u"http://other.example:81/a?b", NULL), S_OK);
    assert_logged(1, L"discover http://other.example:81/ by detection");
    assert_logged(1, L"discover http://other.example:81/ by http://config.example/proxy.pac");
    assert_logged(1, L"session configured:5");
    winhttp_script.configured = NULL;
    assert_int_equal(ask_url(u"http://third.example/", NULL), S_OK);
    assert_logged(0, L"discover http://third.example/ by detection"); /* that it fails holds for all */
    assert_logged(1, L"discover http://third.example/ by http://config.example/proxy.pac");
    transport->network_changed(transport);
    winhttp_script.detected = L"another:6";
    assert_int_equal(ask_url(u"http://third.example/file", NULL), S_OK);
    assert_logged(1, L"discover http://third.example/ by detection");
    assert_logged(1, L"session another:6");
    assert_logged(1, L"session user:1");
}

static void configuration_may_say_to_use_none(void **state)
{
    (void)state;
    winhttp_script.has_user_settings = winhttp_script.detects = true;
    winhttp_script.user_list = L"user:1";
    winhttp_script.detected = L"";
    assert_int_equal(ask(NULL), S_OK);
    assert_logged(1, L"session direct");
    assert_logged(0, L"session user:1");
}

static void a_job_may_detect_by_itself(void **state)
{
    (void)state;
    const struct http_options options = {.proxy_usage = HTTP_PROXY_AUTODETECT};
    winhttp_script.has_user_settings = true;
    winhttp_script.user_list = L"user:1";
    winhttp_script.detected = L"detected:4;second:5";
    winhttp_script.answers[0].send_error = ERROR_WINHTTP_CANNOT_CONNECT;
    assert_int_equal(ask(&options), S_OK);
    assert_logged(1, L"session detected:4");
    assert_logged(1, L"session second:5");
    assert_logged(0, L"user settings");
}

static void a_tunnel_is_not_kept(void **state)
{
    (void)state;
    const struct http_options options = {.proxy_usage = HTTP_PROXY_OVERRIDE, .proxy_list = u"proxy:1"};
    assert_int_equal(ask(&options), S_OK);
    assert_logged(0, L"option %u = 0x%X", WINHTTP_OPTION_DISABLE_FEATURE, WINHTTP_DISABLE_KEEP_ALIVE);
    assert_int_equal(ask_url(u"https://far.example/file", &options), S_OK);
    assert_logged(1, L"option %u = 0x%X", WINHTTP_OPTION_DISABLE_FEATURE, WINHTTP_DISABLE_KEEP_ALIVE);
}

static void windows_keeps_tunnels(void **state)
{
    (void)state;
    const struct http_options options = {.proxy_usage = HTTP_PROXY_OVERRIDE, .proxy_list = u"proxy:1"};
    winhttp_script.is_windows = true;
    assert_int_equal(ask_url(u"https://far.example/file", &options), S_OK);
    assert_logged(0, L"option %u = 0x%X", WINHTTP_OPTION_DISABLE_FEATURE, WINHTTP_DISABLE_KEEP_ALIVE);
}

/* ---- Sessions ---- */

static void sessions_are_shared_by_what_a_connection_keeps(void **state)
{
    (void)state;
    const struct http_options headers = {.headers = u"X: 1"}, flags = {.security_flags = HTTP_IGNORE_CERT_DATE};
    assert_int_equal(ask(NULL), S_OK);
    assert_int_equal(ask(&headers), S_OK);
    assert_logged(1, L"session direct");
    assert_logged(2, L"connect far.example:80");
    assert_int_equal(ask(&flags), S_OK);
    assert_int_equal(ask(&flags), S_OK);
    assert_logged(2, L"session direct");
    assert_logged(2, L"connect far.example:80");
    assert_logged(2, L"connect FAR.EXAMPLE:80"); /* for Wine, which would give it a connection of the first session */
    assert_logged(2, L"add Host: far.example");
}

/* A server may redirect each request to a host of its own. */
static void hosts_leave_nothing_behind(void **state)
{
    (void)state;
    wchar_t url[32];
    for (unsigned i = 0; i < 20; i++) {
        (void)swprintf(url, ARRAYSIZE(url), L"http://h%u.example/", i);
        winhttp_script.sends = 0;
        winhttp_script.answers[0] = (struct winhttp_answer){.status = 302, .location = url};
        assert_int_equal(ask(NULL), S_OK);
        assert_int_equal(winhttp_script.open_handles, 1); /* the session */
    }
}

/* Nothing but Wine needs its name in capitals. */
static void windows_is_given_the_host_as_it_is(void **state)
{
    (void)state;
    const struct http_options options = {.security_flags = HTTP_IGNORE_CERT_DATE};
    winhttp_script.is_windows = true;
    assert_int_equal(ask_url(u"https://far.example/file", &options), S_OK);
    assert_logged(1, L"connect far.example:443");
    assert_logged(0, L"add Host: far.example");
    assert_logged(1, L"option %u = 0x%X", WINHTTP_OPTION_DISABLE_FEATURE, WINHTTP_DISABLE_KEEP_ALIVE);
}

static const struct http_credential basic_server = {HTTP_AUTH_SERVER, HTTP_AUTH_BASIC, u"basic", u"b"};
static const struct http_options with_secrets = {.proxy_usage = HTTP_PROXY_OVERRIDE,
                                                 .proxy_list = u"proxy:1",
                                                 .headers = u"X-One: 1\r\nUser-Agent: mine\r\nX-One: 2\r\n",
                                                 .credentials = &basic_server,
                                                 .credential_count = 1};

/* What Wine has when it opens a tunnel is seen by the proxy. */
static void secrets_are_added_when_the_tunnel_is_open(void **state)
{
    (void)state;
    winhttp_script.answers[0] = (struct winhttp_answer){.status = 401, .schemes = WINHTTP_AUTH_SCHEME_BASIC};
    assert_int_equal(ask_url(u"https://far.example/file", &with_secrets), S_OK);
    assert_int_equal(status, 200);
    assert_non_null(wcsstr(winhttp_script.log,
                           L"add User-Agent: mine\nadd Accept-Encoding: identity\nadd Accept: */*\nsend\n"
                           L"replace X-One:\nreplace X-One:\nadd X-One: 1\nadd X-One: 2\nreceive\n"
                           L"send\nreplace X-One:\nreplace X-One:\nreplace Authorization:\n"
                           L"add X-One: 1\nadd X-One: 2\n"
                           L"replace Authorization: Basic YmFzaWM6Yg==\nreceive\n"));
    winhttp_script.log[0] = 0;
    winhttp_script.is_windows = true;
    assert_int_equal(ask_url(u"https://far.example/file", &with_secrets), S_OK);
    assert_non_null(wcsstr(winhttp_script.log, L"add X-One: 1\nadd User-Agent: mine\nadd X-One: 2\n"
                                               L"add Accept-Encoding: identity\nadd Accept: */*\nsend\nreceive\n"));
}

static void a_request_without_its_secrets_does_not_count(void **state)
{
    (void)state;
    winhttp_script.answers[0].is_connection_kept = true; /* which Wine has no way to do */
    assert_int_equal(ask_url(u"https://far.example/file", &with_secrets), HTTP_CONNECTION_BROKEN);
}

/* It would lead the next request, for whatever server, to that of the tunnel. */
static void a_tunnel_is_kept_for_no_authentication(void **state)
{
    (void)state;
    struct http_options options = with_credentials;
    options.proxy_usage = HTTP_PROXY_OVERRIDE;
    options.proxy_list = u"proxy:1";
    assert_int_equal(ask_url(u"https://far.example/file", &options), S_OK);
    assert_logged(1, L"option %u = 0x%X", WINHTTP_OPTION_DISABLE_FEATURE, WINHTTP_DISABLE_KEEP_ALIVE);
}

static void idle_sessions_are_bounded(void **state)
{
    (void)state;
    char16_t user[16];
    const struct http_credential credential = {HTTP_AUTH_SERVER, HTTP_AUTH_BASIC, user, u"p"};
    const struct http_options options = {.credentials = &credential, .credential_count = 1};
    for (unsigned i = 0; i < 3 * HTTP_WINHTTP_IDLE_SESSIONS; i++) {
        (void)swprintf(user, ARRAYSIZE(user), L"user%u", i);
        assert_int_equal(ask(&options), S_OK);
    }
    /* The first session, and the one that was in use last, come on top. */
    assert_in_range(winhttp_script.open_handles, HTTP_WINHTTP_IDLE_SESSIONS, HTTP_WINHTTP_IDLE_SESSIONS + 2);
    unsigned sessions = winhttp_script_count(L"session direct");
    assert_int_equal(ask(&options), S_OK); /* the last one is still there */
    assert_int_equal(winhttp_script_count(L"session direct"), sessions);
}

/* ---- Failures ---- */

static const struct http_credential basic_proxy[] = {{HTTP_AUTH_PROXY, HTTP_AUTH_BASIC, u"user", u"pass"},
                                                     {HTTP_AUTH_SERVER, HTTP_AUTH_NEGOTIATE, NULL, NULL}};
static const struct http_options fullest = {
    .headers = u"X: 1\r\n",
    .auth_headers = u"X-Token: 2\r\n",
    .security_flags = HTTP_CHECK_REVOCATION | HTTP_IGNORE_CERT_DATE,
    .credentials = basic_proxy,
    .credential_count = 2,
    .certificate = {.kind = HTTP_CERT_BY_HASH, .store = u"MY", .hash = {1}},
};

/* A request that needs everything: settings, detection, a script, a certificate, headers, two challenges, a redirect. */
static HRESULT fetch_fullest(void)
{
    winhttp_script_reset();
    winhttp_script.has_user_settings = winhttp_script.has_machine_settings = true;
    winhttp_script.detects = winhttp_script.has_certificate = true;
    winhttp_script.configuration = L"http://config.example/proxy.pac";
    winhttp_script.configured = L"proxy:1";
    winhttp_script.answers[0] = (struct winhttp_answer){.status = 407, .schemes = WINHTTP_AUTH_SCHEME_BASIC};
    winhttp_script.answers[1] = (struct winhttp_answer){.status = 407, .schemes = WINHTTP_AUTH_SCHEME_BASIC};
    winhttp_script.answers[2] = (struct winhttp_answer){.status = 401, .schemes = WINHTTP_AUTH_SCHEME_NEGOTIATE};
    winhttp_script.answers[3] = (struct winhttp_answer){.status = 302, .location = L"/elsewhere"};
    return http_winhttp_create_with(&winhttp_script_api, &transport);
}

static void assert_nothing_is_left(void)
{
    http_details_clear(&details);
    assert_int_equal(winhttp_script.open_handles, 0);
    assert_int_equal(winhttp_script.open_stores, 0);
    assert_int_equal(winhttp_script.open_certificates, 0);
    assert_int_equal(memory_faults_blocks(), 0);
}

static void each_call_of_windows_can_fail(void **state)
{
    (void)state;
    unsigned number = 0, failures = 0;
    bool was_reached;
    do {
        HRESULT hr = fetch_fullest();
        assert_int_equal(hr, S_OK);
        unsigned before = winhttp_script.calls;
        winhttp_script.failing_at = before + ++number;
        winhttp_script.failing_with = ERROR_WINHTTP_INTERNAL_ERROR;
        hr = ask_url(u"https://far.example/file", &fullest);
        was_reached = winhttp_script.calls >= winhttp_script.failing_at;
        winhttp_script.failing_at = 0;
        failures += FAILED(hr);
        /* A call whose failure does not matter leads to an answer all the same, a Location that cannot be read
         * nowhere. */
        if (hr != S_OK && hr != HRESULT_OF_WIN32(ERROR_WINHTTP_INTERNAL_ERROR) &&
            hr != HRESULT_OF_WIN32(ERROR_WINHTTP_REDIRECT_FAILED))
            fail_msg("call %u: 0x%08lX", number, (unsigned long)hr);
        if (!was_reached)
            assert_int_equal(status, 200);
        assert_int_equal(ask_url(u"https://far.example/file", &fullest), S_OK); /* the transport goes on */
        transport->destroy(transport);
        assert_nothing_is_left();
    } while (was_reached);
    print_message("%u calls failed in turn, %u of them the request\n", number - 1, failures);
    assert_in_range(number - 1, CALLS_COMMITTED, 1000);
    assert_in_range(failures, CALLS_COMMITTED / 2, number);
}

static void each_piece_of_memory_can_be_missing(void **state)
{
    (void)state;
    unsigned number = 0, failures = 0;
    bool was_reached;
    do {
        assert_int_equal(fetch_fullest(), S_OK);
        memory_faults_fail(++number);
        HRESULT hr = ask_url(u"https://far.example/file", &fullest);
        was_reached = !memory_faults_pending();
        memory_faults_fail(0);
        failures += FAILED(hr);
        assert_true(hr == S_OK || hr == E_OUTOFMEMORY);
        assert_int_equal(ask_url(u"https://far.example/file", &fullest), S_OK);
        transport->destroy(transport);
        assert_nothing_is_left();
    } while (was_reached);
    print_message("%u blocks were missing in turn, %u of them for the request\n", number - 1, failures);
    assert_in_range(number - 1, BLOCKS_COMMITTED, 1000);
    assert_in_range(failures, BLOCKS_COMMITTED / 2, number);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_scheme_of_the_challenge_decides),
        TEST(every_fitting_credential_is_tried_once),
        TEST(the_proxy_is_answered_and_then_the_server),
        TEST(the_users_own_name_is_given_only_when_that_is_wanted),
        TEST(legs_of_one_authentication_are_sent_on),
        TEST(who_gave_no_answer_is_told),
        TEST(where_redirects_led_before_is_still_not_asked_without_tls),
        TEST(chunks_after_headers_that_broke_off_are_not_touched),
        TEST(windows_itself_sees_to_the_end_of_headers),
        TEST(what_is_wrong_with_a_certificate_is_told),
        TEST(handshakes_with_all_forgiven_tell_a_refused_certificate),
        TEST(a_channel_that_cannot_be_made_is_a_broken_handshake),
        TEST(a_handshake_that_breaks_once_is_no_failure),
        TEST(a_forgiven_handshake_goes_without_a_certificate),
        TEST(no_other_handshake_is_made_where_it_tells_nothing),
        TEST(nothing_of_the_job_goes_over_a_forgiven_handshake),
        TEST(each_call_for_a_forgiven_handshake_can_fail),
        TEST(a_forgiven_handshake_has_a_connection_of_its_own),
        TEST(tls_that_fails_in_the_body_is_a_broken_connection),
        TEST(security_flags_become_those_of_windows),
        TEST(what_is_of_tls_is_not_set_without_it),
        TEST(a_server_that_asks_for_a_certificate_is_told_that_there_is_none),
        TEST(a_certificate_of_its_own_is_found_and_shown),
        TEST(the_users_settings_come_before_the_machines),
        TEST(without_the_users_the_machines_settings_count),
        TEST(settings_that_are_wrong_are_none),
        TEST(detection_comes_first_then_the_script_then_the_list),
        TEST(configuration_may_say_to_use_none),
        TEST(a_job_may_detect_by_itself),
        TEST(a_tunnel_is_not_kept),
        TEST(windows_keeps_tunnels),
        TEST(sessions_are_shared_by_what_a_connection_keeps),
        TEST(hosts_leave_nothing_behind),
        TEST(windows_is_given_the_host_as_it_is),
        TEST(secrets_are_added_when_the_tunnel_is_open),
        TEST(a_request_without_its_secrets_does_not_count),
        TEST(a_tunnel_is_kept_for_no_authentication),
        TEST(idle_sessions_are_bounded),
        cmocka_unit_test(each_call_of_windows_can_fail),
        cmocka_unit_test(each_piece_of_memory_can_be_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
