/* Exactly which methods answer E_NOTIMPL. Every method of every object is called with good arguments; the list below may shrink, never grow. */
#include "test_environment.h"

#include <stdio.h>
#include <string.h>

static const char *const not_implemented[] = {
    "IBackgroundCopyJob5::GetReplyProgress", /* the four reply members stay: they belong to uploads */
    "IBackgroundCopyJob5::GetReplyData",
    "IBackgroundCopyJob5::SetReplyFileName",
    "IBackgroundCopyJob5::GetReplyFileName",
};
#define LISTED (sizeof(not_implemented) / sizeof(not_implemented[0]))

/* ---- What the methods answered ---- */

#define MAX_CALLS 160

static struct {
    const char *name; /* a literal */
    HRESULT answer;
} calls[MAX_CALLS];
static size_t call_count;

static void record(const char *name, HRESULT answer)
{
    assert_true(call_count < MAX_CALLS);
    calls[call_count].name = name;
    calls[call_count++].answer = answer;
}

#define CALL(face, method, arguments) record(#face "::" #method, face##_##method arguments)

static const char garbage[] = "what the variable held before";
#define GARBAGE ((void *)(uintptr_t)garbage)

/* A method that returns a pointer: a failure leaves NULL. */
#define CALL_FOR(pointer, face, method, arguments)                                                                     \
    do {                                                                                                               \
        (pointer) = GARBAGE;                                                                                           \
        CALL(face, method, arguments);                                                                                 \
        if (FAILED(calls[call_count - 1].answer))                                                                      \
            assert_null(pointer);                                                                                      \
    } while (0)

#define CALL_FOR_TEXT(text, face, method, arguments)                                                                   \
    do {                                                                                                               \
        CALL_FOR(text, face, method, arguments);                                                                       \
        CoTaskMemFree(text);                                                                                           \
    } while (0)

/* All slots of the interface but IUnknown's three have been called since `before`. */
#define ASSERT_ALL_CALLED(face, before) assert_int_equal(call_count - (before), sizeof(face##Vtbl) / sizeof(void *) - 3)

/* ---- The calls ---- */

static void call_manager(IBackgroundCopyManager *manager)
{
    size_t before = call_count;
    IBackgroundCopyJob *job, *same;
    IEnumBackgroundCopyJobs *jobs;
    GUID id;
    WCHAR *text;
    CALL_FOR(job, IBackgroundCopyManager, CreateJob, (manager, L"name", BG_JOB_TYPE_DOWNLOAD, &id, &job));
    CALL_FOR(same, IBackgroundCopyManager, GetJob, (manager, &id, &same));
    CALL_FOR(jobs, IBackgroundCopyManager, EnumJobs, (manager, 0, &jobs));
    CALL_FOR_TEXT(text, IBackgroundCopyManager, GetErrorDescription, (manager, E_ACCESSDENIED, 0x409, &text));
    ASSERT_ALL_CALLED(IBackgroundCopyManager, before);

    before = call_count;
    IEnumBackgroundCopyJobs *clone;
    ULONG count;
    IBackgroundCopyJob *element;
    CALL_FOR(element, IEnumBackgroundCopyJobs, Next, (jobs, 1, &element, NULL));
    CALL(IEnumBackgroundCopyJobs, Skip, (jobs, 1));
    CALL(IEnumBackgroundCopyJobs, Reset, (jobs));
    CALL_FOR(clone, IEnumBackgroundCopyJobs, Clone, (jobs, &clone));
    CALL(IEnumBackgroundCopyJobs, GetCount, (jobs, &count));
    ASSERT_ALL_CALLED(IEnumBackgroundCopyJobs, before);

    IBackgroundCopyJob_Release(element);
    IEnumBackgroundCopyJobs_Release(clone);
    IEnumBackgroundCopyJobs_Release(jobs);
    IBackgroundCopyJob_Release(same);
    IBackgroundCopyJob_Release(job);
}

