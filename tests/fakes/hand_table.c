#include "hand_table.h"

#include "deliveryoptimizationerrors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* One letter a state, in the order of the columns below. */
static const char letters[] =
    "SQTtEFAC"; /* suspended queued transferring transient error finished acknowledged cancelled */
static const enum job_state states[] = {JOB_SUSPENDED, JOB_QUEUED,      JOB_TRANSFERRING, JOB_TRANSIENT_ERROR,
                                        JOB_ERROR,     JOB_TRANSFERRED, JOB_ACKNOWLEDGED, JOB_CANCELLED};

/* Of a cell: a letter: S_OK and that state afterwards. '=': S_OK and nothing happens at all. '!': DO_E_INVALID_STATE. '.': too late, S_FALSE.
 * What else happens, in the cells with a letter and, of those, in QUEUED, TRANSFERRING and TRANSIENT_ERROR besides: */
static const struct {
    char letter;
    uint32_t effect;
} effects[] = {
    {'r', JOB_EFFECT_REVOKE},      {'s', JOB_EFFECT_SCHEDULE},         {'+', JOB_EFFECT_SET_ERROR},
    {'-', JOB_EFFECT_DROP_ERROR},  {'T', JOB_EFFECT_OWE_TRANSFERRED},  {'E', JOB_EFFECT_OWE_ERROR},
    {'o', JOB_EFFECT_DROP_OWED},   {'c', JOB_EFFECT_STAMP_COMPLETION}, {'m', JOB_EFFECT_MODIFIED},
    {'l', JOB_EFFECT_LEAVE_QUEUE}, {'w', JOB_EFFECT_RESET_RETRY},
};

static const struct row {
    enum job_event event;
    const char *name;
    const char *outcome;
    const char *effects, *effects_if_active;
} rows[] = {
    {JOB_EVENT_CHANGE, "change", "SQTtEF!!", "m", "s"},
    {JOB_EVENT_ADD_FILES, "add files", "SQTtES!!", "mo", "s"},
    {JOB_EVENT_RESUME, "resume", "Q==QQ=!!", "msow", ""},
    {JOB_EVENT_SUSPEND, "suspend", "=SSSS=!!", "mr", ""},
    {JOB_EVENT_CANCEL, "cancel", "CCCCCC!!", "molr", ""},
    {JOB_EVENT_INVALID, "invalid", "EEEEEE!!", "m+E", "r"},
    {JOB_EVENT_COMPLETE, "complete", "SQTtEF!!", "or", ""},
    {JOB_EVENT_DELIVERED, "delivered", "AAAAAA..", "ml", ""},
    {JOB_EVENT_STARTED, "started", ".T......", "m-", ""},
    {JOB_EVENT_FINISHED, "finished", ".FF.....", "m-cT", ""},
    {JOB_EVENT_TRANSIENT, "transient", ".tt.....", "m+s", "r"},
    {JOB_EVENT_FATAL, "fatal", ".EEE....", "m+E", "r"},
    {JOB_EVENT_RETRY, "retry", "...Q....", "ms", ""},
    {JOB_EVENT_HOST_STARTED, "host started", ".QQQ....", "s", ""},
    {JOB_EVENT_EXPIRED, "expired", "CCCCCC..", "molr", ""},
    {JOB_EVENT_UNDELIVERABLE, "undeliverable", "EEEEEE..", "m+E", "r"},
};

static enum job_state state_of(char letter)
{
    for (size_t i = 0; i < JOB_STATE_COUNT; i++) {
        if (letters[i] == letter)
            return states[i];
    }
    fail_msg("no state %c", letter);
    return JOB_STATE_COUNT;
}

static uint32_t effects_of(const char *letters_of_effects)
{
    uint32_t sum = 0;
    for (const char *letter = letters_of_effects; *letter; letter++) {
        size_t i = 0;
        while (i < sizeof effects / sizeof effects[0] && effects[i].letter != *letter)
            i++;
        if (i == sizeof effects / sizeof effects[0])
            fail_msg("no effect %c", *letter);
        sum |= effects[i].effect;
    }
    return sum;
}

char hand_table_state_letter(enum job_state state)
{
    size_t column = 0;
    while (states[column] != state)
        column++;
    return letters[column];
}

static const struct row *row_of(enum job_event event)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].event == event)
            return &rows[i];
    }
    fail_msg("event %d has no row in hand_table.c", (int)event);
    return NULL;
}

const char *hand_table_event_name(enum job_event event)
{
    return row_of(event)->name;
}

struct job_transition hand_table_outcome(enum job_state state, enum job_event event)
{
    const struct row *row = row_of(event);
    size_t column = 0;
    while (states[column] != state)
        column++;
    bool is_active = column >= 1 && column <= 3;
    struct job_transition transition = {state, S_OK, 0};
    switch (row->outcome[column]) {
    case '!': transition.answer = DO_E_INVALID_STATE; break;
    case '.': transition.answer = S_FALSE; break;
    case '=': break;
    default:
        transition.next = state_of(row->outcome[column]);
        transition.effects = effects_of(row->effects) | (is_active ? effects_of(row->effects_if_active) : 0);
        break;
    }
    return transition;
}
