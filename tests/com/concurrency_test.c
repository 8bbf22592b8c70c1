/* Many threads call random methods of a few jobs while transfers run, fail and are tried again. Every transition that was applied is recorded, and
 * afterwards the record is replayed through the table written by hand: each step was legal, each answer is explained by a state that the job had between
 * call and return. */
#include "concurrency.h"
#include "test_memory.h"
#include "transition_record.h"

#include "hand_table.h"
#include "memory.h"
#include "usage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- The replay ---- */

static bool is_of(const struct applied_transition *applied, unsigned job)
{
    return memcmp(applied->job, &scene.ids[job], sizeof applied->job) == 0;
}

static void fail_step(const struct step *step, const char *what)
{
    fail_msg("%s of job %u, transitions %zu to %zu: %08lX %s", concurrency_kinds[step->operation].name, step->job,
             step->begin, step->end, (unsigned long)step->answer, what);
}

/* The state of a job at a moment. */
struct moment {
    enum job_state state;
    bool is_completing;
};

static struct moment moment_at(unsigned job, size_t count)
{
    while (count > 0) {
        const struct applied_transition *applied = transition_record_at(--count);
        if (is_of(applied, job))
            return (struct moment){applied->to, applied->is_completing};
    }
    return (struct moment){JOB_SUSPENDED, false};
}

static bool was_completing_before(unsigned job, size_t count)
{
    bool was_completing = false;
    for (size_t i = 0; i < count && !was_completing; i++)
        was_completing = is_of(transition_record_at(i), job) && transition_record_at(i)->was_completing;
    return was_completing;
}

/* Would the call have had this answer at that moment, without a transition? */
static bool is_explained_by(const struct step *step, const struct moment *moment)
{
    bool is_dead = moment->state == JOB_ACKNOWLEDGED || moment->state == JOB_CANCELLED;
    bool is_failed = moment->state == JOB_ERROR || moment->state == JOB_TRANSIENT_ERROR;
    bool is_moving = moment->state == JOB_TRANSFERRING || moment->state == JOB_TRANSFERRED;
    switch (step->operation) {
    case OP_STATE: {
        static const BG_JOB_STATE words[] = {
            BG_JOB_STATE_SUSPENDED, BG_JOB_STATE_QUEUED,      BG_JOB_STATE_TRANSFERRING, BG_JOB_STATE_TRANSIENT_ERROR,
            BG_JOB_STATE_ERROR,     BG_JOB_STATE_TRANSFERRED, BG_JOB_STATE_ACKNOWLEDGED, BG_JOB_STATE_CANCELLED};
        return step->answer == S_OK && words[moment->state] == step->state;
    }
    case OP_ERROR: return step->answer == S_OK ? !is_moving : !is_failed;
    case OP_FIND: return step->answer == (is_dead ? DO_E_JOB_NOT_FOUND : S_OK);
    case OP_INTERFACE: return step->answer == (is_dead || moment->is_completing ? DO_E_INVALID_STATE : S_OK);
    case OP_REJECT:
        if (step->answer == E_PENDING)
            return !is_dead && !moment->is_completing;
        if (step->answer == DO_E_INVALID_STATE && was_completing_before(step->job, step->end))
            return true; /* of a file that a Complete has delivered before it failed */
        break;
    default: break;
    }
    enum job_event event = concurrency_kinds[step->operation].event;
    if (event == JOB_EVENT_COUNT)
        return step->answer == S_OK;
    struct job_transition outcome = hand_table_outcome(moment->state, event);
    if (moment->is_completing)
        outcome.answer = DO_E_INVALID_STATE;
    return outcome.answer == step->answer && (FAILED(outcome.answer) || outcome.effects == 0);
}

static bool is_explained_by_some_moment(const struct step *step)
{
    struct moment moment = moment_at(step->job, step->begin);
    if (is_explained_by(step, &moment))
        return true;
    for (size_t i = step->begin; i < step->end; i++) {
        const struct applied_transition *applied = transition_record_at(i);
        moment = (struct moment){applied->to, applied->is_completing};
        if (is_of(applied, step->job) && is_explained_by(step, &moment))
            return true;
    }
    return false;
}

/* What the caller's thread itself applied explains a success; a failure applied nothing. Gives how many transitions that were. */
static size_t check_step(const struct runner *runner, const struct step *step)
{
    const struct applied_transition *own[3];
    size_t count = 0;
    for (size_t i = step->begin; i < step->end; i++) {
        const struct applied_transition *applied = transition_record_at(i);
        if (applied->thread == runner->id && is_of(applied, step->job) && count < ARRAYSIZE(own))
            own[count++] = applied;
    }
    if (count == 0) {
        if (!is_explained_by_some_moment(step))
            fail_step(step, "is explained by no state that the job had meanwhile");
        return 0;
    }
    enum job_event event = concurrency_kinds[step->operation].event;
    if (transition_record_event(own[0]) != event)
        fail_step(step, "was another event");
    if (event != JOB_EVENT_COMPLETE) {
        if (count != 1 || step->answer != S_OK)
            fail_step(step, "and one transition do not go together");
    } else {
        bool is_delivered = step->answer == S_OK || step->answer == BG_S_PARTIAL_COMPLETE;
        enum job_event end = is_delivered ? JOB_EVENT_DELIVERED : JOB_EVENT_COMPLETE; /* back in its state */
        if (count != 2 || transition_record_event(own[1]) != end || !own[1]->was_completing ||
            (!is_delivered && step->answer != DELIVERY_FAILURE))
            fail_step(step, "is no Complete");
    }
    return count;
}

