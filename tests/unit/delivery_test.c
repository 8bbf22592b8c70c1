/* Many files that get their final names one after the other, against a real directory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <windows.h>

#include <cmocka.h>

#include "file_ops.h"
#include "temp_dir.h"

#define MANY    40 /* well beyond what is looked up name by name */
#define ANOTHER HRESULT_OF_WIN32(ERROR_DIRECTORY)

static struct file_ops *ops;
static struct temp_dir dir;
static struct deliveries *shared;

static int set_up(void **state)
{
    (void)state;
    ops = file_ops_system();
    shared = NULL;
    temp_dir_make(&dir);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    ops->end_deliveries(ops, shared);
    temp_dir_remove(&dir);
    return 0;
}

/* The temporary file of that name, which may have a folder in front. */
static void make_temporary(const wchar_t *name, const char *content, wchar_t temporary[TEMP_PATH_MAX],
                           wchar_t target[TEMP_PATH_MAX])
{
    struct file *file;
    temp_dir_path(&dir, name, target);
    wcscpy(temporary, target);
    wcscpy(wcsrchr(temporary, L'\\') + 1, L"DO0123456789abcdef0.tmp");
    assert_int_equal(ops->create(ops, temporary, 0, true, &file), S_OK);
    assert_int_equal(ops->write_at(ops, file, 0, content, strlen(content)), S_OK);
    ops->close(ops, file);
}

/* Delivers a file with these characters in it. */
static HRESULT deliver(const wchar_t *name, const char *content, uint64_t directory)
{
    wchar_t temporary[TEMP_PATH_MAX], target[TEMP_PATH_MAX];
    make_temporary(name, content, temporary, target);
    const struct closed_file closed = {.directory = directory, .size = strlen(content)};
    HRESULT hr = ops->deliver(ops, &shared, temporary, target, &closed);
    assert_int_equal(temp_file_exists(temporary), FAILED(hr));
    return hr;
}

static void assert_content(const wchar_t *name, const char *expected)
{
    wchar_t path[TEMP_PATH_MAX];
    temp_dir_path(&dir, name, path);
    char *content = temp_file_read(path, NULL);
    assert_string_equal(content, expected);
    free(content);
    assert_false(GetFileAttributesW(path) & FILE_ATTRIBUTE_HIDDEN);
}

static void deliver_many(const wchar_t *folder)
{
    for (int i = 0; i < MANY; i++) {
        wchar_t name[40];
        char content[20];
        swprintf(name, 40, L"%lsfile%d.bin", folder, i);
        snprintf(content, sizeof(content), "content %d", i);
        assert_int_equal(deliver(name, content, 0), S_OK);
        assert_content(name, content);
    }
}

static size_t count_names(const wchar_t *pattern)
{
    wchar_t path[TEMP_PATH_MAX];
    temp_dir_path(&dir, pattern, path);
    return temp_file_count(path);
}

static void write_target(const wchar_t *name, const char *content)
{
    wchar_t path[TEMP_PATH_MAX];
    temp_dir_path(&dir, name, path);
    temp_file_write(path, content, strlen(content));
}

static void many_files_get_their_names(void **state)
{
    (void)state;
    deliver_many(L"");
    assert_int_equal(count_names(L"file*.bin"), MANY);
    assert_int_equal(count_names(L"*.tmp"), 0);
}

static void what_bears_a_name_in_other_letters_is_replaced(void **state)
{
    (void)state;
    write_target(L"LAST.BIN", "old");
    deliver_many(L"");
    assert_int_equal(deliver(L"last.bin", "new", 0), S_OK);
    assert_int_equal(count_names(L"last*.bin"), 1);
    assert_content(L"last.bin", "new");
}

static void what_bears_a_name_since_the_folder_was_read_is_replaced(void **state)
{
    (void)state;
    deliver_many(L"");
    write_target(L"last.bin", "old");
    assert_int_equal(deliver(L"last.bin", "new", 0), S_OK);
    assert_int_equal(count_names(L"last*.bin"), 1);
    assert_content(L"last.bin", "new");
}

static void a_folder_that_bears_a_name_since_then_is_not(void **state)
{
    (void)state;
    wchar_t path[TEMP_PATH_MAX];
    deliver_many(L"");
    temp_dir_path(&dir, L"last.bin", path);
    assert_true(CreateDirectoryW(path, NULL));
    assert_int_equal(deliver(L"last.bin", "new", 0), E_ACCESSDENIED);
    assert_true(RemoveDirectoryW(path));
    assert_int_equal(deliver(L"last.bin", "newer", 0), S_OK);
    assert_content(L"last.bin", "newer");
}

