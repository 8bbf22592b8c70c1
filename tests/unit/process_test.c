/* Programs that are started and watched: this one itself, with other arguments. */
#include "process.h"

#include <windows.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <wchar.h>

#include <cmocka.h>

#define LIMIT_MS 60000u
#define GATE     L"dosvc process_test gate"
#define LINE     L"\"a name\" child  \"two  words\" a\\\"b"

static WCHAR program[MAX_PATH];

static struct process_ops *ops(void)
{
    return process_ops_system();
}

/* What the program does when it was started by its own tests: 7 when the command line is the one that was given. */
static int be_the_child(void)
{
    HANDLE gate = OpenEventW(SYNCHRONIZE, FALSE, GATE);
    if (gate && WaitForSingleObject(gate, LIMIT_MS) != WAIT_OBJECT_0)
        return 9;
    return wcscmp(GetCommandLineW(), LINE) == 0 ? 7 : 8;
}

static void a_program_gets_its_command_line_and_tells_of_its_end(void **state)
{
    (void)state;
    struct signal signal = {0};
    struct process *process;
    uint32_t code = 0;
    assert_int_equal(ops()->start(ops(), program, LINE, &signal, &process), S_OK);
    assert_true(signal_wait(&signal, LIMIT_MS));
    assert_true(ops()->has_ended(ops(), process, &code));
    assert_int_equal(code, 7);
    ops()->release(ops(), process);
}

static void nobody_is_told_after_the_release_and_the_program_goes_on(void **state)
{
    (void)state;
    struct signal signal = {0};
    struct process *first, *second;
    uint32_t code;
    HANDLE gate = CreateEventW(NULL, TRUE, FALSE, GATE);
    assert_int_equal(ops()->start(ops(), program, LINE, &signal, &first), S_OK);
    assert_false(ops()->has_ended(ops(), first, &code));
    ops()->release(ops(), first);
    SetEvent(gate);
    /* The second was started later and sees the open gate, too; the signal is its. */
    assert_int_equal(ops()->start(ops(), program, LINE, &signal, &second), S_OK);
    assert_true(signal_wait(&signal, LIMIT_MS));
    assert_true(ops()->has_ended(ops(), second, &code));
    assert_int_equal(code, 7);
    ops()->release(ops(), second);
    CloseHandle(gate);
}

static void a_program_that_is_not_there_is_named_by_its_error(void **state)
{
    (void)state;
    struct signal signal = {0};
    struct process *process = (struct process *)&signal;
    HRESULT hr = ops()->start(ops(), u"C:\\no-such-program.exe", NULL, &signal, &process);
    assert_int_equal(hr, (HRESULT)0x80070002);
    assert_null(process);
}

static void a_bare_name_is_one_of_the_system_and_of_no_other_folder(void **state)
{
    (void)state;
    struct signal signal = {0};
    struct process *process;
    uint32_t code = 0;
    assert_int_equal(ops()->start(ops(), u"cmd.exe", u"cmd.exe /c exit 3", &signal, &process), S_OK);
    assert_true(signal_wait(&signal, LIMIT_MS));
    assert_true(ops()->has_ended(ops(), process, &code));
    assert_int_equal(code, 3);
    ops()->release(ops(), process);
}

static void relative_names_and_the_current_folder_are_refused(void **state)
{
    (void)state;
    static const char16_t *const names[] = {u"", u".\\process_test.exe", u"a/b.exe", u"C:b.exe", u"\\b.exe"};
    struct signal signal = {0};
    struct process *process = NULL;
    for (size_t i = 0; i < ARRAYSIZE(names); i++)
        assert_int_equal(ops()->start(ops(), names[i], NULL, &signal, &process), E_INVALIDARG);
    /* In the current folder, which is the first that Windows would look in. */
    assert_true(CopyFileW(program, L"only-here.exe", FALSE));
    HRESULT hr = ops()->start(ops(), u"only-here.exe", NULL, &signal, &process);
    assert_int_equal(hr, (HRESULT)0x80070002);
    assert_true(DeleteFileW(L"only-here.exe"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_gets_its_command_line_and_tells_of_its_end),
        cmocka_unit_test(nobody_is_told_after_the_release_and_the_program_goes_on),
        cmocka_unit_test(a_bare_name_is_one_of_the_system_and_of_no_other_folder),
        cmocka_unit_test(relative_names_and_the_current_folder_are_refused),
        cmocka_unit_test(a_program_that_is_not_there_is_named_by_its_error),
    };
    if (wcsstr(GetCommandLineW(), L" child "))
        return be_the_child();
    GetModuleFileNameW(NULL, program, MAX_PATH);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
