/* The table of ids and local names: with bad hashes, under load, without memory. */
#include <stdarg.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "memory_faults.h"
#include "string_table.h"
#include "utf16.h"

static uint32_t same_hash(const char16_t *key)
{
    (void)key;
    return 7;
}

/* Spreads badly: the first unit alone. */
static uint32_t first_unit(const char16_t *key)
{
    return key[0];
}

static size_t equal_calls;

static bool counting_equal(const char16_t *a, const char16_t *b)
{
    equal_calls++;
    return utf16_equal(a, b);
}

static void found_is_what_was_inserted(void **state)
{
    (void)state;
    struct string_table table;
    int one, two;
    string_table_init(&table, utf16_hash, utf16_equal);
    assert_null(string_table_find(&table, u"a"));
    assert_null(string_table_remove(&table, u"a"));
    assert_int_equal(string_table_insert(&table, u"a", &one), S_OK);
    assert_int_equal(string_table_insert(&table, u"A", &two), S_OK);
    assert_ptr_equal(string_table_find(&table, u"a"), &one);
    assert_ptr_equal(string_table_find(&table, u"A"), &two);
    assert_null(string_table_find(&table, u"b"));
    assert_null(string_table_find(&table, u""));
    assert_ptr_equal(string_table_remove(&table, u"a"), &one);
    assert_null(string_table_remove(&table, u"a"));
    assert_null(string_table_find(&table, u"a"));
    assert_ptr_equal(string_table_find(&table, u"A"), &two);
    assert_int_equal(table.count, 1);
    string_table_clear(&table);
    assert_int_equal(memory_faults_blocks(), 0);
}

static void key_that_is_there_keeps_its_value(void **state)
{
    (void)state;
    struct string_table table;
    int one, two;
    string_table_init(&table, utf16_hash, utf16_equal);
    assert_int_equal(string_table_insert(&table, u"a", &one), S_OK);
    assert_int_equal(string_table_insert(&table, u"a", &two), S_FALSE);
    assert_ptr_equal(string_table_find(&table, u"a"), &one);
    assert_int_equal(table.count, 1);
    string_table_clear(&table);
}

static void cleared_table_is_usable(void **state)
{
    (void)state;
    struct string_table table;
    int one;
    string_table_init(&table, utf16_hash, utf16_equal);
    assert_int_equal(string_table_insert(&table, u"a", &one), S_OK);
    string_table_clear(&table);
    assert_int_equal(memory_faults_blocks(), 0);
    assert_null(string_table_find(&table, u"a"));
    assert_int_equal(string_table_insert(&table, u"a", &one), S_OK);
    assert_ptr_equal(string_table_find(&table, u"a"), &one);
    string_table_clear(&table);
}

static void lack_of_memory_leaves_the_table_as_it_was(void **state)
{
    (void)state;
    static const char16_t keys[40][2] = {u"0", u"1", u"2", u"3", u"4", u"5", u"6", u"7", u"8", u"9", u"a", u"b", u"c",
                                         u"d", u"e", u"f", u"g", u"h", u"i", u"j", u"k", u"l", u"m", u"n", u"o", u"p"};
    struct string_table table;
    string_table_init(&table, utf16_hash, utf16_equal);
    size_t failures = 0;
    for (size_t i = 0; i < 26; i++) {
        memory_faults_fail(1);
        HRESULT hr = string_table_insert(&table, keys[i], (void *)keys[i]);
        memory_faults_fail(0);
        if (hr == E_OUTOFMEMORY) {
            failures++;
            assert_int_equal(table.count, i);
            assert_null(string_table_find(&table, keys[i]));
            assert_int_equal(string_table_insert(&table, keys[i], (void *)keys[i]), S_OK);
        }
        for (size_t j = 0; j <= i; j++)
            assert_ptr_equal(string_table_find(&table, keys[j]), keys[j]);
    }
    assert_in_range(failures, 2, 5); /* at first, and whenever it grew */
    string_table_clear(&table);
    assert_int_equal(memory_faults_blocks(), 0);
}

