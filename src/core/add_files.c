/* Adding files: everything is checked before anything changes, and one transaction takes all or none. */
#include "deliveryoptimizationerrors.h"
#include "engine_private.h"
#include "local_path.h"
#include "log.h"
#include "memory.h"
#include "url.h"
#include "utf16.h"

#include <string.h>
#include <wchar.h>

bool engine_takes_local_name(const struct engine *engine, const char16_t *path)
{
    enum local_path_kind kind = local_path_classify(path);
    return kind == LOCAL_PATH_DRIVE || (kind == LOCAL_PATH_UNC && engine->env.settings->allow_unc);
}

static HRESULT check_spec(const struct engine *engine, const struct file_spec *spec)
{
    struct url_view url;
    if (!spec->url || !url_parse(spec->url, &url))
        return E_INVALIDARG;
    if (spec->local_path && !engine_takes_local_name(engine, spec->local_path))
        return E_INVALIDARG;
    if (spec->file_id &&
        (!spec->file_id[0] || utf16_length_within(spec->file_id, QUEUE_FILE_ID_MAX) > QUEUE_FILE_ID_MAX))
        return E_INVALIDARG;
    return range_layout_check(spec->ranges, spec->range_count);
}

/* A new file that belongs to no list yet. */
static HRESULT make_file(struct job *job, const struct file_spec *spec, struct job_file **out)
{
    HRESULT hr = check_spec(job->engine, spec);
    if (FAILED(hr))
        return hr;
    char16_t *path = spec->local_path ? local_path_normalise(spec->local_path) : utf16_duplicate(u"");
    if (!path)
        return E_OUTOFMEMORY;
    struct file_row row = {.file_id = spec->file_id,
                           .url = spec->url,
                           .local_path = path,
                           .declared_size = spec->declared_size,
                           .wanted = spec->ranges,
                           .wanted_count = spec->range_count};
    *out = job_file_new(job, &row);
    mem_free(path);
    return *out ? S_OK : E_OUTOFMEMORY;
}

/* A file id that nobody named is the URL; when that is taken, the file's number makes it unique. */
static HRESULT choose_file_id(struct job *job, struct job_file *file)
{
    if (file->file_id)
        return string_table_find(&job->file_ids, file->file_id) ? E_INVALIDARG : S_OK;
    for (uint32_t suffix = file->number; string_table_find(&job->file_ids, job_file_key(file)); suffix++) {
        size_t length = utf16_length(file->url);
        char16_t *id = mem_alloc((length + 16) * sizeof *id);
        if (!id)
            return E_OUTOFMEMORY;
        (void)swprintf(id, length + 16, L"%ls (%u)", file->url, suffix + 1);
        mem_free(file->file_id);
        file->file_id = id;
    }
    return S_OK;
}

HRESULT engine_add_names(struct engine *engine, struct job_file *file)
{
    struct job *job = file->job;
    HRESULT hr = choose_file_id(job, file);
    if (FAILED(hr))
        return hr;
    if (file->status != FILE_DELIVERED && string_table_find(&engine->local_names, file->local_path))
        return E_INVALIDARG;
    hr = string_table_insert(&job->file_ids, job_file_key(file), file);
    if (FAILED(hr) || !file->local_path[0])
        return hr;
    hr = string_table_insert(&engine->local_names, file->local_path, file);
    if (FAILED(hr))
        string_table_remove(&job->file_ids, job_file_key(file));
    return hr;
}

static void drop_name(struct engine *engine, struct job_file *file)
{
    if (string_table_find(&engine->local_names, file->local_path) == file)
        string_table_remove(&engine->local_names, file->local_path);
}

void engine_drop_names(struct engine *engine, struct job *job)
{
    for (size_t i = 0; i < job->file_count; i++)
        drop_name(engine, job->files[i]);
}

static HRESULT write_files(struct engine *engine, struct job *job, const struct job_facts *facts,
                           struct job_file *const *files, size_t count) REQUIRES(engine->store_lock)
{
    HRESULT hr = queue_store_begin(engine->store);
    if (FAILED(hr))
        return hr;
    for (size_t i = 0; i < count && SUCCEEDED(hr); i++) {
        struct file_row row;
        job_file_make_row(files[i], &row);
        hr = queue_store_insert_file(engine->store, &row);
    }
    if (SUCCEEDED(hr)) {
        struct job_row row;
        job_make_row(job, facts, &row);
        hr = queue_store_update_job(engine->store, &row);
    }
    if (SUCCEEDED(hr))
        return queue_store_commit(engine->store);
    queue_store_rollback(engine->store);
    return hr;
}

