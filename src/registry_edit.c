#include "registry_edit.h"

#include <string.h>

#include "log.h"
#include "memory.h"
#include "utf16.h"

/* The DLL and the keys of its classes are 64-bit ones, whoever calls. */
#define VIEW KEY_WOW64_64KEY

enum undo_kind { UNDO_MADE_KEY, UNDO_REMOVED_KEY, UNDO_CHANGED_VALUE };

struct registry_undo {
    enum undo_kind kind;
    WCHAR *path;
    WCHAR *name; /* NULL: the default value */
    struct registry_value before;
};

const struct registry_ops registry_ops_system = {
    .create_key = RegCreateKeyExW,
    .open_key = RegOpenKeyExW,
    .close_key = RegCloseKey,
    .delete_key = RegDeleteKeyExW,
    .query_info = RegQueryInfoKeyW,
    .query_value = RegQueryValueExW,
    .set_value = RegSetValueExW,
    .delete_value = RegDeleteValueW,
};

static HRESULT report(LSTATUS status, const WCHAR *action, const WCHAR *path)
{
    return log_failure(LOG_MODULE, HRESULT_FROM_WIN32((DWORD)status), L"cannot %ls %ls", action, path);
}

void registry_value_free(struct registry_value *value)
{
    mem_free(value->data);
    *value = (struct registry_value){0};
}

bool registry_value_equal(const struct registry_value *a, const struct registry_value *b)
{
    if (!a->exists || !b->exists) {
        return a->exists == b->exists;
    }
    return a->type == b->type && a->size == b->size && memcmp(a->data, b->data, a->size) == 0;
}

void registry_edit_begin(struct registry_edit *edit, const struct registry_ops *ops, HKEY hive)
{
    *edit = (struct registry_edit){.ops = ops, .hive = hive};
}

static void free_undo(struct registry_undo *undo)
{
    mem_free(undo->path);
    mem_free(undo->name);
    registry_value_free(&undo->before);
}

void registry_edit_commit(struct registry_edit *edit)
{
    for (size_t i = 0; i < edit->undo_count; i++) {
        free_undo(&edit->undo[i]);
    }
    mem_free(edit->undo);
    edit->undo = NULL;
    edit->undo_count = edit->undo_capacity = 0;
}

/* Room and strings for the next undo, taken before the change, so that no change is made that could not be undone.
 * It counts only when the change has succeeded and undo_count is raised; else the caller frees it. */
static HRESULT prepare_undo(struct registry_edit *edit, enum undo_kind kind, const WCHAR *path, const WCHAR *name,
                            struct registry_undo **undo)
{
    struct registry_undo *next;

    if (!mem_reserve((void **)&edit->undo, &edit->undo_capacity, edit->undo_count + 1, sizeof(*edit->undo))) {
        return E_OUTOFMEMORY;
    }
    next = &edit->undo[edit->undo_count];
    *next = (struct registry_undo){.kind = kind, .path = utf16_duplicate(path), .name = utf16_duplicate(name)};
    if (!next->path || (name && !next->name)) {
        free_undo(next);
        return E_OUTOFMEMORY;
    }
    *undo = next;
    return S_OK;
}

HRESULT registry_edit_read(struct registry_edit *edit, const WCHAR *path, const WCHAR *name,
                           struct registry_value *value)
{
    LSTATUS status;
    HKEY key;

    *value = (struct registry_value){0};
    status = edit->ops->open_key(edit->hive, path, 0, KEY_QUERY_VALUE | VIEW, &key);
    if (status == ERROR_FILE_NOT_FOUND) {
        return S_OK;
    }
    if (status != ERROR_SUCCESS) {
        return report(status, L"open", path);
    }
    status = edit->ops->query_value(key, name, NULL, &value->type, NULL, &value->size);
    while (status == ERROR_SUCCESS || status == ERROR_MORE_DATA) {
        mem_free(value->data);
        value->data = mem_alloc(value->size);
        if (!value->data) {
            status = ERROR_OUTOFMEMORY;
            break;
        }
        status = edit->ops->query_value(key, name, NULL, &value->type, value->data, &value->size);
        /* Whoever writes it at the same time may have made it longer. */
        if (status == ERROR_SUCCESS) {
            value->exists = true;
            break;
        }
    }
    edit->ops->close_key(key);
    if (value->exists || status == ERROR_FILE_NOT_FOUND) {
        return S_OK;
    }
    registry_value_free(value);
    return report(status, L"read a value of", path);
}

/* One key, whose parent is there. What exists need not be ours to write: only its presence matters. */
static HRESULT make_key(struct registry_edit *edit, const WCHAR *path)
{
    struct registry_undo *undo;
    HRESULT hr;
    HKEY key;
    LSTATUS status = edit->ops->open_key(edit->hive, path, 0, KEY_QUERY_VALUE | VIEW, &key);

    if (status == ERROR_SUCCESS) {
        edit->ops->close_key(key);
        return S_OK;
    }
    if (status != ERROR_FILE_NOT_FOUND) {
        return report(status, L"open", path);
    }
    hr = prepare_undo(edit, UNDO_MADE_KEY, path, NULL, &undo);
    if (FAILED(hr)) {
        return hr;
    }
    status = edit->ops->create_key(edit->hive, path, 0, NULL, REG_OPTION_NON_VOLATILE, KEY_SET_VALUE | VIEW, NULL, &key,
                                   NULL);
    if (status != ERROR_SUCCESS) {
        free_undo(undo);
        return report(status, L"make", path);
    }
    edit->ops->close_key(key);
    edit->undo_count++;
    return S_OK;
}

