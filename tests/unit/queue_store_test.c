/* The queue file: transactions, the order of loading, and what it refuses. */
#include "queue_support.h"

#include "deliveryoptimizationerrors.h"

#include <string.h>

#include <windows.h>

#define QUEUE     L"queue.db"
#define NOT_FOUND HRESULT_OF_WIN32(ERROR_NOT_FOUND)
#define EXISTS    HRESULT_OF_WIN32(ERROR_ALREADY_EXISTS)

static void new_file_is_of_this_schema_in_utf16_with_a_log(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"new");
    struct queue_recording recording;
    queue_test_open_and_load(directory, S_OK, &recording);
    assert_int_equal(recording.job_count, 0);
    assert_int_equal(queue_test_number(directory, QUEUE, "PRAGMA user_version"), QUEUE_STORE_SCHEMA);
    assert_int_equal(queue_test_number(directory, QUEUE, "PRAGMA application_id"), 0x444F5356);
    assert_int_equal(queue_test_number(directory, QUEUE, "SELECT encoding = 'UTF-16le' FROM pragma_encoding"), 1);
    assert_int_equal(queue_test_number(directory, QUEUE, "SELECT journal_mode = 'wal' FROM pragma_journal_mode"), 1);
    queue_recording_clear(&recording);
}

static void committed_rows_are_there_after_reopening(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"committed");
    struct queue_store *store = queue_test_open(directory);
    struct job_row job = queue_test_job(1);
    struct file_row file = queue_test_file(1, 0);
    struct range range = {0, 4096};
    struct range_set have = {&range, 1, 1, 4096};
    struct file_progress_row progress = queue_test_progress(1, 0, &have);
    assert_ok(queue_store_begin(store));
    assert_ok(queue_store_insert_job(store, &job));
    assert_ok(queue_store_insert_file(store, &file));
    assert_ok(queue_store_put_progress(store, &progress));
    assert_ok(queue_store_commit(store));
    queue_store_close(store);

    struct queue_recording recording;
    queue_test_open_and_load(directory, S_OK, &recording);
    assert_int_equal(recording.job_count, 1);
    assert_int_equal(recording.file_count, 1);
    assert_job_equal(&recording.jobs[0], &job);
    assert_file_equal(&recording.files[0].row, &file);
    assert_true(recording.files[0].has_progress);
    assert_progress_equal(&recording.files[0].progress, &progress);
    queue_recording_clear(&recording);
}

static void rolled_back_and_unfinished_transactions_leave_nothing(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"rollback");
    struct queue_store *store = queue_test_open(directory);
    struct job_row job = queue_test_job(1);
    assert_ok(queue_store_begin(store));
    assert_ok(queue_store_insert_job(store, &job));
    queue_store_rollback(store);
    queue_store_rollback(store); /* without a transaction: nothing to do */
    assert_ok(queue_store_begin(store));
    assert_ok(queue_store_insert_job(store, &job));
    queue_store_close(store);
    queue_store_close(NULL);
    struct queue_recording recording;
    queue_test_open_and_load(directory, S_OK, &recording);
    assert_int_equal(recording.job_count, 0);
    queue_recording_clear(&recording);
}

static void a_failed_row_fails_the_whole_transaction(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"failed-row");
    struct queue_store *store = queue_test_open(directory);
    struct job_row first = queue_test_job(1), second = queue_test_job(2);
    queue_test_add_job(store, &first);
    assert_ok(queue_store_begin(store));
    assert_ok(queue_store_insert_job(store, &second));
    assert_hresult(queue_store_insert_job(store, &first), EXISTS);
    struct job_row third = queue_test_job(3);
    assert_hresult(queue_store_insert_job(store, &third), EXISTS);
    assert_hresult(queue_store_commit(store), EXISTS);
    struct queue_recording recording;
    queue_test_load(store, &recording);
    assert_int_equal(recording.job_count, 1);
    assert_job_equal(&recording.jobs[0], &first);
    queue_recording_clear(&recording);
    /* The next one starts clean. */
    queue_test_add_job(store, &second);
    queue_store_close(store);
}

