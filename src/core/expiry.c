/* The end of jobs that nobody finished: JOB_LIFETIME after its creation a job that was neither completed nor cancelled is cancelled. By wall clock. Rare, so
 * the queue is walked when the oldest job is due and once an hour, since a wall clock can be set. */
#include "engine_private.h"
#include "guid_text.h"
#include "log.h"

#define UTC_PER_MS         10000ull
#define JOB_LIFETIME_MS    (30ull * 24 * 3600 * 1000)
#define EXPIRY_INTERVAL_MS (3600ull * 1000)
#define EXPIRY_BATCH       32

/* What is left of the job's time. A job from the future was made before the clock was set back: it has all of it. */
static uint64_t time_left_ms(const struct job *job, uint64_t utc)
{
    uint64_t age = utc > job->creation_time ? (utc - job->creation_time) / UTC_PER_MS : 0;
    return age < JOB_LIFETIME_MS ? JOB_LIFETIME_MS - age : 0;
}

/* Fills `expired` with new references to jobs whose time is over and sets when to look again. A Complete that is under way owns its job: should it fail, the
 * job is met in the next round. */
static size_t find_expired(struct engine *engine, struct job *expired[EXPIRY_BATCH]) REQUIRES(engine->model_lock)
{
    uint64_t utc = engine->env.clock->utc(engine->env.clock);
    uint64_t wait = EXPIRY_INTERVAL_MS;
    size_t count = 0;
    for (struct job *job = engine->all.first; job; job = job->all.next) {
        uint64_t left = time_left_ms(job, utc);
        if (job->facts.intent != JOB_INTENT_NONE)
            continue;
        if (left > 0) {
            wait = left < wait ? left : wait;
        } else if (count == EXPIRY_BATCH) {
            wait = 0;
            break;
        } else {
            job_addref(job);
            expired[count++] = job;
        }
    }
    engine->expiry_at = engine->env.clock->now(engine->env.clock) + wait;
    return count;
}

static void expire(struct engine *engine, struct job *job)
{
    char16_t id[GUID_TEXT_LENGTH + 1];
    guid_text_format(job->id, id);
    HRESULT hr = engine_change(engine, job, JOB_EVENT_EXPIRED);
    if (FAILED(hr)) {
        (void)log_failure(LOG_CORE, hr, L"job %ls is too old and cannot be cancelled", id);
        lock_acquire(&engine->model_lock);
        engine->expiry_at = engine->env.clock->now(engine->env.clock) + STORE_RETRY_MS;
        lock_release(&engine->model_lock);
    } else if (hr == S_OK) {
        log_line(LOG_WARN, LOG_CORE, L"job %ls was neither completed nor cancelled in 30 days: cancelled", id);
        (void)complete_sweep(engine, job);
    }
}

uint64_t expiry_step(struct engine *engine)
{
    struct job *expired[EXPIRY_BATCH];
    lock_acquire(&engine->model_lock);
    bool is_due = engine->env.clock->now(engine->env.clock) >= engine->expiry_at;
    size_t count = is_due ? find_expired(engine, expired) : 0;
    lock_release(&engine->model_lock);
    for (size_t i = 0; i < count; i++) {
        expire(engine, expired[i]);
        job_release(expired[i]);
    }
    lock_acquire(&engine->model_lock);
    uint64_t next = engine->job_count ? engine->expiry_at : CLOCK_NEVER;
    lock_release(&engine->model_lock);
    return next;
}
