#include "start_self.h"

#include <stdbool.h>

#define COMMAND_MAX 4096 /* characters with the terminator */

/* Under Wine about one in 3,000 new processes dies before its first instruction, whatever the program, when others
 * are being killed meanwhile: CreateProcess then fails with ERROR_INTERNAL_ERROR, and the next one starts. */
#define MAX_STARTS   3
#define DIES_AT_ONCE ERROR_INTERNAL_ERROR

HANDLE start_self(const wchar_t *arguments, HANDLE output)
{
    wchar_t program[MAX_PATH], command[COMMAND_MAX];
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    PROCESS_INFORMATION process;
    DWORD length = GetModuleFileNameW(NULL, program, MAX_PATH);
    if (output) {
        startup.dwFlags = STARTF_USESTDHANDLES;
        startup.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
        startup.hStdOutput = output;
        startup.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    }
    SetLastError(ERROR_FILENAME_EXCED_RANGE);
    if (!length || length >= MAX_PATH)
        return NULL;
    bool is_started = false;
    for (int i = 0; !is_started && i < MAX_STARTS; i++) {
        /* Anew each time: CreateProcess may write into it. */
        if (swprintf(command, COMMAND_MAX, L"\"%ls\" %ls", program, arguments) < 0)
            return NULL;
        is_started =
            CreateProcessW(program, command, NULL, NULL, output != NULL, 0, NULL, NULL, &startup, &process) != FALSE;
        if (!is_started && GetLastError() != DIES_AT_ONCE)
            return NULL;
    }
    if (!is_started)
        return NULL;
    CloseHandle(process.hThread);
    return process.hProcess;
}