/* The first half of the newest job interface: IBackgroundCopyJob. Complete and Cancel come last. */
static void call_job1(IBackgroundCopyJob5 *job, IBackgroundCopyJob5 *other)
{
    BG_FILE_INFO info = {(WCHAR[]){L"http://test/b"}, NULL};
    WCHAR path[TEMP_PATH_MAX];
    IEnumBackgroundCopyFiles *files;
    IBackgroundCopyError *error;
    IUnknown *callback;
    BG_JOB_TYPE type;
    BG_JOB_PROGRESS progress;
    BG_JOB_TIMES times;
    BG_JOB_STATE state;
    BG_JOB_PRIORITY priority;
    BG_JOB_PROXY_USAGE usage;
    GUID id;
    ULONG number;
    WCHAR *text, *more;
    temp_dir_path(&env.dir, L"b", path);
    info.LocalName = path;
    CALL(IBackgroundCopyJob5, AddFileSet, (job, 1, &info));
    CALL(IBackgroundCopyJob5, AddFile, (job, L"http://test/c", env_path(L"c")));
    CALL_FOR(files, IBackgroundCopyJob5, EnumFiles, (job, &files));
    CALL(IBackgroundCopyJob5, Suspend, (job));
    CALL(IBackgroundCopyJob5, GetId, (job, &id));
    CALL(IBackgroundCopyJob5, GetType, (job, &type));
    CALL(IBackgroundCopyJob5, GetProgress, (job, &progress));
    CALL(IBackgroundCopyJob5, GetTimes, (job, &times));
    CALL(IBackgroundCopyJob5, GetState, (job, &state));
    CALL_FOR(error, IBackgroundCopyJob5, GetError, (job, &error));
    CALL_FOR_TEXT(text, IBackgroundCopyJob5, GetOwner, (job, &text));
    CALL(IBackgroundCopyJob5, SetDisplayName, (job, L"name"));
    CALL_FOR_TEXT(text, IBackgroundCopyJob5, GetDisplayName, (job, &text));
    CALL(IBackgroundCopyJob5, SetDescription, (job, L"text"));
    CALL_FOR_TEXT(text, IBackgroundCopyJob5, GetDescription, (job, &text));
    CALL(IBackgroundCopyJob5, SetPriority, (job, BG_JOB_PRIORITY_HIGH));
    CALL(IBackgroundCopyJob5, GetPriority, (job, &priority));
    CALL(IBackgroundCopyJob5, SetNotifyFlags, (job, BG_NOTIFY_JOB_ERROR));
    CALL(IBackgroundCopyJob5, GetNotifyFlags, (job, &number));
    CALL(IBackgroundCopyJob5, SetNotifyInterface, (job, NULL));
    CALL_FOR(callback, IBackgroundCopyJob5, GetNotifyInterface, (job, &callback));
    CALL(IBackgroundCopyJob5, SetMinimumRetryDelay, (job, 60));
    CALL(IBackgroundCopyJob5, GetMinimumRetryDelay, (job, &number));
    CALL(IBackgroundCopyJob5, SetNoProgressTimeout, (job, 60));
    CALL(IBackgroundCopyJob5, GetNoProgressTimeout, (job, &number));
    CALL(IBackgroundCopyJob5, GetErrorCount, (job, &number));
    CALL(IBackgroundCopyJob5, SetProxySettings, (job, BG_JOB_PROXY_USAGE_NO_PROXY, NULL, NULL));
    more = GARBAGE;
    CALL_FOR_TEXT(text, IBackgroundCopyJob5, GetProxySettings, (job, &usage, &text, &more));
    assert_null(more);
    CALL(IBackgroundCopyJob5, TakeOwnership, (job));
    CALL(IBackgroundCopyJob5, Resume, (other));
    CALL(IBackgroundCopyJob5, Complete, (other));
    CALL(IBackgroundCopyJob5, Cancel, (job));
    IEnumBackgroundCopyFiles_Release(files);
}

