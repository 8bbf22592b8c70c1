/* One request of a file: which bytes it asks for, and of which version. */
#include "deliveryoptimizationerrors.h"
#include "engine_private.h"
#include "local_path.h"
#include "log.h"
#include "memory.h"
#include "utf16.h"

HRESULT flight_ensure_sink(struct engine *engine, struct job_file *file)
{
    struct file_work *work = file->work;
    if (work->sink && !file->stream)
        sink_file_expect_directory(work->sink, file->directory); /* may be another one since it was made */
    if (work->sink)
        return S_OK;
    if (file->stream)
        return sink_stream_create(file->stream, &work->sink);
    char16_t *path = local_path_temporary(file->local_path, file->job->id, file->number);
    if (!path)
        return E_OUTOFMEMORY;
    bool is_continued = work->have.count > 0;
    enum sink_former former = is_continued ? SINK_CONTINUED : file->may_have_temporary ? SINK_OURS : SINK_NOTHING;
    uint64_t minimum_size = is_continued ? work->have.items[work->have.count - 1].end : 0;
    HRESULT hr = sink_file_create(engine->env.file_ops, path, former, minimum_size, &work->sink);
    mem_free(path);
    if (FAILED(hr))
        return hr;
    sink_file_expect_directory(work->sink, file->directory);
    if (former != SINK_NOTHING)
        sink_file_expect_identity(work->sink, file->temporary_identity);
    if (is_continued)
        sink_file_expect_written(work->sink, file->written_at);
    return S_OK;
}

bool flight_has_old_sink(const struct job_file *file)
{
    const struct file_work *work = file->work;
    return work && work->is_broken && work->sink && !work->flights && !file->is_finishing;
}

bool flight_drop_old_sink(struct engine *engine, struct job_file *file)
{
    lock_acquire(&engine->model_lock);
    struct sink *sink = flight_has_old_sink(file) ? file->work->sink : NULL;
    lock_release(&engine->model_lock);
    if (!sink)
        return false;
    (void)sink_revoke(sink, false); /* closes the file */
    lock_acquire(&engine->model_lock);
    (void)job_file_may_have_temporary(file);
    file->work->sink = NULL;
    lock_release(&engine->model_lock);
    sink_release(sink);
    return true;
}

void flight_expect_rest(struct job_file *file)
{
    const struct file_work *work = file->work;
    if (work->sink && file->local_size != SIZE_UNKNOWN && file->local_size > work->have.total)
        sink_expect(work->sink, file->local_size - work->have.total);
}

/* The next bytes that nobody was asked for, at most one segment, side by side in the remote and the local file. False when there are none. */
static bool next_piece(const struct job_file *file, struct transfer *transfer)
{
    const struct file_work *work = file->work;
    struct range gap;
    uint64_t run;
    if (!range_set_next_gap(&work->assigned, 0, file->local_size, &gap))
        return false;
    if (!range_layout_locate(file->wanted, file->wanted_count, file->remote_total, gap.start, &transfer->remote_first,
                             &run))
        return false;
    uint64_t length = gap.end == SIZE_UNKNOWN ? run : gap.end - gap.start;
    if (length > run)
        length = run;
    transfer->is_open_ended = length == SIZE_UNKNOWN;
    transfer->local_first = gap.start;
    transfer->length = length > SEGMENT_BYTES ? SEGMENT_BYTES : length;
    return true;
}

static bool plan(const struct job_file *file, struct transfer *transfer)
{
    const struct file_work *work = file->work;
    /* Beyond an end that nobody knows nothing is asked for: each answer of 416 would look like another source. */
    bool is_one_by_one = work->mode != FILE_MODE_SEGMENTS || file->stream || file->local_size == SIZE_UNKNOWN;
    if (is_one_by_one && work->flights)
        return false;
    transfer->use_range = work->mode != FILE_MODE_WHOLE;
    transfer->is_first = work->mode == FILE_MODE_FIRST || work->mode == FILE_MODE_WHOLE;
    transfer->has_wanted_ranges = file->wanted_count > 0;
    transfer->remote_total = file->remote_total;
    transfer->declared_total = file->declared_size;
    if (work->mode == FILE_MODE_WHOLE && !file->wanted_count) {
        transfer->length = RANGE_TO_END;
        return true;
    }
    if (work->mode == FILE_MODE_FIRST && !file->wanted_count) {
        transfer->length = SEGMENT_BYTES; /* also for a file that is said to be empty: a server confirms it */
        return true;
    }
    return next_piece(file, transfer);
}

