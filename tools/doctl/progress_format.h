/* How a download's progress reads: numbers, the rate and the line itself, as ASCII. Pure. */
#ifndef DOCTL_PROGRESS_FORMAT_H
#define DOCTL_PROGRESS_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#define PROGRESS_UNKNOWN UINT64_MAX /* a size, a rate or a time that nobody knows yet */

#define PROGRESS_NUMBER_SIZE 32 /* room for any text of the first three functions */

/* "0 B", "1023 B", "1.5 KiB", "1023 KiB", "16.0 EiB": three digits, or four before the next unit. */
void progress_format_bytes(char text[PROGRESS_NUMBER_SIZE], uint64_t bytes);

/* "7 s", "1:02", "3:04:05", "2 d 3 h". */
void progress_format_time(char text[PROGRESS_NUMBER_SIZE], uint64_t seconds);

/* 0..100, rounded down, so that 100 means all; -1 while the total is unknown. Nothing of nothing is 100. */
int progress_percent(uint64_t transferred, uint64_t total);

struct progress_view {
    uint64_t bytes_transferred;
    uint64_t bytes_total; /* PROGRESS_UNKNOWN */
    uint32_t files_transferred;
    uint32_t files_total;
    uint64_t rate; /* bytes a second, PROGRESS_UNKNOWN */
};

/* One line of at most `width` characters and never more than capacity - 1: percent, bar, bytes, rate, time left, files.
 * What does not fit is left out, the least useful first. */
void progress_format_line(char *text, size_t capacity, size_t width, const struct progress_view *view);

/* The same facts without a bar and for any width: "45%, 28.8 MiB of 64.0 MiB, 1 of 4 files, 9.5 MiB/s". */
void progress_format_plain(char *text, size_t capacity, const struct progress_view *view);

/* "4 files, 64.0 MiB in 3.2 s, 20.0 MiB/s": all that a job has, the time of this run and the rate of the bytes that it
 * moved. */
void progress_format_summary(char *text, size_t capacity, uint32_t files, uint64_t bytes, uint64_t moved,
                             uint64_t milliseconds);

/* The rate over the last few seconds. Starts zeroed. */
#define PROGRESS_RATE_SAMPLES 16
struct progress_rate {
    struct {
        uint64_t time; /* ms */
        uint64_t bytes;
    } samples[PROGRESS_RATE_SAMPLES];
    unsigned count; /* ever taken */
};

/* Takes a sample unless the last one is less than 200 ms old. Fewer bytes than before start the measurement again. */
void progress_rate_add(struct progress_rate *rate, uint64_t time_ms, uint64_t bytes);

/* Bytes a second from the oldest to the newest sample; PROGRESS_UNKNOWN with less than a second between them. */
uint64_t progress_rate_value(const struct progress_rate *rate);

#endif
