/* A client's callback may call whatever it likes, on its own job and on any other: no lock of ours is held, and nothing waits for the callback. Each test makes
 * every call of every interface from inside one of the four methods, and ends the job there in another way. A call that never came back would make the
 * test wait for the callback's end in vain. That no method is left out is counted at the end, against the sizes of the vtables. */
#include "recording_callback.h"

#include <string.h>
#include <wchar.h>

/* Asserting inside a callback would jump out of a foreign thread: the first call that failed is looked at afterwards. */
static struct {
    IBackgroundCopyManager *manager;
    IBackgroundCopyJob *own; /* the test's own pointer to the job, for a callback that lets go of it */
    struct recording_callback *callback;
    HRESULT (*end)(IBackgroundCopyJob *job);
    enum callback_kind kind; /* in which call */
    bool is_done;            /* once is enough */
    const char *failed;
    HRESULT result;
} inside;

static void note(HRESULT hr, const char *call)
{
    if (SUCCEEDED(hr) || inside.failed)
        return;
    inside.failed = call;
    inside.result = hr;
}

/* The methods that were called so far, "interface_method", of an interface without the number of its version where the versions inherit. */
static struct {
    char names[200][64];
    size_t count;
} called;

static HRESULT mark(HRESULT hr, const char *call)
{
    char name[64];
    size_t length = 0, prefix = strcspn(call, "_");
    bool inherits = strncmp(call, "IBackgroundCopy", 15) == 0;
    for (size_t i = 0; call[i] && call[i] != '(' && length + 1 < sizeof(name); i++) {
        bool is_version = i < prefix && call[i] >= '0' && call[i] <= '9';
        if (!inherits || !is_version)
            name[length++] = call[i];
    }
    name[length] = 0;
    for (size_t i = 0; i < called.count; i++) {
        if (!strcmp(called.names[i], name))
            return hr;
    }
    if (called.count < ARRAYSIZE(called.names))
        strcpy(called.names[called.count++], name);
    return hr;
}

static size_t count_called(const char *interface_name)
{
    size_t count = 0, length = strlen(interface_name);
    for (size_t i = 0; i < called.count; i++) {
        bool is_of_it = !strncmp(called.names[i], interface_name, length) && called.names[i][length] == '_';
        count += is_of_it && strcmp(called.names[i] + length, "_QueryInterface");
    }
    return count;
}

#define MARK(call) mark((call), #call)
#define TRY(call)  note(mark((call), #call), #call)
#define CALL(call) ((void)mark((call), #call)) /* its answer depends on the machine, or on the state of the job */

#define FREE(text) CoTaskMemFree(text)

static void read_job(IBackgroundCopyJob5 *job)
{
    GUID id;
    BG_JOB_TYPE type;
    BG_JOB_PROGRESS progress;
    BG_JOB_TIMES times;
    BG_JOB_STATE state;
    IBackgroundCopyError *error = NULL;
    BG_JOB_PRIORITY priority;
    ULONG number;
    BOOL is_elevated;
    BG_JOB_PROXY_USAGE usage;
    BITS_JOB_PROPERTY_VALUE value;
    IUnknown *callback = NULL;
    WCHAR *text = NULL, *second = NULL;
    TRY(IBackgroundCopyJob5_GetId(job, &id));
    TRY(IBackgroundCopyJob5_GetType(job, &type));
    TRY(IBackgroundCopyJob5_GetProgress(job, &progress));
    TRY(IBackgroundCopyJob5_GetTimes(job, &times));
    TRY(IBackgroundCopyJob5_GetState(job, &state));
    if (SUCCEEDED(MARK(IBackgroundCopyJob5_GetError(job, &error))))
        IBackgroundCopyError_Release(error);
    TRY(IBackgroundCopyJob5_GetOwner(job, &text));
    FREE(text);
    TRY(IBackgroundCopyJob5_GetDisplayName(job, &text));
    FREE(text);
    TRY(IBackgroundCopyJob5_GetDescription(job, &text));
    FREE(text);
    TRY(IBackgroundCopyJob5_GetPriority(job, &priority));
    TRY(IBackgroundCopyJob5_GetNotifyFlags(job, &number));
    TRY(IBackgroundCopyJob5_GetNotifyInterface(job, &callback));
    if (callback)
        IUnknown_Release(callback);
    TRY(IBackgroundCopyJob5_GetMinimumRetryDelay(job, &number));
    TRY(IBackgroundCopyJob5_GetNoProgressTimeout(job, &number));
    TRY(IBackgroundCopyJob5_GetErrorCount(job, &number));
    TRY(IBackgroundCopyJob5_GetProxySettings(job, &usage, &text, &second));
    FREE(text);
    FREE(second);
    TRY(IBackgroundCopyJob5_GetNotifyCmdLine(job, &text, &second));
    FREE(text);
    FREE(second);
    TRY(IBackgroundCopyJob5_GetFileACLFlags(job, &number));
    TRY(IBackgroundCopyJob5_GetPeerCachingFlags(job, &number));
    TRY(IBackgroundCopyJob5_GetOwnerIntegrityLevel(job, &number));
    TRY(IBackgroundCopyJob5_GetOwnerElevationState(job, &is_elevated));
    TRY(IBackgroundCopyJob5_GetMaximumDownloadTime(job, &number));
    TRY(IBackgroundCopyJob5_GetProperty(job, BITS_JOB_PROPERTY_ID_COST_FLAGS, &value));
}

