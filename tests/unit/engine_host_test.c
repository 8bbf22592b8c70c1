/* Many jobs and few servers: who may ask which server when. */
#include "deliveryoptimizationerrors.h"
#include "engine_fixture.h"
#include "engine_private.h"
#include "tuning.h"
#include "utf16.h"

#include <windows.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define PER_SERVER     8
#define CANNOT_CONNECT ((HRESULT)0x80072EFD)
#define JOBS           20

static struct engine_fixture fx;
static HANDLE gate;

static int open_fixture(void **context)
{
    (void)context;
    fixture_open(&fx);
    gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    return 0;
}

static int close_fixture(void **context)
{
    (void)context;
    SetEvent(gate);
    fixture_close(&fx);
    CloseHandle(gate);
    return 0;
}

static struct memory_resource *resource_at(const char16_t *server, const char16_t *name)
{
    struct memory_resource *resource = memory_http_add(&fx.http, name, 1000, fx.http.resource_count);
    (void)swprintf(resource->url, ARRAYSIZE(resource->url), L"http://%ls/%ls", server, name);
    return resource;
}

/* `count` jobs with one file each, all of them the same resource, resumed. */
static void start_jobs_as(enum job_priority priority, struct job **jobs, size_t count,
                          const struct memory_resource *resource, const char16_t *name)
{
    for (size_t i = 0; i < count; i++) {
        char16_t numbered[32];
        (void)swprintf(numbered, ARRAYSIZE(numbered), L"%ls%zu", name, i);
        jobs[i] = fixture_job(&fx);
        fixture_add(&fx, jobs[i], resource, numbered);
        assert_int_equal(job_set_priority(jobs[i], priority), S_OK);
        assert_int_equal(job_resume(jobs[i]), S_OK);
    }
}

static void start_jobs(struct job **jobs, size_t count, const struct memory_resource *resource, const char16_t *name)
{
    start_jobs_as(JOB_NORMAL, jobs, count, resource, name);
}

static void until_all(struct job *const *jobs, size_t count, enum job_state state)
{
    for (size_t i = 0; i < count; i++)
        fixture_until_state(&fx, jobs[i], state);
}

static void cancel_all(struct job **jobs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(job_cancel(jobs[i]), S_OK);
        job_release(jobs[i]);
    }
}

struct attempts {
    struct memory_resource *resource;
    uint32_t count;
};

static uint32_t attempts_at(const struct memory_resource *resource)
{
    return memory_http_attempts(&fx.http, resource);
}

static bool has_attempts(void *context)
{
    struct attempts *wanted = context;
    return attempts_at(wanted->resource) >= wanted->count;
}

static void until_attempts(struct memory_resource *resource, uint32_t count)
{
    struct attempts wanted = {resource, count};
    fixture_until(&fx, has_attempts, &wanted, "requests");
}

static void set_answer_gate(struct memory_resource *resource, HANDLE event)
{
    lock_acquire(&fx.http.lock);
    resource->answer_gate = event;
    lock_release(&fx.http.lock);
}

/* The longest pause, and what chance adds to it. What is on its way already is waited for. */
static void advance_until_asked(struct memory_resource *resource)
{
    uint32_t before = attempts_at(resource);
    for (unsigned second = 0; attempts_at(resource) == before; second++) {
        assert_in_range(second, 0, 75);
        fixture_advance(&fx, 1000);
        if (fixture_flights(&fx))
            until_attempts(resource, before + 1);
    }
}

static void jobs_of_a_dead_server_share_one_probe(void **context)
{
    (void)context;
    struct job *jobs[JOBS];
    struct job_error error;
    struct memory_resource *dead = resource_at(u"dead", u"file");
    dead->failure = CANNOT_CONNECT;
    start_jobs(jobs, JOBS, dead, u"file");
    until_all(jobs, JOBS, JOB_TRANSIENT_ERROR);
    assert_in_range(attempts_at(dead), 1, PER_SERVER);
    lock_acquire(&fx.engine->model_lock);
    assert_int_equal(host_of(fx.engine, dead->url, NULL)->attempt, 1); /* all began before it was known */
    lock_release(&fx.engine->model_lock);
    for (size_t i = 0; i < JOBS; i++) {
        assert_true(job_error(jobs[i], &error));
        assert_int_equal(error.code, CANNOT_CONNECT);
        assert_int_equal(error.context, JOB_ERROR_CONTEXT_TRANSPORT);
        assert_int_equal(error.file, 0);
    }
    /* In a minute: at 1, 3, 7, 15, 31 s, a quarter more or less, by the server's clock, and as often by that of the job that asked last. Each of the 20 for
     * itself would have asked a hundred times. */
    for (unsigned second = 0; second < 60; second++) {
        fixture_advance(&fx, 1000);
        until_all(jobs, JOBS, JOB_TRANSIENT_ERROR);
    }
    assert_in_range(attempts_at(dead), 4, PER_SERVER + 14);
    cancel_all(jobs, JOBS);
}

static void who_waits_for_a_place_learns_that_the_server_is_dead(void **context)
{
    (void)context;
    struct job *jobs[JOBS];
    struct memory_resource *dead = resource_at(u"dead", u"file");
    dead->failure = CANNOT_CONNECT;
    dead->answer_gate = gate;
    start_jobs(jobs, JOBS, dead, u"file");
    until_attempts(dead, PER_SERVER);
    (void)engine_step(fx.engine);
    assert_int_equal(job_state(jobs[JOBS - 1]), JOB_QUEUED);
    SetEvent(gate);
    until_all(jobs, JOBS, JOB_TRANSIENT_ERROR);
    assert_int_equal(attempts_at(dead), PER_SERVER);
    cancel_all(jobs, JOBS);
}

static void when_the_server_answers_all_go_on_at_once(void **context)
{
    (void)context;
    struct job *jobs[JOBS];
    struct memory_resource *resource = resource_at(u"dead", u"file");
    resource->failure = CANNOT_CONNECT;
    start_jobs(jobs, JOBS, resource, u"file");
    until_all(jobs, JOBS, JOB_TRANSIENT_ERROR);
    for (unsigned second = 0; second < 20; second++) {
        fixture_advance(&fx, 1000);
        until_all(jobs, JOBS, JOB_TRANSIENT_ERROR);
    }
    lock_acquire(&fx.http.lock);
    resource->failure = S_OK;
    lock_release(&fx.http.lock);
    advance_until_asked(resource);
    until_all(jobs, JOBS, JOB_TRANSFERRED);
    cancel_all(jobs, JOBS);
}

static void any_answer_shows_that_the_server_is_there(void **context)
{
    (void)context;
    struct job *jobs[3];
    struct memory_resource *resource = resource_at(u"dead", u"file");
    resource->failure = CANNOT_CONNECT;
    start_jobs(jobs, 3, resource, u"file");
    until_all(jobs, 3, JOB_TRANSIENT_ERROR);
    lock_acquire(&fx.http.lock);
    resource->failure = S_OK;
    resource->status = 404;
    lock_release(&fx.http.lock);
    fixture_advance(&fx, 2000);
    until_all(jobs, 3, JOB_ERROR);
    cancel_all(jobs, 3);
}

static void a_probe_waits_for_nobody_and_lets_nobody_along(void **context)
{
    (void)context;
    struct job *jobs[3];
    struct memory_resource *resource = resource_at(u"dead", u"file");
    resource->failure = CANNOT_CONNECT;
    start_jobs(jobs, 3, resource, u"file");
    until_all(jobs, 3, JOB_TRANSIENT_ERROR);
    uint32_t before = attempts_at(resource);
    set_answer_gate(resource, gate);
    fixture_advance(&fx, 2000);
    until_attempts(resource, before + 1);
    for (unsigned minute = 0; minute < 3; minute++) {
        fixture_advance(&fx, 60000);
        assert_int_equal(attempts_at(resource), before + 1);
    }
    cancel_all(jobs, 3);
}

