/* The threads that call clients. One at first; another only when all of them are inside client code. */
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

/* Waits for work; false when the thread should leave: from then on it counts as gone, and what becomes ready is for another one. */
static bool wait_for_call(struct engine *engine, struct notify_call *call)
{
    bool has_call = false;
    bool was_idle = false;
    lock_acquire(&engine->model_lock);
    while (!engine->is_stopping && !(has_call = notify_take_call(engine, call)) && !was_idle) {
        engine->call_threads_idle++;
        condition_wait(&engine->ready_changed, &engine->model_lock, CALL_THREAD_IDLE_MS);
        engine->call_threads_idle--;
        was_idle = engine->ready_count == 0;
    }
    engine->call_thread_count -= !has_call;
    lock_release(&engine->model_lock);
    return has_call;
}

/* A program ends its call by itself. */
static void make_call(struct engine *engine, const struct notify_call *call)
{
    enum notify_outcome outcome = NOTIFY_REFUSED;
    switch (call->route) {
    case NOTIFY_ROUTE_NONE: break;
    case NOTIFY_ROUTE_INTERFACE: outcome = call->target->deliver(call->target, call->job, &call->event); break;
    case NOTIFY_ROUTE_CLASS: outcome = engine->env.deliver_to_class(call->class_id, call->job, &call->event); break;
    case NOTIFY_ROUTE_COMMAND:
        if (notify_command_begin(engine, call))
            return;
        break;
    }
    notify_end_call(engine, call, outcome);
}

static void call_clients(void *context)
{
    struct call_thread *self = context;
    struct engine *engine = self->engine;
    struct notify_call call;
    if (engine->env.call_thread_enter)
        engine->env.call_thread_enter();
    while (wait_for_call(engine, &call))
        make_call(engine, &call);
    if (engine->env.call_thread_leave)
        engine->env.call_thread_leave();
    lock_acquire(&engine->model_lock);
    self->is_over = true;
    lock_release(&engine->model_lock);
    signal_set(&engine->signal);
}

/* False when there is none: the work waits for a thread that is there, or for the next try. */
static bool start_thread(struct engine *engine)
{
    struct call_thread *thread = mem_alloc(sizeof *thread);
    if (!thread)
        return false;
    thread->engine = engine;
    lock_acquire(&engine->model_lock);
    engine->call_thread_count++;
    thread->next = engine->call_threads;
    engine->call_threads = thread;
    lock_release(&engine->model_lock);
    HRESULT hr = thread_start(u"dosvc call", call_clients, thread, &thread->thread);
    if (SUCCEEDED(hr))
        return true;
    (void)log_failure(LOG_NOTIFY, hr, L"cannot start a thread for calls to clients");
    lock_acquire(&engine->model_lock);
    engine->call_thread_count--;
    engine->call_threads = thread->next;
    lock_release(&engine->model_lock);
    mem_free(thread);
    return false;
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

uint64_t notify_step(struct engine *engine)
{
    join_finished_threads(engine);
    notify_command_step(engine);
    lock_acquire(&engine->model_lock);
    uint64_t next = notify_release_timed(engine);
    uint32_t missing =
        engine->ready_count > engine->call_threads_idle ? engine->ready_count - engine->call_threads_idle : 0;
    uint32_t room = CALL_THREADS_MAX - engine->call_thread_count;
    bool all_called = engine->calls_in_flight - engine->command_count == engine->call_thread_count;
    lock_release(&engine->model_lock);
    if (!missing || !room || !all_called || start_thread(engine))
        return next;
    uint64_t again = engine->env.clock->now(engine->env.clock) + CALL_THREAD_RETRY_MS;
    return again < next ? again : next;
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
    notify_command_stop(engine);
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
