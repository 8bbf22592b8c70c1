/* What happens while something else is half done. These tests look into the engine, so that the moment is not left to chance. */
#include "deliveryoptimizationerrors.h"
#include "engine_fixture.h"
#include "engine_private.h"
#include "recording_target.h"

#include <windows.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define CANNOT_CONNECT ((HRESULT)0x80072EFD)

static struct engine_fixture fx;

static struct held_disk {
    struct file_ops ops;
    HANDLE gate;       /* the first write waits for it */
    HANDLE flush_gate; /* the next flush waits for it */
    volatile LONG flushing;
    volatile LONG writing, removed_while_writing;
    volatile LONG flush_failure; /* HRESULT of the next flush */
} disk;

static HRESULT held_write_at(struct file_ops *ops, struct file *file, uint64_t offset, const void *data, size_t size)
{
    (void)ops;
    HANDLE gate = disk.gate;
    if (gate) {
        disk.writing = 1;
        (void)WaitForSingleObject(gate, FIXTURE_LIMIT_MS);
        disk.writing = 0;
    }
    return file_ops_system()->write_at(file_ops_system(), file, offset, data, size);
}

static HRESULT held_flush(struct file_ops *ops, struct file *file)
{
    (void)ops;
    HRESULT failure = (HRESULT)InterlockedExchange(&disk.flush_failure, S_OK);
    HANDLE gate = disk.flush_gate;
    disk.flush_gate = NULL;
    if (gate) {
        disk.flushing = 1;
        (void)WaitForSingleObject(gate, FIXTURE_LIMIT_MS);
    }
    return FAILED(failure) ? failure : file_ops_system()->flush(file_ops_system(), file);
}

static HRESULT held_remove(struct file_ops *ops, const char16_t *path)
{
    (void)ops;
    if (disk.writing)
        disk.removed_while_writing = 1;
    return file_ops_system()->remove(file_ops_system(), path);
}

static int open_fixture(void **context)
{
    (void)context;
    memset(&disk, 0, sizeof(disk));
    disk.ops = *file_ops_system();
    disk.ops.write_at = held_write_at;
    disk.ops.flush = held_flush;
    disk.ops.remove = held_remove;
    fixture_open(&fx);
    fixture_stop(&fx);
    fx.file_ops = &disk.ops;
    fixture_start(&fx);
    return 0;
}

static int close_fixture(void **context)
{
    (void)context;
    fixture_close(&fx);
    return 0;
}

static void end_job(struct job *job)
{
    assert_int_equal(job_cancel(job), S_OK);
    job_release(job);
}

/* ---- Two failures between two steps ---- */

static struct memory_resource *held_resource(const char16_t *name)
{
    struct memory_resource *resource = memory_http_add(&fx.http, name, 1000, 1);
    resource->answer_gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    return resource;
}

/* A job of two files whose servers are about to say that they fail, the first for good. */
struct two_failures {
    struct memory_resource *fatal, *transient;
    struct job *job;
};

static struct two_failures two_under_way(uint32_t transient_status, HRESULT transient_failure)
{
    struct two_failures two = {held_resource(u"fatal"), held_resource(u"transient"), fixture_job(&fx)};
    two.fatal->status = 404;
    two.transient->status = transient_status;
    two.transient->failure = transient_failure;
    fixture_add(&fx, two.job, two.fatal, u"fatal");
    fixture_add(&fx, two.job, two.transient, u"transient");
    assert_int_equal(job_resume(two.job), S_OK);
    (void)engine_step(fx.engine);
    fixture_await_flights(&fx, 2);
    return two;
}

static void assert_fatal_counts(struct two_failures *two)
{
    struct job_error error;
    assert_int_equal(job_state(two->job), JOB_ERROR);
    assert_true(job_error(two->job, &error));
    assert_int_equal(error.code, HRESULT_OF_HTTP_STATUS(404));
    assert_int_equal(error.file, 0);
    end_job(two->job);
    CloseHandle(two->fatal->answer_gate);
    CloseHandle(two->transient->answer_gate);
}

static void assert_fatal_wins(bool is_fatal_first)
{
    struct two_failures two = two_under_way(200, CANNOT_CONNECT);
    SetEvent(is_fatal_first ? two.fatal->answer_gate : two.transient->answer_gate);
    fixture_await_flights(&fx, 1);
    SetEvent(is_fatal_first ? two.transient->answer_gate : two.fatal->answer_gate);
    fixture_await_flights(&fx, 0);
    (void)engine_step(fx.engine);
    assert_fatal_counts(&two);
}

