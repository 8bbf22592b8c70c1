/* Each call of WinHTTP and each piece of memory fails in turn: the transport answers with a failure, gives
 * everything back, and goes on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "http_winhttp_api.h"

#include <cmocka.h>

#include "deliveryoptimizationerrors.h"
#include "memory_faults.h"
#include "thread.h"
#include "origin.h"

#define WAIT_MS 30000u

enum call {
    CALL_OPEN,
    CALL_CONNECT,
    CALL_OPEN_REQUEST,
    CALL_SET_TIMEOUTS,
    CALL_SET_OPTION,
    CALL_ADD_HEADERS,
    CALL_SEND,
    CALL_RECEIVE,
    CALL_QUERY_HEADERS,
    CALL_QUERY_DATA,
    CALL_READ,
    CALL_COUNT
};

static struct origin *origin;
static wchar_t url[256];
static int handles;
static unsigned calls[CALL_COUNT];
static enum call failing = CALL_COUNT;
static unsigned failing_at; /* the number-th such call, from 1 */
static DWORD failing_with;

static bool fails(enum call call)
{
    calls[call]++;
    if (call != failing || calls[call] != failing_at)
        return false;
    SetLastError(failing_with);
    return true;
}

static HINTERNET counted(HINTERNET handle)
{
    handles += handle != NULL;
    return handle;
}

static HINTERNET WINAPI faulty_open(LPCWSTR agent, DWORD access, LPCWSTR proxy, LPCWSTR bypass, DWORD flags)
{
    return fails(CALL_OPEN) ? NULL : counted(WinHttpOpen(agent, access, proxy, bypass, flags));
}

static HINTERNET WINAPI faulty_connect(HINTERNET session, LPCWSTR host, INTERNET_PORT port, DWORD reserved)
{
    return fails(CALL_CONNECT) ? NULL : counted(WinHttpConnect(session, host, port, reserved));
}

static HINTERNET WINAPI faulty_open_request(HINTERNET connection, LPCWSTR verb, LPCWSTR object, LPCWSTR version,
                                            LPCWSTR referrer, LPCWSTR *types, DWORD flags)
{
    return fails(CALL_OPEN_REQUEST)
               ? NULL
               : counted(WinHttpOpenRequest(connection, verb, object, version, referrer, types, flags));
}

static BOOL WINAPI counted_close(HINTERNET handle)
{
    handles--;
    return WinHttpCloseHandle(handle);
}

static BOOL WINAPI faulty_set_timeouts(HINTERNET handle, int resolve, int connect, int send, int receive)
{
    return !fails(CALL_SET_TIMEOUTS) && WinHttpSetTimeouts(handle, resolve, connect, send, receive);
}

static BOOL WINAPI faulty_set_option(HINTERNET handle, DWORD option, LPVOID value, DWORD size)
{
    return !fails(CALL_SET_OPTION) && WinHttpSetOption(handle, option, value, size);
}

static BOOL WINAPI faulty_add_headers(HINTERNET request, LPCWSTR headers, DWORD length, DWORD modifiers)
{
    return !fails(CALL_ADD_HEADERS) && WinHttpAddRequestHeaders(request, headers, length, modifiers);
}

static BOOL WINAPI faulty_send(HINTERNET request, LPCWSTR headers, DWORD length, LPVOID optional, DWORD optional_length,
                               DWORD total, DWORD_PTR context)
{
    return !fails(CALL_SEND) && WinHttpSendRequest(request, headers, length, optional, optional_length, total, context);
}

static BOOL WINAPI faulty_receive(HINTERNET request, LPVOID reserved)
{
    return !fails(CALL_RECEIVE) && WinHttpReceiveResponse(request, reserved);
}

static BOOL WINAPI faulty_query_headers(HINTERNET request, DWORD level, LPCWSTR name, LPVOID buffer, LPDWORD size,
                                        LPDWORD index)
{
    return !fails(CALL_QUERY_HEADERS) && WinHttpQueryHeaders(request, level, name, buffer, size, index);
}

static BOOL WINAPI faulty_query_data(HINTERNET request, LPDWORD available)
{
    return !fails(CALL_QUERY_DATA) && WinHttpQueryDataAvailable(request, available);
}

static BOOL WINAPI faulty_read(HINTERNET request, LPVOID buffer, DWORD size, LPDWORD read)
{
    return !fails(CALL_READ) && WinHttpReadData(request, buffer, size, read);
}

