/* Progress to the store. A row claims only bytes that were flushed before: the books are copied first, the file is flushed, then the copy is
 * written. */
#include "engine_private.h"
#include "log.h"
#include "memory.h"

#include <string.h>

void checkpoint_mark(struct engine *engine, struct job_file *file, uint64_t due)
{
    if (!file->job->is_listed)
        return;
    if (due < engine->checkpoint_at)
        engine->checkpoint_at = due;
    if (file->is_dirty)
        return;
    file->is_dirty = true;
    file->next_dirty = engine->dirty;
    engine->dirty = file;
}

void checkpoint_forget_job(struct engine *engine, struct job *job)
{
    struct job_file **place = &engine->dirty;
    while (*place) {
        struct job_file *file = *place;
        if (file->job == job) {
            file->is_dirty = false;
            *place = file->next_dirty;
        } else {
            place = &file->next_dirty;
        }
    }
}

/* One file's row and what it borrows from. Holds its job until the transaction is settled. */
struct checkpoint_entry {
    struct job_file *file;
    struct file_progress_row row;
    struct http_validator validator;
    struct range_set have;
    struct sink *sink; /* to be flushed; counted */
    uint32_t discards; /* the file's, when its books were copied: another number since then makes the copy a lie */
    bool is_unsafe;    /* the flush failed: not to be written */
};

void checkpoint_make_row(const struct job_file *file, struct file_progress_row *row)
{
    *row = (struct file_progress_row){.number = file->number,
                                      .remote_total = file->remote_total,
                                      .status = file->status,
                                      .etag = u"",
                                      .last_modified = u"",
                                      .last_modified_time = file->last_modified,
                                      .written_at = file->status == FILE_PENDING ? 0 : file->written_at};
    memcpy(row->job_id, file->job->id, sizeof row->job_id);
}

/* When a part of a file was written last; 0 while somebody may write to it. */
static uint64_t time_of_part(const struct job_file *file)
{
    const struct file_work *work = file->work;
    if (!work || work->flights || file->is_finishing)
        return 0;
    return work->sink ? sink_written_at(work->sink) : file->written_at;
}

/* Copies the file's books, flights included. */
static HRESULT copy_books(struct checkpoint_entry *entry)
{
    struct job_file *file = entry->file;
    const struct file_work *work = file->work;
    checkpoint_make_row(file, &entry->row);
    entry->row.etag = entry->validator.etag;
    entry->row.last_modified = entry->validator.last_modified;
    entry->row.have = &entry->have;
    entry->discards = file->discards;
    /* Bytes of an unknown version are worth nothing to the next host, nor are those in a stream that goes with this one. */
    if (!work || file->stream || !work->has_validator || work->is_broken || work->mode != FILE_MODE_SEGMENTS)
        return S_OK;
    entry->validator = work->validator;
    entry->row.written_at = time_of_part(file);
    HRESULT hr = range_set_copy(&entry->have, &work->have);
    for (struct flight *flight = work->flights; flight && SUCCEEDED(hr); flight = flight->next) {
        uint64_t first = flight->transfer.local_first;
        if (!flight->is_folded)
            hr = range_set_add(&entry->have, first, first + atomic_load(&flight->transfer.written));
    }
    if (work->sink) {
        entry->sink = work->sink;
        sink_addref(entry->sink);
    }
    return hr;
}

/* The marked files leave the list. */
static HRESULT take_marked(struct engine *engine, struct checkpoint *checkpoint) REQUIRES(engine->model_lock)
{
    size_t count = 0;
    for (struct job_file *file = engine->dirty; file; file = file->next_dirty)
        count++;
    engine->checkpoint_at = CLOCK_NEVER;
    if (count == 0)
        return S_OK;
    checkpoint->entries = mem_alloc(count * sizeof *checkpoint->entries);
    if (!checkpoint->entries) {
        engine->checkpoint_at = engine->env.clock->now(engine->env.clock) + STORE_RETRY_MS;
        return E_OUTOFMEMORY;
    }
    HRESULT hr = S_OK;
    for (struct job_file *file = engine->dirty; file; file = file->next_dirty) {
        struct checkpoint_entry *entry = &checkpoint->entries[checkpoint->count++];
        file->is_dirty = false;
        job_addref(file->job);
        entry->file = file;
        if (SUCCEEDED(hr))
            hr = copy_books(entry);
    }
    engine->dirty = NULL;
    return hr;
}

HRESULT checkpoint_write_discarded(struct engine *engine, const struct job_file *file)
{
    struct file_progress_row row = {.number = file->number,
                                    .remote_total = SIZE_UNKNOWN,
                                    .status = FILE_PENDING,
                                    .etag = u"",
                                    .last_modified = u""};
    memcpy(row.job_id, file->job->id, sizeof row.job_id);
    return queue_store_put_progress(engine->store, &row);
}

