/* Servers that are busy: who gets the place that becomes free. */
#include "engine_private.h"
#include "host_support.h"
#include "tuning.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define PER_SERVER 8

static HANDLE one_by_one(void)
{
    return CreateEventW(NULL, FALSE, FALSE, NULL); /* lets one request through each time that it is set */
}

/* Without a step of the engine: until the job's first file is known to come in segments. */
static void await_segments(struct job *job)
{
    ULONGLONG deadline = GetTickCount64() + FIXTURE_LIMIT_MS;
    for (bool is_known = false; !is_known; SwitchToThread()) {
        lock_acquire(&fx.engine->model_lock);
        const struct file_work *work = job->files[0]->work;
        is_known = work && work->mode == FILE_MODE_SEGMENTS;
        lock_release(&fx.engine->model_lock);
        assert_true(GetTickCount64() < deadline);
    }
}

/* Two jobs wait for a place, and a request of the second one fails: the place goes to the first. The second one's others end after that, when it is the first of those
 * that wait. */
static void a_place_that_is_free_ends_no_back_off(void **context)
{
    (void)context;
    struct job *early[PER_SERVER - 2], *large, *other;
    struct memory_resource *busy = host_resource(u"busy", u"busy");
    struct memory_resource *segmented = host_resource(u"busy", u"segmented");
    segmented->size = 4 * SEGMENT_BYTES;
    busy->gate = segmented->gate = gate;
    HANDLE refusing = one_by_one();
    host_start(early, ARRAYSIZE(early), busy, u"early");
    host_until_attempts(busy, ARRAYSIZE(early));
    host_start(&large, 1, segmented, u"large");
    (void)engine_step(fx.engine);
    await_segments(large);
    host_set_answer_gate(segmented, refusing);
    host_start(&other, 1, busy, u"other");
    (void)engine_step(fx.engine); /* the last place is the large file's */
    assert_non_null(other->parked_at);
    assert_non_null(large->parked_at);
    lock_acquire(&fx.http.lock);
    segmented->status = 503;
    segmented->retry_after = u"600";
    lock_release(&fx.http.lock);
    SetEvent(refusing);
    fixture_await_flights(&fx, PER_SERVER - 1);
    for (unsigned i = 0; i < 3; i++)
        (void)engine_step(fx.engine);
    assert_int_equal(job_state(large), JOB_TRANSIENT_ERROR);
    fixture_advance(&fx, 599 * 1000);
    assert_int_equal(job_state(large), JOB_TRANSIENT_ERROR);
    assert_int_equal(host_attempts(segmented), 2);
    fixture_advance(&fx, 600 * 1000);
    host_until_attempts(segmented, 3);
    host_set_answer_gate(segmented, NULL);
    SetEvent(refusing);
    SetEvent(gate);
    host_cancel_all(early, ARRAYSIZE(early));
    host_cancel_all(&large, 1);
    host_cancel_all(&other, 1);
    fixture_reopen(&fx);
    CloseHandle(refusing);
}

static void a_busy_server_holds_up_no_retry_at_another(void **context)
{
    (void)context;
    struct job *early[PER_SERVER], *job = fixture_job(&fx);
    struct memory_resource *busy = host_resource(u"busy", u"busy");
    struct memory_resource *failing = host_resource(u"failing", u"failing");
    busy->gate = gate;
    failing->status = 503;
    failing->answer_gate = one_by_one();
    host_start(early, PER_SERVER, busy, u"early");
    host_until_attempts(busy, PER_SERVER);
    fixture_add(&fx, job, busy, u"waiting");
    fixture_add(&fx, job, failing, u"failing");
    assert_int_equal(job_resume(job), S_OK);
    host_until_attempts(failing, 1);
    assert_non_null(job->parked_at);
    SetEvent(failing->answer_gate);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    fixture_advance(&fx, 2000);
    host_until_attempts(failing, 2);
    SetEvent(failing->answer_gate);
    SetEvent(gate);
    host_cancel_all(early, PER_SERVER);
    host_cancel_all(&job, 1);
    fixture_reopen(&fx);
    CloseHandle(failing->answer_gate);
}

