#include "http_winhttp_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct winhttp_fixture winhttp;

int winhttp_fixture_set_up(void **state)
{
    (void)state;
    memset(&winhttp, 0, sizeof(winhttp));
    assert_int_not_equal(origin_start(&winhttp.origin, NULL), 0);
    assert_int_equal(http_winhttp_create(&winhttp.transport), S_OK);
    return 0;
}

int winhttp_fixture_tear_down(void **state)
{
    (void)state;
    winhttp.transport->close(winhttp.transport, winhttp.exchange);
    winhttp.transport->destroy(winhttp.transport);
    origin_stop(winhttp.origin);
    return 0;
}

HRESULT get_with(const char *target, const struct http_request *request)
{
    wchar_t url[2048];
    struct http_request complete = *request;
    assert_true(origin_url(winhttp.origin, target, url, sizeof(url) / sizeof(url[0])));
    complete.url = url;
    if (!complete.receive_timeout_ms)
        complete.receive_timeout_ms = WAIT_MS;
    winhttp.transport->close(winhttp.transport, winhttp.exchange);
    winhttp.exchange = NULL;
    memset(&winhttp.answer, 0, sizeof(winhttp.answer));
    HRESULT hr = winhttp.transport->open(winhttp.transport, &complete, &winhttp.exchange, &winhttp.answer);
    assert_int_equal(winhttp.exchange != NULL, SUCCEEDED(hr));
    return hr;
}

HRESULT get(const char *target)
{
    const struct http_request request = {0};
    return get_with(target, &request);
}

HRESULT get_range(const char *target, uint64_t first, uint64_t length)
{
    const struct http_request request = {.has_range = true, .range_first = first, .range_length = length};
    return get_with(target, &request);
}

HRESULT read_all(uint64_t seed, uint64_t first, uint64_t *count)
{
    static uint8_t buffer[65536], expected[65536];
    *count = 0;
    for (;;) {
        size_t received = 0;
        HRESULT hr = winhttp.transport->read(winhttp.transport, winhttp.exchange, buffer, sizeof(buffer), &received);
        if (FAILED(hr))
            assert_int_equal(received, 0);
        if (!received)
            return hr;
        origin_fill(seed, first + *count, expected, received);
        assert_memory_equal(buffer, expected, received);
        *count += received;
    }
}

struct origin_request request_at(size_t index)
{
    struct origin_request request;
    assert_true(origin_request_at(winhttp.origin, index, &request));
    return request;
}
