/* What clients see of files: sets of many, progress, the times of a delivered file. */
#include "deliveryoptimizationerrors.h"
#include "engine_fixture.h"

#include <windows.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <cmocka.h>

#define MANY 2000

static struct engine_fixture fx;

/* The real disk, which counts how often it is asked about targets. */
static struct file_ops disk;
static size_t checks, checked_names;

static HRESULT count_checks(struct file_ops *ops, const char16_t *const *paths, size_t count, uint64_t *directories,
                            size_t *failed)
{
    (void)ops;
    checks++;
    checked_names += count;
    return file_ops_system()->check_targets(file_ops_system(), paths, count, directories, failed);
}

static int open_fixture(void **context)
{
    (void)context;
    fixture_open(&fx);
    fixture_stop(&fx);
    disk = *file_ops_system();
    disk.check_targets = count_checks;
    checks = checked_names = 0;
    fx.file_ops = &disk;
    fixture_start(&fx);
    return 0;
}

static int close_fixture(void **context)
{
    (void)context;
    fixture_close(&fx);
    return 0;
}

/* ---- Sets ---- */

static char16_t (*make_names(void))[TEMP_PATH_MAX]
{
    char16_t(*names)[TEMP_PATH_MAX] = calloc(MANY, sizeof(*names));
    assert_non_null(names);
    for (size_t i = 0; i < MANY; i++) {
        char16_t name[32];
        (void)swprintf(name, ARRAYSIZE(name), L"file%zu", i);
        fixture_path(&fx, name, names[i]);
    }
    return names;
}

static void a_large_set_is_looked_up_once_and_taken_whole_or_not_at_all(void **context)
{
    (void)context;
    struct job *job = fixture_job(&fx);
    uint8_t id[16];
    char16_t(*names)[TEMP_PATH_MAX] = make_names();
    struct file_spec *specs = calloc(MANY, sizeof(*specs));
    assert_non_null(specs);
    job_id(job, id);
    for (size_t i = 0; i < MANY; i++)
        specs[i] = (struct file_spec){.url = u"http://test/a", .local_path = names[i], .declared_size = SIZE_UNKNOWN};
    specs[MANY - 1].local_path = fx.dir.path; /* a directory */
    assert_int_equal(job_add_files(job, specs, MANY), E_INVALIDARG);
    specs[MANY - 1].local_path = names[0];
    assert_int_equal(job_add_files(job, specs, MANY), E_INVALIDARG);
    assert_int_equal(job_file_count(job), 0);
    specs[MANY - 1].local_path = names[MANY - 1];
    checks = checked_names = 0;
    assert_int_equal(job_add_files(job, specs, MANY), S_OK);
    assert_int_equal(checks, 1);
    assert_int_equal(checked_names, MANY);
    assert_int_equal(job_file_count(job), MANY);
    job_release(job);
    fixture_reopen(&fx);
    assert_int_equal(engine_find_job(fx.engine, id, &job), S_OK);
    assert_int_equal(job_file_count(job), MANY);
    assert_int_equal(job_cancel(job), S_OK);
    job_release(job);
    free(specs);
    free(names);
}

/* ---- Progress ---- */

static void progress_never_runs_backwards(void **context)
{
    (void)context;
    struct memory_resource *resource = memory_http_add(&fx.http, u"rough", 40000000, 1);
    struct job *job = fixture_job(&fx);
    uint64_t job_bytes = 0, file_bytes = 0;
    unsigned failures = 0;
    resource->cuts = 6;
    resource->cut_after = 3000000;
    fixture_add(&fx, job, resource, u"rough");
    assert_int_equal(job_resume(job), S_OK);
    for (ULONGLONG limit = GetTickCount64() + FIXTURE_LIMIT_MS; job_state(job) != JOB_TRANSFERRED;) {
        struct job_progress now = job_progress(job);
        struct file_progress file = job_file_progress(job_file_at(job, 0));
        assert_true(now.bytes_transferred >= job_bytes);
        assert_true(file.bytes_transferred >= file_bytes);
        assert_true(now.bytes_transferred <= 40000000);
        job_bytes = now.bytes_transferred;
        file_bytes = file.bytes_transferred;
        if (job_state(job) == JOB_TRANSIENT_ERROR) {
            failures++;
            fixture_advance(&fx, 60000);
        } else if (failures == 2) {
            failures++;
            assert_int_equal(job_suspend(job), S_OK);
            assert_true(job_progress(job).bytes_transferred >= job_bytes);
            assert_int_equal(job_resume(job), S_OK);
        }
        (void)engine_step(fx.engine);
        assert_true(GetTickCount64() < limit);
    }
    assert_in_range(failures, 1, 8);
    assert_int_equal(job_progress(job).bytes_transferred, 40000000);
    assert_int_equal(job_complete(job), S_OK);
    assert_int_equal(job_progress(job).bytes_transferred, 40000000);
    job_release(job);
    fixture_assert_file(&fx, u"rough", 1, 40000000);
}

/* ---- Times ---- */

static uint64_t of(const FILETIME *time)
{
    return (uint64_t)time->dwHighDateTime << 32 | time->dwLowDateTime;
}

static void a_delivered_file_has_the_servers_time(void **context)
{
    (void)context;
    const uint64_t expected = 127651920000000000ull; /* 7 July 2005, 06:40 UTC */
    struct memory_resource *resource = memory_http_add(&fx.http, u"dated", 1000, 2);
    struct job *job = fixture_job(&fx);
    WIN32_FILE_ATTRIBUTE_DATA data;
    char16_t path[TEMP_PATH_MAX];
    resource->last_modified = u"Thu, 07 Jul 2005 06:40:00 GMT";
    fixture_add(&fx, job, resource, u"dated");
    fixture_path(&fx, u"dated", path);
    temp_file_write(path, "in the way", 10);
    assert_int_equal(job_resume(job), S_OK);
    fixture_until_state(&fx, job, JOB_TRANSFERRED);
    assert_int_equal(job_complete(job), S_OK);
    job_release(job);
    assert_true(GetFileAttributesExW(path, GetFileExInfoStandard, &data));
    assert_int_equal(of(&data.ftLastWriteTime), expected);
    assert_false(data.dwFileAttributes & FILE_ATTRIBUTE_HIDDEN);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
    const struct CMUnitTest tests[] = {
        TEST(a_large_set_is_looked_up_once_and_taken_whole_or_not_at_all),
        TEST(progress_never_runs_backwards),
        TEST(a_delivered_file_has_the_servers_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
