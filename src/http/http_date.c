#include "http_response.h"

/* The three forms that HTTP allows, read strictly: IMF-fixdate, RFC 850, asctime. */

static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
static const char days[] = "MonTueWedThuFriSatSun";
static const char *const day_endings[] = {"day", "sday", "nesday", "rsday", "day", "urday", "day"};

struct scan {
    const char16_t *at;
    bool is_bad;
};

static void expect(struct scan *scan, const char *text)
{
    for (; *text && !scan->is_bad; text++) {
        if (*scan->at != (unsigned char)*text)
            scan->is_bad = true;
        else
            scan->at++;
    }
}

static unsigned digits(struct scan *scan, unsigned count)
{
    unsigned value = 0;
    for (; count && !scan->is_bad; count--) {
        if (*scan->at < u'0' || *scan->at > u'9')
            scan->is_bad = true;
        else
            value = value * 10 + (unsigned)(*scan->at++ - u'0');
    }
    return value;
}

/* The position of a three-letter name in the list; the list's length when it is not there. */
static unsigned name_in(struct scan *scan, const char *names, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const char *name = names + 3 * (size_t)i;
        if (scan->at[0] == (unsigned char)name[0] && scan->at[1] == (unsigned char)name[1] &&
            scan->at[2] == (unsigned char)name[2]) {
            scan->at += 3;
            return i;
        }
    }
    scan->is_bad = true;
    return count;
}

struct moment {
    unsigned year, month, day, hour, minute, second; /* month from 0, day from 1 */
};

static void time_of_day(struct scan *scan, struct moment *moment)
{
    moment->hour = digits(scan, 2);
    expect(scan, ":");
    moment->minute = digits(scan, 2);
    expect(scan, ":");
    moment->second = digits(scan, 2);
}

static void asctime_rest(struct scan *scan, struct moment *moment)
{
    moment->month = name_in(scan, months, 12);
    expect(scan, " ");
    if (*scan->at == u' ') {
        scan->at++;
        moment->day = digits(scan, 1);
    } else {
        moment->day = digits(scan, 2);
    }
    expect(scan, " ");
    time_of_day(scan, moment);
    expect(scan, " ");
    moment->year = digits(scan, 4);
}

static void fixdate_rest(struct scan *scan, struct moment *moment)
{
    expect(scan, " ");
    moment->day = digits(scan, 2);
    expect(scan, " ");
    moment->month = name_in(scan, months, 12);
    expect(scan, " ");
    moment->year = digits(scan, 4);
    expect(scan, " ");
    time_of_day(scan, moment);
    expect(scan, " GMT");
}

/* Two digits of a year: what would lie far ahead was in the last century. */
static void rfc850_rest(struct scan *scan, struct moment *moment, unsigned day)
{
    expect(scan, day_endings[day]);
    expect(scan, ", ");
    moment->day = digits(scan, 2);
    expect(scan, "-");
    moment->month = name_in(scan, months, 12);
    expect(scan, "-");
    moment->year = digits(scan, 2);
    moment->year += moment->year < 70 ? 2000 : 1900;
    expect(scan, " ");
    time_of_day(scan, moment);
    expect(scan, " GMT");
}

static bool is_leap(unsigned year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static bool is_real(const struct moment *moment)
{
    static const unsigned char lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (moment->year < 1601 || moment->month > 11 || moment->hour > 23 || moment->minute > 59 || moment->second > 60)
        return false;
    unsigned length = lengths[moment->month] + (moment->month == 1 && is_leap(moment->year) ? 1u : 0u);
    return moment->day >= 1 && moment->day <= length;
}

static uint64_t filetime_of(const struct moment *moment)
{
    static const unsigned before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    uint64_t years = moment->year - 1601;
    uint64_t total = years * 365 + years / 4 - years / 100 + years / 400 + before[moment->month] + moment->day - 1;
    if (moment->month > 1 && is_leap(moment->year))
        total++;
    return (((total * 24 + moment->hour) * 60 + moment->minute) * 60 + moment->second) * 10000000;
}

bool http_date_parse(const char16_t *text, uint64_t *time)
{
    struct scan scan = {text, false};
    struct moment moment = {0};
    unsigned day = name_in(&scan, days, 7);
    if (scan.is_bad)
        return false;
    if (*scan.at == u',') {
        scan.at++;
        fixdate_rest(&scan, &moment);
    } else if (*scan.at == u' ') {
        scan.at++;
        asctime_rest(&scan, &moment);
    } else {
        rfc850_rest(&scan, &moment, day);
    }
    if (scan.is_bad || *scan.at || !is_real(&moment))
        return false;
    *time = filetime_of(&moment);
    return true;
}
