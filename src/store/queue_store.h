/* The queue file: jobs, their files and their state in one SQLite database (`queue.db`, write-ahead log, synchronous FULL). queue_schema.sql says what each column means.
 *
 * One transaction per client call: everything between queue_store_begin and queue_store_commit is on disk when commit returned S_OK, or not there at all. Rows are plain
 * structs whose pointers the store only borrows. Not synchronised: the engine's store lock is held over every call.
 * Failures are HRESULTs (ERROR_DISK_FULL, ERROR_FILE_CORRUPT ... as Win32 codes), logged here. */
#ifndef DOSVC_STORE_QUEUE_STORE_H
#define DOSVC_STORE_QUEUE_STORE_H

#include "range_layout.h"
#include "range_set.h"

#define QUEUE_STORE_SCHEMA 1

struct queue_store;

struct job_row {
    uint8_t id[16];
    uint64_t sequence;      /* order of creation */
    uint8_t generation;     /* 0 classic, 1 download */
    const char16_t *owner;  /* SID string */
    const char16_t *display_name;
    const char16_t *description;
    uint32_t state;         /* enum job_state's value, fixed numbers */
    uint32_t intent;        /* enum job_intent: none, complete */
    uint32_t owed_event;    /* enum owed_event: none, transferred, error */
    uint32_t priority;
    uint32_t notify_flags;
    uint64_t creation_time, modification_time, transfer_completion_time; /* FILETIME units */
    uint32_t error_count;
    HRESULT error_code;     /* S_OK: no error object */
    uint32_t error_context;
    uint32_t error_file;    /* file number, UINT32_MAX: none */
};

struct file_row {
    uint8_t job_id[16];
    uint32_t number;            /* position in the job, from 0 */
    const char16_t *file_id;
    const char16_t *url;
    const char16_t *local_path;
    uint64_t declared_size;     /* the caller's, SIZE_UNKNOWN: none */
    const struct wanted_range *wanted;
    uint32_t wanted_count;
};

/* What changes while a file is transferred; a row of its own so that a checkpoint rewrites little. */
struct file_progress_row {
    uint8_t job_id[16];
    uint32_t number;
    uint64_t remote_total;      /* SIZE_UNKNOWN */
    uint32_t status;            /* enum file_status's value: pending, transferred, delivered */
    const char16_t *etag;       /* empty: none */
    const char16_t *last_modified;
    uint64_t last_modified_time;
    const struct range_set *have; /* local bytes that are flushed */
};

/* What loading gives to the engine; called in order of sequence, a job before its files, a file right with its progress (NULL when it never had any). The callee copies. A
 * failing HRESULT ends the load and becomes its result. */
struct queue_loader {
    HRESULT (*job)(void *context, const struct job_row *row);
    HRESULT (*file)(void *context, const struct file_row *row, const struct file_progress_row *progress);
    void *context;
};

/* Opens or creates `directory`\queue.db, upgrading an older schema. A newer schema: DO_E_NO_SERVICE with the versions in the log, file untouched. A file that is no database or is
 * corrupt: moved aside as queue.corrupt-<utc>.db (with its -wal), logged, a fresh one starts: S_FALSE. Other failures: DO_E_NO_SERVICE. Returns new. */
HRESULT queue_store_open(const char16_t *directory, struct queue_store **store);
void queue_store_close(struct queue_store *store); /* NULL is allowed; an open transaction is rolled back */

/* Rows that fail validation (state, lengths, GUID size, text limits) are skipped with a warning, a job with all of its files. */
HRESULT queue_store_load(struct queue_store *store, const struct queue_loader *loader);

HRESULT queue_store_begin(struct queue_store *store);
HRESULT queue_store_commit(struct queue_store *store); /* on failure everything is rolled back */
void queue_store_rollback(struct queue_store *store);

HRESULT queue_store_insert_job(struct queue_store *store, const struct job_row *row);
HRESULT queue_store_update_job(struct queue_store *store, const struct job_row *row); /* all but id, sequence, generation, creation_time */
HRESULT queue_store_delete_job(struct queue_store *store, const uint8_t id[16]);      /* with its files */
HRESULT queue_store_insert_file(struct queue_store *store, const struct file_row *row);
HRESULT queue_store_put_progress(struct queue_store *store, const struct file_progress_row *row);

#endif
