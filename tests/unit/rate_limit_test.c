/* What a limit lets go, by hand. */
#include "rate_limit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void no_limit_lets_everything_go(void **context)
{
    (void)context;
    struct rate_limit limit = {0};
    assert_int_equal(rate_limit_take(&limit, 0, 65536), 65536);
    rate_limit_give_back(&limit, 10);
    assert_int_equal(rate_limit_take(&limit, 0, UINT64_MAX), UINT64_MAX);
}

static void a_limit_gives_its_rate(void **context)
{
    (void)context;
    struct rate_limit limit = {0};
    rate_limit_set(&limit, 100000, 1000);
    assert_int_equal(rate_limit_take(&limit, 1000, 65536), 0);
    assert_int_equal(rate_limit_take(&limit, 1040, 65536), 0);    /* 4,000 bytes: not worth a read */
    assert_int_equal(rate_limit_take(&limit, 1041, 65536), 4100); /* 4,100 are */
    assert_int_equal(rate_limit_take(&limit, 1041, 65536), 0);
    assert_int_equal(rate_limit_take(&limit, 1141, 5000), 5000); /* of 10,000 */
    assert_int_equal(rate_limit_take(&limit, 1141, 5000), 5000);
    assert_int_equal(rate_limit_take(&limit, 1141, 1), 0);
}

static void what_piles_up_is_a_quarter_of_a_second(void **context)
{
    (void)context;
    struct rate_limit limit = {0};
    rate_limit_set(&limit, 100000, 0);
    assert_int_equal(rate_limit_take(&limit, 999, 65536), 25000);
    assert_int_equal(rate_limit_take(&limit, UINT64_MAX, 65536), 25000);
    rate_limit_give_back(&limit, 65536);
    assert_int_equal(rate_limit_take(&limit, UINT64_MAX, 65536), 25000);
}

static void over_a_minute_the_sum_is_the_rate(void **context)
{
    (void)context;
    static const uint64_t rates[] = {1, 7, 1024, 33333, 1000000, 123456789};
    for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
        struct rate_limit limit = {0};
        uint64_t sum = 0;
        rate_limit_set(&limit, rates[i], 0);
        for (uint64_t now = 0; now <= 60000; now += 3)
            for (uint64_t taken; (taken = rate_limit_take(&limit, now, 65536)) > 0;)
                sum += taken;
        assert_in_range(sum, rates[i] * 60 - rates[i] / 4 - rates[i] / 100 - 1, rates[i] * 60);
    }
}

static void unused_bytes_can_be_given_back(void **context)
{
    (void)context;
    struct rate_limit limit = {0};
    rate_limit_set(&limit, 100000, 0);
    assert_int_equal(rate_limit_take(&limit, 200, 65536), 20000);
    rate_limit_give_back(&limit, 15000);
    assert_int_equal(rate_limit_take(&limit, 200, 65536), 15000);
}

static void a_limit_that_changes_keeps_what_was_available(void **context)
{
    (void)context;
    struct rate_limit limit = {0};
    rate_limit_set(&limit, 100000, 0);
    rate_limit_set(&limit, 40000, 200); /* 20,000 were there; at most 10,000 are now */
    assert_int_equal(rate_limit_take(&limit, 200, 65536), 10000);
    rate_limit_set(&limit, 0, 200);
    assert_int_equal(rate_limit_take(&limit, 200, 65536), 65536);
}

static void time_that_stands_or_goes_back_brings_nothing(void **context)
{
    (void)context;
    struct rate_limit limit = {0};
    rate_limit_set(&limit, 100000, 5000);
    assert_int_equal(rate_limit_take(&limit, 4000, 65536), 0);
    assert_int_equal(rate_limit_take(&limit, 5100, 65536), 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_limit_lets_everything_go),
        cmocka_unit_test(a_limit_gives_its_rate),
        cmocka_unit_test(what_piles_up_is_a_quarter_of_a_second),
        cmocka_unit_test(over_a_minute_the_sum_is_the_rate),
        cmocka_unit_test(unused_bytes_can_be_given_back),
        cmocka_unit_test(a_limit_that_changes_keeps_what_was_available),
        cmocka_unit_test(time_that_stands_or_goes_back_brings_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
