/* Files of IDeliveryOptimizationJob2: added without a place for their bytes, which their properties name: a path or a client's stream. */
#include "recording_stream.h"
#include "test_environment.h"

#include <string.h>
#include <wchar.h>

#define SIZE    500000u
#define GATE    196608u
#define NOT_SET HRESULT_FROM_WIN32(ERROR_NOT_FOUND)

static IBackgroundCopyManager *manager;
static IBackgroundCopyJob *job;
static IDeliveryOptimizationJob2 *job2;
static IDeliveryOptimizationFile2 *file; /* the one that was added last */
static struct recording_stream stream;
static HANDLE gate;

static int open_job(void **state)
{
    int result = env_open(state);
    if (result)
        return result;
    manager = env_manager();
    job = env_job(manager);
    assert_hr(IBackgroundCopyJob_QueryInterface(job, &IID_IDeliveryOptimizationJob2, (void **)&job2), S_OK);
    recording_stream_init(&stream);
    gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    return 0;
}

static void release_file(void)
{
    if (file)
        IDeliveryOptimizationFile2_Release(file);
    file = NULL;
}

static bool is_stream_free(void *context)
{
    (void)context;
    return stream.references == 1;
}

static int close_job(void **state)
{
    SetEvent(gate);
    release_file();
    (void)IBackgroundCopyJob_Cancel(job);
    IDeliveryOptimizationJob2_Release(job2);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
    env_until(is_stream_free, NULL, "the last release of the stream");
    int result = env_close(state);
    recording_stream_clear(&stream);
    CloseHandle(gate);
    return result;
}

static void add(const struct memory_resource *resource)
{
    IDeliveryOptimizationFile *added;
    release_file();
    assert_hr(IDeliveryOptimizationJob2_AddFile(job2, resource->url, resource->url, 0, NULL,
                                                &IID_IDeliveryOptimizationFile, (void **)&added),
              S_OK);
    assert_hr(IDeliveryOptimizationFile_QueryInterface(added, &IID_IDeliveryOptimizationFile2, (void **)&file), S_OK);
    IDeliveryOptimizationFile_Release(added);
}

/* ---- Values ---- */

static HRESULT set(DOFilePropertyId id, VARIANT value)
{
    return IDeliveryOptimizationFile2_SetProperty(file, id, &value);
}

static VARIANT of_bool(VARIANT_BOOL flag)
{
    VARIANT value = {.vt = VT_BOOL};
    V_BOOL(&value) = flag;
    return value;
}

static VARIANT of_size(UINT64 size)
{
    VARIANT value = {.vt = VT_UI8};
    V_UI8(&value) = size;
    return value;
}

static VARIANT of_unknown(void *object)
{
    VARIANT value = {.vt = VT_UNKNOWN};
    V_UNKNOWN(&value) = object;
    return value;
}

static HRESULT set_text(DOFilePropertyId id, const WCHAR *text)
{
    VARIANT value = {.vt = VT_BSTR};
    V_BSTR(&value) = SysAllocString(text);
    HRESULT hr = set(id, value);
    SysFreeString(V_BSTR(&value));
    return hr;
}

static HRESULT get(DOFilePropertyId id, VARIANT *value)
{
    memset(value, 0xCC, sizeof(*value));
    HRESULT hr = IDeliveryOptimizationFile2_GetProperty(file, id, value);
    if (FAILED(hr))
        assert_int_equal(V_VT(value), VT_EMPTY);
    return hr;
}

static HRESULT try_get(DOFilePropertyId id)
{
    VARIANT value;
    HRESULT hr = get(id, &value);
    VariantClear(&value);
    return hr;
}

static HRESULT set_stream(struct recording_stream *target)
{
    return set(DOFilePropertyId_DownloadSinkInterface, of_unknown(&target->iface));
}

/* ---- Adding ---- */

