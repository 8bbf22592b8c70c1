/* Dates in the three forms of HTTP. */
#include <stdarg.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "http_response.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define SECOND          10000000ull

/* FILETIME of a Unix time: 1970 lies 11,644,473,600 s after 1601. The Unix times are date(1)'s. */
static uint64_t filetime(uint64_t unix_time)
{
    return (unix_time + 11644473600ull) * SECOND;
}

static void three_forms_are_read(void **state)
{
    (void)state;
    const struct {
        const char16_t *text;
        uint64_t time;
    } rows[] = {
        {u"Sun, 06 Nov 1994 08:49:37 GMT", filetime(784111777)},
        {u"Sunday, 06-Nov-94 08:49:37 GMT", filetime(784111777)},
        {u"Sun Nov  6 08:49:37 1994", filetime(784111777)},
        {u"Wed Nov 16 08:49:37 1994", filetime(784975777)},
        {u"Wednesday, 09-Nov-94 08:49:37 GMT", filetime(784370977)},
        {u"Thu, 01 Jan 1970 00:00:00 GMT", filetime(0)},
        {u"Mon, 01 Jan 1601 00:00:00 GMT", 0},
        {u"Tue, 29 Feb 2000 12:00:00 GMT", filetime(951825600)},
        {u"Thu, 29 Feb 2024 23:59:59 GMT", filetime(1709251199)},
        {u"Fri, 01 Mar 2024 00:00:00 GMT", filetime(1709251200)},
        {u"Mon, 01 Mar 2100 00:00:00 GMT", filetime(4107542400)},
        {u"Tue, 19 Jan 2038 03:14:08 GMT", filetime(2147483648)},
        {u"Fri, 31 Dec 9999 23:59:59 GMT", filetime(253402300799)},
        {u"Sat, 31 Dec 2016 23:59:60 GMT", filetime(1483228800)}, /* a leap second */
        {u"Tuesday, 31-Dec-69 00:00:00 GMT", filetime(3155673600)},
        {u"Thursday, 01-Jan-70 00:00:00 GMT", filetime(0)},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint64_t time = 1;
        if (!http_date_parse(rows[i].text, &time) || time != rows[i].time)
            fail_msg("row %zu: %llu", i, (unsigned long long)time);
    }
}

static void other_texts_are_refused(void **state)
{
    (void)state;
    static const char16_t *const rows[] = {
        u"",
        u"0",
        u"S",
        u"Su",
        u"Sun",
        u"Sun,",
        u"Sun, 06",
        u"Sun, 06 Nov 1994",
        u"Sun, 06 Nov 1994 08:49:37",
        u"Sun, 06 Nov 1994 08:49:37 ",
        u"Sun, 06 Nov 1994 08:49:37 UTC",
        u"Sun, 06 Nov 1994 08:49:37 +0000",
        u"Sun, 06 Nov 1994 08:49:37 GMT ",
        u"Sun, 06 Nov 1994 08:49:37 GMTX",
        u" Sun, 06 Nov 1994 08:49:37 GMT",
        u"Sun, 6 Nov 1994 08:49:37 GMT",
        u"Sun, 006 Nov 1994 08:49:37 GMT",
        u"Sun, 06 Nov 94 08:49:37 GMT",
        u"Sun, 06 Nov 19940 08:49:37 GMT",
        u"Sun, 06 Nox 1994 08:49:37 GMT",
        u"Sun, 06 nov 1994 08:49:37 GMT",
        u"Xun, 06 Nov 1994 08:49:37 GMT",
        u"Sun, 00 Nov 1994 08:49:37 GMT",
        u"Sun, 31 Nov 1994 08:49:37 GMT",
        u"Sun, 32 Dec 1994 08:49:37 GMT",
        u"Tue, 29 Feb 1994 08:49:37 GMT",
        u"Mon, 29 Feb 2100 08:49:37 GMT",
        u"Sun, 06 Nov 1600 08:49:37 GMT",
        u"Sun, 06 Nov 0000 08:49:37 GMT",
        u"Sun, 06 Nov -994 08:49:37 GMT",
        u"Sun, 06 Nov 1994 24:00:00 GMT",
        u"Sun, 06 Nov 1994 08:60:37 GMT",
        u"Sun, 06 Nov 1994 08:49:61 GMT",
        u"Sun, 06 Nov 1994 8:49:37 GMT",
        u"Sun, 06 Nov 1994 08.49.37 GMT",
        u"Sun, 06 Nov 1994, 08:49:37 GMT",
        u"Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
        u"Sunday, 06-Nov-1994 08:49:37 GMT",
        u"Sunxday, 06-Nov-94 08:49:37 GMT",
        u"Sunday 06-Nov-94 08:49:37 GMT",
        u"Sund, 06-Nov-94 08:49:37 GMT",
        u"Monsday, 06-Nov-94 08:49:37 GMT",
        u"Sun Nov 6 08:49:37 1994",
        u"Sun Nov  6 08:49:37 1994 GMT",
        u"Sun Nov 006 08:49:37 1994",
        u"Sun Nov   6 08:49:37 1994",
        u"Sun, \u0660\u0666 Nov 1994 08:49:37 GMT", /* Arabic digits */
        u"1994-11-06T08:49:37Z",
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint64_t time;
        if (http_date_parse(rows[i], &time))
            fail_msg("row %zu passed", i);
    }
}

/* Every prefix of a date is none, and is not read beyond its end. */
static void cut_dates_are_refused(void **state)
{
    (void)state;
    static const char16_t *const dates[] = {u"Sun, 06 Nov 1994 08:49:37 GMT", u"Sunday, 06-Nov-94 08:49:37 GMT",
                                            u"Sun Nov  6 08:49:37 1994"};
    for (size_t i = 0; i < COUNT_OF(dates); i++) {
        for (size_t length = 0; dates[i][length]; length++) {
            char16_t *cut = calloc(length + 1, sizeof(*cut));
            assert_non_null(cut);
            memcpy(cut, dates[i], length * sizeof(*cut));
            uint64_t time;
            assert_false(http_date_parse(cut, &time));
            free(cut);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_forms_are_read),
        cmocka_unit_test(other_texts_are_refused),
        cmocka_unit_test(cut_dates_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
