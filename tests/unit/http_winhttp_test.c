/* WinHTTP as the transport uses it, against a real server on loopback. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "http_winhttp_fixture.h"
#include "memory.h"
#include "thread.h"

#define TIMED_OUT       HRESULT_OF_WIN32(12002)
#define CANNOT_CONNECT  HRESULT_OF_WIN32(12029)
#define REDIRECT_FAILED HRESULT_OF_WIN32(12156)

#define GIB (1024ull * 1024 * 1024)

/* ---- What is asked ---- */

static void a_plain_request_has_our_headers_and_no_others_of_note(void **state)
{
    (void)state;
    assert_int_equal(get("/gen/a?size=5"), S_OK);
    struct origin_request request = request_at(0);
    assert_string_equal(request.method, "GET");
    assert_string_equal(request.target, "/gen/a?size=5");
    assert_string_equal(request.range, "");
    assert_string_equal(request.if_range, "");
    assert_string_equal(request.authorization, "");
    assert_non_null(strstr(request.headers, "User-Agent: dosvc/0.1\r\n"));
    assert_non_null(strstr(request.headers, "Accept-Encoding: identity\r\n"));
    assert_null(strstr(request.headers, "Cookie:"));
    assert_null(strstr(request.headers, "Referer:"));
}

static void a_range_and_its_validator_are_sent(void **state)
{
    (void)state;
    const struct http_request request = {
        .has_range = true, .range_first = 5, .range_length = 10, .if_range = u"\"tag\""};
    assert_int_equal(get_with("/gen/a?size=100&etag=strong", &request), S_OK);
    assert_string_equal(request_at(0).range, "bytes=5-14");
    assert_string_equal(request_at(0).if_range, "\"tag\"");
    assert_int_equal(get_range("/gen/a?size=100", 7, RANGE_TO_END), S_OK);
    assert_string_equal(request_at(1).range, "bytes=7-");
}

static void a_validator_with_a_line_break_is_never_sent(void **state)
{
    (void)state;
    const struct http_request request = {
        .has_range = true, .range_length = 10, .if_range = u"\"a\"\r\nAuthorization: x"};
    assert_int_equal(get_with("/gen/a?size=100", &request), E_INVALIDARG);
    assert_int_equal(origin_request_count(winhttp.origin, ""), 0);
}

static void a_url_without_a_path_asks_for_the_root(void **state)
{
    (void)state;
    assert_int_equal(get(""), S_OK);
    assert_string_equal(request_at(0).target, "/");
}

static void what_is_no_url_is_refused(void **state)
{
    (void)state;
    static const char16_t *const urls[] = {u"ftp://127.0.0.1/x", u"file:///c:/x", u"", u"http://"};
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        struct http_request request = {.url = urls[i], .receive_timeout_ms = WAIT_MS};
        assert_int_equal(winhttp.transport->open(winhttp.transport, &request, &winhttp.exchange, &winhttp.answer),
                         E_INVALIDARG);
    }
}

/* ---- What is answered ---- */

static void the_answer_tells_its_headers_and_where_it_came_from(void **state)
{
    (void)state;
    struct http_details details = {0};
    const struct http_request request = {.details = &details};
    assert_int_equal(get_with("/gen/a?size=5", &request), S_OK);
    assert_int_equal(details.status, 200);
    assert_non_null(wcsstr(details.headers, L"HTTP/1.1 200 OK\r\n"));
    assert_non_null(wcsstr(details.headers, L"\r\nContent-Length: 5\r\n"));
    assert_null(details.url);
    http_details_clear(&details);
    assert_int_equal(get_with("/gen/a?size=5&hops=1", &request), S_OK);
    assert_non_null(details.url);
    assert_non_null(wcsstr(details.url, L"/gen/a?size=5&hops="));
    http_details_clear(&details);
    assert_int_equal(get_with("/gen/a?size=5&status=404", &request), S_OK);
    assert_int_equal(details.status, 404);
    http_details_clear(&details);
}

static void a_whole_file_arrives(void **state)
{
    (void)state;
    uint64_t count;
    assert_int_equal(get("/gen/a?size=300000&seed=7&etag=strong&lm=old"), S_OK);
    assert_int_equal(winhttp.answer.status, 200);
    assert_int_equal(winhttp.answer.content_length.state, HTTP_NUMBER_VALID);
    assert_int_equal(winhttp.answer.content_length.value, 300000);
    assert_int_equal(winhttp.answer.content_range.state, HTTP_NUMBER_ABSENT);
    assert_true(winhttp.answer.is_identity);
    assert_int_equal(winhttp.answer.validator.etag[0], '"');
    assert_int_not_equal(winhttp.answer.validator.last_modified[0], 0);
    assert_true(winhttp.answer.last_modified > 0);
    assert_int_equal(read_all(7, 0, &count), S_OK);
    assert_int_equal(count, 300000);
}

