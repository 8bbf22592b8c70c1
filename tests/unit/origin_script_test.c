/* What the query of a URL makes the origin answer: headers, statuses, changes from one request to the next. */
#include "origin_fixture.h"

#include <windows.h>

#include <stdio.h>
#include <string.h>

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

static void headers_are_strange_as_asked(void **state)
{
    struct origin_reply reply;
    (void)state;
    assert_header("/gen/a?size=10&gzip=1", "Content-Encoding", "gzip");
    assert_header("/gen/a?size=10&etag=weak&seed=1", "ETag", "W/\"a-1\"");
    assert_header("/gen/a?size=10&etag=none", "ETag", "");
    assert_header("/gen/a?size=10&etag=%22own%20one%22", "ETag", "\"own one\"");
    assert_header("/gen/a?size=10&lm=none", "Last-Modified", "");
    assert_header("/gen/a?size=10&lm=951782400", "Last-Modified", "Tue, 29 Feb 2000 00:00:00 GMT");
    assert_header("/gen/a?size=10&date=none", "Date", "");
    assert_header("/gen/a?size=10&headers=300", "X-Extra-299", "value");
    assert_header("/gen/a?size=10&headers=300", "X-Extra-300", "");

    origin_fetch(port, "GET", "/gen/a?size=10&header64k=1", "", &reply);
    const char *value = strstr(reply.header, "X-Long: ");
    assert_non_null(value);
    assert_int_equal(strspn(value + 8, "x"), 65536);
    origin_reply_release(&reply);
    origin_fetch(port, "GET", "/gen/a?size=10&nul=1", "", &reply);
    assert_int_equal(strlen(reply.header), strstr(reply.header, "X-Nul: a") - reply.header + 8);
    assert_string_equal(reply.header + strlen(reply.header) + 1, "b\r\nConnection: close\r\n");
    origin_reply_release(&reply);
}

static void a_recent_last_modified_is_stable_and_close_to_date(void **state)
{
    struct origin_reply reply;
    unsigned modified[3];
    unsigned date[3];
    (void)state;
    origin_fetch(port, "GET", "/gen/a?size=10&lm=recent", "", &reply);
    assert_int_equal(sscanf(origin_reply_value(&reply, "Last-Modified"), "%*s %*s %*s %*s %u:%u:%u", &modified[0],
                            &modified[1], &modified[2]),
                     3);
    assert_int_equal(
        sscanf(origin_reply_value(&reply, "Date"), "%*s %*s %*s %*s %u:%u:%u", &date[0], &date[1], &date[2]), 3);
    unsigned age =
        (date[0] * 3600 + date[1] * 60 + date[2] + 86400) - (modified[0] * 3600 + modified[1] * 60 + modified[2]);
    assert_int_equal(age % 86400, 5);
    origin_reply_release(&reply);
}

static void content_changes_from_a_given_request_on(void **state)
{
    static const struct {
        const char *etag;
        const char *modified;
        uint64_t seed;
    } turns[] = {
        {"\"a-5\"", "Wed, 01 Jan 2020 00:00:00 GMT", 5},
        {"\"a-5\"", "Wed, 01 Jan 2020 00:00:00 GMT", 5},
        {"\"a-6\"", "Thu, 02 Jan 2020 00:00:00 GMT", 6},
        {"\"a-6\"", "Thu, 02 Jan 2020 00:00:00 GMT", 6},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(turns) / sizeof(turns[0]); i++) {
        struct origin_reply reply;
        origin_fetch(port, "GET", "/gen/a?size=10&seed=5&etagchange=3", "", &reply);
        assert_string_equal(origin_reply_value(&reply, "ETag"), turns[i].etag);
        assert_string_equal(origin_reply_value(&reply, "Last-Modified"), turns[i].modified);
        assert_slice(reply.body, 10, turns[i].seed, 0);
        origin_reply_release(&reply);
    }
    assert_header("/gen/b?size=10&sizechange=2:12", "Content-Range", "bytes 2-5/10");
    assert_header("/gen/b?size=10&sizechange=2:12", "Content-Range", "bytes 2-5/12");
    assert_header("/gen/b?size=10&sizechange=2:12", "ETag", "\"a-0\"");
}

