/* Files of IDeliveryOptimizationJob2: added without a place for their bytes; their properties name a path, and say what the bytes must be. */
#include "delivery_fixture.h"

#include <wchar.h>

#define NOT_SET HRESULT_FROM_WIN32(ERROR_NOT_FOUND)

/* ---- Adding ---- */

static void a_file_is_added_without_a_place(void **state)
{
    (void)state;
    void *object = &object;
    const WCHAR *url = L"http://test/a";
    assert_hr(IDeliveryOptimizationJob2_AddFile(delivery.job2, L"id", url, 0, NULL, &IID_IUnknown, &object),
              E_NOINTERFACE);
    assert_null(object);
    assert_hr(
        IDeliveryOptimizationJob2_AddFile(delivery.job2, NULL, url, 0, NULL, &IID_IDeliveryOptimizationFile, &object),
        E_INVALIDARG);
    assert_hr(
        IDeliveryOptimizationJob2_AddFile(delivery.job2, L"", url, 0, NULL, &IID_IDeliveryOptimizationFile, &object),
        E_INVALIDARG);
    assert_hr(
        IDeliveryOptimizationJob2_AddFile(delivery.job2, L"id", L"x", 0, NULL, &IID_IDeliveryOptimizationFile, &object),
        E_INVALIDARG);
    assert_hr(
        IDeliveryOptimizationJob2_AddFile(delivery.job2, L"id", url, 0, NULL, &IID_IDeliveryOptimizationFile, NULL),
        E_INVALIDARG);
    assert_hr(
        IDeliveryOptimizationJob2_AddFile(delivery.job2, L"id", url, 1, NULL, &IID_IDeliveryOptimizationFile, &object),
        E_INVALIDARG);
    assert_hr(IBackgroundCopyJob_Resume(delivery.job), DO_E_JOB_EMPTY);
    delivery_add(memory_http_add(&env.http, u"a", 1000, 1));
    assert_hr(
        IDeliveryOptimizationJob2_AddFile(delivery.job2, url, url, 0, NULL, &IID_IDeliveryOptimizationFile, &object),
        E_INVALIDARG); /* the id is taken */
    assert_hr(IBackgroundCopyJob_Resume(delivery.job), DO_E_LOCALPATH_NOT_SET);
    assert_int_equal(env_state(delivery.job), BG_JOB_STATE_SUSPENDED);
    assert_hr(delivery_try_get(DOFilePropertyId_DownloadSinkFilePath), NOT_SET);
    assert_hr(delivery_try_get(DOFilePropertyId_DownloadSinkInterface), NOT_SET);
    IBackgroundCopyFile3 *file3;
    WCHAR *text;
    assert_hr(IDeliveryOptimizationFile2_QueryInterface(delivery.file, &IID_IBackgroundCopyFile3, (void **)&file3),
              S_OK);
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
    slow->gate = delivery.gate;
    slow->gate_at = GATE;
    env_add(delivery.job, slow, L"slow");
    assert_hr(IBackgroundCopyJob_Resume(delivery.job), S_OK);
    env_await_state(delivery.job, BG_JOB_STATE_TRANSFERRING);
    delivery_add(late);
    env_await_state(delivery.job, BG_JOB_STATE_ERROR);
    assert_hr(IBackgroundCopyJob_GetError(delivery.job, &error), S_OK);
    assert_hr(IBackgroundCopyError_GetError(error, &context, &code), S_OK);
    assert_hr(code, DO_E_LOCALPATH_NOT_SET);
    assert_int_equal(context, BG_ERROR_CONTEXT_LOCAL_FILE);
    IBackgroundCopyError_Release(error);
    assert_hr(delivery_set_text(DOFilePropertyId_DownloadSinkFilePath, env_path(L"late")), S_OK);
    SetEvent(delivery.gate);
    assert_hr(IBackgroundCopyJob_Resume(delivery.job), S_OK);
    env_await_state(delivery.job, BG_JOB_STATE_TRANSFERRED);
    assert_hr(IBackgroundCopyJob_Complete(delivery.job), S_OK);
    env_assert_file(L"slow", slow);
    env_assert_file(L"late", late);
}

