/* What comes back from the workers. Runs on their threads: a file's books are kept here under the model lock; what becomes of the job is left to the engine thread
 * (engine_step.c). A flight that was folded by somebody else was revoked: nothing that it says counts. */
#include "deliveryoptimizationerrors.h"
#include "engine_private.h"
#include "log.h"
#include "memory.h"
#include "url.h"
#include "utf16.h"

void engine_touch(struct engine *engine, struct job *job)
{
    if (job->is_touched)
        return;
    job_addref(job);
    job->is_touched = true;
    job->next_touched = engine->touched;
    engine->touched = job;
    signal_set(&engine->signal);
}

/* The failure counts in the place of the job's pending one. */
static bool goes_before(const struct job *job, bool is_transient, uint64_t retry_after_ms)
{
    if (!is_transient || !job->is_pending_transient)
        return job->is_pending_transient;
    return retry_after_ms > job->pending_retry_after && !gate_is_reason(job->pending_error.code);
}

void results_report(struct engine *engine, struct job_file *file, const struct job_error *error, bool is_transient,
                    uint64_t retry_after_ms)
{
    struct job *job = file->job;
    if (job->pending_error.code != S_OK && !goes_before(job, is_transient, retry_after_ms))
        return;
    job->pending_error = *error;
    job->is_pending_transient = is_transient;
    /* A wait that a server asked for stands. */
    if (job->facts.state != JOB_TRANSIENT_ERROR || retry_after_ms > job->pending_retry_after)
        job->pending_retry_after = retry_after_ms;
    scheduler_drop(engine, job);
    engine_touch(engine, job);
}

static uint64_t clock_now(struct engine *engine)
{
    return engine->env.clock->now(engine->env.clock);
}

static HRESULT take_facts(struct engine *engine, struct job_file *file, struct flight *flight,
                          const struct transfer_facts *facts) REQUIRES(engine->model_lock)
{
    struct file_work *work = file->work;
    if (facts->remote_total != SIZE_UNKNOWN) {
        HRESULT hr = job_file_set_remote_total(file, facts->remote_total);
        if (SUCCEEDED(hr))
            hr = limits_check_size(engine, file->job);
        if (FAILED(hr))
            return hr;
    }
    if (facts->last_modified)
        file->last_modified = facts->last_modified;
    work->has_validator = facts->has_validator;
    if (facts->has_validator)
        work->validator = facts->validator;
    if (facts->is_whole) {
        work->was_whole = true;
        work->mode = FILE_MODE_WHOLE;
        if (!file->wanted_count) {
            flight->claim_end = SIZE_UNKNOWN;
            return range_set_add(&work->assigned, flight->transfer.local_first, SIZE_UNKNOWN);
        }
    } else {
        work->mode = facts->has_validator ? FILE_MODE_SEGMENTS : FILE_MODE_SERIAL;
    }
    return S_OK;
}

/* The answer that came last is the one that clients can look at. Takes `headers`; NULL: there was none. */
static void keep_headers(struct job_file *file, char16_t *headers)
{
    if (!headers)
        return;
    mem_free(file->headers);
    file->headers = headers;
}

void results_on_answer(void *context, struct transfer *transfer)
{
    struct engine *engine = context;
    struct flight *flight = transfer->owner;
    lock_acquire(&engine->model_lock);
    way_count_answer(engine, flight);
    lock_release(&engine->model_lock);
}

/* The answer is another file than the one that was asked for: nothing of it counts. */
static void refuse(struct engine *engine, struct flight *flight, HRESULT hr) REQUIRES(engine->model_lock)
{
    struct job_file *file = flight->file;
    struct job_error error = {log_failure(LOG_TRANSFER, hr, L"file %u is not what was asked for", file->number),
                              JOB_ERROR_CONTEXT_REMOTE_FILE, file->number, S_OK};
    flight->is_folded = true;
    file->work->is_broken = true;
    if (flight->source == file->source)
        results_report(engine, file, &error, false, 0);
}

