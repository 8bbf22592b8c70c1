/* Any text as a date; and any second from 1601 to 9999, written in the three forms by the C library's calendar. */
#include "fuzz_input.h"
#include "http_response.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SECOND      10000000ull
#define UNIX_EPOCH  11644473600ll /* seconds from 1601 to 1970 */
#define LAST_SECOND 253402300799ll

static void check_form(const char *text, uint64_t expected)
{
    char16_t wide[64];
    size_t length = 0;
    uint64_t time;
    while ((wide[length] = (unsigned char)text[length]) != 0)
        length++;
    FUZZ_CHECK(http_date_parse(wide, &time) && time == expected);
}

static void check_written(uint64_t number)
{
    time_t seconds = (time_t)(number % (uint64_t)(LAST_SECOND + UNIX_EPOCH)) - UNIX_EPOCH;
    uint64_t expected = (uint64_t)(seconds + UNIX_EPOCH) * SECOND;
    const struct tm *parts = gmtime(&seconds);
    char text[64];
    FUZZ_CHECK(parts);
    FUZZ_CHECK(strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", parts));
    check_form(text, expected);
    FUZZ_CHECK(strftime(text, sizeof(text), "%a %b %e %H:%M:%S %Y", parts));
    check_form(text, expected);
    /* Two digits of a year mean 1970 to 2069. */
    if (parts->tm_year >= 70 && parts->tm_year < 170) {
        FUZZ_CHECK(strftime(text, sizeof(text), "%A, %d-%b-%y %H:%M:%S GMT", parts));
        check_form(text, expected);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = fuzz_input_of(data, size);
    char16_t *text = fuzz_rest(&input);
    uint64_t time;
    if (http_date_parse(text, &time)) /* the last second may be a leap second */
        FUZZ_CHECK(time % SECOND == 0 && time / SECOND <= (uint64_t)(LAST_SECOND + UNIX_EPOCH) + 1);
    ;
    free(text);
    input = fuzz_input_of(data, size);
    uint64_t number = 0;
    while (!fuzz_is_at_end(&input))
        number = number << 8 | fuzz_byte(&input);
    check_written(number);
    return 0;
}
