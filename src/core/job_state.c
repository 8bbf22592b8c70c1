#include "job_state.h"

#include "deliveryoptimizationerrors.h"

#define REVOKE          JOB_EFFECT_REVOKE
#define SCHEDULE        JOB_EFFECT_SCHEDULE
#define SET_ERROR       JOB_EFFECT_SET_ERROR
#define DROP_ERROR      JOB_EFFECT_DROP_ERROR
#define OWE_TRANSFERRED JOB_EFFECT_OWE_TRANSFERRED
#define OWE_ERROR       JOB_EFFECT_OWE_ERROR
#define DROP_OWED       JOB_EFFECT_DROP_OWED
#define STAMP           JOB_EFFECT_STAMP_COMPLETION
#define MODIFIED        JOB_EFFECT_MODIFIED
#define LEAVE           JOB_EFFECT_LEAVE_QUEUE
#define RESET_RETRY     JOB_EFFECT_RESET_RETRY

/* One row an event, one cell a state. GO: to another state. STAY: allowed, state unchanged. NOTHING: allowed, nothing happens at all.
 * BAD: refused. STALE: an engine event that came too late. */
#define GO(to, effects)                                                                                                \
    {                                                                                                                  \
        JOB_##to, S_OK, MODIFIED | (effects)                                                                           \
    }
#define STAY(from, effects)                                                                                            \
    {                                                                                                                  \
        JOB_##from, S_OK, (effects)                                                                                    \
    }
#define NOTHING(from)                                                                                                  \
    {                                                                                                                  \
        JOB_##from, S_OK, 0                                                                                            \
    }
#define BAD(from)                                                                                                      \
    {                                                                                                                  \
        JOB_##from, DO_E_INVALID_STATE, 0                                                                              \
    }
#define STALE(from)                                                                                                    \
    {                                                                                                                  \
        JOB_##from, S_FALSE, 0                                                                                         \
    }