static const struct http_winhttp_api faulty_api = {
    .is_wine = thread_is_killed_anywhere,
    .open = faulty_open,
    .connect = faulty_connect,
    .open_request = faulty_open_request,
    .close_handle = counted_close,
    .set_timeouts = faulty_set_timeouts,
    .set_option = faulty_set_option,
    .send_request = faulty_send,
    .receive_response = faulty_receive,
    .query_headers = faulty_query_headers,
    .query_data_available = faulty_query_data,
    .read_data = faulty_read,
    .set_status_callback = WinHttpSetStatusCallback,
    .add_request_headers = faulty_add_headers,
    .query_auth_schemes = WinHttpQueryAuthSchemes,
    .set_credentials = WinHttpSetCredentials,
    .get_user_proxy = WinHttpGetIEProxyConfigForCurrentUser,
    .get_machine_proxy = WinHttpGetDefaultProxyConfiguration,
    .get_proxy_for_url = WinHttpGetProxyForUrl,
    .cert_open_store = CertOpenStore,
    .cert_find = CertFindCertificateInStore,
    .cert_add_serialized = CertAddSerializedElementToStore,
    .cert_free = CertFreeCertificateContext,
    .cert_close_store = CertCloseStore,
};

static int set_up(void **state)
{
    (void)state;
    assert_int_not_equal(origin_start(&origin, NULL), 0);
    assert_true(origin_url(origin, "/gen/a?size=1000000&seed=6", url, 256));
    memset(calls, 0, sizeof(calls));
    failing = CALL_COUNT;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    memory_faults_fail(0);
    assert_int_equal(handles, 0);
    assert_int_equal(memory_faults_blocks(), 0);
    origin_stop(origin);
    return 0;
}

static void fail_call(enum call call, unsigned number, DWORD error)
{
    memset(calls, 0, sizeof(calls));
    failing = call;
    failing_at = number;
    failing_with = error;
}

/* One file from beginning to end; the first failure. *count: bytes that came. */
static HRESULT fetch(struct http_transport *transport, size_t *count)
{
    static uint8_t buffer[65536], expected[65536];
    struct http_request request = {.url = url, .receive_timeout_ms = WAIT_MS};
    struct http_exchange *exchange;
    struct http_answer answer;
    size_t received = 1;
    *count = 0;
    HRESULT hr = transport->open(transport, &request, &exchange, &answer);
    assert_int_equal(exchange != NULL, SUCCEEDED(hr));
    while (SUCCEEDED(hr) && received) {
        hr = transport->read(transport, exchange, buffer, sizeof(buffer), &received);
        origin_fill(6, *count, expected, received);
        assert_memory_equal(buffer, expected, received);
        *count += received;
    }
    transport->close(transport, exchange);
    return hr;
}

static void each_call_of_a_request_can_fail(void **state)
{
    (void)state;
    static const enum call sequence[] = {CALL_CONNECT,     CALL_OPEN_REQUEST, CALL_SET_TIMEOUTS, CALL_SET_OPTION,
                                         CALL_ADD_HEADERS, CALL_SEND,         CALL_RECEIVE};
    for (size_t i = 0; i < sizeof(sequence) / sizeof(sequence[0]); i++) {
        struct http_transport *transport;
        size_t count;
        unsigned number = 0;
        HRESULT hr;
        do {
            assert_int_equal(http_winhttp_create_with(&faulty_api, &transport), S_OK);
            fail_call(sequence[i], ++number, ERROR_WINHTTP_CONNECTION_ERROR);
            hr = fetch(transport, &count);
            if (FAILED(hr)) {
                assert_int_equal(hr, HTTP_CONNECTION_BROKEN);
                assert_int_equal(handles, 1); /* the session */
                failing = CALL_COUNT;
                assert_int_equal(fetch(transport, &count), S_OK); /* the same transport goes on */
            }
            assert_int_equal(count, 1000000);
            transport->destroy(transport);
            assert_int_equal(handles, 0);
        } while (FAILED(hr));
        assert_in_range(number, 2, 10); /* it was called, and the last round had nothing left to fail */
    }
}

static void a_session_that_cannot_be_opened_is_a_failure(void **state)
{
    (void)state;
    struct http_transport *transport = (struct http_transport *)(uintptr_t)1;
    fail_call(CALL_OPEN, 1, ERROR_NOT_ENOUGH_MEMORY);
    assert_true(FAILED(http_winhttp_create_with(&faulty_api, &transport)));
    assert_null(transport);
}

static void a_refused_connection_limit_is_none(void **state)
{
    (void)state;
    struct http_transport *transport;
    fail_call(CALL_SET_OPTION, 1, ERROR_WINHTTP_INVALID_OPTION);
    assert_int_equal(http_winhttp_create_with(&faulty_api, &transport), S_OK);
    transport->destroy(transport);
}

