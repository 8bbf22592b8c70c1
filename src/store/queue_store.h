/* The queue file: jobs, their files and their state in one SQLite database (`queue.db`, write-ahead log, synchronous
 * FULL). queue_schema.sql says what each column means.
 *
 * One transaction per client call: everything between queue_store_begin and queue_store_commit is on disk when commit
 * returned S_OK, or not there at all. Rows are plain structs whose pointers the store only borrows. Not synchronised:
 * the engine's store lock is held over every call. Failures are HRESULTs (ERROR_DISK_FULL, ERROR_FILE_CORRUPT ... as
 * Win32 codes), logged here. */
#ifndef DOSVC_STORE_QUEUE_STORE_H
#define DOSVC_STORE_QUEUE_STORE_H

#include "range_layout.h"
#include "range_set.h"

#define QUEUE_STORE_SCHEMA 3

/* What rows may hold. A row beyond this is refused (E_INVALIDARG) when it is written and skipped when it is read.
 * Lengths are in characters. Texts may be NULL, which is the same as empty, and come back empty. */
#define QUEUE_GENERATION_MAX    1
#define QUEUE_STATE_MAX         7
#define QUEUE_INTENT_MAX        1
#define QUEUE_OWED_EVENT_MAX    2
#define QUEUE_PRIORITY_MAX      3
#define QUEUE_NOTIFY_FLAGS_MASK 0x3F
#define QUEUE_FILE_STATUS_MAX   2
#define QUEUE_FILE_NUMBER_MAX   (UINT32_MAX - 1)
#define QUEUE_NO_FILE           UINT32_MAX
#define QUEUE_OWNER_MAX         184 /* a SID string; never empty */
#define QUEUE_DISPLAY_NAME_MAX  256
#define QUEUE_DESCRIPTION_MAX   1024
#define QUEUE_FILE_ID_MAX       4096
#define QUEUE_VALIDATOR_MAX     16384 /* etag, last_modified: header values without control characters */
#define QUEUE_RANGES_MAX        (4u * 1024 * 1024)
#define QUEUE_PROPERTY_MAX      (4u * 1024 * 1024) /* bytes; property.h says less for each */

/* What the row of a job says that has lost files or settings with a part of the queue file. */
#define QUEUE_INCOMPLETE_STATE 4 /* JOB_ERROR */
#define QUEUE_INCOMPLETE_OWED  2 /* JOB_OWED_ERROR */
#define QUEUE_INCOMPLETE_ERROR HRESULT_OF_WIN32(1392 /* ERROR_FILE_CORRUPT */)
/* From this state on a job is only swept: JOB_ACKNOWLEDGED. */
#define QUEUE_FIRST_DEAD_STATE 6

struct queue_store;

struct job_row {
    uint8_t id[16];
    uint64_t sequence;     /* order of creation */
    uint8_t generation;    /* 0 classic, 1 download */
    const char16_t *owner; /* SID string */
    const char16_t *display_name;
    const char16_t *description;
    uint32_t state;      /* enum job_state's value, fixed numbers */
    uint32_t intent;     /* enum job_intent: none, complete */
    uint32_t owed_event; /* enum owed_event: none, transferred, error */
    uint32_t priority;
    uint32_t notify_flags;
    uint64_t creation_time, modification_time, transfer_completion_time; /* FILETIME units */
    uint32_t error_count;
    HRESULT error_code; /* S_OK: no error object */
    uint32_t error_context;
    uint32_t error_file; /* file number, QUEUE_NO_FILE: none */
};

struct file_row {
    uint8_t job_id[16];
    uint32_t number; /* position in the job, from 0 */
    const char16_t *file_id;
    const char16_t *url;               /* acceptable to url_parse, or empty */
    const char16_t *local_path;        /* acceptable to local_path_classify, or empty */
    uint64_t declared_size;            /* the caller's, SIZE_UNKNOWN: none */
    const struct wanted_range *wanted; /* acceptable to range_layout_check */
    uint32_t wanted_count;
};

/* What changes while a file is transferred; a row of its own so that a checkpoint rewrites little. */
struct file_progress_row {
    uint8_t job_id[16];
    uint32_t number;
    uint64_t remote_total; /* SIZE_UNKNOWN */
    uint32_t status;       /* enum file_status's value: pending, transferred, delivered */
    const char16_t *etag;  /* empty: none */
    const char16_t *last_modified;
    uint64_t last_modified_time;
    uint64_t written_at;          /* queue_upgrade_3.sql */
    const struct range_set *have; /* local bytes that are flushed; NULL when written: none. Never NULL when read */
};

