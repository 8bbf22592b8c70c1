/* IBackgroundCopyJob through COM: files, the life of a job from its first file to its end, and what is left when it is dead. */
#include "test_environment.h"

#include <stdlib.h>
#include <wchar.h>

static size_t file_count(IBackgroundCopyJob *job)
{
    BG_JOB_PROGRESS progress = {0};
    assert_hr(IBackgroundCopyJob_GetProgress(job, &progress), S_OK);
    return progress.FilesTotal;
}

static void assert_file(IBackgroundCopyJob *job, ULONG number, const WCHAR *url, const WCHAR *path)
{
    IBackgroundCopyFile *file = env_file(job, number);
    WCHAR *text;
    assert_hr(IBackgroundCopyFile_GetRemoteName(file, &text), S_OK);
    assert_text(text, url);
    assert_hr(IBackgroundCopyFile_GetLocalName(file, &text), S_OK);
    assert_text(text, path);
    assert_int_equal(IBackgroundCopyFile_Release(file), 0);
}

/* ---- Files ---- */

static void files_are_listed_as_they_were_added(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job(manager);
    WCHAR first[TEMP_PATH_MAX], second[TEMP_PATH_MAX];
    temp_dir_path(&env.dir, L"first", first);
    temp_dir_path(&env.dir, L"second", second);
    BG_FILE_INFO set[2] = {{(WCHAR[]){L"http://test/1"}, first}, {(WCHAR[]){L"https://test/2?q=1"}, second}};
    assert_hr(IBackgroundCopyJob_AddFileSet(job, 2, set), S_OK);
    assert_hr(IBackgroundCopyJob_AddFile(job, L"http://test/1", env_path(L"third")), S_OK);
    assert_int_equal(file_count(job), 3);
    assert_file(job, 0, L"http://test/1", first);
    assert_file(job, 1, L"https://test/2?q=1", second);
    assert_file(job, 2, L"http://test/1", env_path(L"third"));
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

static void a_file_set_is_all_or_nothing(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job(manager);
    WCHAR path[TEMP_PATH_MAX];
    temp_dir_path(&env.dir, L"a", path);
    BG_FILE_INFO set[2] = {{(WCHAR[]){L"http://test/1"}, path}, {(WCHAR[]){L"ftp://test/2"}, (WCHAR[]){L"C:\\b"}}};
    assert_hr(IBackgroundCopyJob_AddFileSet(job, 2, set), E_INVALIDARG);
    assert_int_equal(file_count(job), 0);
    set[1].RemoteName = NULL;
    assert_hr(IBackgroundCopyJob_AddFileSet(job, 2, set), E_INVALIDARG);
    assert_int_equal(file_count(job), 0);
    assert_hr(IBackgroundCopyJob_AddFileSet(job, 1, set), S_OK); /* the name is free */
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

static void names_that_are_not_fit_are_refused(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job(manager);
    static const WCHAR *const bad_urls[] = {L"file:///c:/a", L"test/a", L"http://", L"\\\\server\\share\\a"};
    static const WCHAR *const bad_names[] = {L"a", L"C:a", L"\\a", L"C:\\..\\a", L"C:\\NUL", L"C:\\a:b", L"C:\\a*"};
    for (size_t i = 0; i < sizeof(bad_urls) / sizeof(bad_urls[0]); i++)
        assert_hr(IBackgroundCopyJob_AddFile(job, bad_urls[i], env_path(L"a")), E_INVALIDARG);
    for (size_t i = 0; i < sizeof(bad_names) / sizeof(bad_names[0]); i++)
        assert_hr(IBackgroundCopyJob_AddFile(job, L"http://test/a", bad_names[i]), E_INVALIDARG);
    assert_hr(IBackgroundCopyJob_AddFile(job, L"http://test/a", env_path(L"no\\such\\directory")),
              HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND));
    assert_int_equal(file_count(job), 0);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

static void a_file_enumerator_is_a_snapshot(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job_with_file(manager);
    IEnumBackgroundCopyFiles *files = NULL;
    IBackgroundCopyFile *file = NULL;
    WCHAR *text;
    ULONG count;
    assert_hr(IBackgroundCopyJob_EnumFiles(job, &files), S_OK);
    assert_hr(IBackgroundCopyJob_AddFile(job, L"http://test/b", env_path(L"b")), S_OK);
    assert_hr(IEnumBackgroundCopyFiles_GetCount(files, &count), S_OK);
    assert_int_equal(count, 1);
    /* A file is there as long as anybody holds it, and the enumerator likewise. */
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
    assert_hr(IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL), S_OK);
    assert_int_equal(IEnumBackgroundCopyFiles_Release(files), 0);
    assert_hr(IBackgroundCopyFile_GetRemoteName(file, &text), S_OK);
    assert_text(text, L"http://test/a");
    assert_int_equal(IBackgroundCopyFile_Release(file), 0);
}

/* ---- Ranges ---- */

static void ranges_come_back_in_the_callers_order(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job(manager);
    IBackgroundCopyJob3 *job3 = NULL;
    BG_FILE_RANGE ranges[] = {{100, 100}, {900, 100}, {400, 100}, {0, 1}}, *back = NULL;
    DWORD count = 0;
    assert_hr(IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob3, (void **)&job3), S_OK);
    assert_hr(IBackgroundCopyJob3_AddFileWithRanges(job3, L"http://test/a", env_path(L"a"), 4, ranges), S_OK);
    IBackgroundCopyJob3_Release(job3);
    IBackgroundCopyFile *file = env_file(job, 0);
    IBackgroundCopyFile2 *file2 = NULL;
    assert_hr(IBackgroundCopyFile_QueryInterface(file, &IID_IBackgroundCopyFile2, (void **)&file2), S_OK);
    assert_hr(IBackgroundCopyFile2_GetFileRanges(file2, &count, &back), S_OK);
    assert_int_equal(count, 4);
    assert_memory_equal(back, ranges, sizeof(ranges));
    CoTaskMemFree(back);
    IBackgroundCopyFile2_Release(file2);
    IBackgroundCopyFile_Release(file);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

static void a_whole_file_has_no_ranges(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job_with_file(manager);
    IBackgroundCopyFile *file = env_file(job, 0);
    IBackgroundCopyFile2 *file2 = NULL;
    BG_FILE_RANGE *ranges = (BG_FILE_RANGE *)job;
    DWORD count = 99;
    assert_hr(IBackgroundCopyFile_QueryInterface(file, &IID_IBackgroundCopyFile2, (void **)&file2), S_OK);
    assert_hr(IBackgroundCopyFile2_GetFileRanges(file2, &count, &ranges), S_FALSE);
    assert_int_equal(count, 0);
    assert_null(ranges);
    IBackgroundCopyFile2_Release(file2);
    IBackgroundCopyFile_Release(file);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

static void bad_ranges_have_their_own_codes(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job(manager);
    IDeliveryOptimizationJob *delivery = NULL;
    BG_FILE_RANGE overlapping[] = {{0, 10}, {9, 10}};
    BG_FILE_RANGE empty[] = {{5, 0}};
    assert_hr(IBackgroundCopyJob_QueryInterface(job, &IID_IDeliveryOptimizationJob, (void **)&delivery), S_OK);
    assert_hr(IDeliveryOptimizationJob_AddFileWithRanges(delivery, L"id", L"http://test/a", env_path(L"a"), 2,
                                                         overlapping, DO_UNKNOWN_FILE_SIZE),
              DO_E_OVERLAPPING_RANGES);
    assert_hr(IDeliveryOptimizationJob_AddFileWithRanges(delivery, L"id", L"http://test/a", env_path(L"a"), 1, empty,
                                                         DO_UNKNOWN_FILE_SIZE),
              DO_E_INVALID_RANGE);
    assert_int_equal(file_count(job), 0);
    IDeliveryOptimizationJob_Release(delivery);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

static void a_file_id_is_unique_in_its_job(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job(manager);
    IDeliveryOptimizationJob *delivery = NULL;
    assert_hr(IBackgroundCopyJob_QueryInterface(job, &IID_IDeliveryOptimizationJob, (void **)&delivery), S_OK);
    assert_hr(IDeliveryOptimizationJob_AddFileWithRanges(delivery, L"id", L"http://test/a", env_path(L"a"), 0, NULL,
                                                         DO_UNKNOWN_FILE_SIZE),
              S_OK);
    assert_hr(IDeliveryOptimizationJob_AddFileWithRanges(delivery, L"id", L"http://test/b", env_path(L"b"), 0, NULL,
                                                         DO_UNKNOWN_FILE_SIZE),
              E_INVALIDARG);
    assert_int_equal(file_count(job), 1);
    IDeliveryOptimizationJob_Release(delivery);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

static void wanted_ranges_make_one_file_after_another(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job(manager);
    IDeliveryOptimizationJob *delivery = NULL;
    const struct memory_resource *resource = memory_http_add(&env.http, u"big", 1000, 7);
    BG_FILE_RANGE ranges[] = {{100, 100}, {900, 100}, {400, 100}};
    BG_JOB_PROGRESS progress;
    size_t size = 0;
    assert_hr(IBackgroundCopyJob_QueryInterface(job, &IID_IDeliveryOptimizationJob, (void **)&delivery), S_OK);
    assert_hr(
        IDeliveryOptimizationJob_AddFileWithRanges(delivery, L"id", resource->url, env_path(L"cut"), 3, ranges, 1000),
        S_OK);
    IDeliveryOptimizationJob_Release(delivery);
    assert_hr(IBackgroundCopyJob_GetProgress(job, &progress), S_OK);
    assert_int_equal(progress.BytesTotal, 300); /* ranges count as their sum */
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_await_state(job, BG_JOB_STATE_TRANSFERRED);
    assert_hr(IBackgroundCopyJob_Complete(job), S_OK);
    char *bytes = temp_file_read(env_path(L"cut"), &size);
    assert_int_equal(size, 300);
    for (size_t i = 0; i < size; i++)
        assert_int_equal((uint8_t)bytes[i], memory_http_byte(7, ranges[i / 100].InitialOffset + i % 100));
    free(bytes);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

/* ---- From Resume to Complete ---- */

static void an_empty_job_cannot_be_resumed(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job(manager);
    assert_hr(IBackgroundCopyJob_Resume(job), DO_E_JOB_EMPTY);
    assert_int_equal(env_state(job), BG_JOB_STATE_SUSPENDED);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

static void assert_file_progress(IBackgroundCopyJob *job, UINT64 total, UINT64 transferred, BOOL is_completed)
{
    IBackgroundCopyFile *file = env_file(job, 0);
    BG_FILE_PROGRESS progress;
    assert_hr(IBackgroundCopyFile_GetProgress(file, &progress), S_OK);
    assert_int_equal(progress.BytesTotal, total);
    assert_int_equal(progress.BytesTransferred, transferred);
    assert_int_equal(progress.Completed, is_completed);
    IBackgroundCopyFile_Release(file);
}

static void a_file_is_delivered_by_complete_and_not_before(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job_with_file(manager);
    BG_JOB_PROGRESS progress;
    BG_JOB_TIMES times;
    assert_hr(IBackgroundCopyJob_GetProgress(job, &progress), S_OK);
    assert_true(progress.BytesTotal == BG_SIZE_UNKNOWN);
    assert_file_progress(job, DO_UNKNOWN_FILE_SIZE, 0, FALSE);
    fake_clock_advance(&env.clock, 5000);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_await_state(job, BG_JOB_STATE_TRANSFERRED);
    assert_hr(IBackgroundCopyJob_GetProgress(job, &progress), S_OK);
    assert_int_equal(progress.BytesTotal, 1000);
    assert_int_equal(progress.BytesTransferred, 1000);
    assert_int_equal(progress.FilesTotal, 1);
    assert_int_equal(progress.FilesTransferred, 1);
    assert_file_progress(job, 1000, 1000, FALSE);
    assert_false(temp_file_exists(env_path(L"a")));
    assert_hr(IBackgroundCopyJob_GetTimes(job, &times), S_OK);
    const UINT64 now = FAKE_CLOCK_START_UTC + 5000u * 10000u;
    assert_int_equal(times.TransferCompletionTime.dwLowDateTime, (DWORD)now);
    assert_int_equal(times.TransferCompletionTime.dwHighDateTime, (DWORD)(now >> 32));

    assert_hr(IBackgroundCopyJob_Complete(job), S_OK);
    assert_int_equal(env_state(job), BG_JOB_STATE_ACKNOWLEDGED);
    env_assert_file(L"a", &env.http.resources[0]);
    assert_file_progress(job, 1000, 1000, TRUE);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

static void suspend_and_resume_go_on_where_they_were(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job(manager);
    struct memory_resource *resource = memory_http_add(&env.http, u"gated", 300000, 3);
    resource->gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    resource->gate_at = 100;
    env_add(job, resource, L"gated");
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_await_state(job, BG_JOB_STATE_TRANSFERRING);
    assert_hr(IBackgroundCopyJob_Suspend(job), S_OK);
    assert_int_equal(env_state(job), BG_JOB_STATE_SUSPENDED); /* at once, though the network stands still */
    SetEvent(resource->gate);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_await_state(job, BG_JOB_STATE_TRANSFERRED);
    assert_hr(IBackgroundCopyJob_Complete(job), S_OK);
    env_assert_file(L"gated", resource);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
    env_stop();
    CloseHandle(resource->gate);
}

static void complete_in_the_middle_is_partial(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job_with_file(manager);
    assert_hr(IBackgroundCopyJob_Complete(job), BG_S_PARTIAL_COMPLETE);
    assert_int_equal(env_state(job), BG_JOB_STATE_ACKNOWLEDGED);
    assert_false(temp_file_exists(env_path(L"a")));
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

/* ---- Dead jobs ---- */

static void assert_dead(IBackgroundCopyManager *manager, IBackgroundCopyJob *job, BG_JOB_STATE state)
{
    IBackgroundCopyJob3 *job3 = NULL;
    IDeliveryOptimizationJob *delivery = NULL;
    IBackgroundCopyJob *again = job;
    IEnumBackgroundCopyFiles *files = NULL;
    WCHAR path[TEMP_PATH_MAX], *text;
    BG_FILE_RANGE range = {0, 10};
    BG_JOB_PROGRESS progress;
    BG_JOB_TIMES times;
    ULONG count;
    GUID id;
    temp_dir_path(&env.dir, L"late", path);
    BG_FILE_INFO info = {(WCHAR[]){L"http://test/late"}, path};
    assert_hr(IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob3, (void **)&job3), S_OK);
    assert_hr(IBackgroundCopyJob_QueryInterface(job, &IID_IDeliveryOptimizationJob, (void **)&delivery), S_OK);
    assert_hr(IBackgroundCopyJob_AddFileSet(job, 1, &info), DO_E_INVALID_STATE);
    assert_hr(IBackgroundCopyJob_AddFile(job, L"http://test/late", path), DO_E_INVALID_STATE);
    assert_hr(IBackgroundCopyJob3_AddFileWithRanges(job3, L"http://test/late", path, 1, &range), DO_E_INVALID_STATE);
    assert_hr(IDeliveryOptimizationJob_AddFileWithRanges(delivery, L"id", L"http://test/late", path, 0, NULL, 10),
              DO_E_INVALID_STATE);
    assert_hr(IBackgroundCopyJob_Suspend(job), DO_E_INVALID_STATE);
    assert_hr(IBackgroundCopyJob_Resume(job), DO_E_INVALID_STATE);
    assert_hr(IBackgroundCopyJob_Cancel(job), DO_E_INVALID_STATE);
    assert_hr(IBackgroundCopyJob_Complete(job), DO_E_INVALID_STATE);
    assert_hr(IBackgroundCopyJob_SetNotifyFlags(job, 1), DO_E_INVALID_STATE);
    assert_hr(IBackgroundCopyJob_SetNotifyInterface(job, NULL), DO_E_INVALID_STATE);
    IDeliveryOptimizationJob_Release(delivery);
    IBackgroundCopyJob3_Release(job3);

    assert_int_equal(env_state(job), state);
    assert_hr(IBackgroundCopyJob_GetId(job, &id), S_OK);
    assert_hr(IBackgroundCopyJob_GetDisplayName(job, &text), S_OK);
    assert_text(text, L"test");
    assert_hr(IBackgroundCopyJob_GetProgress(job, &progress), S_OK);
    assert_int_equal(progress.FilesTotal, 1);
    assert_hr(IBackgroundCopyJob_GetTimes(job, &times), S_OK);
    assert_hr(IBackgroundCopyJob_EnumFiles(job, &files), S_OK);
    assert_hr(IEnumBackgroundCopyFiles_GetCount(files, &count), S_OK);
    assert_int_equal(count, 1);
    IEnumBackgroundCopyFiles_Release(files);
    assert_file(job, 0, L"http://test/a", env_path(L"a"));
    assert_hr(IBackgroundCopyManager_GetJob(manager, &id, &again), DO_E_JOB_NOT_FOUND);
    assert_null(again);
}

static void a_cancelled_job_only_answers_questions(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job_with_file(manager);
    assert_hr(IBackgroundCopyJob_Cancel(job), S_OK);
    assert_dead(manager, job, BG_JOB_STATE_CANCELLED);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

static void a_completed_job_only_answers_questions(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job_with_file(manager);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_await_state(job, BG_JOB_STATE_TRANSFERRED);
    assert_hr(IBackgroundCopyJob_Complete(job), S_OK);
    assert_dead(manager, job, BG_JOB_STATE_ACKNOWLEDGED);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

/* ---- Flags ---- */

static void notify_flags_are_kept_and_checked(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job(manager);
    ULONG flags = 0;
    assert_hr(IBackgroundCopyJob_SetNotifyFlags(job, 0x3F), S_OK);
    assert_hr(IBackgroundCopyJob_GetNotifyFlags(job, &flags), S_OK);
    assert_int_equal(flags, 0x3F);
    assert_hr(IBackgroundCopyJob_SetNotifyFlags(job, 0x40), E_NOTIMPL);
    assert_hr(IBackgroundCopyJob_GetNotifyFlags(job, &flags), S_OK);
    assert_int_equal(flags, 0x3F);
    assert_hr(IBackgroundCopyJob_SetNotifyFlags(job, 0), S_OK);
    assert_hr(IBackgroundCopyJob_GetNotifyFlags(job, &flags), S_OK);
    assert_int_equal(flags, 0);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_TEST(files_are_listed_as_they_were_added),
        ENV_TEST(a_file_set_is_all_or_nothing),
        ENV_TEST(names_that_are_not_fit_are_refused),
        ENV_TEST(a_file_enumerator_is_a_snapshot),
        ENV_TEST(ranges_come_back_in_the_callers_order),
        ENV_TEST(a_whole_file_has_no_ranges),
        ENV_TEST(bad_ranges_have_their_own_codes),
        ENV_TEST(a_file_id_is_unique_in_its_job),
        ENV_TEST(wanted_ranges_make_one_file_after_another),
        ENV_TEST(an_empty_job_cannot_be_resumed),
        ENV_TEST(a_file_is_delivered_by_complete_and_not_before),
        ENV_TEST(suspend_and_resume_go_on_where_they_were),
        ENV_TEST(complete_in_the_middle_is_partial),
        ENV_TEST(a_cancelled_job_only_answers_questions),
        ENV_TEST(a_completed_job_only_answers_questions),
        ENV_TEST(notify_flags_are_kept_and_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
