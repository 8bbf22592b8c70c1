/* How many transfers run at once, and what a stuck one costs. transfer_run is the test's own: it waits until it is
 * told to go on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lock.h"
#include "memory_faults.h"
#include "thread.h"
#include "worker_pool.h"

#define LIMIT_MS  30000u
#define TASKS_MAX (WORKER_POOL_RETIRED_MAX + 4)

struct task {
    struct transfer transfer;
    struct signal started, go_on, done;
    _Atomic uint32_t thread;
    _Atomic bool has_started, is_done;
};

static struct task tasks[TASKS_MAX];
static struct worker_pool *pool;
static struct task *submitted_by_done; /* what the next `done` submits */
static struct task *_Atomic held;      /* its `done` waits until it is told to go on once more */
static uint32_t free_in_done;
static _Atomic unsigned running, most_running;

void transfer_run(struct transfer *transfer, struct http_transport *transport, const struct transfer_events *events,
                  void *buffer)
{
    struct task *task = (struct task *)transfer;
    (void)transport;
    (void)events;
    memset(buffer, 0x5A, TRANSFER_BUFFER_BYTES);
    unsigned now = atomic_fetch_add(&running, 1) + 1;
    if (now > atomic_load(&most_running))
        atomic_store(&most_running, now);
    atomic_store(&task->thread, thread_current_id());
    atomic_store(&task->has_started, true);
    signal_set(&task->started);
    signal_wait(&task->go_on, LIMIT_MS);
    atomic_fetch_sub(&running, 1);
}

static void note_done(void *context, struct transfer *transfer)
{
    struct task *task = (struct task *)transfer;
    (void)context;
    free_in_done = worker_pool_free(pool);
    struct task *next = submitted_by_done;
    submitted_by_done = NULL;
    if (next)
        worker_pool_submit(pool, &next->transfer);
    atomic_store(&task->is_done, true);
    signal_set(&task->done);
    if (task == atomic_load(&held))
        signal_wait(&task->go_on, LIMIT_MS);
}

static const struct transfer_events events = {.done = note_done};

