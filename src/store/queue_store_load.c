#include "queue_cursor.h"
#include "queue_row.h"

#include "log.h"
#include "memory.h"

#include "deliveryoptimizationerrors.h"

#include <stdlib.h>
#include <string.h>

struct job_key {
    uint64_t sequence;
    int64_t key;
};

/* One run of queue_store_read and its buffers. */
struct reader {
    struct queue_store *store;
    const struct queue_loader *loader;
    struct queue_reading *reading;
    struct job_key *jobs;
    size_t job_count, job_capacity;
    struct wanted_range *wanted;
    size_t wanted_capacity;
    struct range *have;
    size_t have_capacity;
    bool is_incomplete; /* something that the client gave to the job at hand was not read */
};

/* Names the row for the log and counts it. The row's texts are not logged: they are not to be believed. */
static HRESULT reject(struct reader *reader, const wchar_t *table, int64_t key, uint64_t number, const wchar_t *fault)
{
    reader->reading->rejected_rows++;
    log_line(LOG_WARN, LOG_STORE, L"skipped %ls row, job %lld, number %llu: %ls", table, (long long)key,
             (unsigned long long)number, fault);
    return S_FALSE;
}

/* What the checks of columns and row said, as S_OK, S_FALSE (rejected) or E_OUTOFMEMORY. */
static HRESULT judge(struct reader *reader, HRESULT columns, HRESULT row, const wchar_t *fault, const wchar_t *table,
                     int64_t key, uint64_t number)
{
    if (columns == E_OUTOFMEMORY || row == E_OUTOFMEMORY)
        return log_failure(LOG_STORE, E_OUTOFMEMORY, L"no memory to read the queue");
    if (columns == S_OK && row == S_OK)
        return S_OK;
    return reject(reader, table, key, number, columns == S_OK ? fault : L"a column of the wrong type or size");
}

static int by_sequence(const void *left, const void *right)
{
    const struct job_key *a = left, *b = right;
    if (a->sequence != b->sequence)
        return a->sequence < b->sequence ? -1 : 1;
    return a->key < b->key ? -1 : a->key > b->key;
}

/* The keys are read first, so that damage in one place of the table costs no order, and no sorter needs whole rows. */
static HRESULT list_jobs(struct reader *reader)
{
    sqlite3_stmt *statement = reader->store->statements[QUEUE_LIST_JOBS];
    struct queue_cursor cursor = {
        .store = reader->store, .statement = statement, .what = L"list the jobs", .largest = INT64_MAX - 1};
    HRESULT hr = queue_cursor_start(&cursor);
    while (SUCCEEDED(hr) && cursor.is_at_row) {
        if (!mem_reserve((void **)&reader->jobs, &reader->job_capacity, reader->job_count + 1, sizeof(*reader->jobs))) {
            hr = log_failure(LOG_STORE, E_OUTOFMEMORY, L"no memory to list the jobs");
            break;
        }
        reader->jobs[reader->job_count++] =
            (struct job_key){(uint64_t)sqlite3_column_int64(statement, 1), (int64_t)queue_cursor_number(&cursor)};
        hr = queue_cursor_next(&cursor);
    }
    sqlite3_reset(statement);
    reader->reading->damaged_regions += cursor.damaged_regions;
    if (reader->job_count)
        qsort(reader->jobs, reader->job_count, sizeof(*reader->jobs), by_sequence);
    return hr;
}

/* The index by which calls find the job must lead to this row: to another one, and the identifier is not unique; to
 * none, and the index is damaged, which a new file cures. */
static HRESULT check_index(struct reader *reader, const struct job_row *row, int64_t key)
{
    sqlite3_stmt *find = reader->store->statements[QUEUE_FIND_JOB];
    if (!find)
        return S_OK;
    sqlite3_bind_blob(find, 1, row->id, sizeof(row->id), SQLITE_STATIC);
    int code = sqlite3_step(find);
    int64_t found = code == SQLITE_ROW ? sqlite3_column_int64(find, 0) : 0;
    sqlite3_reset(find);
    if (code == SQLITE_DONE || queue_store_is_damage(code)) {
        reader->reading->damaged_regions++;
        return S_OK;
    }
    if (code != SQLITE_ROW)
        return queue_store_failure(reader->store, code, L"find a job");
    return found == key ? S_OK : reject(reader, L"job", key, 0, L"its identifier is not unique");
}

