/* Which paths get the \\?\ form, and how it looks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "system_path.h"
#include "utf16.h"

#define LONGEST 400

/* `start` and as many x as make `length` characters of it. */
static const char16_t *path_of(const char16_t *start, size_t length)
{
    static char16_t path[LONGEST];
    size_t start_length = utf16_length(start);
    assert_in_range(length, start_length, LONGEST - 1);
    memcpy(path, start, start_length * sizeof(char16_t));
    for (size_t i = start_length; i < length; i++)
        path[i] = u'x';
    path[length] = 0;
    return path;
}

static void assert_as_it_is(const char16_t *path)
{
    struct system_path made;
    assert_int_equal(system_path_make(&made, path), S_OK);
    assert_ptr_equal(made.text, path);
    system_path_clear(&made);
}

/* `prefix` stands in the place of the first `dropped` characters. */
static void assert_prefixed(const char16_t *path, const char16_t *prefix, size_t dropped)
{
    struct system_path made;
    size_t prefix_length = utf16_length(prefix);
    assert_int_equal(system_path_make(&made, path), S_OK);
    assert_memory_equal(made.text, prefix, prefix_length * sizeof(char16_t));
    assert_true(utf16_equal(made.text + prefix_length, path + dropped));
    system_path_clear(&made);
}

static void a_short_path_stays_as_it_is(void **state)
{
    (void)state;
    assert_as_it_is(u"C:\\a");
    assert_as_it_is(u"\\\\server\\share\\a");
    assert_as_it_is(path_of(u"C:\\", 247));
}

static void a_long_path_gets_the_prefix(void **state)
{
    (void)state;
    assert_prefixed(path_of(u"C:\\", 248), u"\\\\?\\", 0);
    assert_prefixed(path_of(u"C:\\", 399), u"\\\\?\\", 0);
}

static void a_long_share_path_gets_its_own(void **state)
{
    (void)state;
    assert_prefixed(path_of(u"\\\\server\\share\\", 300), u"\\\\?\\UNC\\server", 8);
}

static void a_path_that_has_the_prefix_keeps_it(void **state)
{
    (void)state;
    assert_as_it_is(path_of(u"\\\\?\\C:\\", 300));
    assert_as_it_is(path_of(u"\\\\?\\UNC\\server\\share\\", 300));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_short_path_stays_as_it_is),
        cmocka_unit_test(a_long_path_gets_the_prefix),
        cmocka_unit_test(a_long_share_path_gets_its_own),
        cmocka_unit_test(a_path_that_has_the_prefix_keeps_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
