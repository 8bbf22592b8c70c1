/* Rows that somebody else wrote into the queue file: what our own checks would not have let in is not let out. */
#include "queue_support.h"

#include <stdio.h>

#define QUEUE L"queue.db"

#define TEXT u"text"

static void put_properties(struct queue_store *store, uint8_t job, uint32_t file, uint32_t flag, uint32_t text)
{
    struct property_row row = queue_test_property(job, file, flag, "\1", 1);
    queue_test_put_property(store, &row);
    row = queue_test_property(job, file, text, TEXT, 8);
    queue_test_put_property(store, &row);
}

/* Three jobs with three files each and progress for every file; two properties for every job and two for every file; the
 * SQL spoils job 2, or its file 1, or its progress, or a property. Key and number are the same as in the rows' names. */
static void make_victim(const char16_t *directory)
{
    struct queue_store *store = queue_test_open(directory);
    struct range range = {0, 500000};
    struct range_set have = {&range, 1, 1, 500000};
    for (uint8_t job = 1; job <= 3; job++) {
        queue_test_add_job_with_files(store, job, 3);
        for (uint32_t number = 0; number < 3; number++) {
            struct file_progress_row progress = queue_test_progress(job, number, &have);
            queue_test_put_progress(store, &progress);
            put_properties(store, job, number, PROPERTY_VALIDATION_STATE, PROPERTY_INTEGRITY_CHECK_INFO);
        }
        put_properties(store, job, QUEUE_NO_FILE, PROPERTY_DYNAMIC_CONTENT, PROPERTY_PROXY_LIST);
    }
    queue_store_close(store);
}

/* Of what is left, no job or file lost a property but as the case says. */
static void assert_properties(const struct queue_recording *recording, const char *sql, size_t lost)
{
    if (recording->property_count != 2 * (recording->job_count + recording->file_count) - lost)
        fail_msg("%s: %zu properties", sql, recording->property_count);
    for (size_t i = 0; i < recording->property_count; i++) {
        const struct property_row *row = &recording->properties[i];
        bool is_text = row->id == PROPERTY_PROXY_LIST || row->id == PROPERTY_INTEGRITY_CHECK_INFO;
        struct property_row expected = queue_test_property(row->job_id[0], row->file, row->id,
                                                           is_text ? (const void *)TEXT : "\1", is_text ? 8 : 1);
        assert_property_equal(row, &expected);
    }
}

static void assert_all_survivors(const char16_t *directory, const char *sql, size_t jobs, size_t files, size_t progress,
                                 size_t lost_properties)
{
    struct queue_recording recording;
    size_t progress_count = 0;
    queue_test_open_and_load(directory, S_OK, &recording);
    assert_properties(&recording, sql, lost_properties);
    for (size_t i = 0; i < recording.file_count; i++)
        progress_count += recording.files[i].has_progress;
    if (recording.job_count != jobs || recording.file_count != files || progress_count != progress)
        fail_msg("%s: %zu jobs, %zu files, %zu progress", sql, recording.job_count, recording.file_count,
                 progress_count);
    queue_recording_assert_jobs(&recording);
    /* Job 2 itself says what it has lost. */
    bool has_losses = jobs == 3 && (files < 9 || lost_properties);
    for (size_t i = 0; i < recording.job_count; i++) {
        if (queue_recording_is_loss_told(&recording, i) != (has_losses && recording.jobs[i].id[0] == 2))
            fail_msg("%s: what job %d says of losses", sql, recording.jobs[i].id[0]);
    }
    for (size_t i = 0; i < recording.file_count; i++) {
        struct file_row expected = queue_test_file(recording.files[i].row.job_id[0], recording.files[i].row.number);
        assert_file_equal(&recording.files[i].row, &expected);
    }
    queue_recording_clear(&recording);
}

static void assert_survivors(const char16_t *directory, const char *sql, size_t jobs, size_t files, size_t progress)
{
    assert_all_survivors(directory, sql, jobs, files, progress, 0);
}

/* The file that held the bad row is kept; the new one is clean, so the second opening sets nothing aside. */
static void assert_spoiled_with(const char *sql, size_t jobs, size_t files, size_t progress, size_t lost_properties)
{
    const char16_t *directory = queue_test_directory(L"spoiled");
    char16_t name[QUEUE_PATH_ROOM];
    make_victim(directory);
    queue_test_sql(directory, QUEUE, sql);
    assert_all_survivors(directory, sql, jobs, files, progress, lost_properties);
    assert_int_equal(queue_test_count(directory, L"queue.corrupt-*.db", name), 1);
    assert_all_survivors(directory, sql, jobs, files, progress, lost_properties);
    assert_int_equal(queue_test_count(directory, L"queue.corrupt-*.db", name), 1);
}

static void assert_spoiled(const char *sql, size_t jobs, size_t files, size_t progress)
{
    assert_spoiled_with(sql, jobs, files, progress, 0);
}

