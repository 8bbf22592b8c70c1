/* A client's callback may call whatever it likes, on its own job and on any other: no lock of ours is held, and nothing waits for the callback. Each test makes
 * every call of every interface from inside one of the four methods, and ends the job there in another way. A call that never came back would make the
 * test wait for the callback's end in vain. */
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

#define TRY(call)  note((call), #call)
#define CALL(call) ((void)(call)) /* its answer depends on the machine */

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
    if (SUCCEEDED(IBackgroundCopyJob5_GetError(job, &error)))
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

static void use_http_options(IBackgroundCopyJob5 *job)
{
    IBackgroundCopyJobHttpOptions *http = NULL;
    WCHAR *text = NULL;
    ULONG flags;
    TRY(IBackgroundCopyJob5_QueryInterface(job, &IID_IBackgroundCopyJobHttpOptions, (void **)&http));
    if (!http)
        return;
    TRY(IBackgroundCopyJobHttpOptions_SetCustomHeaders(http, L"A: b\r\n"));
    TRY(IBackgroundCopyJobHttpOptions_GetCustomHeaders(http, &text));
    FREE(text);
    TRY(IBackgroundCopyJobHttpOptions_SetSecurityFlags(http, 0));
    TRY(IBackgroundCopyJobHttpOptions_GetSecurityFlags(http, &flags));
    CALL(IBackgroundCopyJobHttpOptions_RemoveClientCertificate(http));
    IBackgroundCopyJobHttpOptions_Release(http);
}

static void use_file(IBackgroundCopyFile *file)
{
    IBackgroundCopyFile5 *face = NULL;
    IDeliveryOptimizationFile *delivery = NULL;
    WCHAR *text = NULL;
    BG_FILE_PROGRESS progress;
    BG_FILE_RANGE *ranges = NULL;
    DWORD count;
    BOOL is_valid, is_from_peer;
    UINT64 from_origin, from_peers;
    BITS_FILE_PROPERTY_VALUE value = {NULL};
    DOSwarmStats stats;
    TRY(IBackgroundCopyFile_GetRemoteName(file, &text));
    FREE(text);
    TRY(IBackgroundCopyFile_GetLocalName(file, &text));
    FREE(text);
    TRY(IBackgroundCopyFile_GetProgress(file, &progress));
    TRY(IBackgroundCopyFile_QueryInterface(file, &IID_IBackgroundCopyFile5, (void **)&face));
    TRY(IBackgroundCopyFile_QueryInterface(file, &IID_IDeliveryOptimizationFile, (void **)&delivery));
    if (!face || !delivery)
        return;
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
    while (IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL) == S_OK) {
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
    IEnumBackgroundCopyJobs *jobs = NULL;
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

static void use_everything(struct recording_callback *self, enum callback_kind kind, IBackgroundCopyJob *job,
                           IBackgroundCopyError *error)
{
    IBackgroundCopyJob5 *job5 = NULL;
    if (kind != inside.kind || inside.is_done)
        return;
    inside.is_done = true;
    TRY(IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob5, (void **)&job5));
    if (error) {
        BG_ERROR_CONTEXT context;
        HRESULT code;
        TRY(IBackgroundCopyError_GetError(error, &context, &code));
    }
    read_job(job5);
    write_job(job5);
    use_http_options(job5);
    use_files(job5);
    use_manager();
    TRY(IBackgroundCopyJob_SetNotifyInterface(job, NULL));
    TRY(IBackgroundCopyJob_SetNotifyInterface(job, callback_unknown(self)));
    TRY(IBackgroundCopyJob_SetNotifyFlags(job, BG_NOTIFY_JOB_TRANSFERRED));
    add_files(job5);
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
    return IBackgroundCopyJob_Complete(job);
}

static HRESULT cancel(IBackgroundCopyJob *job)
{
    return IBackgroundCopyJob_Cancel(job);
}

static HRESULT resume(IBackgroundCopyJob *job)
{
    return IBackgroundCopyJob_Resume(job);
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
    run(manager, job, &callback, CALLBACK_FILE, BG_NOTIFY_FILE_TRANSFERRED | BG_NOTIFY_JOB_TRANSFERRED, resume);
    callback_await(&callback, CALLBACK_TRANSFERRED, 1);
    assert_hr(IBackgroundCopyJob_Complete(job), S_OK);
    callback_finish(manager, job, &callback);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_TEST(job_transferred_may_do_everything_and_complete),
        ENV_TEST(job_error_may_do_everything_and_cancel),
        ENV_TEST(job_modification_may_do_everything_and_release),
        ENV_TEST(file_transferred_may_do_everything_and_resume),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
