/* A client's stream as the place for a file's bytes. */
#include "delivery_fixture.h"

#include <wchar.h>

#define NOT_SET HRESULT_FROM_WIN32(ERROR_NOT_FOUND)

static void assert_streamed(const struct memory_resource *resource)
{
    assert_int_equal(recording_stream_size(&delivery.stream), resource->size);
    for (size_t i = 0; i < resource->size; i++) {
        if (delivery.stream.bytes[i] != memory_http_byte(resource->seed, i))
            fail_msg("byte %zu is wrong", i);
    }
}

static void bytes_go_to_a_stream_in_their_order(void **state)
{
    (void)state;
    struct memory_resource *resource = memory_http_add(&env.http, u"a", SIZE, 5);
    VARIANT value;
    BG_JOB_TIMES times;
    FILETIME before;
    delivery_add(resource);
    delivery.stream.tells_nothing = true;
    fake_clock_advance(&env.clock, 1000);
    assert_hr(IBackgroundCopyJob_GetTimes(delivery.job, &times), S_OK);
    before = times.ModificationTime;
    assert_hr(delivery_set(DOFilePropertyId_DownloadSinkInterface, delivery_of_unknown(NULL)), E_INVALIDARG);
    assert_hr(delivery_set(DOFilePropertyId_DownloadSinkInterface, delivery_of_unknown(delivery.job)), E_NOINTERFACE);
    assert_hr(delivery_set_stream(&delivery.stream), S_OK);
    assert_hr(IBackgroundCopyJob_GetTimes(delivery.job, &times), S_OK);
    assert_true(CompareFileTime(&times.ModificationTime, &before) > 0);
    assert_hr(delivery_set_text(DOFilePropertyId_DownloadSinkFilePath, env_path(L"a")),
              DO_E_FILE_DOWNLOADSINK_ALREADY_SET);
    assert_hr(delivery_get(DOFilePropertyId_DownloadSinkInterface, &value), S_OK);
    assert_int_equal(V_VT(&value), VT_UNKNOWN);
    assert_ptr_equal(V_UNKNOWN(&value), &delivery.stream.iface);
    VariantClear(&value);
    assert_hr(IBackgroundCopyJob_Resume(delivery.job), S_OK);
    env_await_state(delivery.job, BG_JOB_STATE_TRANSFERRED);
    assert_streamed(resource);
    env_until(delivery_is_stream_free, NULL, "the release of a stream that has everything");
    assert_hr(delivery_try_get(DOFilePropertyId_DownloadSinkInterface), NOT_SET);
    assert_hr(IBackgroundCopyJob_Complete(delivery.job), S_OK);
    assert_int_equal(env_state(delivery.job), BG_JOB_STATE_ACKNOWLEDGED);
}

static void segments_of_a_large_file_come_one_after_another(void **state)
{
    (void)state;
    struct memory_resource *resource = memory_http_add(&env.http, u"a", 40000000, 20);
    delivery_add(resource);
    assert_hr(delivery_set_stream(&delivery.stream), S_OK);
    assert_hr(IBackgroundCopyJob_Resume(delivery.job), S_OK);
    env_await_state(delivery.job, BG_JOB_STATE_TRANSFERRED);
    assert_int_equal(memory_http_count(&env.http, resource), 3); /* of 16 MiB each */
    assert_streamed(resource);
}

static void a_broken_connection_goes_on_where_the_stream_stands(void **state)
{
    (void)state;
    struct memory_resource *resource = memory_http_add(&env.http, u"a", SIZE, 6);
    resource->cuts = 1;
    resource->cut_after = 100000;
    delivery_add(resource);
    assert_hr(delivery_set_stream(&delivery.stream), S_OK);
    assert_hr(IBackgroundCopyJob_Resume(delivery.job), S_OK);
    env_await_state(delivery.job, BG_JOB_STATE_TRANSIENT_ERROR);
    assert_int_equal(recording_stream_size(&delivery.stream), 100000);
    assert_hr(IBackgroundCopyJob_Resume(delivery.job), S_OK);
    env_await_state(delivery.job, BG_JOB_STATE_TRANSFERRED);
    assert_streamed(resource);
}

