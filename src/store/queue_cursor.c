#include "queue_cursor.h"

#include <wchar.h>

static int seek(struct queue_cursor *cursor, uint64_t from)
{
    sqlite3_reset(cursor->statement);
    sqlite3_bind_int64(cursor->statement, 1, (int64_t)from);
    return sqlite3_step(cursor->statement);
}

/* Doubles the stride until a seek succeeds, then halves the gap between what failed and what succeeded. */
static int step_over_damage(struct queue_cursor *cursor)
{
    uint64_t bad = cursor->next, good;
    uint64_t stride = 1;
    cursor->damaged_regions++;
    for (;; stride *= 2) {
        if (bad >= cursor->largest || stride > cursor->largest - bad)
            return SQLITE_DONE;
        good = bad + stride;
        if (!queue_store_is_damage(seek(cursor, good)))
            break;
        bad = good;
    }
    while (good - bad > 1) {
        uint64_t middle = bad + (good - bad) / 2;
        if (queue_store_is_damage(seek(cursor, middle)))
            bad = middle;
        else
            good = middle;
    }
    return seek(cursor, good);
}

/* Rows out of order are damage that SQLite does not notice while it walks along. */
static bool is_out_of_order(const struct queue_cursor *cursor)
{
    int64_t number = sqlite3_column_int64(cursor->statement, 0);
    if (number < 0)
        return true;
    if (cursor->has_second && (uint64_t)number + 1 == cursor->next)
        return sqlite3_column_int64(cursor->statement, 1) <= cursor->second;
    return (uint64_t)number < cursor->next;
}

static HRESULT arrive(struct queue_cursor *cursor, int code)
{
    if (code == SQLITE_ROW && is_out_of_order(cursor))
        code = SQLITE_CORRUPT;
    if (queue_store_is_damage(code)) {
        queue_store_failure(cursor->store, code, cursor->what);
        code = step_over_damage(cursor);
        if (queue_store_is_damage(code) || (code == SQLITE_ROW && is_out_of_order(cursor)))
            code = SQLITE_DONE;
    }
    cursor->is_at_row = code == SQLITE_ROW;
    if (cursor->is_at_row) {
        cursor->next = (uint64_t)sqlite3_column_int64(cursor->statement, 0) + 1;
        cursor->second = cursor->has_second ? sqlite3_column_int64(cursor->statement, 1) : 0;
    }
    return code == SQLITE_ROW || code == SQLITE_DONE ? S_OK : queue_store_failure(cursor->store, code, cursor->what);
}

HRESULT queue_cursor_start(struct queue_cursor *cursor)
{
    return cursor->statement ? arrive(cursor, seek(cursor, 0)) : S_OK;
}

HRESULT queue_cursor_next(struct queue_cursor *cursor)
{
    return arrive(cursor, sqlite3_step(cursor->statement));
}

uint64_t queue_cursor_number(const struct queue_cursor *cursor)
{
    return cursor->next - 1;
}

int64_t queue_columns_number(struct queue_columns *from, int64_t smallest, int64_t largest)
{
    int column = from->next++;
    int64_t number = sqlite3_column_int64(from->statement, column);
    if (sqlite3_column_type(from->statement, column) != SQLITE_INTEGER || number < smallest || number > largest) {
        from->is_bad = true;
        return 0;
    }
    return number;
}

uint32_t queue_columns_u32(struct queue_columns *from)
{
    return (uint32_t)queue_columns_number(from, 0, UINT32_MAX);
}

uint64_t queue_columns_u64(struct queue_columns *from)
{
    return (uint64_t)queue_columns_number(from, INT64_MIN, INT64_MAX);
}

const char16_t *queue_columns_text(struct queue_columns *from)
{
    int column = from->next++;
    bool is_text = sqlite3_column_type(from->statement, column) == SQLITE_TEXT;
    const char16_t *text = is_text ? sqlite3_column_text16(from->statement, column) : NULL;
    size_t length = text ? (size_t)sqlite3_column_bytes16(from->statement, column) / sizeof(*text) : 0;
    if (!text || wmemchr(text, 0, length)) {
        from->is_bad = true;
        return u"";
    }
    return text;
}

const uint8_t *queue_columns_blob(struct queue_columns *from, size_t unit, size_t largest, size_t *size)
{
    int column = from->next++;
    bool is_blob = sqlite3_column_type(from->statement, column) == SQLITE_BLOB;
    const uint8_t *bytes = is_blob ? sqlite3_column_blob(from->statement, column) : NULL;
    *size = is_blob ? (size_t)sqlite3_column_bytes(from->statement, column) : 0;
    if (!is_blob || *size % unit || *size > largest || (*size && !bytes)) {
        from->is_bad = true;
        *size = 0;
    }
    return bytes;
}

HRESULT queue_columns_end(const struct queue_columns *from)
{
    if (!from->is_bad)
        return S_OK;
    return sqlite3_errcode(sqlite3_db_handle(from->statement)) == SQLITE_NOMEM ? E_OUTOFMEMORY : S_FALSE;
}
