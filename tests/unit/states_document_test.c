/* docs/STATES.md is what the state table says. When it is not, what it should be stands in the test's folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bits_status.h"
#include "job_state.h"
#include "temp_dir.h"

#include "deliveryoptimizationerrors.h"

#define CLIENT_EVENTS (JOB_EVENT_COMPLETE + 1) /* the first events are the calls */

static const char *const event_words[] = {
    [JOB_EVENT_CHANGE] = "a setter",
    [JOB_EVENT_ADD_FILES] = "adding files",
    [JOB_EVENT_RESUME] = "Resume",
    [JOB_EVENT_SUSPEND] = "Suspend",
    [JOB_EVENT_CANCEL] = "Cancel",
    [JOB_EVENT_INVALID] = "SetValidationState(FALSE)",
    [JOB_EVENT_COMPLETE] = "Complete begins",
    [JOB_EVENT_DELIVERED] = "Complete has delivered",
    [JOB_EVENT_STARTED] = "the first transfer starts",
    [JOB_EVENT_FINISHED] = "every file is there",
    [JOB_EVENT_TRANSIENT] = "a transient failure",
    [JOB_EVENT_FATAL] = "a fatal failure",
    [JOB_EVENT_RETRY] = "the wait is over",
    [JOB_EVENT_HOST_STARTED] = "a new host starts",
    [JOB_EVENT_EXPIRED] = "30 days are over",
    [JOB_EVENT_UNDELIVERABLE] = "Complete misses a file, or after a crash cannot be finished",
};
_Static_assert(sizeof event_words / sizeof event_words[0] == JOB_EVENT_COUNT, "each event has its words");

static const struct {
    uint32_t effect;
    const char *words;
} effect_words[] = {
    {JOB_EFFECT_REVOKE, "transfers end"},
    {JOB_EFFECT_SCHEDULE, "the engine looks at the job at once"},
    {JOB_EFFECT_SET_ERROR, "GetError has the error and GetErrorCount goes up"},
    {JOB_EFFECT_DROP_ERROR, "GetError has none any more"},
    {JOB_EFFECT_OWE_TRANSFERRED, "JobTransferred is owed"},
    {JOB_EFFECT_OWE_ERROR, "JobError is owed"},
    {JOB_EFFECT_DROP_OWED, "no callback is owed any more"},
    {JOB_EFFECT_STAMP_COMPLETION, "TransferCompletionTime is now"},
    {JOB_EFFECT_MODIFIED, "ModificationTime is now"},
    {JOB_EFFECT_LEAVE_QUEUE, "the job leaves the queue"},
    {JOB_EFFECT_RESET_RETRY, "the waits and the no-progress time begin anew"},
};

static const struct {
    BG_JOB_STATE state;
    const char *name;
} classic_names[] = {
    {BG_JOB_STATE_QUEUED, "BG_JOB_STATE_QUEUED"},
    {BG_JOB_STATE_CONNECTING, "BG_JOB_STATE_CONNECTING"},
    {BG_JOB_STATE_TRANSFERRING, "BG_JOB_STATE_TRANSFERRING"},
    {BG_JOB_STATE_SUSPENDED, "BG_JOB_STATE_SUSPENDED"},
    {BG_JOB_STATE_ERROR, "BG_JOB_STATE_ERROR"},
    {BG_JOB_STATE_TRANSIENT_ERROR, "BG_JOB_STATE_TRANSIENT_ERROR"},
    {BG_JOB_STATE_TRANSFERRED, "BG_JOB_STATE_TRANSFERRED"},
    {BG_JOB_STATE_ACKNOWLEDGED, "BG_JOB_STATE_ACKNOWLEDGED"},
    {BG_JOB_STATE_CANCELLED, "BG_JOB_STATE_CANCELLED"},
};

/* ---- The text ---- */

static char text[32 * 1024];
static size_t length;

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int written = vsnprintf(text + length, sizeof text - length, format, arguments);
    va_end(arguments);
    assert_true(written >= 0 && (size_t)written < sizeof text - length);
    length += (size_t)written;
}

static void say_cell(enum job_state state, const struct job_transition *transition)
{
    if (transition->answer == DO_E_INVALID_STATE)
        say(" ✗ |");
    else if (transition->answer == S_FALSE)
        say(" |");
    else if (transition->next != state)
        say(" %ls |", job_state_name(transition->next));
    else
        say(transition->effects ? " stays |" : " — |");
}

static void say_transitions(int first, int end)
{
    say("|");
    for (int state = 0; state < JOB_STATE_COUNT; state++)
        say(" | %ls", job_state_name((enum job_state)state));
    say(" |\n|---");
    for (int state = 0; state < JOB_STATE_COUNT; state++)
        say("|---");
    say("|\n");
    for (int event = first; event < end; event++) {
        say("| %s |", event_words[event]);
        for (int state = 0; state < JOB_STATE_COUNT; state++)
            say_cell((enum job_state)state, job_state_decide((enum job_state)state, (enum job_event)event));
        say("\n");
    }
}

