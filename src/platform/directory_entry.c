#include "directory_entry.h"

#include "local_path.h"
#include "memory.h"
#include "system_path.h"
#include "utf16.h"

#include <stddef.h>
#include <string.h>
#include <windows.h>
#include <winternl.h>

#define SHARE_ALL         (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)
#define NAME_COLLISION    ((NTSTATUS)0xC0000035)
#define DELETE_PENDING    ((NTSTATUS)0xC0000056)
#define INVALID_PARAMETER ((NTSTATUS)0xC000000D)

/* Of the driver kit (https://learn.microsoft.com/windows-hardware/drivers/ddi/ntifs/nf-ntifs-ntwritefile); winternl.h lacks it. */
NTSTATUS NTAPI NtWriteFile(HANDLE file, HANDLE event, PIO_APC_ROUTINE routine, void *context, IO_STATUS_BLOCK *status,
                           const void *data, ULONG size, const LARGE_INTEGER *position, ULONG *key);

static HRESULT hresult_of(NTSTATUS status)
{
    if (NT_SUCCESS(status))
        return S_OK;
    if (status == NAME_COLLISION)
        return HRESULT_FROM_WIN32(ERROR_FILE_EXISTS); /* as CreateFile has it */
    if (status == DELETE_PENDING)
        return HRESULT_FROM_WIN32(
            ERROR_SHARING_VIOLATION); /* a scanner has it open: not the lack of a right that Win32 makes of it */
    return HRESULT_FROM_WIN32(RtlNtStatusToDosError(status));
}

HRESULT directory_last_error(void)
{
    DWORD error = GetLastError();
    return error == ERROR_SUCCESS ? E_FAIL : HRESULT_FROM_WIN32(error);
}

/* Not GetFileInformationByHandle, which tells the volume's number as well: for that Wine asks its mount manager each time, at the price of some
 * thirty calls of its server, and files are opened by the thousand. */
uint64_t directory_identity(void *handle)
{
    FILE_INTERNAL_INFORMATION info;
    IO_STATUS_BLOCK status;
    return NT_SUCCESS(NtQueryInformationFile(handle, &status, &info, sizeof(info), FileInternalInformation))
               ? (uint64_t)info.IndexNumber.QuadPart
               : 0;
}

uint64_t directory_written_at(void *handle)
{
    FILE_BASIC_INFO info;
    return GetFileInformationByHandleEx(handle, FileBasicInfo, &info, sizeof(info))
               ? (uint64_t)info.LastWriteTime.QuadPart
               : 0;
}

static HRESULT open_directory(const char16_t *path, HANDLE *directory)
{
    struct system_path system;
    char16_t *name = utf16_duplicate_part(path, local_path_directory_length(path));
    if (!name)
        return E_OUTOFMEMORY;
    HRESULT hr = system_path_make(&system, name); /* may borrow it */
    if (SUCCEEDED(hr)) {
        *directory = CreateFileW(system.text, FILE_READ_ATTRIBUTES, SHARE_ALL, NULL, OPEN_EXISTING,
                                 FILE_FLAG_BACKUP_SEMANTICS, NULL);
        if (*directory == INVALID_HANDLE_VALUE)
            hr = directory_last_error();
        system_path_clear(&system);
    }
    mem_free(name);
    return hr == HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND) ? HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND) : hr;
}

HRESULT directory_open(const char16_t *path, uint64_t identity, void **directory)
{
    HRESULT hr = open_directory(path, directory);
    if (FAILED(hr) || !identity)
        return hr;
    uint64_t found = directory_identity(*directory);
    if (!found || found == identity)
        return S_OK;
    CloseHandle(*directory);
    return HRESULT_FROM_WIN32(ERROR_DIRECTORY);
}

HRESULT directory_check(const char16_t *path, uint64_t identity)
{
    HANDLE directory;
    HRESULT hr = directory_open(path, identity, &directory);
    if (SUCCEEDED(hr))
        CloseHandle(directory);
    return hr;
}

static HRESULT open_entry(HANDLE directory, const char16_t *name, ACCESS_MASK access, ULONG disposition, ULONG options,
                          HANDLE *file)
{
    size_t bytes = utf16_length(name) * sizeof(*name);
    UNICODE_STRING text = {(USHORT)bytes, (USHORT)(bytes + sizeof(*name)), (char16_t *)(uintptr_t)name};
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK status;
    InitializeObjectAttributes(&attributes, &text, OBJ_CASE_INSENSITIVE, directory, NULL);
    return hresult_of(NtCreateFile(file, access | FILE_READ_ATTRIBUTES | SYNCHRONIZE, &attributes, &status, NULL,
                                   FILE_ATTRIBUTE_HIDDEN, SHARE_ALL, disposition,
                                   options | FILE_NON_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0));
}

