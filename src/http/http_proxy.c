#include "http_proxy.h"

#include "bits_error.h"
#include "utf16.h"

#include <string.h>

#define DEFAULT_PORT 80

static bool is_separator(char16_t c)
{
    return c == u';' || c == u' ' || c == u'\t' || c == u'\r' || c == u'\n';
}

/* The next entry of a list, from *at on. False at its end. */
static bool next_entry(const char16_t **at, struct url_part *entry)
{
    const char16_t *text = *at;
    while (is_separator(*text))
        text++;
    entry->text = text;
    while (*text && !is_separator(*text))
        text++;
    entry->length = (size_t)(text - entry->text);
    *at = text;
    return entry->length > 0;
}

static bool begins_with(const struct url_part *part, const char *prefix)
{
    size_t length = strlen(prefix);
    return part->length >= length && utf16_part_equal_ascii_nocase(part->text, length, prefix);
}

static void drop(struct url_part *part, size_t count)
{
    part->text += count;
    part->length -= count;
}

static bool find(const struct url_part *part, char16_t c, size_t *index)
{
    for (*index = 0; *index < part->length; ++*index) {
        if (part->text[*index] == c)
            return true;
    }
    return false;
}

static bool is_letter_or_digit(char16_t c)
{
    return (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z') || (c >= u'0' && c <= u'9');
}

static bool is_host(const struct url_part *host)
{
    bool is_address = host->length > 2 && host->text[0] == u'[' && host->text[host->length - 1] == u']';
    for (size_t i = is_address; i < host->length - is_address; i++) {
        char16_t c = host->text[i];
        if (!is_letter_or_digit(c) && c != u'.' && (is_address ? c != u':' : c != u'-' && c != u'_'))
            return false;
    }
    return host->length > 0;
}

/* Splits HOST[:PORT]; *port is 0 without one. The colons of an IPv6 address stand in brackets. */
static bool split_port(const struct url_part *text, struct url_part *host, uint64_t *port)
{
    size_t end = 0;
    size_t colon;
    if (text->length && text->text[0] == u'[' && find(text, u']', &end))
        end++;
    struct url_part rest = {text->text + end, text->length - end};
    *port = 0;
    *host = *text;
    if (!find(&rest, u':', &colon))
        return !end || !rest.length;
    host->length = end + colon;
    drop(&rest, colon + 1);
    return (!end || !colon) && utf16_parse_u64(rest.text, rest.length, port) && *port >= 1 && *port <= 65535;
}

/* ---- The list ---- */

/* One entry of the list. False when it is none. */
static bool parse_proxy(struct url_part entry, const struct url_view *url, bool *is_for_url, struct url_part *host,
                        uint64_t *port)
{
    size_t equals;
    *is_for_url = true;
    if (find(&entry, u'=', &equals)) {
        *is_for_url = utf16_part_equal_ascii_nocase(entry.text, equals, url->is_https ? "https" : "http");
        drop(&entry, equals + 1);
    }
    if (begins_with(&entry, "http://"))
        drop(&entry, 7);
    else if (begins_with(&entry, "https://"))
        drop(&entry, 8);
    if (entry.length && entry.text[entry.length - 1] == u'/')
        entry.length--;
    if (!split_port(&entry, host, port) || !is_host(host))
        return false;
    *port = *port ? *port : DEFAULT_PORT;
    return true;
}

static void append_number(char16_t *text, uint64_t number)
{
    char16_t digits[20];
    size_t count = 0;
    do {
        digits[count++] = (char16_t)(u'0' + number % 10);
        number /= 10;
    } while (number);
    while (count)
        *text++ = digits[--count];
    *text = 0;
}

static bool write_proxy(char16_t *proxy, const struct url_part *host, uint64_t port)
{
    if (host->length > HTTP_PROXY_NAME_MAX - sizeof(":65535"))
        return false;
    memcpy(proxy, host->text, host->length * sizeof(*proxy));
    proxy[host->length] = u':';
    append_number(proxy + host->length + 1, port);
    return true;
}

/* ---- The bypass list ---- */

static char16_t folded(char16_t c)
{
    return c >= u'A' && c <= u'Z' ? (char16_t)(c + (u'a' - u'A')) : c;
}

/* Does the whole of `text` match, in which '*' of the pattern is any characters? The last star is tried again with one
 * character more whenever what follows it does not fit. */
static bool matches(const struct url_part *pattern, const struct url_part *text)
{
    size_t p = 0, t = 0;
    size_t star = SIZE_MAX, star_end = 0;
    while (t < text->length) {
        if (p < pattern->length && pattern->text[p] == u'*') {
            star = p++;
            star_end = t;
        } else if (p < pattern->length && folded(pattern->text[p]) == folded(text->text[t])) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            t = ++star_end;
        } else {
            return false;
        }
    }
    while (p < pattern->length && pattern->text[p] == u'*')
        p++;
    return p == pattern->length;
}

