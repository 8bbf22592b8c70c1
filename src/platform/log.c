#include "log.h"

#include "file_ops.h"
#include "lock.h"
#include "memory.h"
#include "thread.h"
#include "utf16.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>
#include <windows.h>

#define LINE_MAX_LENGTH   2500 /* characters; holds the longest URL. What is longer ends in "..." */
#define PREFIX_MAX_LENGTH 64
#define ESCAPE_LENGTH     6 /* \u000A */

static const wchar_t *const level_names[] = {L"error", L"warn", L"info", L"trace"};
static const wchar_t *const area_names[] = {L"com", L"core", L"store", L"transfer", L"http", L"notify", L"module"};

static atomic_int enabled_level = LOG_INFO;

/* A leaf: nothing but file calls happens under it. */
static struct lock log_lock;
static HANDLE log_file; /* NULL when there is none */
static char16_t *log_file_path;
static uint64_t log_size; /* as this process counts: another one may append, too */

static bool is_forgery(wchar_t c)
{
    /* C0, DEL, C1, and the line, paragraph and direction marks that make a text look like another one. */
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029 || (c >= 0x202A && c <= 0x202E) ||
           (c >= 0x2066 && c <= 0x2069);
}

/* Appends `text` to `line` at `length`, escaping what could forge a line, and gives the new length. `limit` leaves
 * room for the dots. */
static size_t append_escaped(wchar_t *line, size_t length, size_t limit, const wchar_t *text)
{
    static const wchar_t digits[] = L"0123456789ABCDEF";
    for (; *text; text++) {
        size_t needed = is_forgery(*text) ? ESCAPE_LENGTH : 1;
        if (length + needed > limit) {
            memcpy(line + length, L"...", 3 * sizeof(wchar_t));
            return length + 3;
        }
        if (needed == 1) {
            line[length++] = *text;
            continue;
        }
        line[length++] = L'\\';
        line[length++] = L'u';
        for (int shift = 12; shift >= 0; shift -= 4)
            line[length++] = digits[(*text >> shift) & 15];
    }
    return length;
}

static size_t write_prefix(wchar_t *line, enum log_level level, enum log_area area)
{
    SYSTEMTIME time;
    GetSystemTime(&time);
    int length = swprintf(line, PREFIX_MAX_LENGTH, L"%04u-%02u-%02uT%02u:%02u:%02u.%03uZ %ls %ls %lx ", time.wYear,
                          time.wMonth, time.wDay, time.wHour, time.wMinute, time.wSecond, time.wMilliseconds,
                          level_names[level], area_names[area], (unsigned long)thread_current_id());
    return length > 0 ? (size_t)length : 0;
}

static HANDLE open_for_append(const char16_t *path)
{
    /* FILE_APPEND_DATA alone makes each write land at the end, whoever else writes. */
    HANDLE file = CreateFileW(path, FILE_APPEND_DATA | FILE_READ_ATTRIBUTES | SYNCHRONIZE,
                              FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_ALWAYS,
                              FILE_ATTRIBUTE_NORMAL, NULL);
    return file == INVALID_HANDLE_VALUE ? NULL : file;
}

static uint64_t size_of_handle(HANDLE file)
{
    LARGE_INTEGER size;
    return GetFileSizeEx(file, &size) ? (uint64_t)size.QuadPart : 0;
}

/* When the old file cannot be moved away the log grows on and tries again after as many bytes more: losing lines
 * would be worse. */
static void rotate(void) REQUIRES(log_lock)
{
    size_t length = utf16_length(log_file_path);
    char16_t *old = mem_alloc((length + 3) * sizeof(char16_t));
    log_size = 0;
    if (!old)
        return;
    memcpy(old, log_file_path, length * sizeof(char16_t));
    memcpy(old + length, L".1", 3 * sizeof(char16_t));
    CloseHandle(log_file);
    MoveFileExW(log_file_path, old, MOVEFILE_REPLACE_EXISTING);
    log_file = open_for_append(log_file_path);
    mem_free(old);
}

