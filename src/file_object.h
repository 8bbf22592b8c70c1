/* The inside of the file object. One vtable, that of the newest version, serves IBackgroundCopyFile to IBackgroundCopyFile5; the methods of the first are in
 * file.c, those of the others in file_content.c. Delivery Optimization's own are in file_delivery.c and file_property.c. */
#ifndef DOSVC_FILE_OBJECT_H
#define DOSVC_FILE_OBJECT_H

#include "file.h"

struct file_object {
    struct com_object object;
    IBackgroundCopyFile5 file_iface;
    IDeliveryOptimizationFile delivery_iface;
    IDeliveryOptimizationFile2 delivery2_iface;
    struct job_file *file; /* lives as long as its job, of which the object holds a reference */
};

struct job_file *file_of(IBackgroundCopyFile5 *iface);

extern const IDeliveryOptimizationFileVtbl file_delivery_vtable;
extern const IDeliveryOptimizationFile2Vtbl file_delivery2_vtable;

/* file_content.c */
HRESULT STDMETHODCALLTYPE file_SetRemoteName(IBackgroundCopyFile5 *iface, const WCHAR *name);
HRESULT STDMETHODCALLTYPE file_GetTemporaryName(IBackgroundCopyFile5 *iface, WCHAR **name);
HRESULT STDMETHODCALLTYPE file_SetValidationState(IBackgroundCopyFile5 *iface, BOOL state);
HRESULT STDMETHODCALLTYPE file_GetValidationState(IBackgroundCopyFile5 *iface, BOOL *state);
HRESULT STDMETHODCALLTYPE file_IsDownloadedFromPeer(IBackgroundCopyFile5 *iface, BOOL *is_from_peer);
HRESULT STDMETHODCALLTYPE file_GetPeerDownloadStats(IBackgroundCopyFile5 *iface, UINT64 *from_origin,
                                                    UINT64 *from_peers);
HRESULT STDMETHODCALLTYPE file_SetProperty(IBackgroundCopyFile5 *iface, BITS_FILE_PROPERTY_ID id,
                                           BITS_FILE_PROPERTY_VALUE value);
HRESULT STDMETHODCALLTYPE file_GetProperty(IBackgroundCopyFile5 *iface, BITS_FILE_PROPERTY_ID id,
                                           BITS_FILE_PROPERTY_VALUE *value);

#endif
