/* 16-bit strings: lengths, copies, comparison, numbers. */
#include <stdarg.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "memory.h"
#include "memory_faults.h"
#include "utf16.h"

static void length_counts_code_units(void **state)
{
    (void)state;
    assert_int_equal(utf16_length(u""), 0);
    assert_int_equal(utf16_length(u"abc"), 3);
    assert_int_equal(utf16_length(u"\U0001F600"), 2);
}

static void length_within_looks_no_further_than_the_limit(void **state)
{
    (void)state;
    /* Not terminated: a look at the sixth unit is an overrun that the sanitiser sees. */
    char16_t *endless = malloc(5 * sizeof(*endless));
    assert_non_null(endless);
    for (size_t i = 0; i < 5; i++)
        endless[i] = u'x';
    assert_int_equal(utf16_length_within(endless, 4), 5);
    free(endless);
    assert_int_equal(utf16_length_within(u"abcd", 4), 4);
    assert_int_equal(utf16_length_within(u"abc", 4), 3);
    assert_int_equal(utf16_length_within(u"", 0), 0);
    assert_int_equal(utf16_length_within(u"a", 0), 1);
}

static void copies_are_terminated_and_independent(void **state)
{
    (void)state;
    char16_t text[] = u"abc";
    char16_t *copy = utf16_duplicate(text);
    char16_t *part = utf16_duplicate_part(text + 1, 1);
    char16_t *none = utf16_duplicate_part(text, 0);
    text[1] = u'?';
    assert_true(utf16_equal(copy, u"abc"));
    assert_true(utf16_equal(part, u"b"));
    assert_true(utf16_equal(none, u""));
    mem_free(copy);
    mem_free(part);
    mem_free(none);
    assert_null(utf16_duplicate(NULL));
    assert_int_equal(memory_faults_blocks(), 0);
}

static void copy_without_memory_is_null(void **state)
{
    (void)state;
    memory_faults_fail(1);
    assert_null(utf16_duplicate(u"abc"));
    assert_null(utf16_duplicate_part(u"abc", SIZE_MAX));
    assert_null(utf16_duplicate_part(u"abc", SIZE_MAX / sizeof(char16_t)));
}

static void equality_is_exact(void **state)
{
    (void)state;
    assert_true(utf16_equal(u"", u""));
    assert_true(utf16_equal(u"aB", u"aB"));
    assert_false(utf16_equal(u"aB", u"ab"));
    assert_false(utf16_equal(u"a", u"ab"));
    assert_false(utf16_equal(u"ab", u"a"));
}

static void only_ascii_letters_are_folded(void **state)
{
    (void)state;
    assert_true(utf16_equal_ascii_nocase(u"hTTp-Az", u"HttP-aZ"));
    assert_false(utf16_equal_ascii_nocase(u"a", u"ab"));
    assert_false(utf16_equal_ascii_nocase(u"[", u"{")); /* 32 apart, as letters are */
    assert_false(utf16_equal_ascii_nocase(u"@", u"`"));
    assert_false(utf16_equal_ascii_nocase(u"\u00E4", u"\u00C4"));
    assert_false(utf16_equal_ascii_nocase(u"k", u"\u212A")); /* the Kelvin sign is no K in a header */
}

static void part_is_compared_in_its_whole_length(void **state)
{
    (void)state;
    assert_true(utf16_part_equal_ascii_nocase(u"BYTES 1", 5, "bytes"));
    assert_false(utf16_part_equal_ascii_nocase(u"BYTES 1", 4, "bytes"));
    assert_false(utf16_part_equal_ascii_nocase(u"BYTES 1", 6, "bytes"));
    assert_true(utf16_part_equal_ascii_nocase(u"x", 0, ""));
    assert_false(utf16_part_equal_ascii_nocase(u"\u0162", 1, "b")); /* the low byte alone would be equal */
}

static void hash_is_fnv1a(void **state)
{
    (void)state;
    /* FNV-1a's published 32-bit values; the units below are bytes, too. */
    assert_int_equal(utf16_hash(u""), 0x811C9DC5);
    assert_int_equal(utf16_hash(u"a"), 0xE40C292C);
    assert_int_equal(utf16_hash(u"foobar"), 0xBF9CF968);
}

static void numbers_are_digits_alone(void **state)
{
    (void)state;
    static const struct {
        const char16_t *text;
        bool is_good;
        uint64_t value;
    } rows[] = {
        {u"0", true, 0},
        {u"007", true, 7},
        {u"18446744073709551615", true, UINT64_MAX},
        {u"18446744073709551616", false, 0},
        {u"18446744073709551625", false, 0},
        {u"99999999999999999999", false, 0},
        {u"100000000000000000000000000000000", false, 0},
        {u"", false, 0},
        {u"+1", false, 0},
        {u"-1", false, 0},
        {u" 1", false, 0},
        {u"1 ", false, 0},
        {u"0x1", false, 0},
        {u"1.0", false, 0},
        {u"\u0661", false, 0}, /* an Arabic digit */
        {u"1/", false, 0},     /* the neighbours of the digits */
        {u"1:", false, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t value = 77;
        bool is_good = utf16_parse_u64(rows[i].text, utf16_length(rows[i].text), &value);
        if (is_good != rows[i].is_good || value != rows[i].value)
            fail_msg("row %zu: %d, %llu", i, is_good, (unsigned long long)value);
    }
    uint64_t value;
    assert_true(utf16_parse_u64(u"12x", 2, &value));
    assert_int_equal(value, 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(length_counts_code_units),
        cmocka_unit_test(length_within_looks_no_further_than_the_limit),
        cmocka_unit_test(copies_are_terminated_and_independent),
        cmocka_unit_test(copy_without_memory_is_null),
        cmocka_unit_test(equality_is_exact),
        cmocka_unit_test(only_ascii_letters_are_folded),
        cmocka_unit_test(part_is_compared_in_its_whole_length),
        cmocka_unit_test(hash_is_fnv1a),
        cmocka_unit_test(numbers_are_digits_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