static void a_probe_that_is_suspended_passes_its_turn_on(void **context)
{
    (void)context;
    struct job *jobs[3];
    size_t prober = 3;
    struct memory_resource *resource = resource_at(u"dead", u"file");
    resource->failure = CANNOT_CONNECT;
    start_jobs(jobs, 3, resource, u"file");
    until_all(jobs, 3, JOB_TRANSIENT_ERROR);
    uint32_t before = attempts_at(resource);
    set_answer_gate(resource, gate);
    fixture_advance(&fx, 2000);
    until_attempts(resource, before + 1);
    for (size_t i = 0; i < 3; i++)
        prober = job_state(jobs[i]) == JOB_TRANSFERRING ? i : prober;
    assert_in_range(prober, 0, 2);
    fixture_advance(&fx, 2000); /* the others want to go, too */
    assert_int_equal(job_suspend(jobs[prober]), S_OK);
    until_attempts(resource, before + 2);
    cancel_all(jobs, 3);
}

static void resume_asks_at_once(void **context)
{
    (void)context;
    struct job *jobs[2];
    struct memory_resource *resource = resource_at(u"dead", u"file");
    resource->failure = CANNOT_CONNECT;
    start_jobs(jobs, 2, resource, u"file");
    until_all(jobs, 2, JOB_TRANSIENT_ERROR);
    for (size_t i = 0; i < 2; i++) {
        uint32_t before = attempts_at(resource);
        assert_int_equal(job_resume(jobs[i]), S_OK);
        until_attempts(resource, before + 1);
        fixture_until_state(&fx, jobs[i], JOB_TRANSIENT_ERROR);
    }
    cancel_all(jobs, 2);
}

/* ---- Who it is that gives no answer ---- */

/* A resource of that server which redirects to one that is dead. */
static struct memory_resource *resource_led_to(const char16_t *server, const char16_t *name, const char16_t *dead)
{
    struct memory_resource *resource = resource_at(server, name);
    resource->failure = CANNOT_CONNECT;
    (void)swprintf(resource->moved_to, ARRAYSIZE(resource->moved_to), L"http://%ls/there?secret", dead);
    return resource;
}

static void a_server_that_redirects_to_a_dead_one_is_not_dead(void **context)
{
    (void)context;
    struct job *led, *direct;
    struct memory_resource *moved = resource_led_to(u"mirror", u"moved", u"dead");
    start_jobs(&led, 1, moved, u"moved");
    fixture_until_state(&fx, led, JOB_TRANSIENT_ERROR);
    start_jobs(&direct, 1, resource_at(u"mirror", u"there"), u"there");
    fixture_until_state(&fx, direct, JOB_TRANSFERRED); /* the clock stands still: no probe goes */
    assert_int_equal(job_state(led), JOB_TRANSIENT_ERROR);
    assert_true(utf16_equal(job_file_at(led, 0)->led_to, u"http://dead")); /* no more of it than it takes */
    cancel_all(&led, 1);
    cancel_all(&direct, 1);
}

static void a_server_that_redirects_answers(void **context)
{
    (void)context;
    struct job *waiting[2], *led;
    struct memory_resource *file = resource_at(u"mirror", u"file");
    struct memory_resource *moved = resource_led_to(u"mirror", u"moved", u"dead");
    file->failure = CANNOT_CONNECT;
    start_jobs(waiting, 2, file, u"file");
    until_all(waiting, 2, JOB_TRANSIENT_ERROR);
    lock_acquire(&fx.http.lock);
    file->failure = S_OK;
    lock_release(&fx.http.lock);
    start_jobs(&led, 1, moved, u"moved"); /* resumed after that failure: it may go at once */
    until_all(waiting, 2, JOB_TRANSFERRED);
    cancel_all(waiting, 2);
    cancel_all(&led, 1);
}

static void jobs_that_are_led_to_a_dead_server_share_one_probe(void **context)
{
    (void)context;
    struct job *jobs[JOBS];
    struct memory_resource *moved = resource_led_to(u"mirror", u"moved", u"dead");
    start_jobs(jobs, JOBS, moved, u"moved");
    until_all(jobs, JOBS, JOB_TRANSIENT_ERROR);
    assert_in_range(attempts_at(moved), 1, JOBS); /* none knows where it is led before */
    uint32_t before = attempts_at(moved);
    for (unsigned second = 0; second < 60; second++) {
        fixture_advance(&fx, 1000);
        until_all(jobs, JOBS, JOB_TRANSIENT_ERROR);
    }
    assert_in_range(attempts_at(moved), before + 4, before + 14);
    lock_acquire(&fx.http.lock);
    moved->failure = S_OK;
    lock_release(&fx.http.lock);
    advance_until_asked(moved);
    until_all(jobs, JOBS, JOB_TRANSFERRED);
    cancel_all(jobs, JOBS);
}

/* Each of their files has to be asked for to learn where it is led, and they do that at the pace of the probes. */
static void jobs_of_many_files_that_are_led_to_a_dead_server_share_its_probes(void **context)
{
    (void)context;
    struct job *jobs[10];
    struct memory_resource *moved = resource_led_to(u"mirror", u"moved", u"dead");
    for (size_t i = 0; i < ARRAYSIZE(jobs); i++) {
        jobs[i] = fixture_job(&fx);
        for (size_t k = 0; k < 40; k++) {
            char16_t name[16], path[TEMP_PATH_MAX];
            (void)swprintf(name, ARRAYSIZE(name), L"%zu-%zu", i, k);
            fixture_path(&fx, name, path);
            struct file_spec spec = {
                .file_id = name, .url = moved->url, .local_path = path, .declared_size = SIZE_UNKNOWN};
            assert_int_equal(job_add_files(jobs[i], &spec, 1), S_OK);
        }
        assert_int_equal(job_resume(jobs[i]), S_OK);
    }
    until_all(jobs, ARRAYSIZE(jobs), JOB_TRANSIENT_ERROR);
    uint32_t before = 0;
    for (unsigned minute = 0; minute < 20; minute++) {
        before = minute == 10 ? attempts_at(moved) : before;
        for (unsigned i = 0; i < 12; i++) {
            fixture_advance(&fx, 5000);
            until_all(jobs, ARRAYSIZE(jobs), JOB_TRANSIENT_ERROR);
        }
    }
    /* Two probes every 45 s (a minute, less what chance takes of it), by the server's clock and by that of the job that asked last, each with as many files as may be
     * asked for at once. Each job for itself would have made several times as many. */
    assert_in_range(attempts_at(moved) - before, 10, (10 * 60 / 45 + 1) * 2 * PER_SERVER);
    cancel_all(jobs, ARRAYSIZE(jobs));
}