static void a_version_that_changes_ends_a_stream_that_has_bytes(void **state)
{
    (void)state;
    struct memory_resource *resource = memory_http_add(&env.http, u"a", SIZE, 7);
    struct recording_stream fresh;
    resource->cuts = 1;
    resource->cut_after = 100000;
    delivery_add(resource);
    assert_hr(delivery_set_stream(&delivery.stream), S_OK);
    assert_hr(IBackgroundCopyJob_Resume(delivery.job), S_OK);
    env_await_state(delivery.job, BG_JOB_STATE_TRANSIENT_ERROR);
    lock_acquire(&env.http.lock);
    resource->seed = 8;
    (void)wcscpy(resource->etag, L"\"v8\"");
    lock_release(&env.http.lock);
    assert_hr(IBackgroundCopyJob_Resume(delivery.job), S_OK);
    env_await_state(delivery.job, BG_JOB_STATE_ERROR);
    assert_int_equal(recording_stream_size(&delivery.stream), 100000); /* nothing wrong was added */
    assert_hr(IBackgroundCopyJob_Resume(delivery.job), DO_E_LOCALPATH_NOT_SET);
    recording_stream_init(&fresh);
    assert_hr(delivery_set_stream(&fresh), S_OK);
    assert_hr(IBackgroundCopyJob_Resume(delivery.job), S_OK);
    env_await_state(delivery.job, BG_JOB_STATE_TRANSFERRED);
    assert_int_equal(recording_stream_size(&fresh), SIZE);
    assert_int_equal(fresh.bytes[SIZE - 1], memory_http_byte(8, SIZE - 1));
    assert_hr(IBackgroundCopyJob_Complete(delivery.job), S_OK);
    recording_stream_clear(&fresh);
}

static void what_a_stream_refuses_is_the_jobs_error(void **state)
{
    (void)state;
    struct memory_resource *resource = memory_http_add(&env.http, u"a", SIZE, 9);
    IBackgroundCopyError *error;
    BG_ERROR_CONTEXT context;
    HRESULT code;
    delivery_add(resource);
    delivery.stream.fail_at = 70000; /* in the middle of a write */
    assert_hr(delivery_set_stream(&delivery.stream), S_OK);
    assert_hr(IBackgroundCopyJob_Resume(delivery.job), S_OK);
    env_await_state(delivery.job, BG_JOB_STATE_ERROR);
    assert_hr(IBackgroundCopyJob_GetError(delivery.job, &error), S_OK);
    assert_hr(IBackgroundCopyError_GetError(error, &context, &code), S_OK);
    assert_hr(code, STG_E_MEDIUMFULL);
    assert_int_equal(context, BG_ERROR_CONTEXT_LOCAL_FILE);
    IBackgroundCopyError_Release(error);
    delivery.stream.fail_at = RECORDING_STREAM_MAX; /* there is room again */
    assert_hr(IBackgroundCopyJob_Resume(delivery.job), S_OK);
    env_await_state(delivery.job, BG_JOB_STATE_TRANSFERRED);
    assert_streamed(resource);
}

static bool is_writing(void *context)
{
    (void)context;
    return delivery.stream.writes > 0;
}

static void a_slow_stream_holds_up_no_call_and_gets_no_byte_twice(void **state)
{
    (void)state;
    struct memory_resource *resource = memory_http_add(&env.http, u"a", SIZE, 10);
    delivery_add(resource);
    delivery.stream.gate = delivery.gate;
    assert_hr(delivery_set_stream(&delivery.stream), S_OK);
    assert_hr(IBackgroundCopyJob_Resume(delivery.job), S_OK);
    env_until(is_writing, NULL, "a write");
    assert_hr(IBackgroundCopyJob_Suspend(delivery.job), S_OK); /* does not wait for the client */
    assert_hr(IBackgroundCopyJob_Resume(delivery.job), S_OK);
    env_await_state(delivery.job, BG_JOB_STATE_TRANSFERRING);
    assert_hr(IBackgroundCopyJob_Suspend(delivery.job), S_OK); /* nor does it while another write waits for its turn */
    assert_hr(IBackgroundCopyJob_Resume(delivery.job), S_OK);
    SetEvent(delivery.gate);
    env_await_state(delivery.job, BG_JOB_STATE_TRANSFERRED);
    assert_streamed(resource);
}