/* In how many of the states in which the event does something at all. */
static bool has_everywhere(int event, uint32_t effect)
{
    for (int state = 0; state < JOB_STATE_COUNT; state++) {
        uint32_t effects = job_state_decide((enum job_state)state, (enum job_event)event)->effects;
        if (effects && !(effects & effect))
            return false;
    }
    return true;
}

static void say_states_with(int event, uint32_t effect)
{
    const char *before = " (in ";
    for (int state = 0; state < JOB_STATE_COUNT; state++) {
        if (job_state_decide((enum job_state)state, (enum job_event)event)->effects & effect) {
            say("%s%ls", before, job_state_name((enum job_state)state));
            before = ", ";
        }
    }
    say(")");
}

static uint32_t effects_anywhere(int event)
{
    uint32_t effects = 0;
    for (int state = 0; state < JOB_STATE_COUNT; state++)
        effects |= job_state_decide((enum job_state)state, (enum job_event)event)->effects;
    return effects;
}

static void say_effects(void)
{
    say("| event | what comes with it |\n|---|---|\n");
    for (int event = 0; event < JOB_EVENT_COUNT; event++) {
        const char *before = "";
        say("| %s | ", event_words[event]);
        for (size_t i = 0; i < sizeof effect_words / sizeof effect_words[0]; i++) {
            uint32_t effect = effect_words[i].effect;
            if (!(effects_anywhere(event) & effect))
                continue;
            say("%s%s", before, effect_words[i].words);
            if (!has_everywhere(event, effect))
                say_states_with(event, effect);
            before = "; ";
        }
        say(" |\n");
    }
}

static const char *classic_name(BG_JOB_STATE state)
{
    for (size_t i = 0; i < sizeof classic_names / sizeof classic_names[0]; i++) {
        if (classic_names[i].state == state)
            return classic_names[i].name;
    }
    fail_msg("no name for %d", (int)state);
    return NULL;
}

static void say_classic_states(void)
{
    say("| state | GetState | number |\n|---|---|---|\n");
    for (int state = 0; state < JOB_STATE_COUNT; state++) {
        BG_JOB_STATE classic = bits_job_state((enum job_state)state);
        say("| %ls | %s | %d |\n", job_state_name((enum job_state)state), classic_name(classic), (int)classic);
    }
}

static void render(void)
{
    length = 0;
    say("# The states of a job\n\n"
        "Rendered from the table in `src/core/job_state.c`, which is what runs; `./run test states_document` fails "
        "when\n"
        "this page is not the table's and says how to renew it.\n\n"
        "How to read a cell: a name is the state afterwards, with S_OK. `stays`: S_OK, and the state remains. `—`: "
        "S_OK,\n"
        "and nothing happens at all. `✗`: DO_E_INVALID_STATE, and nothing happens. Empty: it cannot happen, or comes "
        "too\n"
        "late and counts for nothing.\n\n"
        "## Calls\n\n");
    say_transitions(0, CLIENT_EVENTS);
    say("\nSetters are all methods that change a job or a file and have no row of their own. Some know more than the "
        "table:\n\n"
        "* Resume of a job without files is DO_E_JOB_EMPTY in each state that is not ACKNOWLEDGED or CANCELLED.\n"
        "* SetFileACLFlags is DO_E_INVALID_STATE in TRANSFERRED, IDeliveryOptimizationFile2::SetProperty in QUEUED,\n"
        "  TRANSFERRING, TRANSIENT_ERROR and TRANSFERRED.\n"
        "* SetValidationState of a file that is not transferred is E_PENDING.\n"
        "* From its beginning to its end a Complete owns the job: all other changing calls answer DO_E_INVALID_STATE. "
        "A\n"
        "  rename that fails leaves the job in the state that it had; a file whose bytes are gone makes it ERROR.\n\n"
        "`tests/com/state_matrix.def` has every method in every state.\n\n"
        "## What the engine does\n\n");
    say_transitions(CLIENT_EVENTS, JOB_EVENT_COUNT);
    say("\n## What comes along\n\n");
    say_effects();
    say("\n## The states in the words of IBackgroundCopyJob\n\n");
    say_classic_states();
    say("\nBG_JOB_STATE_CONNECTING is never reported.\n");
}

static void the_document_is_what_the_table_says(void **state)
{
    (void)state;
    size_t size = 0;
    render();
    char *committed = temp_file_read(DOSVC_SOURCE_DIR L"/docs/STATES.md", &size);
    bool is_same = committed && size == length && memcmp(committed, text, size) == 0;
    free(committed);
    if (is_same)
        return;
    FILE *file = fopen("STATES.md", "wb"); /* in the test's own folder */
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
    fail_msg("docs/STATES.md is not what the table says: cp build/test/unit-states_document/STATES.md docs/");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_document_is_what_the_table_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
