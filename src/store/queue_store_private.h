/* What the parts of the store share: queue_store.c (life, transactions), queue_store_rows.c (writing),
 * queue_store_load.c (reading), queue_recover.c (damaged files), queue_store_error.c. SQLite is known to these files
 * alone. */
#ifndef DOSVC_STORE_QUEUE_STORE_PRIVATE_H
#define DOSVC_STORE_QUEUE_STORE_PRIVATE_H

#include "queue_store.h"

#include <sqlite3.h>

#define QUEUE_FILE_NAME L"queue.db"

#define QUEUE_DAMAGED   HRESULT_OF_WIN32(ERROR_FILE_CORRUPT) /* SQLite found damage, or it is no database of ours */
#define QUEUE_NOT_FOUND HRESULT_OF_WIN32(ERROR_NOT_FOUND)

enum queue_statement {
    QUEUE_BEGIN,
    QUEUE_COMMIT,
    QUEUE_ROLLBACK,
    QUEUE_FIND_JOB,
    QUEUE_INSERT_JOB,
    QUEUE_UPDATE_JOB,
    QUEUE_TOUCH_JOB,
    QUEUE_MARK_JOB,
    QUEUE_DELETE_FILE_PROPERTIES_OF_JOB,
    QUEUE_DELETE_PROPERTIES_OF_JOB,
    QUEUE_DELETE_PROGRESS_OF_JOB,
    QUEUE_DELETE_FILES_OF_JOB,
    QUEUE_DELETE_JOB,
    QUEUE_INSERT_FILE,
    QUEUE_UPDATE_FILE,
    QUEUE_PUT_PROGRESS,
    QUEUE_FORGET_TIMES,
    QUEUE_PUT_PROPERTY,
    QUEUE_DELETE_PROPERTY,
    QUEUE_PUT_FILE_PROPERTY,
    QUEUE_DELETE_FILE_PROPERTY,
    QUEUE_LIST_JOBS,
    QUEUE_READ_JOB,
    QUEUE_READ_FILES,
    QUEUE_READ_PROGRESS,
    QUEUE_READ_PROPERTIES,
    QUEUE_READ_FILE_PROPERTIES,
    QUEUE_STATEMENT_COUNT
};

struct queue_store {
    char16_t *directory;
    sqlite3 *db;                                     /* NULL: a recovery failed; the next transaction tries again */
    sqlite3_stmt *statements[QUEUE_STATEMENT_COUNT]; /* prepared for life; NULL only in a file that is being salvaged */
    bool in_transaction;
    bool is_suspect; /* SQLite reported damage since the file was opened or checked */
    HRESULT failure; /* first one of the transaction */
    /* The job of the last row operation: its files come one after another. 0: none. */
    uint8_t last_job_id[16];
    int64_t last_job_key;
    int64_t salvaged_version; /* of the schema, of a damaged file that is read; else 0 */
    /* queue_store_set_source's; NULL: the file itself is all that there is. */
    HRESULT (*give)(void *context, const struct queue_loader *loader);
    void *give_context;
    /* Where ranges are encoded for SQLite to read. */
    uint8_t *blob;
    size_t blob_capacity;
};

enum queue_connect_mode {
    QUEUE_CONNECT_HOST,   /* create it, upgrade it, believe nothing that is damaged */
    QUEUE_CONNECT_SALVAGE /* read what can be read, write nothing */
};

/* Opens `directory`\`name`. QUEUE_DAMAGED when the file is no sound database of ours. */
HRESULT queue_store_connect(struct queue_store *store, const char16_t *name, enum queue_connect_mode mode);
/* Closes it again; all of the write-ahead log that belongs to the database is in it afterwards (not when salvaging). */
void queue_store_disconnect(struct queue_store *store);

/* Ends a transaction of which nothing is wanted any more, if there is one. */
HRESULT queue_store_settle(struct queue_store *store);

/* Logs `what` with SQLite's words and gives the HRESULT of its code. */
HRESULT queue_store_failure(struct queue_store *store, int code, const wchar_t *what);
bool queue_store_is_damage(int code);

/* What reading had to leave out. */
struct queue_reading {
    uint64_t jobs, files;     /* given to the loader */
    uint64_t rejected_rows;   /* failed validation */
    uint64_t damaged_regions; /* places that SQLite could not read */
};

/* Gives every readable, valid row to the loader. Damage is stepped over and counted, not a failure. */
HRESULT queue_store_read(struct queue_store *store, const struct queue_loader *loader, struct queue_reading *reading);

/* Ends what an interrupted queue_recover_rebuild left behind. Before anything of the directory is opened. */
HRESULT queue_recover_resume(const char16_t *directory);
/* Reads what can be read of the queue file into a fresh one, moves the old one aside and goes on with the new one. Not
 * inside a transaction. On failure the old file is still in its place and open, or the store is disconnected. */
HRESULT queue_recover_rebuild(struct queue_store *store);
/* After SQLite reported damage: S_OK when the whole file proves to be sound, otherwise rebuilds it. */
HRESULT queue_recover_check(struct queue_store *store);

#endif
