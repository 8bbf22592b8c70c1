/* Whether a job may transfer now: is there a network, and does the job's cost policy allow it? A job that may not waits in TRANSIENT_ERROR with the reason, and goes
 * on by itself; that is no failure, so no error is counted and no time runs. */
#include "deliveryoptimizationerrors.h"
#include "engine_private.h"
#include "log.h"

bool gate_is_reason(HRESULT code)
{
    return code == DO_E_BLOCKED_BY_NO_NETWORK || code == DO_E_BLOCKED_BY_COST_TRANSFER_POLICY;
}

HRESULT gate_check(const struct engine *engine, const struct job *job)
{
    const struct network_status *network = &engine->network;
    if (!network->is_connected)
        return DO_E_BLOCKED_BY_NO_NETWORK;
    uint64_t allowed = property_set_number(job->properties, PROPERTY_COST_FLAGS);
    if (network->is_cost_awaited && (~allowed & NETWORK_COST_STATES))
        return S_FALSE;
    return network->cost & NETWORK_COST_STATES & ~allowed ? DO_E_BLOCKED_BY_COST_TRANSFER_POLICY : S_OK;
}

void gate_block(struct engine *engine, struct job *job, HRESULT reason)
{
    host_unpark(job);
    scheduler_drop(engine, job);
    job->pending_error = (struct job_error){reason, JOB_ERROR_CONTEXT_TRANSPORT, JOB_ERROR_NO_FILE, S_OK};
    job->is_pending_transient = true;
    engine_touch(engine, job);
}

void gate_begin_wait(struct engine *engine, struct job *job)
{
    host_unpark(job);
    if (job->is_blocked)
        return;
    job->is_blocked = true;
    job->blocked_since = engine->env.clock->now(engine->env.clock);
}

void gate_end_wait(struct engine *engine, struct job *job)
{
    if (!job->is_blocked)
        return;
    job->is_blocked = false;
    job->progress_at += engine->env.clock->now(engine->env.clock) - job->blocked_since;
}

void gate_review(struct engine *engine, struct job *job)
{
    HRESULT reason = gate_check(engine, job);
    if (SUCCEEDED(reason)) {
        if (job->is_blocked)
            retry_now(engine, job);
        else if (reason == S_OK)
            scheduler_consider(engine, job);
        else
            scheduler_drop(engine, job);
    } else if (job->facts.state == JOB_TRANSIENT_ERROR) {
        if (!job->is_blocked)
            gate_begin_wait(engine, job);
    } else if (job_state_is_active(job->facts.state) && job->facts.intent == JOB_INTENT_NONE &&
               (job->pending_error.code == S_OK || job->is_pending_transient)) {
        gate_block(engine, job, reason);
    }
}

/* Another network may be there: what failed on the old one says nothing about it. */
static void end_back_offs(struct engine *engine) REQUIRES(engine->model_lock)
{
    engine->transport->network_changed(engine->transport);
    host_table_reset(engine);
    for (struct job *job = engine->all.first; job; job = job->all.next) {
        if (job->facts.state != JOB_TRANSIENT_ERROR)
            continue;
        job->attempt = 0;
        retry_now(engine, job);
    }
}

void gate_step(struct engine *engine)
{
    struct network *network = engine->env.network;
    struct network_status now = network->status(network);
    lock_acquire(&engine->model_lock);
    struct network_status before = engine->network;
    engine->network = now;
    if (now.is_connected != before.is_connected)
        log_line(LOG_INFO, LOG_CORE, now.is_connected ? L"there is a network again" : L"there is no network");
    bool is_news = now.is_connected != before.is_connected || now.cost != before.cost ||
                   now.is_cost_awaited != before.is_cost_awaited;
    if (is_news) {
        for (struct job *job = engine->all.first; job; job = job->all.next)
            gate_review(engine, job);
    }
    if (now.is_connected && now.connections != before.connections)
        end_back_offs(engine);
    lock_release(&engine->model_lock);
}
