/* Sources that change, break off, hold back and contradict themselves, and a client that suspends, resumes, turns to the other source and starts anew, at
 * random and while transfers are under way: whatever comes of it, a file that is delivered is of one version. */
#include "engine_fixture.h"
#include "queue_store.h"

#include <windows.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROUNDS      150 /* of each seed */
#define STEPS       25  /* of each round */
#define SOURCES     2u
#define RANGES_MAX  3u
#define SMALL_SIZE  300000u
#define LARGE_SIZE  40000000u /* several segments */
#define LARGE_EVERY 40u
#define RETRY_MS    100000u /* longer than any wait for a retry */
#define END_MAX     200     /* how often it is resumed and waited for in the end */

static struct engine_fixture fx;

static struct round {
    uint32_t random;
    struct memory_resource *sources[SOURCES];
    HANDLE gate;
    uint64_t size;
    bool is_identified; /* by a tag; else no version can be told from another */
    struct wanted_range ranges[RANGES_MAX];
    uint32_t range_count;
    uint64_t first_version, version;
    struct job *job;
} now;

/* ---- The queue, which the disk takes or not. The linker puts this before the store's own. ---- */

HRESULT __real_queue_store_commit(struct queue_store *store);
HRESULT __wrap_queue_store_commit(struct queue_store *store);
static _Atomic bool store_fails;

HRESULT __wrap_queue_store_commit(struct queue_store *store)
{
    if (!store_fails)
        return __real_queue_store_commit(store);
    queue_store_rollback(store);
    return HRESULT_FROM_WIN32(ERROR_DISK_FULL);
}

static void assert_taken(HRESULT hr)
{
    assert_int_equal(hr, store_fails ? HRESULT_FROM_WIN32(ERROR_DISK_FULL) : S_OK);
}

static uint32_t draw(uint32_t limit)
{
    now.random = now.random * 1664525u + 1013904223u;
    return (now.random >> 8) % limit;
}

static bool draw_one_of(uint32_t count)
{
    return draw(count) == 0;
}

/* ---- The sources ---- */

/* Where a tag tells versions apart each source may have one of its own, and an old one again. */
static void publish_version(void)
{
    lock_acquire(&fx.http.lock);
    for (unsigned i = 0; i < SOURCES; i++) {
        struct memory_resource *source = now.sources[i];
        uint64_t older = now.is_identified ? draw((uint32_t)(now.version - now.first_version) + 1) : 0;
        source->seed = now.version - older;
        source->etag[0] = 0;
        if (now.is_identified)
            (void)swprintf(source->etag, ARRAYSIZE(source->etag), L"\"v%llu\"", source->seed);
    }
    lock_release(&fx.http.lock);
}

/* A body that breaks off tells nobody when its length is told nowhere either. */
static void draw_habits(struct memory_resource *source)
{
    lock_acquire(&fx.http.lock);
    source->ignores_range = draw_one_of(3);
    source->hides_length = source->ignores_range && !source->cuts && draw_one_of(4);
    source->hides_total = draw_one_of(6);
    lock_release(&fx.http.lock);
}

static void draw_fault(struct memory_resource *source)
{
    lock_acquire(&fx.http.lock);
    source->cuts = source->hides_length ? 0 : draw(3);
    source->cut_after = draw((uint32_t)now.size);
    source->status = draw_one_of(4) ? 503 : 0;
    lock_release(&fx.http.lock);
}

static void behave(void)
{
    SetEvent(now.gate);
    lock_acquire(&fx.http.lock);
    for (unsigned i = 0; i < SOURCES; i++) {
        now.sources[i]->cuts = 0;
        now.sources[i]->status = 0;
        now.sources[i]->hides_length = false;
    }
    lock_release(&fx.http.lock);
}

/* ---- The client ---- */

static void draw_ranges(void)
{
    uint64_t at = 0;
    now.range_count = draw_one_of(2) ? draw(RANGES_MAX) + 1 : 0;
    for (uint32_t i = 0; i < now.range_count; i++) {
        uint64_t step = now.size / RANGES_MAX;
        now.ranges[i] = (struct wanted_range){at + draw((uint32_t)step / 2 + 1), 1 + draw((uint32_t)step / 2)};
        at += step;
    }
}

static void begin_round(void)
{
    now.size = draw_one_of(LARGE_EVERY) ? LARGE_SIZE : RANGES_MAX * 2 + draw(SMALL_SIZE);
    now.is_identified = !draw_one_of(3);
    now.first_version = ++now.version;
    publish_version();
    behave();
    for (unsigned i = 0; i < SOURCES; i++) {
        now.sources[i]->size = now.size;
        now.sources[i]->gate_at = draw((uint32_t)now.size);
        draw_habits(now.sources[i]);
    }
    draw_ranges();
    now.job = fixture_job(&fx);
    fixture_add_ranges(&fx, now.job, now.sources[0], u"file", SIZE_UNKNOWN, now.range_count ? now.ranges : NULL,
                       now.range_count);
    assert_int_equal(job_resume(now.job), S_OK);
}

