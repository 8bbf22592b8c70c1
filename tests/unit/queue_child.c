#include "queue_child.h"

#include "start_self.h"

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
    wchar_t arguments[2 * MAX_PATH];
    HANDLE child_end;
    assert_true(CreatePipe(&child->reports, &child_end, &inherit, 0));
    assert_true(SetHandleInformation(child->reports, HANDLE_FLAG_INHERIT, 0));
    assert_true(swprintf(arguments, ARRAYSIZE(arguments), L"--%ls \"%ls\"", mode, directory) > 0);
    child->process = start_self(arguments, child_end);
    if (!child->process)
        fail_msg("cannot start %ls: %lu", arguments, GetLastError());
    CloseHandle(child_end);
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
