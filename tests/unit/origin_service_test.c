/* The origin as a service: connections, hostile clients, and what it records for tests. */
#include "origin_fixture.h"
#include "temp_dir.h"

#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

static void a_connection_serves_request_after_request(void **state)
{
    struct origin_client client;
    struct origin_reply reply;
    struct origin_request request;
    (void)state;
    origin_client_open(&client, port);
    origin_client_get(&client, "/gen/a?size=300000&seed=1", "");
    origin_client_take_one(&client, &reply);
    assert_int_equal(reply.body_length, 300000);
    assert_slice(reply.body + 250000, 50000, 1, 250000);
    origin_reply_release(&reply);
    /* Two at once: the second one is already there when the first one is answered. */
    static const char two[] = "GET /gen/b?size=5 HTTP/1.1\r\n\r\nGET /gen/c?size=6 HTTP/1.1\r\n\r\n";
    origin_client_send(&client, two, sizeof(two) - 1);
    origin_client_take_one(&client, &reply);
    assert_int_equal(reply.body_length, 5);
    origin_reply_release(&reply);
    origin_client_take_one(&client, &reply);
    assert_int_equal(reply.body_length, 6);
    origin_reply_release(&reply);
    origin_client_close(&client);

    assert_int_equal(origin_connection_count(origin), 1);
    assert_true(origin_request_at(origin, 2, &request));
    assert_string_equal(request.target, "/gen/c?size=6");
    assert_int_equal(request.connection, 1);
}

static void requests_are_recorded_and_counted(void **state)
{
    struct origin_reply reply;
    struct origin_request request;
    (void)state;
    origin_fetch(port, "GET", "/gen/a?size=10", "Range: bytes=2-3\r\nIf-Range: \"x\"\r\nAuthorization: Basic eDp5\r\n",
                 &reply);
    size_t total = reply.total;
    origin_reply_release(&reply);
    origin_fetch(port, "HEAD", "/gen/ab", "", &reply);
    total += reply.total;
    origin_reply_release(&reply);
    assert_true(origin_wait_finished(origin, "", 2, WAIT_MS));

    assert_int_equal(origin_request_count(origin, ""), 2);
    assert_int_equal(origin_request_count(origin, "/gen/a"), 2);
    assert_int_equal(origin_request_count(origin, "/gen/ab"), 1);
    assert_int_equal(origin_request_count(origin, "/gen/b"), 0);
    assert_int_equal(origin_bytes_sent(origin), total);
    assert_false(origin_wait_requests(origin, "/gen/b", 1, 20));
    assert_true(origin_request_at(origin, 0, &request));
    assert_string_equal(request.method, "GET");
    assert_string_equal(request.target, "/gen/a?size=10");
    assert_string_equal(request.range, "bytes=2-3");
    assert_string_equal(request.if_range, "\"x\"");
    assert_string_equal(request.authorization, "Basic eDp5");
    assert_string_equal(request.headers, "Host: origin\r\nRange: bytes=2-3\r\nIf-Range: \"x\"\r\n"
                                         "Authorization: Basic eDp5\r\nConnection: close\r\n\r\n");
    assert_true(request.is_finished);
    assert_int_equal(request.status, 200);
    assert_true(origin_request_at(origin, 1, &request));
    assert_string_equal(request.method, "HEAD");
    assert_string_equal(request.range, "");
    assert_false(origin_request_at(origin, 2, &request));

    origin_reset(origin);
    assert_int_equal(origin_request_count(origin, ""), 0);
    assert_int_equal(origin_bytes_sent(origin), 0);
}