static void an_empty_file_arrives(void **state)
{
    (void)state;
    uint64_t count;
    assert_int_equal(get("/gen/a?size=0"), S_OK);
    assert_int_equal(winhttp.answer.content_length.value, 0);
    assert_int_equal(read_all(0, 0, &count), S_OK);
    assert_int_equal(count, 0);
}

static void a_range_arrives(void **state)
{
    (void)state;
    uint64_t count;
    assert_int_equal(get_range("/gen/a?size=300000&seed=7", 1000, 100000), S_OK);
    assert_int_equal(winhttp.answer.status, 206);
    assert_int_equal(winhttp.answer.content_range.state, HTTP_NUMBER_VALID);
    assert_int_equal(winhttp.answer.content_range.first, 1000);
    assert_int_equal(winhttp.answer.content_range.last, 100999);
    assert_int_equal(winhttp.answer.content_range.total, 300000);
    assert_int_equal(read_all(7, 1000, &count), S_OK);
    assert_int_equal(count, 100000);
}

static void sizes_and_ranges_have_64_bits(void **state)
{
    (void)state;
    uint64_t count;
    assert_int_equal(get_range("/gen/a?size=6442450944&seed=3", 5 * GIB, 5000), S_OK);
    assert_true(winhttp.answer.content_range.first == 5 * GIB);
    assert_true(winhttp.answer.content_range.total == 6 * GIB);
    assert_int_equal(read_all(3, 5 * GIB, &count), S_OK);
    assert_int_equal(count, 5000);
    assert_int_equal(get("/gen/a?size=6442450944"), S_OK);
    assert_true(winhttp.answer.content_length.value == 6 * GIB);
}

static void an_unsatisfied_range_tells_the_total(void **state)
{
    (void)state;
    assert_int_equal(get_range("/gen/a?size=100", 100, 10), S_OK);
    assert_int_equal(winhttp.answer.status, 416);
    assert_true(winhttp.answer.content_range.is_unsatisfied);
    assert_int_equal(winhttp.answer.content_range.total, 100);
}

static void bodies_without_a_length_arrive(void **state)
{
    (void)state;
    uint64_t count;
    assert_int_equal(get("/gen/a?size=200000&seed=5&chunked=1"), S_OK);
    assert_int_equal(winhttp.answer.content_length.state, HTTP_NUMBER_ABSENT);
    assert_int_equal(read_all(5, 0, &count), S_OK);
    assert_int_equal(count, 200000);
    assert_int_equal(get("/gen/a?size=200000&seed=5&nolength=1"), S_OK);
    assert_int_equal(winhttp.answer.content_length.state, HTTP_NUMBER_ABSENT);
    assert_int_equal(read_all(5, 0, &count), S_OK);
    assert_int_equal(count, 200000);
}

static void empty_bodies_without_a_length_arrive(void **state)
{
    (void)state;
    struct http_details details = {0};
    const struct http_request request = {.details = &details};
    uint64_t count;
    assert_int_equal(get_with("/gen/a?size=0&chunked=1", &request), S_OK);
    http_details_clear(&details);
    assert_int_equal(read_all(0, 0, &count), S_OK);
    assert_int_equal(count, 0);
    assert_int_equal(get_with("/gen/a?size=0&nolength=1", &request), S_OK);
    http_details_clear(&details);
    assert_int_equal(read_all(0, 0, &count), S_OK);
    assert_int_equal(count, 0);
}

static void statuses_and_retry_after_come_as_they_are(void **state)
{
    (void)state;
    assert_int_equal(get("/gen/a?status=404"), S_OK);
    assert_int_equal(winhttp.answer.status, 404);
    assert_int_equal(get("/gen/a?status=503&retryafter=17"), S_OK);
    assert_int_equal(winhttp.answer.status, 503);
    assert_int_equal(winhttp.answer.retry_after_ms, 17000);
}