static void calls_out_of_order_are_refused(void **state)
{
    (void)state;
    struct queue_store *store = queue_test_open(queue_test_directory(L"order"));
    struct job_row job = queue_test_job(1);
    struct file_row file = queue_test_file(1, 0);
    struct file_progress_row progress = queue_test_progress(1, 0, NULL);
    struct queue_recording recording = {0};
    struct queue_loader loader = queue_recording_loader(&recording);
    assert_hresult(queue_store_insert_job(store, &job), DO_E_FATAL_CORE_ERROR);
    assert_hresult(queue_store_update_job(store, &job), DO_E_FATAL_CORE_ERROR);
    assert_hresult(queue_store_delete_job(store, job.id), DO_E_FATAL_CORE_ERROR);
    assert_hresult(queue_store_insert_file(store, &file), DO_E_FATAL_CORE_ERROR);
    assert_hresult(queue_store_put_progress(store, &progress), DO_E_FATAL_CORE_ERROR);
    assert_hresult(queue_store_commit(store), DO_E_FATAL_CORE_ERROR);
    assert_ok(queue_store_begin(store));
    assert_hresult(queue_store_begin(store), DO_E_FATAL_CORE_ERROR);
    assert_hresult(queue_store_load(store, &loader), DO_E_FATAL_CORE_ERROR);
    assert_ok(queue_store_insert_job(store, &job));
    assert_ok(queue_store_commit(store));
    queue_store_close(store);
}

static void assert_alone_fails(struct queue_store *store, HRESULT hr, HRESULT expected)
{
    assert_hresult(hr, expected);
    queue_store_rollback(store);
    assert_ok(queue_store_begin(store));
}

static void rows_that_are_missing_or_taken_are_named(void **state)
{
    (void)state;
    struct queue_store *store = queue_test_open(queue_test_directory(L"missing"));
    struct job_row job = queue_test_job(1), other = queue_test_job(2);
    struct file_row file = queue_test_file(1, 0), orphan = queue_test_file(2, 0);
    struct file_progress_row progress = queue_test_progress(1, 1, NULL), lost = queue_test_progress(2, 0, NULL);
    queue_test_add_job(store, &job);
    queue_test_add_file(store, &file);
    assert_ok(queue_store_begin(store));
    assert_alone_fails(store, queue_store_insert_job(store, &job), EXISTS);
    assert_alone_fails(store, queue_store_insert_file(store, &file), EXISTS);
    assert_alone_fails(store, queue_store_update_job(store, &other), NOT_FOUND);
    assert_alone_fails(store, queue_store_insert_file(store, &orphan), NOT_FOUND);
    assert_alone_fails(store, queue_store_put_progress(store, &lost), NOT_FOUND);
    /* The job is there, its file 1 is not. */
    assert_alone_fails(store, queue_store_put_progress(store, &progress), NOT_FOUND);
    assert_hresult(queue_store_delete_job(store, other.id), S_FALSE);
    assert_ok(queue_store_commit(store));
    queue_store_close(store);
}

