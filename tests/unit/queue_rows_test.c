/* Every column of every table: there and back with extreme values, refused when it is too much, skipped when somebody else
 * wrote it. */
#include "queue_support.h"

#include "memory.h"

#include <stdio.h>
#include <string.h>

#include <windows.h>

#define QUEUE L"queue.db"

/* `length` characters: `start`, then `fill` up to the end. */
static char16_t *long_text(const char16_t *start, size_t length, char16_t fill)
{
    char16_t *text = mem_alloc((length + 1) * sizeof(*text));
    size_t given = wcslen(start);
    memcpy(text, start, given * sizeof(*text));
    for (size_t i = given; i < length; i++)
        text[i] = fill;
    return text;
}

/* A path whose components stay within what a file system takes. */
static char16_t *long_path(size_t length)
{
    char16_t *path = long_text(u"C:\\", length, u'p');
    for (size_t i = 100; i < length - 1; i += 100)
        path[i] = u'\\';
    return path;
}

static struct queue_store *open_queue(const char16_t *directory)
{
    struct queue_store *store;
    assert_ok(queue_store_open(directory, &store));
    return store;
}

static void assert_job_round_trip(const char16_t *directory, const struct job_row *row)
{
    struct queue_store *store = open_queue(directory);
    struct queue_recording recording;
    queue_test_add_job(store, row);
    queue_store_close(store);
    queue_test_open_and_load(directory, S_OK, &recording);
    assert_int_equal(recording.job_count, 1);
    assert_job_equal(&recording.jobs[0], row);
    queue_recording_clear(&recording);
}

static void job_columns_hold_their_largest_values(void **state)
{
    (void)state;
    char16_t *owner = long_text(u"S-1-", 184, u'9'), *name = long_text(u"", 256, 0xFFFF);
    char16_t *description = long_text(u"\x1\r\n\t", 1024, 0xD83D); /* unpaired surrogates */
    struct job_row row = {.sequence = UINT64_MAX,
                          .generation = 1,
                          .owner = owner,
                          .display_name = name,
                          .description = description,
                          .state = 7,
                          .intent = 1,
                          .owed_event = 2,
                          .priority = 3,
                          .notify_flags = 0x3F,
                          .creation_time = UINT64_MAX,
                          .modification_time = UINT64_MAX - 1,
                          .transfer_completion_time = (uint64_t)INT64_MAX + 1,
                          .error_count = UINT32_MAX,
                          .error_code = (HRESULT)0xFFFFFFFF,
                          .error_context = UINT32_MAX - 1,
                          .error_file = UINT32_MAX};
    memset(row.id, 0xFF, sizeof(row.id));
    assert_job_round_trip(queue_test_directory(L"job-largest"), &row);
    mem_free(owner);
    mem_free(name);
    mem_free(description);
}

static void job_columns_hold_their_smallest_values(void **state)
{
    (void)state;
    struct job_row row = {.owner = u"S"}; /* no texts, GUID of zeros */
    assert_job_round_trip(queue_test_directory(L"job-smallest"), &row);
}

/* A different value in each column, so that no two can be confused. */
static void job_columns_are_not_mixed_up(void **state)
{
    (void)state;
    struct job_row row = {.id = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
                          .sequence = 101,
                          .generation = 1,
                          .owner = u"S-1-5-21-77",
                          .display_name = u"\x65E5\x672C\x8A9E \xD83D\xDE00 name",
                          .description = u"description",
                          .state = 4,
                          .intent = 0,
                          .owed_event = 2,
                          .priority = 3,
                          .notify_flags = 9,
                          .creation_time = 102,
                          .modification_time = 103,
                          .transfer_completion_time = 104,
                          .error_count = 105,
                          .error_code = (HRESULT)0x80190194,
                          .error_context = 106,
                          .error_file = 107};
    assert_job_round_trip(queue_test_directory(L"job-columns"), &row);
}

static void assert_file_round_trip(const char16_t *directory, const struct file_row *row, const struct file_progress_row *progress)
{
    struct queue_store *store = open_queue(directory);
    struct job_row job = queue_test_job(1);
    struct queue_recording recording;
    queue_test_add_job(store, &job);
    queue_test_add_file(store, row);
    if (progress)
        queue_test_put_progress(store, progress);
    queue_store_close(store);
    queue_test_open_and_load(directory, S_OK, &recording);
    assert_int_equal(recording.file_count, 1);
    assert_file_equal(&recording.files[0].row, row);
    assert_int_equal(recording.files[0].has_progress, progress != NULL);
    if (progress)
        assert_progress_equal(&recording.files[0].progress, progress);
    queue_recording_clear(&recording);
}

