#include "engine_fixture.h"

#include "engine_private.h"
#include "local_path.h"
#include "memory.h"

#include <windows.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct engine_fixture *current; /* for the callbacks without a context */

static HRESULT be_the_user(struct identity *identity, struct caller *caller)
{
    (void)identity;
    memset(caller, 0, sizeof(*caller));
    (void)swprintf(caller->sid, ARRAYSIZE(caller->sid), L"S-1-5-21-1-2-3-1000");
    return S_OK;
}

static HRESULT lend_transport(struct http_transport **transport)
{
    *transport = &current->http.transport;
    return S_OK;
}

HRESULT fixture_try_start(struct engine_fixture *fixture)
{
    const struct engine_environment environment = {
        .clock = &fixture->clock.clock,
        .file_ops = fixture->file_ops ? fixture->file_ops : file_ops_system(),
        .identity = &fixture->identity,
        .network = &fixture->network.network,
        .create_transport = fixture->create_transport ? fixture->create_transport : lend_transport,
        .settings = &fixture->settings,
        .load_bandwidth = fixture->load_bandwidth,
        .process_ops = &fixture->processes.ops,
        .deliver_to_class = fixture->deliver_to_class,
    };
    current = fixture;
    return engine_create(&environment, &fixture->engine);
}

void fixture_start(struct engine_fixture *fixture)
{
    HRESULT hr = fixture_try_start(fixture);
    if (hr != S_OK)
        fail_msg("the engine cannot be made: 0x%08lX", (unsigned long)hr);
}

void fixture_prepare(struct engine_fixture *fixture, const wchar_t *directory)
{
    memset(fixture, 0, sizeof(*fixture));
    if (directory)
        (void)swprintf(fixture->dir.path, TEMP_PATH_MAX, L"%ls", directory);
    else
        temp_dir_make(&fixture->dir);
    temp_dir_path(&fixture->dir, L"queue", fixture->queue_dir);
    fake_clock_init(&fixture->clock);
    memory_http_init(&fixture->http);
    fake_processes_init(&fixture->processes);
    fake_network_init(&fixture->network);
    fixture->identity.caller = be_the_user;
    fixture->settings.queue_dir = fixture->queue_dir;
    fixture->settings.retry_base_ms = 1000;
    fixture->settings.range_cut_mib = 64;
    fixture->settings.receive_timeout_ms = 30000;
}

void fixture_open(struct engine_fixture *fixture)
{
    fixture_prepare(fixture, NULL);
    fixture_start(fixture);
}

void fixture_close(struct engine_fixture *fixture)
{
    engine_destroy(fixture->engine);
    temp_dir_remove(&fixture->dir);
}

void fixture_stop(struct engine_fixture *fixture)
{
    engine_destroy(fixture->engine);
    fixture->engine = NULL;
}

void fixture_reopen(struct engine_fixture *fixture)
{
    fixture_stop(fixture);
    fixture_start(fixture);
}

struct job *fixture_job(struct engine_fixture *fixture)
{
    struct job *job = NULL;
    assert_int_equal(engine_create_job(fixture->engine, u"test", &job), S_OK);
    return job;
}

void fixture_path(struct engine_fixture *fixture, const char16_t *name, char16_t path[TEMP_PATH_MAX])
{
    temp_dir_path(&fixture->dir, name, path);
}

void fixture_temporary_path(struct engine_fixture *fixture, const char16_t *name, const uint8_t job[16],
                            uint32_t number, char16_t path[TEMP_PATH_MAX])
{
    fixture_path(fixture, name, path);
    char16_t *temporary = local_path_temporary(path, job, number);
    assert_non_null(temporary);
    (void)swprintf(path, TEMP_PATH_MAX, L"%ls", temporary);
    mem_free(temporary);
}

void fixture_add(struct engine_fixture *fixture, struct job *job, const struct memory_resource *resource,
                 const char16_t *name)
{
    fixture_add_ranges(fixture, job, resource, name, SIZE_UNKNOWN, NULL, 0);
}

