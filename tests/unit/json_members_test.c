/* JSON objects as clients hand them over: which members they must have. */
#include "json_members.h"

#include "memory_faults.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define LIMIT           200000
#define DEPTH_MAX       32
#define OUT_OF_MEMORY   ((HRESULT)0x8007000E)

static const struct json_rule rules[] = {{"Url", JSON_STRING}, {"Size", JSON_NUMBER}};

static HRESULT check(const char16_t *text)
{
    HRESULT hr = json_check_members(text, LIMIT, rules, COUNT_OF(rules));
    assert_int_equal(memory_faults_blocks(), 0);
    return hr;
}

static void an_object_with_all_members_is_taken(void **state)
{
    (void)state;
    static const char16_t *const texts[] = {
        u"{\"Url\":\"u\",\"Size\":0}",
        u" {\"Size\" : -12.5e+3 ,\r\n\t\"Url\":\"http:\\/\\/a\\\"b\\u00E4\", \"b\":true,\"n\":null } ",
        u"{\"o\":{\"Url\":1},\"a\":[ ],\"Size\":1,\"Url\":\"u\"}",
        u"{\"\\u0055rl\":\"\u00E4\U0001F600\",\"Size\":1}",
        u"{\"Url\":\"u\",\"Size\":1,\"Url\":2}", /* the first of a name counts */
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        if (check(texts[i]) != S_OK)
            fail_msg("text %zu", i);
    }
}

static void every_rule_counts(void **state)
{
    (void)state;
    static const char16_t *const texts[] = {
        u"{}",
        u"{\"Url\":\"u\"}",
        u"{\"Size\":1}",
        u"{\"url\":\"u\",\"Size\":1}",
        u"{\"Url\":\"\",\"Size\":1}",
        u"{\"Url\":1,\"Size\":1}",
        u"{\"Url\":null,\"Size\":1}",
        u"{\"Url\":[\"u\"],\"Size\":1}",
        u"{\"Url\":\"u\",\"Size\":\"1\"}",
        u"{\"Url\":\"u\",\"Size\":true}",
        u"{\"o\":{\"Url\":\"u\",\"Size\":1}}",
        u"{\"Url\":\"u\",\"Url\":\"v\",\"Sizes\":1}",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        if (check(texts[i]) != E_INVALIDARG)
            fail_msg("text %zu", i);
    }
}

/* Each would be taken without its fault. */
static void what_is_no_object_is_refused(void **state)
{
    (void)state;
    static const char16_t *const texts[] = {
        u"",
        u" ",
        u"a",
        u"[]",
        u"null",
        u"[{\"Url\":\"u\",\"Size\":1}]",
        u"{\"Url\":\"u\",\"Size\":1",
        u"{\"Url\":\"u\",\"Size\":1]",
        u"{\"Url\":\"u\",\"Size\":1}{}",
        u"{\"Url\":\"u\",\"Size\":1} x",
        u"{\"Url\":\"u\",\"Size\":1,}",
        u"{\"Url\":\"u\" \"Size\":1}",
        u"{\"Url\" \"u\",\"Size\":1}",
        u"{Url:\"u\",\"Size\":1}",
        u"{'Url':\"u\",\"Size\":1}",
        u"{\"Url\":\"u\",\"Size\":+1}",
        u"{\"Url\":\"u\",\"Size\":-}",
        u"{\"Url\":\"u\",\"Size\":1,\"b\":tru}",
        u"{\"Url\":\"\\x\",\"Size\":1}",
        u"{\"Url\":\"\\u12G4\",\"Size\":1}",
        u"{\"Url\":\"\\uD800\",\"Size\":1}",
        u"{\"Size\":1,\"Url\":\"\\u12",
        u"{\"Size\":1,\"Url\":\"\\",
        u"{\"Url\":\"u\",\"Size\":1,\"a\":[1 2]}",
        u"{\"Url\":\"u\",\"Size\":1,\"a\":[{]}",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        if (check(texts[i]) != E_INVALIDARG)
            fail_msg("text %zu", i);
    }
    char16_t broken[] = u"{\"Url\":\"?\",\"Size\":1}";
    broken[8] = 0xD800; /* half a surrogate pair */
    assert_int_equal(check(broken), E_INVALIDARG);
}

/* One object with so many arrays in one another. */
static const char16_t *deep_text(size_t levels)
{
    static const char16_t head[] = u"{\"Url\":\"u\",\"Size\":1,\"a\":";
    static char16_t text[LIMIT + 1];
    size_t length = COUNT_OF(head) - 1;
    memcpy(text, head, sizeof(head));
    for (size_t i = 1; i < levels; i++)
        text[length++] = u'[';
    text[length++] = u'1';
    for (size_t i = 1; i < levels; i++)
        text[length++] = u']';
    text[length++] = u'}';
    text[length] = 0;
    return text;
}

static void depth_and_length_have_limits(void **state)
{
    (void)state;
    for (size_t levels = 1; levels < LIMIT / 2 - 100; levels = levels < 40 ? levels + 1 : levels * 2) {
        if (check(deep_text(levels)) != (levels <= DEPTH_MAX ? S_OK : E_INVALIDARG))
            fail_msg("%zu levels", levels);
    }
    static const char16_t text[] = u"{\"Url\":\"u\",\"Size\":1}";
    assert_int_equal(json_check_members(text, COUNT_OF(text) - 1, rules, COUNT_OF(rules)), S_OK);
    assert_int_equal(json_check_members(text, COUNT_OF(text) - 2, rules, COUNT_OF(rules)), E_INVALIDARG);
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    size_t failed = 0;
    for (size_t number = 1;; number++, failed++) {
        memory_faults_fail(number);
        HRESULT hr = check(u"{\"Url\":\"u\",\"Size\":1,\"a\":[1]}");
        if (memory_faults_pending())
            break;
        assert_int_equal(hr, OUT_OF_MEMORY);
    }
    memory_faults_fail(0);
    print_message("%u allocations failed\n", (unsigned)failed);
    assert_true(failed >= 10); /* one of the copy in UTF-8, the items and what they hold */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_object_with_all_members_is_taken),
        cmocka_unit_test(every_rule_counts),
        cmocka_unit_test(what_is_no_object_is_refused),
        cmocka_unit_test(depth_and_length_have_limits),
        cmocka_unit_test(each_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
