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

/* What is handed in must be there, too. */
static void setters(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job_with_file(manager);
    IBackgroundCopyJob5 *job5 = env_face(job, &IID_IBackgroundCopyJob5);
    IBackgroundCopyJobHttpOptions *options = env_face(job, &IID_IBackgroundCopyJobHttpOptions);
    IDeliveryOptimizationJob2 *delivery2 = env_face(job, &IID_IDeliveryOptimizationJob2);
    IEnumBackgroundCopyFiles *files = NULL;
    IBackgroundCopyFile *file = NULL;
    BG_AUTH_CREDENTIALS credentials = {BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC, {{NULL, NULL}}};
    BYTE hash[20] = {0};
    const WCHAR *prefix = L"http://test/";
    assert_invalid(IBackgroundCopyJob_SetDisplayName(job, NULL));
    assert_invalid(IBackgroundCopyJob_SetDescription(job, NULL));
    assert_invalid(IBackgroundCopyJob5_SetCredentials(job5, NULL));
    assert_invalid(IBackgroundCopyJob5_SetCredentials(job5, &credentials));
    assert_invalid(IBackgroundCopyJob5_SetNotifyCmdLine(job5, NULL, L"parameters"));
    assert_invalid(IBackgroundCopyJob5_ReplaceRemotePrefix(job5, NULL, prefix));
    assert_invalid(IBackgroundCopyJob5_ReplaceRemotePrefix(job5, prefix, NULL));
    assert_invalid(IBackgroundCopyJob5_ReplaceRemotePrefix(job5, L"", prefix));
    assert_invalid(IBackgroundCopyJobHttpOptions_SetClientCertificateByID(options, 0, NULL, hash));
    assert_invalid(IBackgroundCopyJobHttpOptions_SetClientCertificateByID(options, 0, L"MY", NULL));
    assert_invalid(IBackgroundCopyJobHttpOptions_SetClientCertificateByName(options, 0, NULL, L"name"));
    assert_invalid(IBackgroundCopyJobHttpOptions_SetClientCertificateByName(options, 0, L"MY", NULL));
    assert_hr(IDeliveryOptimizationJob2_SetProperty(delivery2, DOJobPropertyId_ExtendedErrorInfo, NULL),
              DO_E_READ_ONLY_PROPERTY);
    assert_hr(IBackgroundCopyJob_EnumFiles(job, &files), S_OK);
    assert_hr(IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL), S_OK);
    assert_invalid(
        IBackgroundCopyFile5_SetRemoteName((IBackgroundCopyFile5 *)env_face(file, &IID_IBackgroundCopyFile5), NULL));
    assert_invalid(IDeliveryOptimizationFile2_SetProperty(
        (IDeliveryOptimizationFile2 *)env_face(file, &IID_IDeliveryOptimizationFile2),
        DOFilePropertyId_IntegrityCheckMandatory, NULL));
    IBackgroundCopyFile_Release(file);
    IEnumBackgroundCopyFiles_Release(files);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

static void assert_variant_empty(VARIANT *value)
{
    assert_int_equal(value->vt, VT_EMPTY);
    memset(value, 0xCC, sizeof(*value));
}

