#include "http_headers.h"

#include "memory.h"
#include "utf16.h"

#include <string.h>

/* What the request says of itself. Accept-Encoding: a file that comes compressed would be refused. */
static const char *const owned_names[] = {
    "Host",    "Range",   "If-Range",       "Content-Length",   "Transfer-Encoding",
    "TE",      "Trailer", "Connection",     "Proxy-Connection", "Keep-Alive",
    "Upgrade", "Expect",  "Accept-Encoding"};
static const char *const secret_names[] = {"Authorization", "Proxy-Authorization", "Cookie", "Cookie2"};

static const char *const seen_names[] = {"Proxy-Authorization", "User-Agent", "Accept"};

static bool is_one_of(const char *const *names, size_t count, const char16_t *name, size_t length)
{
    for (size_t i = 0; i < count; i++) {
        if (utf16_part_equal_ascii_nocase(name, length, names[i]))
            return true;
    }
    return false;
}

/* RFC 9110, 5.6.2. */
static bool is_token_character(char16_t c)
{
    if ((c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z') || (c >= u'0' && c <= u'9'))
        return true;
    for (const char *special = "!#$%&'*+-.^_`|~"; *special; special++) {
        if (c == (unsigned char)*special)
            return true;
    }
    return false;
}

/* Characters above 0xFF would be turned into others on the way, a line break perhaps. */
static bool is_value_character(char16_t c)
{
    return c == u'\t' || (c >= 0x20 && c != 0x7F && c <= 0xFF);
}

static bool may_be_sent(const char16_t *line, size_t length, bool is_foreign)
{
    size_t name = 0;
    while (name < length && is_token_character(line[name]))
        name++;
    if (!name || name == length || line[name] != u':')
        return false;
    for (size_t i = name + 1; i < length; i++) {
        if (!is_value_character(line[i]))
            return false;
    }
    if (is_one_of(owned_names, sizeof(owned_names) / sizeof(owned_names[0]), line, name))
        return false;
    return !is_foreign || !is_one_of(secret_names, sizeof(secret_names) / sizeof(secret_names[0]), line, name);
}

HRESULT http_headers_filter(const char16_t *text, bool is_foreign, char16_t **headers)
{
    if (!text)
        text = u"";
    size_t length = utf16_length(text);
    char16_t *kept = *headers = mem_alloc((2 * length + 3) * sizeof(*kept)); /* each LF may become CR LF */
    if (!kept)
        return E_OUTOFMEMORY;
    for (size_t start = 0; start < length;) {
        size_t end = start;
        while (end < length && text[end] != u'\n')
            end++;
        size_t line = end - start;
        if (end < length && line && text[end - 1] == u'\r')
            line--;
        if (may_be_sent(text + start, line, is_foreign)) {
            memcpy(kept, text + start, line * sizeof(*kept));
            kept += line;
            *kept++ = u'\r';
            *kept++ = u'\n';
        }
        start = end + 1;
    }
    *kept = 0;
    return S_OK;
}

bool http_headers_may_be_seen(const char16_t *line)
{
    size_t name = 0;
    while (is_token_character(line[name]))
        name++;
    return is_one_of(seen_names, sizeof(seen_names) / sizeof(seen_names[0]), line, name);
}