/* The answer is what was asked for. */
static void use_facts(struct engine *engine, struct flight *flight) REQUIRES(engine->model_lock)
{
    struct job_file *file = flight->file;
    way_learn(flight);
    if (flight->source == file->source)
        remote_name_note(engine, file, &flight->transfer);
    if (file->work->mode == FILE_MODE_SEGMENTS && file->local_size > flight->claim_end) {
        scheduler_consider(engine, file->job);
        signal_set(&engine->signal);
    }
}

void results_on_headers(void *context, struct transfer *transfer)
{
    struct engine *engine = context;
    struct flight *flight = transfer->owner;
    struct job_file *file = flight->file;
    lock_acquire(&engine->model_lock);
    if (!flight->is_folded) {
        keep_headers(file, utf16_duplicate(transfer->result.details.headers));
        HRESULT hr = take_facts(engine, file, flight, &transfer->result.facts);
        if (FAILED(hr))
            refuse(engine, flight, hr);
        else
            use_facts(engine, flight);
        flight_expect_rest(file); /* nothing of it is written yet */
    }
    lock_release(&engine->model_lock);
}

/* The version that the file's bytes belong to is gone: it starts again, unless that keeps happening. Nothing more is asked for until its transfers
 * are revoked, this one among them. */
static void begin_restart(struct engine *engine, struct flight *flight) REQUIRES(engine->model_lock)
{
    struct job_file *file = flight->file;
    struct file_work *work = file->work;
    HRESULT reason = flight->transfer.result.hr;
    flight->is_folded = true;
    work->is_broken = true;
    uint32_t limit = reason == HRESULT_OF_HTTP_STATUS(416) ? JOB_REFUSED_RANGE_RESTARTS : JOB_NO_PROGRESS_RESTARTS;
    if (++work->restarts >= limit) {
        HRESULT hr = FAILED(reason) ? reason : DO_E_INSUFFICIENT_RANGE_SUPPORT;
        if (reason == HRESULT_OF_HTTP_STATUS(416) && file->wanted_count)
            hr = DO_E_INVALID_RANGE; /* what the caller wants is not there */
        struct job_error error = {log_failure(LOG_TRANSFER, hr, L"file %u keeps starting again", file->number),
                                  JOB_ERROR_CONTEXT_REMOTE_FILE, file->number, S_OK};
        work->restarts = 0;
        results_report(engine, file, &error, false, 0);
    } else {
        log_line(LOG_WARN, LOG_TRANSFER, L"file %u starts again: its source changed", file->number);
    }
}

/* What bears the temporary file's name is not ours: it is neither written to nor deleted. Of another directory than the one that was meant the client
 * learns once; who resumes then means this one. */
static void note_foreign_file(struct job_file *file, HRESULT hr)
{
    if (hr == HRESULT_OF_WIN32(ERROR_FILE_EXISTS))
        file->may_have_temporary = false;
    if (hr == HRESULT_OF_WIN32(ERROR_DIRECTORY))
        file->directory = 0;
}

/* What the failure means for what the file has. False when there is nothing to tell: that the folder was away the client knows; now it is there again, without the
 * file, which therefore starts again. */
static bool note_local_failure(struct job_file *file, struct sink *sink, HRESULT hr)
{
    struct file_work *work = file->work;
    note_foreign_file(file, hr);
    if (sink_is_away(hr))
        work->was_away = true;
    if (file->stream || sink_has_lost(sink))
        work->is_broken = true;
    if (!work->was_away || hr != HRESULT_OF_WIN32(ERROR_FILE_NOT_FOUND))
        return true;
    log_line(LOG_WARN, LOG_TRANSFER, L"file %u starts again: its folder is back without it", file->number);
    return false;
}