/* The second half: what IBackgroundCopyJob2 to IBackgroundCopyJob5 add. */
static void call_job2(IBackgroundCopyJob5 *job)
{
    BG_JOB_REPLY_PROGRESS progress;
    BG_AUTH_CREDENTIALS credentials = {BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_NTLM, {{NULL, NULL}}};
    BG_FILE_RANGE range = {0, 10};
    BITS_JOB_PROPERTY_VALUE value = {.Dword = 0};
    BOOL is_elevated;
    DWORD flags;
    ULONG number;
    UINT64 length = 0;
    WCHAR *text, *more;
    byte *data;
    CALL(IBackgroundCopyJob5, SetNotifyCmdLine, (job, L"C:\\windows\\notepad.exe", NULL));
    more = GARBAGE;
    CALL_FOR_TEXT(text, IBackgroundCopyJob5, GetNotifyCmdLine, (job, &text, &more));
    if (more != GARBAGE)
        CoTaskMemFree(more);
    CALL(IBackgroundCopyJob5, GetReplyProgress, (job, &progress));
    CALL_FOR(data, IBackgroundCopyJob5, GetReplyData, (job, &data, &length));
    CALL(IBackgroundCopyJob5, SetReplyFileName, (job, env_path(L"reply")));
    CALL_FOR_TEXT(text, IBackgroundCopyJob5, GetReplyFileName, (job, &text));
    CALL(IBackgroundCopyJob5, SetCredentials, (job, &credentials));
    CALL(IBackgroundCopyJob5, RemoveCredentials, (job, BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_NTLM));
    CALL(IBackgroundCopyJob5, ReplaceRemotePrefix, (job, L"http://test/", L"http://other/"));
    CALL(IBackgroundCopyJob5, AddFileWithRanges, (job, L"http://test/d", env_path(L"d"), 1, &range));
    CALL(IBackgroundCopyJob5, SetFileACLFlags, (job, BG_COPY_FILE_OWNER));
    CALL(IBackgroundCopyJob5, GetFileACLFlags, (job, &flags));
    CALL(IBackgroundCopyJob5, SetPeerCachingFlags, (job, BG_JOB_ENABLE_PEERCACHING_CLIENT));
    CALL(IBackgroundCopyJob5, GetPeerCachingFlags, (job, &flags));
    CALL(IBackgroundCopyJob5, GetOwnerIntegrityLevel, (job, &number));
    CALL(IBackgroundCopyJob5, GetOwnerElevationState, (job, &is_elevated));
    CALL(IBackgroundCopyJob5, SetMaximumDownloadTime, (job, 60));
    CALL(IBackgroundCopyJob5, GetMaximumDownloadTime, (job, &number));
    value.Dword = BITS_COST_STATE_TRANSFER_ALWAYS;
    CALL(IBackgroundCopyJob5, SetProperty, (job, BITS_JOB_PROPERTY_ID_COST_FLAGS, value));
    CALL(IBackgroundCopyJob5, GetProperty, (job, BITS_JOB_PROPERTY_ID_COST_FLAGS, &value));
}

static void call_http_options(IBackgroundCopyJobHttpOptions *options)
{
    size_t before = call_count;
    BG_CERT_STORE_LOCATION location;
    BYTE hash[20] = {0}, *hash_out = GARBAGE;
    WCHAR *text, *subject = GARBAGE;
    ULONG flags;
    CALL(IBackgroundCopyJobHttpOptions, SetClientCertificateByID,
         (options, BG_CERT_STORE_LOCATION_CURRENT_USER, L"MY", hash));
    CALL(IBackgroundCopyJobHttpOptions, SetClientCertificateByName,
         (options, BG_CERT_STORE_LOCATION_CURRENT_USER, L"MY", L"nobody"));
    CALL_FOR_TEXT(text, IBackgroundCopyJobHttpOptions, GetClientCertificate,
                  (options, &location, &text, &hash_out, &subject));
    assert_ptr_not_equal(hash_out, GARBAGE);
    assert_ptr_not_equal(subject, GARBAGE);
    CoTaskMemFree(hash_out);
    CoTaskMemFree(subject);
    CALL(IBackgroundCopyJobHttpOptions, RemoveClientCertificate, (options));
    CALL(IBackgroundCopyJobHttpOptions, SetCustomHeaders, (options, L"X-Test: 1"));
    CALL_FOR_TEXT(text, IBackgroundCopyJobHttpOptions, GetCustomHeaders, (options, &text));
    CALL(IBackgroundCopyJobHttpOptions, SetSecurityFlags, (options, BG_SSL_ENABLE_CRL_CHECK));
    CALL(IBackgroundCopyJobHttpOptions, GetSecurityFlags, (options, &flags));
    ASSERT_ALL_CALLED(IBackgroundCopyJobHttpOptions, before);
}

