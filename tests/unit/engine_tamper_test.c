/* What others do to a job's files between two of its steps: the temporary file goes, shrinks or is another one, the directory goes, the target is held. In the
 * end there is a named error or the right file, and the next try works. */
#include "bits_error.h"
#include "engine_fixture.h"

#include "deliveryoptimizationerrors.h"

#include <windows.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SIZE    500000u
#define GATE_AT 131072u

static struct engine_fixture fx;
static struct memory_resource *resource;
static struct job *job;
static char16_t target[TEMP_PATH_MAX], temporary[TEMP_PATH_MAX], aside[TEMP_PATH_MAX];

static int open_fixture(void **context)
{
    (void)context;
    fixture_open(&fx);
    fixture_path(&fx, L"file", target);
    fixture_path(&fx, L"aside", aside);
    resource = memory_http_add(&fx.http, u"file", SIZE, 7);
    job = fixture_job(&fx);
    uint8_t id[16];
    job_id(job, id);
    fixture_temporary_path(&fx, u"file", id, 0, temporary);
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

/* The job has 131,072 bytes of its file, and waits. */
static void suspend_in_the_middle(void)
{
    resource->gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    resource->gate_at = GATE_AT;
    fixture_add(&fx, job, resource, u"file");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_bytes(&fx, job, GATE_AT);
    assert_int_equal(job_suspend(job), S_OK);
    SetEvent(resource->gate);
}

static void assert_fails(HRESULT code)
{
    struct job_error error;
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_ERROR);
    assert_true(job_error(job, &error));
    if (error.code != code)
        fail_msg("0x%08lX, not 0x%08lX", (unsigned long)error.code, (unsigned long)code);
    assert_int_equal(error.context, JOB_ERROR_CONTEXT_LOCAL_FILE);
    assert_int_equal(error.file, 0);
}

/* All of it, from the first byte. */
static void assert_starts_again(void)
{
    size_t before = fx.http.request_count;
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(fx.http.requests[before].first, 0);
    assert_int_equal(job_complete(job), S_OK);
    fixture_assert_file(&fx, u"file", 7, SIZE);
    assert_int_equal(fixture_temporary_files(&fx), 0);
}

static void a_temporary_file_that_was_deleted_is_missed(void **context)
{
    (void)context;
    suspend_in_the_middle();
    assert_true(DeleteFileW(temporary));
    assert_fails(HRESULT_OF_WIN32(ERROR_FILE_NOT_FOUND));
    assert_starts_again();
}

static void a_temporary_file_that_was_cut_is_not_continued(void **context)
{
    (void)context;
    suspend_in_the_middle();
    temp_file_write(temporary, "short", 5);
    assert_fails(DO_E_HTTP_BLOCKSIZE_MISMATCH);
    assert_starts_again();
}

static void assert_foreign_file_is_there(void)
{
    char *content = temp_file_read(temporary, NULL);
    assert_string_equal(content, "foreign");
    free(content);
}

static void replace_temporary(void)
{
    temp_file_write(aside, "foreign", 7);
    assert_true(MoveFileExW(aside, temporary, MOVEFILE_REPLACE_EXISTING));
}

/* The same job, at another host. */
static void reopen(void)
{
    uint8_t id[16];
    job_id(job, id);
    job_release(job);
    fixture_reopen(&fx);
    assert_int_equal(engine_find_job(fx.engine, id, &job), S_OK);
}

static void a_file_that_took_the_temporary_ones_place_is_neither_continued_nor_deleted(void **context)
{
    (void)context;
    suspend_in_the_middle();
    replace_temporary();
    assert_fails(HRESULT_OF_WIN32(ERROR_FILE_EXISTS));
    assert_fails(HRESULT_OF_WIN32(ERROR_FILE_EXISTS)); /* Resume takes it for what it is */
    assert_int_equal(job_suspend(job), S_OK);
    reopen(); /* the next host, too, though the job is no longer in ERROR */
    assert_fails(HRESULT_OF_WIN32(ERROR_FILE_EXISTS));
    assert_foreign_file_is_there();
    assert_int_equal(job_cancel(job), S_OK);
    assert_foreign_file_is_there();
}

