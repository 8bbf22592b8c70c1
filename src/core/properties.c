/* The setters and getters of what a client may say about a job or a file: limits are checked first, then the rows are committed, then the model changes. */
#include "bits_error.h"
#include "deliveryoptimizationerrors.h"
#include "engine_private.h"
#include "log.h"
#include "memory.h"
#include "request_options.h"
#include "secret.h"
#include "utf16.h"

#include <string.h>

/* What a change puts in place; afterwards what was there before. NULL stands for what stays. */
struct replacement {
    char16_t *owner, *display_name, *description;
    struct property_set *properties;
    const struct http_options *options;
    bool has_options;
};

static struct property_set **properties_of(struct job *job, const struct job_change *change)
{
    return change->file ? &change->file->properties : &job->properties;
}

static bool copy_text(const char16_t *text, char16_t **copy)
{
    *copy = utf16_duplicate(text);
    return *copy || !text;
}

static bool concerns_requests(const struct job_change *change)
{
    for (size_t i = 0; i < change->value_count; i++) {
        if (property_info(change->values[i].id)->flags & PROPERTY_OF_REQUESTS)
            return true;
    }
    return false;
}

static HRESULT make_replacement(struct engine *engine, struct job *job, const struct job_change *change,
                                struct replacement *replacement) REQUIRES(engine->store_lock)
{
    (void)engine; /* whose lock it is */
    HRESULT hr = S_OK;
    if (!copy_text(change->owner, &replacement->owner) ||
        !copy_text(change->display_name, &replacement->display_name) ||
        !copy_text(change->description, &replacement->description))
        hr = E_OUTOFMEMORY;
    if (SUCCEEDED(hr) && change->value_count)
        hr = property_set_alter(*properties_of(job, change), change->values, change->value_count,
                                &replacement->properties);
    replacement->has_options = concerns_requests(change);
    if (SUCCEEDED(hr) && replacement->has_options)
        hr = request_options_create(replacement->properties, &replacement->options);
    return FAILED(hr) ? log_failure(LOG_CORE, hr, L"cannot keep what a job was given") : S_OK;
}

static void free_replacement(struct replacement *replacement)
{
    mem_free(replacement->owner);
    mem_free(replacement->display_name);
    mem_free(replacement->description);
    mem_free(replacement->properties);
    http_options_release(replacement->options);
}

HRESULT engine_put_properties(struct engine *engine, const uint8_t job_id[16], uint32_t file,
                              const struct property_value *values, size_t count)
{
    HRESULT hr = S_OK;
    for (size_t i = 0; i < count && SUCCEEDED(hr); i++) {
        struct property_row row = {.file = file, .id = values[i].id, .value = values[i].bytes, .size = values[i].size};
        memcpy(row.job_id, job_id, sizeof row.job_id);
        if (!(property_info(row.id)->flags & PROPERTY_NOT_STORED))
            hr = queue_store_put_property(engine->store, &row);
    }
    return hr;
}

static HRESULT commit(struct engine *engine, struct job *job, const struct job_change *change,
                      const struct job_facts *facts) REQUIRES(engine->store_lock)
{
    struct job_row row;
    job_make_row(job, facts, &row);
    row.owner = change->owner ? change->owner : row.owner;
    row.display_name = change->display_name ? change->display_name : row.display_name;
    row.description = change->description ? change->description : row.description;
    HRESULT hr = queue_store_begin(engine->store);
    if (FAILED(hr))
        return hr;
    hr = queue_store_update_job(engine->store, &row);
    if (SUCCEEDED(hr))
        hr = engine_put_properties(engine, job->id, change->file ? change->file->number : QUEUE_NO_FILE, change->values,
                                   change->value_count);
    if (SUCCEEDED(hr))
        return queue_store_commit(engine->store);
    queue_store_rollback(engine->store);
    return hr;
}

static void exchange_text(char16_t **text, char16_t **other)
{
    char16_t *former = *text;
    if (!*other)
        return;
    *text = *other;
    *other = former;
}

static void put_in_place(struct engine *engine, struct job *job, const struct job_change *change,
                         struct replacement *replacement) REQUIRES(engine->model_lock)
{
    (void)engine;
    exchange_text(&job->owner, &replacement->owner);
    exchange_text(&job->display_name, &replacement->display_name);
    exchange_text(&job->description, &replacement->description);
    if (change->value_count) {
        struct property_set *former = *properties_of(job, change);
        *properties_of(job, change) = replacement->properties;
        replacement->properties = former;
    }
    if (replacement->has_options) {
        const struct http_options *former = job->options;
        job->options = replacement->options;
        replacement->options = former;
    }
}

/* Whom the job tells what happens to it. */
static bool changes_target(const struct job_change *change)
{
    for (size_t i = 0; i < change->value_count; i++) {
        enum property_id id = change->values[i].id;
        if (id == PROPERTY_NOTIFY_PROGRAM || id == PROPERTY_NOTIFY_PARAMETERS || id == PROPERTY_NOTIFICATION_CLSID)
            return true;
    }
    return false;
}

