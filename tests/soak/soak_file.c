#include "soak.h"

#include <stdio.h>
#include <string.h>

#include "origin.h"

#define SIZE_MAX_DRAWN (1536u * 1024)
#define PIECE          (64u * 1024)

struct soak_file soak_file_draw(struct soak_random *random)
{
    struct soak_file file = {.seed = soak_draw(random, 1ull << 48)};
    switch (soak_draw(random, 8)) {
    case 0: file.size = soak_draw(random, 2); break;
    case 1: file.size = SIZE_MAX_DRAWN * 8; break; /* several segments */
    default: file.size = 1 + soak_draw(random, SIZE_MAX_DRAWN); break;
    }
    file.length = file.size;
    if (file.size > 1 && soak_draw(random, 4) == 0) {
        file.offset = soak_draw(random, file.size);
        file.length = 1 + soak_draw(random, file.size - file.offset);
    }
    return file;
}

void soak_file_path(const struct soak *soak, const struct soak_file *file, wchar_t path[MAX_PATH])
{
    if (swprintf(path, MAX_PATH, L"%ls\\f-%llu-%llu-%llu-%llu", soak->folder, file->seed, file->size, file->offset,
                 file->length) < 0)
        soak_fail("the folder's name is too long");
}

static void parse_name(const wchar_t *path, struct soak_file *file)
{
    const wchar_t *name = wcsrchr(path, L'\\');
    if (!name || swscanf(name, L"\\f-%llu-%llu-%llu-%llu", &file->seed, &file->size, &file->offset, &file->length) != 4)
        soak_fail("%ls: no name of ours", path);
}

void soak_file_check(const struct soak *soak, const wchar_t *path)
{
    static __thread uint8_t expected[PIECE], actual[PIECE];
    struct soak_file file;
    DWORD got = 0;
    parse_name(path, &file);
    HANDLE handle = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_DELETE, NULL, OPEN_EXISTING, 0, NULL);
    if (handle == INVALID_HANDLE_VALUE)
        soak_fail("%ls cannot be opened: %lu", path, GetLastError());
    for (uint64_t at = 0; at < file.length; at += got) {
        if (!ReadFile(handle, actual, PIECE, &got, NULL) || !got)
            soak_fail("%ls ends after %llu bytes", path, at);
        origin_fill(file.seed, file.offset + at, expected, got);
        if (memcmp(expected, actual, got) != 0)
            soak_fail("%ls has wrong bytes between %llu and %llu", path, at, at + got);
    }
    if (!ReadFile(handle, actual, 1, &got, NULL) || got)
        soak_fail("%ls has more bytes than it should", path);
    CloseHandle(handle);
    if (!DeleteFileW(path))
        soak_fail("%ls cannot be deleted: %lu", path, GetLastError());
    InterlockedIncrement64(&soak->totals->files);
    InterlockedExchangeAdd64(&soak->totals->bytes, (LONG64)file.length);
}

static bool is_temporary(const wchar_t *name)
{
    size_t length = wcslen(name);
    return length > 6 && wcsncmp(name, L"DO", 2) == 0 && wcscmp(name + length - 4, L".tmp") == 0;
}

void soak_folder_check(const struct soak *soak, bool is_over)
{
    wchar_t path[MAX_PATH];
    WIN32_FIND_DATAW found;
    if (swprintf(path, MAX_PATH, L"%ls\\*", soak->folder) < 0)
        soak_fail("the folder's name is too long");
    HANDLE search = FindFirstFileW(path, &found);
    if (search == INVALID_HANDLE_VALUE)
        soak_fail("%ls cannot be listed: %lu", soak->folder, GetLastError());
    do {
        if (found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
            continue;
        if (swprintf(path, MAX_PATH, L"%ls\\%ls", soak->folder, found.cFileName) < 0)
            soak_fail("a name is too long");
        if (!is_temporary(found.cFileName))
            soak_file_check(soak, path);
        else if (is_over)
            soak_fail("%ls was left over", path);
    } while (FindNextFileW(search, &found));
    FindClose(search);
}