/* A property of a job or of one of its files, acceptable to property_is_storable. */
struct property_row {
    uint8_t job_id[16];
    uint32_t file; /* number, QUEUE_NO_FILE: it is the job's own */
    uint32_t id;   /* enum property_id's value */
    const void *value;
    size_t size;
};

/* What loading gives to the engine; called in order of sequence, a job before its files, files in order of number (with
 * gaps where rows were lost), a file right with its progress (NULL when it never had any), properties after their job
 * or their file. The callee copies. A failing HRESULT ends the load and becomes its result. */
struct queue_loader {
    HRESULT (*job)(void *context, const struct job_row *row);
    HRESULT (*file)(void *context, const struct file_row *row, const struct file_progress_row *progress);
    HRESULT (*property)(void *context, const struct property_row *row);
    /* After all that there is of the job: something of what it was given is not there any more. In the fresh file its row says so, as
     * queue_store_mark_incomplete does. */
    HRESULT (*incomplete)(void *context, const uint8_t job_id[16]);
    void *context;
};

/* Opens or creates `directory`\queue.db, upgrading an older schema. A newer schema: DO_E_NO_SERVICE with the versions
 * in the log, file untouched. A file that is no database or is corrupt: what can be read of it goes on in a fresh one,
 * and it is moved aside as queue.corrupt-<utc>.db (with its -wal), logged: S_FALSE. Other failures: DO_E_NO_SERVICE.
 * Returns new. */
HRESULT queue_store_open(const char16_t *directory, struct queue_store **store);
void queue_store_close(struct queue_store *store); /* NULL is allowed; an open transaction is rolled back */

/* Not inside a transaction. Rows that fail validation (state, lengths, GUID size, text limits) are skipped with a
 * warning, a job with all of its files, progress and properties
 * alone; what cannot be read because the file is damaged likewise. When
 * anything was skipped, the file is then moved aside as by queue_store_open, and a fresh one holds what was given to
 * the loader. */
HRESULT queue_store_load(struct queue_store *store, const struct queue_loader *loader);

/* From now on somebody has all rows in memory: `give` calls a loader as queue_store_load does, without `incomplete`. A damaged file that is found while
 * the queue is in use is then made anew from these, so that nothing is lost; rows of jobs that are not
 * given are copied from the damaged file. Called inside queue_store_begin. */
void queue_store_set_source(struct queue_store *store,
                            HRESULT (*give)(void *context, const struct queue_loader *loader), void *context);

HRESULT queue_store_begin(struct queue_store *store);
/* On failure everything is rolled back. A transaction in which a row operation failed does not commit: it is rolled
 * back, and that first failure is the answer. */
HRESULT queue_store_commit(struct queue_store *store);
void queue_store_rollback(struct queue_store *store);

/* Row operations belong between begin and commit, DO_E_FATAL_CORE_ERROR elsewhere. A job or file that is not there:
 * ERROR_NOT_FOUND; one that is there already: ERROR_ALREADY_EXISTS. */
HRESULT queue_store_insert_job(struct queue_store *store, const struct job_row *row);
HRESULT queue_store_update_job(struct queue_store *store,
                               const struct job_row *row); /* all but id, sequence, generation, creation_time */
/* Nothing but its modification time. */
HRESULT queue_store_touch_job(struct queue_store *store, const uint8_t id[16], uint64_t modification_time);
/* Gives the row QUEUE_INCOMPLETE_..., and no file is to blame; not when the job is dead or is to be completed as far as it goes. */
HRESULT queue_store_mark_incomplete(struct queue_store *store, const uint8_t id[16]);
HRESULT queue_store_delete_job(struct queue_store *store,
                               const uint8_t id[16]); /* with its files; not there: S_FALSE */
HRESULT queue_store_insert_file(struct queue_store *store, const struct file_row *row);
HRESULT queue_store_update_file(struct queue_store *store,
                                const struct file_row *row); /* all but job, number and ranges */
HRESULT queue_store_put_progress(struct queue_store *store, const struct file_progress_row *row);
/* The parts of the job's files may be written to from now on: their times are forgotten. */
HRESULT queue_store_forget_times(struct queue_store *store, const uint8_t job_id[16]);
/* In place of the value that it had; with value NULL it is removed, if it is there. */
HRESULT queue_store_put_property(struct queue_store *store, const struct property_row *row);

#endif
