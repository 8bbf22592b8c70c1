/* The log's file: what a line looks like, what cannot get into it, and how it is rotated. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <windows.h>

#include <cmocka.h>

#include "log.h"
#include "temp_dir.h"
#include "thread.h"

static struct temp_dir dir;
static wchar_t path[TEMP_PATH_MAX];

static int set_up(void **state)
{
    (void)state;
    temp_dir_make(&dir);
    temp_dir_path(&dir, L"logs\\dosvc.log", path);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    log_close();
    temp_dir_remove(&dir);
    return 0;
}

static size_t count_lines(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += *text == '\n';
    return count;
}

/* The line without its time and thread, which differ from run to run: "error store cannot open". */
static void assert_one_line(const char *expected_level_and_area, const char *expected_text)
{
    char *content = temp_file_read(path, NULL);
    unsigned year, month, day, hour, minute, second, milliseconds, thread;
    char level[8], area[16];
    int text_at = 0;
    int fields = sscanf(content, "%4u-%2u-%2uT%2u:%2u:%2u.%3uZ %7s %15s %x %n", &year, &month, &day, &hour, &minute,
                        &second, &milliseconds, level, area, &thread, &text_at);
    assert_int_equal(fields, 10);
    SYSTEMTIME now;
    GetSystemTime(&now);
    assert_in_range(year, now.wYear - 1, now.wYear);
    assert_int_equal(thread, GetCurrentThreadId());
    char level_and_area[32];
    snprintf(level_and_area, sizeof(level_and_area), "%s %s", level, area);
    assert_string_equal(level_and_area, expected_level_and_area);
    assert_string_equal(content + text_at, expected_text);
    free(content);
}

static void a_line_names_time_level_area_and_thread(void **state)
{
    (void)state;
    assert_int_equal(log_open(path, LOG_INFO), S_OK);
    log_line(LOG_INFO, LOG_STORE, L"queue of %u jobs at %ls", 3u, L"C:\\q");
    log_close();
    assert_one_line("info store", "queue of 3 jobs at C:\\q\n");
}

static void text_is_utf8(void **state)
{
    (void)state;
    log_open(path, LOG_INFO);
    log_line(LOG_WARN, LOG_HTTP, L"%ls", L"\u00e4\u20ac\U0001F600");
    log_close();
    assert_one_line("warn http", "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\n");
}

static void a_hostile_value_cannot_forge_a_line(void **state)
{
    (void)state;
    log_open(path, LOG_INFO);
    log_line(LOG_INFO, LOG_HTTP, L"got %ls",
             L"http://h/a\r\n2026-01-01T00:00:00.000Z error core 1 forged\t\x7f\x0085\u2028\u202e");
    log_close();
    assert_one_line("info http", "got http://h/a\\u000D\\u000A2026-01-01T00:00:00.000Z error core 1 forged"
                                 "\\u0009\\u007F\\u0085\\u2028\\u202E\n");
}

static void levels_below_the_chosen_one_are_left_out(void **state)
{
    (void)state;
    log_open(path, LOG_WARN);
    log_line(LOG_INFO, LOG_CORE, L"left out");
    log_line(LOG_TRACE, LOG_CORE, L"left out");
    assert_false(log_is_enabled(LOG_INFO));
    assert_true(log_is_enabled(LOG_WARN));
    log_line(LOG_WARN, LOG_CORE, L"kept");
    log_close();
    assert_one_line("warn core", "kept\n");
}

static void a_failure_ends_in_its_code_and_gives_it_back(void **state)
{
    (void)state;
    log_open(path, LOG_ERROR);
    assert_int_equal(log_failure(LOG_TRANSFER, E_ACCESSDENIED, L"cannot open %ls", L"x"), E_ACCESSDENIED);
    log_close();
    assert_one_line("error transfer", "cannot open x: 0x80070005\n");
}

static void the_last_error_is_reported_and_kept(void **state)
{
    (void)state;
    log_open(path, LOG_ERROR);
    SetLastError(ERROR_DISK_FULL);
    assert_int_equal(log_last_error(LOG_NOTIFY, L"no"), (HRESULT)0x80070070);
    assert_int_equal(GetLastError(), ERROR_DISK_FULL);
    log_close();
    assert_one_line("error notify", "no: 0x80070070\n");
    SetLastError(ERROR_SUCCESS);
    assert_int_equal(log_last_error(LOG_NOTIFY, L"no"), E_FAIL);
}

static void any_line_leaves_the_last_error_alone(void **state)
{
    (void)state;
    log_open(path, LOG_INFO);
    SetLastError(4711);
    log_line(LOG_INFO, LOG_COM, L"line");
    assert_int_equal(GetLastError(), 4711);
}

static void a_long_value_is_cut_but_the_code_is_not(void **state)
{
    (void)state;
    wchar_t *value = malloc(100001 * sizeof(wchar_t));
    for (size_t i = 0; i < 100000; i++)
        value[i] = i % 2 ? L'x' : L'\n'; /* each second one grows by being escaped */
    value[100000] = 0;
    log_open(path, LOG_ERROR);
    log_failure(LOG_MODULE, E_FAIL, L"%ls", value);
    free(value);
    log_close();
    size_t size;
    char *content = temp_file_read(path, &size);
    assert_int_equal(count_lines(content), 1);
    assert_in_range(size, 2000, 3000);
    assert_string_equal(content + size - strlen("...: 0x80004005\n"), "...: 0x80004005\n");
    free(content);
}