/* All that are under way end before the engine thread looks, and who was to follow does not want to any more. */
static void a_place_that_is_not_taken_passes_on(void **context)
{
    (void)context;
    struct job *early[PER_SERVER], *late[PER_SERVER + 1];
    struct memory_resource *busy = host_resource(u"busy", u"busy");
    busy->gate = gate;
    host_start(early, PER_SERVER, busy, u"early");
    host_until_attempts(busy, PER_SERVER);
    host_start(late, ARRAYSIZE(late), host_resource(u"busy", u"late"), u"late");
    (void)engine_step(fx.engine);
    SetEvent(gate);
    fixture_await_flights(&fx, 0);
    for (size_t i = 0; i < PER_SERVER; i++)
        assert_int_equal(job_suspend(late[i]), S_OK);
    fixture_until_state(&fx, late[PER_SERVER], JOB_TRANSFERRED);
    host_cancel_all(early, PER_SERVER);
    host_cancel_all(late, ARRAYSIZE(late));
}

static void a_place_that_is_taken_calls_nobody_else(void **context)
{
    (void)context;
    struct job *early[PER_SERVER], *late[3];
    struct memory_resource *busy = host_resource(u"busy", u"busy");
    struct memory_resource *next = host_resource(u"busy", u"next");
    busy->gate = next->gate = gate;
    host_start(early, PER_SERVER, busy, u"early");
    host_until_attempts(busy, PER_SERVER);
    host_start(late, ARRAYSIZE(late), next, u"late");
    (void)engine_step(fx.engine);
    assert_int_equal(job_suspend(early[0]), S_OK);
    host_until_attempts(next, 1);
    (void)engine_step(fx.engine);
    assert_false(fx.engine->has_lost_place);
    assert_ptr_equal(late[1]->parked_at->parked[JOB_NORMAL].first->job, late[1]);
    assert_int_equal(host_attempts(next), 1);
    SetEvent(gate);
    host_cancel_all(early, PER_SERVER);
    host_cancel_all(late, ARRAYSIZE(late));
}

static void a_place_passes_on_while_few_workers_are_free(void **context)
{
    (void)context;
    struct job *slow[PER_SERVER], *slower[3], *early[2], *late[2];
    struct memory_resource *first = host_resource(u"slow", u"file");
    struct memory_resource *second = host_resource(u"slower", u"file");
    struct memory_resource *busy = host_resource(u"busy", u"busy");
    first->gate = second->gate = busy->gate = gate;
    busy->answer_gate = one_by_one();
    host_start(slow, PER_SERVER, first, u"slow");
    host_start(slower, ARRAYSIZE(slower), second, u"slower");
    host_until_attempts(second, ARRAYSIZE(slower));
    host_start(early, 2, busy, u"early");
    host_until_attempts(busy, 2);
    host_start(late, 2, host_resource(u"busy", u"late"), u"late");
    (void)engine_step(fx.engine);
    assert_non_null(late[1]->parked_at);
    busy->status = 404;
    SetEvent(busy->answer_gate);
    fixture_await_flights(&fx, PER_SERVER + ARRAYSIZE(slower) + 1);
    assert_int_equal(job_suspend(late[0]), S_OK);
    fixture_until_state(&fx, late[1], JOB_TRANSFERRED);
    SetEvent(busy->answer_gate);
    SetEvent(gate);
    host_cancel_all(slow, PER_SERVER);
    host_cancel_all(slower, ARRAYSIZE(slower));
    host_cancel_all(early, 2);
    host_cancel_all(late, 2);
    fixture_reopen(&fx);
    CloseHandle(busy->answer_gate);
}