/* clang-format off: one cell a line */
static const struct job_transition table[JOB_EVENT_COUNT][JOB_STATE_COUNT] =
    {
        [JOB_EVENT_CHANGE] =
            {
                [JOB_SUSPENDED] = STAY(SUSPENDED, MODIFIED),
                [JOB_QUEUED] = STAY(QUEUED, MODIFIED | SCHEDULE),
                [JOB_TRANSFERRING] = STAY(TRANSFERRING, MODIFIED | SCHEDULE),
                [JOB_TRANSIENT_ERROR] = STAY(TRANSIENT_ERROR, MODIFIED | SCHEDULE),
                [JOB_ERROR] = STAY(ERROR, MODIFIED),
                [JOB_TRANSFERRED] = STAY(TRANSFERRED, MODIFIED),
                [JOB_ACKNOWLEDGED] = BAD(ACKNOWLEDGED),
                [JOB_CANCELLED] = BAD(CANCELLED),
            },
        [JOB_EVENT_ADD_FILES] =
            {
                [JOB_SUSPENDED] = STAY(SUSPENDED, MODIFIED | DROP_OWED),
                [JOB_QUEUED] = STAY(QUEUED, MODIFIED | SCHEDULE | DROP_OWED),
                [JOB_TRANSFERRING] = STAY(TRANSFERRING, MODIFIED | SCHEDULE | DROP_OWED),
                [JOB_TRANSIENT_ERROR] = STAY(TRANSIENT_ERROR, MODIFIED | DROP_OWED),
                [JOB_ERROR] = STAY(ERROR, MODIFIED | DROP_OWED),
                [JOB_TRANSFERRED] = GO(SUSPENDED, DROP_OWED),
                [JOB_ACKNOWLEDGED] = BAD(ACKNOWLEDGED),
                [JOB_CANCELLED] = BAD(CANCELLED),
            },
        [JOB_EVENT_RESUME] =
            {
                [JOB_SUSPENDED] = GO(QUEUED, SCHEDULE | DROP_OWED | RESET_RETRY),
                [JOB_QUEUED] = NOTHING(QUEUED),
                [JOB_TRANSFERRING] = NOTHING(TRANSFERRING),
                [JOB_TRANSIENT_ERROR] = GO(QUEUED, SCHEDULE | DROP_OWED | RESET_RETRY),
                [JOB_ERROR] = GO(QUEUED, SCHEDULE | DROP_OWED | RESET_RETRY),
                [JOB_TRANSFERRED] = NOTHING(TRANSFERRED),
                [JOB_ACKNOWLEDGED] = BAD(ACKNOWLEDGED),
                [JOB_CANCELLED] = BAD(CANCELLED),
            },
        [JOB_EVENT_SUSPEND] =
            {
                [JOB_SUSPENDED] = NOTHING(SUSPENDED),
                [JOB_QUEUED] = GO(SUSPENDED, REVOKE),
                [JOB_TRANSFERRING] = GO(SUSPENDED, REVOKE),
                [JOB_TRANSIENT_ERROR] = GO(SUSPENDED, REVOKE),
                [JOB_ERROR] = GO(SUSPENDED, 0),
                [JOB_TRANSFERRED] = NOTHING(TRANSFERRED),
                [JOB_ACKNOWLEDGED] = BAD(ACKNOWLEDGED),
                [JOB_CANCELLED] = BAD(CANCELLED),
            },
        [JOB_EVENT_CANCEL] =
            {
                [JOB_SUSPENDED] = GO(CANCELLED, LEAVE | DROP_OWED),
                [JOB_QUEUED] = GO(CANCELLED, REVOKE | LEAVE | DROP_OWED),
                [JOB_TRANSFERRING] = GO(CANCELLED, REVOKE | LEAVE | DROP_OWED),
                [JOB_TRANSIENT_ERROR] = GO(CANCELLED, REVOKE | LEAVE | DROP_OWED),
                [JOB_ERROR] = GO(CANCELLED, LEAVE | DROP_OWED),
                [JOB_TRANSFERRED] = GO(CANCELLED, LEAVE | DROP_OWED),
                [JOB_ACKNOWLEDGED] = BAD(ACKNOWLEDGED),
                [JOB_CANCELLED] = BAD(CANCELLED),
            },
        /* The state stays until the files are out: a rename that fails leaves the job in the state that it had. */
        [JOB_EVENT_COMPLETE] =
            {
                [JOB_SUSPENDED] = STAY(SUSPENDED, DROP_OWED),
                [JOB_QUEUED] = STAY(QUEUED, REVOKE | DROP_OWED),
                [JOB_TRANSFERRING] = STAY(TRANSFERRING, REVOKE | DROP_OWED),
                [JOB_TRANSIENT_ERROR] = STAY(TRANSIENT_ERROR, REVOKE | DROP_OWED),
                [JOB_ERROR] = STAY(ERROR, DROP_OWED),
                [JOB_TRANSFERRED] = STAY(TRANSFERRED, DROP_OWED),
                [JOB_ACKNOWLEDGED] = BAD(ACKNOWLEDGED),
                [JOB_CANCELLED] = BAD(CANCELLED),
            },
        [JOB_EVENT_DELIVERED] =
            {
                [JOB_SUSPENDED] = GO(ACKNOWLEDGED, LEAVE),
                [JOB_QUEUED] = GO(ACKNOWLEDGED, LEAVE),
                [JOB_TRANSFERRING] = GO(ACKNOWLEDGED, LEAVE),
                [JOB_TRANSIENT_ERROR] = GO(ACKNOWLEDGED, LEAVE),
                [JOB_ERROR] = GO(ACKNOWLEDGED, LEAVE),
                [JOB_TRANSFERRED] = GO(ACKNOWLEDGED, LEAVE),
                [JOB_ACKNOWLEDGED] = STALE(ACKNOWLEDGED),
                [JOB_CANCELLED] = STALE(CANCELLED),
            },
        [JOB_EVENT_STARTED] =
            {
                [JOB_SUSPENDED] = STALE(SUSPENDED),
                [JOB_QUEUED] = GO(TRANSFERRING, DROP_ERROR),
                [JOB_TRANSFERRING] = STALE(TRANSFERRING),
                [JOB_TRANSIENT_ERROR] = STALE(TRANSIENT_ERROR),
                [JOB_ERROR] = STALE(ERROR),
                [JOB_TRANSFERRED] = STALE(TRANSFERRED),
                [JOB_ACKNOWLEDGED] = STALE(ACKNOWLEDGED),
                [JOB_CANCELLED] = STALE(CANCELLED),
            },
        [JOB_EVENT_FINISHED] =
            {
                [JOB_SUSPENDED] = STALE(SUSPENDED),
                [JOB_QUEUED] = GO(TRANSFERRED, DROP_ERROR | STAMP | OWE_TRANSFERRED),
                [JOB_TRANSFERRING] = GO(TRANSFERRED, DROP_ERROR | STAMP | OWE_TRANSFERRED),
                [JOB_TRANSIENT_ERROR] = STALE(TRANSIENT_ERROR),
                [JOB_ERROR] = STALE(ERROR),
                [JOB_TRANSFERRED] = STALE(TRANSFERRED),
                [JOB_ACKNOWLEDGED] = STALE(ACKNOWLEDGED),
                [JOB_CANCELLED] = STALE(CANCELLED),
            },
        [JOB_EVENT_TRANSIENT] =
            {
                [JOB_SUSPENDED] = STALE(SUSPENDED),
                [JOB_QUEUED] = GO(TRANSIENT_ERROR, REVOKE | SET_ERROR | SCHEDULE),
                [JOB_TRANSFERRING] = GO(TRANSIENT_ERROR, REVOKE | SET_ERROR | SCHEDULE),
                [JOB_TRANSIENT_ERROR] = STALE(TRANSIENT_ERROR),
                [JOB_ERROR] = STALE(ERROR),
                [JOB_TRANSFERRED] = STALE(TRANSFERRED),
                [JOB_ACKNOWLEDGED] = STALE(ACKNOWLEDGED),
                [JOB_CANCELLED] = STALE(CANCELLED),
            },
        [JOB_EVENT_FATAL] =
            {
                [JOB_SUSPENDED] = STALE(SUSPENDED),
                [JOB_QUEUED] = GO(ERROR, REVOKE | SET_ERROR | OWE_ERROR),
                [JOB_TRANSFERRING] = GO(ERROR, REVOKE | SET_ERROR | OWE_ERROR),
                [JOB_TRANSIENT_ERROR] = GO(ERROR, REVOKE | SET_ERROR | OWE_ERROR),
                [JOB_ERROR] = STALE(ERROR),
                [JOB_TRANSFERRED] = STALE(TRANSFERRED),
                [JOB_ACKNOWLEDGED] = STALE(ACKNOWLEDGED),
                [JOB_CANCELLED] = STALE(CANCELLED),
            },
        [JOB_EVENT_RETRY] =
            {
                [JOB_SUSPENDED] = STALE(SUSPENDED),
                [JOB_QUEUED] = STALE(QUEUED),
                [JOB_TRANSFERRING] = STALE(TRANSFERRING),
                [JOB_TRANSIENT_ERROR] = GO(QUEUED, SCHEDULE),
                [JOB_ERROR] = STALE(ERROR),
                [JOB_TRANSFERRED] = STALE(TRANSFERRED),
                [JOB_ACKNOWLEDGED] = STALE(ACKNOWLEDGED),
                [JOB_CANCELLED] = STALE(CANCELLED),
            },
        [JOB_EVENT_HOST_STARTED] =
            {
                [JOB_SUSPENDED] = STALE(SUSPENDED),
                [JOB_QUEUED] = STAY(QUEUED, SCHEDULE),
                [JOB_TRANSFERRING] = STAY(QUEUED, SCHEDULE),
                [JOB_TRANSIENT_ERROR] = STAY(QUEUED, SCHEDULE),
                [JOB_ERROR] = STALE(ERROR),
                [JOB_TRANSFERRED] = STALE(TRANSFERRED),
                [JOB_ACKNOWLEDGED] = STALE(ACKNOWLEDGED),
                [JOB_CANCELLED] = STALE(CANCELLED),
            },
        [JOB_EVENT_EXPIRED] =
            {
                [JOB_SUSPENDED] = GO(CANCELLED, LEAVE | DROP_OWED),
                [JOB_QUEUED] = GO(CANCELLED, REVOKE | LEAVE | DROP_OWED),
                [JOB_TRANSFERRING] = GO(CANCELLED, REVOKE | LEAVE | DROP_OWED),
                [JOB_TRANSIENT_ERROR] = GO(CANCELLED, REVOKE | LEAVE | DROP_OWED),
                [JOB_ERROR] = GO(CANCELLED, LEAVE | DROP_OWED),
                [JOB_TRANSFERRED] = GO(CANCELLED, LEAVE | DROP_OWED),
                [JOB_ACKNOWLEDGED] = STALE(ACKNOWLEDGED),
                [JOB_CANCELLED] = STALE(CANCELLED),
            },
        [JOB_EVENT_UNDELIVERABLE] =
            {
                [JOB_SUSPENDED] = GO(ERROR, SET_ERROR | OWE_ERROR),
                [JOB_QUEUED] = GO(ERROR, REVOKE | SET_ERROR | OWE_ERROR),
                [JOB_TRANSFERRING] = GO(ERROR, REVOKE | SET_ERROR | OWE_ERROR),
                [JOB_TRANSIENT_ERROR] = GO(ERROR, REVOKE | SET_ERROR | OWE_ERROR),
                [JOB_ERROR] = GO(ERROR, SET_ERROR | OWE_ERROR),
                [JOB_TRANSFERRED] = GO(ERROR, SET_ERROR | OWE_ERROR),
                [JOB_ACKNOWLEDGED] = STALE(ACKNOWLEDGED),
                [JOB_CANCELLED] = STALE(CANCELLED),
            },
};
/* clang-format on */

const struct job_transition *job_state_decide(enum job_state state, enum job_event event)
{
    return &table[event][state];
}

bool job_state_is_dead(enum job_state state)
{
    return state == JOB_ACKNOWLEDGED || state == JOB_CANCELLED;
}

bool job_state_is_active(enum job_state state)
{
    return state == JOB_QUEUED || state == JOB_TRANSFERRING || state == JOB_TRANSIENT_ERROR;
}

const wchar_t *job_state_name(enum job_state state)
{
    static const wchar_t *const names[JOB_STATE_COUNT] = {L"SUSPENDED",       L"QUEUED",   L"TRANSFERRING",
                                                          L"TRANSIENT_ERROR", L"ERROR",    L"TRANSFERRED",
                                                          L"ACKNOWLEDGED",    L"CANCELLED"};
    return names[state];
}
