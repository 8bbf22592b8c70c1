/* IDeliveryOptimizationFile: what fetching a file took. docs/API.md, "Files" (GetStats). */
#include "file_object.h"

#include "memory.h"
#include "result.h"

#include <string.h>

COM_UNKNOWN(delivery, IDeliveryOptimizationFile, struct file_object, delivery_iface)

static SwarmStatus status_of(enum file_activity activity)
{
    switch (activity) {
    case FILE_COMPLETE: return SwarmStatus_Complete;
    case FILE_PAUSED: return SwarmStatus_Paused;
    case FILE_DOWNLOADING: break;
    }
    return SwarmStatus_Downloading;
}

/* Both strings or none; takes both. */
static HRESULT give_names(DOSwarmStats *stats, WCHAR *file_id, WCHAR *url)
{
    HRESULT hr = result_take_string(file_id, &stats->fileId);
    HRESULT url_hr = result_take_string(url, &stats->sourceURL);
    if (SUCCEEDED(hr))
        hr = url_hr;
    if (FAILED(hr)) {
        CoTaskMemFree(stats->fileId);
        CoTaskMemFree(stats->sourceURL);
        stats->fileId = stats->sourceURL = NULL;
    }
    return hr;
}

/* There are no peers, whatever else a policy says of them, and nothing else that fetches files in the place of this engine. */
static DownloadMode mode_of(uint32_t setting)
{
    return setting == DownloadMode_Simple ? DownloadMode_Simple : DownloadMode_CdnOnly;
}

/* Figures of peers are 0: there are none. */
static HRESULT STDMETHODCALLTYPE delivery_GetStats(IDeliveryOptimizationFile *iface, DOSwarmStats *stats)
{
    if (!stats)
        return E_INVALIDARG;
    memset(stats, 0, sizeof(*stats));
    struct file_stats now;
    WCHAR *file_id, *url;
    HRESULT hr =
        job_file_stats(CONTAINING_RECORD(iface, struct file_object, delivery_iface)->file, &now, &file_id, &url);
    if (SUCCEEDED(hr))
        hr = give_names(stats, file_id, url);
    if (FAILED(hr))
        return hr;
    stats->fileSize = now.remote_size;
    stats->totalBytesDownloaded = now.bytes_from_http;
    stats->bytesFromHttp = now.bytes_from_http;
    stats->httpConnectionCount = now.http_answers;
    stats->downloadDuration = now.busy_ms < UINT_MAX ? (UINT)now.busy_ms : UINT_MAX;
    stats->downloadMode = mode_of(now.download_mode);
    stats->status = status_of(now.activity);
    stats->isBackground = now.is_background;
    return S_OK;
}

const IDeliveryOptimizationFileVtbl file_delivery_vtable = {
    COM_UNKNOWN_SLOTS(delivery),
    .GetStats = delivery_GetStats,
};
