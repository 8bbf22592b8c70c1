#include "url.h"

#include "utf16.h"

static bool is_one_of(char16_t unit, const char *set)
{
    for (; *set; set++) {
        if (unit == (unsigned char)*set)
            return true;
    }
    return false;
}

static bool is_control_or_space(char16_t unit)
{
    return unit <= u' ' || (unit >= 0x7F && unit <= 0x9F);
}

static bool is_hex_digit(char16_t unit)
{
    return (unit >= u'0' && unit <= u'9') || (unit >= u'a' && unit <= u'f') || (unit >= u'A' && unit <= u'F');
}

/* Characters before the first of `stops` in text[0, length). */
static size_t span_until(const char16_t *text, size_t length, const char *stops)
{
    size_t i = 0;
    while (i < length && !is_one_of(text[i], stops))
        i++;
    return i;
}

/* Length of "http://" or "https://" at the start, 0 when neither is there. */
static size_t scheme_length(const char16_t *url, size_t length, bool *is_https)
{
    *is_https = length >= 8 && utf16_part_equal_ascii_nocase(url, 8, "https://");
    if (*is_https)
        return 8;
    return length >= 7 && utf16_part_equal_ascii_nocase(url, 7, "http://") ? 7 : 0;
}

static bool parse_port(const char16_t *text, size_t length, uint16_t *port)
{
    uint64_t value;
    if (!utf16_parse_u64(text, length, &value) || value < 1 || value > UINT16_MAX)
        return false;
    *port = (uint16_t)value;
    return true;
}

/* An IPv6 literal between its brackets; the rest of its grammar is the resolver's business. */
static bool is_address_literal(const struct url_part *host)
{
    size_t colons = 0;
    for (size_t i = 0; i < host->length; i++) {
        if (host->text[i] == u':')
            colons++;
        else if (!is_hex_digit(host->text[i]) && host->text[i] != u'.')
            return false;
    }
    return colons >= 2;
}

/* A name or an IPv4 address. Refused is what other URL parsers read as the end of the host or decode to something else. */
static bool is_host_name(const struct url_part *host)
{
    return host->length && span_until(host->text, host->length, "%\\\"<>^`{|}[]@") == host->length;
}

/* host, host:port or [address]:port. */
static bool parse_authority(const char16_t *text, size_t length, struct url_view *view)
{
    size_t host_end;
    if (length && text[0] == u'[') {
        size_t close = span_until(text, length, "]");
        if (close == length)
            return false;
        view->host = (struct url_part){text + 1, close - 1};
        if (!is_address_literal(&view->host))
            return false;
        host_end = close + 1;
    } else {
        host_end = span_until(text, length, ":");
        view->host = (struct url_part){text, host_end};
        if (!is_host_name(&view->host))
            return false;
    }
    if (host_end == length)
        return true;
    return text[host_end] == u':' && parse_port(text + host_end + 1, length - host_end - 1, &view->port);
}

bool url_parse(const char16_t *url, struct url_view *view)
{
    return url_parse_within(url, URL_MAX_LENGTH, view);
}

bool url_parse_within(const char16_t *url, size_t limit, struct url_view *view)
{
    *view = (struct url_view){0};
    size_t length = utf16_length_within(url, limit);
    if (length > limit)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (is_control_or_space(url[i]))
            return false;
    }
    struct url_view parsed = {0};
    size_t scheme = scheme_length(url, length, &parsed.is_https);
    if (!scheme)
        return false;
    parsed.port = parsed.is_https ? 443 : 80;
    const char16_t *authority = url + scheme;
    size_t authority_length = span_until(authority, length - scheme, "/?#");
    if (!parse_authority(authority, authority_length, &parsed))
        return false;
    const char16_t *rest = authority + authority_length;
    size_t rest_length = length - scheme - authority_length;
    parsed.path = (struct url_part){rest, span_until(rest, rest_length, "?#")};
    parsed.path_and_query = (struct url_part){rest, span_until(rest, rest_length, "#")};
    *view = parsed;
    return true;
}

size_t url_loggable_length(const char16_t *url)
{
    size_t length = utf16_length(url);
    size_t shown = span_until(url, length, "?#");
    size_t authority = 0;
    for (size_t i = 0; i + 3 <= length; i++) {
        if (utf16_part_equal_ascii_nocase(url + i, 3, "://")) {
            authority = i + 3;
            break;
        }
    }
    /* Also past '?' and '#': a password that holds one of them, not encoded, would be shown in part. */
    size_t authority_end = authority + span_until(url + authority, length - authority, "/\\");
    if (authority + span_until(url + authority, authority_end - authority, "@") < authority_end)
        return authority < shown ? authority : shown;
    return shown;
}

bool url_same_origin(const struct url_view *a, const struct url_view *b)
{
    if (a->is_https != b->is_https || a->port != b->port || a->host.length != b->host.length)
        return false;
    for (size_t i = 0; i < a->host.length; i++) {
        char16_t x = a->host.text[i], y = b->host.text[i];
        if (x >= u'A' && x <= u'Z')
            x = (char16_t)(x + (u'a' - u'A'));
        if (y >= u'A' && y <= u'Z')
            y = (char16_t)(y + (u'a' - u'A'));
        if (x != y)
            return false;
    }
    return true;
}