/* ---- Paths ---- */

static void a_path_is_set_once_and_is_durable(void **state)
{
    (void)state;
    struct memory_resource *resource = memory_http_add(&env.http, u"a", 1000, 3);
    VARIANT value;
    delivery_add(resource);
    assert_hr(delivery_set_text(DOFilePropertyId_DownloadSinkFilePath, L"relative"), E_INVALIDARG);
    assert_hr(delivery_set_text(DOFilePropertyId_DownloadSinkFilePath, L""), E_INVALIDARG);
    assert_hr(delivery_set(DOFilePropertyId_DownloadSinkFilePath, (VARIANT){.vt = VT_BSTR}), E_INVALIDARG);
    assert_hr(delivery_set(DOFilePropertyId_DownloadSinkFilePath, delivery_of_size(1)), E_INVALIDARG);
    assert_hr(delivery_set_text(DOFilePropertyId_DownloadSinkFilePath, env_path(L"none\\a")),
              HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND));
    assert_hr(delivery_set_text(DOFilePropertyId_DownloadSinkFilePath, env_path(L"a")), S_OK);
    assert_hr(delivery_set_text(DOFilePropertyId_DownloadSinkFilePath, env_path(L"b")),
              DO_E_FILE_DOWNLOADSINK_ALREADY_SET);
    assert_hr(delivery_set_stream(&delivery.stream), DO_E_FILE_DOWNLOADSINK_ALREADY_SET);
    delivery_add(memory_http_add(&env.http, u"b", 1000, 4));
    assert_hr(delivery_set_text(DOFilePropertyId_DownloadSinkFilePath, env_path(L"A")),
              E_INVALIDARG); /* another file has it */
    assert_hr(delivery_set_text(DOFilePropertyId_DownloadSinkFilePath, env_path(L"b")), S_OK);

    delivery_restart();
    assert_hr(delivery_get(DOFilePropertyId_DownloadSinkFilePath, &value), S_OK);
    assert_int_equal(V_VT(&value), VT_BSTR);
    assert_int_equal(wcscmp(V_BSTR(&value), env_path(L"a")), 0);
    VariantClear(&value);
    assert_hr(IBackgroundCopyJob_Resume(delivery.job), S_OK);
    env_await_state(delivery.job, BG_JOB_STATE_TRANSFERRED);
    assert_hr(IBackgroundCopyJob_Complete(delivery.job), S_OK);
    env_assert_file(L"a", resource);
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
    delivery_add(resource);
    assert_hr(delivery_set_text(DOFilePropertyId_DownloadSinkFilePath, env_path(L"a")), S_OK);
    assert_hr(delivery_try_get(DOFilePropertyId_TotalSizeBytes), NOT_SET);
    assert_hr(delivery_set(DOFilePropertyId_TotalSizeBytes, delivery_of_bool(VARIANT_TRUE)), E_INVALIDARG);
    assert_hr(delivery_set(DOFilePropertyId_TotalSizeBytes, delivery_of_size(999)), S_OK);
    assert_hr(delivery_get(DOFilePropertyId_TotalSizeBytes, &value), S_OK);
    assert_int_equal(V_VT(&value), VT_UI8);
    assert_int_equal(V_UI8(&value), 999);
    assert_hr(IBackgroundCopyJob_GetProgress(delivery.job, &progress), S_OK);
    assert_int_equal(progress.BytesTotal, 999);
    assert_hr(IBackgroundCopyJob_Resume(delivery.job), S_OK);
    env_await_state(delivery.job, BG_JOB_STATE_ERROR);
    assert_hr(IBackgroundCopyJob_GetError(delivery.job, &error), S_OK);
    assert_hr(IBackgroundCopyError_GetError(error, &context, &code), S_OK);
    assert_hr(code, DO_E_HTTP_BLOCKSIZE_MISMATCH);
    IBackgroundCopyError_Release(error);
    assert_hr(delivery_set(DOFilePropertyId_TotalSizeBytes, delivery_of_size(1000)), S_OK);
    assert_hr(IBackgroundCopyJob_Resume(delivery.job), S_OK);
    env_await_state(delivery.job, BG_JOB_STATE_TRANSFERRED);
    assert_hr(delivery_set(DOFilePropertyId_TotalSizeBytes, delivery_of_size(1000)), DO_E_INVALID_STATE);
    assert_hr(IBackgroundCopyJob_Complete(delivery.job), S_OK);
    env_assert_file(L"a", resource);
}

