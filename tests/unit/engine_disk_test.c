/* The engine when the disk fails, and what happens to a job's files while they are delivered. The disk is the real one behind hooks. */
#include "bits_error.h"
#include "engine_fixture.h"
#include "engine_private.h"
#include "memory.h"
#include "tuning.h"

#include <windows.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct engine_fixture fx;

/* What the disk does otherwise than the real one. */
static struct hooks {
    struct file_ops ops;
    struct file *_Atomic first;    /* the file that was created first */
    _Atomic HRESULT flush_failure; /* of the first file */
    _Atomic HRESULT write_failure; /* of every file */
    void (*before_deliver)(void);
    void (*before_flush)(void);  /* once */
    void (*before_close)(void);  /* once */
    _Atomic uint64_t free_space; /* not 0: what there is */
} disk;

static struct file_ops *real(void)
{
    return file_ops_system();
}

static HRESULT disk_create(struct file_ops *ops, const char16_t *path, uint64_t directory, bool is_ours,
                           struct file **file)
{
    (void)ops;
    HRESULT hr = real()->create(real(), path, directory, is_ours, file);
    if (SUCCEEDED(hr) && !disk.first)
        disk.first = *file;
    return hr;
}

static HRESULT disk_write_at(struct file_ops *ops, struct file *file, uint64_t offset, const void *data, size_t size)
{
    (void)ops;
    HRESULT failure = disk.write_failure;
    return FAILED(failure) ? failure : real()->write_at(real(), file, offset, data, size);
}

static HRESULT disk_flush(struct file_ops *ops, struct file *file)
{
    (void)ops;
    HRESULT failure = disk.flush_failure;
    void (*before_flush)(void) = disk.before_flush;
    disk.before_flush = NULL;
    if (before_flush)
        before_flush();
    return file == disk.first && FAILED(failure) ? failure : real()->flush(real(), file);
}

static void disk_close(struct file_ops *ops, struct file *file)
{
    (void)ops;
    void (*before_close)(void) = disk.before_close;
    disk.before_close = NULL;
    if (before_close)
        before_close();
    real()->close(real(), file);
}

static HRESULT disk_deliver(struct file_ops *ops, struct deliveries **shared, const char16_t *temporary,
                            const char16_t *target, const struct closed_file *closed)
{
    (void)ops;
    if (disk.before_deliver)
        disk.before_deliver();
    return real()->deliver(real(), shared, temporary, target, closed);
}

static HRESULT disk_free_space(struct file_ops *ops, const char16_t *path, uint64_t *size)
{
    (void)ops;
    *size = disk.free_space;
    return disk.free_space ? S_OK : real()->free_space(real(), path, size);
}

