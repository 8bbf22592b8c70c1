/* Another source for files of a job: SetRemoteName and ReplaceRemotePrefix. The URLs change under the store lock, all in one transaction; then the transfers from
 * the old sources end, and the engine goes on with the new ones.
 *
 * Where redirects are to be reported the URL that answered becomes the file's: the same source by its own name, so transfers go on. */
#include "engine_private.h"
#include "log.h"
#include "memory.h"
#include "url.h"
#include "utf16.h"

#include <string.h>

struct source_change {
    struct job_file *file;
    char16_t *url;  /* owned until it is the file's */
    bool is_report; /* of where the source is */
};

struct source_changes {
    struct source_change *items;
    size_t count;
};

static void free_changes(struct source_changes *changes)
{
    for (size_t i = 0; i < changes->count; i++)
        mem_free(changes->items[i].url);
    mem_free(changes->items);
}

static HRESULT check_url(const char16_t *url)
{
    struct url_view view;
    return url_parse(url, &view) ? S_OK : E_INVALIDARG;
}

static HRESULT write_changes(struct engine *engine, struct job *job, const struct job_facts *facts,
                             const struct source_changes *changes) REQUIRES(engine->store_lock)
{
    struct job_row row;
    HRESULT hr = queue_store_begin(engine->store);
    if (FAILED(hr))
        return hr;
    for (size_t i = 0; i < changes->count && SUCCEEDED(hr); i++) {
        const struct source_change *change = &changes->items[i];
        struct file_row file_row;
        job_file_make_row(change->file, &file_row);
        file_row.file_id = job_file_key(change->file); /* stays, when it was made from the URL */
        file_row.url = change->url;
        hr = queue_store_update_file(engine->store, &file_row);
    }
    job_make_row(job, facts, &row);
    if (SUCCEEDED(hr))
        hr = queue_store_update_job(engine->store, &row);
    if (SUCCEEDED(hr))
        return queue_store_commit(engine->store);
    queue_store_rollback(engine->store);
    return hr;
}

/* What the old source brought about and is not made known yet does not count against the new one. */
static void forget_failure(struct job_file *file)
{
    struct job *job = file->job;
    if (job->pending_error.code != S_OK && job->pending_error.file == file->number)
        job->pending_error.code = S_OK;
}

static void apply_change(struct source_change *change)
{
    struct job_file *file = change->file;
    char16_t *former = file->url;
    file->url = change->url;
    change->url = NULL;
    if (file->file_id)
        mem_free(former);
    else
        file->file_id = former; /* the table of ids knows the file by this very string */
    if (change->is_report)
        return;
    file->source++;
    job_file_forget_way(file);
    if (file->status != FILE_PENDING)
        return;
    job_file_change_source(file);
    forget_failure(file);
}

/* Decides, commits and applies. */
static HRESULT commit_changes(struct engine *engine, struct job *job, struct source_changes *changes)
    REQUIRES(engine->store_lock)
{
    struct job_facts facts;
    lock_acquire(&engine->model_lock);
    const struct job_transition *transition = engine_decide(engine, job, JOB_EVENT_CHANGE, NULL, &facts);
    lock_release(&engine->model_lock);
    HRESULT hr = transition->answer;
    if (SUCCEEDED(hr))
        hr = write_changes(engine, job, &facts, changes);
    if (FAILED(hr))
        return hr;
    lock_acquire(&engine->model_lock);
    for (size_t i = 0; i < changes->count; i++)
        apply_change(&changes->items[i]);
    if (!changes->items[0].is_report) {
        job->attempt = 0;
        retry_now(engine, job);
    }
    engine_apply(engine, job, transition, &facts);
    lock_release(&engine->model_lock);
    return S_OK;
}

static void end_old_transfers(struct engine *engine, const struct source_changes *changes)
{
    for (size_t i = 0; i < changes->count; i++)
        engine_revoke_file(engine, changes->items[i].file);
    lock_acquire(&engine->model_lock);
    scheduler_consider(engine, changes->items[0].file->job); /* what they were under way for is free only now */
    lock_release(&engine->model_lock);
    signal_set(&engine->signal);
}

HRESULT job_file_set_url(struct job_file *file, const char16_t *url)
{
    struct engine *engine = file->job->engine;
    if (!url || FAILED(check_url(url)))
        return E_INVALIDARG;
    struct source_change change = {file, utf16_duplicate(url), false};
    struct source_changes changes = {&change, 1};
    if (!change.url)
        return E_OUTOFMEMORY;
    lock_acquire(&engine->store_lock);
    HRESULT hr = commit_changes(engine, file->job, &changes);
    lock_release(&engine->store_lock);
    if (SUCCEEDED(hr))
        end_old_transfers(engine, &changes);
    mem_free(change.url);
    return hr;
}