static void lines_are_appended_to_what_is_there(void **state)
{
    (void)state;
    log_open(path, LOG_INFO);
    log_line(LOG_INFO, LOG_COM, L"first");
    log_close();
    log_open(path, LOG_INFO);
    log_line(LOG_INFO, LOG_COM, L"second");
    log_close();
    char *content = temp_file_read(path, NULL);
    assert_int_equal(count_lines(content), 2);
    assert_true(strstr(content, "first\n") < strstr(content, "second\n"));
    free(content);
}

static void a_closed_log_writes_nothing(void **state)
{
    (void)state;
    log_open(path, LOG_INFO);
    log_close();
    log_line(LOG_ERROR, LOG_COM, L"late");
    size_t size;
    free(temp_file_read(path, &size));
    assert_int_equal(size, 0);
}

static void a_log_that_cannot_be_opened_is_no_failure(void **state)
{
    (void)state;
    assert_int_equal(log_open(dir.path, LOG_INFO), S_FALSE); /* a directory */
    log_line(LOG_ERROR, LOG_COM, L"goes to debuggers alone");
}

static uint64_t size_of(const wchar_t *file)
{
    WIN32_FILE_ATTRIBUTE_DATA data;
    if (!GetFileAttributesExW(file, GetFileExInfoStandard, &data))
        return UINT64_MAX;
    return (uint64_t)data.nFileSizeHigh << 32 | data.nFileSizeLow;
}

static void write_beyond_the_limit(void)
{
    wchar_t filler[2001];
    for (size_t i = 0; i < 2000; i++)
        filler[i] = L'f';
    filler[2000] = 0;
    /* A line is 2,000 bytes and a prefix of less than 100: 4 MiB are passed after 1,998 to 2,098 lines. */
    for (unsigned i = 0; i < 2150; i++)
        log_line(LOG_INFO, LOG_COM, L"%ls", filler);
}

static void a_full_log_is_rotated_and_replaces_the_one_before(void **state)
{
    (void)state;
    wchar_t old[TEMP_PATH_MAX];
    temp_dir_path(&dir, L"logs\\dosvc.log.1", old);
    log_open(path, LOG_INFO);
    temp_file_write(old, "older", 5);
    write_beyond_the_limit();
    log_close();
    assert_in_range(size_of(old), LOG_ROTATE_BYTES, LOG_ROTATE_BYTES + 2100);
    assert_in_range(size_of(path), 1, 160 * 2100);
    char *content = temp_file_read(old, NULL);
    assert_int_equal(content[4], '-'); /* a time, not "older" */
    free(content);
}

#define WRITERS    4
#define LINES_EACH 500

static void write_lines(void *context)
{
    for (unsigned i = 0; i < LINES_EACH; i++)
        log_line(LOG_INFO, LOG_COM, L"<%ls %u>", (const wchar_t *)context, i);
}

static void lines_of_many_threads_stay_whole(void **state)
{
    (void)state;
    static const wchar_t *const names[WRITERS] = {L"aaaaaaaaaaaaaaaaaaaaaaaa", L"bbbb", L"cccccccccccc", L"d"};
    struct thread *threads[WRITERS];
    log_open(path, LOG_INFO);
    for (size_t i = 0; i < WRITERS; i++)
        assert_int_equal(thread_start(u"log writer", write_lines, (void *)(uintptr_t)names[i], &threads[i]), S_OK);
    for (size_t i = 0; i < WRITERS; i++)
        thread_join(threads[i]);
    log_close();
    char *content = temp_file_read(path, NULL);
    unsigned count = 0;
    for (char *line = strtok(content, "\n"); line; line = strtok(NULL, "\n"), count++) {
        assert_int_equal(line[10], 'T');
        assert_int_equal(line[strlen(line) - 1], '>');
        assert_ptr_equal(strchr(line, '<'), strrchr(line, '<'));
    }
    assert_int_equal(count, WRITERS * LINES_EACH);
    free(content);
}

static void a_log_that_cannot_be_opened_for_a_while_goes_on(void **state)
{
    (void)state;
    wchar_t folder[TEMP_PATH_MAX], away[TEMP_PATH_MAX];
    temp_dir_path(&dir, L"logs", folder);
    temp_dir_path(&dir, L"away", away);
    log_open(path, LOG_INFO);
    assert_true(MoveFileW(folder, away)); /* Windows would refuse it */
    write_beyond_the_limit();             /* rotated in vain */
    assert_true(MoveFileW(away, folder));
    uint64_t size = size_of(path);
    assert_in_range(size, LOG_ROTATE_BYTES, LOG_ROTATE_BYTES + 2100);
    log_line(LOG_INFO, LOG_COM, L"there again");
    assert_in_range(size_of(path), size + 1, size + 100);
    log_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_line_names_time_level_area_and_thread, set_up, tear_down),
        cmocka_unit_test_setup_teardown(text_is_utf8, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_hostile_value_cannot_forge_a_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(levels_below_the_chosen_one_are_left_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failure_ends_in_its_code_and_gives_it_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_last_error_is_reported_and_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(any_line_leaves_the_last_error_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_long_value_is_cut_but_the_code_is_not, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lines_are_appended_to_what_is_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_closed_log_writes_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_log_that_cannot_be_opened_is_no_failure, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_log_is_rotated_and_replaces_the_one_before, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_log_that_cannot_be_opened_for_a_while_goes_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lines_of_many_threads_stay_whole, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