static int open_fixture(void **context)
{
    (void)context;
    memset(&disk, 0, sizeof(disk));
    disk.ops = *real();
    disk.ops.create = disk_create;
    disk.ops.write_at = disk_write_at;
    disk.ops.flush = disk_flush;
    disk.ops.close = disk_close;
    disk.ops.deliver = disk_deliver;
    disk.ops.free_space = disk_free_space;
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

static struct memory_resource *gated(const char16_t *name, uint64_t seed)
{
    struct memory_resource *resource = memory_http_add(&fx.http, name, 500000, seed);
    resource->gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    resource->gate_at = 131072;
    return resource;
}

/* Lets the workers go that wait for it, and waits for them. */
static void open_gate(struct memory_resource *resource)
{
    SetEvent(resource->gate);
    fixture_reopen(&fx);
    CloseHandle(resource->gate);
    resource->gate = NULL;
}

static void temporary_path(struct job *job, char16_t path[TEMP_PATH_MAX])
{
    char16_t *name;
    assert_int_equal(job_file_temporary_path(job_file_at(job, 0), &name), S_OK);
    (void)swprintf(path, TEMP_PATH_MAX, L"%ls", name);
    mem_free(name);
}

/* ---- Checkpoints ---- */

static struct job *judged_job;

static HANDLE judge;

static DWORD WINAPI reject_first_file(void *context)
{
    (void)context;
    return (DWORD)job_file_set_valid(job_file_at(judged_job, 0), false);
}

/* Inside a flush: the call ends only after it, for it has transfers to end, but what it changes is changed before. */
static void have_first_file_rejected(void)
{
    judge = CreateThread(NULL, 0, reject_first_file, NULL, 0, NULL);
    for (ULONGLONG limit = GetTickCount64() + FIXTURE_LIMIT_MS; job_state(judged_job) != JOB_ERROR;) {
        assert_true(GetTickCount64() < limit);
        SwitchToThread();
    }
}

/* The books are copied, then files are flushed, then the copies are written: what was rejected in between must not come back with them. */
static void a_file_that_is_rejected_during_a_checkpoint_stays_rejected(void **context)
{
    (void)context;
    struct memory_resource *slow = gated(u"slow", 15);
    struct job *job = judged_job = fixture_job(&fx);
    uint8_t id[16];
    job_id(job, id);
    fixture_add(&fx, job, memory_http_add(&fx.http, u"quick", 1000, 16), u"quick");
    fixture_add(&fx, job, slow, u"slow");
    assert_int_equal(job_resume(job), S_OK);
    while (job_progress(job).files_transferred < 1 || job_progress(job).bytes_transferred < 132072)
        fixture_until_bytes(&fx, job, 1);
    disk.before_flush = have_first_file_rejected;
    fixture_advance(&fx, 6000);
    assert_null(disk.before_flush);
    assert_int_equal(WaitForSingleObject(judge, FIXTURE_LIMIT_MS), WAIT_OBJECT_0);
    CloseHandle(judge);
    assert_int_equal(job_state(job), JOB_ERROR);
    job_release(job);
    SetEvent(slow->gate);
    fixture_reopen(&fx);
    assert_int_equal(engine_find_job(fx.engine, id, &job), S_OK);
    assert_int_equal(job_progress(job).files_transferred, 0);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(memory_http_count(&fx.http, &fx.http.resources[1]), 2);
    assert_int_equal(job_cancel(job), S_OK);
    job_release(job);
    CloseHandle(slow->gate);
}

/* ---- Complete and the next host ---- */

/* The queue as it is now, as if the host died here. */
static void copy_queue(void)
{
    static const char16_t *const names[] = {u"queue.db", u"queue.db-wal"};
    char16_t from[TEMP_PATH_MAX], to[TEMP_PATH_MAX];
    fixture_path(&fx, u"dead", to);
    assert_true(CreateDirectoryW(to, NULL) || GetLastError() == ERROR_ALREADY_EXISTS);
    for (size_t i = 0; i < ARRAYSIZE(names); i++) {
        (void)swprintf(from, TEMP_PATH_MAX, L"%ls\\%ls", fx.queue_dir, names[i]);
        (void)swprintf(to, TEMP_PATH_MAX, L"%ls\\dead\\%ls", fx.dir.path, names[i]);
        (void)CopyFileW(from, to, FALSE);
    }
}

static void what_complete_began_with_is_known_to_the_next_host(void **context)
{
    (void)context;
    struct memory_resource *slow = gated(u"slow", 17);
    char16_t temporary[TEMP_PATH_MAX], target[TEMP_PATH_MAX];
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, memory_http_add(&fx.http, u"quick", 1000, 18), u"quick");
    fixture_add(&fx, job, slow, u"slow");
    fixture_path(&fx, u"quick", target);
    temporary_path(job, temporary);
    assert_int_equal(job_resume(job), S_OK);
    while (job_progress(job).files_transferred < 1)
        fixture_until_bytes(&fx, job, 1); /* the clock stands still: nothing of it is in the queue file yet */
    disk.before_deliver = copy_queue;
    assert_int_equal(job_complete(job), BG_S_PARTIAL_COMPLETE);
    disk.before_deliver = NULL;
    job_release(job);
    SetEvent(slow->gate);
    fixture_stop(&fx);
    assert_true(MoveFileExW(target, temporary, 0)); /* as it was when the host died */
    fixture_path(&fx, u"dead", fx.queue_dir);
    fixture_start(&fx);
    fixture_assert_file(&fx, u"quick", 18, 1000);
    CloseHandle(slow->gate);
}

/* Without a step of the engine: its first file is there, and nothing of that is in the queue file yet. */
static struct job *job_with_a_file(const char16_t *name, uint64_t seed, const struct memory_resource *missing)
{
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, memory_http_add(&fx.http, name, 1000, seed), name);
    if (missing)
        fixture_add(&fx, job, missing, u"missing");
    assert_int_equal(job_resume(job), S_OK);
    (void)engine_step(fx.engine);
    for (ULONGLONG limit = GetTickCount64() + FIXTURE_LIMIT_MS; job_progress(job).files_transferred < 1;) {
        assert_true(GetTickCount64() < limit);
        SwitchToThread();
    }
    return job;
}

