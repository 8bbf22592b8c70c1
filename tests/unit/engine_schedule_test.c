/* Servers that are slow to answer and slow to fail, that go down, redirect and come back, and clients that suspend, resume, cancel and change priorities meanwhile.
 * Each request waits at a gate until the test lets it through, one at a time and in random order. After each thing that happens, when all that could follow from it
 * has: nobody waits whom his server admits, a server that is down is asked by one job at a time and at its own pace, and what is counted is there. */
#include "engine_fixture.h"
#include "engine_private.h"
#include "tuning.h"

#include <windows.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SEEDS          16
#define STEPS          250 /* of each seed */
#define SERVERS        4u
#define RESOURCES      (2 * SERVERS) /* a file at each server, and one elsewhere that redirects there */
#define JOBS           24u
#define FILES_MAX      3u
#define FILE_BYTES     1000u
#define REVOKED_MAX    10 /* requests of transfers that were revoked; the pool lets go of more than these */
#define RETRY_AFTER_MS 100000u
#define END_MS         900000u /* all servers answer: so long at most until every job has its files */
#define CANNOT_CONNECT ((HRESULT)0x80072EFD)
#define UNAVAILABLE    HRESULT_OF_HTTP_STATUS(503)

static struct engine_fixture fx;

static struct client_job {
    struct job *job;
    uint32_t files, resources[FILES_MAX], serial;
    uint32_t errors;     /* that it had when it was looked at last */
    uint64_t not_before; /* a server said so (clock time) */
} jobs[JOBS];

/* What was seen of a server that is down. */
static struct probing {
    const struct job *prober;       /* who asked last */
    uint64_t own_pace;              /* whose failure was the last: it may ask again when its own back-off is over */
    uint64_t retry_at;              /* of the server's back-off, which counts for all others */
    uint64_t begun_at, least_pause; /* of the last probe by that clock: the next one waits so long at least */
} probing[SERVERS];

static struct {
    uint32_t seed, random, step, serial;
    uint32_t spread; /* so many of the resources are wanted: the fewer, the busier are their servers */
    struct memory_resource *resources[RESOURCES];
    struct host *servers[SERVERS];
    struct job *made[JOBS + STEPS]; /* those that are over among them */
    size_t made_count;
    char last[64];
} now;

static uint32_t draw(uint32_t limit)
{
    now.random = now.random * 1664525u + 1013904223u;
    return (now.random >> 8) % limit;
}

static uint64_t clock_now(void)
{
    return fx.clock.clock.now(&fx.clock.clock);
}

#define CHECK(condition, ...)                                                                                          \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            print_error(__VA_ARGS__);                                                                                  \
            fail_msg("DOSVC_TEST_SEED=%u, step %u, after %s: %s", now.seed, now.step, now.last, #condition);           \
        }                                                                                                              \
    } while (0)

/* ---- Rest ---- */

static uint32_t count_waiting(void)
{
    uint32_t count = 0;
    lock_acquire(&fx.http.lock);
    for (unsigned i = 0; i < RESOURCES; i++)
        count += now.resources[i]->attempts - now.resources[i]->passed;
    lock_release(&fx.http.lock);
    return count;
}

/* Those that count: revoked ones do not. */
static uint32_t count_linked(void)
{
    uint32_t count = 0;
    for (struct job *job = fx.engine->moving.first; job; job = job->moving.next)
        count += job->flight_count;
    return count;
}

/* Every request that is under way waits at a gate, and of those that are over no worker has anything left to do: it would hold its job. */
static bool is_quiet(void)
{
    uint32_t waiting = count_waiting(), held = 0;
    lock_acquire(&fx.engine->model_lock);
    for (size_t i = 0; i < now.made_count; i++)
        held += atomic_load(&now.made[i]->references) - 1 - now.made[i]->is_listed - now.made[i]->is_touched;
    bool is_quiet = fx.engine->flight_count == waiting && held == waiting;
    lock_release(&fx.engine->model_lock);
    return is_quiet && count_waiting() == waiting;
}

/* With steps of the engine, until nothing more follows; or without any, until the workers have done what they can. */
static void await_rest(bool steps)
{
    ULONGLONG limit = GetTickCount64() + FIXTURE_LIMIT_MS;
    for (;; SwitchToThread()) {
        bool was_quiet = is_quiet();
        if (steps)
            (void)engine_step(fx.engine);
        if (was_quiet && (!steps || (!signal_wait(engine_signal(fx.engine), 0) && is_quiet())))
            return;
        CHECK(GetTickCount64() < limit, "%u flights, %u at gates\n", fixture_flights(&fx), count_waiting());
    }
}

