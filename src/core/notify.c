#include "engine_private.h"
#include "log.h"
#include "memory.h"

/* A thread that calls clients. */
struct call_thread {
    struct engine *engine;
    struct thread *thread;
    struct call_thread *next;
    bool is_over; /* it left its loop and can be joined */
};

void notify_target_addref(struct notify_target *target)
{
    atomic_fetch_add(&target->references, 1);
}

void notify_target_release(struct notify_target *target)
{
    if (target && atomic_fetch_sub(&target->references, 1) == 1)
        target->destroy(target);
}

/* ---- What is to be told, and when ---- */

static bool wants_owed(const struct job *job)
{
    uint32_t flags = job->facts.notify_flags;
    uint32_t needed = job->facts.owed == JOB_OWED_TRANSFERRED ? NOTIFY_FLAG_TRANSFERRED : NOTIFY_FLAG_ERROR;
    return job->facts.owed != JOB_OWED_NONE && job->notify.target && !(flags & NOTIFY_FLAG_DISABLE) && (flags & needed);
}

static bool wants_modified(const struct job *job)
{
    uint32_t flags = job->facts.notify_flags;
    return job->notify.is_modified && job->notify.target && !(flags & NOTIFY_FLAG_DISABLE) &&
           (flags & NOTIFY_FLAG_MODIFICATION);
}

/* The next call of the job: its kind and earliest time. False when it has nothing to tell. */
static bool next_call(const struct job *job, enum notify_kind *kind, uint64_t *due)
{
    const struct notify_slot *slot = &job->notify;
    bool is_owed = wants_owed(job);
    bool is_modified = wants_modified(job);
    /* A refused event waits for its next turn; what changes meanwhile is told. */
    if (is_owed && (!is_modified || (slot->owed_comes_first && slot->retry_delay == 0))) {
        *kind = job->facts.owed == JOB_OWED_TRANSFERRED ? NOTIFY_TRANSFERRED : NOTIFY_ERROR;
        *due = slot->due;
        return true;
    }
    *kind = NOTIFY_MODIFICATION;
    *due = slot->is_modified_by_bytes ? slot->modified_told_at + NOTIFY_MODIFICATION_MS : 0;
    return is_modified;
}

static void make_ready(struct engine *engine, struct job *job) REQUIRES(engine->model_lock)
{
    if (job->notify.is_ready)
        return;
    job_addref(job);
    job->notify.is_ready = true;
    job->notify.next_ready = NULL;
    if (engine->ready_last)
        engine->ready_last->notify.next_ready = job;
    else
        engine->ready_first = job;
    engine->ready_last = job;
    engine->ready_count++;
    condition_wake_one(&engine->ready_changed);
    signal_set(&engine->signal); /* perhaps a thread is missing */
}

static void make_timed(struct engine *engine, struct job *job) REQUIRES(engine->model_lock)
{
    if (job->notify.is_timed)
        return;
    job_addref(job);
    job->notify.is_timed = true;
    job->notify.next_timed = engine->timed;
    engine->timed = job;
    signal_set(&engine->signal);
}

void notify_plan(struct engine *engine, struct job *job)
{
    enum notify_kind kind;
    uint64_t due;
    if (!wants_modified(job))
        job->notify.is_modified = false; /* nobody listens: a modification is not owed */
    if (job->notify.is_busy || !next_call(job, &kind, &due))
        return;
    if (due <= engine->env.clock->now(engine->env.clock))
        make_ready(engine, job);
    else
        make_timed(engine, job);
}

void notify_modified(struct engine *engine, struct job *job, bool by_bytes)
{
    struct notify_slot *slot = &job->notify;
    if (!slot->is_modified) {
        slot->is_modified = true;
        slot->is_modified_by_bytes = by_bytes;
        slot->owed_comes_first = job->facts.owed != JOB_OWED_NONE;
    } else if (!by_bytes) {
        slot->is_modified_by_bytes = false;
    }
    notify_plan(engine, job);
}

void notify_owed_changed(struct engine *engine, struct job *job)
{
    struct notify_slot *slot = &job->notify;
    slot->owed_serial++;
    slot->retry_delay = 0;
    slot->due = 0;
    slot->owed_comes_first = !slot->is_modified;
    if (wants_owed(job))
        notify_plan(engine, job);
    else
        notify_modified(engine, job, false); /* the entry to TRANSFERRED or ERROR is not reported as such */
}

