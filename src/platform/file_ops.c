#include "file_ops.h"

#include "local_path.h"
#include "memory.h"
#include "system_path.h"
#include "target_check.h"
#include "utf16.h"

#include <stddef.h>
#include <string.h>
#include <windows.h>
#include <winternl.h>

#define SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)
#define WRITE_MAX (16u * 1024 * 1024)

struct file {
    HANDLE handle;
};

static HRESULT last_error(void)
{
    DWORD error = GetLastError();
    return error == ERROR_SUCCESS ? E_FAIL : HRESULT_FROM_WIN32(error);
}

static HRESULT open_path(const char16_t *path, DWORD access, DWORD disposition, DWORD flags, HANDLE *handle)
{
    struct system_path system;
    HRESULT hr = system_path_make(&system, path);
    if (FAILED(hr))
        return hr;
    *handle = CreateFileW(system.text, access, SHARE_ALL, NULL, disposition, flags, NULL);
    if (*handle == INVALID_HANDLE_VALUE)
        hr = last_error();
    system_path_clear(&system);
    return hr;
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

static HRESULT system_check_targets(struct file_ops *ops, const char16_t *const *paths, size_t count, size_t *failed)
{
    (void)ops;
    return target_check_all(paths, count, failed);
}

static HRESULT set_end(HANDLE handle, uint64_t size)
{
    FILE_END_OF_FILE_INFO info = {.EndOfFile.QuadPart = (LONGLONG)size};
    return SetFileInformationByHandle(handle, FileEndOfFileInfo, &info, sizeof(info)) ? S_OK : last_error();
}

/* Whoever may write to the directory could put a link in the place of a temporary file, so that we write to what it leads to. A link is opened itself
 * (FILE_FLAG_OPEN_REPARSE_POINT), and refused, as is a file that has another name besides. */
static HRESULT check_is_no_link(HANDLE handle)
{
    FILE_STANDARD_INFO info;
    FILE_ATTRIBUTE_TAG_INFO tag;
    if (!GetFileInformationByHandleEx(handle, FileStandardInfo, &info, sizeof(info)) ||
        !GetFileInformationByHandleEx(handle, FileAttributeTagInfo, &tag, sizeof(tag)))
        return last_error();
    if (info.NumberOfLinks > 1)
        return HRESULT_FROM_WIN32(ERROR_TOO_MANY_LINKS);
    bool is_link = (tag.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) && IsReparseTagNameSurrogate(tag.ReparseTag);
    return is_link ? HRESULT_FROM_WIN32(ERROR_CANT_RESOLVE_FILENAME) : S_OK;
}

/* Opens what is there, but no link. */
static HRESULT open_existing(const char16_t *path, DWORD access, DWORD flags, HANDLE *handle)
{
    HRESULT hr =
        open_path(path, access | FILE_READ_ATTRIBUTES, OPEN_EXISTING, flags | FILE_FLAG_OPEN_REPARSE_POINT, handle);
    if (FAILED(hr))
        return hr;
    hr = check_is_no_link(*handle);
    if (FAILED(hr))
        CloseHandle(*handle);
    return hr;
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
        bool is_gone = error == ERROR_FILE_NOT_FOUND || error == ERROR_PATH_NOT_FOUND;
        hr = is_gone ? S_FALSE : HRESULT_FROM_WIN32(error);
    }
    system_path_clear(&system);
    return hr;
}

/* Always a new file: CREATE_NEW follows no link, and deleting one deletes the link alone. */
static HRESULT create_new(struct file_ops *ops, const char16_t *path, bool is_ours, HANDLE *handle)
{
    HRESULT hr = open_path(path, GENERIC_WRITE, CREATE_NEW, FILE_ATTRIBUTE_HIDDEN, handle);
    if (hr != HRESULT_FROM_WIN32(ERROR_FILE_EXISTS) || !is_ours)
        return hr;
    hr = system_remove(ops, path);
    return FAILED(hr) ? hr : open_path(path, GENERIC_WRITE, CREATE_NEW, FILE_ATTRIBUTE_HIDDEN, handle);
}

static HRESULT open_sized(const char16_t *path, HANDLE *handle, uint64_t *size)
{
    LARGE_INTEGER length;
    HRESULT hr = open_existing(path, GENERIC_WRITE, 0, handle);
    if (FAILED(hr))
        return hr;
    if (!GetFileSizeEx(*handle, &length)) {
        hr = last_error();
        CloseHandle(*handle);
        return hr;
    }
    *size = (uint64_t)length.QuadPart;
    return S_OK;
}

/* Memory comes first: a file that is on the disk and nobody's would be taken for somebody else's. */
static HRESULT system_create(struct file_ops *ops, const char16_t *path, bool is_ours, struct file **file)
{
    *file = mem_alloc(sizeof(**file));
    if (!*file)
        return E_OUTOFMEMORY;
    HRESULT hr = create_new(ops, path, is_ours, &(*file)->handle);
    if (FAILED(hr)) {
        mem_free(*file);
        *file = NULL;
    }
    return hr;
}

