/* Reading a file that may be damaged or hostile: cursors that step over what SQLite cannot read, and columns whose
 * types and sizes are checked. Part of the store. */
#ifndef DOSVC_STORE_QUEUE_CURSOR_H
#define DOSVC_STORE_QUEUE_CURSOR_H

#include "queue_store_private.h"

/* Walks a table in the order of its first column, which is never negative, or of its first two. Where SQLite finds damage, the first number
 * from which it can go on is searched, so that a contiguous damaged region costs exactly the rows in it. */
struct queue_cursor {
    struct queue_store *store;
    sqlite3_stmt *statement; /* ?1 is the number to begin from; NULL: the table is not there, so it has no rows */
    const wchar_t *what;     /* for the log: "read files" */
    uint64_t largest;        /* number that can be */
    bool has_second;         /* rows may share a number, and are told apart by their second column */
    uint64_t next;           /* one more than that of the last row */
    int64_t second;          /* of the last row, if it has one */
    uint64_t damaged_regions;
    bool is_at_row;
};

/* Both: is_at_row tells whether there is a row. They fail only for what is no damage (memory, the disk). */
HRESULT queue_cursor_start(struct queue_cursor *cursor);
HRESULT queue_cursor_next(struct queue_cursor *cursor);
/* The first column of the row at which the cursor stands. */
uint64_t queue_cursor_number(const struct queue_cursor *cursor);

/* The columns of a row, taken in order. Anything of another type or size than asked for makes the whole row bad. */
struct queue_columns {
    sqlite3_stmt *statement;
    int next;
    bool is_bad;
};

int64_t queue_columns_number(struct queue_columns *from, int64_t smallest, int64_t largest);
uint32_t queue_columns_u32(struct queue_columns *from);
uint64_t queue_columns_u64(struct queue_columns *from);
/* Lent until the statement moves on. A text is never NULL and holds no NUL character before its end; a BLOB's size is a
 * multiple of `unit` and at most `largest`. */
const char16_t *queue_columns_text(struct queue_columns *from);
const uint8_t *queue_columns_blob(struct queue_columns *from, size_t unit, size_t largest, size_t *size);
/* S_OK; S_FALSE: the row is bad; E_OUTOFMEMORY: it could not be had. */
HRESULT queue_columns_end(const struct queue_columns *from);

#endif
