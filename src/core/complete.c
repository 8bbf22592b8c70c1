/* Complete, in three steps: the intent is committed; files get their final names with no lock held; the outcome is committed. While the intent stands, other
 * changing calls are refused, so this thread owns the job. A host that finds an intent finishes it. */
#include "bits_error.h"
#include "deliveryoptimizationerrors.h"
#include "engine_private.h"
#include "local_path.h"
#include "log.h"
#include "memory.h"

#include <string.h>

#define FILE_NOT_FOUND  HRESULT_OF_WIN32(ERROR_FILE_NOT_FOUND)
#define FILE_CHANGED    HRESULT_OF_WIN32(ERROR_FILE_INVALID)
#define FILE_REPLACED   HRESULT_OF_WIN32(ERROR_FILE_EXISTS)
#define OTHER_DIRECTORY HRESULT_OF_WIN32(ERROR_DIRECTORY)

/* Its bytes are nowhere: only fetching it again can help. */
static bool is_lost_after(HRESULT hr)
{
    return hr == FILE_NOT_FOUND || hr == FILE_CHANGED || hr == FILE_REPLACED;
}

/* Somebody may have put another directory, or a link to one, in the place of the one that was checked. The next try takes it for what is wanted. */
static HRESULT take_other_directory(struct engine *engine, struct job_file *file)
{
    lock_acquire(&engine->model_lock);
    file->directory = 0;
    lock_release(&engine->model_lock);
    return log_failure(LOG_CORE, OTHER_DIRECTORY, L"the folder of %ls is another one now", file->local_path);
}

static HRESULT name_file(struct engine *engine, struct job_file *file, struct deliveries **shared)
{
    struct file_ops *ops = engine->env.file_ops;
    char16_t *temporary = local_path_temporary(file->local_path, file->job->id, file->number);
    if (!temporary)
        return E_OUTOFMEMORY;
    lock_acquire(&engine->model_lock);
    const struct closed_file closed = {.directory = file->directory,
                                       .identity = file->temporary_identity,
                                       .size = file->local_size,
                                       .written_at = file->written_at};
    lock_release(&engine->model_lock);
    HRESULT hr = ops->deliver(ops, shared, temporary, file->local_path, &closed);
    mem_free(temporary);
    if (hr == OTHER_DIRECTORY && file->directory)
        return take_other_directory(engine, file);
    return FAILED(hr) ? log_failure(LOG_CORE, hr, L"cannot give %ls its name", file->local_path) : S_OK;
}

static HRESULT deliver_file(struct engine *engine, struct job_file *file, struct deliveries **shared)
{
    HRESULT hr = file->local_path[0] ? name_file(engine, file, shared) : S_OK; /* a stream has the others' bytes */
    if (FAILED(hr))
        return hr;
    lock_acquire(&engine->model_lock);
    job_file_set_status(file, FILE_DELIVERED);
    file->may_have_temporary = false;
    lock_release(&engine->model_lock);
    return S_OK;
}

typedef HRESULT (*deliver_one)(struct engine *engine, struct job_file *file, struct deliveries **shared);

/* The first failure ends it: what was delivered stays, the rest is for the next Complete. */
static HRESULT deliver_files(struct engine *engine, struct job *job, deliver_one deliver, struct job_error *error)
{
    struct deliveries *shared = NULL;
    HRESULT hr = S_OK;
    for (size_t i = 0; i < job->file_count && SUCCEEDED(hr); i++) {
        struct job_file *file = job->files[i];
        if (file->status != FILE_TRANSFERRED)
            continue;
        hr = deliver(engine, file, &shared);
        if (FAILED(hr))
            *error = (struct job_error){hr, JOB_ERROR_CONTEXT_LOCAL_FILE, file->number, S_OK};
    }
    engine->env.file_ops->end_deliveries(engine->env.file_ops, shared);
    return FAILED(hr) ? hr : S_OK;
}

