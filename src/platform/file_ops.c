#include "file_ops.h"

#include "delivery.h"
#include "directory_entry.h"
#include "exact_name.h"
#include "local_path.h"
#include "memory.h"
#include "system_path.h"
#include "target_check.h"
#include "utf16.h"

#include <stddef.h>
#include <string.h>
#include <windows.h>

#define COARSEST_STEP 20000000u /* of times that disks keep, FILETIME units */
#define WRITE_MAX     (16u * 1024 * 1024)

struct file {
    HANDLE handle;
};

static const char16_t *name_in(const char16_t *path)
{
    return path + local_path_directory_length(path);
}

static HRESULT attributes_of(const char16_t *path, WIN32_FILE_ATTRIBUTE_DATA *data)
{
    struct system_path system;
    HRESULT hr = system_path_make(&system, path);
    if (FAILED(hr))
        return hr;
    if (!GetFileAttributesExW(system.text, GetFileExInfoStandard, data))
        hr = directory_last_error();
    system_path_clear(&system);
    return hr;
}

static HRESULT system_check_targets(struct file_ops *ops, const char16_t *const *paths, size_t count,
                                    uint64_t *directories, size_t *failed)
{
    (void)ops;
    return target_check_all(paths, count, directories, failed);
}

static HRESULT set_end(HANDLE handle, uint64_t size)
{
    FILE_END_OF_FILE_INFO info = {.EndOfFile.QuadPart = (LONGLONG)size};
    return SetFileInformationByHandle(handle, FileEndOfFileInfo, &info, sizeof(info)) ? S_OK : directory_last_error();
}

/* A drive that is not there now may come back with the file. */
static bool has_drive(const char16_t *path)
{
    const char16_t *drive = wcsncmp(path, L"\\\\?\\", 4) == 0 ? path + 4 : path;
    if (drive[1] != u':')
        return true;
    const WCHAR root[] = {drive[0], L':', L'\\', L'\0'};
    return GetDriveTypeW(root) != DRIVE_NO_ROOT_DIR;
}

static HRESULT remove_path(const char16_t *path)
{
    struct system_path system;
    HRESULT hr = system_path_make(&system, path);
    if (FAILED(hr))
        return hr;
    if (!DeleteFileW(system.text)) {
        DWORD error = GetLastError();
        bool is_gone = (error == ERROR_FILE_NOT_FOUND || error == ERROR_PATH_NOT_FOUND) && has_drive(path);
        hr = is_gone ? S_FALSE : HRESULT_FROM_WIN32(error);
    }
    system_path_clear(&system);
    return hr;
}

static HRESULT system_remove(struct file_ops *ops, const char16_t *path)
{
    (void)ops;
    return remove_path(path);
}

/* Takes the handle. */
static void discard_made(const char16_t *name, HANDLE handle)
{
    HANDLE again;
    FILE_DISPOSITION_INFO gone = {.DeleteFile = TRUE};
    if (SUCCEEDED(directory_open_entry(NULL, name, DELETE, false, &again))) {
        if (directory_identity(again) == directory_identity(handle))
            SetFileInformationByHandle(again, FileDispositionInfo, &gone, sizeof(gone));
        CloseHandle(again);
    }
    CloseHandle(handle);
}

/* Nobody has the name of a temporary file in other letters. S_FALSE: the ordinary way is to be gone, and tells what is wrong. The folder is looked at afterwards: a path
 * led to it, and what lay at its end before may not do so now. */
static HRESULT create_exactly(const char16_t *path, uint64_t directory, HANDLE *handle)
{
    char16_t *name = exact_name_make(path);
    if (!name)
        return S_FALSE;
    HRESULT hr = S_FALSE;
    if (SUCCEEDED(directory_create_entry(NULL, name, handle)))
        hr = directory ? directory_check(path, directory) : S_OK;
    if (FAILED(hr))
        discard_made(name, *handle);
    mem_free(name);
    return hr;
}

static HRESULT create_in(HANDLE directory, const char16_t *path, bool is_ours, HANDLE *handle)
{
    HRESULT hr = directory_create_entry(directory, name_in(path), handle);
    if (hr != HRESULT_FROM_WIN32(ERROR_FILE_EXISTS) || !is_ours)
        return hr;
    hr = remove_path(path);
    return SUCCEEDED(hr) ? directory_create_entry(directory, name_in(path), handle) : hr;
}

/* Always a new file: making one follows no link, and deleting one deletes the link alone. */
static HRESULT create_new(const char16_t *path, uint64_t directory, bool is_ours, HANDLE *handle)
{
    HANDLE parent;
    HRESULT hr = create_exactly(path, directory, handle);
    if (hr != S_FALSE)
        return hr;
    hr = directory_open(path, directory, &parent);
    if (FAILED(hr))
        return hr;
    hr = create_in(parent, path, is_ours, handle);
    CloseHandle(parent);
    return hr;
}

static HRESULT open_sized(const char16_t *path, uint64_t directory, HANDLE *handle, uint64_t *size)
{
    HANDLE parent;
    HRESULT hr = directory_open(path, directory, &parent);
    if (FAILED(hr))
        return hr;
    hr = directory_open_file(parent, name_in(path), GENERIC_WRITE, false, handle, size);
    CloseHandle(parent);
    return hr;
}

/* Memory comes first: a file that is on the disk and nobody's would be taken for somebody else's. */
static HRESULT system_create(struct file_ops *ops, const char16_t *path, uint64_t directory, bool is_ours,
                             struct file **file)
{
    (void)ops;
    *file = mem_alloc(sizeof(**file));
    if (!*file)
        return E_OUTOFMEMORY;
    HRESULT hr = create_new(path, directory, is_ours, &(*file)->handle);
    if (FAILED(hr)) {
        mem_free(*file);
        *file = NULL;
    }
    return hr;
}

