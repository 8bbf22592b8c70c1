#include "queue_store_private.h"

#include "deliveryoptimizationerrors.h"
#include "log.h"
#include "memory.h"
#include "queue_path.h"
#include "utf16.h"
#include "utf8.h"

#include <stdio.h>
#include <windows.h>

#define APPLICATION_ID 0x444F5356 /* 'DOSV', as queue_schema.sql sets it */

/* A wait for whoever looks at the file just now (a backup, a virus scanner); two hosts never meet here (queue_host.h).
 */
#define BUSY_MS 2000

/* The log is copied into the database when it has so many pages, and cut to so many bytes when it starts anew. */
#define WAL_PAGES "1000"
#define WAL_BYTES "8388608"

/* No value of ours is longer than the largest set of ranges; no statement is longer than ours. */
#define LONGEST_VALUE     (QUEUE_RANGES_MAX * 16u + 64 * 1024)
#define LONGEST_STATEMENT (64 * 1024)

/* Made of the .sql files by the build. */
extern const char queue_schema_sql[];
extern const char queue_upgrade_2_sql[];
extern const char queue_upgrade_3_sql[];

/* One step a version: upgrade_steps[n] makes version n + 1 of version n. */
static const char *const upgrade_steps[QUEUE_STORE_SCHEMA] = {queue_schema_sql, queue_upgrade_2_sql,
                                                              queue_upgrade_3_sql};

/* `time` is 0 for a damaged file that was not upgraded to the version that has times. */
#define FIRST_VERSION_WITH_TIMES 3
#define READ_PROGRESS(time)                                                                                            \
    "SELECT number, remote_total, status, etag, last_modified, last_modified_time, have, " time " FROM progress"       \
    " WHERE number >= ?1 AND job = ?2 ORDER BY number"

static const char *const statement_texts[QUEUE_STATEMENT_COUNT] = {
    [QUEUE_BEGIN] = "BEGIN IMMEDIATE",
    [QUEUE_COMMIT] = "COMMIT",
    [QUEUE_ROLLBACK] = "ROLLBACK",
    [QUEUE_FIND_JOB] = "SELECT key FROM job WHERE id = ?1",
    [QUEUE_INSERT_JOB] =
        "INSERT INTO job (owner, display_name, description, state, intent, owed_event, priority, notify_flags,"
        " modification_time, transfer_completion_time, error_count, error_code, error_context, error_file,"
        " id, sequence, generation, creation_time)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
    [QUEUE_UPDATE_JOB] =
        "UPDATE job SET owner = ?1, display_name = ?2, description = ?3, state = ?4, intent = ?5, owed_event = ?6,"
        " priority = ?7, notify_flags = ?8, modification_time = ?9, transfer_completion_time = ?10, error_count = ?11,"
        " error_code = ?12, error_context = ?13, error_file = ?14 WHERE key = ?15",
    [QUEUE_TOUCH_JOB] = "UPDATE job SET modification_time = ?1 WHERE key = ?2",
    [QUEUE_MARK_JOB] = "UPDATE job SET state = ?1, owed_event = ?2, error_code = ?3, error_context = 0, error_file = ?4"
                       " WHERE key = ?5 AND state < ?6 AND intent = 0",
    [QUEUE_DELETE_FILE_PROPERTIES_OF_JOB] = "DELETE FROM file_property WHERE job = ?1",
    [QUEUE_DELETE_PROPERTIES_OF_JOB] = "DELETE FROM job_property WHERE job = ?1",
    [QUEUE_DELETE_PROGRESS_OF_JOB] = "DELETE FROM progress WHERE job = ?1",
    [QUEUE_DELETE_FILES_OF_JOB] = "DELETE FROM file WHERE job = ?1",
    [QUEUE_DELETE_JOB] = "DELETE FROM job WHERE key = ?1",
    [QUEUE_INSERT_FILE] = "INSERT INTO file (job, number, file_id, url, local_path, declared_size, wanted)"
                          " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    [QUEUE_UPDATE_FILE] = "UPDATE file SET file_id = ?1, url = ?2, local_path = ?3, declared_size = ?4"
                          " WHERE job = ?5 AND number = ?6",
    [QUEUE_PUT_PROGRESS] = "INSERT OR REPLACE INTO progress (job, number, remote_total, status, etag, last_modified, "
                           "last_modified_time, have, written_at)"
                           " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    [QUEUE_FORGET_TIMES] = "UPDATE progress SET written_at = 0 WHERE job = ?1 AND status = 0 AND written_at <> 0",
    [QUEUE_PUT_PROPERTY] = "INSERT OR REPLACE INTO job_property (job, id, value) VALUES (?1, ?2, ?3)",
    [QUEUE_DELETE_PROPERTY] = "DELETE FROM job_property WHERE job = ?1 AND id = ?2",
    [QUEUE_PUT_FILE_PROPERTY] = "INSERT OR REPLACE INTO file_property (job, number, id, value) VALUES (?1, ?2, ?3, ?4)",
    [QUEUE_DELETE_FILE_PROPERTY] = "DELETE FROM file_property WHERE job = ?1 AND number = ?2 AND id = ?3",
    /* What is read by a cursor begins with the column that orders it, from ?1 on: queue_store_load.c. */
    [QUEUE_LIST_JOBS] = "SELECT key, sequence FROM job WHERE key >= ?1 ORDER BY key",
    [QUEUE_READ_JOB] =
        "SELECT id, sequence, generation, owner, display_name, description, state, intent, owed_event, priority,"
        " notify_flags, creation_time, modification_time, transfer_completion_time, error_count, error_code,"
        " error_context, error_file FROM job WHERE key = ?1",
    [QUEUE_READ_FILES] = "SELECT number, file_id, url, local_path, declared_size, wanted FROM file"
                         " WHERE number >= ?1 AND job = ?2 ORDER BY number",
    [QUEUE_READ_PROGRESS] = READ_PROGRESS("written_at"),
    [QUEUE_READ_PROPERTIES] = "SELECT id, value FROM job_property WHERE id >= ?1 AND job = ?2 ORDER BY id",
    [QUEUE_READ_FILE_PROPERTIES] = "SELECT number, id, value FROM file_property"
                                   " WHERE number >= ?1 AND job = ?2 ORDER BY number, id",
};