static void file_columns_hold_their_largest_values(void **state)
{
    (void)state;
    struct wanted_range *wanted = mem_alloc(5000 * sizeof(*wanted));
    for (uint64_t i = 0; i < 5000; i++) /* in an order of the caller's own */
        wanted[i] = (struct wanted_range){UINT64_MAX - 100000 + 10 * (i ^ 1), 10};
    wanted[4999] = (struct wanted_range){UINT64_MAX - 1000, RANGE_TO_END};
    struct file_row row = queue_test_file(1, UINT32_MAX - 1);
    char16_t *url = long_text(u"https://server.example/", 2200, u'u'), *id = long_text(u"", 4096, 0xDC00);
    char16_t *path = long_path(32000);
    row.url = url;
    row.local_path = path;
    row.file_id = id;
    row.declared_size = UINT64_MAX - 1;
    row.wanted = wanted;
    row.wanted_count = 5000;
    struct range *ranges = mem_alloc(5000 * sizeof(*ranges));
    for (uint64_t i = 0; i < 5000; i++)
        ranges[i] = (struct range){i * 9, i * 9 + 5};
    struct range_set have = {ranges, 5000, 5000, 25000};
    char16_t *etag = long_text(u"\"", 16384, 0xFF), *modified = long_text(u"", 16384, u' ');
    struct file_progress_row progress = queue_test_progress(1, UINT32_MAX - 1, &have);
    progress.remote_total = SIZE_UNKNOWN;
    progress.status = 2;
    progress.etag = etag;
    progress.last_modified = modified;
    progress.last_modified_time = UINT64_MAX;
    assert_file_round_trip(queue_test_directory(L"file-largest"), &row, &progress);
    mem_free(wanted);
    mem_free(ranges);
    mem_free(url);
    mem_free(path);
    mem_free(id);
    mem_free(etag);
    mem_free(modified);
}

static void file_columns_hold_their_smallest_values(void **state)
{
    (void)state;
    struct file_row row = {0};
    struct file_progress_row progress = {0};
    memset(row.job_id, 1, sizeof(row.job_id));
    memset(progress.job_id, 1, sizeof(progress.job_id));
    assert_file_round_trip(queue_test_directory(L"file-smallest"), &row, NULL);
    assert_file_round_trip(queue_test_directory(L"progress-smallest"), &row, &progress);
}

static void file_columns_are_not_mixed_up(void **state)
{
    (void)state;
    static const struct wanted_range wanted[] = {{100, 100}, {900, 100}, {400, 100}};
    struct range ranges[] = {{0, 100}, {250, 300}};
    struct range_set have = {ranges, 2, 2, 150};
    struct file_row row = queue_test_file(1, 5);
    row.local_path = u"C:\\\x65E5\x672C\\lonely \xD800 surrogate";
    row.declared_size = 5001;
    row.wanted = wanted;
    row.wanted_count = 3;
    struct file_progress_row progress = queue_test_progress(1, 5, &have);
    progress.status = 1;
    assert_file_round_trip(queue_test_directory(L"file-columns"), &row, &progress);
}

/* ---- Refused when written ---- */

static void assert_job_refused(struct queue_store *store, const struct job_row *row)
{
    assert_ok(queue_store_begin(store));
    assert_hresult(queue_store_insert_job(store, row), E_INVALIDARG);
    queue_store_rollback(store);
}

static void jobs_that_would_not_be_read_are_not_written(void **state)
{
    (void)state;
    struct queue_store *store = open_queue(queue_test_directory(L"job-refused"));
    char16_t *text = long_text(u"", 1025, u'x');
    const struct job_row good = queue_test_job(1);
    struct job_row bad[12];
    for (size_t i = 0; i < 12; i++)
        bad[i] = good;
    bad[0].generation = 2;
    bad[1].owner = NULL;
    bad[2].owner = u"";
    bad[3].owner = text + 1025 - 185;
    bad[4].display_name = text + 1025 - 257;
    bad[5].description = text;
    bad[6].state = 8;
    bad[7].intent = 2;
    bad[8].owed_event = 3;
    bad[9].priority = 4;
    bad[10].notify_flags = 0x40;
    bad[11].notify_flags = 0x80000000;
    for (size_t i = 0; i < 12; i++)
        assert_job_refused(store, &bad[i]);
    queue_test_add_job(store, &good);
    assert_ok(queue_store_begin(store));
    assert_hresult(queue_store_update_job(store, &bad[6]), E_INVALIDARG);
    queue_store_rollback(store);
    queue_store_close(store);
    mem_free(text);
}

