/* Sets of properties: what altering gives, that the old set stays, and that no memory is lost. */
#include "memory_faults.h"
#include "property_set.h"

#include "memory.h"
#include "utf16.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct property_set *altered(const struct property_set *set, const struct property_value *values, size_t count)
{
    struct property_set *made;
    assert_int_equal(property_set_alter(set, values, count, &made), S_OK);
    return made;
}

static void an_empty_set_has_the_presets(void **state)
{
    (void)state;
    assert_null(property_set_find(NULL, PROPERTY_PROXY_LIST));
    assert_null(property_set_text(NULL, PROPERTY_PROXY_LIST));
    assert_int_equal(property_set_number(NULL, PROPERTY_MINIMUM_RETRY_DELAY), 600);
    assert_int_equal(property_set_number(NULL, PROPERTY_MAXIMUM_DOWNLOAD_TIME), 7776000);
    assert_true(property_set_number(NULL, PROPERTY_COST_FLAGS) == 0x800000FF);
    assert_true(property_set_number(NULL, PROPERTY_MAX_DOWNLOAD_SIZE) == UINT64_MAX);
    assert_null(altered(NULL, NULL, 0));
}

static void values_are_copied_and_sorted(void **state)
{
    (void)state;
    char16_t list[] = u"proxy:80";
    uint8_t delay[4] = {7, 0, 0, 0};
    const struct property_value values[] = {
        property_of_bytes(PROPERTY_DYNAMIC_CONTENT, "\1", 1), property_of_text(PROPERTY_PROXY_LIST, list),
        property_of_text(PROPERTY_PROXY_BYPASS, u""), property_of_bytes(PROPERTY_MINIMUM_RETRY_DELAY, delay, 4)};
    struct property_set *set = altered(NULL, values, 4);
    list[0] = u'X';
    delay[0] = 9;
    assert_int_equal(set->count, 4);
    for (size_t i = 1; i < set->count; i++)
        assert_true(set->values[i - 1].id < set->values[i].id);
    assert_true(utf16_equal(property_set_text(set, PROPERTY_PROXY_LIST), u"proxy:80"));
    assert_true(utf16_equal(property_set_text(set, PROPERTY_PROXY_BYPASS), u""));
    assert_int_equal(property_set_number(set, PROPERTY_MINIMUM_RETRY_DELAY), 7);
    assert_int_equal(property_set_number(set, PROPERTY_DYNAMIC_CONTENT), 1);
    assert_null(property_set_find(set, PROPERTY_SERVER_BASIC));
    mem_free(set);
    assert_int_equal(memory_faults_blocks(), 0);
}

static void a_set_stays_as_it_was_when_it_is_altered(void **state)
{
    (void)state;
    const struct property_value first[] = {property_of_text(PROPERTY_PROXY_LIST, u"a"),
                                           property_of_text(PROPERTY_PROXY_BYPASS, u"b")};
    const struct property_value second[] = {property_removed(PROPERTY_PROXY_LIST),
                                            property_of_text(PROPERTY_PROXY_BYPASS, u"longer than before"),
                                            property_removed(PROPERTY_CUSTOM_HEADERS)};
    struct property_set *before = altered(NULL, first, 2);
    struct property_set *after = altered(before, second, 3);
    assert_true(utf16_equal(property_set_text(before, PROPERTY_PROXY_LIST), u"a"));
    assert_true(utf16_equal(property_set_text(before, PROPERTY_PROXY_BYPASS), u"b"));
    assert_int_equal(after->count, 1);
    assert_true(utf16_equal(property_set_text(after, PROPERTY_PROXY_BYPASS), u"longer than before"));
    const struct property_value last[] = {property_removed(PROPERTY_PROXY_BYPASS)};
    assert_null(altered(after, last, 1));
    mem_free(before);
    mem_free(after);
    assert_int_equal(memory_faults_blocks(), 0);
}

static void the_last_value_of_an_id_counts(void **state)
{
    (void)state;
    const struct property_value values[] = {property_of_text(PROPERTY_PROXY_LIST, u"a"),
                                            property_removed(PROPERTY_PROXY_LIST),
                                            property_of_text(PROPERTY_PROXY_LIST, u"c")};
    struct property_set *set = altered(NULL, values, 3);
    assert_true(utf16_equal(property_set_text(set, PROPERTY_PROXY_LIST), u"c"));
    mem_free(set);
}

static void without_memory_nothing_is_altered(void **state)
{
    (void)state;
    const struct property_value values[] = {property_of_text(PROPERTY_PROXY_LIST, u"a")};
    struct property_set *set = altered(NULL, values, 1);
    struct property_set *made = set;
    memory_faults_fail(1);
    assert_int_equal(property_set_alter(set, values, 1, &made), E_OUTOFMEMORY);
    assert_null(made);
    assert_true(utf16_equal(property_set_text(set, PROPERTY_PROXY_LIST), u"a"));
    mem_free(set);
    assert_int_equal(memory_faults_blocks(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_set_has_the_presets),
        cmocka_unit_test(values_are_copied_and_sorted),
        cmocka_unit_test(a_set_stays_as_it_was_when_it_is_altered),
        cmocka_unit_test(the_last_value_of_an_id_counts),
        cmocka_unit_test(without_memory_nothing_is_altered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
