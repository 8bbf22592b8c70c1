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

/* clang-format off */
/* A cell, by the state that it stands under and the effects of its row. */
#define STAY(state, effects) {state, S_OK, effects}          /* allowed, the state remains */
#define NOOP(state, effects) {state, S_OK, 0}                /* allowed, nothing happens at all */
#define DENY(state, effects) {state, DO_E_INVALID_STATE, 0}  /* refused */
#define LATE(state, effects) {state, S_FALSE, 0}             /* the engine's event came too late: nothing happens */
#define SUSP(state, effects) {JOB_SUSPENDED, S_OK, effects}  /* these go to another state */
#define QUED(state, effects) {JOB_QUEUED, S_OK, effects}
#define XFER(state, effects) {JOB_TRANSFERRING, S_OK, effects}
#define TERR(state, effects) {JOB_TRANSIENT_ERROR, S_OK, effects}
#define ERRO(state, effects) {JOB_ERROR, S_OK, effects}
#define DONE(state, effects) {JOB_TRANSFERRED, S_OK, effects}
#define ACKN(state, effects) {JOB_ACKNOWLEDGED, S_OK, effects}
#define CANC(state, effects) {JOB_CANCELLED, S_OK, effects}

#define ROW(event, susp, qued, xfer, terr, erro, done, dead, effects, effects_if_active)                               \
    [JOB_EVENT_##event] = {                                                                                            \
        [JOB_SUSPENDED] = susp(JOB_SUSPENDED, effects),                                                                \
        [JOB_QUEUED] = qued(JOB_QUEUED, (effects) | (effects_if_active)),                                              \
        [JOB_TRANSFERRING] = xfer(JOB_TRANSFERRING, (effects) | (effects_if_active)),                                  \
        [JOB_TRANSIENT_ERROR] = terr(JOB_TRANSIENT_ERROR, (effects) | (effects_if_active)),                            \
        [JOB_ERROR] = erro(JOB_ERROR, effects),                                                                        \
        [JOB_TRANSFERRED] = done(JOB_TRANSFERRED, effects),                                                            \
        [JOB_ACKNOWLEDGED] = dead(JOB_ACKNOWLEDGED, effects),                                                          \
        [JOB_CANCELLED] = dead(JOB_CANCELLED, effects),                                                                \
    },

/* QUED, XFER and TERR are the active states; "dead" are ACKN and CANC. In a state that is not active REVOKE ends what a failure or a Suspend on another thread is only
 * about to end. A Complete leaves the state alone until the files
 * are out: a rename that fails leaves the job in the state that it had, a file whose bytes are gone makes it ERROR. docs/STATES.md is rendered from this. */
static const struct job_transition table[JOB_EVENT_COUNT][JOB_STATE_COUNT] = {
/*  in the state:      SUSP  QUED  XFER  TERR  ERRO  DONE  dead  effects, and those in an active state */
    /* a client's calls */
    ROW(CHANGE,        STAY, STAY, STAY, STAY, STAY, STAY, DENY, MODIFIED, SCHEDULE)
    ROW(ADD_FILES,     STAY, STAY, STAY, STAY, STAY, SUSP, DENY, MODIFIED | DROP_OWED, SCHEDULE)
    ROW(RESUME,        QUED, NOOP, NOOP, QUED, QUED, NOOP, DENY, MODIFIED | SCHEDULE | DROP_OWED | RESET_RETRY, 0)
    ROW(SUSPEND,       NOOP, SUSP, SUSP, SUSP, SUSP, NOOP, DENY, MODIFIED | REVOKE, 0)
    ROW(CANCEL,        CANC, CANC, CANC, CANC, CANC, CANC, DENY, MODIFIED | DROP_OWED | LEAVE | REVOKE, 0)
    ROW(INVALID,       ERRO, ERRO, ERRO, ERRO, ERRO, ERRO, DENY, MODIFIED | SET_ERROR | OWE_ERROR, REVOKE)
    ROW(COMPLETE,      STAY, STAY, STAY, STAY, STAY, STAY, DENY, DROP_OWED | REVOKE, 0)
    /* the engine's events */
    ROW(DELIVERED,     ACKN, ACKN, ACKN, ACKN, ACKN, ACKN, LATE, MODIFIED | LEAVE, 0)
    ROW(STARTED,       LATE, XFER, LATE, LATE, LATE, LATE, LATE, MODIFIED | DROP_ERROR, 0)
    ROW(FINISHED,      LATE, DONE, DONE, LATE, LATE, LATE, LATE, MODIFIED | DROP_ERROR | STAMP | OWE_TRANSFERRED, 0)
    ROW(TRANSIENT,     LATE, TERR, TERR, LATE, LATE, LATE, LATE, MODIFIED | SET_ERROR | SCHEDULE, REVOKE)
    ROW(FATAL,         LATE, ERRO, ERRO, ERRO, LATE, LATE, LATE, MODIFIED | SET_ERROR | OWE_ERROR, REVOKE)
    ROW(RETRY,         LATE, LATE, LATE, QUED, LATE, LATE, LATE, MODIFIED | SCHEDULE, 0)
    ROW(HOST_STARTED,  LATE, QUED, QUED, QUED, LATE, LATE, LATE, SCHEDULE, 0)
    ROW(EXPIRED,       CANC, CANC, CANC, CANC, CANC, CANC, LATE, MODIFIED | DROP_OWED | LEAVE | REVOKE, 0)
    ROW(UNDELIVERABLE, ERRO, ERRO, ERRO, ERRO, ERRO, ERRO, LATE, MODIFIED | SET_ERROR | OWE_ERROR, REVOKE)
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