static HRESULT alter(struct engine *engine, struct job *job, const struct job_change *change,
                     struct replacement *replacement) REQUIRES(engine->store_lock)
{
    struct job_facts facts;
    lock_acquire(&engine->model_lock);
    const struct job_transition *transition = engine_decide(engine, job, JOB_EVENT_CHANGE, NULL, &facts);
    bool is_allowed = !change->caller || (change->must_own ? engine_owns(engine, job, change->caller)
                                                           : engine_may_use(engine, job, change->caller));
    bool is_suitable = !change->suits || change->suits(change->file, &facts);
    lock_release(&engine->model_lock);
    bool is_missing = change->only_if_there && !property_set_find(*properties_of(job, change), change->values[0].id);
    HRESULT hr = is_allowed ? transition->answer : E_ACCESSDENIED;
    if (SUCCEEDED(hr) && !is_suitable)
        hr = DO_E_INVALID_STATE;
    if (SUCCEEDED(hr) && is_missing)
        return S_FALSE;
    facts.priority = change->priority ? *change->priority : facts.priority;
    facts.notify_flags = change->notify_flags ? *change->notify_flags : facts.notify_flags;
    if (SUCCEEDED(hr))
        hr = make_replacement(engine, job, change, replacement);
    if (SUCCEEDED(hr))
        hr = commit(engine, job, change, &facts);
    if (FAILED(hr))
        return hr;
    lock_acquire(&engine->model_lock);
    put_in_place(engine, job, change, replacement);
    engine_apply(engine, job, transition, &facts);
    if (changes_target(change))
        notify_target_changed(engine, job);
    else
        notify_plan(engine, job);
    lock_release(&engine->model_lock);
    return S_OK;
}

HRESULT engine_alter(struct engine *engine, struct job *job, const struct job_change *change)
{
    struct replacement replacement = {0};
    lock_acquire(&engine->store_lock);
    HRESULT hr = alter(engine, job, change, &replacement);
    lock_release(&engine->store_lock);
    free_replacement(&replacement);
    if (hr == S_OK)
        signal_set(&engine->signal);
    return hr;
}

/* ---- Columns of the job's row ---- */

HRESULT job_set_notify_flags(struct job *job, uint32_t flags)
{
    struct job_change change = {.notify_flags = &flags};
    return flags & ~(uint32_t)NOTIFY_FLAG_ALL ? E_NOTIMPL : engine_alter(job->engine, job, &change);
}

HRESULT job_set_priority(struct job *job, enum job_priority priority)
{
    struct job_change change = {.priority = &priority};
    return engine_alter(job->engine, job, &change);
}

HRESULT job_set_display_name(struct job *job, const char16_t *name)
{
    struct job_change change = {.display_name = name};
    if (!name || utf16_length_within(name, JOB_NAME_MAX) > JOB_NAME_MAX)
        return E_INVALIDARG;
    return engine_alter(job->engine, job, &change);
}

HRESULT job_set_description(struct job *job, const char16_t *description)
{
    struct job_change change = {.description = description};
    if (!description)
        return E_INVALIDARG;
    if (utf16_length_within(description, JOB_DESCRIPTION_MAX) > JOB_DESCRIPTION_MAX)
        return BG_E_STRING_TOO_LONG;
    return engine_alter(job->engine, job, &change);
}

/* ---- Properties ---- */

/* Replaces a secret by what is kept of it. */
static HRESULT seal(struct property_value *value)
{
    void *sealed;
    size_t size;
    if (!value->bytes || !(property_info(value->id)->flags & PROPERTY_SECRET))
        return S_OK;
    HRESULT hr = secret_seal(value->bytes, value->size, &sealed, &size);
    *value = property_of_bytes(value->id, sealed, size);
    return hr;
}

static void free_sealed(struct property_value *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (property_info(values[i].id)->flags & PROPERTY_SECRET)
            mem_free((void *)(uintptr_t)values[i].bytes);
    }
    mem_free(values);
}

static HRESULT check_values(const struct job_change *change, bool *is_personal)
{
    for (size_t i = 0; i < change->value_count; i++) {
        HRESULT hr = property_check(&change->values[i], change->file ? PROPERTY_OF_FILE : PROPERTY_OF_JOB);
        if (FAILED(hr))
            return hr;
        *is_personal |= (property_info(change->values[i].id)->flags & PROPERTY_PERSONAL) != 0;
    }
    return S_OK;
}

HRESULT engine_alter_properties(struct job *job, struct job_change change)
{
    const struct property_value *values = change.values;
    size_t count = change.value_count;
    struct caller caller;
    HRESULT hr = check_values(&change, &change.must_own);
    if (SUCCEEDED(hr) && change.must_own) {
        hr = engine_caller(job->engine, &caller);
        change.caller = &caller;
    }
    struct property_value *kept = SUCCEEDED(hr) ? mem_alloc(count * sizeof *kept) : NULL;
    if (!kept)
        return FAILED(hr) ? hr : E_OUTOFMEMORY;
    size_t sealed = 0;
    for (; sealed < count && SUCCEEDED(hr); sealed++) {
        kept[sealed] = values[sealed];
        hr = seal(&kept[sealed]);
    }
    change.values = kept;
    if (SUCCEEDED(hr))
        hr = engine_alter(job->engine, job, &change);
    free_sealed(kept, sealed);
    return hr;
}