/* Level by level, because each level that was missing is to be removed again one day. */
static HRESULT make_path(struct registry_edit *edit, const WCHAR *path)
{
    WCHAR *level = utf16_duplicate(path);
    HRESULT hr = level ? S_OK : E_OUTOFMEMORY;

    for (WCHAR *end = level; SUCCEEDED(hr) && end;) {
        end = wcschr(end, L'\\');
        if (end) {
            *end = L'\0';
        }
        hr = make_key(edit, level);
        if (end) {
            *end++ = L'\\';
        }
    }
    mem_free(level);
    return hr;
}

/* Without an undo. A missing key or value is as good as a removed one. */
static LSTATUS put_value(struct registry_edit *edit, const WCHAR *path, const WCHAR *name,
                         const struct registry_value *value)
{
    HKEY key;
    LSTATUS status = edit->ops->open_key(edit->hive, path, 0, KEY_SET_VALUE | VIEW, &key);

    if (status == ERROR_SUCCESS) {
        status = value->exists ? edit->ops->set_value(key, name, 0, value->type, value->data, value->size)
                               : edit->ops->delete_value(key, name);
        edit->ops->close_key(key);
    }
    return !value->exists && status == ERROR_FILE_NOT_FOUND ? ERROR_SUCCESS : status;
}

HRESULT registry_edit_write(struct registry_edit *edit, const WCHAR *path, const WCHAR *name,
                            const struct registry_value *value)
{
    struct registry_undo *undo;
    LSTATUS status;
    HRESULT hr = value->exists ? make_path(edit, path) : S_OK;

    if (FAILED(hr)) {
        return hr;
    }
    hr = prepare_undo(edit, UNDO_CHANGED_VALUE, path, name, &undo);
    if (FAILED(hr)) {
        return hr;
    }
    hr = registry_edit_read(edit, path, name, &undo->before);
    if (FAILED(hr) || registry_value_equal(&undo->before, value)) {
        free_undo(undo);
        return hr;
    }
    status = put_value(edit, path, name, value);
    if (status != ERROR_SUCCESS) {
        free_undo(undo);
        return report(status, L"write a value of", path);
    }
    edit->undo_count++;
    return S_OK;
}

HRESULT registry_edit_prune(struct registry_edit *edit, const WCHAR *path)
{
    struct registry_undo *undo;
    DWORD keys = 0, values = 0;
    LSTATUS status;
    HRESULT hr;
    HKEY key;

    status = edit->ops->open_key(edit->hive, path, 0, KEY_QUERY_VALUE | VIEW, &key);
    if (status == ERROR_SUCCESS) {
        status = edit->ops->query_info(key, NULL, NULL, NULL, &keys, NULL, NULL, &values, NULL, NULL, NULL, NULL);
        edit->ops->close_key(key);
    }
    if (status == ERROR_FILE_NOT_FOUND || keys || values) {
        return S_FALSE;
    }
    if (status != ERROR_SUCCESS) {
        return report(status, L"look into", path);
    }
    hr = prepare_undo(edit, UNDO_REMOVED_KEY, path, NULL, &undo);
    if (FAILED(hr)) {
        return hr;
    }
    status = edit->ops->delete_key(edit->hive, path, VIEW, 0);
    if (status != ERROR_SUCCESS) {
        free_undo(undo);
        return report(status, L"remove", path);
    }
    edit->undo_count++;
    return S_OK;
}

static LSTATUS undo_change(struct registry_edit *edit, const struct registry_undo *undo)
{
    LSTATUS status;
    HKEY key;

    switch (undo->kind) {
    case UNDO_MADE_KEY: return edit->ops->delete_key(edit->hive, undo->path, VIEW, 0);
    case UNDO_REMOVED_KEY:
        status = edit->ops->create_key(edit->hive, undo->path, 0, NULL, REG_OPTION_NON_VOLATILE, KEY_SET_VALUE | VIEW,
                                       NULL, &key, NULL);
        if (status == ERROR_SUCCESS) {
            edit->ops->close_key(key);
        }
        return status;
    case UNDO_CHANGED_VALUE: return put_value(edit, undo->path, undo->name, &undo->before);
    }
    return ERROR_SUCCESS;
}

void registry_edit_roll_back(struct registry_edit *edit)
{
    for (size_t i = edit->undo_count; i-- > 0;) {
        LSTATUS status = undo_change(edit, &edit->undo[i]);

        if (status != ERROR_SUCCESS) {
            report(status, L"put back", edit->undo[i].path);
        }
    }
    registry_edit_commit(edit);
}

const WCHAR *registry_edit_made_key(const struct registry_edit *edit, size_t n)
{
    for (size_t i = 0; i < edit->undo_count; i++) {
        if (edit->undo[i].kind == UNDO_MADE_KEY && n-- == 0) {
            return edit->undo[i].path;
        }
    }
    return NULL;
}
