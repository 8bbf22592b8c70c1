/* IDeliveryOptimizationJob and IDeliveryOptimizationJob2: what Delivery Optimization adds to the classic job. */
#include "job_object.h"

static struct job *delivery_job_of(IDeliveryOptimizationJob *iface)
{
    return CONTAINING_RECORD(iface, struct job_object, delivery_iface)->job;
}

COM_UNKNOWN(delivery, IDeliveryOptimizationJob, struct job_object, delivery_iface)

static HRESULT STDMETHODCALLTYPE delivery_AddFileWithRanges(IDeliveryOptimizationJob *iface, const WCHAR *file_id,
                                                            const WCHAR *url, const WCHAR *local_name,
                                                            DWORD range_count, BG_FILE_RANGE *ranges, UINT64 file_size)
{
    if (!file_id) /* to the core that means "make one up" */
        return E_INVALIDARG;
    return job_add_file_with_ranges(delivery_job_of(iface), file_id, url, local_name, range_count, ranges, file_size);
}

const IDeliveryOptimizationJobVtbl job_delivery_vtable = {
    COM_UNKNOWN_SLOTS(delivery),
    .AddFileWithRanges = delivery_AddFileWithRanges,
};

/* ---- IDeliveryOptimizationJob2: nothing stands behind its methods yet ---- */

COM_UNKNOWN(delivery2, IDeliveryOptimizationJob2, struct job_object, delivery2_iface)

static HRESULT STDMETHODCALLTYPE delivery2_AddFile(IDeliveryOptimizationJob2 *iface, const WCHAR *file_id,
                                                   const WCHAR *url, DWORD range_count, BG_FILE_RANGE *ranges,
                                                   REFIID iid, void **object)
{
    (void)iface;
    (void)file_id;
    (void)url;
    (void)range_count;
    (void)ranges;
    (void)iid;
    if (!object)
        return E_INVALIDARG;
    *object = NULL;
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE delivery2_GetProperty(IDeliveryOptimizationJob2 *iface, DOJobPropertyId id,
                                                       VARIANT *value)
{
    (void)iface;
    (void)id;
    if (!value)
        return E_INVALIDARG;
    VariantInit(value); /* also of a client that did not initialise it */
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE delivery2_SetProperty(IDeliveryOptimizationJob2 *iface, DOJobPropertyId id,
                                                       const VARIANT *value)
{
    (void)iface;
    (void)id;
    (void)value;
    return E_NOTIMPL;
}

const IDeliveryOptimizationJob2Vtbl job_delivery2_vtable = {
    COM_UNKNOWN_SLOTS(delivery2),
    .AddFile = delivery2_AddFile,
    .GetProperty = delivery2_GetProperty,
    .SetProperty = delivery2_SetProperty,
};
