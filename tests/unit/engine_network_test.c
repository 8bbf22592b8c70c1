/* The network goes, comes back and costs something: what jobs do then. */
#include "deliveryoptimizationerrors.h"
#include "engine_fixture.h"

#include <windows.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define HOUR_MS 3600000ull

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

static void set_network(bool is_connected, uint32_t cost)
{
    fake_network_set(&fx.network, is_connected, cost);
    assert_true(signal_wait(engine_signal(fx.engine), 0)); /* the engine thread would wake */
    (void)engine_step(fx.engine);
}

static void set_cost_flags(struct job *job, uint32_t flags)
{
    struct property_value value = property_of_bytes(PROPERTY_COST_FLAGS, &flags, sizeof(flags));
    assert_int_equal(job_set_properties(job, &value, 1), S_OK);
    (void)engine_step(fx.engine);
}

static void assert_blocked(struct job *job, HRESULT reason)
{
    struct job_error error;
    assert_int_equal(job_state(job), JOB_TRANSIENT_ERROR);
    assert_true(job_error(job, &error));
    assert_int_equal(error.code, reason);
    assert_int_equal(error.context, JOB_ERROR_CONTEXT_TRANSPORT);
    assert_int_equal(error.file, JOB_ERROR_NO_FILE);
}

/* A job whose file comes as far as its gate. */
static struct job *moving_job(struct memory_resource **resource)
{
    *resource = memory_http_add(&fx.http, u"moving", 500000, 1);
    (*resource)->gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    (*resource)->gate_at = 131072;
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, *resource, u"moving");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_bytes(&fx, job, 131072);
    return job;
}

static void finish(struct job *job)
{
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
}

static void jobs_wait_without_a_network_and_go_on_with_one(void **context)
{
    (void)context;
    struct memory_resource *resource;
    struct job *moving = moving_job(&resource);
    (void)signal_wait(engine_signal(fx.engine), 0);
    set_network(false, 0);
    assert_blocked(moving, DO_E_BLOCKED_BY_NO_NETWORK);
    assert_int_equal(job_error_count(moving), 0);
    struct job *late = fixture_job(&fx);
    fixture_add(&fx, late, memory_http_add(&fx.http, u"late", 1000, 2), u"late");
    assert_int_equal(job_resume(late), S_OK);
    (void)engine_step(fx.engine);
    assert_blocked(late, DO_E_BLOCKED_BY_NO_NETWORK);
    for (unsigned hours = 0; hours < 48; hours++)
        fixture_advance(&fx, HOUR_MS);
    assert_blocked(moving, DO_E_BLOCKED_BY_NO_NETWORK);
    assert_int_equal(memory_http_count(&fx.http, resource), 1);

    SetEvent(resource->gate);
    (void)signal_wait(engine_signal(fx.engine), 0);
    set_network(true, NETWORK_COST_UNRESTRICTED);
    finish(moving);
    finish(late);
    fixture_assert_file(&fx, u"moving", 1, 500000);
    CloseHandle(resource->gate);
    resource->gate = NULL;
}

/* Two jobs whose server gave no answer, and would now. */
static void start_waiting_jobs(struct job *jobs[2])
{
    struct memory_resource *resource = memory_http_add(&fx.http, u"dead", 1000, 1);
    resource->failure = (HRESULT)0x80072EFD;
    for (size_t i = 0; i < 2; i++) {
        jobs[i] = fixture_job(&fx);
        fixture_add(&fx, jobs[i], resource, i ? u"one" : u"another");
        assert_int_equal(job_resume(jobs[i]), S_OK);
        fixture_until_state(&fx, jobs[i], JOB_TRANSIENT_ERROR);
    }
    resource->failure = S_OK;
    (void)signal_wait(engine_signal(fx.engine), 0);
}

static void the_return_of_the_network_ends_back_offs(void **context)
{
    (void)context;
    struct job *jobs[2];
    start_waiting_jobs(jobs);
    set_network(false, 0);
    (void)signal_wait(engine_signal(fx.engine), 0);
    assert_int_equal(fx.http.network_changes, 0);
    set_network(true, 0);
    assert_int_equal(fx.http.network_changes, 1); /* so is what was learnt of proxies */
    finish(jobs[0]);
    finish(jobs[1]);
}