/* The probe ends with its job, which another of its files ends: nobody has an answer, so nobody goes at once. */
static void a_failure_on_the_way_there_is_as_good_as_the_probe(void **context)
{
    (void)context;
    struct job *waiting, *job = fixture_job(&fx);
    HANDLE first_gate = CreateEventW(NULL, TRUE, FALSE, NULL), other_gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    struct memory_resource *direct = resource_at(u"dead", u"direct");
    struct memory_resource *learned = resource_led_to(u"mirror", u"learned", u"dead");
    struct memory_resource *other = resource_led_to(u"mirror", u"other", u"dead");
    direct->failure = CANNOT_CONNECT;
    start_jobs(&waiting, 1, direct, u"direct");
    fixture_until_state(&fx, waiting, JOB_TRANSIENT_ERROR);
    learned->answer_gate = first_gate;
    other->answer_gate = gate;
    fixture_add(&fx, job, learned, u"learned");
    fixture_add(&fx, job, other, u"other");
    assert_int_equal(job_resume(job), S_OK);
    until_attempts(learned, 1);
    until_attempts(other, 1);
    SetEvent(first_gate);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);

    set_answer_gate(learned, gate);
    set_answer_gate(other, other_gate);
    assert_int_equal(job_resume(job), S_OK);
    until_attempts(learned, 2);
    until_attempts(other, 2);
    fixture_advance(&fx, 2000);
    assert_non_null(waiting->parked_at);
    SetEvent(other_gate);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    (void)engine_step(fx.engine);
    assert_int_equal(job_state(waiting), JOB_TRANSIENT_ERROR);
    assert_int_equal(attempts_at(direct), 1);
    cancel_all(&job, 1);
    SetEvent(gate);
    fixture_await_flights(&fx, 0);
    advance_until_asked(direct);
    cancel_all(&waiting, 1);
    CloseHandle(first_gate);
    CloseHandle(other_gate);
}

/* Several servers of which one after the other fails: each failure counts for its own. */
static void a_redirect_that_leads_elsewhere_counts_elsewhere(void **context)
{
    (void)context;
    struct job *jobs[2];
    struct memory_resource *first = resource_led_to(u"mirror", u"first", u"dead");
    struct memory_resource *second = resource_led_to(u"mirror", u"second", u"other");
    struct memory_resource *elsewhere = resource_at(u"elsewhere", u"file");
    start_jobs(&jobs[0], 1, first, u"first");
    fixture_until_state(&fx, jobs[0], JOB_TRANSIENT_ERROR);
    lock_acquire(&fx.http.lock);
    memcpy(first->moved_to, second->moved_to, sizeof(first->moved_to));
    lock_release(&fx.http.lock);
    fixture_advance(&fx, 2000);
    until_attempts(first, 2);
    fixture_until_state(&fx, jobs[0], JOB_TRANSIENT_ERROR);
    lock_acquire(&fx.http.lock);
    first->answer_gate = gate;
    lock_release(&fx.http.lock);
    start_jobs(&jobs[1], 1, second, u"second");
    fixture_until_state(&fx, jobs[1], JOB_TRANSIENT_ERROR);
    assert_int_equal(job_resume(jobs[0]), S_OK);
    until_attempts(first, 3); /* the one probe of the server that both were led to is under way */
    assert_int_equal(job_file_set_url(job_file_at(jobs[1], 0), elsewhere->url), S_OK);
    fixture_until_state(&fx, jobs[1], JOB_TRANSFERRED);
    cancel_all(jobs, 2);
}

static void who_got_an_answer_is_led_nowhere_any_more(void **context)
{
    (void)context;
    struct job *jobs[2];
    struct memory_resource *first = resource_led_to(u"mirror", u"first", u"dead");
    struct memory_resource *second = resource_led_to(u"mirror", u"second", u"dead");
    start_jobs(&jobs[0], 1, first, u"first");
    fixture_until_state(&fx, jobs[0], JOB_TRANSIENT_ERROR);
    lock_acquire(&fx.http.lock);
    first->moved_to[0] = 0;
    first->failure = S_OK;
    first->cuts = 1;
    first->cut_after = 500;
    lock_release(&fx.http.lock);
    fixture_advance(&fx, 2000);
    until_attempts(first, 2);
    fixture_until_state(&fx, jobs[0], JOB_TRANSIENT_ERROR);
    start_jobs(&jobs[1], 1, second, u"second");
    fixture_until_state(&fx, jobs[1], JOB_TRANSIENT_ERROR);
    lock_acquire(&fx.http.lock);
    second->answer_gate = gate;
    lock_release(&fx.http.lock);
    assert_int_equal(job_resume(jobs[1]), S_OK);
    until_attempts(second, 2); /* the one probe of the dead server is under way */
    fixture_advance(&fx, 5000);
    fixture_until_state(&fx, jobs[0], JOB_TRANSFERRED);
    cancel_all(jobs, 2);
}

/* The redirect leads to another server now, which says nothing about the dead one. */
static void who_is_led_elsewhere_wakes_nobody(void **context)
{
    (void)context;
    struct job *led, *direct;
    struct memory_resource *moved = resource_led_to(u"mirror", u"moved", u"dead");
    struct memory_resource *file = resource_at(u"dead", u"file");
    file->failure = CANNOT_CONNECT;
    start_jobs(&led, 1, moved, u"moved");
    fixture_until_state(&fx, led, JOB_TRANSIENT_ERROR);
    start_jobs(&direct, 1, file, u"file");
    fixture_until_state(&fx, direct, JOB_TRANSIENT_ERROR);
    uint32_t before = attempts_at(file);
    lock_acquire(&fx.http.lock);
    (void)swprintf(moved->moved_to, ARRAYSIZE(moved->moved_to), L"http://alive/there");
    moved->failure = S_OK;
    lock_release(&fx.http.lock);
    assert_int_equal(job_resume(led), S_OK);
    fixture_until_state(&fx, led, JOB_TRANSFERRED);
    assert_int_equal(job_state(direct), JOB_TRANSIENT_ERROR);
    assert_int_equal(attempts_at(file), before);
    cancel_all(&led, 1);
    cancel_all(&direct, 1);
}

static void a_dead_proxy_of_one_job_is_nothing_to_others(void **context)
{
    (void)context;
    struct job *through[2], *bypassing, *direct, *late;
    struct memory_resource *file = resource_at(u"server", u"file");
    file->failure = CANNOT_CONNECT;
    file->only_by_proxy = true;
    for (size_t i = 0; i < 2; i++) {
        char16_t name[16];
        (void)swprintf(name, ARRAYSIZE(name), L"through%zu", i);
        through[i] = fixture_job(&fx);
        fixture_add(&fx, through[i], file, name);
        assert_int_equal(job_set_proxy(through[i], HTTP_PROXY_OVERRIDE, u"dead:3128", NULL), S_OK);
        assert_int_equal(job_resume(through[i]), S_OK);
        fixture_until_state(&fx, through[i], JOB_TRANSIENT_ERROR);
    }
    uint32_t attempts = attempts_at(file);
    start_jobs(&direct, 1, file, u"direct");
    fixture_until_state(&fx, direct, JOB_TRANSFERRED);
    assert_int_equal(job_state(through[0]), JOB_TRANSIENT_ERROR);
    fixture_advance(&fx, 1);
    assert_int_equal(attempts_at(file), attempts + 1); /* which says nothing about the proxy */
    lock_acquire(&fx.http.lock);
    file->only_by_proxy = false;
    lock_release(&fx.http.lock);
    bypassing = fixture_job(&fx);
    fixture_add(&fx, bypassing, file, u"bypassing");
    assert_int_equal(job_set_proxy(bypassing, HTTP_PROXY_OVERRIDE, u"dead:3128", u"*"), S_OK);
    assert_int_equal(job_resume(bypassing), S_OK);
    fixture_until_state(&fx, bypassing, JOB_TRANSIENT_ERROR);
    lock_acquire(&fx.http.lock);
    file->answer_gate = gate;
    lock_release(&fx.http.lock);
    attempts = attempts_at(file);
    assert_int_equal(job_resume(bypassing), S_OK);
    until_attempts(file, attempts + 1); /* who passes the proxy by asks the server itself: the one probe of it */
    start_jobs(&late, 1, file, u"late");
    fixture_until_state(&fx, late, JOB_TRANSIENT_ERROR);
    assert_int_equal(attempts_at(file), attempts + 1);
    cancel_all(&late, 1);
    cancel_all(through, 2);
    cancel_all(&bypassing, 1);
    cancel_all(&direct, 1);
}