static void a_job_that_failed_passes_its_place_on(void **context)
{
    (void)context;
    struct job *early[PER_SERVER - 1], *failing = fixture_job(&fx), *late;
    struct memory_resource *busy = host_resource(u"busy", u"busy");
    struct memory_resource *missing = host_resource(u"busy", u"missing");
    busy->gate = gate;
    missing->status = 404;
    missing->answer_gate = one_by_one();
    host_start(early, ARRAYSIZE(early), busy, u"early");
    host_until_attempts(busy, ARRAYSIZE(early));
    fixture_add(&fx, failing, missing, u"missing");
    fixture_add(&fx, failing, busy, u"another");
    assert_int_equal(job_resume(failing), S_OK);
    host_until_attempts(missing, 1);
    host_start(&late, 1, host_resource(u"busy", u"late"), u"late");
    (void)engine_step(fx.engine);
    assert_non_null(failing->parked_at);
    assert_non_null(late->parked_at);
    SetEvent(missing->answer_gate);
    fixture_until_state(&fx, late, JOB_TRANSFERRED);
    assert_int_equal(job_state(failing), JOB_ERROR);
    SetEvent(gate);
    host_cancel_all(early, ARRAYSIZE(early));
    host_cancel_all(&failing, 1);
    host_cancel_all(&late, 1);
    fixture_reopen(&fx);
    CloseHandle(missing->answer_gate);
}

/* The dead server's probe is under way, and waits for `answer`. */
static void start_probe(struct memory_resource *dead, struct job **prober, HANDLE answer)
{
    dead->failure = CANNOT_CONNECT;
    host_start_as(JOB_FOREGROUND, prober, 1, dead, u"prober");
    fixture_until_state(&fx, *prober, JOB_TRANSIENT_ERROR);
    host_set_answer_gate(dead, answer);
    assert_int_equal(job_resume(*prober), S_OK);
    host_until_attempts(dead, 2);
}

/* A server calls the job, which first takes a place elsewhere, the last one of all, and is suspended when it has not asked the one that called it. */
static void a_place_passes_on_when_its_job_takes_another_one(void **context)
{
    (void)context;
    struct job *early[PER_SERVER + HOST_FOREGROUND], *slow[4], *slower[2], *prober, *job = fixture_job(&fx), *late;
    struct memory_resource *busy = host_resource(u"busy", u"busy");
    struct memory_resource *wanted = host_resource(u"busy", u"wanted");
    struct memory_resource *next = host_resource(u"busy", u"next");
    struct memory_resource *slowly = host_resource(u"slow", u"slow");
    struct memory_resource *dead = host_resource(u"dead", u"dead");
    HANDLE answer = one_by_one();
    busy->gate = slowly->gate = gate;
    host_start_as(JOB_FOREGROUND, early, ARRAYSIZE(early), busy, u"early");
    host_until_attempts(busy, ARRAYSIZE(early));
    start_probe(dead, &prober, answer);
    host_start_as(JOB_FOREGROUND, slow, ARRAYSIZE(slow), slowly, u"slow");
    host_until_attempts(slowly, ARRAYSIZE(slow));
    fixture_add(&fx, job, dead, u"first");
    fixture_add(&fx, job, wanted, u"second");
    assert_int_equal(job_set_priority(job, JOB_FOREGROUND), S_OK);
    assert_int_equal(job_resume(job), S_OK);
    host_start_as(JOB_FOREGROUND, &late, 1, next, u"late");
    (void)engine_step(fx.engine);
    assert_ptr_equal(job->parked_at, late->parked_at);
    uint32_t flights = fixture_flights(&fx);

    assert_int_equal(job_suspend(early[0]), S_OK);
    dead->failure = S_OK;
    SetEvent(answer);
    fixture_await_flights(&fx, flights - 1); /* the probe has come to its end */
    host_start_as(JOB_FOREGROUND, slower, ARRAYSIZE(slower), slowly, u"slower");
    (void)engine_step(fx.engine);
    assert_int_equal(job->flight_count, 1);
    assert_int_equal(worker_pool_free(fx.engine->pool), 0);
    assert_int_equal(job_suspend(job), S_OK);
    host_until_attempts(next, 1);
    assert_int_equal(host_attempts(wanted), 0);
    SetEvent(answer);
    SetEvent(gate);
    host_cancel_all(early, ARRAYSIZE(early));
    host_cancel_all(slow, ARRAYSIZE(slow));
    host_cancel_all(slower, ARRAYSIZE(slower));
    host_cancel_all(&prober, 1);
    host_cancel_all(&job, 1);
    host_cancel_all(&late, 1);
    fixture_reopen(&fx);
    CloseHandle(answer);
}

