#include "http_details.h"

#include "memory.h"
#include "utf16.h"

#include <string.h>

void http_details_clear(struct http_details *details)
{
    mem_free(details->headers);
    mem_free(details->url);
    memset(details, 0, sizeof(*details));
}

char16_t *http_details_headers(const char16_t *text, size_t length)
{
    if (length > HTTP_HEADERS_TEXT_MAX) {
        length = HTTP_HEADERS_TEXT_MAX;
        while (length && text[length - 1] != u'\n')
            length--;
    }
    return utf16_duplicate_part(text, length);
}
