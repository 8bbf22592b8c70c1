/* Methods of files that nothing stands behind yet. They say so, and leave nothing undefined behind. */
#include "file_object.h"

COM_UNKNOWN(delivery2, IDeliveryOptimizationFile2, struct file_object, delivery2_iface)

static HRESULT STDMETHODCALLTYPE delivery2_GetProperty(IDeliveryOptimizationFile2 *iface, DOFilePropertyId id,
                                                       VARIANT *value)
{
    (void)iface;
    (void)id;
    if (!value)
        return E_INVALIDARG;
    VariantInit(value); /* also of a client that did not initialise it */
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE delivery2_SetProperty(IDeliveryOptimizationFile2 *iface, DOFilePropertyId id,
                                                       const VARIANT *value)
{
    (void)iface;
    (void)id;
    (void)value;
    return E_NOTIMPL;
}

const IDeliveryOptimizationFile2Vtbl file_delivery2_vtable = {
    COM_UNKNOWN_SLOTS(delivery2),
    .GetProperty = delivery2_GetProperty,
    .SetProperty = delivery2_SetProperty,
};
