#include "progress_format.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define BAR_WIDTH_MIN      10u
#define BAR_WIDTH_MAX      40u
#define SAMPLE_INTERVAL_MS 200u
#define GAP_WIDTH          2
#define PART_SIZE          (2 * PROGRESS_NUMBER_SIZE + 8) /* of one part of a line, the longest being "x of y" */

void progress_format_bytes(char text[PROGRESS_NUMBER_SIZE], uint64_t bytes)
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    if (bytes < 1024) {
        snprintf(text, PROGRESS_NUMBER_SIZE, "%u B", (unsigned)bytes);
        return;
    }
    /* In integers, so that no rounding shows "1024 KiB": so many units, and so many 1024ths of one. */
    size_t unit = 0;
    uint64_t whole = bytes >> 10;
    uint64_t rest = bytes & 1023;
    while (whole >= 1024) {
        rest = whole & 1023;
        whole >>= 10;
        unit++;
    }
    if (whole < 100) {
        snprintf(text, PROGRESS_NUMBER_SIZE, "%u.%u %s", (unsigned)whole, (unsigned)(rest * 10 / 1024), units[unit]);
    } else {
        snprintf(text, PROGRESS_NUMBER_SIZE, "%u %s", (unsigned)whole, units[unit]);
    }
}

void progress_format_time(char text[PROGRESS_NUMBER_SIZE], uint64_t seconds)
{
    unsigned long long minutes = seconds / 60;
    unsigned long long hours = minutes / 60;
    unsigned second = (unsigned)(seconds % 60);
    unsigned minute = (unsigned)(minutes % 60);
    if (seconds < 60) {
        snprintf(text, PROGRESS_NUMBER_SIZE, "%u s", second);
    } else if (hours == 0) {
        snprintf(text, PROGRESS_NUMBER_SIZE, "%u:%02u", minute, second);
    } else if (hours < 24) {
        snprintf(text, PROGRESS_NUMBER_SIZE, "%llu:%02u:%02u", hours, minute, second);
    } else {
        snprintf(text, PROGRESS_NUMBER_SIZE, "%llu d %u h", hours / 24, (unsigned)(hours % 24));
    }
}

int progress_percent(uint64_t transferred, uint64_t total)
{
    if (total == PROGRESS_UNKNOWN) {
        return -1;
    }
    if (transferred >= total) {
        return 100;
    }
    /* Multiplying first would overflow from 2^57 on. */
    return total < UINT64_MAX / 100 ? (int)(transferred * 100 / total) : (int)(transferred / (total / 100));
}

static void format_amount(char text[PART_SIZE], bool is_aligned, const struct progress_view *view)
{
    char transferred[PROGRESS_NUMBER_SIZE];
    char total[PROGRESS_NUMBER_SIZE];
    int width = is_aligned ? 8 : 0;
    progress_format_bytes(transferred, view->bytes_transferred);
    if (view->bytes_total == PROGRESS_UNKNOWN) {
        snprintf(text, PART_SIZE, "%*s", width, transferred);
        return;
    }
    progress_format_bytes(total, view->bytes_total);
    snprintf(text, PART_SIZE, "%*s of %s", width, transferred, total);
}

static void format_rate(char text[PART_SIZE], uint64_t rate)
{
    char bytes[PROGRESS_NUMBER_SIZE];
    text[0] = '\0';
    if (rate != PROGRESS_UNKNOWN) {
        progress_format_bytes(bytes, rate);
        snprintf(text, PART_SIZE, "%s/s", bytes);
    }
}

static void format_time_left(char text[PART_SIZE], const struct progress_view *view)
{
    char time[PROGRESS_NUMBER_SIZE];
    text[0] = '\0';
    if (view->bytes_total == PROGRESS_UNKNOWN || view->rate == PROGRESS_UNKNOWN || view->rate == 0 ||
        view->bytes_transferred >= view->bytes_total) {
        return;
    }
    uint64_t left = view->bytes_total - view->bytes_transferred;
    /* Rounded up: "0 s left" would be a lie. */
    progress_format_time(time, left / view->rate + (left % view->rate != 0));
    snprintf(text, PART_SIZE, "%s left", time);
}

static void format_files(char text[PART_SIZE], const struct progress_view *view)
{
    text[0] = '\0';
    if (view->files_total > 1) {
        snprintf(text, PART_SIZE, "%u of %u files", (unsigned)view->files_transferred, (unsigned)view->files_total);
    }
}

static void format_bar(char *text, size_t width, int percent)
{
    size_t inside = width - 2;
    size_t filled = inside * (size_t)percent / 100;
    text[0] = '[';
    memset(text + 1, '#', filled);
    memset(text + 1 + filled, '.', inside - filled);
    text[1 + inside] = ']';
    text[2 + inside] = '\0';
}

/* In the order in which they stand on the line. */
enum line_part { PART_PERCENT, PART_BAR, PART_AMOUNT, PART_RATE, PART_TIME, PART_FILES, PART_COUNT };

/* Right-aligned and as wide as they mostly get, so that the line does not dance while numbers change. An unknown rate
 * keeps its place. */