/* Another job's, with a part that a checkpoint flushes. */
static struct job *job_with_a_part(struct memory_resource *slow)
{
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, slow, slow->url + 12 /* http://test/ */);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_bytes(&fx, job, 131072);
    return job;
}

static void note_flush(void)
{
}

static void a_part_that_is_about_to_be_deleted_is_not_flushed(void **context)
{
    (void)context;
    struct memory_resource *slow = gated(u"slow", 36);
    struct job *job = job_with_a_part(slow);
    disk.before_flush = note_flush;
    assert_int_equal(job_cancel(job), S_OK);
    assert_non_null(disk.before_flush);
    job_release(job);
    open_gate(slow);
}

static void nor_is_one_that_will_be_fetched_again(void **context)
{
    (void)context;
    struct memory_resource *slow = gated(u"slow", 37), *other = memory_http_add(&fx.http, u"other", 500000, 38);
    slow->ignores_range = true;
    struct job *job = job_with_a_part(slow);
    disk.before_flush = note_flush;
    assert_int_equal(job_file_set_url(job_file_at(job, 0), other->url), S_OK);
    assert_non_null(disk.before_flush);
    disk.before_flush = NULL;
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    fixture_assert_file(&fx, u"slow", 38, 500000);
    open_gate(slow);
}

static bool was_locked;

/* Takes both locks of the engine. */
static DWORD WINAPI look_at_job(void *job)
{
    (void)job_file_by_id(job, u"none");
    (void)job_state(job);
    return 0;
}

static void look_while_closing(void)
{
    HANDLE looking = CreateThread(NULL, 0, look_at_job, judged_job, 0, NULL);
    was_locked = WaitForSingleObject(looking, 5000) != WAIT_OBJECT_0;
    CloseHandle(looking);
}

/* As one is left open by a job that learns from another that its server is dead. */
static void a_part_that_starts_again_is_closed_with_no_lock_held(void **context)
{
    (void)context;
    static const struct wanted_range ranges[] = {{0, 1000}, {5000, 1000}};
    struct memory_resource *resource = memory_http_add(&fx.http, u"pieces", 500000, 39);
    struct job *job = judged_job = fixture_job(&fx);
    resource->etag[0] = 0;
    fixture_add_ranges(&fx, job, resource, u"pieces", SIZE_UNKNOWN, ranges, 2);
    struct job_file *file = job_file_at(job, 0);
    assert_int_equal(job_resume(job), S_OK);
    (void)engine_step(fx.engine);
    fixture_await_flights(&fx, 0);
    lock_acquire(&fx.engine->model_lock);
    file->work->is_broken = true;
    lock_release(&fx.engine->model_lock);
    disk.before_close = look_while_closing;
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_null(disk.before_close);
    assert_false(was_locked);
    assert_int_equal(memory_http_count(&fx.http, resource), 3);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
}

static struct job *other_job;

static void settle_other_job(void)
{
    disk.before_flush = NULL;
    fixture_until_state(&fx, other_job, JOB_TRANSFERRED);
    copy_queue();
}

static void a_complete_takes_no_rows_of_other_jobs(void **context)
{
    (void)context;
    struct memory_resource *slow = gated(u"slow", 30), *silent = memory_http_add(&fx.http, u"silent", 1000, 31);
    uint8_t id[16];
    silent->answer_gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    struct job *part = job_with_a_part(slow), *job = job_with_a_file(u"done", 32, silent);
    other_job = job_with_a_file(u"other", 33, NULL);
    job_id(other_job, id);
    disk.before_flush = settle_other_job;
    assert_int_equal(job_complete(job), BG_S_PARTIAL_COMPLETE);
    if (disk.before_flush)
        settle_other_job();
    job_release(job);
    job_release(part);
    job_release(other_job);
    SetEvent(slow->gate);
    SetEvent(silent->answer_gate);
    fixture_stop(&fx);
    fixture_path(&fx, u"dead", fx.queue_dir);
    fixture_start(&fx);
    assert_int_equal(engine_find_job(fx.engine, id, &job), S_OK);
    assert_int_equal(job_state(job), JOB_TRANSFERRED);
    assert_int_equal(job_progress(job).files_transferred, 1);
    job_release(job);
    CloseHandle(slow->gate);
    CloseHandle(silent->answer_gate);
}