HRESULT job_set_properties(struct job *job, const struct property_value *values, size_t count)
{
    return engine_alter_properties(job, (struct job_change){.values = values, .value_count = count});
}

HRESULT job_remove_property(struct job *job, enum property_id id)
{
    const struct property_value value = property_removed(id);
    return engine_alter_properties(job, (struct job_change){.values = &value, .value_count = 1, .only_if_there = true});
}

HRESULT job_file_set_properties(struct job_file *file, const struct property_value *values, size_t count)
{
    return engine_alter_properties(file->job,
                                   (struct job_change){.file = file, .values = values, .value_count = count});
}

HRESULT job_set_number(struct job *job, enum property_id id, uint64_t number)
{
    uint8_t storage[8];
    struct property_value value = property_of_number(id, number, storage);
    return job_set_properties(job, &value, 1);
}

static bool has_files_to_come(const struct job_file *file, const struct job_facts *facts)
{
    (void)file;
    return facts->state != JOB_TRANSFERRED;
}

HRESULT job_set_file_acl_flags(struct job *job, uint32_t flags)
{
    uint8_t storage[8];
    struct property_value value = property_of_number(PROPERTY_FILE_ACL_FLAGS, flags, storage);
    return engine_alter_properties(job,
                                   (struct job_change){.values = &value, .value_count = 1, .suits = has_files_to_come});
}

static uint64_t get_number(struct engine *engine, struct property_set *const *set, enum property_id id)
{
    lock_acquire(&engine->model_lock);
    uint64_t number = property_set_number(*set, id);
    lock_release(&engine->model_lock);
    return number;
}

uint64_t job_number(struct job *job, enum property_id id)
{
    return get_number(job->engine, &job->properties, id);
}

uint64_t job_file_number(struct job_file *file, enum property_id id)
{
    return get_number(file->job->engine, &file->properties, id);
}

/* A terminated copy, so that it serves texts, too. */
static HRESULT get_bytes(struct engine *engine, struct property_set *const *set, enum property_id id, void **bytes,
                         size_t *size)
{
    HRESULT hr = S_FALSE;
    *bytes = NULL;
    *size = 0;
    lock_acquire(&engine->model_lock);
    const struct property_value *value = property_set_find(*set, id);
    if (value) {
        *bytes = mem_alloc(value->size + sizeof(char16_t));
        hr = *bytes ? S_OK : E_OUTOFMEMORY;
    }
    if (value && *bytes) {
        memcpy(*bytes, value->bytes, value->size);
        *size = value->size;
    }
    lock_release(&engine->model_lock);
    return hr;
}

static HRESULT get_text(struct engine *engine, struct property_set *const *set, enum property_id id, char16_t **text)
{
    void *bytes;
    size_t size;
    HRESULT hr = get_bytes(engine, set, id, &bytes, &size);
    *text = bytes;
    return hr;
}

HRESULT job_text(struct job *job, enum property_id id, char16_t **text)
{
    return get_text(job->engine, &job->properties, id, text);
}

HRESULT job_file_text(struct job_file *file, enum property_id id, char16_t **text)
{
    return get_text(file->job->engine, &file->properties, id, text);
}

HRESULT job_bytes_of(struct job *job, enum property_id id, void **bytes, size_t *size)
{
    return get_bytes(job->engine, &job->properties, id, bytes, size);
}

HRESULT job_file_bytes_of(struct job_file *file, enum property_id id, void **bytes, size_t *size)
{
    return get_bytes(file->job->engine, &file->properties, id, bytes, size);
}

static HRESULT read_property(const struct property_set *set, struct property_query *query)
{
    if (property_info(query->id)->type != PROPERTY_TYPE_TEXT) {
        query->number = property_set_number(set, query->id);
        return S_OK;
    }
    const struct property_value *value = property_set_find(set, query->id);
    if (!value)
        return S_OK;
    query->text = mem_alloc(value->size + sizeof(char16_t));
    if (!query->text)
        return E_OUTOFMEMORY;
    memcpy(query->text, value->bytes, value->size);
    return S_OK;
}

HRESULT job_read(struct job *job, struct property_query *queries, size_t count)
{
    HRESULT hr = S_OK;
    for (size_t i = 0; i < count; i++)
        queries[i].text = NULL;
    lock_acquire(&job->engine->model_lock);
    for (size_t i = 0; i < count && SUCCEEDED(hr); i++)
        hr = read_property(job->properties, &queries[i]);
    lock_release(&job->engine->model_lock);
    for (size_t i = 0; i < count && FAILED(hr); i++) {
        mem_free(queries[i].text);
        queries[i].text = NULL;
    }
    return hr;
}
