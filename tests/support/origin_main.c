/* The origin as a program: origin.exe [--port N] [--root DIR] [--requests-log FILE] [--seconds N]
 *
 * Prints "listening on 127.0.0.1:PORT" and a newline, and runs until its standard input ends or the seconds (3600) are
 * over. Exit code 0 after that, 1 when it cannot start, 2 for bad arguments. */
#include "origin.h"

#include <windows.h>
#include <shellapi.h>

#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <wchar.h>

#define DEFAULT_SECONDS 3600u

struct arguments {
    struct origin_options options;
    unsigned seconds;
};

/* A decimal number up to limit. */
static bool number_parse(const wchar_t *text, unsigned limit, unsigned *number)
{
    wchar_t *end;
    unsigned long value = wcstoul(text, &end, 10);
    *number = (unsigned)value;
    return *text >= L'0' && *text <= L'9' && *end == L'\0' && value <= limit;
}

static bool arguments_parse(struct arguments *arguments, int count, wchar_t **words)
{
    for (int i = 1; i < count; i += 2) {
        const wchar_t *value = i + 1 < count ? words[i + 1] : NULL;
        unsigned number;
        if (!value)
            return false;
        if (!wcscmp(words[i], L"--root"))
            arguments->options.root = value;
        else if (!wcscmp(words[i], L"--requests-log"))
            arguments->options.requests_log = value;
        else if (!wcscmp(words[i], L"--port") && number_parse(value, UINT16_MAX, &number))
            arguments->options.port = (uint16_t)number;
        else if (!wcscmp(words[i], L"--seconds") && number_parse(value, 7 * 86400, &number))
            arguments->seconds = number;
        else
            return false;
    }
    return true;
}

static DWORD WINAPI wait_for_end_of_input(void *parameter)
{
    char bytes[256];
    DWORD read;
    HANDLE input = GetStdHandle(STD_INPUT_HANDLE);
    (void)parameter;
    while (ReadFile(input, bytes, sizeof(bytes), &read, NULL) && read > 0)
        continue;
    return 0;
}

int main(void)
{
    struct arguments arguments = {.seconds = DEFAULT_SECONDS};
    int count;
    wchar_t **words = CommandLineToArgvW(GetCommandLineW(), &count);
    if (!words || !arguments_parse(&arguments, count, words)) {
        fputs("usage: origin.exe [--port N] [--root DIR] [--requests-log FILE] [--seconds N]\n", stderr);
        return 2;
    }

    struct origin *origin;
    uint16_t port = origin_start(&origin, &arguments.options);
    LocalFree(words);
    if (!port) {
        fputs("origin.exe: cannot listen or open the log\n", stderr);
        return 1;
    }
    /* Scripts read the line, so no carriage return. */
    _setmode(_fileno(stdout), _O_BINARY);
    printf("listening on 127.0.0.1:%u\n", (unsigned)port);
    fflush(stdout);

    HANDLE input = CreateThread(NULL, 0, wait_for_end_of_input, NULL, 0, NULL);
    if (input)
        WaitForSingleObject(input, arguments.seconds * 1000u);
    origin_stop(origin);
    return 0;
}