static void checks_that_cannot_be_made_are_refused(void **state)
{
    (void)state;
    static const WCHAR info[] = L"{\"PiecesHashFileUrl\":\"http://test/phf\",\"HashOfHashes\":\"bLR+\"}";
    struct memory_resource *resource = memory_http_add(&env.http, u"a", 1000, 13);
    VARIANT value;
    BG_JOB_STATE state_now;
    delivery_add(resource);
    assert_hr(delivery_set_text(DOFilePropertyId_DownloadSinkFilePath, env_path(L"a")), S_OK);
    assert_hr(delivery_try_get(DOFilePropertyId_IntegrityCheckMandatory), NOT_SET);
    assert_hr(delivery_set(DOFilePropertyId_IntegrityCheckMandatory, delivery_of_bool(VARIANT_TRUE)), S_OK);
    assert_hr(delivery_get(DOFilePropertyId_IntegrityCheckMandatory, &value), S_OK);
    assert_int_equal(V_VT(&value), VT_BOOL);
    assert_int_equal(V_BOOL(&value), VARIANT_TRUE);
    assert_hr(IBackgroundCopyJob_Resume(delivery.job), DO_E_INTEGRITYCHECKINFO_UNSPECIFIED);
    assert_hr(IBackgroundCopyJob_GetState(delivery.job, &state_now), S_OK);
    assert_int_equal(state_now, BG_JOB_STATE_SUSPENDED);
    assert_hr(delivery_set_text(DOFilePropertyId_IntegrityCheckInfo, info), S_OK);
    assert_hr(delivery_try_get(DOFilePropertyId_IntegrityCheckInfo), DO_E_WRITE_ONLY_PROPERTY);
    assert_hr(IBackgroundCopyJob_Resume(delivery.job), S_OK);
    env_await_state(delivery.job, BG_JOB_STATE_ERROR);
    assert_int_equal(memory_http_count(&env.http, resource), 0); /* not a byte is asked for */
    assert_hr(IDeliveryOptimizationJob2_GetProperty(delivery.job2, DOJobPropertyId_ExtendedErrorInfo, &value), S_OK);
    assert_int_equal(V_VT(&value), VT_BSTR);
    assert_true(SysStringLen(V_BSTR(&value)) > 0);
    VariantClear(&value);
    assert_hr(delivery_set(DOFilePropertyId_IntegrityCheckMandatory, delivery_of_bool(VARIANT_FALSE)), S_OK);
    assert_hr(IBackgroundCopyJob_Resume(delivery.job), S_OK); /* a check that may be left out is */
    env_await_state(delivery.job, BG_JOB_STATE_TRANSFERRED);
}

