/* An engine as tests need it: the real store, file layer and workers; clock, network and caller are fakes. The test is the engine thread: it calls engine_step
 * itself, and waits with a limit for what workers and call threads bring. */
#ifndef ENGINE_FIXTURE_H
#define ENGINE_FIXTURE_H

#include "engine.h"
#include "fake_clock.h"
#include "fake_process.h"
#include "fake_network.h"
#include "memory_http.h"
#include "temp_dir.h"

#define FIXTURE_LIMIT_MS 30000u

struct engine_fixture {
    struct engine *engine;
    struct fake_clock clock;
    struct memory_http http;
    struct identity identity;
    struct fake_network network;
    struct settings settings;
    HRESULT (*load_bandwidth)(struct settings *settings); /* NULL: `settings` stay as the test makes them */
    struct fake_processes processes;
    /* What is called in the place of an object of a class; a test may put its own before fixture_start. */
    enum notify_outcome (*deliver_to_class)(const uint8_t class_id[16], struct job *job,
                                            const struct notify_event *event);
    struct file_ops *file_ops; /* NULL: the real disk; a test may put its own before fixture_start */
    HRESULT (*create_transport)(struct http_transport **transport); /* NULL: the network is `http` */
    struct temp_dir dir;                                            /* the targets, and in it `queue` */
    char16_t queue_dir[TEMP_PATH_MAX];
};

/* All but the engine, in a directory of its own, or in one that is there. */
void fixture_prepare(struct engine_fixture *fixture, const wchar_t *directory);
void fixture_open(struct engine_fixture *fixture);
void fixture_close(struct engine_fixture *fixture);
/* Ends the engine as a process that is ended properly would; starts another. */
void fixture_stop(struct engine_fixture *fixture);
void fixture_start(struct engine_fixture *fixture);
HRESULT fixture_try_start(struct engine_fixture *fixture); /* where that may fail */
/* Both. */
void fixture_reopen(struct engine_fixture *fixture);

struct job *fixture_job(struct engine_fixture *fixture);
/* Adds the resource under its own name in the directory. */
void fixture_add(struct engine_fixture *fixture, struct job *job, const struct memory_resource *resource,
                 const char16_t *name);
/* The same with a size that the caller declares (SIZE_UNKNOWN: none) and the ranges that it wants (NULL and 0: all). */
void fixture_add_ranges(struct engine_fixture *fixture, struct job *job, const struct memory_resource *resource,
                        const char16_t *name, uint64_t declared_size, const struct wanted_range *ranges,
                        uint32_t count);
void fixture_path(struct engine_fixture *fixture, const char16_t *name, char16_t path[TEMP_PATH_MAX]);
/* Where the file of that number keeps its bytes until the job is completed. `name` as in fixture_add. */
void fixture_temporary_path(struct engine_fixture *fixture, const char16_t *name, const uint8_t job[16],
                            uint32_t number, char16_t path[TEMP_PATH_MAX]);

/* Steps until the condition holds; fails the test after FIXTURE_LIMIT_MS. */
void fixture_until(struct engine_fixture *fixture, bool (*is_met)(void *context), void *context, const char *what);
void fixture_until_state(struct engine_fixture *fixture, struct job *job, enum job_state state);
void fixture_until_bytes(struct engine_fixture *fixture, struct job *job, uint64_t bytes);
/* How many transfers are with the workers. */
uint32_t fixture_flights(struct engine_fixture *fixture);
/* Without a step of the engine: until there are so many. */
void fixture_await_flights(struct engine_fixture *fixture, uint32_t count);
/* The same until so many bytes have come: no failure that waits to be noted ends their transfer first. */
void fixture_await_bytes(struct job *job, uint64_t bytes);
/* Advances the clock by that much, then steps. */
void fixture_advance(struct engine_fixture *fixture, uint64_t milliseconds);

/* The delivered file has exactly the resource's bytes of that seed. */
void fixture_assert_file(struct engine_fixture *fixture, const char16_t *name, uint64_t seed, uint64_t size);
size_t fixture_temporary_files(struct engine_fixture *fixture);

#endif