static void complete_other_job(void)
{
    disk.before_deliver = copy_queue;
    assert_int_equal(job_complete(other_job), S_OK);
    disk.before_deliver = NULL;
}

/* The engine has taken the row of its file to write it, and flushes another file first. */
static void a_complete_during_a_checkpoint_knows_its_files(void **context)
{
    (void)context;
    struct memory_resource *slow = gated(u"slow", 34);
    char16_t temporary[TEMP_PATH_MAX], target[TEMP_PATH_MAX];
    struct job *part = job_with_a_part(slow);
    other_job = job_with_a_file(u"other", 35, NULL);
    temporary_path(other_job, temporary);
    fixture_path(&fx, u"other", target);
    disk.before_flush = complete_other_job;
    (void)engine_step(fx.engine);
    assert_null(disk.before_flush);
    assert_int_equal(job_state(other_job), JOB_ACKNOWLEDGED);
    job_release(part);
    job_release(other_job);
    SetEvent(slow->gate);
    fixture_stop(&fx);
    assert_true(MoveFileExW(target, temporary, 0)); /* as it was when the host died */
    fixture_path(&fx, u"dead", fx.queue_dir);
    fixture_start(&fx);
    fixture_assert_file(&fx, u"other", 35, 1000);
    CloseHandle(slow->gate);
}

/* ---- Room ---- */

static void a_disk_without_room_fails_before_a_byte_is_written(void **context)
{
    (void)context;
    struct job *job = fixture_job(&fx);
    struct job_error error;
    struct memory_resource *resource = memory_http_add(&fx.http, u"large", 500000, 11);
    fixture_add(&fx, job, resource, u"large");
    disk.free_space = 499999;
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_ERROR);
    assert_true(job_error(job, &error));
    assert_int_equal(error.code, HRESULT_OF_WIN32(ERROR_DISK_FULL));
    assert_int_equal(error.context, JOB_ERROR_CONTEXT_LOCAL_FILE);
    assert_int_equal(error.file, 0);
    assert_int_equal(fixture_temporary_files(&fx), 0);
    disk.free_space = 500000;
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    fixture_assert_file(&fx, u"large", 11, 500000);
}

static void what_a_file_has_already_needs_no_room(void **context)
{
    (void)context;
    struct memory_resource *resource = gated(u"half", 12);
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, resource, u"half");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_bytes(&fx, job, 131072);
    assert_int_equal(job_suspend(job), S_OK);
    SetEvent(resource->gate);
    disk.free_space = 500000 - 131072;
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    fixture_assert_file(&fx, u"half", 12, 500000);
    open_gate(resource);
}

/* ---- What is not ours ---- */

static void assert_foreign(const char16_t *path)
{
    size_t size;
    free(temp_file_read(path, &size));
    assert_int_equal(size, 7);
}

static void a_foreign_file_under_the_temporary_name_is_never_touched(void **context)
{
    (void)context;
    char16_t path[TEMP_PATH_MAX];
    uint8_t id[16];
    struct job_error error;
    struct job *job = fixture_job(&fx);
    job_id(job, id);
    fixture_add(&fx, job, memory_http_add(&fx.http, u"a", 1000, 13), u"a");
    temporary_path(job, path);
    temp_file_write(path, "foreign", 7);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_ERROR);
    assert_true(job_error(job, &error));
    assert_int_equal(error.code, HRESULT_OF_WIN32(ERROR_FILE_EXISTS));
    assert_int_equal(error.context, JOB_ERROR_CONTEXT_LOCAL_FILE);
    assert_foreign(path);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_ERROR);
    assert_foreign(path);
    job_release(job);
    fixture_reopen(&fx); /* the next host does not take it for its own either */
    assert_int_equal(engine_find_job(fx.engine, id, &job), S_OK);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_ERROR);
    assert_foreign(path);
    assert_int_equal(job_cancel(job), S_OK);
    job_release(job);
    assert_foreign(path);
}

static void a_foreign_file_that_goes_away_is_no_obstacle(void **context)
{
    (void)context;
    char16_t path[TEMP_PATH_MAX];
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, memory_http_add(&fx.http, u"a", 0, 14), u"a"); /* of no byte: it is only finished */
    temporary_path(job, path);
    temp_file_write(path, "foreign", 7);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_ERROR);
    assert_foreign(path);
    assert_true(DeleteFileW(path));
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    fixture_assert_file(&fx, u"a", 14, 0);
}

