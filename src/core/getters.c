/* The getters of engine.h: copies under the model lock. What never changes is read without it. */
#include "deliveryoptimizationerrors.h"
#include "engine_private.h"
#include "local_path.h"
#include "memory.h"
#include "utf16.h"

#include <string.h>

void job_id(struct job *job, uint8_t id[16])
{
    memcpy(id, job->id, sizeof job->id);
}

enum job_state job_state(struct job *job)
{
    lock_acquire(&job->engine->model_lock);
    enum job_state state = job->facts.state;
    lock_release(&job->engine->model_lock);
    return state;
}

struct job_progress job_progress(struct job *job)
{
    lock_acquire(&job->engine->model_lock);
    struct job_progress progress = {
        .bytes_total = job->sizes_unknown ? SIZE_UNKNOWN : job_bytes_total(job),
        .bytes_transferred = job_bytes(job),
        .files_total = (uint32_t)job->file_count,
        .files_transferred = job->files_transferred,
    };
    lock_release(&job->engine->model_lock);
    return progress;
}

struct job_times job_times(struct job *job)
{
    struct clock *clock = job->engine->env.clock;
    lock_acquire(&job->engine->model_lock);
    if (job_state_is_active(job->facts.state))
        job_see_bytes(job, clock->utc(clock));
    struct job_times times = {job->creation_time, job->facts.modification_time, job->facts.transfer_completion_time};
    if (job->modified_at > times.modification)
        times.modification = job->modified_at;
    lock_release(&job->engine->model_lock);
    return times;
}

uint32_t job_notify_flags(struct job *job)
{
    lock_acquire(&job->engine->model_lock);
    uint32_t flags = job->facts.notify_flags;
    lock_release(&job->engine->model_lock);
    return flags;
}

bool job_error(struct job *job, struct job_error *error)
{
    lock_acquire(&job->engine->model_lock);
    *error = job->facts.error;
    lock_release(&job->engine->model_lock);
    return error->code != S_OK;
}

bool job_file_failed_over_https(struct job_file *file)
{
    struct engine *engine = file->job->engine;
    lock_acquire(&engine->model_lock);
    bool failed_over_https = file->failed_over_https;
    lock_release(&engine->model_lock);
    return failed_over_https;
}

static HRESULT copy_text(struct engine *engine, char16_t *const *text, char16_t **copy)
{
    lock_acquire(&engine->model_lock);
    *copy = utf16_duplicate(*text);
    lock_release(&engine->model_lock);
    return *copy ? S_OK : E_OUTOFMEMORY;
}

HRESULT job_display_name(struct job *job, char16_t **name)
{
    return copy_text(job->engine, &job->display_name, name);
}

HRESULT job_description(struct job *job, char16_t **description)
{
    return copy_text(job->engine, &job->description, description);
}

HRESULT job_owner(struct job *job, char16_t **sid)
{
    return copy_text(job->engine, &job->owner, sid);
}

enum job_priority job_priority(struct job *job)
{
    lock_acquire(&job->engine->model_lock);
    enum job_priority priority = job->facts.priority;
    lock_release(&job->engine->model_lock);
    return priority;
}

uint32_t job_no_progress_timeout(struct job *job)
{
    lock_acquire(&job->engine->model_lock);
    uint64_t timeout = progress_timeout(job);
    lock_release(&job->engine->model_lock);
    return timeout == CLOCK_NEVER ? UINT32_MAX : (uint32_t)(timeout / 1000);
}

uint32_t job_error_count(struct job *job)
{
    lock_acquire(&job->engine->model_lock);
    uint32_t count = job->facts.error_count;
    lock_release(&job->engine->model_lock);
    return count;
}

struct notify_target *job_notify_target(struct job *job)
{
    lock_acquire(&job->engine->model_lock);
    struct notify_target *target = job->notify.target;
    if (target)
        notify_target_addref(target);
    lock_release(&job->engine->model_lock);
    return target;
}

size_t job_file_count(struct job *job)
{
    lock_acquire(&job->engine->model_lock);
    size_t count = job->file_count;
    lock_release(&job->engine->model_lock);
    return count;
}

struct job_file *job_file_at(struct job *job, size_t place)
{
    lock_acquire(&job->engine->model_lock);
    struct job_file *file = job->files[place];
    lock_release(&job->engine->model_lock);
    return file;
}

