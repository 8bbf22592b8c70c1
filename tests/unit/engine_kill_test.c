/* A process is ended, as by TerminateProcess, at each call that it makes of the disk: before the call, and in its middle (half of a write is done; a file
 * that is being renamed is no longer hidden and has its old name). The next process honours what was acknowledged and finishes the day. The ledger lies
 * in memory that both processes share. */
#include "engine_script.h"
#include "fault_file.h"
#include "fault_vfs.h"
#include "start_self.h"

#include <windows.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FEWEST_KILLS 100u
#define KILLED       99u /* fault_disk_die */
#define LEDGER_NAME  L"Local\\dosvc engine_kill_test ledger"

static struct engine_fixture fx;
static struct script_ledger *ledger;

/* ---- The process that is ended ---- */

static int live(const wchar_t *directory, uint32_t at, enum fault_disk_moment moment)
{
    HANDLE mapping = OpenFileMappingW(FILE_MAP_WRITE, FALSE, LEDGER_NAME);
    ledger = MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, sizeof(*ledger));
    if (!ledger)
        return 2;
    fixture_prepare(&fx, directory);
    fx.file_ops = fault_file_ops();
    script_serve(&fx);
    fault_disk_kill(at, moment);
    if (FAILED(fixture_try_start(&fx)))
        return 3;
    if (script_run(&fx, ledger, NULL) != S_OK)
        return 4;
    script_release(&fx);
    fixture_stop(&fx);
    return 0;
}

/* ---- The process that follows ---- */

/* False: it came to its own end before call number `at`. */
static bool kill_at(uint32_t at, enum fault_disk_moment moment)
{
    wchar_t arguments[2 * MAX_PATH];
    DWORD code = 0;
    assert_true(swprintf(arguments, ARRAYSIZE(arguments), L"\"%ls\" %u %d", fx.dir.path, at, (int)moment) > 0);
    HANDLE process = start_self(arguments, NULL);
    if (!process)
        fail_msg("cannot start %ls: %lu", arguments, GetLastError());
    if (WaitForSingleObject(process, 2 * FIXTURE_LIMIT_MS) != WAIT_OBJECT_0) {
        (void)TerminateProcess(process, 5);
        fail_msg("killed at %u, moment %d: it hangs", at, (int)moment);
    }
    GetExitCodeProcess(process, &code);
    CloseHandle(process);
    if (code != 0 && code != KILLED)
        fail_msg("at %u, moment %d: it ended with %lu", at, (int)moment, code);
    return code == KILLED;
}

static void sweep(enum fault_disk_moment moment, uint32_t stride)
{
    bool was_killed = true;
    uint32_t at, kills = 0;
    for (at = 0; was_killed; at += stride) {
        char where[64];
        memset(ledger, 0, sizeof(*ledger));
        fixture_prepare(&fx, NULL);
        script_prepare(&fx);
        was_killed = kill_at(at, moment);
        (void)snprintf(where, sizeof(where), "killed at %u, moment %d", at, (int)moment);
        script_verify(&fx, ledger, where);
        temp_dir_remove(&fx.dir);
        kills += was_killed;
    }
    print_message("%u kills\n", kills);
    assert_in_range(at, FEWEST_KILLS, 10 * FEWEST_KILLS);
}

static void what_was_acknowledged_survives_a_kill_before_any_call(void **context)
{
    (void)context;
    sweep(FAULT_DISK_BEFORE, 1);
}

static void what_was_acknowledged_survives_a_kill_in_any_call(void **context)
{
    (void)context;
    sweep(FAULT_DISK_INSIDE, 2); /* writes and renames have a middle, and come often */
}

static int share_ledger(void **context)
{
    (void)context;
    HANDLE mapping = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, sizeof(*ledger), LEDGER_NAME);
    ledger = MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, sizeof(*ledger));
    return ledger ? 0 : -1;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_acknowledged_survives_a_kill_before_any_call),
        cmocka_unit_test(what_was_acknowledged_survives_a_kill_in_any_call),
    };
    fault_vfs_install();
    if (argc == 4) {
        wchar_t directory[TEMP_PATH_MAX];
        (void)swprintf(directory, TEMP_PATH_MAX, L"%hs", argv[1]);
        return live(directory, strtoul(argv[2], NULL, 10), (enum fault_disk_moment)atoi(argv[3]));
    }
    return cmocka_run_group_tests(tests, share_ledger, NULL);
}