static void write_job(IBackgroundCopyJob5 *job)
{
    BG_AUTH_CREDENTIALS credentials = {BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC, {{(WCHAR *)L"u", (WCHAR *)L"p"}}};
    TRY(IBackgroundCopyJob5_SetDisplayName(job, L"name"));
    TRY(IBackgroundCopyJob5_SetDescription(job, L"text"));
    TRY(IBackgroundCopyJob5_SetPriority(job, BG_JOB_PRIORITY_HIGH));
    TRY(IBackgroundCopyJob5_SetMinimumRetryDelay(job, 60));
    TRY(IBackgroundCopyJob5_SetNoProgressTimeout(job, 60));
    TRY(IBackgroundCopyJob5_SetProxySettings(job, BG_JOB_PROXY_USAGE_NO_PROXY, NULL, NULL));
    TRY(IBackgroundCopyJob5_SetNotifyCmdLine(job, L"C:\\a.exe", L"a.exe"));
    TRY(IBackgroundCopyJob5_SetNotifyCmdLine(job, NULL, NULL));
    TRY(IBackgroundCopyJob5_SetCredentials(job, &credentials));
    TRY(IBackgroundCopyJob5_RemoveCredentials(job, BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC));
    TRY(IBackgroundCopyJob5_TakeOwnership(job));
    TRY(IBackgroundCopyJob5_SetPeerCachingFlags(job, 0));
    TRY(IBackgroundCopyJob5_SetMaximumDownloadTime(job, 1000));
    TRY(IBackgroundCopyJob5_SetProperty(job, BITS_JOB_PROPERTY_HIGH_PERFORMANCE,
                                        (BITS_JOB_PROPERTY_VALUE){.Enable = TRUE}));
    TRY(IBackgroundCopyJob5_ReplaceRemotePrefix(job, L"ftp://nobody", L"http://other"));
    CALL(IBackgroundCopyJob5_SetFileACLFlags(job, 0));
    CALL(IBackgroundCopyJob5_GetReplyProgress(job, NULL));
    CALL(IBackgroundCopyJob5_GetReplyData(job, NULL, NULL));
    CALL(IBackgroundCopyJob5_SetReplyFileName(job, NULL));
    CALL(IBackgroundCopyJob5_GetReplyFileName(job, NULL));
}

static const BG_CERT_STORE_LOCATION location_of_user = BG_CERT_STORE_LOCATION_CURRENT_USER;

