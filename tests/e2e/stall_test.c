/* Servers that fall silent: the request is given up after the time that is set, and what is missing is asked for again. */
#include "client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define SIZE 300000u

static struct origin *origin;
static IBackgroundCopyManager *manager;
static struct listener listener;

static int open_all(void **context)
{
    (void)context;
    SetEnvironmentVariableW(L"DOSVC_RETRY_BASE_MS", L"1");
    SetEnvironmentVariableW(L"DOSVC_RECEIVE_TIMEOUT_MS", L"250");
    if (!origin_start(&origin, NULL))
        return -1;
    manager = client_open(COINIT_MULTITHREADED);
    return 0;
}

static int close_all(void **context)
{
    (void)context;
    client_close(manager);
    origin_stop(origin);
    return 0;
}

/* A download to its end from a server that falls silent in its first `times` answers. */
static void run(const char *stall, unsigned times, unsigned seed)
{
    char target[160];
    listener_init(&listener);
    (void)snprintf(target, sizeof(target), "/gen/silent-%u?size=%u&seed=%u&times=%u&%s", seed, SIZE, seed, times,
                   stall);
    IBackgroundCopyJob *job = client_job(manager, &listener);
    client_add(job, origin, target, L"silent");
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    if (!listener_wait(&listener, &listener.transferred, 1))
        fail_msg("%s: not transferred", target);
    assert_hr(IBackgroundCopyJob_Complete(job), S_OK);
    IBackgroundCopyJob_Release(job);
    listener_destroy(&listener);
    assert_content(L"silent", seed, 0, SIZE);
    assert_no_temporary_file();
}

/* Beyond some 250 bytes it is the body. */
static void silence_at_any_place_of_an_answer_does_not_matter(void **context)
{
    static const unsigned places[] = {0, 1, 16, 17, 40, 80, 120, 160, 200, 240, 300, 1000, 200000, SIZE + 200};
    (void)context;
    for (unsigned i = 0; i < ARRAYSIZE(places); i++) {
        char stall[32];
        (void)snprintf(stall, sizeof(stall), "stall=%u", places[i]);
        run(stall, 1, i + 1);
    }
}

static void only_what_is_missing_is_asked_for_again(void **context)
{
    (void)context;
    origin_reset(origin);
    run("gatebody=never:200000", 1, 100);
    assert_in_range(origin_bytes_sent(origin), SIZE, SIZE + SIZE / 3);
}

static void silence_again_and_again_is_no_end(void **context)
{
    (void)context;
    run("stall=100000", 4, 101);
}

/* A body that cannot be continued would lose all its bytes: it may pause as long as the job may be without progress. */
static void a_pause_of_a_body_that_cannot_be_continued_costs_nothing(void **context)
{
    (void)context;
    origin_reset(origin);
    run("etag=none&lm=none&norange=1&trickle=100000/600", 9, 102);
    assert_in_range(origin_bytes_sent(origin), SIZE,
                    2 * SIZE + SIZE / 2); /* the second time to see that it is the same */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silence_at_any_place_of_an_answer_does_not_matter),
        cmocka_unit_test(only_what_is_missing_is_asked_for_again),
        cmocka_unit_test(silence_again_and_again_is_no_end),
        cmocka_unit_test(a_pause_of_a_body_that_cannot_be_continued_costs_nothing),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
