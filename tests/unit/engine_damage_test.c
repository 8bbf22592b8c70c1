/* The queue file is damaged while the engine works with it: what it has in memory goes into a fresh one, and nothing is lost. */
#include "engine_fixture.h"
#include "engine_private.h"
#include "memory.h"
#include "queue_damage.h"
#include "utf16.h"

#include <windows.h>

#include <stdio.h>
#include <stdlib.h>

#define FILES   20000u /* more than SQLite keeps in memory */
#define VICTIM  100u   /* the file on whose page the damage is */
#define DAMAGED HRESULT_OF_WIN32(ERROR_FILE_CORRUPT)
#define SIZE    1000u

static struct engine_fixture fx;
static uint8_t large_id[16], done_id[16];

static struct job *find(const uint8_t id[16])
{
    struct job *job;
    assert_int_equal(engine_find_job(fx.engine, id, &job), S_OK);
    return job;
}

static void add_many(struct job *job)
{
    struct file_spec *specs = calloc(FILES, sizeof(*specs));
    char16_t(*texts)[2][TEMP_PATH_MAX] = calloc(FILES, sizeof(*texts));
    assert_non_null(specs);
    assert_non_null(texts);
    for (uint32_t i = 0; i < FILES; i++) {
        (void)swprintf(texts[i][0], TEMP_PATH_MAX, L"http://test/file-%05u", i);
        (void)swprintf(texts[i][1], TEMP_PATH_MAX, L"%ls\\file-%05u", fx.dir.path, i);
        specs[i] = (struct file_spec){.url = texts[i][0], .local_path = texts[i][1], .declared_size = 1000 + i};
    }
    assert_int_equal(job_add_files(job, specs, FILES), S_OK);
    free(texts);
    free(specs);
}

/* A job of many files and a property, and one that was transferred, in a file that no log belongs to. */
static void make_jobs(void)
{
    struct job *large = fixture_job(&fx), *done = fixture_job(&fx);
    uint32_t delay = 77;
    struct property_value value = property_of_bytes(PROPERTY_MINIMUM_RETRY_DELAY, &delay, sizeof(delay));
    add_many(large);
    assert_int_equal(job_set_properties(large, &value, 1), S_OK);
    assert_int_equal(job_set_display_name(large, u"large"), S_OK);
    fixture_add(&fx, done, memory_http_add(&fx.http, u"done", SIZE, 1), u"done");
    assert_int_equal(job_resume(done), S_OK);
    fixture_until_state(&fx, done, JOB_TRANSFERRED);
    job_id(large, large_id);
    job_id(done, done_id);
    job_release(large);
    job_release(done);
    fixture_reopen(&fx);
}

/* One that the engine leaves out, because two of its files have one name: nobody has it in memory, and its row stays. */
static void add_job_that_is_left_out(void)
{
    fixture_stop(&fx);
    struct queue_store *store = queue_test_open(fx.queue_dir);
    queue_test_add_job_with_files(store, 9, 2);
    queue_store_close(store);
    queue_test_sql(fx.queue_dir, QUEUE,
                   "UPDATE file SET local_path = (SELECT max(local_path) FROM file) WHERE job = (SELECT key FROM job "
                   "WHERE display_name = 'job 9')");
    fixture_start(&fx);
}

static void damage_page_of_victim(void)
{
    uint8_t noise[PAGE];
    size_t size;
    uint8_t *bytes = queue_test_read(queue_test_path(fx.queue_dir, QUEUE), &size);
    size_t page = queue_damage_find_page(bytes, size, LEAF_INDEX, u"http://test/file-00100");
    queue_damage_fill(noise);
    queue_test_overwrite(queue_test_path(fx.queue_dir, QUEUE), page * PAGE, noise, PAGE);
    mem_free(bytes);
}

static void assert_url(struct job *job, uint32_t number, const char16_t *expected)
{
    char16_t *url;
    assert_int_equal(job_file_url(job_file_at(job, number), &url), S_OK);
    assert_true(utf16_equal(url, expected));
    mem_free(url);
}

