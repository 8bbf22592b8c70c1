/* Queue files that another version of the program wrote. tests/fixtures/queue-v<n>.db is one of schema n, made by this
 * program itself when it was given a directory as its argument (queue.db in it). It is never made anew once that schema
 * was released: what it holds is what users' disks hold. */
#include "queue_support.h"

#include "deliveryoptimizationerrors.h"
#include "fault_vfs.h"
#include "memory.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include <windows.h>

#define QUEUE L"queue.db"
#define NEWER "4" /* QUEUE_STORE_SCHEMA + 1 */

static const struct wanted_range fixture_wanted[] = {{100, 100}, {900, RANGE_TO_END}, {400, 100}};

static const struct job_row fixture_jobs[] = {
    {.id = {0x10, 0x32, 0x54, 0x76, 0x98, 0xBA, 0xDC, 0xFE, 1, 2, 3, 4, 5, 6, 7, 8},
     .sequence = 41,
     .owner = u"S-1-5-21-1004336348-1177238915-682003330-1001",
     .display_name = u"first job \x00E4\x65E5",
     .description = u"with a description",
     .state = 4,
     .owed_event = 2,
     .priority = 0,
     .notify_flags = 11,
     .creation_time = 134086752000000000,
     .modification_time = 134086752010000000,
     .error_count = 3,
     .error_code = (HRESULT)0x80190194,
     .error_context = 1,
     .error_file = 1},
    {.id = {0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99},
     .sequence = 42,
     .generation = 1,
     .owner = u"S-1-5-18",
     .state = 5,
     .intent = 1,
     .owed_event = 1,
     .priority = 2,
     .notify_flags = 3,
     .creation_time = 134086752020000000,
     .modification_time = 134086752030000000,
     .transfer_completion_time = 134086752040000000,
     .error_file = UINT32_MAX},
};

/* job_id is that of the job named beside each. */
static const struct {
    size_t job;
    struct file_row row;
} fixture_files[] = {
    {0,
     {.number = 0,
      .file_id = u"a",
      .url = u"http://server.example/a?query=1",
      .local_path = u"C:\\target\\a.bin",
      .declared_size = 1048576}},
    {0,
     {.number = 1,
      .file_id = u"b",
      .url = u"https://server.example:8443/b",
      .local_path = u"C:\\target\\lonely \xD800.bin",
      .declared_size = SIZE_UNKNOWN,
      .wanted = fixture_wanted,
      .wanted_count = 3}},
    {1,
     {.number = 0,
      .file_id = u"c",
      .url = u"http://server.example/c",
      .local_path = u"D:\\c",
      .declared_size = UINT64_MAX - 1}},
};

static struct range fixture_ranges[] = {{0, 65536}, {131072, 262144}};
static const struct range_set fixture_have = {fixture_ranges, 2, 2, 196608};

static const struct {
    size_t file;
    struct file_progress_row row;
} fixture_progress[] = {
    {0,
     {.number = 0,
      .remote_total = 1048576,
      .status = 0,
      .etag = u"\"5f3e-abc\"",
      .last_modified = u"Mon, 02 Nov 2026 10:00:00 GMT",
      .last_modified_time = 134067276000000000,
      .written_at = 134086752035000000,
      .have = &fixture_have}},
    {2, {.number = 0, .remote_total = SIZE_UNKNOWN, .status = 1, .written_at = 134067276000000000}},
};

static struct file_row fixture_file(size_t i)
{
    struct file_row row = fixture_files[i].row;
    memcpy(row.job_id, fixture_jobs[fixture_files[i].job].id, sizeof(row.job_id));
    return row;
}

static struct file_progress_row fixture_progress_row(size_t i)
{
    struct file_progress_row row = fixture_progress[i].row;
    memcpy(row.job_id, fixture_jobs[fixture_files[fixture_progress[i].file].job].id, sizeof(row.job_id));
    return row;
}