static void a_job_whose_temporary_file_was_replaced_goes_on_when_its_name_is_free(void **context)
{
    (void)context;
    suspend_in_the_middle();
    replace_temporary();
    assert_fails(HRESULT_OF_WIN32(ERROR_FILE_EXISTS));
    assert_true(DeleteFileW(temporary));
    assert_starts_again();
}

/* As a host leaves it that ended after a Resume: the row still has the error, and the file is the job's. */
static void what_a_resumed_job_has_made_is_known_to_the_next_host(void **context)
{
    (void)context;
    suspend_in_the_middle();
    replace_temporary();
    assert_fails(HRESULT_OF_WIN32(ERROR_FILE_EXISTS));
    assert_true(DeleteFileW(temporary));
    assert_int_equal(job_resume(job), S_OK);
    temp_file_write(temporary, "part", 4);
    reopen();
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(job_complete(job), S_OK);
    fixture_assert_file(&fx, u"file", 7, SIZE);
}

/* Nothing has told the job of it before. */
static void cancel_deletes_no_file_that_took_the_temporary_ones_place(void **context)
{
    (void)context;
    suspend_in_the_middle();
    replace_temporary();
    assert_int_equal(job_cancel(job), S_OK);
    assert_foreign_file_is_there();
}

/* What the job had is worthless, since its source cannot prove to be the same one: it would be made anew. */
static void a_file_that_starts_again_deletes_no_file_that_took_the_temporary_ones_place(void **context)
{
    (void)context;
    resource->etag[0] = 0;
    suspend_in_the_middle();
    replace_temporary();
    assert_fails(HRESULT_OF_WIN32(ERROR_FILE_EXISTS));
    assert_foreign_file_is_there();
}

/* Somebody else's file bears the temporary name before the job has made one. */
static void fail_before_the_first_byte(void)
{
    resource->status = 503;
    fixture_add(&fx, job, resource, u"file");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    temp_file_write(temporary, "foreign", 7);
}

static void cancel_deletes_no_file_that_the_job_did_not_make(void **context)
{
    (void)context;
    fail_before_the_first_byte();
    assert_int_equal(job_cancel(job), S_OK);
    assert_foreign_file_is_there();
}

static void a_retry_overwrites_no_file_that_the_job_did_not_make(void **context)
{
    (void)context;
    fail_before_the_first_byte();
    resource->status = 0;
    fixture_advance(&fx, 100000);
    fixture_until_state(&fx, job, JOB_ERROR);
    struct job_error error;
    assert_true(job_error(job, &error));
    assert_int_equal(error.code, HRESULT_OF_WIN32(ERROR_FILE_EXISTS));
    assert_foreign_file_is_there();
    assert_int_equal(job_cancel(job), S_OK);
    assert_foreign_file_is_there();
}

static void a_link_in_the_place_of_the_temporary_file_leads_nowhere(void **context)
{
    (void)context;
    char *precious = calloc(1, SIZE);
    size_t size;
    suspend_in_the_middle();
    temp_file_write(aside, precious, SIZE);
    assert_true(DeleteFileW(temporary));
    assert_true(CreateHardLinkW(temporary, aside, NULL));
    reopen(); /* a host that never saw the file itself */
    assert_fails(HRESULT_OF_WIN32(ERROR_TOO_MANY_LINKS));
    assert_starts_again();
    char *still = temp_file_read(aside, &size);
    assert_int_equal(size, SIZE);
    assert_memory_equal(still, precious, SIZE);
    free(still);
    free(precious);
}

static const char16_t *make_folder(const char16_t *name)
{
    static char16_t path[TEMP_PATH_MAX];
    fixture_path(&fx, name, path);
    assert_true(CreateDirectoryW(path, NULL));
    return path;
}

