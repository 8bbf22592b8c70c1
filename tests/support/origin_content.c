#include "origin_content.h"

#include "origin.h"

#include <windows.h>

#include <string.h>

#define PATH_CAPACITY 4096

/* Bytes come in words of eight; the word is the splitmix64 mix of its index and the seed. */
static uint64_t content_word(uint64_t seed, uint64_t index)
{
    uint64_t word = (seed + 1) * UINT64_C(0xD1342543DE82EF95) + (index + 1) * UINT64_C(0x9E3779B97F4A7C15);
    word = (word ^ word >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    word = (word ^ word >> 27) * UINT64_C(0x94D049BB133111EB);
    return word ^ word >> 31;
}

void origin_fill(uint64_t seed, uint64_t offset, void *buffer, size_t length)
{
    unsigned char *bytes = buffer;
    uint64_t index = offset / 8;
    size_t skipped = (size_t)(offset % 8);
    while (length > 0) {
        uint64_t word = content_word(seed, index++);
        size_t part = 8 - skipped < length ? 8 - skipped : length;
        word >>= 8 * skipped;
        if (part == 8)
            memcpy(bytes, &word, 8);
        else
            memcpy(bytes, &word, part);
        bytes += part;
        length -= part;
        skipped = 0;
    }
}

/* Windows drops trailing dots and blanks, gives ':' and '\' a meaning and knows control characters in no name. */
static bool segment_is_plain(const wchar_t *segment, size_t length)
{
    if (length == 0 || segment[length - 1] == L'.' || segment[length - 1] == L' ')
        return false;
    for (size_t i = 0; i < length; i++) {
        if (segment[i] < L' ' || wcschr(L"\\:*?\"<>|", segment[i]))
            return false;
    }
    return true;
}

/* Appends path to the root in name, segment by segment, so that it cannot lead out of it. */
static bool path_append(wchar_t *name, size_t capacity, const char *path)
{
    size_t used = wcslen(name);
    if (used >= capacity)
        return false;
    int added = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, name + used, (int)(capacity - used));
    if (added <= 0 || name[used] != L'/')
        return false;

    wchar_t *segment = name + used;
    while (*segment) {
        *segment++ = L'\\';
        size_t length = wcscspn(segment, L"/");
        if (!segment_is_plain(segment, length))
            return false;
        segment += length;
    }
    return true;
}

bool origin_content_open(struct origin_content *content, const wchar_t *root, const char *path)
{
    memset(content, 0, sizeof(*content));
    wchar_t name[PATH_CAPACITY];
    if (!root || wcslen(root) >= PATH_CAPACITY)
        return false;
    wcscpy(name, root);
    if (!path_append(name, PATH_CAPACITY, path))
        return false;

    HANDLE file = CreateFileW(name, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                              OPEN_EXISTING, FILE_FLAG_SEQUENTIAL_SCAN, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return false;
    BY_HANDLE_FILE_INFORMATION information;
    /* A device such as NUL opens as well, but it is no disk file. */
    if (GetFileType(file) != FILE_TYPE_DISK || !GetFileInformationByHandle(file, &information) ||
        information.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) {
        CloseHandle(file);
        return false;
    }

    const uint64_t from_1601_to_1970 = UINT64_C(11644473600);
    uint64_t written =
        (uint64_t)information.ftLastWriteTime.dwHighDateTime << 32 | information.ftLastWriteTime.dwLowDateTime;
    content->file = file;
    content->size = (uint64_t)information.nFileSizeHigh << 32 | information.nFileSizeLow;
    content->modified = written / 10000000 > from_1601_to_1970 ? written / 10000000 - from_1601_to_1970 : 0;
    return true;
}

static bool file_read(HANDLE file, uint64_t offset, void *buffer, size_t length)
{
    unsigned char *bytes = buffer;
    while (length > 0) {
        DWORD wanted = length < (1u << 30) ? (DWORD)length : 1u << 30;
        DWORD read = 0;
        OVERLAPPED place = {.Offset = (DWORD)offset, .OffsetHigh = (DWORD)(offset >> 32)};
        if (!ReadFile(file, bytes, wanted, &read, &place) || read == 0)
            return false;
        bytes += read;
        offset += read;
        length -= read;
    }
    return true;
}

bool origin_content_read(const struct origin_content *content, uint64_t offset, void *buffer, size_t length)
{
    size_t stored = 0;
    if (content->file && offset < content->size) {
        uint64_t rest = content->size - offset;
        stored = rest < length ? (size_t)rest : length;
        if (!file_read(content->file, offset, buffer, stored))
            return false;
    }
    if (stored < length)
        origin_fill(content->seed, offset + stored, (char *)buffer + stored, length - stored);
    return true;
}

void origin_content_close(struct origin_content *content)
{
    if (content->file)
        CloseHandle(content->file);
    content->file = NULL;
}