static void who_waits_for_a_dead_server_gives_up_in_time(void **context)
{
    (void)context;
    struct job *jobs[JOBS];
    struct job_error error;
    struct memory_resource *resource = resource_at(u"dead", u"file");
    resource->failure = CANNOT_CONNECT;
    start_jobs(jobs, JOBS, resource, u"file");
    until_all(jobs, JOBS, JOB_TRANSIENT_ERROR);
    for (unsigned hours = 0; hours < 23; hours++) {
        fixture_advance(&fx, 3600 * 1000);
        until_all(jobs, JOBS, JOB_TRANSIENT_ERROR);
    }
    fixture_advance(&fx, 3600 * 1000);
    fixture_advance(&fx, 3600 * 1000);
    until_all(jobs, JOBS, JOB_ERROR);
    for (size_t i = 0; i < JOBS; i++) {
        assert_true(job_error(jobs[i], &error));
        assert_int_equal(error.code, DO_E_DOWNLOAD_NO_PROGRESS);
    }
    cancel_all(jobs, JOBS);
}

static void a_slow_server_leaves_workers_to_others(void **context)
{
    (void)context;
    struct job *slow[10], *slower[10], *quick[1];
    struct memory_resource *first = resource_at(u"slow", u"file");
    struct memory_resource *second = resource_at(u"slower", u"file");
    first->gate = second->gate = gate;
    start_jobs(slow, 10, first, u"slow");
    until_attempts(first, PER_SERVER);
    start_jobs(slower, 10, second, u"slower");
    until_attempts(second, 2);
    start_jobs(quick, 1, resource_at(u"quick", u"file"), u"quick");
    until_all(quick, 1, JOB_TRANSFERRED);
    assert_int_equal(attempts_at(first), PER_SERVER);
    SetEvent(gate);
    until_all(slow, 10, JOB_TRANSFERRED);
    until_all(slower, 10, JOB_TRANSFERRED);
    cancel_all(slow, 10);
    cancel_all(slower, 10);
    cancel_all(quick, 1);
}

/* A job with as many files as the server serves at once, none of which it answers yet. */
static struct job *start_large_job(const char16_t *name)
{
    struct job *job = fixture_job(&fx);
    for (unsigned i = 0; i < PER_SERVER; i++) {
        char16_t numbered[32];
        (void)swprintf(numbered, ARRAYSIZE(numbered), L"%ls%u", name, i);
        struct memory_resource *resource = resource_at(u"busy", numbered);
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
    until_all(jobs, ARRAYSIZE(names), JOB_TRANSFERRED);
    cancel_all(jobs, ARRAYSIZE(names));
}

/* Some more jobs than a server serves at once, each with half of its file, at a new host. */
static void start_halves(struct job **jobs, size_t count, struct memory_resource *resource)
{
    uint8_t ids[JOBS][16];
    resource->cuts = (uint32_t)count;
    resource->cut_after = 500;
    start_jobs(jobs, count, resource, u"half");
    until_all(jobs, count, JOB_TRANSIENT_ERROR);
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
    start_halves(jobs, ARRAYSIZE(jobs), resource_at(u"busy", u"half"));
    (void)engine_step(fx.engine);
    size_t dated = 0;
    for (size_t i = 0; i < ARRAYSIZE(jobs); i++)
        dated += jobs[i]->has_times;
    assert_int_equal(dated, 3);
    SetEvent(gate);
    until_all(jobs, ARRAYSIZE(jobs), JOB_TRANSFERRED);
    cancel_all(jobs, ARRAYSIZE(jobs));
}

static void who_waits_for_a_busy_server_goes_by_priority(void **context)
{
    (void)context;
    struct job *early[PER_SERVER], *low[2], *urgent[1];
    struct memory_resource *busy = resource_at(u"busy", u"busy");
    struct memory_resource *other = resource_at(u"busy", u"other");
    busy->gate = gate;
    start_jobs(early, PER_SERVER, busy, u"early");
    until_attempts(busy, PER_SERVER);
    struct memory_resource *urgently = resource_at(u"busy", u"urgently");
    start_jobs(low, 2, other, u"low");
    (void)engine_step(fx.engine);
    urgent[0] = fixture_job(&fx);
    fixture_add(&fx, urgent[0], urgently, u"urgent");
    assert_int_equal(job_set_priority(urgent[0], JOB_HIGH), S_OK);
    assert_int_equal(job_resume(urgent[0]), S_OK);
    (void)engine_step(fx.engine);
    assert_int_equal(attempts_at(other) + attempts_at(urgently), 0);
    assert_int_equal(job_suspend(early[0]), S_OK); /* one place is free now */
    until_all(urgent, 1, JOB_TRANSFERRED);
    until_all(low, 2, JOB_TRANSFERRED);
    const struct memory_request *next = &fx.http.requests[PER_SERVER];
    assert_ptr_equal(next->resource, urgently);
    SetEvent(gate);
    cancel_all(early, PER_SERVER);
    cancel_all(low, 2);
    cancel_all(urgent, 1);
}

static void what_somebody_waits_for_goes_at_once(void **context)
{
    (void)context;
    struct job *early[10];
    struct memory_resource *busy = resource_at(u"busy", u"busy");
    busy->gate = gate;
    start_jobs(early, 10, busy, u"early");
    until_attempts(busy, PER_SERVER);
    struct job *urgent = fixture_job(&fx);
    fixture_add(&fx, urgent, resource_at(u"busy", u"urgent"), u"urgent");
    assert_int_equal(job_set_priority(urgent, JOB_FOREGROUND), S_OK);
    assert_int_equal(job_resume(urgent), S_OK);
    until_all(&urgent, 1, JOB_TRANSFERRED);
    assert_int_equal(attempts_at(busy), PER_SERVER);
    SetEvent(gate);
    cancel_all(early, 10);
    cancel_all(&urgent, 1);
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
        slow[i] = resource_at(server, u"file");
        slow[i]->gate = gate;
        start_jobs(&others[i], 1, slow[i], server);
    }
    until_all(others, 14, JOB_TRANSFERRING);
    (void)engine_step(fx.engine);
    assert_int_equal(job_state(others[14]), JOB_QUEUED);
    struct memory_resource *urgently = resource_at(u"quick", u"urgent");
    for (size_t i = 0; i < ARRAYSIZE(urgent); i++) {
        char16_t name[16];
        (void)swprintf(name, ARRAYSIZE(name), L"urgent%zu", i);
        urgent[i] = fixture_job(&fx);
        fixture_add(&fx, urgent[i], urgently, name);
        assert_int_equal(job_set_priority(urgent[i], JOB_FOREGROUND), S_OK);
        assert_int_equal(job_resume(urgent[i]), S_OK);
    }
    until_all(urgent, ARRAYSIZE(urgent), JOB_TRANSFERRED);
    assert_int_equal(job_state(others[14]), JOB_QUEUED);
    SetEvent(gate);
    until_all(others, ARRAYSIZE(others), JOB_TRANSFERRED);
    cancel_all(others, ARRAYSIZE(others));
    cancel_all(urgent, ARRAYSIZE(urgent));
}

