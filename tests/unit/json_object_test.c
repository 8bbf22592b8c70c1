/* JSON objects as clients hand them over: what is one, and what its members are. */
#include "json_object.h"

#include "utf16.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static void assert_member(const char16_t *text, const char *name, enum json_kind kind, const char16_t *expected)
{
    struct json_value value;
    assert_true(json_object_member(text, name, &value));
    assert_int_equal(value.kind, kind);
    if (kind != JSON_STRING && kind != JSON_NUMBER)
        return;
    assert_int_equal(value.length, utf16_length(expected));
    assert_memory_equal(value.text, expected, value.length * sizeof(char16_t));
}

static void members_are_found_by_name(void **state)
{
    (void)state;
    const char16_t *text = u" {\"Url\" : \"http:\\/\\/a\\\"b\\u00E4\" ,\r\n\t\"Size\":-12.5e+3, \"b\":true,\"n\":null,"
                           u"\"o\":{\"Url\":1,\"Inner\":2},\"a\":[ ],\"Empty\":\"\"} ";
    assert_member(text, "Url", JSON_STRING, u"http:\\/\\/a\\\"b\\u00E4");
    assert_member(text, "Size", JSON_NUMBER, u"-12.5e+3");
    assert_member(text, "b", JSON_OTHER, NULL);
    assert_member(text, "n", JSON_OTHER, NULL);
    assert_member(text, "o", JSON_OTHER, NULL);
    assert_member(text, "a", JSON_OTHER, NULL);
    assert_member(text, "Empty", JSON_STRING, u"");
    assert_member(text, "Inner", JSON_ABSENT, NULL);
    assert_member(text, "url", JSON_ABSENT, NULL);
    assert_member(text, "Ur", JSON_ABSENT, NULL);
    assert_member(text, "Urll", JSON_ABSENT, NULL);
    assert_member(u"{}", "a", JSON_ABSENT, NULL);
    assert_member(u"{\"a\":1,\"a\":\"2\"}", "a", JSON_STRING, u"2");
}

static void what_is_no_object_is_none(void **state)
{
    (void)state;
    static const char16_t *const texts[] = {
        u"",
        u" ",
        u"a",
        u"1",
        u"\"a\"",
        u"[]",
        u"null",
        u"{",
        u"}",
        u"{]",
        u"{}{}",
        u"{} x",
        u"{,}",
        u"{\"a\"}",
        u"{\"a\":}",
        u"{\"a\":1,}",
        u"{\"a\" 1}",
        u"{a:1}",
        u"{'a':1}",
        u"{\"a\":01}",
        u"{\"a\":1.}",
        u"{\"a\":.5}",
        u"{\"a\":+1}",
        u"{\"a\":1e}",
        u"{\"a\":-}",
        u"{\"a\":tru}",
        u"{\"a\":truex}",
        u"{\"a\":\"}",
        u"{\"a\":\"\\x\"}",
        u"{\"a\":\"\\u12G4\"}",
        u"{\"a\":\"\\u12",
        u"{\"a\":\"\\",
        u"{\"a\":\"\n\"}",
        u"{\"a\":[1,]}",
        u"{\"a\":[1 2]}",
        u"{\"a\":[}",
        u"{\"a\":[{]}",
        u"{\"a\":{\"b\":1}",
        u"{\"a",
        u"{\"a\":1 \"b\":2}",
        u"{\"a\":\u00A01}",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct json_value value = {JSON_OTHER, NULL, 1};
        if (json_object_member(texts[i], "a", &value))
            fail_msg("text %zu", i);
        assert_int_equal(value.kind, JSON_ABSENT);
    }
}

static void depth_has_a_limit(void **state)
{
    (void)state;
    char16_t text[200000];
    struct json_value value;
    for (size_t levels = 1; levels <= 100000 - 10; levels = levels < 40 ? levels + 1 : levels * 2) {
        size_t length = 0;
        memcpy(text, u"{\"a\":", 5 * sizeof(char16_t));
        length = 5;
        for (size_t i = 1; i < levels; i++)
            text[length++] = u'[';
        for (size_t i = 1; i < levels; i++)
            text[length++] = u']';
        text[length++] = levels == 1 ? u'1' : u' ';
        text[length++] = u'}';
        text[length] = 0;
        if (json_object_member(text, "a", &value) != (levels <= JSON_DEPTH_MAX))
            fail_msg("%zu levels", levels);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_found_by_name),
        cmocka_unit_test(what_is_no_object_is_none),
        cmocka_unit_test(depth_has_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