static void a_fatal_failure_goes_before_a_transient_one(void **context)
{
    (void)context;
    assert_fatal_wins(false);
}

static void a_transient_failure_does_not_replace_a_fatal_one(void **context)
{
    (void)context;
    assert_fatal_wins(true);
}

static HANDLE commit_gate;      /* opened in the next transaction */
static unsigned left_at_commit; /* so many of the flights go on then */

HRESULT __real_queue_store_begin(struct queue_store *store);
HRESULT __wrap_queue_store_begin(struct queue_store *store);

/* The linker puts this before the store's own. */
HRESULT __wrap_queue_store_begin(struct queue_store *store)
{
    HANDLE opened = commit_gate;
    commit_gate = NULL;
    if (opened) {
        SetEvent(opened);
        fixture_await_flights(&fx, left_at_commit);
    }
    return __real_queue_store_begin(store);
}

/* The transient one is decided upon and on its way to the disk when the fatal one comes. */
static void a_fatal_failure_that_comes_while_a_transient_one_is_committed_is_kept(void **context)
{
    (void)context;
    struct two_failures two = two_under_way(503, S_OK);
    SetEvent(two.transient->answer_gate);
    fixture_await_flights(&fx, 1);
    commit_gate = two.fatal->answer_gate;
    (void)engine_step(fx.engine);
    assert_null(commit_gate);
    fixture_until_state(&fx, two.job, JOB_ERROR); /* the clock stands still: nothing is tried again */
    lock_acquire(&fx.http.lock);
    assert_int_equal(two.fatal->attempts + two.transient->attempts, 2);
    lock_release(&fx.http.lock);
    assert_fatal_counts(&two);
}

/* ---- A wait that a server asks for while another failure is being dealt with ---- */

static HANDLE revoke_gate; /* opened when the engine thread is about to end a job's transfers */

void __real_engine_revoke_job(struct engine *engine, struct job *job);
void __wrap_engine_revoke_job(struct engine *engine, struct job *job);

void __wrap_engine_revoke_job(struct engine *engine, struct job *job)
{
    HANDLE opened = revoke_gate;
    revoke_gate = NULL;
    if (opened) {
        SetEvent(opened);
        fixture_await_flights(&fx, 0);
    }
    __real_engine_revoke_job(engine, job);
}

static struct memory_resource *held_server(const char16_t *name)
{
    struct memory_resource *resource = held_resource(name);
    (void)swprintf(resource->url, ARRAYSIZE(resource->url), L"http://%ls/file", name);
    return resource;
}

/* A server that is down ends the job's transfers; another one says meanwhile how long to wait. That the first one answers again does not end this wait. */
static void assert_waits_as_told(HANDLE *moment)
{
    struct memory_resource *dead = held_server(u"dead"), *busy = held_server(u"busy");
    struct job *job = fixture_job(&fx), *prober = fixture_job(&fx);
    dead->failure = CANNOT_CONNECT;
    busy->status = 503;
    busy->retry_after = u"600";
    fixture_add(&fx, job, dead, u"dead");
    fixture_add(&fx, job, busy, u"busy");
    fixture_add(&fx, prober, dead, u"prober");
    assert_int_equal(job_resume(job), S_OK);
    (void)engine_step(fx.engine);
    fixture_await_flights(&fx, 2);
    SetEvent(dead->answer_gate);
    fixture_await_flights(&fx, 1);
    *moment = busy->answer_gate;
    (void)engine_step(fx.engine);
    assert_null(*moment);
    assert_int_equal(job_state(job), JOB_TRANSIENT_ERROR);
    (void)engine_step(fx.engine);

    dead->failure = S_OK;
    assert_int_equal(job_resume(prober), S_OK);
    fixture_until_state(&fx, prober, JOB_TRANSFERRED);
    fixture_advance(&fx, 599 * 1000);
    assert_int_equal(job_state(job), JOB_TRANSIENT_ERROR);
    assert_int_equal(memory_http_attempts(&fx.http, busy), 1);
    busy->status = 0;
    fixture_advance(&fx, 160 * 1000);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    end_job(job);
    end_job(prober);
    CloseHandle(dead->answer_gate);
    CloseHandle(busy->answer_gate);
}