static HRESULT take_job(struct reader *reader, int64_t key, struct job_row *row)
{
    struct queue_columns from = {.statement = reader->store->statements[QUEUE_READ_JOB]};
    const wchar_t *fault = L"";
    size_t id_size;
    const uint8_t *id = queue_columns_blob(&from, sizeof(row->id), sizeof(row->id), &id_size);
    if (id_size)
        memcpy(row->id, id, sizeof(row->id));
    else
        from.is_bad = true;
    row->sequence = queue_columns_u64(&from);
    row->generation = (uint8_t)queue_columns_number(&from, 0, UINT8_MAX);
    row->owner = queue_columns_text(&from);
    row->display_name = queue_columns_text(&from);
    row->description = queue_columns_text(&from);
    row->state = queue_columns_u32(&from);
    row->intent = queue_columns_u32(&from);
    row->owed_event = queue_columns_u32(&from);
    row->priority = queue_columns_u32(&from);
    row->notify_flags = queue_columns_u32(&from);
    row->creation_time = queue_columns_u64(&from);
    row->modification_time = queue_columns_u64(&from);
    row->transfer_completion_time = queue_columns_u64(&from);
    row->error_count = queue_columns_u32(&from);
    row->error_code = (HRESULT)queue_columns_number(&from, INT32_MIN, INT32_MAX);
    row->error_context = queue_columns_u32(&from);
    row->error_file = queue_columns_u32(&from);
    HRESULT hr = queue_row_check_job(row, &fault);
    hr = judge(reader, queue_columns_end(&from), hr, fault, L"job", key, 0);
    return hr == S_OK ? check_index(reader, row, key) : hr;
}

/* S_FALSE: there is no row that could be given. */
static HRESULT read_job(struct reader *reader, int64_t key, uint8_t id[16])
{
    sqlite3_stmt *statement = reader->store->statements[QUEUE_READ_JOB];
    struct job_row row;
    HRESULT hr = S_FALSE;
    if (!statement)
        return S_FALSE;
    sqlite3_bind_int64(statement, 1, key);
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        hr = take_job(reader, key, &row);
        if (hr == S_OK) {
            memcpy(id, row.id, sizeof(row.id));
            reader->reading->jobs++;
            hr = reader->loader->job(reader->loader->context, &row);
            hr = FAILED(hr) ? hr : S_OK;
        }
    } else if (queue_store_is_damage(code)) {
        queue_store_failure(reader->store, code, L"read a job");
        reader->reading->damaged_regions++;
    } else if (code != SQLITE_DONE) {
        hr = queue_store_failure(reader->store, code, L"read a job");
    }
    sqlite3_reset(statement);
    return hr;
}

static HRESULT take_file(struct reader *reader, int64_t key, struct file_row *row)
{
    struct queue_columns from = {.statement = reader->store->statements[QUEUE_READ_FILES]};
    const wchar_t *fault = L"";
    size_t size;
    row->number = queue_columns_u32(&from);
    row->file_id = queue_columns_text(&from);
    row->url = queue_columns_text(&from);
    row->local_path = queue_columns_text(&from);
    row->declared_size = queue_columns_u64(&from);
    const uint8_t *wanted =
        queue_columns_blob(&from, QUEUE_RANGE_BYTES, QUEUE_RANGES_MAX * (size_t)QUEUE_RANGE_BYTES, &size);
    row->wanted_count = (uint32_t)(size / QUEUE_RANGE_BYTES);
    HRESULT hr = E_OUTOFMEMORY;
    if (mem_reserve((void **)&reader->wanted, &reader->wanted_capacity, row->wanted_count, sizeof(*reader->wanted))) {
        queue_row_decode_wanted(wanted, size, reader->wanted);
        row->wanted = row->wanted_count ? reader->wanted : NULL;
        hr = queue_row_check_file(row, &fault);
    }
    return judge(reader, queue_columns_end(&from), hr, fault, L"file", key, row->number);
}

static HRESULT take_progress(struct reader *reader, int64_t key, const struct file_row *file,
                             struct file_progress_row *row, struct range_set *have)
{
    struct queue_columns from = {.statement = reader->store->statements[QUEUE_READ_PROGRESS]};
    const wchar_t *fault = L"";
    size_t size;
    memcpy(row->job_id, file->job_id, sizeof(row->job_id));
    row->number = queue_columns_u32(&from);
    row->remote_total = queue_columns_u64(&from);
    row->status = queue_columns_u32(&from);
    row->etag = queue_columns_text(&from);
    row->last_modified = queue_columns_text(&from);
    row->last_modified_time = queue_columns_u64(&from);
    const uint8_t *blob =
        queue_columns_blob(&from, QUEUE_RANGE_BYTES, QUEUE_RANGES_MAX * (size_t)QUEUE_RANGE_BYTES, &size);
    row->written_at = queue_columns_u64(&from);
    row->have = have;
    HRESULT hr = E_OUTOFMEMORY;
    if (mem_reserve((void **)&reader->have, &reader->have_capacity, size / QUEUE_RANGE_BYTES, sizeof(*reader->have))) {
        *have = (struct range_set){reader->have, size / QUEUE_RANGE_BYTES, reader->have_capacity, 0};
        if (!queue_row_decode_have(blob, size, reader->have, &have->total))
            from.is_bad = true;
        hr = queue_row_check_progress(row, &fault);
    }
    hr = judge(reader, queue_columns_end(&from), hr, fault, L"progress", key, row->number);
    if (hr == S_OK && !queue_row_progress_fits(file, row))
        return reject(reader, L"progress", key, row->number, L"bytes beyond the end of the file");
    return hr;
}

