/* Every call that a client makes, with each of its requests for memory failing in turn: it answers E_OUTOFMEMORY and NULL, nothing has changed, nothing
 * is lost (which env_close sees), and the same call succeeds afterwards. */
#include "recording_callback.h"
#include "test_memory.h"

#include <string.h>

#define MOST_REQUESTS 200

struct fixture {
    IBackgroundCopyManager *manager;
    IBackgroundCopyJob *job;    /* of one file with ranges */
    IBackgroundCopyJob *failed; /* in ERROR */
    IBackgroundCopyFile2 *file;
    IBackgroundCopyError *error;
    struct recording_callback callback;
    IBackgroundCopyFile5 *file5;
    IDeliveryOptimizationFile2 *placeless; /* a file that was added without a place for its bytes */
};
static struct fixture fixture;

static void fill_fixture(void)
{
    BG_FILE_RANGE ranges[2] = {{0, 10}, {20, 10}};
    IBackgroundCopyJob3 *job3 = NULL;
    IEnumBackgroundCopyFiles *files = NULL;
    IBackgroundCopyFile *file = NULL;
    memset(&fixture, 0, sizeof(fixture));
    callback_init(&fixture.callback);
    fixture.manager = env_manager();
    fixture.failed = env_failed_job(fixture.manager);
    fixture.job = env_job(fixture.manager);
    assert_hr(IBackgroundCopyJob_QueryInterface(fixture.job, &IID_IBackgroundCopyJob3, (void **)&job3), S_OK);
    assert_hr(IBackgroundCopyJob3_AddFileWithRanges(job3, L"http://test/a", env_path(L"a"), 2, ranges), S_OK);
    IBackgroundCopyJob3_Release(job3);
    assert_hr(IBackgroundCopyJob_EnumFiles(fixture.job, &files), S_OK);
    assert_hr(IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL), S_OK);
    assert_hr(IBackgroundCopyFile_QueryInterface(file, &IID_IBackgroundCopyFile2, (void **)&fixture.file), S_OK);
    assert_hr(IBackgroundCopyFile_QueryInterface(file, &IID_IBackgroundCopyFile5, (void **)&fixture.file5), S_OK);
    IBackgroundCopyFile_Release(file);
    IEnumBackgroundCopyFiles_Release(files);
    assert_hr(IBackgroundCopyJob_GetError(fixture.failed, &fixture.error), S_OK);
}

static void empty_fixture(void)
{
    IBackgroundCopyError_Release(fixture.error);
    IBackgroundCopyFile2_Release(fixture.file);
    IBackgroundCopyFile5_Release(fixture.file5);
    IDeliveryOptimizationFile2_Release(fixture.placeless);
    IBackgroundCopyJob_Release(fixture.job);
    IBackgroundCopyJob_Release(fixture.failed);
    IBackgroundCopyManager_Release(fixture.manager);
}

/* ---- The calls: *result is the object or the memory that the client gets ---- */

static HRESULT create_instance(void **result)
{
    IClassFactory *factory = NULL;
    HRESULT hr = DllGetClassObject(&CLSID_DeliveryOptimization, &IID_IClassFactory, (void **)&factory);
    if (FAILED(hr)) {
        *result = factory;
        return hr;
    }
    hr = IClassFactory_CreateInstance(factory, NULL, &IID_IBackgroundCopyManager, result);
    IClassFactory_Release(factory);
    return hr;
}

static HRESULT create_job(void **result)
{
    GUID id;
    return IBackgroundCopyManager_CreateJob(fixture.manager, L"new", BG_JOB_TYPE_DOWNLOAD, &id,
                                            (IBackgroundCopyJob **)result);
}

static HRESULT get_job(void **result)
{
    GUID id;
    (void)IBackgroundCopyJob_GetId(fixture.job, &id);
    return IBackgroundCopyManager_GetJob(fixture.manager, &id, (IBackgroundCopyJob **)result);
}

