/* Bandwidth: what all transfers of a class take together. */
#include "engine_fixture.h"

#include <windows.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define KB 1024ull

static struct engine_fixture fx;

static int open_fixture(void **context)
{
    (void)context;
    fixture_open(&fx);
    return 0;
}

static int close_fixture(void **context)
{
    (void)context;
    fixture_close(&fx);
    return 0;
}

static struct job *running_job(const char16_t *name, uint64_t size, enum job_priority priority)
{
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, memory_http_add(&fx.http, name, size, 1), name);
    assert_int_equal(job_set_priority(job, priority), S_OK);
    assert_int_equal(job_resume(job), S_OK);
    (void)engine_step(fx.engine);
    return job;
}

static void cancel(struct job *job)
{
    assert_int_equal(job_cancel(job), S_OK);
    job_release(job);
}

static uint64_t bytes_of(struct job *job)
{
    return job_progress(job).bytes_transferred;
}

/* The clock goes on until all jobs together have so many bytes; they never have more than the time that went by may bring. */
struct flow {
    struct job *jobs[4];
    unsigned count;
    uint64_t start, rate, wanted;
};

static bool has_flowed(void *context)
{
    struct flow *flow = context;
    uint64_t elapsed = fx.clock.milliseconds - flow->start;
    uint64_t sum = 0;
    for (unsigned i = 0; i < flow->count; i++)
        sum += bytes_of(flow->jobs[i]);
    assert_true(sum <= flow->rate * elapsed / 1000);
    fake_clock_advance(&fx.clock, 50);
    return sum >= flow->wanted;
}

static void a_limit_holds_for_all_jobs_together(void **context)
{
    (void)context;
    static const char16_t *const names[] = {u"a", u"b", u"c", u"d"};
    struct flow flow = {.count = 4, .start = fx.clock.milliseconds, .rate = 400 * KB, .wanted = 800 * KB};
    fx.settings.background.most_kbps = 400;
    for (unsigned i = 0; i < 4; i++)
        flow.jobs[i] = running_job(names[i], 1000 * KB, JOB_NORMAL);
    fixture_until(&fx, has_flowed, &flow, "800 KB");
    for (unsigned i = 0; i < 4; i++)
        cancel(flow.jobs[i]);
}

static void the_foreground_obeys_its_own_limit_alone(void **context)
{
    (void)context;
    fx.settings.background.most_kbps = 1;
    struct job *background = running_job(u"background", 1000 * KB, JOB_HIGH);
    struct job *foreground = running_job(u"foreground", 1000 * KB, JOB_FOREGROUND);
    fixture_until_state(&fx, foreground, JOB_TRANSFERRED);
    assert_int_equal(bytes_of(background), 0);
    cancel(background);
    cancel(foreground);
}

static void the_foreground_can_be_limited(void **context)
{
    (void)context;
    fx.settings.foreground.most_kbps = 1;
    struct job *foreground = running_job(u"foreground", 1000 * KB, JOB_FOREGROUND);
    struct job *background = running_job(u"background", 1000 * KB, JOB_LOW);
    fixture_until_state(&fx, background, JOB_TRANSFERRED);
    assert_int_equal(bytes_of(foreground), 0);
    cancel(background);
    cancel(foreground);
}

static uint32_t policy_kbps;

static HRESULT load_policy(struct settings *settings)
{
    settings->background.most_kbps = policy_kbps;
    return S_OK;
}

static void a_policy_that_changes_counts_within_a_minute(void **context)
{
    (void)context;
    fixture_stop(&fx);
    fx.load_bandwidth = load_policy;
    fixture_start(&fx);
    fx.settings.background.most_kbps = policy_kbps = 1;
    struct job *job = running_job(u"file", 1000 * KB, JOB_NORMAL);
    fixture_until_state(&fx, job, JOB_TRANSFERRING);
    policy_kbps = 0;
    fixture_advance(&fx, 59000);
    assert_int_equal(fx.settings.background.most_kbps, 1);
    assert_int_equal(job_state(job), JOB_TRANSFERRING);
    fixture_advance(&fx, 1000);
    fixture_advance(&fx, 1000); /* the limit is looked at once a second */
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    cancel(job);
}

static void another_priority_counts_for_what_is_under_way(void **context)
{
    (void)context;
    fx.settings.background.most_kbps = 1;
    struct job *job = running_job(u"file", 1000 * KB, JOB_NORMAL);
    fixture_until_state(&fx, job, JOB_TRANSFERRING);
    assert_int_equal(job_set_priority(job, JOB_FOREGROUND), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED); /* the clock stands still */
    cancel(job);
}

static void who_waits_for_bandwidth_is_suspended_at_once(void **context)
{
    (void)context;
    fx.settings.background.most_kbps = 400;
    struct job *job = running_job(u"file", 1000 * KB, JOB_NORMAL);
    struct flow flow = {{job}, 1, fx.clock.milliseconds, 400 * KB, 90 * KB};
    fixture_until(&fx, has_flowed, &flow, "90 KB");
    assert_int_equal(job_suspend(job), S_OK);
    uint64_t bytes = bytes_of(job);
    fixture_advance(&fx, 10000);
    assert_int_equal(bytes_of(job), bytes);
    cancel(job);
    fixture_reopen(&fx); /* waits for the worker, which no second of the clock would end */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
    const struct CMUnitTest tests[] = {
        TEST(a_limit_holds_for_all_jobs_together),
        TEST(the_foreground_obeys_its_own_limit_alone),
        TEST(the_foreground_can_be_limited),
        TEST(a_policy_that_changes_counts_within_a_minute),
        TEST(another_priority_counts_for_what_is_under_way),
        TEST(who_waits_for_bandwidth_is_suspended_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
