#include "queue_store_private.h"

#include "log.h"

#include "deliveryoptimizationerrors.h"

/* By primary result code. A code that is not listed is a mistake of ours: DO_E_FATAL_CORE_ERROR. */
static const struct {
    int code;
    HRESULT hr;
    bool has_system_error; /* the system's own error says more, when there is one */
} error_table[] = {
    {SQLITE_FULL, HRESULT_OF_WIN32(ERROR_DISK_FULL), false},
    {SQLITE_IOERR, HRESULT_OF_WIN32(ERROR_WRITE_FAULT), true},
    {SQLITE_NOMEM, E_OUTOFMEMORY, false},
    {SQLITE_TOOBIG, E_OUTOFMEMORY, false},
    {SQLITE_CORRUPT, QUEUE_DAMAGED, false},
    {SQLITE_NOTADB, QUEUE_DAMAGED, false},
    {SQLITE_READONLY, E_ACCESSDENIED, false},
    {SQLITE_PERM, E_ACCESSDENIED, false},
    {SQLITE_AUTH, E_ACCESSDENIED, false},
    {SQLITE_CANTOPEN, E_ACCESSDENIED, true},
    {SQLITE_BUSY, HRESULT_OF_WIN32(ERROR_SHARING_VIOLATION), false},
    {SQLITE_LOCKED, HRESULT_OF_WIN32(ERROR_SHARING_VIOLATION), false},
    {SQLITE_CONSTRAINT, HRESULT_OF_WIN32(ERROR_ALREADY_EXISTS), false},
};

static HRESULT hresult_of(sqlite3 *db, int code)
{
    if (code == SQLITE_CONSTRAINT_FOREIGNKEY)
        return QUEUE_NOT_FOUND;
    for (size_t i = 0; i < sizeof(error_table) / sizeof(error_table[0]); i++) {
        if (error_table[i].code != (code & 0xFF))
            continue;
        int system_error = error_table[i].has_system_error && db ? sqlite3_system_errno(db) : 0;
        return system_error > 0 && system_error <= 0xFFFF ? HRESULT_OF_WIN32((uint32_t)system_error)
                                                          : error_table[i].hr;
    }
    return DO_E_FATAL_CORE_ERROR;
}

bool queue_store_is_damage(int code)
{
    return (code & 0xFF) == SQLITE_CORRUPT || (code & 0xFF) == SQLITE_NOTADB;
}

HRESULT queue_store_failure(struct queue_store *store, int code, const wchar_t *what)
{
    if (queue_store_is_damage(code))
        store->is_suspect = true;
    const wchar_t *words = store->db ? sqlite3_errmsg16(store->db) : L"no database";
    return log_failure(LOG_STORE, hresult_of(store->db, code), L"cannot %ls: SQLite %d, %ls", what, code,
                       words ? words : L"");
}
