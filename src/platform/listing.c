#include "listing.h"

#include "directory_entry.h"
#include "local_path.h"
#include "memory.h"
#include "system_path.h"
#include "utf16.h"

#include <string.h>
#include <windows.h>

static HRESULT list_all(const char16_t *pattern, listing_visit visit, void *context)
{
    struct system_path system;
    HRESULT hr = system_path_make(&system, pattern);
    if (FAILED(hr))
        return hr;
    WIN32_FIND_DATAW found;
    HANDLE search =
        FindFirstFileExW(system.text, FindExInfoBasic, &found, FindExSearchNameMatch, NULL, FIND_FIRST_EX_LARGE_FETCH);
    hr = search == INVALID_HANDLE_VALUE ? directory_last_error() : S_OK;
    system_path_clear(&system);
    if (FAILED(hr))
        return hr;
    do
        hr = visit(context, found.cFileName, (found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0);
    while (SUCCEEDED(hr) && FindNextFileW(search, &found));
    if (SUCCEEDED(hr) && GetLastError() != ERROR_NO_MORE_FILES)
        hr = directory_last_error();
    FindClose(search);
    return hr;
}

HRESULT listing_each(const char16_t *path, listing_visit visit, void *context)
{
    size_t length = local_path_directory_length(path);
    char16_t *pattern = mem_alloc((length + 2) * sizeof(char16_t));
    if (!pattern)
        return E_OUTOFMEMORY;
    memcpy(pattern, path, length * sizeof(char16_t));
    pattern[length] = u'*';
    HRESULT hr = list_all(pattern, visit, context);
    mem_free(pattern);
    return hr;
}

bool listing_would_show(const char16_t *name)
{
    return !wcschr(name, u'~');
}
