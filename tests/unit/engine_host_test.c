/* Servers that give no answer: who may ask them again, and when. */
#include "deliveryoptimizationerrors.h"
#include "engine_private.h"
#include "host_support.h"
#include "utf16.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define PER_SERVER 8
#define JOBS       20

static void jobs_of_a_dead_server_share_one_probe(void **context)
{
    (void)context;
    struct job *jobs[JOBS];
    struct job_error error;
    struct memory_resource *dead = host_resource(u"dead", u"file");
    dead->failure = CANNOT_CONNECT;
    host_start(jobs, JOBS, dead, u"file");
    host_until_all(jobs, JOBS, JOB_TRANSIENT_ERROR);
    assert_in_range(host_attempts(dead), 1, PER_SERVER);
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
        host_until_all(jobs, JOBS, JOB_TRANSIENT_ERROR);
    }
    assert_in_range(host_attempts(dead), 4, PER_SERVER + 14);
    host_cancel_all(jobs, JOBS);
}

static void who_waits_for_a_place_learns_that_the_server_is_dead(void **context)
{
    (void)context;
    struct job *jobs[JOBS];
    struct memory_resource *dead = host_resource(u"dead", u"file");
    dead->failure = CANNOT_CONNECT;
    dead->answer_gate = gate;
    host_start(jobs, JOBS, dead, u"file");
    host_until_attempts(dead, PER_SERVER);
    (void)engine_step(fx.engine);
    assert_int_equal(job_state(jobs[JOBS - 1]), JOB_QUEUED);
    SetEvent(gate);
    host_until_all(jobs, JOBS, JOB_TRANSIENT_ERROR);
    assert_int_equal(host_attempts(dead), PER_SERVER);
    host_cancel_all(jobs, JOBS);
}

static void when_the_server_answers_all_go_on_at_once(void **context)
{
    (void)context;
    struct job *jobs[JOBS];
    struct memory_resource *resource = host_resource(u"dead", u"file");
    resource->failure = CANNOT_CONNECT;
    host_start(jobs, JOBS, resource, u"file");
    host_until_all(jobs, JOBS, JOB_TRANSIENT_ERROR);
    for (unsigned second = 0; second < 20; second++) {
        fixture_advance(&fx, 1000);
        host_until_all(jobs, JOBS, JOB_TRANSIENT_ERROR);
    }
    lock_acquire(&fx.http.lock);
    resource->failure = S_OK;
    lock_release(&fx.http.lock);
    host_advance_until_asked(resource);
    host_until_all(jobs, JOBS, JOB_TRANSFERRED);
    host_cancel_all(jobs, JOBS);
}

static void any_answer_shows_that_the_server_is_there(void **context)
{
    (void)context;
    struct job *jobs[3];
    struct memory_resource *resource = host_resource(u"dead", u"file");
    resource->failure = CANNOT_CONNECT;
    host_start(jobs, 3, resource, u"file");
    host_until_all(jobs, 3, JOB_TRANSIENT_ERROR);
    lock_acquire(&fx.http.lock);
    resource->failure = S_OK;
    resource->status = 404;
    lock_release(&fx.http.lock);
    fixture_advance(&fx, 2000);
    host_until_all(jobs, 3, JOB_ERROR);
    host_cancel_all(jobs, 3);
}

static void a_probe_waits_for_nobody_and_lets_nobody_along(void **context)
{
    (void)context;
    struct job *jobs[3];
    struct memory_resource *resource = host_resource(u"dead", u"file");
    resource->failure = CANNOT_CONNECT;
    host_start(jobs, 3, resource, u"file");
    host_until_all(jobs, 3, JOB_TRANSIENT_ERROR);
    uint32_t before = host_attempts(resource);
    host_set_answer_gate(resource, gate);
    fixture_advance(&fx, 2000);
    host_until_attempts(resource, before + 1);
    for (unsigned minute = 0; minute < 3; minute++) {
        fixture_advance(&fx, 60000);
        assert_int_equal(host_attempts(resource), before + 1);
    }
    host_cancel_all(jobs, 3);
}