/* Runs a statement that is used once; its first column is the answer. */
static int query_number(sqlite3 *db, const char *sql, int64_t *number)
{
    sqlite3_stmt *statement;
    int code = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    if (code != SQLITE_OK)
        return code;
    code = sqlite3_step(statement);
    *number = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    int end = sqlite3_finalize(statement);
    return code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : end;
}

static HRESULT open_file(struct queue_store *store, const char16_t *name, enum queue_connect_mode mode)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    if (mode == QUEUE_CONNECT_HOST)
        flags |= SQLITE_OPEN_CREATE;
    HRESULT hr = E_OUTOFMEMORY;
    char16_t *path = queue_path(store->directory, name);
    if (!path)
        return hr;
    char *utf8;
    hr = utf8_duplicate(path, &utf8);
    if (FAILED(hr)) {
        log_failure(LOG_STORE, hr, L"cannot use the directory name %ls", store->directory);
        goto free_path;
    }
    int code = sqlite3_open_v2(utf8, &store->db, flags, NULL);
    hr = code == SQLITE_OK ? S_OK : queue_store_failure(store, code, L"open the queue file");
    mem_free(utf8);
free_path:
    mem_free(path);
    return hr;
}

/* Before anything is read: the file may be hostile, or none of ours. */
static void restrict_connection(struct queue_store *store, enum queue_connect_mode mode)
{
    static const struct {
        int option, value;
    } options[] = {
        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
        {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
        {SQLITE_DBCONFIG_ENABLE_FKEY, 1},
        {SQLITE_DBCONFIG_DQS_DML, 0},
        {SQLITE_DBCONFIG_DQS_DDL, 0},
        /* Closing a file that turns out not to be ours, or is newer, leaves every byte of it alone. */
        {SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1},
    };
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
        sqlite3_db_config(store->db, options[i].option, options[i].value, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, mode == QUEUE_CONNECT_HOST, NULL);
    sqlite3_limit(store->db, SQLITE_LIMIT_LENGTH, LONGEST_VALUE);
    sqlite3_limit(store->db, SQLITE_LIMIT_SQL_LENGTH, LONGEST_STATEMENT);
    sqlite3_limit(store->db, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_busy_timeout(store->db, BUSY_MS);
}

static HRESULT execute(struct queue_store *store, const char *sql, const wchar_t *what)
{
    int code = sqlite3_exec(store->db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? S_OK : queue_store_failure(store, code, what);
}

/* A file of another program is treated like one that is no database. */
static HRESULT check_version(struct queue_store *store, int64_t *version)
{
    int64_t application, objects;
    int code = query_number(store->db, "PRAGMA user_version", version);
    if (code == SQLITE_OK)
        code = query_number(store->db, "PRAGMA application_id", &application);
    if (code == SQLITE_OK)
        code = query_number(store->db, "SELECT count(*) FROM sqlite_schema", &objects);
    if (code != SQLITE_OK)
        return queue_store_failure(store, code, L"read the queue file");
    if (*version > QUEUE_STORE_SCHEMA)
        return log_failure(LOG_STORE, DO_E_NO_SERVICE,
                           L"the queue in %ls was written by a newer program (version %d, this one knows %d)",
                           store->directory, (int)*version, QUEUE_STORE_SCHEMA);
    if (*version < 0 || (objects && application != APPLICATION_ID))
        return log_failure(LOG_STORE, QUEUE_DAMAGED, L"%ls in %ls is no queue file", QUEUE_FILE_NAME, store->directory);
    return S_OK;
}

/* The text is ours and right: where SQLite finds no sense in it, the file has not the tables of its version. */
static HRESULT run_upgrade_step(struct queue_store *store, const char *sql)
{
    int code = sqlite3_exec(store->db, sql, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        return S_OK;
    HRESULT hr = queue_store_failure(store, code, L"upgrade the queue file");
    return code == SQLITE_ERROR ? QUEUE_DAMAGED : hr;
}

/* One transaction a step, so that an interrupted upgrade leaves a version that exists. */
static HRESULT upgrade(struct queue_store *store, int64_t version)
{
    HRESULT hr = S_OK;
    for (; SUCCEEDED(hr) && version < QUEUE_STORE_SCHEMA; version++) {
        char finish[64];
        snprintf(finish, sizeof(finish), "PRAGMA user_version = %d; COMMIT", (int)version + 1);
        hr = execute(store, "BEGIN IMMEDIATE", L"begin an upgrade of the queue file");
        if (SUCCEEDED(hr))
            hr = run_upgrade_step(store, upgrade_steps[version]);
        if (SUCCEEDED(hr))
            hr = execute(store, finish, L"end an upgrade of the queue file");
    }
    return hr;
}

static HRESULT prepare(struct queue_store *store, enum queue_connect_mode mode)
{
    bool has_times = mode == QUEUE_CONNECT_HOST || store->salvaged_version >= FIRST_VERSION_WITH_TIMES;
    for (int i = 0; i < QUEUE_STATEMENT_COUNT; i++) {
        const char *text = i == QUEUE_READ_PROGRESS && !has_times ? READ_PROGRESS("0") : statement_texts[i];
        int code = sqlite3_prepare_v3(store->db, text, -1, SQLITE_PREPARE_PERSISTENT, &store->statements[i], NULL);
        if (code == SQLITE_OK)
            continue;
        HRESULT hr = queue_store_failure(store, code, L"prepare for the queue file");
        /* The text is ours and right: a table or column is missing. */
        if (code == SQLITE_ERROR)
            hr = QUEUE_DAMAGED;
        if (hr != QUEUE_DAMAGED || mode == QUEUE_CONNECT_HOST)
            return hr;
    }
    return S_OK;
}

static HRESULT set_up_host(struct queue_store *store)
{
    int64_t version = 0;
    HRESULT hr = execute(store,
                         "PRAGMA locking_mode = EXCLUSIVE; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY;"
                         "PRAGMA encoding = 'UTF-16le'",
                         L"set up the queue file");
    if (SUCCEEDED(hr))
        hr = check_version(store, &version);
    if (SUCCEEDED(hr))
        hr = execute(store,
                     "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                     "PRAGMA wal_autocheckpoint = " WAL_PAGES "; PRAGMA journal_size_limit = " WAL_BYTES,
                     L"set up the queue file's log");
    if (SUCCEEDED(hr))
        hr = upgrade(store, version);
    if (SUCCEEDED(hr))
        hr = prepare(store, QUEUE_CONNECT_HOST);
    if (SUCCEEDED(hr))
        sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
    return hr;
}

/* writable_schema is not meant as such: it lets SQLite open a file that is shorter than its header says. */
static HRESULT set_up_salvage(struct queue_store *store)
{
    HRESULT hr = execute(store,
                         "PRAGMA locking_mode = EXCLUSIVE; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY;"
                         "PRAGMA writable_schema = ON; PRAGMA query_only = ON",
                         L"open the damaged queue file");
    if (FAILED(hr))
        return hr;
    int64_t objects;
    int code = query_number(store->db, "SELECT count(*) FROM sqlite_schema", &objects);
    if (code != SQLITE_OK)
        return queue_store_failure(store, code, L"read the damaged queue file");
    (void)query_number(store->db, "PRAGMA user_version", &store->salvaged_version);
    return prepare(store, QUEUE_CONNECT_SALVAGE);
}

HRESULT queue_store_connect(struct queue_store *store, const char16_t *name, enum queue_connect_mode mode)
{
    HRESULT hr = open_file(store, name, mode);
    if (SUCCEEDED(hr)) {
        restrict_connection(store, mode);
        hr = mode == QUEUE_CONNECT_HOST ? set_up_host(store) : set_up_salvage(store);
    }
    if (FAILED(hr))
        queue_store_disconnect(store);
    else
        store->is_suspect = false;
    return hr;
}

void queue_store_disconnect(struct queue_store *store)
{
    for (int i = 0; i < QUEUE_STATEMENT_COUNT; i++) {
        sqlite3_finalize(store->statements[i]);
        store->statements[i] = NULL;
    }
    int code = sqlite3_close(store->db);
    if (code != SQLITE_OK)
        queue_store_failure(store, code, L"close the queue file");
    store->db = NULL;
    store->in_transaction = false;
    store->last_job_key = 0;
}

HRESULT queue_store_open(const char16_t *directory, struct queue_store **store)
{
    *store = NULL;
    struct queue_store *opened = mem_alloc(sizeof(*opened));
    if (!opened)
        return log_failure(LOG_STORE, DO_E_NO_SERVICE, L"no memory for the queue");
    HRESULT hr = E_OUTOFMEMORY;
    opened->directory = utf16_duplicate(directory);
    if (opened->directory)
        hr = queue_recover_resume(directory);
    if (SUCCEEDED(hr))
        hr = queue_store_connect(opened, QUEUE_FILE_NAME, QUEUE_CONNECT_HOST);
    if (hr == QUEUE_DAMAGED) {
        hr = queue_recover_rebuild(opened);
        hr = SUCCEEDED(hr) ? S_FALSE : hr;
    }
    if (FAILED(hr)) {
        queue_store_close(opened);
        return log_failure(LOG_STORE, DO_E_NO_SERVICE, L"cannot open the queue in %ls (%08lX)", directory,
                           (unsigned long)hr);
    }
    *store = opened;
    return hr;
}

void queue_store_close(struct queue_store *store)
{
    if (!store)
        return;
    queue_store_disconnect(store);
    mem_free(store->blob);
    mem_free(store->directory);
    mem_free(store);
}

void queue_store_set_source(struct queue_store *store,
                            HRESULT (*give)(void *context, const struct queue_loader *loader), void *context)
{
    store->give = give;
    store->give_context = context;
}

/* BEGIN, COMMIT and ROLLBACK. */
static int run(struct queue_store *store, enum queue_statement which)
{
    sqlite3_step(store->statements[which]);
    return sqlite3_reset(store->statements[which]);
}

HRESULT queue_store_settle(struct queue_store *store)
{
    /* SQLite has rolled back by itself after some errors. */
    if (!store->db || sqlite3_get_autocommit(store->db))
        return S_OK;
    int code = run(store, QUEUE_ROLLBACK);
    return code == SQLITE_OK ? S_OK : queue_store_failure(store, code, L"roll back");
}

HRESULT queue_store_begin(struct queue_store *store)
{
    if (store->in_transaction)
        return log_failure(LOG_STORE, DO_E_FATAL_CORE_ERROR, L"a transaction inside a transaction");
    HRESULT hr = queue_store_settle(store);
    if (SUCCEEDED(hr) && (store->is_suspect || !store->db))
        hr = queue_recover_check(store);
    if (FAILED(hr))
        return hr;
    int code = run(store, QUEUE_BEGIN);
    if (code != SQLITE_OK)
        return queue_store_failure(store, code, L"begin a transaction");
    store->in_transaction = true;
    store->failure = S_OK;
    return S_OK;
}

HRESULT queue_store_commit(struct queue_store *store)
{
    if (!store->in_transaction)
        return log_failure(LOG_STORE, DO_E_FATAL_CORE_ERROR, L"a commit without a transaction");
    HRESULT hr = store->failure;
    if (SUCCEEDED(hr)) {
        int code = run(store, QUEUE_COMMIT);
        hr = code == SQLITE_OK ? S_OK : queue_store_failure(store, code, L"commit");
    }
    if (FAILED(hr))
        queue_store_rollback(store);
    store->in_transaction = false;
    return hr;
}

void queue_store_rollback(struct queue_store *store)
{
    if (!store->in_transaction)
        return;
    store->in_transaction = false;
    store->last_job_key = 0;
    /* Where even this fails, the next use of the store does it first. */
    queue_store_settle(store);
}
