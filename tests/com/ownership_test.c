/* Two users and an administrator at one queue: whose jobs are seen, used and taken by whom. */
#include "one_job.h"

#include <stdio.h>
#include <string.h>

#define OWNER   L"S-1-5-21-1-2-3-1000" /* as the environment has it */
#define ANOTHER L"S-1-5-21-1-2-3-1001"

static void become(const WCHAR *sid, bool is_administrator)
{
    memset(&env.caller, 0, sizeof(env.caller));
    (void)swprintf(env.caller.sid, ARRAYSIZE(env.caller.sid), L"%ls", sid);
    env.caller.is_administrator = is_administrator;
    env.caller.integrity_level = 0x2000;
}

static void assert_owner(const WCHAR *sid)
{
    WCHAR *text;
    assert_hr(IBackgroundCopyJob_GetOwner(one.job, &text), S_OK);
    assert_text(text, sid);
}

static void another_users_job_is_found_by_administrators_alone(void **state)
{
    (void)state;
    IBackgroundCopyJob *job = (IBackgroundCopyJob *)&one;
    become(ANOTHER, false);
    assert_hr(IBackgroundCopyManager_GetJob(one.manager, &one.id, &job), E_ACCESSDENIED);
    assert_null(job);
    become(ANOTHER, true);
    assert_hr(IBackgroundCopyManager_GetJob(one.manager, &one.id, &job), S_OK);
    IBackgroundCopyJob_Release(job);
    become(OWNER, false);
    assert_hr(IBackgroundCopyManager_GetJob(one.manager, &one.id, &job), S_OK);
    IBackgroundCopyJob_Release(job);
}

static ULONG count_jobs(DWORD flags)
{
    IEnumBackgroundCopyJobs *jobs;
    ULONG count;
    assert_hr(IBackgroundCopyManager_EnumJobs(one.manager, flags, &jobs), S_OK);
    assert_hr(IEnumBackgroundCopyJobs_GetCount(jobs, &count), S_OK);
    IEnumBackgroundCopyJobs_Release(jobs);
    return count;
}

static void everyones_jobs_are_listed_for_administrators_alone(void **state)
{
    (void)state;
    IEnumBackgroundCopyJobs *jobs;
    become(ANOTHER, false);
    IBackgroundCopyJob *job = env_job(one.manager);
    assert_int_equal(count_jobs(0), 1);
    assert_hr(IBackgroundCopyManager_EnumJobs(one.manager, BG_JOB_ENUM_ALL_USERS, &jobs), E_ACCESSDENIED);
    assert_null(jobs);
    become(ANOTHER, true);
    assert_int_equal(count_jobs(0), 1);
    assert_int_equal(count_jobs(BG_JOB_ENUM_ALL_USERS), 2);
    become(L"S-1-5-18", true);
    assert_int_equal(count_jobs(0), 0);
    IBackgroundCopyJob_Release(job);
}

static void a_job_is_taken_by_administrators_and_its_owner_alone(void **state)
{
    (void)state;
    ULONG level;
    BOOL is_elevated = TRUE;
    become(ANOTHER, false);
    assert_hr(IBackgroundCopyJob_TakeOwnership(one.job), E_ACCESSDENIED);
    assert_owner(OWNER);
    become(ANOTHER, true);
    assert_hr(IBackgroundCopyJob_TakeOwnership(one.job), S_OK);
    assert_owner(ANOTHER);
    assert_hr(IBackgroundCopyJob5_GetOwnerIntegrityLevel(one.job5, &level), S_OK);
    assert_int_equal(level, 0x2000); /* the former owner's was 0x3000 */
    assert_hr(IBackgroundCopyJob5_GetOwnerElevationState(one.job5, &is_elevated), S_OK);
    assert_false(is_elevated);
    become(ANOTHER, false);
    assert_hr(IBackgroundCopyJob_TakeOwnership(one.job), S_OK);
    one_job_change_hosts();
    assert_owner(ANOTHER);
    become(OWNER, false);
    IBackgroundCopyJob *job;
    assert_hr(IBackgroundCopyManager_GetJob(one.manager, &one.id, &job), E_ACCESSDENIED);
    assert_int_equal(count_jobs(0), 0);
}