static void a_probe_that_is_suspended_passes_its_turn_on(void **context)
{
    (void)context;
    struct job *jobs[3];
    size_t prober = 3;
    struct memory_resource *resource = host_resource(u"dead", u"file");
    resource->failure = CANNOT_CONNECT;
    host_start(jobs, 3, resource, u"file");
    host_until_all(jobs, 3, JOB_TRANSIENT_ERROR);
    uint32_t before = host_attempts(resource);
    host_set_answer_gate(resource, gate);
    fixture_advance(&fx, 2000);
    host_until_attempts(resource, before + 1);
    for (size_t i = 0; i < 3; i++)
        prober = job_state(jobs[i]) == JOB_TRANSFERRING ? i : prober;
    assert_in_range(prober, 0, 2);
    fixture_advance(&fx, 2000); /* the others want to go, too */
    assert_int_equal(job_suspend(jobs[prober]), S_OK);
    host_until_attempts(resource, before + 2);
    host_cancel_all(jobs, 3);
}

static void resume_asks_at_once(void **context)
{
    (void)context;
    struct job *jobs[2];
    struct memory_resource *resource = host_resource(u"dead", u"file");
    resource->failure = CANNOT_CONNECT;
    host_start(jobs, 2, resource, u"file");
    host_until_all(jobs, 2, JOB_TRANSIENT_ERROR);
    for (size_t i = 0; i < 2; i++) {
        uint32_t before = host_attempts(resource);
        assert_int_equal(job_resume(jobs[i]), S_OK);
        host_until_attempts(resource, before + 1);
        fixture_until_state(&fx, jobs[i], JOB_TRANSIENT_ERROR);
    }
    host_cancel_all(jobs, 2);
}

/* ---- Who it is that gives no answer ---- */

/* A resource of that server which redirects to one that is dead. */
static struct memory_resource *resource_led_to(const char16_t *server, const char16_t *name, const char16_t *dead)
{
    struct memory_resource *resource = host_resource(server, name);
    resource->failure = CANNOT_CONNECT;
    (void)swprintf(resource->moved_to, ARRAYSIZE(resource->moved_to), L"http://%ls/there?secret", dead);
    return resource;
}

static void a_server_that_redirects_to_a_dead_one_is_not_dead(void **context)
{
    (void)context;
    struct job *led, *direct;
    struct memory_resource *moved = resource_led_to(u"mirror", u"moved", u"dead");
    host_start(&led, 1, moved, u"moved");
    fixture_until_state(&fx, led, JOB_TRANSIENT_ERROR);
    host_start(&direct, 1, host_resource(u"mirror", u"there"), u"there");
    fixture_until_state(&fx, direct, JOB_TRANSFERRED); /* the clock stands still: no probe goes */
    assert_int_equal(job_state(led), JOB_TRANSIENT_ERROR);
    assert_true(utf16_equal(job_file_at(led, 0)->led_to, u"http://dead")); /* no more of it than it takes */
    host_cancel_all(&led, 1);
    host_cancel_all(&direct, 1);
}

static void a_server_that_redirects_answers(void **context)
{
    (void)context;
    struct job *waiting[2], *led;
    struct memory_resource *file = host_resource(u"mirror", u"file");
    struct memory_resource *moved = resource_led_to(u"mirror", u"moved", u"dead");
    file->failure = CANNOT_CONNECT;
    host_start(waiting, 2, file, u"file");
    host_until_all(waiting, 2, JOB_TRANSIENT_ERROR);
    lock_acquire(&fx.http.lock);
    file->failure = S_OK;
    lock_release(&fx.http.lock);
    host_start(&led, 1, moved, u"moved"); /* resumed after that failure: it may go at once */
    host_until_all(waiting, 2, JOB_TRANSFERRED);
    host_cancel_all(waiting, 2);
    host_cancel_all(&led, 1);
}