/* Times of files came with schema 3. */
static void assert_fixture(const struct queue_recording *recording, int schema)
{
    assert_int_equal(recording->job_count, 2);
    assert_int_equal(recording->file_count, 3);
    for (size_t i = 0; i < 2; i++)
        assert_job_equal(&recording->jobs[i], &fixture_jobs[i]);
    for (size_t i = 0; i < 3; i++) {
        struct file_row expected = fixture_file(i);
        assert_file_equal(&recording->files[i].row, &expected);
    }
    for (size_t i = 0; i < 2; i++) {
        struct file_progress_row expected = fixture_progress_row(i);
        if (schema < 3)
            expected.written_at = 0;
        assert_true(recording->files[fixture_progress[i].file].has_progress);
        assert_progress_equal(&recording->files[fixture_progress[i].file].progress, &expected);
    }
    assert_false(recording->files[1].has_progress);
}

/* Properties came with schema 2. */
static const struct property_row fixture_properties[] = {
    {.file = QUEUE_NO_FILE, .id = PROPERTY_MINIMUM_RETRY_DELAY, .value = "\x2C\1\0\0", .size = 4},
    {.file = QUEUE_NO_FILE, .id = PROPERTY_PROXY_LIST, .value = u"proxy:8080 \x00E4", .size = 24},
    {.file = 1, .id = PROPERTY_INTEGRITY_CHECK_MANDATORY, .value = "\1", .size = 1},
};
#define FIXTURE_PROPERTIES (sizeof(fixture_properties) / sizeof(fixture_properties[0]))

/* They are all of the first job. */
static struct property_row fixture_property(size_t i)
{
    struct property_row row = fixture_properties[i];
    memcpy(row.job_id, fixture_jobs[0].id, sizeof(row.job_id));
    return row;
}

static void assert_fixture_properties(const struct queue_recording *recording, size_t count)
{
    assert_int_equal(recording->property_count, count);
    for (size_t i = 0; i < count; i++) {
        struct property_row expected = fixture_property(i);
        assert_property_equal(&recording->properties[i], &expected);
    }
}

static void assert_is_read_and_written(const char16_t *fixture, int schema, size_t properties)
{
    const char16_t *directory = queue_test_directory(L"older");
    struct queue_recording recording;
    struct queue_store *store;
    queue_test_copy(fixture, queue_test_path(directory, QUEUE));
    queue_test_open_and_load(directory, S_OK, &recording);
    assert_fixture(&recording, schema);
    assert_fixture_properties(&recording, properties);
    queue_recording_clear(&recording);
    assert_int_equal(queue_test_number(directory, QUEUE, "PRAGMA user_version"), QUEUE_STORE_SCHEMA);
    assert_ok(queue_store_open(directory, &store));
    queue_test_add_job_with_files(store, 200, 3);
    struct property_row row = queue_test_property(200, 2, PROPERTY_VALIDATION_STATE, "\1", 1);
    queue_test_put_property(store, &row);
    queue_store_close(store);
    queue_test_open_and_load(directory, S_OK, &recording);
    assert_int_equal(recording.job_count, 3);
    assert_int_equal(recording.file_count, 6);
    assert_int_equal(recording.property_count, properties + 1);
    queue_recording_clear(&recording);
}

static void a_queue_of_schema_1_is_read_and_written(void **state)
{
    (void)state;
    assert_is_read_and_written(DOSVC_FIXTURES L"/queue-v1.db", 1, 0);
}

static void a_queue_of_schema_2_is_read_and_written(void **state)
{
    (void)state;
    assert_is_read_and_written(DOSVC_FIXTURES L"/queue-v2.db", 2, FIXTURE_PROPERTIES);
}

static void a_queue_of_schema_3_is_read_and_written(void **state)
{
    (void)state;
    assert_is_read_and_written(DOSVC_FIXTURES L"/queue-v3.db", 3, FIXTURE_PROPERTIES);
}

/* What can be read of a file that is to be upgraded, but is damaged, is read as what it is. */
static void assert_is_recovered(const char16_t *fixture, const char *damage)
{
    const char16_t *directory = queue_test_directory(L"older-damaged");
    struct queue_recording recording;
    queue_test_copy(fixture, queue_test_path(directory, QUEUE));
    queue_test_sql(directory, QUEUE, damage);
    queue_test_open_and_load(directory, S_FALSE, &recording);
    assert_fixture(&recording, 2);
    assert_false(queue_recording_is_loss_told(&recording, 0));
    queue_recording_clear(&recording);
    assert_int_equal(queue_test_number(directory, QUEUE, "PRAGMA user_version"), QUEUE_STORE_SCHEMA);
}