/* ---- Places at a server that is busy ---- */

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
    struct memory_resource *busy = resource_at(u"busy", u"busy");
    struct memory_resource *segmented = resource_at(u"busy", u"segmented");
    segmented->size = 4 * SEGMENT_BYTES;
    busy->gate = segmented->gate = gate;
    HANDLE refusing = one_by_one();
    start_jobs(early, ARRAYSIZE(early), busy, u"early");
    until_attempts(busy, ARRAYSIZE(early));
    start_jobs(&large, 1, segmented, u"large");
    (void)engine_step(fx.engine);
    await_segments(large);
    set_answer_gate(segmented, refusing);
    start_jobs(&other, 1, busy, u"other");
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
    assert_int_equal(attempts_at(segmented), 2);
    fixture_advance(&fx, 600 * 1000);
    until_attempts(segmented, 3);
    set_answer_gate(segmented, NULL);
    SetEvent(refusing);
    SetEvent(gate);
    cancel_all(early, ARRAYSIZE(early));
    cancel_all(&large, 1);
    cancel_all(&other, 1);
    fixture_reopen(&fx);
    CloseHandle(refusing);
}

static void a_busy_server_holds_up_no_retry_at_another(void **context)
{
    (void)context;
    struct job *early[PER_SERVER], *job = fixture_job(&fx);
    struct memory_resource *busy = resource_at(u"busy", u"busy");
    struct memory_resource *failing = resource_at(u"failing", u"failing");
    busy->gate = gate;
    failing->status = 503;
    failing->answer_gate = one_by_one();
    start_jobs(early, PER_SERVER, busy, u"early");
    until_attempts(busy, PER_SERVER);
    fixture_add(&fx, job, busy, u"waiting");
    fixture_add(&fx, job, failing, u"failing");
    assert_int_equal(job_resume(job), S_OK);
    until_attempts(failing, 1);
    assert_non_null(job->parked_at);
    SetEvent(failing->answer_gate);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    fixture_advance(&fx, 2000);
    until_attempts(failing, 2);
    SetEvent(failing->answer_gate);
    SetEvent(gate);
    cancel_all(early, PER_SERVER);
    cancel_all(&job, 1);
    fixture_reopen(&fx);
    CloseHandle(failing->answer_gate);
}

/* All that are under way end before the engine thread looks, and who was to follow does not want to any more. */
static void a_place_that_is_not_taken_passes_on(void **context)
{
    (void)context;
    struct job *early[PER_SERVER], *late[PER_SERVER + 1];
    struct memory_resource *busy = resource_at(u"busy", u"busy");
    busy->gate = gate;
    start_jobs(early, PER_SERVER, busy, u"early");
    until_attempts(busy, PER_SERVER);
    start_jobs(late, ARRAYSIZE(late), resource_at(u"busy", u"late"), u"late");
    (void)engine_step(fx.engine);
    SetEvent(gate);
    fixture_await_flights(&fx, 0);
    for (size_t i = 0; i < PER_SERVER; i++)
        assert_int_equal(job_suspend(late[i]), S_OK);
    fixture_until_state(&fx, late[PER_SERVER], JOB_TRANSFERRED);
    cancel_all(early, PER_SERVER);
    cancel_all(late, ARRAYSIZE(late));
}

static void a_place_that_is_taken_calls_nobody_else(void **context)
{
    (void)context;
    struct job *early[PER_SERVER], *late[3];
    struct memory_resource *busy = resource_at(u"busy", u"busy");
    struct memory_resource *next = resource_at(u"busy", u"next");
    busy->gate = next->gate = gate;
    start_jobs(early, PER_SERVER, busy, u"early");
    until_attempts(busy, PER_SERVER);
    start_jobs(late, ARRAYSIZE(late), next, u"late");
    (void)engine_step(fx.engine);
    assert_int_equal(job_suspend(early[0]), S_OK);
    until_attempts(next, 1);
    (void)engine_step(fx.engine);
    assert_false(fx.engine->has_lost_place);
    assert_ptr_equal(late[1]->parked_at->parked[JOB_NORMAL].first->job, late[1]);
    assert_int_equal(attempts_at(next), 1);
    SetEvent(gate);
    cancel_all(early, PER_SERVER);
    cancel_all(late, ARRAYSIZE(late));
}

static void a_place_passes_on_while_few_workers_are_free(void **context)
{
    (void)context;
    struct job *slow[PER_SERVER], *slower[3], *early[2], *late[2];
    struct memory_resource *first = resource_at(u"slow", u"file");
    struct memory_resource *second = resource_at(u"slower", u"file");
    struct memory_resource *busy = resource_at(u"busy", u"busy");
    first->gate = second->gate = busy->gate = gate;
    busy->answer_gate = one_by_one();
    start_jobs(slow, PER_SERVER, first, u"slow");
    start_jobs(slower, ARRAYSIZE(slower), second, u"slower");
    until_attempts(second, ARRAYSIZE(slower));
    start_jobs(early, 2, busy, u"early");
    until_attempts(busy, 2);
    start_jobs(late, 2, resource_at(u"busy", u"late"), u"late");
    (void)engine_step(fx.engine);
    assert_non_null(late[1]->parked_at);
    busy->status = 404;
    SetEvent(busy->answer_gate);
    fixture_await_flights(&fx, PER_SERVER + ARRAYSIZE(slower) + 1);
    assert_int_equal(job_suspend(late[0]), S_OK);
    fixture_until_state(&fx, late[1], JOB_TRANSFERRED);
    SetEvent(busy->answer_gate);
    SetEvent(gate);
    cancel_all(slow, PER_SERVER);
    cancel_all(slower, ARRAYSIZE(slower));
    cancel_all(early, 2);
    cancel_all(late, 2);
    fixture_reopen(&fx);
    CloseHandle(busy->answer_gate);
}

static void a_job_that_failed_passes_its_place_on(void **context)
{
    (void)context;
    struct job *early[PER_SERVER - 1], *failing = fixture_job(&fx), *late;
    struct memory_resource *busy = resource_at(u"busy", u"busy");
    struct memory_resource *missing = resource_at(u"busy", u"missing");
    busy->gate = gate;
    missing->status = 404;
    missing->answer_gate = one_by_one();
    start_jobs(early, ARRAYSIZE(early), busy, u"early");
    until_attempts(busy, ARRAYSIZE(early));
    fixture_add(&fx, failing, missing, u"missing");
    fixture_add(&fx, failing, busy, u"another");
    assert_int_equal(job_resume(failing), S_OK);
    until_attempts(missing, 1);
    start_jobs(&late, 1, resource_at(u"busy", u"late"), u"late");
    (void)engine_step(fx.engine);
    assert_non_null(failing->parked_at);
    assert_non_null(late->parked_at);
    SetEvent(missing->answer_gate);
    fixture_until_state(&fx, late, JOB_TRANSFERRED);
    assert_int_equal(job_state(failing), JOB_ERROR);
    SetEvent(gate);
    cancel_all(early, ARRAYSIZE(early));
    cancel_all(&failing, 1);
    cancel_all(&late, 1);
    fixture_reopen(&fx);
    CloseHandle(missing->answer_gate);
}

/* The dead server's probe is under way, and waits for `answer`. */
static void start_probe(struct memory_resource *dead, struct job **prober, HANDLE answer)
{
    dead->failure = CANNOT_CONNECT;
    start_jobs_as(JOB_FOREGROUND, prober, 1, dead, u"prober");
    fixture_until_state(&fx, *prober, JOB_TRANSIENT_ERROR);
    set_answer_gate(dead, answer);
    assert_int_equal(job_resume(*prober), S_OK);
    until_attempts(dead, 2);
}