static void a_request_from_before_a_reset_is_forgotten(void **state)
{
    struct origin_client client;
    struct origin_reply reply;
    struct origin_request request;
    (void)state;
    origin_client_open(&client, port);
    origin_client_get(&client, "/gen/old?size=50&gate=g", "");
    assert_true(origin_wait_requests(origin, "/gen/old", 1, WAIT_MS));
    origin_reset(origin);
    origin_fetch(port, "HEAD", "/gen/new", "", &reply);
    assert_true(origin_wait_finished(origin, "/gen/new", 1, WAIT_MS));
    assert_true(origin_open_gate(origin, "g"));
    struct origin_reply old;
    origin_client_take_one(&client, &old);
    assert_int_equal(old.body_length, 50);
    origin_reply_release(&old);
    /* Its connection goes on, so the old request is over. */
    origin_client_get(&client, "/control/requests", "");
    origin_client_take_one(&client, &old);
    origin_reply_release(&old);
    origin_client_close(&client);

    assert_int_equal(origin_request_count(origin, ""), 1);
    assert_true(origin_request_at(origin, 0, &request));
    assert_string_equal(request.target, "/gen/new");
    assert_int_equal(request.bytes_sent, reply.total);
    assert_int_equal(origin_bytes_sent(origin), reply.total);
    origin_reply_release(&reply);
}

static void other_processes_control_it_over_http(void **state)
{
    struct origin_reply reply;
    struct origin_client client;
    (void)state;
    origin_client_open(&client, port);
    origin_client_get(&client, "/gen/a?size=4&gate=g", "Range: bytes=0-1\r\n");
    assert_true(origin_wait_requests(origin, "/gen/a", 1, WAIT_MS));
    origin_fetch(port, "GET", "/control/requests", "", &reply);
    assert_string_equal(reply.body, "GET\t/gen/a?size=4&gate=g\tbytes=0-1\t-\t-\t-\n");
    origin_reply_release(&reply);
    assert_false(origin_client_is_readable(&client));

    origin_fetch(port, "GET", "/control/open?gate=g", "", &reply);
    assert_int_equal(reply.status, 200);
    origin_reply_release(&reply);
    origin_client_take_one(&client, &reply);
    assert_int_equal(reply.status, 206);
    origin_reply_release(&reply);
    origin_client_close(&client);
    origin_fetch(port, "GET", "/control/close?gate=g", "", &reply);
    assert_int_equal(reply.status, 200);
    origin_reply_release(&reply);

    origin_fetch(port, "GET", "/control/reset", "", &reply);
    origin_reply_release(&reply);
    assert_int_equal(origin_request_count(origin, ""), 0);
    origin_fetch(port, "GET", "/control/open", "", &reply);
    assert_int_equal(reply.status, 400);
    origin_reply_release(&reply);
    origin_fetch(port, "GET", "/control/nothing", "", &reply);
    assert_int_equal(reply.status, 404);
    origin_reply_release(&reply);
}

static void hostile_requests_are_refused(void **state)
{
    static char long_head[20000];
    static char long_target[4000];
    static const char nul[] = "GET /a\0b HTTP/1.1\r\n\r\n";
    (void)state;
    memset(long_head, 'a', sizeof(long_head) - 1);
    memcpy(long_head, "GET / HTTP/1.1\r\nX: ", 19);
    memset(long_target, 'a', sizeof(long_target) - 1);
    memcpy(long_target, "GET /", 5);
    memcpy(long_target + sizeof(long_target) - 14, " HTTP/1.1\r\n\r\n", 13);
    const struct {
        const char *request;
        size_t length; /* 0: up to the NUL */
        unsigned status;
    } rows[] = {
        {long_head, sizeof(long_head) - 1, 431},
        {long_target, sizeof(long_target) - 1, 414},
        {nul, sizeof(nul) - 1, 400},
        {"\r\n\r\n", 0, 400},
        {"GET\r\n\r\n", 0, 400},
        {"GET /gen/a\r\n\r\n", 0, 400},
        {"GET gen/a HTTP/1.1\r\n\r\n", 0, 400},
        {"GET /%zz HTTP/1.1\r\n\r\n", 0, 400},
        {"GET /%00 HTTP/1.1\r\n\r\n", 0, 400},
        {"GET /gen/a HTTP/2.0\r\n\r\n", 0, 505},
        {"METHODTHATISTOOLONG /a HTTP/1.1\r\n\r\n", 0, 400},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct origin_client client;
        struct origin_reply reply;
        origin_client_open(&client, port);
        origin_client_send(&client, rows[i].request, rows[i].length ? rows[i].length : strlen(rows[i].request));
        origin_client_receive_all(&client);
        origin_client_take(&client, &reply);
        assert_int_equal(reply.status, rows[i].status);
        origin_reply_release(&reply);
        origin_client_close(&client);
    }
    assert_int_equal(origin_request_count(origin, ""), 0);
}

