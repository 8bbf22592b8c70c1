/* Who is served next: by priority, then job by job in turn; in a job every file's first request before any file's further ones, so that sizes become
 * known early. A job is in the list of its priority only while it may have something to hand out. */
#include "engine_private.h"
#include "log.h"

void scheduler_consider(struct engine *engine, struct job *job)
{
    enum job_state state = job->facts.state;
    if ((state != JOB_QUEUED && state != JOB_TRANSFERRING) || job->facts.intent != JOB_INTENT_NONE ||
        job->pending_error.code != S_OK)
        return; /* what failed is first made known, even if the store keeps that waiting */
    if (job->files_transferred == job->file_count) {
        engine_touch(engine, job);
        return;
    }
    if (job->is_runnable)
        return;
    job->is_runnable = true;
    job_list_append(&engine->runnable[job->facts.priority], job, offsetof(struct job, runnable));
}

void scheduler_drop(struct engine *engine, struct job *job)
{
    if (!job->is_runnable)
        return;
    job->is_runnable = false;
    job_list_remove(&engine->runnable[job->facts.priority], job, offsetof(struct job, runnable));
}

static struct job_file *next_new_file(struct job *job)
{
    while (job->first_pending < job->file_count) {
        struct job_file *file = job->files[job->first_pending];
        if (file->status == FILE_PENDING && !file->work)
            return file;
        job->first_pending++;
    }
    return NULL;
}

static struct flight *next_flight_of_job(struct engine *engine, struct job *job, struct job_file **to_finish,
                                         HRESULT *hr) REQUIRES(engine->model_lock)
{
    struct job_file *file = next_new_file(job);
    if (file)
        return flight_next(engine, file, hr);
    struct job_file *last = job->working_last;
    for (file = job->working_first; file; file = job->working_first) {
        job_file_rotate_work(file);
        if (results_begin_finish(engine, file)) {
            *to_finish = file;
            return NULL;
        }
        struct flight *flight = flight_next(engine, file, hr);
        if (flight || FAILED(*hr) || file == last)
            return flight;
    }
    return NULL;
}

static void start_job(struct engine *engine, struct job *job) REQUIRES(engine->store_lock, engine->model_lock)
{
    struct job_facts facts;
    const struct job_transition *transition = engine_decide(engine, job, JOB_EVENT_STARTED, NULL, &facts);
    /* Not committed: a host that starts anew treats QUEUED and TRANSFERRING alike. */
    if (transition->answer == S_OK)
        engine_apply(engine, job, transition, &facts);
}

static struct flight *pick(struct engine *engine, struct job_file **to_finish)
    REQUIRES(engine->store_lock, engine->model_lock)
{
    for (unsigned priority = 0; priority < PRIORITY_COUNT; priority++) {
        struct job_list *list = &engine->runnable[priority];
        while (list->first) {
            struct job *job = list->first;
            HRESULT hr = S_OK;
            struct flight *flight = next_flight_of_job(engine, job, to_finish, &hr);
            scheduler_drop(engine, job);
            if (FAILED(hr)) {
                struct job_error error = {hr, JOB_ERROR_CONTEXT_NONE, JOB_ERROR_NO_FILE};
                results_report(engine, job->files[0], &error, true, 0);
                continue;
            }
            if (flight || *to_finish) {
                scheduler_consider(engine, job); /* at the end of the list: the others' turn */
                if (flight)
                    start_job(engine, job);
                return flight;
            }
        }
    }
    return NULL;
}

static void submit(struct engine *engine, struct flight *flight)
{
    HRESULT hr = worker_pool_submit(engine->pool, &flight->transfer);
    if (SUCCEEDED(hr))
        return;
    struct job_error error = {log_failure(LOG_TRANSFER, hr, L"cannot start a transfer"), JOB_ERROR_CONTEXT_NONE,
                              flight->file->number};
    lock_acquire(&engine->model_lock);
    flight_unlink(flight);
    engine->flight_count--;
    job_file_fold(flight->file, flight);
    results_report(engine, flight->file, &error, true, 0);
    lock_release(&engine->model_lock);
    flight_free(flight);
}

struct job_file *scheduler_run(struct engine *engine)
{
    while (worker_pool_free(engine->pool) > 0) {
        struct job_file *to_finish = NULL;
        lock_acquire(&engine->model_lock);
        struct flight *flight = pick(engine, &to_finish);
        lock_release(&engine->model_lock);
        if (!flight)
            return to_finish;
        submit(engine, flight);
    }
    return NULL;
}