static void a_directory_that_went_is_an_error_until_it_is_back(void **context)
{
    (void)context;
    char16_t directory[TEMP_PATH_MAX], name[TEMP_PATH_MAX];
    fixture_path(&fx, L"folder", directory);
    (void)swprintf(name, TEMP_PATH_MAX, L"%ls\\file", directory);
    assert_true(CreateDirectoryW(directory, NULL));
    struct file_spec spec = {.url = resource->url, .local_path = name, .declared_size = SIZE_UNKNOWN};
    assert_int_equal(job_add_files(job, &spec, 1), S_OK);
    const char16_t *another =
        make_folder(L"another"); /* now: a file system may number the next one as the one that goes */
    assert_true(RemoveDirectoryW(directory));
    assert_fails(HRESULT_OF_WIN32(ERROR_PATH_NOT_FOUND));
    assert_true(MoveFileW(another, directory));
    assert_fails(HRESULT_OF_WIN32(ERROR_DIRECTORY)); /* told once: it may not be meant */
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(job_complete(job), S_OK);
    fixture_assert_file(&fx, u"folder\\file", 7, SIZE);
}

/* ---- A folder that goes while a file is half done ---- */

static char16_t folder[TEMP_PATH_MAX];

/* The job has 131,072 bytes of a file in that folder, and waits. */
static void suspend_in_a_folder(void)
{
    (void)swprintf(folder, TEMP_PATH_MAX, L"%ls", make_folder(L"folder"));
    resource->gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    resource->gate_at = GATE_AT;
    fixture_add(&fx, job, resource, u"folder\\file");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_bytes(&fx, job, GATE_AT);
    assert_int_equal(job_suspend(job), S_OK);
    SetEvent(resource->gate);
}

/* With what the first request asks for, and no failure more. */
static void assert_arrives_from(uint64_t first)
{
    size_t before = fx.http.request_count;
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(fx.http.requests[before].first, first);
    assert_int_equal(job_complete(job), S_OK);
    fixture_assert_file(&fx, u"folder\\file", 7, SIZE);
}

static void a_part_whose_folder_went_goes_on_when_it_is_back(void **context)
{
    (void)context;
    suspend_in_a_folder();
    assert_true(MoveFileW(folder, aside));
    assert_fails(HRESULT_OF_WIN32(ERROR_PATH_NOT_FOUND));
    assert_fails(HRESULT_OF_WIN32(ERROR_PATH_NOT_FOUND));
    assert_int_equal(job_progress(job).bytes_transferred, GATE_AT);
    assert_true(MoveFileW(aside, folder));
    assert_arrives_from(GATE_AT);
}

static void the_next_host_goes_on_with_it_too(void **context)
{
    uint8_t id[16];
    (void)context;
    suspend_in_a_folder();
    assert_true(MoveFileW(folder, aside));
    assert_fails(HRESULT_OF_WIN32(ERROR_PATH_NOT_FOUND));
    job_id(job, id);
    job_release(job);
    fixture_reopen(&fx);
    assert_int_equal(engine_find_job(fx.engine, id, &job), S_OK);
    assert_fails(HRESULT_OF_WIN32(ERROR_PATH_NOT_FOUND));
    assert_true(MoveFileW(aside, folder));
    assert_arrives_from(GATE_AT);
}

static void a_part_goes_on_when_its_own_folder_takes_the_place_of_another(void **context)
{
    (void)context;
    suspend_in_a_folder();
    assert_true(MoveFileW(folder, aside));
    assert_true(CreateDirectoryW(folder, NULL));
    assert_fails(HRESULT_OF_WIN32(ERROR_DIRECTORY));
    assert_int_equal(job_progress(job).bytes_transferred, GATE_AT);
    assert_true(RemoveDirectoryW(folder)); /* it is empty */
    assert_true(MoveFileW(aside, folder));
    assert_arrives_from(GATE_AT);
}

