#include "registration.h"

#include <objbase.h>

#include <stdint.h>
#include <string.h>
#include <wchar.h>

#include "class_table.h"
#include "log.h"
#include "memory.h"

#define LIVE_ROOT    L"Software\\Classes"
#define SAVED_ROOT   L"Software\\dosvc\\Saved"
#define WRITTEN_ROOT L"Software\\dosvc\\Written"
#define MADE_KEYS    L"Keys"

#define PATH_CAPACITY 128 /* the longest is the root, "\CLSID\", a GUID and "\InprocServer32" */

/* One value of a class: where it stands and what it shall be. */
struct class_value {
    WCHAR live[PATH_CAPACITY];
    WCHAR saved[PATH_CAPACITY];
    WCHAR written[PATH_CAPACITY];
    const WCHAR *name;
    const WCHAR *text; /* NULL: no such value shall be there */
};

/* The path comes first: whose it is decides whose the class is. */
enum { VALUE_PATH, VALUES_PER_CLASS = 4 };

static void describe_class(const struct class_row *row, const WCHAR *module_path, struct class_value *values)
{
    const struct {
        const WCHAR *subkey;
        const WCHAR *name;
        const WCHAR *text;
    } rows[VALUES_PER_CLASS] = {
        {L"\\InprocServer32", NULL, module_path},
        {L"\\InprocServer32", L"ThreadingModel", row->threading_model},
        {L"", NULL, row->name},
        {L"", L"AppID", NULL},
    };
    WCHAR guid[39];

    StringFromGUID2(row->clsid, guid, 39);
    for (size_t i = 0; i < VALUES_PER_CLASS; i++) {
        swprintf(values[i].live, PATH_CAPACITY, LIVE_ROOT L"\\CLSID\\%ls%ls", guid, rows[i].subkey);
        swprintf(values[i].saved, PATH_CAPACITY, SAVED_ROOT L"\\CLSID\\%ls%ls", guid, rows[i].subkey);
        swprintf(values[i].written, PATH_CAPACITY, WRITTEN_ROOT L"\\CLSID\\%ls%ls", guid, rows[i].subkey);
        values[i].name = rows[i].name;
        values[i].text = rows[i].text;
    }
}

static struct registry_value borrowed_text(const WCHAR *text)
{
    if (!text) {
        return (struct registry_value){0};
    }
    return (struct registry_value){.exists = true,
                                   .type = REG_SZ,
                                   .size = (DWORD)((wcslen(text) + 1) * sizeof(WCHAR)),
                                   .data = (BYTE *)(uintptr_t)text};
}

/* Does it still stand there as we have written it, or as absent as we have left it? */
static HRESULT is_as_written(struct registry_edit *edit, const struct class_value *value, bool *as_written)
{
    struct registry_value live, written = {0};
    HRESULT hr = registry_edit_read(edit, value->live, value->name, &live);

    *as_written = false;
    if (SUCCEEDED(hr)) {
        hr = registry_edit_read(edit, value->written, value->name, &written);
    }
    if (SUCCEEDED(hr)) {
        *as_written = registry_value_equal(&live, &written);
    }
    registry_value_free(&live);
    registry_value_free(&written);
    return hr;
}

/* A class is ours as long as it leads to the path that we have written. Whoever changed that has taken the class,
 * with all its values, also those that happen to equal ours. */
static HRESULT is_class_ours(struct registry_edit *edit, const struct class_value *values, bool *is_ours)
{
    struct registry_value path;
    HRESULT hr = registry_edit_read(edit, values[VALUE_PATH].live, values[VALUE_PATH].name, &path);

    *is_ours = false;
    if (SUCCEEDED(hr) && path.exists) {
        hr = is_as_written(edit, &values[VALUE_PATH], is_ours);
    }
    registry_value_free(&path);
    return hr;
}

static HRESULT copy_value(struct registry_edit *edit, const WCHAR *from, const WCHAR *to, const WCHAR *name)
{
    struct registry_value value;
    HRESULT hr = registry_edit_read(edit, from, name, &value);

    if (SUCCEEDED(hr)) {
        hr = registry_edit_write(edit, to, name, &value);
    }
    registry_value_free(&value);
    return hr;
}