static int set_up(void **state)
{
    (void)state;
    memset(tasks, 0, sizeof(tasks));
    atomic_store(&held, NULL);
    atomic_store(&running, 0);
    atomic_store(&most_running, 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    worker_pool_close(pool);
    pool = NULL;
    for (size_t i = 0; i < TASKS_MAX; i++) {
        assert_int_equal(atomic_load(&tasks[i].has_started), atomic_load(&tasks[i].is_done));
    }
    assert_int_equal(memory_faults_blocks(), 0);
    return 0;
}

static void make_pool(uint32_t size)
{
    assert_int_equal(worker_pool_create(NULL, &events, size, &pool), S_OK);
}

static void submit(size_t index)
{
    assert_int_equal(worker_pool_submit(pool, &tasks[index].transfer), S_OK);
}

static void start(size_t index)
{
    submit(index);
    assert_true(signal_wait(&tasks[index].started, LIMIT_MS));
}

static void finish(size_t index)
{
    signal_set(&tasks[index].go_on);
    assert_true(signal_wait(&tasks[index].done, LIMIT_MS));
}

/* Who has heard of the end of a transfer is ahead of its worker. */
static void await_idle(uint32_t count)
{
    for (unsigned i = 0; worker_pool_idle(pool) != count; i++) {
        assert_true(i < LIMIT_MS);
        thread_pause(1);
    }
}

static void as_many_run_as_the_pool_has_places(void **state)
{
    (void)state;
    make_pool(2);
    assert_int_equal(worker_pool_free(pool), 2);
    start(0);
    assert_int_equal(worker_pool_free(pool), 1);
    start(1);
    assert_int_equal(worker_pool_free(pool), 0);
    submit(2);
    submit(3);
    assert_int_equal(worker_pool_free(pool), 0);
    assert_false(signal_wait(&tasks[2].started, 50));
    finish(1);
    assert_true(signal_wait(&tasks[2].started, LIMIT_MS)); /* in their order */
    assert_false(atomic_load(&tasks[3].has_started));
    finish(0);
    assert_true(signal_wait(&tasks[3].started, LIMIT_MS));
    finish(2);
    finish(3);
    assert_int_equal(atomic_load(&most_running), 2);
    assert_int_equal(worker_pool_free(pool), 2);
}

static void an_idle_worker_is_used_again(void **state)
{
    (void)state;
    make_pool(4);
    for (size_t i = 0; i < 3; i++) {
        start(i);
        finish(i);
        await_idle(1);
    }
    assert_int_equal(atomic_load(&tasks[1].thread), atomic_load(&tasks[0].thread));
    assert_int_equal(atomic_load(&tasks[2].thread), atomic_load(&tasks[0].thread));
}

/* It makes a large file durable, say. */
static void a_worker_that_is_still_at_the_end_of_its_transfer_is_not_waited_for(void **state)
{
    (void)state;
    make_pool(2);
    atomic_store(&held, &tasks[0]);
    start(0);
    finish(0);
    assert_int_equal(worker_pool_idle(pool), 0);
    submit(1);
    bool has_started = signal_wait(&tasks[1].started, 5000);
    signal_set(&tasks[0].go_on);
    assert_true(has_started);
    finish(1);
    await_idle(2);
}

static void whoever_hears_of_the_end_finds_the_place_free(void **state)
{
    (void)state;
    make_pool(1);
    submitted_by_done = &tasks[1];
    start(0);
    signal_set(&tasks[0].go_on);
    assert_true(signal_wait(&tasks[1].started, LIMIT_MS));
    assert_int_equal(free_in_done, 1);
    assert_true(signal_wait(&tasks[0].done, LIMIT_MS));
    finish(1);
}

static void a_retired_worker_gives_up_its_place(void **state)
{
    (void)state;
    make_pool(1);
    start(0);
    worker_pool_retire(pool, &tasks[0].transfer);
    assert_int_equal(worker_pool_free(pool), 1);
    start(1);
    finish(1);
    assert_false(atomic_load(&tasks[0].is_done));
    finish(0);
    /* The place was given away: there is still only one. */
    start(2);
    submit(3);
    assert_false(signal_wait(&tasks[3].started, 50));
    finish(2);
    assert_true(signal_wait(&tasks[3].started, LIMIT_MS));
    finish(3);
}

static void retiring_starts_what_waits(void **state)
{
    (void)state;
    make_pool(1);
    start(0);
    submit(1);
    worker_pool_retire(pool, &tasks[0].transfer);
    assert_true(signal_wait(&tasks[1].started, LIMIT_MS));
    finish(1);
    finish(0);
}

static void a_retired_worker_takes_its_place_again_when_nobody_else_did(void **state)
{
    (void)state;
    make_pool(1);
    start(0);
    worker_pool_retire(pool, &tasks[0].transfer);
    finish(0);
    assert_int_equal(worker_pool_free(pool), 1);
    start(1);
    assert_int_equal(atomic_load(&tasks[1].thread), atomic_load(&tasks[0].thread));
    finish(1);
}

static void too_many_retired_workers_go_on_counting(void **state)
{
    (void)state;
    make_pool(1);
    for (size_t i = 0; i < WORKER_POOL_RETIRED_MAX; i++) {
        start(i);
        worker_pool_retire(pool, &tasks[i].transfer);
        worker_pool_retire(pool, &tasks[i].transfer); /* counts once */
        assert_int_equal(worker_pool_free(pool), 1);
    }
    const size_t last = WORKER_POOL_RETIRED_MAX;
    start(last);
    worker_pool_retire(pool, &tasks[last].transfer);
    assert_int_equal(worker_pool_free(pool), 0);
    finish(0);
    worker_pool_retire(pool, &tasks[last].transfer);
    assert_int_equal(worker_pool_free(pool), 1);
    for (size_t i = 1; i <= last; i++)
        finish(i);
}

static void a_transfer_that_does_not_run_cannot_be_retired(void **state)
{
    (void)state;
    make_pool(1);
    start(0);
    submit(1);
    worker_pool_retire(pool, &tasks[1].transfer);
    worker_pool_retire(pool, &tasks[2].transfer);
    assert_int_equal(worker_pool_free(pool), 0);
    finish(0);
    assert_true(signal_wait(&tasks[1].started, LIMIT_MS));
    finish(1);
    worker_pool_retire(pool, &tasks[1].transfer);
    assert_int_equal(worker_pool_free(pool), 1);
}

static void closing_ends_what_runs_and_what_waits(void **state)
{
    (void)state;
    make_pool(1);
    start(0);
    submit(1);
    submit(2);
    for (size_t i = 0; i < 3; i++)
        signal_set(&tasks[i].go_on);
    worker_pool_close(pool);
    for (size_t i = 0; i < 3; i++)
        assert_true(atomic_load(&tasks[i].is_done));
    make_pool(1);
}

static void without_memory_for_the_first_worker_nothing_is_taken(void **state)
{
    (void)state;
    make_pool(2);
    for (size_t number = 1; number <= 2; number++) { /* the worker, its thread */
        memory_faults_fail(number);
        assert_int_equal(worker_pool_submit(pool, &tasks[0].transfer), E_OUTOFMEMORY);
        assert_int_equal(worker_pool_free(pool), 2);
    }
    start(0);
    finish(0);
}

static void without_memory_for_another_worker_it_waits_for_the_one_there_is(void **state)
{
    (void)state;
    make_pool(2);
    start(0);
    memory_faults_fail(1);
    submit(1);
    assert_false(signal_wait(&tasks[1].started, 50));
    finish(0);
    assert_true(signal_wait(&tasks[1].started, LIMIT_MS));
    finish(1);
}

static void without_memory_there_is_no_pool(void **state)
{
    (void)state;
    struct worker_pool *made = NULL;
    memory_faults_fail(1);
    assert_int_equal(worker_pool_create(NULL, &events, 1, &made), E_OUTOFMEMORY);
    assert_null(made);
    make_pool(1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(as_many_run_as_the_pool_has_places, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_idle_worker_is_used_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_worker_that_is_still_at_the_end_of_its_transfer_is_not_waited_for, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(whoever_hears_of_the_end_finds_the_place_free, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_retired_worker_gives_up_its_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(retiring_starts_what_waits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_retired_worker_takes_its_place_again_when_nobody_else_did, set_up, tear_down),
        cmocka_unit_test_setup_teardown(too_many_retired_workers_go_on_counting, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_transfer_that_does_not_run_cannot_be_retired, set_up, tear_down),
        cmocka_unit_test_setup_teardown(closing_ends_what_runs_and_what_waits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_memory_for_the_first_worker_nothing_is_taken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_memory_for_another_worker_it_waits_for_the_one_there_is, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(without_memory_there_is_no_pool, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