static void a_part_that_went_with_its_folder_is_fetched_again(void **context)
{
    (void)context;
    suspend_in_a_folder();
    assert_true(MoveFileW(folder, aside));
    assert_fails(HRESULT_OF_WIN32(ERROR_PATH_NOT_FOUND));
    assert_true(CreateDirectoryW(folder, NULL));
    assert_fails(HRESULT_OF_WIN32(ERROR_DIRECTORY));
    size_t before = fx.http.request_count;
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(fx.http.requests[before].first, GATE_AT); /* in vain */
    assert_int_equal(fx.http.requests[before + 1].first, 0);
    assert_int_equal(job_error_count(job), 2);
    assert_int_equal(job_complete(job), S_OK);
    fixture_assert_file(&fx, u"folder\\file", 7, SIZE);
}

/* What is deleted once the folder was seen to be back is told of as ever. */
static void a_file_that_is_deleted_after_its_folder_came_back_is_missed(void **context)
{
    char16_t deleted[TEMP_PATH_MAX];
    (void)context;
    suspend_in_a_folder();
    assert_true(MoveFileW(folder, aside));
    assert_fails(HRESULT_OF_WIN32(ERROR_PATH_NOT_FOUND));
    assert_true(MoveFileW(aside, folder));
    ResetEvent(resource->gate);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_bytes(&fx, job, 2 * GATE_AT);
    assert_int_equal(job_suspend(job), S_OK);
    SetEvent(resource->gate);
    (void)swprintf(deleted, TEMP_PATH_MAX, L"%ls\\%ls", folder, wcsrchr(temporary, L'\\') + 1);
    assert_true(DeleteFileW(deleted));
    assert_fails(HRESULT_OF_WIN32(ERROR_FILE_NOT_FOUND));
    assert_arrives_from(0);
}

/* What is under the name in the folder that came back is no file of the job's. */
static void a_stranger_in_a_folder_that_is_back_is_not_continued(void **context)
{
    char16_t stranger[TEMP_PATH_MAX];
    char *garbage = calloc(1, SIZE);
    (void)context;
    suspend_in_a_folder();
    assert_true(MoveFileW(folder, aside));
    assert_fails(HRESULT_OF_WIN32(ERROR_PATH_NOT_FOUND));
    assert_true(MoveFileW(aside, folder));
    temp_file_write(aside, garbage, SIZE);
    free(garbage);
    (void)swprintf(stranger, TEMP_PATH_MAX, L"%ls\\%ls", folder, wcsrchr(temporary, L'\\') + 1);
    assert_true(MoveFileExW(aside, stranger, MOVEFILE_REPLACE_EXISTING));
    assert_fails(HRESULT_OF_WIN32(ERROR_FILE_EXISTS));
    assert_true(DeleteFileW(stranger)); /* it was left alone */
    assert_arrives_from(0);
}

/* Two folders change places after the file was checked. */
static void a_directory_that_is_another_one_gets_nothing(void **context)
{
    (void)context;
    char16_t checked[TEMP_PATH_MAX], kept[TEMP_PATH_MAX], name[TEMP_PATH_MAX];
    (void)swprintf(checked, TEMP_PATH_MAX, L"%ls", make_folder(L"checked"));
    (void)swprintf(name, TEMP_PATH_MAX, L"%ls\\file", checked);
    fixture_path(&fx, L"kept", kept);
    struct file_spec spec = {.url = resource->url, .local_path = name, .declared_size = SIZE_UNKNOWN};
    assert_int_equal(job_add_files(job, &spec, 1), S_OK);
    assert_true(MoveFileW(checked, kept));
    assert_true(MoveFileW(make_folder(L"another"), checked));
    assert_fails(HRESULT_OF_WIN32(ERROR_DIRECTORY));
    assert_true(RemoveDirectoryW(checked)); /* it is empty */
    assert_true(MoveFileW(kept, checked));
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(job_complete(job), S_OK);
    fixture_assert_file(&fx, u"checked\\file", 7, SIZE);
}