static struct queue_cursor cursor_of(struct reader *reader, enum queue_statement which, const wchar_t *what,
                                     int64_t key)
{
    sqlite3_stmt *statement = reader->store->statements[which];
    sqlite3_bind_int64(statement, 2, key);
    return (struct queue_cursor){
        .store = reader->store, .statement = statement, .what = what, .largest = QUEUE_FILE_NUMBER_MAX};
}

static void end_cursor(struct reader *reader, struct queue_cursor *cursor)
{
    sqlite3_reset(cursor->statement);
    reader->reading->damaged_regions += cursor->damaged_regions;
    /* Progress that is lost costs bytes that are fetched again, and nothing else. */
    if (cursor->damaged_regions && cursor->statement != reader->store->statements[QUEUE_READ_PROGRESS])
        reader->is_incomplete = true;
}

/* The row at which the cursor stands: its number (of files alone), id and value. */
static HRESULT give_property(struct reader *reader, int64_t key, struct property_row *row, sqlite3_stmt *statement)
{
    struct queue_columns from = {.statement = statement};
    const wchar_t *fault = L"";
    if (row->file != QUEUE_NO_FILE)
        queue_columns_u32(&from);
    row->id = queue_columns_u32(&from);
    const uint8_t *value = queue_columns_blob(&from, 1, QUEUE_PROPERTY_MAX, &row->size);
    row->value = row->size ? value : (const uint8_t *)""; /* NULL would be no value */
    HRESULT hr = queue_row_check_property(row, &fault);
    hr = judge(reader, queue_columns_end(&from), hr, fault, L"property", key, row->id);
    reader->is_incomplete |= hr == S_FALSE;
    return hr == S_OK ? reader->loader->property(reader->loader->context, row) : hr;
}

static HRESULT read_properties(struct reader *reader, int64_t key, const uint8_t id[16])
{
    struct queue_cursor cursor = cursor_of(reader, QUEUE_READ_PROPERTIES, L"read properties", key);
    struct property_row row = {.file = QUEUE_NO_FILE};
    memcpy(row.job_id, id, sizeof(row.job_id));
    HRESULT hr = queue_cursor_start(&cursor);
    while (SUCCEEDED(hr) && cursor.is_at_row) {
        hr = give_property(reader, key, &row, cursor.statement);
        if (SUCCEEDED(hr))
            hr = queue_cursor_next(&cursor);
    }
    end_cursor(reader, &cursor);
    return FAILED(hr) ? hr : S_OK;
}

/* Moves on to the first row of file `number` or of one after it. */
static HRESULT catch_up(struct queue_cursor *cursor, uint32_t number)
{
    HRESULT hr = S_OK;
    while (SUCCEEDED(hr) && cursor->is_at_row && queue_cursor_number(cursor) < number)
        hr = queue_cursor_next(cursor);
    return hr;
}

static HRESULT read_file_properties(struct reader *reader, int64_t key, const struct file_row *file,
                                    struct queue_cursor *properties)
{
    struct property_row row = {.file = file->number};
    memcpy(row.job_id, file->job_id, sizeof(row.job_id));
    HRESULT hr = catch_up(properties, file->number);
    while (SUCCEEDED(hr) && properties->is_at_row && queue_cursor_number(properties) == file->number) {
        hr = give_property(reader, key, &row, properties->statement);
        if (SUCCEEDED(hr))
            hr = queue_cursor_next(properties);
    }
    return FAILED(hr) ? hr : S_OK;
}

/* What belongs to the files of a job, in the order of their numbers: the cursors move side by side, which saves a
 * search per file. */
struct file_cursors {
    struct queue_cursor files, progress, properties;
};

