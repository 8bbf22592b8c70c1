/* The same from a single-threaded apartment: callbacks come on the thread that set the interface. */
#include "client.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct origin *origin;
static IBackgroundCopyManager *manager;
static struct listener listener;

static int open_all(void **context)
{
    (void)context;
    if (!origin_start(&origin, NULL))
        return -1;
    listener_init(&listener);
    manager = client_open(COINIT_APARTMENTTHREADED);
    return 0;
}

static int close_all(void **context)
{
    (void)context;
    client_close(manager);
    listener_destroy(&listener);
    origin_stop(origin);
    return 0;
}

static void callbacks_come_on_the_thread_that_set_them(void **context)
{
    (void)context;
    IBackgroundCopyJob *job = client_job(manager, &listener);
    client_add(job, origin, "/gen/a?size=70000&seed=1", L"sta");
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    assert_true(listener_wait(&listener, &listener.transferred, 1));
    assert_int_equal(listener.thread, GetCurrentThreadId());
    assert_hr(IBackgroundCopyJob_Complete(job), S_OK);
    IBackgroundCopyJob_Release(job);
    assert_content(L"sta", 1, 0, 70000);
}

static void errors_come_there_as_well(void **context)
{
    (void)context;
    IBackgroundCopyJob *job = client_job(manager, &listener);
    client_add(job, origin, "/gen/b?status=404", L"missing");
    listener.thread = 0;
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    assert_true(listener_wait(&listener, &listener.failed, 1));
    assert_int_equal(listener.thread, GetCurrentThreadId());
    assert_int_equal(listener.error, (HRESULT)0x80190194);
    assert_hr(IBackgroundCopyJob_Cancel(job), S_OK);
    IBackgroundCopyJob_Release(job);
}

static void the_interface_that_was_set_comes_back_and_can_be_cleared(void **context)
{
    (void)context;
    IBackgroundCopyJob *job = client_job(manager, &listener);
    IUnknown *set = NULL;
    assert_hr(IBackgroundCopyJob_GetNotifyInterface(job, &set), S_OK);
    assert_non_null(set);
    IUnknown_Release(set);
    assert_hr(IBackgroundCopyJob_SetNotifyInterface(job, NULL), S_OK);
    assert_hr(IBackgroundCopyJob_GetNotifyInterface(job, &set), S_OK);
    assert_null(set);
    assert_hr(IBackgroundCopyJob_Cancel(job), S_OK);
    IBackgroundCopyJob_Release(job);
}

/* The system's stream on memory belongs to this apartment as well: its bytes come while this thread waits for messages. */
static void a_stream_gets_its_bytes_in_its_apartment(void **context)
{
    (void)context;
    IBackgroundCopyJob *job = client_job(manager, &listener);
    IDeliveryOptimizationJob2 *job2;
    IDeliveryOptimizationFile *added;
    IDeliveryOptimizationFile2 *file;
    VARIANT sink = {.vt = VT_UNKNOWN};
    IStream *stream;
    HGLOBAL memory;
    wchar_t url[200];
    static unsigned char expected[300000];
    LONG before = listener.transferred;
    assert_hr(CreateStreamOnHGlobal(NULL, TRUE, &stream), S_OK);
    V_UNKNOWN(&sink) = (IUnknown *)stream;
    assert_true(origin_url(origin, "/gen/c?size=300000&seed=3", url, ARRAYSIZE(url)));
    assert_hr(IBackgroundCopyJob_QueryInterface(job, &IID_IDeliveryOptimizationJob2, (void **)&job2), S_OK);
    assert_hr(
        IDeliveryOptimizationJob2_AddFile(job2, L"id", url, 0, NULL, &IID_IDeliveryOptimizationFile, (void **)&added),
        S_OK);
    assert_hr(IDeliveryOptimizationFile_QueryInterface(added, &IID_IDeliveryOptimizationFile2, (void **)&file), S_OK);
    assert_hr(IDeliveryOptimizationFile2_SetProperty(file, DOFilePropertyId_DownloadSinkInterface, &sink), S_OK);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    assert_true(listener_wait(&listener, &listener.transferred, before + 1));
    assert_hr(GetHGlobalFromStream(stream, &memory), S_OK);
    const void *bytes = GlobalLock(memory);
    origin_fill(3, 0, expected, sizeof(expected));
    assert_memory_equal(bytes, expected, sizeof(expected));
    GlobalUnlock(memory);
    assert_hr(IBackgroundCopyJob_Complete(job), S_OK);
    IDeliveryOptimizationFile2_Release(file);
    IDeliveryOptimizationFile_Release(added);
    IDeliveryOptimizationJob2_Release(job2);
    IBackgroundCopyJob_Release(job);
    IStream_Release(stream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(callbacks_come_on_the_thread_that_set_them),
        cmocka_unit_test(errors_come_there_as_well),
        cmocka_unit_test(a_stream_gets_its_bytes_in_its_apartment),
        cmocka_unit_test(the_interface_that_was_set_comes_back_and_can_be_cleared),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
