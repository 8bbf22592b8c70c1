/* The state machine once more, written by hand from the reference and docs/API.md: what tests compare the engine with. Nothing here looks at
 * src/core/job_state.c. */
#ifndef HAND_TABLE_H
#define HAND_TABLE_H

#include "job_state.h"

/* What `event` does in `state`; like the engine's own, but from this table. */
struct job_transition hand_table_outcome(enum job_state state, enum job_event event);
const char *hand_table_event_name(enum job_event event);
/* One letter a state: SQTtEFAC. */
char hand_table_state_letter(enum job_state state);

#endif
