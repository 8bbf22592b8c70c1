#include "engine_script.h"

#include "memory.h"

#include <windows.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <cmocka.h>

#define PLAIN_SIZE   150000u
#define PLAIN_SEED   41u
#define GATE_AT      131072u
#define PIECES_SIZE  400000u /* remote */
#define PIECES_SEED  42u
#define PIECE_BYTES  50000u
#define OTHER_SIZE   70000u
#define OLD_TEXT     "what stood here before"
#define QUIET_MS     20u /* an engine that waits so long waits for the clock */
#define NEW_FLAGS    (NOTIFY_FLAG_TRANSFERRED | NOTIFY_FLAG_MODIFICATION)
#define FIRST_FLAGS  (NOTIFY_FLAG_TRANSFERRED | NOTIFY_FLAG_ERROR)
#define DESCRIPTION  u"described"
#define RETRY_DELAY  30u
#define NO_DELAY     600u /* what is said of one that was never set */
#define HEADERS      u"X-Day: one"
#define MAIN_NAME    u"main"
#define OTHER_NAME   u"other"
#define CANNOT_START ((HRESULT)0x80D01001)

/* In the caller's order, which is not theirs in the remote file. */
static const struct wanted_range pieces[] = {{0, PIECE_BYTES}, {300000, PIECE_BYTES}, {100000, PIECE_BYTES}};
#define PIECES 3

static struct {
    struct memory_resource *plain, *pieces, *other;
} served;

/* ---- The world ---- */

void script_serve(struct engine_fixture *fixture)
{
    served.plain = memory_http_add(&fixture->http, u"plain", PLAIN_SIZE, PLAIN_SEED);
    served.pieces = memory_http_add(&fixture->http, u"pieces", PIECES_SIZE, PIECES_SEED);
    served.other = memory_http_add(&fixture->http, u"other", OTHER_SIZE, 43);
    served.plain->gate = CreateEventW(NULL, TRUE, FALSE, NULL);
    served.plain->gate_at = GATE_AT;
}

void script_prepare(struct engine_fixture *fixture)
{
    char16_t path[TEMP_PATH_MAX];
    script_serve(fixture);
    fixture_path(fixture, L"pieces", path);
    temp_file_write(path, OLD_TEXT, strlen(OLD_TEXT));
}

void script_release(struct engine_fixture *fixture)
{
    (void)fixture;
    SetEvent(served.plain->gate);
}

/* ---- The steps ---- */

struct day {
    struct engine_fixture *fixture;
    struct script_ledger *ledger;
    bool (*is_over)(void);
    struct job *main, *other;
};

static bool is_ended(const struct day *day)
{
    return day->is_over && day->is_over();
}

static HRESULT create(struct day *day)
{
    HRESULT hr = engine_create_job(day->fixture->engine, MAIN_NAME, &day->main);
    if (SUCCEEDED(hr))
        job_id(day->main, day->ledger->main_id);
    return hr;
}

static HRESULT add_files(struct engine_fixture *fixture, struct job *job)
{
    char16_t plain[TEMP_PATH_MAX], in_pieces[TEMP_PATH_MAX];
    fixture_path(fixture, L"plain", plain);
    fixture_path(fixture, L"pieces", in_pieces);
    struct file_spec specs[] = {
        {.url = served.plain->url, .local_path = plain, .declared_size = SIZE_UNKNOWN},
        {.url = served.pieces->url,
         .local_path = in_pieces,
         .declared_size = SIZE_UNKNOWN,
         .ranges = pieces,
         .range_count = PIECES},
    };
    return job_add_files(job, specs, ARRAYSIZE(specs));
}

static HRESULT add(struct day *day)
{
    return add_files(day->fixture, day->main);
}

static HRESULT describe(struct day *day)
{
    return job_set_description(day->main, DESCRIPTION);
}

static HRESULT set_priority(struct day *day)
{
    return job_set_priority(day->main, JOB_HIGH);
}

