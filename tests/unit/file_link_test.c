/* Links in the place of a temporary file or of a target: hard links here; symbolic ones are made by tests/e2e/links.sh. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <windows.h>

#include <cmocka.h>

#include "file_ops.h"
#include "temp_dir.h"

static struct file_ops *ops;
static struct temp_dir dir;
static wchar_t temporary[TEMP_PATH_MAX], target[TEMP_PATH_MAX], other[TEMP_PATH_MAX];

static int set_up(void **state)
{
    (void)state;
    ops = file_ops_system();
    temp_dir_make(&dir);
    temp_dir_path(&dir, L"DO1.tmp", temporary);
    temp_dir_path(&dir, L"target.bin", target);
    temp_dir_path(&dir, L"other", other);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    temp_dir_remove(&dir);
    return 0;
}

static HRESULT deliver(const wchar_t *from, const wchar_t *to, const struct closed_file *closed)
{
    struct deliveries *shared = NULL;
    HRESULT hr = ops->deliver(ops, &shared, from, to, closed);
    ops->end_deliveries(ops, shared);
    return hr;
}

static void assert_content(const wchar_t *path, const char *expected)
{
    char *content = temp_file_read(path, NULL);
    assert_string_equal(content, expected);
    free(content);
}

/* `name` is another name of a file that is not ours. */
static void link_to_other(const wchar_t *name)
{
    temp_file_write(other, "precious", 8);
    assert_true(CreateHardLinkW(name, other, NULL));
}

static void a_file_of_ours_is_made_anew_when_it_is_created_again(void **state)
{
    (void)state;
    link_to_other(temporary);
    struct file *file;
    assert_int_equal(ops->create(ops, temporary, 0, true, &file), S_OK);
    assert_int_equal(ops->write_at(ops, file, 0, "x", 1), S_OK);
    ops->close(ops, file);
    assert_content(temporary, "x");
    assert_content(other, "precious");
}

static void a_file_with_another_name_is_neither_continued_nor_delivered(void **state)
{
    (void)state;
    struct file *file = (struct file *)1;
    uint64_t size;
    link_to_other(temporary);
    assert_int_equal(ops->open(ops, temporary, 0, &file, &size), HRESULT_OF_WIN32(ERROR_TOO_MANY_LINKS));
    assert_null(file);
    assert_int_equal(deliver(temporary, target, &(struct closed_file){.size = 8}),
                     HRESULT_OF_WIN32(ERROR_TOO_MANY_LINKS));
    assert_false(temp_file_exists(target));
    assert_true(DeleteFileW(other));
    assert_int_equal(deliver(temporary, target, &(struct closed_file){.size = 8}), S_OK);
    assert_content(target, "precious");
}

static void a_target_with_another_name_is_replaced_and_the_other_name_kept(void **state)
{
    (void)state;
    link_to_other(target);
    temp_file_write(temporary, "new", 3);
    assert_int_equal(deliver(temporary, target, &(struct closed_file){.size = 3}), S_OK);
    assert_content(target, "new");
    assert_content(other, "precious");
}

static void files_are_told_apart_whatever_their_names(void **state)
{
    (void)state;
    struct file *file, *second;
    uint64_t size;
    assert_int_equal(ops->create(ops, temporary, 0, false, &file), S_OK);
    assert_int_equal(ops->create(ops, other, 0, false, &second), S_OK);
    uint64_t identity = ops->identity(ops, file);
    assert_int_not_equal(identity, 0);
    assert_int_not_equal(identity, ops->identity(ops, second));
    ops->close(ops, file);
    ops->close(ops, second);
    assert_int_equal(ops->open(ops, temporary, 0, &file, &size), S_OK);
    assert_true(ops->identity(ops, file) == identity);
    ops->close(ops, file);
    assert_true(MoveFileExW(other, temporary, MOVEFILE_REPLACE_EXISTING));
    assert_int_equal(ops->open(ops, temporary, 0, &file, &size), S_OK);
    assert_false(ops->identity(ops, file) == identity);
    assert_true(ops->identity_of(ops, temporary) == ops->identity(ops, file));
    struct closed_file closed = {.identity = identity};
    uint64_t now = ops->identity(ops, file);
    ops->close(ops, file);
    assert_int_equal(ops->identity_of(ops, other), 0); /* it is not there any more */
    assert_int_equal(deliver(temporary, target, &closed), HRESULT_OF_WIN32(ERROR_FILE_EXISTS));
    assert_true(temp_file_exists(temporary));
    closed.identity = now;
    assert_int_equal(deliver(temporary, target, &closed), S_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_of_ours_is_made_anew_when_it_is_created_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_with_another_name_is_neither_continued_nor_delivered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_target_with_another_name_is_replaced_and_the_other_name_kept, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(files_are_told_apart_whatever_their_names, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
