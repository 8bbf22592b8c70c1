/* The methods of IBackgroundCopyFile and File2's ranges: docs/API.md, "Files" and "Ranges". */
#include "file_object.h"

#include "log.h"
#include "memory.h"
#include "result.h"

struct job_file *file_of(IBackgroundCopyFile5 *iface)
{
    return CONTAINING_RECORD(iface, struct file_object, file_iface)->file;
}

COM_UNKNOWN(file, IBackgroundCopyFile5, struct file_object, file_iface)

static HRESULT STDMETHODCALLTYPE file_GetRemoteName(IBackgroundCopyFile5 *iface, WCHAR **name)
{
    if (!name)
        return E_INVALIDARG;
    *name = NULL;
    WCHAR *url;
    HRESULT hr = job_file_url(file_of(iface), &url);
    return SUCCEEDED(hr) ? result_take_string(url, name) : hr;
}

static HRESULT STDMETHODCALLTYPE file_GetLocalName(IBackgroundCopyFile5 *iface, WCHAR **name)
{
    if (!name)
        return E_INVALIDARG;
    *name = NULL;
    WCHAR *path;
    HRESULT hr = job_file_local_path(file_of(iface), &path);
    return SUCCEEDED(hr) ? result_take_string(path, name) : hr;
}

static HRESULT STDMETHODCALLTYPE file_GetProgress(IBackgroundCopyFile5 *iface, BG_FILE_PROGRESS *progress)
{
    if (!progress)
        return E_INVALIDARG;
    struct file_progress now = job_file_progress(file_of(iface));
    progress->BytesTotal = now.bytes_total;
    progress->BytesTransferred = now.bytes_transferred;
    progress->Completed = now.is_delivered;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE file_GetFileRanges(IBackgroundCopyFile5 *iface, DWORD *range_count,
                                                    BG_FILE_RANGE **ranges)
{
    if (range_count)
        *range_count = 0;
    if (ranges)
        *ranges = NULL;
    if (!range_count || !ranges)
        return E_INVALIDARG;
    struct wanted_range *wanted;
    uint32_t count;
    HRESULT hr = job_file_ranges(file_of(iface), &wanted, &count);
    if (FAILED(hr))
        return hr;
    if (count == 0)
        return S_FALSE;
    BG_FILE_RANGE *result = CoTaskMemAlloc(count * sizeof(*result));
    if (result) {
        for (uint32_t i = 0; i < count; i++) {
            result[i].InitialOffset = wanted[i].offset;
            result[i].Length = wanted[i].length;
        }
        *ranges = result;
        *range_count = count;
    }
    mem_free(wanted);
    return result ? S_OK : log_failure(LOG_COM, E_OUTOFMEMORY, L"cannot return %u ranges", count);
}

static const IBackgroundCopyFile5Vtbl file_vtable = {
    COM_UNKNOWN_SLOTS(file),
    .GetRemoteName = file_GetRemoteName,
    .GetLocalName = file_GetLocalName,
    .GetProgress = file_GetProgress,
    .GetFileRanges = file_GetFileRanges,
    .SetRemoteName = file_SetRemoteName,
    .GetTemporaryName = file_GetTemporaryName,
    .SetValidationState = file_SetValidationState,
    .GetValidationState = file_GetValidationState,
    .IsDownloadedFromPeer = file_IsDownloadedFromPeer,
    .GetPeerDownloadStats = file_GetPeerDownloadStats,
    .SetProperty = file_SetProperty,
    .GetProperty = file_GetProperty,
};

#define FILE_FACE offsetof(struct file_object, file_iface)

static const struct com_interface file_interfaces[] = {
    {&IID_IUnknown, FILE_FACE},
    {&IID_IBackgroundCopyFile, FILE_FACE},
    {&IID_IBackgroundCopyFile2, FILE_FACE},
    {&IID_IBackgroundCopyFile3, FILE_FACE},
    {&IID_IBackgroundCopyFile4, FILE_FACE},
    {&IID_IBackgroundCopyFile5, FILE_FACE},
    {&IID_IDeliveryOptimizationFile, offsetof(struct file_object, delivery_iface)},
    {&IID_IDeliveryOptimizationFile2, offsetof(struct file_object, delivery2_iface)},
};

static void file_destroy(struct com_object *object)
{
    struct file_object *self = CONTAINING_RECORD(object, struct file_object, object);
    job_release(job_file_job(self->file));
    mem_free(self);
}

static const struct com_class file_class = COM_CLASS(file_interfaces, file_destroy);

struct file_object *file_object_reserve(void)
{
    struct file_object *self = mem_alloc(sizeof(*self));
    if (!self)
        (void)log_failure(LOG_COM, E_OUTOFMEMORY, L"cannot hand out a file");
    return self;
}

IBackgroundCopyFile *file_object_fill(struct file_object *self, struct job_file *file)
{
    self->file_iface.lpVtbl = &file_vtable;
    self->delivery_iface.lpVtbl = &file_delivery_vtable;
    self->delivery2_iface.lpVtbl = &file_delivery2_vtable;
    job_addref(job_file_job(file));
    self->file = file;
    com_object_init(&self->object, &file_class);
    return (IBackgroundCopyFile *)&self->file_iface; /* the older version's slots are the first of the newer one's */
}

HRESULT file_object_create(struct job_file *file, IBackgroundCopyFile **object)
{
    struct file_object *self = file_object_reserve();
    *object = self ? file_object_fill(self, file) : NULL;
    return self ? S_OK : E_OUTOFMEMORY;
}