static HRESULT system_open(struct file_ops *ops, const char16_t *path, uint64_t directory, struct file **file,
                           uint64_t *size)
{
    (void)ops;
    *size = 0;
    *file = mem_alloc(sizeof(**file));
    if (!*file)
        return E_OUTOFMEMORY;
    HRESULT hr = open_sized(path, directory, &(*file)->handle, size);
    if (FAILED(hr)) {
        mem_free(*file);
        *file = NULL;
    }
    return hr;
}

static uint64_t system_identity(struct file_ops *ops, struct file *file)
{
    (void)ops;
    return directory_identity(file->handle);
}

static uint64_t system_identity_of(struct file_ops *ops, const char16_t *path)
{
    (void)ops;
    HANDLE parent, handle;
    if (FAILED(directory_open(path, 0, &parent)))
        return 0;
    bool is_open = SUCCEEDED(directory_open_entry(parent, name_in(path), 0, false, &handle));
    uint64_t identity = is_open ? directory_identity(handle) : 0;
    if (is_open)
        CloseHandle(handle);
    CloseHandle(parent);
    return identity;
}

static uint64_t system_written_at(struct file_ops *ops, struct file *file)
{
    (void)ops;
    return directory_written_at(file->handle);
}

static HRESULT system_write_at(struct file_ops *ops, struct file *file, uint64_t offset, const void *data, size_t size)
{
    (void)ops;
    const uint8_t *next = data;
    while (size) {
        uint32_t piece = size < WRITE_MAX ? (uint32_t)size : WRITE_MAX;
        uint32_t written;
        HRESULT hr = directory_write_entry(file->handle, offset, next, piece, &written);
        if (FAILED(hr))
            return hr;
        if (!written)
            return HRESULT_FROM_WIN32(ERROR_WRITE_FAULT);
        next += written;
        offset += written;
        size -= written;
    }
    return S_OK;
}

static HRESULT system_flush(struct file_ops *ops, struct file *file)
{
    (void)ops;
    return FlushFileBuffers(file->handle) ? S_OK : directory_last_error();
}

/* A disk may keep a coarser time than it tells while the file is open: FAT has steps of two seconds, a server of shares its own. One of whole steps stays as it was set. */
static uint64_t coarse_now(void)
{
    FILETIME now;
    GetSystemTimeAsFileTime(&now);
    uint64_t time = (uint64_t)now.dwHighDateTime << 32 | now.dwLowDateTime;
    return time - time % COARSEST_STEP;
}

static HRESULT system_set_times(struct file_ops *ops, struct file *file, uint64_t time)
{
    (void)ops;
    uint64_t written = time ? time : coarse_now();
    FILETIME stamp = {.dwLowDateTime = (DWORD)written, .dwHighDateTime = (DWORD)(written >> 32)};
    return SetFileTime(file->handle, time ? &stamp : NULL, NULL, &stamp) ? S_OK : directory_last_error();
}

static HRESULT system_set_size(struct file_ops *ops, struct file *file, uint64_t size)
{
    (void)ops;
    return set_end(file->handle, size);
}

static void system_close(struct file_ops *ops, struct file *file)
{
    (void)ops;
    if (!file)
        return;
    CloseHandle(file->handle);
    mem_free(file);
}

static HRESULT system_deliver(struct file_ops *ops, struct deliveries **shared, const char16_t *temporary,
                              const char16_t *target, const struct closed_file *closed)
{
    (void)ops;
    return delivery_make(shared, temporary, target, closed);
}

static void system_end_deliveries(struct file_ops *ops, struct deliveries *shared)
{
    (void)ops;
    delivery_end(shared);
}

static HRESULT system_size_of(struct file_ops *ops, const char16_t *path, uint64_t *size, uint64_t *last_write)
{
    (void)ops;
    *size = *last_write = 0;
    WIN32_FILE_ATTRIBUTE_DATA data;
    HRESULT hr = attributes_of(path, &data);
    if (FAILED(hr))
        return hr;
    *size = (uint64_t)data.nFileSizeHigh << 32 | data.nFileSizeLow;
    *last_write = (uint64_t)data.ftLastWriteTime.dwHighDateTime << 32 | data.ftLastWriteTime.dwLowDateTime;
    return S_OK;
}

static HRESULT system_free_space(struct file_ops *ops, const char16_t *path, uint64_t *size)
{
    (void)ops;
    *size = 0;
    char16_t *directory = utf16_duplicate_part(path, local_path_directory_length(path));
    if (!directory)
        return E_OUTOFMEMORY;
    struct system_path system;
    HRESULT hr = system_path_make(&system, directory); /* may borrow it */
    if (SUCCEEDED(hr)) {
        ULARGE_INTEGER available;
        if (GetDiskFreeSpaceExW(system.text, &available, NULL, NULL))
            *size = available.QuadPart;
        else
            hr = directory_last_error();
        system_path_clear(&system);
    }
    mem_free(directory);
    return hr;
}

struct file_ops *file_ops_system(void)
{
    static struct file_ops ops = {
        .check_targets = system_check_targets,
        .create = system_create,
        .open = system_open,
        .identity = system_identity,
        .identity_of = system_identity_of,
        .written_at = system_written_at,
        .write_at = system_write_at,
        .flush = system_flush,
        .set_times = system_set_times,
        .set_size = system_set_size,
        .close = system_close,
        .deliver = system_deliver,
        .end_deliveries = system_end_deliveries,
        .remove = system_remove,
        .size_of = system_size_of,
        .free_space = system_free_space,
    };
    return &ops;
}
