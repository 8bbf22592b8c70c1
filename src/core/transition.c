/* The one path by which a job changes: decide on a copy, commit it, put it in place. */
#include "deliveryoptimizationerrors.h"
#include "engine_private.h"
#include "log.h"

/* A Complete that is under way owns the job: clients are refused, the engine's late events are stale. */
static const struct job_transition *during_complete(enum job_state state, enum job_event event)
{
    static const struct job_transition refused = {JOB_STATE_COUNT, DO_E_INVALID_STATE, 0};
    static const struct job_transition stale = {JOB_STATE_COUNT, S_FALSE, 0};
    if (event == JOB_EVENT_DELIVERED || event == JOB_EVENT_UNDELIVERABLE)
        return job_state_decide(state, event);
    return event <= JOB_EVENT_COMPLETE ? &refused : &stale;
}

const struct job_transition *engine_decide(struct engine *engine, struct job *job, enum job_event event,
                                           const struct job_error *error, struct job_facts *facts)
{
    *facts = job->facts;
    const struct job_transition *transition = job->facts.intent == JOB_INTENT_COMPLETE
                                                  ? during_complete(job->facts.state, event)
                                                  : job_state_decide(job->facts.state, event);
    if (transition->answer == S_OK)
        job_facts_transition(facts, transition, engine->env.clock->utc(engine->env.clock), error);
    return transition;
}

static void move_between_lists(struct engine *engine, struct job *job, enum job_state from, enum job_state to)
    REQUIRES(engine->model_lock)
{
    if (job_state_is_active(from) != job_state_is_active(to))
        engine->active_count += job_state_is_active(to) ? 1u : (uint32_t)-1;
    /* Who failed waits for what failed, not for a place elsewhere. */
    bool is_waiting_over = from == JOB_TRANSIENT_ERROR || to == JOB_TRANSIENT_ERROR || !job_state_is_active(to);
    if (from != to && is_waiting_over) {
        gate_end_wait(engine, job);
        host_unpark(job);
    }
    if ((to != JOB_QUEUED && to != JOB_TRANSFERRING) || job->facts.intent != JOB_INTENT_NONE)
        scheduler_drop(engine, job);
}

void engine_apply(struct engine *engine, struct job *job, const struct job_transition *transition,
                  const struct job_facts *facts)
{
    uint32_t effects = transition->effects;
    enum job_state from = job->facts.state;
    enum job_owed owed = job->facts.owed;
    enum job_intent intent = job->facts.intent;
    transition_log(job, transition, facts);
    if (job->facts.priority != facts->priority)
        scheduler_drop(engine, job); /* it stands in the list of the old one */
    job->facts = *facts;
    pace_follow_priority(job);
    if (effects & JOB_EFFECT_SET_ERROR)
        job_note_protocol(job);
    if (effects & JOB_EFFECT_MODIFIED)
        job_see_bytes(job, facts->modification_time); /* what came until now is no later modification */
    move_between_lists(engine, job, from, facts->state);
    if (effects & JOB_EFFECT_RESET_RETRY) {
        job->attempt = 0;
        host_note_resume(engine, job);
        limits_reset_time(engine, job);
        job->pending_error.code = S_OK; /* of transfers that were revoked before */
        progress_begin(engine, job);
    }
    bool is_wanted = facts->state == JOB_QUEUED || facts->state == JOB_TRANSFERRING;
    if (is_wanted && ((effects & JOB_EFFECT_SCHEDULE) || intent != facts->intent))
        scheduler_consider(engine, job);
    if (facts->state == JOB_TRANSIENT_ERROR && (effects & JOB_EFFECT_SCHEDULE))
        gate_review(engine, job); /* its cost policy may be another one */
    if (owed != facts->owed || (effects & (JOB_EFFECT_OWE_TRANSFERRED | JOB_EFFECT_OWE_ERROR)))
        notify_owed_changed(engine, job);
    else if (effects & JOB_EFFECT_MODIFIED)
        notify_modified(engine, job, false);
    if (effects & JOB_EFFECT_LEAVE_QUEUE) {
        checkpoint_forget_job(engine, job);
        engine_drop_names(engine, job);
        engine_unlist_job(engine, job);
    }
}

HRESULT engine_commit_job(struct engine *engine, struct job *job, const struct job_facts *facts)
{
    struct job_row row;
    job_make_row(job, facts, &row);
    return engine_commit_row(engine, &row);
}

