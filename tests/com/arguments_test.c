/* A missing out pointer is E_INVALIDARG, in every method that has one, and what can still be cleared is cleared. */
#include "test_environment.h"

#include <string.h>

static const char garbage[] = "what the variable held before";
#define GARBAGE ((void *)(uintptr_t)garbage)

#define assert_invalid(expression) assert_hr(expression, E_INVALIDARG)

static void manager_methods(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = GARBAGE;
    GUID id;
    const GUID zero = {0};
    memset(&id, 0xCC, sizeof(id));
    assert_invalid(IBackgroundCopyManager_CreateJob(manager, L"name", BG_JOB_TYPE_DOWNLOAD, NULL, &job));
    assert_null(job);
    assert_invalid(IBackgroundCopyManager_CreateJob(manager, L"name", BG_JOB_TYPE_DOWNLOAD, &id, NULL));
    assert_true(IsEqualGUID(&id, &zero));
    job = GARBAGE;
    assert_invalid(IBackgroundCopyManager_CreateJob(manager, NULL, BG_JOB_TYPE_DOWNLOAD, &id, &job));
    assert_null(job);
    assert_invalid(IBackgroundCopyManager_GetJob(manager, &id, NULL));
    job = GARBAGE;
    assert_invalid(IBackgroundCopyManager_GetJob(manager, NULL, &job));
    assert_null(job);
    assert_invalid(IBackgroundCopyManager_EnumJobs(manager, 0, NULL));
    assert_invalid(IBackgroundCopyManager_GetErrorDescription(manager, E_FAIL, 0x409, NULL));
    IBackgroundCopyManager_Release(manager);
}

static void classic_job_methods(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job(manager);
    BG_FILE_INFO info = {NULL, NULL};
    assert_invalid(IBackgroundCopyJob_AddFileSet(job, 1, NULL));
    assert_invalid(IBackgroundCopyJob_AddFileSet(job, 0, &info));
    assert_invalid(IBackgroundCopyJob_AddFileSet(job, 1, &info));
    assert_invalid(IBackgroundCopyJob_AddFile(job, NULL, env_path(L"a")));
    assert_invalid(IBackgroundCopyJob_AddFile(job, L"", env_path(L"a")));
    assert_invalid(IBackgroundCopyJob_AddFile(job, L"http://test/a", NULL));
    assert_invalid(IBackgroundCopyJob_AddFile(job, L"http://test/a", L""));
    assert_invalid(IBackgroundCopyJob_EnumFiles(job, NULL));
    assert_invalid(IBackgroundCopyJob_GetId(job, NULL));
    assert_invalid(IBackgroundCopyJob_GetType(job, NULL));
    assert_invalid(IBackgroundCopyJob_GetProgress(job, NULL));
    assert_invalid(IBackgroundCopyJob_GetTimes(job, NULL));
    assert_invalid(IBackgroundCopyJob_GetState(job, NULL));
    assert_invalid(IBackgroundCopyJob_GetError(job, NULL));
    assert_invalid(IBackgroundCopyJob_GetOwner(job, NULL));
    assert_invalid(IBackgroundCopyJob_GetDisplayName(job, NULL));
    assert_invalid(IBackgroundCopyJob_GetDescription(job, NULL));
    assert_invalid(IBackgroundCopyJob_GetPriority(job, NULL));
    assert_invalid(IBackgroundCopyJob_GetNotifyFlags(job, NULL));
    assert_invalid(IBackgroundCopyJob_GetNotifyInterface(job, NULL));
    assert_invalid(IBackgroundCopyJob_GetMinimumRetryDelay(job, NULL));
    assert_invalid(IBackgroundCopyJob_GetNoProgressTimeout(job, NULL));
    assert_invalid(IBackgroundCopyJob_GetErrorCount(job, NULL));
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

/* With several out pointers each one counts, and those that are there are cleared. */
static void job_methods_with_several_results(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job(manager);
    IBackgroundCopyJob5 *job5 = NULL;
    IBackgroundCopyJobHttpOptions *options = NULL;
    BG_JOB_PROXY_USAGE usage;
    BG_CERT_STORE_LOCATION location;
    UINT64 length;
    byte *data = GARBAGE;
    WCHAR *a = GARBAGE, *b = GARBAGE;
    BYTE *hash = GARBAGE;
    assert_hr(IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob5, (void **)&job5), S_OK);
    assert_invalid(IBackgroundCopyJob5_GetProxySettings(job5, NULL, &a, &b));
    assert_null(a);
    assert_null(b);
    a = b = GARBAGE;
    assert_invalid(IBackgroundCopyJob5_GetProxySettings(job5, &usage, NULL, &b));
    assert_null(b);
    assert_invalid(IBackgroundCopyJob5_GetProxySettings(job5, &usage, &a, NULL));
    assert_null(a);
    a = b = GARBAGE;
    assert_invalid(IBackgroundCopyJob5_GetNotifyCmdLine(job5, NULL, &b));
    assert_null(b);
    assert_invalid(IBackgroundCopyJob5_GetNotifyCmdLine(job5, &a, NULL));
    assert_null(a);
    assert_invalid(IBackgroundCopyJob5_GetReplyData(job5, NULL, &length));
    assert_invalid(IBackgroundCopyJob5_GetReplyData(job5, &data, NULL));
    assert_null(data);
    IBackgroundCopyJob5_Release(job5);

    assert_hr(IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJobHttpOptions, (void **)&options), S_OK);
    a = b = GARBAGE;
    assert_invalid(IBackgroundCopyJobHttpOptions_GetClientCertificate(options, NULL, &a, &hash, &b));
    assert_null(a);
    assert_null(b);
    assert_null(hash);
    assert_invalid(IBackgroundCopyJobHttpOptions_GetClientCertificate(options, &location, NULL, &hash, &b));
    assert_invalid(IBackgroundCopyJobHttpOptions_GetClientCertificate(options, &location, &a, NULL, &b));
    assert_invalid(IBackgroundCopyJobHttpOptions_GetClientCertificate(options, &location, &a, &hash, NULL));
    assert_invalid(IBackgroundCopyJobHttpOptions_GetCustomHeaders(options, NULL));
    assert_invalid(IBackgroundCopyJobHttpOptions_GetSecurityFlags(options, NULL));
    IBackgroundCopyJobHttpOptions_Release(options);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