void fixture_add_ranges(struct engine_fixture *fixture, struct job *job, const struct memory_resource *resource,
                        const char16_t *name, uint64_t declared_size, const struct wanted_range *ranges, uint32_t count)
{
    char16_t path[TEMP_PATH_MAX];
    fixture_path(fixture, name, path);
    struct file_spec spec = {.url = resource->url,
                             .local_path = path,
                             .declared_size = declared_size,
                             .ranges = ranges,
                             .range_count = count};
    assert_int_equal(job_add_files(job, &spec, 1), S_OK);
}

void fixture_until(struct engine_fixture *fixture, bool (*is_met)(void *context), void *context, const char *what)
{
    ULONGLONG deadline = GetTickCount64() + FIXTURE_LIMIT_MS;
    for (;;) {
        (void)engine_step(fixture->engine);
        if (is_met(context))
            return;
        if (GetTickCount64() >= deadline)
            fail_msg("not in time: %s", what);
        (void)signal_wait(engine_signal(fixture->engine), 50); /* bytes that move set no signal */
    }
}

struct wanted {
    struct job *job;
    enum job_state state;
    uint64_t bytes;
};

static bool has_state(void *context)
{
    struct wanted *wanted = context;
    return job_state(wanted->job) == wanted->state;
}

void fixture_until_state(struct engine_fixture *fixture, struct job *job, enum job_state state)
{
    struct wanted wanted = {.job = job, .state = state};
    char what[64];
    (void)snprintf(what, sizeof(what), "state %ls", job_state_name(state));
    fixture_until(fixture, has_state, &wanted, what);
}

static bool has_bytes(void *context)
{
    struct wanted *wanted = context;
    return job_progress(wanted->job).bytes_transferred >= wanted->bytes;
}

void fixture_until_bytes(struct engine_fixture *fixture, struct job *job, uint64_t bytes)
{
    struct wanted wanted = {.job = job, .bytes = bytes};
    fixture_until(fixture, has_bytes, &wanted, "bytes");
}

void fixture_await_bytes(struct job *job, uint64_t bytes)
{
    ULONGLONG deadline = GetTickCount64() + FIXTURE_LIMIT_MS;
    while (job_progress(job).bytes_transferred < bytes) {
        assert_true(GetTickCount64() < deadline);
        SwitchToThread();
    }
}

uint32_t fixture_flights(struct engine_fixture *fixture)
{
    lock_acquire(&fixture->engine->model_lock);
    uint32_t flights = fixture->engine->flight_count;
    lock_release(&fixture->engine->model_lock);
    return flights;
}

void fixture_await_flights(struct engine_fixture *fixture, uint32_t count)
{
    ULONGLONG deadline = GetTickCount64() + FIXTURE_LIMIT_MS;
    while (fixture_flights(fixture) != count) {
        assert_true(GetTickCount64() < deadline);
        SwitchToThread();
    }
}

void fixture_advance(struct engine_fixture *fixture, uint64_t milliseconds)
{
    fake_clock_advance(&fixture->clock, milliseconds);
    (void)engine_step(fixture->engine);
}

void fixture_assert_file(struct engine_fixture *fixture, const char16_t *name, uint64_t seed, uint64_t size)
{
    char16_t path[TEMP_PATH_MAX];
    size_t actual = 0;
    fixture_path(fixture, name, path);
    char *bytes = temp_file_read(path, &actual);
    assert_int_equal(actual, size);
    for (size_t i = 0; i < actual; i++) {
        if ((uint8_t)bytes[i] != memory_http_byte(seed, i))
            fail_msg("%ls: byte %zu is wrong", name, i);
    }
    free(bytes);
}

size_t fixture_temporary_files(struct engine_fixture *fixture)
{
    char16_t pattern[TEMP_PATH_MAX];
    fixture_path(fixture, L"DO*.tmp", pattern);
    return temp_file_count(pattern);
}