/* ---- Calling ---- */

struct call {
    struct job *job; /* the ready list's reference */
    struct notify_target *target;
    struct job_error error;
    enum notify_kind kind;
    uint32_t serial;
};

/* Takes the first job that still has something to tell now. */
static bool take_call(struct engine *engine, struct call *call) REQUIRES(engine->model_lock)
{
    while (engine->ready_first) {
        struct job *job = engine->ready_first;
        struct notify_slot *slot = &job->notify;
        uint64_t due;
        engine->ready_first = slot->next_ready;
        if (!engine->ready_first)
            engine->ready_last = NULL;
        engine->ready_count--;
        slot->is_ready = false;
        bool is_due = !slot->is_busy && next_call(job, &call->kind, &due);
        if (is_due && due <= engine->env.clock->now(engine->env.clock)) {
            call->job = job;
            call->target = slot->target;
            call->error = job->facts.error;
            call->serial = slot->owed_serial;
            notify_target_addref(call->target);
            slot->is_busy = true;
            engine->calls_in_flight++;
            if (engine->ready_first)
                signal_set(&engine->signal); /* this thread may stay in client code: another may be needed */
            if (call->kind == NOTIFY_MODIFICATION) {
                slot->is_modified = false;
                slot->modified_told_at = engine->env.clock->now(engine->env.clock);
            }
            return true;
        }
        notify_plan(engine, job);
        job_release(job);
    }
    return false;
}

/* The client took what was owed: that is durable. A newer event stays. */
static void clear_owed(struct engine *engine, const struct call *call)
{
    struct job *job = call->job;
    lock_acquire(&engine->store_lock);
    lock_acquire(&engine->model_lock);
    struct job_facts facts = job->facts;
    bool is_same = job->is_listed && job->notify.owed_serial == call->serial && facts.owed != JOB_OWED_NONE;
    lock_release(&engine->model_lock);
    if (is_same) {
        facts.owed = JOB_OWED_NONE;
        HRESULT hr = engine_commit_job(engine, job, &facts);
        if (FAILED(hr))
            (void)log_failure(LOG_NOTIFY, hr, L"a delivered event may be delivered again");
        lock_acquire(&engine->model_lock);
        job->facts = facts;
        job->notify.retry_delay = 0;
        lock_release(&engine->model_lock);
    }
    lock_release(&engine->store_lock);
}

static void plan_repeat(struct engine *engine, struct notify_slot *slot)
{
    slot->retry_delay = slot->retry_delay ? slot->retry_delay * 2 : NOTIFY_RETRY_FIRST_MS;
    if (slot->retry_delay > NOTIFY_RETRY_MAX_MS)
        slot->retry_delay = NOTIFY_RETRY_MAX_MS;
    slot->due = engine->env.clock->now(engine->env.clock) + slot->retry_delay;
}

static void end_call(struct engine *engine, const struct call *call, enum notify_outcome outcome)
{
    struct job *job = call->job;
    struct notify_slot *slot = &job->notify;
    struct notify_target *dropped = NULL;
    if (outcome == NOTIFY_DELIVERED && call->kind != NOTIFY_MODIFICATION)
        clear_owed(engine, call);
    lock_acquire(&engine->model_lock);
    bool is_current = slot->target == call->target;
    if (outcome == NOTIFY_REFUSED && call->kind != NOTIFY_MODIFICATION && is_current &&
        slot->owed_serial == call->serial)
        plan_repeat(engine, slot);
    if (outcome == NOTIFY_GONE && is_current) {
        dropped = slot->target;
        slot->target = NULL;
        log_line(LOG_WARN, LOG_NOTIFY, L"a client's callback interface is gone");
    }
    slot->is_busy = false;
    engine->calls_in_flight--;
    notify_plan(engine, job);
    lock_release(&engine->model_lock);
    notify_target_release(dropped);
    notify_target_release(call->target);
    job_release(job);
    signal_set(&engine->signal);
}

/* Waits for work; false when the thread should leave. */
static bool wait_for_call(struct engine *engine, struct call *call)
{
    bool has_call = false;
    bool was_idle = false;
    lock_acquire(&engine->model_lock);
    while (!engine->is_stopping && !(has_call = take_call(engine, call)) && !was_idle) {
        engine->call_threads_idle++;
        condition_wait(&engine->ready_changed, &engine->model_lock, CALL_THREAD_IDLE_MS);
        engine->call_threads_idle--;
        was_idle = engine->ready_count == 0;
    }
    lock_release(&engine->model_lock);
    return has_call;
}