static void an_idle_connection_and_half_a_request_time_out(void **state)
{
    const struct origin_options impatient = {.idle_timeout_ms = 50};
    struct origin *server;
    uint16_t server_port = origin_start(&server, &impatient);
    (void)state;
    assert_int_not_equal(server_port, 0);
    for (int with_half_a_request = 0; with_half_a_request < 2; with_half_a_request++) {
        struct origin_client client;
        origin_client_open(&client, server_port);
        if (with_half_a_request)
            origin_client_send(&client, "GET /gen/a HT", 13);
        origin_client_receive_all(&client);
        assert_int_equal(client.length, 0);
        origin_client_close(&client);
    }
    origin_stop(server);
}

static void connections_beyond_the_bound_wait_for_their_turn(void **state)
{
    const struct origin_options narrow = {.max_connections = 1};
    struct origin_client first;
    struct origin_client second;
    struct origin_reply reply;
    struct origin *server;
    uint16_t server_port = origin_start(&server, &narrow);
    (void)state;
    origin_client_open(&first, server_port);
    origin_client_get(&first, "/gen/a?size=1", "");
    origin_client_take_one(&first, &reply);
    origin_reply_release(&reply);
    origin_client_open(&second, server_port);
    origin_client_get(&second, "/gen/b?size=2", "");
    origin_client_get(&first, "/gen/a?size=1", "");
    origin_client_take_one(&first, &reply);
    origin_reply_release(&reply);
    assert_int_equal(origin_request_count(server, "/gen/b"), 0);

    origin_client_close(&first);
    origin_client_take_one(&second, &reply);
    assert_int_equal(reply.body_length, 2);
    origin_reply_release(&reply);
    origin_client_close(&second);
    origin_stop(server);
}

static void stopping_ends_held_stalled_and_idle_connections(void **state)
{
    static const char *const targets[] = {"/gen/a?gate=never", "/gen/a?stall=10", "/gen/a?size=100&trickle=1/500000",
                                          "/gen/a?size=99999999999", NULL};
    struct origin_client clients[5];
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        origin_client_open(&clients[i], port);
        if (targets[i])
            origin_client_get(&clients[i], targets[i], "");
    }
    assert_true(origin_wait_requests(origin, "", 4, WAIT_MS));
    origin_stop(origin);
    origin = NULL;
    for (size_t i = 0; i < 5; i++) {
        if (i != 3)
            origin_client_receive_all(&clients[i]);
        origin_client_close(&clients[i]);
    }
}

static void the_log_has_a_line_for_each_request(void **state)
{
    struct temp_dir dir;
    wchar_t path[TEMP_PATH_MAX];
    char expected[256];
    struct origin_reply reply;
    struct origin *server;
    (void)state;
    temp_dir_make(&dir);
    temp_dir_path(&dir, L"requests.txt", path);
    temp_file_write(path, "before\n", 7);
    const struct origin_options options = {.requests_log = path};
    uint16_t server_port = origin_start(&server, &options);
    origin_fetch(server_port, "GET", "/gen/a?size=9", "Range: bytes=1-2\r\nIf-Range: \"9-0\"\r\n", &reply);
    size_t total = reply.total;
    origin_reply_release(&reply);
    origin_fetch(server_port, "GET", "/gen/a?dropheaders=1", "", &reply);
    origin_reply_release(&reply);
    origin_stop(server);

    snprintf(expected, sizeof(expected),
             "before\n"
             "GET\t/gen/a?size=9\tbytes=1-2\t\"9-0\"\t206\t%zu\n"
             "GET\t/gen/a?dropheaders=1\t-\t-\t0\t0\n",
             total);
    char *log = temp_file_read(path, NULL);
    assert_string_equal(log, expected);
    free(log);
    temp_dir_remove(&dir);
}