static void newer_job_methods(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job(manager);
    IBackgroundCopyJob5 *job5 = NULL;
    IDeliveryOptimizationJob *delivery = NULL;
    IDeliveryOptimizationJob2 *delivery2 = NULL;
    BG_FILE_RANGE range = {0, 10};
    assert_hr(IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob5, (void **)&job5), S_OK);
    assert_invalid(IBackgroundCopyJob5_GetReplyProgress(job5, NULL));
    assert_invalid(IBackgroundCopyJob5_GetReplyFileName(job5, NULL));
    assert_invalid(IBackgroundCopyJob5_AddFileWithRanges(job5, L"http://test/a", env_path(L"a"), 0, &range));
    assert_invalid(IBackgroundCopyJob5_AddFileWithRanges(job5, L"http://test/a", env_path(L"a"), 1, NULL));
    assert_invalid(IBackgroundCopyJob5_AddFileWithRanges(job5, NULL, env_path(L"a"), 1, &range));
    assert_invalid(IBackgroundCopyJob5_AddFileWithRanges(job5, L"http://test/a", NULL, 1, &range));
    assert_invalid(IBackgroundCopyJob5_GetFileACLFlags(job5, NULL));
    assert_invalid(IBackgroundCopyJob5_GetPeerCachingFlags(job5, NULL));
    assert_invalid(IBackgroundCopyJob5_GetOwnerIntegrityLevel(job5, NULL));
    assert_invalid(IBackgroundCopyJob5_GetOwnerElevationState(job5, NULL));
    assert_invalid(IBackgroundCopyJob5_GetMaximumDownloadTime(job5, NULL));
    assert_invalid(IBackgroundCopyJob5_GetProperty(job5, BITS_JOB_PROPERTY_ID_COST_FLAGS, NULL));
    IBackgroundCopyJob5_Release(job5);

    assert_hr(IBackgroundCopyJob_QueryInterface(job, &IID_IDeliveryOptimizationJob, (void **)&delivery), S_OK);
    const WCHAR *path = env_path(L"a");
    assert_invalid(IDeliveryOptimizationJob_AddFileWithRanges(delivery, NULL, L"http://test/a", path, 0, NULL, 10));
    assert_invalid(IDeliveryOptimizationJob_AddFileWithRanges(delivery, L"", L"http://test/a", path, 0, NULL, 10));
    assert_invalid(IDeliveryOptimizationJob_AddFileWithRanges(delivery, L"id", NULL, path, 0, NULL, 10));
    assert_invalid(IDeliveryOptimizationJob_AddFileWithRanges(delivery, L"id", L"http://test/a", NULL, 0, NULL, 10));
    assert_invalid(IDeliveryOptimizationJob_AddFileWithRanges(delivery, L"id", L"http://test/a", L"", 0, NULL, 10));
    assert_invalid(IDeliveryOptimizationJob_AddFileWithRanges(delivery, L"id", L"http://test/a", path, 1, NULL, 10));
    IDeliveryOptimizationJob_Release(delivery);

    assert_hr(IBackgroundCopyJob_QueryInterface(job, &IID_IDeliveryOptimizationJob2, (void **)&delivery2), S_OK);
    assert_invalid(IDeliveryOptimizationJob2_AddFile(delivery2, L"id", L"http://test/a", 0, NULL,
                                                     &IID_IDeliveryOptimizationFile, NULL));
    assert_invalid(IDeliveryOptimizationJob2_GetProperty(delivery2, DOJobPropertyId_ExtendedErrorInfo, NULL));
    IDeliveryOptimizationJob2_Release(delivery2);

    BG_JOB_PROGRESS progress;
    assert_hr(IBackgroundCopyJob_GetProgress(job, &progress), S_OK);
    assert_int_equal(progress.FilesTotal, 0); /* none of the refused calls added a file */
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

