/* Who is served next: by priority, then job by job in turn; in a job every file's first request before any file's further ones, so that sizes become
 * known early. A job is in the list of its priority only while it may have something to hand out. */
#include "engine_private.h"
#include "log.h"

void scheduler_consider(struct engine *engine, struct job *job)
{
    enum job_state state = job->facts.state;
    if ((state != JOB_QUEUED && state != JOB_TRANSFERRING) || job->facts.intent != JOB_INTENT_NONE ||
        job->pending_error.code != S_OK)
        return; /* what failed is first made known, even if the store keeps that waiting */
    if (job->files_transferred == job->file_count) {
        engine_touch(engine, job);
        return;
    }
    HRESULT reason = gate_check(engine, job);
    if (FAILED(reason)) {
        gate_block(engine, job, reason);
        return;
    }
    if (reason == S_FALSE)
        return; /* gate_review considers it again */
    if (job->is_runnable)
        return;
    host_unpark(job);
    job->is_runnable = true;
    job_list_append(&engine->runnable[job->facts.priority], job, offsetof(struct job, runnable));
}

void scheduler_drop(struct engine *engine, struct job *job)
{
    if (!job->is_runnable)
        return;
    job->is_runnable = false;
    job_list_remove(&engine->runnable[job->facts.priority], job, offsetof(struct job, runnable));
    host_lose_place(engine, job);
}

/* The others' turn. */
static void move_to_end(struct engine *engine, struct job *job) REQUIRES(engine->model_lock)
{
    struct job_list *list = &engine->runnable[job->facts.priority];
    if (!job->is_runnable)
        return; /* it has failed just now */
    job_list_remove(list, job, offsetof(struct job, runnable));
    job_list_append(list, job, offsetof(struct job, runnable));
}

/* So many of the workers are for jobs that somebody waits for: the others' bodies can take hours. */
#define FOREGROUND_RESERVE 2

#define LOOK_AHEAD  8  /* files of one job whose servers are busy, before the job waits */
#define LOOK_BEYOND 64 /* so many behind these as well, others each time, when a server is down: it may be for long */

/* What one look at a job's files came to. */
struct look {
    uint32_t places;   /* free workers */
    struct host *busy; /* a server that does not admit a file of the job now */
    bool met_down;     /* such a one is down */
    bool met_caller;   /* such a one had called the job */
    struct job_file *refused;
    struct host *only_busy[PARKINGS_MAX]; /* those that do not and are not down */
    uint32_t only_busy_count;
    struct job_file *to_finish; /* has all its bytes, or an old sink */
    HRESULT hr;
};

static void note_only_busy(struct look *look, struct host *busy)
{
    for (uint32_t i = 0; i < look->only_busy_count; i++) {
        if (look->only_busy[i] == busy)
            return;
    }
    if (look->only_busy_count < PARKINGS_MAX)
        look->only_busy[look->only_busy_count++] = busy;
}

/* Where a server is only busy a place will be free, which is better to wait for than one that is down. */
static void note_refusal(struct look *look, struct job_file *file, struct host *busy)
{
    look->met_down |= busy->is_down;
    look->met_caller |= busy == file->job->called_by;
    if (!busy->is_down)
        note_only_busy(look, busy);
    if (look->busy && busy->is_down && !look->busy->is_down)
        return;
    look->busy = busy;
    look->refused = file;
}

static bool is_begun(const struct job_file *file)
{
    return file->status != FILE_PENDING || file->work;
}

static void skip_begun_files(struct job *job)
{
    while (job->first_pending < job->file_count && is_begun(job->files[job->first_pending]))
        job->first_pending++;
}

static struct flight *begin_file(struct engine *engine, struct job_file *file, struct look *look)
    REQUIRES(engine->model_lock)
{
    struct host *busy = NULL;
    struct flight *flight = flight_next(engine, file, look->places, &busy, &look->hr);
    if (busy)
        note_refusal(look, file, busy);
    return flight;
}

/* Files of a server that is down do not hide those of others behind them. Ends at a server that is only busy: there the search goes on next time. */
static struct flight *look_beyond(struct engine *engine, struct job *job, size_t seen, struct look *look)
    REQUIRES(engine->model_lock)
{
    if (job->look_from < seen || job->look_from >= job->file_count)
        job->look_from = seen;
    for (unsigned i = 0; i < LOOK_BEYOND && job->look_from < job->file_count; i++) {
        struct job_file *file = job->files[job->look_from];
        struct flight *flight = is_begun(file) ? NULL : begin_file(engine, file, look);
        if (FAILED(look->hr) || (look->refused == file && !look->busy->is_down))
            return NULL;
        job->look_from++;
        if (flight)
            return flight;
    }
    return NULL;
}