static void assert_file_refused(struct queue_store *store, const struct file_row *row)
{
    assert_ok(queue_store_begin(store));
    assert_hresult(queue_store_insert_file(store, row), E_INVALIDARG);
    queue_store_rollback(store);
}

static void files_that_would_not_be_read_are_not_written(void **state)
{
    (void)state;
    static const struct wanted_range overlapping[] = {{0, 10}, {9, 10}}, empty[] = {{5, 0}};
    struct queue_store *store = open_queue(queue_test_directory(L"file-refused"));
    char16_t *id = long_text(u"", 4097, u'x');
    const struct file_row good = queue_test_file(1, 0);
    struct file_row bad[8];
    for (size_t i = 0; i < 8; i++)
        bad[i] = good;
    bad[0].number = UINT32_MAX;
    bad[1].file_id = id;
    bad[2].url = u"ftp://server.example/";
    bad[3].url = u"http://server.example/\r\nX: y";
    bad[4].local_path = u"target\\relative";
    bad[5].local_path = u"C:\\target\\..\\elsewhere";
    bad[6].wanted = overlapping, bad[6].wanted_count = 2;
    bad[7].wanted = empty, bad[7].wanted_count = 1;
    struct job_row job = queue_test_job(1);
    queue_test_add_job(store, &job);
    for (size_t i = 0; i < 8; i++)
        assert_file_refused(store, &bad[i]);
    queue_store_close(store);
    mem_free(id);
}

static void progress_that_would_not_be_read_is_not_written(void **state)
{
    (void)state;
    struct queue_store *store = open_queue(queue_test_directory(L"progress-refused"));
    char16_t *text = long_text(u"", 16385, u'x');
    struct file_progress_row bad[5];
    for (size_t i = 0; i < 5; i++)
        bad[i] = queue_test_progress(1, 0, NULL);
    bad[0].status = 3;
    bad[1].etag = text;
    bad[2].last_modified = text;
    bad[3].etag = u"\"x\"\r\nCookie: y";
    bad[4].last_modified = u"\x7F";
    queue_test_add_job_with_files(store, 1, 1);
    for (size_t i = 0; i < 5; i++) {
        assert_ok(queue_store_begin(store));
        assert_hresult(queue_store_put_progress(store, &bad[i]), E_INVALIDARG);
        queue_store_rollback(store);
    }
    queue_store_close(store);
    mem_free(text);
}

/* ---- Written by somebody else ---- */

/* Three jobs with three files each and progress for every file; the SQL spoils job 2, or its file 1, or its progress. Key and number
 * are the same as in the rows' names. */
static void make_victim(const char16_t *directory)
{
    struct queue_store *store = open_queue(directory);
    struct range range = {0, 500000};
    struct range_set have = {&range, 1, 1, 500000};
    for (uint8_t job = 1; job <= 3; job++) {
        queue_test_add_job_with_files(store, job, 3);
        for (uint32_t number = 0; number < 3; number++) {
            struct file_progress_row progress = queue_test_progress(job, number, &have);
            queue_test_put_progress(store, &progress);
        }
    }
    queue_store_close(store);
}

static void assert_survivors(const char16_t *directory, const char *sql, size_t jobs, size_t files, size_t progress)
{
    struct queue_recording recording;
    size_t progress_count = 0;
    queue_test_open_and_load(directory, S_OK, &recording);
    for (size_t i = 0; i < recording.file_count; i++)
        progress_count += recording.files[i].has_progress;
    if (recording.job_count != jobs || recording.file_count != files || progress_count != progress)
        fail_msg("%s: %zu jobs, %zu files, %zu progress", sql, recording.job_count, recording.file_count, progress_count);
    for (size_t i = 0; i < recording.job_count; i++) {
        struct job_row expected = queue_test_job(recording.jobs[i].id[0]);
        assert_job_equal(&recording.jobs[i], &expected);
    }
    for (size_t i = 0; i < recording.file_count; i++) {
        struct file_row expected = queue_test_file(recording.files[i].row.job_id[0], recording.files[i].row.number);
        assert_file_equal(&recording.files[i].row, &expected);
    }
    queue_recording_clear(&recording);
}

