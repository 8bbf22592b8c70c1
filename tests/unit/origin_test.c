/* The origin as an honest server: what it serves, in ranges or as a whole. */
#include "origin_fixture.h"
#include "temp_dir.h"

#include <windows.h>

#include <stdio.h>
#include <string.h>

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

static void content_at_any_offset_is_a_slice_of_the_whole(void **state)
{
    unsigned char whole[64];
    unsigned char slice[64];
    unsigned char other[64];
    (void)state;
    origin_fill(7, UINT64_C(0xFFFFFFF0), whole, sizeof(whole));
    for (size_t first = 0; first < sizeof(whole); first++) {
        for (size_t length = 0; first + length <= sizeof(whole); length++) {
            origin_fill(7, UINT64_C(0xFFFFFFF0) + first, slice, length);
            assert_memory_equal(slice, whole + first, length);
        }
    }
    origin_fill(8, UINT64_C(0xFFFFFFF0), other, sizeof(other));
    assert_memory_not_equal(other, whole, sizeof(whole));
    origin_fill(7, UINT64_C(0x1FFFFFFF0), other, sizeof(other));
    assert_memory_not_equal(other, whole, sizeof(whole));
}

static void a_plain_response_is_complete_and_honest(void **state)
{
    struct origin_reply reply;
    (void)state;
    origin_fetch(port, "GET", "/gen/a?size=20&seed=3&date=1000000000", "", &reply);
    assert_string_equal(reply.header, "HTTP/1.1 200 OK\r\n"
                                      "Date: Sun, 09 Sep 2001 01:46:40 GMT\r\n"
                                      "Content-Type: application/octet-stream\r\n"
                                      "Last-Modified: Wed, 01 Jan 2020 00:00:00 GMT\r\n"
                                      "ETag: \"14-3\"\r\n"
                                      "Accept-Ranges: bytes\r\n"
                                      "Content-Length: 20\r\n"
                                      "Connection: close\r\n");
    assert_int_equal(reply.body_length, 20);
    assert_slice(reply.body, 20, 3, 0);
    origin_reply_release(&reply);
}

static void ranges_give_their_part(void **state)
{
    static const struct {
        const char *range;
        const char *content_range;
        uint64_t first;
        size_t length;
    } rows[] = {
        {"bytes=0-0", "bytes 0-0/5368709120", 0, 1},
        {"bytes=10-19", "bytes 10-19/5368709120", 10, 10},
        {"bytes=4294967290-4294967305", "bytes 4294967290-4294967305/5368709120", UINT64_C(4294967290), 16},
        {"bytes=5368709110-", "bytes 5368709110-5368709119/5368709120", UINT64_C(5368709110), 10},
        {"bytes=5368709110-9999999999", "bytes 5368709110-5368709119/5368709120", UINT64_C(5368709110), 10},
        {"bytes=-3", "bytes 5368709117-5368709119/5368709120", UINT64_C(5368709117), 3},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct origin_reply reply;
        char header[128];
        snprintf(header, sizeof(header), "Range: %s\r\n", rows[i].range);
        origin_fetch(port, "GET", "/gen/a?size=5368709120&seed=9", header, &reply);
        assert_int_equal(reply.status, 206);
        assert_string_equal(origin_reply_value(&reply, "Content-Range"), rows[i].content_range);
        assert_int_equal(reply.body_length, rows[i].length);
        assert_slice(reply.body, rows[i].length, 9, rows[i].first);
        origin_reply_release(&reply);
    }
}

static void ranges_beyond_the_end_are_refused_and_odd_ones_ignored(void **state)
{
    static const struct {
        const char *target;
        const char *range;
        unsigned status;
        const char *content_range;
        size_t length;
    } rows[] = {
        {"/gen/a?size=10", "bytes=10-", 416, "bytes */10", 22},
        {"/gen/a?size=10", "bytes=11-12", 416, "bytes */10", 22},
        {"/gen/a?size=10", "bytes=-0", 416, "bytes */10", 22},
        {"/gen/a?size=0", "bytes=0-99", 416, "bytes */0", 22},
        {"/gen/a?size=0", "bytes=-5", 416, "bytes */0", 22},
        {"/gen/a?size=10", "bytes=-99", 206, "bytes 0-9/10", 10},
        {"/gen/a?size=10", "bytes=5-4", 200, "", 10},
        {"/gen/a?size=10", "bytes=x-4", 200, "", 10},
        {"/gen/a?size=10", "bytes=99999999999999999999-", 200, "", 10},
        {"/gen/a?size=10", "bytes=-", 200, "", 10},
        {"/gen/a?size=10", "bytes=3", 200, "", 10},
        {"/gen/a?size=10", "lines=1-2", 200, "", 10},
        {"/gen/a?size=10", "bytes=1-2,4-5", 200, "", 10},
        {"/gen/a?size=10&norange=1", "bytes=1-2", 200, "", 10},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct origin_reply reply;
        char header[128];
        snprintf(header, sizeof(header), "Range: %s\r\n", rows[i].range);
        origin_fetch(port, "GET", rows[i].target, header, &reply);
        assert_int_equal(reply.status, rows[i].status);
        assert_string_equal(origin_reply_value(&reply, "Content-Range"), rows[i].content_range);
        assert_int_equal(reply.body_length, rows[i].length);
        origin_reply_release(&reply);
    }
}

