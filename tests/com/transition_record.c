#include "transition_record.h"

#include "engine_private.h"
#include "hand_table.h"

#include <stdlib.h>
#include <string.h>

#define RECORD_MAX 200000

static struct applied_transition record[RECORD_MAX];
static atomic_size_t count;

void transition_log(const struct job *job, const struct job_transition *transition, const struct job_facts *facts)
{
    size_t index = count; /* under the model lock: nobody else is here */
    if (index == RECORD_MAX)
        abort();
    struct applied_transition *applied = &record[index];
    memcpy(applied->job, job->id, sizeof applied->job);
    applied->thread = thread_current_id();
    applied->from = job->facts.state;
    applied->to = facts->state;
    applied->was_completing = job->facts.intent == JOB_INTENT_COMPLETE;
    applied->is_completing = facts->intent == JOB_INTENT_COMPLETE;
    applied->effects = transition->effects;
    count = index + 1;
}

size_t transition_record_count(void)
{
    return count;
}

const struct applied_transition *transition_record_at(size_t index)
{
    return &record[index];
}

void transition_record_clear(void)
{
    count = 0;
}

static bool is_outcome(const struct applied_transition *applied, enum job_event event)
{
    struct job_transition outcome = hand_table_outcome(applied->from, event);
    return outcome.answer == S_OK && outcome.next == applied->to && outcome.effects == applied->effects;
}

/* Some events are the same to a job: the client's goes first. */
enum job_event transition_record_event(const struct applied_transition *applied)
{
    if (applied->was_completing) {
        if (applied->is_completing)
            return JOB_EVENT_COUNT; /* it owns the job */
        bool is_back = applied->from == applied->to && applied->effects == (JOB_EFFECT_SCHEDULE | JOB_EFFECT_MODIFIED);
        return is_outcome(applied, JOB_EVENT_DELIVERED) ? JOB_EVENT_DELIVERED
               : is_back                                ? JOB_EVENT_COMPLETE
                                                        : JOB_EVENT_COUNT;
    }
    if (applied->is_completing)
        return is_outcome(applied, JOB_EVENT_COMPLETE) ? JOB_EVENT_COMPLETE : JOB_EVENT_COUNT;
    for (int event = 0; event < JOB_EVENT_COUNT; event++) {
        bool is_of_complete = event == JOB_EVENT_COMPLETE || event == JOB_EVENT_DELIVERED;
        if (!is_of_complete && is_outcome(applied, (enum job_event)event))
            return (enum job_event)event;
    }
    return JOB_EVENT_COUNT;
}
