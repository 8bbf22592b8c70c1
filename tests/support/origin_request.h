/* The parsed head of a request, and what its Range header asks for. */
#ifndef ORIGIN_REQUEST_H
#define ORIGIN_REQUEST_H

#include "origin.h"

struct origin_head {
    char method[16];
    char target[ORIGIN_TARGET_MAX]; /* path and query; scheme and host of a request to a proxy are cut off */
    char path[ORIGIN_TARGET_MAX];   /* decoded */
    const char *query;              /* in target, "" if there is none */
    const char *headers;            /* borrowed: all lines after the first */
    bool is_proxied;                /* came with scheme and host, or is a CONNECT, whose target is HOST:PORT */
    bool wants_keep_alive;
    bool is_http10;
};

/* The length of the head that bytes begin with, blank line included; 0 while it is incomplete. */
size_t origin_head_length(const char *bytes, size_t length);

/* Parses a complete head, which is borrowed as long as head is used and has a NUL after its length bytes. Returns 0, or
 * the status to refuse it with. */
unsigned origin_head_parse(struct origin_head *head, const char *bytes, size_t length);

/* Copies the value of the first header with that name. False, with value "", if it is missing or does not fit. */
bool origin_head_value(const char *headers, const char *name, char *value, size_t capacity);

enum origin_range {
    ORIGIN_RANGE_NONE,         /* nothing that has to be obeyed: the whole */
    ORIGIN_RANGE_ONE,          /* length bytes from first on */
    ORIGIN_RANGE_MULTIPLE,     /* several; first and length are those of the first */
    ORIGIN_RANGE_UNSATISFIABLE /* 416 */
};

/* What the value of a Range header means for content of size bytes. */
enum origin_range origin_range_parse(const char *value, uint64_t size, uint64_t *first, uint64_t *length);

#endif