static HRESULT enum_jobs(void **result)
{
    return IBackgroundCopyManager_EnumJobs(fixture.manager, 0, (IEnumBackgroundCopyJobs **)result);
}

static HRESULT enum_files(void **result)
{
    return IBackgroundCopyJob_EnumFiles(fixture.job, (IEnumBackgroundCopyFiles **)result);
}

static HRESULT clone(void **result)
{
    IEnumBackgroundCopyFiles *files = NULL;
    HRESULT hr = IBackgroundCopyJob_EnumFiles(fixture.job, &files);
    if (FAILED(hr)) {
        *result = files;
        return hr;
    }
    hr = IEnumBackgroundCopyFiles_Clone(files, (IEnumBackgroundCopyFiles **)result);
    IEnumBackgroundCopyFiles_Release(files);
    return hr;
}

static HRESULT get_error(void **result)
{
    return IBackgroundCopyJob_GetError(fixture.failed, (IBackgroundCopyError **)result);
}

static HRESULT get_error_file(void **result)
{
    return IBackgroundCopyError_GetFile(fixture.error, (IBackgroundCopyFile **)result);
}

static HRESULT get_display_name(void **result)
{
    return IBackgroundCopyJob_GetDisplayName(fixture.job, (WCHAR **)result);
}

static HRESULT get_remote_name(void **result)
{
    return IBackgroundCopyFile2_GetRemoteName(fixture.file, (WCHAR **)result);
}

static HRESULT get_local_name(void **result)
{
    return IBackgroundCopyFile2_GetLocalName(fixture.file, (WCHAR **)result);
}

static HRESULT get_file_ranges(void **result)
{
    DWORD count = 99;
    HRESULT hr = IBackgroundCopyFile2_GetFileRanges(fixture.file, &count, (BG_FILE_RANGE **)result);
    return FAILED(hr) && count != 0 ? E_UNEXPECTED : hr;
}

static HRESULT add_file_set(void **result)
{
    static WCHAR first[TEMP_PATH_MAX], second[TEMP_PATH_MAX];
    BG_FILE_INFO set[2] = {{(WCHAR[]){L"http://test/1"}, first}, {(WCHAR[]){L"http://test/2"}, second}};
    BG_JOB_PROGRESS before, after;
    *result = NULL;
    temp_dir_path(&env.dir, L"1", first);
    temp_dir_path(&env.dir, L"2", second);
    (void)IBackgroundCopyJob_GetProgress(fixture.job, &before);
    HRESULT hr = IBackgroundCopyJob_AddFileSet(fixture.job, 2, set);
    (void)IBackgroundCopyJob_GetProgress(fixture.job, &after);
    return after.FilesTotal - before.FilesTotal != (SUCCEEDED(hr) ? 2u : 0u) ? E_UNEXPECTED : hr;
}

static HRESULT add_file_with_ranges(void **result)
{
    IDeliveryOptimizationJob *delivery = NULL;
    BG_FILE_RANGE ranges[3] = {{0, 10}, {90, 10}, {40, 10}};
    *result = NULL;
    HRESULT hr = IBackgroundCopyJob_QueryInterface(fixture.job, &IID_IDeliveryOptimizationJob, (void **)&delivery);
    if (FAILED(hr))
        return hr;
    hr = IDeliveryOptimizationJob_AddFileWithRanges(delivery, L"id", L"http://test/3", env_path(L"3"), 3, ranges, 100);
    IDeliveryOptimizationJob_Release(delivery);
    return hr;
}

static HRESULT add_placeless_file(void **result)
{
    IDeliveryOptimizationJob2 *job2 = env_face(fixture.job, &IID_IDeliveryOptimizationJob2);
    HRESULT hr = IDeliveryOptimizationJob2_AddFile(job2, L"placeless", L"http://test/4", 0, NULL,
                                                   &IID_IDeliveryOptimizationFile, result);
    if (SUCCEEDED(hr))
        (void)IUnknown_QueryInterface((IUnknown *)*result, &IID_IDeliveryOptimizationFile2,
                                      (void **)&fixture.placeless);
    return hr;
}