static void a_wait_that_is_asked_for_while_another_failure_is_committed_is_kept(void **context)
{
    (void)context;
    assert_waits_as_told(&commit_gate);
}

static void a_wait_that_is_asked_for_while_transfers_are_about_to_end_is_kept(void **context)
{
    (void)context;
    assert_waits_as_told(&revoke_gate);
}

/* The server that asked for the wait was heard during the commit, one that asks for none comes after it. */
static void a_wait_that_is_asked_for_outlasts_a_later_failure(void **context)
{
    (void)context;
    struct memory_resource *dead = held_server(u"dead"), *busy = held_server(u"busy"), *late = held_server(u"late");
    struct job *job = fixture_job(&fx), *prober = fixture_job(&fx);
    dead->failure = CANNOT_CONNECT;
    busy->status = late->status = 503;
    busy->retry_after = u"600";
    fixture_add(&fx, job, dead, u"dead");
    fixture_add(&fx, job, busy, u"busy");
    fixture_add(&fx, job, late, u"late");
    fixture_add(&fx, prober, dead, u"prober");
    assert_int_equal(job_resume(job), S_OK);
    (void)engine_step(fx.engine);
    fixture_await_flights(&fx, 3);
    SetEvent(dead->answer_gate);
    fixture_await_flights(&fx, 2);
    commit_gate = busy->answer_gate;
    left_at_commit = 1;
    revoke_gate = late->answer_gate;
    (void)engine_step(fx.engine);
    assert_null(revoke_gate);
    left_at_commit = 0;
    (void)engine_step(fx.engine);

    dead->failure = S_OK;
    assert_int_equal(job_resume(prober), S_OK);
    fixture_until_state(&fx, prober, JOB_TRANSFERRED);
    fixture_advance(&fx, 599 * 1000);
    assert_int_equal(job_state(job), JOB_TRANSIENT_ERROR);
    assert_int_equal(memory_http_attempts(&fx.http, busy), 1);
    end_job(job);
    end_job(prober);
    CloseHandle(dead->answer_gate);
    CloseHandle(busy->answer_gate);
    CloseHandle(late->answer_gate);
}

/* ---- The end of a file ---- */

static void a_file_that_is_suspended_on_its_way_to_its_end_is_not_finished(void **context)
{
    (void)context;
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, memory_http_add(&fx.http, u"file", 1000, 1), u"file");
    disk.flush_failure = (LONG)HRESULT_OF_WIN32(ERROR_SHARING_VIOLATION);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR); /* it has all its bytes */
    struct job_file *file = job_file_at(job, 0);
    lock_acquire(&fx.engine->model_lock);
    bool has_begun = results_begin_finish(fx.engine, file);
    lock_release(&fx.engine->model_lock);
    assert_true(has_begun);
    assert_int_equal(job_suspend(job), S_OK);
    assert_int_equal(job_file_set_remote_size(file, 1000), S_OK); /* as it is not at its end any more */
    results_finish_file(fx.engine, file);
    assert_int_equal(job_progress(job).files_transferred, 0);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(memory_http_count(&fx.http, &fx.http.resources[0]), 1);
    end_job(job);
}

static void a_file_whose_source_changes_on_its_way_to_its_end_keeps_its_books(void **context)
{
    (void)context;
    struct memory_resource *source = memory_http_add(&fx.http, u"file", 1000, 1);
    source->ignores_range = true;
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, source, u"file");
    disk.flush_failure = (LONG)E_OUTOFMEMORY; /* for a moment */
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    struct job_file *file = job_file_at(job, 0);
    lock_acquire(&fx.engine->model_lock);
    bool has_begun = results_begin_finish(fx.engine, file);
    job_file_change_source(file); /* SetRemoteName, which is about to revoke it */
    struct host *busy = NULL;
    HRESULT hr = S_OK;
    struct flight *flight = flight_next(fx.engine, file, 16, &busy, &hr);
    lock_release(&fx.engine->model_lock);
    assert_true(has_begun);
    assert_null(flight);
    results_finish_file(fx.engine, file);
    assert_int_equal(job_progress(job).files_transferred, 1);
    assert_int_equal(job_progress(job).bytes_transferred, 1000);
    assert_int_equal(job_progress(job).bytes_total, 1000);
    end_job(job);
}