HRESULT engine_commit_row(struct engine *engine, const struct job_row *row)
{
    HRESULT hr = queue_store_begin(engine->store);
    if (FAILED(hr))
        return hr;
    hr = queue_store_update_job(engine->store, row);
    if (FAILED(hr)) {
        queue_store_rollback(engine->store);
        return hr;
    }
    return queue_store_commit(engine->store);
}

/* Those of before the revocation; one that was made since then goes on. */
static void end_flights(struct engine *engine, struct job_file *file, struct sink *sink) REQUIRES(engine->model_lock)
{
    uint32_t generation = sink_generation(sink);
    struct flight *next;
    for (struct flight *flight = file->work->flights; flight; flight = next) {
        next = flight->next;
        if (flight->transfer.sink != sink || flight->transfer.generation == generation)
            continue;
        job_file_fold(file, flight, true);
        flight_unlink(engine, flight); /* a worker that is stuck holds up nothing */
    }
}

void engine_revoke_file(struct engine *engine, struct job_file *file)
{
    lock_acquire(&engine->model_lock);
    struct file_work *work = file->work;
    struct sink *sink = work ? work->sink : NULL;
    /* What is to be deleted or fetched again is not flushed: that can take long. */
    bool is_kept = work && !work->is_broken && !job_state_is_dead(file->job->facts.state);
    if (sink) {
        sink_addref(sink);
        for (struct flight *flight = work->flights; flight; flight = flight->next)
            worker_pool_retire(engine->pool, &flight->transfer);
    }
    lock_release(&engine->model_lock);
    if (!sink)
        return;
    /* Waits for local writes only. What the flights wrote is exact from here on. */
    bool is_flushed = SUCCEEDED(sink_revoke(sink, is_kept));
    lock_acquire(&engine->model_lock);
    if (file->work) {
        end_flights(engine, file, sink);
        /* Nobody knows which of its bytes are on the disk, or of which version the next ones will be. */
        if (!is_flushed || job_file_is_unidentified(file))
            file->work->is_broken = true;
        checkpoint_mark(engine, file, engine->env.clock->now(engine->env.clock));
        scheduler_consider(engine, file->job); /* what was under way is free to be asked for again */
    }
    lock_release(&engine->model_lock);
    sink_release(sink);
}

/* The first file from *place on that has work, and in *place what comes after it; NULL: there is none. */
static struct job_file *next_with_work(struct job *job, size_t *place)
{
    while (job->working_first && *place < job->file_count) {
        struct job_file *file = job->files[(*place)++];
        if (file->work)
            return file;
    }
    return NULL;
}

void engine_revoke_job(struct engine *engine, struct job *job)
{
    size_t place = 0;
    struct job_file *file;
    do {
        lock_acquire(&engine->model_lock);
        file = next_with_work(job, &place); /* files are only appended, and freed with the job: a place stays one */
        lock_release(&engine->model_lock);
        if (file)
            engine_revoke_file(engine, file);
    } while (file);
}

/* Decides, commits and applies; *revokes tells whether transfers are to be ended then. */
static HRESULT commit_change(struct engine *engine, struct job *job, enum job_event event, bool *revokes)
    REQUIRES(engine->store_lock)
{
    struct job_facts facts;
    lock_acquire(&engine->model_lock);
    const struct job_transition *transition = engine_decide(engine, job, event, NULL, &facts);
    if (event == JOB_EVENT_COMPLETE)
        facts.intent = JOB_INTENT_COMPLETE;
    bool changes_nothing = transition->effects == 0 && transition->next == job->facts.state;
    lock_release(&engine->model_lock);
    if (transition->answer != S_OK || changes_nothing)
        return transition->answer;

    HRESULT hr = event == JOB_EVENT_COMPLETE ? complete_write_intent(engine, job, &facts)
                                             : engine_commit_job(engine, job, &facts);
    if (FAILED(hr))
        return hr;
    lock_acquire(&engine->model_lock);
    engine_apply(engine, job, transition, &facts);
    lock_release(&engine->model_lock);
    *revokes = transition->effects & JOB_EFFECT_REVOKE;
    return S_OK;
}

HRESULT engine_change(struct engine *engine, struct job *job, enum job_event event)
{
    bool revokes = false;
    lock_acquire(&engine->store_lock);
    HRESULT hr = commit_change(engine, job, event, &revokes);
    lock_release(&engine->store_lock);
    if (revokes)
        engine_revoke_job(engine, job);
    if (hr == S_OK)
        signal_set(&engine->signal);
    return hr;
}