static HRESULT set_text(DOFilePropertyId id, const WCHAR *text)
{
    VARIANT value = {.vt = VT_BSTR};
    V_BSTR(&value) = SysAllocString(text);
    HRESULT hr = IDeliveryOptimizationFile2_SetProperty(fixture.placeless, id, &value);
    SysFreeString(V_BSTR(&value));
    return hr;
}

static HRESULT set_integrity_info(void **result)
{
    *result = NULL;
    return set_text(DOFilePropertyId_IntegrityCheckInfo, L"{\"PiecesHashFileUrl\":\"u\",\"HashOfHashes\":\"h\"}");
}

static HRESULT set_sink_path(void **result)
{
    *result = NULL;
    return set_text(DOFilePropertyId_DownloadSinkFilePath, env_path(L"placeless"));
}

static HRESULT set_remote_name(void **result)
{
    *result = NULL;
    return IBackgroundCopyFile5_SetRemoteName(fixture.file5, L"http://test/z");
}

static HRESULT replace_prefix(void **result)
{
    *result = NULL;
    IBackgroundCopyJob3 *job3 = env_face(fixture.job, &IID_IBackgroundCopyJob3);
    return IBackgroundCopyJob3_ReplaceRemotePrefix(job3, L"http://test/", L"https://test/");
}

static HRESULT get_temporary_name(void **result)
{
    return IBackgroundCopyFile5_GetTemporaryName(fixture.file5, (WCHAR **)result);
}

static HRESULT get_headers(void **result)
{
    BITS_FILE_PROPERTY_VALUE value = {.String = *result};
    HRESULT hr = IBackgroundCopyFile5_GetProperty(fixture.file5, BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS, &value);
    *result = value.String;
    return hr;
}

static HRESULT get_stats(void **result)
{
    DOSwarmStats stats;
    IDeliveryOptimizationFile *file = env_face(fixture.file5, &IID_IDeliveryOptimizationFile);
    memset(&stats, 0xCC, sizeof(stats));
    HRESULT hr = IDeliveryOptimizationFile_GetStats(file, &stats);
    *result = stats.fileId;
    if (FAILED(hr) && stats.sourceURL)
        return E_UNEXPECTED;
    CoTaskMemFree(stats.sourceURL);
    return hr;
}

static HRESULT set_notify_interface(void **result)
{
    *result = NULL;
    HRESULT hr = IBackgroundCopyJob_SetNotifyInterface(fixture.job, (IUnknown *)&fixture.callback.callback_iface);
    return FAILED(hr) && fixture.callback.references != 1 ? E_UNEXPECTED : hr;
}

/* ---- What requests carry ---- */

static IBackgroundCopyJobHttpOptions *http_options(void)
{
    return env_face(fixture.job, &IID_IBackgroundCopyJobHttpOptions);
}

static HRESULT set_proxy(void **result)
{
    *result = NULL;
    return IBackgroundCopyJob_SetProxySettings(fixture.job, BG_JOB_PROXY_USAGE_OVERRIDE, L"proxy:80", L"<local>");
}

static HRESULT get_proxy(void **result)
{
    BG_JOB_PROXY_USAGE usage;
    WCHAR *bypass = (WCHAR *)&fixture;
    HRESULT hr = IBackgroundCopyJob_GetProxySettings(fixture.job, &usage, (WCHAR **)result, &bypass);
    if (FAILED(hr) && bypass)
        return E_UNEXPECTED;
    CoTaskMemFree(bypass);
    return hr;
}