/* ---- What must be true at rest ---- */

/* One of its servers would take a request of the job. */
static bool is_kept_waiting(struct client_job *client, uint32_t places) REQUIRES(fx.engine->model_lock)
{
    struct job *job = client->job;
    if ((job->facts.state != JOB_QUEUED && job->facts.state != JOB_TRANSFERRING) || job->flight_count)
        return false;
    if (places <= (job->facts.priority == JOB_FOREGROUND ? 0u : 2u))
        return false;
    bool lacks_places = fx.engine->lacks_places, is_admitted = false;
    for (size_t i = 0; i < job->file_count; i++) {
        const struct job_file *file = job->files[i];
        const struct host *host = file->status == FILE_PENDING ? host_of_file(fx.engine, file) : NULL;
        is_admitted |= host && !host->is_down && host_admits(fx.engine, host, job, places);
    }
    fx.engine->lacks_places = lacks_places;
    return is_admitted;
}

static void check_job(struct client_job *client, uint32_t places) REQUIRES(fx.engine->model_lock)
{
    const struct job *job = client->job;
    bool waits = job->facts.state == JOB_TRANSIENT_ERROR;
    CHECK(!is_kept_waiting(client, places), "job %u waits for nothing\n", client->serial);
    CHECK(waits || job->flight_count || !job->parked_at || !job->parked_at->is_down, "job %u is not told\n",
          client->serial);
    CHECK(!waits || job->retry.is_set || job->is_blocked, "job %u waits for ever\n", client->serial);
    CHECK(!waits || !job->retry.is_set || job->retry.due > clock_now(), "job %u is late\n", client->serial);
    CHECK(!job->flight_count || clock_now() >= client->not_before, "job %u asks too soon\n", client->serial);
    if (waits && job->facts.error_count != client->errors && job->facts.error.code == UNAVAILABLE &&
        job->pending_retry_after)
        client->not_before = clock_now() + RETRY_AFTER_MS;
    client->errors = job->facts.error_count;
}

/* The job that has asked a server since it is known to be down, and has no answer; NULL: none. */
static const struct job *prober_at(const struct host *host) REQUIRES(fx.engine->model_lock)
{
    for (const struct job *job = fx.engine->moving.first; job; job = job->moving.next) {
        for (const struct flight *flight = job->flights; flight; flight = flight->next_of_job) {
            if (flight->host == host && flight->begun_serial >= host->failure_serial)
                return job;
        }
    }
    return NULL;
}

/* One that nobody but the server's clock has called. */
static void check_probe(unsigned index, struct probing *seen) REQUIRES(fx.engine->model_lock)
{
    const struct host *host = now.servers[index];
    uint64_t pause = host->attempt < 7 ? 1000ull << (host->attempt - 1) : RETRY_MAX_MS;
    CHECK(clock_now() >= seen->retry_at, "server %u is asked too soon\n", index);
    CHECK(clock_now() - seen->begun_at >= seen->least_pause, "server %u is asked by one after the other\n", index);
    seen->begun_at = clock_now();
    seen->least_pause = pause - pause / 4;
}

static void check_server(unsigned index) REQUIRES(fx.engine->model_lock)
{
    const struct host *host = now.servers[index];
    struct probing *seen = &probing[index];
    bool has_parked = false;
    for (unsigned i = 0; i < PRIORITY_COUNT; i++)
        has_parked |= host->parked[i].first != NULL;
    if (!host->is_down) {
        CHECK(!has_parked || host->flights, "nobody calls those who wait for server %u\n", index);
        *seen = (struct probing){.own_pace = UINT64_MAX};
        return;
    }
    CHECK(!has_parked || host->flights || host->probe.is_set, "nobody asks server %u again\n", index);
    const struct job *prober = prober_at(host);
    bool is_new = prober && prober != seen->prober;
    if (is_new && prober->sequence != seen->own_pace && prober->resume_serial <= host->failure_serial)
        check_probe(index, seen);
    seen->prober = prober;
    seen->own_pace = host->prober_sequence;
    seen->retry_at = host->retry_at;
}

