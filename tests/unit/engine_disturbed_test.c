/* Somebody deletes, cuts and replaces a job's temporary files at random moments of a random life: what is delivered is right, what is not the job's is
 * never touched, and once the disturbance ends the job can always be brought to its end. */
#include "bits_error.h"
#include "engine_fixture.h"
#include "engine_private.h"

#include "deliveryoptimizationerrors.h"

#include <windows.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SIZE  300000u
#define FILES 2u
#define STEPS 60u /* of each life */
#define LIVES 12u /* of each seed */

static struct engine_fixture fx;
static struct memory_resource *resources[FILES];
static uint32_t seed, state_of_random;

static struct life {
    struct job *job;
    uint8_t id[16];
    bool is_over;
    struct {
        char16_t name[16];
        char16_t temporary[TEMP_PATH_MAX];
        bool is_foreign; /* somebody else's file bears its temporary name */
    } files[FILES];
} life;

static uint32_t draw(uint32_t count)
{
    state_of_random = state_of_random * 1664525u + 1013904223u;
    return (state_of_random >> 8) % count;
}

static int open_fixture(void **context)
{
    (void)context;
    fixture_open(&fx);
    resources[0] = memory_http_add(&fx.http, u"first", SIZE, 1);
    resources[1] = memory_http_add(&fx.http, u"second", SIZE, 2);
    return 0;
}

static int close_fixture(void **context)
{
    (void)context;
    fixture_close(&fx);
    return 0;
}

static void begin_life(unsigned number)
{
    memset(&life, 0, sizeof(life));
    life.job = fixture_job(&fx);
    job_id(life.job, life.id);
    for (uint32_t i = 0; i < FILES; i++) {
        (void)swprintf(life.files[i].name, ARRAYSIZE(life.files[i].name), L"%u-%u", number, i);
        fixture_add(&fx, life.job, resources[i], life.files[i].name);
        fixture_temporary_path(&fx, life.files[i].name, life.id, i, life.files[i].temporary);
    }
}

/* ---- What must hold ---- */

static void check_foreign_files(void)
{
    for (uint32_t i = 0; i < FILES; i++) {
        if (!life.files[i].is_foreign)
            continue;
        if (!temp_file_exists(life.files[i].temporary))
            fail_msg("DOSVC_TEST_SEED=%u: a foreign file is gone", seed);
        char *content = temp_file_read(life.files[i].temporary, NULL);
        assert_string_equal(content, "foreign");
        free(content);
    }
}

static void check_delivered_files(void)
{
    for (uint32_t i = 0; i < FILES; i++) {
        if (job_file_progress(job_file_at(life.job, i)).is_delivered)
            fixture_assert_file(&fx, life.files[i].name, i + 1, SIZE);
    }
}

static void check_failure(void)
{
    struct job_error error;
    if (job_state(life.job) != JOB_ERROR)
        return;
    assert_true(job_error(life.job, &error));
    if (error.code == BG_E_VALIDATION_FAILED)
        return; /* said by the test */
    bool is_expected = error.code == HRESULT_OF_WIN32(ERROR_FILE_NOT_FOUND) ||
                       error.code == HRESULT_OF_WIN32(ERROR_FILE_EXISTS) ||
                       error.code == HRESULT_OF_WIN32(ERROR_FILE_INVALID) || error.code == DO_E_HTTP_BLOCKSIZE_MISMATCH;
    if (!is_expected)
        fail_msg("DOSVC_TEST_SEED=%u: 0x%08lX", seed, (unsigned long)error.code);
    assert_int_equal(error.context, JOB_ERROR_CONTEXT_LOCAL_FILE);
}

/* ---- What happens ---- */

static bool has_own_file(uint32_t i)
{
    return !life.files[i].is_foreign && temp_file_exists(life.files[i].temporary);
}

static void delete_file(uint32_t i)
{
    if (has_own_file(i))
        (void)DeleteFileW(life.files[i].temporary);
}

/* This host has had it open (one of before is known by its name alone), and no worker is just about to look whose it is. */
static bool is_known(uint32_t i)
{
    struct job_file *file = life.job->files[i];
    lock_acquire(&fx.engine->model_lock);
    bool is_opened = job_file_may_have_temporary(file) && file->temporary_identity;
    bool is_open = file->work && file->work->sink && sink_has_file(file->work->sink);
    bool is_busy = (file->work && file->work->flights) || file->is_finishing;
    lock_release(&fx.engine->model_lock);
    return is_opened && (is_open || !is_busy);
}