static void a_challenge_is_an_answer_like_any_other(void **state)
{
    (void)state;
    assert_int_equal(get("/gen/a?size=5&auth=basic:u:p"), S_OK);
    assert_int_equal(winhttp.answer.status, 401);
    assert_string_equal(request_at(0).authorization, "");
    assert_int_equal(origin_request_count(winhttp.origin, ""), 1);
}

/* ---- Strange headers ---- */

static void two_lengths_are_none(void **state)
{
    (void)state;
    assert_int_equal(get("/gen/a?size=100&clen=duplicate"), S_OK);
    assert_int_equal(winhttp.answer.content_length.state, HTTP_NUMBER_BAD);
}

static void nonsense_lengths_are_none(void **state)
{
    (void)state;
    static const char *const targets[] = {"/gen/a?size=100&clen=negative", "/gen/a?size=100&clen=garbage"};
    for (size_t i = 0; i < 2; i++) {
        HRESULT hr = get(targets[i]); /* WinHTTP itself may refuse */
        if (SUCCEEDED(hr))
            assert_int_equal(winhttp.answer.content_length.state, HTTP_NUMBER_BAD);
    }
}

static void huge_header_blocks_do_no_harm(void **state)
{
    (void)state;
    static const char *const targets[] = {"/gen/a?size=100&seed=1&header64k=1", "/gen/a?size=100&seed=1&headers=2000",
                                          "/gen/a?size=100&seed=1&nul=1"};
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        HRESULT hr = get(targets[i]);
        if (FAILED(hr) || winhttp.answer.content_length.state != HTTP_NUMBER_VALID)
            continue;
        uint64_t count;
        assert_int_equal(winhttp.answer.content_length.value, 100);
        assert_int_equal(read_all(1, 0, &count), S_OK);
        assert_int_equal(count, 100);
    }
    assert_int_equal(get("/gen/a?size=100"), S_OK); /* and the transport goes on */
}

/* ---- Redirects ---- */

static void a_redirect_is_followed_with_the_same_headers(void **state)
{
    (void)state;
    uint64_t count;
    const struct http_request request = {.has_range = true, .range_first = 5, .range_length = 10, .if_range = u"\"t\""};
    assert_int_equal(get_with("/gen/a?location=../gen/b%3Fsize=100%26seed=9%26etag=%2522t%2522", &request), S_OK);
    assert_int_equal(origin_request_count(winhttp.origin, ""), 2);
    struct origin_request second = request_at(1);
    assert_int_equal(strncmp(second.target, "/gen/b?size=100", 15), 0);
    assert_string_equal(second.range, "bytes=5-14");
    assert_string_equal(second.if_range, "\"t\"");
    assert_non_null(strstr(second.headers, "Accept-Encoding: identity\r\n"));
    assert_int_equal(winhttp.answer.status, 206);
    assert_int_equal(read_all(9, 5, &count), S_OK);
    assert_int_equal(count, 10);
}

static void every_status_that_redirects_is_followed(void **state)
{
    (void)state;
    static const char *const targets[] = {
        "/gen/a?status=301&location=/gen/b%3Fsize=3", "/gen/a?status=302&location=/gen/b%3Fsize=3",
        "/gen/a?status=303&location=/gen/b%3Fsize=3", "/gen/a?status=307&location=/gen/b%3Fsize=3",
        "/gen/a?status=308&location=/gen/b%3Fsize=3"};
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        assert_int_equal(get(targets[i]), S_OK);
        assert_int_equal(winhttp.answer.status, 200);
        assert_int_equal(winhttp.answer.content_length.value, 3);
        assert_string_equal(request_at(2 * i + 1).method, "GET");
    }
}

static void ten_redirects_are_followed_and_no_more(void **state)
{
    (void)state;
    assert_int_equal(get("/gen/a?size=5&hops=10"), S_OK);
    assert_int_equal(winhttp.answer.status, 200);
    assert_int_equal(origin_request_count(winhttp.origin, ""), 11);
    origin_reset(winhttp.origin);
    assert_int_equal(get("/gen/b?size=5&hops=11"), REDIRECT_FAILED);
    assert_int_equal(origin_request_count(winhttp.origin, ""), 11);
    assert_false(http_failure_is_transient(REDIRECT_FAILED));
}

static void a_redirect_to_another_scheme_is_not_followed(void **state)
{
    (void)state;
    static const char *const targets[] = {"/gen/a?location=ftp://127.0.0.1/x", "/gen/a?location=file:///c:/x"};
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(get(targets[i]), REDIRECT_FAILED);
    assert_int_equal(origin_request_count(winhttp.origin, ""), 2);
}

