/* Changes to the registry that are kept all or undone all. Each change is remembered with what it replaced, so that
 * registry_edit_roll_back can put back everything, last change first. For one thread; failures are logged here. */
#ifndef DOSVC_REGISTRY_EDIT_H
#define DOSVC_REGISTRY_EDIT_H

#include <windows.h>

#include <stdbool.h>
#include <stddef.h>

/* The system's registry: a seam, so that tests can fail each call in turn. */
struct registry_ops {
    LSTATUS(WINAPI *create_key)(HKEY, LPCWSTR, DWORD, LPWSTR, DWORD, REGSAM, LPSECURITY_ATTRIBUTES, PHKEY, LPDWORD);
    LSTATUS(WINAPI *open_key)(HKEY, LPCWSTR, DWORD, REGSAM, PHKEY);
    LSTATUS(WINAPI *close_key)(HKEY);
    LSTATUS(WINAPI *delete_key)(HKEY, LPCWSTR, REGSAM, DWORD);
    LSTATUS(WINAPI *query_info)
    (HKEY, LPWSTR, LPDWORD, LPDWORD, LPDWORD, LPDWORD, LPDWORD, LPDWORD, LPDWORD, LPDWORD, LPDWORD, PFILETIME);
    LSTATUS(WINAPI *query_value)(HKEY, LPCWSTR, LPDWORD, LPDWORD, LPBYTE, LPDWORD);
    LSTATUS(WINAPI *set_value)(HKEY, LPCWSTR, DWORD, DWORD, const BYTE *, DWORD);
    LSTATUS(WINAPI *delete_value)(HKEY, LPCWSTR);
};

extern const struct registry_ops registry_ops_system;

struct registry_value {
    bool exists;
    DWORD type;
    DWORD size; /* bytes */
    BYTE *data; /* owned */
};

void registry_value_free(struct registry_value *value);
bool registry_value_equal(const struct registry_value *a, const struct registry_value *b);

struct registry_undo;

struct registry_edit {
    const struct registry_ops *ops;
    HKEY hive; /* borrowed; all paths are below it */
    struct registry_undo *undo;
    size_t undo_count;
    size_t undo_capacity;
};

/* Borrows ops and hive until the edit is committed or rolled back; one of the two must follow. */
void registry_edit_begin(struct registry_edit *edit, const struct registry_ops *ops, HKEY hive);
/* Keeps the changes. */
void registry_edit_commit(struct registry_edit *edit);
/* Undoes them. What cannot be undone is logged, and the rest is undone nevertheless. */
void registry_edit_roll_back(struct registry_edit *edit);

/* A value that is not there is no failure: value->exists is false. `name` NULL is a key's default value. The caller
 * frees the value. */
HRESULT registry_edit_read(struct registry_edit *edit, const WCHAR *path, const WCHAR *name,
                           struct registry_value *value);
/* Makes the keys of the path that are missing. A value with exists == false removes what is there, and makes no key. */
HRESULT registry_edit_write(struct registry_edit *edit, const WCHAR *path, const WCHAR *name,
                            const struct registry_value *value);
/* Removes the key if it has neither values nor keys. S_FALSE when it has, or is not there. */
HRESULT registry_edit_prune(struct registry_edit *edit, const WCHAR *path);

/* The path of the n-th key that this edit has made (borrowed until the edit changes), parents before children; NULL
 * behind the last. */
const WCHAR *registry_edit_made_key(const struct registry_edit *edit, size_t n);

#endif