static struct flight *begin_new_file(struct engine *engine, struct job *job, struct look *look)
    REQUIRES(engine->model_lock)
{
    unsigned tries = 0;
    size_t i;
    skip_begun_files(job);
    for (i = job->first_pending; i < job->file_count && tries < LOOK_AHEAD; i++) {
        if (is_begun(job->files[i]))
            continue;
        tries++;
        struct flight *flight = begin_file(engine, job->files[i], look);
        if (flight || FAILED(look->hr))
            return flight;
    }
    return look->met_down ? look_beyond(engine, job, i, look) : NULL;
}

static struct flight *go_on_with_file(struct engine *engine, struct job *job, struct look *look)
    REQUIRES(engine->model_lock)
{
    unsigned refusals = 0;
    const struct job_file *last = job->working_last;
    for (struct job_file *file = job->working_first; file && refusals < LOOK_AHEAD; file = job->working_first) {
        struct host *busy = NULL;
        job_file_rotate_work(file);
        if (job->has_times && job_file_is_whole(file)) {
            look->hr = FLIGHT_OF_DATED;
            return NULL;
        }
        if (flight_has_old_sink(file) || results_begin_finish(engine, file)) {
            look->to_finish = file;
            return NULL;
        }
        struct flight *flight = flight_next(engine, file, look->places, &busy, &look->hr);
        if (busy) {
            note_refusal(look, file, busy);
            refusals++;
        }
        if (flight || look->hr != S_OK || file == last)
            return flight;
    }
    return NULL;
}

static void start_job(struct engine *engine, struct job *job) REQUIRES(engine->store_lock, engine->model_lock)
{
    struct job_facts facts;
    const struct job_transition *transition = engine_decide(engine, job, JOB_EVENT_STARTED, NULL, &facts);
    /* Not committed: a host that starts anew treats QUEUED and TRANSFERRING alike. */
    if (transition->answer == S_OK)
        engine_apply(engine, job, transition, &facts);
}

/* The job's next file comes from a server that is down: the job shares what that met. Not committed: a new host starts waiting jobs at once. */
static void share_failure(struct engine *engine, struct job *job, const struct look *look)
    REQUIRES(engine->store_lock, engine->model_lock)
{
    struct job_facts facts;
    struct job_error error = look->busy->error;
    error.file = look->refused->number;
    const struct job_transition *transition = engine_decide(engine, job, JOB_EVENT_TRANSIENT, &error, &facts);
    if (transition->answer != S_OK)
        return;
    engine_apply(engine, job, transition, &facts);
    for (struct job_file *file = job->working_first; file; file = file->work->next)
        file->work->is_broken |= job_file_is_unidentified(file);
}

static void wait_for_host(struct engine *engine, struct job *job, const struct look *look)
    REQUIRES(engine->store_lock, engine->model_lock)
{
    bool is_idle = look->busy->is_down && !job->flight_count;
    if (is_idle && !retry_is_wanted(job)) {
        struct job_error error = look->busy->error;
        error.file = look->refused->number;
        results_report(engine, look->refused, &error, true, 0);
        return;
    }
    if (is_idle)
        share_failure(engine, job, look);
    host_park(engine, look->busy, job);
    for (uint32_t i = 0; i < look->only_busy_count; i++)
        host_park_also(look->only_busy[i], job);
    job->has_met_down = look->met_down && !look->busy->is_down;
}

/* The next flight of a job at the head of a list; NULL: the job has left the list, or a file is to be finished, or its rows are to be seen to first. */
static struct flight *serve(struct engine *engine, struct job *job, struct look *look)
    REQUIRES(engine->store_lock, engine->model_lock)
{
    struct flight *flight = begin_new_file(engine, job, look);
    if (!flight && SUCCEEDED(look->hr))
        flight = go_on_with_file(engine, job, look);
    if (look->hr == FLIGHT_OF_DATED)
        return NULL;
    if (look->met_caller || (flight && flight->host == job->called_by))
        host_end_call(job);
    if (flight || look->to_finish) {
        move_to_end(engine, job);
        if (flight)
            start_job(engine, job);
        return flight;
    }
    scheduler_drop(engine, job);
    if (FAILED(look->hr)) {
        struct job_error error = {look->hr, JOB_ERROR_CONTEXT_NONE, JOB_ERROR_NO_FILE, S_OK};
        results_report(engine, job->files[0], &error, true, 0);
    } else if (look->busy) {
        wait_for_host(engine, job, look);
    }
    return NULL;
}

