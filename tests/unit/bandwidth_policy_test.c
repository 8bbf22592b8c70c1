/* The bandwidth that a policy leaves, hour by hour. */
#include "bandwidth_policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void nothing_set_limits_nothing(void **context)
{
    (void)context;
    struct bandwidth_policy policy = {0};
    for (uint32_t hour = 0; hour < 24; hour++)
        assert_int_equal(bandwidth_policy_rate(&policy, hour, 1000000), 0);
}

static void a_most_holds_at_every_hour(void **context)
{
    (void)context;
    struct bandwidth_policy policy = {.most_kbps = 500};
    assert_int_equal(bandwidth_policy_rate(&policy, 0, 0), 512000);
    assert_int_equal(bandwidth_policy_rate(&policy, 23, 1), 512000);
}

static void business_hours_have_their_part(void **context)
{
    (void)context;
    struct bandwidth_policy policy = {.from = 8, .to = 17, .percent_in = 10, .percent_out = 50};
    assert_int_equal(bandwidth_policy_rate(&policy, 7, 1000000), 500000);
    assert_int_equal(bandwidth_policy_rate(&policy, 8, 1000000), 100000);
    assert_int_equal(bandwidth_policy_rate(&policy, 16, 1000000), 100000);
    assert_int_equal(bandwidth_policy_rate(&policy, 17, 1000000), 500000);
    assert_int_equal(bandwidth_policy_rate(&policy, 8, 0), 0); /* not known of what */
    assert_int_equal(bandwidth_policy_rate(&policy, 8, 3), 1); /* never nothing at all */
}

static void business_hours_may_go_over_midnight(void **context)
{
    (void)context;
    struct bandwidth_policy policy = {.from = 22, .to = 6, .percent_in = 20};
    assert_int_equal(bandwidth_policy_rate(&policy, 21, 1000), 0);
    assert_int_equal(bandwidth_policy_rate(&policy, 22, 1000), 200);
    assert_int_equal(bandwidth_policy_rate(&policy, 0, 1000), 200);
    assert_int_equal(bandwidth_policy_rate(&policy, 5, 1000), 200);
    assert_int_equal(bandwidth_policy_rate(&policy, 6, 1000), 0);
}

static void a_part_of_a_most_is_a_part_of_that(void **context)
{
    (void)context;
    struct bandwidth_policy policy = {.most_kbps = 100, .from = 0, .to = 12, .percent_in = 25, .percent_out = 100};
    assert_int_equal(bandwidth_policy_rate(&policy, 3, 999), 25600);
    assert_int_equal(bandwidth_policy_rate(&policy, 12, 999), 102400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_set_limits_nothing),         cmocka_unit_test(a_most_holds_at_every_hour),
        cmocka_unit_test(business_hours_have_their_part),     cmocka_unit_test(business_hours_may_go_over_midnight),
        cmocka_unit_test(a_part_of_a_most_is_a_part_of_that),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
