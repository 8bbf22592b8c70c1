#include "output.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <windows.h>

#define WIDTH_DEFAULT 80u
#define LENGTH_MAX    65536u /* of one output_print; the longest path has half of it */

/* How many characters of a live line stand on the screen. */
static size_t live_length;

static HANDLE stream_handle(enum output_stream stream)
{
    return GetStdHandle(stream == OUTPUT_RESULT ? STD_OUTPUT_HANDLE : STD_ERROR_HANDLE);
}

bool output_is_console(enum output_stream stream)
{
    DWORD mode;
    return GetConsoleMode(stream_handle(stream), &mode) != 0;
}

unsigned output_line_width(void)
{
    CONSOLE_SCREEN_BUFFER_INFO info;
    unsigned columns = WIDTH_DEFAULT;
    if (GetConsoleScreenBufferInfo(stream_handle(OUTPUT_RESULT), &info) && info.srWindow.Right > info.srWindow.Left) {
        columns = (unsigned)(info.srWindow.Right - info.srWindow.Left) + 1;
    }
    /* A character in the last column moves the cursor to the next line on some terminals. */
    return columns - 1;
}

static void write_utf8(HANDLE handle, const wchar_t *text, size_t length)
{
    int size = WideCharToMultiByte(CP_UTF8, 0, text, (int)length, NULL, 0, NULL, NULL);
    char *bytes = malloc((size_t)size + 1);
    if (bytes == NULL) {
        return;
    }
    WideCharToMultiByte(CP_UTF8, 0, text, (int)length, bytes, size, NULL, NULL);
    for (DWORD done = 0, written; done < (DWORD)size; done += written) {
        /* Nobody reads any more, or the disk is full: there is nobody left to tell. */
        if (!WriteFile(handle, bytes + done, (DWORD)size - done, &written, NULL) || written == 0) {
            break;
        }
    }
    free(bytes);
}

static void write_text(enum output_stream stream, const wchar_t *text, size_t length)
{
    HANDLE handle = stream_handle(stream);
    DWORD written;
    if (length == 0) {
        return;
    }
    if (!output_is_console(stream)) {
        write_utf8(handle, text, length);
        return;
    }
    WriteConsoleW(handle, text, (DWORD)length, &written, NULL);
}

static void neutralise(wchar_t *text)
{
    for (; *text != L'\0'; text++) {
        bool is_control = *text < 0x20 || (*text >= 0x7F && *text < 0xA0);
        if (is_control && *text != L'\n') {
            *text = L'?';
        }
    }
}

void output_print(enum output_stream stream, const wchar_t *format, ...)
{
    /* vswprintf does not say how much room it needs. */
    for (size_t capacity = 512; capacity <= LENGTH_MAX; capacity *= 2) {
        va_list arguments;
        wchar_t *text = malloc(capacity * sizeof *text);
        if (text == NULL) {
            return;
        }
        va_start(arguments, format);
        int length = vswprintf(text, capacity, format, arguments);
        va_end(arguments);
        if (length >= 0 && (size_t)length < capacity - 1) {
            neutralise(text);
            if (live_length != 0) {
                output_live_line("");
            }
            write_text(stream, text, (size_t)length);
            free(text);
            return;
        }
        free(text);
    }
}

void output_live_line(const char *text)
{
    wchar_t line[512];
    size_t limit = sizeof line / sizeof line[0] - 2;
    size_t length = strlen(text);
    if (length > limit) {
        length = limit;
    }
    /* Written over what was there and blanked behind it, in one piece, so that nothing flickers. */
    size_t end = length > live_length ? length : live_length;
    if (end == 0) {
        return;
    }
    line[0] = L'\r';
    for (size_t i = 0; i < end; i++) {
        line[1 + i] = i < length ? (wchar_t)text[i] : L' ';
    }
    line[1 + end] = L'\r';
    write_text(OUTPUT_RESULT, line, length == 0 ? end + 2 : end + 1);
    live_length = length;
}
