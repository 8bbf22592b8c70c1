#include "file_ops.h"

#include "directory_entry.h"
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

static HRESULT last_error(void)
{
    DWORD error = GetLastError();
    return error == ERROR_SUCCESS ? E_FAIL : HRESULT_FROM_WIN32(error);
}

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
        hr = last_error();
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
    return SetFileInformationByHandle(handle, FileEndOfFileInfo, &info, sizeof(info)) ? S_OK : last_error();
}

/* Whoever may write to the directory could put a link in the place of a temporary file, so that we write to what it leads to. A link is opened itself
 * (FILE_FLAG_OPEN_REPARSE_POINT), and refused, as is a file that has another name besides. */
static HRESULT check_is_no_link(HANDLE handle, uint64_t *size)
{
    FILE_STANDARD_INFO info;
    FILE_ATTRIBUTE_TAG_INFO tag;
    if (!GetFileInformationByHandleEx(handle, FileStandardInfo, &info, sizeof(info)) ||
        !GetFileInformationByHandleEx(handle, FileAttributeTagInfo, &tag, sizeof(tag)))
        return last_error();
    *size = (uint64_t)info.EndOfFile.QuadPart;
    if (info.NumberOfLinks > 1)
        return HRESULT_FROM_WIN32(ERROR_TOO_MANY_LINKS);
    bool is_link = (tag.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) && IsReparseTagNameSurrogate(tag.ReparseTag);
    return is_link ? HRESULT_FROM_WIN32(ERROR_CANT_RESOLVE_FILENAME) : S_OK;
}

/* Opens what is there, but no link. */
static HRESULT open_existing(HANDLE directory, const char16_t *name, DWORD access, bool is_write_through,
                             HANDLE *handle, uint64_t *size)
{
    HRESULT hr = directory_open_entry(directory, name, access, is_write_through, handle);
    if (FAILED(hr))
        return hr;
    hr = check_is_no_link(*handle, size);
    if (FAILED(hr))
        CloseHandle(*handle);
    return hr;
}

/* A drive that is not there now may come back with the file. */
static bool has_drive(const char16_t *path)
{
    if (path[1] != u':')
        return true;
    const WCHAR root[] = {path[0], L':', L'\\', L'\0'};
    return GetDriveTypeW(root) != DRIVE_NO_ROOT_DIR;
}