static void names_are_no_others_for_their_letters(void **state)
{
    (void)state;
    deliver_many(L"");
    assert_int_equal(deliver(L"with~1.bin", "tilde", 0), S_OK);
    assert_content(L"with~1.bin", "tilde");
    assert_int_equal(deliver(L"gr\u00FC\u00DFe \u4E2D [a].bin", "letters", 0), S_OK);
    assert_content(L"gr\u00FC\u00DFe \u4E2D [a].bin", "letters");
    assert_int_equal(count_names(L"*.bin"), MANY + 2);
}

static void folders_may_take_turns(void **state)
{
    (void)state;
    wchar_t a[TEMP_PATH_MAX], b[TEMP_PATH_MAX];
    temp_dir_path(&dir, L"a", a);
    temp_dir_path(&dir, L"b", b);
    assert_true(CreateDirectoryW(a, NULL));
    assert_true(CreateDirectoryW(b, NULL));
    deliver_many(L"a\\");
    deliver_many(L"b\\");
    assert_int_equal(deliver(L"a\\last.bin", "in a", 0), S_OK);
    assert_int_equal(deliver(L"b\\last.bin", "in b", 0), S_OK);
    assert_content(L"a\\last.bin", "in a");
    assert_content(L"b\\last.bin", "in b");
    assert_int_equal(count_names(L"a\\*.bin"), MANY + 1);
}

/* Moves the folder away and puts another one there. */
static void replace_folder(const wchar_t *name, const wchar_t *away)
{
    wchar_t from[TEMP_PATH_MAX], to[TEMP_PATH_MAX];
    temp_dir_path(&dir, name, from);
    temp_dir_path(&dir, away, to);
    assert_true(MoveFileW(from, to));
    assert_true(CreateDirectoryW(from, NULL));
}

static uint64_t make_folder(const wchar_t *name)
{
    wchar_t folder[TEMP_PATH_MAX], target[TEMP_PATH_MAX];
    const char16_t *path = target;
    uint64_t identity;
    size_t failed;
    temp_dir_path(&dir, name, folder);
    assert_true(CreateDirectoryW(folder, NULL));
    swprintf(target, TEMP_PATH_MAX, L"%ls\\x", folder);
    assert_int_equal(ops->check_targets(ops, &path, 1, &identity, &failed), S_OK);
    return identity;
}

static void a_folder_that_takes_the_place_of_the_checked_one_gets_nothing(void **state)
{
    (void)state;
    wchar_t temporary[TEMP_PATH_MAX], target[TEMP_PATH_MAX];
    const struct closed_file closed = {.directory = make_folder(L"a"), .size = 1};
    deliver_many(L"a\\");
    make_temporary(L"a\\two.bin", "2", temporary, target);
    replace_folder(L"a", L"away");
    assert_int_equal(ops->deliver(ops, &shared, temporary, target, &closed), ANOTHER);
    assert_int_equal(count_names(L"a\\*.bin"), 0);
    assert_int_equal(count_names(L"away\\DO*.tmp"), 1);
    assert_int_equal(count_names(L"away\\*.bin"), MANY);
    assert_int_equal(deliver(L"a\\two.bin", "2", closed.directory), ANOTHER); /* that of the new folder */
}

static void the_folder_that_is_there_will_do_when_none_is_known(void **state)
{
    (void)state;
    make_folder(L"a");
    deliver_many(L"a\\");
    replace_folder(L"a", L"away");
    assert_int_equal(deliver(L"a\\last.bin", "new", 0), S_OK);
    assert_content(L"a\\last.bin", "new");
    assert_int_equal(count_names(L"away\\*.bin"), MANY);
}

static void a_folder_that_is_gone_is_told_from_a_file(void **state)
{
    (void)state;
    wchar_t temporary[TEMP_PATH_MAX], target[TEMP_PATH_MAX], from[TEMP_PATH_MAX], to[TEMP_PATH_MAX];
    const struct closed_file closed = {.directory = make_folder(L"a"), .size = 3};
    deliver_many(L"a\\");
    make_temporary(L"a\\last.bin", "new", temporary, target);
    temp_dir_path(&dir, L"a", from);
    temp_dir_path(&dir, L"away", to);
    assert_true(MoveFileW(from, to));
    assert_int_equal(ops->deliver(ops, &shared, temporary, target, &closed), HRESULT_OF_WIN32(ERROR_PATH_NOT_FOUND));
    assert_true(MoveFileW(to, from));
    assert_int_equal(ops->deliver(ops, &shared, temporary, target, &closed), S_OK);
    assert_content(L"a\\last.bin", "new");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(many_files_get_their_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_bears_a_name_in_other_letters_is_replaced, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_bears_a_name_since_the_folder_was_read_is_replaced, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_folder_that_bears_a_name_since_then_is_not, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_are_no_others_for_their_letters, set_up, tear_down),
        cmocka_unit_test_setup_teardown(folders_may_take_turns, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_folder_that_takes_the_place_of_the_checked_one_gets_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_folder_that_is_there_will_do_when_none_is_known, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_folder_that_is_gone_is_told_from_a_file, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
