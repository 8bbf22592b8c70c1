#include "guid_text.h"

/* The bytes in the order of their digits, and -1 where a hyphen stands. */
static const signed char order[] = {3, 2, 1, 0, -1, 5, 4, -1, 7, 6, -1, 8, 9, -1, 10, 11, 12, 13, 14, 15};

void guid_text_format(const uint8_t id[16], char16_t text[GUID_TEXT_LENGTH + 1])
{
    static const char digits[] = "0123456789ABCDEF";
    *text++ = u'{';
    for (size_t i = 0; i < sizeof(order); i++) {
        if (order[i] < 0) {
            *text++ = u'-';
            continue;
        }
        *text++ = (char16_t)digits[id[order[i]] >> 4];
        *text++ = (char16_t)digits[id[order[i]] & 15];
    }
    *text++ = u'}';
    *text = 0;
}

static int digit_of(char16_t c)
{
    if (c >= u'0' && c <= u'9')
        return c - u'0';
    if (c >= u'A' && c <= u'F')
        return c - u'A' + 10;
    if (c >= u'a' && c <= u'f')
        return c - u'a' + 10;
    return -1;
}

bool guid_text_parse(const char16_t *text, uint8_t id[16])
{
    if (*text++ != u'{')
        return false;
    for (size_t i = 0; i < sizeof(order); i++) {
        if (order[i] < 0) {
            if (*text++ != u'-')
                return false;
            continue;
        }
        int high = digit_of(text[0]);
        int low = high < 0 ? -1 : digit_of(text[1]);
        if (low < 0)
            return false;
        id[order[i]] = (uint8_t)(high << 4 | low);
        text += 2;
    }
    return text[0] == u'}' && text[1] == 0;
}
