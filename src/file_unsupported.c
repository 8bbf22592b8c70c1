/* Methods of files that nothing stands behind yet. They say so, and leave nothing undefined behind. */
#include "file_object.h"

#include <string.h>

HRESULT STDMETHODCALLTYPE file_SetRemoteName(IBackgroundCopyFile5 *iface, const WCHAR *name)
{
    (void)iface;
    (void)name;
    return E_NOTIMPL;
}

HRESULT STDMETHODCALLTYPE file_GetTemporaryName(IBackgroundCopyFile5 *iface, WCHAR **name)
{
    (void)iface;
    if (!name)
        return E_INVALIDARG;
    *name = NULL;
    return E_NOTIMPL;
}

HRESULT STDMETHODCALLTYPE file_SetValidationState(IBackgroundCopyFile5 *iface, BOOL state)
{
    (void)iface;
    (void)state;
    return E_NOTIMPL;
}

HRESULT STDMETHODCALLTYPE file_GetValidationState(IBackgroundCopyFile5 *iface, BOOL *state)
{
    (void)iface;
    if (!state)
        return E_INVALIDARG;
    *state = 0;
    return E_NOTIMPL;
}

HRESULT STDMETHODCALLTYPE file_IsDownloadedFromPeer(IBackgroundCopyFile5 *iface, BOOL *is_from_peer)
{
    (void)iface;
    if (!is_from_peer)
        return E_INVALIDARG;
    *is_from_peer = 0;
    return E_NOTIMPL;
}

HRESULT STDMETHODCALLTYPE file_GetPeerDownloadStats(IBackgroundCopyFile5 *iface, UINT64 *from_origin,
                                                    UINT64 *from_peers)
{
    (void)iface;
    if (from_origin)
        *from_origin = 0;
    if (from_peers)
        *from_peers = 0;
    return from_origin && from_peers ? E_NOTIMPL : E_INVALIDARG;
}

HRESULT STDMETHODCALLTYPE file_SetProperty(IBackgroundCopyFile5 *iface, BITS_FILE_PROPERTY_ID id,
                                           BITS_FILE_PROPERTY_VALUE value)
{
    (void)iface;
    (void)id;
    (void)value;
    return E_NOTIMPL;
}

HRESULT STDMETHODCALLTYPE file_GetProperty(IBackgroundCopyFile5 *iface, BITS_FILE_PROPERTY_ID id,
                                           BITS_FILE_PROPERTY_VALUE *value)
{
    (void)iface;
    (void)id;
    if (!value)
        return E_INVALIDARG;
    memset(value, 0, sizeof(*value));
    return E_NOTIMPL;
}

/* ---- IDeliveryOptimizationFile and IDeliveryOptimizationFile2 ---- */

COM_UNKNOWN(delivery, IDeliveryOptimizationFile, struct file_object, delivery_iface)

static HRESULT STDMETHODCALLTYPE delivery_GetStats(IDeliveryOptimizationFile *iface, DOSwarmStats *stats)
{
    (void)iface;
    if (!stats)
        return E_INVALIDARG;
    memset(stats, 0, sizeof(*stats));
    return E_NOTIMPL;
}

const IDeliveryOptimizationFileVtbl file_delivery_vtable = {
    COM_UNKNOWN_SLOTS(delivery),
    .GetStats = delivery_GetStats,
};

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
