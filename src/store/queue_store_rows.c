#include "queue_row.h"
#include "queue_store_private.h"

#include "log.h"
#include "memory.h"

#include "deliveryoptimizationerrors.h"

#include <string.h>

/* The parameters of one statement, in order. The store's callers lend all texts until the statement has run. */
struct parameters {
    sqlite3_stmt *statement;
    int count;
    int code; /* the first failure, or SQLITE_OK */
};

static void note(struct parameters *to, int code)
{
    if (to->code == SQLITE_OK)
        to->code = code;
}

static void add_number(struct parameters *to, int64_t number)
{
    note(to, sqlite3_bind_int64(to->statement, ++to->count, number));
}

static void add_text(struct parameters *to, const char16_t *text)
{
    note(to, sqlite3_bind_text16(to->statement, ++to->count, text ? text : u"", -1, SQLITE_STATIC));
}

/* A NULL pointer would be bound as NULL, not as no bytes. */
static void add_blob(struct parameters *to, const void *bytes, size_t size)
{
    note(to, sqlite3_bind_blob(to->statement, ++to->count, size ? bytes : "", (int)size, SQLITE_STATIC));
}

static HRESULT fail(struct queue_store *store, HRESULT hr)
{
    store->failure = hr;
    return hr;
}

/* Can a row be written now? After a failure the rest of the transaction is not even tried. */
static HRESULT enter(struct queue_store *store)
{
    if (!store->in_transaction)
        return log_failure(LOG_STORE, DO_E_FATAL_CORE_ERROR, L"a row outside a transaction");
    return store->failure;
}

static HRESULT refuse(struct queue_store *store, HRESULT hr, const wchar_t *row, const wchar_t *fault)
{
    return fail(store, log_failure(LOG_STORE, hr, L"a %ls row is not acceptable: %ls", row, fault));
}

static struct parameters start(struct queue_store *store, enum queue_statement which)
{
    return (struct parameters){.statement = store->statements[which], .code = SQLITE_OK};
}

static HRESULT run(struct queue_store *store, const struct parameters *with, const wchar_t *what)
{
    int code = with->code;
    if (code == SQLITE_OK) {
        sqlite3_step(with->statement);
        code = sqlite3_reset(with->statement);
    }
    return code == SQLITE_OK ? S_OK : fail(store, queue_store_failure(store, code, what));
}

/* S_FALSE when the queue has no such job. */
static HRESULT find_job(struct queue_store *store, const uint8_t id[16], int64_t *key)
{
    if (store->last_job_key && !memcmp(store->last_job_id, id, sizeof(store->last_job_id))) {
        *key = store->last_job_key;
        return S_OK;
    }
    struct parameters find = start(store, QUEUE_FIND_JOB);
    add_blob(&find, id, 16);
    bool is_there = find.code == SQLITE_OK && sqlite3_step(find.statement) == SQLITE_ROW;
    *key = is_there ? sqlite3_column_int64(find.statement, 0) : 0;
    int code = sqlite3_reset(find.statement);
    if (find.code != SQLITE_OK || code != SQLITE_OK)
        return fail(store, queue_store_failure(store, find.code != SQLITE_OK ? find.code : code, L"find a job"));
    if (!is_there)
        return S_FALSE;
    memcpy(store->last_job_id, id, sizeof(store->last_job_id));
    store->last_job_key = *key;
    return S_OK;
}

static HRESULT need_job(struct queue_store *store, const uint8_t id[16], int64_t *key)
{
    HRESULT hr = find_job(store, id, key);
    return hr == S_FALSE ? fail(store, log_failure(LOG_STORE, QUEUE_NOT_FOUND, L"the queue file has no such job")) : hr;
}

/* ?1 to ?14 of both statements that write a job. */
static void add_changing_job_columns(struct parameters *to, const struct job_row *row)
{
    add_text(to, row->owner);
    add_text(to, row->display_name);
    add_text(to, row->description);
    add_number(to, row->state);
    add_number(to, row->intent);
    add_number(to, row->owed_event);
    add_number(to, row->priority);
    add_number(to, row->notify_flags);
    add_number(to, (int64_t)row->modification_time);
    add_number(to, (int64_t)row->transfer_completion_time);
    add_number(to, row->error_count);
    add_number(to, row->error_code);
    add_number(to, row->error_context);
    add_number(to, row->error_file);
}

