/* How a file is to be fetched: where its bytes go and what they must be. Only while its job rests. */
#include "deliveryoptimizationerrors.h"
#include "engine_private.h"
#include "local_path.h"
#include "memory.h"

/* Its bytes are being made durable, or just were: it will be transferred as it is. */
static bool is_ending(const struct job_file *file)
{
    return file->is_finishing && sink_may_finish(file->work->sink, file->finish_generation);
}

static bool is_resting(const struct job_file *file, const struct job_facts *facts)
{
    return (facts->state == JOB_SUSPENDED || facts->state == JOB_ERROR) && file->status == FILE_PENDING &&
           !is_ending(file);
}

/* May the file be set up now? Fills `facts` for the job's row. */
static HRESULT decide(struct engine *engine, struct job_file *file, const struct job_transition **transition,
                      struct job_facts *facts) REQUIRES(engine->model_lock)
{
    *transition = engine_decide(engine, file->job, JOB_EVENT_CHANGE, NULL, facts);
    return FAILED((*transition)->answer) || !is_resting(file, facts) ? DO_E_INVALID_STATE : S_OK;
}

/* The row of the file, altered, and that of its job. */
static HRESULT write_file(struct engine *engine, struct job *job, const struct job_facts *facts,
                          const struct file_row *file_row) REQUIRES(engine->store_lock)
{
    struct job_row row;
    job_make_row(job, facts, &row);
    HRESULT hr = queue_store_begin(engine->store);
    if (FAILED(hr))
        return hr;
    hr = queue_store_update_file(engine->store, file_row);
    if (SUCCEEDED(hr))
        hr = queue_store_update_job(engine->store, &row);
    if (SUCCEEDED(hr))
        return queue_store_commit(engine->store);
    queue_store_rollback(engine->store);
    return hr;
}

/* ---- The path ---- */

/* Takes `path` when it succeeds. */
static HRESULT commit_path(struct engine *engine, struct job_file *file, char16_t *path, uint64_t directory)
    REQUIRES(engine->store_lock)
{
    const struct job_transition *transition;
    struct job_facts facts;
    struct file_row row;
    lock_acquire(&engine->model_lock);
    HRESULT hr = decide(engine, file, &transition, &facts);
    if (SUCCEEDED(hr) && (file->local_path[0] || file->stream))
        hr = DO_E_FILE_DOWNLOADSINK_ALREADY_SET;
    job_file_make_row(file, &row);
    lock_release(&engine->model_lock);
    if (FAILED(hr))
        return hr;
    hr = string_table_insert(&engine->local_names, path, file);
    if (hr != S_OK)
        return FAILED(hr) ? hr : E_INVALIDARG; /* a file of a live job has it */
    row.local_path = path;
    hr = write_file(engine, file->job, &facts, &row);
    if (FAILED(hr)) {
        string_table_remove(&engine->local_names, path);
        return hr;
    }
    lock_acquire(&engine->model_lock);
    mem_free(file->local_path);
    file->local_path = path;
    file->directory = directory;
    engine_apply(engine, file->job, transition, &facts);
    lock_release(&engine->model_lock);
    return S_OK;
}

HRESULT job_file_set_local_path(struct job_file *file, const char16_t *path)
{
    struct engine *engine = file->job->engine;
    if (!path || !engine_takes_local_name(engine, path))
        return E_INVALIDARG;
    char16_t *normal = local_path_normalise(path);
    if (!normal)
        return E_OUTOFMEMORY;
    size_t failed;
    const char16_t *const paths[] = {normal};
    struct file_ops *ops = engine->env.file_ops;
    uint64_t directory = 0;
    HRESULT hr = ops->check_targets(ops, paths, 1, &directory, &failed);
    if (SUCCEEDED(hr)) {
        lock_acquire(&engine->store_lock);
        hr = commit_path(engine, file, normal, directory);
        lock_release(&engine->store_lock);
    }
    if (FAILED(hr))
        mem_free(normal);
    return hr;
}

/* ---- The stream: in memory only, for it goes with its process ---- */