static void call_delivery_job(IBackgroundCopyJob *job)
{
    IDeliveryOptimizationJob *delivery = env_face(job, &IID_IDeliveryOptimizationJob);
    size_t before = call_count;
    CALL(IDeliveryOptimizationJob, AddFileWithRanges,
         (delivery, L"id", L"http://test/e", env_path(L"e"), 0, NULL, DO_UNKNOWN_FILE_SIZE));
    ASSERT_ALL_CALLED(IDeliveryOptimizationJob, before);

    IDeliveryOptimizationJob2 *delivery2 = env_face(job, &IID_IDeliveryOptimizationJob2);
    VARIANT value;
    IUnknown *file;
    before = call_count;
    CALL_FOR(file, IDeliveryOptimizationJob2, AddFile,
             (delivery2, L"id2", L"http://test/f", 0, NULL, &IID_IDeliveryOptimizationFile, (void **)&file));
    if (file)
        IUnknown_Release(file);
    memset(&value, 0xCC, sizeof(value));
    CALL(IDeliveryOptimizationJob2, GetProperty, (delivery2, DOJobPropertyId_ExtendedErrorInfo, &value));
    assert_hr(VariantClear(&value), S_OK); /* a valid one, whatever the answer */
    CALL(IDeliveryOptimizationJob2, SetProperty, (delivery2, DOJobPropertyId_ExtendedErrorInfo, &value));
    ASSERT_ALL_CALLED(IDeliveryOptimizationJob2, before);
}

static void call_file(IBackgroundCopyFile *file)
{
    IBackgroundCopyFile5 *file5 = env_face(file, &IID_IBackgroundCopyFile5);
    size_t before = call_count;
    BG_FILE_PROGRESS progress;
    BG_FILE_RANGE *ranges;
    BITS_FILE_PROPERTY_VALUE value = {.String = NULL};
    UINT64 origin, peers;
    DWORD count;
    BOOL is_valid;
    WCHAR *text;
    CALL_FOR_TEXT(text, IBackgroundCopyFile5, GetRemoteName, (file5, &text));
    CALL_FOR_TEXT(text, IBackgroundCopyFile5, GetLocalName, (file5, &text));
    CALL(IBackgroundCopyFile5, GetProgress, (file5, &progress));
    CALL_FOR(ranges, IBackgroundCopyFile5, GetFileRanges, (file5, &count, &ranges));
    CALL(IBackgroundCopyFile5, SetRemoteName, (file5, L"http://test/z"));
    CALL_FOR_TEXT(text, IBackgroundCopyFile5, GetTemporaryName, (file5, &text));
    CALL(IBackgroundCopyFile5, SetValidationState, (file5, TRUE));
    CALL(IBackgroundCopyFile5, GetValidationState, (file5, &is_valid));
    CALL(IBackgroundCopyFile5, IsDownloadedFromPeer, (file5, &is_valid));
    CALL(IBackgroundCopyFile5, GetPeerDownloadStats, (file5, &origin, &peers));
    CALL(IBackgroundCopyFile5, SetProperty, (file5, BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS, value));
    CALL_FOR_TEXT(value.String, IBackgroundCopyFile5, GetProperty,
                  (file5, BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS, &value));
    ASSERT_ALL_CALLED(IBackgroundCopyFile5, before);

    IDeliveryOptimizationFile *delivery = env_face(file, &IID_IDeliveryOptimizationFile);
    DOSwarmStats stats;
    before = call_count;
    memset(&stats, 0xCC, sizeof(stats));
    CALL(IDeliveryOptimizationFile, GetStats, (delivery, &stats));
    CoTaskMemFree(stats.fileId);
    CoTaskMemFree(stats.sourceURL);
    ASSERT_ALL_CALLED(IDeliveryOptimizationFile, before);

    IDeliveryOptimizationFile2 *delivery2 = env_face(file, &IID_IDeliveryOptimizationFile2);
    VARIANT variant;
    before = call_count;
    memset(&variant, 0xCC, sizeof(variant));
    CALL(IDeliveryOptimizationFile2, GetProperty, (delivery2, DOFilePropertyId_TotalSizeBytes, &variant));
    assert_hr(VariantClear(&variant), S_OK);
    V_VT(&variant) = VT_BOOL;
    V_BOOL(&variant) = VARIANT_TRUE;
    CALL(IDeliveryOptimizationFile2, SetProperty, (delivery2, DOFilePropertyId_IntegrityCheckMandatory, &variant));
    ASSERT_ALL_CALLED(IDeliveryOptimizationFile2, before);
}

static void call_files(IBackgroundCopyJob *job)
{
    IEnumBackgroundCopyFiles *files, *clone;
    IBackgroundCopyFile *file;
    ULONG count;
    assert_hr(IBackgroundCopyJob_EnumFiles(job, &files), S_OK);
    size_t before = call_count;
    CALL_FOR(file, IEnumBackgroundCopyFiles, Next, (files, 1, &file, NULL));
    CALL(IEnumBackgroundCopyFiles, Skip, (files, 1));
    CALL(IEnumBackgroundCopyFiles, Reset, (files));
    CALL_FOR(clone, IEnumBackgroundCopyFiles, Clone, (files, &clone));
    CALL(IEnumBackgroundCopyFiles, GetCount, (files, &count));
    ASSERT_ALL_CALLED(IEnumBackgroundCopyFiles, before);
    call_file(file);
    IBackgroundCopyFile_Release(file);
    IEnumBackgroundCopyFiles_Release(clone);
    IEnumBackgroundCopyFiles_Release(files);
}

