/* The model to the store's rows, when the queue file turns out to be damaged while it is in use. The caller of queue_store_begin holds the store lock, under which
 * alone jobs come and go and change, but for the progress of their files; the context hides that from the analysis. */
#include "engine_private.h"

#include <string.h>

static HRESULT give_properties(const struct queue_loader *loader, const struct job *job, uint32_t file,
                               const struct property_set *set)
{
    HRESULT hr = S_OK;
    for (size_t i = 0; set && i < set->count && SUCCEEDED(hr); i++) {
        struct property_row row = {
            .file = file, .id = set->values[i].id, .value = set->values[i].bytes, .size = set->values[i].size};
        memcpy(row.job_id, job->id, sizeof row.job_id);
        if (!(property_info(row.id)->flags & PROPERTY_NOT_STORED))
            hr = loader->property(loader->context, &row);
    }
    return hr;
}

/* A file of which nothing has happened yet has no progress. */
static bool has_progress(struct engine *engine, const struct job_file *file)
{
    lock_acquire(&engine->model_lock);
    bool has_one = file->status != FILE_PENDING || file->work;
    lock_release(&engine->model_lock);
    return has_one;
}

static HRESULT give_file(struct engine *engine, const struct queue_loader *loader, struct job_file *file)
    REQUIRES(engine->store_lock)
{
    struct file_row row;
    struct checkpoint progress = {0};
    job_file_make_row(file, &row);
    if (!has_progress(engine, file))
        return loader->file(loader->context, &row, NULL);
    HRESULT hr = checkpoint_prepare_file(engine, file, &progress);
    if (SUCCEEDED(hr))
        hr = loader->file(loader->context, &row, checkpoint_row(&progress));
    checkpoint_settle(engine, &progress, true);
    return hr;
}

static HRESULT give_job(struct engine *engine, const struct queue_loader *loader, const struct job *job)
    REQUIRES(engine->store_lock)
{
    struct job_row row;
    job_make_row(job, &job->facts, &row);
    HRESULT hr = loader->job(loader->context, &row);
    if (SUCCEEDED(hr))
        hr = give_properties(loader, job, QUEUE_NO_FILE, job->properties);
    for (size_t i = 0; i < job->file_count && SUCCEEDED(hr); i++) {
        struct job_file *file = job->files[i];
        hr = give_file(engine, loader, file);
        if (SUCCEEDED(hr))
            hr = give_properties(loader, job, file->number, file->properties);
    }
    return hr;
}

HRESULT journal_give(void *context, const struct queue_loader *loader) NO_THREAD_SAFETY_ANALYSIS
{
    struct engine *engine = context;
    HRESULT hr = S_OK;
    for (struct job *job = engine->all.first; job && SUCCEEDED(hr); job = job->all.next)
        hr = give_job(engine, loader, job);
    return hr;
}