/* ---- Workers that are stuck ---- */

#define AT_ONCE 8 /* requests to one server */

static struct job *job_of_many(const struct memory_resource *resource)
{
    struct job *job = fixture_job(&fx);
    for (unsigned i = 0; i < AT_ONCE; i++) {
        char16_t name[16], path[TEMP_PATH_MAX], id[16];
        (void)swprintf(name, ARRAYSIZE(name), L"%hs%u", resource->size == 1000 ? "old" : "new", i);
        (void)swprintf(id, ARRAYSIZE(id), L"%u", i);
        fixture_path(&fx, name, path);
        struct file_spec spec = {
            .file_id = id, .url = resource->url, .local_path = path, .declared_size = SIZE_UNKNOWN};
        assert_int_equal(job_add_files(job, &spec, 1), S_OK);
    }
    assert_int_equal(job_resume(job), S_OK);
    return job;
}

static bool are_all_asked(void *resource)
{
    lock_acquire(&fx.http.lock);
    uint32_t attempts = ((struct memory_resource *)resource)->attempts;
    lock_release(&fx.http.lock);
    return attempts >= AT_ONCE;
}

/* Three jobs are cancelled whose requests get no answer: the workers of the first two are replaced, those of the third are taken until then. */
static void who_found_few_workers_asks_again_when_there_are_more(void **context)
{
    (void)context;
    struct memory_resource *old = memory_http_add(&fx.http, u"old", 1000, 1),
                           *wanted = memory_http_add(&fx.http, u"new", 2000, 2);
    old->answer_gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    wanted->answer_gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    for (unsigned i = 0; i < 3; i++) {
        lock_acquire(&fx.http.lock);
        old->attempts = 0; /* the last job's are all under way */
        lock_release(&fx.http.lock);
        struct job *job = job_of_many(old);
        fixture_until(&fx, are_all_asked, old, "requests of the old job");
        end_job(job);
    }
    struct job *job = job_of_many(wanted);
    fixture_until_state(&fx, job, JOB_TRANSFERRING);
    (void)engine_step(fx.engine);
    assert_false(are_all_asked(wanted));
    SetEvent(old->answer_gate);
    fixture_until(&fx, are_all_asked, wanted, "requests of the new job");
    SetEvent(wanted->answer_gate);
    end_job(job);
    fixture_await_flights(&fx, 0);
    CloseHandle(old->answer_gate);
    CloseHandle(wanted->answer_gate);
}

/* ---- A checkpoint ---- */

static void a_job_that_left_during_a_checkpoint_is_not_written(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"file", 500000, 1);
    struct checkpoint checkpoint = {0};
    resource->gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    resource->gate_at = 131072;
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, resource, u"file");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_bytes(&fx, job, 131072);
    assert_int_equal(checkpoint_prepare(fx.engine, &checkpoint), S_OK);
    assert_int_equal(checkpoint.count, 1);
    end_job(job);
    lock_acquire(&fx.engine->store_lock);
    HRESULT begun = queue_store_begin(fx.engine->store);
    HRESULT written = checkpoint_write(fx.engine, &checkpoint);
    HRESULT committed = queue_store_commit(fx.engine->store);
    lock_release(&fx.engine->store_lock);
    assert_int_equal(begun, S_OK);
    assert_int_equal(written, S_OK);
    assert_int_equal(committed, S_OK);
    checkpoint_settle(fx.engine, &checkpoint, true);
    SetEvent(resource->gate);
    fixture_reopen(&fx);
    CloseHandle(resource->gate);
    resource->gate = NULL;
}

/* Its copy of the books says that the file is pending; another thread has written since then that it is there. */
static void a_file_that_ended_during_a_checkpoint_is_not_written_as_pending(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"file", 500000, 1);
    struct checkpoint checkpoint = {0};
    uint8_t id[16];
    resource->gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    resource->gate_at = 131072;
    struct job *job = fixture_job(&fx);
    job_id(job, id);
    fixture_add(&fx, job, resource, u"file");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_bytes(&fx, job, 131072);
    assert_int_equal(checkpoint_prepare(fx.engine, &checkpoint), S_OK);
    assert_int_equal(checkpoint.count, 1);
    SetEvent(resource->gate);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    lock_acquire(&fx.engine->store_lock);
    HRESULT begun = queue_store_begin(fx.engine->store);
    HRESULT written = checkpoint_write(fx.engine, &checkpoint);
    HRESULT committed = queue_store_commit(fx.engine->store);
    lock_release(&fx.engine->store_lock);
    assert_int_equal(begun | written | committed, S_OK);
    checkpoint_settle(fx.engine, &checkpoint, true);
    job_release(job);
    fixture_reopen(&fx);
    assert_int_equal(engine_find_job(fx.engine, id, &job), S_OK);
    assert_int_equal(job_state(job), JOB_TRANSFERRED);
    assert_int_equal(job_progress(job).files_transferred, 1);
    end_job(job);
    CloseHandle(resource->gate);
    resource->gate = NULL;
}