/* The rows of the job and of its finished files, in one transaction. `lost` (may be NULL) is none any more. */
static HRESULT write_job(struct engine *engine, struct job *job, const struct job_facts *facts,
                         const struct job_file *lost) REQUIRES(engine->store_lock)
{
    struct job_row row;
    job_make_row(job, facts, &row);
    HRESULT hr = queue_store_begin(engine->store);
    if (FAILED(hr))
        return hr;
    hr = queue_store_update_job(engine->store, &row);
    for (size_t i = 0; i < job->file_count && SUCCEEDED(hr); i++) {
        const struct job_file *file = job->files[i];
        struct file_progress_row progress;
        lock_acquire(&engine->model_lock);
        checkpoint_make_row(file, &progress);
        lock_release(&engine->model_lock);
        if (progress.status != FILE_PENDING)
            hr = queue_store_put_progress(engine->store, &progress);
    }
    if (SUCCEEDED(hr) && lost)
        hr = validation_write_discard(engine, lost);
    if (SUCCEEDED(hr))
        return queue_store_commit(engine->store);
    queue_store_rollback(engine->store);
    return hr;
}

/* A host that has to end what this one began drops files that are not recorded as finished. */
HRESULT complete_write_intent(struct engine *engine, struct job *job, const struct job_facts *facts)
{
    return write_job(engine, job, facts, NULL);
}

/* The rows did not learn which files are out. A later change of the job would end the intent in the store, and with it the only trace of that. */
static void mark_delivered(struct engine *engine, struct job *job) REQUIRES(engine->model_lock)
{
    uint64_t due = engine->env.clock->now(engine->env.clock) + STORE_RETRY_MS;
    for (size_t i = 0; i < job->file_count; i++) {
        if (job->files[i]->status == FILE_DELIVERED)
            checkpoint_mark(engine, job->files[i], due);
    }
}

/* The intent is over. With an `event` the job changes by it, otherwise it is back in the state that it had. The rows say which files are out. When
 * the commit fails the intent stays in the store, and a new host would finish it: the client asked for that. `lost` (may be NULL) is a file whose bytes are
 * nowhere: it is to be fetched again. */
static HRESULT end_intent(struct engine *engine, struct job *job, const enum job_event *event,
                          const struct job_error *error, struct job_file *lost)
{
    static const struct job_transition back = {JOB_STATE_COUNT, S_OK, JOB_EFFECT_SCHEDULE | JOB_EFFECT_MODIFIED};
    lock_acquire(&engine->store_lock);
    lock_acquire(&engine->model_lock);
    struct job_facts facts = job->facts;
    const struct job_transition *transition = event ? engine_decide(engine, job, *event, error, &facts) : &back;
    facts.intent = JOB_INTENT_NONE;
    lock_release(&engine->model_lock);
    struct property_set *properties = NULL;
    HRESULT hr = lost ? validation_prepare_discard(engine, lost, &properties) : S_OK;
    if (SUCCEEDED(hr))
        hr = write_job(engine, job, &facts, lost);
    lock_acquire(&engine->model_lock);
    if (SUCCEEDED(hr)) {
        if (lost)
            validation_apply_discard(engine, lost, &properties);
        engine_apply(engine, job, transition, &facts);
    } else {
        facts = job->facts;
        facts.intent = JOB_INTENT_NONE;
        engine_apply(engine, job, &back, &facts);
        mark_delivered(engine, job);
    }
    lock_release(&engine->model_lock);
    lock_release(&engine->store_lock);
    mem_free(properties);
    signal_set(&engine->signal);
    return hr;
}

/* The same after a failure to deliver a file. */
static void end_undelivered(struct engine *engine, struct job *job, const enum job_event *event,
                            const struct job_error *error)
{
    struct job_file *lost = is_lost_after(error->code) ? job_find_file(job, error->file) : NULL;
    (void)end_intent(engine, job, event, error, lost);
}

static bool is_all_delivered(struct engine *engine, struct job *job)
{
    bool is_all = true;
    lock_acquire(&engine->model_lock);
    for (size_t i = 0; i < job->file_count; i++)
        is_all = is_all && job->files[i]->status == FILE_DELIVERED;
    lock_release(&engine->model_lock);
    return is_all;
}

static const enum job_event delivered = JOB_EVENT_DELIVERED;
static const enum job_event undeliverable = JOB_EVENT_UNDELIVERABLE;

HRESULT job_complete(struct job *job)
{
    struct engine *engine = job->engine;
    HRESULT hr = engine_change(engine, job, JOB_EVENT_COMPLETE);
    if (FAILED(hr))
        return hr;
    struct job_error error;
    hr = deliver_files(engine, job, deliver_file, &error);
    if (FAILED(hr)) {
        end_undelivered(engine, job, is_lost_after(hr) ? &undeliverable : NULL, &error);
        return hr;
    }
    hr = end_intent(engine, job, &delivered, NULL, NULL);
    if (FAILED(hr))
        return hr;
    bool is_partial = !is_all_delivered(engine, job);
    (void)complete_sweep(engine, job);
    return is_partial ? BG_S_PARTIAL_COMPLETE : S_OK;
}