static void a_file_is_added_without_a_place(void **state)
{
    (void)state;
    void *object = &object;
    const WCHAR *url = L"http://test/a";
    assert_hr(IDeliveryOptimizationJob2_AddFile(job2, L"id", url, 0, NULL, &IID_IUnknown, &object), E_NOINTERFACE);
    assert_null(object);
    assert_hr(IDeliveryOptimizationJob2_AddFile(job2, NULL, url, 0, NULL, &IID_IDeliveryOptimizationFile, &object),
              E_INVALIDARG);
    assert_hr(IDeliveryOptimizationJob2_AddFile(job2, L"", url, 0, NULL, &IID_IDeliveryOptimizationFile, &object),
              E_INVALIDARG);
    assert_hr(IDeliveryOptimizationJob2_AddFile(job2, L"id", L"x", 0, NULL, &IID_IDeliveryOptimizationFile, &object),
              E_INVALIDARG);
    assert_hr(IDeliveryOptimizationJob2_AddFile(job2, L"id", url, 0, NULL, &IID_IDeliveryOptimizationFile, NULL),
              E_INVALIDARG);
    assert_hr(IDeliveryOptimizationJob2_AddFile(job2, L"id", url, 1, NULL, &IID_IDeliveryOptimizationFile, &object),
              E_INVALIDARG);
    assert_hr(IBackgroundCopyJob_Resume(job), DO_E_JOB_EMPTY);
    add(memory_http_add(&env.http, u"a", 1000, 1));
    assert_hr(IDeliveryOptimizationJob2_AddFile(job2, url, url, 0, NULL, &IID_IDeliveryOptimizationFile, &object),
              E_INVALIDARG); /* the id is taken */
    assert_hr(IBackgroundCopyJob_Resume(job), DO_E_LOCALPATH_NOT_SET);
    assert_int_equal(env_state(job), BG_JOB_STATE_SUSPENDED);
    assert_hr(try_get(DOFilePropertyId_DownloadSinkFilePath), NOT_SET);
    assert_hr(try_get(DOFilePropertyId_DownloadSinkInterface), NOT_SET);
    IBackgroundCopyFile3 *file3;
    WCHAR *text;
    assert_hr(IDeliveryOptimizationFile2_QueryInterface(file, &IID_IBackgroundCopyFile3, (void **)&file3), S_OK);
    assert_hr(IBackgroundCopyFile3_GetLocalName(file3, &text), S_OK);
    assert_text(text, L"");
    assert_hr(IBackgroundCopyFile3_GetTemporaryName(file3, &text), DO_E_LOCALPATH_NOT_SET);
    assert_null(text);
    IBackgroundCopyFile3_Release(file3);
}

static void a_file_added_meanwhile_fails_the_job_until_it_has_a_place(void **state)
{
    (void)state;
    struct memory_resource *slow = memory_http_add(&env.http, u"slow", SIZE, 1);
    struct memory_resource *late = memory_http_add(&env.http, u"late", 1000, 2);
    IBackgroundCopyError *error;
    BG_ERROR_CONTEXT context;
    HRESULT code;
    slow->gate = gate;
    slow->gate_at = GATE;
    env_add(job, slow, L"slow");
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_await_state(job, BG_JOB_STATE_TRANSFERRING);
    add(late);
    env_await_state(job, BG_JOB_STATE_ERROR);
    assert_hr(IBackgroundCopyJob_GetError(job, &error), S_OK);
    assert_hr(IBackgroundCopyError_GetError(error, &context, &code), S_OK);
    assert_hr(code, DO_E_LOCALPATH_NOT_SET);
    assert_int_equal(context, BG_ERROR_CONTEXT_LOCAL_FILE);
    IBackgroundCopyError_Release(error);
    assert_hr(set_text(DOFilePropertyId_DownloadSinkFilePath, env_path(L"late")), S_OK);
    SetEvent(gate);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_await_state(job, BG_JOB_STATE_TRANSFERRED);
    assert_hr(IBackgroundCopyJob_Complete(job), S_OK);
    env_assert_file(L"slow", slow);
    env_assert_file(L"late", late);
}

/* ---- Paths ---- */