static void check(void)
{
    await_rest(true);
    uint32_t places = worker_pool_free(fx.engine->pool), linked = 0;
    lock_acquire(&fx.engine->model_lock);
    for (unsigned i = 0; i < JOBS; i++)
        check_job(&jobs[i], places);
    for (unsigned i = 0; i < SERVERS; i++)
        check_server(i);
    for (const struct host *host = fx.engine->hosts.all; host; host = host->next)
        linked += host->flights;
    CHECK(linked == count_linked(), "%u at servers\n", linked);
    lock_release(&fx.engine->model_lock);
}

/* ---- What happens ---- */

/* What its worker has to do is done before the engine's thread does anything. */
static void let_through(struct memory_resource *resource)
{
    lock_acquire(&fx.http.lock);
    uint32_t passed = resource->passed;
    bool is_waiting = resource->attempts != passed;
    lock_release(&fx.http.lock);
    if (!is_waiting)
        return;
    SetEvent(resource->answer_gate);
    for (uint32_t count = passed; count == passed; SwitchToThread()) {
        lock_acquire(&fx.http.lock);
        count = resource->passed;
        lock_release(&fx.http.lock);
    }
    await_rest(false);
}

static void let_one_through(void)
{
    uint32_t first = draw(RESOURCES);
    for (unsigned i = 0; i < RESOURCES; i++) {
        struct memory_resource *resource = now.resources[(first + i) % RESOURCES];
        if (memory_http_attempts(&fx.http, resource) == resource->passed)
            continue;
        let_through(resource);
        return;
    }
}

enum mood { MOOD_WELL, MOOD_DOWN, MOOD_BUSY, MOOD_LATER };

static void set_mood(unsigned server, enum mood mood)
{
    lock_acquire(&fx.http.lock);
    for (unsigned i = server; i < RESOURCES; i += SERVERS) {
        now.resources[i]->failure = mood == MOOD_DOWN ? CANNOT_CONNECT : S_OK;
        now.resources[i]->status = mood == MOOD_BUSY || mood == MOOD_LATER ? 503 : 0;
        now.resources[i]->retry_after = mood == MOOD_LATER ? u"100" : NULL;
    }
    lock_release(&fx.http.lock);
}

static void begin_job(struct client_job *client)
{
    *client = (struct client_job){.job = fixture_job(&fx), .files = 1 + draw(FILES_MAX), .serial = ++now.serial};
    now.made[now.made_count++] = client->job;
    for (uint32_t i = 0; i < client->files; i++) {
        char16_t name[32], path[TEMP_PATH_MAX];
        client->resources[i] = draw(now.spread);
        (void)swprintf(name, ARRAYSIZE(name), L"%u-%u", client->serial, i);
        fixture_path(&fx, name, path);
        struct file_spec spec = {.file_id = name,
                                 .url = now.resources[client->resources[i]]->url,
                                 .local_path = path,
                                 .declared_size = SIZE_UNKNOWN};
        assert_int_equal(job_add_files(client->job, &spec, 1), S_OK);
    }
    assert_int_equal(job_resume(client->job), S_OK);
}

static void replace_job(struct client_job *client)
{
    assert_int_equal(job_cancel(client->job), S_OK);
    begin_job(client);
}

static void resume(struct client_job *client)
{
    client->not_before = 0;
    (void)job_resume(client->job);
}

static void do_something(void)
{
    struct client_job *client = &jobs[draw(JOBS)];
    uint32_t what = draw(24);
    (void)snprintf(now.last, sizeof(now.last), "%u with job %u", what, client->serial);
    switch (what) {
    case 0: (void)job_suspend(client->job); break;
    case 1:
    case 2: resume(client); break;
    case 3: replace_job(client); break;
    case 4: assert_int_equal(job_set_priority(client->job, (enum job_priority)draw(PRIORITY_COUNT)), S_OK); break;
    case 5:
    case 6: set_mood(draw(SERVERS), (enum mood)draw(4)); break;
    case 7: set_mood(draw(SERVERS), MOOD_DOWN); break;
    case 8:
        if (job_state(client->job) == JOB_TRANSFERRED) {
            replace_job(client);
        }
        break;
    case 9:
    case 10:
    case 11: fake_clock_advance(&fx.clock, 1 + draw(3000)); break;
    case 12: fake_clock_advance(&fx.clock, RETRY_MAX_MS); break;
    default: let_one_through();
    }
}