/* Whatever stands there goes to the saved values; of a class that is ours only what somebody has changed since. */
static HRESULT save_value(struct registry_edit *edit, const struct class_value *value, bool class_is_ours)
{
    struct registry_value live, written = {0};
    HRESULT hr = registry_edit_read(edit, value->live, value->name, &live);

    if (SUCCEEDED(hr) && class_is_ours) {
        hr = registry_edit_read(edit, value->written, value->name, &written);
    }
    if (SUCCEEDED(hr) && (!class_is_ours || (live.exists && !registry_value_equal(&live, &written)))) {
        hr = registry_edit_write(edit, value->saved, value->name, &live);
    }
    registry_value_free(&live);
    registry_value_free(&written);
    return hr;
}

/* Saves, then notes, then writes, the path first: were this process to end in between, a class with a foreign path
 * would be as it was but for our notes, and one with our path could be restored. */
static HRESULT register_class(struct registry_edit *edit, const struct class_value *values)
{
    bool is_ours;
    HRESULT hr = is_class_ours(edit, values, &is_ours);

    for (size_t i = 0; SUCCEEDED(hr) && i < VALUES_PER_CLASS; i++) {
        hr = save_value(edit, &values[i], is_ours);
    }
    for (size_t i = 0; SUCCEEDED(hr) && i < VALUES_PER_CLASS; i++) {
        struct registry_value wanted = borrowed_text(values[i].text);

        hr = registry_edit_write(edit, values[i].written, values[i].name, &wanted);
    }
    for (size_t i = 0; SUCCEEDED(hr) && i < VALUES_PER_CLASS; i++) {
        struct registry_value wanted = borrowed_text(values[i].text);

        hr = registry_edit_write(edit, values[i].live, values[i].name, &wanted);
    }
    return hr;
}

/* The path goes last, for the same reason. */
static HRESULT unregister_class(struct registry_edit *edit, const struct class_value *values)
{
    struct registry_value none = {0};
    bool is_ours;
    HRESULT hr = is_class_ours(edit, values, &is_ours);

    for (size_t i = VALUES_PER_CLASS; SUCCEEDED(hr) && is_ours && i-- > 0;) {
        bool as_written;

        hr = is_as_written(edit, &values[i], &as_written);
        if (SUCCEEDED(hr) && as_written) {
            hr = copy_value(edit, values[i].saved, values[i].live, values[i].name);
        }
    }
    for (size_t i = 0; SUCCEEDED(hr) && i < VALUES_PER_CLASS; i++) {
        hr = registry_edit_write(edit, values[i].saved, values[i].name, &none);
        if (SUCCEEDED(hr)) {
            hr = registry_edit_write(edit, values[i].written, values[i].name, &none);
        }
    }
    return hr;
}

static bool list_contains(const WCHAR *list, const WCHAR *path)
{
    for (; *list; list += wcslen(list) + 1) {
        if (wcscmp(list, path) == 0) {
            return true;
        }
    }
    return false;
}

/* The noted keys as a doubly terminated list, parents before children, with room for `extra` characters. Returns
 * new. */
static HRESULT read_made_keys(struct registry_edit *edit, size_t extra, WCHAR **list, size_t *length)
{
    struct registry_value value;
    HRESULT hr = registry_edit_read(edit, WRITTEN_ROOT, MADE_KEYS, &value);

    *list = NULL;
    *length = 0;
    if (FAILED(hr)) {
        return hr;
    }
    /* Two more, for a list that somebody has left unterminated. */
    *list = mem_alloc(value.size + (extra + 2) * sizeof(WCHAR));
    if (!*list) {
        hr = E_OUTOFMEMORY;
    } else if (value.exists && value.type == REG_MULTI_SZ) {
        memcpy(*list, value.data, value.size);
        while ((*list)[*length]) {
            *length += wcslen(*list + *length) + 1;
        }
    }
    registry_value_free(&value);
    return hr;
}

