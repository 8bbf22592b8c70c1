/* The store's rows to the model, when a host starts. Rows are validated by the store; what only the model can know is checked here: URLs and names by the
 * same rules as a caller's. A job with a row that fails is left out whole, with a line in the log; the row stays. One that lacks rows says so, and goes on with those that
 * are there. */
#include "engine_private.h"
#include "local_path.h"
#include "log.h"
#include "memory.h"
#include "request_options.h"
#include "url.h"
#include "utf16.h"

#include <string.h>

struct loading {
    struct engine *engine;
    struct job *job; /* whose files follow; NULL: left out */
    bool has_losses; /* a job was marked */
};

static HRESULT load_job(void *context, const struct job_row *row)
{
    struct loading *loading = context;
    struct engine *engine = loading->engine;
    loading->job = NULL;
    struct job *job = job_new(engine, row);
    if (!job)
        return E_OUTOFMEMORY;
    lock_acquire(&engine->model_lock);
    bool has_room = engine_reserve_job(engine);
    if (has_room) {
        engine_list_job(engine, job);
        if (row->sequence >= engine->next_sequence)
            engine->next_sequence = row->sequence + 1;
        loading->job = job;
    }
    lock_release(&engine->model_lock);
    job_release(job);
    return has_room ? S_OK : E_OUTOFMEMORY;
}

static bool is_acceptable(const struct loading *loading, const struct file_row *row)
{
    struct url_view url;
    if (!loading->job || row->number < job_next_number(loading->job))
        return false;
    bool has_path = row->local_path[0];
    return url_parse(row->url, &url) && (!has_path || engine_takes_local_name(loading->engine, row->local_path)) &&
           SUCCEEDED(range_layout_check(row->wanted, row->wanted_count));
}

static bool copy_validator(struct http_validator *validator, const struct file_progress_row *row)
{
    const size_t etag_room = sizeof validator->etag / sizeof validator->etag[0];
    const size_t date_room = sizeof validator->last_modified / sizeof validator->last_modified[0];
    size_t etag = utf16_length_within(row->etag, etag_room - 1);
    size_t date = utf16_length_within(row->last_modified, date_room - 1);
    if (etag >= etag_room || date >= date_room)
        return false;
    memcpy(validator->etag, row->etag, (etag + 1) * sizeof(char16_t));
    memcpy(validator->last_modified, row->last_modified, (date + 1) * sizeof(char16_t));
    return true;
}

/* A partial file can be continued when its version is known. */
static HRESULT take_progress(struct job_file *file, const struct file_progress_row *row)
{
    if (row->remote_total != SIZE_UNKNOWN && FAILED(job_file_set_remote_total(file, row->remote_total)))
        return S_FALSE; /* it contradicts the file's row: the file starts anew */
    file->last_modified = row->last_modified_time;
    file->written_at = row->written_at;
    if (row->status != FILE_PENDING) {
        if (file->local_size == SIZE_UNKNOWN)
            return S_FALSE;
        job_file_set_status(file, (enum file_status)row->status);
        file->job->bytes_had += file->local_size;
        return S_OK;
    }
    bool is_known = row->etag[0] || row->last_modified[0];
    if (!is_known || row->have->count == 0 || file->local_size == SIZE_UNKNOWN ||
        row->have->items[row->have->count - 1].end > file->local_size)
        return S_OK;
    struct http_validator validator;
    if (!copy_validator(&validator, row))
        return S_OK;
    if (!job_file_begin_work(file))
        return E_OUTOFMEMORY;
    struct file_work *work = file->work;
    if (FAILED(range_set_copy(&work->have, row->have)) || FAILED(range_set_copy(&work->assigned, row->have)))
        return E_OUTOFMEMORY;
    work->validator = validator;
    work->has_validator = true;
    work->mode = FILE_MODE_SEGMENTS;
    work->high_water = work->have.total;
    file->job->has_times |= row->written_at != 0;
    file->job->bytes_had += work->have.total;
    return S_OK;
}