static void limit_revoked(void)
{
    for (;;) {
        lock_acquire(&fx.engine->model_lock);
        uint32_t revoked = fx.engine->flight_count - count_linked();
        lock_release(&fx.engine->model_lock);
        if (revoked <= REVOKED_MAX)
            return;
        let_one_through();
        await_rest(true);
    }
}

/* ---- A seed ---- */

static void add_servers(void)
{
    for (unsigned i = 0; i < RESOURCES; i++) {
        struct memory_resource *resource = memory_http_add(&fx.http, u"", FILE_BYTES, i + 1);
        bool redirects = i >= SERVERS;
        (void)swprintf(resource->url, ARRAYSIZE(resource->url), L"http://%ls%u/file", redirects ? L"mirror" : L"server",
                       i % SERVERS);
        if (redirects)
            (void)swprintf(resource->moved_to, ARRAYSIZE(resource->moved_to), L"http://server%u/there", i % SERVERS);
        resource->answer_gate = CreateEventW(NULL, FALSE, FALSE, NULL);
        now.resources[i] = resource;
    }
    lock_acquire(&fx.engine->model_lock);
    for (unsigned i = 0; i < SERVERS; i++)
        now.servers[i] = host_of(fx.engine, now.resources[i]->url, NULL);
    lock_release(&fx.engine->model_lock);
}

static bool are_all_there(void)
{
    for (unsigned i = 0; i < JOBS; i++) {
        if (job_state(jobs[i].job) != JOB_TRANSFERRED)
            return false;
    }
    return true;
}

/* Of what waits at a gate: all, and what follows from that. */
static void let_all_through(void)
{
    while (count_waiting()) {
        for (unsigned i = 0; i < RESOURCES; i++)
            let_through(now.resources[i]);
        check();
    }
}

static void await_end(void)
{
    (void)snprintf(now.last, sizeof(now.last), "all are well");
    for (unsigned i = 0; i < SERVERS; i++)
        set_mood(i, MOOD_WELL);
    for (unsigned i = 0; i < JOBS; i++) {
        if (job_state(jobs[i].job) == JOB_SUSPENDED || job_state(jobs[i].job) == JOB_ERROR)
            resume(&jobs[i]);
    }
    uint64_t limit = clock_now() + END_MS;
    for (check(); let_all_through(), !are_all_there(); check()) {
        for (unsigned i = 0; i < JOBS && clock_now() >= limit; i++)
            print_error("job %u: %ls\n", jobs[i].serial, job_state_name(job_state(jobs[i].job)));
        CHECK(clock_now() < limit, "they do not come to their end\n");
        fake_clock_advance(&fx.clock, 5000);
    }
}

static void deliver(const struct client_job *client)
{
    assert_int_equal(job_complete(client->job), S_OK);
    for (uint32_t i = 0; i < client->files; i++) {
        char16_t name[32];
        (void)swprintf(name, ARRAYSIZE(name), L"%u-%u", client->serial, i);
        fixture_assert_file(&fx, name, now.resources[client->resources[i]]->seed, FILE_BYTES);
    }
}

static void run(uint32_t seed)
{
    print_message("DOSVC_TEST_SEED=%u\n", seed);
    memset(&now, 0, sizeof(now));
    memset(probing, 0, sizeof(probing));
    now.seed = now.random = seed;
    now.spread = 1 + draw(RESOURCES);
    fixture_open(&fx);
    add_servers();
    for (unsigned i = 0; i < JOBS; i++)
        begin_job(&jobs[i]);
    for (now.step = 0; now.step < STEPS; now.step++) {
        do_something();
        if (draw(4) == 0)
            continue; /* the engine's thread is late */
        check();
        limit_revoked();
    }
    await_end();
    assert_int_equal(count_linked(), 0);
    assert_int_equal(fixture_flights(&fx), 0);
    for (unsigned i = 0; i < JOBS; i++)
        deliver(&jobs[i]);
    for (size_t i = 0; i < now.made_count; i++)
        job_release(now.made[i]);
    fixture_close(&fx);
    for (unsigned i = 0; i < RESOURCES; i++)
        CloseHandle(now.resources[i]->answer_gate);
}

static void who_may_go_goes_and_nobody_else(void **context)
{
    (void)context;
    const char *given = getenv("DOSVC_TEST_SEED");
    if (given) {
        run((uint32_t)strtoul(given, NULL, 0));
        return;
    }
    for (uint32_t seed = 1; seed <= SEEDS; seed++)
        run(seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_may_go_goes_and_nobody_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