static void a_network_that_returns_between_two_looks_ends_back_offs(void **context)
{
    (void)context;
    struct job *jobs[2];
    start_waiting_jobs(jobs);
    fake_network_set(&fx.network, false, NETWORK_COST_UNRESTRICTED);
    set_network(true, NETWORK_COST_UNRESTRICTED);
    finish(jobs[0]);
    finish(jobs[1]);
}

static void another_network_ends_back_offs(void **context)
{
    (void)context;
    struct job *jobs[2];
    start_waiting_jobs(jobs);
    fake_network_replace(&fx.network);
    finish(jobs[0]);
    finish(jobs[1]);
}

static void another_cost_of_the_same_network_ends_no_back_off(void **context)
{
    (void)context;
    struct job *jobs[2];
    start_waiting_jobs(jobs);
    set_network(true, NETWORK_COST_CAPPED);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(job_state(jobs[i]), JOB_TRANSIENT_ERROR);
        assert_int_equal(job_cancel(jobs[i]), S_OK);
        job_release(jobs[i]);
    }
}

/* Before the engine thread knows that the network is back a client has the job tried. */
static void who_is_resumed_as_the_network_returns_goes_on(void **context)
{
    (void)context;
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, memory_http_add(&fx.http, u"late", 1000, 2), u"late");
    set_network(false, 0);
    fake_network_set(&fx.network, true, 0);
    assert_int_equal(job_resume(job), S_OK);
    finish(job);
}

static void blocked_time_is_no_time_without_progress(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"dead", 1000, 1);
    struct job_error error;
    resource->failure = (HRESULT)0x80072EFD;
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, resource, u"dead");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    fixture_advance(&fx, 12 * HOUR_MS);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    set_network(false, 0);
    fixture_advance(&fx, 100 * HOUR_MS);
    (void)signal_wait(engine_signal(fx.engine), 0);
    set_network(true, 0);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    fixture_advance(&fx, 11 * HOUR_MS);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    fixture_advance(&fx, HOUR_MS);
    fixture_until_state(&fx, job, JOB_ERROR);
    assert_true(job_error(job, &error));
    assert_int_equal(error.code, DO_E_DOWNLOAD_NO_PROGRESS);
    assert_int_equal(job_cancel(job), S_OK);
    job_release(job);
}

static void waiting_for_the_network_is_one_wait(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"dead", 1000, 1);
    resource->failure = (HRESULT)0x80072EFD;
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, resource, u"dead");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    set_network(false, 0);
    fixture_advance(&fx, 50 * HOUR_MS);
    struct property_value value = property_removed(PROPERTY_COST_FLAGS);
    assert_int_equal(job_set_properties(job, &value, 1), S_OK); /* its policy is looked at again */
    fixture_advance(&fx, 50 * HOUR_MS);
    (void)signal_wait(engine_signal(fx.engine), 0);
    set_network(true, 0);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    fixture_advance(&fx, 23 * HOUR_MS);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    assert_int_equal(job_cancel(job), S_OK);
    job_release(job);
}

/* Of a job that allows every cost no byte waits for it. */
static void a_policy_waits_until_the_cost_is_known(void **context)
{
    (void)context;
    static const uint32_t costs[] = {NETWORK_COST_ROAMING, 0};
    struct memory_resource *resource = memory_http_add(&fx.http, u"file", 1000, 1);
    struct memory_resource *other = memory_http_add(&fx.http, u"other", 1000, 2);
    struct job *job = fixture_job(&fx), *any = fixture_job(&fx);
    fake_network_await_cost(&fx.network);
    (void)engine_step(fx.engine);
    fixture_add(&fx, job, resource, u"file");
    fixture_add(&fx, any, other, u"other");
    set_cost_flags(job, NETWORK_COST_STATES & ~NETWORK_COST_ROAMING);
    assert_int_equal(job_resume(job), S_OK);
    assert_int_equal(job_resume(any), S_OK);
    fixture_until_state(&fx, any, JOB_TRANSFERRED);
    fixture_advance(&fx, HOUR_MS);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(job_state(job), i ? JOB_TRANSIENT_ERROR : JOB_QUEUED);
        assert_int_equal(memory_http_count(&fx.http, resource), 0);
        (void)signal_wait(engine_signal(fx.engine), 0);
        set_network(true, costs[i]);
    }
    finish(job);
    finish(any);
}