#define MODEL_KEYS  64u
#define MODEL_STEPS 20000

/* Random inserts and removals agree with an array. Bad hashes make the probes long, and run over the end of the slots. */
static void agrees_with_a_model(uint32_t (*hash)(const char16_t *key))
{
    static char16_t keys[MODEL_KEYS][3];
    bool is_there[MODEL_KEYS] = {false};
    struct string_table table;
    string_table_init(&table, hash, utf16_equal);
    for (size_t i = 0; i < MODEL_KEYS; i++) {
        keys[i][0] = (char16_t)(u'a' + i % 5);
        keys[i][1] = (char16_t)(u'a' + i / 5);
    }
    uint32_t seed = 20261124;
    size_t count = 0;
    for (size_t step = 0; step < MODEL_STEPS; step++) {
        seed = seed * 1664525u + 1013904223u;
        size_t i = (seed >> 16) % MODEL_KEYS;
        if ((seed >> 30) % 2) {
            assert_int_equal(string_table_insert(&table, keys[i], keys[i]), is_there[i] ? S_FALSE : S_OK);
            count += !is_there[i];
            is_there[i] = true;
        } else {
            assert_ptr_equal(string_table_remove(&table, keys[i]), is_there[i] ? keys[i] : NULL);
            count -= is_there[i];
            is_there[i] = false;
        }
        assert_int_equal(table.count, count);
        for (size_t j = step % 4; j < MODEL_KEYS; j += 4)
            assert_ptr_equal(string_table_find(&table, keys[j]), is_there[j] ? keys[j] : NULL);
    }
    string_table_clear(&table);
    assert_int_equal(memory_faults_blocks(), 0);
}

static void random_steps_agree_with_an_array(void **state)
{
    (void)state;
    agrees_with_a_model(utf16_hash);
    agrees_with_a_model(first_unit);
    agrees_with_a_model(same_hash);
}

#define MANY 100000u

/* Comparisons count the work: in all about one a look-up, and none for what is not there. */
static void look_ups_take_constant_time(void **state)
{
    (void)state;
    static const char16_t form[] = u"C:\\directory\\file";
    const size_t form_length = utf16_length(form);
    const size_t room = sizeof(form) / sizeof(form[0]) + 6;
    char16_t *keys = calloc(MANY, room * sizeof(*keys));
    assert_non_null(keys);
    struct string_table table;
    string_table_init(&table, utf16_hash, counting_equal);
    for (size_t i = 0; i < MANY; i++) {
        char16_t *key = keys + i * room;
        memcpy(key, form, sizeof(form));
        for (size_t digit = 0, rest = i; digit < 6; digit++, rest /= 10)
            key[form_length + 5 - digit] = (char16_t)(u'0' + rest % 10);
        assert_int_equal(string_table_insert(&table, key, key), S_OK);
    }
    assert_in_range(equal_calls, 0, MANY);
    equal_calls = 0;
    for (size_t i = 0; i < MANY; i++)
        assert_ptr_equal(string_table_find(&table, keys + i * room), keys + i * room);
    assert_in_range(equal_calls, MANY, MANY + MANY / 100);
    for (size_t i = 0; i < MANY; i += 2)
        assert_ptr_equal(string_table_remove(&table, keys + i * room), keys + i * room);
    equal_calls = 0;
    for (size_t i = 0; i < MANY; i++)
        assert_ptr_equal(string_table_find(&table, keys + i * room), i % 2 ? keys + i * room : NULL);
    assert_in_range(equal_calls, MANY / 2, MANY / 2 + MANY / 100);
    assert_int_equal(table.count, MANY / 2);
    string_table_clear(&table);
    free(keys);
    assert_int_equal(memory_faults_blocks(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(found_is_what_was_inserted),       cmocka_unit_test(key_that_is_there_keeps_its_value),
        cmocka_unit_test(cleared_table_is_usable),          cmocka_unit_test(lack_of_memory_leaves_the_table_as_it_was),
        cmocka_unit_test(random_steps_agree_with_an_array), cmocka_unit_test(look_ups_take_constant_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
