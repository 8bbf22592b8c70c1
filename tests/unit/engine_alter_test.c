/* Temporary files whose bytes somebody alters where they are, without another length or another file: nothing of that is continued or delivered. What the job itself
 * wrote is not taken for that, however its host ended. */
#include "deliveryoptimizationerrors.h"
#include "engine_fixture.h"
#include "engine_private.h"
#include "queue_support.h"

#include <windows.h>

#define SIZE    500000u
#define GATE_AT 131072u
#define PIECE   65536u
#define ALTERED HRESULT_OF_WIN32(ERROR_FILE_INVALID)

static struct engine_fixture fx;
static struct memory_resource *resource;
static struct job *job;
static uint8_t id[16];
static char16_t target[TEMP_PATH_MAX], temporary[TEMP_PATH_MAX];

static int open_fixture(void **context)
{
    (void)context;
    fixture_open(&fx);
    fixture_path(&fx, L"file", target);
    resource = memory_http_add(&fx.http, u"file", SIZE, 7);
    job = fixture_job(&fx);
    job_id(job, id);
    fixture_temporary_path(&fx, u"file", id, 0, temporary);
    fixture_add(&fx, job, resource, u"file");
    return 0;
}

static int close_fixture(void **context)
{
    (void)context;
    job_release(job);
    fixture_close(&fx);
    if (resource->gate)
        CloseHandle(resource->gate);
    return 0;
}

static void stop_host(void)
{
    job_release(job);
    job = NULL;
    fixture_stop(&fx);
}

static void start_host(void)
{
    fixture_start(&fx);
    assert_int_equal(engine_find_job(fx.engine, id, &job), S_OK);
}

static void open_gate(void)
{
    SetEvent(resource->gate);
}

static void run_until(uint64_t bytes, uint64_t gate_at)
{
    if (!resource->gate)
        resource->gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    ResetEvent(resource->gate);
    resource->gate_at = gate_at;
    if (job_state(job) == JOB_SUSPENDED)
        assert_int_equal(job_resume(job), S_OK);
    fixture_until_bytes(&fx, job, bytes);
}

static void suspend_in_the_middle(void)
{
    run_until(GATE_AT, GATE_AT);
    assert_int_equal(job_suspend(job), S_OK);
    open_gate();
    fixture_await_flights(&fx, 0);
}

static void transfer_all(void)
{
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
}

/* One byte of it, in its place. */
static void alter(const char16_t *path)
{
    DWORD written;
    HANDLE file = CreateFileW(path, GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                              OPEN_EXISTING, 0, NULL);
    assert_true(file != INVALID_HANDLE_VALUE);
    assert_int_equal(SetFilePointer(file, 100, NULL, FILE_BEGIN), 100);
    assert_true(WriteFile(file, "\xFE", 1, &written, NULL));
    CloseHandle(file);
}

static void assert_told(HRESULT code)
{
    struct job_error error;
    fixture_until_state(&fx, job, JOB_ERROR);
    assert_true(job_error(job, &error));
    if (error.code != code)
        fail_msg("0x%08lX, not 0x%08lX", (unsigned long)error.code, (unsigned long)code);
    assert_int_equal(error.context, JOB_ERROR_CONTEXT_LOCAL_FILE);
    assert_int_equal(error.file, 0);
}

/* Its next request asks for the bytes from `first` on, and in the end the file is right. */
static void assert_goes_on_from(uint64_t first)
{
    size_t before = fx.http.request_count;
    if (job_state(job) == JOB_SUSPENDED || job_state(job) == JOB_ERROR)
        assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(fx.http.requests[before].first, first);
    assert_int_equal(job_complete(job), S_OK);
    fixture_assert_file(&fx, u"file", 7, SIZE);
    assert_int_equal(fixture_temporary_files(&fx), 0);
}

/* ---- Parts ---- */

static void a_part_that_is_altered_while_its_job_is_suspended_is_not_continued(void **context)
{
    (void)context;
    suspend_in_the_middle();
    alter(temporary);
    assert_int_equal(job_resume(job), S_OK);
    assert_told(ALTERED);
    assert_goes_on_from(0);
}

static void a_part_that_is_altered_while_there_is_no_host_is_not_continued(void **context)
{
    (void)context;
    suspend_in_the_middle();
    stop_host();
    alter(temporary);
    start_host();
    assert_int_equal(job_resume(job), S_OK);
    assert_told(ALTERED);
    assert_goes_on_from(0);
}

static void close_then_open_gate(struct file_ops *ops, struct file *file)
{
    (void)ops;
    file_ops_system()->close(file_ops_system(), file);
    if (resource->gate)
        open_gate();
}