static void link_flight(struct engine *engine, struct flight *flight) REQUIRES(engine->model_lock)
{
    struct job_file *file = flight->file;
    struct file_work *work = file->work;
    if (!work->flights)
        file->traffic.busy_since = engine->env.clock->now(engine->env.clock);
    flight->is_linked = true;
    flight->next = work->flights;
    work->flights = flight;
    flight->next_of_job = file->job->flights;
    file->job->flights = flight;
    if (file->job->flight_count++ == 0) {
        job_list_append(&engine->moving, file->job, offsetof(struct job, moving));
        limits_begin_time(engine, file->job);
    }
}

/* Has the job fail when the file cannot be fetched at all. */
static bool is_obstructed(struct engine *engine, struct job_file *file) REQUIRES(engine->model_lock)
{
    HRESULT hr = job_file_obstacle(file);
    if (hr == S_OK)
        return false;
    bool is_local = hr == DO_E_LOCALPATH_NOT_SET;
    struct job_error error = {log_failure(LOG_CORE, hr, L"file %u cannot be fetched", file->number),
                              is_local ? JOB_ERROR_CONTEXT_LOCAL_FILE : JOB_ERROR_CONTEXT_REMOTE_FILE, file->number,
                              S_OK};
    results_report(engine, file, &error, false, 0);
    return true;
}

/* It starts again, unless a stream has bytes of it already: those cannot be taken back. */
static bool begin_again(struct engine *engine, struct job_file *file) REQUIRES(engine->model_lock)
{
    file->is_stream_spent = file->stream && sink_stream_has_begun(file->stream);
    if (file->work->has_validator)
        file->has_false_row = file->job->has_false_rows = true;
    job_file_forget(file);
    checkpoint_mark(engine, file, engine->env.clock->now(engine->env.clock));
    if (!file->is_stream_spent)
        return true;
    struct job_error error = {log_failure(LOG_CORE, STG_E_SEEKERROR, L"file %u cannot be continued", file->number),
                              JOB_ERROR_CONTEXT_LOCAL_FILE, file->number, S_OK};
    results_report(engine, file, &error, false, 0);
    return false;
}

/* The server admits it, or is named in *busy. */
static bool is_admitted(struct engine *engine, struct job_file *file, uint32_t places, struct host **host,
                        struct host **busy, HRESULT *hr) REQUIRES(engine->model_lock)
{
    *host = host_of_file(engine, file);
    if (!*host) {
        *hr = E_OUTOFMEMORY;
        return false;
    }
    if (host_admits(engine, *host, file->job, places))
        return true;
    *busy = *host;
    return false;
}

/* A time-out costs all bytes of a body that cannot be continued: such a one may pause longer, but not when the job may not be without progress for so long. */
static uint32_t whole_timeout(const struct job *job)
{
    uint64_t timeout = progress_timeout(job);
    uint32_t least = job->engine->env.settings->receive_timeout_ms;
    if (timeout < least)
        return least;
    uint32_t most = least > TRANSFER_WHOLE_TIMEOUT_MS ? least : TRANSFER_WHOLE_TIMEOUT_MS;
    return timeout < most ? (uint32_t)timeout : most;
}

/* What the worker is told. */
static void fill_transfer(struct engine *engine, struct flight *flight, const struct transfer *planned, char16_t *url)
    REQUIRES(engine->model_lock)
{
    const struct job *job = flight->file->job;
    const struct file_work *work = flight->file->work;
    struct transfer *transfer = &flight->transfer;
    *transfer = *planned;
    transfer->url = url;
    transfer->led_to = utf16_duplicate(job_file_answerer(flight->file)); /* without memory it asks the file's own URL */
    transfer->has_validator = work->has_validator;
    if (work->has_validator)
        transfer->validator = work->validator;
    sink_addref(work->sink);
    transfer->sink = work->sink;
    transfer->generation = sink_generation(work->sink);
    transfer->options = http_options_addref(job->options);
    atomic_store(&transfer->is_foreground, job->facts.priority == JOB_FOREGROUND);
    transfer->cut_limit = (uint64_t)engine->env.settings->range_cut_mib * 1024 * 1024;
    transfer->receive_timeout_ms = engine->env.settings->receive_timeout_ms;
    transfer->whole_timeout_ms = whole_timeout(job);
    transfer->expects_whole = work->was_whole || work->mode == FILE_MODE_WHOLE;
    transfer->owner = flight;
}