static HRESULT set_flags(struct day *day)
{
    return job_set_notify_flags(day->main, NEW_FLAGS);
}

static HRESULT set_retry_delay(struct day *day)
{
    return job_set_number(day->main, PROPERTY_MINIMUM_RETRY_DELAY, RETRY_DELAY);
}

static HRESULT set_headers(struct day *day)
{
    return job_set_custom_headers(day->main, HEADERS);
}

static HRESULT resume(struct day *day)
{
    return job_resume(day->main);
}

static HRESULT failure_of(struct job *job)
{
    struct job_error error = {.code = E_UNEXPECTED};
    (void)job_error(job, &error);
    return error.code;
}

/* The engine's thread, until *is_met; the clock goes on whenever the engine waits. A job in ERROR ends it. */
static HRESULT await(struct day *day, struct job *job, bool (*is_met)(struct job *job), const char *what)
{
    ULONGLONG deadline = GetTickCount64() + FIXTURE_LIMIT_MS;
    if (job_state(job) == JOB_ERROR) {
        HRESULT hr = job_resume(job);
        if (FAILED(hr))
            return hr;
    }
    for (;;) {
        (void)engine_step(day->fixture->engine);
        if (is_ended(day))
            return E_ABORT;
        if (is_met(job))
            return S_OK;
        if (job_state(job) == JOB_ERROR)
            return failure_of(job);
        if (GetTickCount64() >= deadline)
            fail_msg("not in time: %s, in state %ls", what, job_state_name(job_state(job)));
        if (!signal_wait(engine_signal(day->fixture->engine), QUIET_MS))
            fake_clock_advance(&day->fixture->clock, 1000);
    }
}

static bool has_half(struct job *job)
{
    return job_file_progress(job_file_at(job, 0)).bytes_transferred >= GATE_AT;
}

static bool has_arrived(struct job *job)
{
    return job_state(job) == JOB_TRANSFERRED;
}

static HRESULT half(struct day *day)
{
    return await(day, day->main, has_half, "half of the file");
}

static HRESULT suspend(struct day *day)
{
    return job_suspend(day->main);
}

/* Twice: a commit that failed is made again after a second. */
static HRESULT settle(struct day *day)
{
    for (int i = 0; i < 2; i++) {
        (void)engine_step(day->fixture->engine);
        fake_clock_advance(&day->fixture->clock, 1000);
    }
    (void)engine_step(day->fixture->engine);
    day->ledger->settled_bytes = job_file_progress(job_file_at(day->main, 0)).bytes_transferred;
    return is_ended(day) ? E_ABORT : S_OK;
}

static HRESULT create_other(struct day *day)
{
    HRESULT hr = engine_create_job(day->fixture->engine, OTHER_NAME, &day->other);
    if (SUCCEEDED(hr))
        job_id(day->other, day->ledger->other_id);
    return hr;
}

static HRESULT add_other(struct day *day)
{
    char16_t path[TEMP_PATH_MAX];
    fixture_path(day->fixture, L"other", path);
    struct file_spec spec = {.url = served.other->url, .local_path = path, .declared_size = SIZE_UNKNOWN};
    return job_add_files(day->other, &spec, 1);
}

static HRESULT resume_other(struct day *day)
{
    return job_resume(day->other);
}

static HRESULT arrive_other(struct day *day)
{
    return await(day, day->other, has_arrived, "the other job");
}

static HRESULT cancel_other(struct day *day)
{
    return job_cancel(day->other);
}

static HRESULT resume_again(struct day *day)
{
    script_release(day->fixture);
    return job_resume(day->main);
}

static HRESULT arrive(struct day *day)
{
    return await(day, day->main, has_arrived, "the job");
}

static HRESULT complete(struct day *day)
{
    return job_complete(day->main);
}

