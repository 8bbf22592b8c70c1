/* A line with the URL that was asked for, then the Location of the answer: what comes out is a URL, safe, and stays the same. */
#include "fuzz_input.h"
#include "http_redirect.h"
#include "url.h"
#include "utf16.h"

#include <stdlib.h>

/* A "." or ".." segment in the path. */
static bool has_dot_segment(const struct url_part *path)
{
    for (size_t i = 0; i < path->length; i++) {
        if (path->text[i] != u'/')
            continue;
        size_t dots = 0;
        while (i + 1 + dots < path->length && path->text[i + 1 + dots] == u'.')
            dots++;
        size_t end = i + 1 + dots;
        if ((dots == 1 || dots == 2) && (end == path->length || path->text[end] == u'/'))
            return true;
    }
    return false;
}

static bool has_scheme(const char16_t *text)
{
    while ((*text >= u'a' && *text <= u'z') || (*text >= u'A' && *text <= u'Z'))
        text++;
    return *text == u':';
}

static void check_target(const char16_t *base, const char16_t *location, const char16_t *target)
{
    struct url_view from, to;
    FUZZ_CHECK(url_parse_within(base, HTTP_REDIRECT_URL_LENGTH, &from));
    FUZZ_CHECK(url_parse_within(target, HTTP_REDIRECT_URL_LENGTH, &to));
    FUZZ_CHECK(to.is_https || !from.is_https);
    FUZZ_CHECK(!to.path_and_query.text[to.path_and_query.length]); /* no fragment */
    /* A path alone leads to the same server. */
    if (!has_scheme(location) && !(location[0] == u'/' && location[1] == u'/')) {
        FUZZ_CHECK(url_same_origin(&from, &to));
        FUZZ_CHECK(!location[0] || location[0] == u'?' || location[0] == u'#' || !has_dot_segment(&to.path));
    }
    char16_t *again;
    FUZZ_CHECK(http_redirect_resolve(base, target, false, &again) == S_OK && utf16_equal(target, again));
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = fuzz_input_of(data, size);
    char16_t *base = fuzz_line(&input), *location = fuzz_rest(&input), *target;
    HRESULT hr = http_redirect_resolve(base, location, false, &target);
    FUZZ_CHECK(hr == S_OK || (hr == HRESULT_OF_WIN32(12156) && !target));
    if (SUCCEEDED(hr))
        check_target(base, location, target);
    free(target);
    free(location);
    free(base);
    return 0;
}
