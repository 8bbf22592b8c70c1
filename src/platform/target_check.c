#include "target_check.h"

#include "directory_entry.h"
#include "listing.h"
#include "local_path.h"
#include "memory.h"
#include "name_case.h"
#include "string_table.h"
#include "system_path.h"
#include "utf16.h"

#include <string.h>
#include <windows.h>

/* Entries read for each name that is looked for: in a directory with a great many more, looking costs less. */
#define LISTING_MAX 64

/* The names of the directories in a directory; each key is its own value. */
struct listing {
    struct string_table table;
    char16_t **names;
    size_t count, capacity;
    size_t left; /* how many more entries may be read */
};

/* `directory` ends in a separator. *identity is that of the one that was found to be writable, whatever is put in its place then. */
static HRESULT check_writable(const char16_t *directory, uint64_t *identity)
{
    struct system_path system;
    HRESULT hr = system_path_make(&system, directory);
    if (FAILED(hr))
        return hr;
    HANDLE handle = CreateFileW(system.text, FILE_ADD_FILE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                                NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
    if (handle == INVALID_HANDLE_VALUE) {
        hr = directory_last_error();
    } else {
        *identity = directory_identity(handle);
        CloseHandle(handle);
    }
    system_path_clear(&system);
    /* Wine's word for a drive that is not there. */
    return hr == HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND) ? HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND) : hr;
}

/* The name is no existing directory; its own directory is there. */
static HRESULT check_name(const char16_t *path)
{
    struct system_path system;
    HRESULT hr = system_path_make(&system, path);
    if (FAILED(hr))
        return hr;
    DWORD attributes = GetFileAttributesW(system.text);
    if (attributes == INVALID_FILE_ATTRIBUTES)
        hr = directory_last_error();
    else if (attributes & FILE_ATTRIBUTE_DIRECTORY)
        hr = E_INVALIDARG;
    system_path_clear(&system);
    /* Everything before the last component is there, then, and is a directory. */
    return hr == HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND) ? S_OK : hr;
}

static HRESULT keep_name(void *context, const char16_t *found, bool is_directory)
{
    struct listing *listing = context;
    if (listing->left-- == 0)
        return HRESULT_FROM_WIN32(ERROR_MORE_DATA);
    if (!is_directory)
        return S_OK;
    void *names = listing->names;
    if (!mem_reserve(&names, &listing->capacity, listing->count + 1, sizeof(char16_t *)))
        return E_OUTOFMEMORY;
    listing->names = names;
    char16_t *name = utf16_duplicate(found);
    if (!name)
        return E_OUTOFMEMORY;
    listing->names[listing->count++] = name;
    return string_table_insert(&listing->table, name, name);
}

static void free_listing(struct listing *listing)
{
    string_table_clear(&listing->table);
    for (size_t i = 0; i < listing->count; i++)
        mem_free(listing->names[i]);
    mem_free(listing->names);
}

/* The names are no existing directories. What cannot be listed is looked for name by name, which also tells what is wrong. */
static HRESULT check_names(const char16_t *const *paths, size_t count, size_t length, size_t *failed)
{
    struct listing listing = {.left = count * LISTING_MAX};
    string_table_init(&listing.table, name_hash, name_equal);
    bool is_listed_all = count >= LISTING_WORTH && SUCCEEDED(listing_each(paths[0], keep_name, &listing));
    HRESULT hr = S_OK;
    for (size_t i = 0; i < count && SUCCEEDED(hr); i++) {
        const char16_t *name = paths[i] + length;
        *failed = i;
        if (!is_listed_all || !listing_would_show(name))
            hr = check_name(paths[i]);
        else if (string_table_find(&listing.table, name))
            hr = E_INVALIDARG;
    }
    free_listing(&listing);
    return hr;
}

/* All of `paths` lie in one directory, whose name with its separator has `length` characters. */
static HRESULT check_together(const char16_t *const *paths, size_t count, size_t length, uint64_t *identity,
                              size_t *failed)
{
    *failed = 0;
    HRESULT hr = check_names(paths, count, length, failed);
    if (FAILED(hr))
        return hr;
    char16_t *directory = utf16_duplicate_part(paths[0], length);
    if (!directory)
        return E_OUTOFMEMORY;
    hr = check_writable(directory, identity);
    mem_free(directory);
    return hr;
}

static bool is_same_directory(const char16_t *a, const char16_t *b, size_t length)
{
    return local_path_directory_length(b) == length && memcmp(a, b, length * sizeof(char16_t)) == 0;
}

HRESULT target_check_all(const char16_t *const *paths, size_t count, uint64_t *directories, size_t *failed)
{
    *failed = 0;
    for (size_t first = 0; first < count;) {
        size_t length = local_path_directory_length(paths[first]);
        if (!length)
            return E_INVALIDARG;
        size_t end = first + 1;
        while (end < count && is_same_directory(paths[first], paths[end], length))
            end++;
        size_t at;
        uint64_t identity = 0;
        HRESULT hr = check_together(paths + first, end - first, length, &identity, &at);
        *failed = first + at;
        if (FAILED(hr))
            return hr;
        while (first < end)
            directories[first++] = identity;
    }
    return S_OK;
}
