/* Waiting after a transient failure: how long, and what happens when the wait is over. */
#include "deliveryoptimizationerrors.h"
#include "engine_private.h"
#include "retry.h"

static uint64_t longest_wait(const struct job *job)
{
    const struct property_value *set = property_set_find(job->properties, PROPERTY_MINIMUM_RETRY_DELAY);
    return set ? property_number(set) * 1000 : RETRY_MAX_MS;
}

bool retry_is_wanted(const struct job *job)
{
    uint64_t timeout = progress_timeout(job);
    bool is_set = property_set_find(job->properties, PROPERTY_MINIMUM_RETRY_DELAY) != NULL;
    return timeout > 0 && !(is_set && longest_wait(job) > timeout);
}

/* When the job may be tried again (clock time): not before a server wants it. */
static uint64_t next_try_at(struct engine *engine, const struct job *job, uint32_t attempt) REQUIRES(engine->model_lock)
{
    uint64_t longest = longest_wait(job);
    struct retry_policy policy = {engine->env.settings->retry_base_ms,
                                  longest < UINT32_MAX ? (uint32_t)longest : UINT32_MAX};
    return engine->env.clock->now(engine->env.clock) +
           retry_delay_ms(&policy, attempt, job->pending_retry_after, engine_random(engine));
}

void retry_plan(struct engine *engine, struct job *job)
{
    if (gate_is_reason(job->facts.error.code)) {
        gate_begin_wait(engine, job);
        gate_review(engine, job); /* the reason may be gone since the job was blocked */
        return;
    }
    timer_heap_set(&engine->retries, &job->retry, next_try_at(engine, job, job->attempt++));
}

void retry_note_late_failure(struct engine *engine, struct job *job)
{
    if (job->facts.state != JOB_TRANSIENT_ERROR || !job->retry.is_set || job->parked_at || !job->pending_retry_after)
        return;
    uint64_t due = next_try_at(engine, job, 0);
    if (due > job->retry.due)
        timer_heap_set(&engine->retries, &job->retry, due);
}

void retry_now(struct engine *engine, struct job *job)
{
    host_unpark(job);
    if (job->facts.state == JOB_TRANSIENT_ERROR)
        timer_heap_set(&engine->retries, &job->retry, engine->env.clock->now(engine->env.clock));
    else
        scheduler_consider(engine, job);
    signal_set(&engine->signal);
}

/* The server that the failed file comes from does not let this job go now: NULL when it does, or when no file is to blame. */
static struct host *unwilling_host(struct engine *engine, struct job *job) REQUIRES(engine->model_lock)
{
    const struct job_file *file = job_find_file(job, job->facts.error.file);
    struct host *host = file ? host_of_file(engine, file) : NULL;
    return host && host->is_down && !host_admits(engine, host, job, WORKER_POOL_SIZE) ? host : NULL;
}

/* A Complete is under way: should it fail, the job goes on waiting. */
static void wait_on(struct engine *engine, struct job *job) REQUIRES(engine->model_lock)
{
    if (job->facts.state == JOB_TRANSIENT_ERROR)
        timer_heap_set(&engine->retries, &job->retry, engine->env.clock->now(engine->env.clock) + STORE_RETRY_MS);
}

static void give_up(struct engine *engine, struct job *job) REQUIRES(engine->model_lock)
{
    job->pending_error = job->facts.error;
    job_error_sum_up(&job->pending_error, DO_E_DOWNLOAD_NO_PROGRESS);
    job->is_pending_transient = false;
    scheduler_drop(engine, job);
    engine_touch(engine, job);
}

/* Not committed: a new host starts waiting jobs at once. */
static void end_wait(struct engine *engine, struct job *job) REQUIRES(engine->store_lock, engine->model_lock)
{
    struct job_facts facts;
    struct host *parked_at = job->parked_at;
    progress_note_sleep(engine, job, job->retry.due);
    timer_heap_clear(&engine->retries, &job->retry);
    progress_note_job(engine, job);
    bool is_over = parked_at && progress_is_over(engine, job);
    struct host *host = parked_at ? parked_at : unwilling_host(engine, job);
    if (job->facts.intent != JOB_INTENT_NONE) {
        wait_on(engine, job);
    } else if (FAILED(gate_check(engine, job))) {
        gate_begin_wait(engine, job);
    } else if (is_over) {
        host_unpark(job);
        give_up(engine, job);
    } else if (host) {
        host_park(engine, host, job);
    } else {
        const struct job_transition *transition = engine_decide(engine, job, JOB_EVENT_RETRY, NULL, &facts);
        if (transition->answer == S_OK)
            engine_apply(engine, job, transition, &facts);
    }
}

uint64_t retry_step(struct engine *engine)
{
    lock_acquire(&engine->model_lock);
    uint64_t now = engine->env.clock->now(engine->env.clock);
    uint64_t next_probe = host_table_step(engine);
    while (timer_heap_due(&engine->retries) <= now) {
        struct timer *timer = engine->retries.first;
        end_wait(engine, (struct job *)(void *)((char *)timer - offsetof(struct job, retry)));
    }
    uint64_t next = timer_heap_due(&engine->retries);
    lock_release(&engine->model_lock);
    return next < next_probe ? next : next_probe;
}
