/* Whether a job's bytes move. What counts is that a file has more of them than it ever had, those of its flights included: a server that breaks off each time at
 * the same byte brings nothing, and a body that takes hours is progress all the time. */
#include "engine_private.h"

uint64_t progress_timeout(const struct job *job)
{
    const struct property_value *set = property_set_find(job->properties, PROPERTY_NO_PROGRESS_TIMEOUT);
    if (set)
        return property_number(set) == UINT32_MAX ? CLOCK_NEVER : property_number(set) * 1000;
    return job->facts.priority == JOB_FOREGROUND ? NO_PROGRESS_FOREGROUND_MS : NO_PROGRESS_DEFAULT_MS;
}

void progress_begin(struct engine *engine, struct job *job)
{
    job->progress_at = engine->env.clock->now(engine->env.clock);
    job->failed_at = 0;
}

void progress_note_file(struct engine *engine, struct job_file *file)
{
    if (!file->work)
        return;
    uint64_t bytes = job_file_bytes(file);
    if (bytes <= file->work->bytes_seen)
        return;
    file->work->bytes_seen = bytes;
    progress_begin(engine, file->job);
}

void progress_note_job(struct engine *engine, struct job *job)
{
    if (!job->flight_count)
        return;
    for (struct job_file *file = job->working_first; file; file = file->work->next)
        progress_note_file(engine, file);
}

void progress_note_failure(struct engine *engine, struct job *job)
{
    if (!job->failed_at)
        job->failed_at = engine->env.clock->now(engine->env.clock);
}

void progress_note_sleep(struct engine *engine, struct job *job, uint64_t due)
{
    uint64_t now = engine->env.clock->now(engine->env.clock);
    uint64_t late = now - due;
    if (job->failed_at && late > progress_timeout(job) / 2 && late > 2 * RETRY_MAX_MS)
        job->failed_at = now;
}

/* The machine may have slept, or a limit held the bytes up: what failed just now for the first time is tried again first. */
bool progress_is_over(struct engine *engine, const struct job *job)
{
    uint64_t now = engine->env.clock->now(engine->env.clock);
    uint64_t timeout = progress_timeout(job);
    uint64_t patience = timeout < 2 * RETRY_MAX_MS ? timeout : 2 * RETRY_MAX_MS;
    return now - job->progress_at >= timeout && (!job->failed_at || now - job->failed_at >= patience);
}

/* At least as long as the longest back-off: after a time in which the machine slept the server is asked first. */
uint64_t progress_give_up_at(struct engine *engine, const struct job *job)
{
    uint64_t soonest = engine->env.clock->now(engine->env.clock) + 2 * RETRY_MAX_MS;
    uint64_t timeout = progress_timeout(job);
    uint64_t at = timeout < CLOCK_NEVER - job->progress_at ? job->progress_at + timeout : CLOCK_NEVER;
    return at > soonest ? at : soonest;
}

/* Moving bytes change the job, which shows in its ModificationTime and, to those who ask, in JobModification. */
static void look(struct engine *engine, struct job *job) REQUIRES(engine->model_lock)
{
    for (struct flight *flight = job->flights; flight; flight = flight->next_of_job)
        progress_note_file(engine, flight->file); /* now, not when they are asked for after a long silence */
    job_see_bytes(job, engine->env.clock->utc(engine->env.clock));
    if (job->bytes_seen == job->notify.bytes_told)
        return;
    job->notify.bytes_told = job->bytes_seen;
    notify_modified(engine, job, true);
}

uint64_t progress_step(struct engine *engine)
{
    uint64_t now = engine->env.clock->now(engine->env.clock);
    lock_acquire(&engine->model_lock);
    bool is_moving = engine->moving.first;
    if (is_moving && now >= engine->progress_at) {
        engine->progress_at = now + PROGRESS_TICK_MS;
        for (struct job *job = engine->moving.first; job; job = job->moving.next)
            look(engine, job);
    }
    lock_release(&engine->model_lock);
    return is_moving ? engine->progress_at : CLOCK_NEVER;
}