static void a_path_is_set_once_and_is_durable(void **state)
{
    (void)state;
    struct memory_resource *resource = memory_http_add(&env.http, u"a", 1000, 3);
    VARIANT value;
    GUID id;
    add(resource);
    assert_hr(set_text(DOFilePropertyId_DownloadSinkFilePath, L"relative"), E_INVALIDARG);
    assert_hr(set_text(DOFilePropertyId_DownloadSinkFilePath, L""), E_INVALIDARG);
    assert_hr(set(DOFilePropertyId_DownloadSinkFilePath, (VARIANT){.vt = VT_BSTR}), E_INVALIDARG);
    assert_hr(set(DOFilePropertyId_DownloadSinkFilePath, of_size(1)), E_INVALIDARG);
    assert_hr(set_text(DOFilePropertyId_DownloadSinkFilePath, env_path(L"none\\a")),
              HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND));
    assert_hr(set_text(DOFilePropertyId_DownloadSinkFilePath, env_path(L"a")), S_OK);
    assert_hr(set_text(DOFilePropertyId_DownloadSinkFilePath, env_path(L"b")), DO_E_FILE_DOWNLOADSINK_ALREADY_SET);
    assert_hr(set_stream(&stream), DO_E_FILE_DOWNLOADSINK_ALREADY_SET);
    add(memory_http_add(&env.http, u"b", 1000, 4));
    assert_hr(set_text(DOFilePropertyId_DownloadSinkFilePath, env_path(L"A")), E_INVALIDARG); /* another file has it */
    assert_hr(set_text(DOFilePropertyId_DownloadSinkFilePath, env_path(L"b")), S_OK);

    assert_hr(IBackgroundCopyJob_GetId(job, &id), S_OK);
    release_file();
    IDeliveryOptimizationJob2_Release(job2);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
    env_stop();
    manager = env_manager();
    assert_hr(IBackgroundCopyManager_GetJob(manager, &id, &job), S_OK);
    job2 = env_face(job, &IID_IDeliveryOptimizationJob2);
    IDeliveryOptimizationJob2_AddRef(job2);
    IBackgroundCopyFile *first = env_file(job, 0);
    assert_hr(IBackgroundCopyFile_QueryInterface(first, &IID_IDeliveryOptimizationFile2, (void **)&file), S_OK);
    IBackgroundCopyFile_Release(first);
    assert_hr(get(DOFilePropertyId_DownloadSinkFilePath, &value), S_OK);
    assert_int_equal(V_VT(&value), VT_BSTR);
    assert_int_equal(wcscmp(V_BSTR(&value), env_path(L"a")), 0);
    VariantClear(&value);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_await_state(job, BG_JOB_STATE_TRANSFERRED);
    assert_hr(IBackgroundCopyJob_Complete(job), S_OK);
    env_assert_file(L"a", resource);
}

/* ---- Streams ---- */

static void assert_streamed(const struct memory_resource *resource)
{
    assert_int_equal(recording_stream_size(&stream), resource->size);
    for (size_t i = 0; i < resource->size; i++) {
        if (stream.bytes[i] != memory_http_byte(resource->seed, i))
            fail_msg("byte %zu is wrong", i);
    }
}

static void bytes_go_to_a_stream_in_their_order(void **state)
{
    (void)state;
    struct memory_resource *resource = memory_http_add(&env.http, u"a", SIZE, 5);
    VARIANT value;
    add(resource);
    stream.tells_nothing = true;
    assert_hr(set(DOFilePropertyId_DownloadSinkInterface, of_unknown(NULL)), E_INVALIDARG);
    assert_hr(set(DOFilePropertyId_DownloadSinkInterface, of_unknown(job)), E_NOINTERFACE);
    assert_hr(set_stream(&stream), S_OK);
    assert_hr(set_text(DOFilePropertyId_DownloadSinkFilePath, env_path(L"a")), DO_E_FILE_DOWNLOADSINK_ALREADY_SET);
    assert_hr(get(DOFilePropertyId_DownloadSinkInterface, &value), S_OK);
    assert_int_equal(V_VT(&value), VT_UNKNOWN);
    assert_ptr_equal(V_UNKNOWN(&value), &stream.iface);
    VariantClear(&value);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_await_state(job, BG_JOB_STATE_TRANSFERRED);
    assert_streamed(resource);
    env_until(is_stream_free, NULL, "the release of a stream that has everything");
    assert_hr(try_get(DOFilePropertyId_DownloadSinkInterface), NOT_SET);
    assert_hr(IBackgroundCopyJob_Complete(job), S_OK);
    assert_int_equal(env_state(job), BG_JOB_STATE_ACKNOWLEDGED);
}

