#include "registry_snapshot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CAPACITY   65536
#define MAX_NAMES  64
#define NAME_CHARS 256

struct snapshot {
    char *text;
    size_t length;
    bool with_empty_keys;
};

struct name_list {
    WCHAR names[MAX_NAMES][NAME_CHARS];
    size_t count;
};

static void append(struct snapshot *snapshot, const char *format, ...)
{
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(snapshot->text + snapshot->length, CAPACITY - snapshot->length, format, arguments);
    va_end(arguments);
    assert_true(length >= 0 && (size_t)length < CAPACITY - snapshot->length);
    snapshot->length += (size_t)length;
}

static int compare_names(const void *a, const void *b)
{
    return wcscmp(a, b);
}

/* Sorted, because two registries may list the same names in different orders. */
static struct name_list *list_names(HKEY key, bool of_values)
{
    struct name_list *list = calloc(1, sizeof(*list));
    LSTATUS status = ERROR_SUCCESS;

    assert_non_null(list);
    while (status == ERROR_SUCCESS) {
        DWORD length = NAME_CHARS;
        DWORD index = (DWORD)list->count;

        assert_true(list->count < MAX_NAMES);
        status = of_values ? RegEnumValueW(key, index, list->names[index], &length, NULL, NULL, NULL, NULL)
                           : RegEnumKeyExW(key, index, list->names[index], &length, NULL, NULL, NULL, NULL);
        if (status == ERROR_SUCCESS) {
            list->count++;
        }
    }
    assert_int_equal(status, ERROR_NO_MORE_ITEMS);
    qsort(list->names, list->count, sizeof(list->names[0]), compare_names);
    return list;
}

static void add_value(struct snapshot *snapshot, HKEY key, const WCHAR *name)
{
    BYTE data[4096];
    DWORD size = sizeof(data), type;

    assert_int_equal(RegQueryValueExW(key, name, NULL, &type, data, &size), ERROR_SUCCESS);
    append(snapshot, "%ls=%lu:", *name ? name : L"@", type);
    if (type == REG_SZ || type == REG_EXPAND_SZ) {
        append(snapshot, "%ls", (const WCHAR *)(const void *)data);
    } else {
        for (DWORD i = 0; i < size; i++) {
            append(snapshot, "%02x", data[i]);
        }
    }
    append(snapshot, "\n");
}

static void add_key(struct snapshot *snapshot, HKEY root, const WCHAR *path)
{
    struct name_list *values, *keys;
    HKEY key;

    assert_int_equal(RegOpenKeyExW(root, path, 0, KEY_READ, &key), ERROR_SUCCESS);
    values = list_names(key, true);
    keys = list_names(key, false);
    if (*path && (values->count || snapshot->with_empty_keys)) {
        append(snapshot, "[%ls]\n", path);
    }
    for (size_t i = 0; i < values->count; i++) {
        add_value(snapshot, key, values->names[i]);
    }
    RegCloseKey(key);
    for (size_t i = 0; i < keys->count; i++) {
        WCHAR child[1024];

        assert_true(swprintf(child, 1024, L"%ls%ls%ls", path, *path ? L"\\" : L"", keys->names[i]) > 0);
        add_key(snapshot, root, child);
    }
    free(values);
    free(keys);
}

static char *take_snapshot(HKEY root, const WCHAR *path, bool with_empty_keys)
{
    struct snapshot snapshot = {.text = calloc(1, CAPACITY), .with_empty_keys = with_empty_keys};

    assert_non_null(snapshot.text);
    add_key(&snapshot, root, path);
    return snapshot.text;
}

char *registry_snapshot(HKEY root)
{
    return take_snapshot(root, L"", true);
}

char *registry_snapshot_values(HKEY root, const WCHAR *path)
{
    return take_snapshot(root, path, false);
}