static void deleting_a_job_takes_its_files_and_nothing_else(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"delete");
    struct queue_store *store = queue_test_open(directory);
    for (uint8_t i = 1; i <= 3; i++) {
        queue_test_add_job_with_files(store, i, 4);
        struct file_progress_row progress = queue_test_progress(i, 2, NULL);
        queue_test_put_progress(store, &progress);
    }
    struct job_row second = queue_test_job(2), fourth = queue_test_job(4);
    struct file_row file = queue_test_file(2, 0), fresh = queue_test_file(4, 0);
    assert_ok(queue_store_begin(store));
    assert_ok(queue_store_delete_job(store, second.id));
    assert_ok(queue_store_insert_job(store, &fourth));
    assert_ok(queue_store_insert_file(store, &fresh));
    assert_hresult(queue_store_delete_job(store, second.id), S_FALSE);
    assert_hresult(queue_store_insert_file(store, &file), NOT_FOUND);
    queue_store_rollback(store);
    assert_ok(queue_store_begin(store));
    assert_ok(queue_store_delete_job(store, second.id));
    assert_ok(queue_store_commit(store));
    queue_store_close(store);
    assert_int_equal(queue_test_number(directory, QUEUE, "SELECT count(*) FROM file"), 8);
    assert_int_equal(queue_test_number(directory, QUEUE, "SELECT count(*) FROM progress"), 2);
    struct queue_recording recording;
    queue_test_open_and_load(directory, S_OK, &recording);
    assert_int_equal(recording.job_count, 2);
    assert_int_equal(recording.file_count, 8);
    assert_text(recording.jobs[0].display_name, u"job 1");
    assert_text(recording.jobs[1].display_name, u"job 3");
    queue_recording_clear(&recording);
}

static void a_job_made_after_the_last_was_deleted_gets_none_of_its_files(void **state)
{
    (void)state;
    struct queue_store *store = queue_test_open(queue_test_directory(L"reuse"));
    queue_test_add_job_with_files(store, 1, 3);
    struct job_row first = queue_test_job(1), second = queue_test_job(2);
    struct file_row file = queue_test_file(2, 0);
    assert_ok(queue_store_begin(store));
    assert_ok(queue_store_delete_job(store, first.id));
    assert_ok(queue_store_insert_job(store, &second));
    assert_ok(queue_store_insert_file(store, &file));
    assert_ok(queue_store_commit(store));
    struct queue_recording recording;
    queue_test_load(store, &recording);
    assert_int_equal(recording.job_count, 1);
    assert_int_equal(recording.file_count, 1);
    assert_file_equal(&recording.files[0].row, &file);
    queue_recording_clear(&recording);
    queue_store_close(store);
}

/* The key of the last job inside the file is given again. */
static void a_deleted_or_rolled_back_job_is_not_taken_for_its_successor(void **state)
{
    (void)state;
    struct queue_store *store = queue_test_open(queue_test_directory(L"successor"));
    struct job_row first = queue_test_job(1), second = queue_test_job(2);
    struct file_row file = queue_test_file(1, 0), other = queue_test_file(1, 1);
    queue_test_add_job(store, &first);
    assert_ok(queue_store_begin(store));
    assert_ok(queue_store_insert_file(store, &file));
    assert_ok(queue_store_delete_job(store, first.id));
    assert_hresult(queue_store_delete_job(store, first.id), S_FALSE);
    assert_ok(queue_store_insert_job(store, &second));
    assert_hresult(queue_store_insert_file(store, &other), NOT_FOUND);
    queue_store_rollback(store);
    assert_ok(queue_store_begin(store));
    assert_ok(queue_store_delete_job(store, first.id));
    assert_ok(queue_store_commit(store));
    assert_ok(queue_store_begin(store));
    assert_ok(queue_store_insert_job(store, &first));
    assert_ok(queue_store_insert_file(store, &file));
    queue_store_rollback(store);
    assert_ok(queue_store_begin(store));
    assert_ok(queue_store_insert_job(store, &second));
    assert_hresult(queue_store_insert_file(store, &other), NOT_FOUND);
    queue_store_rollback(store);
    queue_store_close(store);
}

