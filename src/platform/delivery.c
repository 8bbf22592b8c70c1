#include "delivery.h"

#include "directory_entry.h"
#include "exact_name.h"
#include "listing.h"
#include "local_path.h"
#include "memory.h"
#include "name_case.h"
#include "utf16.h"

#include <stdlib.h>
#include <string.h>
#include <windows.h>

/* The folder in which the last one was. */
struct deliveries {
    char16_t *path; /* with its separator; NULL: none yet */
    size_t length;  /* of it */
    HANDLE directory;
    uint64_t identity;
    size_t count; /* of deliveries there */
    bool is_listed;
    uint32_t *names; /* hashes of what lay there when it was listed, in any case, ascending */
    size_t name_count, name_capacity;
};

static void leave(struct deliveries *shared)
{
    if (shared->path)
        CloseHandle(shared->directory);
    mem_free(shared->path);
    mem_free(shared->names);
    memset(shared, 0, sizeof(*shared));
}

static bool is_in(const struct deliveries *shared, const char16_t *target, uint64_t identity)
{
    size_t length = local_path_directory_length(target);
    return shared->path && shared->identity && shared->length == length &&
           memcmp(shared->path, target, length * sizeof(*target)) == 0 && (!identity || identity == shared->identity);
}

static HRESULT enter(struct deliveries *shared, const char16_t *target, uint64_t identity)
{
    if (is_in(shared, target, identity))
        return S_OK;
    leave(shared);
    size_t length = local_path_directory_length(target);
    char16_t *path = utf16_duplicate_part(target, length);
    if (!path)
        return E_OUTOFMEMORY;
    HRESULT hr = directory_open(target, identity, &shared->directory);
    if (FAILED(hr)) {
        mem_free(path);
        return hr;
    }
    shared->path = path;
    shared->length = length;
    shared->identity = directory_identity(shared->directory);
    return S_OK;
}

static HRESULT keep_name(void *context, const char16_t *name, bool is_directory)
{
    (void)is_directory;
    struct deliveries *shared = context;
    void *names = shared->names;
    if (!mem_reserve(&names, &shared->name_capacity, shared->name_count + 1, sizeof(*shared->names)))
        return E_OUTOFMEMORY;
    shared->names = names;
    shared->names[shared->name_count++] = name_hash(name);
    return S_OK;
}