static void a_broken_connection_goes_on_where_the_stream_stands(void **state)
{
    (void)state;
    struct memory_resource *resource = memory_http_add(&env.http, u"a", SIZE, 6);
    resource->cuts = 1;
    resource->cut_after = 100000;
    add(resource);
    assert_hr(set_stream(&stream), S_OK);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_await_state(job, BG_JOB_STATE_TRANSIENT_ERROR);
    assert_int_equal(recording_stream_size(&stream), 100000);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_await_state(job, BG_JOB_STATE_TRANSFERRED);
    assert_streamed(resource);
}

static void a_version_that_changes_ends_a_stream_that_has_bytes(void **state)
{
    (void)state;
    struct memory_resource *resource = memory_http_add(&env.http, u"a", SIZE, 7);
    struct recording_stream fresh;
    resource->cuts = 1;
    resource->cut_after = 100000;
    add(resource);
    assert_hr(set_stream(&stream), S_OK);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_await_state(job, BG_JOB_STATE_TRANSIENT_ERROR);
    lock_acquire(&env.http.lock);
    resource->seed = 8;
    (void)wcscpy(resource->etag, L"\"v8\"");
    lock_release(&env.http.lock);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_await_state(job, BG_JOB_STATE_ERROR);
    assert_int_equal(recording_stream_size(&stream), 100000); /* nothing wrong was added */
    assert_hr(IBackgroundCopyJob_Resume(job), DO_E_LOCALPATH_NOT_SET);
    recording_stream_init(&fresh);
    assert_hr(set_stream(&fresh), S_OK);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_await_state(job, BG_JOB_STATE_TRANSFERRED);
    assert_int_equal(recording_stream_size(&fresh), SIZE);
    assert_int_equal(fresh.bytes[SIZE - 1], memory_http_byte(8, SIZE - 1));
    assert_hr(IBackgroundCopyJob_Complete(job), S_OK);
    recording_stream_clear(&fresh);
}

static void what_a_stream_refuses_is_the_jobs_error(void **state)
{
    (void)state;
    struct memory_resource *resource = memory_http_add(&env.http, u"a", SIZE, 9);
    IBackgroundCopyError *error;
    BG_ERROR_CONTEXT context;
    HRESULT code;
    add(resource);
    stream.fail_at = 70000; /* in the middle of a write */
    assert_hr(set_stream(&stream), S_OK);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_await_state(job, BG_JOB_STATE_ERROR);
    assert_hr(IBackgroundCopyJob_GetError(job, &error), S_OK);
    assert_hr(IBackgroundCopyError_GetError(error, &context, &code), S_OK);
    assert_hr(code, STG_E_MEDIUMFULL);
    assert_int_equal(context, BG_ERROR_CONTEXT_LOCAL_FILE);
    IBackgroundCopyError_Release(error);
    stream.fail_at = RECORDING_STREAM_MAX; /* there is room again */
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_await_state(job, BG_JOB_STATE_TRANSFERRED);
    assert_streamed(resource);
}

static bool is_writing(void *context)
{
    (void)context;
    return stream.writes > 0;
}

static void a_slow_stream_holds_up_no_call_and_gets_no_byte_twice(void **state)
{
    (void)state;
    struct memory_resource *resource = memory_http_add(&env.http, u"a", SIZE, 10);
    add(resource);
    stream.gate = gate;
    assert_hr(set_stream(&stream), S_OK);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_until(is_writing, NULL, "a write");
    assert_hr(IBackgroundCopyJob_Suspend(job), S_OK); /* does not wait for the client */
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_await_state(job, BG_JOB_STATE_TRANSFERRING);
    assert_hr(IBackgroundCopyJob_Suspend(job), S_OK); /* nor does it while another write waits for its turn */
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    SetEvent(gate);
    env_await_state(job, BG_JOB_STATE_TRANSFERRED);
    assert_streamed(resource);
}