static void a_file_that_cannot_be_flushed_stops_no_other_job(void **context)
{
    (void)context;
    struct memory_resource *stuck = gated(u"stuck", 1);
    struct job *unlucky = fixture_job(&fx);
    struct job *other = fixture_job(&fx);
    fixture_add(&fx, unlucky, stuck, u"stuck");
    fixture_add(&fx, other, memory_http_add(&fx.http, u"other", 1000, 2), u"other");
    assert_int_equal(job_resume(unlucky), S_OK);
    fixture_until_bytes(&fx, unlucky, 131072);
    disk.flush_failure = HRESULT_OF_WIN32(ERROR_IO_DEVICE);
    assert_int_equal(job_resume(other), S_OK);
    fixture_until_state(&fx, other, JOB_TRANSFERRED);
    assert_int_equal(job_complete(other), S_OK);
    fixture_assert_file(&fx, u"other", 2, 1000);
    assert_int_equal(job_cancel(unlucky), S_OK);
    job_release(unlucky);
    job_release(other);
    open_gate(stuck);
}

static void step_engine(void)
{
    (void)engine_step(fx.engine);
}

#define PIECES     12u
#define PIECE      10000u
#define PIECE_STEP 20000u
#define PIECE_HELD 5000u

/* A job that wants pieces of the resource, more of them than can be under way at a time. */
static struct job *job_of_pieces(const struct memory_resource *resource, const char16_t *name)
{
    struct wanted_range pieces[PIECES];
    char16_t path[TEMP_PATH_MAX];
    struct job *job = fixture_job(&fx);
    for (unsigned i = 0; i < PIECES; i++)
        pieces[i] = (struct wanted_range){(uint64_t)i * PIECE_STEP, PIECE};
    fixture_path(&fx, name, path);
    struct file_spec file = {u"id", resource->url, path, SIZE_UNKNOWN, pieces, PIECES};
    assert_int_equal(job_add_files(job, &file, 1), S_OK);
    return job;
}

static void assert_pieces(const char16_t *name, uint64_t seed)
{
    char16_t path[TEMP_PATH_MAX];
    size_t size = 0;
    fixture_path(&fx, name, path);
    char *bytes = temp_file_read(path, &size);
    assert_int_equal(size, PIECES * PIECE);
    for (size_t i = 0; i < size; i++)
        assert_int_equal((uint8_t)bytes[i], memory_http_byte(seed, i / PIECE * PIECE_STEP + i % PIECE));
    free(bytes);
}