static HRESULT (*const steps[SCRIPT_STEPS])(struct day *day) = {
    [SCRIPT_CREATE] = create,
    [SCRIPT_ADD] = add,
    [SCRIPT_DESCRIBE] = describe,
    [SCRIPT_PRIORITY] = set_priority,
    [SCRIPT_FLAGS] = set_flags,
    [SCRIPT_RETRY] = set_retry_delay,
    [SCRIPT_HEADERS] = set_headers,
    [SCRIPT_RESUME] = resume,
    [SCRIPT_HALF] = half,
    [SCRIPT_SUSPEND] = suspend,
    [SCRIPT_SETTLE] = settle,
    [SCRIPT_CREATE_OTHER] = create_other,
    [SCRIPT_ADD_OTHER] = add_other,
    [SCRIPT_RESUME_OTHER] = resume_other,
    [SCRIPT_ARRIVE_OTHER] = arrive_other,
    [SCRIPT_CANCEL_OTHER] = cancel_other,
    [SCRIPT_RESUME_AGAIN] = resume_again,
    [SCRIPT_ARRIVE] = arrive,
    [SCRIPT_COMPLETE] = complete,
};

static HRESULT run_steps(struct day *day)
{
    struct script_ledger *ledger = day->ledger;
    for (int step = 0; step < SCRIPT_STEPS; step++) {
        ledger->begun[step] = true;
        HRESULT hr = steps[step](day);
        if (FAILED(hr)) {
            ledger->failures++;
            ledger->last_failure = hr;
            hr = is_ended(day) ? hr : steps[step](day);
        }
        if (FAILED(hr))
            return hr;
        ledger->done[step] = true;
    }
    return S_OK;
}

HRESULT script_run(struct engine_fixture *fixture, struct script_ledger *ledger, bool (*is_over)(void))
{
    struct day day = {.fixture = fixture, .ledger = ledger, .is_over = is_over};
    HRESULT hr = run_steps(&day);
    if (day.main)
        job_release(day.main);
    if (day.other)
        job_release(day.other);
    return hr;
}

/* ---- What must be true afterwards ---- */

static const char *place; /* for the words of a failure */

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            fail_msg("%s: not so, line %d: %s", place, __LINE__, #condition);                                          \
    } while (0)

/* The job of that name among those of the queue; NULL: none. Returns new. */
static struct job *find_named(struct engine_fixture *fixture, const char16_t *name)
{
    struct job **jobs, *found = NULL;
    size_t count;
    CHECK(engine_list_jobs(fixture->engine, false, &jobs, &count) == S_OK);
    for (size_t i = 0; i < count; i++) {
        char16_t *its;
        CHECK(job_display_name(jobs[i], &its) == S_OK);
        bool is_it = wcscmp(its, name) == 0;
        mem_free(its);
        CHECK(!is_it || !found);
        if (is_it)
            found = jobs[i];
        else
            job_release(jobs[i]);
    }
    mem_free(jobs);
    return found;
}

static size_t job_count(struct engine_fixture *fixture)
{
    struct job **jobs;
    size_t count;
    CHECK(engine_list_jobs(fixture->engine, false, &jobs, &count) == S_OK);
    for (size_t i = 0; i < count; i++)
        job_release(jobs[i]);
    mem_free(jobs);
    return count;
}

static void check_existence(const struct script_ledger *ledger, struct job *job, const uint8_t id[16],
                            enum script_step make, enum script_step end)
{
    uint8_t its[16];
    if (ledger->done[make] && !ledger->begun[end])
        CHECK(job);
    if (!ledger->begun[make] || ledger->done[end])
        CHECK(!job);
    if (!job || !ledger->done[make])
        return;
    job_id(job, its);
    CHECK(memcmp(its, id, sizeof its) == 0);
}

