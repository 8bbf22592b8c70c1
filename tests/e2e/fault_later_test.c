/* Faults that strike not the first answer but one that continues a file: one that broke off, or one that is fetched in segments side by side. */
#include "fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Adds to each row's query what makes it strike later. */
static void run_later(const char *when, const struct fault *rows, size_t count, unsigned size)
{
    for (size_t i = 0; i < count; i++) {
        char query[256];
        struct fault fault = rows[i];
        (void)snprintf(query, sizeof(query), "%s&%s", when, rows[i].query);
        fault.query = query;
        fault_run(&fault, size);
    }
}

/* Each is an answer to a later request that does not fit what is there. */
#define FAULTS_OF_ONE_ANSWER                                                                                           \
    ROW("times=1&cr=missing", RIGHT), ROW("times=1&cr=wrong", RIGHT), ROW("times=1&cr=shifted", RIGHT),                \
        ROW("times=1&cr=garbage", RIGHT), ROW("times=1&cr=total", RIGHT), ROW("times=1&cr=unknown", RIGHT),            \
        ROW("times=1&cr=narrower", RIGHT), ROW("times=1&multipart=1", RIGHT), ROW("times=1&norange=1", RIGHT),         \
        ROW("times=1&norange=1&chunked=1", RIGHT), ROW("times=1&norange=1&nolength=1", RIGHT),                         \
        ROW("times=1&chunked=1", RIGHT), ROW("times=1&nolength=1", RIGHT), ROW("times=1&shorter=100", RIGHT),          \
        ROW("times=1&longer=100", RIGHT), ROW("times=1&status=416", RIGHT), ROW("times=1&status=503", RIGHT),          \
        ROW("times=1&clen=lie:500", RIGHT), ROW("times=1&clen=lie:90000000", RIGHT),                                   \
        ROW("times=1&clen=duplicate", RIGHT), ROW("times=1&clen=negative", RIGHT), ROW("times=1&clen=garbage", RIGHT), \
        ROW("times=1&gzip=1", WRONG_LENGTH), ROW("times=1&status=404", HTTP(404)), ROW("times=1&status=204", RIGHT)

static void what_continues_a_broken_body_is_what_was_asked_for(void **context)
{
    static const struct fault faults[] = {
        FAULTS_OF_ONE_ANSWER,
        {"etagchange=2", RIGHT, 0, 1},
        {"etagchange=2&etag=none", RIGHT, 0, 1},
        {"etagchange=2&times=1&norange=1", RIGHT, 0, 1},
        {"etagchange=2&noifrange=1", RIGHT, 0, 1},
        {"etagchange=2&noifrange=1&etag=none", RIGHT, 0, 1},
        {"sizechange=2:90000", RIGHT, 90000, 0},
        {"sizechange=2:40000", RIGHT, 40000, 0},
    };
    /* From then on always: a named error, or the file all the same. */
    static const struct fault for_good[] = {
        ROW("cr=missing", NO_RANGES),      ROW("cr=wrong", NO_RANGES),        ROW("cr=shifted", NO_RANGES),
        ROW("cr=garbage", NO_RANGES),      ROW("cr=unknown", RIGHT),          ROW("cr=narrower", RIGHT),
        ROW("multipart=1", NO_RANGES),     ROW("norange=1", RIGHT),           ROW("status=416", HTTP(416)),
        ROW("clen=lie:500", WRONG_LENGTH), ROW("clen=garbage", WRONG_LENGTH), ROW("longer=100", RIGHT),
    };
    (void)context;
    run_later("dropbody=50000&drops=1&from=2", faults, ARRAYSIZE(faults), 100000);
    run_later("dropbody=50000&drops=1&from=2", for_good, ARRAYSIZE(for_good), 100000);
}

/* 16 MiB each, the second and the third at the same time. */
static void each_of_several_segments_is_what_was_asked_for(void **context)
{
    static const struct fault faults[] = {
        FAULTS_OF_ONE_ANSWER,
        {"etagchange=2", RIGHT, 0, 1},
        {"etagchange=3", RIGHT, 0, 1},
        {"etagchange=2&noifrange=1", RIGHT, 0, 1},
        {"etagchange=3&noifrange=1&etag=none", RIGHT, 0, 1},
        ROW("times=1&cr=wider", RIGHT),
        ROW("cr=missing", NO_RANGES),
        ROW("cr=wider", NO_RANGES),
        ROW("cr=narrower", RIGHT),
        ROW("norange=1", RIGHT),
        ROW("status=416", HTTP(416)),
    };
    (void)context;
    run_later("from=2", faults, ARRAYSIZE(faults), 34000000);
}

static void a_range_that_is_wider_than_asked_never_counts(void **context)
{
    static const struct fault faults[] = {
        ROW("cr=wider&times=1", RIGHT),
        ROW("cr=wider", NO_RANGES),
        ROW("cr=narrower", RIGHT),
    };
    (void)context;
    fault_run_all(faults, ARRAYSIZE(faults), 17000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_continues_a_broken_body_is_what_was_asked_for),
        cmocka_unit_test(each_of_several_segments_is_what_was_asked_for),
        cmocka_unit_test(a_range_that_is_wider_than_asked_never_counts),
    };
    return cmocka_run_group_tests(tests, fault_open, fault_close);
}
