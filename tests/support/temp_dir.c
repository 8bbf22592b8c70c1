#include "temp_dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <windows.h>

#include <cmocka.h>

#define SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

void temp_dir_make(struct temp_dir *dir)
{
    static LONG count;
    wchar_t root[MAX_PATH + 1];
    DWORD length = GetTempPathW(MAX_PATH + 1, root);
    if (!length || length > MAX_PATH)
        fail_msg("no temporary directory: %lu", GetLastError());
    wchar_t whole[MAX_PATH + 1]; /* no 8.3 names: tests compare paths */
    if (!GetLongPathNameW(root, whole, MAX_PATH + 1))
        fail_msg("no long form of the temporary directory: %lu", GetLastError());
    /* A program that crashed has left its own behind, and process ids come again. */
    BOOL is_made = FALSE;
    for (unsigned attempts = 0; attempts < 1000 && !is_made; attempts++) {
        swprintf(dir->path, TEMP_PATH_MAX, L"%lsdosvc-test-%lu-%ld", whole, GetCurrentProcessId(),
                 InterlockedIncrement(&count));
        is_made = CreateDirectoryW(dir->path, NULL);
        if (!is_made && GetLastError() != ERROR_ALREADY_EXISTS)
            break;
    }
    if (!is_made)
        fail_msg("cannot make %ls: %lu", dir->path, GetLastError());
}

static void remove_tree(const wchar_t *path)
{
    wchar_t name[TEMP_PATH_MAX];
    WIN32_FIND_DATAW found;
    swprintf(name, TEMP_PATH_MAX, L"\\\\?\\%ls\\*", path);
    HANDLE search = FindFirstFileW(name, &found);
    if (search == INVALID_HANDLE_VALUE)
        return;
    do {
        if (wcscmp(found.cFileName, L".") == 0 || wcscmp(found.cFileName, L"..") == 0)
            continue;
        swprintf(name, TEMP_PATH_MAX, L"%ls\\%ls", path, found.cFileName);
        if (found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) {
            remove_tree(name);
            continue;
        }
        swprintf(name, TEMP_PATH_MAX, L"\\\\?\\%ls\\%ls", path, found.cFileName);
        SetFileAttributesW(name, FILE_ATTRIBUTE_NORMAL);
        DeleteFileW(name);
    } while (FindNextFileW(search, &found));
    FindClose(search);
    swprintf(name, TEMP_PATH_MAX, L"\\\\?\\%ls", path);
    RemoveDirectoryW(name);
}

void temp_dir_remove(struct temp_dir *dir)
{
    remove_tree(dir->path);
    if (temp_file_exists(dir->path))
        fail_msg("cannot remove %ls: something in it is still open", dir->path);
}

void temp_dir_path(const struct temp_dir *dir, const wchar_t *name, wchar_t path[TEMP_PATH_MAX])
{
    int length = swprintf(path, TEMP_PATH_MAX, L"%ls\\%ls", dir->path, name);
    assert_in_range(length, 1, TEMP_PATH_MAX - 1);
}

bool temp_file_exists(const wchar_t *path)
{
    return GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES;
}

size_t temp_file_count(const wchar_t *pattern)
{
    WIN32_FIND_DATAW found;
    size_t count = 0;
    HANDLE search = FindFirstFileW(pattern, &found);
    if (search == INVALID_HANDLE_VALUE)
        return 0;
    do
        count++;
    while (FindNextFileW(search, &found));
    FindClose(search);
    return count;
}

char *temp_file_read(const wchar_t *path, size_t *size)
{
    HANDLE file = CreateFileW(path, GENERIC_READ, SHARE_ALL, NULL, OPEN_EXISTING, 0, NULL);
    LARGE_INTEGER length;
    if (file == INVALID_HANDLE_VALUE || !GetFileSizeEx(file, &length))
        fail_msg("cannot open %ls: %lu", path, GetLastError());
    char *content = malloc((size_t)length.QuadPart + 1);
    assert_non_null(content);
    DWORD read = 0;
    if (!ReadFile(file, content, (DWORD)length.QuadPart, &read, NULL) || read != length.QuadPart)
        fail_msg("cannot read %ls: %lu", path, GetLastError());
    CloseHandle(file);
    content[read] = 0;
    if (size)
        *size = read;
    return content;
}

void temp_file_write(const wchar_t *path, const void *data, size_t size)
{
    HANDLE file = CreateFileW(path, GENERIC_WRITE, SHARE_ALL, NULL, CREATE_ALWAYS, 0, NULL);
    DWORD written = 0;
    if (file == INVALID_HANDLE_VALUE || !WriteFile(file, data, (DWORD)size, &written, NULL) || written != size)
        fail_msg("cannot write %ls: %lu", path, GetLastError());
    CloseHandle(file);
}