static char16_t checked_folder[TEMP_PATH_MAX], kept_folder[TEMP_PATH_MAX];

/* The folders change places as soon as the one that was meant has been checked. */
static HRESULT check_then_swap(struct file_ops *ops, const char16_t *const *paths, size_t count, uint64_t *directories,
                               size_t *failed)
{
    (void)ops;
    HRESULT hr = file_ops_system()->check_targets(file_ops_system(), paths, count, directories, failed);
    if (!count)
        return hr;
    assert_true(MoveFileW(checked_folder, kept_folder));
    assert_true(MoveFileW(make_folder(L"another"), checked_folder));
    return hr;
}

static HRESULT add_by_name(const char16_t *name)
{
    struct file_spec spec = {.url = resource->url, .local_path = name, .declared_size = SIZE_UNKNOWN};
    return job_add_files(job, &spec, 1);
}

static HRESULT add_by_path(const char16_t *name)
{
    struct file_spec spec = {.file_id = u"later", .url = resource->url, .declared_size = SIZE_UNKNOWN};
    HRESULT hr = job_add_files(job, &spec, 1);
    return FAILED(hr) ? hr : job_file_set_local_path(job_file_at(job, 0), name);
}

static void assert_swap_is_noticed(HRESULT (*add)(const char16_t *name))
{
    char16_t name[TEMP_PATH_MAX];
    struct file_ops disk = *file_ops_system();
    disk.check_targets = check_then_swap;
    job_release(job);
    fixture_stop(&fx);
    fx.file_ops = &disk;
    fixture_start(&fx);
    job = fixture_job(&fx);
    (void)swprintf(checked_folder, TEMP_PATH_MAX, L"%ls", make_folder(L"checked"));
    (void)swprintf(name, TEMP_PATH_MAX, L"%ls\\file", checked_folder);
    fixture_path(&fx, L"kept", kept_folder);
    assert_int_equal(add(name), S_OK);
    assert_fails(HRESULT_OF_WIN32(ERROR_DIRECTORY));
    assert_true(RemoveDirectoryW(checked_folder)); /* it is empty */
    assert_true(RemoveDirectoryW(kept_folder));
    assert_int_equal(job_cancel(job), S_OK);
    job_release(job);
    fixture_stop(&fx);
    fx.file_ops = NULL;
    fixture_start(&fx);
    job = fixture_job(&fx);
}

static void a_directory_that_is_another_one_right_after_its_check_gets_nothing(void **context)
{
    (void)context;
    assert_swap_is_noticed(add_by_name);
    assert_swap_is_noticed(add_by_path);
}

static void a_directory_that_is_another_one_when_files_are_delivered_gets_nothing(void **context)
{
    (void)context;
    char16_t checked[TEMP_PATH_MAX], kept[TEMP_PATH_MAX], name[TEMP_PATH_MAX];
    (void)swprintf(checked, TEMP_PATH_MAX, L"%ls", make_folder(L"checked"));
    (void)swprintf(name, TEMP_PATH_MAX, L"%ls\\file", checked);
    fixture_path(&fx, L"kept", kept);
    struct file_spec spec = {.url = resource->url, .local_path = name, .declared_size = SIZE_UNKNOWN};
    assert_int_equal(job_add_files(job, &spec, 1), S_OK);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_true(MoveFileW(checked, kept));
    assert_true(MoveFileW(make_folder(L"another"), checked));
    assert_int_equal(job_complete(job), HRESULT_OF_WIN32(ERROR_DIRECTORY));
    assert_int_equal(job_state(job), JOB_TRANSFERRED);
    assert_true(RemoveDirectoryW(checked)); /* it is empty */
    assert_true(MoveFileW(kept, checked));
    assert_int_equal(job_complete(job), S_OK);
    fixture_assert_file(&fx, u"checked\\file", 7, SIZE);
}

static void transfer_all(void)
{
    fixture_add(&fx, job, resource, u"file");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
}

