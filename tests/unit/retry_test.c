/* How long to wait before trying again. */
#include <stdarg.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "retry.h"

#define MIDDLE 0x80000000u

static const struct retry_policy classic = {1000, 60000};

static void delay_doubles_up_to_the_longest(void **state)
{
    (void)state;
    static const uint64_t expected[] = {1000, 2000, 4000, 8000, 16000, 32000};
    for (uint32_t attempt = 0; attempt < 6; attempt++)
        assert_int_equal(retry_delay_ms(&classic, attempt, 0, MIDDLE), expected[attempt]);
    /* From here on between three quarters of 60 s and 60 s. */
    assert_int_equal(retry_delay_ms(&classic, 6, 0, 0), 45000);
    assert_int_equal(retry_delay_ms(&classic, 6, 0, UINT32_MAX), 60000);
    assert_int_equal(retry_delay_ms(&classic, 7, 0, UINT32_MAX), 60000);
}

static void jitter_is_a_quarter_up_or_down(void **state)
{
    (void)state;
    assert_int_equal(retry_delay_ms(&classic, 0, 0, 0), 750);
    assert_int_equal(retry_delay_ms(&classic, 0, 0, UINT32_MAX), 1250);
    assert_int_equal(retry_delay_ms(&classic, 3, 0, 0), 6000);
    assert_int_equal(retry_delay_ms(&classic, 3, 0, UINT32_MAX), 10000);
    assert_in_range(retry_delay_ms(&classic, 0, 0, MIDDLE / 2), 874, 876);
}

static void longest_wait_is_never_exceeded(void **state)
{
    (void)state;
    static const struct retry_policy tight = {1000, 1100};
    assert_int_equal(retry_delay_ms(&tight, 0, 0, UINT32_MAX), 1100);
    assert_int_equal(retry_delay_ms(&tight, 0, 0, 0), 750);
    static const struct retry_policy turned = {5000, 100};
    assert_int_equal(retry_delay_ms(&turned, 0, 0, UINT32_MAX), 100);
}

static void server_sets_the_least_up_to_an_hour(void **state)
{
    (void)state;
    assert_int_equal(retry_delay_ms(&classic, 0, 751, 0), 751);
    assert_int_equal(retry_delay_ms(&classic, 0, 749, 0), 750);
    assert_int_equal(retry_delay_ms(&classic, 0, 120000, 0), 120000);
    assert_int_equal(retry_delay_ms(&classic, 0, 3600000, 0), 3600000);
    assert_int_equal(retry_delay_ms(&classic, 0, 3600001, 0), 3600000);
    assert_int_equal(retry_delay_ms(&classic, 0, UINT64_MAX, 0), 3600000);
}

static void nobody_comes_earlier_than_asked_and_not_all_at_once(void **state)
{
    (void)state;
    assert_in_range(retry_delay_ms(&classic, 0, 120000, MIDDLE), 134999, 135001);
    assert_int_equal(retry_delay_ms(&classic, 0, 120000, UINT32_MAX), 150000);
    assert_int_equal(retry_delay_ms(&classic, 0, 3000000, UINT32_MAX), 3600000); /* no more than an hour in all */
    assert_int_equal(retry_delay_ms(&classic, 0, UINT64_MAX, UINT32_MAX), 3600000);
}

static void extremes_do_not_overflow(void **state)
{
    (void)state;
    static const struct retry_policy largest = {UINT32_MAX, UINT32_MAX};
    static const struct retry_policy steep = {1, UINT32_MAX};
    assert_int_equal(retry_delay_ms(&largest, 0, 0, UINT32_MAX), UINT32_MAX);
    assert_int_equal(retry_delay_ms(&largest, UINT32_MAX, 0, UINT32_MAX), UINT32_MAX);
    assert_int_equal(retry_delay_ms(&classic, UINT32_MAX, 0, UINT32_MAX), 60000);
    assert_int_equal(retry_delay_ms(&classic, 31, 0, UINT32_MAX), 60000);
    assert_int_equal(retry_delay_ms(&classic, 32, 0, UINT32_MAX), 60000);
    assert_int_equal(retry_delay_ms(&classic, 61, 0, UINT32_MAX), 60000); /* 1000 << 61 would be 0 */
    assert_int_equal(retry_delay_ms(&classic, 64, 0, UINT32_MAX), 60000);
    assert_int_equal(retry_delay_ms(&steep, 30, 0, 0), 805306368);
    assert_int_equal(retry_delay_ms(&steep, 32, 0, UINT32_MAX), UINT32_MAX);
}

static void delay_is_never_nothing(void **state)
{
    (void)state;
    static const struct retry_policy none = {0, 0};
    static const struct retry_policy one = {1, 1};
    assert_int_equal(retry_delay_ms(&none, 0, 0, 0), 1);
    assert_int_equal(retry_delay_ms(&none, UINT32_MAX, 0, UINT32_MAX), 1);
    assert_int_equal(retry_delay_ms(&one, 0, 0, 0), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delay_doubles_up_to_the_longest),
        cmocka_unit_test(jitter_is_a_quarter_up_or_down),
        cmocka_unit_test(longest_wait_is_never_exceeded),
        cmocka_unit_test(server_sets_the_least_up_to_an_hour),
        cmocka_unit_test(nobody_comes_earlier_than_asked_and_not_all_at_once),
        cmocka_unit_test(extremes_do_not_overflow),
        cmocka_unit_test(delay_is_never_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
