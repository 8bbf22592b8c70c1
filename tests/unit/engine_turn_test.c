/* Many jobs, few servers and workers: whose turn it is. */
#include "engine_private.h"
#include "host_support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define PER_SERVER 8
#define JOBS       20

static void a_slow_server_leaves_workers_to_others(void **context)
{
    (void)context;
    struct job *slow[10], *slower[10], *quick[1];
    struct memory_resource *first = host_resource(u"slow", u"file");
    struct memory_resource *second = host_resource(u"slower", u"file");
    first->gate = second->gate = gate;
    host_start(slow, 10, first, u"slow");
    host_until_attempts(first, PER_SERVER);
    host_start(slower, 10, second, u"slower");
    host_until_attempts(second, 2);
    host_start(quick, 1, host_resource(u"quick", u"file"), u"quick");
    host_until_all(quick, 1, JOB_TRANSFERRED);
    assert_int_equal(host_attempts(first), PER_SERVER);
    SetEvent(gate);
    host_until_all(slow, 10, JOB_TRANSFERRED);
    host_until_all(slower, 10, JOB_TRANSFERRED);
    host_cancel_all(slow, 10);
    host_cancel_all(slower, 10);
    host_cancel_all(quick, 1);
}

/* A job with as many files as the server serves at once, none of which it answers yet. */
static struct job *start_large_job(const char16_t *name)
{
    struct job *job = fixture_job(&fx);
    for (unsigned i = 0; i < PER_SERVER; i++) {
        char16_t numbered[32];
        (void)swprintf(numbered, ARRAYSIZE(numbered), L"%ls%u", name, i);
        struct memory_resource *resource = host_resource(u"busy", numbered);
        resource->answer_gate = gate;
        fixture_add(&fx, job, resource, numbered);
    }
    assert_int_equal(job_resume(job), S_OK);
    return job;
}

static void jobs_take_turns_at_a_server(void **context)
{
    static const char16_t *const names[] = {u"a", u"b", u"c", u"d"};
    struct job *jobs[ARRAYSIZE(names)];
    (void)context;
    for (size_t i = 0; i < ARRAYSIZE(names); i++)
        jobs[i] = start_large_job(names[i]);
    (void)engine_step(fx.engine);
    for (size_t i = 0; i < ARRAYSIZE(names); i++)
        assert_int_equal(jobs[i]->flight_count, PER_SERVER / ARRAYSIZE(names));
    SetEvent(gate);
    host_until_all(jobs, ARRAYSIZE(names), JOB_TRANSFERRED);
    host_cancel_all(jobs, ARRAYSIZE(names));
}

/* Some more jobs than a server serves at once, each with half of its file, at a new host. */
static void start_halves(struct job **jobs, size_t count, struct memory_resource *resource)
{
    uint8_t ids[JOBS][16];
    resource->cuts = (uint32_t)count;
    resource->cut_after = 500;
    host_start(jobs, count, resource, u"half");
    host_until_all(jobs, count, JOB_TRANSIENT_ERROR);
    resource->gate = gate;
    resource->gate_at = 100;
    for (size_t i = 0; i < count; i++) {
        job_id(jobs[i], ids[i]);
        job_release(jobs[i]);
    }
    fixture_reopen(&fx);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(engine_find_job(fx.engine, ids[i], &jobs[i]), S_OK);
}

/* A commit each, before the host has begun with anything, would keep all calls waiting. */
static void who_waits_for_a_busy_server_costs_no_commit(void **context)
{
    (void)context;
    struct job *jobs[PER_SERVER + 3];
    start_halves(jobs, ARRAYSIZE(jobs), host_resource(u"busy", u"half"));
    (void)engine_step(fx.engine);
    size_t dated = 0;
    for (size_t i = 0; i < ARRAYSIZE(jobs); i++)
        dated += jobs[i]->has_times;
    assert_int_equal(dated, 3);
    SetEvent(gate);
    host_until_all(jobs, ARRAYSIZE(jobs), JOB_TRANSFERRED);
    host_cancel_all(jobs, ARRAYSIZE(jobs));
}

