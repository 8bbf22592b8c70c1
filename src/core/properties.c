/* The setters of engine.h: limits are checked first, then the job's row is committed, then the model changes. */
#include "bits_error.h"
#include "engine_private.h"
#include "log.h"
#include "memory.h"
#include "utf16.h"

static HRESULT alter_notify_flags(struct job_facts *facts, uint32_t flags)
{
    facts->notify_flags = flags;
    return S_OK;
}

HRESULT job_set_notify_flags(struct job *job, uint32_t flags)
{
    if (flags & ~(uint32_t)NOTIFY_FLAG_ALL)
        return E_NOTIMPL;
    return engine_alter(job->engine, job, alter_notify_flags, flags);
}

static HRESULT alter_priority(struct job_facts *facts, uint32_t priority)
{
    facts->priority = (enum job_priority)priority;
    return S_OK;
}

HRESULT job_set_priority(struct job *job, enum job_priority priority)
{
    return engine_alter(job->engine, job, alter_priority, priority);
}

/* The texts of a job, as the columns of its row. */
enum job_text { JOB_TEXT_DISPLAY_NAME, JOB_TEXT_DESCRIPTION };

static char16_t **text_of(struct job *job, enum job_text which)
{
    return which == JOB_TEXT_DISPLAY_NAME ? &job->display_name : &job->description;
}

/* Takes `text`: it is the job's when this succeeds, and freed otherwise. */
static HRESULT commit_text(struct engine *engine, struct job *job, enum job_text which, char16_t *text)
    REQUIRES(engine->store_lock)
{
    struct job_facts facts;
    struct job_row row;
    lock_acquire(&engine->model_lock);
    const struct job_transition *transition = engine_decide(engine, job, JOB_EVENT_CHANGE, NULL, &facts);
    lock_release(&engine->model_lock);
    HRESULT hr = transition->answer;
    if (SUCCEEDED(hr)) {
        job_make_row(job, &facts, &row);
        if (which == JOB_TEXT_DISPLAY_NAME)
            row.display_name = text;
        else
            row.description = text;
        hr = engine_commit_row(engine, &row);
    }
    if (SUCCEEDED(hr)) {
        lock_acquire(&engine->model_lock);
        char16_t *former = *text_of(job, which);
        *text_of(job, which) = text;
        text = former;
        engine_apply(engine, job, transition, &facts);
        lock_release(&engine->model_lock);
    }
    mem_free(text);
    return hr;
}

static HRESULT set_text(struct job *job, enum job_text which, const char16_t *text)
{
    struct engine *engine = job->engine;
    char16_t *copy = utf16_duplicate(text);
    if (!copy)
        return log_failure(LOG_CORE, E_OUTOFMEMORY, L"cannot keep a text of a job");
    lock_acquire(&engine->store_lock);
    HRESULT hr = commit_text(engine, job, which, copy);
    lock_release(&engine->store_lock);
    return hr;
}

HRESULT job_set_display_name(struct job *job, const char16_t *name)
{
    if (!name || utf16_length_within(name, JOB_NAME_MAX) > JOB_NAME_MAX)
        return E_INVALIDARG;
    return set_text(job, JOB_TEXT_DISPLAY_NAME, name);
}

HRESULT job_set_description(struct job *job, const char16_t *description)
{
    if (!description)
        return E_INVALIDARG;
    if (utf16_length_within(description, JOB_DESCRIPTION_MAX) > JOB_DESCRIPTION_MAX)
        return BG_E_STRING_TOO_LONG;
    return set_text(job, JOB_TEXT_DESCRIPTION, description);
}
