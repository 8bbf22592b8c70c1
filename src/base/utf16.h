/* 16-bit strings, as Windows has them, in pure C. Lengths are in code units and never count the terminator. */
#ifndef DOSVC_BASE_UTF16_H
#define DOSVC_BASE_UTF16_H

#include "hresult.h"

size_t utf16_length(const char16_t *text);

/* The length, or `limit` + 1 as soon as the text is longer than `limit`: a hostile string is never walked to its end. */
size_t utf16_length_within(const char16_t *text, size_t limit);

/* Returns a new copy (mem_free), NULL when there is no memory. `text` may be NULL for utf16_duplicate: NULL comes back. */
char16_t *utf16_duplicate(const char16_t *text);
char16_t *utf16_duplicate_part(const char16_t *text, size_t length);

/* Frees a copy that is a secret, overwritten before. NULL is allowed. */
void utf16_free_secret(char16_t *text);

bool utf16_equal(const char16_t *a, const char16_t *b);
/* Case folding of A-Z only: for schemes, header names and device names, which are ASCII. */
bool utf16_equal_ascii_nocase(const char16_t *a, const char16_t *b);
bool utf16_part_equal_ascii_nocase(const char16_t *a, size_t length, const char *ascii);

/* FNV-1a over the code units. */
uint32_t utf16_hash(const char16_t *text);

/* Unsigned decimal, digits only, the whole part; false when empty, with any other character, or past UINT64_MAX. */
bool utf16_parse_u64(const char16_t *text, size_t length, uint64_t *value);

#endif
