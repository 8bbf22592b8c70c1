#include "delivery_fixture.h"

#include <string.h>

struct delivery_fixture delivery;

int delivery_open_job(void **state)
{
    int result = env_open(state);
    if (result)
        return result;
    delivery.manager = env_manager();
    delivery.job = env_job(delivery.manager);
    assert_hr(IBackgroundCopyJob_QueryInterface(delivery.job, &IID_IDeliveryOptimizationJob2, (void **)&delivery.job2),
              S_OK);
    recording_stream_init(&delivery.stream);
    delivery.gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    return 0;
}

void delivery_release_file(void)
{
    if (delivery.file)
        IDeliveryOptimizationFile2_Release(delivery.file);
    delivery.file = NULL;
}

bool delivery_is_stream_free(void *context)
{
    (void)context;
    return delivery.stream.references == 1;
}

int delivery_close_job(void **state)
{
    SetEvent(delivery.gate);
    delivery_release_file();
    (void)IBackgroundCopyJob_Cancel(delivery.job);
    IDeliveryOptimizationJob2_Release(delivery.job2);
    IBackgroundCopyJob_Release(delivery.job);
    IBackgroundCopyManager_Release(delivery.manager);
    env_until(delivery_is_stream_free, NULL, "the last release of the stream");
    int result = env_close(state);
    recording_stream_clear(&delivery.stream);
    CloseHandle(delivery.gate);
    return result;
}

void delivery_add(const struct memory_resource *resource)
{
    IDeliveryOptimizationFile *added;
    delivery_release_file();
    assert_hr(IDeliveryOptimizationJob2_AddFile(delivery.job2, resource->url, resource->url, 0, NULL,
                                                &IID_IDeliveryOptimizationFile, (void **)&added),
              S_OK);
    assert_hr(IDeliveryOptimizationFile_QueryInterface(added, &IID_IDeliveryOptimizationFile2, (void **)&delivery.file),
              S_OK);
    IDeliveryOptimizationFile_Release(added);
}

/* ---- Values ---- */

HRESULT delivery_set(DOFilePropertyId id, VARIANT value)
{
    return IDeliveryOptimizationFile2_SetProperty(delivery.file, id, &value);
}

VARIANT delivery_of_bool(VARIANT_BOOL flag)
{
    VARIANT value = {.vt = VT_BOOL};
    V_BOOL(&value) = flag;
    return value;
}

VARIANT delivery_of_size(UINT64 size)
{
    VARIANT value = {.vt = VT_UI8};
    V_UI8(&value) = size;
    return value;
}

VARIANT delivery_of_unknown(void *object)
{
    VARIANT value = {.vt = VT_UNKNOWN};
    V_UNKNOWN(&value) = object;
    return value;
}

HRESULT delivery_set_text(DOFilePropertyId id, const WCHAR *text)
{
    VARIANT value = {.vt = VT_BSTR};
    V_BSTR(&value) = SysAllocString(text);
    HRESULT hr = delivery_set(id, value);
    SysFreeString(V_BSTR(&value));
    return hr;
}

HRESULT delivery_get(DOFilePropertyId id, VARIANT *value)
{
    memset(value, 0xCC, sizeof(*value));
    HRESULT hr = IDeliveryOptimizationFile2_GetProperty(delivery.file, id, value);
    if (FAILED(hr))
        assert_int_equal(V_VT(value), VT_EMPTY);
    return hr;
}

HRESULT delivery_try_get(DOFilePropertyId id)
{
    VARIANT value;
    HRESULT hr = delivery_get(id, &value);
    VariantClear(&value);
    return hr;
}

HRESULT delivery_set_stream(struct recording_stream *target)
{
    return delivery_set(DOFilePropertyId_DownloadSinkInterface, delivery_of_unknown(&target->iface));
}

void delivery_restart(void)
{
    GUID id;
    assert_hr(IBackgroundCopyJob_GetId(delivery.job, &id), S_OK);
    delivery_release_file();
    IDeliveryOptimizationJob2_Release(delivery.job2);
    IBackgroundCopyJob_Release(delivery.job);
    IBackgroundCopyManager_Release(delivery.manager);
    env_stop();
    delivery.manager = env_manager();
    assert_hr(IBackgroundCopyManager_GetJob(delivery.manager, &id, &delivery.job), S_OK);
    delivery.job2 = env_face(delivery.job, &IID_IDeliveryOptimizationJob2);
    IDeliveryOptimizationJob2_AddRef(delivery.job2);
    IBackgroundCopyFile *first = env_file(delivery.job, 0);
    assert_hr(IBackgroundCopyFile_QueryInterface(first, &IID_IDeliveryOptimizationFile2, (void **)&delivery.file),
              S_OK);
    IBackgroundCopyFile_Release(first);
}