static void format_parts(char parts[PART_COUNT][PART_SIZE], const struct progress_view *view)
{
    char text[PART_SIZE];
    int percent = progress_percent(view->bytes_transferred, view->bytes_total);
    for (int part = 0; part < PART_COUNT; part++) {
        parts[part][0] = '\0';
    }
    format_amount(parts[PART_AMOUNT], true, view);
    format_rate(text, view->rate);
    snprintf(parts[PART_RATE], PART_SIZE, "%10s", text);
    if (percent >= 0) {
        snprintf(parts[PART_PERCENT], PART_SIZE, "%3d%%", percent);
        format_time_left(text, view);
        snprintf(parts[PART_TIME], PART_SIZE, "%10s", text);
    }
    format_files(parts[PART_FILES], view);
}

void progress_format_line(char *text, size_t capacity, size_t width, const struct progress_view *view)
{
    /* Who gets the room: from the most useful to the least. The bar takes what is left. */
    static const enum line_part ranking[] = {PART_PERCENT, PART_AMOUNT, PART_RATE, PART_TIME, PART_FILES};
    char parts[PART_COUNT][PART_SIZE];
    size_t used = 0;
    if (width > capacity - 1) {
        width = capacity - 1;
    }
    format_parts(parts, view);
    for (size_t i = 0; i < sizeof ranking / sizeof ranking[0]; i++) {
        size_t length = strlen(parts[ranking[i]]);
        size_t needed = length + (used != 0 ? GAP_WIDTH : 0);
        if (length == 0 || needed > width - used) {
            parts[ranking[i]][0] = '\0';
        } else {
            used += needed;
        }
    }
    if (parts[PART_PERCENT][0] != '\0' && width - used >= BAR_WIDTH_MIN + GAP_WIDTH) {
        size_t room = width - used - GAP_WIDTH;
        format_bar(parts[PART_BAR], room < BAR_WIDTH_MAX ? room : BAR_WIDTH_MAX,
                   progress_percent(view->bytes_transferred, view->bytes_total));
    }

    size_t length = 0;
    text[0] = '\0';
    for (int part = 0; part < PART_COUNT; part++) {
        if (parts[part][0] != '\0') {
            length += (size_t)snprintf(text + length, capacity - length, "%*s%s", length != 0 ? GAP_WIDTH : 0, "",
                                       parts[part]);
        }
    }
    while (length != 0 && text[length - 1] == ' ') {
        text[--length] = '\0';
    }
}

void progress_format_plain(char *text, size_t capacity, const struct progress_view *view)
{
    char amount[PART_SIZE];
    char files[PART_SIZE];
    char rate[PART_SIZE];
    char percent[PART_SIZE] = "";
    int value = progress_percent(view->bytes_transferred, view->bytes_total);
    if (value >= 0) {
        snprintf(percent, sizeof percent, "%d%%, ", value);
    }
    format_amount(amount, false, view);
    format_files(files, view);
    format_rate(rate, view->rate);
    snprintf(text, capacity, "%s%s%s%s%s%s", percent, amount, files[0] != '\0' ? ", " : "", files,
             rate[0] != '\0' ? ", " : "", rate);
}

/* Seconds first when milliseconds would overflow. */
static uint64_t rate_of(uint64_t bytes, uint64_t milliseconds)
{
    return bytes < UINT64_MAX / 1000 ? bytes * 1000 / milliseconds : bytes / (milliseconds / 1000 + 1);
}

void progress_format_summary(char *text, size_t capacity, uint32_t files, uint64_t bytes, uint64_t moved,
                             uint64_t milliseconds)
{
    char size[PROGRESS_NUMBER_SIZE];
    char time[PROGRESS_NUMBER_SIZE];
    char rate[PART_SIZE];
    progress_format_bytes(size, bytes);
    if (milliseconds < 59950) {
        unsigned tenths = (unsigned)(milliseconds + 50) / 100;
        snprintf(time, sizeof time, "%u.%u s", tenths / 10, tenths % 10);
    } else {
        progress_format_time(time, (milliseconds + 500) / 1000);
    }
    format_rate(rate, milliseconds != 0 ? rate_of(moved, milliseconds) : PROGRESS_UNKNOWN);
    snprintf(text, capacity, "%u file%s, %s in %s%s%s", (unsigned)files, files == 1 ? "" : "s", size, time,
             rate[0] != '\0' ? ", " : "", rate);
}

void progress_rate_add(struct progress_rate *rate, uint64_t time_ms, uint64_t bytes)
{
    if (rate->count != 0) {
        unsigned newest = (rate->count - 1) % PROGRESS_RATE_SAMPLES;
        if (bytes < rate->samples[newest].bytes) {
            rate->count = 0;
        } else if (time_ms - rate->samples[newest].time < SAMPLE_INTERVAL_MS) {
            return;
        }
    }
    unsigned next = rate->count % PROGRESS_RATE_SAMPLES;
    rate->samples[next].time = time_ms;
    rate->samples[next].bytes = bytes;
    rate->count++;
}

uint64_t progress_rate_value(const struct progress_rate *rate)
{
    if (rate->count < 2) {
        return PROGRESS_UNKNOWN;
    }
    unsigned newest = (rate->count - 1) % PROGRESS_RATE_SAMPLES;
    unsigned oldest = rate->count <= PROGRESS_RATE_SAMPLES ? 0 : rate->count % PROGRESS_RATE_SAMPLES;
    uint64_t time = rate->samples[newest].time - rate->samples[oldest].time;
    uint64_t bytes = rate->samples[newest].bytes - rate->samples[oldest].bytes;
    if (time < 1000) {
        return PROGRESS_UNKNOWN;
    }
    return rate_of(bytes, time);
}