/* Names first (only verbs under the store lock look at them), then the transaction, then the model. */
static HRESULT add_checked(struct engine *engine, struct job *job, struct job_file **files, size_t count)
    REQUIRES(engine->store_lock)
{
    struct job_facts facts;
    lock_acquire(&engine->model_lock);
    const struct job_transition *transition = engine_decide(engine, job, JOB_EVENT_ADD_FILES, NULL, &facts);
    HRESULT hr = transition->answer;
    if (SUCCEEDED(hr) && !job_reserve_files(job, count))
        hr = E_OUTOFMEMORY;
    uint64_t number = job_next_number(job);
    if (SUCCEEDED(hr) && count > QUEUE_FILE_NUMBER_MAX + 1 - number)
        hr = QUEUE_INCOMPLETE_ERROR; /* only a damaged queue file has such numbers */
    lock_release(&engine->model_lock);
    size_t named = 0;
    for (; named < count && SUCCEEDED(hr); named++) {
        files[named]->number = (uint32_t)(number + named);
        hr = engine_add_names(engine, files[named]);
        if (FAILED(hr))
            break;
    }
    if (SUCCEEDED(hr))
        hr = write_files(engine, job, &facts, files, count);
    if (FAILED(hr)) {
        while (named-- > 0) {
            string_table_remove(&job->file_ids, job_file_key(files[named]));
            drop_name(engine, files[named]);
        }
        return hr;
    }
    lock_acquire(&engine->model_lock);
    for (size_t i = 0; i < count; i++)
        job_append_file(job, files[i]);
    engine_apply(engine, job, transition, &facts);
    lock_release(&engine->model_lock);
    return S_OK;
}

/* Files without a name are passed over. Which directories were meant is noted, so that others are not taken for them later. */
static HRESULT check_targets(struct engine *engine, struct job_file *const *files, size_t count)
{
    const char16_t **paths = mem_alloc(count * sizeof(char16_t *));
    uint64_t *directories = mem_alloc(count * sizeof(*directories));
    HRESULT hr = E_OUTOFMEMORY;
    size_t named = 0, failed = 0;
    if (!paths || !directories)
        goto free_both;
    for (size_t i = 0; i < count; i++) {
        if (files[i]->local_path[0])
            paths[named++] = files[i]->local_path;
    }
    struct file_ops *ops = engine->env.file_ops;
    hr = ops->check_targets(ops, paths, named, directories, &failed);
    if (FAILED(hr))
        log_failure(LOG_CORE, hr, L"cannot write to %ls", paths[failed]);
    for (size_t i = 0, next = 0; i < count && SUCCEEDED(hr); i++) {
        if (files[i]->local_path[0])
            files[i]->directory = directories[next++];
    }
free_both:
    mem_free(directories);
    mem_free(paths);
    return hr;
}

HRESULT job_add_files(struct job *job, const struct file_spec *specs, size_t count)
{
    struct engine *engine = job->engine;
    if (count == 0)
        return E_INVALIDARG;
    struct job_file **files = mem_alloc(count * sizeof(struct job_file *));
    if (!files)
        return E_OUTOFMEMORY;
    HRESULT hr = job_state_is_dead(job_state(job)) ? DO_E_INVALID_STATE : S_OK;
    size_t made = 0;
    while (made < count && SUCCEEDED(hr)) {
        hr = make_file(job, &specs[made], &files[made]);
        if (SUCCEEDED(hr))
            made++;
    }
    if (SUCCEEDED(hr))
        hr = check_targets(engine, files, count);
    if (SUCCEEDED(hr)) {
        lock_acquire(&engine->store_lock);
        hr = add_checked(engine, job, files, count);
        lock_release(&engine->store_lock);
    }
    if (SUCCEEDED(hr)) {
        signal_set(&engine->signal);
    } else {
        while (made-- > 0)
            job_file_free(files[made]);
    }
    mem_free(files);
    return hr;
}