static void hostile_jobs_are_skipped_with_their_files(void **state)
{
    (void)state;
    static const char *const assignments[] = {
        "id = x''",
        "id = x'0202'",
        "id = zeroblob(17)",
        "generation = 2",
        "generation = 256",
        "generation = -1",
        "owner = ''",
        "owner = printf('%.185c', 'S')",
        "owner = 'S-1-5' || char(0) || '-18'",
        "display_name = printf('%.257c', 'x')",
        "description = printf('%.1025c', 'x')",
        "description = 'x' || char(0)",
        "state = 8",
        "state = -1",
        "state = 4294967296",
        "state = 9223372036854775807",
        "intent = 2",
        "owed_event = 3",
        "priority = 4",
        "notify_flags = 64",
        "error_count = -1",
        "error_count = 4294967296",
        "error_code = 2147483648",
        "error_code = -2147483649",
        "error_context = 4294967296",
        "error_file = -1",
        "error_file = 4294967296",
    };
    for (size_t i = 0; i < sizeof(assignments) / sizeof(assignments[0]); i++) {
        char sql[200];
        snprintf(sql, sizeof(sql), "UPDATE job SET %s WHERE key = 2", assignments[i]);
        assert_spoiled(sql, 2, 6, 6);
    }
}

static void hostile_files_are_skipped(void **state)
{
    (void)state;
    static const char *const assignments[] = {
        "number = 4294967295",
        "file_id = printf('%.4097c', 'x')",
        "file_id = 'a' || char(0) || 'b'",
        "url = 'ftp://server.example/x'",
        "url = 'http://user:password@server.example/x'",
        "url = printf('http://server.example/%.2200c', 'x')",
        "url = 'http://server.example/' || char(10)",
        "local_path = 'relative'",
        "local_path = 'C:\\target\\..\\x'",
        "local_path = 'C:\\target\\NUL'",
        "local_path = 'C:\\target\\file:stream'",
        "local_path = 'C:\\' || printf('%.32000c', 'x')",
        "wanted = x'00'",
        "wanted = zeroblob(15)",
        "wanted = zeroblob(17)",
        "wanted = zeroblob(16)",                                                        /* length 0 */
        "wanted = x'00000000000000000A0000000000000005000000000000000100000000000000'", /* overlapping */
        "wanted = x'FFFFFFFFFFFFFFFF0100000000000000'",                                 /* offset to-end */
    };
    for (size_t i = 0; i < sizeof(assignments) / sizeof(assignments[0]); i++) {
        char sql[300];
        snprintf(sql, sizeof(sql), "UPDATE file SET %s WHERE job = 2 AND number = 1", assignments[i]);
        assert_spoiled(sql, 3, 8, 8);
    }
}

static void hostile_progress_makes_its_file_start_anew(void **state)
{
    (void)state;
    static const char *const assignments[] = {
        "status = 3",
        "status = -1",
        "etag = 'x' || char(13) || char(10) || 'Cookie: y'",
        "etag = printf('%.16385c', 'x')",
        "last_modified = char(9)",
        "last_modified = 'x' || char(0)",
        "remote_total = 499999", /* less than is there */
        "have = x'01'",
        "have = zeroblob(16)",
        "have = x'05000000000000000400000000000000'",
        "have = x'0000000000000000050000000000000005000000000000000600000000000000'", /* touching */
        "have = x'0600000000000000070000000000000000000000000000000100000000000000'", /* unsorted */
        "have = x'0000000000000000FFFFFFFFFFFFFFFF'",                                 /* beyond the end */
    };
    for (size_t i = 0; i < sizeof(assignments) / sizeof(assignments[0]); i++) {
        char sql[300];
        snprintf(sql, sizeof(sql), "UPDATE progress SET %s WHERE job = 2 AND number = 1", assignments[i]);
        assert_spoiled(sql, 3, 9, 8);
    }
}

static void hostile_properties_are_skipped_alone(void **state)
{
    (void)state;
    static const char *const statements[] = {
        "UPDATE job_property SET id = 0 WHERE job = 2 AND id = 17",
        "UPDATE job_property SET id = 65535 WHERE job = 2 AND id = 17",
        "UPDATE job_property SET id = 4294967313 WHERE job = 2 AND id = 17",
        "UPDATE job_property SET id = 25 WHERE job = 2 AND id = 17", /* of files */
        "UPDATE job_property SET value = x'' WHERE job = 2 AND id = 17",
        "UPDATE job_property SET value = x'02' WHERE job = 2 AND id = 17",
        "UPDATE job_property SET value = x'0100' WHERE job = 2 AND id = 17",
        "UPDATE job_property SET value = x'610062' WHERE job = 2 AND id = 4",   /* half a character */
        "UPDATE job_property SET value = x'61000000' WHERE job = 2 AND id = 4", /* a NUL inside */
        "UPDATE job_property SET value = zeroblob(8002) WHERE job = 2 AND id = 4",
        "UPDATE job_property SET value = zeroblob(5000000) WHERE job = 2 AND id = 4",
        "UPDATE file_property SET id = 17 WHERE job = 2 AND number = 1 AND id = 25", /* of jobs */
        "UPDATE file_property SET id = 29 WHERE job = 2 AND number = 1 AND id = 25", /* never stored */
        "UPDATE file_property SET id = 9000 WHERE job = 2 AND number = 1 AND id = 25",
        "UPDATE file_property SET value = x'FF' WHERE job = 2 AND number = 1 AND id = 25",
    };
    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++)
        assert_spoiled_with(statements[i], 3, 9, 9, 1);
}