static HRESULT check_job(struct queue_store *store, const struct job_row *row)
{
    const wchar_t *fault = L"no memory";
    HRESULT hr = enter(store);
    if (FAILED(hr))
        return hr;
    hr = queue_row_check_job(row, &fault);
    return FAILED(hr) ? refuse(store, hr, L"job", fault) : S_OK;
}

HRESULT queue_store_insert_job(struct queue_store *store, const struct job_row *row)
{
    HRESULT hr = check_job(store, row);
    if (FAILED(hr))
        return hr;
    struct parameters insert = start(store, QUEUE_INSERT_JOB);
    add_changing_job_columns(&insert, row);
    add_blob(&insert, row->id, sizeof(row->id));
    add_number(&insert, (int64_t)row->sequence);
    add_number(&insert, row->generation);
    add_number(&insert, (int64_t)row->creation_time);
    return run(store, &insert, L"insert a job");
}

HRESULT queue_store_update_job(struct queue_store *store, const struct job_row *row)
{
    int64_t key = 0;
    HRESULT hr = check_job(store, row);
    if (SUCCEEDED(hr))
        hr = need_job(store, row->id, &key);
    if (FAILED(hr))
        return hr;
    struct parameters update = start(store, QUEUE_UPDATE_JOB);
    add_changing_job_columns(&update, row);
    add_number(&update, key);
    return run(store, &update, L"update a job");
}

static HRESULT enter_job(struct queue_store *store, const uint8_t id[16], int64_t *key)
{
    HRESULT hr = enter(store);
    return SUCCEEDED(hr) ? need_job(store, id, key) : hr;
}

HRESULT queue_store_touch_job(struct queue_store *store, const uint8_t id[16], uint64_t modification_time)
{
    int64_t key;
    HRESULT hr = enter_job(store, id, &key);
    if (FAILED(hr))
        return hr;
    struct parameters update = start(store, QUEUE_TOUCH_JOB);
    add_number(&update, (int64_t)modification_time);
    add_number(&update, key);
    return run(store, &update, L"touch a job");
}

HRESULT queue_store_mark_incomplete(struct queue_store *store, const uint8_t id[16])
{
    int64_t key;
    HRESULT hr = enter_job(store, id, &key);
    if (FAILED(hr))
        return hr;
    struct parameters update = start(store, QUEUE_MARK_JOB);
    add_number(&update, QUEUE_INCOMPLETE_STATE);
    add_number(&update, QUEUE_INCOMPLETE_OWED);
    add_number(&update, QUEUE_INCOMPLETE_ERROR);
    add_number(&update, QUEUE_NO_FILE);
    add_number(&update, key);
    add_number(&update, QUEUE_FIRST_DEAD_STATE);
    return run(store, &update, L"mark a job");
}

HRESULT queue_store_delete_job(struct queue_store *store, const uint8_t id[16])
{
    /* Children first: the tables refer to each other. */
    static const enum queue_statement steps[] = {QUEUE_DELETE_FILE_PROPERTIES_OF_JOB, QUEUE_DELETE_PROPERTIES_OF_JOB,
                                                 QUEUE_DELETE_PROGRESS_OF_JOB, QUEUE_DELETE_FILES_OF_JOB,
                                                 QUEUE_DELETE_JOB};
    int64_t key = 0;
    HRESULT hr = enter(store);
    if (SUCCEEDED(hr))
        hr = find_job(store, id, &key);
    if (hr != S_OK)
        return hr;
    /* A later job may get the same key. */
    store->last_job_key = 0;
    for (size_t i = 0; SUCCEEDED(hr) && i < sizeof(steps) / sizeof(steps[0]); i++) {
        struct parameters step = start(store, steps[i]);
        add_number(&step, key);
        hr = run(store, &step, L"delete a job");
    }
    return hr;
}

static HRESULT reserve_blob(struct queue_store *store, size_t range_count)
{
    if (mem_reserve((void **)&store->blob, &store->blob_capacity, range_count * QUEUE_RANGE_BYTES, 1))
        return S_OK;
    return fail(store, log_failure(LOG_STORE, E_OUTOFMEMORY, L"no memory for ranges"));
}

static HRESULT check_file(struct queue_store *store, const struct file_row *row, int64_t *key)
{
    const wchar_t *fault = L"no memory";
    HRESULT hr = enter(store);
    if (FAILED(hr))
        return hr;
    hr = queue_row_check_file(row, &fault);
    return FAILED(hr) ? refuse(store, hr, L"file", fault) : need_job(store, row->job_id, key);
}

