/* One job after the other lives a random life, beside a model of it that is small enough to be believed: after each thing that happens both must tell the same.
 * The clock stands still but for what the test says, and the server does to all files of the job the same, so that each life has one right course. */
#include "engine_fixture.h"
#include "life_model.h"

#include "bits_error.h"
#include "deliveryoptimizationerrors.h"

#include <windows.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define STEPS    1000   /* of each seed */
#define LONG_MS  80000u /* longer than any wait for a retry */
#define SHORT_MS 100u
#define MONTH_MS (30ull * 24 * 3600 * 1000)
#define LIFE_MS  (20ull * 3600 * 1000) /* shorter than the no-progress time */

static struct engine_fixture fx;
static struct memory_resource *resources[FILES];

static const char *const server_words[] = {"is well", "is busy", "has no files", "stalls"};

static struct job *job;

static uint64_t utc(void)
{
    return fx.clock.clock.utc(&fx.clock.clock);
}

static uint64_t now(void)
{
    return fx.clock.clock.now(&fx.clock.clock);
}

/* ---- The comparison ---- */

static char history[32][64];
static unsigned history_count;

static void note(const char *format, ...) __attribute__((format(__MINGW_PRINTF_FORMAT, 1, 2)));
static void note(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(history[history_count++ % ARRAYSIZE(history)], sizeof history[0], format, arguments);
    va_end(arguments);
}

static void print_history(void)
{
    unsigned first = history_count > ARRAYSIZE(history) ? history_count - (unsigned)ARRAYSIZE(history) : 0;
    for (unsigned i = first; i < history_count; i++)
        print_error("%u: %s\n", i, history[i % ARRAYSIZE(history)]);
}

/* All that is asked is written down in words, so that one comparison does. */
struct picture {
    char text[256];
};

static struct picture expected(void)
{
    struct picture picture;
    (void)snprintf(picture.text, sizeof picture.text,
                   "%ls, %llu bytes, %u of %u files, error %08lX, %lu errors, %llu %llu %llu",
                   job_state_name(model.state), model_bytes(), model_count(), model.files, (unsigned long)model.error,
                   (unsigned long)model.error_count, model.creation, model.modification, model.completion);
    return picture;
}

static struct picture actual(void)
{
    struct picture picture;
    struct job_error error;
    struct job_progress progress = job_progress(job);
    struct job_times times = job_times(job);
    bool has_error = job_error(job, &error);
    (void)snprintf(picture.text, sizeof picture.text,
                   "%ls, %llu bytes, %u of %u files, error %08lX, %lu errors, %llu %llu %llu",
                   job_state_name(job_state(job)), progress.bytes_transferred, progress.files_transferred,
                   progress.files_total, has_error ? (unsigned long)error.code : 0, (unsigned long)job_error_count(job),
                   times.creation, times.modification, times.transfer_completion);
    return picture;
}

static bool is_quiet(void)
{
    bool stalls = model.server == SERVER_STALLED && model.state == JOB_TRANSFERRING;
    size_t wanted = stalls ? model.files - model_count() : 0;
    lock_acquire(&fx.http.lock);
    bool is_quiet = fx.http.open_exchanges == wanted;
    lock_release(&fx.http.lock);
    return is_quiet;
}

static bool is_as_expected(void *context)
{
    (void)context;
    if (!is_quiet())
        return false;
    (void)engine_step(fx.engine); /* what could still happen has happened then */
    struct picture a = actual(), b = expected();
    return strcmp(a.text, b.text) == 0;
}

static void compare(uint32_t seed, unsigned step)
{
    ULONGLONG limit = GetTickCount64() + FIXTURE_LIMIT_MS;
    for (;;) {
        (void)engine_step(fx.engine);
        if (is_as_expected(NULL))
            return;
        if (GetTickCount64() >= limit)
            break;
        (void)signal_wait(engine_signal(fx.engine), 5);
    }
    struct picture a = actual(), b = expected();
    print_history();
    fail_msg("DOSVC_TEST_SEED=%lu, step %u:\n%s, not\n%s", (unsigned long)seed, step, a.text, b.text);
}

/* ---- What happens ---- */

static void open_gates(bool are_open)
{
    for (unsigned i = 0; i < FILES; i++) {
        if (are_open)
            SetEvent(resources[i]->gate);
        else
            ResetEvent(resources[i]->gate);
    }
}