static void use_http_options(IBackgroundCopyJob5 *job)
{
    IBackgroundCopyJobHttpOptions *http = NULL;
    WCHAR *text = NULL, *store = NULL;
    ULONG flags;
    BG_CERT_STORE_LOCATION location;
    BYTE hash[20] = {1}, *blob = NULL;
    TRY(IBackgroundCopyJob5_QueryInterface(job, &IID_IBackgroundCopyJobHttpOptions, (void **)&http));
    if (!http)
        return;
    TRY(IBackgroundCopyJobHttpOptions_SetCustomHeaders(http, L"A: b\r\n"));
    TRY(IBackgroundCopyJobHttpOptions_GetCustomHeaders(http, &text));
    FREE(text);
    TRY(IBackgroundCopyJobHttpOptions_SetSecurityFlags(http, 0));
    TRY(IBackgroundCopyJobHttpOptions_GetSecurityFlags(http, &flags));
    CALL(IBackgroundCopyJobHttpOptions_SetClientCertificateByName(http, location_of_user, L"MY", L"nobody"));
    TRY(IBackgroundCopyJobHttpOptions_SetClientCertificateByID(http, location_of_user, L"MY", hash));
    TRY(IBackgroundCopyJobHttpOptions_GetClientCertificate(http, &location, &store, &blob, &text));
    FREE(store);
    FREE(blob);
    FREE(text);
    TRY(IBackgroundCopyJobHttpOptions_RemoveClientCertificate(http));
    IBackgroundCopyJobHttpOptions_Release(http);
}

static void use_sink(IBackgroundCopyFile *file)
{
    IDeliveryOptimizationFile2 *delivery = NULL;
    VARIANT value;
    TRY(IBackgroundCopyFile_QueryInterface(file, &IID_IDeliveryOptimizationFile2, (void **)&delivery));
    if (!delivery)
        return;
    CALL(IDeliveryOptimizationFile2_GetProperty(delivery, DOFilePropertyId_TotalSizeBytes, &value));
    VariantClear(&value);
    CALL(IDeliveryOptimizationFile2_SetProperty(delivery, DOFilePropertyId_TotalSizeBytes, &value));
    IDeliveryOptimizationFile2_Release(delivery);
}

static void use_file(IBackgroundCopyFile *file)
{
    IBackgroundCopyFile5 *face = NULL;
    IDeliveryOptimizationFile *delivery = NULL;
    WCHAR *text = NULL, *url = NULL;
    BG_FILE_PROGRESS progress;
    BG_FILE_RANGE *ranges = NULL;
    DWORD count;
    BOOL is_valid, is_from_peer;
    UINT64 from_origin, from_peers;
    BITS_FILE_PROPERTY_VALUE value = {NULL};
    DOSwarmStats stats;
    TRY(IBackgroundCopyFile_GetRemoteName(file, &url));
    TRY(IBackgroundCopyFile_GetLocalName(file, &text));
    FREE(text);
    TRY(IBackgroundCopyFile_GetProgress(file, &progress));
    TRY(IBackgroundCopyFile_QueryInterface(file, &IID_IBackgroundCopyFile5, (void **)&face));
    TRY(IBackgroundCopyFile_QueryInterface(file, &IID_IDeliveryOptimizationFile, (void **)&delivery));
    if (!face || !delivery)
        return;
    TRY(IBackgroundCopyFile5_SetRemoteName(face, url));
    FREE(url);
    TRY(IBackgroundCopyFile5_GetFileRanges(face, &count, &ranges));
    FREE(ranges);
    TRY(IBackgroundCopyFile5_GetTemporaryName(face, &text));
    FREE(text);
    CALL(IBackgroundCopyFile5_SetValidationState(face, TRUE)); /* E_PENDING before the file is transferred */
    CALL(IBackgroundCopyFile5_GetValidationState(face, &is_valid));
    TRY(IBackgroundCopyFile5_IsDownloadedFromPeer(face, &is_from_peer));
    TRY(IBackgroundCopyFile5_GetPeerDownloadStats(face, &from_origin, &from_peers));
    TRY(IBackgroundCopyFile5_GetProperty(face, BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS, &value));
    FREE(value.String);
    CALL(IBackgroundCopyFile5_SetProperty(face, BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS, value));
    use_sink(file);
    TRY(IDeliveryOptimizationFile_GetStats(delivery, &stats));
    FREE(stats.fileId);
    FREE(stats.sourceURL);
    IDeliveryOptimizationFile_Release(delivery);
    IBackgroundCopyFile5_Release(face);
}