static void check_properties(const struct script_ledger *ledger, struct job *job)
{
    char16_t *description;
    CHECK(job_description(job, &description) == S_OK);
    bool is_described = wcscmp(description, DESCRIPTION) == 0;
    CHECK(is_described || !description[0]);
    mem_free(description);
    CHECK(is_described ? ledger->begun[SCRIPT_DESCRIBE] : !ledger->done[SCRIPT_DESCRIBE]);
    bool is_high = job_priority(job) == JOB_HIGH;
    CHECK(is_high || job_priority(job) == JOB_NORMAL);
    CHECK(is_high ? ledger->begun[SCRIPT_PRIORITY] : !ledger->done[SCRIPT_PRIORITY]);
    bool is_flagged = job_notify_flags(job) == NEW_FLAGS;
    CHECK(is_flagged || job_notify_flags(job) == FIRST_FLAGS);
    CHECK(is_flagged ? ledger->begun[SCRIPT_FLAGS] : !ledger->done[SCRIPT_FLAGS]);
    bool has_delay = job_number(job, PROPERTY_MINIMUM_RETRY_DELAY) == RETRY_DELAY;
    CHECK(has_delay || job_number(job, PROPERTY_MINIMUM_RETRY_DELAY) == NO_DELAY);
    CHECK(has_delay ? ledger->begun[SCRIPT_RETRY] : !ledger->done[SCRIPT_RETRY]);
    char16_t *headers = NULL;
    bool has_headers = job_text(job, PROPERTY_CUSTOM_HEADERS, &headers) == S_OK && headers && headers[0];
    CHECK(!has_headers || wcsncmp(headers, HEADERS, wcslen(HEADERS)) == 0);
    mem_free(headers);
    CHECK(has_headers ? ledger->begun[SCRIPT_HEADERS] : !ledger->done[SCRIPT_HEADERS]);
    size_t count = job_file_count(job);
    CHECK(count == 0 || count == 2);
    CHECK(count ? ledger->begun[SCRIPT_ADD] : !ledger->done[SCRIPT_ADD]);
}

/* A job that is to run does, one that was suspended does not. */
static void check_state(const struct script_ledger *ledger, struct job *job)
{
    bool is_suspended = job_state(job) == JOB_SUSPENDED;
    if (ledger->done[SCRIPT_ARRIVE])
        CHECK(job_state(job) == JOB_TRANSFERRED);
    else if (ledger->done[SCRIPT_RESUME_AGAIN])
        CHECK(!is_suspended);
    else if (ledger->done[SCRIPT_SUSPEND])
        CHECK(is_suspended || ledger->begun[SCRIPT_RESUME_AGAIN]);
    else if (ledger->done[SCRIPT_RESUME])
        CHECK(!is_suspended || ledger->begun[SCRIPT_SUSPEND]);
    else
        CHECK(is_suspended || ledger->begun[SCRIPT_RESUME]);
    if (ledger->done[SCRIPT_SETTLE])
        CHECK(job_file_progress(job_file_at(job, 0)).bytes_transferred >= ledger->settled_bytes);
}

static bool is_content(struct engine_fixture *fixture, const char16_t *name, const struct wanted_range *ranges,
                       size_t range_count, uint64_t seed)
{
    char16_t path[TEMP_PATH_MAX];
    size_t size = 0, at = 0;
    fixture_path(fixture, name, path);
    char *bytes = temp_file_read(path, &size);
    bool is_right = true;
    for (size_t i = 0; i < range_count; i++) {
        for (uint64_t j = 0; j < ranges[i].length && is_right; j++, at++)
            is_right = at < size && (uint8_t)bytes[at] == memory_http_byte(seed, ranges[i].offset + j);
    }
    free(bytes);
    return is_right && at == size;
}

static bool has_plain(struct engine_fixture *fixture)
{
    static const struct wanted_range whole = {0, PLAIN_SIZE};
    return is_content(fixture, u"plain", &whole, 1, PLAIN_SEED);
}

static bool has_pieces(struct engine_fixture *fixture)
{
    return is_content(fixture, u"pieces", pieces, PIECES, PIECES_SEED);
}

static bool has_old_text(struct engine_fixture *fixture)
{
    char16_t path[TEMP_PATH_MAX];
    size_t size = 0;
    fixture_path(fixture, u"pieces", path);
    char *bytes = temp_file_read(path, &size);
    bool is_old = size == strlen(OLD_TEXT) && memcmp(bytes, OLD_TEXT, size) == 0;
    free(bytes);
    return is_old;
}