static void file_methods(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job_with_file(manager);
    IEnumBackgroundCopyFiles *files = NULL;
    IBackgroundCopyFile *file = NULL;
    IBackgroundCopyFile5 *file5 = NULL;
    IDeliveryOptimizationFile *delivery = NULL;
    IDeliveryOptimizationFile2 *delivery2 = NULL;
    BG_FILE_RANGE *ranges = GARBAGE;
    DWORD count = 99;
    UINT64 bytes;
    assert_hr(IBackgroundCopyJob_EnumFiles(job, &files), S_OK);
    assert_hr(IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL), S_OK);
    assert_hr(IBackgroundCopyFile_QueryInterface(file, &IID_IBackgroundCopyFile5, (void **)&file5), S_OK);
    assert_invalid(IBackgroundCopyFile5_GetRemoteName(file5, NULL));
    assert_invalid(IBackgroundCopyFile5_GetLocalName(file5, NULL));
    assert_invalid(IBackgroundCopyFile5_GetProgress(file5, NULL));
    assert_invalid(IBackgroundCopyFile5_GetFileRanges(file5, NULL, &ranges));
    assert_null(ranges);
    assert_invalid(IBackgroundCopyFile5_GetFileRanges(file5, &count, NULL));
    assert_int_equal(count, 0);
    assert_invalid(IBackgroundCopyFile5_GetTemporaryName(file5, NULL));
    assert_invalid(IBackgroundCopyFile5_GetValidationState(file5, NULL));
    assert_invalid(IBackgroundCopyFile5_IsDownloadedFromPeer(file5, NULL));
    assert_invalid(IBackgroundCopyFile5_GetPeerDownloadStats(file5, NULL, &bytes));
    assert_invalid(IBackgroundCopyFile5_GetPeerDownloadStats(file5, &bytes, NULL));
    assert_invalid(IBackgroundCopyFile5_GetProperty(file5, BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS, NULL));
    assert_hr(IBackgroundCopyFile_QueryInterface(file, &IID_IDeliveryOptimizationFile, (void **)&delivery), S_OK);
    assert_invalid(IDeliveryOptimizationFile_GetStats(delivery, NULL));
    assert_hr(IBackgroundCopyFile_QueryInterface(file, &IID_IDeliveryOptimizationFile2, (void **)&delivery2), S_OK);
    assert_invalid(IDeliveryOptimizationFile2_GetProperty(delivery2, DOFilePropertyId_TotalSizeBytes, NULL));
    IDeliveryOptimizationFile2_Release(delivery2);
    IDeliveryOptimizationFile_Release(delivery);
    IBackgroundCopyFile5_Release(file5);
    IBackgroundCopyFile_Release(file);
    IEnumBackgroundCopyFiles_Release(files);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

static void error_methods(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_failed_job(manager);
    IBackgroundCopyError *error = NULL;
    BG_ERROR_CONTEXT context;
    HRESULT code;
    WCHAR *text = GARBAGE;
    assert_hr(IBackgroundCopyJob_GetError(job, &error), S_OK);
    assert_invalid(IBackgroundCopyError_GetError(error, NULL, &code));
    assert_invalid(IBackgroundCopyError_GetError(error, &context, NULL));
    assert_invalid(IBackgroundCopyError_GetFile(error, NULL));
    assert_invalid(IBackgroundCopyError_GetErrorDescription(error, 0x409, NULL));
    assert_invalid(IBackgroundCopyError_GetErrorDescription(error, 0, &text));
    assert_null(text);
    text = GARBAGE;
    assert_invalid(IBackgroundCopyError_GetErrorContextDescription(error, 0, &text));
    assert_null(text);
    assert_invalid(IBackgroundCopyError_GetErrorContextDescription(error, 0x409, NULL));
    assert_invalid(IBackgroundCopyError_GetProtocol(error, NULL));
    IBackgroundCopyError_Release(error);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

static void enumerator_methods(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IEnumBackgroundCopyJobs *jobs = NULL;
    IBackgroundCopyJob *job;
    assert_hr(IBackgroundCopyManager_EnumJobs(manager, 0, &jobs), S_OK);
    assert_invalid(IEnumBackgroundCopyJobs_Next(jobs, 1, NULL, NULL));
    assert_invalid(IEnumBackgroundCopyJobs_Next(jobs, 2, &job, NULL));
    assert_invalid(IEnumBackgroundCopyJobs_Clone(jobs, NULL));
    assert_invalid(IEnumBackgroundCopyJobs_GetCount(jobs, NULL));
    IEnumBackgroundCopyJobs_Release(jobs);
    IBackgroundCopyManager_Release(manager);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_TEST(manager_methods),    ENV_TEST(classic_job_methods), ENV_TEST(job_methods_with_several_results),
        ENV_TEST(newer_job_methods),  ENV_TEST(file_methods),        ENV_TEST(error_methods),
        ENV_TEST(enumerator_methods),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