static void report_failure(struct engine *engine, struct flight *flight) REQUIRES(engine->model_lock)
{
    const struct transfer_result *result = &flight->transfer.result;
    struct job_file *file = flight->file;
    struct job_error error = {result->hr,
                              result->is_local     ? JOB_ERROR_CONTEXT_LOCAL_FILE
                              : result->is_network ? JOB_ERROR_CONTEXT_TRANSPORT
                                                   : JOB_ERROR_CONTEXT_REMOTE_FILE,
                              file->number, result->details.cause};
    /* A client's stream cannot be written to again. */
    bool is_transient = result->is_transient && !(result->is_local && file->stream);
    if (result->is_local && !file->stream && !note_local_failure(file, flight->transfer.sink, result->hr))
        return;
    log_line(is_transient ? LOG_WARN : LOG_ERROR, LOG_TRANSFER, L"%.*ls: 0x%08lX, %ls",
             (int)url_loggable_length(file->url), file->url, (unsigned long)result->hr,
             is_transient ? L"will be tried again" : L"final");
    bool is_down = result->is_network && is_transient && !atomic_load(&flight->transfer.answers);
    if (is_down && flight->host)
        way_count_silence(engine, flight, &error);
    results_report(engine, file, &error, is_transient, result->retry_after_ms);
}

bool results_begin_finish(struct engine *engine, struct job_file *file)
{
    if (!job_file_is_whole(file) || file->work->flights || file->is_finishing || file->work->is_broken)
        return false;
    /* A former host's file has no sink yet: its bytes are there, its end was not made. */
    HRESULT hr = flight_ensure_sink(engine, file);
    if (FAILED(hr)) {
        struct job_error error = {hr, JOB_ERROR_CONTEXT_NONE, file->number, S_OK};
        results_report(engine, file, &error, true, 0);
        return false;
    }
    file->is_finishing = true;
    file->finish_generation = sink_generation(file->work->sink);
    return true;
}

/* What the end of a body tells of the file's size. A failure: it is not the file that was asked for. */
static HRESULT take_end(struct engine *engine, struct flight *flight) REQUIRES(engine->model_lock)
{
    struct job_file *file = flight->file;
    const struct transfer_result *result = &flight->transfer.result;
    uint64_t written = atomic_load(&flight->transfer.written);
    if (result->is_end_known && file->remote_total == SIZE_UNKNOWN) {
        uint64_t total = result->facts.remote_total != SIZE_UNKNOWN ? result->facts.remote_total
                                                                    : flight->transfer.remote_first + written;
        HRESULT hr = job_file_set_remote_total(file, total);
        return SUCCEEDED(hr) ? limits_check_size(engine, file->job) : hr;
    }
    /* Bytes beyond the end that the caller declared, from a server that tells none. */
    bool is_beyond = file->local_size != SIZE_UNKNOWN && flight->transfer.local_first + written > file->local_size;
    return is_beyond ? DO_E_HTTP_BLOCKSIZE_MISMATCH : S_OK;
}

/* Books what the transfer brought. True: every byte of the file is there now. */
static bool take_result(struct engine *engine, struct flight *flight) REQUIRES(engine->model_lock)
{
    struct job_file *file = flight->file;
    struct file_work *work = file->work;
    const struct transfer_result *result = &flight->transfer.result;
    if (result->outcome == TRANSFER_WHOLE_NEEDED) {
        flight->is_folded = true;
        work->mode = FILE_MODE_WHOLE;
        range_set_clear(&work->assigned);
        return false;
    }
    HRESULT hr = result->outcome == TRANSFER_FAILED ? S_OK : take_end(engine, flight);
    if (FAILED(hr)) {
        refuse(engine, flight, hr);
        return false;
    }
    if (result->outcome == TRANSFER_DONE || result->outcome == TRANSFER_SHORT)
        way_learn(flight);
    progress_note_file(engine, file);
    job_file_fold(file, flight, result->outcome == TRANSFER_FAILED || result->outcome == TRANSFER_REVOKED);
    job_see_bytes(file->job, engine->env.clock->utc(engine->env.clock));
    if (result->outcome == TRANSFER_FAILED) {
        report_failure(engine, flight);
        return false;
    }
    if (result->outcome == TRANSFER_SHORT && work->mode == FILE_MODE_WHOLE)
        work->mode = FILE_MODE_SERIAL; /* the end was not the end: the rest is asked for by range */
    return job_file_is_whole(file);
}

/* It failed at a source that the file no longer has: that is nobody's business now. */
static bool is_of_former_source(const struct flight *flight)
{
    enum transfer_outcome outcome = flight->transfer.result.outcome;
    return flight->source != flight->file->source && (outcome == TRANSFER_FAILED || outcome == TRANSFER_RESTART);
}