HRESULT queue_store_insert_file(struct queue_store *store, const struct file_row *row)
{
    int64_t key = 0;
    HRESULT hr = check_file(store, row, &key);
    if (SUCCEEDED(hr))
        hr = reserve_blob(store, row->wanted_count);
    if (FAILED(hr))
        return hr;
    queue_row_encode_wanted(row->wanted, row->wanted_count, store->blob);
    struct parameters insert = start(store, QUEUE_INSERT_FILE);
    add_number(&insert, key);
    add_number(&insert, row->number);
    add_text(&insert, row->file_id);
    add_text(&insert, row->url);
    add_text(&insert, row->local_path);
    add_number(&insert, (int64_t)row->declared_size);
    add_blob(&insert, store->blob, (size_t)row->wanted_count * QUEUE_RANGE_BYTES);
    return run(store, &insert, L"insert a file");
}

HRESULT queue_store_update_file(struct queue_store *store, const struct file_row *row)
{
    int64_t key = 0;
    HRESULT hr = check_file(store, row, &key);
    if (FAILED(hr))
        return hr;
    struct parameters update = start(store, QUEUE_UPDATE_FILE);
    add_text(&update, row->file_id);
    add_text(&update, row->url);
    add_text(&update, row->local_path);
    add_number(&update, (int64_t)row->declared_size);
    add_number(&update, key);
    add_number(&update, row->number);
    hr = run(store, &update, L"update a file");
    if (SUCCEEDED(hr) && sqlite3_changes(store->db) == 0)
        hr = fail(store, log_failure(LOG_STORE, QUEUE_NOT_FOUND, L"the queue file has no such file"));
    return hr;
}

HRESULT queue_store_put_progress(struct queue_store *store, const struct file_progress_row *row)
{
    const wchar_t *fault = L"no memory";
    int64_t key = 0;
    size_t have_count = row->have ? row->have->count : 0;
    HRESULT hr = enter(store);
    if (FAILED(hr))
        return hr;
    hr = queue_row_check_progress(row, &fault);
    if (FAILED(hr))
        return refuse(store, hr, L"progress", fault);
    hr = need_job(store, row->job_id, &key);
    if (SUCCEEDED(hr))
        hr = reserve_blob(store, have_count);
    if (FAILED(hr))
        return hr;
    if (have_count)
        queue_row_encode_have(row->have->items, have_count, store->blob);
    struct parameters put = start(store, QUEUE_PUT_PROGRESS);
    add_number(&put, key);
    add_number(&put, row->number);
    add_number(&put, (int64_t)row->remote_total);
    add_number(&put, row->status);
    add_text(&put, row->etag);
    add_text(&put, row->last_modified);
    add_number(&put, (int64_t)row->last_modified_time);
    add_blob(&put, store->blob, have_count * QUEUE_RANGE_BYTES);
    add_number(&put, (int64_t)row->written_at);
    return run(store, &put, L"store progress");
}

HRESULT queue_store_forget_times(struct queue_store *store, const uint8_t job_id[16])
{
    int64_t key;
    HRESULT hr = enter_job(store, job_id, &key);
    if (FAILED(hr))
        return hr;
    struct parameters update = start(store, QUEUE_FORGET_TIMES);
    add_number(&update, key);
    return run(store, &update, L"forget times");
}

HRESULT queue_store_put_property(struct queue_store *store, const struct property_row *row)
{
    const wchar_t *fault = L"";
    int64_t key = 0;
    bool is_of_job = row->file == QUEUE_NO_FILE;
    HRESULT hr = enter(store);
    if (FAILED(hr))
        return hr;
    hr = row->value ? queue_row_check_property(row, &fault) : S_OK;
    if (FAILED(hr))
        return refuse(store, hr, L"property", fault);
    hr = need_job(store, row->job_id, &key);
    if (FAILED(hr))
        return hr;
    enum queue_statement which = row->value ? QUEUE_PUT_PROPERTY : QUEUE_DELETE_PROPERTY;
    if (!is_of_job)
        which = row->value ? QUEUE_PUT_FILE_PROPERTY : QUEUE_DELETE_FILE_PROPERTY;
    struct parameters put = start(store, which);
    add_number(&put, key);
    if (!is_of_job)
        add_number(&put, row->file);
    add_number(&put, row->id);
    if (row->value)
        add_blob(&put, row->value, row->size);
    return run(store, &put, L"store a property");
}