/* The file of the job that was called is to come from elsewhere now. */
static void a_place_passes_on_when_its_job_has_to_ask_another_server(void **context)
{
    (void)context;
    struct job *early[PER_SERVER], *prober, *job, *late;
    struct memory_resource *busy = host_resource(u"busy", u"busy");
    struct memory_resource *wanted = host_resource(u"busy", u"wanted");
    struct memory_resource *next = host_resource(u"busy", u"next");
    struct memory_resource *dead = host_resource(u"dead", u"dead");
    HANDLE answer = one_by_one();
    busy->gate = gate;
    host_start(early, PER_SERVER, busy, u"early");
    host_until_attempts(busy, PER_SERVER);
    start_probe(dead, &prober, answer);
    host_start(&job, 1, wanted, u"job");
    host_start(&late, 1, next, u"late");
    (void)engine_step(fx.engine);
    assert_ptr_equal(job->parked_at, late->parked_at);
    assert_int_equal(job_suspend(early[0]), S_OK);
    assert_true(job->is_runnable);
    assert_int_equal(job_file_set_url(job_file_at(job, 0), dead->url), S_OK);
    host_until_attempts(next, 1);
    assert_true(job->parked_at && job->parked_at->is_down);
    SetEvent(answer);
    SetEvent(gate);
    host_cancel_all(early, PER_SERVER);
    host_cancel_all(&prober, 1);
    host_cancel_all(&job, 1);
    host_cancel_all(&late, 1);
    fixture_reopen(&fx);
    CloseHandle(answer);
}

/* ---- Several servers of one job ---- */

/* One of the job's servers is busy, one is down with its probe under way. */
static void assert_waits_for_the_busy_one(bool is_busy_first)
{
    struct job *early[PER_SERVER], *prober, *job = fixture_job(&fx);
    struct memory_resource *busy = host_resource(u"busy", u"busy");
    struct memory_resource *wanted = host_resource(u"busy", u"wanted");
    struct memory_resource *dead = host_resource(u"dead", u"dead");
    busy->gate = gate;
    dead->failure = CANNOT_CONNECT;
    host_start(early, PER_SERVER, busy, u"early");
    host_until_attempts(busy, PER_SERVER);
    host_start(&prober, 1, dead, u"prober");
    fixture_until_state(&fx, prober, JOB_TRANSIENT_ERROR);
    host_set_answer_gate(dead, gate);
    assert_int_equal(job_resume(prober), S_OK);
    host_until_attempts(dead, 2);
    fixture_add(&fx, job, is_busy_first ? wanted : dead, u"first");
    fixture_add(&fx, job, is_busy_first ? dead : wanted, u"second");
    assert_int_equal(job_resume(job), S_OK);
    (void)engine_step(fx.engine);
    assert_int_equal(job_state(job), JOB_QUEUED);
    assert_int_equal(job_suspend(early[0]), S_OK);
    host_until_attempts(wanted, 1);
    SetEvent(gate);
    host_cancel_all(early, PER_SERVER);
    host_cancel_all(&prober, 1);
    host_cancel_all(&job, 1);
}

static void a_dead_server_does_not_hide_a_busy_one(void **context)
{
    (void)context;
    assert_waits_for_the_busy_one(true);
}

static void a_busy_server_goes_before_a_dead_one(void **context)
{
    (void)context;
    assert_waits_for_the_busy_one(false);
}