/* What a round came to: at most one of these. */
struct pick {
    struct flight *flight;
    struct job_file *to_finish;
    struct job *dated; /* job_model.h, has_times, has_false_rows: to be seen to before a part of it is handed out */
};

static struct pick pick(struct engine *engine, uint32_t places) REQUIRES(engine->store_lock, engine->model_lock)
{
    unsigned end = places > FOREGROUND_RESERVE ? PRIORITY_COUNT : JOB_FOREGROUND + 1;
    for (unsigned priority = 0; priority < end; priority++) {
        struct job_list *list = &engine->runnable[priority];
        while (list->first) {
            struct look look = {.places = places};
            struct job *job = list->first;
            struct flight *flight = serve(engine, job, &look);
            if (look.hr == FLIGHT_OF_DATED)
                return (struct pick){.dated = job};
            if (flight || look.to_finish)
                return (struct pick){.flight = flight, .to_finish = look.to_finish};
        }
    }
    return (struct pick){0};
}

static HRESULT write_losses(struct engine *engine, const struct job *job) REQUIRES(engine->store_lock)
{
    HRESULT hr = S_OK;
    for (size_t i = 0; job->has_false_rows && i < job->file_count && SUCCEEDED(hr); i++) {
        if (job->files[i]->has_false_row)
            hr = checkpoint_write_discarded(engine, job->files[i]);
    }
    return hr;
}

static HRESULT correct_rows(struct engine *engine, const struct job *job) REQUIRES(engine->store_lock)
{
    HRESULT hr = queue_store_begin(engine->store);
    if (FAILED(hr))
        return hr;
    hr = queue_store_forget_times(engine->store, job->id);
    if (SUCCEEDED(hr))
        hr = write_losses(engine, job);
    if (SUCCEEDED(hr))
        return queue_store_commit(engine->store);
    queue_store_rollback(engine->store);
    return hr;
}

static void note_corrected(struct job *job)
{
    for (size_t i = 0; job->has_false_rows && i < job->file_count; i++)
        job->files[i]->has_false_row = false;
    job->has_times = job->has_false_rows = false;
}

/* Its files are about to be written to: were the host to end then, what their rows say would make them look altered, or have bytes that they lost. */
static void make_writable(struct engine *engine, struct job *job) REQUIRES(engine->store_lock)
{
    HRESULT hr = correct_rows(engine, job);
    lock_acquire(&engine->model_lock);
    if (SUCCEEDED(hr)) {
        note_corrected(job);
    } else {
        struct job_error error = {hr, JOB_ERROR_CONTEXT_NONE, JOB_ERROR_NO_FILE, S_OK};
        results_report(engine, job->files[0], &error, true, 0);
    }
    lock_release(&engine->model_lock);
}

static void submit(struct engine *engine, struct flight *flight)
{
    HRESULT hr = worker_pool_submit(engine->pool, &flight->transfer);
    if (SUCCEEDED(hr))
        return;
    struct job_error error = {log_failure(LOG_TRANSFER, hr, L"cannot start a transfer"), JOB_ERROR_CONTEXT_NONE,
                              flight->file->number, S_OK};
    lock_acquire(&engine->model_lock);
    flight_unlink(engine, flight);
    engine->flight_count--;
    job_file_fold(flight->file, flight, false);
    results_report(engine, flight->file, &error, true, 0);
    lock_release(&engine->model_lock);
    flight_free(flight);
}

struct job_file *scheduler_run(struct engine *engine)
{
    for (uint32_t places; (places = worker_pool_free(engine->pool)) > 0;) {
        lock_acquire(&engine->model_lock);
        host_use_places(engine, places);
        struct pick picked = pick(engine, places);
        lock_release(&engine->model_lock);
        if (picked.flight)
            submit(engine, picked.flight);
        else if (picked.dated)
            make_writable(engine, picked.dated);
        else
            return picked.to_finish;
    }
    return NULL;
}
