/* Limits that a client sets: how long a job may transfer, and how much. */
#include "bits_error.h"
#include "engine_private.h"

void limits_begin_time(struct engine *engine, struct job *job)
{
    job->moving_since = engine->env.clock->now(engine->env.clock);
}

void limits_end_time(struct engine *engine, struct job *job)
{
    job->moved_ms += engine->env.clock->now(engine->env.clock) - job->moving_since;
}

void limits_reset_time(struct engine *engine, struct job *job)
{
    job->moved_ms = 0;
    limits_begin_time(engine, job);
}

static uint64_t most_bytes(const struct job *job)
{
    return property_set_number(job->properties, PROPERTY_MAX_DOWNLOAD_SIZE);
}

HRESULT limits_check_size(struct engine *engine, const struct job *job)
{
    (void)engine; /* whose lock is held */
    return job_bytes_total(job) > most_bytes(job) ? BG_E_MAX_DOWNLOAD_SIZE_LIMIT_REACHED : S_OK;
}

static void fail(struct engine *engine, struct job *job, HRESULT code) REQUIRES(engine->model_lock)
{
    if (job->pending_error.code != S_OK && !job->is_pending_transient)
        return;
    scheduler_drop(engine, job);
    job->pending_error = (struct job_error){code, JOB_ERROR_CONTEXT_NONE, JOB_ERROR_NO_FILE, S_OK};
    job->is_pending_transient = false;
    engine_touch(engine, job);
}

/* When the job, which has flights, is to be looked at again. */
static uint64_t review(struct engine *engine, struct job *job, uint64_t now) REQUIRES(engine->model_lock)
{
    uint64_t most_ms = property_set_number(job->properties, PROPERTY_MAXIMUM_DOWNLOAD_TIME) * 1000;
    uint64_t moved_ms = job->moved_ms + (now - job->moving_since);
    if (moved_ms >= most_ms) {
        fail(engine, job, BG_E_MAXDOWNLOAD_TIMEOUT);
        return CLOCK_NEVER;
    }
    /* The limit may be another one than when the sizes became known; a body whose server tells no length goes beyond it unforeseen. */
    bool is_watched = job->sizes_unknown > 0 && most_bytes(job) != UINT64_MAX;
    if (FAILED(limits_check_size(engine, job)) || (is_watched && job_bytes(job) > most_bytes(job))) {
        fail(engine, job, BG_E_MAX_DOWNLOAD_SIZE_LIMIT_REACHED);
        return CLOCK_NEVER;
    }
    uint64_t left = most_ms - moved_ms;
    return now + (is_watched && left > PROGRESS_TICK_MS ? PROGRESS_TICK_MS : left);
}

uint64_t limits_step(struct engine *engine)
{
    uint64_t next = CLOCK_NEVER;
    lock_acquire(&engine->model_lock);
    uint64_t now = engine->env.clock->now(engine->env.clock);
    for (struct job *job = engine->moving.first; job; job = job->moving.next) {
        uint64_t at = review(engine, job, now);
        next = at < next ? at : next;
    }
    lock_release(&engine->model_lock);
    return next;
}
