#include "file_ops.h"

#include "identity.h"
#include "memory.h"
#include "utf16.h"

#include <stdio.h>
#include <string.h>
#include <windows.h>
#include <sddl.h>

#define SDDL_MAX (IDENTITY_SID_MAX + 100)

/* Full rights for SYSTEM, Administrators and the process's user, inherited by what is made inside; nothing from above ("P"). */
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

static HRESULT create_one(const char16_t *path, SECURITY_ATTRIBUTES *security)
{
    if (CreateDirectoryW(path, security))
        return S_OK;
    DWORD error = GetLastError();
    /* A parent may be there and still refuse: C:\ answers ERROR_ACCESS_DENIED to those who may not write to it. */
    DWORD attributes = GetFileAttributesW(path);
    if (attributes == INVALID_FILE_ATTRIBUTES)
        return HRESULT_FROM_WIN32(error);
    return attributes & FILE_ATTRIBUTE_DIRECTORY ? S_FALSE : HRESULT_FROM_WIN32(ERROR_DIRECTORY);
}

/* From the top down; components that are there already cost one call each. `path` is restored. */
static HRESULT create_parents(char16_t *path)
{
    char16_t *first = wcschr(path, u'\\'); /* the one after C: */
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

HRESULT directory_create_private(const char16_t *path)
{
    DWORD attributes = GetFileAttributesW(path);
    if (attributes != INVALID_FILE_ATTRIBUTES)
        return attributes & FILE_ATTRIBUTE_DIRECTORY ? S_OK : HRESULT_FROM_WIN32(ERROR_DIRECTORY);
    char16_t *copy = utf16_duplicate(path);
    if (!copy)
        return E_OUTOFMEMORY;
    PSECURITY_DESCRIPTOR descriptor = NULL;
    HRESULT hr = create_parents(copy);
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
