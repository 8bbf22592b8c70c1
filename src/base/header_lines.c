#include "header_lines.h"

#include "utf16.h"

#include <string.h>

/* A client that could set these would get other bytes than it asked for, or speak behind our back. */
static const char *const reserved[] = {
    "Accept-Encoding", "Connection",          "Content-Length",   "Expect",   "Host",
    "If-Match",        "If-Modified-Since",   "If-None-Match",    "If-Range", "If-Unmodified-Since",
    "Keep-Alive",      "Proxy-Authorization", "Proxy-Connection", "Range",    "TE",
    "Trailer",         "Transfer-Encoding",   "Upgrade",
};

static bool is_token_character(char16_t c)
{
    if ((c >= u'0' && c <= u'9') || (c >= u'A' && c <= u'Z') || (c >= u'a' && c <= u'z'))
        return true;
    return c && c < 0x80 && strchr("!#$%&'*+-.^_`|~", (int)c);
}

static bool is_reserved(const char16_t *name, size_t length)
{
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++) {
        if (utf16_part_equal_ascii_nocase(name, length, reserved[i]))
            return true;
    }
    return false;
}

/* The end of the line that begins at `text`; NULL when it is no header line. */
static const char16_t *line_end(const char16_t *text)
{
    size_t length = 0;
    while (is_token_character(text[length]))
        length++;
    if (!length || text[length] != u':' || is_reserved(text, length))
        return NULL;
    const char16_t *at = text + length + 1;
    while (*at == u'\t' || (*at >= 0x20 && *at != 0x7F))
        at++;
    return at;
}

bool header_lines_are_acceptable(const char16_t *text)
{
    while (*text) {
        const char16_t *end = line_end(text);
        if (!end)
            return false;
        if (end[0] == u'\r' && end[1] == u'\n')
            end += 2;
        else if (end[0] == u'\n')
            end++;
        else if (end[0])
            return false;
        text = end;
    }
    return true;
}