static void leave_out(struct engine *engine, struct loading *loading) REQUIRES(engine->store_lock)
{
    log_line(LOG_WARN, LOG_STORE, L"a stored job has a file that cannot be: the job is left out");
    engine_drop_names(engine, loading->job);
    lock_acquire(&engine->model_lock);
    engine_unlist_job(engine, loading->job);
    lock_release(&engine->model_lock);
    loading->job = NULL;
}

static HRESULT take_file(struct engine *engine, struct loading *loading, struct job_file *file,
                         const struct file_progress_row *progress) REQUIRES(engine->store_lock)
{
    /* Unknown, so it is taken for ours; unless that is what went wrong. Of a job that was resumed since the row still has the error, but it may have made a file. */
    const struct job_facts *facts = &loading->job->facts;
    file->may_have_temporary = job_state_is_active(facts->state) || facts->error.file != file->number ||
                               facts->error.code != HRESULT_OF_WIN32(ERROR_FILE_EXISTS);
    /* A dead job is only there to be swept: its names were free for others when it died. */
    bool has_names = !job_state_is_dead(loading->job->facts.state);
    HRESULT hr = job_reserve_files(loading->job, 1) ? S_OK : E_OUTOFMEMORY;
    if (SUCCEEDED(hr) && has_names)
        hr = engine_add_names(engine, file);
    if (FAILED(hr))
        return hr;
    lock_acquire(&engine->model_lock);
    job_append_file(loading->job, file);
    hr = progress ? take_progress(file, progress) : S_OK;
    lock_release(&engine->model_lock);
    return hr;
}

/* Called by queue_store_load inside journal_load, which holds the store lock; the context hides that from the analysis.
 */
static HRESULT load_file(void *context, const struct file_row *row,
                         const struct file_progress_row *progress) NO_THREAD_SAFETY_ANALYSIS
{
    struct loading *loading = context;
    if (!loading->job)
        return S_OK;
    if (!is_acceptable(loading, row)) {
        leave_out(loading->engine, loading);
        return S_OK;
    }
    struct job *job = loading->job;
    struct job_file *file = job_file_new(job, row);
    if (!file)
        return E_OUTOFMEMORY;
    size_t count = job->file_count;
    HRESULT hr = take_file(loading->engine, loading, file, progress);
    bool is_taken = job->file_count > count;
    if (!is_taken)
        job_file_free(file);
    if (hr != E_INVALIDARG)
        return FAILED(hr) ? hr : S_OK;
    leave_out(loading->engine, loading); /* two files of one name */
    return S_OK;
}

/* Of the job, or of the file that was loaded last. */
static HRESULT load_property(void *context, const struct property_row *row)
{
    struct loading *loading = context;
    struct job *job = loading->job;
    bool is_of_job = row->file == QUEUE_NO_FILE;
    struct job_file *file = job && !is_of_job ? job_find_file(job, row->file) : NULL;
    if (!job || (!is_of_job && !file))
        return S_OK;
    struct property_set **set = is_of_job ? &job->properties : &file->properties;
    struct property_value value = {(enum property_id)row->id, row->value, row->size};
    struct property_set *altered;
    HRESULT hr = property_set_alter(*set, &value, 1, &altered);
    if (FAILED(hr))
        return hr;
    lock_acquire(&loading->engine->model_lock);
    mem_free(*set);
    *set = altered;
    lock_release(&loading->engine->model_lock);
    return S_OK;
}

_Static_assert(JOB_ERROR == QUEUE_INCOMPLETE_STATE && JOB_OWED_ERROR == QUEUE_INCOMPLETE_OWED &&
                   JOB_ACKNOWLEDGED == QUEUE_FIRST_DEAD_STATE,
               "as in the stored row");

