/* IBackgroundCopyManager: making jobs, finding them, listing them, and whose they are. */
#include "test_environment.h"

#include <string.h>
#include <wchar.h>

static void be(const WCHAR *sid, bool is_administrator)
{
    wcscpy(env.caller.sid, sid);
    env.caller.is_administrator = is_administrator;
}

#define ALICE L"S-1-5-21-1-2-3-1001"
#define BOB   L"S-1-5-21-1-2-3-1002"

static IBackgroundCopyJob *create(IBackgroundCopyManager *manager, const WCHAR *name, GUID *id)
{
    IBackgroundCopyJob *job = NULL;
    assert_hr(IBackgroundCopyManager_CreateJob(manager, name, BG_JOB_TYPE_DOWNLOAD, id, &job), S_OK);
    return job;
}

static void a_new_job_is_suspended_and_empty(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    GUID id, same;
    IBackgroundCopyJob *job = create(manager, L"a name", &id);
    IBackgroundCopyManager_Release(manager);
    BG_JOB_TYPE type = BG_JOB_TYPE_UPLOAD;
    BG_JOB_PROGRESS progress = {1, 1, 1, 1};
    BG_JOB_TIMES times;
    WCHAR *name;
    ULONG flags;
    assert_int_equal(env_state(job), BG_JOB_STATE_SUSPENDED);
    assert_hr(IBackgroundCopyJob_GetId(job, &same), S_OK);
    assert_memory_equal(&same, &id, sizeof(id));
    assert_hr(IBackgroundCopyJob_GetType(job, &type), S_OK);
    assert_int_equal(type, BG_JOB_TYPE_DOWNLOAD);
    assert_hr(IBackgroundCopyJob_GetDisplayName(job, &name), S_OK);
    assert_text(name, L"a name");
    assert_hr(IBackgroundCopyJob_GetNotifyFlags(job, &flags), S_OK);
    assert_int_equal(flags, 3); /* JOB_TRANSFERRED, JOB_ERROR */
    assert_hr(IBackgroundCopyJob_GetProgress(job, &progress), S_OK);
    assert_int_equal(progress.BytesTotal, 0);
    assert_int_equal(progress.BytesTransferred, 0);
    assert_int_equal(progress.FilesTotal, 0);
    assert_int_equal(progress.FilesTransferred, 0);
    assert_hr(IBackgroundCopyJob_GetTimes(job, &times), S_OK);
    assert_int_equal(times.CreationTime.dwLowDateTime, (DWORD)FAKE_CLOCK_START_UTC);
    assert_int_equal(times.CreationTime.dwHighDateTime, (DWORD)(FAKE_CLOCK_START_UTC >> 32));
    assert_memory_equal(&times.ModificationTime, &times.CreationTime, sizeof(FILETIME));
    assert_int_equal(times.TransferCompletionTime.dwLowDateTime, 0);
    assert_int_equal(times.TransferCompletionTime.dwHighDateTime, 0);
    assert_int_equal(IBackgroundCopyJob_Release(job), 0); /* the client held the only reference */
}

