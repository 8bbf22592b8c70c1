/* What clients are told, in which order and when. A job has at most one call in flight; notify_threads.c makes the calls. */
#include "engine_private.h"
#include "log.h"

#include <string.h>

void notify_target_addref(struct notify_target *target)
{
    atomic_fetch_add(&target->references, 1);
}

void notify_target_release(struct notify_target *target)
{
    if (target && atomic_fetch_sub(&target->references, 1) == 1)
        target->destroy(target);
}

static uint64_t clock_now(struct engine *engine)
{
    return engine->env.clock->now(engine->env.clock);
}

/* ---- What is to be told, and when ---- */

static enum notify_kind owed_kind(const struct job *job)
{
    return job->facts.owed == JOB_OWED_TRANSFERRED ? NOTIFY_TRANSFERRED : NOTIFY_ERROR;
}

static bool wants_owed(const struct job *job)
{
    return job->facts.owed != JOB_OWED_NONE && notify_wants(job, owed_kind(job));
}

static bool wants_modified(const struct job *job)
{
    return job->notify.is_modified && notify_wants(job, NOTIFY_MODIFICATION);
}

static bool wants_files(const struct job *job)
{
    return notify_wants(job, NOTIFY_FILE_TRANSFERRED) && !job_state_is_dead(job->facts.state);
}

static struct job_file *take_untold(struct notify_slot *slot)
{
    struct job_file *file = slot->untold_first;
    slot->untold_first = file->next_untold;
    if (!slot->untold_first)
        slot->untold_last = NULL;
    file->is_untold = false;
    return file;
}

/* Neither a modification nor the end of a file is owed: what nobody listens to is forgotten, and a file that is to be fetched again has not ended. */
static void forget_unheard(struct job *job)
{
    struct notify_slot *slot = &job->notify;
    if (!wants_modified(job))
        slot->is_modified = false;
    bool has_listener = !slot->untold_first || wants_files(job);
    while (slot->untold_first && (!has_listener || slot->untold_first->status == FILE_PENDING)) {
        (void)take_untold(slot);
        slot->due = slot->retry_delay = 0; /* what comes next has not been refused */
    }
}

/* The first of what is repeated until it is taken: the ends of files in their order, then what is owed. False when there is none. */
static bool next_event(const struct job *job, enum notify_kind *kind, uint32_t *order)
{
    const struct notify_slot *slot = &job->notify;
    if (slot->untold_first) {
        *kind = NOTIFY_FILE_TRANSFERRED;
        *order = slot->untold_first->untold_order;
        return true;
    }
    *kind = owed_kind(job);
    *order = slot->owed_order;
    return wants_owed(job);
}

/* The next call of the job: its kind and earliest time. False when it has nothing to tell. Calls come in the order of their causes, but one that has to wait
 * keeps no other waiting. */
static bool next_call(const struct job *job, uint64_t now, enum notify_kind *kind, uint64_t *due)
{
    const struct notify_slot *slot = &job->notify;
    uint64_t modified_due = 0;
    if (slot->is_modified_by_bytes)
        modified_due =
            slot->modified_told_at + property_set_number(job->properties, PROPERTY_MINIMUM_NOTIFICATION_INTERVAL);
    uint32_t order;
    bool has_event = next_event(job, kind, &order);
    *due = slot->due;
    if (!wants_modified(job))
        return has_event;
    bool both_wait = slot->due > now && modified_due > now;
    bool neither_waits = slot->due <= now && modified_due <= now;
    bool is_event_first = neither_waits ? order < slot->modified_order
                          : both_wait   ? slot->due < modified_due
                                        : slot->due <= now;
    if (has_event && is_event_first)
        return true;
    *kind = NOTIFY_MODIFICATION;
    *due = modified_due;
    return true;
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
    uint64_t now = clock_now(engine);
    forget_unheard(job);
    if (job->notify.is_busy || !next_call(job, now, &kind, &due))
        return;
    if (due <= now)
        make_ready(engine, job);
    else
        make_timed(engine, job);
}