static void call_error(IBackgroundCopyJob *failed)
{
    IBackgroundCopyError *error = NULL;
    assert_hr(IBackgroundCopyJob_GetError(failed, &error), S_OK);
    size_t before = call_count;
    BG_ERROR_CONTEXT context;
    IBackgroundCopyFile *file;
    HRESULT code;
    WCHAR *text;
    CALL(IBackgroundCopyError, GetError, (error, &context, &code));
    CALL_FOR(file, IBackgroundCopyError, GetFile, (error, &file));
    CALL_FOR_TEXT(text, IBackgroundCopyError, GetErrorDescription, (error, 0x409, &text));
    CALL_FOR_TEXT(text, IBackgroundCopyError, GetErrorContextDescription, (error, 0x409, &text));
    CALL_FOR_TEXT(text, IBackgroundCopyError, GetProtocol, (error, &text));
    ASSERT_ALL_CALLED(IBackgroundCopyError, before);
    IBackgroundCopyFile_Release(file);
    IBackgroundCopyError_Release(error);
}

static void call_everything(void)
{
    call_count = 0;
    IBackgroundCopyManager *manager = env_manager();
    call_manager(manager);
    IBackgroundCopyJob *failed = env_failed_job(manager);
    call_error(failed);
    IBackgroundCopyJob *job = env_job_with_file(manager);
    call_files(job);
    call_http_options(env_face(job, &IID_IBackgroundCopyJobHttpOptions));
    call_delivery_job(job);
    size_t before = call_count;
    call_job2(env_face(job, &IID_IBackgroundCopyJob5));
    call_job1(env_face(job, &IID_IBackgroundCopyJob5), env_face(failed, &IID_IBackgroundCopyJob5));
    ASSERT_ALL_CALLED(IBackgroundCopyJob5, before);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyJob_Release(failed);
    IBackgroundCopyManager_Release(manager);
}

/* ---- The comparison ---- */

static bool is_listed(const char *name)
{
    for (size_t i = 0; i < LISTED; i++) {
        if (strcmp(not_implemented[i], name) == 0)
            return true;
    }
    return false;
}

static void exactly_the_listed_methods_are_not_implemented(void **state)
{
    (void)state;
    size_t missing = 0;
    call_everything();
    for (size_t i = 0; i < call_count; i++) {
        bool is_missing = calls[i].answer == E_NOTIMPL;
        if (is_missing != is_listed(calls[i].name))
            fail_msg("%s answers %08lX", calls[i].name, (unsigned long)calls[i].answer);
        missing += is_missing;
    }
    assert_int_equal(missing, LISTED);
}

/* What a fresh job and its file cannot do. */
static const struct {
    const char *name;
    HRESULT answer;
} refusals[] = {
    {"IBackgroundCopyJob5::GetError", DO_E_ERROR_INFORMATION_UNAVAILABLE},
    {"IBackgroundCopyFile5::SetValidationState", E_PENDING},
    {"IDeliveryOptimizationFile2::GetProperty", HRESULT_FROM_WIN32(ERROR_NOT_FOUND)}, /* its size is not known yet */
    {"IBackgroundCopyFile5::SetProperty", E_INVALIDARG}, /* its one property cannot be set */
    {"IDeliveryOptimizationJob2::SetProperty", DO_E_READ_ONLY_PROPERTY},
};

static bool is_expected(const char *name, HRESULT answer)
{
    bool is_refusal = false;
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
        is_refusal |= strcmp(refusals[i].name, name) == 0 && refusals[i].answer == answer;
    return SUCCEEDED(answer) || answer == E_NOTIMPL || is_refusal;
}

static void all_other_methods_succeed(void **state)
{
    (void)state;
    call_everything();
    for (size_t i = 0; i < call_count; i++) {
        HRESULT answer = calls[i].answer;
        if (!is_expected(calls[i].name, answer))
            fail_msg("%s answers %08lX", calls[i].name, (unsigned long)answer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_TEST(exactly_the_listed_methods_are_not_implemented),
        ENV_TEST(all_other_methods_succeed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