static void what_spoke_for_the_former_owner_is_dropped(void **state)
{
    (void)state;
    BG_AUTH_CREDENTIALS credentials = {BG_AUTH_TARGET_PROXY, BG_AUTH_SCHEME_BASIC, {{(WCHAR *)L"u", (WCHAR *)L"p"}}};
    BYTE hash[20] = {0}, *got_hash;
    WCHAR *text, *more;
    BG_CERT_STORE_LOCATION location;
    ULONG number;
    assert_hr(IBackgroundCopyJob5_SetCredentials(one.job5, &credentials), S_OK);
    assert_hr(IBackgroundCopyJob5_SetNotifyCmdLine(one.job5, L"C:\\a.exe", L"/x"), S_OK);
    assert_hr(IBackgroundCopyJobHttpOptions_SetCustomHeaders(one.http, L"X: y"), S_OK);
    assert_hr(IBackgroundCopyJobHttpOptions_SetClientCertificateByID(one.http, BG_CERT_STORE_LOCATION_CURRENT_USER,
                                                                     L"MY", hash),
              S_OK);
    assert_hr(IBackgroundCopyJob_SetMinimumRetryDelay(one.job, 60), S_OK);
    become(ANOTHER, true);
    assert_hr(IBackgroundCopyJob_TakeOwnership(one.job), S_OK);
    assert_hr(IBackgroundCopyJob5_RemoveCredentials(one.job5, BG_AUTH_TARGET_PROXY, BG_AUTH_SCHEME_BASIC), S_FALSE);
    assert_hr(IBackgroundCopyJob5_GetNotifyCmdLine(one.job5, &text, &more), S_OK);
    assert_text(text, L"");
    assert_text(more, L"");
    assert_hr(IBackgroundCopyJobHttpOptions_GetCustomHeaders(one.http, &text), S_FALSE);
    assert_hr(IBackgroundCopyJobHttpOptions_GetClientCertificate(one.http, &location, &text, &got_hash, &more),
              S_FALSE);
    assert_hr(IBackgroundCopyJob_GetMinimumRetryDelay(one.job, &number), S_OK);
    assert_int_equal(number, 60); /* that stays */
}

/* Each with good arguments, through a pointer that an administrator can have. */
static void personal_settings_are_the_owners_alone(void **state)
{
    (void)state;
    BG_AUTH_CREDENTIALS credentials = {BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_NTLM, {{NULL, NULL}}};
    BYTE hash[20] = {0};
    for (int is_administrator = 0; is_administrator <= 1; is_administrator++) {
        become(ANOTHER, is_administrator);
        assert_hr(IBackgroundCopyJob5_SetCredentials(one.job5, &credentials), E_ACCESSDENIED);
        assert_hr(IBackgroundCopyJob5_RemoveCredentials(one.job5, BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_NTLM),
                  E_ACCESSDENIED);
        assert_hr(IBackgroundCopyJob5_SetNotifyCmdLine(one.job5, L"C:\\a.exe", NULL), E_ACCESSDENIED);
        assert_hr(IBackgroundCopyJobHttpOptions_SetCustomHeaders(one.http, L"X: y"), E_ACCESSDENIED);
        assert_hr(IBackgroundCopyJobHttpOptions_SetCustomHeaders(one.http, NULL), E_ACCESSDENIED);
        assert_hr(IBackgroundCopyJobHttpOptions_SetClientCertificateByID(one.http, BG_CERT_STORE_LOCATION_CURRENT_USER,
                                                                         L"MY", hash),
                  E_ACCESSDENIED);
        assert_hr(IBackgroundCopyJobHttpOptions_SetClientCertificateByName(
                      one.http, BG_CERT_STORE_LOCATION_CURRENT_USER, L"MY", L"x"),
                  E_ACCESSDENIED);
        assert_hr(IBackgroundCopyJobHttpOptions_RemoveClientCertificate(one.http), E_ACCESSDENIED);
        assert_hr(IBackgroundCopyJob_SetNotifyInterface(one.job, NULL), is_administrator ? S_OK : E_ACCESSDENIED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ONE_JOB_TEST(another_users_job_is_found_by_administrators_alone),
        ONE_JOB_TEST(everyones_jobs_are_listed_for_administrators_alone),
        ONE_JOB_TEST(a_job_is_taken_by_administrators_and_its_owner_alone),
        ONE_JOB_TEST(what_spoke_for_the_former_owner_is_dropped),
        ONE_JOB_TEST(personal_settings_are_the_owners_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