static void jobs_that_are_led_to_a_dead_server_share_one_probe(void **context)
{
    (void)context;
    struct job *jobs[JOBS];
    struct memory_resource *moved = resource_led_to(u"mirror", u"moved", u"dead");
    host_start(jobs, JOBS, moved, u"moved");
    host_until_all(jobs, JOBS, JOB_TRANSIENT_ERROR);
    assert_in_range(host_attempts(moved), 1, JOBS); /* none knows where it is led before */
    uint32_t before = host_attempts(moved);
    for (unsigned second = 0; second < 60; second++) {
        fixture_advance(&fx, 1000);
        host_until_all(jobs, JOBS, JOB_TRANSIENT_ERROR);
    }
    assert_in_range(host_attempts(moved), before + 4, before + 14);
    lock_acquire(&fx.http.lock);
    moved->failure = S_OK;
    lock_release(&fx.http.lock);
    host_advance_until_asked(moved);
    host_until_all(jobs, JOBS, JOB_TRANSFERRED);
    host_cancel_all(jobs, JOBS);
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
    host_until_all(jobs, ARRAYSIZE(jobs), JOB_TRANSIENT_ERROR);
    uint32_t before = 0;
    for (unsigned minute = 0; minute < 20; minute++) {
        before = minute == 10 ? host_attempts(moved) : before;
        for (unsigned i = 0; i < 12; i++) {
            fixture_advance(&fx, 5000);
            host_until_all(jobs, ARRAYSIZE(jobs), JOB_TRANSIENT_ERROR);
        }
    }
    /* Two probes every 45 s (a minute, less what chance takes of it), by the server's clock and by that of the job that asked last, each with as many files as may be
     * asked for at once. Each job for itself would have made several times as many. */
    assert_in_range(host_attempts(moved) - before, 10, (10 * 60 / 45 + 1) * 2 * PER_SERVER);
    host_cancel_all(jobs, ARRAYSIZE(jobs));
}

/* The probe ends with its job, which another of its files ends: nobody has an answer, so nobody goes at once. */
static void a_failure_on_the_way_there_is_as_good_as_the_probe(void **context)
{
    (void)context;
    struct job *waiting, *job = fixture_job(&fx);
    HANDLE first_gate = CreateEventW(NULL, TRUE, FALSE, NULL), other_gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    struct memory_resource *direct = host_resource(u"dead", u"direct");
    struct memory_resource *learned = resource_led_to(u"mirror", u"learned", u"dead");
    struct memory_resource *other = resource_led_to(u"mirror", u"other", u"dead");
    direct->failure = CANNOT_CONNECT;
    host_start(&waiting, 1, direct, u"direct");
    fixture_until_state(&fx, waiting, JOB_TRANSIENT_ERROR);
    learned->answer_gate = first_gate;
    other->answer_gate = gate;
    fixture_add(&fx, job, learned, u"learned");
    fixture_add(&fx, job, other, u"other");
    assert_int_equal(job_resume(job), S_OK);
    host_until_attempts(learned, 1);
    host_until_attempts(other, 1);
    SetEvent(first_gate);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);

    host_set_answer_gate(learned, gate);
    host_set_answer_gate(other, other_gate);
    assert_int_equal(job_resume(job), S_OK);
    host_until_attempts(learned, 2);
    host_until_attempts(other, 2);
    fixture_advance(&fx, 2000);
    assert_non_null(waiting->parked_at);
    SetEvent(other_gate);
    fixture_until_state(&fx, job, JOB_TRANSIENT_ERROR);
    (void)engine_step(fx.engine);
    assert_int_equal(job_state(waiting), JOB_TRANSIENT_ERROR);
    assert_int_equal(host_attempts(direct), 1);
    host_cancel_all(&job, 1);
    SetEvent(gate);
    fixture_await_flights(&fx, 0);
    host_advance_until_asked(direct);
    host_cancel_all(&waiting, 1);
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
    struct memory_resource *elsewhere = host_resource(u"elsewhere", u"file");
    host_start(&jobs[0], 1, first, u"first");
    fixture_until_state(&fx, jobs[0], JOB_TRANSIENT_ERROR);
    lock_acquire(&fx.http.lock);
    memcpy(first->moved_to, second->moved_to, sizeof(first->moved_to));
    lock_release(&fx.http.lock);
    fixture_advance(&fx, 2000);
    host_until_attempts(first, 2);
    fixture_until_state(&fx, jobs[0], JOB_TRANSIENT_ERROR);
    lock_acquire(&fx.http.lock);
    first->answer_gate = gate;
    lock_release(&fx.http.lock);
    host_start(&jobs[1], 1, second, u"second");
    fixture_until_state(&fx, jobs[1], JOB_TRANSIENT_ERROR);
    assert_int_equal(job_resume(jobs[0]), S_OK);
    host_until_attempts(first, 3); /* the one probe of the server that both were led to is under way */
    assert_int_equal(job_file_set_url(job_file_at(jobs[1], 0), elsewhere->url), S_OK);
    fixture_until_state(&fx, jobs[1], JOB_TRANSFERRED);
    host_cancel_all(jobs, 2);
}

