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
        hr = loader->property(loader->context, &row);
    }
    return hr;
}

/* Parts of files come with their next checkpoint. False: there is no row to give now. */
static bool make_progress_row(struct engine *engine, struct job_file *file, struct file_progress_row *row)
{
    lock_acquire(&engine->model_lock);
    checkpoint_make_row(file, row);
    if (file->status == FILE_PENDING && file->work)
        checkpoint_mark(engine, file, engine->env.clock->now(engine->env.clock));
    lock_release(&engine->model_lock);
    return row->status != FILE_PENDING;
}

static HRESULT give_job(struct engine *engine, const struct queue_loader *loader, const struct job *job)
{
    struct job_row row;
    job_make_row(job, &job->facts, &row);
    HRESULT hr = loader->job(loader->context, &row);
    if (SUCCEEDED(hr))
        hr = give_properties(loader, job, QUEUE_NO_FILE, job->properties);
    for (size_t i = 0; i < job->file_count && SUCCEEDED(hr); i++) {
        struct job_file *file = job->files[i];
        struct file_row file_row;
        struct file_progress_row progress;
        job_file_make_row(file, &file_row);
        bool has_progress = make_progress_row(engine, file, &progress);
        hr = loader->file(loader->context, &file_row, has_progress ? &progress : NULL);
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
