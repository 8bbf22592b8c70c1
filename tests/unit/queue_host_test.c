/* Who hosts a queue directory. */
#include "queue_child.h"
#include "queue_support.h"

#include "deliveryoptimizationerrors.h"
#include "queue_host.h"

#include <stdio.h>
#include <wchar.h>

#include <windows.h>

#define RACERS     4
#define RELEASE_MS 5000 /* the system closes the files of a dead process when it gets to it */

static struct queue_host *take(const char16_t *directory)
{
    struct queue_host *host;
    assert_ok(queue_host_take(directory, &host));
    assert_non_null(host);
    return host;
}

static void assert_refused(const char16_t *directory)
{
    struct queue_host *host = (struct queue_host *)1;
    assert_hresult(queue_host_take(directory, &host), DO_E_NO_SERVICE);
    assert_null(host);
}

static void a_directory_has_one_host_at_a_time(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"one"), *other = queue_test_directory(L"another");
    struct queue_host *host = take(directory);
    assert_refused(directory);
    struct queue_host *beside = take(other);
    queue_host_release(beside);
    assert_refused(directory);
    queue_host_release(host);
    host = take(directory);
    queue_host_release(host);
    queue_host_release(NULL);
}

/* As a virus scanner does with each new file. */
static void who_only_reads_the_lock_is_no_host(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"scanned");
    queue_host_release(take(directory));
    HANDLE scanner = CreateFileW(queue_test_path(directory, L"host.lock"), GENERIC_READ, FILE_SHARE_READ, NULL,
                                 OPEN_EXISTING, 0, NULL);
    assert_true(scanner != INVALID_HANDLE_VALUE);
    struct queue_host *host = take(directory);
    assert_refused(directory);
    assert_true(CloseHandle(scanner));
    assert_refused(directory);
    queue_host_release(host);
}

/* Another could be made in its place, and a second host have that. */
static void the_lock_of_a_host_cannot_be_deleted(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"deleted");
    struct queue_host *host = take(directory);
    assert_false(DeleteFileW(queue_test_path(directory, L"host.lock")));
    queue_host_release(host);
}

static void the_directory_is_made_with_its_parents(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_path(queue_test_directory(L"made"), L"a");
    const char16_t *deeper = queue_test_path(directory, L"b");
    DeleteFileW(queue_test_path(deeper, L"host.lock"));
    RemoveDirectoryW(deeper);
    RemoveDirectoryW(directory);
    struct queue_host *host = take(deeper);
    assert_true(queue_test_exists(deeper, L"host.lock"));
    queue_host_release(host);
}

static void a_file_in_the_way_is_refused(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"way");
    queue_test_write(queue_test_path(directory, L"file"), "x", 1);
    assert_refused(queue_test_path(directory, L"file"));
    assert_true(CreateDirectoryW(queue_test_path(directory, L"host.lock"), NULL));
    assert_refused(directory);
    RemoveDirectoryW(queue_test_path(directory, L"host.lock"));
}

/* Bounded polling: nothing tells when the system has closed a dead process's files. */
static struct queue_host *take_soon(const char16_t *directory)
{
    struct queue_host *host = NULL;
    uint64_t end = GetTickCount64() + RELEASE_MS;
    while (FAILED(queue_host_take(directory, &host)) && GetTickCount64() < end)
        SwitchToThread();
    assert_non_null(host);
    return host;
}

static void another_process_holds_it_until_it_is_killed(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"process");
    struct queue_child child;
    uint32_t hr;
    queue_child_start(&child, L"host", directory);
    assert_true(queue_child_hear(&child, &hr));
    assert_hresult((HRESULT)hr, S_OK);
    assert_refused(directory);
    queue_child_kill(&child);
    queue_child_close(&child);
    queue_host_release(take_soon(directory));
}

static void of_processes_that_race_one_wins(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"race");
    for (int round = 0; round < 3; round++) {
        struct queue_child children[RACERS];
        int winners = 0;
        for (int i = 0; i < RACERS; i++)
            queue_child_start(&children[i], L"host", directory);
        for (int i = 0; i < RACERS; i++) {
            uint32_t hr;
            assert_true(queue_child_hear(&children[i], &hr));
            if ((HRESULT)hr != DO_E_NO_SERVICE)
                assert_hresult((HRESULT)hr, S_OK);
            winners += (HRESULT)hr == S_OK;
        }
        assert_int_equal(winners, 1);
        for (int i = 0; i < RACERS; i++) {
            queue_child_kill(&children[i]);
            queue_child_close(&children[i]);
        }
        queue_host_release(take_soon(directory));
    }
}

static int be_host(const char16_t *directory)
{
    struct queue_host *host;
    queue_child_report((uint32_t)queue_host_take(directory, &host));
    queue_child_wait();
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_directory_has_one_host_at_a_time),
        cmocka_unit_test(who_only_reads_the_lock_is_no_host),
        cmocka_unit_test(the_lock_of_a_host_cannot_be_deleted),
        cmocka_unit_test(the_directory_is_made_with_its_parents),
        cmocka_unit_test(a_file_in_the_way_is_refused),
        cmocka_unit_test(another_process_holds_it_until_it_is_killed),
        cmocka_unit_test(of_processes_that_race_one_wins),
    };
    if (argc == 3) {
        char16_t directory[QUEUE_PATH_ROOM];
        swprintf(directory, QUEUE_PATH_ROOM, L"%hs", argv[2]);
        return be_host(directory);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