static HRESULT set_credentials(void **result)
{
    BG_AUTH_CREDENTIALS credentials = {.Target = BG_AUTH_TARGET_SERVER, .Scheme = BG_AUTH_SCHEME_BASIC};
    *result = NULL;
    credentials.Credentials.Basic.UserName = (WCHAR[]){L"user"};
    credentials.Credentials.Basic.Password = (WCHAR[]){L"secret"};
    return IBackgroundCopyJob2_SetCredentials((IBackgroundCopyJob2 *)env_face(fixture.job, &IID_IBackgroundCopyJob2),
                                              &credentials);
}

static HRESULT remove_credentials(void **result)
{
    *result = NULL;
    return IBackgroundCopyJob2_RemoveCredentials((IBackgroundCopyJob2 *)env_face(fixture.job, &IID_IBackgroundCopyJob2),
                                                 BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC);
}

static HRESULT set_headers(void **result)
{
    *result = NULL;
    return IBackgroundCopyJobHttpOptions_SetCustomHeaders(http_options(), L"X-Test: 1");
}

static HRESULT get_custom_headers(void **result)
{
    return IBackgroundCopyJobHttpOptions_GetCustomHeaders(http_options(), (WCHAR **)result);
}

static HRESULT set_security_flags(void **result)
{
    *result = NULL;
    return IBackgroundCopyJobHttpOptions_SetSecurityFlags(http_options(), 1);
}

static HRESULT set_certificate(void **result)
{
    BYTE hash[20] = {1};
    *result = NULL;
    return IBackgroundCopyJobHttpOptions_SetClientCertificateByID(http_options(), BG_CERT_STORE_LOCATION_CURRENT_USER,
                                                                  L"MY", hash);
}

static HRESULT set_named_certificate(void **result)
{
    *result = NULL;
    return IBackgroundCopyJobHttpOptions_SetClientCertificateByName(http_options(), BG_CERT_STORE_LOCATION_CURRENT_USER,
                                                                    L"MY", L"subject");
}

static HRESULT get_certificate(void **result)
{
    BG_CERT_STORE_LOCATION location;
    BYTE *hash = (BYTE *)&fixture;
    WCHAR *subject = (WCHAR *)&fixture;
    HRESULT hr = IBackgroundCopyJobHttpOptions_GetClientCertificate(http_options(), &location, (WCHAR **)result, &hash,
                                                                    &subject);
    if (FAILED(hr) && (hash || subject))
        return E_UNEXPECTED;
    CoTaskMemFree(hash);
    CoTaskMemFree(subject);
    return hr;
}

static HRESULT remove_certificate(void **result)
{
    *result = NULL;
    return IBackgroundCopyJobHttpOptions_RemoveClientCertificate(http_options());
}

static HRESULT set_command(void **result)
{
    *result = NULL;
    return IBackgroundCopyJob2_SetNotifyCmdLine((IBackgroundCopyJob2 *)env_face(fixture.job, &IID_IBackgroundCopyJob2),
                                                L"C:\\a.exe", L"/x");
}

static HRESULT take_ownership(void **result)
{
    *result = NULL;
    return IBackgroundCopyJob_TakeOwnership(fixture.job);
}

enum result_kind { NOTHING, OBJECT, MEMORY };

