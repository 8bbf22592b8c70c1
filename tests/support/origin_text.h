/* Text for the origin: a growing buffer, numbers, dates, percent and base64 codes. */
#ifndef ORIGIN_TEXT_H
#define ORIGIN_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define ORIGIN_DATE_SIZE 30

/* Starts zeroed. Once memory ran out it takes no more, and origin_text_is_good() is false. */
struct origin_text {
    char *bytes;
    size_t length;
    size_t capacity;
    bool failed;
};

void origin_text_append(struct origin_text *text, const char *bytes, size_t length);
void origin_text_format(struct origin_text *text, const char *format, ...)
    __attribute__((format(__MINGW_PRINTF_FORMAT, 2, 3)));
bool origin_text_is_good(const struct origin_text *text);
void origin_text_release(struct origin_text *text);

/* The decimal number that makes up all of text. False for anything else and beyond 64 bits. */
bool origin_text_number(const char *text, size_t length, uint64_t *number);

/* Copies length bytes and a NUL. False, with copy empty, when it does not fit. */
bool origin_text_copy(char *copy, size_t capacity, const char *bytes, size_t length);

/* The same with %XX resolved. False also for a broken code and for %00. */
bool origin_text_decode(char *plain, size_t capacity, const char *bytes, size_t length);

/* Base64 of text. False when it does not fit. */
bool origin_text_base64(char *code, size_t capacity, const char *text);

/* An IMF-fixdate such as "Wed, 01 Jan 2020 00:00:00 GMT". */
void origin_text_date(char date[ORIGIN_DATE_SIZE], uint64_t unix_seconds);

#endif