/* A server calls the job, which first takes a place elsewhere, the last one of all, and is suspended when it has not asked the one that called it. */
static void a_place_passes_on_when_its_job_takes_another_one(void **context)
{
    (void)context;
    struct job *early[PER_SERVER + HOST_FOREGROUND], *slow[4], *slower[2], *prober, *job = fixture_job(&fx), *late;
    struct memory_resource *busy = resource_at(u"busy", u"busy");
    struct memory_resource *wanted = resource_at(u"busy", u"wanted");
    struct memory_resource *next = resource_at(u"busy", u"next");
    struct memory_resource *slowly = resource_at(u"slow", u"slow");
    struct memory_resource *dead = resource_at(u"dead", u"dead");
    HANDLE answer = one_by_one();
    busy->gate = slowly->gate = gate;
    start_jobs_as(JOB_FOREGROUND, early, ARRAYSIZE(early), busy, u"early");
    until_attempts(busy, ARRAYSIZE(early));
    start_probe(dead, &prober, answer);
    start_jobs_as(JOB_FOREGROUND, slow, ARRAYSIZE(slow), slowly, u"slow");
    until_attempts(slowly, ARRAYSIZE(slow));
    fixture_add(&fx, job, dead, u"first");
    fixture_add(&fx, job, wanted, u"second");
    assert_int_equal(job_set_priority(job, JOB_FOREGROUND), S_OK);
    assert_int_equal(job_resume(job), S_OK);
    start_jobs_as(JOB_FOREGROUND, &late, 1, next, u"late");
    (void)engine_step(fx.engine);
    assert_ptr_equal(job->parked_at, late->parked_at);
    uint32_t flights = fixture_flights(&fx);

    assert_int_equal(job_suspend(early[0]), S_OK);
    dead->failure = S_OK;
    SetEvent(answer);
    fixture_await_flights(&fx, flights - 1); /* the probe has come to its end */
    start_jobs_as(JOB_FOREGROUND, slower, ARRAYSIZE(slower), slowly, u"slower");
    (void)engine_step(fx.engine);
    assert_int_equal(job->flight_count, 1);
    assert_int_equal(worker_pool_free(fx.engine->pool), 0);
    assert_int_equal(job_suspend(job), S_OK);
    until_attempts(next, 1);
    assert_int_equal(attempts_at(wanted), 0);
    SetEvent(answer);
    SetEvent(gate);
    cancel_all(early, ARRAYSIZE(early));
    cancel_all(slow, ARRAYSIZE(slow));
    cancel_all(slower, ARRAYSIZE(slower));
    cancel_all(&prober, 1);
    cancel_all(&job, 1);
    cancel_all(&late, 1);
    fixture_reopen(&fx);
    CloseHandle(answer);
}

/* The file of the job that was called is to come from elsewhere now. */
static void a_place_passes_on_when_its_job_has_to_ask_another_server(void **context)
{
    (void)context;
    struct job *early[PER_SERVER], *prober, *job, *late;
    struct memory_resource *busy = resource_at(u"busy", u"busy");
    struct memory_resource *wanted = resource_at(u"busy", u"wanted");
    struct memory_resource *next = resource_at(u"busy", u"next");
    struct memory_resource *dead = resource_at(u"dead", u"dead");
    HANDLE answer = one_by_one();
    busy->gate = gate;
    start_jobs(early, PER_SERVER, busy, u"early");
    until_attempts(busy, PER_SERVER);
    start_probe(dead, &prober, answer);
    start_jobs(&job, 1, wanted, u"job");
    start_jobs(&late, 1, next, u"late");
    (void)engine_step(fx.engine);
    assert_ptr_equal(job->parked_at, late->parked_at);
    assert_int_equal(job_suspend(early[0]), S_OK);
    assert_true(job->is_runnable);
    assert_int_equal(job_file_set_url(job_file_at(job, 0), dead->url), S_OK);
    until_attempts(next, 1);
    assert_true(job->parked_at && job->parked_at->is_down);
    SetEvent(answer);
    SetEvent(gate);
    cancel_all(early, PER_SERVER);
    cancel_all(&prober, 1);
    cancel_all(&job, 1);
    cancel_all(&late, 1);
    fixture_reopen(&fx);
    CloseHandle(answer);
}

/* ---- Several servers of one job ---- */

/* One of the job's servers is busy, one is down with its probe under way. */
static void assert_waits_for_the_busy_one(bool is_busy_first)
{
    struct job *early[PER_SERVER], *prober, *job = fixture_job(&fx);
    struct memory_resource *busy = resource_at(u"busy", u"busy");
    struct memory_resource *wanted = resource_at(u"busy", u"wanted");
    struct memory_resource *dead = resource_at(u"dead", u"dead");
    busy->gate = gate;
    dead->failure = CANNOT_CONNECT;
    start_jobs(early, PER_SERVER, busy, u"early");
    until_attempts(busy, PER_SERVER);
    start_jobs(&prober, 1, dead, u"prober");
    fixture_until_state(&fx, prober, JOB_TRANSIENT_ERROR);
    set_answer_gate(dead, gate);
    assert_int_equal(job_resume(prober), S_OK);
    until_attempts(dead, 2);
    fixture_add(&fx, job, is_busy_first ? wanted : dead, u"first");
    fixture_add(&fx, job, is_busy_first ? dead : wanted, u"second");
    assert_int_equal(job_resume(job), S_OK);
    (void)engine_step(fx.engine);
    assert_int_equal(job_state(job), JOB_QUEUED);
    assert_int_equal(job_suspend(early[0]), S_OK);
    until_attempts(wanted, 1);
    SetEvent(gate);
    cancel_all(early, PER_SERVER);
    cancel_all(&prober, 1);
    cancel_all(&job, 1);
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
    struct memory_resource *full = resource_at(u"full", u"full");
    struct memory_resource *slowly = resource_at(u"slow", u"slow");
    struct memory_resource *rare = resource_at(u"rare", u"rare");
    struct memory_resource *wanted = resource_at(u"rare", u"wanted");
    full->gate = slowly->gate = gate;
    rare->answer_gate = one_by_one();
    start_jobs(early, PER_SERVER, full, u"early");
    start_jobs(slow, ARRAYSIZE(slow), slowly, u"slow");
    start_jobs(few, ARRAYSIZE(few), rare, u"few");
    until_attempts(full, PER_SERVER);
    until_attempts(slowly, ARRAYSIZE(slow));
    until_attempts(rare, ARRAYSIZE(few));
    fixture_add(&fx, job, is_full_first ? full : wanted, u"first");
    fixture_add(&fx, job, is_full_first ? wanted : full, u"second");
    assert_int_equal(job_resume(job), S_OK);
    (void)engine_step(fx.engine);
    assert_non_null(job->parked_at);
    SetEvent(rare->answer_gate);
    until_attempts(wanted, 1);
    assert_int_equal(attempts_at(full), PER_SERVER);
    SetEvent(rare->answer_gate);
    SetEvent(gate);
    cancel_all(early, PER_SERVER);
    cancel_all(slow, ARRAYSIZE(slow));
    cancel_all(few, ARRAYSIZE(few));
    cancel_all(&job, 1);
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
    struct memory_resource *busy = resource_at(u"busy", u"busy");
    struct memory_resource *dead = resource_at(u"dead", u"dead");
    HANDLE answer = one_by_one();
    busy->gate = gate;
    start_jobs(early, PER_SERVER, busy, u"early");
    until_attempts(busy, PER_SERVER);
    start_probe(dead, &prober, answer);
    fixture_add(&fx, job, dead, u"first");
    fixture_add(&fx, job, busy, u"second");
    assert_int_equal(job_resume(job), S_OK);
    (void)engine_step(fx.engine);
    assert_int_equal(job_state(job), JOB_QUEUED);
    dead->failure = S_OK;
    SetEvent(answer);
    until_attempts(dead, 3);
    SetEvent(answer);
    SetEvent(gate);
    cancel_all(early, PER_SERVER);
    cancel_all(&prober, 1);
    cancel_all(&job, 1);
    fixture_reopen(&fx);
    CloseHandle(answer);
}