static HRESULT read_file(struct reader *reader, int64_t key, const uint8_t id[16], struct file_cursors *cursors)
{
    struct file_row row;
    struct file_progress_row progress_row;
    struct range_set have;
    HRESULT has_progress = S_FALSE;
    memcpy(row.job_id, id, sizeof(row.job_id));
    HRESULT hr = take_file(reader, key, &row);
    reader->is_incomplete |= hr == S_FALSE;
    if (hr != S_OK)
        return hr;
    struct queue_cursor *progress = &cursors->progress;
    hr = catch_up(progress, row.number);
    if (SUCCEEDED(hr) && progress->is_at_row && queue_cursor_number(progress) == row.number)
        has_progress = take_progress(reader, key, &row, &progress_row, &have);
    if (FAILED(hr) || FAILED(has_progress))
        return FAILED(hr) ? hr : has_progress;
    reader->reading->files++;
    hr = reader->loader->file(reader->loader->context, &row, has_progress == S_OK ? &progress_row : NULL);
    return FAILED(hr) ? hr : read_file_properties(reader, key, &row, &cursors->properties);
}

static HRESULT read_files(struct reader *reader, int64_t key, const uint8_t id[16])
{
    struct file_cursors cursors = {
        .files = cursor_of(reader, QUEUE_READ_FILES, L"read files", key),
        .progress = cursor_of(reader, QUEUE_READ_PROGRESS, L"read progress", key),
        .properties = cursor_of(reader, QUEUE_READ_FILE_PROPERTIES, L"read properties of files", key),
    };
    cursors.properties.has_second = true;
    /* A table is gone; the first version had no properties. */
    reader->is_incomplete |= !cursors.files.statement;
    if (reader->store->salvaged_version > 1)
        reader->is_incomplete |= !cursors.properties.statement || !reader->store->statements[QUEUE_READ_PROPERTIES];
    HRESULT hr = queue_cursor_start(&cursors.files);
    if (SUCCEEDED(hr) && cursors.files.is_at_row)
        hr = queue_cursor_start(&cursors.progress);
    if (SUCCEEDED(hr) && cursors.files.is_at_row)
        hr = queue_cursor_start(&cursors.properties);
    while (SUCCEEDED(hr) && cursors.files.is_at_row) {
        hr = read_file(reader, key, id, &cursors);
        if (SUCCEEDED(hr))
            hr = queue_cursor_next(&cursors.files);
    }
    end_cursor(reader, &cursors.files);
    end_cursor(reader, &cursors.progress);
    end_cursor(reader, &cursors.properties);
    return hr;
}

static HRESULT read_all_of(struct reader *reader, int64_t key)
{
    uint8_t id[16] = {0};
    reader->is_incomplete = false;
    HRESULT hr = read_job(reader, key, id);
    if (hr != S_OK)
        return hr;
    hr = read_properties(reader, key, id);
    if (hr == S_OK)
        hr = read_files(reader, key, id);
    if (FAILED(hr) || !reader->is_incomplete)
        return hr;
    log_line(LOG_ERROR, LOG_STORE, L"job %lld has lost files or settings", (long long)key);
    return reader->loader->incomplete(reader->loader->context, id);
}

HRESULT queue_store_read(struct queue_store *store, const struct queue_loader *loader, struct queue_reading *reading)
{
    struct reader reader = {.store = store, .loader = loader, .reading = reading};
    memset(reading, 0, sizeof(*reading));
    HRESULT hr = list_jobs(&reader);
    for (size_t i = 0; SUCCEEDED(hr) && i < reader.job_count; i++)
        hr = read_all_of(&reader, reader.jobs[i].key);
    mem_free(reader.jobs);
    mem_free(reader.wanted);
    mem_free(reader.have);
    return FAILED(hr) ? hr : S_OK;
}

HRESULT queue_store_load(struct queue_store *store, const struct queue_loader *loader)
{
    struct queue_reading reading;
    if (store->in_transaction || !store->db)
        return log_failure(LOG_STORE, DO_E_FATAL_CORE_ERROR, L"loading at the wrong time");
    HRESULT hr = queue_store_settle(store);
    if (SUCCEEDED(hr))
        hr = queue_store_read(store, loader, &reading);
    if (FAILED(hr))
        return hr;
    log_line(LOG_INFO, LOG_STORE, L"loaded %llu jobs with %llu files", (unsigned long long)reading.jobs,
             (unsigned long long)reading.files);
    if (!reading.rejected_rows && !reading.damaged_regions)
        return S_OK;
    log_line(LOG_WARN, LOG_STORE, L"the queue file has %llu invalid rows and %llu unreadable places",
             (unsigned long long)reading.rejected_rows, (unsigned long long)reading.damaged_regions);
    hr = queue_recover_rebuild(store);
    /* Invalid rows alone do no harm: if they cannot be got rid of now, they wait for the next start. */
    return FAILED(hr) && store->db && !reading.damaged_regions ? S_OK : hr;
}