/* Complete says so, and the job is not left in a state in which nothing helps. */
static void assert_complete_misses_the_file(HRESULT code)
{
    struct job_error error;
    assert_int_equal(job_complete(job), code);
    assert_int_equal(job_state(job), JOB_ERROR);
    assert_true(job_error(job, &error));
    assert_int_equal(error.code, code);
    assert_int_equal(error.context, JOB_ERROR_CONTEXT_LOCAL_FILE);
    assert_int_equal(error.file, 0);
    assert_int_equal(job_progress(job).bytes_transferred, 0);
    assert_int_equal(job_progress(job).files_transferred, 0);
    assert_false(temp_file_exists(target));
}

static void a_transferred_file_that_was_deleted_is_fetched_again(void **context)
{
    (void)context;
    transfer_all();
    assert_int_equal(job_file_set_valid(job_file_at(job, 0), true), S_OK);
    assert_true(DeleteFileW(temporary));
    assert_complete_misses_the_file(HRESULT_OF_WIN32(ERROR_FILE_NOT_FOUND));
    assert_false(job_file_is_valid(job_file_at(job, 0))); /* nobody has seen what will come */
    reopen();                                             /* the next host knows, too */
    assert_false(job_file_is_valid(job_file_at(job, 0)));
    assert_int_equal(job_state(job), JOB_ERROR);
    assert_starts_again();
}

static void a_transferred_file_that_was_cut_is_fetched_again(void **context)
{
    (void)context;
    transfer_all();
    temp_file_write(temporary, "short", 5);
    assert_complete_misses_the_file(HRESULT_OF_WIN32(ERROR_FILE_INVALID));
    assert_starts_again();
}

/* One of the right length. */
static void a_file_that_took_the_transferred_ones_place_is_not_delivered(void **context)
{
    (void)context;
    char *garbage = calloc(1, SIZE);
    size_t size;
    transfer_all();
    temp_file_write(aside, garbage, SIZE);
    free(garbage);
    assert_true(MoveFileExW(aside, temporary, MOVEFILE_REPLACE_EXISTING));
    assert_complete_misses_the_file(HRESULT_OF_WIN32(ERROR_FILE_EXISTS));
    assert_fails(HRESULT_OF_WIN32(ERROR_FILE_EXISTS));
    free(temp_file_read(temporary, &size));
    assert_int_equal(size, SIZE);
    assert_true(DeleteFileW(temporary));
    assert_starts_again();
}

/* The others are as before: those that are out stay so, those that are not are not dropped. */
static void a_lost_file_costs_no_other_its_bytes(void **context)
{
    (void)context;
    uint8_t id[16];
    fixture_add(&fx, job, memory_http_add(&fx.http, u"first", 1000, 8), u"first");
    fixture_add(&fx, job, memory_http_add(&fx.http, u"lost", 1000, 9), u"lost");
    fixture_add(&fx, job, memory_http_add(&fx.http, u"last", 1000, 10), u"last");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    job_id(job, id);
    fixture_temporary_path(&fx, u"lost", id, 1, temporary);
    assert_true(DeleteFileW(temporary));
    assert_int_equal(job_complete(job), HRESULT_OF_WIN32(ERROR_FILE_NOT_FOUND));
    assert_true(job_file_progress(job_file_at(job, 0)).is_delivered);
    assert_int_equal(job_progress(job).bytes_transferred, 2000);
    assert_int_equal(job_progress(job).files_transferred, 2);
    size_t before = fx.http.request_count;
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(fx.http.request_count, before + 1);
    assert_int_equal(job_complete(job), S_OK);
    fixture_assert_file(&fx, u"first", 8, 1000);
    fixture_assert_file(&fx, u"lost", 9, 1000);
    fixture_assert_file(&fx, u"last", 10, 1000);
}