static void what_was_read_before_a_failure_is_kept(void **state)
{
    (void)state;
    static const enum call sequence[] = {CALL_QUERY_DATA, CALL_READ};
    for (size_t i = 0; i < 2; i++) {
        for (unsigned number = 1; number <= 3; number++) {
            struct http_transport *transport;
            size_t count;
            assert_int_equal(http_winhttp_create_with(&faulty_api, &transport), S_OK);
            fail_call(sequence[i], number, ERROR_WINHTTP_TIMEOUT);
            assert_int_equal(fetch(transport, &count), HRESULT_OF_WIN32(ERROR_WINHTTP_TIMEOUT));
            /* One piece arrives with each pair of calls before. */
            assert_int_equal(count > 0, number > 1);
            /* After a failure only close is legal: WinHTTP was not called again. */
            assert_int_equal(calls[sequence[i]], number);
            transport->destroy(transport);
        }
    }
}

/* As Wine has it. */
static void a_connection_that_ends_before_a_chunk_is_broken(void **state)
{
    (void)state;
    struct http_transport *transport;
    size_t count;
    assert_int_equal(http_winhttp_create_with(&faulty_api, &transport), S_OK);
    fail_call(CALL_READ, 1, ERROR_INSUFFICIENT_BUFFER);
    assert_int_equal(fetch(transport, &count), HTTP_CONNECTION_BROKEN);
    transport->destroy(transport);
}

static void a_status_that_cannot_be_read_is_a_failure(void **state)
{
    (void)state;
    struct http_transport *transport;
    size_t count;
    assert_int_equal(http_winhttp_create_with(&faulty_api, &transport), S_OK);
    fail_call(CALL_QUERY_HEADERS, 1, ERROR_WINHTTP_INTERNAL_ERROR);
    assert_true(FAILED(fetch(transport, &count)));
    transport->destroy(transport);
}

static void a_length_that_cannot_be_read_is_nonsense(void **state)
{
    (void)state;
    struct http_transport *transport;
    struct http_request request = {.url = url, .receive_timeout_ms = WAIT_MS};
    struct http_exchange *exchange;
    struct http_answer answer;
    assert_int_equal(http_winhttp_create_with(&faulty_api, &transport), S_OK);
    fail_call(CALL_QUERY_HEADERS, 3, ERROR_INSUFFICIENT_BUFFER); /* after the status and the encoding */
    assert_int_equal(transport->open(transport, &request, &exchange, &answer), S_OK);
    assert_int_equal(answer.status, 200);
    assert_int_equal(answer.content_length.state, HTTP_NUMBER_BAD);
    transport->close(transport, exchange);
    transport->destroy(transport);
}

/* Connections are the session's: no handle of a request need stay for the next one to get its connection. */
static void connections_are_kept_without_handles(void **state)
{
    (void)state;
    struct http_transport *transport;
    size_t count;
    unsigned before = origin_connection_count(origin);
    assert_int_equal(http_winhttp_create_with(&faulty_api, &transport), S_OK);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(fetch(transport, &count), S_OK);
        assert_int_equal(handles, 1); /* the session */
    }
    assert_in_range(origin_connection_count(origin), before, before + 1);
    transport->destroy(transport);
}

static void certificate_failures_have_their_code(void **state)
{
    (void)state;
    struct http_transport *transport;
    size_t count;
    assert_int_equal(http_winhttp_create_with(&faulty_api, &transport), S_OK);
    fail_call(CALL_SEND, 1, ERROR_WINHTTP_SECURE_FAILURE);
    assert_int_equal(fetch(transport, &count), DO_E_HTTP_CERT_VALIDATION);
    transport->destroy(transport);
}

static void each_piece_of_memory_can_be_missing(void **state)
{
    (void)state;
    size_t number = 0;
    HRESULT hr;
    assert_true(origin_url(origin, "/gen/a?size=1000000&seed=6&hops=2", url, 256));
    do {
        struct http_transport *transport;
        size_t count = 0;
        memory_faults_fail(++number);
        hr = http_winhttp_create_with(&faulty_api, &transport);
        if (SUCCEEDED(hr)) {
            hr = fetch(transport, &count);
            transport->destroy(transport);
        }
        assert_true(hr == S_OK || hr == E_OUTOFMEMORY);
        assert_int_equal(handles, 0);
        assert_int_equal(memory_faults_blocks(), 0);
        origin_reset(origin);
    } while (FAILED(hr));
    assert_in_range(number, 8, 20); /* so many requests for memory there are */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(each_call_of_a_request_can_fail),
        TEST(a_session_that_cannot_be_opened_is_a_failure),
        TEST(a_refused_connection_limit_is_none),
        TEST(what_was_read_before_a_failure_is_kept),
        TEST(a_connection_that_ends_before_a_chunk_is_broken),
        TEST(a_status_that_cannot_be_read_is_a_failure),
        TEST(a_length_that_cannot_be_read_is_nonsense),
        TEST(connections_are_kept_without_handles),
        TEST(certificate_failures_have_their_code),
        TEST(each_piece_of_memory_can_be_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
