/* Names as the file system compares them. */
#include "name_case.h"

#include "string_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static void names_are_equal_in_any_case(void **state)
{
    (void)state;
    static const struct {
        const char16_t *a, *b;
        bool is_equal;
    } rows[] = {
        {u"C:\\Dir\\FILE.txt", u"c:\\dIR\\file.TXT", true},
        {u"C:\\\u00E4\u00F6\u00FC\u00E0\u00FE", u"C:\\\u00C4\u00D6\u00DC\u00C0\u00DE", true},
        {u"C:\\\u00FF", u"C:\\\u0178", true},
        {u"C:\\\u0436\u03B4", u"C:\\\u0416\u0394", true}, /* Cyrillic, Greek */
        {u"C:\\\uFF41", u"C:\\\uFF21", true},             /* full width */
        {u"C:\\\u0131", u"C:\\I", false},                 /* the i without a dot is no ASCII letter */
        {u"C:\\\u017F", u"C:\\S", false},                 /* nor is the long s */
        {u"C:/a", u"C:\\a", true},
        {u"C:\\\u00F7", u"C:\\\u00D7", false}, /* division and multiplication signs */
        {u"C:\\\u00DF", u"C:\\\u00FF", false},
        {u"C:\\[", u"C:\\{", false},
        {u"C:\\a", u"C:\\ab", false},
        {u"C:\\a", u"D:\\a", false},
        {u"", u"", true},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (name_equal(rows[i].a, rows[i].b) != rows[i].is_equal)
            fail_msg("row %zu", i);
        if ((name_hash(rows[i].a) == name_hash(rows[i].b)) != rows[i].is_equal)
            fail_msg("row %zu: hash", i);
    }
}

static void a_table_finds_paths_in_any_case(void **state)
{
    (void)state;
    struct string_table table;
    int one, two;
    string_table_init(&table, name_hash, name_equal);
    assert_int_equal(string_table_insert(&table, u"C:\\Dir\\\u00C4", &one), S_OK);
    assert_ptr_equal(string_table_find(&table, u"c:\\dIR\\\u00E4"), &one);
    assert_int_equal(string_table_insert(&table, u"C:\\DIR\\\u00E4", &two), S_FALSE);
    string_table_clear(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_equal_in_any_case),
        cmocka_unit_test(a_table_finds_paths_in_any_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
