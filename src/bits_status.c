/* The model in the words of the classic interfaces: docs/STATES.md, "The states in the words of IBackgroundCopyJob". */
#include "bits_status.h"

BG_JOB_STATE bits_job_state(enum job_state state)
{
    static const BG_JOB_STATE states[JOB_STATE_COUNT] = {
        [JOB_SUSPENDED] = BG_JOB_STATE_SUSPENDED,
        [JOB_QUEUED] = BG_JOB_STATE_QUEUED,
        [JOB_TRANSFERRING] = BG_JOB_STATE_TRANSFERRING,
        [JOB_TRANSIENT_ERROR] = BG_JOB_STATE_TRANSIENT_ERROR,
        [JOB_ERROR] = BG_JOB_STATE_ERROR,
        [JOB_TRANSFERRED] = BG_JOB_STATE_TRANSFERRED,
        [JOB_ACKNOWLEDGED] = BG_JOB_STATE_ACKNOWLEDGED,
        [JOB_CANCELLED] = BG_JOB_STATE_CANCELLED,
    };
    return states[state];
}

static const BG_JOB_PRIORITY priorities[] = {
    [JOB_FOREGROUND] = BG_JOB_PRIORITY_FOREGROUND,
    [JOB_HIGH] = BG_JOB_PRIORITY_HIGH,
    [JOB_NORMAL] = BG_JOB_PRIORITY_NORMAL,
    [JOB_LOW] = BG_JOB_PRIORITY_LOW,
};

BG_JOB_PRIORITY bits_priority(enum job_priority priority)
{
    return priorities[priority];
}

bool bits_to_priority(BG_JOB_PRIORITY word, enum job_priority *priority)
{
    for (unsigned i = 0; i < sizeof(priorities) / sizeof(priorities[0]); i++) {
        if (priorities[i] == word) {
            *priority = (enum job_priority)i;
            return true;
        }
    }
    return false;
}

static const struct context_row {
    BG_ERROR_CONTEXT context;
    const WCHAR *text;
} contexts[] = {
    [JOB_ERROR_CONTEXT_NONE] = {BG_ERROR_CONTEXT_NONE, L"The error has no particular place."},
    [JOB_ERROR_CONTEXT_REMOTE_FILE] = {BG_ERROR_CONTEXT_REMOTE_FILE,
                                       L"The remote file or its server caused the error."},
    [JOB_ERROR_CONTEXT_LOCAL_FILE] = {BG_ERROR_CONTEXT_LOCAL_FILE, L"The local file caused the error."},
    [JOB_ERROR_CONTEXT_TRANSPORT] = {BG_ERROR_CONTEXT_GENERAL_TRANSPORT, L"The network caused the error."},
};

BG_ERROR_CONTEXT bits_error_context(enum job_error_context context)
{
    return contexts[context].context;
}

const WCHAR *bits_error_context_text(enum job_error_context context)
{
    return contexts[context].text;
}