/* The call that meets the damage fails; the next one has a fresh file. */
static void meet_damage(void)
{
    struct job *large = find(large_id);
    damage_page_of_victim();
    assert_int_equal(job_file_set_url(job_file_at(large, VICTIM), u"http://test/elsewhere"), DAMAGED);
    assert_int_equal(job_file_set_url(job_file_at(large, VICTIM), u"http://test/elsewhere"), S_OK);
    assert_int_equal(queue_damage_count_aside(fx.queue_dir), 1);
    job_release(large);
}

static bool is_refusing;
static void *gates[2]; /* of transfers that are held, so that they do not hold up the end of the host */

static void open_gates(void)
{
    for (size_t i = 0; i < 2; i++) {
        if (gates[i])
            SetEvent(gates[i]);
    }
}

static void close_gates(void)
{
    for (size_t i = 0; i < 2; i++) {
        if (gates[i])
            CloseHandle(gates[i]);
        gates[i] = NULL;
    }
}

/* The next host finds the queue as it is now. */
static void die(void)
{
    char16_t kept[TEMP_PATH_MAX];
    fixture_path(&fx, L"kept", kept);
    assert_true(CreateDirectoryW(kept, NULL));
    queue_test_copy(queue_test_path(fx.queue_dir, QUEUE), queue_test_path(kept, QUEUE));
    queue_test_copy(queue_test_path(fx.queue_dir, QUEUE L"-wal"), queue_test_path(kept, QUEUE L"-wal"));
    is_refusing = false;
    open_gates();
    fixture_stop(&fx);
    queue_test_copy(queue_test_path(kept, QUEUE), queue_test_path(fx.queue_dir, QUEUE));
    queue_test_copy(queue_test_path(kept, QUEUE L"-wal"), queue_test_path(fx.queue_dir, QUEUE L"-wal"));
    fixture_start(&fx);
}

#define PART_SIZE 500000u
#define GATE_AT   131072u

/* A job that has a part of its file. */
static void make_part(const char16_t *name, uint8_t id[16], bool is_running)
{
    struct job *job = fixture_job(&fx);
    struct memory_resource *resource = memory_http_add(&fx.http, name, PART_SIZE, 3);
    resource->gate = gates[is_running] = CreateEventW(NULL, TRUE, FALSE, NULL);
    resource->gate_at = GATE_AT;
    fixture_add(&fx, job, resource, name);
    job_id(job, id);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_bytes(&fx, job, GATE_AT);
    if (!is_running)
        assert_int_equal(job_suspend(job), S_OK);
    job_release(job);
}

static uint64_t bytes_of(const uint8_t id[16])
{
    struct job *job = find(id);
    uint64_t bytes = job_progress(job).bytes_transferred;
    job_release(job);
    return bytes;
}

static void finish_part(const uint8_t id[16], const char16_t *name)
{
    struct job *job = find(id);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    fixture_assert_file(&fx, name, 3, PART_SIZE);
}

static void parts_are_in_the_fresh_file(void **context)
{
    uint8_t resting_id[16], running_id[16];
    (void)context;
    fixture_open(&fx);
    make_jobs();
    make_part(u"resting", resting_id, false);
    make_part(u"running", running_id, true);
    meet_damage();
    die();
    assert_int_equal(bytes_of(resting_id), GATE_AT);
    assert_int_equal(bytes_of(running_id), GATE_AT);
    finish_part(resting_id, u"resting");
    finish_part(running_id, u"running");
    fixture_close(&fx);
    close_gates();
}

/* Its server admitted nobody just then, so it was closed, but nobody's any more. */
static void a_part_whose_transfer_is_about_to_begin_goes_on(void **context)
{
    uint8_t id[16];
    (void)context;
    fixture_open(&fx);
    make_jobs();
    make_part(u"resting", id, false);
    (void)engine_step(fx.engine);
    struct job *job = find(id);
    lock_acquire(&fx.engine->model_lock);
    assert_true(job->has_times);
    job->has_times = false;
    lock_release(&fx.engine->model_lock);
    meet_damage();
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_bytes(&fx, job, 2 * GATE_AT);
    job_release(job);
    die();
    assert_int_equal(bytes_of(id), GATE_AT);
    finish_part(id, u"resting");
    fixture_close(&fx);
    close_gates();
}