static void a_target_that_another_program_holds_is_delivered_later(void **context)
{
    (void)context;
    temp_file_write(target, "old", 3);
    transfer_all();
    HANDLE held = CreateFileW(target, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    assert_true(held != INVALID_HANDLE_VALUE);
    HRESULT hr = job_complete(job);
    if (hr != E_ACCESSDENIED && hr != HRESULT_OF_WIN32(ERROR_SHARING_VIOLATION))
        fail_msg("0x%08lX", (unsigned long)hr);
    assert_int_equal(job_state(job), JOB_TRANSFERRED);
    char *old = temp_file_read(target, NULL);
    assert_string_equal(old, "old");
    free(old);
    CloseHandle(held);
    assert_int_equal(job_complete(job), S_OK);
    fixture_assert_file(&fx, u"file", 7, SIZE);
}

static void a_directory_in_the_place_of_the_target_is_not_replaced(void **context)
{
    (void)context;
    transfer_all();
    assert_true(CreateDirectoryW(target, NULL));
    assert_true(FAILED(job_complete(job)));
    assert_int_equal(job_state(job), JOB_TRANSFERRED);
    assert_true(RemoveDirectoryW(target));
    assert_int_equal(job_complete(job), S_OK);
    fixture_assert_file(&fx, u"file", 7, SIZE);
}

static void a_temporary_file_that_is_held_is_swept_by_the_next_host(void **context)
{
    (void)context;
    suspend_in_the_middle();
    HANDLE held =
        CreateFileW(temporary, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    assert_true(held != INVALID_HANDLE_VALUE);
    assert_int_equal(job_cancel(job), BG_S_UNABLE_TO_DELETE_FILES);
    CloseHandle(held);
    assert_int_equal(fixture_temporary_files(&fx), 1);
    job_release(job);
    fixture_reopen(&fx);
    assert_int_equal(fixture_temporary_files(&fx), 0);
    job = fixture_job(&fx);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
    const struct CMUnitTest tests[] = {
        TEST(a_temporary_file_that_was_deleted_is_missed),
        TEST(a_temporary_file_that_was_cut_is_not_continued),
        TEST(a_file_that_took_the_temporary_ones_place_is_neither_continued_nor_deleted),
        TEST(a_job_whose_temporary_file_was_replaced_goes_on_when_its_name_is_free),
        TEST(what_a_resumed_job_has_made_is_known_to_the_next_host),
        TEST(cancel_deletes_no_file_that_took_the_temporary_ones_place),
        TEST(a_file_that_starts_again_deletes_no_file_that_took_the_temporary_ones_place),
        TEST(cancel_deletes_no_file_that_the_job_did_not_make),
        TEST(a_retry_overwrites_no_file_that_the_job_did_not_make),
        TEST(a_link_in_the_place_of_the_temporary_file_leads_nowhere),
        TEST(a_directory_that_went_is_an_error_until_it_is_back),
        TEST(a_part_whose_folder_went_goes_on_when_it_is_back),
        TEST(the_next_host_goes_on_with_it_too),
        TEST(a_part_goes_on_when_its_own_folder_takes_the_place_of_another),
        TEST(a_part_that_went_with_its_folder_is_fetched_again),
        TEST(a_file_that_is_deleted_after_its_folder_came_back_is_missed),
        TEST(a_stranger_in_a_folder_that_is_back_is_not_continued),
        TEST(a_directory_that_is_another_one_gets_nothing),
        TEST(a_directory_that_is_another_one_right_after_its_check_gets_nothing),
        TEST(a_directory_that_is_another_one_when_files_are_delivered_gets_nothing),
        TEST(a_transferred_file_that_was_deleted_is_fetched_again),
        TEST(a_transferred_file_that_was_cut_is_fetched_again),
        TEST(a_file_that_took_the_transferred_ones_place_is_not_delivered),
        TEST(a_lost_file_costs_no_other_its_bytes),
        TEST(a_target_that_another_program_holds_is_delivered_later),
        TEST(a_directory_in_the_place_of_the_target_is_not_replaced),
        TEST(a_temporary_file_that_is_held_is_swept_by_the_next_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