static void call_clients(void *context)
{
    struct call_thread *self = context;
    struct engine *engine = self->engine;
    struct call call;
    if (engine->env.call_thread_enter)
        engine->env.call_thread_enter();
    while (wait_for_call(engine, &call))
        end_call(engine, &call, call.target->deliver(call.target, call.job, call.kind, &call.error));
    if (engine->env.call_thread_leave)
        engine->env.call_thread_leave();
    lock_acquire(&engine->model_lock);
    self->is_over = true;
    engine->call_thread_count--;
    lock_release(&engine->model_lock);
    signal_set(&engine->signal);
}

/* ---- Threads ---- */

static void start_thread(struct engine *engine)
{
    struct call_thread *thread = mem_alloc(sizeof *thread);
    if (!thread)
        return; /* the work waits for a thread that is there, or for the next step */
    thread->engine = engine;
    lock_acquire(&engine->model_lock);
    engine->call_thread_count++;
    thread->next = engine->call_threads;
    engine->call_threads = thread;
    lock_release(&engine->model_lock);
    HRESULT hr = thread_start(u"dosvc call", call_clients, thread, &thread->thread);
    if (SUCCEEDED(hr))
        return;
    (void)log_failure(LOG_NOTIFY, hr, L"cannot start a thread for calls to clients");
    lock_acquire(&engine->model_lock);
    engine->call_thread_count--;
    engine->call_threads = thread->next;
    lock_release(&engine->model_lock);
    mem_free(thread);
}

static void join_finished_threads(struct engine *engine)
{
    struct call_thread *finished = NULL;
    lock_acquire(&engine->model_lock);
    for (struct call_thread **place = &engine->call_threads; *place;) {
        struct call_thread *thread = *place;
        if (thread->is_over) {
            *place = thread->next;
            thread->next = finished;
            finished = thread;
        } else {
            place = &thread->next;
        }
    }
    lock_release(&engine->model_lock);
    while (finished) {
        struct call_thread *next = finished->next;
        thread_join(finished->thread);
        mem_free(finished);
        finished = next;
    }
}

/* Jobs whose time has come are ready; gives when the next one's does. */
static uint64_t release_timed(struct engine *engine) REQUIRES(engine->model_lock)
{
    uint64_t next = CLOCK_NEVER;
    uint64_t now = engine->env.clock->now(engine->env.clock);
    struct job **place = &engine->timed;
    while (*place) {
        struct job *job = *place;
        enum notify_kind kind;
        uint64_t due = 0;
        bool has_call = !job->notify.is_busy && next_call(job, &kind, &due);
        if (has_call && due > now) {
            next = due < next ? due : next;
            place = &job->notify.next_timed;
            continue;
        }
        *place = job->notify.next_timed;
        job->notify.is_timed = false;
        if (has_call)
            make_ready(engine, job);
        job_release(job);
    }
    return next;
}

uint64_t notify_step(struct engine *engine)
{
    join_finished_threads(engine);
    lock_acquire(&engine->model_lock);
    uint64_t next = release_timed(engine);
    uint32_t missing =
        engine->ready_count > engine->call_threads_idle ? engine->ready_count - engine->call_threads_idle : 0;
    uint32_t room = CALL_THREADS_MAX - engine->call_thread_count;
    /* One thread at first; another only when all of them are inside client code. */
    bool all_called = engine->calls_in_flight == engine->call_thread_count;
    lock_release(&engine->model_lock);
    if (missing && room && all_called)
        start_thread(engine);
    return next;
}

void notify_stop(struct engine *engine)
{
    lock_acquire(&engine->model_lock);
    engine->is_stopping = true;
    condition_wake_all(&engine->ready_changed);
    lock_release(&engine->model_lock);
    while (engine->call_threads) {
        struct call_thread *thread = engine->call_threads;
        engine->call_threads = thread->next;
        thread_join(thread->thread);
        mem_free(thread);
    }
    while (engine->ready_first) {
        struct job *job = engine->ready_first;
        engine->ready_first = job->notify.next_ready;
        job_release(job);
    }
    while (engine->timed) {
        struct job *job = engine->timed;
        engine->timed = job->notify.next_timed;
        job_release(job);
    }
}