static HRESULT system_remove(struct file_ops *ops, const char16_t *path)
{
    (void)ops;
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

/* Always a new file: making one follows no link, and deleting one deletes the link alone. */
static HRESULT create_new(struct file_ops *ops, const char16_t *path, uint64_t directory, bool is_ours, HANDLE *handle)
{
    HANDLE parent;
    HRESULT hr = directory_open(path, directory, &parent);
    if (FAILED(hr))
        return hr;
    hr = directory_create_entry(parent, name_in(path), handle);
    if (hr == HRESULT_FROM_WIN32(ERROR_FILE_EXISTS) && is_ours) {
        hr = system_remove(ops, path);
        if (SUCCEEDED(hr))
            hr = directory_create_entry(parent, name_in(path), handle);
    }
    CloseHandle(parent);
    return hr;
}

static HRESULT open_sized(const char16_t *path, uint64_t directory, HANDLE *handle, uint64_t *size)
{
    HANDLE parent;
    HRESULT hr = directory_open(path, directory, &parent);
    if (FAILED(hr))
        return hr;
    hr = open_existing(parent, name_in(path), GENERIC_WRITE, false, handle, size);
    CloseHandle(parent);
    return hr;
}

/* Memory comes first: a file that is on the disk and nobody's would be taken for somebody else's. */
static HRESULT system_create(struct file_ops *ops, const char16_t *path, uint64_t directory, bool is_ours,
                             struct file **file)
{
    *file = mem_alloc(sizeof(**file));
    if (!*file)
        return E_OUTOFMEMORY;
    HRESULT hr = create_new(ops, path, directory, is_ours, &(*file)->handle);
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

/* 0 where the disk cannot tell. */
static uint64_t written_at(HANDLE handle)
{
    FILE_BASIC_INFO info;
    return GetFileInformationByHandleEx(handle, FileBasicInfo, &info, sizeof(info))
               ? (uint64_t)info.LastWriteTime.QuadPart
               : 0;
}

static uint64_t system_written_at(struct file_ops *ops, struct file *file)
{
    (void)ops;
    return written_at(file->handle);
}

static HRESULT system_write_at(struct file_ops *ops, struct file *file, uint64_t offset, const void *data, size_t size)
{
    (void)ops;
    const uint8_t *next = data;
    while (size) {
        /* An OVERLAPPED on a synchronous handle is just a position: no shared file pointer, so threads do not
         * disturb one another. */
        OVERLAPPED position = {.Offset = (DWORD)offset, .OffsetHigh = (DWORD)(offset >> 32)};
        DWORD piece = size < WRITE_MAX ? (DWORD)size : WRITE_MAX;
        DWORD written = 0;
        if (!WriteFile(file->handle, next, piece, &written, &position))
            return last_error();
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
    return FlushFileBuffers(file->handle) ? S_OK : last_error();
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
    return SetFileTime(file->handle, time ? &stamp : NULL, NULL, &stamp) ? S_OK : last_error();
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

static HRESULT set_attributes(HANDLE handle, DWORD attributes)
{
    FILE_BASIC_INFO info = {.FileAttributes = attributes}; /* times of 0 stay as they are */
    return SetFileInformationByHandle(handle, FileBasicInfo, &info, sizeof(info)) ? S_OK : last_error();
}

static HRESULT check_closed(HANDLE handle, uint64_t size, const struct closed_file *closed)
{
    uint64_t identity = closed->identity ? directory_identity(handle) : 0;
    if (identity && identity != closed->identity)
        return HRESULT_FROM_WIN32(ERROR_FILE_EXISTS);
    if (size != closed->size || (closed->written_at && written_at(handle) != closed->written_at))
        return HRESULT_FROM_WIN32(ERROR_FILE_INVALID);
    return S_OK;
}

/* A name that cannot be replaced (a folder's) is no file in the place of ours. */
static HRESULT rename_replacing(HANDLE directory, HANDLE handle, const char16_t *target)
{
    HRESULT hr = directory_rename_entry(directory, handle, target);
    return hr == HRESULT_FROM_WIN32(ERROR_FILE_EXISTS) ? E_ACCESSDENIED : hr;
}

/* One look-up for both steps. Write-through makes them durable, in this order: a file under its final name is never a hidden one. */
static HRESULT deliver_in(HANDLE directory, const char16_t *temporary, const char16_t *target,
                          const struct closed_file *closed)
{
    HANDLE handle;
    uint64_t actual = 0;
    HRESULT hr = open_existing(directory, temporary, DELETE | FILE_WRITE_ATTRIBUTES, true, &handle, &actual);
    if (FAILED(hr))
        return hr;
    hr = check_closed(handle, actual, closed);
    if (SUCCEEDED(hr))
        hr = set_attributes(handle, FILE_ATTRIBUTE_NORMAL);
    if (SUCCEEDED(hr)) {
        hr = rename_replacing(directory, handle, target);
        if (FAILED(hr))
            set_attributes(handle, FILE_ATTRIBUTE_HIDDEN); /* it stays temporary; at worst it can be seen */
    }
    CloseHandle(handle);
    return hr;
}

static HRESULT system_deliver(struct file_ops *ops, const char16_t *temporary, const char16_t *target,
                              const struct closed_file *closed)
{
    HANDLE parent;
    (void)ops;
    HRESULT hr = directory_open(target, closed->directory, &parent);
    if (FAILED(hr))
        return hr;
    hr = deliver_in(parent, name_in(temporary), name_in(target), closed);
    CloseHandle(parent);
    return hr;
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
            hr = last_error();
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
        .remove = system_remove,
        .size_of = system_size_of,
        .free_space = system_free_space,
    };
    return &ops;
}
