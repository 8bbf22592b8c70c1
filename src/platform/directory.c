#include "file_ops.h"

#include "identity.h"
#include "memory.h"
#include "system_path.h"
#include "utf16.h"

#include <stdio.h>
#include <string.h>
#include <windows.h>
#include <sddl.h>

#define SDDL_MAX (IDENTITY_SID_MAX + 100)

/* Full rights for SYSTEM, Administrators and the process's user, inherited by what is made inside; nothing from
 * above ("P"). */
static HRESULT make_private_descriptor(PSECURITY_DESCRIPTOR *descriptor)
{
    struct caller owner;
    HRESULT hr = identity_process(&owner);
    if (FAILED(hr))
        return hr;
    wchar_t sddl[SDDL_MAX];
    swprintf(sddl, SDDL_MAX, L"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;%ls)", owner.sid);
    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(sddl, SDDL_REVISION_1, descriptor, NULL))
        return HRESULT_FROM_WIN32(GetLastError());
    return S_OK;
}

/* S_FALSE when it is there already. */
static HRESULT create_one(const char16_t *path, SECURITY_ATTRIBUTES *security)
{
    struct system_path system;
    HRESULT hr = system_path_make(&system, path);
    if (FAILED(hr))
        return hr;
    if (!CreateDirectoryW(system.text, security)) {
        DWORD error = GetLastError();
        /* Whatever the failure: a directory that is there will do. C:\ answers ERROR_ACCESS_DENIED to those who may
         * not write to it. */
        DWORD attributes = GetFileAttributesW(system.text);
        if (attributes == INVALID_FILE_ATTRIBUTES)
            hr = HRESULT_FROM_WIN32(error);
        else
            hr = attributes & FILE_ATTRIBUTE_DIRECTORY ? S_FALSE : HRESULT_FROM_WIN32(ERROR_DIRECTORY);
    }
    system_path_clear(&system);
    return hr;
}

/* From the top down; components that are there already cost one call each. `path` is restored. */
static HRESULT create_parents(char16_t *path)
{
    char16_t *drive = wcsncmp(path, L"\\\\?\\", 4) == 0 ? path + 4 : path;
    char16_t *first = wcschr(drive, u'\\'); /* the one after C: */
    if (!first)
        return S_OK;
    for (char16_t *separator = wcschr(first + 1, u'\\'); separator; separator = wcschr(separator + 1, u'\\')) {
        *separator = 0;
        HRESULT hr = create_one(path, NULL);
        *separator = u'\\';
        if (FAILED(hr))
            return hr;
    }
    return S_OK;
}

/* True when it is a directory; *hr says what is in the way when it is something else. */
static bool is_there(const char16_t *path, HRESULT *hr)
{
    struct system_path system;
    *hr = system_path_make(&system, path);
    if (FAILED(*hr))
        return false;
    DWORD attributes = GetFileAttributesW(system.text);
    system_path_clear(&system);
    if (attributes == INVALID_FILE_ATTRIBUTES)
        return false;
    *hr = attributes & FILE_ATTRIBUTE_DIRECTORY ? S_OK : HRESULT_FROM_WIN32(ERROR_DIRECTORY);
    return *hr == S_OK;
}

HRESULT directory_create_private(const char16_t *path)
{
    HRESULT hr;
    if (is_there(path, &hr) || FAILED(hr))
        return hr;
    char16_t *copy = utf16_duplicate(path);
    if (!copy)
        return E_OUTOFMEMORY;
    PSECURITY_DESCRIPTOR descriptor = NULL;
    hr = create_parents(copy);
    if (FAILED(hr))
        goto free_copy;
    hr = make_private_descriptor(&descriptor);
    if (FAILED(hr))
        goto free_copy;
    SECURITY_ATTRIBUTES security = {.nLength = sizeof(security), .lpSecurityDescriptor = descriptor};
    hr = create_one(copy, &security);
    LocalFree(descriptor);
    if (hr == S_FALSE)
        hr = S_OK;
free_copy:
    mem_free(copy);
    return hr;
}