static void ranges_go_to_a_stream_as_they_were_asked_for(void **state)
{
    (void)state;
    struct memory_resource *resource = memory_http_add(&env.http, u"a", 1000, 11);
    BG_FILE_RANGE ranges[] = {{100, 100}, {900, BG_LENGTH_TO_EOF}, {400, 50}};
    IDeliveryOptimizationFile *added;
    assert_hr(IDeliveryOptimizationJob2_AddFile(job2, L"id", resource->url, 3, ranges, &IID_IDeliveryOptimizationFile,
                                                (void **)&added),
              S_OK);
    assert_hr(IDeliveryOptimizationFile_QueryInterface(added, &IID_IDeliveryOptimizationFile2, (void **)&file), S_OK);
    IDeliveryOptimizationFile_Release(added);
    assert_hr(set_stream(&stream), S_OK);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_await_state(job, BG_JOB_STATE_TRANSFERRED);
    assert_int_equal(recording_stream_size(&stream), 250);
    for (size_t i = 0; i < 250; i++) {
        size_t at = i < 100 ? 100 + i : i < 200 ? 800 + i : 200 + i;
        assert_int_equal(stream.bytes[i], memory_http_byte(11, at));
    }
}

/* ---- The others ---- */

static void the_size_is_checked_against_the_server(void **state)
{
    (void)state;
    struct memory_resource *resource = memory_http_add(&env.http, u"a", 1000, 12);
    VARIANT value;
    BG_JOB_PROGRESS progress;
    IBackgroundCopyError *error;
    BG_ERROR_CONTEXT context;
    HRESULT code;
    add(resource);
    assert_hr(set_text(DOFilePropertyId_DownloadSinkFilePath, env_path(L"a")), S_OK);
    assert_hr(try_get(DOFilePropertyId_TotalSizeBytes), NOT_SET);
    assert_hr(set(DOFilePropertyId_TotalSizeBytes, of_bool(VARIANT_TRUE)), E_INVALIDARG);
    assert_hr(set(DOFilePropertyId_TotalSizeBytes, of_size(999)), S_OK);
    assert_hr(get(DOFilePropertyId_TotalSizeBytes, &value), S_OK);
    assert_int_equal(V_VT(&value), VT_UI8);
    assert_int_equal(V_UI8(&value), 999);
    assert_hr(IBackgroundCopyJob_GetProgress(job, &progress), S_OK);
    assert_int_equal(progress.BytesTotal, 999);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_await_state(job, BG_JOB_STATE_ERROR);
    assert_hr(IBackgroundCopyJob_GetError(job, &error), S_OK);
    assert_hr(IBackgroundCopyError_GetError(error, &context, &code), S_OK);
    assert_hr(code, DO_E_HTTP_BLOCKSIZE_MISMATCH);
    IBackgroundCopyError_Release(error);
    assert_hr(set(DOFilePropertyId_TotalSizeBytes, of_size(1000)), S_OK);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_await_state(job, BG_JOB_STATE_TRANSFERRED);
    assert_hr(set(DOFilePropertyId_TotalSizeBytes, of_size(1000)), DO_E_INVALID_STATE);
    assert_hr(IBackgroundCopyJob_Complete(job), S_OK);
    env_assert_file(L"a", resource);
}