static void if_range_decides_between_part_and_whole(void **state)
{
    static const struct {
        const char *target;
        const char *if_range;
        unsigned status;
    } rows[] = {
        {"/gen/a?size=20&seed=3", "\"14-3\"", 206},
        {"/gen/a?size=20&seed=3", "\"14-4\"", 200},
        {"/gen/a?size=20&seed=3", "Wed, 01 Jan 2020 00:00:00 GMT", 206},
        {"/gen/a?size=20&seed=3", "Wed, 01 Jan 2020 00:00:01 GMT", 200},
        {"/gen/a?size=20&seed=3&lm=1000000000", "Sun, 09 Sep 2001 01:46:40 GMT", 206},
        {"/gen/a?size=20&seed=3&lm=none", "Wed, 01 Jan 2020 00:00:00 GMT", 200},
        {"/gen/a?size=20&seed=3&etag=weak", "W/\"14-3\"", 200},
        {"/gen/a?size=20&seed=3&etag=none", "\"14-3\"", 200},
        {"/gen/a?size=20&seed=3&etag=%22mine%22", "\"mine\"", 206},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct origin_reply reply;
        char header[256];
        snprintf(header, sizeof(header), "Range: bytes=5-\r\nIf-Range: %s\r\n", rows[i].if_range);
        origin_fetch(port, "GET", rows[i].target, header, &reply);
        assert_int_equal(reply.status, rows[i].status);
        assert_int_equal(reply.body_length, rows[i].status == 206 ? 15 : 20);
        origin_reply_release(&reply);
    }
}

static void head_has_headers_only(void **state)
{
    struct origin_reply reply;
    (void)state;
    origin_fetch(port, "HEAD", "/gen/a?size=20", "", &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(origin_reply_value(&reply, "Content-Length"), "20");
    assert_int_equal(reply.body_length, 0);
    origin_reply_release(&reply);
    origin_fetch(port, "HEAD", "/gen/a?size=20&headrefused=1", "", &reply);
    assert_int_equal(reply.status, 405);
    origin_reply_release(&reply);
    origin_fetch(port, "DELETE", "/gen/a?size=20", "", &reply);
    assert_int_equal(reply.status, 405);
    origin_reply_release(&reply);
}

/* A file as of 2001-09-09 01:46:40. */
static void write_file(const wchar_t *path, const char *text)
{
    const uint64_t ticks = (UINT64_C(11644473600) + 1000000000) * 10000000;
    const FILETIME modified = {(DWORD)ticks, (DWORD)(ticks >> 32)};
    temp_file_write(path, text, strlen(text));
    HANDLE file = CreateFileW(path, FILE_WRITE_ATTRIBUTES, 0, NULL, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
    assert_true(file != INVALID_HANDLE_VALUE);
    assert_true(SetFileTime(file, NULL, NULL, &modified));
    CloseHandle(file);
}

static void files_below_the_root_are_served_and_no_others(void **state)
{
    static const char *const refused[] = {
        "/",    "/none", "/sub",  "/../f", "/sub/../f", "/%2e%2e/f", "/sub%5cg", "/sub/..%5cf",  "//f",
        "/f:x", "/f.",   "/f%20", "/C:/f", "/NUL",      "/f%01",     "/%ff",     "/sub/../../f", "/%5c%5c%3f%5cf"};
    struct temp_dir root;
    wchar_t path[TEMP_PATH_MAX];
    struct origin_reply reply;
    struct origin *server;
    (void)state;
    temp_dir_make(&root);
    temp_dir_path(&root, L"f", path);
    write_file(path, "0123456789");
    temp_dir_path(&root, L"sub", path);
    assert_true(CreateDirectoryW(path, NULL));
    temp_dir_path(&root, L"sub\\g \u00e4", path);
    write_file(path, "abc");
    temp_dir_path(&root, L"sub\\g", path);
    write_file(path, "abc");
    const struct origin_options options = {.root = root.path};
    uint16_t server_port = origin_start(&server, &options);

    origin_fetch(server_port, "GET", "/f", "Range: bytes=3-5\r\nIf-Range: \"a-3b9aca00\"\r\n", &reply);
    assert_int_equal(reply.status, 206);
    assert_string_equal(origin_reply_value(&reply, "ETag"), "\"a-3b9aca00\"");
    assert_string_equal(origin_reply_value(&reply, "Last-Modified"), "Sun, 09 Sep 2001 01:46:40 GMT");
    assert_string_equal(reply.body, "345");
    origin_reply_release(&reply);
    origin_fetch(server_port, "GET", "/sub/g%20%C3%A4?dropbody=2", "", &reply);
    assert_string_equal(reply.body, "ab");
    origin_reply_release(&reply);
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        origin_fetch(server_port, "GET", refused[i], "", &reply);
        assert_int_equal(reply.status, 404);
        origin_reply_release(&reply);
    }
    origin_stop(server);
    temp_dir_remove(&root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(content_at_any_offset_is_a_slice_of_the_whole),
        ORIGIN_TEST(a_plain_response_is_complete_and_honest),
        ORIGIN_TEST(ranges_give_their_part),
        ORIGIN_TEST(ranges_beyond_the_end_are_refused_and_odd_ones_ignored),
        ORIGIN_TEST(if_range_decides_between_part_and_whole),
        ORIGIN_TEST(head_has_headers_only),
        ORIGIN_TEST(files_below_the_root_are_served_and_no_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