/* The engine may ask for more while another thread ends what it asked for before. */
static void what_is_asked_for_while_transfers_are_ended_goes_on(void **context)
{
    (void)context;
    struct memory_resource *slow = memory_http_add(&fx.http, u"slow", PIECES * PIECE_STEP, 5);
    struct memory_resource *mirror = memory_http_add(&fx.http, u"mirror", PIECES * PIECE_STEP, 5);
    static const char16_t elsewhere[] = u"http://elsewhere/mirror"; /* where there is place for more */
    memcpy(mirror->url, elsewhere, sizeof(elsewhere));
    slow->gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    slow->gate_at = PIECE_HELD;
    struct job *job = job_of_pieces(slow, u"pieces");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_bytes(&fx, job, HOST_FLIGHTS_MAX * PIECE_HELD);
    disk.before_flush = step_engine;
    assert_int_equal(job_file_set_url(job_file_at(job, 0), mirror->url), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    /* Each was asked for once. */
    assert_int_equal(memory_http_count(&fx.http, mirror), PIECES);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    assert_pieces(u"pieces", 5);
    open_gate(slow);
}

static HANDLE is_ending, may_end;

static void wait_while_ending(void)
{
    SetEvent(is_ending);
    (void)WaitForSingleObject(may_end, FIXTURE_LIMIT_MS);
}

static bool has_file(void *context)
{
    (void)context;
    return disk.first;
}

static bool has_all_under_way(void *context)
{
    return memory_http_attempts(&fx.http, context) == HOST_FLIGHTS_MAX;
}

static bool is_transferred_when_all_are_answered(void *context)
{
    struct memory_resource *resource = fx.http.resources;
    SetEvent(resource->answer_gate);
    return job_state(context) == JOB_TRANSFERRED;
}

/* A version is gone: what a request would bring of it is worthless. */
static void nothing_is_asked_for_while_a_file_starts_again(void **context)
{
    (void)context;
    struct memory_resource *moody = memory_http_add(&fx.http, u"moody", PIECES * PIECE_STEP, 6);
    moody->changes_always = true;
    moody->gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    moody->gate_at = PIECE_HELD;
    moody->answer_gate = CreateEventW(NULL, FALSE, TRUE, NULL); /* the first may pass */
    is_ending = CreateEventW(NULL, TRUE, FALSE, NULL);
    may_end = CreateEventW(NULL, TRUE, FALSE, NULL);
    struct job *job = job_of_pieces(moody, u"pieces");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until(&fx, has_file, NULL, "the file");
    fixture_until(&fx, has_all_under_way, moody, "the requests");
    disk.before_close = wait_while_ending;
    SetEvent(moody->answer_gate); /* one of the others may pass: it finds another version */
    assert_int_equal(WaitForSingleObject(is_ending, FIXTURE_LIMIT_MS), WAIT_OBJECT_0);
    assert_int_equal(fx.engine->flight_count, HOST_FLIGHTS_MAX - 1);
    step_engine();
    assert_int_equal(fx.engine->flight_count, HOST_FLIGHTS_MAX - 1);
    lock_acquire(&fx.http.lock);
    moody->changes_always = false;
    uint64_t seed = moody->seed;
    lock_release(&fx.http.lock);
    SetEvent(moody->gate);
    SetEvent(may_end);
    fixture_until(&fx, is_transferred_when_all_are_answered, job, "the transfer");
    assert_int_equal(job_error_count(job), 0);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    assert_pieces(u"pieces", seed);
    fixture_stop(&fx); /* workers still wait for answers */
    CloseHandle(moody->answer_gate);
    CloseHandle(moody->gate);
    CloseHandle(is_ending);
    CloseHandle(may_end);
    fixture_start(&fx);
}

static void what_could_not_be_flushed_is_not_claimed(void **context)
{
    (void)context;
    struct memory_resource *stuck = gated(u"stuck", 3);
    struct job *job = fixture_job(&fx);
    uint8_t id[16];
    job_id(job, id);
    fixture_add(&fx, job, stuck, u"stuck");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_bytes(&fx, job, 131072);
    disk.flush_failure = HRESULT_OF_WIN32(ERROR_IO_DEVICE);
    assert_int_equal(job_suspend(job), S_OK);
    job_release(job);
    open_gate(stuck);
    disk.flush_failure = S_OK;
    assert_int_equal(engine_find_job(fx.engine, id, &job), S_OK);
    assert_int_equal(job_progress(job).bytes_transferred, 0);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    fixture_assert_file(&fx, u"stuck", 3, 500000);
}

/* A file of which 200,000 bytes are there goes on from them after the disk refused more. */
static void assert_kept_after(HRESULT failure, enum job_state state)
{
    struct memory_resource *resource = memory_http_add(&fx.http, u"big", 500000, 4);
    struct job *job = fixture_job(&fx);
    struct job_error error;
    resource->cuts = 1;
    resource->cut_after = 200000;
    fixture_add(&fx, job, resource, u"big");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    disk.write_failure = failure;
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, state);
    assert_true(job_error(job, &error));
    assert_int_equal(error.code, failure);
    assert_int_equal(error.context, JOB_ERROR_CONTEXT_LOCAL_FILE);
    disk.write_failure = S_OK;
    size_t before = fx.http.request_count;
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(fx.http.requests[before].first, 200000);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    fixture_assert_file(&fx, u"big", 4, 500000);
}

static void a_full_disk_keeps_what_is_there(void **context)
{
    (void)context;
    assert_kept_after(HRESULT_OF_WIN32(ERROR_DISK_FULL), JOB_ERROR);
}

static void a_quota_that_is_used_up_keeps_what_is_there(void **context)
{
    (void)context;
    assert_kept_after((HRESULT)0x8007050F, JOB_ERROR); /* ERROR_DISK_QUOTA_EXCEEDED */
}

static void lack_of_memory_keeps_what_is_there(void **context)
{
    (void)context;
    assert_kept_after(E_OUTOFMEMORY, JOB_TRANSIENT_ERROR);
}