static bool is_local_name(const struct url_part *host)
{
    size_t at;
    return !find(host, u'.', &at) && !find(host, u':', &at);
}

static bool is_bypassed_by(struct url_part entry, const struct url_view *url)
{
    struct url_part host;
    uint64_t port;
    if (utf16_part_equal_ascii_nocase(entry.text, entry.length, "<local>"))
        return is_local_name(&url->host);
    if (begins_with(&entry, "http://")) {
        if (url->is_https)
            return false;
        drop(&entry, 7);
    } else if (begins_with(&entry, "https://")) {
        if (!url->is_https)
            return false;
        drop(&entry, 8);
    }
    if (!split_port(&entry, &host, &port) || (port && port != url->port))
        return false;
    if (host.length > 2 && host.text[0] == u'[' && host.text[host.length - 1] == u']')
        host = (struct url_part){host.text + 1, host.length - 2};
    return host.length && matches(&host, &url->host);
}

static bool is_bypassed(const char16_t *bypass, const struct url_view *url)
{
    struct url_part entry;
    while (bypass && next_entry(&bypass, &entry)) {
        if (is_bypassed_by(entry, url))
            return true;
    }
    return false;
}

/* ---- Choosing ---- */

/* Looks at all of the list, so that a mistake in it does not wait for the URL that meets it. */
static bool find_proxy(const char16_t *list, const struct url_view *url, unsigned index,
                       char16_t proxy[HTTP_PROXY_NAME_MAX + 1])
{
    struct url_part entry, host;
    uint64_t port;
    bool is_for_url;
    bool is_any = false;
    unsigned number = 0;
    while (list && next_entry(&list, &entry)) {
        char16_t written[HTTP_PROXY_NAME_MAX + 1];
        if (!parse_proxy(entry, url, &is_for_url, &host, &port) || !write_proxy(written, &host, port))
            return false;
        is_any = true;
        if (is_for_url && number++ == index)
            memcpy(proxy, written, sizeof(written));
    }
    return is_any;
}

HRESULT http_proxy_choose(const char16_t *list, const char16_t *bypass, const struct url_view *url, unsigned index,
                          char16_t proxy[HTTP_PROXY_NAME_MAX + 1])
{
    proxy[0] = 0;
    HRESULT hr = find_proxy(list, url, index, proxy) ? S_OK : BG_E_INVALID_PROXY_INFO;
    if (SUCCEEDED(hr) && (!proxy[0] || is_bypassed(bypass, url)))
        hr = S_FALSE;
    if (hr != S_OK)
        proxy[0] = 0;
    return hr;
}

bool http_proxy_is_loopback(const struct url_view *url)
{
    static const char16_t *const names[] = {u"localhost", u"127.*", u"::1"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const struct url_part name = {names[i], utf16_length(names[i])};
        if (matches(&name, &url->host))
            return true;
    }
    return false;
}
