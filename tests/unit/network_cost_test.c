/* What Windows says of a network, as the job's cost policy counts it. */
#include "network.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void costs_have_their_bits(void **context)
{
    /* "NLM_CONNECTION_COST enumeration" and "BITS_JOB_TRANSFER_POLICY" on learn.microsoft.com */
    static const struct {
        uint32_t nlm, bits;
    } rows[] = {
        {0, 0},                                            /* unknown */
        {0x1, 0x01},                                       /* unrestricted */
        {0x20001, 0x01},                                   /* unrestricted, congested */
        {0x2, 0x02},                                       /* fixed plan */
        {0x80002, 0x08},                                   /* fixed, approaching its limit */
        {0x10002, 0x10},                                   /* fixed, over its limit */
        {0x30002, 0x20},                                   /* fixed, over its limit and slowed down */
        {0x4, 0x40},                                       /* variable */
        {0x10004, 0x40},                                   /* variable, over its limit */
        {0x40001, 0x81}, {0x40004, 0xC0}, {0x40002, 0x82}, /* roaming */
        {0x40000, 0x80},
    };
    (void)context;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(network_cost_of(rows[i].nlm), rows[i].bits);
}

static void connected_is_where_bytes_can_go(void **context)
{
    (void)context;
    assert_false(network_is_connected_by(0));
    assert_false(network_is_connected_by(0x1)); /* no IPv4 traffic */
    assert_false(network_is_connected_by(0x3));
    assert_true(network_is_connected_by(0x10));  /* IPv4 subnet */
    assert_true(network_is_connected_by(0x42));  /* IPv4 to the internet, no IPv6 traffic */
    assert_true(network_is_connected_by(0x400)); /* IPv6 to the internet */
}

static void each_connection_is_counted(void **context)
{
    (void)context;
    struct network_status status = {.is_connected = true, .cost = NETWORK_COST_CAPPED};
    network_note_connected(&status, true);
    assert_int_equal(status.connections, 1);
    network_note_connected(&status, false);
    assert_false(status.is_connected);
    assert_int_equal(status.connections, 1);
    network_note_connected(&status, true);
    assert_true(status.is_connected);
    assert_int_equal(status.connections, 2);
    assert_int_equal(status.cost, NETWORK_COST_CAPPED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(costs_have_their_bits),
        cmocka_unit_test(connected_is_where_bytes_can_go),
        cmocka_unit_test(each_connection_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
