#include "origin_request.h"

#include "origin_text.h"

#include <string.h>

size_t origin_head_length(const char *bytes, size_t length)
{
    for (size_t i = 3; i < length; i++) {
        if (bytes[i] == '\n' && !memcmp(bytes + i - 3, "\r\n\r", 3))
            return i + 1;
    }
    return 0;
}

/* "GET TARGET HTTP/1.1" of length bytes. */
static unsigned request_line_parse(struct origin_head *head, const char *line, size_t length)
{
    const char *blank = memchr(line, ' ', length);
    if (!blank || !origin_text_copy(head->method, sizeof(head->method), line, (size_t)(blank - line)))
        return 400;

    const char *target = blank + 1;
    size_t rest = length - (size_t)(target - line);
    const char *end = memchr(target, ' ', rest);
    if (!end || (size_t)(line + length - end) != sizeof(" HTTP/1.x") - 1)
        return 400;
    if (!memcmp(end, " HTTP/1.0", sizeof(" HTTP/1.0") - 1))
        head->is_http10 = true;
    else if (memcmp(end, " HTTP/1.1", sizeof(" HTTP/1.1") - 1) != 0)
        return 505;

    size_t target_length = (size_t)(end - target);
    if (target_length > 7 && !memcmp(target, "http://", 7)) {
        const char *path = memchr(target + 7, '/', target_length - 7);
        if (!path)
            return 400;
        target_length -= (size_t)(path - target);
        target = path;
        head->is_proxied = true;
    }
    return origin_text_copy(head->target, sizeof(head->target), target, target_length) ? 0 : 414;
}

unsigned origin_head_parse(struct origin_head *head, const char *bytes, size_t length)
{
    memset(head, 0, sizeof(*head));
    head->query = head->target;
    head->headers = bytes + length;
    if (memchr(bytes, '\0', length))
        return 400;

    const char *line_end = strstr(bytes, "\r\n");
    if (!line_end)
        return 400;
    unsigned status = request_line_parse(head, bytes, (size_t)(line_end - bytes));
    if (status)
        return status;

    size_t path_length = strcspn(head->target, "?");
    head->query = head->target + path_length + (head->target[path_length] == '?');
    head->headers = line_end + 2;
    head->is_proxied |= !strcmp(head->method, "CONNECT");
    bool is_path = head->target[0] == '/' || !strcmp(head->method, "CONNECT");
    if (!is_path || !origin_text_decode(head->path, sizeof(head->path), head->target, path_length))
        return 400;

    char connection[64];
    origin_head_value(head->headers, "Connection", connection, sizeof(connection));
    head->wants_keep_alive = !head->is_http10 && _stricmp(connection, "close") != 0;
    return 0;
}

bool origin_head_value(const char *headers, const char *name, char *value, size_t capacity)
{
    size_t name_length = strlen(name);
    value[0] = '\0';
    for (const char *line = headers; *line;) {
        size_t length = strcspn(line, "\r\n");
        if (length > name_length && line[name_length] == ':' && !_strnicmp(line, name, name_length)) {
            const char *first = line + name_length + 1;
            const char *last = line + length;
            while (first < last && (*first == ' ' || *first == '\t'))
                first++;
            while (last > first && (last[-1] == ' ' || last[-1] == '\t'))
                last--;
            return origin_text_copy(value, capacity, first, (size_t)(last - first));
        }
        line += length;
        line += strspn(line, "\r\n");
    }
    return false;
}

/* One "a-b", "a-" or "-n" of length bytes. */
static enum origin_range range_spec_parse(const char *spec, size_t spec_length, uint64_t size, uint64_t *first,
                                          uint64_t *length)
{
    const char *dash = memchr(spec, '-', spec_length);
    if (!dash)
        return ORIGIN_RANGE_NONE;
    size_t first_length = (size_t)(dash - spec);
    size_t last_length = spec_length - first_length - 1;
    uint64_t last = UINT64_MAX;

    if (first_length == 0) {
        uint64_t suffix;
        if (!origin_text_number(dash + 1, last_length, &suffix))
            return ORIGIN_RANGE_NONE;
        *length = suffix < size ? suffix : size;
        *first = size - *length;
        return *length > 0 ? ORIGIN_RANGE_ONE : ORIGIN_RANGE_UNSATISFIABLE;
    }
    if (!origin_text_number(spec, first_length, first) ||
        (last_length > 0 && !origin_text_number(dash + 1, last_length, &last)) || last < *first)
        return ORIGIN_RANGE_NONE;
    if (*first >= size)
        return ORIGIN_RANGE_UNSATISFIABLE;
    *length = (last < size ? last + 1 : size) - *first;
    return ORIGIN_RANGE_ONE;
}

enum origin_range origin_range_parse(const char *value, uint64_t size, uint64_t *first, uint64_t *length)
{
    *first = 0;
    *length = size;
    if (_strnicmp(value, "bytes=", 6) != 0)
        return ORIGIN_RANGE_NONE;

    value += 6;
    size_t spec_length = strcspn(value, ",");
    enum origin_range range = range_spec_parse(value, spec_length, size, first, length);
    if (range == ORIGIN_RANGE_ONE && value[spec_length] == ',')
        return ORIGIN_RANGE_MULTIPLE;
    if (range != ORIGIN_RANGE_ONE) {
        *first = 0;
        *length = size;
    }
    return range;
}