/* Of three workers that are left none is for a server with two requests. One of its two ends: the job may ask it now, whichever refused it last. */
static void assert_any_of_its_servers_calls(bool is_full_first)
{
    struct job *early[PER_SERVER], *slow[3], *few[2], *job = fixture_job(&fx);
    struct memory_resource *full = host_resource(u"full", u"full");
    struct memory_resource *slowly = host_resource(u"slow", u"slow");
    struct memory_resource *rare = host_resource(u"rare", u"rare");
    struct memory_resource *wanted = host_resource(u"rare", u"wanted");
    full->gate = slowly->gate = gate;
    rare->answer_gate = one_by_one();
    host_start(early, PER_SERVER, full, u"early");
    host_start(slow, ARRAYSIZE(slow), slowly, u"slow");
    host_start(few, ARRAYSIZE(few), rare, u"few");
    host_until_attempts(full, PER_SERVER);
    host_until_attempts(slowly, ARRAYSIZE(slow));
    host_until_attempts(rare, ARRAYSIZE(few));
    fixture_add(&fx, job, is_full_first ? full : wanted, u"first");
    fixture_add(&fx, job, is_full_first ? wanted : full, u"second");
    assert_int_equal(job_resume(job), S_OK);
    (void)engine_step(fx.engine);
    assert_non_null(job->parked_at);
    SetEvent(rare->answer_gate);
    host_until_attempts(wanted, 1);
    assert_int_equal(host_attempts(full), PER_SERVER);
    SetEvent(rare->answer_gate);
    SetEvent(gate);
    host_cancel_all(early, PER_SERVER);
    host_cancel_all(slow, ARRAYSIZE(slow));
    host_cancel_all(few, ARRAYSIZE(few));
    host_cancel_all(&job, 1);
    fixture_reopen(&fx);
    CloseHandle(rare->answer_gate);
}

static void a_place_at_the_first_of_its_servers_is_taken(void **context)
{
    (void)context;
    assert_any_of_its_servers_calls(false);
}

static void a_place_at_the_last_of_its_servers_is_taken(void **context)
{
    (void)context;
    assert_any_of_its_servers_calls(true);
}

static void a_server_that_answers_again_calls_who_waits_for_a_busy_one(void **context)
{
    (void)context;
    struct job *early[PER_SERVER], *prober, *job = fixture_job(&fx);
    struct memory_resource *busy = host_resource(u"busy", u"busy");
    struct memory_resource *dead = host_resource(u"dead", u"dead");
    HANDLE answer = one_by_one();
    busy->gate = gate;
    host_start(early, PER_SERVER, busy, u"early");
    host_until_attempts(busy, PER_SERVER);
    start_probe(dead, &prober, answer);
    fixture_add(&fx, job, dead, u"first");
    fixture_add(&fx, job, busy, u"second");
    assert_int_equal(job_resume(job), S_OK);
    (void)engine_step(fx.engine);
    assert_int_equal(job_state(job), JOB_QUEUED);
    dead->failure = S_OK;
    SetEvent(answer);
    host_until_attempts(dead, 3);
    SetEvent(answer);
    SetEvent(gate);
    host_cancel_all(early, PER_SERVER);
    host_cancel_all(&prober, 1);
    host_cancel_all(&job, 1);
    fixture_reopen(&fx);
    CloseHandle(answer);
}

/* It had waited for a dead server until it found files elsewhere. When it would have given that up is not when it gives up anything. */
static void who_waits_for_busy_servers_does_not_give_a_dead_one_up(void **context)
{
    (void)context;
    struct job *early[PER_SERVER], *slow[2], *few[2], *prober, *job = fixture_job(&fx);
    struct memory_resource *full = host_resource(u"full", u"full");
    struct memory_resource *slowly = host_resource(u"slow", u"slow");
    struct memory_resource *rare = host_resource(u"rare", u"rare");
    struct memory_resource *wanted = host_resource(u"rare", u"wanted");
    struct memory_resource *dead = host_resource(u"dead", u"dead");
    struct memory_resource *own = host_resource(u"own", u"own");
    dead->failure = CANNOT_CONNECT;
    full->gate = slowly->gate = own->gate = gate;
    rare->answer_gate = one_by_one();
    fixture_add(&fx, job, own, u"own");
    assert_int_equal(job_resume(job), S_OK);
    host_until_attempts(own, 1);
    host_start(&prober, 1, dead, u"prober");
    fixture_until_state(&fx, prober, JOB_TRANSIENT_ERROR);
    fixture_add(&fx, job, dead, u"dead");
    (void)engine_step(fx.engine);
    assert_non_null(job->parked_at);
    assert_true(job->retry.is_set);
    assert_int_equal(job_cancel(prober), S_OK);
    job_release(prober);
    host_start(early, PER_SERVER, full, u"early");
    host_start(slow, ARRAYSIZE(slow), slowly, u"slow");
    host_start(few, ARRAYSIZE(few), rare, u"few");
    host_until_attempts(full, PER_SERVER);
    host_until_attempts(slowly, ARRAYSIZE(slow));
    host_until_attempts(rare, ARRAYSIZE(few));
    fixture_add(&fx, job, wanted, u"first");
    fixture_add(&fx, job, full, u"second");
    (void)engine_step(fx.engine);
    assert_int_equal(job->parking_count, 2);
    fixture_advance(&fx, NO_PROGRESS_DEFAULT_MS);
    assert_int_equal(job_state(job), JOB_TRANSFERRING);
    assert_int_equal(job->parking_count, 2);
    SetEvent(rare->answer_gate);
    host_until_attempts(wanted, 1);
    SetEvent(rare->answer_gate);
    SetEvent(gate);
    host_cancel_all(early, PER_SERVER);
    host_cancel_all(slow, ARRAYSIZE(slow));
    host_cancel_all(few, ARRAYSIZE(few));
    host_cancel_all(&job, 1);
    fixture_reopen(&fx);
    CloseHandle(rare->answer_gate);
}