/* ---- What is left over ---- */

/* Unless somebody else's file has taken its place. */
static HRESULT remove_own(struct file_ops *ops, const char16_t *temporary, uint64_t identity)
{
    uint64_t found = identity ? ops->identity_of(ops, temporary) : 0;
    if (found && found != identity) {
        log_line(LOG_WARN, LOG_CORE, L"%ls has been replaced, and stays", temporary);
        return S_FALSE;
    }
    HRESULT hr = ops->remove(ops, temporary);
    return FAILED(hr) ? log_failure(LOG_CORE, hr, L"cannot delete %ls", temporary) : hr;
}

static bool remove_temporary(struct engine *engine, struct job_file *file)
{
    lock_acquire(&engine->model_lock);
    bool has_one = file->status != FILE_DELIVERED && file->local_path[0] && job_file_may_have_temporary(file);
    uint64_t identity = file->temporary_identity;
    lock_release(&engine->model_lock);
    if (!has_one)
        return true;
    char16_t *temporary = local_path_temporary(file->local_path, file->job->id, file->number);
    if (!temporary)
        return false;
    HRESULT hr = remove_own(engine->env.file_ops, temporary, identity);
    mem_free(temporary);
    return SUCCEEDED(hr);
}

/* The job has no use for its client's stream any more. */
static void let_go_of_stream(struct engine *engine, struct job_file *file)
{
    lock_acquire(&engine->model_lock);
    struct sink_stream *stream = file->stream;
    file->stream = NULL;
    lock_release(&engine->model_lock);
    sink_stream_release(stream);
}

bool complete_sweep(struct engine *engine, struct job *job)
{
    bool is_clean = true;
    for (size_t i = 0; i < job->file_count; i++) {
        let_go_of_stream(engine, job->files[i]);
        is_clean = remove_temporary(engine, job->files[i]) && is_clean;
    }
    if (!is_clean)
        return false;
    lock_acquire(&engine->store_lock);
    if (SUCCEEDED(queue_store_begin(engine->store))) {
        if (SUCCEEDED(queue_store_delete_job(engine->store, job->id)))
            (void)queue_store_commit(engine->store);
        else
            queue_store_rollback(engine->store);
    }
    lock_release(&engine->store_lock);
    return true; /* rows that stayed are those of a dead job: the next host sweeps them */
}

/* ---- After a crash ---- */

/* The former host may have renamed the file already: then the temporary file is gone and the target is that file. */
static HRESULT recover_file(struct engine *engine, struct job_file *file, struct deliveries **shared)
{
    HRESULT hr = deliver_file(engine, file, shared);
    if (hr != FILE_NOT_FOUND)
        return hr;
    struct file_ops *ops = engine->env.file_ops;
    uint64_t size = 0;
    uint64_t written_at = 0;
    HRESULT found = ops->size_of(ops, file->local_path, &size, &written_at);
    if (FAILED(found) || size != file->local_size || (file->written_at && written_at != file->written_at))
        return hr;
    lock_acquire(&engine->model_lock);
    job_file_set_status(file, FILE_DELIVERED);
    lock_release(&engine->model_lock);
    return S_OK;
}

static void recover_job(struct engine *engine, struct job *job)
{
    struct job_error error;
    if (FAILED(deliver_files(engine, job, recover_file, &error)))
        end_undelivered(engine, job, &undeliverable, &error);
    else if (SUCCEEDED(end_intent(engine, job, &delivered, NULL, NULL)))
        (void)complete_sweep(engine, job);
}

static void forget_dead_job(struct engine *engine, struct job *job)
{
    lock_acquire(&engine->store_lock);
    engine_drop_names(engine, job);
    lock_acquire(&engine->model_lock);
    engine_unlist_job(engine, job);
    lock_release(&engine->model_lock);
    lock_release(&engine->store_lock);
    (void)complete_sweep(engine, job);
}

void complete_recover(struct engine *engine)
{
    for (struct job *job = engine->all.first; job;) {
        struct job *next = job->all.next;
        job_addref(job);
        if (job_state_is_dead(job->facts.state))
            forget_dead_job(engine, job);
        else if (job->facts.intent == JOB_INTENT_COMPLETE)
            recover_job(engine, job);
        job_release(job);
        job = next;
    }
}