static void a_damaged_queue_of_an_older_schema_is_recovered(void **state)
{
    (void)state;
    assert_is_recovered(DOSVC_FIXTURES L"/queue-v1.db", "PRAGMA application_id = 1");
    assert_is_recovered(DOSVC_FIXTURES L"/queue-v2.db", "PRAGMA application_id = 1");
}

static void a_queue_that_is_not_of_its_schema_is_recovered(void **state)
{
    (void)state;
    assert_is_recovered(DOSVC_FIXTURES L"/queue-v2.db", "PRAGMA user_version = 1");
    assert_is_recovered(DOSVC_FIXTURES L"/queue-v3.db", "PRAGMA user_version = 2");
}

/* It is then of the old version or of the new one, and whole. */
static void an_upgrade_survives_a_power_cut_at_any_call(void **state)
{
    (void)state;
    bool was_cut = true;
    uint32_t cut;
    for (cut = 0; was_cut; cut++) {
        const char16_t *directory = queue_test_directory(L"cut");
        struct queue_recording recording;
        struct queue_store *store;
        queue_test_copy(DOSVC_FIXTURES L"/queue-v1.db", queue_test_path(directory, QUEUE));
        fault_disk_cut(cut, cut % 2);
        if (SUCCEEDED(queue_store_open(directory, &store)))
            queue_store_close(store);
        was_cut = fault_disk_power_up(cut);
        queue_test_open_and_load(directory, S_OK, &recording);
        assert_fixture(&recording, 1);
        queue_recording_clear(&recording);
        assert_int_equal(queue_test_number(directory, QUEUE, "PRAGMA user_version"), QUEUE_STORE_SCHEMA);
    }
    print_message("%u power cuts\n", cut - 1);
    assert_in_range(cut, 8, 200);
}

/* The tables of a file that was made now, or upgraded from the first version, are those of the fixture: who changes them
 * has to raise the version. */
static void assert_tables_of_fixture(const char16_t *directory)
{
    queue_test_copy(DOSVC_FIXTURES L"/queue-v3.db", queue_test_path(directory, L"fixture.db"));
    queue_test_sql(
        directory, QUEUE,
        "ATTACH 'schema/fixture.db' AS fixture; CREATE TABLE fixture.here AS SELECT name, sql FROM main.sqlite_schema");
    assert_int_equal(
        queue_test_number(
            directory, L"fixture.db",
            "SELECT count(*) FROM (SELECT name, sql FROM here EXCEPT SELECT name, sql FROM sqlite_schema)"),
        0);
    assert_int_equal(queue_test_number(directory, L"fixture.db",
                                       "SELECT (SELECT count(*) FROM here) = (SELECT count(*) FROM sqlite_schema) - 1"),
                     1);
}

static void the_schema_is_still_that_of_version_3(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"schema");
    struct queue_store *store;
    assert_ok(queue_store_open(directory, &store));
    queue_store_close(store);
    assert_tables_of_fixture(directory);
    directory = queue_test_directory(L"schema");
    queue_test_copy(DOSVC_FIXTURES L"/queue-v1.db", queue_test_path(directory, QUEUE));
    assert_ok(queue_store_open(directory, &store));
    queue_store_close(store);
    assert_tables_of_fixture(directory);
}

static void assert_unchanged(const char16_t *path, const uint8_t *bytes, size_t size)
{
    size_t size_now;
    uint8_t *bytes_now = queue_test_read(path, &size_now);
    assert_int_equal(size_now, size);
    assert_memory_equal(bytes_now, bytes, size);
    mem_free(bytes_now);
}

static void a_newer_version_is_refused_untouched(void **state)
{
    (void)state;
    const char16_t *made = queue_test_directory(L"newer-made"), *directory = queue_test_directory(L"newer");
    struct queue_store *store = queue_test_open(made);
    queue_test_add_job_with_files(store, 1, 3);
    queue_store_close(store);
    queue_test_sql(made, QUEUE, "PRAGMA user_version = " NEWER "; CREATE TABLE later (x)");
    store = NULL;
    queue_test_copy(queue_test_path(made, QUEUE), queue_test_path(directory, QUEUE));
    size_t size;
    uint8_t *bytes = queue_test_read(queue_test_path(directory, QUEUE), &size);
    assert_hresult(queue_store_open(directory, &store), DO_E_NO_SERVICE);
    assert_null(store);
    assert_unchanged(queue_test_path(directory, QUEUE), bytes, size);
    char16_t name[QUEUE_PATH_ROOM];
    assert_int_equal(queue_test_count(directory, L"queue.corrupt*", name), 0);
    mem_free(bytes);
}