static void use_files(IBackgroundCopyJob5 *job)
{
    IEnumBackgroundCopyFiles *files = NULL, *clone = NULL;
    IBackgroundCopyFile *file = NULL;
    ULONG count;
    TRY(IBackgroundCopyJob5_EnumFiles(job, &files));
    if (!files)
        return;
    TRY(IEnumBackgroundCopyFiles_GetCount(files, &count));
    TRY(IEnumBackgroundCopyFiles_Clone(files, &clone));
    TRY(IEnumBackgroundCopyFiles_Skip(files, 1));
    TRY(IEnumBackgroundCopyFiles_Reset(files));
    while (MARK(IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL)) == S_OK) {
        use_file(file);
        IBackgroundCopyFile_Release(file);
    }
    if (clone)
        IEnumBackgroundCopyFiles_Release(clone);
    IEnumBackgroundCopyFiles_Release(files);
}

static void use_manager(void)
{
    IBackgroundCopyJob *made = NULL, *found = NULL;
    IEnumBackgroundCopyJobs *jobs = NULL, *clone = NULL;
    ULONG count;
    IBackgroundCopyManager *another = NULL;
    IClassFactory *factory = NULL;
    WCHAR *text = NULL;
    GUID id;
    TRY(IBackgroundCopyManager_CreateJob(inside.manager, L"another", BG_JOB_TYPE_DOWNLOAD, &id, &made));
    TRY(IBackgroundCopyManager_GetJob(inside.manager, &id, &found));
    TRY(IBackgroundCopyManager_EnumJobs(inside.manager, 0, &jobs));
    TRY(IBackgroundCopyManager_GetErrorDescription(inside.manager, E_ACCESSDENIED, 0x409, &text));
    FREE(text);
    TRY(DllGetClassObject(&CLSID_DeliveryOptimization, &IID_IClassFactory, (void **)&factory));
    TRY(IClassFactory_CreateInstance(factory, NULL, &IID_IBackgroundCopyManager, (void **)&another));
    if (inside.failed)
        return;
    TRY(IEnumBackgroundCopyJobs_GetCount(jobs, &count));
    TRY(IEnumBackgroundCopyJobs_Clone(jobs, &clone));
    TRY(IEnumBackgroundCopyJobs_Skip(jobs, 1));
    TRY(IEnumBackgroundCopyJobs_Reset(jobs));
    IBackgroundCopyJob *listed;
    while (MARK(IEnumBackgroundCopyJobs_Next(jobs, 1, &listed, NULL)) == S_OK)
        IBackgroundCopyJob_Release(listed);
    IEnumBackgroundCopyJobs_Release(clone);
    IEnumBackgroundCopyJobs_Release(jobs);
    TRY(IBackgroundCopyJob_Suspend(made));
    TRY(IBackgroundCopyJob_Cancel(found));
    IBackgroundCopyJob_Release(made);
    IBackgroundCopyJob_Release(found);
    IBackgroundCopyManager_Release(another);
    IClassFactory_Release(factory);
}

static void add_files(IBackgroundCopyJob5 *job)
{
    static const WCHAR *const names[] = {L"b", L"c", L"d"};
    WCHAR paths[3][TEMP_PATH_MAX];
    BG_FILE_RANGE range = {0, 10};
    for (int i = 0; i < 3; i++)
        (void)wcscpy(paths[i], env_path(names[i]));
    BG_FILE_INFO info = {(WCHAR *)L"http://test/c", paths[1]};
    TRY(IBackgroundCopyJob5_AddFile(job, L"http://test/b", paths[0]));
    TRY(IBackgroundCopyJob5_AddFileSet(job, 1, &info));
    TRY(IBackgroundCopyJob5_AddFileWithRanges(job, L"http://test/d", paths[2], 1, &range));
}

