#include "utf16.h"

#include "memory.h"

#include <string.h>

size_t utf16_length(const char16_t *text)
{
    size_t length = 0;
    while (text[length])
        length++;
    return length;
}

size_t utf16_length_within(const char16_t *text, size_t limit)
{
    size_t length = 0;
    while (length <= limit && text[length])
        length++;
    return length;
}

char16_t *utf16_duplicate(const char16_t *text)
{
    return text ? utf16_duplicate_part(text, utf16_length(text)) : NULL;
}

char16_t *utf16_duplicate_part(const char16_t *text, size_t length)
{
    if (length > SIZE_MAX / sizeof(*text) - 1)
        return NULL;
    char16_t *copy = mem_alloc((length + 1) * sizeof(*copy));
    if (copy && length)
        memcpy(copy, text, length * sizeof(*copy));
    return copy;
}

void utf16_free_secret(char16_t *text)
{
    if (text)
        mem_wipe(text, utf16_length(text) * sizeof(*text));
    mem_free(text);
}

bool utf16_equal(const char16_t *a, const char16_t *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

static char16_t fold_ascii(char16_t unit)
{
    return unit >= u'a' && unit <= u'z' ? (char16_t)(unit - u'a' + u'A') : unit;
}

bool utf16_equal_ascii_nocase(const char16_t *a, const char16_t *b)
{
    while (*a && fold_ascii(*a) == fold_ascii(*b)) {
        a++;
        b++;
    }
    return fold_ascii(*a) == fold_ascii(*b);
}

bool utf16_part_equal_ascii_nocase(const char16_t *a, size_t length, const char *ascii)
{
    size_t i = 0;
    while (i < length && ascii[i] && fold_ascii(a[i]) == fold_ascii((unsigned char)ascii[i]))
        i++;
    return i == length && !ascii[i];
}

uint32_t utf16_hash(const char16_t *text)
{
    uint32_t hash = 2166136261u;
    for (; *text; text++)
        hash = (hash ^ *text) * 16777619u;
    return hash;
}

bool utf16_parse_u64(const char16_t *text, size_t length, uint64_t *value)
{
    *value = 0;
    uint64_t sum = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < u'0' || text[i] > u'9')
            return false;
        uint64_t digit = (uint64_t)(text[i] - u'0');
        if (sum > (UINT64_MAX - digit) / 10)
            return false;
        sum = sum * 10 + digit;
    }
    if (!length)
        return false;
    *value = sum;
    return true;
}