static void who_waits_for_a_busy_server_goes_by_priority(void **context)
{
    (void)context;
    struct job *early[PER_SERVER], *low[2], *urgent[1];
    struct memory_resource *busy = host_resource(u"busy", u"busy");
    struct memory_resource *other = host_resource(u"busy", u"other");
    busy->gate = gate;
    host_start(early, PER_SERVER, busy, u"early");
    host_until_attempts(busy, PER_SERVER);
    struct memory_resource *urgently = host_resource(u"busy", u"urgently");
    host_start(low, 2, other, u"low");
    (void)engine_step(fx.engine);
    urgent[0] = fixture_job(&fx);
    fixture_add(&fx, urgent[0], urgently, u"urgent");
    assert_int_equal(job_set_priority(urgent[0], JOB_HIGH), S_OK);
    assert_int_equal(job_resume(urgent[0]), S_OK);
    (void)engine_step(fx.engine);
    assert_int_equal(host_attempts(other) + host_attempts(urgently), 0);
    assert_int_equal(job_suspend(early[0]), S_OK); /* one place is free now */
    host_until_all(urgent, 1, JOB_TRANSFERRED);
    host_until_all(low, 2, JOB_TRANSFERRED);
    const struct memory_request *next = &fx.http.requests[PER_SERVER];
    assert_ptr_equal(next->resource, urgently);
    SetEvent(gate);
    host_cancel_all(early, PER_SERVER);
    host_cancel_all(low, 2);
    host_cancel_all(urgent, 1);
}

static void what_somebody_waits_for_goes_at_once(void **context)
{
    (void)context;
    struct job *early[10];
    struct memory_resource *busy = host_resource(u"busy", u"busy");
    busy->gate = gate;
    host_start(early, 10, busy, u"early");
    host_until_attempts(busy, PER_SERVER);
    struct job *urgent = fixture_job(&fx);
    fixture_add(&fx, urgent, host_resource(u"busy", u"urgent"), u"urgent");
    assert_int_equal(job_set_priority(urgent, JOB_FOREGROUND), S_OK);
    assert_int_equal(job_resume(urgent), S_OK);
    host_until_all(&urgent, 1, JOB_TRANSFERRED);
    assert_int_equal(host_attempts(busy), PER_SERVER);
    SetEvent(gate);
    host_cancel_all(early, 10);
    host_cancel_all(&urgent, 1);
}

/* Bodies of any length from many servers take no worker that it needs. */
static void what_somebody_waits_for_finds_a_worker_at_any_time(void **context)
{
    (void)context;
    struct job *others[20], *urgent[3];
    struct memory_resource *slow[20];
    for (size_t i = 0; i < ARRAYSIZE(others); i++) {
        char16_t server[16];
        (void)swprintf(server, ARRAYSIZE(server), L"slow%zu", i);
        slow[i] = host_resource(server, u"file");
        slow[i]->gate = gate;
        host_start(&others[i], 1, slow[i], server);
    }
    host_until_all(others, 14, JOB_TRANSFERRING);
    (void)engine_step(fx.engine);
    assert_int_equal(job_state(others[14]), JOB_QUEUED);
    struct memory_resource *urgently = host_resource(u"quick", u"urgent");
    for (size_t i = 0; i < ARRAYSIZE(urgent); i++) {
        char16_t name[16];
        (void)swprintf(name, ARRAYSIZE(name), L"urgent%zu", i);
        urgent[i] = fixture_job(&fx);
        fixture_add(&fx, urgent[i], urgently, name);
        assert_int_equal(job_set_priority(urgent[i], JOB_FOREGROUND), S_OK);
        assert_int_equal(job_resume(urgent[i]), S_OK);
    }
    host_until_all(urgent, ARRAYSIZE(urgent), JOB_TRANSFERRED);
    assert_int_equal(job_state(others[14]), JOB_QUEUED);
    SetEvent(gate);
    host_until_all(others, ARRAYSIZE(others), JOB_TRANSFERRED);
    host_cancel_all(others, ARRAYSIZE(others));
    host_cancel_all(urgent, ARRAYSIZE(urgent));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, host_open, host_close)
    const struct CMUnitTest tests[] = {
        TEST(a_slow_server_leaves_workers_to_others),      TEST(jobs_take_turns_at_a_server),
        TEST(who_waits_for_a_busy_server_costs_no_commit), TEST(who_waits_for_a_busy_server_goes_by_priority),
        TEST(what_somebody_waits_for_goes_at_once),        TEST(what_somebody_waits_for_finds_a_worker_at_any_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