static void checks_that_cannot_be_made_are_refused(void **state)
{
    (void)state;
    static const WCHAR info[] = L"{\"PiecesHashFileUrl\":\"http://test/phf\",\"HashOfHashes\":\"bLR+\"}";
    struct memory_resource *resource = memory_http_add(&env.http, u"a", 1000, 13);
    VARIANT value;
    BG_JOB_STATE state_now;
    add(resource);
    assert_hr(set_text(DOFilePropertyId_DownloadSinkFilePath, env_path(L"a")), S_OK);
    assert_hr(try_get(DOFilePropertyId_IntegrityCheckMandatory), NOT_SET);
    assert_hr(set(DOFilePropertyId_IntegrityCheckMandatory, of_bool(VARIANT_TRUE)), S_OK);
    assert_hr(get(DOFilePropertyId_IntegrityCheckMandatory, &value), S_OK);
    assert_int_equal(V_VT(&value), VT_BOOL);
    assert_int_equal(V_BOOL(&value), VARIANT_TRUE);
    assert_hr(IBackgroundCopyJob_Resume(job), DO_E_INTEGRITYCHECKINFO_UNSPECIFIED);
    assert_hr(IBackgroundCopyJob_GetState(job, &state_now), S_OK);
    assert_int_equal(state_now, BG_JOB_STATE_SUSPENDED);
    assert_hr(set_text(DOFilePropertyId_IntegrityCheckInfo, info), S_OK);
    assert_hr(try_get(DOFilePropertyId_IntegrityCheckInfo), DO_E_WRITE_ONLY_PROPERTY);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_await_state(job, BG_JOB_STATE_ERROR);
    assert_int_equal(memory_http_count(&env.http, resource), 0); /* not a byte is asked for */
    assert_hr(IDeliveryOptimizationJob2_GetProperty(job2, DOJobPropertyId_ExtendedErrorInfo, &value), S_OK);
    assert_int_equal(V_VT(&value), VT_BSTR);
    assert_true(SysStringLen(V_BSTR(&value)) > 0);
    VariantClear(&value);
    assert_hr(set(DOFilePropertyId_IntegrityCheckMandatory, of_bool(VARIANT_FALSE)), S_OK);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK); /* a check that may be left out is */
    env_await_state(job, BG_JOB_STATE_TRANSFERRED);
}

static void what_would_have_to_be_decrypted_is_not_fetched(void **state)
{
    (void)state;
    struct memory_resource *resource = memory_http_add(&env.http, u"a", 1000, 14);
    IBackgroundCopyError *error;
    BG_ERROR_CONTEXT context;
    HRESULT code;
    add(resource);
    assert_hr(set_text(DOFilePropertyId_DownloadSinkFilePath, env_path(L"a")), S_OK);
    assert_hr(set_text(DOFilePropertyId_DecryptionInfo,
                       L"{\"KeyData\":\"AAAA\",\"EncryptionBufferSize\":65536,\"AlgorithmName\":\"AES\","
                       L"\"ChainingMode\":\"ChainingModeCBC\"}"),
              S_OK);
    assert_hr(try_get(DOFilePropertyId_DecryptionInfo), DO_E_WRITE_ONLY_PROPERTY);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_await_state(job, BG_JOB_STATE_ERROR);
    assert_hr(IBackgroundCopyJob_GetError(job, &error), S_OK);
    assert_hr(IBackgroundCopyError_GetError(error, &context, &code), S_OK);
    assert_hr(code, DO_E_FILE_ENCRYPTION_EXPECTED);
    IBackgroundCopyError_Release(error);
    assert_int_equal(memory_http_count(&env.http, resource), 0);
}

static void hostile_json_is_refused(void **state)
{
    (void)state;
    static const WCHAR *const texts[] = {
        L"",
        L"{",
        L"[]",
        L"{}",
        L"{\"PiecesHashFileUrl\":\"u\"}",
        L"{\"HashOfHashes\":\"h\"}",
        L"{\"PiecesHashFileUrl\":1,\"HashOfHashes\":\"h\"}",
        L"{\"PiecesHashFileUrl\":\"\",\"HashOfHashes\":\"h\"}",
        L"{\"PiecesHashFileUrl\":\"u\",\"HashOfHashes\":\"h\"} x",
        L"{\"PiecesHashFileUrl\":\"u\",\"HashOfHashes\":null}",
        L"{\"o\":{\"PiecesHashFileUrl\":\"u\",\"HashOfHashes\":\"h\"}}",
        L"{\"PiecesHashFileUrl\":\"u\",\"HashOfHashes\":\"h\"",
    };
    VARIANT value = {.vt = VT_BSTR};
    add(memory_http_add(&env.http, u"a", 1000, 15));
    for (size_t i = 0; i < ARRAYSIZE(texts); i++)
        assert_hr(set_text(DOFilePropertyId_IntegrityCheckInfo, texts[i]), E_INVALIDARG);
    assert_hr(set(DOFilePropertyId_IntegrityCheckInfo, value), E_INVALIDARG); /* a NULL text */
    V_BSTR(&value) = SysAllocStringLen(L"{\"PiecesHashFileUrl\":\"u\",\"HashOfHashes\":\"h\"}\0x", 46);
    assert_hr(set(DOFilePropertyId_IntegrityCheckInfo, value), E_INVALIDARG); /* something behind a terminator */
    SysFreeString(V_BSTR(&value));
    assert_hr(set_text(DOFilePropertyId_DecryptionInfo, L"{\"KeyData\":\"A\"}"), E_INVALIDARG);
}

