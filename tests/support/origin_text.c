#include "origin_text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define SECONDS_PER_DAY 86400u

static bool text_reserve(struct origin_text *text, size_t more)
{
    if (text->failed)
        return false;
    if (text->capacity - text->length > more)
        return true;

    size_t capacity = text->capacity + more + text->capacity / 2 + 512;
    char *bytes = realloc(text->bytes, capacity);
    if (!bytes) {
        text->failed = true;
        return false;
    }
    text->bytes = bytes;
    text->capacity = capacity;
    return true;
}

void origin_text_append(struct origin_text *text, const char *bytes, size_t length)
{
    if (!text_reserve(text, length))
        return;
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = '\0';
}

void origin_text_format(struct origin_text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    if (length < 0) {
        text->failed = true;
    } else if (text_reserve(text, (size_t)length)) {
        vsnprintf(text->bytes + text->length, (size_t)length + 1, format, again);
        text->length += (size_t)length;
    }
    va_end(again);
    va_end(arguments);
}

bool origin_text_is_good(const struct origin_text *text)
{
    return !text->failed;
}

void origin_text_release(struct origin_text *text)
{
    free(text->bytes);
    memset(text, 0, sizeof(*text));
}

bool origin_text_number(const char *text, size_t length, uint64_t *number)
{
    *number = 0;
    if (length == 0)
        return false;

    uint64_t value = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        uint64_t digit = (uint64_t)(text[i] - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *number = value;
    return true;
}

bool origin_text_copy(char *copy, size_t capacity, const char *bytes, size_t length)
{
    copy[0] = '\0';
    if (length >= capacity)
        return false;
    memcpy(copy, bytes, length);
    copy[length] = '\0';
    return true;
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

/* -1 for anything but two hexadecimal digits. */
static int hex_pair(const char *digits)
{
    int high = hex_value(digits[0]);
    int low = hex_value(digits[1]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

bool origin_text_decode(char *plain, size_t capacity, const char *bytes, size_t length)
{
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        int byte = (unsigned char)bytes[i];
        if (byte == '%') {
            byte = length - i > 2 ? hex_pair(bytes + i + 1) : -1;
            i += 2;
        }
        if (byte <= 0 || used + 1 >= capacity) {
            plain[0] = '\0';
            return false;
        }
        plain[used++] = (char)byte;
    }
    plain[used] = '\0';
    return true;
}

bool origin_text_base64(char *code, size_t capacity, const char *text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t length = strlen(text);
    size_t used = 0;
    code[0] = '\0';
    if ((length + 2) / 3 * 4 >= capacity)
        return false;

    for (size_t i = 0; i < length; i += 3) {
        uint32_t group = 0;
        for (size_t k = 0; k < 3; k++)
            group = group << 8 | (i + k < length ? (unsigned char)text[i + k] : 0u);
        for (size_t k = 0; k < 4; k++)
            code[used++] = i + k <= length ? digits[group >> (18 - 6 * k) & 63] : '=';
    }
    code[used] = '\0';
    return true;
}

/* Days since 1970 to year, month and day, counting years from March so that the leap day comes last. */
static void date_from_days(uint64_t days, unsigned *year, unsigned *month, unsigned *day)
{
    uint64_t shifted = days + 719468;
    uint64_t era = shifted / 146097;
    uint64_t day_of_era = shifted % 146097;
    uint64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    uint64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    uint64_t from_march = (5 * day_of_year + 2) / 153;

    *day = (unsigned)(day_of_year - (153 * from_march + 2) / 5 + 1);
    *month = (unsigned)(from_march < 10 ? from_march + 3 : from_march - 9);
    *year = (unsigned)(year_of_era + era * 400 + (*month <= 2 ? 1 : 0));
}

void origin_text_date(char date[ORIGIN_DATE_SIZE], uint64_t unix_seconds)
{
    static const char *const weekdays[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const uint64_t last_of_9999 = 253402300799u;
    if (unix_seconds > last_of_9999)
        unix_seconds = last_of_9999;

    uint64_t days = unix_seconds / SECONDS_PER_DAY;
    unsigned rest = (unsigned)(unix_seconds % SECONDS_PER_DAY);
    unsigned year;
    unsigned month;
    unsigned day;
    date_from_days(days, &year, &month, &day);
    snprintf(date, ORIGIN_DATE_SIZE, "%s, %02u %s %04u %02u:%02u:%02u GMT", weekdays[days % 7], day % 100,
             months[month - 1], year % 10000, rest / 3600, rest / 60 % 60, rest % 60);
}
