/* The state machine against docs/API.md, "States": what each event does in each state, written by hand. */
#include "job_state.h"

#include "deliveryoptimizationerrors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

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
    {JOB_EVENT_SUSPEND, "suspend", "=SSSS=!!", "m", "r"},
    {JOB_EVENT_CANCEL, "cancel", "CCCCCC!!", "mol", "r"},
    {JOB_EVENT_INVALID, "invalid", "EEEEEE!!", "m+E", "r"},
    {JOB_EVENT_COMPLETE, "complete", "SQTtEF!!", "o", "r"},
    {JOB_EVENT_DELIVERED, "delivered", "AAAAAA..", "ml", ""},
    {JOB_EVENT_STARTED, "started", ".T......", "m-", ""},
    {JOB_EVENT_FINISHED, "finished", ".FF.....", "m-cT", ""},
    {JOB_EVENT_TRANSIENT, "transient", ".tt.....", "m+s", "r"},
    {JOB_EVENT_FATAL, "fatal", ".EEE....", "m+E", "r"},
    {JOB_EVENT_RETRY, "retry", "...Q....", "ms", ""},
    {JOB_EVENT_HOST_STARTED, "host started", ".QQQ....", "s", ""},
    {JOB_EVENT_EXPIRED, "expired", "CCCCCC..", "mol", "r"},
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
        assert_true(i < sizeof effects / sizeof effects[0]);
        sum |= effects[i].effect;
    }
    return sum;
}

static struct job_transition expected(const struct row *row, size_t column)
{
    bool is_active = column >= 1 && column <= 3;
    struct job_transition transition = {states[column], S_OK, 0};
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

static void every_event_in_every_state_does_what_is_documented(void **context)
{
    (void)context;
    assert_int_equal(sizeof rows / sizeof rows[0], JOB_EVENT_COUNT);
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        for (size_t s = 0; s < JOB_STATE_COUNT; s++) {
            const struct job_transition *actual = job_state_decide(states[s], rows[r].event);
            struct job_transition wanted = expected(&rows[r], s);
            if (actual->answer != wanted.answer || actual->next != wanted.next || actual->effects != wanted.effects)
                fail_msg("%s in %c: %08lx, state %d, effects %x, not %08lx, %d, %x", rows[r].name, letters[s],
                         (unsigned long)(uint32_t)actual->answer, actual->next, actual->effects,
                         (unsigned long)(uint32_t)wanted.answer, wanted.next, wanted.effects);
        }
    }
}

static void leaving_a_running_state_ends_its_transfers(void **context)
{
    (void)context;
    for (int event = 0; event < JOB_EVENT_COUNT; event++) {
        const struct job_transition *transition = job_state_decide(JOB_TRANSFERRING, (enum job_event)event);
        bool is_end = transition->answer == S_OK && transition->next != JOB_TRANSFERRING;
        /* A finished job has no transfers; a new host's job has none yet; Complete's end comes after its beginning. */
        if (!is_end || event == JOB_EVENT_FINISHED || event == JOB_EVENT_HOST_STARTED || event == JOB_EVENT_DELIVERED)
            continue;
        if (!(transition->effects & JOB_EFFECT_REVOKE))
            fail_msg("event %d leaves transfers running", event);
    }
}

static void errors_are_kept_until_the_job_transfers_again(void **context)
{
    (void)context;
    assert_true(job_state_decide(JOB_TRANSFERRING, JOB_EVENT_TRANSIENT)->effects & JOB_EFFECT_SET_ERROR);
    assert_true(job_state_decide(JOB_TRANSFERRING, JOB_EVENT_FATAL)->effects & JOB_EFFECT_SET_ERROR);
    assert_false(job_state_decide(JOB_ERROR, JOB_EVENT_SUSPEND)->effects & JOB_EFFECT_DROP_ERROR);
    assert_false(job_state_decide(JOB_ERROR, JOB_EVENT_RESUME)->effects & JOB_EFFECT_DROP_ERROR);
    assert_true(job_state_decide(JOB_QUEUED, JOB_EVENT_STARTED)->effects & JOB_EFFECT_DROP_ERROR);
    assert_true(job_state_decide(JOB_QUEUED, JOB_EVENT_FINISHED)->effects & JOB_EFFECT_DROP_ERROR);
}

static void owed_events_come_with_their_state_and_go_with_the_clients_calls(void **context)
{
    (void)context;
    static const enum job_event clearing[] = {JOB_EVENT_ADD_FILES, JOB_EVENT_CANCEL, JOB_EVENT_COMPLETE};
    assert_true(job_state_decide(JOB_TRANSFERRING, JOB_EVENT_FINISHED)->effects & JOB_EFFECT_OWE_TRANSFERRED);
    assert_true(job_state_decide(JOB_TRANSFERRING, JOB_EVENT_FATAL)->effects & JOB_EFFECT_OWE_ERROR);
    assert_false(job_state_decide(JOB_TRANSFERRING, JOB_EVENT_TRANSIENT)->effects & JOB_EFFECT_OWE_ERROR);
    for (size_t i = 0; i < sizeof clearing / sizeof clearing[0]; i++)
        assert_true(job_state_decide(JOB_TRANSFERRED, clearing[i])->effects & JOB_EFFECT_DROP_OWED);
    assert_true(job_state_decide(JOB_ERROR, JOB_EVENT_RESUME)->effects & JOB_EFFECT_DROP_OWED);
    /* Nothing happens in these, so what is owed stays owed. */
    assert_int_equal(job_state_decide(JOB_TRANSFERRED, JOB_EVENT_RESUME)->effects, 0);
    assert_int_equal(job_state_decide(JOB_TRANSFERRED, JOB_EVENT_SUSPEND)->effects, 0);
}

static void dead_and_active_states_are_told_apart(void **context)
{
    (void)context;
    for (size_t s = 0; s < JOB_STATE_COUNT; s++) {
        char letter = letters[s];
        assert_int_equal(job_state_is_dead(states[s]), letter == 'A' || letter == 'C');
        assert_int_equal(job_state_is_active(states[s]), letter == 'Q' || letter == 'T' || letter == 't');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_event_in_every_state_does_what_is_documented),
        cmocka_unit_test(leaving_a_running_state_ends_its_transfers),
        cmocka_unit_test(errors_are_kept_until_the_job_transfers_again),
        cmocka_unit_test(owed_events_come_with_their_state_and_go_with_the_clients_calls),
        cmocka_unit_test(dead_and_active_states_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
