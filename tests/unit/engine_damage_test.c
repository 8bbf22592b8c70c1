/* The queue file is damaged while the engine works with it: what it has in memory goes into a fresh one, and nothing is lost. */
#include "engine_fixture.h"
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

/* One that the engine leaves out, because it lacks its first file: nobody has it in memory, and its row stays. */
static void add_job_that_is_left_out(void)
{
    fixture_stop(&fx);
    struct queue_store *store = queue_test_open(fx.queue_dir);
    queue_test_add_job_with_files(store, 9, 2);
    queue_store_close(store);
    queue_test_sql(fx.queue_dir, QUEUE,
                   "DELETE FROM file WHERE job = (SELECT key FROM job WHERE display_name = 'job 9') AND number = 0");
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
