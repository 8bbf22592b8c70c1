/* IBackgroundCopyError: what it says, and about which moment. */
#include "test_environment.h"

#include <stdlib.h>
#include <wchar.h>

static IBackgroundCopyError *error_of(IBackgroundCopyJob *job)
{
    IBackgroundCopyError *error = NULL;
    assert_hr(IBackgroundCopyJob_GetError(job, &error), S_OK);
    return error;
}

static void assert_error(IBackgroundCopyError *error, BG_ERROR_CONTEXT expected_context, HRESULT expected_code)
{
    BG_ERROR_CONTEXT context = BG_ERROR_CONTEXT_UNKNOWN;
    HRESULT code = S_OK;
    assert_hr(IBackgroundCopyError_GetError(error, &context, &code), S_OK);
    assert_int_equal(context, expected_context);
    assert_hr(code, expected_code);
}

static void a_job_without_an_error_has_none_to_show(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job_with_file(manager);
    IBackgroundCopyError *error = (IBackgroundCopyError *)job;
    assert_hr(IBackgroundCopyJob_GetError(job, &error), DO_E_ERROR_INFORMATION_UNAVAILABLE);
    assert_null(error);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

static void an_http_error_is_the_remote_files(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_failed_job(manager);
    IBackgroundCopyError *error = error_of(job);
    IBackgroundCopyFile *file = NULL;
    WCHAR *text;
    assert_error(error, BG_ERROR_CONTEXT_REMOTE_FILE, (HRESULT)0x80190194);
    assert_hr(IBackgroundCopyError_GetFile(error, &file), S_OK);
    assert_hr(IBackgroundCopyFile_GetRemoteName(file, &text), S_OK);
    assert_text(text, L"http://test/gone");
    IBackgroundCopyFile_Release(file);
    assert_hr(IBackgroundCopyError_GetProtocol(error, &text), S_OK);
    assert_text(text, L"http");
    IBackgroundCopyError_Release(error);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

/* Of the URL that failed, not of the one that the file has now; a client may look at either later. */
static void the_protocol_is_that_of_the_failure(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_failed_job(manager);
    IBackgroundCopyError *before = error_of(job);
    IBackgroundCopyFile *first = env_file(job, 0);
    IBackgroundCopyFile2 *file = env_face(first, &IID_IBackgroundCopyFile2);
    struct memory_resource *secure = memory_http_add(&env.http, u"secure", 10, 1);
    WCHAR *text;
    (void)swprintf(secure->url, ARRAYSIZE(secure->url), L"https://test/secure");
    secure->status = 404;
    assert_hr(IBackgroundCopyFile2_SetRemoteName(file, secure->url), S_OK);
    IBackgroundCopyError *after = error_of(job);
    assert_hr(IBackgroundCopyError_GetProtocol(before, &text), S_OK);
    assert_text(text, L"http");
    assert_hr(IBackgroundCopyError_GetProtocol(after, &text), S_OK);
    assert_text(text, L"http");
    IBackgroundCopyError_Release(after);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_await_state(job, BG_JOB_STATE_ERROR);
    after = error_of(job);
    assert_hr(IBackgroundCopyError_GetProtocol(after, &text), S_OK);
    assert_text(text, L"https");
    assert_hr(IBackgroundCopyError_GetProtocol(before, &text), S_OK);
    assert_text(text, L"http");
    IBackgroundCopyError_Release(after);
    IBackgroundCopyError_Release(before);
    IBackgroundCopyFile_Release(first);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

static void a_lost_connection_is_the_networks(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job_with_file(manager);
    env.http.resources[0].failure = (HRESULT)0x80072EFD; /* cannot connect */
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_await_state(job, BG_JOB_STATE_TRANSIENT_ERROR);
    IBackgroundCopyError *error = error_of(job);
    assert_error(error, BG_ERROR_CONTEXT_GENERAL_TRANSPORT, (HRESULT)0x80072EFD);
    IBackgroundCopyError_Release(error);
    assert_hr(IBackgroundCopyJob_Cancel(job), S_OK);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

static void the_file_that_failed_is_the_one_that_is_named(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job(manager);
    struct memory_resource *good = memory_http_add(&env.http, u"good", 10, 1);
    struct memory_resource *bad = memory_http_add(&env.http, u"bad", 10, 2);
    IBackgroundCopyFile *file = NULL;
    WCHAR *text;
    bad->status = 403;
    env_add(job, good, L"good");
    env_add(job, bad, L"bad");
    env_add(job, good, L"again");
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_await_state(job, BG_JOB_STATE_ERROR);
    IBackgroundCopyError *error = error_of(job);
    assert_error(error, BG_ERROR_CONTEXT_REMOTE_FILE, (HRESULT)0x80190193);
    assert_hr(IBackgroundCopyError_GetFile(error, &file), S_OK);
    assert_hr(IBackgroundCopyFile_GetLocalName(file, &text), S_OK);
    assert_text(text, env_path(L"bad"));
    IBackgroundCopyFile_Release(file);
    IBackgroundCopyError_Release(error);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

static void an_error_object_outlives_the_jobs_error(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_failed_job(manager);
    IBackgroundCopyError *error = error_of(job), *later = NULL;
    env.http.resources[0].status = 0; /* the server has it now */
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_await_state(job, BG_JOB_STATE_TRANSFERRED);
    assert_hr(IBackgroundCopyJob_GetError(job, &later), DO_E_ERROR_INFORMATION_UNAVAILABLE);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
    assert_error(error, BG_ERROR_CONTEXT_REMOTE_FILE, (HRESULT)0x80190194);
    assert_int_equal(IBackgroundCopyError_Release(error), 0);
}

static void an_error_describes_itself(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_failed_job(manager);
    IBackgroundCopyError *error = error_of(job);
    WCHAR *text, *of_manager;
    assert_hr(IBackgroundCopyError_GetErrorDescription(error, 0x409, &text), S_OK);
    assert_hr(IBackgroundCopyManager_GetErrorDescription(manager, (HRESULT)0x80190194, 0x409, &of_manager), S_OK);
    assert_text(text, of_manager); /* the same words everywhere */
    assert_non_null(wcsstr(of_manager, L"404"));
    CoTaskMemFree(of_manager);
    assert_hr(IBackgroundCopyError_GetErrorContextDescription(error, 0x409, &text), S_OK);
    assert_non_null(wcsstr(text, L"remote"));
    CoTaskMemFree(text);
    IBackgroundCopyError_Release(error);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

static void an_error_without_a_file_names_none(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job_with_file(manager);
    IBackgroundCopyFile *file = (IBackgroundCopyFile *)job;
    WCHAR *protocol = (WCHAR *)job;
    ULONG count = 7;
    fake_network_set(&env.network, false, 0);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_await_state(job, BG_JOB_STATE_TRANSIENT_ERROR);
    IBackgroundCopyError *error = error_of(job);
    assert_error(error, BG_ERROR_CONTEXT_GENERAL_TRANSPORT, DO_E_BLOCKED_BY_NO_NETWORK);
    assert_hr(IBackgroundCopyError_GetFile(error, &file), DO_E_FILE_NOT_AVAILABLE);
    assert_null(file);
    assert_hr(IBackgroundCopyError_GetProtocol(error, &protocol), BG_E_PROTOCOL_NOT_AVAILABLE);
    assert_null(protocol);
    assert_hr(IBackgroundCopyJob_GetErrorCount(job, &count), S_OK);
    assert_int_equal(count, 0); /* a lost network is not counted */
    IBackgroundCopyError_Release(error);
    assert_hr(IBackgroundCopyJob_Cancel(job), S_OK);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_TEST(a_job_without_an_error_has_none_to_show), ENV_TEST(an_http_error_is_the_remote_files),
        ENV_TEST(a_lost_connection_is_the_networks),       ENV_TEST(the_file_that_failed_is_the_one_that_is_named),
        ENV_TEST(an_error_object_outlives_the_jobs_error), ENV_TEST(an_error_describes_itself),
        ENV_TEST(an_error_without_a_file_names_none),      ENV_TEST(the_protocol_is_that_of_the_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