static void who_got_an_answer_is_led_nowhere_any_more(void **context)
{
    (void)context;
    struct job *jobs[2];
    struct memory_resource *first = resource_led_to(u"mirror", u"first", u"dead");
    struct memory_resource *second = resource_led_to(u"mirror", u"second", u"dead");
    host_start(&jobs[0], 1, first, u"first");
    fixture_until_state(&fx, jobs[0], JOB_TRANSIENT_ERROR);
    lock_acquire(&fx.http.lock);
    first->moved_to[0] = 0;
    first->failure = S_OK;
    first->cuts = 1;
    first->cut_after = 500;
    lock_release(&fx.http.lock);
    fixture_advance(&fx, 2000);
    host_until_attempts(first, 2);
    fixture_until_state(&fx, jobs[0], JOB_TRANSIENT_ERROR);
    host_start(&jobs[1], 1, second, u"second");
    fixture_until_state(&fx, jobs[1], JOB_TRANSIENT_ERROR);
    lock_acquire(&fx.http.lock);
    second->answer_gate = gate;
    lock_release(&fx.http.lock);
    assert_int_equal(job_resume(jobs[1]), S_OK);
    host_until_attempts(second, 2); /* the one probe of the dead server is under way */
    fixture_advance(&fx, 5000);
    fixture_until_state(&fx, jobs[0], JOB_TRANSFERRED);
    host_cancel_all(jobs, 2);
}

/* The redirect leads to another server now, which says nothing about the dead one. */
static void who_is_led_elsewhere_wakes_nobody(void **context)
{
    (void)context;
    struct job *led, *direct;
    struct memory_resource *moved = resource_led_to(u"mirror", u"moved", u"dead");
    struct memory_resource *file = host_resource(u"dead", u"file");
    file->failure = CANNOT_CONNECT;
    host_start(&led, 1, moved, u"moved");
    fixture_until_state(&fx, led, JOB_TRANSIENT_ERROR);
    host_start(&direct, 1, file, u"file");
    fixture_until_state(&fx, direct, JOB_TRANSIENT_ERROR);
    uint32_t before = host_attempts(file);
    lock_acquire(&fx.http.lock);
    (void)swprintf(moved->moved_to, ARRAYSIZE(moved->moved_to), L"http://alive/there");
    moved->failure = S_OK;
    lock_release(&fx.http.lock);
    assert_int_equal(job_resume(led), S_OK);
    fixture_until_state(&fx, led, JOB_TRANSFERRED);
    assert_int_equal(job_state(direct), JOB_TRANSIENT_ERROR);
    assert_int_equal(host_attempts(file), before);
    host_cancel_all(&led, 1);
    host_cancel_all(&direct, 1);
}

