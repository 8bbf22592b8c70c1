#include "origin_fixture.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

struct origin *origin;
uint16_t port;

int origin_fixture_start(void **state)
{
    (void)state;
    port = origin_start(&origin, NULL);
    return port ? 0 : -1;
}

int origin_fixture_stop(void **state)
{
    (void)state;
    origin_stop(origin);
    origin = NULL;
    return 0;
}

void assert_slice(const char *bytes, size_t length, uint64_t seed, uint64_t offset)
{
    static unsigned char expected[65536];
    assert_in_range(length, 0, sizeof(expected));
    origin_fill(seed, offset, expected, length);
    assert_memory_equal(bytes, expected, length);
}

void assert_header(const char *target, const char *name, const char *value)
{
    struct origin_reply reply;
    origin_fetch(port, "GET", target, "Range: bytes=2-5\r\n", &reply);
    assert_string_equal(origin_reply_value(&reply, name), value);
    origin_reply_release(&reply);
}

void assert_status(const char *target, const char *headers, unsigned status)
{
    struct origin_reply reply;
    origin_fetch(port, "GET", target, headers, &reply);
    assert_int_equal(reply.status, status);
    origin_reply_release(&reply);
}