/* STRICT keeps other types out; a file whose schema was edited has them. */
static void columns_of_another_type_are_skipped(void **state)
{
    (void)state;
    static const struct {
        const char *sql;
        size_t jobs, files, progress, lost_properties;
    } cases[] = {
        {"UPDATE job SET state = 'suspended' WHERE key = 2", 2, 6, 6, 0},
        {"UPDATE job SET state = 1.5 WHERE key = 2", 2, 6, 6, 0},
        {"UPDATE job SET id = 'sixteen bytes...' WHERE key = 2", 2, 6, 6, 0},
        {"UPDATE job SET display_name = x'0102' WHERE key = 2", 2, 6, 6, 0},
        {"UPDATE file SET url = 5.5 WHERE job = 2 AND number = 1", 3, 8, 8, 0},
        {"UPDATE file SET wanted = 'sixteen bytes...' WHERE job = 2 AND number = 1", 3, 8, 8, 0},
        {"UPDATE file SET declared_size = x'00' WHERE job = 2 AND number = 1", 3, 8, 8, 0},
        {"UPDATE progress SET have = 0 WHERE job = 2 AND number = 1", 3, 9, 8, 0},
        {"UPDATE job_property SET value = 'x' WHERE job = 2 AND id = 17", 3, 9, 9, 1},
        {"UPDATE job_property SET id = 'x' WHERE job = 2 AND id = 17", 3, 9, 9, 1},
        {"UPDATE file_property SET value = 1 WHERE job = 2 AND number = 1 AND id = 25", 3, 9, 9, 1},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char16_t *directory = queue_test_directory(L"types");
        make_victim(directory);
        queue_test_sql(directory, QUEUE,
                       "UPDATE sqlite_schema SET sql = replace(replace(replace(sql, ') STRICT', ')'), ', WITHOUT "
                       "ROWID', ' WITHOUT ROWID'),"
                       " 'TEXT NOT', 'BLOB NOT')");
        queue_test_sql(directory, QUEUE, cases[i].sql);
        assert_all_survivors(directory, cases[i].sql, cases[i].jobs, cases[i].files, cases[i].progress,
                             cases[i].lost_properties);
    }
}

/* Without the index's guard: two jobs of one identifier. */
static void a_second_job_of_the_same_identifier_is_skipped(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"identifier");
    make_victim(directory);
    queue_test_sql(directory, QUEUE,
                   "UPDATE sqlite_schema SET sql = replace(sql, ' UNIQUE', ''), rootpage = rootpage WHERE name = 'job';"
                   "DELETE FROM sqlite_schema WHERE name LIKE 'sqlite_autoindex_job%'");
    queue_test_sql(directory, QUEUE, "UPDATE job SET id = (SELECT id FROM job WHERE key = 1) WHERE key = 2");
    assert_survivors(directory, "two of one identifier", 2, 6, 6);
}

/* Code of somebody else in our file does not run. */
static void triggers_and_views_have_no_effect(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"trigger");
    char16_t name[QUEUE_PATH_ROOM];
    make_victim(directory);
    queue_test_sql(directory, QUEUE, "CREATE TRIGGER gone AFTER INSERT ON job BEGIN DELETE FROM progress; END");
    struct queue_store *store = queue_test_open(directory);
    struct job_row job = queue_test_job(4);
    queue_test_add_job(store, &job);
    queue_store_close(store);
    assert_all_survivors(directory, "trigger", 4, 9, 9, 2); /* the new job has no properties */
    queue_test_sql(
        directory, QUEUE,
        "DROP TRIGGER gone; ALTER TABLE progress RENAME TO kept; CREATE VIEW progress AS SELECT * FROM kept");
    struct queue_recording recording;
    queue_test_open_and_load(directory, S_FALSE, &recording);
    assert_int_equal(recording.job_count, 4);
    assert_int_equal(recording.file_count, 9);
    assert_false(recording.files[0].has_progress);
    assert_false(queue_recording_is_loss_told(&recording, 0));
    queue_recording_clear(&recording);
    assert_int_equal(queue_test_count(directory, L"queue.corrupt-*.db", name), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_jobs_are_skipped_with_their_files),
        cmocka_unit_test(hostile_files_are_skipped),
        cmocka_unit_test(hostile_progress_makes_its_file_start_anew),
        cmocka_unit_test(hostile_properties_are_skipped_alone),
        cmocka_unit_test(columns_of_another_type_are_skipped),
        cmocka_unit_test(a_second_job_of_the_same_identifier_is_skipped),
        cmocka_unit_test(triggers_and_views_have_no_effect),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