static void write_to_file(const wchar_t *line, size_t length)
{
    char bytes[3 * (LINE_MAX_LENGTH + 2)];
    int size = WideCharToMultiByte(CP_UTF8, 0, line, (int)length, bytes, (int)sizeof(bytes), NULL, NULL);
    lock_acquire(&log_lock);
    if (!log_file && log_file_path)
        log_file = open_for_append(log_file_path); /* not to be had when it was rotated */
    if (log_file && size > 0) {
        DWORD written;
        WriteFile(log_file, bytes, (DWORD)size, &written, NULL);
        log_size += (uint64_t)size;
        if (log_size >= LOG_ROTATE_BYTES)
            rotate();
    }
    lock_release(&log_lock);
}

/* `suffix` is never cut off: it carries the code of a failure. */
static void write_line(enum log_level level, enum log_area area, const wchar_t *format, va_list arguments,
                       const wchar_t *suffix)
{
    DWORD last_error = GetLastError();
    wchar_t text[LINE_MAX_LENGTH + 1];
    wchar_t line[LINE_MAX_LENGTH + 3];
    text[0] = 0;
    vswprintf(text, LINE_MAX_LENGTH + 1, format, arguments);
    text[LINE_MAX_LENGTH] = 0;
    size_t length = write_prefix(line, level, area);
    length = append_escaped(line, length, LINE_MAX_LENGTH - wcslen(suffix) - 3, text);
    length = append_escaped(line, length, LINE_MAX_LENGTH, suffix);
    line[length++] = L'\n';
    line[length] = 0;
    OutputDebugStringW(line);
    write_to_file(line, length);
    SetLastError(last_error);
}

HRESULT log_open(const char16_t *path, enum log_level level)
{
    log_close();
    atomic_store(&enabled_level, level);
    char16_t *copy = utf16_duplicate(path);
    if (!copy)
        return log_failure(LOG_MODULE, E_OUTOFMEMORY, L"cannot open the log");
    const char16_t *separator = wcsrchr(path, L'\\');
    if (separator) {
        char16_t *directory = utf16_duplicate_part(path, (size_t)(separator - path));
        if (directory)
            directory_create_private(directory); /* a failure shows when the file is opened */
        mem_free(directory);
    }
    HANDLE file = open_for_append(copy);
    if (!file) {
        log_last_error(LOG_MODULE, L"cannot open the log %ls", path);
        mem_free(copy);
        return S_FALSE;
    }
    lock_acquire(&log_lock);
    log_file = file;
    log_file_path = copy;
    log_size = size_of_handle(file);
    lock_release(&log_lock);
    return S_OK;
}

void log_close(void)
{
    lock_acquire(&log_lock);
    if (log_file)
        CloseHandle(log_file);
    log_file = NULL;
    mem_free(log_file_path);
    log_file_path = NULL;
    lock_release(&log_lock);
}

bool log_is_enabled(enum log_level level)
{
    return (int)level <= atomic_load_explicit(&enabled_level, memory_order_relaxed);
}

void log_line(enum log_level level, enum log_area area, const wchar_t *format, ...)
{
    if (!log_is_enabled(level))
        return;
    va_list arguments;
    va_start(arguments, format);
    write_line(level, area, format, arguments, L"");
    va_end(arguments);
}

static void write_failure(enum log_area area, HRESULT hr, const wchar_t *format, va_list arguments)
{
    wchar_t suffix[sizeof(": 0x00000000")];
    swprintf(suffix, sizeof(suffix) / sizeof(suffix[0]), L": 0x%08lX", (unsigned long)hr);
    write_line(LOG_ERROR, area, format, arguments, suffix);
}

HRESULT log_failure(enum log_area area, HRESULT hr, const wchar_t *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_failure(area, hr, format, arguments);
    va_end(arguments);
    return hr;
}

HRESULT log_last_error(enum log_area area, const wchar_t *format, ...)
{
    DWORD error = GetLastError();
    HRESULT hr = error == ERROR_SUCCESS ? E_FAIL : HRESULT_FROM_WIN32(error);
    va_list arguments;
    va_start(arguments, format);
    write_failure(area, hr, format, arguments);
    va_end(arguments);
    return hr;
}