/* ---- Cancel while Suspend is at work ---- */

static DWORD WINAPI run_suspend(void *job)
{
    return (DWORD)job_suspend(job);
}

static DWORD WINAPI run_cancel(void *job)
{
    return (DWORD)job_cancel(job);
}

static void await_state(struct job *job, enum job_state state)
{
    for (ULONGLONG limit = GetTickCount64() + FIXTURE_LIMIT_MS; job_state(job) != state;) {
        assert_true(GetTickCount64() < limit);
        SwitchToThread();
    }
}

static HRESULT result_of(HANDLE thread)
{
    DWORD result;
    assert_int_equal(WaitForSingleObject(thread, FIXTURE_LIMIT_MS), WAIT_OBJECT_0);
    assert_true(GetExitCodeThread(thread, &result));
    CloseHandle(thread);
    return (HRESULT)result;
}

static void cancel_ends_what_suspend_is_only_about_to_end(void **context)
{
    (void)context;
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, memory_http_add(&fx.http, u"file", 1000, 1), u"file");
    HANDLE gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    disk.gate = gate;
    assert_int_equal(job_resume(job), S_OK);
    (void)engine_step(fx.engine);
    for (ULONGLONG limit = GetTickCount64() + FIXTURE_LIMIT_MS; !disk.writing;)
        assert_true(GetTickCount64() < limit);
    HANDLE suspending = CreateThread(NULL, 0, run_suspend, job, 0, NULL);
    await_state(job, JOB_SUSPENDED);
    HANDLE cancelling = CreateThread(NULL, 0, run_cancel, job, 0, NULL);
    await_state(job, JOB_CANCELLED);
    /* It cannot end before the write has; one that does not wait has ended long before this. */
    assert_int_equal(WaitForSingleObject(cancelling, 200), WAIT_TIMEOUT);
    SetEvent(gate);
    assert_int_equal(result_of(suspending), S_OK);
    assert_int_equal(result_of(cancelling), S_OK);
    assert_false(disk.removed_while_writing);
    assert_int_equal(fixture_temporary_files(&fx), 0);
    disk.gate = NULL;
    CloseHandle(gate);
    job_release(job);
}

static DWORD WINAPI run_step(void *engine)
{
    (void)engine_step(engine);
    return 0;
}

/* The job is in ERROR already, and the engine thread is about to end its other transfer, which is in a write. */
static void suspend_ends_what_a_failure_is_only_about_to_end(void **context)
{
    (void)context;
    struct memory_resource *bad = held_resource(u"bad");
    struct job *job = fixture_job(&fx);
    bad->status = 404;
    fixture_add(&fx, job, bad, u"bad");
    fixture_add(&fx, job, memory_http_add(&fx.http, u"file", 1000, 1), u"file");
    HANDLE gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    disk.gate = gate;
    assert_int_equal(job_resume(job), S_OK);
    (void)engine_step(fx.engine);
    for (ULONGLONG limit = GetTickCount64() + FIXTURE_LIMIT_MS; !disk.writing;)
        assert_true(GetTickCount64() < limit);
    SetEvent(bad->answer_gate);
    fixture_await_flights(&fx, 1);
    HANDLE stepping = CreateThread(NULL, 0, run_step, fx.engine, 0, NULL);
    await_state(job, JOB_ERROR);
    HANDLE suspending = CreateThread(NULL, 0, run_suspend, job, 0, NULL);
    await_state(job, JOB_SUSPENDED);
    /* It cannot end before the write has; one that does not wait has ended long before this. */
    assert_int_equal(WaitForSingleObject(suspending, 200), WAIT_TIMEOUT);
    SetEvent(gate);
    assert_int_equal(result_of(suspending), S_OK);
    assert_int_equal(result_of(stepping), S_OK);
    disk.gate = NULL;
    CloseHandle(gate);
    CloseHandle(bad->answer_gate);
    end_job(job);
}