/* Transfers that were revoked in the middle of a stalled answer go home. */
static void release_revoked(void)
{
    open_gates(true);
    ULONGLONG limit = GetTickCount64() + FIXTURE_LIMIT_MS;
    for (size_t open = 1; open && GetTickCount64() < limit;) {
        lock_acquire(&fx.http.lock);
        open = fx.http.open_exchanges;
        lock_release(&fx.http.lock);
        SwitchToThread();
    }
    if (model.server == SERVER_STALLED)
        open_gates(false);
}

static void set_server(enum server server)
{
    lock_acquire(&fx.http.lock);
    for (unsigned i = 0; i < FILES; i++)
        resources[i]->status = server == SERVER_BUSY ? 503 : server == SERVER_WITHOUT_FILES ? 404 : 0;
    lock_release(&fx.http.lock);
    model.server = server;
    open_gates(server != SERVER_STALLED);
}

static void expect_answer(const char *what, HRESULT answer, HRESULT wanted)
{
    note("%s: %08lX", what, (unsigned long)answer);
    if (answer == wanted)
        return;
    print_history();
    fail_msg("%s in %ls: %08lX, not %08lX", what, job_state_name(model.state), (unsigned long)answer,
             (unsigned long)wanted);
}

static void begin_life(void)
{
    enum server server = model.server;
    job = fixture_job(&fx);
    memset(&model, 0, sizeof model);
    model.clock = &fx.clock.clock;
    model.server = server;
    model.creation = model.modification = utc();
    model.born = now();
    note("a new job");
}

static void end_life(void)
{
    job_release(job);
    job = NULL;
}

static void do_add(void)
{
    char16_t name[8];
    if (model.files == FILES && !model_is_dead())
        return;
    (void)swprintf(name, ARRAYSIZE(name), L"%u", model.files % FILES);
    char16_t path[TEMP_PATH_MAX];
    fixture_path(&fx, name, path);
    struct file_spec spec = {
        .url = resources[model.files % FILES]->url, .local_path = path, .declared_size = SIZE_UNKNOWN};
    expect_answer("add", job_add_files(job, &spec, 1), model_is_dead() ? DO_E_INVALID_STATE : S_OK);
    if (model_is_dead())
        return;
    model.files++;
    model.modification = utc();
    if (model.state == JOB_TRANSFERRED)
        model_enter(JOB_SUSPENDED);
    model_run();
}

static void do_resume(void)
{
    bool is_start = model.state == JOB_SUSPENDED || model.state == JOB_TRANSIENT_ERROR || model.state == JOB_ERROR;
    HRESULT wanted = model_is_dead() ? DO_E_INVALID_STATE : model.files == 0 ? DO_E_JOB_EMPTY : S_OK;
    expect_answer("Resume", job_resume(job), wanted);
    if (wanted != S_OK || !is_start)
        return;
    model_enter(JOB_QUEUED);
    model_run();
}

static void do_suspend(void)
{
    expect_answer("Suspend", job_suspend(job), model_is_dead() ? DO_E_INVALID_STATE : S_OK);
    if (model_is_dead() || model.state == JOB_SUSPENDED || model.state == JOB_TRANSFERRED)
        return;
    model_enter(JOB_SUSPENDED);
    release_revoked();
}

static void do_cancel(void)
{
    expect_answer("Cancel", job_cancel(job), model_is_dead() ? DO_E_INVALID_STATE : S_OK);
    if (model_is_dead())
        return;
    model_enter(JOB_CANCELLED);
    release_revoked();
}

static void do_complete(void)
{
    HRESULT wanted = model_is_dead() ? DO_E_INVALID_STATE : model_count() == model.files ? S_OK : BG_S_PARTIAL_COMPLETE;
    expect_answer("Complete", job_complete(job), wanted);
    if (FAILED(wanted))
        return;
    model_enter(JOB_ACKNOWLEDGED);
    release_revoked();
}

static void do_set(void)
{
    HRESULT wanted = model_is_dead() ? DO_E_INVALID_STATE : S_OK;
    expect_answer("setter", job_set_description(job, u"another"), wanted);
    if (wanted == S_OK)
        model.modification = utc();
}

static void do_invalidate(uint32_t file)
{
    if (file >= model.files)
        return;
    HRESULT wanted = model_is_dead() ? DO_E_INVALID_STATE : model.file[file].is_there ? S_OK : E_PENDING;
    expect_answer("invalid", job_file_set_valid(job_file_at(job, file), false), wanted);
    if (wanted != S_OK)
        return;
    model.file[file] = (struct model_file){0};
    model_fail(JOB_ERROR, BG_E_VALIDATION_FAILED);
    release_revoked();
}