struct job_file *job_file_numbered(struct job *job, uint32_t number)
{
    lock_acquire(&job->engine->model_lock);
    struct job_file *file = job_find_file(job, number);
    lock_release(&job->engine->model_lock);
    return file;
}

struct job *job_file_job(struct job_file *file)
{
    return file->job;
}

struct file_progress job_file_progress(struct job_file *file)
{
    lock_acquire(&file->job->engine->model_lock);
    struct file_progress progress = {file->local_size, job_file_bytes(file), file->status == FILE_DELIVERED};
    lock_release(&file->job->engine->model_lock);
    return progress;
}

HRESULT job_file_url(struct job_file *file, char16_t **url)
{
    return copy_text(file->job->engine, &file->url, url);
}

HRESULT job_file_local_path(struct job_file *file, char16_t **local_path)
{
    return copy_text(file->job->engine, &file->local_path, local_path);
}

HRESULT job_file_temporary_path(struct job_file *file, char16_t **path)
{
    struct engine *engine = file->job->engine;
    HRESULT hr = DO_E_LOCALPATH_NOT_SET;
    *path = NULL;
    lock_acquire(&engine->model_lock);
    if (file->local_path[0]) {
        *path = local_path_temporary(file->local_path, file->job->id, file->number);
        hr = *path ? S_OK : E_OUTOFMEMORY;
    }
    lock_release(&engine->model_lock);
    return hr;
}

HRESULT job_file_response_headers(struct job_file *file, char16_t **headers)
{
    struct engine *engine = file->job->engine;
    lock_acquire(&engine->model_lock);
    *headers = utf16_duplicate(file->headers ? file->headers : u"");
    lock_release(&engine->model_lock);
    return *headers ? S_OK : E_OUTOFMEMORY;
}

static enum file_activity activity_of(const struct job_file *file)
{
    if (file->status != FILE_PENDING)
        return FILE_COMPLETE;
    enum job_state state = file->job->facts.state;
    return job_state_is_active(state) ? FILE_DOWNLOADING : FILE_PAUSED;
}

static void fill_stats(const struct job_file *file, struct file_stats *stats)
{
    *stats = (struct file_stats){
        .remote_size = file->remote_total != SIZE_UNKNOWN ? file->remote_total : file->declared_size,
        .bytes_from_http = file->traffic.bytes,
        .http_answers = file->traffic.answers,
        .busy_ms = file->traffic.busy_ms,
        .activity = activity_of(file),
        .download_mode = file->job->engine->env.settings->download_mode,
        .is_background = file->job->facts.priority != JOB_FOREGROUND,
    };
    if (!file->work || !file->work->flights)
        return;
    struct clock *clock = file->job->engine->env.clock;
    stats->busy_ms += clock->now(clock) - file->traffic.busy_since;
    for (struct flight *flight = file->work->flights; flight; flight = flight->next) {
        stats->bytes_from_http += atomic_load(&flight->transfer.received) - flight->bytes_counted;
        stats->http_answers += atomic_load(&flight->transfer.answers) - flight->answers_counted;
    }
}

HRESULT job_file_stats(struct job_file *file, struct file_stats *stats, char16_t **file_id, char16_t **url)
{
    struct engine *engine = file->job->engine;
    lock_acquire(&engine->model_lock);
    fill_stats(file, stats);
    *file_id = utf16_duplicate(job_file_key(file));
    *url = utf16_duplicate(file->url);
    lock_release(&engine->model_lock);
    if (*file_id && *url)
        return S_OK;
    mem_free(*file_id);
    mem_free(*url);
    *file_id = *url = NULL;
    return E_OUTOFMEMORY;
}

HRESULT job_file_ranges(struct job_file *file, struct wanted_range **ranges, uint32_t *count)
{
    *ranges = NULL;
    *count = 0;
    if (file->wanted_count == 0)
        return S_OK;
    *ranges = mem_alloc(file->wanted_count * sizeof **ranges);
    if (!*ranges)
        return E_OUTOFMEMORY;
    memcpy(*ranges, file->wanted, file->wanted_count * sizeof **ranges);
    *count = file->wanted_count;
    return S_OK;
}