static void check_answers(void)
{
    for (unsigned i = 0; i < THREADS; i++) {
        size_t own = 0, all = 0;
        for (unsigned k = 0; k < STEPS; k++)
            own += check_step(&scene.runners[i], &scene.runners[i].steps[k]);
        for (size_t k = 0; k < transition_record_count(); k++)
            all += transition_record_at(k)->thread == scene.runners[i].id;
        assert_int_equal(all, own + scene.runners[i].made); /* no call did something to another job, or later */
    }
}

/* What a client calls and what befalls the job may be the same to it. No callback calls such a thing: it is one of the runners, or the engine. */
static enum job_event tell_apart(enum job_event event, const struct applied_transition *applied)
{
    for (unsigned i = 0; i < THREADS; i++) {
        if (scene.runners[i].id == applied->thread)
            return event;
    }
    return event == JOB_EVENT_CANCEL ? JOB_EVENT_EXPIRED : event == JOB_EVENT_INVALID ? JOB_EVENT_FATAL : event;
}

static void check_record(void)
{
    static unsigned seen[JOB_EVENT_COUNT];
    unsigned undelivered = 0;
    static struct moment moments[JOBS_MAX];
    memset(moments, 0, sizeof moments); /* SUSPENDED */
    for (size_t i = 0; i < transition_record_count(); i++) {
        const struct applied_transition *applied = transition_record_at(i);
        enum job_event event = transition_record_event(applied);
        unsigned job = 0;
        while (job < scene.job_count && !is_of(applied, job))
            job++;
        if (job == scene.job_count || event == JOB_EVENT_COUNT || applied->from != moments[job].state ||
            applied->was_completing != moments[job].is_completing)
            fail_msg("transition %zu of job %u from %c (completing %d) to %c (%d), effects %lX: illegal", i, job,
                     hand_table_state_letter(applied->from), applied->was_completing,
                     hand_table_state_letter(applied->to), applied->is_completing, (unsigned long)applied->effects);
        moments[job] = (struct moment){applied->to, applied->is_completing};
        seen[tell_apart(event, applied)]++;
        undelivered += event == JOB_EVENT_COMPLETE && applied->was_completing;
    }
    for (unsigned job = 0; job < scene.job_count; job++) {
        struct step last = {OP_STATE, job, transition_record_count(), transition_record_count(), S_OK, 0};
        last.state = env_state(scene.jobs[job]);
        if (!is_explained_by(&last, &moments[job]))
            fail_step(&last, "is not the state of the record");
    }
    print_message("%u transitions of %u jobs:", (unsigned)transition_record_count(), scene.job_count);
    for (int event = 0; event < JOB_EVENT_COUNT; event++)
        print_message(" %s %u,", hand_table_event_name((enum job_event)event), seen[event]);
    print_message(" of the Completes %u could not deliver\n", undelivered);
    static const enum job_event wanted[] = {
        JOB_EVENT_CHANGE,   JOB_EVENT_ADD_FILES, JOB_EVENT_RESUME,    JOB_EVENT_SUSPEND, JOB_EVENT_CANCEL,
        JOB_EVENT_COMPLETE, JOB_EVENT_STARTED,   JOB_EVENT_DELIVERED, JOB_EVENT_EXPIRED, JOB_EVENT_FATAL};
    for (size_t i = 0; i < ARRAYSIZE(wanted); i++)
        assert_int_not_equal(seen[wanted[i]], 0);
}

/* ---- The test ---- */

static void every_answer_is_explained_by_a_state(void **state)
{
    (void)state;
    const char *given = getenv("DOSVC_TEST_SEED");
    uint32_t seed = given ? (uint32_t)strtoul(given, NULL, 0) : (uint32_t)GetTickCount64();
    print_message("DOSVC_TEST_SEED=%lu\n", (unsigned long)seed);
    transition_record_clear();
    concurrency_begin(seed);
    concurrency_run();
    check_answers();
    check_record();
    concurrency_end();
}

/* ---- That a leak would be seen ---- */

static void what_is_left_behind_is_counted(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job(manager);
    struct recording_callback callback;
    callback_init(&callback);

    size_t blocks = test_memory_blocks();
    void *block = mem_alloc(1);
    assert_int_equal(test_memory_blocks(), blocks + 1);
    mem_free(block);
    assert_int_equal(test_memory_blocks(), blocks);

    uint32_t objects = usage_count();
    IBackgroundCopyJob *another = env_job(manager);
    assert_int_equal(usage_count(), objects + 1);
    assert_hr(DllCanUnloadNow(), S_FALSE);
    IBackgroundCopyJob_Release(another);
    assert_int_equal(usage_count(), objects);

    assert_hr(IBackgroundCopyJob_SetNotifyInterface(job, (IUnknown *)&callback.callback_iface), S_OK);
    assert_int_not_equal(callback.references, 1); /* its cookie is in the Global Interface Table */
    assert_hr(IBackgroundCopyJob_SetNotifyInterface(job, NULL), S_OK);
    callback_await_release(&callback);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_TEST(every_answer_is_explained_by_a_state),
        ENV_TEST(what_is_left_behind_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