static int compare(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

static bool list_folder(struct deliveries *shared)
{
    if (shared->is_listed)
        return true;
    shared->name_count = 0;
    if (FAILED(listing_each(shared->path, keep_name, shared))) {
        shared->count = 0; /* not again for each file */
        return false;
    }
    qsort(shared->names, shared->name_count, sizeof(*shared->names), compare);
    shared->is_listed = true;
    return true;
}

/* That something may bear it costs no more than another look. One that came since in other letters stays beside ours: the folder is not read again for each name. */
static bool is_free(struct deliveries *shared, const char16_t *name)
{
    uint32_t hash = name_hash(name);
    return listing_would_show(name) && list_folder(shared) &&
           !bsearch(&hash, shared->names, shared->name_count, sizeof(hash), compare);
}

/* S_FALSE: it has its old name, and the ordinary way is to be gone. The name leads through a path, so that what lies at its end now is no folder of ours for certain:
 * nothing is replaced there, and the folder is looked at afterwards. */
static HRESULT rename_exactly(struct deliveries *shared, HANDLE handle, const char16_t *temporary,
                              const char16_t *target)
{
    char16_t *name = exact_name_make(target);
    if (!name)
        return S_FALSE;
    HRESULT hr = is_free(shared, target + shared->length) ? directory_rename_entry(NULL, handle, name, false) : E_FAIL;
    mem_free(name);
    if (FAILED(hr))
        return S_FALSE;
    hr = directory_check(target, shared->identity);
    if (FAILED(hr))
        directory_rename_entry(shared->directory, handle, temporary + shared->length, true);
    return hr;
}

/* A name that cannot be replaced (a folder's) is no file in the place of ours. */
static HRESULT rename_replacing(struct deliveries *shared, HANDLE handle, const char16_t *target)
{
    HRESULT hr = directory_check(target, shared->identity);
    if (SUCCEEDED(hr))
        hr = directory_rename_entry(shared->directory, handle, target + shared->length, true);
    return hr == HRESULT_FROM_WIN32(ERROR_FILE_EXISTS) ? E_ACCESSDENIED : hr;
}

static HRESULT give_name(struct deliveries *shared, HANDLE handle, const char16_t *temporary, const char16_t *target)
{
    bool is_worth_it = shared->count++ >= LISTING_WORTH && shared->identity;
    HRESULT hr = is_worth_it ? rename_exactly(shared, handle, temporary, target) : S_FALSE;
    return hr == S_FALSE ? rename_replacing(shared, handle, target) : hr;
}

static HRESULT set_attributes(HANDLE handle, DWORD attributes)
{
    FILE_BASIC_INFO info = {.FileAttributes = attributes}; /* times of 0 stay as they are */
    return SetFileInformationByHandle(handle, FileBasicInfo, &info, sizeof(info)) ? S_OK : directory_last_error();
}

static HRESULT check_closed(HANDLE handle, uint64_t size, const struct closed_file *closed)
{
    uint64_t identity = closed->identity ? directory_identity(handle) : 0;
    if (identity && identity != closed->identity)
        return HRESULT_FROM_WIN32(ERROR_FILE_EXISTS);
    if (size != closed->size || (closed->written_at && directory_written_at(handle) != closed->written_at))
        return HRESULT_FROM_WIN32(ERROR_FILE_INVALID);
    return S_OK;
}

/* One look-up for both steps. Write-through makes them durable, in this order: a file under its final name is never a hidden one. */
static HRESULT deliver(struct deliveries *shared, const char16_t *temporary, const char16_t *target,
                       const struct closed_file *closed)
{
    HANDLE handle;
    uint64_t actual = 0;
    HRESULT hr = directory_open_file(shared->directory, temporary + shared->length, DELETE | FILE_WRITE_ATTRIBUTES,
                                     true, &handle, &actual);
    if (FAILED(hr))
        return hr;
    hr = check_closed(handle, actual, closed);
    if (SUCCEEDED(hr))
        hr = set_attributes(handle, FILE_ATTRIBUTE_NORMAL);
    if (SUCCEEDED(hr)) {
        hr = give_name(shared, handle, temporary, target);
        if (FAILED(hr))
            set_attributes(handle, FILE_ATTRIBUTE_HIDDEN); /* it stays temporary; at worst it can be seen */
    }
    CloseHandle(handle);
    return hr;
}

/* A failure may have its reason in the folder: it is gone, or another one is in its place. */
static HRESULT try_delivery(struct deliveries *shared, const char16_t *temporary, const char16_t *target,
                            const struct closed_file *closed)
{
    HRESULT hr = enter(shared, target, closed->directory);
    if (FAILED(hr))
        return hr;
    hr = deliver(shared, temporary, target, closed);
    HRESULT folder = FAILED(hr) ? directory_check(target, shared->identity) : S_OK;
    if (FAILED(folder))
        leave(shared);
    return FAILED(folder) ? folder : hr;
}

HRESULT delivery_make(struct deliveries **shared, const char16_t *temporary, const char16_t *target,
                      const struct closed_file *closed)
{
    if (!*shared)
        *shared = mem_alloc(sizeof(**shared));
    if (!*shared)
        return E_OUTOFMEMORY;
    HRESULT hr = try_delivery(*shared, temporary, target, closed);
    bool is_any =
        !closed->directory && hr == HRESULT_FROM_WIN32(ERROR_DIRECTORY); /* the one that is there now will do */
    return is_any ? try_delivery(*shared, temporary, target, closed) : hr;
}

void delivery_end(struct deliveries *shared)
{
    if (!shared)
        return;
    leave(shared);
    mem_free(shared);
}