static const struct call {
    const char *name;
    HRESULT (*make)(void **result);
    enum result_kind result;
} all_calls[] = {
    {"CreateInstance", create_instance, OBJECT},
    {"CreateJob", create_job, OBJECT},
    {"GetJob", get_job, OBJECT},
    {"EnumJobs", enum_jobs, OBJECT},
    {"EnumFiles", enum_files, OBJECT},
    {"Clone", clone, OBJECT},
    {"GetError", get_error, OBJECT},
    {"IBackgroundCopyError::GetFile", get_error_file, OBJECT},
    {"GetDisplayName", get_display_name, MEMORY},
    {"GetRemoteName", get_remote_name, MEMORY},
    {"GetLocalName", get_local_name, MEMORY},
    {"GetFileRanges", get_file_ranges, MEMORY},
    {"AddFileSet", add_file_set, NOTHING},
    {"AddFileWithRanges", add_file_with_ranges, NOTHING},
    {"SetNotifyInterface", set_notify_interface, NOTHING},
    {"GetTemporaryName", get_temporary_name, MEMORY},
    {"IBackgroundCopyFile5::GetProperty", get_headers, MEMORY},
    {"GetStats", get_stats, MEMORY},
    {"SetRemoteName", set_remote_name, NOTHING},
    {"ReplaceRemotePrefix", replace_prefix, NOTHING},
    {"IDeliveryOptimizationJob2::AddFile", add_placeless_file, OBJECT},
    {"IDeliveryOptimizationFile2::SetProperty", set_integrity_info, NOTHING},
    {"DownloadSinkFilePath", set_sink_path, NOTHING},
    {"SetProxySettings", set_proxy, NOTHING},
    {"GetProxySettings", get_proxy, MEMORY},
    {"SetCredentials", set_credentials, NOTHING},
    {"SetCustomHeaders", set_headers, NOTHING}, /* what is kept of the credentials is made ready for requests again */
    {"GetCustomHeaders", get_custom_headers, MEMORY},
    {"SetSecurityFlags", set_security_flags, NOTHING},
    {"SetClientCertificateByID", set_certificate, NOTHING},
    {"GetClientCertificate", get_certificate, MEMORY},
    {"SetClientCertificateByName", set_named_certificate, NOTHING},
    {"GetClientCertificate", get_certificate, MEMORY},
    {"RemoveClientCertificate", remove_certificate, NOTHING},
    {"RemoveCredentials", remove_credentials, NOTHING},
    {"SetNotifyCmdLine", set_command, NOTHING},
    {"TakeOwnership", take_ownership, NOTHING},
};

static void drop_result(const struct call *call, void *result)
{
    if (call->result == OBJECT)
        IUnknown_Release((IUnknown *)result);
    else if (call->result == MEMORY)
        CoTaskMemFree(result);
}

static ULONG job_count(void)
{
    IEnumBackgroundCopyJobs *jobs = NULL;
    ULONG count = 0;
    assert_hr(IBackgroundCopyManager_EnumJobs(fixture.manager, 0, &jobs), S_OK);
    assert_hr(IEnumBackgroundCopyJobs_GetCount(jobs, &count), S_OK);
    IEnumBackgroundCopyJobs_Release(jobs);
    return count;
}

/* The number of failures that the call had to bear. */
static size_t sweep(const struct call *call)
{
    for (size_t number = 1; number < MOST_REQUESTS; number++) {
        ULONG jobs = job_count();
        void *result = &fixture;
        test_memory_fail(number);
        HRESULT hr = call->make(&result);
        bool has_failed = test_memory_has_failed();
        test_memory_fail(0);
        if (SUCCEEDED(hr))
            drop_result(call, result);
        if (!has_failed) {
            if (hr != S_OK)
                fail_msg("%s fails by itself: %08lX", call->name, (unsigned long)hr);
            return number - 1;
        }
        if (hr != E_OUTOFMEMORY || result)
            fail_msg("%s, request %zu: %08lX, %p", call->name, number, (unsigned long)hr, result);
        assert_int_equal(job_count(), jobs);
    }
    fail_msg("%s asks for memory without end", call->name);
    return 0;
}

static void every_call_bears_every_failure(void **state)
{
    (void)state;
    fill_fixture();
    for (size_t i = 0; i < sizeof(all_calls) / sizeof(all_calls[0]); i++) {
        size_t failures = sweep(&all_calls[i]);
        if (failures == 0)
            fail_msg("%s asked for no memory: the sweep tests nothing", all_calls[i].name);
    }
    assert_hr(IBackgroundCopyJob_SetNotifyInterface(fixture.job, NULL), S_OK);
    assert_int_equal(fixture.callback.references, 1);
    empty_fixture();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_TEST(every_call_bears_every_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
