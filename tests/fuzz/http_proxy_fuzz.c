/* Lines: the list of proxies, the list of those that are reached without ("-": none), a URL. What is chosen is a host and a port, and whether the list
 * is one at all does not depend on the URL. */
#include "bits_error.h"
#include "fuzz_input.h"
#include "http_proxy.h"
#include "utf16.h"

#include <stdlib.h>

#define INDEX_MAX 2000u

static void check_name(const char16_t *proxy)
{
    size_t length = utf16_length_within(proxy, HTTP_PROXY_NAME_MAX);
    FUZZ_CHECK(length >= 3 && length <= HTTP_PROXY_NAME_MAX);
    size_t colon = length - 1;
    while (colon && proxy[colon] != u':')
        colon--;
    uint64_t port;
    FUZZ_CHECK(colon && utf16_parse_u64(proxy + colon + 1, length - colon - 1, &port) && port >= 1 && port <= 65535);
    for (size_t i = 0; i < length; i++)
        FUZZ_CHECK(proxy[i] > 0x20 && proxy[i] < 0x7F && proxy[i] != u'/' && proxy[i] != u';' && proxy[i] != u'@');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = fuzz_input_of(data, size);
    char16_t *list = fuzz_optional_line(&input), *bypass = fuzz_optional_line(&input), *url = fuzz_rest(&input);
    char16_t proxy[HTTP_PROXY_NAME_MAX + 1];
    struct url_view view, other;
    FUZZ_CHECK(url_parse(u"https://other.example/", &other));
    if (url_parse(url, &view)) {
        HRESULT hr = http_proxy_choose(list, NULL, &other, 0, proxy);
        bool is_list = SUCCEEDED(hr);
        unsigned index = 0;
        while ((hr = http_proxy_choose(list, bypass, &view, index, proxy)) == S_OK && index <= INDEX_MAX) {
            check_name(proxy);
            index++;
        }
        FUZZ_CHECK(hr == (is_list ? S_FALSE : BG_E_INVALID_PROXY_INFO) && !proxy[0]);
        (void)http_proxy_is_loopback(&view);
    }
    free(url);
    free(bypass);
    free(list);
    return 0;
}
