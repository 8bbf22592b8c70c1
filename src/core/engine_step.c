/* The engine thread's round: what became of the jobs, what is due, what is handed out next. */
#include "deliveryoptimizationerrors.h"
#include "engine_private.h"

#define BATCH 32 /* jobs whose fate is committed in one transaction */

/* What will become of one job. */
struct verdict {
    struct job *job; /* the touched list's reference */
    const struct job_transition *transition;
    struct job_facts facts;
    struct job_error error;
    enum job_event event;
    bool is_finished; /* before the checkpoint was prepared, which therefore has the rows of all its files */
};

static bool has_every_file(const struct job *job)
{
    return job->file_count > 0 && job->files_transferred == job->file_count;
}

/* Its file is whole when it ends well, and would have to start again were it ended now. */
static bool is_worth_waiting_for(const struct flight *flight)
{
    const struct job_file *file = flight->file;
    const struct file_work *work = file->work;
    if (flight->is_folded || work->is_broken || work->mode == FILE_MODE_FIRST || work->mode == FILE_MODE_SEGMENTS)
        return false;
    return flight->claim_end == SIZE_UNKNOWN ||
           work->have.total + (flight->claim_end - flight->transfer.local_first) >= file->local_size;
}

/* A failure that passes ends the job's other transfers, too. It waits for those whose bytes would be lost: meanwhile nothing new of the job is asked for. */
static bool must_wait_for_others(const struct job *job)
{
    for (const struct flight *flight = job->flights; flight; flight = flight->next_of_job) {
        if (is_worth_waiting_for(flight))
            return true;
    }
    return false;
}

static bool decide_event(struct engine *engine, struct job *job, struct verdict *verdict) REQUIRES(engine->model_lock)
{
    verdict->error = job->pending_error;
    if (gate_is_reason(job->pending_error.code)) {
        verdict->event = JOB_EVENT_TRANSIENT;
        return true;
    }
    if (job->pending_error.code != S_OK) {
        progress_note_job(engine, job);
        progress_note_failure(engine, job);
        verdict->event = job->is_pending_transient && retry_is_wanted(job) ? JOB_EVENT_TRANSIENT : JOB_EVENT_FATAL;
        if (verdict->event == JOB_EVENT_TRANSIENT && progress_is_over(engine, job)) {
            verdict->event = JOB_EVENT_FATAL;
            job_error_sum_up(&verdict->error, DO_E_DOWNLOAD_NO_PROGRESS);
        }
        return verdict->event == JOB_EVENT_FATAL || !must_wait_for_others(job);
    }
    verdict->event = JOB_EVENT_FINISHED;
    return verdict->is_finished && has_every_file(job);
}

/* Takes up to BATCH touched jobs; their rows go into one transaction with the progress that was marked before. */
static size_t take_touched(struct engine *engine, struct verdict *verdicts) REQUIRES(engine->model_lock)
{
    size_t count = 0;
    while (engine->touched && count < BATCH) {
        struct job *job = engine->touched;
        engine->touched = job->next_touched;
        job->is_touched = false;
        verdicts[count++] = (struct verdict){.job = job, .is_finished = has_every_file(job)};
    }
    return count;
}

static void clear_pending(struct job *job)
{
    job->pending_error = (struct job_error){S_OK, JOB_ERROR_CONTEXT_NONE, JOB_ERROR_NO_FILE, S_OK};
}

/* What becomes of each; jobs with which nothing is to be done (any more) get no transition. */
static void decide(struct engine *engine, struct verdict *verdicts, size_t count) REQUIRES(engine->store_lock)
{
    lock_acquire(&engine->model_lock);
    for (size_t i = 0; i < count; i++) {
        struct verdict *verdict = &verdicts[i];
        if (!verdict->job->is_listed || !decide_event(engine, verdict->job, verdict))
            continue;
        const struct job_transition *transition =
            engine_decide(engine, verdict->job, verdict->event, &verdict->error, &verdict->facts);
        if (transition->answer == S_OK) {
            verdict->transition = transition;
            continue;
        }
        if (verdict->event == JOB_EVENT_TRANSIENT)
            retry_note_late_failure(engine, verdict->job);
        clear_pending(verdict->job);
    }
    lock_release(&engine->model_lock);
}