/* A server that stalled can only go on: what it will do to requests that are under way must be certain. */
static void do_server(enum server server)
{
    if (model.server == SERVER_STALLED)
        server = SERVER_WELL;
    note("the server %s", server_words[server]);
    set_server(server);
    if (model.state == JOB_TRANSFERRING)
        model_run();
}

static void do_time(uint64_t milliseconds)
{
    model.waited += milliseconds;
    if (milliseconds == SHORT_MS && model.waited > 700)
        return; /* a retry may be due, or not */
    note("%llu ms pass", milliseconds);
    fake_clock_advance(&fx.clock, milliseconds);
    if (milliseconds == SHORT_MS || model.state != JOB_TRANSIENT_ERROR)
        return;
    model_enter(JOB_QUEUED);
    model_run();
}

/* What waits for a retry would be tried again first, and what comes of that is another story. */
static void do_expire(void)
{
    if (model.state == JOB_TRANSIENT_ERROR)
        return;
    note("a month passes");
    fake_clock_advance(&fx.clock, MONTH_MS);
    if (model_is_dead())
        return;
    (void)engine_step(fx.engine);
    model_enter(JOB_CANCELLED);
    release_revoked();
}

/* Only the living are loaded again; a transfer that stands still would have to be let go first. */
static void do_restart(void)
{
    uint8_t id[16];
    if (model_is_dead() || model.state == JOB_TRANSFERRING)
        return;
    note("a new host");
    job_id(job, id);
    job_release(job);
    fixture_reopen(&fx);
    assert_int_equal(engine_find_job(fx.engine, id, &job), S_OK);
    if (model.state != JOB_TRANSIENT_ERROR)
        return;
    model.state = JOB_QUEUED;
    model_run();
}

static uint32_t next_random(uint32_t *random, uint32_t limit)
{
    *random = *random * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)*random * limit >> 32);
}

static void do_something(uint32_t *random)
{
    switch (next_random(random, 32)) {
    case 0:
    case 1:
    case 2:
    case 3: do_add(); break;
    case 4:
    case 5:
    case 6:
    case 7:
    case 8:
    case 9: do_resume(); break;
    case 10:
    case 11:
    case 12: do_suspend(); break;
    case 13: do_cancel(); break;
    case 14: do_complete(); break;
    case 15:
    case 16: do_set(); break;
    case 17:
    case 18: do_invalidate(next_random(random, FILES)); break;
    case 19: do_restart(); break;
    case 20:
    case 21:
    case 22: do_time(SHORT_MS); break;
    case 23:
    case 24:
    case 25: do_time(LONG_MS); break;
    case 26: do_expire(); break;
    default: do_server((enum server)next_random(random, 4)); break;
    }
}

static void live(uint32_t seed, unsigned steps)
{
    uint32_t random = seed;
    print_message("DOSVC_TEST_SEED=%lu\n", (unsigned long)seed);
    fixture_open(&fx);
    for (unsigned i = 0; i < FILES; i++) {
        char16_t name[8];
        (void)swprintf(name, ARRAYSIZE(name), L"r%u", i);
        resources[i] = memory_http_add(&fx.http, name, FILE_SIZE, i);
        resources[i]->gate = CreateEventW(NULL, TRUE, TRUE, NULL);
        resources[i]->gate_at = BYTES_BEFORE_STALL;
    }
    memset(&model, 0, sizeof model);
    history_count = 0;
    begin_life();
    for (unsigned step = 0; step < steps; step++) {
        bool is_old = now() - model.born > LIFE_MS || (model_is_dead() && next_random(&random, 4) == 0);
        if (is_old) {
            if (!model_is_dead())
                do_cancel();
            compare(seed, step);
            end_life();
            begin_life();
        }
        do_something(&random);
        compare(seed, step);
    }
    if (!model_is_dead())
        do_cancel();
    end_life();
    release_revoked();
    fixture_close(&fx);
    for (unsigned i = 0; i < FILES; i++)
        CloseHandle(resources[i]->gate);
}

static void a_job_lives_as_the_model_says(void **context)
{
    (void)context;
    const char *given = getenv("DOSVC_TEST_SEED");
    if (given) {
        live((uint32_t)strtoul(given, NULL, 0), 10 * STEPS);
        return;
    }
    for (uint32_t seed = 1; seed <= 3; seed++)
        live(seed, STEPS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_job_lives_as_the_model_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