static void replace_file(uint32_t i)
{
    char16_t aside[TEMP_PATH_MAX];
    if (!has_own_file(i) || !is_known(i))
        return;
    fixture_path(&fx, u"aside", aside);
    temp_file_write(aside, "foreign", 7);
    life.files[i].is_foreign = MoveFileExW(aside, life.files[i].temporary, MOVEFILE_REPLACE_EXISTING);
}

/* While it is open nobody could notice. */
static void cut_file(uint32_t i)
{
    if (has_own_file(i) && !job_state_is_active(job_state(life.job)))
        temp_file_write(life.files[i].temporary, "short", 5);
}

static void free_name(uint32_t i)
{
    if (life.files[i].is_foreign)
        assert_true(DeleteFileW(life.files[i].temporary));
    life.files[i].is_foreign = false;
}

static void change_hosts(void)
{
    for (uint32_t i = 0; i < FILES; i++)
        free_name(i);
    job_release(life.job);
    fixture_reopen(&fx);
    assert_int_equal(engine_find_job(fx.engine, life.id, &life.job), S_OK);
}

static void let_pass(void)
{
    for (uint32_t i = draw(6); i > 0; i--) {
        (void)engine_step(fx.engine);
        (void)signal_wait(engine_signal(fx.engine), 2);
    }
    if (draw(3) == 0)
        fixture_advance(&fx, 70000);
}

static void complete(void)
{
    HRESULT hr = job_complete(life.job);
    life.is_over = SUCCEEDED(hr);
    check_delivered_files();
}

static void step(void)
{
    uint32_t i = draw(FILES);
    resources[i]->cuts = draw(3);
    resources[i]->cut_after = 1 + draw(SIZE - 1);
    switch (draw(11)) {
    case 0: delete_file(i); break;
    case 1: replace_file(i); break;
    case 2: cut_file(i); break;
    case 3: free_name(i); break;
    case 4: (void)job_suspend(life.job); break;
    case 5:
        if (draw(3) == 0)
            complete();
        break;
    case 6:
        if (draw(2) == 0)
            change_hosts();
        break;
    case 7: (void)job_file_set_valid(job_file_at(life.job, i), draw(2)); break;
    default:
        (void)job_resume(life.job);
        let_pass();
        break;
    }
}

static bool is_resting(void *context)
{
    (void)context;
    if (job_state(life.job) == JOB_TRANSIENT_ERROR)
        fake_clock_advance(&fx.clock, 70000);
    return job_state(life.job) == JOB_ERROR || job_state(life.job) == JOB_TRANSFERRED;
}

/* Each Resume after the last disturbance may still meet one of each file. */
static void come_to_the_end(void)
{
    for (uint32_t i = 0; i < FILES; i++) {
        free_name(i);
        resources[i]->cuts = 0;
    }
    for (unsigned tries = 0; tries < 3 * FILES && !life.is_over; tries++) {
        assert_int_equal(job_resume(life.job), S_OK);
        fixture_until(&fx, is_resting, NULL, "ERROR or TRANSFERRED");
        if (job_state(life.job) == JOB_TRANSFERRED)
            complete();
    }
    if (!life.is_over)
        fail_msg("DOSVC_TEST_SEED=%u: the job does not come to its end", seed);
}

static void live(unsigned number)
{
    begin_life(number);
    for (unsigned i = 0; i < STEPS && !life.is_over; i++) {
        step();
        check_foreign_files();
        if (!life.is_over)
            check_failure();
    }
    if (!life.is_over) {
        come_to_the_end();
        for (uint32_t i = 0; i < FILES; i++)
            assert_true(job_file_progress(job_file_at(life.job, i)).is_delivered);
    }
    check_foreign_files();
    for (uint32_t i = 0; i < FILES; i++)
        free_name(i);
    assert_int_equal(fixture_temporary_files(&fx), 0);
    job_release(life.job);
}

static void nothing_wrong_is_delivered_and_nothing_foreign_touched(void **context)
{
    (void)context;
    const char *given = getenv("DOSVC_TEST_SEED");
    uint32_t first = given ? (uint32_t)strtoul(given, NULL, 10) : 1, count = given ? 1 : 3;
    for (seed = first; seed < first + count; seed++) {
        print_message("DOSVC_TEST_SEED=%u\n", seed);
        state_of_random = seed;
        for (unsigned number = 0; number < LIVES; number++)
            live(seed * LIVES + number);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_wrong_is_delivered_and_nothing_foreign_touched, open_fixture,
                                        close_fixture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