static void what_would_have_to_be_decrypted_is_not_fetched(void **state)
{
    (void)state;
    struct memory_resource *resource = memory_http_add(&env.http, u"a", 1000, 14);
    IBackgroundCopyError *error;
    BG_ERROR_CONTEXT context;
    HRESULT code;
    delivery_add(resource);
    assert_hr(delivery_set_text(DOFilePropertyId_DownloadSinkFilePath, env_path(L"a")), S_OK);
    assert_hr(delivery_set_text(DOFilePropertyId_DecryptionInfo,
                                L"{\"KeyData\":\"AAAA\",\"EncryptionBufferSize\":65536,\"AlgorithmName\":\"AES\","
                                L"\"ChainingMode\":\"ChainingModeCBC\"}"),
              S_OK);
    assert_hr(delivery_try_get(DOFilePropertyId_DecryptionInfo), DO_E_WRITE_ONLY_PROPERTY);
    assert_hr(IBackgroundCopyJob_Resume(delivery.job), S_OK);
    env_await_state(delivery.job, BG_JOB_STATE_ERROR);
    assert_hr(IBackgroundCopyJob_GetError(delivery.job, &error), S_OK);
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
    delivery_add(memory_http_add(&env.http, u"a", 1000, 15));
    for (size_t i = 0; i < ARRAYSIZE(texts); i++)
        assert_hr(delivery_set_text(DOFilePropertyId_IntegrityCheckInfo, texts[i]), E_INVALIDARG);
    assert_hr(delivery_set(DOFilePropertyId_IntegrityCheckInfo, value), E_INVALIDARG); /* a NULL text */
    V_BSTR(&value) = SysAllocStringLen(L"{\"PiecesHashFileUrl\":\"u\",\"HashOfHashes\":\"h\"}\0x", 46);
    assert_hr(delivery_set(DOFilePropertyId_IntegrityCheckInfo, value),
              E_INVALIDARG); /* something behind a terminator */
    SysFreeString(V_BSTR(&value));
    assert_hr(delivery_set_text(DOFilePropertyId_DecryptionInfo, L"{\"KeyData\":\"A\"}"), E_INVALIDARG);
}

static void values_may_come_by_reference(void **state)
{
    (void)state;
    VARIANT_BOOL flag = VARIANT_TRUE;
    UINT64 size = 77;
    IUnknown *object = (IUnknown *)&delivery.stream.iface;
    BSTR path = SysAllocString(env_path(L"b"));
    VARIANT inner = delivery_of_size(78), value = {.vt = VT_BYREF | VT_BOOL};
    delivery_add(memory_http_add(&env.http, u"a", 1000, 16));
    V_BOOLREF(&value) = &flag;
    assert_hr(delivery_set(DOFilePropertyId_IntegrityCheckMandatory, value), S_OK);
    V_BOOLREF(&value) = NULL;
    assert_hr(delivery_set(DOFilePropertyId_IntegrityCheckMandatory, value), E_INVALIDARG);
    V_VT(&value) = VT_BYREF | VT_UI8;
    V_UI8REF(&value) = &size;
    assert_hr(delivery_set(DOFilePropertyId_TotalSizeBytes, value), S_OK);
    assert_hr(delivery_set(DOFilePropertyId_IntegrityCheckMandatory, value), E_INVALIDARG);
    V_VT(&value) = VT_BYREF | VT_VARIANT;
    V_VARIANTREF(&value) = &inner;
    assert_hr(delivery_set(DOFilePropertyId_TotalSizeBytes, value), S_OK);
    inner = value; /* one that points to itself */
    V_VARIANTREF(&inner) = &inner;
    assert_hr(delivery_set(DOFilePropertyId_TotalSizeBytes, inner), E_INVALIDARG);
    V_VT(&value) = VT_BYREF | VT_UNKNOWN;
    V_UNKNOWNREF(&value) = &object;
    assert_hr(delivery_set(DOFilePropertyId_DownloadSinkInterface, value), S_OK);
    delivery_add(memory_http_add(&env.http, u"b", 1000, 16));
    V_VT(&value) = VT_BYREF | VT_BSTR;
    V_BSTRREF(&value) = &path;
    assert_hr(delivery_set(DOFilePropertyId_DownloadSinkFilePath, value), S_OK);
    SysFreeString(path);
}