/* It would be transferred with a size, or for a stream, that was never true. */
static void a_file_at_its_end_is_set_up_no_more_when_another_fails(void **context)
{
    (void)context;
    struct memory_resource *bad = held_resource(u"bad"), *good = memory_http_add(&fx.http, u"file", 1000, 1);
    struct job *job = fixture_job(&fx);
    bad->status = 404;
    good->etag[0] = 0; /* no part of it is recorded, which would wait for its end */
    fixture_add(&fx, job, bad, u"bad");
    fixture_add(&fx, job, good, u"file");
    HANDLE gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    disk.flush_gate = gate;
    assert_int_equal(job_resume(job), S_OK);
    (void)engine_step(fx.engine);
    for (ULONGLONG limit = GetTickCount64() + FIXTURE_LIMIT_MS; !disk.flushing;)
        assert_true(GetTickCount64() < limit);
    SetEvent(bad->answer_gate);
    fixture_await_flights(&fx, 0);
    HANDLE stepping = CreateThread(NULL, 0, run_step, fx.engine, 0, NULL);
    await_state(job, JOB_ERROR);
    assert_int_equal(job_file_set_remote_size(job_file_at(job, 1), 2000), DO_E_INVALID_STATE);
    SetEvent(gate);
    assert_int_equal(result_of(stepping), S_OK);
    for (ULONGLONG limit = GetTickCount64() + FIXTURE_LIMIT_MS; job_progress(job).files_transferred < 1;)
        assert_true(GetTickCount64() < limit);
    assert_int_equal(job_file_set_remote_size(job_file_at(job, 1), 2000), DO_E_INVALID_STATE);
    assert_int_equal(job_file_remote_size(job_file_at(job, 1)), 1000);
    CloseHandle(gate);
    CloseHandle(bad->answer_gate);
    end_job(job);
}

/* ---- An answer that comes late ---- */

static HANDLE callback_gate;

static HRESULT block(struct job *job)
{
    (void)job;
    return WaitForSingleObject(callback_gate, FIXTURE_LIMIT_MS) == WAIT_OBJECT_0 ? S_OK : E_FAIL;
}

static void a_late_answer_clears_no_newer_event(void **context)
{
    (void)context;
    static struct recorder recorder;
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, memory_http_add(&fx.http, u"first", 1000, 1), u"first");
    recorder_attach(&recorder, job);
    callback_gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    recorder.inside = block;
    assert_int_equal(job_resume(job), S_OK);
    recorder_until(&fx, &recorder.running, 1);
    fixture_add(&fx, job, memory_http_add(&fx.http, u"second", 1000, 2), u"second");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    SetEvent(callback_gate); /* the first JobTransferred is answered now, the second is still owed */
    recorder_until(&fx, &recorder.transferred, 2);
    recorder_until_idle(&fx);
    assert_int_equal(recorder.transferred, 2);
    CloseHandle(callback_gate);
    end_job(job);
}

/* ---- A source that fails after it was replaced, before its transfers are ended ---- */

static HANDLE source_gate; /* opened between the two */

void __real_engine_revoke_file(struct engine *engine, struct job_file *file);
void __wrap_engine_revoke_file(struct engine *engine, struct job_file *file);

/* The linker puts this before the engine's own, where another file of the engine calls it. */
void __wrap_engine_revoke_file(struct engine *engine, struct job_file *file)
{
    if (source_gate) {
        SetEvent(source_gate);
        fixture_await_flights(&fx, 0);
    }
    __real_engine_revoke_file(engine, file);
}

#define SOURCE_SIZE 500000u
#define SOURCE_GATE 196608u

/* A job that has SOURCE_GATE bytes and waits for more. */
static struct job *halted_job(struct memory_resource *source)
{
    struct job *job = fixture_job(&fx);
    source->gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    source->gate_at = SOURCE_GATE;
    fixture_add(&fx, job, source, u"a");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_bytes(&fx, job, SOURCE_GATE);
    return job;
}