/* *released is the former one. */
static HRESULT commit_stream(struct engine *engine, struct job_file *file, struct sink_stream *stream,
                             struct sink_stream **released) REQUIRES(engine->store_lock)
{
    const struct job_transition *transition;
    struct job_facts facts;
    lock_acquire(&engine->model_lock);
    HRESULT hr = decide(engine, file, &transition, &facts);
    if (SUCCEEDED(hr) && file->local_path[0])
        hr = DO_E_FILE_DOWNLOADSINK_ALREADY_SET;
    lock_release(&engine->model_lock);
    if (SUCCEEDED(hr))
        hr = engine_commit_job(engine, file->job, &facts); /* it was modified */
    if (FAILED(hr))
        return hr;
    lock_acquire(&engine->model_lock);
    *released = file->stream;
    sink_stream_addref(stream);
    file->stream = stream;
    file->is_stream_spent = false;
    if (file->work)
        file->work->is_broken = true; /* a new stream begins with the first byte */
    engine_apply(engine, file->job, transition, &facts);
    lock_release(&engine->model_lock);
    return S_OK;
}

HRESULT job_file_set_stream(struct job_file *file, struct sink_stream *stream)
{
    struct engine *engine = file->job->engine;
    struct sink_stream *former = NULL;
    lock_acquire(&engine->store_lock);
    HRESULT hr = commit_stream(engine, file, stream, &former);
    lock_release(&engine->store_lock);
    sink_stream_release(former);
    return hr;
}

struct sink_stream *job_file_stream(struct job_file *file)
{
    struct engine *engine = file->job->engine;
    lock_acquire(&engine->model_lock);
    struct sink_stream *stream = file->stream;
    if (stream)
        sink_stream_addref(stream);
    lock_release(&engine->model_lock);
    return stream;
}

/* ---- The size ---- */

/* A server that told another size will be asked again. The row must not claim what there was any more when the file is made anew, so it goes with the next step, before
 * transfers are handed out. */
static void apply_size(struct engine *engine, struct job_file *file, uint64_t size, uint64_t local_size)
    REQUIRES(engine->model_lock)
{
    file->declared_size = size;
    if (file->remote_total == size)
        return;
    if (file->work) {
        file->work->is_broken = true;
        checkpoint_mark(engine, file, engine->env.clock->now(engine->env.clock));
        return;
    }
    job_file_expect_size(file, local_size);
}

static HRESULT commit_size(struct engine *engine, struct job_file *file, uint64_t size) REQUIRES(engine->store_lock)
{
    const struct job_transition *transition;
    struct job_facts facts;
    struct file_row row;
    uint64_t local_size;
    lock_acquire(&engine->model_lock);
    HRESULT hr = decide(engine, file, &transition, &facts);
    job_file_make_row(file, &row);
    lock_release(&engine->model_lock);
    if (SUCCEEDED(hr))
        hr = range_layout_local_size(file->wanted, file->wanted_count, size, &local_size);
    row.declared_size = size;
    if (SUCCEEDED(hr))
        hr = write_file(engine, file->job, &facts, &row);
    if (FAILED(hr))
        return hr;
    lock_acquire(&engine->model_lock);
    apply_size(engine, file, size, local_size);
    engine_apply(engine, file->job, transition, &facts);
    lock_release(&engine->model_lock);
    return S_OK;
}

HRESULT job_file_set_remote_size(struct job_file *file, uint64_t size)
{
    struct engine *engine = file->job->engine;
    lock_acquire(&engine->store_lock);
    HRESULT hr = commit_size(engine, file, size);
    lock_release(&engine->store_lock);
    return hr;
}

uint64_t job_file_remote_size(struct job_file *file)
{
    struct engine *engine = file->job->engine;
    lock_acquire(&engine->model_lock);
    uint64_t size = file->declared_size != SIZE_UNKNOWN ? file->declared_size : file->remote_total;
    lock_release(&engine->model_lock);
    return size;
}

/* ---- What is to be checked ---- */

HRESULT job_file_set_up(struct job_file *file, const struct property_value *values, size_t count)
{
    return engine_alter_properties(
        file->job, (struct job_change){.file = file, .values = values, .value_count = count, .suits = is_resting});
}

struct job_file *job_file_by_id(struct job *job, const char16_t *file_id)
{
    struct engine *engine = job->engine;
    lock_acquire(&engine->store_lock);
    struct job_file *file = string_table_find(&job->file_ids, file_id);
    lock_release(&engine->store_lock);
    return file;
}
