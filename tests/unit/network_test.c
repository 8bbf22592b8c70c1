/* Watching the network list of the machine that the tests run on: it must begin, say that there is a network, and end. */
#include "network.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void watching_begins_and_ends_any_number_of_times(void **context)
{
    (void)context;
    struct network *network = network_system();
    struct signal changed;
    assert_int_equal(signal_init(&changed), S_OK);
    network->unwatch(network); /* nobody watches */
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(network->watch(network, &changed), S_OK);
        assert_true(network->status(network).is_connected);
        network->unwatch(network);
    }
    signal_destroy(&changed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(watching_begins_and_ends_any_number_of_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