static void a_system_without_resources_keeps_what_is_there(void **context)
{
    (void)context;
    assert_kept_after(HRESULT_OF_WIN32(ERROR_NO_SYSTEM_RESOURCES), JOB_TRANSIENT_ERROR);
}

/* ---- Beyond 4 GiB ---- */

#define HUGE_SIZE ((5ull << 30) + 3)
#define HUGE_REST (HUGE_SIZE - 1000)

/* As if all but the last bytes had come: the disk has them, of no byte but zero. */
static void pretend_most_of_it_came(struct job *job)
{
    struct job_file *file = job_file_at(job, 0);
    char16_t path[TEMP_PATH_MAX];
    LARGE_INTEGER end = {.QuadPart = HUGE_REST};
    temporary_path(job, path);
    HANDLE handle = CreateFileW(path, GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    assert_true(handle != INVALID_HANDLE_VALUE);
    FILETIME written;
    assert_true(GetFileTime(handle, NULL, NULL, &written));
    assert_true(SetFilePointerEx(handle, end, NULL, FILE_BEGIN) && SetEndOfFile(handle));
    assert_true(SetFileTime(handle, NULL, NULL, &written)); /* or it is taken for altered */
    CloseHandle(handle);
    lock_acquire(&fx.engine->model_lock);
    job->bytes_had += HUGE_REST - file->work->have.total;
    HRESULT hr = range_set_add(&file->work->have, 0, HUGE_REST);
    HRESULT copied = range_set_copy(&file->work->assigned, &file->work->have);
    lock_release(&fx.engine->model_lock);
    assert_int_equal(hr | copied, S_OK);
}

static void assert_tail(const char16_t *name, uint64_t seed)
{
    char16_t path[TEMP_PATH_MAX];
    uint8_t bytes[1000];
    DWORD count = 0;
    LARGE_INTEGER size, rest = {.QuadPart = HUGE_REST};
    fixture_path(&fx, name, path);
    HANDLE handle = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    assert_true(handle != INVALID_HANDLE_VALUE);
    assert_true(GetFileSizeEx(handle, &size) && SetFilePointerEx(handle, rest, NULL, FILE_BEGIN));
    assert_true(ReadFile(handle, bytes, sizeof(bytes), &count, NULL));
    CloseHandle(handle);
    assert_true((uint64_t)size.QuadPart == HUGE_SIZE);
    assert_int_equal(count, sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i++)
        assert_int_equal(bytes[i], memory_http_byte(seed, HUGE_REST + i));
}

static void a_file_of_more_than_4_gib_goes_on_and_ends_at_the_right_byte(void **context)
{
    (void)context;
    struct memory_resource *huge = gated(u"huge", 21);
    huge->size = HUGE_SIZE;
    struct job *job = fixture_job(&fx);
    uint8_t id[16];
    job_id(job, id);
    fixture_add(&fx, job, huge, u"huge");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_bytes(&fx, job, 131072);
    assert_int_equal(job_suspend(job), S_OK);
    pretend_most_of_it_came(job);
    job_release(job);
    open_gate(huge); /* and another host: what it has is what the queue file says */
    assert_int_equal(engine_find_job(fx.engine, id, &job), S_OK);
    assert_true(job_progress(job).bytes_transferred == HUGE_REST);
    assert_true(job_progress(job).bytes_total == HUGE_SIZE);
    size_t before = fx.http.request_count;
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(fx.http.request_count, before + 1);
    assert_true(fx.http.requests[before].first == HUGE_REST);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    assert_tail(u"huge", 21);
}

static void heal_flush(void)
{
    disk.flush_failure = S_OK;
}

/* All bytes are there, then the folder goes before the file is finished. */
static struct job *job_without_its_folder(char16_t folder[TEMP_PATH_MAX], char16_t aside[TEMP_PATH_MAX])
{
    struct job *job = fixture_job(&fx);
    struct job_error error;
    fixture_path(&fx, u"folder", folder);
    fixture_path(&fx, u"aside", aside);
    assert_true(CreateDirectoryW(folder, NULL));
    fixture_add(&fx, job, memory_http_add(&fx.http, u"all", 1000, 6), u"folder\\all");
    disk.flush_failure = HRESULT_OF_WIN32(ERROR_DISK_FULL);
    disk.before_flush = heal_flush; /* from the second on */
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_ERROR);
    assert_true(MoveFileW(folder, aside));
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_ERROR);
    assert_true(job_error(job, &error));
    assert_int_equal(error.code, HRESULT_OF_WIN32(ERROR_PATH_NOT_FOUND));
    return job;
}