/* Files of the newer interfaces, and the job through those. */
static void use_delivery(IBackgroundCopyJob5 *job)
{
    WCHAR path[TEMP_PATH_MAX];
    IDeliveryOptimizationJob *first = NULL;
    IDeliveryOptimizationJob2 *second = NULL;
    IDeliveryOptimizationFile *file = NULL;
    IDeliveryOptimizationFile2 *sink = NULL;
    VARIANT value;
    TRY(IBackgroundCopyJob5_QueryInterface(job, &IID_IDeliveryOptimizationJob, (void **)&first));
    TRY(IBackgroundCopyJob5_QueryInterface(job, &IID_IDeliveryOptimizationJob2, (void **)&second));
    if (inside.failed)
        return;
    (void)wcscpy(path, env_path(L"e"));
    TRY(IDeliveryOptimizationJob_AddFileWithRanges(first, L"e", L"http://test/e", path, 0, NULL, (UINT64)-1));
    TRY(IDeliveryOptimizationJob2_GetProperty(second, DOJobPropertyId_ExtendedErrorInfo, &value));
    VariantClear(&value);
    CALL(IDeliveryOptimizationJob2_SetProperty(second, DOJobPropertyId_ExtendedErrorInfo, &value));
    TRY(IDeliveryOptimizationJob2_AddFile(second, L"f", L"http://test/f", 0, NULL, &IID_IDeliveryOptimizationFile,
                                          (void **)&file));
    if (!file)
        return;
    TRY(IDeliveryOptimizationFile_QueryInterface(file, &IID_IDeliveryOptimizationFile2, (void **)&sink));
    V_VT(&value) = VT_BSTR;
    V_BSTR(&value) = SysAllocString(env_path(L"f"));
    TRY(IDeliveryOptimizationFile2_SetProperty(sink, DOFilePropertyId_DownloadSinkFilePath, &value));
    VariantClear(&value);
    IDeliveryOptimizationFile2_Release(sink);
    IDeliveryOptimizationFile_Release(file);
    IDeliveryOptimizationJob2_Release(second);
    IDeliveryOptimizationJob_Release(first);
}

static void use_error(IBackgroundCopyError *error)
{
    BG_ERROR_CONTEXT context;
    HRESULT code;
    IBackgroundCopyFile *file = NULL;
    WCHAR *text = NULL;
    TRY(IBackgroundCopyError_GetError(error, &context, &code));
    TRY(IBackgroundCopyError_GetErrorDescription(error, 0x409, &text));
    FREE(text);
    TRY(IBackgroundCopyError_GetErrorContextDescription(error, 0x409, &text));
    FREE(text);
    TRY(IBackgroundCopyError_GetProtocol(error, &text));
    FREE(text);
    TRY(IBackgroundCopyError_GetFile(error, &file));
    if (file)
        IBackgroundCopyFile_Release(file);
}

static void use_everything(struct recording_callback *self, enum callback_kind kind, IBackgroundCopyJob *job,
                           IBackgroundCopyError *error)
{
    IBackgroundCopyJob5 *job5 = NULL;
    if (kind != inside.kind || inside.is_done)
        return;
    inside.is_done = true;
    TRY(IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob5, (void **)&job5));
    if (error)
        use_error(error);
    read_job(job5);
    write_job(job5);
    use_http_options(job5);
    use_files(job5);
    use_manager();
    TRY(IBackgroundCopyJob_SetNotifyInterface(job, NULL));
    TRY(IBackgroundCopyJob_SetNotifyInterface(job, callback_unknown(self)));
    TRY(IBackgroundCopyJob_SetNotifyFlags(job, BG_NOTIFY_JOB_TRANSFERRED));
    add_files(job5);
    use_delivery(job5);
    TRY(IBackgroundCopyJob_Suspend(job));
    TRY(inside.end(job));
    IBackgroundCopyJob5_Release(job5);
}

static void run(IBackgroundCopyManager *manager, IBackgroundCopyJob *job, struct recording_callback *callback,
                enum callback_kind kind, ULONG flags, HRESULT (*end)(IBackgroundCopyJob *job))
{
    memset(&inside, 0, sizeof(inside));
    inside.manager = manager;
    inside.own = job;
    inside.kind = kind;
    inside.end = end;
    callback_init(callback);
    callback->on_call = use_everything;
    callback_set(callback, job);
    assert_hr(IBackgroundCopyJob_SetNotifyFlags(job, flags), S_OK);
    if (kind != CALLBACK_MODIFICATION)
        assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    callback_await(callback, kind, 1);
    if (inside.failed)
        print_error("%s\n", inside.failed);
    assert_hr(inside.result, S_OK);
}

static HRESULT complete(IBackgroundCopyJob *job)
{
    return MARK(IBackgroundCopyJob_Complete(job));
}

static HRESULT cancel(IBackgroundCopyJob *job)
{
    return MARK(IBackgroundCopyJob_Cancel(job));
}

static HRESULT resume(IBackgroundCopyJob *job)
{
    return MARK(IBackgroundCopyJob_Resume(job));
}

