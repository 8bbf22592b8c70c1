/* Each transition that is applied, in the order in which they are: grep the log for a job's id and its life is there. */
#include "engine_private.h"
#include "guid_text.h"
#include "log.h"

void transition_log(const struct job *job, const struct job_transition *transition, const struct job_facts *facts)
{
    char16_t id[GUID_TEXT_LENGTH + 1];
    guid_text_format(job->id, id);
    const wchar_t *from = job_state_name(job->facts.state);
    if (job->facts.state == facts->state)
        log_line(LOG_TRACE, LOG_CORE, L"job %ls stays %ls, effects 0x%lX", id, from,
                 (unsigned long)transition->effects);
    else if (facts->error.code != S_OK && facts->error.code != job->facts.error.code)
        log_line(LOG_INFO, LOG_CORE, L"job %ls %ls -> %ls: 0x%08lX, file %d", id, from, job_state_name(facts->state),
                 (unsigned long)facts->error.code, (int)facts->error.file);
    else
        log_line(LOG_INFO, LOG_CORE, L"job %ls %ls -> %ls", id, from, job_state_name(facts->state));
}