static void assert_all_there(struct job *job, size_t requests)
{
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(fx.http.request_count, requests);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    fixture_assert_file(&fx, u"folder\\all", 6, 1000);
}

static void a_file_whose_folder_went_before_its_end_is_finished_when_it_is_back(void **context)
{
    char16_t folder[TEMP_PATH_MAX], aside[TEMP_PATH_MAX];
    (void)context;
    struct job *job = job_without_its_folder(folder, aside);
    assert_true(MoveFileW(aside, folder));
    assert_int_equal(job_resume(job), S_OK);
    assert_all_there(job, 1);
}

static void a_file_that_went_with_its_folder_before_its_end_is_fetched_again(void **context)
{
    char16_t folder[TEMP_PATH_MAX], aside[TEMP_PATH_MAX], temporary[TEMP_PATH_MAX];
    (void)context;
    struct job *job = job_without_its_folder(folder, aside);
    assert_true(MoveFileW(aside, folder));
    temporary_path(job, temporary);
    assert_true(DeleteFileW(temporary));
    assert_int_equal(job_resume(job), S_OK);
    assert_all_there(job, 2);
}

/* The engine thread, between the steps of a client's call. */
static void step(void)
{
    (void)engine_step(fx.engine);
}

static void nothing_is_fetched_for_a_job_that_is_being_completed(void **context)
{
    (void)context;
    static const char16_t *const names[] = {u"a", u"b", u"c", u"d", u"e", u"f", u"g", u"h", u"i", u"j"};
    struct memory_resource *gates[ARRAYSIZE(names)];
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, memory_http_add(&fx.http, u"quick", 1000, 5), u"quick");
    for (size_t i = 0; i < ARRAYSIZE(names); i++) {
        gates[i] = gated(names[i], i);
        fixture_add(&fx, job, gates[i], names[i]);
    }
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_bytes(&fx, job, 1000 + 8 * 131072);
    size_t before = fx.http.request_count;
    disk.before_deliver = step;
    assert_int_equal(job_complete(job), BG_S_PARTIAL_COMPLETE);
    disk.before_deliver = NULL;
    job_release(job);
    for (size_t i = 0; i < ARRAYSIZE(names); i++)
        SetEvent(gates[i]->gate);
    fixture_reopen(&fx);
    assert_int_equal(fx.http.request_count, before);
    assert_int_equal(fixture_temporary_files(&fx), 0);
    for (size_t i = 0; i < ARRAYSIZE(names); i++)
        CloseHandle(gates[i]->gate);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
    const struct CMUnitTest tests[] = {
        TEST(a_file_that_is_rejected_during_a_checkpoint_stays_rejected),
        TEST(what_complete_began_with_is_known_to_the_next_host),
        TEST(a_part_that_is_about_to_be_deleted_is_not_flushed),
        TEST(nor_is_one_that_will_be_fetched_again),
        TEST(a_part_that_starts_again_is_closed_with_no_lock_held),
        TEST(a_complete_takes_no_rows_of_other_jobs),
        TEST(a_complete_during_a_checkpoint_knows_its_files),
        TEST(a_disk_without_room_fails_before_a_byte_is_written),
        TEST(what_a_file_has_already_needs_no_room),
        TEST(a_foreign_file_under_the_temporary_name_is_never_touched),
        TEST(a_foreign_file_that_goes_away_is_no_obstacle),
        TEST(a_file_that_cannot_be_flushed_stops_no_other_job),
        TEST(what_is_asked_for_while_transfers_are_ended_goes_on),
        TEST(nothing_is_asked_for_while_a_file_starts_again),
        TEST(what_could_not_be_flushed_is_not_claimed),
        TEST(a_full_disk_keeps_what_is_there),
        TEST(a_quota_that_is_used_up_keeps_what_is_there),
        TEST(lack_of_memory_keeps_what_is_there),
        TEST(a_system_without_resources_keeps_what_is_there),
        TEST(a_file_of_more_than_4_gib_goes_on_and_ends_at_the_right_byte),
        TEST(a_file_whose_folder_went_before_its_end_is_finished_when_it_is_back),
        TEST(a_file_that_went_with_its_folder_before_its_end_is_fetched_again),
        TEST(nothing_is_fetched_for_a_job_that_is_being_completed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
