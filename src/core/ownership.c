/* Whose job it is, and how it becomes another's. */
#include "engine_private.h"
#include "log.h"
#include "utf16.h"

HRESULT engine_caller(struct engine *engine, struct caller *caller)
{
    HRESULT hr = engine->env.identity->caller(engine->env.identity, caller);
    return FAILED(hr) ? log_failure(LOG_CORE, hr, L"cannot tell who calls") : S_OK;
}

bool engine_owns(struct engine *engine, const struct job *job, const struct caller *caller)
{
    (void)engine;
    return utf16_equal(job->owner, caller->sid);
}

bool engine_may_use(struct engine *engine, const struct job *job, const struct caller *caller)
{
    return caller->is_administrator || engine_owns(engine, job, caller);
}

size_t engine_owner_properties(const struct caller *caller, struct owner_properties *owner)
{
    /* cppcheck-suppress uninitvar ; the storage is what is filled here */
    owner->values[0] = property_of_number(PROPERTY_OWNER_INTEGRITY_LEVEL, caller->integrity_level, owner->storage[0]);
    owner->values[1] = property_of_number(PROPERTY_OWNER_ELEVATION, caller->is_elevated, owner->storage[1]);
    return 2;
}

HRESULT job_take_ownership(struct job *job)
{
    struct caller caller;
    struct owner_properties owner = {.storage = {{0}}};
    struct property_value values[PROPERTY_ID_COUNT];
    HRESULT hr = engine_caller(job->engine, &caller);
    if (FAILED(hr))
        return hr;
    size_t count = engine_owner_properties(&caller, &owner);
    for (size_t i = 0; i < count; i++)
        values[i] = owner.values[i];
    for (uint32_t id = 1; id < PROPERTY_ID_COUNT; id++) {
        const struct property_info *info = property_info(id);
        if (info && info->scope == PROPERTY_OF_JOB && (info->flags & PROPERTY_PERSONAL))
            values[count++] = property_removed((enum property_id)id);
    }
    struct job_change change = {.caller = &caller, .owner = caller.sid, .values = values, .value_count = count};
    return engine_alter(job->engine, job, &change);
}