static void a_name_has_up_to_256_characters(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job;
    WCHAR name[258], *back;
    GUID id;
    wmemset(name, L'n', 257);
    name[257] = 0;
    assert_hr(IBackgroundCopyManager_CreateJob(manager, name, BG_JOB_TYPE_DOWNLOAD, &id, &job), E_INVALIDARG);
    assert_null(job);
    name[256] = 0;
    job = create(manager, name, &id);
    assert_hr(IBackgroundCopyJob_GetDisplayName(job, &back), S_OK);
    assert_text(back, name);
    IBackgroundCopyJob_Release(job);
    job = create(manager, L"", &id);
    assert_hr(IBackgroundCopyJob_GetDisplayName(job, &back), S_OK);
    assert_text(back, L"");
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

static void uploads_do_not_exist(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = (IBackgroundCopyJob *)manager;
    GUID id;
    assert_hr(IBackgroundCopyManager_CreateJob(manager, L"n", BG_JOB_TYPE_UPLOAD, &id, &job), E_NOTIMPL);
    assert_null(job);
    assert_hr(IBackgroundCopyManager_CreateJob(manager, L"n", BG_JOB_TYPE_UPLOAD_REPLY, &id, &job), E_NOTIMPL);
    assert_hr(IBackgroundCopyManager_CreateJob(manager, L"n", (BG_JOB_TYPE)77, &id, &job), E_NOTIMPL);
    IBackgroundCopyManager_Release(manager);
}

static void each_pointer_is_a_handle_of_its_own_on_the_job(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    GUID id;
    IBackgroundCopyJob *first = create(manager, L"n", &id);
    IBackgroundCopyJob *second = NULL;
    ULONG flags;
    assert_hr(IBackgroundCopyManager_GetJob(manager, &id, &second), S_OK);
    assert_ptr_not_equal(first, second);
    assert_hr(IBackgroundCopyJob_SetNotifyFlags(first, BG_NOTIFY_JOB_ERROR), S_OK);
    assert_hr(IBackgroundCopyJob_GetNotifyFlags(second, &flags), S_OK);
    assert_int_equal(flags, BG_NOTIFY_JOB_ERROR);
    assert_int_equal(IBackgroundCopyJob_Release(first), 0);
    assert_int_equal(IBackgroundCopyJob_Release(second), 0);
    assert_hr(IBackgroundCopyManager_GetJob(manager, &id, &first), S_OK); /* no Release ends the job */
    assert_int_equal(IBackgroundCopyJob_Release(first), 0);
    IBackgroundCopyManager_Release(manager);
}

static void an_unknown_job_is_not_found(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    GUID id;
    IBackgroundCopyJob *job = create(manager, L"n", &id);
    IBackgroundCopyJob_Release(job);
    id.Data4[7] ^= 1;
    assert_hr(IBackgroundCopyManager_GetJob(manager, &id, &job), DO_E_JOB_NOT_FOUND);
    assert_null(job);
    IBackgroundCopyManager_Release(manager);
}

static void another_users_job_is_for_administrators(void **state)
{
    (void)state;
    be(ALICE, false);
    IBackgroundCopyManager *manager = env_manager();
    GUID id;
    IBackgroundCopyJob *job = create(manager, L"n", &id);
    IBackgroundCopyJob_Release(job);
    be(BOB, false);
    assert_hr(IBackgroundCopyManager_GetJob(manager, &id, &job), E_ACCESSDENIED);
    assert_null(job);
    be(BOB, true);
    assert_hr(IBackgroundCopyManager_GetJob(manager, &id, &job), S_OK);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

/* The names of the jobs in the enumerator's order, each followed by a space. */
static void assert_jobs(IBackgroundCopyManager *manager, DWORD flags, const WCHAR *expected)
{
    IEnumBackgroundCopyJobs *jobs = NULL;
    IBackgroundCopyJob *job;
    WCHAR names[64] = L"", *name;
    assert_hr(IBackgroundCopyManager_EnumJobs(manager, flags, &jobs), S_OK);
    while (IEnumBackgroundCopyJobs_Next(jobs, 1, &job, NULL) == S_OK) {
        assert_hr(IBackgroundCopyJob_GetDisplayName(job, &name), S_OK);
        wcscat(wcscat(names, name), L" ");
        CoTaskMemFree(name);
        IBackgroundCopyJob_Release(job);
    }
    IEnumBackgroundCopyJobs_Release(jobs);
    if (wcscmp(names, expected) != 0)
        fail_msg("\"%ls\" is not \"%ls\"", names, expected);
}

static void jobs_are_listed_in_order_of_creation(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    GUID id;
    assert_jobs(manager, 0, L"");
    IBackgroundCopyJob *a = create(manager, L"a", &id);
    IBackgroundCopyJob *b = create(manager, L"b", &id);
    IBackgroundCopyJob *c = create(manager, L"c", &id);
    assert_jobs(manager, 0, L"a b c ");
    assert_hr(IBackgroundCopyJob_Cancel(b), S_OK);
    assert_jobs(manager, 0, L"a c ");
    IBackgroundCopyJob_Release(a);
    IBackgroundCopyJob_Release(b);
    IBackgroundCopyJob_Release(c);
    IBackgroundCopyManager_Release(manager);
    env_stop();
    manager = env_manager();
    assert_jobs(manager, 0, L"a c "); /* durable, in the same order */
    IBackgroundCopyManager_Release(manager);
}

static void everyones_jobs_are_for_administrators(void **state)
{
    (void)state;
    be(ALICE, false);
    IBackgroundCopyManager *manager = env_manager();
    IEnumBackgroundCopyJobs *jobs = (IEnumBackgroundCopyJobs *)manager;
    GUID id;
    IBackgroundCopyJob *a = create(manager, L"alice", &id);
    be(BOB, false);
    IBackgroundCopyJob *b = create(manager, L"bob", &id);
    assert_jobs(manager, 0, L"bob ");
    assert_hr(IBackgroundCopyManager_EnumJobs(manager, BG_JOB_ENUM_ALL_USERS, &jobs), E_ACCESSDENIED);
    assert_null(jobs);
    be(BOB, true);
    assert_jobs(manager, 0, L"bob ");
    assert_jobs(manager, BG_JOB_ENUM_ALL_USERS, L"alice bob ");
    IBackgroundCopyJob_Release(a);
    IBackgroundCopyJob_Release(b);
    IBackgroundCopyManager_Release(manager);
}

static void other_flags_are_invalid(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IEnumBackgroundCopyJobs *jobs = (IEnumBackgroundCopyJobs *)manager;
    assert_hr(IBackgroundCopyManager_EnumJobs(manager, 2, &jobs), E_INVALIDARG);
    assert_null(jobs);
    assert_hr(IBackgroundCopyManager_EnumJobs(manager, 0x80000001, &jobs), E_INVALIDARG);
    IBackgroundCopyManager_Release(manager);
}

static void an_enumerator_is_a_snapshot(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IEnumBackgroundCopyJobs *jobs = NULL;
    GUID id;
    ULONG count;
    IBackgroundCopyJob *a = create(manager, L"a", &id);
    assert_hr(IBackgroundCopyManager_EnumJobs(manager, 0, &jobs), S_OK);
    IBackgroundCopyJob *b = create(manager, L"b", &id);
    assert_hr(IBackgroundCopyJob_Cancel(a), S_OK);
    IBackgroundCopyManager_Release(manager);
    assert_hr(IEnumBackgroundCopyJobs_GetCount(jobs, &count), S_OK);
    assert_int_equal(count, 1);
    IBackgroundCopyJob *listed = NULL;
    assert_hr(IEnumBackgroundCopyJobs_Next(jobs, 1, &listed, NULL), S_OK);
    assert_int_equal(env_state(listed), BG_JOB_STATE_CANCELLED);
    IBackgroundCopyJob_Release(listed);
    IEnumBackgroundCopyJobs_Release(jobs);
    IBackgroundCopyJob_Release(a);
    IBackgroundCopyJob_Release(b);
}

static void errors_have_descriptions(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    static const HRESULT codes[] = {DO_E_JOB_NOT_FOUND, BG_E_VALIDATION_FAILED, (HRESULT)0x80190194,
                                    (HRESULT)0x80072EE7, E_ACCESSDENIED};
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        WCHAR *text = NULL;
        assert_hr(IBackgroundCopyManager_GetErrorDescription(manager, codes[i], 0x409, &text), S_OK);
        assert_true(wcslen(text) > 5);
        CoTaskMemFree(text);
    }
    WCHAR *text = (WCHAR *)manager;
    assert_hr(IBackgroundCopyManager_GetErrorDescription(manager, (HRESULT)0x80D0FFF0, 0x409, &text),
              HRESULT_FROM_WIN32(ERROR_RESOURCE_LANG_NOT_FOUND));
    assert_null(text);
    IBackgroundCopyManager_Release(manager);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_TEST(a_new_job_is_suspended_and_empty),
        ENV_TEST(a_name_has_up_to_256_characters),
        ENV_TEST(uploads_do_not_exist),
        ENV_TEST(each_pointer_is_a_handle_of_its_own_on_the_job),
        ENV_TEST(an_unknown_job_is_not_found),
        ENV_TEST(another_users_job_is_for_administrators),
        ENV_TEST(jobs_are_listed_in_order_of_creation),
        ENV_TEST(everyones_jobs_are_for_administrators),
        ENV_TEST(other_flags_are_invalid),
        ENV_TEST(an_enumerator_is_a_snapshot),
        ENV_TEST(errors_have_descriptions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