static void a_redirect_to_nowhere_is_an_answer(void **state)
{
    (void)state;
    assert_int_equal(get("/gen/a?status=302"), S_OK);
    assert_int_equal(winhttp.answer.status, 302);
}

/* ---- Connections that break ---- */

static void connections_are_used_again(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 20; i++) {
        uint64_t count;
        assert_int_equal(get("/gen/a?size=1000&seed=1"), S_OK);
        assert_int_equal(read_all(1, 0, &count), S_OK);
        assert_int_equal(count, 1000);
    }
    assert_int_equal(origin_connection_count(winhttp.origin), 1);
}

static void a_body_that_ends_early_gives_all_that_came(void **state)
{
    (void)state;
    uint64_t count;
    assert_int_equal(get("/gen/a?size=200000&seed=2&dropbody=100001"), S_OK);
    HRESULT hr = read_all(2, 0, &count);
    /* Wine reports the end, Windows a broken connection. */
    assert_true(hr == S_OK || hr == HTTP_CONNECTION_BROKEN);
    assert_int_equal(count, 100001);
}

static void a_silent_server_times_out_after_what_came(void **state)
{
    (void)state;
    uint64_t count;
    const struct http_request request = {.receive_timeout_ms = 300};
    assert_int_equal(get_with("/gen/a?size=200000&seed=2&gatebody=never:100001", &request), S_OK);
    assert_int_equal(read_all(2, 0, &count), TIMED_OUT);
    assert_int_equal(count, 100001);
    assert_true(http_failure_is_transient(TIMED_OUT));
    size_t received;
    assert_int_equal(winhttp.transport->read(winhttp.transport, winhttp.exchange, &count, sizeof(count), &received),
                     TIMED_OUT);
    assert_int_equal(received, 0);
}

static void a_body_that_cannot_be_continued_has_a_time_out_of_its_own(void **state)
{
    (void)state;
    uint64_t count;
    const struct http_request request = {.receive_timeout_ms = 300, .whole_timeout_ms = WAIT_MS, .expects_whole = true};
    assert_int_equal(get_with("/gen/a?size=2000&seed=2&trickle=1000/700", &request), S_OK);
    assert_int_equal(read_all(2, 0, &count), S_OK);
    assert_int_equal(count, 2000);
}

static void a_server_that_never_answers_times_out(void **state)
{
    (void)state;
    const struct http_request request = {.receive_timeout_ms = 300, .whole_timeout_ms = WAIT_MS, .expects_whole = true};
    assert_int_equal(get_with("/gen/a?size=5&gate=never", &request), TIMED_OUT);
}

/* Where in the headers it stops decides what Wine makes of them: an answer without a length, one with it, or none. */
static void a_server_that_stalls_in_its_headers_gives_no_byte(void **state)
{
    (void)state;
    for (unsigned stop = 10; stop < 200; stop += 15) {
        char target[80];
        uint64_t count = 0;
        const struct http_request request = {.receive_timeout_ms = 100};
        (void)snprintf(target, sizeof(target), "/gen/a?size=200000&seed=2&stall=%u", stop);
        HRESULT hr = get_with(target, &request);
        if (SUCCEEDED(hr))
            hr = read_all(2, 0, &count);
        if (!http_failure_is_transient(hr) || count)
            fail_msg("stopped after %u: %08lX, %llu bytes", stop, (unsigned long)hr, (unsigned long long)count);
    }
}

static void a_slow_body_comes_in_pieces(void **state)
{
    (void)state;
    static uint8_t buffer[65536];
    size_t received;
    assert_int_equal(get("/gen/a?size=2000&trickle=100/20"), S_OK);
    assert_int_equal(winhttp.transport->read(winhttp.transport, winhttp.exchange, buffer, sizeof(buffer), &received),
                     S_OK);
    assert_in_range(received, 1, 1999);
}

static void a_connection_closed_without_an_answer_is_transient(void **state)
{
    (void)state;
    HRESULT hr = get("/gen/a?size=5&dropheaders=1");
    assert_true(FAILED(hr));
    assert_true(http_failure_is_transient(hr));
}

static void nobody_listening_is_transient(void **state)
{
    (void)state;
    wchar_t url[128];
    assert_true(origin_url(winhttp.origin, "/gen/a?size=5", url, 128));
    origin_stop(winhttp.origin);
    winhttp.origin = NULL;
    struct http_request request = {.url = url, .receive_timeout_ms = WAIT_MS};
    assert_int_equal(winhttp.transport->open(winhttp.transport, &request, &winhttp.exchange, &winhttp.answer),
                     CANNOT_CONNECT);
    assert_true(http_failure_is_transient(CANNOT_CONNECT));
}