/* It had waited for a dead server until it found files elsewhere. When it would have given that up is not when it gives up anything. */
static void who_waits_for_busy_servers_does_not_give_a_dead_one_up(void **context)
{
    (void)context;
    struct job *early[PER_SERVER], *slow[2], *few[2], *prober, *job = fixture_job(&fx);
    struct memory_resource *full = resource_at(u"full", u"full");
    struct memory_resource *slowly = resource_at(u"slow", u"slow");
    struct memory_resource *rare = resource_at(u"rare", u"rare");
    struct memory_resource *wanted = resource_at(u"rare", u"wanted");
    struct memory_resource *dead = resource_at(u"dead", u"dead");
    struct memory_resource *own = resource_at(u"own", u"own");
    dead->failure = CANNOT_CONNECT;
    full->gate = slowly->gate = own->gate = gate;
    rare->answer_gate = one_by_one();
    fixture_add(&fx, job, own, u"own");
    assert_int_equal(job_resume(job), S_OK);
    until_attempts(own, 1);
    start_jobs(&prober, 1, dead, u"prober");
    fixture_until_state(&fx, prober, JOB_TRANSIENT_ERROR);
    fixture_add(&fx, job, dead, u"dead");
    (void)engine_step(fx.engine);
    assert_non_null(job->parked_at);
    assert_true(job->retry.is_set);
    assert_int_equal(job_cancel(prober), S_OK);
    job_release(prober);
    start_jobs(early, PER_SERVER, full, u"early");
    start_jobs(slow, ARRAYSIZE(slow), slowly, u"slow");
    start_jobs(few, ARRAYSIZE(few), rare, u"few");
    until_attempts(full, PER_SERVER);
    until_attempts(slowly, ARRAYSIZE(slow));
    until_attempts(rare, ARRAYSIZE(few));
    fixture_add(&fx, job, wanted, u"first");
    fixture_add(&fx, job, full, u"second");
    (void)engine_step(fx.engine);
    assert_int_equal(job->parking_count, 2);
    fixture_advance(&fx, NO_PROGRESS_DEFAULT_MS);
    assert_int_equal(job_state(job), JOB_TRANSFERRING);
    assert_int_equal(job->parking_count, 2);
    SetEvent(rare->answer_gate);
    until_attempts(wanted, 1);
    SetEvent(rare->answer_gate);
    SetEvent(gate);
    cancel_all(early, PER_SERVER);
    cancel_all(slow, ARRAYSIZE(slow));
    cancel_all(few, ARRAYSIZE(few));
    cancel_all(&job, 1);
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
    struct memory_resource *dead = resource_at(u"dead", u"dead");
    struct memory_resource *alive = resource_at(u"alive", u"alive");
    dead->failure = CANNOT_CONNECT;
    start_jobs(&first, 1, dead, u"first");
    fixture_until_state(&fx, first, JOB_TRANSIENT_ERROR);
    assert_int_equal(job_suspend(first), S_OK);
    dead->answer_gate = one_by_one();
    add_many(job, dead, 100);
    fixture_add(&fx, job, alive, u"alive");
    assert_int_equal(job_resume(job), S_OK);
    until_attempts(dead, 2);
    SetEvent(dead->answer_gate);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    assert_int_equal(attempts_at(alive), 0);
    fixture_advance(&fx, 2000);
    until_attempts(alive, 1);
    until_attempts(dead, 3);
    assert_int_equal(attempts_at(dead), 3);
    SetEvent(dead->answer_gate);
    cancel_all(&first, 1);
    cancel_all(&job, 1);
    fixture_reopen(&fx);
    CloseHandle(dead->answer_gate);
}

/* ---- The table ---- */

static void look_up_servers(const char16_t *name, size_t count)
{
    lock_acquire(&fx.engine->model_lock);
    for (size_t i = 0; i < count; i++) {
        char16_t url[64];
        (void)swprintf(url, ARRAYSIZE(url), L"http://%ls%zu/file", name, i);
        assert_non_null(host_of(fx.engine, url, NULL));
    }
    lock_release(&fx.engine->model_lock);
}

static bool knows_server(const char16_t *origin)
{
    lock_acquire(&fx.engine->model_lock);
    bool is_known = string_table_find(&fx.engine->hosts.by_origin, origin) != NULL;
    lock_release(&fx.engine->model_lock);
    return is_known;
}

/* The machine sleeps, and what wakes it is a worker's redirect to new servers. */
static void a_server_whose_probe_is_planned_is_not_forgotten(void **context)
{
    (void)context;
    struct job *jobs[3];
    struct memory_resource *resource = resource_at(u"dead", u"file");
    resource->failure = CANNOT_CONNECT;
    start_jobs(jobs, 3, resource, u"file");
    until_all(jobs, 3, JOB_TRANSIENT_ERROR);
    for (unsigned second = 0; !fx.engine->hosts.probes.first; second++) {
        assert_in_range(second, 0, 10);
        fixture_advance(&fx, 1000);
        until_all(jobs, 3, JOB_TRANSIENT_ERROR);
    }
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(job_suspend(jobs[i]), S_OK);
    fake_clock_advance(&fx.clock, 3600 * 1000);
    look_up_servers(u"new", 100);
    assert_true(knows_server(u"http://dead:80"));
    (void)engine_step(fx.engine);
    assert_null(fx.engine->hosts.probes.first);
    look_up_servers(u"newer", 200); /* now it may go */
    assert_false(knows_server(u"http://dead:80"));
    cancel_all(jobs, 3);
}

/* Nothing of it is under way, and nobody waits for it: the job is about to ask. */
static void a_server_that_has_called_a_job_is_not_forgotten(void **context)
{
    (void)context;
    struct job *early[PER_SERVER], *late;
    struct memory_resource *busy = resource_at(u"busy", u"busy");
    busy->gate = gate;
    start_jobs(early, PER_SERVER, busy, u"early");
    until_attempts(busy, PER_SERVER);
    start_jobs(&late, 1, resource_at(u"busy", u"late"), u"late");
    (void)engine_step(fx.engine);
    SetEvent(gate);
    fixture_await_flights(&fx, 0);
    assert_non_null(late->called_by);
    look_up_servers(u"new", 100);
    assert_true(knows_server(u"http://busy:80"));
    assert_int_equal(job_suspend(late), S_OK);
    look_up_servers(u"newer", 200);
    assert_false(knows_server(u"http://busy:80"));
    cancel_all(early, PER_SERVER);
    cancel_all(&late, 1);
}

/* ---- Progress ---- */

static void a_long_body_is_progress_while_another_file_fails(void **context)
{
    (void)context;
    struct memory_resource *bulky = memory_http_add(&fx.http, u"bulky", 500000, 1);
    struct memory_resource *failing = resource_at(u"dead", u"failing");
    bulky->gate = gate;
    bulky->gate_at = 131072;
    failing->answer_gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    failing->failure = CANNOT_CONNECT;
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, bulky, u"bulky");
    fixture_add(&fx, job, failing, u"failing");
    assert_int_equal(job_resume(job), S_OK);
    (void)engine_step(fx.engine);
    fixture_advance(&fx, 23 * 3600 * 1000);
    fixture_until_bytes(&fx, job, 131072);
    fake_clock_advance(&fx.clock, 3600 * 1000);
    SetEvent(failing->answer_gate);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    SetEvent(gate);
    cancel_all(&job, 1);
    fixture_reopen(&fx);
    CloseHandle(failing->answer_gate);
}