static void a_dead_proxy_of_one_job_is_nothing_to_others(void **context)
{
    (void)context;
    struct job *through[2], *bypassing, *direct, *late;
    struct memory_resource *file = host_resource(u"server", u"file");
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
    uint32_t attempts = host_attempts(file);
    host_start(&direct, 1, file, u"direct");
    fixture_until_state(&fx, direct, JOB_TRANSFERRED);
    assert_int_equal(job_state(through[0]), JOB_TRANSIENT_ERROR);
    fixture_advance(&fx, 1);
    assert_int_equal(host_attempts(file), attempts + 1); /* which says nothing about the proxy */
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
    attempts = host_attempts(file);
    assert_int_equal(job_resume(bypassing), S_OK);
    host_until_attempts(file, attempts + 1); /* who passes the proxy by asks the server itself: the one probe of it */
    host_start(&late, 1, file, u"late");
    fixture_until_state(&fx, late, JOB_TRANSIENT_ERROR);
    assert_int_equal(host_attempts(file), attempts + 1);
    host_cancel_all(&late, 1);
    host_cancel_all(through, 2);
    host_cancel_all(&bypassing, 1);
    host_cancel_all(&direct, 1);
}

static void who_waits_for_a_dead_server_gives_up_in_time(void **context)
{
    (void)context;
    struct job *jobs[JOBS];
    struct job_error error;
    struct memory_resource *resource = host_resource(u"dead", u"file");
    resource->failure = CANNOT_CONNECT;
    host_start(jobs, JOBS, resource, u"file");
    host_until_all(jobs, JOBS, JOB_TRANSIENT_ERROR);
    for (unsigned hours = 0; hours < 23; hours++) {
        fixture_advance(&fx, 3600 * 1000);
        host_until_all(jobs, JOBS, JOB_TRANSIENT_ERROR);
    }
    fixture_advance(&fx, 3600 * 1000);
    fixture_advance(&fx, 3600 * 1000);
    host_until_all(jobs, JOBS, JOB_ERROR);
    for (size_t i = 0; i < JOBS; i++) {
        assert_true(job_error(jobs[i], &error));
        assert_int_equal(error.code, DO_E_DOWNLOAD_NO_PROGRESS);
    }
    host_cancel_all(jobs, JOBS);
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
    struct memory_resource *resource = host_resource(u"dead", u"file");
    resource->failure = CANNOT_CONNECT;
    host_start(jobs, 3, resource, u"file");
    host_until_all(jobs, 3, JOB_TRANSIENT_ERROR);
    for (unsigned second = 0; !fx.engine->hosts.probes.first; second++) {
        assert_in_range(second, 0, 10);
        fixture_advance(&fx, 1000);
        host_until_all(jobs, 3, JOB_TRANSIENT_ERROR);
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
    host_cancel_all(jobs, 3);
}

/* Nothing of it is under way, and nobody waits for it: the job is about to ask. */
static void a_server_that_has_called_a_job_is_not_forgotten(void **context)
{
    (void)context;
    struct job *early[PER_SERVER], *late;
    struct memory_resource *busy = host_resource(u"busy", u"busy");
    busy->gate = gate;
    host_start(early, PER_SERVER, busy, u"early");
    host_until_attempts(busy, PER_SERVER);
    host_start(&late, 1, host_resource(u"busy", u"late"), u"late");
    (void)engine_step(fx.engine);
    SetEvent(gate);
    fixture_await_flights(&fx, 0);
    assert_non_null(late->called_by);
    look_up_servers(u"new", 100);
    assert_true(knows_server(u"http://busy:80"));
    assert_int_equal(job_suspend(late), S_OK);
    look_up_servers(u"newer", 200);
    assert_false(knows_server(u"http://busy:80"));
    host_cancel_all(early, PER_SERVER);
    host_cancel_all(&late, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, host_open, host_close)
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
        TEST(a_server_whose_probe_is_planned_is_not_forgotten),
        TEST(a_server_that_has_called_a_job_is_not_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