static void update_changes_all_but_identity(void **state)
{
    (void)state;
    struct queue_store *store = queue_test_open(queue_test_directory(L"update"));
    struct job_row before = queue_test_job(1);
    queue_test_add_job(store, &before);
    struct job_row after = {.sequence = 77,
                            .generation = 1,
                            .owner = u"S-1-5-18",
                            .display_name = u"other name",
                            .description = u"other description",
                            .state = 5,
                            .intent = 1,
                            .owed_event = 2,
                            .priority = 1,
                            .notify_flags = 9,
                            .creation_time = 88,
                            .modification_time = 99,
                            .transfer_completion_time = 100,
                            .error_count = 7,
                            .error_code = (HRESULT)0x80190194,
                            .error_context = 1,
                            .error_file = 3};
    memcpy(after.id, before.id, sizeof(after.id));
    assert_ok(queue_store_begin(store));
    assert_ok(queue_store_update_job(store, &after));
    assert_ok(queue_store_commit(store));
    struct queue_recording recording;
    queue_test_load(store, &recording);
    after.sequence = before.sequence;
    after.generation = before.generation;
    after.creation_time = before.creation_time;
    assert_job_equal(&recording.jobs[0], &after);
    queue_recording_clear(&recording);
    queue_store_close(store);
}

static void progress_replaces_progress(void **state)
{
    (void)state;
    struct queue_store *store = queue_test_open(queue_test_directory(L"progress"));
    queue_test_add_job_with_files(store, 1, 3);
    struct range ranges[] = {{0, 10}, {20, 30}};
    struct range_set have = {ranges, 2, 2, 20};
    struct file_progress_row before = queue_test_progress(1, 1, &have), after = queue_test_progress(1, 1, NULL);
    after.status = 2;
    after.remote_total = SIZE_UNKNOWN;
    queue_test_put_progress(store, &before);
    queue_test_put_progress(store, &after);
    struct queue_recording recording;
    queue_test_load(store, &recording);
    assert_false(recording.files[0].has_progress);
    assert_true(recording.files[1].has_progress);
    assert_false(recording.files[2].has_progress);
    assert_progress_equal(&recording.files[1].progress, &after);
    queue_recording_clear(&recording);
    queue_store_close(store);
}

static void jobs_come_in_order_of_sequence_and_files_of_number(void **state)
{
    (void)state;
    static const uint8_t order[] = {3, 1, 5, 2, 4};
    struct queue_store *store = queue_test_open(queue_test_directory(L"sorted"));
    for (size_t i = 0; i < 5; i++) {
        struct job_row job = queue_test_job(order[i]);
        job.sequence = order[i] == 5 ? UINT64_MAX : order[i]; /* unsigned: beyond all signed ones */
        queue_test_add_job(store, &job);
        for (uint32_t j = 3; j-- > 0;) {
            struct file_row file = queue_test_file(order[i], j);
            queue_test_add_file(store, &file);
        }
    }
    struct queue_recording recording;
    queue_test_load(store, &recording);
    assert_int_equal(recording.job_count, 5);
    assert_int_equal(recording.file_count, 15);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(recording.jobs[i].id[0], i + 1);
    for (size_t i = 0; i < 15; i++) {
        assert_int_equal(recording.files[i].row.job_id[0], i / 3 + 1);
        assert_int_equal(recording.files[i].row.number, i % 3);
    }
    queue_recording_clear(&recording);
    queue_store_close(store);
}

static HRESULT refuse_job(void *context, const struct job_row *row)
{
    (void)row;
    ++*(int *)context;
    return E_OUTOFMEMORY;
}

static HRESULT refuse_file(void *context, const struct file_row *row, const struct file_progress_row *progress)
{
    (void)row, (void)progress;
    ++*(int *)context;
    return E_OUTOFMEMORY;
}

static HRESULT accept_job(void *context, const struct job_row *row)
{
    (void)context, (void)row;
    return S_OK;
}

static void a_loader_that_fails_ends_the_load(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"loader");
    struct queue_store *store = queue_test_open(directory);
    char16_t name[QUEUE_PATH_ROOM];
    queue_test_add_job_with_files(store, 1, 3);
    queue_test_add_job_with_files(store, 2, 3);
    int jobs = 0, files = 0;
    struct queue_loader at_job = {refuse_job, refuse_file, NULL, NULL, &jobs},
                        at_file = {accept_job, refuse_file, NULL, NULL, &files};
    assert_hresult(queue_store_load(store, &at_job), E_OUTOFMEMORY);
    assert_hresult(queue_store_load(store, &at_file), E_OUTOFMEMORY);
    assert_int_equal(jobs, 1);
    assert_int_equal(files, 1);
    assert_int_equal(queue_test_count(directory, L"queue.corrupt*", name), 0);
    queue_store_close(store);
}

