/* The faults of the origin in the course of a response, compared byte by byte with what the URL asked for. */
#include "origin_fixture.h"

#include <windows.h>

#include <stdio.h>
#include <string.h>

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

/* Leaves all bytes of the answer in client, which the caller closes. */
static void fetch_raw(struct origin_client *client, const char *target)
{
    origin_client_open(client, port);
    origin_client_get(client, target, "Connection: close\r\n");
    origin_client_receive_all(client);
}

static void a_response_is_cut_at_each_byte(void **state)
{
    static const char *const kinds[] = {"size=10", "size=10&chunked=1", "size=10&nolength=1"};
    (void)state;
    for (size_t kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++) {
        struct origin_client whole;
        char target[128];
        snprintf(target, sizeof(target), "/gen/a?date=0&%s", kinds[kind]);
        fetch_raw(&whole, target);
        for (size_t cut = 0; cut <= whole.length + 1; cut++) {
            struct origin_client client;
            snprintf(target, sizeof(target), "/gen/a?date=0&%s&drop=%zu", kinds[kind], cut);
            fetch_raw(&client, target);
            assert_int_equal(client.length, cut < whole.length ? cut : whole.length);
            assert_memory_equal(client.bytes, whole.bytes, client.length);
            origin_client_close(&client);
        }
        origin_client_close(&whole);
    }
}

static void a_body_is_cut_at_each_byte(void **state)
{
    (void)state;
    for (size_t cut = 0; cut <= 12; cut++) {
        struct origin_reply reply;
        char target[128];
        snprintf(target, sizeof(target), "/gen/a?size=10&seed=4&dropbody=%zu", cut);
        origin_fetch(port, "GET", target, "", &reply);
        assert_string_equal(origin_reply_value(&reply, "Content-Length"), "10");
        assert_int_equal(reply.body_length, cut < 10 ? cut : 10);
        assert_slice(reply.body, reply.body_length, 4, 0);
        origin_reply_release(&reply);
    }
}

static void a_long_body_is_cut_beyond_one_piece(void **state)
{
    struct origin_reply reply;
    (void)state;
    origin_fetch(port, "GET", "/gen/a?size=9000000&seed=4&dropbody=3000001", "", &reply);
    assert_int_equal(reply.body_length, 3000001);
    for (size_t at = 0; at + 1000 <= reply.body_length; at += 1000)
        assert_slice(reply.body + at, 1000, 4, at);
    origin_reply_release(&reply);
}

static void a_drop_ends_the_connection_though_it_was_to_be_kept(void **state)
{
    struct origin_client client;
    (void)state;
    origin_client_open(&client, port);
    origin_client_get(&client, "/gen/a?dropheaders=1", "");
    origin_client_receive_all(&client);
    assert_int_equal(client.length, 0);
    assert_false(client.is_reset);
    origin_client_close(&client);

    origin_client_open(&client, port);
    origin_client_get(&client, "/gen/a?dropheaders=1&reset=1", "");
    origin_client_receive_all(&client);
    assert_true(client.is_reset);
    origin_client_close(&client);
}

static void a_random_cut_depends_on_seed_and_turn_only(void **state)
{
    size_t totals[2][8];
    size_t distinct = 0;
    (void)state;
    for (size_t round = 0; round < 2; round++) {
        origin_reset(origin);
        for (size_t i = 0; i < 8; i++) {
            struct origin_reply reply;
            origin_fetch(port, "GET", "/gen/a?date=0&size=1000&seed=5&dropat=random", "", &reply);
            totals[round][i] = reply.total;
            distinct += round == 0 && i > 0 && totals[0][i] != totals[0][i - 1];
            origin_reply_release(&reply);
        }
    }
    assert_memory_equal(totals[0], totals[1], sizeof(totals[0]));
    assert_in_range(distinct, 4, 7);
}

static void content_range_lies_as_asked(void **state)
{
    (void)state;
    assert_header("/gen/a?size=10", "Content-Range", "bytes 2-5/10");
    assert_header("/gen/a?size=10&cr=missing", "Content-Range", "");
    assert_header("/gen/a?size=10&cr=wrong", "Content-Range", "bytes 6-9/10");
    assert_header("/gen/a?size=10&cr=shifted", "Content-Range", "bytes 3-6/10");
    assert_header("/gen/a?size=10&cr=total", "Content-Range", "bytes 2-5/11");
    assert_header("/gen/a?size=10&cr=unknown", "Content-Range", "bytes 2-5/*");
    assert_header("/gen/a?size=10&cr=garbage", "Content-Range", "bytes none-of/yours");
}

