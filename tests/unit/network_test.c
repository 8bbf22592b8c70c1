/* Watching the network list of the machine that the tests run on: it must begin, say that there is a network, and end. */
#include "network.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define LIST_LIMIT_MS 60000u /* Windows starts a service for it */

static void watching_begins_and_ends_any_number_of_times(void **context)
{
    (void)context;
    struct network *network = network_system();
    struct signal changed = {0};
    network->unwatch(network); /* nobody watches */
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(network->watch(network, &changed), S_OK);
        assert_true(network->status(network).is_connected);
        while (network->status(network).is_cost_awaited)
            assert_true(signal_wait(&changed, LIST_LIMIT_MS));
        network->unwatch(network);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(watching_begins_and_ends_any_number_of_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