HRESULT directory_open_entry(void *directory, const char16_t *name, uint32_t access, bool is_write_through, void **file)
{
    ULONG options = FILE_OPEN_REPARSE_POINT | (is_write_through ? FILE_WRITE_THROUGH : 0);
    return open_entry(directory, name, access, FILE_OPEN, options, file);
}

/* Whoever may write to the directory could put a link in the place of a temporary file, so that we write to what it leads to. A link is opened itself
 * (FILE_FLAG_OPEN_REPARSE_POINT), and refused, as is a file that has another name besides. */
static HRESULT check_is_no_link(HANDLE handle, bool is_written, uint64_t *size)
{
    FILE_STANDARD_INFO info;
    FILE_BASIC_INFO basic;
    FILE_ATTRIBUTE_TAG_INFO tag;
    if (!GetFileInformationByHandleEx(handle, FileStandardInfo, &info, sizeof(info)) ||
        !GetFileInformationByHandleEx(handle, FileBasicInfo, &basic, sizeof(basic)))
        return directory_last_error();
    *size = (uint64_t)info.EndOfFile.QuadPart;
    if (info.NumberOfLinks > 1)
        return HRESULT_FROM_WIN32(ERROR_TOO_MANY_LINKS);
    if (!(basic.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT))
        return S_OK;
    /* Asked only now: a disk without links, as FAT, knows no tags and refuses the question. */
    if (!GetFileInformationByHandleEx(handle, FileAttributeTagInfo, &tag, sizeof(tag)))
        return directory_last_error();
    /* Other tags are those of files whose bytes are kept elsewhere (deduplicated, in a cloud): what is written past them is not what is read then. */
    bool is_refused = is_written || IsReparseTagNameSurrogate(tag.ReparseTag);
    return is_refused ? HRESULT_FROM_WIN32(ERROR_CANT_RESOLVE_FILENAME) : S_OK;
}

HRESULT directory_open_file(void *directory, const char16_t *name, uint32_t access, bool is_write_through, void **file,
                            uint64_t *size)
{
    HRESULT hr = directory_open_entry(directory, name, access, is_write_through, file);
    if (FAILED(hr))
        return hr;
    hr = check_is_no_link(*file, (access & GENERIC_WRITE) != 0, size);
    if (FAILED(hr))
        CloseHandle(*file);
    return hr;
}

HRESULT directory_create_entry(void *directory, const char16_t *name, void **file)
{
    return open_entry(directory, name, GENERIC_WRITE, FILE_CREATE, 0, file);
}

HRESULT directory_write_entry(void *file, uint64_t offset, const void *data, uint32_t size, uint32_t *written)
{
    IO_STATUS_BLOCK status = {0};
    LARGE_INTEGER position = {.QuadPart = (LONGLONG)offset};
    HRESULT hr = hresult_of(NtWriteFile(file, NULL, NULL, NULL, &status, data, size, &position, NULL));
    *written = SUCCEEDED(hr) ? (uint32_t)status.Information : 0;
    return hr;
}

HRESULT directory_rename_entry(void *directory, void *file, const char16_t *name, bool is_replacing)
{
    IO_STATUS_BLOCK status;
    size_t bytes = utf16_length(name) * sizeof(*name);
    size_t size = sizeof(FILE_RENAME_INFO) + bytes; /* as NtSetInformationFile has it, too */
    FILE_RENAME_INFO *info = mem_alloc(size);
    if (!info)
        return E_OUTOFMEMORY;
    info->ReplaceIfExists = is_replacing;
    info->RootDirectory = directory;
    info->FileNameLength = (DWORD)bytes;
    memcpy(info->FileName, name, bytes);
    NTSTATUS result = NtSetInformationFile(file, &status, info, (ULONG)size, FileRenameInformation);
    if (result == INVALID_PARAMETER && directory) {
        info->RootDirectory = NULL; /* a name alone is one in the file's own folder; some shares know only that */
        result = NtSetInformationFile(file, &status, info, (ULONG)size, FileRenameInformation);
    }
    mem_free(info);
    return hresult_of(result);
}