/* What is sent is the range that the header names, so who takes it for another has the wrong bytes. */
static void another_range_than_was_asked_for_has_its_own_bytes(void **state)
{
    static const struct {
        const char *target;
        uint64_t first;
    } rows[] = {{"/gen/a?size=10", 2}, {"/gen/a?size=10&cr=wrong", 6}, {"/gen/a?size=10&cr=shifted", 3}};
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct origin_reply reply;
        origin_fetch(port, "GET", rows[i].target, "Range: bytes=2-5\r\n", &reply);
        assert_int_equal(reply.body_length, 4);
        assert_slice(reply.body, 4, 0, rows[i].first);
        origin_reply_release(&reply);
    }
}

static void content_length_lies_as_asked(void **state)
{
    struct origin_reply reply;
    (void)state;
    assert_header("/gen/a?size=10&clen=lie:7", "Content-Length", "7");
    assert_header("/gen/a?size=10&clen=lie", "Content-Length", "5");
    assert_header("/gen/a?size=10&clen=negative", "Content-Length", "-1");
    assert_header("/gen/a?size=10&clen=garbage", "Content-Length", "12abc");
    origin_fetch(port, "GET", "/gen/a?size=10&clen=duplicate", "", &reply);
    assert_non_null(strstr(reply.header, "\r\nContent-Length: 10\r\nContent-Length: 11\r\n"));
    assert_int_equal(reply.body_length, 10);
    origin_reply_release(&reply);
}

static void a_body_is_longer_or_shorter_than_announced(void **state)
{
    static const struct {
        const char *change;
        size_t length;
    } rows[] = {{"longer=3", 7}, {"shorter=3", 1}, {"shorter=99", 0}};
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct origin_client client;
        struct origin_reply reply;
        char target[64];
        snprintf(target, sizeof(target), "/gen/a?size=6&seed=1&%s", rows[i].change);
        /* The connection could be kept, but must end here. */
        origin_client_open(&client, port);
        origin_client_get(&client, target, "Range: bytes=2-\r\n");
        origin_client_receive_all(&client);
        origin_client_take(&client, &reply);
        assert_string_equal(origin_reply_value(&reply, "Content-Length"), "4");
        assert_string_equal(origin_reply_value(&reply, "Content-Range"), "bytes 2-5/6");
        assert_int_equal(reply.body_length, rows[i].length);
        assert_slice(reply.body, rows[i].length, 1, 2);
        origin_reply_release(&reply);
        origin_client_close(&client);
    }
}

static void framing_is_as_asked(void **state)
{
    struct origin_reply reply;
    (void)state;
    origin_fetch(port, "GET", "/gen/a?size=20&chunked=1", "", &reply);
    assert_string_equal(origin_reply_value(&reply, "Transfer-Encoding"), "chunked");
    assert_string_equal(origin_reply_value(&reply, "Content-Length"), "");
    assert_int_equal(reply.body_length, 4 + 20 + 2 + 5);
    assert_memory_equal(reply.body, "14\r\n", 4);
    assert_slice(reply.body + 4, 20, 0, 0);
    assert_string_equal(reply.body + 24, "\r\n0\r\n\r\n");
    origin_reply_release(&reply);

    origin_fetch(port, "GET", "/gen/a?size=20&nolength=1", "", &reply);
    assert_string_equal(origin_reply_value(&reply, "Content-Length"), "");
    assert_int_equal(reply.body_length, 20);
    origin_reply_release(&reply);

    origin_fetch(port, "GET", "/gen/a?size=20&multipart=1", "Range: bytes=3-4\r\n", &reply);
    static const char prologue[] = "--origin-part\r\nContent-Type: application/octet-stream\r\n"
                                   "Content-Range: bytes 3-4/20\r\n\r\n";
    const size_t part = sizeof(prologue) - 1;
    assert_int_equal(reply.status, 206);
    assert_string_equal(origin_reply_value(&reply, "Content-Type"), "multipart/byteranges; boundary=origin-part");
    assert_string_equal(origin_reply_value(&reply, "Content-Range"), "");
    assert_memory_equal(reply.body, prologue, part);
    assert_slice(reply.body + part, 2, 0, 3);
    assert_string_equal(reply.body + part + 2, "\r\n--origin-part--\r\n");
    origin_reply_release(&reply);
}