/* `gate` is what the former source waits for. The new one is asked for the rest, and nothing counts against it. */
static void assert_replaced(struct job *job, HANDLE gate)
{
    struct memory_resource *mirror = memory_http_add(&fx.http, u"mirror", SOURCE_SIZE, 1);
    size_t request = fx.http.request_count;
    source_gate = gate;
    HRESULT hr = job_file_set_url(job_file_at(job, 0), mirror->url);
    source_gate = NULL;
    assert_int_equal(hr, S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED); /* the clock stands still: nothing is tried again */
    assert_int_equal(job_error_count(job), 0);
    while (fx.http.requests[request].resource != mirror)
        assert_in_range(++request, 0, fx.http.request_count - 1);
    assert_int_equal(fx.http.requests[request].first, SOURCE_GATE);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    fixture_assert_file(&fx, u"a", 1, SOURCE_SIZE);
}

static void a_failure_of_a_former_source_is_nobodys_business(void **context)
{
    (void)context;
    struct memory_resource *former = memory_http_add(&fx.http, u"former", SOURCE_SIZE, 1);
    former->cuts = 1;
    former->cut_after = SOURCE_GATE; /* as soon as its gate is open */
    struct job *job = halted_job(former);
    assert_replaced(job, former->gate);
    CloseHandle(former->gate);
}

static void another_version_at_a_former_source_is_nobodys_business(void **context)
{
    (void)context;
    struct memory_resource *former = memory_http_add(&fx.http, u"former", SOURCE_SIZE, 1);
    struct job *job = halted_job(former);
    assert_int_equal(job_suspend(job), S_OK);
    SetEvent(former->gate);
    fixture_await_flights(&fx, 0);
    former->etag[1] = u'x';
    former->answer_gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRING);
    fixture_await_flights(&fx, 1);
    assert_replaced(job, former->answer_gate);
    CloseHandle(former->answer_gate);
    CloseHandle(former->gate);
}

static void an_answer_of_a_former_source_that_is_refused_is_nobodys_business(void **context)
{
    (void)context;
    struct memory_resource *former = memory_http_add(&fx.http, u"former", 2 * SOURCE_SIZE, 1),
                           *mirror = memory_http_add(&fx.http, u"mirror", SOURCE_SIZE, 1);
    struct job *job = fixture_job(&fx);
    former->answer_gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    fixture_add_ranges(&fx, job, former, u"a", SOURCE_SIZE, NULL, 0);
    assert_int_equal(job_resume(job), S_OK);
    (void)engine_step(fx.engine);
    fixture_await_flights(&fx, 1);
    source_gate = former->answer_gate;
    HRESULT hr = job_file_set_url(job_file_at(job, 0), mirror->url);
    source_gate = NULL;
    assert_int_equal(hr, S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(job_error_count(job), 0);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    fixture_assert_file(&fx, u"a", 1, SOURCE_SIZE);
    CloseHandle(former->answer_gate);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
    const struct CMUnitTest tests[] = {
        TEST(a_fatal_failure_goes_before_a_transient_one),
        TEST(a_transient_failure_does_not_replace_a_fatal_one),
        TEST(a_fatal_failure_that_comes_while_a_transient_one_is_committed_is_kept),
        TEST(a_wait_that_is_asked_for_while_another_failure_is_committed_is_kept),
        TEST(a_wait_that_is_asked_for_while_transfers_are_about_to_end_is_kept),
        TEST(a_wait_that_is_asked_for_outlasts_a_later_failure),
        TEST(a_file_that_is_suspended_on_its_way_to_its_end_is_not_finished),
        TEST(a_file_whose_source_changes_on_its_way_to_its_end_keeps_its_books),
        TEST(who_found_few_workers_asks_again_when_there_are_more),
        TEST(a_job_that_left_during_a_checkpoint_is_not_written),
        TEST(a_file_that_ended_during_a_checkpoint_is_not_written_as_pending),
        TEST(cancel_ends_what_suspend_is_only_about_to_end),
        TEST(suspend_ends_what_a_failure_is_only_about_to_end),
        TEST(a_file_at_its_end_is_set_up_no_more_when_another_fails),
        TEST(a_late_answer_clears_no_newer_event),
        TEST(a_failure_of_a_former_source_is_nobodys_business),
        TEST(another_version_at_a_former_source_is_nobodys_business),
        TEST(an_answer_of_a_former_source_that_is_refused_is_nobodys_business),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
