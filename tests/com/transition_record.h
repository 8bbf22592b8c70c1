/* A recorder in the place of transition_log.c: every transition that the engine applies, in the order in which it does, under its lock. A program that links
 * this has no log lines of transitions. */
#ifndef TRANSITION_RECORD_H
#define TRANSITION_RECORD_H

#include "job_state.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct applied_transition {
    uint8_t job[16];
    uint32_t thread; /* that applied it */
    enum job_state from, to;
    bool was_completing, is_completing; /* a Complete is under way, before and after */
    uint32_t effects;
};

/* How many there are. One that is counted may be about to be put in place still: whoever asks the engine next will see it. */
size_t transition_record_count(void);
const struct applied_transition *transition_record_at(size_t index);
/* No engine runs. */
void transition_record_clear(void);

/* By which event this happened, by the table written by hand; JOB_EVENT_COUNT: by none, so it must not happen. The end of a Complete that could not
 * deliver is told as JOB_EVENT_COMPLETE, too: with was_completing. */
enum job_event transition_record_event(const struct applied_transition *applied);

#endif
