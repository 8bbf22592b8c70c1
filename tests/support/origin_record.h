/* The book that the origin keeps: each request, the gates and the log file. All functions may be called from any
 * thread. */
#ifndef ORIGIN_RECORD_H
#define ORIGIN_RECORD_H

#include "origin_request.h"
#include "origin_text.h"

#include <windows.h>

#define ORIGIN_GATES_MAX 64
/* Beyond, requests are refused with 503 until a reset, since counts would no longer be true. */
#define ORIGIN_RECORDS_MAX 1000000u

struct origin_record;

struct origin_gate {
    char name[64];
    HANDLE event; /* manual reset; lives as long as the book, so that waiting needs no lock */
};

struct origin_book {
    SRWLOCK lock; /* guards all that follows; held over the writing of a log line, never over the network */
    CONDITION_VARIABLE changed;
    struct origin_record *records;
    size_t count;
    size_t capacity;
    unsigned generation; /* raised by a reset */
    uint64_t bytes_sent;
    struct origin_gate gates[ORIGIN_GATES_MAX];
    size_t gate_count;
    HANDLE log; /* NULL: none */
};

/* Names one request until it is finished. */
struct origin_ticket {
    size_t index;
    unsigned generation;
};

/* A book starts zeroed. False when the log file cannot be opened. */
bool origin_book_open(struct origin_book *book, const wchar_t *log_path);
void origin_book_close(struct origin_book *book);

/* Adds a request that arrived. False when there is no room for it. */
bool origin_book_add(struct origin_book *book, const struct origin_head *head, unsigned connection,
                     struct origin_ticket *ticket);

/* Which request for its path, whatever the query, this one is; the first is 1. */
uint64_t origin_book_ordinal(struct origin_book *book, const struct origin_ticket *ticket);

/* Counts bytes as sent, or with a negative number takes back what was counted before. */
void origin_book_sent(struct origin_book *book, const struct origin_ticket *ticket, int64_t bytes);

void origin_book_finish(struct origin_book *book, const struct origin_ticket *ticket, const struct origin_head *head,
                        unsigned status, uint64_t bytes_sent);

/* The event of a gate, which is made when first named; borrowed. NULL when there are too many. */
HANDLE origin_book_gate(struct origin_book *book, const char *name);

/* One line for each request as in the log file, "-" for the status and bytes of one that is not finished. */
void origin_book_list(struct origin_book *book, struct origin_text *text);

/* Each request as it came: its first line, without the protocol, and its header lines; then a blank line. */
void origin_book_list_headers(struct origin_book *book, struct origin_text *text);

void origin_book_reset(struct origin_book *book);

#endif