static HRESULT let_go(IBackgroundCopyJob *job)
{
    (void)job;
    IBackgroundCopyJob_Release(inside.own);
    return S_OK;
}

static void job_transferred_may_do_everything_and_complete(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job_with_file(manager);
    static struct recording_callback callback;
    run(manager, job, &callback, CALLBACK_TRANSFERRED, BG_NOTIFY_JOB_TRANSFERRED, complete);
    assert_int_equal(env_state(job), BG_JOB_STATE_ACKNOWLEDGED);
    env_assert_file(L"a", &env.http.resources[0]);
    callback_finish(manager, job, &callback);
}

static void job_error_may_do_everything_and_cancel(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job_with_file(manager);
    static struct recording_callback callback;
    env.http.resources[0].status = 404;
    run(manager, job, &callback, CALLBACK_ERROR, BG_NOTIFY_JOB_ERROR, cancel);
    assert_int_equal(env_state(job), BG_JOB_STATE_CANCELLED);
    callback_finish(manager, job, &callback);
}

static void job_modification_may_do_everything_and_release(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job_with_file(manager);
    static struct recording_callback callback;
    run(manager, job, &callback, CALLBACK_MODIFICATION, BG_NOTIFY_JOB_MODIFICATION, let_go);
    callback_finish(manager, NULL, &callback);
}

static void file_transferred_may_do_everything_and_resume(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    IBackgroundCopyJob *job = env_job_with_file(manager);
    static struct recording_callback callback;
    memory_http_add(&env.http, u"b", 100, 2);
    memory_http_add(&env.http, u"c", 100, 3);
    memory_http_add(&env.http, u"d", 100, 4);
    memory_http_add(&env.http, u"e", 100, 5);
    memory_http_add(&env.http, u"f", 100, 6);
    run(manager, job, &callback, CALLBACK_FILE, BG_NOTIFY_FILE_TRANSFERRED | BG_NOTIFY_JOB_TRANSFERRED, resume);
    callback_await(&callback, CALLBACK_TRANSFERRED, 1);
    assert_hr(IBackgroundCopyJob_Complete(job), S_OK);
    callback_finish(manager, job, &callback);
}

/* Of all tests before together. */
static void no_method_was_left_out(void **state)
{
    (void)state;
#define SLOTS(vtable) (sizeof(vtable) / sizeof(void (*)(void)) - 3) /* without IUnknown's */
    static const struct {
        const char *name;
        size_t methods;
    } rows[] = {
        {"IBackgroundCopyManager", SLOTS(IBackgroundCopyManagerVtbl)},
        {"IBackgroundCopyJob", SLOTS(IBackgroundCopyJob5Vtbl)},
        {"IBackgroundCopyJobHttpOptions", SLOTS(IBackgroundCopyJobHttpOptionsVtbl)},
        {"IBackgroundCopyFile", SLOTS(IBackgroundCopyFile5Vtbl)},
        {"IBackgroundCopyError", SLOTS(IBackgroundCopyErrorVtbl)},
        {"IEnumBackgroundCopyFiles", SLOTS(IEnumBackgroundCopyFilesVtbl)},
        {"IEnumBackgroundCopyJobs", SLOTS(IEnumBackgroundCopyJobsVtbl)},
        {"IDeliveryOptimizationJob", SLOTS(IDeliveryOptimizationJobVtbl)},
        {"IDeliveryOptimizationJob2", SLOTS(IDeliveryOptimizationJob2Vtbl)},
        {"IDeliveryOptimizationFile", SLOTS(IDeliveryOptimizationFileVtbl)},
        {"IDeliveryOptimizationFile2", SLOTS(IDeliveryOptimizationFile2Vtbl)},
    };
    for (size_t i = 0; i < ARRAYSIZE(rows); i++) {
        if (count_called(rows[i].name) != rows[i].methods)
            fail_msg("%s: %u of %u methods", rows[i].name, (unsigned)count_called(rows[i].name),
                     (unsigned)rows[i].methods);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_TEST(job_transferred_may_do_everything_and_complete),
        ENV_TEST(job_error_may_do_everything_and_cancel),
        ENV_TEST(job_modification_may_do_everything_and_release),
        ENV_TEST(file_transferred_may_do_everything_and_resume),
        cmocka_unit_test(no_method_was_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