/* The file that held the bad row is kept; the new one is clean, so the second opening sets nothing aside. */
static void assert_spoiled(const char *sql, size_t jobs, size_t files, size_t progress)
{
    const char16_t *directory = queue_test_directory(L"spoiled");
    char16_t name[QUEUE_PATH_ROOM];
    make_victim(directory);
    queue_test_sql(directory, QUEUE, sql);
    assert_survivors(directory, sql, jobs, files, progress);
    assert_int_equal(queue_test_count(directory, L"queue.corrupt-*.db", name), 1);
    assert_survivors(directory, sql, jobs, files, progress);
    assert_int_equal(queue_test_count(directory, L"queue.corrupt-*.db", name), 1);
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
        "wanted = zeroblob(16)",                                                             /* length 0 */
        "wanted = x'00000000000000000A0000000000000005000000000000000100000000000000'",      /* overlapping */
        "wanted = x'FFFFFFFFFFFFFFFF0100000000000000'",                                      /* offset to-end */
    };
    for (size_t i = 0; i < sizeof(assignments) / sizeof(assignments[0]); i++) {
        char sql[300];
        snprintf(sql, sizeof(sql), "UPDATE file SET %s WHERE job = 2 AND number = 1", assignments[i]);
            continue;
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
            continue;
        assert_spoiled(sql, 3, 9, 8);
    }
}

/* STRICT keeps other types out; a file whose schema was edited has them. */
static void columns_of_another_type_are_skipped(void **state)
{
    (void)state;
    static const struct {
        const char *sql;
        size_t jobs, files, progress;
    } cases[] = {
        {"UPDATE job SET state = 'suspended' WHERE key = 2", 2, 6, 6},
        {"UPDATE job SET state = 1.5 WHERE key = 2", 2, 6, 6},
        {"UPDATE job SET id = 'sixteen bytes...' WHERE key = 2", 2, 6, 6},
        {"UPDATE job SET display_name = x'0102' WHERE key = 2", 2, 6, 6},
        {"UPDATE file SET url = 5.5 WHERE job = 2 AND number = 1", 3, 8, 8},
        {"UPDATE file SET wanted = 'sixteen bytes...' WHERE job = 2 AND number = 1", 3, 8, 8},
        {"UPDATE file SET declared_size = x'00' WHERE job = 2 AND number = 1", 3, 8, 8},
        {"UPDATE progress SET have = 0 WHERE job = 2 AND number = 1", 3, 9, 8},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char16_t *directory = queue_test_directory(L"types");
        make_victim(directory);
        queue_test_sql(directory, QUEUE,
                       "UPDATE sqlite_schema SET sql = replace(replace(replace(sql, ') STRICT', ')'), ', WITHOUT ROWID', ' WITHOUT ROWID'),"
                       " 'TEXT NOT', 'BLOB NOT')");
        queue_test_sql(directory, QUEUE, cases[i].sql);
        assert_survivors(directory, cases[i].sql, cases[i].jobs, cases[i].files, cases[i].progress);
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
    struct queue_store *store = open_queue(directory);
    struct job_row job = queue_test_job(4);
    queue_test_add_job(store, &job);
    queue_store_close(store);
    assert_survivors(directory, "trigger", 4, 9, 9);
    queue_test_sql(directory, QUEUE,
                   "DROP TRIGGER gone; ALTER TABLE progress RENAME TO kept; CREATE VIEW progress AS SELECT * FROM kept");
    struct queue_recording recording;
    queue_test_open_and_load(directory, S_FALSE, &recording);
    assert_int_equal(recording.job_count, 4);
    assert_int_equal(recording.file_count, 9);
    assert_false(recording.files[0].has_progress);
    queue_recording_clear(&recording);
    assert_int_equal(queue_test_count(directory, L"queue.corrupt-*.db", name), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(job_columns_hold_their_largest_values),
        cmocka_unit_test(job_columns_hold_their_smallest_values),
        cmocka_unit_test(job_columns_are_not_mixed_up),
        cmocka_unit_test(file_columns_hold_their_largest_values),
        cmocka_unit_test(file_columns_hold_their_smallest_values),
        cmocka_unit_test(file_columns_are_not_mixed_up),
        cmocka_unit_test(jobs_that_would_not_be_read_are_not_written),
        cmocka_unit_test(files_that_would_not_be_read_are_not_written),
        cmocka_unit_test(progress_that_would_not_be_read_is_not_written),
        cmocka_unit_test(hostile_jobs_are_skipped_with_their_files),
        cmocka_unit_test(hostile_files_are_skipped),
        cmocka_unit_test(hostile_progress_makes_its_file_start_anew),
        cmocka_unit_test(columns_of_another_type_are_skipped),
        cmocka_unit_test(a_second_job_of_the_same_identifier_is_skipped),
        cmocka_unit_test(triggers_and_views_have_no_effect),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