HRESULT checkpoint_prepare(struct engine *engine, struct checkpoint *checkpoint)
{
    lock_acquire(&engine->model_lock);
    HRESULT hr = take_marked(engine, checkpoint);
    lock_release(&engine->model_lock);
    /* One file that cannot be flushed must not keep the others, and every other job, from the store. */
    for (size_t i = 0; i < checkpoint->count && SUCCEEDED(hr); i++) {
        struct checkpoint_entry *entry = &checkpoint->entries[i];
        entry->is_unsafe = entry->sink && FAILED(sink_flush(entry->sink));
    }
    return hr;
}

HRESULT checkpoint_prepare_file(struct engine *engine, struct job_file *file, struct checkpoint *checkpoint)
{
    struct checkpoint_entry *entry = mem_alloc(sizeof *entry);
    if (!entry)
        return E_OUTOFMEMORY;
    *checkpoint = (struct checkpoint){entry, 1};
    job_addref(file->job);
    entry->file = file;
    lock_acquire(&engine->model_lock);
    HRESULT hr = copy_books(entry);
    file->job->has_times |= entry->row.status == FILE_PENDING && entry->row.written_at;
    lock_release(&engine->model_lock);
    entry->is_unsafe = FAILED(hr) || (entry->sink && FAILED(sink_flush(entry->sink)));
    return hr;
}

const struct file_progress_row *checkpoint_row(const struct checkpoint *checkpoint)
{
    return checkpoint->entries[0].is_unsafe ? NULL : &checkpoint->entries[0].row;
}

/* When the bytes that the rows claim had moved: no commit is made for it alone. */
static HRESULT write_modification_time(struct engine *engine, struct job *job) REQUIRES(engine->store_lock)
{
    lock_acquire(&engine->model_lock);
    uint64_t time = job->facts.modification_time;
    if (job->modified_at > time)
        time = job->modified_at;
    lock_release(&engine->model_lock);
    return queue_store_touch_job(engine->store, job->id, time);
}

/* Is the copy still to be written? A file that went on to another status since then is marked again, or was written by another thread. */
static bool is_still_true(struct engine *engine, struct checkpoint_entry *entry) REQUIRES(engine->store_lock)
{
    struct job_file *file = entry->file;
    lock_acquire(&engine->model_lock);
    bool is_true =
        file->job->is_listed && entry->discards == file->discards && entry->row.status == (uint32_t)file->status;
    if (entry->row.status == FILE_PENDING) {
        /* Transfers are handed out under the store lock alone: nobody opens the file before the row is committed. */
        if (entry->row.written_at != time_of_part(file))
            entry->row.written_at = 0;
        file->job->has_times |= entry->row.written_at != 0;
    }
    lock_release(&engine->model_lock);
    return is_true;
}

HRESULT checkpoint_write(struct engine *engine, const struct checkpoint *checkpoint)
{
    HRESULT hr = S_OK;
    const struct job *touched = NULL; /* the files of a job mostly stand together */
    for (size_t i = 0; i < checkpoint->count && SUCCEEDED(hr); i++) {
        struct checkpoint_entry *entry = &checkpoint->entries[i];
        if (entry->is_unsafe)
            continue;
        bool is_true = is_still_true(engine, entry);
        if (is_true)
            hr = queue_store_put_progress(engine->store, &entry->row);
        if (SUCCEEDED(hr) && is_true && entry->file->job != touched) {
            touched = entry->file->job;
            hr = write_modification_time(engine, entry->file->job);
        }
    }
    return hr;
}

void checkpoint_settle(struct engine *engine, struct checkpoint *checkpoint, bool is_committed)
{
    lock_acquire(&engine->model_lock);
    uint64_t now = engine->env.clock->now(engine->env.clock);
    for (size_t i = 0; i < checkpoint->count; i++) {
        struct checkpoint_entry *entry = &checkpoint->entries[i];
        struct job_file *file = entry->file;
        if (!is_committed)
            checkpoint_mark(engine, file, now + STORE_RETRY_MS);
        else if (entry->is_unsafe || (file->work && file->work->flights))
            checkpoint_mark(engine, file, now + CHECKPOINT_PARTIAL_MS);
    }
    lock_release(&engine->model_lock);
    for (size_t i = 0; i < checkpoint->count; i++) {
        struct checkpoint_entry *entry = &checkpoint->entries[i];
        range_set_clear(&entry->have);
        if (entry->sink)
            sink_release(entry->sink);
        job_release(entry->file->job);
    }
    mem_free(checkpoint->entries);
    *checkpoint = (struct checkpoint){0};
}

HRESULT checkpoint_all(struct engine *engine)
{
    struct checkpoint checkpoint = {0};
    HRESULT hr = checkpoint_prepare(engine, &checkpoint);
    lock_acquire(&engine->store_lock);
    if (SUCCEEDED(hr))
        hr = queue_store_begin(engine->store);
    if (SUCCEEDED(hr)) {
        hr = checkpoint_write(engine, &checkpoint);
        if (SUCCEEDED(hr))
            hr = queue_store_commit(engine->store);
        else
            queue_store_rollback(engine->store);
    }
    lock_release(&engine->store_lock);
    checkpoint_settle(engine, &checkpoint, SUCCEEDED(hr));
    return hr;
}