/* Without a tag no one could tell, were it not that nothing is under way. */
static void change_version(void)
{
    if (!now.is_identified && FAILED(job_suspend(now.job)))
        return;
    now.version++;
    publish_version();
}

/* In half of the cases the old one dies: nothing more is recorded. */
static void start_host_anew(void)
{
    uint8_t id[16];
    SetEvent(now.gate); /* who waits for it holds up the end of the host */
    job_id(now.job, id);
    job_release(now.job);
    store_fails = draw_one_of(2);
    fixture_stop(&fx);
    store_fails = false;
    fixture_start(&fx);
    assert_int_equal(engine_find_job(fx.engine, id, &now.job), S_OK);
}

static void wait_a_moment(void)
{
    (void)engine_step(fx.engine);
    (void)signal_wait(engine_signal(fx.engine), draw(4));
}

static void do_something(void)
{
    struct memory_resource *source = now.sources[draw(SOURCES)];
    switch (draw(16)) {
    case 0: (void)job_suspend(now.job); break;
    case 1: change_version(); break;
    case 2: assert_taken(job_file_set_url(job_file_at(now.job, 0), source->url)); break;
    case 3: draw_fault(source); break;
    case 4: draw_habits(source); break;
    case 5: SetEvent(now.gate); break;
    case 6: ResetEvent(now.gate); break;
    case 7: fixture_advance(&fx, RETRY_MS); break;
    case 8:
        if (draw_one_of(4))
            start_host_anew();
        break;
    case 9:
    case 10: (void)job_resume(now.job); break;
    case 11: store_fails = draw_one_of(3); break;
    default: wait_a_moment();
    }
}

static void await_end(void)
{
    behave();
    store_fails = false;
    for (int i = 0; job_state(now.job) != JOB_TRANSFERRED; i++) {
        if (i >= END_MAX)
            fail_msg("it does not come to its end: %ls", job_state_name(job_state(now.job)));
        if (job_state(now.job) == JOB_ERROR || job_state(now.job) == JOB_SUSPENDED)
            assert_int_equal(job_resume(now.job), S_OK);
        fixture_advance(&fx, RETRY_MS);
        (void)signal_wait(engine_signal(fx.engine), 50);
    }
}

/* ---- The file ---- */

/* The first byte that is not of that version; the file's size when all are. */
static size_t first_other_byte(const char *bytes, size_t size, uint64_t version)
{
    static const struct wanted_range whole = {0, SIZE_UNKNOWN};
    size_t at = 0;
    for (uint32_t i = 0; i < (now.range_count ? now.range_count : 1); i++) {
        const struct wanted_range *range = now.range_count ? &now.ranges[i] : &whole;
        for (uint64_t j = 0; j < range->length && at < size; j++, at++) {
            if ((uint8_t)bytes[at] != memory_http_byte(version, range->offset + j))
                return at;
        }
    }
    return at;
}

static uint64_t expected_size(void)
{
    uint64_t size = now.range_count ? 0 : now.size;
    for (uint32_t i = 0; i < now.range_count; i++)
        size += now.ranges[i].length;
    return size;
}

static void assert_one_version(uint32_t seed, int round)
{
    char16_t path[TEMP_PATH_MAX];
    size_t size, best = 0;
    fixture_path(&fx, u"file", path);
    char *bytes = temp_file_read(path, &size);
    assert_int_equal(size, expected_size());
    for (uint64_t version = now.first_version; version <= now.version && best < size; version++) {
        size_t other = first_other_byte(bytes, size, version);
        best = other > best ? other : best;
    }
    free(bytes);
    if (best < size)
        fail_msg("DOSVC_TEST_SEED=%u, round %d: of %zu bytes only the first %zu are of one version", seed, round, size,
                 best);
    assert_int_not_equal(DeleteFileW(path), 0);
}

static void run(uint32_t seed)
{
    print_message("DOSVC_TEST_SEED=%u\n", seed);
    memset(&now, 0, sizeof(now));
    now.random = seed;
    now.gate = CreateEventW(NULL, TRUE, TRUE, NULL);
    fixture_open(&fx);
    for (unsigned i = 0; i < SOURCES; i++) {
        now.sources[i] = memory_http_add(&fx.http, i ? u"mirror" : u"source", 0, 0);
        now.sources[i]->gate = now.gate;
    }
    for (int round = 0; round < ROUNDS; round++) {
        begin_round();
        for (int step = 0; step < STEPS && job_state(now.job) != JOB_TRANSFERRED; step++)
            do_something();
        await_end();
        assert_int_equal(job_complete(now.job), S_OK);
        job_release(now.job);
        assert_one_version(seed, round);
        assert_int_equal(fixture_temporary_files(&fx), 0);
    }
    fixture_close(&fx);
    CloseHandle(now.gate);
}

static void a_delivered_file_is_of_one_version(void **context)
{
    (void)context;
    const char *given = getenv("DOSVC_TEST_SEED");
    if (given) {
        run((uint32_t)strtoul(given, NULL, 0));
        return;
    }
    for (uint32_t seed = 1; seed <= 3; seed++)
        run(seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_delivered_file_is_of_one_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