static void it_answers_as_a_proxy_whatever_the_host(void **state)
{
    struct origin_reply reply;
    struct origin_request request;
    (void)state;
    origin_fetch(port, "GET", "http://example.com/gen/a?size=7", "", &reply);
    assert_int_equal(reply.body_length, 7);
    origin_reply_release(&reply);
    assert_true(origin_request_at(origin, 0, &request));
    assert_string_equal(request.target, "/gen/a?size=7");
    assert_true(request.is_proxied);
    origin_fetch(port, "GET", "/gen/a?size=7", "", &reply);
    origin_reply_release(&reply);
    assert_true(origin_request_at(origin, 1, &request));
    assert_false(request.is_proxied);
}

static void a_tunnel_leads_to_another_server(void **state)
{
    static const char established[] = "HTTP/1.1 200 Connection established\r\n\r\n";
    const size_t head = sizeof(established) - 1;
    struct origin *other;
    struct origin_client client;
    struct origin_reply reply;
    struct origin_request request;
    char text[128];
    (void)state;
    uint16_t other_port = origin_start(&other, NULL);
    snprintf(text, sizeof(text), "CONNECT far.invalid:%u HTTP/1.1\r\n\r\n", other_port);
    origin_client_open(&client, port);
    origin_client_send(&client, text, strlen(text));
    assert_true(origin_client_receive(&client, head));
    assert_memory_equal(client.bytes, established, head);
    origin_client_take(&client, &reply);
    origin_reply_release(&reply);
    origin_client_get(&client, "/gen/b?size=600000&seed=4", "");
    origin_client_take_one(&client, &reply);
    assert_int_equal(reply.body_length, 600000);
    assert_slice(reply.body + 550000, 50000, 4, 550000);
    origin_reply_release(&reply);
    origin_client_close(&client);
    assert_int_equal(origin_request_count(other, "/gen/b"), 1);
    origin_stop(other);

    assert_true(origin_wait_finished(origin, "far.invalid:", 1, WAIT_MS));
    assert_true(origin_request_at(origin, 0, &request));
    assert_string_equal(request.method, "CONNECT");
    assert_true(request.is_proxied);
    assert_int_equal(request.status, 200);
    snprintf(text, sizeof(text), "CONNECT far.invalid:%u HTTP/1.1\r\n\r\n", other_port);
    origin_client_open(&client, port); /* nobody listens there any more */
    origin_client_send(&client, text, strlen(text));
    origin_client_take_one(&client, &reply);
    assert_int_equal(reply.status, 502);
    origin_reply_release(&reply);
    origin_client_close(&client);
}

static void all_header_lines_are_shown(void **state)
{
    struct origin_reply reply;
    (void)state;
    origin_fetch(port, "GET", "/gen/a?size=7", "X-One: 1\r\n", &reply);
    origin_reply_release(&reply);
    origin_fetch(port, "GET", "/control/headers", "", &reply);
    assert_non_null(strstr(reply.body, "GET /gen/a?size=7\r\n"));
    assert_non_null(strstr(reply.body, "\r\nX-One: 1\r\n"));
    origin_reply_release(&reply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ORIGIN_TEST(a_connection_serves_request_after_request),
        ORIGIN_TEST(requests_are_recorded_and_counted),
        ORIGIN_TEST(a_request_from_before_a_reset_is_forgotten),
        ORIGIN_TEST(other_processes_control_it_over_http),
        ORIGIN_TEST(hostile_requests_are_refused),
        ORIGIN_TEST(an_idle_connection_and_half_a_request_time_out),
        ORIGIN_TEST(connections_beyond_the_bound_wait_for_their_turn),
        ORIGIN_TEST(stopping_ends_held_stalled_and_idle_connections),
        ORIGIN_TEST(the_log_has_a_line_for_each_request),
        ORIGIN_TEST(it_answers_as_a_proxy_whatever_the_host),
        ORIGIN_TEST(a_tunnel_leads_to_another_server),
        ORIGIN_TEST(all_header_lines_are_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