static void so_does_a_job_that_a_new_host_finds(void **context)
{
    (void)context;
    uint8_t id[16];
    struct memory_resource *resource = memory_http_add(&fx.http, u"file", 1000, 1);
    struct job *job = fixture_job(&fx);
    job_id(job, id);
    fixture_add(&fx, job, resource, u"file");
    set_cost_flags(job, NETWORK_COST_UNRESTRICTED);
    assert_int_equal(job_resume(job), S_OK);
    job_release(job);
    fixture_stop(&fx);
    size_t before = memory_http_count(&fx.http, resource);
    fake_network_await_cost(&fx.network);
    fixture_start(&fx);
    assert_int_equal(engine_find_job(fx.engine, id, &job), S_OK);
    (void)engine_step(fx.engine);
    assert_int_equal(job_state(job), JOB_QUEUED);
    assert_int_equal(memory_http_count(&fx.http, resource), before);
    fake_network_set(&fx.network, true, 0); /* nobody can tell */
    finish(job);
}

static void a_policy_waits_for_a_cheaper_network(void **context)
{
    (void)context;
    struct memory_resource *resource;
    struct job *job = moving_job(&resource);
    set_cost_flags(job, 0x80000021); /* BITS_JOB_TRANSFER_POLICY_UNRESTRICTED */
    assert_int_equal(job_state(job), JOB_TRANSFERRING);
    (void)signal_wait(engine_signal(fx.engine), 0);
    set_network(true, NETWORK_COST_USAGE_BASED);
    assert_blocked(job, DO_E_BLOCKED_BY_COST_TRANSFER_POLICY);
    assert_int_equal(job_error_count(job), 0);
    assert_int_equal(job_resume(job), S_OK); /* is no way around it */
    (void)engine_step(fx.engine);
    assert_blocked(job, DO_E_BLOCKED_BY_COST_TRANSFER_POLICY);
    SetEvent(resource->gate);
    (void)signal_wait(engine_signal(fx.engine), 0);
    set_network(true, NETWORK_COST_UNRESTRICTED);
    finish(job);
    CloseHandle(resource->gate);
    resource->gate = NULL;
}

static void roaming_needs_a_policy_that_names_it(void **context)
{
    (void)context;
    struct memory_resource *resource;
    struct job *job = moving_job(&resource);
    set_network(true, NETWORK_COST_ROAMING | NETWORK_COST_UNRESTRICTED);
    assert_int_equal(job_state(job), JOB_TRANSFERRING); /* whoever says nothing pays everything */
    set_cost_flags(job, 0x8000007F);                    /* ..._NOT_ROAMING */
    (void)engine_step(fx.engine);
    assert_blocked(job, DO_E_BLOCKED_BY_COST_TRANSFER_POLICY);
    SetEvent(resource->gate);
    set_cost_flags(job, 0x800000FF); /* ..._ALWAYS: at once */
    finish(job);
    CloseHandle(resource->gate);
    resource->gate = NULL;
}

static void a_job_that_waits_for_the_network_can_be_suspended_and_cancelled(void **context)
{
    (void)context;
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, memory_http_add(&fx.http, u"late", 1000, 2), u"late");
    set_network(false, 0);
    assert_int_equal(job_resume(job), S_OK);
    (void)engine_step(fx.engine);
    assert_int_equal(job_suspend(job), S_OK);
    (void)signal_wait(engine_signal(fx.engine), 0);
    set_network(true, 0);
    (void)engine_step(fx.engine);
    assert_int_equal(job_state(job), JOB_SUSPENDED);
    assert_int_equal(fx.http.request_count, 0);
    assert_int_equal(job_cancel(job), S_OK);
    job_release(job);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
    const struct CMUnitTest tests[] = {
        TEST(jobs_wait_without_a_network_and_go_on_with_one),
        TEST(the_return_of_the_network_ends_back_offs),
        TEST(a_network_that_returns_between_two_looks_ends_back_offs),
        TEST(another_network_ends_back_offs),
        TEST(another_cost_of_the_same_network_ends_no_back_off),
        TEST(who_is_resumed_as_the_network_returns_goes_on),
        TEST(blocked_time_is_no_time_without_progress),
        TEST(waiting_for_the_network_is_one_wait),
        TEST(a_policy_waits_until_the_cost_is_known),
        TEST(so_does_a_job_that_a_new_host_finds),
        TEST(a_policy_waits_for_a_cheaper_network),
        TEST(roaming_needs_a_policy_that_names_it),
        TEST(a_job_that_waits_for_the_network_can_be_suspended_and_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
