/* The methods of IBackgroundCopyJob and Job3 that add, list and redirect files: docs/API.md, "Jobs", "Ranges" and "Files". */
#include "job_object.h"

#include "enumerator.h"
#include "file.h"
#include "log.h"
#include "memory.h"

/* What the classic calls take: core accepts a missing name where a newer interface sets it later. */
static bool is_present(const WCHAR *text)
{
    return text && text[0];
}

HRESULT STDMETHODCALLTYPE job_AddFileSet(IBackgroundCopyJob5 *iface, ULONG count, BG_FILE_INFO *files)
{
    if (!files || count == 0)
        return E_INVALIDARG;
    struct file_spec *specs = mem_alloc(count * sizeof(*specs));
    if (!specs)
        return log_failure(LOG_COM, E_OUTOFMEMORY, L"cannot add %lu files", count);
    HRESULT hr = S_OK;
    for (ULONG i = 0; i < count; i++) {
        if (!is_present(files[i].RemoteName) || !is_present(files[i].LocalName)) {
            hr = E_INVALIDARG;
            break;
        }
        specs[i].url = files[i].RemoteName;
        specs[i].local_path = files[i].LocalName;
        specs[i].declared_size = SIZE_UNKNOWN;
    }
    if (SUCCEEDED(hr))
        hr = job_add_files(job_of(iface), specs, count);
    mem_free(specs);
    return hr;
}

HRESULT STDMETHODCALLTYPE job_AddFile(IBackgroundCopyJob5 *iface, const WCHAR *url, const WCHAR *local_name)
{
    if (!is_present(local_name))
        return E_INVALIDARG;
    return job_add_file_with_ranges(job_of(iface), NULL, url, local_name, 0, NULL, SIZE_UNKNOWN);
}

HRESULT STDMETHODCALLTYPE job_AddFileWithRanges(IBackgroundCopyJob5 *iface, const WCHAR *url, const WCHAR *local_name,
                                                DWORD range_count, BG_FILE_RANGE ranges[])
{
    if (range_count == 0 || !is_present(local_name))
        return E_INVALIDARG;
    return job_add_file_with_ranges(job_of(iface), NULL, url, local_name, range_count, ranges, SIZE_UNKNOWN);
}

HRESULT job_add_file_with_ranges(struct job *job, const WCHAR *file_id, const WCHAR *url, const WCHAR *local_name,
                                 DWORD range_count, const BG_FILE_RANGE *ranges, UINT64 file_size)
{
    if (!is_present(url) || (range_count != 0 && !ranges))
        return E_INVALIDARG;
    struct wanted_range *wanted = mem_alloc(range_count * sizeof(*wanted));
    if (!wanted)
        return log_failure(LOG_COM, E_OUTOFMEMORY, L"cannot add a file of %lu ranges", range_count);
    for (DWORD i = 0; i < range_count; i++) {
        wanted[i].offset = ranges[i].InitialOffset;
        wanted[i].length = ranges[i].Length;
    }
    struct file_spec spec = {
        .file_id = file_id,
        .url = url,
        .local_path = local_name,
        .declared_size = file_size,
        .ranges = range_count ? wanted : NULL,
        .range_count = range_count,
    };
    HRESULT hr = job_add_files(job, &spec, 1);
    mem_free(wanted);
    return hr;
}

HRESULT STDMETHODCALLTYPE job_ReplaceRemotePrefix(IBackgroundCopyJob5 *iface, const WCHAR *old_prefix,
                                                  const WCHAR *new_prefix)
{
    return job_replace_url_prefix(job_of(iface), old_prefix, new_prefix);
}

HRESULT STDMETHODCALLTYPE job_EnumFiles(IBackgroundCopyJob5 *iface, IEnumBackgroundCopyFiles **enumerator)
{
    if (!enumerator)
        return E_INVALIDARG;
    *enumerator = NULL;
    struct job *job = job_of(iface);
    size_t count = job_file_count(job); /* files are only ever added, at the end */
    struct snapshot *snapshot;
    HRESULT hr = snapshot_create(count, &snapshot);
    if (FAILED(hr))
        return hr;
    for (size_t i = 0; i < count && SUCCEEDED(hr); i++) {
        IBackgroundCopyFile *file;
        hr = file_object_create(job_file_at(job, i), &file);
        if (SUCCEEDED(hr))
            snapshot_append(snapshot, (IUnknown *)file);
    }
    if (SUCCEEDED(hr))
        hr = file_enumerator_create(snapshot, enumerator);
    snapshot_release(snapshot);
    return hr;
}