static bool exists(struct engine_fixture *fixture, const char16_t *name)
{
    char16_t path[TEMP_PATH_MAX];
    fixture_path(fixture, name, path);
    return temp_file_exists(path);
}

/* At any moment a file under its final name is whole: the new one, or what stood there. */
static void check_targets(struct engine_fixture *fixture, const struct script_ledger *ledger)
{
    bool may_be_new = ledger->begun[SCRIPT_COMPLETE];
    bool must_be_new = ledger->done[SCRIPT_COMPLETE];
    if (exists(fixture, u"plain"))
        CHECK(may_be_new && has_plain(fixture));
    else
        CHECK(!must_be_new);
    if (!has_old_text(fixture))
        CHECK(may_be_new && has_pieces(fixture));
    else
        CHECK(!must_be_new);
    CHECK(!exists(fixture, u"other"));
}

/* What was settled is not asked for again. */
static void check_requests(struct engine_fixture *fixture, const struct script_ledger *ledger)
{
    for (size_t i = 0; i < fixture->http.request_count; i++) {
        const struct memory_request *request = &fixture->http.requests[i];
        CHECK(!ledger->done[SCRIPT_ARRIVE]);
        if (request->resource == served.plain && ledger->done[SCRIPT_SETTLE])
            CHECK(request->has_range && request->first >= ledger->settled_bytes);
    }
}

static void finish_main(struct engine_fixture *fixture, const struct script_ledger *ledger, struct job *job)
{
    struct day day = {.fixture = fixture};
    if (!job_file_count(job))
        CHECK(add_files(fixture, job) == S_OK);
    CHECK(job_resume(job) == S_OK);
    CHECK(await(&day, job, has_arrived, "the rest of the day") == S_OK);
    check_requests(fixture, ledger);
    HRESULT hr = job_complete(job);
    if (hr != S_OK)
        fail_msg("%s: Complete answers 0x%08lX", place, (unsigned long)hr);
    job_release(job);
}

void script_verify(struct engine_fixture *fixture, const struct script_ledger *ledger, const char *where)
{
    place = where;
    script_release(fixture);
    fixture->http.request_count = 0;
    HRESULT hr = fixture_try_start(fixture);
    if (hr != S_OK)
        fail_msg("%s: the queue does not open: 0x%08lX", place, (unsigned long)hr);
    struct job *main = find_named(fixture, MAIN_NAME), *other = find_named(fixture, OTHER_NAME);
    bool was_there = main;
    check_existence(ledger, main, ledger->main_id, SCRIPT_CREATE, SCRIPT_COMPLETE);
    check_existence(ledger, other, ledger->other_id, SCRIPT_CREATE_OTHER, SCRIPT_CANCEL_OTHER);
    check_targets(fixture, ledger);
    if (main) {
        check_properties(ledger, main);
        check_state(ledger, main);
        finish_main(fixture, ledger, main);
    }
    if (other) {
        if (ledger->done[SCRIPT_ARRIVE_OTHER])
            CHECK(job_state(other) == JOB_TRANSFERRED);
        CHECK(job_cancel(other) == S_OK);
        job_release(other);
    }
    if (was_there || ledger->begun[SCRIPT_COMPLETE]) {
        CHECK(has_plain(fixture));
        CHECK(has_pieces(fixture));
    }
    CHECK(job_count(fixture) == 0);
    CHECK(fixture_temporary_files(fixture) == 0);
    char16_t path[TEMP_PATH_MAX];
    WIN32_FIND_DATAW found;
    (void)swprintf(path, TEMP_PATH_MAX, L"%ls\\queue.corrupt*", fixture->queue_dir);
    CHECK(FindFirstFileW(path, &found) == INVALID_HANDLE_VALUE);
    fixture_stop(fixture);
    CHECK(fixture->http.open_exchanges == 0);
}
