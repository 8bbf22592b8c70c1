/* The state machine of a job: one table, state x event -> next state, answer, effects. Pure. job_state.c is its only home; engine code applies
 * what it says (engine_transition) and decides nothing by itself. The words of the classic interfaces for the states stand in bits_status.c. */
#ifndef DOSVC_CORE_JOB_STATE_H
#define DOSVC_CORE_JOB_STATE_H

#include "hresult.h"

/* The numbers are stored in the queue file: append only. */
enum job_state {
    JOB_SUSPENDED = 0,
    JOB_QUEUED = 1,
    JOB_TRANSFERRING = 2,
    JOB_TRANSIENT_ERROR = 3,
    JOB_ERROR = 4,
    JOB_TRANSFERRED = 5,
    JOB_ACKNOWLEDGED = 6,
    JOB_CANCELLED = 7,
    JOB_STATE_COUNT
};

enum job_event {
    /* A client's calls. */
    JOB_EVENT_CHANGE,    /* a setter */
    JOB_EVENT_ADD_FILES, /* one or more files were added */
    JOB_EVENT_RESUME,
    JOB_EVENT_SUSPEND,
    JOB_EVENT_CANCEL,
    JOB_EVENT_INVALID,  /* it found a transferred file's content to be wrong */
    JOB_EVENT_COMPLETE, /* Complete begins: the intent is committed */
    /* The engine's. */
    JOB_EVENT_DELIVERED,     /* Complete ended: what was wanted is under its final name */
    JOB_EVENT_STARTED,       /* the first transfer was handed out */
    JOB_EVENT_FINISHED,      /* every file is transferred */
    JOB_EVENT_TRANSIENT,     /* a failure that will be tried again */
    JOB_EVENT_FATAL,         /* a failure that will not */
    JOB_EVENT_RETRY,         /* the back-off is over */
    JOB_EVENT_HOST_STARTED,  /* a new host loaded the job */
    JOB_EVENT_EXPIRED,       /* its 30 days are over */
    JOB_EVENT_UNDELIVERABLE, /* Complete missed a file's bytes, or a new host could not finish the old one's */
    JOB_EVENT_COUNT
};

/* What a transition brings along, besides the new state. */
enum job_effect {
    JOB_EFFECT_REVOKE = 1 << 0,           /* transfers of the job end now; what they wrote is kept */
    JOB_EFFECT_SCHEDULE = 1 << 1,         /* the engine looks at the job at once */
    JOB_EFFECT_SET_ERROR = 1 << 2,        /* the error object is made from the failure, the count goes up */
    JOB_EFFECT_DROP_ERROR = 1 << 3,       /* the error object goes */
    JOB_EFFECT_OWE_TRANSFERRED = 1 << 4,  /* the client is owed JobTransferred */
    JOB_EFFECT_OWE_ERROR = 1 << 5,        /* the client is owed JobError */
    JOB_EFFECT_DROP_OWED = 1 << 6,        /* nothing is owed any more */
    JOB_EFFECT_STAMP_COMPLETION = 1 << 7, /* TransferCompletionTime is now */
    JOB_EFFECT_MODIFIED = 1 << 8,         /* ModificationTime is now; a JobModification is due */
    JOB_EFFECT_LEAVE_QUEUE = 1 << 9,      /* the job is out of the queue, found and listed no more */
    JOB_EFFECT_RESET_RETRY = 1 << 10      /* back-off and no-progress time begin anew */
};

struct job_transition {
    enum job_state next;
    HRESULT answer;   /* what the caller gets; failing: nothing changes */
    uint32_t effects; /* enum job_effect, or'ed */
};

/* What `event` does in `state`. An engine event that no longer fits (a late result) answers S_FALSE and changes nothing. */
const struct job_transition *job_state_decide(enum job_state state, enum job_event event);

/* CANCELLED or ACKNOWLEDGED. */
bool job_state_is_dead(enum job_state state);
/* QUEUED, TRANSFERRING or TRANSIENT_ERROR: the engine has something to do for it. */
bool job_state_is_active(enum job_state state);
/* For the log: "SUSPENDED" ... */
const wchar_t *job_state_name(enum job_state state);

#endif
