/* Bytes that move: ModificationTime, and JobModification at intervals. */
#include "engine_fixture.h"
#include "recording_target.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct engine_fixture fx;

/* Two files, of which the server holds back what is beyond the first half, until the test says otherwise. */
static HANDLE gates[2];
static struct job *job;

static int open_fixture(void **context)
{
    static const char16_t *const names[] = {u"a", u"b"};
    (void)context;
    fixture_open(&fx);
    job = fixture_job(&fx);
    for (unsigned i = 0; i < 2; i++) {
        struct memory_resource *resource = memory_http_add(&fx.http, names[i], 1000, i);
        gates[i] = CreateEventW(NULL, TRUE, FALSE, NULL);
        resource->gate = gates[i];
        resource->gate_at = 500;
        fixture_add(&fx, job, resource, names[i]);
    }
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_bytes(&fx, job, 1000);
    fixture_until_state(&fx, job, JOB_TRANSFERRING);
    fixture_advance(&fx, 250); /* what has come until now is seen */
    return 0;
}

static int close_fixture(void **context)
{
    (void)context;
    SetEvent(gates[0]);
    SetEvent(gates[1]);
    job_release(job);
    fixture_close(&fx);
    CloseHandle(gates[0]);
    CloseHandle(gates[1]);
    return 0;
}

static void move_bytes(void)
{
    SetEvent(gates[0]);
    fixture_until_bytes(&fx, job, 1500);
}

/* The look that dates them is one of the next quarter of a second. */
static void assert_moved_at(uint64_t moved)
{
    uint64_t modification = job_times(job).modification;
    assert_in_range(modification - moved, 0, 250 * 10000);
}

static void bytes_that_move_move_the_modification_time(void **context)
{
    (void)context;
    uint64_t before = job_times(job).modification;
    fixture_advance(&fx, 60000); /* nothing moves */
    assert_int_equal(job_times(job).modification, before);
    uint64_t moved = fx.clock.utc;
    move_bytes();
    fixture_advance(&fx, 250);
    fixture_advance(&fx, 60000);
    assert_moved_at(moved);
    assert_int_equal(job_state(job), JOB_TRANSFERRING);
}

static void the_next_host_knows_when_they_moved(void **context)
{
    (void)context;
    uint8_t id[16];
    fixture_advance(&fx, 60000);
    uint64_t moved = fx.clock.utc;
    move_bytes();
    fixture_advance(&fx, 250);
    fixture_advance(&fx, 60000); /* the checkpoint writes it */
    SetEvent(gates[1]);          /* no step sees what comes of that */
    job_id(job, id);
    job_release(job);
    fixture_reopen(&fx);
    assert_int_equal(engine_find_job(fx.engine, id, &job), S_OK);
    /* The last bytes may have been seen as the host ended; the last commit of a state is older than all. */
    assert_in_range(job_times(job).modification, moved, fx.clock.utc);
}

/* Someone who listens, and was told just now. */
static void listen(struct recorder *recorder)
{
    recorder_attach(recorder, job);
    assert_int_equal(job_set_notify_flags(job, NOTIFY_FLAG_MODIFICATION), S_OK);
    recorder_until(&fx, &recorder->modified, 1);
}

static void assert_told_after(struct recorder *recorder, uint64_t milliseconds)
{
    move_bytes();
    fixture_advance(&fx, 250); /* seen, but not yet told */
    fixture_advance(&fx, milliseconds - 250 - 1);
    assert_int_equal(recorder->modified, 1);
    fake_clock_advance(&fx.clock, 1);
    recorder_until(&fx, &recorder->modified, 2);
}

static void they_are_told_at_most_each_half_second(void **context)
{
    (void)context;
    static struct recorder recorder;
    listen(&recorder);
    assert_told_after(&recorder, 500);
}

static void the_client_may_choose_another_interval(void **context)
{
    (void)context;
    static struct recorder recorder;
    const uint32_t interval = 3000;
    struct property_value value =
        property_of_bytes(PROPERTY_MINIMUM_NOTIFICATION_INTERVAL, &interval, sizeof(interval));
    assert_int_equal(job_set_properties(job, &value, 1), S_OK);
    listen(&recorder);
    assert_told_after(&recorder, 3000);
}

static void another_modification_does_not_wait_with_them(void **context)
{
    (void)context;
    static struct recorder recorder;
    listen(&recorder);
    move_bytes();
    fixture_advance(&fx, 250);
    assert_int_equal(recorder.modified, 1);
    assert_int_equal(job_set_description(job, u"changed"), S_OK);
    recorder_until(&fx, &recorder.modified, 2); /* no time passed */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
    const struct CMUnitTest tests[] = {
        TEST(bytes_that_move_move_the_modification_time),   TEST(the_next_host_knows_when_they_moved),
        TEST(they_are_told_at_most_each_half_second),       TEST(the_client_may_choose_another_interval),
        TEST(another_modification_does_not_wait_with_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