/* ---- Many at once ---- */

#define THREADS  8
#define REQUESTS 20
#define PIECE    30000u

struct client {
    unsigned number;
    char problem[64];
};

static void fetch_pieces(void *context)
{
    struct client *client = context;
    struct http_transport *transport = winhttp.transport;
    uint8_t *buffer = malloc(65536), *expected = malloc(65536);
    wchar_t url[128];
    origin_url(winhttp.origin, "/gen/a?size=10000000&seed=4", url, 128);
    for (unsigned i = 0; i < REQUESTS && !client->problem[0]; i++) {
        uint64_t first = (uint64_t)(i * THREADS + client->number) * PIECE;
        struct http_request request = {
            .url = url, .has_range = true, .range_first = first, .range_length = PIECE, .receive_timeout_ms = WAIT_MS};
        struct http_exchange *exchange;
        struct http_answer answer;
        size_t total = 0, received = 1;
        HRESULT hr = transport->open(transport, &request, &exchange, &answer);
        while (SUCCEEDED(hr) && received) {
            hr = transport->read(transport, exchange, buffer, 65536, &received);
            origin_fill(4, first + total, expected, received);
            if (memcmp(buffer, expected, received) != 0)
                strcpy(client->problem, "wrong bytes");
            total += received;
        }
        if (FAILED(hr) || total != PIECE)
            strcpy(client->problem, "failed or short");
        transport->close(transport, exchange);
    }
    free(buffer);
    free(expected);
}

static void threads_share_one_transport(void **state)
{
    (void)state;
    struct client clients[THREADS] = {{0}};
    struct thread *threads[THREADS];
    for (unsigned i = 0; i < THREADS; i++) {
        clients[i].number = i;
        assert_int_equal(thread_start(u"client", fetch_pieces, &clients[i], &threads[i]), S_OK);
    }
    for (unsigned i = 0; i < THREADS; i++)
        thread_join(threads[i]);
    for (unsigned i = 0; i < THREADS; i++)
        assert_string_equal(clients[i].problem, "");
    assert_int_equal(origin_request_count(winhttp.origin, ""), THREADS * REQUESTS);
    assert_in_range(origin_connection_count(winhttp.origin), 1, THREADS);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, winhttp_fixture_set_up, winhttp_fixture_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_plain_request_has_our_headers_and_no_others_of_note),
        TEST(a_range_and_its_validator_are_sent),
        TEST(a_validator_with_a_line_break_is_never_sent),
        TEST(a_url_without_a_path_asks_for_the_root),
        TEST(what_is_no_url_is_refused),
        TEST(the_answer_tells_its_headers_and_where_it_came_from),
        TEST(a_whole_file_arrives),
        TEST(an_empty_file_arrives),
        TEST(a_range_arrives),
        TEST(sizes_and_ranges_have_64_bits),
        TEST(an_unsatisfied_range_tells_the_total),
        TEST(bodies_without_a_length_arrive),
        TEST(empty_bodies_without_a_length_arrive),
        TEST(statuses_and_retry_after_come_as_they_are),
        TEST(a_challenge_is_an_answer_like_any_other),
        TEST(two_lengths_are_none),
        TEST(nonsense_lengths_are_none),
        TEST(huge_header_blocks_do_no_harm),
        TEST(a_redirect_is_followed_with_the_same_headers),
        TEST(every_status_that_redirects_is_followed),
        TEST(ten_redirects_are_followed_and_no_more),
        TEST(a_redirect_to_another_scheme_is_not_followed),
        TEST(a_redirect_to_nowhere_is_an_answer),
        TEST(connections_are_used_again),
        TEST(a_body_that_ends_early_gives_all_that_came),
        TEST(a_silent_server_times_out_after_what_came),
        TEST(a_body_that_cannot_be_continued_has_a_time_out_of_its_own),
        TEST(a_server_that_never_answers_times_out),
        TEST(a_server_that_stalls_in_its_headers_gives_no_byte),
        TEST(a_slow_body_comes_in_pieces),
        TEST(a_connection_closed_without_an_answer_is_transient),
        TEST(nobody_listening_is_transient),
        TEST(threads_share_one_transport),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