/* Receives all that a held response lets out, and proves that there is no more by what the origin counted. */
static void assert_held_after(struct origin_client *client, size_t length)
{
    struct origin_reply other;
    struct origin_request request;
    assert_true(origin_client_receive(client, length));
    /* Time enough for a response that is not held to go on: another request is answered meanwhile. */
    origin_fetch(port, "GET", "/gen/other?size=1", "", &other);
    origin_reply_release(&other);
    assert_true(origin_request_at(origin, 0, &request));
    assert_false(request.is_finished);
    assert_int_equal(request.bytes_sent, length);
    assert_int_equal(client->length, length);
    assert_false(origin_client_is_readable(client));
}

static void a_held_response_goes_on_when_its_gate_opens(void **state)
{
    static const struct {
        const char *target;
        const char *gate;
        bool is_at_header_end;
        size_t held_after;
    } rows[] = {
        {"/gen/a?date=0&size=10&seed=2&gate=g", "g", false, 0},
        {"/gen/a?date=0&size=10&seed=2&gatebody=g:0", "g", true, 0},
        {"/gen/a?date=0&size=10&seed=2&gatebody=g:4", "g", true, 4},
        {"/gen/a?date=0&size=10&seed=2&stall=0", "stall", false, 0},
        {"/gen/a?date=0&size=10&seed=2&stall=33", "stall", false, 33},
    };
    (void)state;
    struct origin_reply whole;
    origin_fetch(port, "GET", "/gen/a?date=0&size=10&seed=2", "", &whole);
    const size_t head = whole.total - 10 - strlen("Connection: close\r\n");
    origin_reply_release(&whole);

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct origin_client client;
        struct origin_reply reply;
        origin_reset(origin);
        origin_client_open(&client, port);
        origin_client_get(&client, rows[i].target, "");
        assert_true(origin_wait_requests(origin, "/gen/a", 1, WAIT_MS));
        assert_held_after(&client, (rows[i].is_at_header_end ? head : 0) + rows[i].held_after);
        assert_true(origin_open_gate(origin, rows[i].gate));
        origin_client_take_one(&client, &reply);
        assert_int_equal(reply.total, head + 10);
        assert_slice(reply.body, 10, 2, 0);
        origin_reply_release(&reply);

        /* An open gate stays open. */
        origin_client_get(&client, rows[i].target, "");
        origin_client_take_one(&client, &reply);
        assert_int_equal(reply.body_length, 10);
        origin_reply_release(&reply);
        origin_client_close(&client);
    }
}

static void a_held_response_ends_when_its_client_leaves(void **state)
{
    struct origin_client client;
    struct origin_request request;
    (void)state;
    origin_client_open(&client, port);
    origin_client_get(&client, "/gen/a?gate=never", "");
    assert_true(origin_wait_requests(origin, "/gen/a", 1, WAIT_MS));
    origin_client_close(&client);
    assert_true(origin_wait_finished(origin, "/gen/a", 1, WAIT_MS));
    assert_true(origin_request_at(origin, 0, &request));
    assert_int_equal(request.status, 0);
    assert_int_equal(request.bytes_sent, 0);
}

static void a_trickle_pauses_between_its_drops(void **state)
{
    struct origin_reply reply;
    ULONGLONG before = GetTickCount64();
    (void)state;
    origin_fetch(port, "GET", "/gen/a?size=10&seed=2&trickle=3/40", "", &reply);
    ULONGLONG passed = GetTickCount64() - before;
    assert_int_equal(reply.body_length, 10);
    assert_slice(reply.body, 10, 2, 0);
    /* Three pauses, less what the tick count is too coarse to see. */
    assert_in_range(passed, 3 * 40 - 20, WAIT_MS);
    origin_reply_release(&reply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ORIGIN_TEST(a_response_is_cut_at_each_byte),
        ORIGIN_TEST(a_body_is_cut_at_each_byte),
        ORIGIN_TEST(a_long_body_is_cut_beyond_one_piece),
        ORIGIN_TEST(a_drop_ends_the_connection_though_it_was_to_be_kept),
        ORIGIN_TEST(a_random_cut_depends_on_seed_and_turn_only),
        ORIGIN_TEST(content_range_lies_as_asked),
        ORIGIN_TEST(another_range_than_was_asked_for_has_its_own_bytes),
        ORIGIN_TEST(content_length_lies_as_asked),
        ORIGIN_TEST(a_body_is_longer_or_shorter_than_announced),
        ORIGIN_TEST(framing_is_as_asked),
        ORIGIN_TEST(a_held_response_goes_on_when_its_gate_opens),
        ORIGIN_TEST(a_held_response_ends_when_its_client_leaves),
        ORIGIN_TEST(a_trickle_pauses_between_its_drops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
