/* The state machine against the table that was written by hand, and what must hold of any such table. */
#include "hand_table.h"

#include "deliveryoptimizationerrors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void every_event_in_every_state_does_what_is_documented(void **context)
{
    (void)context;
    for (int event = 0; event < JOB_EVENT_COUNT; event++) {
        for (int state = 0; state < JOB_STATE_COUNT; state++) {
            const struct job_transition *actual = job_state_decide((enum job_state)state, (enum job_event)event);
            struct job_transition wanted = hand_table_outcome((enum job_state)state, (enum job_event)event);
            if (actual->answer != wanted.answer || actual->next != wanted.next || actual->effects != wanted.effects)
                fail_msg("%s in %c: %08lx, state %d, effects %x, not %08lx, %d, %x",
                         hand_table_event_name((enum job_event)event), hand_table_state_letter((enum job_state)state),
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
    for (int s = 0; s < JOB_STATE_COUNT; s++) {
        enum job_state state = (enum job_state)s;
        char letter = hand_table_state_letter(state);
        assert_int_equal(job_state_is_dead(state), letter == 'A' || letter == 'C');
        assert_int_equal(job_state_is_active(state), letter == 'Q' || letter == 'T' || letter == 't');
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