/* The statuses of one answer after another; 0: it was dropped. */
static void assert_answers(const char *target, const unsigned *statuses, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_status(target, "", statuses[i]);
}

static void it_misbehaves_from_a_given_request_on_and_so_often(void **state)
{
    static const unsigned from[] = {200, 200, 404, 404, 404};
    static const unsigned from_and_times[] = {200, 200, 404, 404, 200};
    static const unsigned times[] = {404, 404, 200};
    static const unsigned drops[] = {0, 0, 404, 200};
    static const unsigned drops_alone[] = {0, 404, 404};
    (void)state;
    assert_answers("/gen/a?status=404&from=3", from, 5);
    assert_answers("/gen/b?status=404&from=3&times=2", from_and_times, 5);
    assert_answers("/gen/c?status=404&times=2", times, 3);
    assert_answers("/gen/d?status=404&from=3&times=1&dropheaders=1&drops=2", drops, 4);
    assert_answers("/gen/e?status=404&drop=0&drops=1", drops_alone, 3);
}

static void a_range_is_a_byte_too_long_or_too_short_as_asked(void **state)
{
    (void)state;
    assert_header("/gen/a?size=10&cr=wider", "Content-Range", "bytes 2-6/10");
    assert_header("/gen/a?size=10&cr=wider", "Content-Length", "5");
    assert_header("/gen/a?size=6&cr=wider", "Content-Range", "bytes 2-5/6");
    assert_header("/gen/a?size=10&cr=narrower", "Content-Range", "bytes 2-4/10");
    assert_header("/gen/a?size=10&cr=narrower", "Content-Length", "3");
    assert_header("/gen/a?size=3&cr=narrower", "Content-Range", "bytes 2-2/3");
}

static void the_first_requests_for_a_path_fail(void **state)
{
    (void)state;
    assert_status("/gen/a?failfirst=2:503&tag=x", "", 503);
    assert_status("/gen/b?failfirst=1:drop", "", 0);
    assert_status("/gen/a?failfirst=2:503&tag=y", "", 503);
    assert_status("/gen/a?failfirst=2:503", "", 200);
    assert_status("/gen/b?failfirst=1:drop", "", 200);
}

static void credentials_are_checked(void **state)
{
    (void)state;
    assert_status("/gen/a?auth=basic:user:pass", "", 401);
    assert_header("/gen/a?auth=basic:user:pass", "WWW-Authenticate", "Basic realm=\"origin\"");
    assert_status("/gen/a?auth=basic:user:pass", "Authorization: Basic dXNlcjpwYXNz\r\n", 200);
    assert_status("/gen/a?auth=basic:user:pas", "Authorization: Basic dXNlcjpwYXNz\r\n", 401);
    assert_status("/gen/a?auth=basic:a%3Abc", "Authorization: Basic YTpiYw==\r\n", 200);
    assert_status("/gen/a?proxyauth=basic:user:pass", "Authorization: Basic dXNlcjpwYXNz\r\n", 407);
    assert_header("/gen/a?proxyauth=basic:user:pass", "Proxy-Authenticate", "Basic realm=\"origin\"");
    assert_status("/gen/a?proxyauth=basic:user:pass", "Proxy-Authorization: Basic dXNlcjpwYXNz\r\n", 200);
    assert_status("/gen/a?auth=none", "Authorization: Basic dXNlcjpwYXNz\r\n", 401);
    assert_status("/gen/a?token=X-Token:secret", "", 401);
    assert_status("/gen/a?token=X-Token:secret", "X-Token: wrong\r\n", 401);
    assert_status("/gen/a?token=X-Token:secret", "X-Token: secret\r\n", 200);
}

