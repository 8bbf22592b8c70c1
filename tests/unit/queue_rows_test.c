/* Every column of every table: there and back with extreme values, refused when it is too much. */
#include "queue_support.h"

#include "memory.h"

#include "deliveryoptimizationerrors.h"

#include <string.h>

#include <windows.h>

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

static void assert_job_round_trip(const char16_t *directory, const struct job_row *row)
{
    struct queue_store *store = queue_test_open(directory);
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

static void a_touched_job_changes_its_modification_time_alone(void **state)
{
    (void)state;
    struct queue_recording recording;
    const char16_t *directory = queue_test_directory(L"job-touched");
    struct queue_store *store = queue_test_open(directory);
    struct job_row row = {.id = {7}, .sequence = 1, .owner = u"S", .display_name = u"n", .modification_time = 5};
    struct job_row other = {.id = {8}, .sequence = 2, .owner = u"S", .modification_time = 6};
    queue_test_add_job(store, &row);
    queue_test_add_job(store, &other);
    assert_hresult(queue_store_touch_job(store, row.id, 9), DO_E_FATAL_CORE_ERROR); /* outside a transaction */
    assert_hresult(queue_store_begin(store), S_OK);
    assert_hresult(queue_store_touch_job(store, row.id, UINT64_MAX), S_OK);
    assert_hresult(queue_store_commit(store), S_OK);
    queue_store_close(store);
    queue_test_open_and_load(directory, S_OK, &recording);
    assert_int_equal(recording.job_count, 2);
    row.modification_time = UINT64_MAX;
    assert_job_equal(&recording.jobs[0], &row);
    assert_job_equal(&recording.jobs[1], &other);
    queue_recording_clear(&recording);
}

static void assert_file_round_trip(const char16_t *directory, const struct file_row *row,
                                   const struct file_progress_row *progress)
{
    struct queue_store *store = queue_test_open(directory);
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
    progress.written_at = UINT64_MAX;
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
    struct queue_store *store = queue_test_open(queue_test_directory(L"job-refused"));
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
    struct queue_store *store = queue_test_open(queue_test_directory(L"file-refused"));
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
    struct queue_store *store = queue_test_open(queue_test_directory(L"progress-refused"));
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(job_columns_hold_their_largest_values),
        cmocka_unit_test(job_columns_hold_their_smallest_values),
        cmocka_unit_test(job_columns_are_not_mixed_up),
        cmocka_unit_test(a_touched_job_changes_its_modification_time_alone),
        cmocka_unit_test(file_columns_hold_their_largest_values),
        cmocka_unit_test(file_columns_hold_their_smallest_values),
        cmocka_unit_test(file_columns_are_not_mixed_up),
        cmocka_unit_test(jobs_that_would_not_be_read_are_not_written),
        cmocka_unit_test(files_that_would_not_be_read_are_not_written),
        cmocka_unit_test(progress_that_would_not_be_read_is_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
