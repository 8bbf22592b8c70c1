/* Any text as the headers that a client adds. What is let through are lines of headers, as the check of the client's call sees them, too;
 * and of what that check accepts nothing gets lost. */
#include "fuzz_input.h"
#include "header_lines.h"
#include "http_headers.h"
#include "utf16.h"

#include <stdlib.h>

/* Above that no header can be sent as it is. */
static bool is_latin(const char16_t *text)
{
    while (*text && *text <= 0xFF)
        text++;
    return !*text;
}

static size_t count_line_feeds(const char16_t *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += *text == u'\n';
    return count;
}

/* Equal but for CR before LF, and the end of the last line. */
static bool are_same_lines(const char16_t *text, const char16_t *lines)
{
    for (;; text++, lines++) {
        if (*text == u'\r' && text[1] == u'\n')
            text++;
        if (*lines == u'\r' && lines[1] == u'\n')
            lines++;
        if (*text != *lines)
            return !*text && lines[0] == u'\n' && !lines[1];
        if (!*text)
            return true;
    }
}

static void check_filtered(const char16_t *text, bool is_foreign)
{
    char16_t *kept, *again;
    FUZZ_CHECK(http_headers_filter(text, is_foreign, &kept) == S_OK);
    FUZZ_CHECK(is_latin(kept) && count_line_feeds(kept) <= count_line_feeds(text) + 1);
    for (const char16_t *at = kept; *at; at++)
        FUZZ_CHECK(*at != u'\r' || at[1] == u'\n');
    FUZZ_CHECK(http_headers_filter(kept, is_foreign, &again) == S_OK && utf16_equal(kept, again));
    if (!is_foreign && is_latin(text) && header_lines_are_acceptable(text))
        FUZZ_CHECK(are_same_lines(text, kept));
    free(again);
    free(kept);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = fuzz_input_of(data, size);
    char16_t *text = fuzz_rest(&input);
    check_filtered(text, false);
    check_filtered(text, true);
    free(text);
    return 0;
}
