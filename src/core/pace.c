/* Bandwidth: what all workers of a class, foreground or background, may take together. Asked by workers before each read; the lock is a leaf. */
#include "engine_private.h"

#define POLICIES_MS 60000 /* how often the policies are read */
#define REVIEW_MS   1000  /* how often the hour is looked at, and what is measured */

static struct rate_limit *limit_of(struct engine *engine, const struct transfer *transfer)
{
    return atomic_load(&transfer->is_foreground) ? &engine->pace.foreground : &engine->pace.background;
}

/* The bandwidth that there is, is the most that was ever seen in a second. */
static void review(struct engine *engine, uint64_t now) REQUIRES(engine->pace.lock)
{
    struct pace *pace = &engine->pace;
    const struct settings *settings = engine->env.settings;
    uint64_t elapsed = now - pace->reviewed_at;
    uint64_t rate = pace->reviewed_at && elapsed ? pace->bytes * 1000 / elapsed : 0;
    if (rate > pace->fastest)
        pace->fastest = rate;
    uint32_t hour = clock_local_hour(engine->env.clock->utc(engine->env.clock));
    rate_limit_set(&pace->background, bandwidth_policy_rate(&settings->background, hour, pace->fastest), now);
    rate_limit_set(&pace->foreground, bandwidth_policy_rate(&settings->foreground, hour, pace->fastest), now);
    pace->bytes = 0;
    pace->reviewed_at = now;
}

size_t pace_allow(void *context, const struct transfer *transfer, size_t wanted)
{
    struct engine *engine = context;
    struct pace *pace = &engine->pace;
    uint64_t now = engine->env.clock->now(engine->env.clock);
    lock_acquire(&engine->pace.lock);
    if (!pace->reviewed_at || now - pace->reviewed_at >= REVIEW_MS)
        review(engine, now);
    size_t allowed = (size_t)rate_limit_take(limit_of(engine, transfer), now, wanted);
    pace->bytes += allowed;
    lock_release(&engine->pace.lock);
    return allowed;
}

void pace_step(struct engine *engine)
{
    struct pace *pace = &engine->pace;
    struct settings read = {0};
    uint64_t now = engine->env.clock->now(engine->env.clock);
    lock_acquire(&engine->model_lock);
    bool is_due = engine->moving.first && now >= pace->policies_at;
    lock_release(&engine->model_lock);
    if (!is_due || !engine->env.load_bandwidth)
        return;
    pace->policies_at = now + POLICIES_MS;
    if (FAILED(engine->env.load_bandwidth(&read)))
        return;
    lock_acquire(&engine->pace.lock);
    engine->env.settings->background = read.background;
    engine->env.settings->foreground = read.foreground;
    lock_release(&engine->pace.lock);
}

void pace_follow_priority(const struct job *job)
{
    for (struct flight *flight = job->flights; flight; flight = flight->next_of_job)
        atomic_store(&flight->transfer.is_foreground, job->facts.priority == JOB_FOREGROUND);
}

void pace_give_back(void *context, const struct transfer *transfer, size_t unused)
{
    struct engine *engine = context;
    lock_acquire(&engine->pace.lock);
    rate_limit_give_back(limit_of(engine, transfer), unused);
    engine->pace.bytes -= unused < engine->pace.bytes ? unused : engine->pace.bytes;
    lock_release(&engine->pace.lock);
}