/* A host that ends properly while bytes come; those that its worker still gets come too late. */
static void a_part_of_a_running_job_is_dated_when_its_host_ends(void **context)
{
    struct file_ops disk = *file_ops_system();
    (void)context;
    disk.close = close_then_open_gate;
    stop_host();
    fx.file_ops = &disk;
    start_host();
    run_until(GATE_AT, GATE_AT);
    stop_host();
    fx.file_ops = NULL;
    alter(temporary);
    start_host();
    assert_told(ALTERED);
    assert_goes_on_from(0);
}

/* Nothing of it is under way, but its file is still open. */
static void a_part_whose_transfer_just_broke_off_is_dated_when_its_host_ends(void **context)
{
    (void)context;
    resource->cuts = 1;
    resource->cut_after = GATE_AT;
    assert_int_equal(job_resume(job), S_OK);
    (void)engine_step(fx.engine);
    fixture_await_flights(&fx, 0);
    assert_int_equal(job_state(job), JOB_TRANSFERRING);
    stop_host();
    alter(temporary);
    start_host();
    assert_told(ALTERED);
    assert_goes_on_from(0);
}

static void a_part_that_nobody_altered_goes_on(void **context)
{
    (void)context;
    suspend_in_the_middle();
    assert_int_equal(job_progress(job).bytes_transferred, GATE_AT);
    stop_host();
    start_host();
    run_until(GATE_AT + PIECE, PIECE);
    assert_int_equal(job_suspend(job), S_OK);
    open_gate();
    fixture_await_flights(&fx, 0);
    stop_host();
    start_host();
    assert_goes_on_from(GATE_AT + PIECE);
}

static HRESULT open_failure; /* of every temporary file that is opened again */

static HRESULT open_or_fail(struct file_ops *ops, const char16_t *path, uint64_t directory, struct file **file,
                            uint64_t *size)
{
    (void)ops;
    *file = NULL;
    return FAILED(open_failure) ? open_failure
                                : file_ops_system()->open(file_ops_system(), path, directory, file, size);
}

/* Nobody has seen that its file is gone or another one. */
static void a_part_that_cannot_be_opened_goes_on_once_it_can(void **context)
{
    static const DWORD failures[] = {ERROR_UNEXP_NET_ERR,      ERROR_NETNAME_DELETED,       ERROR_SEM_TIMEOUT,
                                     ERROR_BAD_NETPATH,        ERROR_NETWORK_ACCESS_DENIED, ERROR_NETWORK_UNREACHABLE,
                                     ERROR_CONNECTION_ABORTED, ERROR_LOGON_FAILURE,         ERROR_IO_DEVICE};
    struct file_ops disk = *file_ops_system();
    (void)context;
    disk.open = open_or_fail;
    suspend_in_the_middle();
    stop_host();
    fx.file_ops = &disk;
    start_host();
    for (size_t i = 0; i < ARRAYSIZE(failures); i++) {
        open_failure = HRESULT_OF_WIN32(failures[i]);
        assert_int_equal(job_resume(job), S_OK);
        assert_told(open_failure);
        assert_int_equal(job_progress(job).bytes_transferred, GATE_AT);
    }
    stop_host(); /* the next one has it from the checkpoint */
    fx.file_ops = NULL;
    start_host();
    assert_goes_on_from(GATE_AT);
}

/* Whoever asks whether it is the file that was closed has the answer: it is not there. */
static void a_part_that_is_gone_is_given_up(void **context)
{
    (void)context;
    suspend_in_the_middle();
    assert_true(DeleteFileW(temporary));
    assert_int_equal(job_resume(job), S_OK);
    assert_told(HRESULT_OF_WIN32(ERROR_FILE_NOT_FOUND));
    assert_goes_on_from(0);
}

static void copy_queue(const char16_t *from, const char16_t *to)
{
    char16_t source[TEMP_PATH_MAX], copy[TEMP_PATH_MAX];
    static const wchar_t *const names[] = {L"queue.db", L"queue.db-wal"};
    for (size_t i = 0; i < 2; i++) {
        (void)swprintf(source, TEMP_PATH_MAX, L"%ls\\%ls", from, names[i]);
        (void)swprintf(copy, TEMP_PATH_MAX, L"%ls\\%ls", to, names[i]);
        DeleteFileW(copy);
        if (GetFileAttributesW(source) != INVALID_FILE_ATTRIBUTES)
            assert_true(CopyFileW(source, copy, FALSE));
    }
}

static char16_t kept[TEMP_PATH_MAX];

/* The queue as it is now is what the next host finds. */
static void keep_queue(void)
{
    fixture_path(&fx, L"kept", kept);
    assert_true(CreateDirectoryW(kept, NULL));
    copy_queue(fx.queue_dir, kept);
}

/* With the files as they are by now. */
static void crash(void)
{
    open_gate();
    stop_host();
    copy_queue(kept, fx.queue_dir);
    start_host();
}

