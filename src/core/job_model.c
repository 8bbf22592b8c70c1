#include "job_model.h"

#include "deliveryoptimizationerrors.h"
#include "memory.h"
#include "url.h"
#include "utf16.h"

#include <string.h>

struct job *job_new(struct engine *engine, const struct job_row *row)
{
    struct job *job = mem_alloc(sizeof *job);
    if (!job)
        return NULL;
    job->references = 1;
    job->engine = engine;
    memcpy(job->id, row->id, sizeof job->id);
    job->sequence = row->sequence;
    job->generation = (enum job_generation)row->generation;
    job->creation_time = row->creation_time;
    job->owner = utf16_duplicate(row->owner);
    job->display_name = utf16_duplicate(row->display_name);
    job->description = utf16_duplicate(row->description);
    job->facts = (struct job_facts){
        .state = (enum job_state)row->state,
        .intent = (enum job_intent)row->intent,
        .owed = (enum job_owed)row->owed_event,
        .priority = (enum job_priority)row->priority,
        .notify_flags = row->notify_flags,
        .modification_time = row->modification_time,
        .transfer_completion_time = row->transfer_completion_time,
        .error_count = row->error_count,
        .error = {row->error_code, (enum job_error_context)row->error_context, row->error_file, S_OK},
    };
    string_table_init(&job->file_ids, utf16_hash, utf16_equal);
    if (!job->owner || !job->display_name || !job->description) {
        job_free(job);
        return NULL;
    }
    return job;
}

void job_free(struct job *job)
{
    for (size_t i = 0; i < job->file_count; i++)
        job_file_free(job->files[i]);
    mem_free(job->files);
    string_table_clear(&job->file_ids);
    notify_target_release(job->notify.target);
    mem_free(job->owner);
    mem_free(job->display_name);
    mem_free(job->description);
    mem_free(job->properties);
    http_options_release(job->options);
    mem_free(job);
}

struct job_file *job_file_new(struct job *job, const struct file_row *row)
{
    struct job_file *file = mem_alloc(sizeof *file);
    if (!file)
        return NULL;
    file->job = job;
    file->number = row->number;
    file->declared_size = row->declared_size;
    file->remote_total = SIZE_UNKNOWN;
    file->local_size = SIZE_UNKNOWN;
    file->url = utf16_duplicate(row->url);
    file->local_path = utf16_duplicate(row->local_path ? row->local_path : u"");
    bool has_file_id = row->file_id && row->file_id[0]; /* the store gives an empty text for none */
    if (has_file_id)
        file->file_id = utf16_duplicate(row->file_id);
    if (row->wanted_count) {
        file->wanted = mem_alloc(row->wanted_count * sizeof *file->wanted);
        if (file->wanted)
            memcpy(file->wanted, row->wanted, row->wanted_count * sizeof *file->wanted);
        file->wanted_count = row->wanted_count;
    }
    if (!file->url || !file->local_path || (has_file_id && !file->file_id) || (row->wanted_count && !file->wanted)) {
        job_file_free(file);
        return NULL;
    }
    /* Ranges with an end have a size before any server was asked; a declared size is believed until one disagrees. */
    if (range_layout_local_size(file->wanted, file->wanted_count, row->declared_size, &file->local_size) < 0)
        file->local_size = SIZE_UNKNOWN;
    return file;
}

void job_file_free(struct job_file *file)
{
    if (file->work)
        job_file_end_work(file);
    mem_free(file->file_id);
    mem_free(file->url);
    mem_free(file->local_path);
    mem_free(file->wanted);
    mem_free(file->properties);
    mem_free(file->moved_to);
    mem_free(file->led_to);
    mem_free(file->headers);
    sink_stream_release(file->stream);
    mem_free(file);
}

HRESULT job_file_obstacle(const struct job_file *file)
{
    bool has_sink = file->local_path[0] || (file->stream && !file->is_stream_spent);
    if (!has_sink)
        return DO_E_LOCALPATH_NOT_SET;
    if (property_set_find(file->properties, PROPERTY_DECRYPTION_INFO))
        return DO_E_FILE_ENCRYPTION_EXPECTED;
    if (!property_set_number(file->properties, PROPERTY_INTEGRITY_CHECK_MANDATORY))
        return S_OK;
    bool has_info = property_set_find(file->properties, PROPERTY_INTEGRITY_CHECK_INFO);
    return has_info ? DO_E_INTEGRITYCHECKINFO_UNAVAILABLE : DO_E_INTEGRITYCHECKINFO_UNSPECIFIED;
}