static void values_may_come_by_reference(void **state)
{
    (void)state;
    VARIANT_BOOL flag = VARIANT_TRUE;
    UINT64 size = 77;
    IUnknown *object = (IUnknown *)&stream.iface;
    BSTR path = SysAllocString(env_path(L"b"));
    VARIANT inner = of_size(78), value = {.vt = VT_BYREF | VT_BOOL};
    add(memory_http_add(&env.http, u"a", 1000, 16));
    V_BOOLREF(&value) = &flag;
    assert_hr(set(DOFilePropertyId_IntegrityCheckMandatory, value), S_OK);
    V_BOOLREF(&value) = NULL;
    assert_hr(set(DOFilePropertyId_IntegrityCheckMandatory, value), E_INVALIDARG);
    V_VT(&value) = VT_BYREF | VT_UI8;
    V_UI8REF(&value) = &size;
    assert_hr(set(DOFilePropertyId_TotalSizeBytes, value), S_OK);
    assert_hr(set(DOFilePropertyId_IntegrityCheckMandatory, value), E_INVALIDARG);
    V_VT(&value) = VT_BYREF | VT_VARIANT;
    V_VARIANTREF(&value) = &inner;
    assert_hr(set(DOFilePropertyId_TotalSizeBytes, value), S_OK);
    inner = value; /* one that points to itself */
    V_VARIANTREF(&inner) = &inner;
    assert_hr(set(DOFilePropertyId_TotalSizeBytes, inner), E_INVALIDARG);
    V_VT(&value) = VT_BYREF | VT_UNKNOWN;
    V_UNKNOWNREF(&value) = &object;
    assert_hr(set(DOFilePropertyId_DownloadSinkInterface, value), S_OK);
    add(memory_http_add(&env.http, u"b", 1000, 16));
    V_VT(&value) = VT_BYREF | VT_BSTR;
    V_BSTRREF(&value) = &path;
    assert_hr(set(DOFilePropertyId_DownloadSinkFilePath, value), S_OK);
    SysFreeString(path);
}

static void identifiers_and_states_are_checked(void **state)
{
    (void)state;
    VARIANT value = of_bool(VARIANT_TRUE);
    struct memory_resource *resource = memory_http_add(&env.http, u"a", SIZE, 17);
    resource->gate = gate;
    resource->gate_at = GATE;
    add(resource);
    assert_hr(try_get((DOFilePropertyId)7), DO_E_UNKNOWN_PROPERTY_ID);
    assert_hr(try_get((DOFilePropertyId)-1), DO_E_UNKNOWN_PROPERTY_ID);
    assert_hr(set((DOFilePropertyId)7, value), DO_E_UNKNOWN_PROPERTY_ID);
    assert_hr(try_get(DOFilePropertyId_DownloadSinkMemoryStream), DO_E_MEMORYSTREAM_DOWNLOAD_NOT_SUPPORTED);
    assert_hr(set(DOFilePropertyId_DownloadSinkMemoryStream, value), DO_E_MEMORYSTREAM_DOWNLOAD_NOT_SUPPORTED);
    assert_hr(IDeliveryOptimizationFile2_GetProperty(file, DOFilePropertyId_TotalSizeBytes, NULL), E_INVALIDARG);
    assert_hr(IDeliveryOptimizationFile2_SetProperty(file, DOFilePropertyId_TotalSizeBytes, NULL), E_INVALIDARG);
    assert_hr(IDeliveryOptimizationJob2_GetProperty(job2, (DOJobPropertyId)1, &value), DO_E_UNKNOWN_PROPERTY_ID);
    assert_hr(IDeliveryOptimizationJob2_GetProperty(job2, DOJobPropertyId_ExtendedErrorInfo, NULL), E_INVALIDARG);
    assert_hr(IDeliveryOptimizationJob2_GetProperty(job2, DOJobPropertyId_ExtendedErrorInfo, &value), S_OK);
    assert_int_equal(SysStringLen(V_BSTR(&value)), 0);
    VariantClear(&value);
    assert_hr(IDeliveryOptimizationJob2_SetProperty(job2, (DOJobPropertyId)1, &value), DO_E_UNKNOWN_PROPERTY_ID);
    assert_hr(set_text(DOFilePropertyId_DownloadSinkFilePath, env_path(L"a")), S_OK);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    assert_hr(set(DOFilePropertyId_IntegrityCheckMandatory, of_bool(VARIANT_TRUE)), DO_E_INVALID_STATE);
    assert_hr(set(DOFilePropertyId_TotalSizeBytes, of_size(1)), DO_E_INVALID_STATE);
    assert_hr(set_text(DOFilePropertyId_DownloadSinkFilePath, env_path(L"b")), DO_E_INVALID_STATE);
    assert_hr(set_stream(&stream), DO_E_INVALID_STATE);
    assert_hr(set_text(DOFilePropertyId_DecryptionInfo, L"x"), E_INVALIDARG);
    assert_hr(IBackgroundCopyJob_Cancel(job), S_OK);
    assert_hr(set(DOFilePropertyId_TotalSizeBytes, of_size(1)), DO_E_INVALID_STATE);
}