uint64_t notify_release_timed(struct engine *engine)
{
    uint64_t next = CLOCK_NEVER;
    uint64_t now = clock_now(engine);
    struct job **place = &engine->timed;
    while (*place) {
        struct job *job = *place;
        enum notify_kind kind;
        uint64_t due = 0;
        bool has_call = !job->notify.is_busy && next_call(job, now, &kind, &due);
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

/* ---- Causes ---- */

void notify_modified(struct engine *engine, struct job *job, bool by_bytes)
{
    struct notify_slot *slot = &job->notify;
    if (!slot->is_modified) {
        slot->is_modified = true;
        slot->is_modified_by_bytes = by_bytes;
        slot->modified_order = ++slot->order;
    } else if (!by_bytes) {
        slot->is_modified_by_bytes = false;
    }
    notify_plan(engine, job);
}

void notify_owed_changed(struct engine *engine, struct job *job)
{
    struct notify_slot *slot = &job->notify;
    slot->owed_serial++;
    slot->owed_order = ++slot->order;
    slot->is_handed_over = false;
    if (!slot->untold_first)
        slot->due = slot->retry_delay = 0;
    if (wants_owed(job))
        notify_plan(engine, job);
    else
        notify_modified(engine, job, false); /* the entry to TRANSFERRED or ERROR is not reported as such */
}

void notify_file_transferred(struct engine *engine, struct job_file *file)
{
    struct notify_slot *slot = &file->job->notify;
    if (file->is_untold || !wants_files(file->job))
        return;
    file->is_untold = true;
    file->untold_order = ++slot->order;
    file->next_untold = NULL;
    if (slot->untold_last)
        slot->untold_last->next_untold = file;
    else
        slot->untold_first = file;
    slot->untold_last = file;
    notify_plan(engine, file->job);
}

void notify_target_changed(struct engine *engine, struct job *job)
{
    struct notify_slot *slot = &job->notify;
    slot->target_serial++;
    slot->is_handed_over = false;
    slot->due = slot->retry_delay = 0;
    notify_plan(engine, job);
}

/* ---- Calls ---- */

static void begin_call(struct engine *engine, struct job *job, struct notify_call *call) REQUIRES(engine->model_lock)
{
    struct notify_slot *slot = &job->notify;
    call->job = job;
    call->route = notify_route_of(job, call->event.kind);
    call->target = call->route == NOTIFY_ROUTE_INTERFACE ? slot->target : NULL;
    if (call->target)
        notify_target_addref(call->target);
    if (call->route == NOTIFY_ROUTE_CLASS)
        memcpy(call->class_id, property_set_find(job->properties, PROPERTY_NOTIFICATION_CLSID)->bytes,
               sizeof call->class_id);
    call->event.error = job->facts.error;
    call->event.file = NULL;
    call->owed_serial = slot->owed_serial;
    call->target_serial = slot->target_serial;
    slot->is_busy = true;
    engine->calls_in_flight++;
    if (call->event.kind == NOTIFY_FILE_TRANSFERRED)
        call->event.file = take_untold(slot);
    if (call->event.kind == NOTIFY_MODIFICATION) {
        slot->is_modified = false;
        slot->modified_told_at = clock_now(engine);
    }
    if (engine->ready_first)
        signal_set(&engine->signal); /* this thread may stay in client code: another may be needed */
}

bool notify_take_call(struct engine *engine, struct notify_call *call)
{
    while (engine->ready_first) {
        struct job *job = engine->ready_first;
        uint64_t due;
        uint64_t now = clock_now(engine);
        engine->ready_first = job->notify.next_ready;
        if (!engine->ready_first)
            engine->ready_last = NULL;
        engine->ready_count--;
        job->notify.is_ready = false;
        forget_unheard(job);
        if (!job->notify.is_busy && next_call(job, now, &call->event.kind, &due) && due <= now) {
            begin_call(engine, job, call);
            return true;
        }
        notify_plan(engine, job);
        job_release(job);
    }
    return false;
}

/* The client took what was owed: that is durable. A newer event stays. */
static void clear_owed(struct engine *engine, const struct notify_call *call)
{
    struct job *job = call->job;
    lock_acquire(&engine->store_lock);
    lock_acquire(&engine->model_lock);
    struct job_facts facts = job->facts;
    bool is_same = job->is_listed && job->notify.owed_serial == call->owed_serial && facts.owed != JOB_OWED_NONE;
    lock_release(&engine->model_lock);
    if (is_same) {
        facts.owed = JOB_OWED_NONE;
        HRESULT hr = engine_commit_job(engine, job, &facts);
        if (FAILED(hr))
            (void)log_failure(LOG_NOTIFY, hr, L"a delivered event may be delivered again");
        lock_acquire(&engine->model_lock);
        job->facts = facts;
        lock_release(&engine->model_lock);
    }
    lock_release(&engine->store_lock);
}

/* The file is the next to be told again, unless it was fetched anew meanwhile: then its next end counts. */
static bool put_back_untold(struct notify_slot *slot, struct job_file *file)
{
    if (file->is_untold || file->status == FILE_PENDING)
        return false;
    file->is_untold = true;
    file->next_untold = slot->untold_first;
    slot->untold_first = file;
    if (!slot->untold_last)
        slot->untold_last = file;
    return true;
}

/* Interfaces are called again soon at first, programs not before the retry delay that the client chose. */
static void plan_repeat(struct engine *engine, struct job *job, enum notify_route route) REQUIRES(engine->model_lock)
{
    struct notify_slot *slot = &job->notify;
    uint64_t first = NOTIFY_RETRY_FIRST_MS;
    if (route == NOTIFY_ROUTE_COMMAND)
        first = property_set_number(job->properties, PROPERTY_MINIMUM_RETRY_DELAY) * 1000;
    uint64_t most = first > NOTIFY_RETRY_MAX_MS ? first : NOTIFY_RETRY_MAX_MS;
    slot->retry_delay = slot->retry_delay ? slot->retry_delay * 2 : first;
    if (slot->retry_delay > most)
        slot->retry_delay = most;
    slot->due = clock_now(engine) + slot->retry_delay;
}

/* What the outcome means for the event. A modification is told once, whatever the client makes of it. */
static void settle_event(struct engine *engine, const struct notify_call *call, enum notify_outcome outcome)
    REQUIRES(engine->model_lock)
{
    struct job *job = call->job;
    struct notify_slot *slot = &job->notify;
    if (call->event.kind == NOTIFY_MODIFICATION)
        return;
    bool is_file = call->event.kind == NOTIFY_FILE_TRANSFERRED;
    bool is_next = is_file || slot->owed_serial == call->owed_serial;
    if (is_file && outcome != NOTIFY_DELIVERED)
        is_next = put_back_untold(slot, call->event.file);
    if (is_next && outcome == NOTIFY_DELIVERED)
        slot->due = slot->retry_delay = 0;
    if (!is_next || outcome != NOTIFY_REFUSED || slot->target_serial != call->target_serial)
        return;
    if (!is_file && call->route != NOTIFY_ROUTE_COMMAND && notify_has_command(job))
        slot->is_handed_over = true; /* and at once: it has refused nothing yet */
    else
        plan_repeat(engine, job, call->route);
}

void notify_end_call(struct engine *engine, const struct notify_call *call, enum notify_outcome outcome)
{
    struct job *job = call->job;
    struct notify_slot *slot = &job->notify;
    struct notify_target *dropped = NULL;
    bool was_owed = call->event.kind == NOTIFY_TRANSFERRED || call->event.kind == NOTIFY_ERROR;
    if (outcome == NOTIFY_DELIVERED && was_owed)
        clear_owed(engine, call);
    lock_acquire(&engine->model_lock);
    settle_event(engine, call, outcome);
    if (outcome == NOTIFY_GONE && call->target && slot->target == call->target) {
        dropped = slot->target;
        slot->target = NULL;
        notify_target_changed(engine, job);
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