static bool begins_with(const char16_t *text, const char16_t *prefix, size_t length)
{
    return utf16_length_within(text, length) >= length && memcmp(text, prefix, length * sizeof *text) == 0;
}

/* Returns new; NULL when there is no memory. */
static char16_t *join(const char16_t *head, const char16_t *tail)
{
    size_t head_length = utf16_length(head), tail_length = utf16_length(tail);
    char16_t *text = mem_alloc((head_length + tail_length + 1) * sizeof *text);
    if (!text)
        return NULL;
    memcpy(text, head, head_length * sizeof *text);
    memcpy(text + head_length, tail, (tail_length + 1) * sizeof *text);
    return text;
}

static HRESULT check_state(struct engine *engine, struct job *job)
{
    struct job_facts facts;
    lock_acquire(&engine->model_lock);
    HRESULT hr = engine_decide(engine, job, JOB_EVENT_CHANGE, NULL, &facts)->answer;
    lock_release(&engine->model_lock);
    return hr;
}

/* Files and their URLs change under the store lock only. */
static HRESULT plan_changes(struct job *job, const char16_t *old_prefix, const char16_t *new_prefix,
                            struct source_changes *changes)
{
    size_t length = utf16_length(old_prefix);
    changes->items = mem_alloc(job->file_count * sizeof *changes->items);
    if (!changes->items)
        return E_OUTOFMEMORY;
    for (size_t i = 0; i < job->file_count; i++) {
        struct job_file *file = job->files[i];
        if (!begins_with(file->url, old_prefix, length))
            continue;
        char16_t *url = join(new_prefix, file->url + length);
        if (!url)
            return E_OUTOFMEMORY;
        changes->items[changes->count++] = (struct source_change){file, url, false};
        if (FAILED(check_url(url)))
            return E_INVALIDARG;
    }
    return changes->count ? S_OK : S_FALSE;
}

HRESULT job_replace_url_prefix(struct job *job, const char16_t *old_prefix, const char16_t *new_prefix)
{
    struct engine *engine = job->engine;
    struct source_changes changes = {0};
    if (!old_prefix || !old_prefix[0] || !new_prefix ||
        utf16_length_within(new_prefix, URL_MAX_LENGTH) > URL_MAX_LENGTH)
        return E_INVALIDARG;
    lock_acquire(&engine->store_lock);
    HRESULT hr = check_state(engine, job); /* also where nothing would change */
    if (SUCCEEDED(hr))
        hr = plan_changes(job, old_prefix, new_prefix, &changes);
    if (hr == S_OK)
        hr = commit_changes(engine, job, &changes);
    lock_release(&engine->store_lock);
    if (hr == S_OK)
        end_old_transfers(engine, &changes);
    free_changes(&changes);
    return hr;
}

/* ---- Redirects that are to be reported ---- */

void remote_name_note(struct engine *engine, struct job_file *file, const struct transfer *transfer)
{
    const char16_t *url = transfer->result.details.url;
    if (!url || !transfer->options || transfer->options->redirect_policy != HTTP_REDIRECT_REPORT ||
        FAILED(check_url(url)))
        return;
    char16_t *copy = utf16_duplicate(url);
    if (!copy)
        return;
    if (!file->moved_to) {
        job_addref(file->job);
        file->next_moved = engine->moved;
        engine->moved = file;
    }
    mem_free(file->moved_to);
    file->moved_to = copy;
    file->moved_source = file->source;
    signal_set(&engine->signal);
}

/* NULL when there is none. Its job is held. */
static struct job_file *take_moved(struct engine *engine, char16_t **url, uint32_t *source)
{
    lock_acquire(&engine->model_lock);
    struct job_file *file = engine->moved;
    if (file) {
        engine->moved = file->next_moved;
        *url = file->moved_to;
        *source = file->moved_source;
        file->moved_to = NULL;
    }
    lock_release(&engine->model_lock);
    return file;
}

void remote_name_step(struct engine *engine)
{
    struct source_change change = {.is_report = true};
    struct source_changes changes = {&change, 1};
    uint32_t source;
    while ((change.file = take_moved(engine, &change.url, &source)) != NULL) {
        struct job *job = change.file->job;
        lock_acquire(&engine->store_lock);
        bool is_current = job->is_listed && source == change.file->source;
        HRESULT hr = is_current ? commit_changes(engine, job, &changes) : S_OK;
        lock_release(&engine->store_lock);
        if (FAILED(hr))
            log_line(LOG_WARN, LOG_CORE, L"file %u keeps the URL that it was given (%08lX)", change.file->number,
                     (unsigned long)hr);
        mem_free(change.url);
        change.url = NULL;
        job_release(job);
    }
}
