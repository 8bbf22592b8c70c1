/* What a client found about the content of a file that is transferred. */
#include "bits_error.h"
#include "deliveryoptimizationerrors.h"
#include "engine_private.h"
#include "memory.h"

static struct property_value no_judgement(void)
{
    return property_removed(PROPERTY_VALIDATION_STATE);
}

HRESULT validation_prepare_discard(struct engine *engine, const struct job_file *file, struct property_set **properties)
{
    (void)engine; /* whose lock is held */
    const struct property_value removed = no_judgement();
    return property_set_alter(file->properties, &removed, 1, properties);
}

HRESULT validation_write_discard(struct engine *engine, const struct job_file *file)
{
    const struct property_value removed = no_judgement();
    HRESULT hr = checkpoint_write_discarded(engine, file);
    return SUCCEEDED(hr) ? engine_put_properties(engine, file->job->id, file->number, &removed, 1) : hr;
}

void validation_apply_discard(struct engine *engine, struct job_file *file, struct property_set **properties)
{
    (void)engine; /* whose locks are held */
    struct property_set *former = file->properties;
    file->properties = *properties;
    *properties = former;
    job_file_discard(file);
}

/* A rejected file's row and properties, with its job's. */
static HRESULT write_rejected(struct engine *engine, struct job_file *file, const struct job_facts *facts)
    REQUIRES(engine->store_lock)
{
    struct job_row row;
    job_make_row(file->job, facts, &row);
    HRESULT hr = queue_store_begin(engine->store);
    if (FAILED(hr))
        return hr;
    hr = validation_write_discard(engine, file);
    if (SUCCEEDED(hr))
        hr = queue_store_update_job(engine->store, &row);
    if (SUCCEEDED(hr))
        return queue_store_commit(engine->store);
    queue_store_rollback(engine->store);
    return hr;
}

/* May the client judge it? */
static HRESULT check_status(enum file_status status, bool is_valid)
{
    if (status == FILE_PENDING)
        return E_PENDING;
    return status == FILE_DELIVERED && !is_valid ? DO_E_INVALID_STATE : S_OK;
}

static HRESULT reject(struct engine *engine, struct job_file *file) REQUIRES(engine->store_lock)
{
    const struct job_error error = {BG_E_VALIDATION_FAILED, JOB_ERROR_CONTEXT_REMOTE_FILE, file->number, S_OK};
    struct property_set *properties = NULL;
    struct job_facts facts;
    lock_acquire(&engine->model_lock);
    const struct job_transition *transition = engine_decide(engine, file->job, JOB_EVENT_INVALID, &error, &facts);
    HRESULT hr = SUCCEEDED(transition->answer) ? check_status(file->status, false) : transition->answer;
    lock_release(&engine->model_lock);
    if (SUCCEEDED(hr))
        hr = validation_prepare_discard(engine, file, &properties);
    if (SUCCEEDED(hr))
        hr = write_rejected(engine, file, &facts);
    if (SUCCEEDED(hr)) {
        lock_acquire(&engine->model_lock);
        validation_apply_discard(engine, file, &properties);
        engine_apply(engine, file->job, transition, &facts);
        lock_release(&engine->model_lock);
    }
    mem_free(properties);
    return hr;
}

HRESULT job_file_set_valid(struct job_file *file, bool is_valid)
{
    struct engine *engine = file->job->engine;
    if (is_valid) {
        const uint8_t value = 1;
        const struct property_value set = property_of_bytes(PROPERTY_VALIDATION_STATE, &value, sizeof value);
        lock_acquire(&engine->model_lock);
        HRESULT hr = job_state_is_dead(file->job->facts.state) ? DO_E_INVALID_STATE : check_status(file->status, true);
        lock_release(&engine->model_lock);
        return SUCCEEDED(hr) ? job_file_set_properties(file, &set, 1) : hr;
    }
    lock_acquire(&engine->store_lock);
    HRESULT hr = reject(engine, file);
    lock_release(&engine->store_lock);
    if (SUCCEEDED(hr)) {
        engine_revoke_job(engine, file->job);
        signal_set(&engine->signal);
    }
    return hr;
}

bool job_file_is_valid(struct job_file *file)
{
    struct engine *engine = file->job->engine;
    lock_acquire(&engine->model_lock);
    bool is_valid = file->status == FILE_DELIVERED || property_set_number(file->properties, PROPERTY_VALIDATION_STATE);
    lock_release(&engine->model_lock);
    return is_valid;
}
