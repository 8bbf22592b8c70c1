#include "http_redirect.h"

#include "memory.h"
#include "url.h"
#include "utf16.h"

#include <string.h>

/* The URL as it grows; `limit` characters and a terminator fit. */
struct url_text {
    char16_t *text;
    size_t length;
    bool is_too_long;
};

bool http_redirect_is_status(uint32_t status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static void append(struct url_text *url, const char16_t *text, size_t length)
{
    if (length > HTTP_REDIRECT_URL_LENGTH - url->length) {
        url->is_too_long = true;
        return;
    }
    memcpy(url->text + url->length, text, length * sizeof(*text));
    url->length += length;
}

static bool is_letter(char16_t c)
{
    return (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z');
}

/* Does it begin with a scheme, whichever? RFC 3986, 3.1. */
static bool has_scheme(const char16_t *location, size_t length)
{
    if (!length || !is_letter(location[0]))
        return false;
    for (size_t i = 1; i < length; i++) {
        char16_t c = location[i];
        if (c == u':')
            return true;
        if (!is_letter(c) && !(c >= u'0' && c <= u'9') && c != u'+' && c != u'-' && c != u'.')
            return false;
    }
    return false;
}

static size_t length_before(const char16_t *text, size_t length, char16_t stop)
{
    size_t i = 0;
    while (i < length && text[i] != stop)
        i++;
    return i;
}

/* Removes "." and ".." segments from text[first, ...) up to its query, in place. RFC 3986, 5.2.4. The path begins
 * with a '/'. */
static void remove_dot_segments(struct url_text *url, size_t first)
{
    char16_t *path = url->text + first;
    size_t path_length = length_before(path, url->length - first, u'?');
    size_t kept = 0;
    for (size_t i = 0; i < path_length;) {
        size_t segment = 1 + length_before(path + i + 1, path_length - i - 1, u'/'); /* with its leading '/' */
        bool is_last = i + segment == path_length;
        bool is_dot = segment == 2 && path[i + 1] == u'.';
        bool is_dot_dot = segment == 3 && path[i + 1] == u'.' && path[i + 2] == u'.';
        if (is_dot_dot) {
            while (kept && path[--kept] != u'/')
                ;
        }
        if (!is_dot && !is_dot_dot) {
            memmove(path + kept, path + i, segment * sizeof(*path));
            kept += segment;
        } else if (is_last) {
            path[kept++] = u'/';
        }
        i += segment;
    }
    size_t query_length = url->length - first - path_length;
    memmove(path + kept, path + path_length, query_length * sizeof(*path));
    url->length = first + kept + query_length;
}

/* A reference without scheme and authority, joined to the base. RFC 3986, 5.2.2. */
static void append_relative(struct url_text *url, const char16_t *base, const struct url_view *view,
                            const char16_t *location, size_t length)
{
    append(url, base, (size_t)(view->path.text - base));
    size_t path_first = url->length;
    if (!length) {
        append(url, view->path_and_query.text, view->path_and_query.length);
        return;
    }
    if (location[0] == u'?') {
        append(url, view->path.text, view->path.length);
    } else if (location[0] != u'/') {
        size_t directory = view->path.length;
        while (directory && view->path.text[directory - 1] != u'/')
            directory--;
        append(url, directory ? view->path.text : u"/", directory ? directory : 1);
    }
    append(url, location, length);
    if (url->length > path_first && url->text[path_first] == u'/')
        remove_dot_segments(url, path_first);
}

static bool is_allowed(const char16_t *url, const struct url_view *base, bool allows_insecure)
{
    struct url_view target;
    return url_parse_within(url, HTTP_REDIRECT_URL_LENGTH, &target) &&
           (target.is_https || !base->is_https || allows_insecure);
}

HRESULT http_redirect_resolve(const char16_t *base, const char16_t *location, bool allows_insecure, char16_t **url)
{
    *url = NULL;
    struct url_view view;
    size_t length = utf16_length_within(location, HTTP_REDIRECT_URL_LENGTH);
    if (length > HTTP_REDIRECT_URL_LENGTH || !url_parse_within(base, HTTP_REDIRECT_URL_LENGTH, &view))
        return HTTP_REDIRECT_FAILED;
    length = length_before(location, length, u'#');
    struct url_text made = {.text = mem_alloc((HTTP_REDIRECT_URL_LENGTH + 1) * sizeof(char16_t))};
    if (!made.text)
        return E_OUTOFMEMORY;
    if (has_scheme(location, length)) {
        append(&made, location, length);
    } else if (length >= 2 && location[0] == u'/' && location[1] == u'/') {
        append(&made, base, view.is_https ? 6 : 5); /* "https:" */
        append(&made, location, length);
    } else {
        append_relative(&made, base, &view, location, length);
    }
    made.text[made.length] = 0;
    if (made.is_too_long || !is_allowed(made.text, &view, allows_insecure)) {
        mem_free(made.text);
        return HTTP_REDIRECT_FAILED;
    }
    *url = made.text;
    return S_OK;
}