/* The client learns of it as of any error, and decides whether the rest is of use. Not of a job that is only there to be swept, or to be completed as far as it goes. */
static void mark_incomplete(struct loading *loading, struct job *job)
{
    if (job_state_is_dead(job->facts.state) || job->facts.intent != JOB_INTENT_NONE)
        return;
    job->facts.state = JOB_ERROR;
    job->facts.owed = JOB_OWED_ERROR;
    loading->has_losses = true;
    job->facts.error = (struct job_error){QUEUE_INCOMPLETE_ERROR, JOB_ERROR_CONTEXT_NONE, JOB_ERROR_NO_FILE, S_OK};
}

static HRESULT load_incomplete(void *context, const uint8_t id[16])
{
    struct loading *loading = context;
    struct job *job = loading->job;
    (void)id;
    if (!job)
        return S_OK;
    lock_acquire(&loading->engine->model_lock);
    mark_incomplete(loading, job);
    lock_release(&loading->engine->model_lock);
    return S_OK;
}

static HRESULT make_options(struct engine *engine)
{
    HRESULT hr = S_OK;
    for (struct job *job = engine->all.first; job && SUCCEEDED(hr); job = job->all.next)
        hr = request_options_create(job->properties, &job->options);
    return hr;
}

/* Files or their progress are lost. Whoever resumes it has the files fetched again that a Complete would leave out. A gap stays, and is told again by a host that finds
 * the error gone. */
static bool has_lost_something(const struct job *job)
{
    bool has_gap = job_next_number(job) != job->file_count && job->facts.error.code != QUEUE_INCOMPLETE_ERROR;
    return has_gap || (job->facts.state == JOB_TRANSFERRED && job->files_transferred < job->file_count);
}

/* What the former host left QUEUED, TRANSFERRING or TRANSIENT_ERROR goes on. */
static void start_loaded_jobs(struct engine *engine, struct loading *loading) REQUIRES(engine->store_lock)
{
    lock_acquire(&engine->model_lock);
    for (struct job *job = engine->all.first; job; job = job->all.next) {
        struct job_facts facts;
        progress_begin(engine, job);
        job->bytes_seen = job->notify.bytes_told = job->bytes_had;
        job_note_protocol(job); /* that of now: no row has that of then */
        if (has_lost_something(job))
            mark_incomplete(loading, job);
        if (job_state_is_active(job->facts.state))
            engine->active_count++;
        const struct job_transition *transition = engine_decide(engine, job, JOB_EVENT_HOST_STARTED, NULL, &facts);
        if (transition->answer == S_OK)
            engine_apply(engine, job, transition, &facts);
        notify_plan(engine, job); /* what the former host owed, to whom the client named for that */
    }
    lock_release(&engine->model_lock);
}

static HRESULT mark_rows(struct engine *engine) REQUIRES(engine->store_lock)
{
    HRESULT hr = queue_store_begin(engine->store);
    if (FAILED(hr))
        return hr;
    for (struct job *job = engine->all.first; job && SUCCEEDED(hr); job = job->all.next) {
        if (job->facts.state == JOB_ERROR && job->facts.error.code == QUEUE_INCOMPLETE_ERROR &&
            job->facts.owed == JOB_OWED_ERROR)
            hr = queue_store_mark_incomplete(engine->store, job->id);
    }
    if (SUCCEEDED(hr))
        return queue_store_commit(engine->store);
    queue_store_rollback(engine->store);
    return hr;
}

/* A fresh file says so already, but not every loss leads to one. */
static void record_losses(struct engine *engine) REQUIRES(engine->store_lock)
{
    HRESULT hr = mark_rows(engine);
    if (FAILED(hr))
        (void)log_failure(LOG_CORE, hr, L"what is lost is not recorded: the next host will find it, too");
}

HRESULT journal_load(struct engine *engine)
{
    struct loading loading = {.engine = engine};
    struct queue_loader loader = {load_job, load_file, load_property, load_incomplete, &loading};
    HRESULT hr = queue_store_load(engine->store, &loader);
    if (SUCCEEDED(hr))
        hr = make_options(engine);
    if (FAILED(hr))
        return hr;
    start_loaded_jobs(engine, &loading);
    if (loading.has_losses)
        record_losses(engine);
    queue_store_set_source(engine->store, journal_give, engine);
    return S_OK;
}