/* Whether it takes the bytes of its first write nobody knows before that returns: another version's must not follow them. */
static void a_stream_in_its_first_write_has_begun(void **state)
{
    (void)state;
    struct memory_resource *resource = memory_http_add(&env.http, u"a", SIZE, 21);
    struct memory_resource *other = memory_http_add(&env.http, u"other", SIZE, 22);
    IBackgroundCopyFile *file;
    IBackgroundCopyError *error;
    BG_ERROR_CONTEXT context;
    HRESULT code;
    delivery_add(resource);
    delivery.stream.gate = delivery.gate;
    assert_hr(delivery_set_stream(&delivery.stream), S_OK);
    assert_hr(IBackgroundCopyJob_Resume(delivery.job), S_OK);
    env_until(is_writing, NULL, "a write");
    file = env_file(delivery.job, 0);
    assert_hr(IBackgroundCopyFile2_SetRemoteName((IBackgroundCopyFile2 *)env_face(file, &IID_IBackgroundCopyFile2),
                                                 other->url),
              S_OK);
    IBackgroundCopyFile_Release(file);
    env_await_state(delivery.job, BG_JOB_STATE_ERROR);
    assert_hr(IBackgroundCopyJob_GetError(delivery.job, &error), S_OK);
    assert_hr(IBackgroundCopyError_GetError(error, &context, &code), S_OK);
    assert_hr(code, STG_E_SEEKERROR);
    assert_int_equal(context, BG_ERROR_CONTEXT_LOCAL_FILE);
    IBackgroundCopyError_Release(error);
    assert_int_equal(memory_http_count(&env.http, other), 0);
    SetEvent(delivery.gate);
}

static void ranges_go_to_a_stream_as_they_were_asked_for(void **state)
{
    (void)state;
    struct memory_resource *resource = memory_http_add(&env.http, u"a", 1000, 11);
    BG_FILE_RANGE ranges[] = {{100, 100}, {900, BG_LENGTH_TO_EOF}, {400, 50}};
    IDeliveryOptimizationFile *added;
    assert_hr(IDeliveryOptimizationJob2_AddFile(delivery.job2, L"id", resource->url, 3, ranges,
                                                &IID_IDeliveryOptimizationFile, (void **)&added),
              S_OK);
    assert_hr(IDeliveryOptimizationFile_QueryInterface(added, &IID_IDeliveryOptimizationFile2, (void **)&delivery.file),
              S_OK);
    IDeliveryOptimizationFile_Release(added);
    assert_hr(delivery_set_stream(&delivery.stream), S_OK);
    assert_hr(IBackgroundCopyJob_Resume(delivery.job), S_OK);
    env_await_state(delivery.job, BG_JOB_STATE_TRANSFERRED);
    assert_int_equal(recording_stream_size(&delivery.stream), 250);
    for (size_t i = 0; i < 250; i++) {
        size_t at = i < 100 ? 100 + i : i < 200 ? 800 + i : 200 + i;
        assert_int_equal(delivery.stream.bytes[i], memory_http_byte(11, at));
    }
}

static void a_stream_goes_with_its_host(void **state)
{
    (void)state;
    struct memory_resource *resource = memory_http_add(&env.http, u"a", SIZE, 18);
    struct recording_stream fresh;
    resource->cuts = 1;
    resource->cut_after = 100000;
    delivery_add(resource);
    assert_hr(delivery_set_stream(&delivery.stream), S_OK);
    assert_hr(IBackgroundCopyJob_Resume(delivery.job), S_OK);
    env_await_state(delivery.job, BG_JOB_STATE_TRANSIENT_ERROR);
    assert_hr(IBackgroundCopyJob_Suspend(delivery.job), S_OK);
    delivery_restart();
    assert_int_equal(delivery.stream.references, 1);
    assert_hr(IBackgroundCopyJob_Resume(delivery.job), DO_E_LOCALPATH_NOT_SET);
    recording_stream_init(&fresh);
    assert_hr(delivery_set_stream(&fresh), S_OK);
    assert_hr(IBackgroundCopyJob_Resume(delivery.job), S_OK);
    env_await_state(delivery.job, BG_JOB_STATE_TRANSFERRED);
    assert_int_equal(recording_stream_size(&fresh), SIZE);
    assert_int_equal(fresh.bytes[0], memory_http_byte(18, 0));
    assert_hr(IBackgroundCopyJob_Complete(delivery.job), S_OK);
    recording_stream_clear(&fresh);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DELIVERY_TEST(bytes_go_to_a_stream_in_their_order),
        DELIVERY_TEST(segments_of_a_large_file_come_one_after_another),
        DELIVERY_TEST(a_broken_connection_goes_on_where_the_stream_stands),
        DELIVERY_TEST(a_version_that_changes_ends_a_stream_that_has_bytes),
        DELIVERY_TEST(what_a_stream_refuses_is_the_jobs_error),
        DELIVERY_TEST(a_slow_stream_holds_up_no_call_and_gets_no_byte_twice),
        DELIVERY_TEST(a_stream_in_its_first_write_has_begun),
        DELIVERY_TEST(ranges_go_to_a_stream_as_they_were_asked_for),
        DELIVERY_TEST(a_stream_goes_with_its_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