/* It failed where the file is not asked for any more. True: it starts again, for its bytes can be continued nowhere else; that counts, or it might do so for ever. */
static bool leave_failed_way(struct engine *engine, struct flight *flight) REQUIRES(engine->model_lock)
{
    struct job_file *file = flight->file;
    if (file->work->mode == FILE_MODE_SEGMENTS || flight->source != file->source) {
        job_file_fold(file, flight, true);
        return false;
    }
    begin_restart(engine, flight);
    return true;
}

/* The flight's place is free, for the job's next one or another's. */
static void go_on(struct engine *engine, struct flight *flight)
{
    lock_acquire(&engine->model_lock);
    flight_unlink(engine, flight);
    scheduler_consider(engine, flight->file->job);
    lock_release(&engine->model_lock);
    signal_set(&engine->signal);
}

void results_on_done(void *context, struct transfer *transfer)
{
    struct engine *engine = context;
    struct flight *flight = transfer->owner;
    struct job_file *file = flight->file;
    bool is_whole = false;
    bool is_restart = false;
    lock_acquire(&engine->model_lock);
    if (!flight->is_folded && (is_of_former_source(flight) || way_was_a_by_way(flight))) {
        is_restart = leave_failed_way(engine, flight);
    } else if (!flight->is_folded) {
        keep_headers(file, transfer->result.details.headers);
        transfer->result.details.headers = NULL;
        is_restart = transfer->result.outcome == TRANSFER_RESTART;
        if (is_restart)
            begin_restart(engine, flight);
        else
            is_whole = take_result(engine, flight);
    }
    if (!is_restart)
        flight_unlink(engine, flight);
    flight_count_traffic(flight); /* a revoked one was unlinked before */
    engine->flight_count--;
    is_whole = is_whole && results_begin_finish(engine, file);
    checkpoint_mark(engine, file, clock_now(engine) + CHECKPOINT_PARTIAL_MS);
    lock_release(&engine->model_lock);

    if (is_restart)
        engine_revoke_file(engine, file);
    go_on(engine, flight); /* at once: to finish the file takes a while, and changes nothing for others */
    if (is_whole)
        results_finish_file(engine, file);
    flight_free(flight);
}

void results_finish_file(struct engine *engine, struct job_file *file)
{
    lock_acquire(&engine->model_lock);
    uint64_t size = file->local_size;
    uint64_t last_modified = file->last_modified;
    uint32_t generation = file->finish_generation;
    struct sink *sink = file->work->sink;
    sink_addref(sink);
    lock_release(&engine->model_lock);

    HRESULT hr = sink_finish(sink, generation, size, last_modified);
    lock_acquire(&engine->model_lock);
    file->is_finishing = false;
    struct sink_stream *full = NULL;
    if (SUCCEEDED(hr)) {
        file->written_at = sink_written_at(sink);
        full = file->stream;
        file->stream = NULL;
        job_file_end_work(file);
        job_file_set_status(file, FILE_TRANSFERRED);
        uint64_t recorded_at = clock_now(engine) + CHECKPOINT_FINISHED_MS;
        if (recorded_at < engine->checkpoint_at)
            signal_set(&engine->signal); /* the engine thread sleeps longer */
        checkpoint_mark(engine, file, recorded_at);
        notify_file_transferred(engine, file);
        if (file->job->files_transferred == file->job->file_count)
            engine_touch(engine, file->job);
    } else if (hr != SINK_REVOKED) {
        struct job_error error = {log_failure(LOG_TRANSFER, hr, L"cannot finish %ls", file->local_path),
                                  JOB_ERROR_CONTEXT_LOCAL_FILE, file->number, S_OK};
        if (note_local_failure(file, sink, hr))
            results_report(engine, file, &error, !file->stream && sink_failure_passes(hr), 0);
    }
    if (FAILED(hr)) { /* it may have to start again */
        scheduler_consider(engine, file->job);
        signal_set(&engine->signal);
    }
    lock_release(&engine->model_lock);
    sink_release(sink);
    sink_stream_release(full);
}