/* The bytes that came since the last checkpoint are fetched again, but those before are not thrown away: it was the job itself that wrote. */
static void a_part_that_was_written_to_before_a_crash_goes_on(void **context)
{
    (void)context;
    suspend_in_the_middle();
    (void)engine_step(fx.engine); /* the checkpoint */
    run_until(GATE_AT + PIECE, PIECE);
    keep_queue();
    crash();
    assert_goes_on_from(GATE_AT);
}

/* The same of a part that the former host had dated. */
static void a_part_that_another_host_dated_goes_on_after_a_crash(void **context)
{
    (void)context;
    suspend_in_the_middle();
    stop_host();
    start_host();
    run_until(GATE_AT + PIECE, PIECE);
    keep_queue();
    crash();
    assert_goes_on_from(GATE_AT);
}

/* The new file's bytes come in any order: what the row claimed of the former one would be holes in it. */
static void assert_is_claimed_no_more(void)
{
    resource->answer_gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    assert_int_equal(job_resume(job), S_OK);
    (void)engine_step(fx.engine); /* a worker has it */
    assert_int_equal(fx.engine->flight_count, 1);
    keep_queue();
    assert_int_equal(queue_test_number(kept, u"queue.db", "SELECT length(have) FROM progress"), 0);
    SetEvent(resource->answer_gate);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(job_complete(job), S_OK);
    fixture_assert_file(&fx, u"file", 7, SIZE);
    CloseHandle(resource->answer_gate);
}

static void a_part_that_starts_again_is_claimed_no_more_before_it_is_written_to(void **context)
{
    (void)context;
    suspend_in_the_middle();
    (void)engine_step(fx.engine);
    alter(temporary);
    assert_int_equal(job_resume(job), S_OK);
    assert_told(ALTERED);
    assert_is_claimed_no_more();
}

/* Another size was declared meanwhile, and taken back. */
static void a_part_of_another_size_is_claimed_no_more_before_it_is_written_to(void **context)
{
    (void)context;
    suspend_in_the_middle();
    (void)engine_step(fx.engine);
    assert_int_equal(job_file_set_remote_size(job_file_at(job, 0), SIZE + 1), S_OK);
    assert_int_equal(job_file_set_remote_size(job_file_at(job, 0), SIZE), S_OK);
    assert_is_claimed_no_more();
}

/* Books that were copied while the file was closed are written later. */
static struct checkpoint late;

static void suspend_and_copy_books(void)
{
    suspend_in_the_middle();
    assert_int_equal(checkpoint_prepare(fx.engine, &late), S_OK);
    assert_int_equal(late.count, 1);
}

static void write_late(void)
{
    lock_acquire(&fx.engine->store_lock);
    assert_int_equal(queue_store_begin(fx.engine->store), S_OK);
    assert_int_equal(checkpoint_write(fx.engine, &late), S_OK);
    assert_int_equal(queue_store_commit(fx.engine->store), S_OK);
    lock_release(&fx.engine->store_lock);
    checkpoint_settle(fx.engine, &late, true);
    keep_queue();
}

static void a_late_checkpoint_does_not_date_a_part_that_is_open_again(void **context)
{
    (void)context;
    suspend_and_copy_books();
    run_until(GATE_AT + PIECE, PIECE);
    write_late();
    crash();
    assert_goes_on_from(GATE_AT);
}

static void a_late_checkpoint_does_not_date_a_part_that_is_about_to_be_opened(void **context)
{
    (void)context;
    suspend_and_copy_books();
    resource->answer_gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    ResetEvent(resource->gate);
    resource->gate_at = PIECE;
    assert_int_equal(job_resume(job), S_OK);
    (void)engine_step(fx.engine); /* a worker has it */
    write_late();
    SetEvent(resource->answer_gate);
    run_until(GATE_AT + PIECE, PIECE);
    crash();
    assert_goes_on_from(GATE_AT);
    CloseHandle(resource->answer_gate);
}

/* ---- Whole files ---- */

static void assert_is_not_delivered(void)
{
    assert_int_equal(job_complete(job), ALTERED);
    assert_int_equal(job_state(job), JOB_ERROR);
    assert_false(temp_file_exists(target));
    assert_goes_on_from(0);
}

static void a_whole_file_that_is_altered_is_not_delivered(void **context)
{
    (void)context;
    transfer_all();
    alter(temporary);
    assert_is_not_delivered();
}

static void a_whole_file_with_the_servers_date_that_is_altered_is_not_delivered(void **context)
{
    (void)context;
    resource->last_modified = u"Sun, 01 Nov 2026 10:00:00 GMT";
    transfer_all();
    alter(temporary);
    assert_is_not_delivered();
}

