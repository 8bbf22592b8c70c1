#include "recording_target.h"

#include "engine_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define CHECKPOINT_LIMIT_MS 500 /* finished files are recorded within this time */

static enum notify_outcome choose_answer(const struct recorder *recorder)
{
    if (!recorder->answer_count)
        return NOTIFY_DELIVERED;
    LONG given = recorder->transferred + recorder->errors + recorder->files;
    LONG last = (LONG)recorder->answer_count - 1;
    return recorder->answers[given < last ? given : last];
}

/* One call at a time: that is what `overlapped` is for. */
static void note(struct recorder *recorder, char call)
{
    size_t length = strlen(recorder->calls);
    if (length + 1 < sizeof(recorder->calls))
        recorder->calls[length] = call;
}

static enum notify_outcome recorder_deliver(struct notify_target *target, struct job *job,
                                            const struct notify_event *event)
{
    struct recorder *recorder = CONTAINING_RECORD(target, struct recorder, target);
    volatile LONG *const counters[] = {&recorder->transferred, &recorder->errors, &recorder->modified,
                                       &recorder->files};
    if (InterlockedIncrement(&recorder->running) > 1)
        InterlockedIncrement(&recorder->overlapped);
    enum notify_outcome answer = event->kind == NOTIFY_MODIFICATION ? NOTIFY_DELIVERED : choose_answer(recorder);
    if (recorder->inside)
        recorder->inside_result = recorder->inside(job);
    if (event->kind == NOTIFY_ERROR)
        recorder->error = event->error.code;
    note(recorder, event->file ? (char)('0' + event->file->number) : "TEM?"[event->kind]);
    InterlockedDecrement(&recorder->running);
    InterlockedIncrement(counters[event->kind]);
    return answer;
}

static void recorder_destroy(struct notify_target *target)
{
    InterlockedIncrement(&CONTAINING_RECORD(target, struct recorder, target)->destroyed);
}

void recorder_init(struct recorder *recorder)
{
    memset(recorder, 0, sizeof(*recorder));
    recorder->target.deliver = recorder_deliver;
    recorder->target.destroy = recorder_destroy;
    atomic_init(&recorder->target.references, 1);
}

void recorder_attach(struct recorder *recorder, struct job *job)
{
    recorder_init(recorder);
    assert_int_equal(job_set_notify_target(job, &recorder->target), S_OK);
    notify_target_release(&recorder->target);
}

struct count_wanted {
    volatile LONG *counter;
    LONG count;
};

static bool has_count(void *context)
{
    struct count_wanted *wanted = context;
    return InterlockedCompareExchange(wanted->counter, 0, 0) >= wanted->count;
}

void recorder_until(struct engine_fixture *fixture, volatile LONG *counter, LONG count)
{
    struct count_wanted wanted = {counter, count};
    fixture_until(fixture, has_count, &wanted, "calls");
}

static bool is_idle(void *context)
{
    return engine_is_idle(context);
}

void recorder_until_idle(struct engine_fixture *fixture)
{
    fake_clock_advance(&fixture->clock, 10000);
    fixture_until(fixture, is_idle, fixture->engine, "an idle engine");
}

/* Only when the call before it has ended is the repetition planned: until then any other deadline may be the next. */
static bool is_calling(struct engine *engine)
{
    lock_acquire(&engine->model_lock);
    bool is_calling = engine->calls_in_flight != 0 || engine->ready_first != NULL;
    lock_release(&engine->model_lock);
    return is_calling;
}

static bool has_far_deadline(void *context)
{
    struct engine_fixture *fixture = context;
    if (is_calling(fixture->engine))
        return false;
    uint64_t now = fixture->clock.clock.now(&fixture->clock.clock);
    uint64_t next = engine_step(fixture->engine);
    return next != CLOCK_NEVER && next - now > CHECKPOINT_LIMIT_MS;
}

void recorder_until_repeat(struct engine_fixture *fixture)
{
    fixture_until(fixture, has_far_deadline, fixture, "a planned repetition");
}