static void a_stream_goes_with_its_host(void **state)
{
    (void)state;
    struct memory_resource *resource = memory_http_add(&env.http, u"a", SIZE, 18);
    struct recording_stream fresh;
    GUID id;
    resource->cuts = 1;
    resource->cut_after = 100000;
    add(resource);
    assert_hr(set_stream(&stream), S_OK);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_await_state(job, BG_JOB_STATE_TRANSIENT_ERROR);
    assert_hr(IBackgroundCopyJob_Suspend(job), S_OK);
    assert_hr(IBackgroundCopyJob_GetId(job, &id), S_OK);
    release_file();
    IDeliveryOptimizationJob2_Release(job2);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
    env_stop();
    assert_int_equal(stream.references, 1);
    manager = env_manager();
    assert_hr(IBackgroundCopyManager_GetJob(manager, &id, &job), S_OK);
    job2 = env_face(job, &IID_IDeliveryOptimizationJob2);
    IDeliveryOptimizationJob2_AddRef(job2);
    assert_hr(IBackgroundCopyJob_Resume(job), DO_E_LOCALPATH_NOT_SET);
    IBackgroundCopyFile *first = env_file(job, 0);
    assert_hr(IBackgroundCopyFile_QueryInterface(first, &IID_IDeliveryOptimizationFile2, (void **)&file), S_OK);
    IBackgroundCopyFile_Release(first);
    recording_stream_init(&fresh);
    assert_hr(set_stream(&fresh), S_OK);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_await_state(job, BG_JOB_STATE_TRANSFERRED);
    assert_int_equal(recording_stream_size(&fresh), SIZE);
    assert_int_equal(fresh.bytes[0], memory_http_byte(18, 0));
    assert_hr(IBackgroundCopyJob_Complete(job), S_OK);
    recording_stream_clear(&fresh);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, open_job, close_job)
    const struct CMUnitTest tests[] = {
        TEST(a_file_is_added_without_a_place),
        TEST(a_file_added_meanwhile_fails_the_job_until_it_has_a_place),
        TEST(a_path_is_set_once_and_is_durable),
        TEST(bytes_go_to_a_stream_in_their_order),
        TEST(a_broken_connection_goes_on_where_the_stream_stands),
        TEST(a_version_that_changes_ends_a_stream_that_has_bytes),
        TEST(what_a_stream_refuses_is_the_jobs_error),
        TEST(a_slow_stream_holds_up_no_call_and_gets_no_byte_twice),
        TEST(ranges_go_to_a_stream_as_they_were_asked_for),
        TEST(the_size_is_checked_against_the_server),
        TEST(checks_that_cannot_be_made_are_refused),
        TEST(what_would_have_to_be_decrypted_is_not_fetched),
        TEST(hostile_json_is_refused),
        TEST(values_may_come_by_reference),
        TEST(identifiers_and_states_are_checked),
        TEST(a_stream_goes_with_its_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