static HRESULT system_open(struct file_ops *ops, const char16_t *path, struct file **file, uint64_t *size)
{
    (void)ops;
    *size = 0;
    *file = mem_alloc(sizeof(**file));
    if (!*file)
        return E_OUTOFMEMORY;
    HRESULT hr = open_sized(path, &(*file)->handle, size);
    if (FAILED(hr)) {
        mem_free(*file);
        *file = NULL;
    }
    return hr;
}

/* The file's number on its volume. Not GetFileInformationByHandle, which tells the volume's as well: for that Wine asks its
 * mount manager each time, at the price of some thirty calls of its server, and files are opened by the thousand. */
static uint64_t identity_of(HANDLE handle)
{
    FILE_INTERNAL_INFORMATION info;
    IO_STATUS_BLOCK status;
    return NT_SUCCESS(NtQueryInformationFile(handle, &status, &info, sizeof(info), FileInternalInformation))
               ? (uint64_t)info.IndexNumber.QuadPart
               : 0;
}

static uint64_t system_identity(struct file_ops *ops, struct file *file)
{
    (void)ops;
    return identity_of(file->handle);
}

static HRESULT system_directory(struct file_ops *ops, const char16_t *path, uint64_t *identity)
{
    HANDLE handle;
    (void)ops;
    *identity = 0;
    char16_t *directory = utf16_duplicate_part(path, local_path_directory_length(path));
    if (!directory)
        return E_OUTOFMEMORY;
    HRESULT hr = open_path(directory, FILE_READ_ATTRIBUTES, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, &handle);
    mem_free(directory);
    if (FAILED(hr))
        return hr == E_OUTOFMEMORY ? hr : S_OK;
    *identity = identity_of(handle);
    CloseHandle(handle);
    return S_OK;
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

static HRESULT system_set_times(struct file_ops *ops, struct file *file, uint64_t time)
{
    (void)ops;
    FILETIME stamp = {.dwLowDateTime = (DWORD)time, .dwHighDateTime = (DWORD)(time >> 32)};
    return SetFileTime(file->handle, &stamp, NULL, &stamp) ? S_OK : last_error();
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

static HRESULT rename_handle(HANDLE handle, const char16_t *target)
{
    struct system_path system;
    HRESULT hr = system_path_make(&system, target);
    if (FAILED(hr))
        return hr;
    size_t bytes = utf16_length(system.text) * sizeof(char16_t);
    size_t info_size = sizeof(FILE_RENAME_INFO) + bytes; /* the structure has room for the terminator */
    FILE_RENAME_INFO *info = mem_alloc(info_size);
    if (info) {
        info->ReplaceIfExists = TRUE;
        info->FileNameLength = (DWORD)bytes;
        memcpy(info->FileName, system.text, bytes);
        if (!SetFileInformationByHandle(handle, FileRenameInfo, info, (DWORD)info_size))
            hr = last_error();
        mem_free(info);
    } else {
        hr = E_OUTOFMEMORY;
    }
    system_path_clear(&system);
    return hr;
}

static HRESULT set_attributes(HANDLE handle, DWORD attributes)
{
    FILE_BASIC_INFO info = {.FileAttributes = attributes}; /* times of 0 stay as they are */
    return SetFileInformationByHandle(handle, FileBasicInfo, &info, sizeof(info)) ? S_OK : last_error();
}

static HRESULT system_deliver(struct file_ops *ops, const char16_t *temporary, const char16_t *target)
{
    (void)ops;
    HANDLE handle;
    /* One look-up for both steps. Write-through makes them durable, in this order: a file under its final name is
     * never a hidden one. */
    HRESULT hr =
        open_existing(temporary, DELETE | FILE_WRITE_ATTRIBUTES | SYNCHRONIZE, FILE_FLAG_WRITE_THROUGH, &handle);
    if (FAILED(hr))
        return hr;
    hr = set_attributes(handle, FILE_ATTRIBUTE_NORMAL);
    if (SUCCEEDED(hr)) {
        hr = rename_handle(handle, target);
        if (FAILED(hr))
            set_attributes(handle, FILE_ATTRIBUTE_HIDDEN); /* it stays temporary; at worst it can be seen */
    }
    CloseHandle(handle);
    return hr;
}

static HRESULT system_size_of(struct file_ops *ops, const char16_t *path, uint64_t *size)
{
    (void)ops;
    *size = 0;
    WIN32_FILE_ATTRIBUTE_DATA data;
    HRESULT hr = attributes_of(path, &data);
    if (SUCCEEDED(hr))
        *size = (uint64_t)data.nFileSizeHigh << 32 | data.nFileSizeLow;
    return hr;
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
        .directory = system_directory,
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
