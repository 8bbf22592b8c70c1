/* Any text as a URL: what is accepted holds what url.h promises. */
#include "fuzz_input.h"
#include "url.h"
#include "utf16.h"

#include <stdlib.h>
#include <string.h>

static bool lies_in(const struct url_part *part, const char16_t *text, size_t length)
{
    return part->text >= text && part->length <= length && (size_t)(part->text - text) <= length - part->length;
}

static void check_accepted(const char16_t *text, const struct url_view *view)
{
    size_t length = utf16_length(text);
    FUZZ_CHECK(length <= URL_MAX_LENGTH);
    FUZZ_CHECK(view->port && view->host.length);
    FUZZ_CHECK(lies_in(&view->host, text, length) && lies_in(&view->path_and_query, text, length));
    FUZZ_CHECK(view->path.text == view->path_and_query.text && view->path.length <= view->path_and_query.length);
    FUZZ_CHECK(!view->path.length || view->path.text[0] == u'/');
    for (size_t i = 0; i < length; i++)
        FUZZ_CHECK(text[i] > 0x20 && text[i] != 0x7F);
    for (size_t i = 0; i < view->host.length; i++)
        FUZZ_CHECK(!memchr("@/\\?#%", view->host.text[i], 6) || view->host.text[i] > 0x7F);
    const char16_t *after = view->path_and_query.text + view->path_and_query.length;
    FUZZ_CHECK(!*after || *after == u'#');
    /* A log line shows all up to the query, or nothing of the host either when that could be a password. */
    size_t shown = url_loggable_length(text);
    FUZZ_CHECK(shown == (size_t)(view->path.text - text) + view->path.length || text[shown - 1] == u'/');
    struct url_view again;
    FUZZ_CHECK(url_parse(text, &again) && url_same_origin(view, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct url_view none;
    struct fuzz_input input = fuzz_input_of(data, size);
    char16_t *text = fuzz_rest(&input);
    struct url_view view, within;
    bool is_accepted = url_parse(text, &view);
    FUZZ_CHECK(url_parse_within(text, URL_MAX_LENGTH, &within) == is_accepted);
    FUZZ_CHECK(url_loggable_length(text) <= utf16_length(text));
    if (is_accepted)
        check_accepted(text, &view);
    else
        FUZZ_CHECK(view.is_https == none.is_https && !view.host.text && !view.port && !view.path.text &&
                   !view.path_and_query.length);
    free(text);
    return 0;
}