static void a_whole_file_that_is_altered_while_there_is_no_host_is_not_delivered(void **context)
{
    (void)context;
    transfer_all();
    stop_host();
    alter(temporary);
    start_host();
    assert_is_not_delivered();
}

static void a_whole_file_is_delivered_by_another_host(void **context)
{
    (void)context;
    transfer_all();
    stop_host();
    start_host();
    assert_int_equal(job_complete(job), S_OK);
    fixture_assert_file(&fx, u"file", 7, SIZE);
}

/* It is fetched again, and has then another date. */
static void a_file_that_failed_its_check_is_delivered_once_it_is_right(void **context)
{
    (void)context;
    transfer_all();
    assert_int_equal(job_file_set_valid(job_file_at(job, 0), false), S_OK);
    assert_goes_on_from(0);
}

/* ---- Rows of an older version of the queue ---- */

static void set_another_time(void)
{
    const FILETIME time = {.dwHighDateTime = 30000000};
    HANDLE file =
        CreateFileW(temporary, FILE_WRITE_ATTRIBUTES, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    assert_true(file != INVALID_HANDLE_VALUE);
    assert_true(SetFileTime(file, NULL, NULL, &time));
    CloseHandle(file);
}

static void a_part_without_a_time_is_judged_by_its_length(void **context)
{
    (void)context;
    suspend_in_the_middle();
    stop_host();
    queue_test_sql(fx.queue_dir, u"queue.db", "UPDATE progress SET written_at = 0");
    set_another_time();
    start_host();
    assert_goes_on_from(GATE_AT);
}

static void a_whole_file_without_a_time_is_judged_by_its_length(void **context)
{
    (void)context;
    transfer_all();
    stop_host();
    queue_test_sql(fx.queue_dir, u"queue.db", "UPDATE progress SET written_at = 0");
    set_another_time();
    start_host();
    assert_int_equal(job_complete(job), S_OK);
    fixture_assert_file(&fx, u"file", 7, SIZE);
}

/* ---- A Complete that a crash cut short ---- */

/* The host died when the file had its name and the queue did not know it yet. */
static void die_in_complete(void)
{
    transfer_all();
    stop_host();
    queue_test_sql(fx.queue_dir, u"queue.db", "UPDATE job SET intent = 1");
    assert_true(MoveFileW(temporary, target));
}

static void a_target_that_is_the_file_is_delivered(void **context)
{
    (void)context;
    die_in_complete();
    fixture_start(&fx);
    assert_int_equal(engine_find_job(fx.engine, id, &job), DO_E_JOB_NOT_FOUND);
    job = fixture_job(&fx);
    fixture_assert_file(&fx, u"file", 7, SIZE);
}

static void a_target_of_the_same_length_is_not_the_file(void **context)
{
    (void)context;
    die_in_complete();
    alter(target);
    start_host();
    assert_told(HRESULT_OF_WIN32(ERROR_FILE_NOT_FOUND));
    assert_goes_on_from(0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
    const struct CMUnitTest tests[] = {
        TEST(a_part_that_is_altered_while_its_job_is_suspended_is_not_continued),
        TEST(a_part_that_is_altered_while_there_is_no_host_is_not_continued),
        TEST(a_part_of_a_running_job_is_dated_when_its_host_ends),
        TEST(a_part_whose_transfer_just_broke_off_is_dated_when_its_host_ends),
        TEST(a_part_that_nobody_altered_goes_on),
        TEST(a_part_that_cannot_be_opened_goes_on_once_it_can),
        TEST(a_part_that_is_gone_is_given_up),
        TEST(a_part_that_was_written_to_before_a_crash_goes_on),
        TEST(a_part_that_another_host_dated_goes_on_after_a_crash),
        TEST(a_part_that_starts_again_is_claimed_no_more_before_it_is_written_to),
        TEST(a_part_of_another_size_is_claimed_no_more_before_it_is_written_to),
        TEST(a_late_checkpoint_does_not_date_a_part_that_is_open_again),
        TEST(a_late_checkpoint_does_not_date_a_part_that_is_about_to_be_opened),
        TEST(a_whole_file_that_is_altered_is_not_delivered),
        TEST(a_whole_file_with_the_servers_date_that_is_altered_is_not_delivered),
        TEST(a_whole_file_that_is_altered_while_there_is_no_host_is_not_delivered),
        TEST(a_whole_file_is_delivered_by_another_host),
        TEST(a_file_that_failed_its_check_is_delivered_once_it_is_right),
        TEST(a_part_without_a_time_is_judged_by_its_length),
        TEST(a_whole_file_without_a_time_is_judged_by_its_length),
        TEST(a_target_that_is_the_file_is_delivered),
        TEST(a_target_of_the_same_length_is_not_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