static HRESULT refuse_to_flush(struct file_ops *ops, struct file *file)
{
    (void)ops;
    return is_refusing ? HRESULT_OF_WIN32(ERROR_DISK_FULL) : file_ops_system()->flush(file_ops_system(), file);
}

static void a_part_that_is_perhaps_not_on_the_disk_is_not_claimed(void **context)
{
    uint8_t id[16];
    struct file_ops disk = *file_ops_system();
    (void)context;
    disk.flush = refuse_to_flush;
    fixture_prepare(&fx, NULL);
    fx.file_ops = &disk;
    fixture_start(&fx);
    make_jobs();
    make_part(u"running", id, true);
    is_refusing = true;
    meet_damage();
    die();
    assert_int_equal(bytes_of(id), 0);
    finish_part(id, u"running");
    fixture_close(&fx);
    close_gates();
}

/* Such a property goes with the host. */
static void a_property_that_is_not_stored_is_no_obstacle(void **context)
{
    const uint8_t is_stream = 1;
    const struct property_value value = property_of_bytes(PROPERTY_SINK_IS_STREAM, &is_stream, sizeof(is_stream));
    (void)context;
    fixture_open(&fx);
    make_jobs();
    struct job *large = find(large_id);
    assert_int_equal(job_file_set_up(job_file_at(large, 5), &value, 1), S_OK);
    job_release(large);
    meet_damage();
    fixture_close(&fx);
}

static void damage_that_is_found_in_use_costs_nothing(void **context)
{
    (void)context;
    fixture_open(&fx);
    make_jobs();
    add_job_that_is_left_out();
    damage_page_of_victim();
    struct job *large = find(large_id);
    assert_int_equal(job_file_set_url(job_file_at(large, VICTIM), u"http://test/elsewhere"), DAMAGED);
    assert_int_equal(queue_damage_count_aside(fx.queue_dir), 0);
    assert_url(large, VICTIM, u"http://test/file-00100");
    assert_int_equal(job_file_set_url(job_file_at(large, VICTIM), u"http://test/elsewhere"), S_OK);
    assert_int_equal(queue_damage_count_aside(fx.queue_dir), 1);
    job_release(large);
    fixture_reopen(&fx);
    assert_int_equal(queue_damage_count_aside(fx.queue_dir), 1); /* the fresh file is sound */
    large = find(large_id);
    assert_int_equal(job_state(large), JOB_SUSPENDED);
    assert_int_equal(job_progress(large).files_total, FILES);
    assert_int_equal(job_number(large, PROPERTY_MINIMUM_RETRY_DELAY), 77);
    assert_url(large, VICTIM - 1, u"http://test/file-00099");
    assert_url(large, VICTIM, u"http://test/elsewhere");
    assert_url(large, FILES - 1, u"http://test/file-19999");
    job_release(large);
    struct job *done = find(done_id);
    assert_int_equal(job_state(done), JOB_TRANSFERRED);
    assert_int_equal(job_complete(done), S_OK);
    job_release(done);
    fixture_assert_file(&fx, u"done", 1, SIZE);
    fixture_stop(&fx);
    assert_int_equal(queue_test_number(fx.queue_dir, QUEUE, "SELECT count(*) FROM job WHERE display_name = 'job 9'"),
                     1);
    assert_int_equal(queue_test_number(fx.queue_dir, QUEUE, "SELECT count(*) FROM job"), 2);
    fixture_start(&fx);
    fixture_close(&fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damage_that_is_found_in_use_costs_nothing),
        cmocka_unit_test(parts_are_in_the_fresh_file),
        cmocka_unit_test(a_part_whose_transfer_is_about_to_begin_goes_on),
        cmocka_unit_test(a_part_that_is_perhaps_not_on_the_disk_is_not_claimed),
        cmocka_unit_test(a_property_that_is_not_stored_is_no_obstacle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