static HRESULT write_verdicts(struct engine *engine, const struct verdict *verdicts, size_t count,
                              const struct checkpoint *checkpoint) REQUIRES(engine->store_lock)
{
    HRESULT hr = queue_store_begin(engine->store);
    if (FAILED(hr))
        return hr;
    hr = checkpoint_write(engine, checkpoint);
    for (size_t i = 0; i < count && SUCCEEDED(hr); i++) {
        struct job_row row;
        if (!verdicts[i].transition)
            continue;
        job_make_row(verdicts[i].job, &verdicts[i].facts, &row);
        hr = queue_store_update_job(engine->store, &row);
    }
    if (SUCCEEDED(hr))
        return queue_store_commit(engine->store);
    queue_store_rollback(engine->store);
    return hr;
}

/* A fatal failure may have taken the place of the transient one since that was decided upon: it stays, for the next step. */
static void forget_failure(const struct verdict *verdict)
{
    if (verdict->event != JOB_EVENT_TRANSIENT || verdict->job->is_pending_transient)
        clear_pending(verdict->job);
}

static void apply_verdicts(struct engine *engine, struct verdict *verdicts, size_t count) REQUIRES(engine->store_lock)
{
    lock_acquire(&engine->model_lock);
    for (size_t i = 0; i < count; i++) {
        struct verdict *verdict = &verdicts[i];
        if (!verdict->transition)
            continue;
        engine_apply(engine, verdict->job, verdict->transition, &verdict->facts);
        if (verdict->event == JOB_EVENT_TRANSIENT)
            retry_plan(engine, verdict->job);
        forget_failure(verdict);
    }
    lock_release(&engine->model_lock);
}

/* The store failed: the same jobs are looked at again later. */
static void postpone(struct engine *engine, struct verdict *verdicts, size_t count)
{
    lock_acquire(&engine->model_lock);
    for (size_t i = 0; i < count; i++) {
        engine_touch(engine, verdicts[i].job);
        verdicts[i].transition = NULL;
    }
    engine->store_retry_at = engine->env.clock->now(engine->env.clock) + STORE_RETRY_MS;
    lock_release(&engine->model_lock);
}

/* Commits and applies what became of up to BATCH jobs, and the progress that is due. False: nothing is left to be done now. */
static bool settle_jobs(struct engine *engine)
{
    struct verdict verdicts[BATCH];
    struct checkpoint checkpoint = {0};
    lock_acquire(&engine->model_lock);
    uint64_t now = engine->env.clock->now(engine->env.clock);
    size_t count = now >= engine->store_retry_at ? take_touched(engine, verdicts) : 0;
    bool is_due = count > 0 || now >= engine->checkpoint_at;
    lock_release(&engine->model_lock);
    if (!is_due)
        return false;

    HRESULT hr = checkpoint_prepare(engine, &checkpoint);
    lock_acquire(&engine->store_lock);
    if (SUCCEEDED(hr)) {
        decide(engine, verdicts, count);
        hr = write_verdicts(engine, verdicts, count, &checkpoint);
    }
    if (SUCCEEDED(hr))
        apply_verdicts(engine, verdicts, count);
    lock_release(&engine->store_lock);
    checkpoint_settle(engine, &checkpoint, SUCCEEDED(hr));
    if (FAILED(hr))
        postpone(engine, verdicts, count);
    for (size_t i = 0; i < count; i++) {
        if (verdicts[i].transition && (verdicts[i].transition->effects & JOB_EFFECT_REVOKE))
            engine_revoke_job(engine, verdicts[i].job);
        job_release(verdicts[i].job);
    }
    return SUCCEEDED(hr) && count == BATCH;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t engine_step(struct engine *engine)
{
    gate_step(engine);
    remote_name_step(engine); /* before a job is said to be done */
    while (settle_jobs(engine))
        ;
    uint64_t next;
    struct job_file *to_finish;
    do {
        lock_acquire(&engine->store_lock);
        next = retry_step(engine);
        to_finish = scheduler_run(engine);
        lock_release(&engine->store_lock);
        if (to_finish && !flight_drop_old_sink(engine, to_finish))
            results_finish_file(engine, to_finish);
    } while (to_finish);

    lock_acquire(&engine->model_lock);
    next = earlier(next, engine->checkpoint_at);
    if (engine->touched)
        next = earlier(next, engine->store_retry_at);
    lock_release(&engine->model_lock);
    pace_step(engine);
    next = earlier(next, progress_step(engine));
    next = earlier(next, limits_step(engine));
    next = earlier(next, expiry_step(engine));
    next = earlier(next, notify_step(engine));
    engine_free_graves(engine);
    return next;
}