static void a_second_store_in_the_same_directory_is_refused(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"twice");
    struct queue_store *first = queue_test_open(directory), *second;
    struct job_row job = queue_test_job(1);
    queue_test_add_job(first, &job);
    assert_hresult(queue_store_open(directory, &second), DO_E_NO_SERVICE);
    assert_null(second);
    job = queue_test_job(2);
    queue_test_add_job(first, &job);
    queue_store_close(first);
    struct queue_recording recording;
    queue_test_open_and_load(directory, S_OK, &recording);
    assert_int_equal(recording.job_count, 2);
    queue_recording_clear(&recording);
}

static void a_directory_that_is_not_there_is_refused(void **state)
{
    (void)state;
    struct queue_store *store = (struct queue_store *)1;
    assert_hresult(queue_store_open(queue_test_path(queue_test_directory(L"gone"), L"no\\such"), &store),
                   DO_E_NO_SERVICE);
    assert_null(store);
}

static uint64_t wal_size(const char16_t *directory)
{
    WIN32_FILE_ATTRIBUTE_DATA data;
    assert_true(GetFileAttributesExW(queue_test_path(directory, L"queue.db-wal"), GetFileExInfoStandard, &data));
    return (uint64_t)data.nFileSizeHigh << 32 | data.nFileSizeLow;
}

/* 1,000 pages and what one transaction adds; a huge transaction's log is cut to 8 MiB afterwards. */
static void the_log_stays_bounded(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"wal");
    struct queue_store *store = queue_test_open(directory);
    struct job_row job = queue_test_job(1);
    queue_test_add_job(store, &job);
    for (uint32_t i = 0; i < 3000; i++) {
        job.error_count = i;
        assert_ok(queue_store_begin(store));
        assert_ok(queue_store_update_job(store, &job));
        assert_ok(queue_store_commit(store));
    }
    assert_in_range(wal_size(directory), 1, 6 * 1024 * 1024);
    queue_test_add_job_with_files(store, 2, 60000);
    assert_true(wal_size(directory) > 9 * 1024 * 1024);
    for (uint8_t i = 3; i < 6; i++)
        queue_test_add_job_with_files(store, i, 1);
    assert_in_range(wal_size(directory), 1, 8 * 1024 * 1024);
    queue_store_close(store);
    assert_false(queue_test_exists(directory, L"queue.db-wal"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_file_is_of_this_schema_in_utf16_with_a_log),
        cmocka_unit_test(committed_rows_are_there_after_reopening),
        cmocka_unit_test(rolled_back_and_unfinished_transactions_leave_nothing),
        cmocka_unit_test(a_failed_row_fails_the_whole_transaction),
        cmocka_unit_test(calls_out_of_order_are_refused),
        cmocka_unit_test(rows_that_are_missing_or_taken_are_named),
        cmocka_unit_test(deleting_a_job_takes_its_files_and_nothing_else),
        cmocka_unit_test(a_job_made_after_the_last_was_deleted_gets_none_of_its_files),
        cmocka_unit_test(a_deleted_or_rolled_back_job_is_not_taken_for_its_successor),
        cmocka_unit_test(update_changes_all_but_identity),
        cmocka_unit_test(progress_replaces_progress),
        cmocka_unit_test(jobs_come_in_order_of_sequence_and_files_of_number),
        cmocka_unit_test(a_loader_that_fails_ends_the_load),
        cmocka_unit_test(a_second_store_in_the_same_directory_is_refused),
        cmocka_unit_test(a_directory_that_is_not_there_is_refused),
        cmocka_unit_test(the_log_stays_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