/* Of a job and a file that have none of it. */
static void what_is_not_there_is_cleared(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job_with_file(manager);
    IBackgroundCopyJob5 *job5 = env_face(job, &IID_IBackgroundCopyJob5);
    IBackgroundCopyJobHttpOptions *options = env_face(job, &IID_IBackgroundCopyJobHttpOptions);
    IDeliveryOptimizationJob2 *delivery2 = env_face(job, &IID_IDeliveryOptimizationJob2);
    IEnumBackgroundCopyFiles *files = NULL;
    IBackgroundCopyFile *file = NULL;
    IBackgroundCopyError *error = GARBAGE;
    IUnknown *callback = GARBAGE;
    void *object = GARBAGE;
    WCHAR *a = GARBAGE, *b = GARBAGE;
    BYTE *hash = GARBAGE;
    BG_CERT_STORE_LOCATION location;
    BITS_JOB_PROPERTY_VALUE property;
    BITS_FILE_PROPERTY_VALUE headers = {.String = GARBAGE};
    VARIANT value;
    assert_hr(IBackgroundCopyJob_GetError(job, &error), DO_E_ERROR_INFORMATION_UNAVAILABLE);
    assert_null(error);
    assert_hr(IBackgroundCopyJob_GetNotifyInterface(job, &callback), S_OK);
    assert_null(callback);
    assert_hr(IBackgroundCopyJobHttpOptions_GetCustomHeaders(options, &a), S_FALSE);
    assert_null(a);
    a = GARBAGE;
    assert_hr(IBackgroundCopyJobHttpOptions_GetClientCertificate(options, &location, &a, &hash, &b), S_FALSE);
    assert_null(a);
    assert_null(b);
    assert_null(hash);
    memset(&property, 0xCC, sizeof(property));
    assert_invalid(IBackgroundCopyJob5_GetProperty(job5, (BITS_JOB_PROPERTY_ID)6, &property));
    assert_int_equal(property.Uint64, 0);
    assert_hr(IDeliveryOptimizationJob2_AddFile(delivery2, L"id", L"http://test/a", 0, NULL, &IID_IUnknown, &object),
              E_NOINTERFACE);
    assert_null(object);
    object = GARBAGE;
    assert_invalid(IDeliveryOptimizationJob2_AddFile(delivery2, NULL, L"http://test/a", 0, NULL,
                                                     &IID_IDeliveryOptimizationFile, &object));
    assert_null(object);
    object = GARBAGE;
    assert_invalid(IDeliveryOptimizationJob2_AddFile(delivery2, L"id", L"ftp://test/a", 0, NULL,
                                                     &IID_IDeliveryOptimizationFile, &object));
    assert_null(object);
    memset(&value, 0xCC, sizeof(value));
    assert_hr(IDeliveryOptimizationJob2_GetProperty(delivery2, (DOJobPropertyId)77, &value), DO_E_UNKNOWN_PROPERTY_ID);
    assert_variant_empty(&value);

    assert_hr(IBackgroundCopyJob_EnumFiles(job, &files), S_OK);
    assert_hr(IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL), S_OK);
    IBackgroundCopyFile5 *file5 = env_face(file, &IID_IBackgroundCopyFile5);
    IDeliveryOptimizationFile2 *file2 = env_face(file, &IID_IDeliveryOptimizationFile2);
    assert_invalid(IBackgroundCopyFile5_GetProperty(file5, (BITS_FILE_PROPERTY_ID)77, &headers));
    assert_null(headers.String);
    assert_hr(IDeliveryOptimizationFile2_GetProperty(file2, (DOFilePropertyId)77, &value), DO_E_UNKNOWN_PROPERTY_ID);
    assert_variant_empty(&value);
    assert_hr(IDeliveryOptimizationFile2_GetProperty(file2, DOFilePropertyId_DecryptionInfo, &value),
              DO_E_WRITE_ONLY_PROPERTY);
    assert_variant_empty(&value);
    assert_hr(IDeliveryOptimizationFile2_GetProperty(file2, DOFilePropertyId_IntegrityCheckMandatory, &value),
              (HRESULT)0x80070490 /* E_NOT_SET */);
    assert_variant_empty(&value);
    IBackgroundCopyFile *next;
    ULONG fetched = 99;
    assert_hr(IEnumBackgroundCopyFiles_Next(files, 1, &next, &fetched), S_FALSE);
    assert_int_equal(fetched, 0);
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
    IBackgroundCopyJob *job = env_job_with_file(manager);
    IEnumBackgroundCopyJobs *jobs = NULL;
    IEnumBackgroundCopyFiles *files = NULL;
    IBackgroundCopyFile *file;
    assert_hr(IBackgroundCopyManager_EnumJobs(manager, 0, &jobs), S_OK);
    assert_invalid(IEnumBackgroundCopyJobs_Next(jobs, 1, NULL, NULL));
    assert_invalid(IEnumBackgroundCopyJobs_Next(jobs, 2, (IBackgroundCopyJob *[2]){NULL}, NULL));
    assert_invalid(IEnumBackgroundCopyJobs_Clone(jobs, NULL));
    assert_invalid(IEnumBackgroundCopyJobs_GetCount(jobs, NULL));
    assert_hr(IBackgroundCopyJob_EnumFiles(job, &files), S_OK);
    assert_invalid(IEnumBackgroundCopyFiles_Next(files, 1, NULL, NULL));
    assert_invalid(IEnumBackgroundCopyFiles_Next(files, 2, (IBackgroundCopyFile *[2]){NULL}, NULL));
    assert_invalid(IEnumBackgroundCopyFiles_Clone(files, NULL));
    assert_invalid(IEnumBackgroundCopyFiles_GetCount(files, NULL));
    assert_hr(IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL), S_OK); /* the refused calls moved nothing */
    IBackgroundCopyFile_Release(file);
    IEnumBackgroundCopyFiles_Release(files);
    IEnumBackgroundCopyJobs_Release(jobs);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_TEST(manager_methods),
        ENV_TEST(classic_job_methods),
        ENV_TEST(job_methods_with_several_results),
        ENV_TEST(newer_job_methods),
        ENV_TEST(file_methods),
        ENV_TEST(setters),
        ENV_TEST(what_is_not_there_is_cleared),
        ENV_TEST(error_methods),
        ENV_TEST(enumerator_methods),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