static void copy_both(const char16_t *from, void *context)
{
    const char16_t *to = context;
    queue_test_copy(queue_test_path(from, QUEUE), queue_test_path(to, QUEUE));
    queue_test_copy(queue_test_path(from, L"queue.db-wal"), queue_test_path(to, L"queue.db-wal"));
}

/* Neither is the log copied into the database. */
static void a_newer_version_with_a_log_is_refused_untouched(void **state)
{
    (void)state;
    const char16_t *made = queue_test_directory(L"newer-made"), *directory = queue_test_directory(L"newer-log");
    const char16_t *wal = queue_test_path(directory, L"queue.db-wal");
    struct queue_store *store = queue_test_open(made);
    queue_store_close(store);
    queue_test_sql(made, QUEUE, "PRAGMA user_version = " NEWER);
    /* Copied while a connection has them open, the way a crash leaves them. */
    queue_test_sql_then(made, QUEUE, "CREATE TABLE later (x); INSERT INTO later VALUES (1)", copy_both,
                        (void *)directory);
    store = NULL;
    size_t size, wal_size;
    uint8_t *bytes = queue_test_read(queue_test_path(directory, QUEUE), &size);
    uint8_t *wal_bytes = queue_test_read(wal, &wal_size);
    assert_true(wal_size > 0);
    assert_hresult(queue_store_open(directory, &store), DO_E_NO_SERVICE);
    assert_null(store);
    assert_unchanged(queue_test_path(directory, QUEUE), bytes, size);
    assert_unchanged(wal, wal_bytes, wal_size);
    mem_free(bytes);
    mem_free(wal_bytes);
}

static int make_fixture(const char *argument)
{
    char16_t directory[QUEUE_PATH_ROOM];
    struct queue_store *store;
    swprintf(directory, QUEUE_PATH_ROOM, L"%hs", argument);
    HRESULT hr = queue_store_open(directory, &store);
    if (FAILED(hr))
        return 1;
    hr = queue_store_begin(store);
    for (size_t i = 0; SUCCEEDED(hr) && i < 2; i++)
        hr = queue_store_insert_job(store, &fixture_jobs[i]);
    for (size_t i = 0; SUCCEEDED(hr) && i < 3; i++) {
        struct file_row row = fixture_file(i);
        hr = queue_store_insert_file(store, &row);
    }
    for (size_t i = 0; SUCCEEDED(hr) && i < 2; i++) {
        struct file_progress_row row = fixture_progress_row(i);
        hr = queue_store_put_progress(store, &row);
    }
    for (size_t i = 0; SUCCEEDED(hr) && i < FIXTURE_PROPERTIES; i++) {
        struct property_row row = fixture_property(i);
        hr = queue_store_put_property(store, &row);
    }
    if (SUCCEEDED(hr))
        hr = queue_store_commit(store);
    queue_store_close(store);
    return FAILED(hr);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_queue_of_schema_1_is_read_and_written),
        cmocka_unit_test(a_queue_of_schema_2_is_read_and_written),
        cmocka_unit_test(a_queue_of_schema_3_is_read_and_written),
        cmocka_unit_test(a_damaged_queue_of_an_older_schema_is_recovered),
        cmocka_unit_test(a_queue_that_is_not_of_its_schema_is_recovered),
        cmocka_unit_test(an_upgrade_survives_a_power_cut_at_any_call),
        cmocka_unit_test(the_schema_is_still_that_of_version_3),
        cmocka_unit_test(a_newer_version_is_refused_untouched),
        cmocka_unit_test(a_newer_version_with_a_log_is_refused_untouched),
    };
    fault_vfs_install();
    return argc == 2 ? make_fixture(argv[1]) : cmocka_run_group_tests(tests, NULL, NULL);
}