static void add_many(struct job *job, const struct memory_resource *resource, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char16_t name[16], path[TEMP_PATH_MAX];
        (void)swprintf(name, ARRAYSIZE(name), L"many%zu", i);
        fixture_path(&fx, name, path);
        struct file_spec spec = {
            .file_id = name, .url = resource->url, .local_path = path, .declared_size = SIZE_UNKNOWN};
        assert_int_equal(job_add_files(job, &spec, 1), S_OK);
    }
}

/* Not many of them are looked at at a time: the others' turn comes with the second probe. */
static void files_of_a_dead_server_do_not_hide_those_of_others(void **context)
{
    (void)context;
    struct job *first, *job = fixture_job(&fx);
    struct memory_resource *dead = host_resource(u"dead", u"dead");
    struct memory_resource *alive = host_resource(u"alive", u"alive");
    dead->failure = CANNOT_CONNECT;
    host_start(&first, 1, dead, u"first");
    fixture_until_state(&fx, first, JOB_TRANSIENT_ERROR);
    assert_int_equal(job_suspend(first), S_OK);
    dead->answer_gate = one_by_one();
    add_many(job, dead, 100);
    fixture_add(&fx, job, alive, u"alive");
    assert_int_equal(job_resume(job), S_OK);
    host_until_attempts(dead, 2);
    SetEvent(dead->answer_gate);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    assert_int_equal(host_attempts(alive), 0);
    fixture_advance(&fx, 2000);
    host_until_attempts(alive, 1);
    host_until_attempts(dead, 3);
    assert_int_equal(host_attempts(dead), 3);
    SetEvent(dead->answer_gate);
    host_cancel_all(&first, 1);
    host_cancel_all(&job, 1);
    fixture_reopen(&fx);
    CloseHandle(dead->answer_gate);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, host_open, host_close)
    const struct CMUnitTest tests[] = {
        TEST(a_place_that_is_free_ends_no_back_off),
        TEST(a_busy_server_holds_up_no_retry_at_another),
        TEST(a_place_that_is_not_taken_passes_on),
        TEST(a_place_that_is_taken_calls_nobody_else),
        TEST(a_place_passes_on_while_few_workers_are_free),
        TEST(a_job_that_failed_passes_its_place_on),
        TEST(a_place_passes_on_when_its_job_takes_another_one),
        TEST(a_place_passes_on_when_its_job_has_to_ask_another_server),
        TEST(a_dead_server_does_not_hide_a_busy_one),
        TEST(a_busy_server_goes_before_a_dead_one),
        TEST(a_place_at_the_first_of_its_servers_is_taken),
        TEST(a_place_at_the_last_of_its_servers_is_taken),
        TEST(a_server_that_answers_again_calls_who_waits_for_a_busy_one),
        TEST(who_waits_for_busy_servers_does_not_give_a_dead_one_up),
        TEST(files_of_a_dead_server_do_not_hide_those_of_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
