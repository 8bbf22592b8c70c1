#include "queue_child.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <wchar.h>

#include <cmocka.h>
#include <windows.h>

#define END_MS  20000
#define WAIT_MS 60000

void queue_child_start(struct queue_child *child, const char16_t *mode, const char16_t *directory)
{
    SECURITY_ATTRIBUTES inherit = {sizeof(inherit), NULL, TRUE};
    STARTUPINFOW startup = {.cb = sizeof(startup), .dwFlags = STARTF_USESTDHANDLES};
    PROCESS_INFORMATION process;
    wchar_t program[MAX_PATH], command[3 * MAX_PATH];
    HANDLE child_end;
    assert_true(CreatePipe(&child->reports, &child_end, &inherit, 0));
    assert_true(SetHandleInformation(child->reports, HANDLE_FLAG_INHERIT, 0));
    startup.hStdOutput = child_end;
    startup.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    startup.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
    assert_in_range(GetModuleFileNameW(NULL, program, MAX_PATH), 1, MAX_PATH - 1);
    swprintf(command, 3 * MAX_PATH, L"\"%ls\" --%ls \"%ls\"", program, mode, directory);
    if (!CreateProcessW(program, command, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process))
        fail_msg("cannot start %ls: %lu", command, GetLastError());
    CloseHandle(child_end);
    CloseHandle(process.hThread);
    child->process = process.hProcess;
}

bool queue_child_hear(struct queue_child *child, uint32_t *number)
{
    DWORD got = 0;
    return ReadFile(child->reports, number, sizeof(*number), &got, NULL) && got == sizeof(*number);
}

void queue_child_kill(struct queue_child *child)
{
    assert_true(TerminateProcess(child->process, 99));
    assert_int_equal(WaitForSingleObject(child->process, END_MS), WAIT_OBJECT_0);
}

void queue_child_close(struct queue_child *child)
{
    CloseHandle(child->reports);
    CloseHandle(child->process);
}

bool queue_child_report(uint32_t number)
{
    DWORD put;
    return WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), &number, sizeof(number), &put, NULL);
}

void queue_child_wait(void)
{
    WaitForSingleObject(GetCurrentProcess(), WAIT_MS);
}