static void identifiers_and_states_are_checked(void **state)
{
    (void)state;
    VARIANT value = delivery_of_bool(VARIANT_TRUE);
    struct memory_resource *resource = memory_http_add(&env.http, u"a", SIZE, 17);
    resource->gate = delivery.gate;
    resource->gate_at = GATE;
    delivery_add(resource);
    assert_hr(delivery_try_get((DOFilePropertyId)7), DO_E_UNKNOWN_PROPERTY_ID);
    assert_hr(delivery_try_get((DOFilePropertyId)-1), DO_E_UNKNOWN_PROPERTY_ID);
    assert_hr(delivery_set((DOFilePropertyId)7, value), DO_E_UNKNOWN_PROPERTY_ID);
    assert_hr(delivery_try_get(DOFilePropertyId_DownloadSinkMemoryStream), DO_E_MEMORYSTREAM_DOWNLOAD_NOT_SUPPORTED);
    assert_hr(delivery_set(DOFilePropertyId_DownloadSinkMemoryStream, value), DO_E_MEMORYSTREAM_DOWNLOAD_NOT_SUPPORTED);
    assert_hr(IDeliveryOptimizationFile2_GetProperty(delivery.file, DOFilePropertyId_TotalSizeBytes, NULL),
              E_INVALIDARG);
    assert_hr(IDeliveryOptimizationFile2_SetProperty(delivery.file, DOFilePropertyId_TotalSizeBytes, NULL),
              E_INVALIDARG);
    assert_hr(IDeliveryOptimizationJob2_GetProperty(delivery.job2, (DOJobPropertyId)1, &value),
              DO_E_UNKNOWN_PROPERTY_ID);
    assert_hr(IDeliveryOptimizationJob2_GetProperty(delivery.job2, DOJobPropertyId_ExtendedErrorInfo, NULL),
              E_INVALIDARG);
    assert_hr(IDeliveryOptimizationJob2_GetProperty(delivery.job2, DOJobPropertyId_ExtendedErrorInfo, &value), S_OK);
    assert_int_equal(SysStringLen(V_BSTR(&value)), 0);
    VariantClear(&value);
    assert_hr(IDeliveryOptimizationJob2_SetProperty(delivery.job2, (DOJobPropertyId)1, &value),
              DO_E_UNKNOWN_PROPERTY_ID);
    assert_hr(delivery_set_text(DOFilePropertyId_DownloadSinkFilePath, env_path(L"a")), S_OK);
    assert_hr(IBackgroundCopyJob_Resume(delivery.job), S_OK);
    assert_hr(delivery_set(DOFilePropertyId_IntegrityCheckMandatory, delivery_of_bool(VARIANT_TRUE)),
              DO_E_INVALID_STATE);
    assert_hr(delivery_set(DOFilePropertyId_TotalSizeBytes, delivery_of_size(1)), DO_E_INVALID_STATE);
    assert_hr(delivery_set_text(DOFilePropertyId_DownloadSinkFilePath, env_path(L"b")), DO_E_INVALID_STATE);
    assert_hr(delivery_set_stream(&delivery.stream), DO_E_INVALID_STATE);
    assert_hr(delivery_set_text(DOFilePropertyId_DecryptionInfo, L"x"), E_INVALIDARG);
    assert_hr(IBackgroundCopyJob_Cancel(delivery.job), S_OK);
    assert_hr(delivery_set(DOFilePropertyId_TotalSizeBytes, delivery_of_size(1)), DO_E_INVALID_STATE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DELIVERY_TEST(a_file_is_added_without_a_place),
        DELIVERY_TEST(a_file_added_meanwhile_fails_the_job_until_it_has_a_place),
        DELIVERY_TEST(a_path_is_set_once_and_is_durable),
        DELIVERY_TEST(the_size_is_checked_against_the_server),
        DELIVERY_TEST(checks_that_cannot_be_made_are_refused),
        DELIVERY_TEST(what_would_have_to_be_decrypted_is_not_fetched),
        DELIVERY_TEST(hostile_json_is_refused),
        DELIVERY_TEST(values_may_come_by_reference),
        DELIVERY_TEST(identifiers_and_states_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