/* Returns new, with a reference to the job, and its bytes assigned; NULL when there is no memory. */
static struct flight *make_flight(struct engine *engine, struct job_file *file, const struct transfer *planned)
    REQUIRES(engine->model_lock)
{
    struct flight *flight = mem_alloc(sizeof *flight);
    char16_t *url = utf16_duplicate(file->url);
    if (!flight || !url) {
        mem_free(flight);
        mem_free(url);
        return NULL;
    }
    flight->file = file;
    flight->source = file->source;
    flight->claim_end = planned->length == RANGE_TO_END ? SIZE_UNKNOWN : planned->local_first + planned->length;
    fill_transfer(engine, flight, planned, url);
    job_addref(file->job);
    if (FAILED(range_set_add(&file->work->assigned, planned->local_first, flight->claim_end))) {
        flight_free(flight);
        return NULL;
    }
    return flight;
}

struct flight *flight_next(struct engine *engine, struct job_file *file, uint32_t places, struct host **busy,
                           HRESULT *hr)
{
    struct host *host = NULL;
    struct transfer planned = {0};
    if (is_obstructed(engine, file))
        return NULL;
    bool is_new = !file->work;
    if (is_new && !is_admitted(engine, file, places, &host, busy, hr))
        return NULL;
    if (!job_file_begin_work(file)) {
        *hr = E_OUTOFMEMORY;
        return NULL;
    }
    struct file_work *work = file->work;
    if (file->is_finishing || (work->is_broken && !work->flights && !begin_again(engine, file)))
        return NULL;
    if (work->is_broken || job_file_is_whole(file) || !plan(file, &planned))
        return NULL;
    if (!is_new && !is_admitted(engine, file, places, &host, busy, hr))
        return NULL;
    if (!is_new && (file->job->has_times || file->job->has_false_rows)) {
        *hr = FLIGHT_OF_DATED;
        return NULL;
    }

    *hr = flight_ensure_sink(engine, file);
    if (FAILED(*hr))
        return NULL;
    flight_expect_rest(file);
    struct flight *flight = make_flight(engine, file, &planned);
    if (!flight) {
        *hr = E_OUTOFMEMORY;
        return NULL;
    }
    host_begin_flight(engine, host, flight);
    link_flight(engine, flight);
    engine->flight_count++;
    checkpoint_mark(engine, file, engine->env.clock->now(engine->env.clock) + CHECKPOINT_PARTIAL_MS);
    return flight;
}

void flight_count_traffic(struct flight *flight)
{
    struct file_traffic *traffic = &flight->file->traffic;
    uint64_t bytes = atomic_load(&flight->transfer.received);
    uint32_t answers = atomic_load(&flight->transfer.answers);
    traffic->bytes += bytes - flight->bytes_counted;
    traffic->answers += answers - flight->answers_counted;
    flight->bytes_counted = bytes;
    flight->answers_counted = answers;
}

void flight_unlink(struct engine *engine, struct flight *flight)
{
    if (!flight->is_linked)
        return;
    struct job_file *file = flight->file;
    struct job *job = file->job;
    flight->is_linked = false;
    struct flight **place = &file->work->flights;
    while (*place != flight)
        place = &(*place)->next;
    *place = flight->next;
    place = &job->flights;
    while (*place != flight)
        place = &(*place)->next_of_job;
    *place = flight->next_of_job;
    if (job->pending_error.code != S_OK)
        engine_touch(engine, job); /* it may have waited for this one */
    if (--job->flight_count == 0) {
        job_list_remove(&engine->moving, job, offsetof(struct job, moving));
        limits_end_time(engine, job);
    }
    flight_count_traffic(flight);
    if (!file->work->flights) {
        struct clock *clock = engine->env.clock;
        file->traffic.busy_ms += clock->now(clock) - file->traffic.busy_since;
    }
    struct host *host = flight->host;
    flight->host = NULL;
    host_end_flight(engine, host);
}

void flight_free(struct flight *flight)
{
    struct job *job = flight->file->job;
    transfer_clear(&flight->transfer);
    mem_free(flight);
    job_release(job);
}