const char16_t *job_file_key(const struct job_file *file)
{
    return file->file_id ? file->file_id : file->url;
}

void job_note_protocol(struct job *job)
{
    struct url_view view;
    struct job_file *file = job_find_file(job, job->facts.error.file);
    if (file)
        file->failed_over_https = url_parse(file->url, &view) && view.is_https;
}

bool job_reserve_files(struct job *job, size_t count)
{
    void *items = job->files;
    if (!mem_reserve(&items, &job->file_capacity, job->file_count + count, sizeof *job->files))
        return false;
    job->files = items;
    return true;
}

uint64_t job_next_number(const struct job *job)
{
    return job->file_count ? (uint64_t)job->files[job->file_count - 1]->number + 1 : 0;
}

/* Numbers ascend. */
struct job_file *job_find_file(const struct job *job, uint32_t number)
{
    size_t low = 0;
    size_t high = job->file_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (job->files[middle]->number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < job->file_count && job->files[low]->number == number ? job->files[low] : NULL;
}

void job_append_file(struct job *job, struct job_file *file)
{
    job->files[job->file_count++] = file;
    job_add_size(job, file->local_size);
}

/* Waiting for the network, for a cheaper one or for a program that has a file open is no failure. */
static bool is_counted(HRESULT code)
{
    bool is_blocked = ((uint32_t)code & 0xFFFFF800u) == 0x80D03800u && code != DO_E_UNEXPECTED_HTTP_STATUS_2XX;
    return !is_blocked && !sink_is_in_use(code);
}

void job_error_sum_up(struct job_error *error, HRESULT code)
{
    if (error->cause == S_OK)
        error->cause = error->code;
    error->code = code;
}

void job_facts_transition(struct job_facts *facts, const struct job_transition *transition, uint64_t utc,
                          const struct job_error *error)
{
    uint32_t effects = transition->effects;
    facts->state = transition->next;
    if (effects & JOB_EFFECT_SET_ERROR) {
        facts->error = *error;
        facts->error_count += is_counted(error->code);
    }
    if (effects & JOB_EFFECT_DROP_ERROR)
        facts->error = (struct job_error){S_OK, JOB_ERROR_CONTEXT_NONE, JOB_ERROR_NO_FILE, S_OK};
    if (effects & JOB_EFFECT_DROP_OWED)
        facts->owed = JOB_OWED_NONE;
    if (effects & JOB_EFFECT_OWE_TRANSFERRED)
        facts->owed = JOB_OWED_TRANSFERRED;
    if (effects & JOB_EFFECT_OWE_ERROR)
        facts->owed = JOB_OWED_ERROR;
    if (effects & JOB_EFFECT_STAMP_COMPLETION)
        facts->transfer_completion_time = utc;
    if (effects & JOB_EFFECT_MODIFIED)
        facts->modification_time = utc;
}

void job_make_row(const struct job *job, const struct job_facts *facts, struct job_row *row)
{
    *row = (struct job_row){
        .sequence = job->sequence,
        .generation = (uint8_t)job->generation,
        .owner = job->owner,
        .display_name = job->display_name,
        .description = job->description,
        .state = facts->state,
        .intent = facts->intent,
        .owed_event = facts->owed,
        .priority = facts->priority,
        .notify_flags = facts->notify_flags,
        .creation_time = job->creation_time,
        .modification_time = facts->modification_time,
        .transfer_completion_time = facts->transfer_completion_time,
        .error_count = facts->error_count,
        .error_code = facts->error.code,
        .error_context = facts->error.context,
        .error_file = facts->error.file,
    };
    memcpy(row->id, job->id, sizeof row->id);
}

void job_file_make_row(const struct job_file *file, struct file_row *row)
{
    *row = (struct file_row){
        .number = file->number,
        .file_id = file->file_id,
        .url = file->url,
        .local_path = file->local_path,
        .declared_size = file->declared_size,
        .wanted = file->wanted,
        .wanted_count = file->wanted_count,
    };
    memcpy(row->job_id, file->job->id, sizeof row->job_id);
}