static void bytes_that_never_stay_are_no_progress(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"cutting", 500000, 1);
    struct job_error error;
    resource->ignores_range = true;
    resource->cuts = 1000;
    resource->cut_after = 200000;
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, resource, u"cutting");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    for (unsigned hours = 0; hours < 23; hours++) {
        resource->cut_after = 100000 + hours;
        fixture_advance(&fx, 3600 * 1000);
        fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    }
    fixture_advance(&fx, 3600 * 1000);
    fixture_until_state(&fx, job, JOB_ERROR);
    assert_true(job_error(job, &error));
    assert_int_equal(error.code, DO_E_DOWNLOAD_NO_PROGRESS);
    cancel_all(&job, 1);
}

static void a_body_that_cannot_be_continued_may_pause_longer(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"whole", 500000, 1);
    resource->ignores_range = true;
    resource->cuts = 1;
    resource->cut_after = 1000;
    struct job *job = fixture_job(&fx);
    fixture_add(&fx, job, resource, u"whole");
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    fixture_advance(&fx, 2000);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(fx.http.request_count, 2);
    assert_false(fx.http.requests[0].expects_whole);
    assert_true(fx.http.requests[1].expects_whole);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(fx.http.requests[i].whole_timeout_ms, 300000);
    cancel_all(&job, 1);
}

/* ---- What a client may set ---- */

static void set_seconds(struct job *job, enum property_id id, uint32_t seconds)
{
    struct property_value value = property_of_bytes(id, &seconds, sizeof(seconds));
    assert_int_equal(job_set_properties(job, &value, 1), S_OK);
}

static struct job *failing_job(struct memory_resource *resource, enum property_id id, uint32_t seconds)
{
    struct job *job = fixture_job(&fx);
    resource->status = 503;
    fixture_add(&fx, job, resource, u"failing");
    set_seconds(job, id, seconds);
    assert_int_equal(job_resume(job), S_OK);
    return job;
}

static void the_retry_delay_that_was_set_is_the_longest_wait(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"failing", 1000, 1);
    struct job *job = failing_job(resource, PROPERTY_MINIMUM_RETRY_DELAY, 5);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    for (uint32_t attempt = 2; attempt < 12; attempt++) {
        fixture_advance(&fx, 5000);
        until_attempts(resource, attempt);
        fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    }
    cancel_all(&job, 1);
}

static void no_time_for_a_retry_means_no_retry(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"failing", 1000, 1);
    struct job_error error;
    struct job *job = failing_job(resource, PROPERTY_NO_PROGRESS_TIMEOUT, 0);
    fixture_until_state(&fx, job, JOB_ERROR);
    assert_true(job_error(job, &error));
    assert_int_equal(error.code, HRESULT_OF_HTTP_STATUS(503));
    set_seconds(job, PROPERTY_NO_PROGRESS_TIMEOUT, 100);
    set_seconds(job, PROPERTY_MINIMUM_RETRY_DELAY, 101);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_ERROR);
    set_seconds(job, PROPERTY_MINIMUM_RETRY_DELAY, 100);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    cancel_all(&job, 1);
}

/* A body that cannot be continued may pause for five minutes, but not beyond the no-progress time; never shorter than any other. */
static void a_pause_is_no_longer_than_the_time_without_progress(void **context)
{
    (void)context;
    static const struct {
        uint32_t seconds, receive_timeout_ms, expected_ms;
    } rows[] = {{299, 30000, 299000}, {300, 30000, 300000}, {301, 30000, 300000},   {UINT32_MAX, 30000, 300000},
                {10, 30000, 30000},   {0, 30000, 30000},    {86400, 600000, 600000}};
    struct memory_resource *resource = memory_http_add(&fx.http, u"whole", 1000, 1);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct job *job = fixture_job(&fx);
        fixture_add(&fx, job, resource, u"whole");
        fx.settings.receive_timeout_ms = rows[i].receive_timeout_ms;
        set_seconds(job, PROPERTY_NO_PROGRESS_TIMEOUT, rows[i].seconds);
        assert_int_equal(job_resume(job), S_OK);
        fixture_until_state(&fx, job, JOB_TRANSFERRED);
        assert_int_equal(fx.http.requests[i].whole_timeout_ms, rows[i].expected_ms);
        cancel_all(&job, 1);
    }
}

static void a_timeout_that_was_set_counts(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"failing", 1000, 1);
    struct job_error error;
    struct job *job = failing_job(resource, PROPERTY_NO_PROGRESS_TIMEOUT, 100);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    fixture_advance(&fx, 99999);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    set_seconds(job, PROPERTY_NO_PROGRESS_TIMEOUT, UINT32_MAX);
    fixture_advance(&fx, 40ull * 24 * 3600 * 100);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    set_seconds(job, PROPERTY_NO_PROGRESS_TIMEOUT, 100);
    fixture_advance(&fx, 75000);
    fixture_until_state(&fx, job, JOB_ERROR);
    assert_true(job_error(job, &error));
    assert_int_equal(error.code, DO_E_DOWNLOAD_NO_PROGRESS);
    cancel_all(&job, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
    const struct CMUnitTest tests[] = {
        TEST(jobs_of_a_dead_server_share_one_probe),
        TEST(who_waits_for_a_place_learns_that_the_server_is_dead),
        TEST(when_the_server_answers_all_go_on_at_once),
        TEST(any_answer_shows_that_the_server_is_there),
        TEST(a_probe_waits_for_nobody_and_lets_nobody_along),
        TEST(a_probe_that_is_suspended_passes_its_turn_on),
        TEST(resume_asks_at_once),
        TEST(a_server_that_redirects_to_a_dead_one_is_not_dead),
        TEST(a_server_that_redirects_answers),
        TEST(jobs_that_are_led_to_a_dead_server_share_one_probe),
        TEST(jobs_of_many_files_that_are_led_to_a_dead_server_share_its_probes),
        TEST(a_failure_on_the_way_there_is_as_good_as_the_probe),
        TEST(a_redirect_that_leads_elsewhere_counts_elsewhere),
        TEST(who_got_an_answer_is_led_nowhere_any_more),
        TEST(who_is_led_elsewhere_wakes_nobody),
        TEST(a_dead_proxy_of_one_job_is_nothing_to_others),
        TEST(who_waits_for_a_dead_server_gives_up_in_time),
        TEST(a_slow_server_leaves_workers_to_others),
        TEST(jobs_take_turns_at_a_server),
        TEST(who_waits_for_a_busy_server_costs_no_commit),
        TEST(who_waits_for_a_busy_server_goes_by_priority),
        TEST(what_somebody_waits_for_goes_at_once),
        TEST(what_somebody_waits_for_finds_a_worker_at_any_time),
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
        TEST(a_server_whose_probe_is_planned_is_not_forgotten),
        TEST(a_server_that_has_called_a_job_is_not_forgotten),
        TEST(a_long_body_is_progress_while_another_file_fails),
        TEST(bytes_that_never_stay_are_no_progress),
        TEST(a_body_that_cannot_be_continued_may_pause_longer),
        TEST(the_retry_delay_that_was_set_is_the_longest_wait),
        TEST(no_time_for_a_retry_means_no_retry),
        TEST(a_pause_is_no_longer_than_the_time_without_progress),
        TEST(a_timeout_that_was_set_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
