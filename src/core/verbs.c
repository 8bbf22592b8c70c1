/* The verbs of engine.h that a client calls: jobs are made, found and changed. Complete stands in complete.c. */
#include "bits_error.h"
#include "deliveryoptimizationerrors.h"
#include "engine_private.h"
#include "guid_text.h"
#include "log.h"
#include "memory.h"
#include "random.h"
#include "utf16.h"

#include <string.h>

static HRESULT insert_job(struct engine *engine, const struct job_row *row, const struct property_value *values,
                          size_t count) REQUIRES(engine->store_lock)
{
    HRESULT hr = queue_store_begin(engine->store);
    if (FAILED(hr))
        return hr;
    hr = queue_store_insert_job(engine->store, row);
    if (SUCCEEDED(hr))
        hr = engine_put_properties(engine, row->id, QUEUE_NO_FILE, values, count);
    if (SUCCEEDED(hr))
        return queue_store_commit(engine->store);
    queue_store_rollback(engine->store);
    return hr;
}

static HRESULT add_new_job(struct engine *engine, struct job_row *row, const struct caller *owner, struct job **out)
{
    struct job *job = NULL;
    struct owner_properties properties = {.storage = {{0}}};
    size_t count = engine_owner_properties(owner, &properties);
    lock_acquire(&engine->store_lock);
    row->sequence = engine->next_sequence;
    lock_acquire(&engine->model_lock);
    bool has_room = engine_reserve_job(engine);
    lock_release(&engine->model_lock);
    if (has_room)
        job = job_new(engine, row);
    HRESULT hr = job ? property_set_alter(NULL, properties.values, count, &job->properties) : E_OUTOFMEMORY;
    if (SUCCEEDED(hr))
        hr = insert_job(engine, row, properties.values, count);
    if (SUCCEEDED(hr)) {
        engine->next_sequence++;
        lock_acquire(&engine->model_lock);
        engine_list_job(engine, job);
        lock_release(&engine->model_lock);
        *out = job;
    } else if (job) {
        job_release(job);
    }
    lock_release(&engine->store_lock);
    return hr;
}

HRESULT engine_create_job(struct engine *engine, const char16_t *name, struct job **out)
{
    struct caller caller;
    *out = NULL;
    if (!name || utf16_length_within(name, JOB_NAME_MAX) > JOB_NAME_MAX)
        return E_INVALIDARG;
    HRESULT hr = engine_caller(engine, &caller);
    if (FAILED(hr))
        return hr;
    uint64_t utc = engine->env.clock->utc(engine->env.clock);
    struct job_row row = {.owner = caller.sid,
                          .display_name = name,
                          .description = u"",
                          .state = JOB_SUSPENDED,
                          .priority = JOB_NORMAL,
                          .notify_flags = NOTIFY_FLAG_TRANSFERRED | NOTIFY_FLAG_ERROR,
                          .creation_time = utc,
                          .modification_time = utc,
                          .error_file = JOB_ERROR_NO_FILE};
    hr = random_guid(row.id);
    if (SUCCEEDED(hr))
        hr = add_new_job(engine, &row, &caller, out);
    if (FAILED(hr))
        return hr;
    char16_t id[GUID_TEXT_LENGTH + 1];
    guid_text_format(row.id, id);
    log_line(LOG_INFO, LOG_CORE, L"job %ls created", id);
    return S_OK;
}

HRESULT engine_find_job(struct engine *engine, const uint8_t id[16], struct job **out)
{
    struct caller caller;
    *out = NULL;
    HRESULT hr = engine_caller(engine, &caller);
    if (FAILED(hr))
        return hr;
    lock_acquire(&engine->model_lock);
    struct job *job = engine_job_by_id(engine, id);
    if (!job || job->generation != JOB_CLASSIC) {
        hr = DO_E_JOB_NOT_FOUND;
    } else if (!engine_may_use(engine, job, &caller)) {
        hr = E_ACCESSDENIED;
    } else {
        job_addref(job);
        *out = job;
    }
    lock_release(&engine->model_lock);
    return hr;
}

HRESULT engine_list_jobs(struct engine *engine, bool all_users, struct job ***jobs, size_t *count)
{
    struct caller caller;
    *jobs = NULL;
    *count = 0;
    HRESULT hr = engine_caller(engine, &caller);
    if (FAILED(hr))
        return hr;
    if (all_users && !caller.is_administrator)
        return E_ACCESSDENIED;
    lock_acquire(&engine->model_lock);
    struct job **list = mem_alloc(engine->job_count * sizeof(struct job *));
    for (struct job *job = engine->all.first; job && list; job = job->all.next) {
        bool is_own = engine_owns(engine, job, &caller);
        if (job->generation != JOB_CLASSIC || !(all_users || is_own))
            continue;
        job_addref(job);
        list[(*count)++] = job;
    }
    lock_release(&engine->model_lock);
    *jobs = list;
    return list ? S_OK : E_OUTOFMEMORY;
}

HRESULT job_suspend(struct job *job)
{
    return engine_change(job->engine, job, JOB_EVENT_SUSPEND);
}

/* What a client forgot to say; the rest shows when the file's turn comes. */
static HRESULT check_complete(const struct job *job)
{
    if (job->file_count == 0)
        return DO_E_JOB_EMPTY;
    for (size_t i = 0; i < job->file_count; i++) {
        HRESULT hr = job->files[i]->status == FILE_PENDING ? job_file_obstacle(job->files[i]) : S_OK;
        if (hr == DO_E_LOCALPATH_NOT_SET || hr == DO_E_INTEGRITYCHECKINFO_UNSPECIFIED)
            return hr;
    }
    return S_OK;
}

HRESULT job_resume(struct job *job)
{
    struct engine *engine = job->engine;
    struct job_facts facts;
    lock_acquire(&engine->model_lock);
    HRESULT hr = engine_decide(engine, job, JOB_EVENT_RESUME, NULL, &facts)->answer;
    if (SUCCEEDED(hr))
        hr = check_complete(job);
    lock_release(&engine->model_lock);
    return FAILED(hr) ? hr : engine_change(engine, job, JOB_EVENT_RESUME);
}

HRESULT job_cancel(struct job *job)
{
    struct engine *engine = job->engine;
    HRESULT hr = engine_change(engine, job, JOB_EVENT_CANCEL);
    if (FAILED(hr))
        return hr;
    return complete_sweep(engine, job) ? S_OK : BG_S_UNABLE_TO_DELETE_FILES;
}

HRESULT job_set_notify_target(struct job *job, struct notify_target *target)
{
    struct engine *engine = job->engine;
    struct caller caller;
    struct job_facts facts;
    HRESULT hr = engine_caller(engine, &caller);
    if (FAILED(hr))
        return hr;
    lock_acquire(&engine->model_lock);
    hr = engine_may_use(engine, job, &caller) ? engine_decide(engine, job, JOB_EVENT_CHANGE, NULL, &facts)->answer
                                              : E_ACCESSDENIED;
    if (SUCCEEDED(hr)) {
        struct notify_target *former = job->notify.target;
        if (target)
            notify_target_addref(target);
        if (former)
            atomic_store(&former->is_withdrawn, true);
        job->notify.target = target;
        job->modified_at = facts.modification_time;
        notify_target_changed(engine, job);
        target = former;
    } else {
        target = NULL;
    }
    lock_release(&engine->model_lock);
    notify_target_release(target);
    signal_set(&engine->signal);
    return hr;
}
