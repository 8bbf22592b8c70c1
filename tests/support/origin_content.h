/* What a response body is made of: synthetic bytes, a file or a text in memory. */
#ifndef ORIGIN_CONTENT_H
#define ORIGIN_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wchar.h>

/* Starts zeroed: synthetic bytes of seed 0 without any length. */
struct origin_content {
    uint64_t size;
    uint64_t seed;
    uint64_t modified; /* seconds since 1970; of a file only */
    void *file;        /* HANDLE, owned; NULL for synthetic bytes */
};

/* Opens the file that a decoded URL path ("/a/b") names below root. False for anything but a plain file below it. */
bool origin_content_open(struct origin_content *content, const wchar_t *root, const char *path);

/* Reads exactly length bytes. Beyond the end of a file the bytes of origin_fill() go on. False if the file fails. */
bool origin_content_read(const struct origin_content *content, uint64_t offset, void *buffer, size_t length);

void origin_content_close(struct origin_content *content);

#endif