/* Adds the keys that this edit has made to those of earlier ones. */
static HRESULT note_made_keys(struct registry_edit *edit)
{
    struct registry_value value = {.exists = true, .type = REG_MULTI_SZ};
    size_t extra = 0, length;
    const WCHAR *path;
    WCHAR *list;
    HRESULT hr;

    for (size_t n = 0; (path = registry_edit_made_key(edit, n)) != NULL; n++) {
        extra += wcslen(path) + 1;
    }
    hr = read_made_keys(edit, extra, &list, &length);
    if (FAILED(hr)) {
        return hr;
    }
    for (size_t n = 0; (path = registry_edit_made_key(edit, n)) != NULL; n++) {
        if (!list_contains(list, path)) {
            size_t added = wcslen(path) + 1;
            memcpy(list + length, path, added * sizeof(*path));
            length += added;
        }
    }
    value.size = (DWORD)((length + 1) * sizeof(WCHAR));
    value.data = (BYTE *)list;
    hr = registry_edit_write(edit, WRITTEN_ROOT, MADE_KEYS, &value);
    mem_free(list);
    return hr;
}

static HRESULT remove_made_keys(struct registry_edit *edit)
{
    struct registry_value none = {0};
    size_t length;
    WCHAR *list;
    HRESULT hr = read_made_keys(edit, 0, &list, &length);

    if (SUCCEEDED(hr)) {
        hr = registry_edit_write(edit, WRITTEN_ROOT, MADE_KEYS, &none);
    }
    /* From the end, children before their parents. */
    while (SUCCEEDED(hr) && length) {
        size_t start = length - 1;

        while (start && list[start - 1]) {
            start--;
        }
        hr = registry_edit_prune(edit, list + start);
        length = start;
    }
    mem_free(list);
    return hr;
}

static HRESULT end_edit(struct registry_edit *edit, HRESULT hr)
{
    if (FAILED(hr)) {
        registry_edit_roll_back(edit);
        return hr;
    }
    registry_edit_commit(edit);
    return S_OK;
}

HRESULT registration_write(const struct registry_ops *ops, HKEY hive, const WCHAR *module_path)
{
    struct class_value values[VALUES_PER_CLASS];
    struct registry_edit edit;
    HRESULT hr = S_OK;

    registry_edit_begin(&edit, ops, hive);
    for (size_t i = 0; SUCCEEDED(hr) && i < class_count; i++) {
        describe_class(&class_table[i], module_path, values);
        hr = register_class(&edit, values);
    }
    if (SUCCEEDED(hr)) {
        hr = note_made_keys(&edit);
    }
    return end_edit(&edit, hr);
}

HRESULT registration_remove(const struct registry_ops *ops, HKEY hive)
{
    struct class_value values[VALUES_PER_CLASS];
    struct registry_edit edit;
    HRESULT hr = S_OK;

    registry_edit_begin(&edit, ops, hive);
    for (size_t i = 0; SUCCEEDED(hr) && i < class_count; i++) {
        describe_class(&class_table[i], NULL, values);
        hr = unregister_class(&edit, values);
    }
    if (SUCCEEDED(hr)) {
        hr = remove_made_keys(&edit);
    }
    return end_edit(&edit, hr);
}

static HKEY hive_of(enum registration_scope scope)
{
    return scope == REGISTRATION_USER ? HKEY_CURRENT_USER : HKEY_LOCAL_MACHINE;
}

/* The path of the module that holds this code. Returns new. */
static HRESULT get_module_path(WCHAR **path)
{
    HMODULE module;

    *path = NULL;
    if (!GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                            (const WCHAR *)(const void *)class_table, &module)) {
        return log_last_error(LOG_MODULE, L"cannot find this module");
    }
    for (DWORD capacity = MAX_PATH;; capacity *= 2) {
        DWORD length;
        WCHAR *buffer = mem_alloc(capacity * sizeof(*buffer));

        if (!buffer) {
            return E_OUTOFMEMORY;
        }
        length = GetModuleFileNameW(module, buffer, capacity);
        if (length && length < capacity) {
            *path = buffer;
            return S_OK;
        }
        mem_free(buffer);
        if (!length) {
            return log_last_error(LOG_MODULE, L"cannot find the path of this module");
        }
    }
}

HRESULT registration_register(enum registration_scope scope)
{
    WCHAR *path;
    HRESULT hr = get_module_path(&path);

    if (SUCCEEDED(hr)) {
        hr = registration_write(&registry_ops_system, hive_of(scope), path);
        mem_free(path);
    }
    return hr;
}

HRESULT registration_unregister(enum registration_scope scope)
{
    return registration_remove(&registry_ops_system, hive_of(scope));
}
