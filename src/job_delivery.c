/* IDeliveryOptimizationJob and IDeliveryOptimizationJob2: what Delivery Optimization adds to the classic job. docs/API.md, "Jobs" and "Settings". */
#include "job_object.h"

#include "bits_status.h"
#include "error_description.h"
#include "file.h"
#include "memory.h"

#include "deliveryoptimizationerrors.h"

#include <string.h>
#include <wchar.h>

static struct job *delivery_job_of(IDeliveryOptimizationJob *iface)
{
    return CONTAINING_RECORD(iface, struct job_object, delivery_iface)->job;
}

COM_UNKNOWN(delivery, IDeliveryOptimizationJob, struct job_object, delivery_iface)

static HRESULT STDMETHODCALLTYPE delivery_AddFileWithRanges(IDeliveryOptimizationJob *iface, const WCHAR *file_id,
                                                            const WCHAR *url, const WCHAR *local_name,
                                                            DWORD range_count, BG_FILE_RANGE *ranges, UINT64 file_size)
{
    if (!file_id || !local_name || !local_name[0]) /* to the core that means "make one up" and "set later" */
        return E_INVALIDARG;
    return job_add_file_with_ranges(delivery_job_of(iface), file_id, url, local_name, range_count, ranges, file_size);
}

const IDeliveryOptimizationJobVtbl job_delivery_vtable = {
    COM_UNKNOWN_SLOTS(delivery),
    .AddFileWithRanges = delivery_AddFileWithRanges,
};

/* ---- IDeliveryOptimizationJob2 ---- */

COM_UNKNOWN(delivery2, IDeliveryOptimizationJob2, struct job_object, delivery2_iface)

static struct job *delivery2_job_of(IDeliveryOptimizationJob2 *iface)
{
    return CONTAINING_RECORD(iface, struct job_object, delivery2_iface)->job;
}

/* Where the bytes go is said later, by a property of the file. */
static HRESULT STDMETHODCALLTYPE delivery2_AddFile(IDeliveryOptimizationJob2 *iface, const WCHAR *file_id,
                                                   const WCHAR *url, DWORD range_count, BG_FILE_RANGE *ranges,
                                                   REFIID iid, void **object)
{
    struct job *job = delivery2_job_of(iface);
    if (!object)
        return E_INVALIDARG;
    *object = NULL;
    if (!iid || !file_id)
        return E_INVALIDARG;
    if (!IsEqualIID(iid, &IID_IDeliveryOptimizationFile))
        return E_NOINTERFACE;
    struct file_object *reserved = file_object_reserve();
    if (!reserved)
        return E_OUTOFMEMORY;
    HRESULT hr = job_add_file_with_ranges(job, file_id, url, NULL, range_count, ranges, SIZE_UNKNOWN);
    if (FAILED(hr)) {
        mem_free(reserved);
        return hr;
    }
    IBackgroundCopyFile *file = file_object_fill(reserved, job_file_by_id(job, file_id));
    hr = IBackgroundCopyFile_QueryInterface(file, iid, object);
    IBackgroundCopyFile_Release(file);
    return hr;
}

/* Empty without an error. The description is that of the cause, where there is one. */
static HRESULT describe_error(struct job *job, BSTR *text)
{
    struct job_error error;
    WCHAR head[200] = L"", *description = NULL;
    if (job_error(job, &error)) {
        const WCHAR *context = bits_error_context_text(error.context);
        if (error.cause == S_OK)
            (void)swprintf(head, ARRAYSIZE(head), L"0x%08lX, %ls ", (unsigned long)error.code, context);
        else
            (void)swprintf(head, ARRAYSIZE(head), L"0x%08lX, by 0x%08lX, %ls ", (unsigned long)error.code,
                           (unsigned long)error.cause, context);
        (void)error_description(error.cause == S_OK ? error.code : error.cause, 0,
                                &description); /* there need be none */
    }
    size_t length = wcslen(head), more = description ? wcslen(description) : 0;
    *text = SysAllocStringLen(NULL, (UINT)(length + more));
    if (*text) {
        memcpy(*text, head, length * sizeof(WCHAR));
        memcpy(*text + length, description ? description : L"", more * sizeof(WCHAR));
    }
    CoTaskMemFree(description);
    return *text ? S_OK : E_OUTOFMEMORY;
}

static HRESULT STDMETHODCALLTYPE delivery2_GetProperty(IDeliveryOptimizationJob2 *iface, DOJobPropertyId id,
                                                       VARIANT *value)
{
    if (!value)
        return E_INVALIDARG;
    VariantInit(value); /* also of a client that did not initialise it */
    if (id != DOJobPropertyId_ExtendedErrorInfo)
        return DO_E_UNKNOWN_PROPERTY_ID;
    HRESULT hr = describe_error(delivery2_job_of(iface), &value->bstrVal);
    if (SUCCEEDED(hr))
        value->vt = VT_BSTR;
    return hr;
}

static HRESULT STDMETHODCALLTYPE delivery2_SetProperty(IDeliveryOptimizationJob2 *iface, DOJobPropertyId id,
                                                       const VARIANT *value)
{
    (void)iface;
    (void)value;
    return id == DOJobPropertyId_ExtendedErrorInfo ? DO_E_READ_ONLY_PROPERTY : DO_E_UNKNOWN_PROPERTY_ID;
}

const IDeliveryOptimizationJob2Vtbl job_delivery2_vtable = {
    COM_UNKNOWN_SLOTS(delivery2),
    .AddFile = delivery2_AddFile,
    .GetProperty = delivery2_GetProperty,
    .SetProperty = delivery2_SetProperty,
};