static void a_challenge_names_the_schemes_that_are_offered(void **state)
{
    struct origin_reply reply;
    (void)state;
    origin_fetch(port, "GET", "/gen/a?auth=basic:u:p&offer=negotiate,ntlm,digest", "", &reply);
    assert_int_equal(reply.status, 401);
    assert_non_null(strstr(reply.header, "WWW-Authenticate: Basic realm=\"origin\"\r\nWWW-Authenticate: Negotiate\r\n"
                                         "WWW-Authenticate: NTLM\r\nWWW-Authenticate: Digest realm=\"origin\", "));
    origin_reply_release(&reply);
    assert_header("/gen/a?proxyauth=none&offer=ntlm", "Proxy-Authenticate", "NTLM");
    assert_header("/gen/a?auth=none&offer=ntlm", "WWW-Authenticate", "NTLM");
    assert_header("/gen/a?auth=none", "WWW-Authenticate", "");
}

static void statuses_and_redirects_are_as_asked(void **state)
{
    struct origin_reply reply;
    (void)state;
    assert_status("/gen/a?status=404", "", 404);
    assert_header("/gen/a?status=503&retryafter=7", "Retry-After", "7");
    assert_header("/gen/a?status=503&date=1000000000&retryafter=date:60", "Retry-After",
                  "Sun, 09 Sep 2001 01:47:40 GMT");
    assert_header("/gen/a?location=http://127.0.0.1/b%3Fc=d", "Location", "http://127.0.0.1/b?c=d");
    assert_status("/gen/a?location=/b", "", 302);
    assert_status("/gen/a?location=/b&status=308", "", 308);
    assert_header("/gen/a?size=1&location=self", "Location", "/gen/a?size=1&location=self");
    assert_header("/gen/a?size=1&hops=2&seed=3", "Location", "/gen/a?size=1&hops=1&seed=3");
    assert_header("/gen/a?size=1&hops=1", "Location", "/gen/a?size=1&hops=0");
    assert_status("/gen/a?size=1&hops=0", "", 200);

    origin_fetch(port, "GET", "/gen/a?status=204", "", &reply);
    assert_int_equal(reply.status, 204);
    assert_string_equal(origin_reply_value(&reply, "Content-Length"), "");
    assert_int_equal(reply.body_length, 0);
    origin_reply_release(&reply);
    origin_fetch(port, "GET", "/gen/a?status=203&size=5", "Range: bytes=2-5\r\n", &reply);
    assert_int_equal(reply.status, 203);
    assert_slice(reply.body, 5, 0, 0);
    origin_reply_release(&reply);
}

static void a_slip_in_the_query_is_refused(void **state)
{
    static const char *const targets[] = {
        "/gen/a?sise=1",
        "/gen/a?size=x",
        "/gen/a?size=",
        "/gen/a?size=18446744073709551616",
        "/gen/a?cr=other",
        "/gen/a?clen=lie:x",
        "/gen/a?gatebody=g",
        "/gen/a?failfirst=1",
        "/gen/a?failfirst=1:what",
        "/gen/a?chunked=2",
        "/gen/a?trickle=5",
        "/gen/a?status=99",
        "/gen/a?auth=user:pass",
        "/gen/a?etag=%zz",
        "/gen/a?drop=0&other=1",
        "/gen/a?headers=100001",
        "/gen/a?offer=kerberos",
        "/gen/a?token=x",
        "/gen/a?proxyauth=nobody",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
        assert_status(targets[i], "", 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ORIGIN_TEST(headers_are_strange_as_asked),
        ORIGIN_TEST(a_recent_last_modified_is_stable_and_close_to_date),
        ORIGIN_TEST(content_changes_from_a_given_request_on),
        ORIGIN_TEST(it_misbehaves_from_a_given_request_on_and_so_often),
        ORIGIN_TEST(a_range_is_a_byte_too_long_or_too_short_as_asked),
        ORIGIN_TEST(the_first_requests_for_a_path_fail),
        ORIGIN_TEST(credentials_are_checked),
        ORIGIN_TEST(a_challenge_names_the_schemes_that_are_offered),
        ORIGIN_TEST(statuses_and_redirects_are_as_asked),
        ORIGIN_TEST(a_slip_in_the_query_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
