/* The queue file with much in it: its log stays small however many transactions there are, and a large queue opens quickly (the time is printed). */
#include "queue_support.h"

#include <windows.h>

#define TRANSACTIONS 4000u
#define LOG_BOUND    (8u * 1024 * 1024) /* queue_store.c: to so many bytes it is cut */
#define MANY_FILES   100000u
#define LIMIT_MS     30000u /* a hundred times what it takes; the machine may be busy */

static uint64_t log_size(const char16_t *directory)
{
    WIN32_FILE_ATTRIBUTE_DATA data;
    if (!GetFileAttributesExW(queue_test_path(directory, L"queue.db-wal"), GetFileExInfoStandard, &data))
        return 0;
    return (uint64_t)data.nFileSizeHigh << 32 | data.nFileSizeLow;
}

static void the_log_stays_small_under_many_transactions(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"growth");
    struct queue_store *store = queue_test_open(directory);
    struct range_set have = {0};
    uint64_t largest = 0;
    queue_test_add_job_with_files(store, 1, 20);
    for (uint32_t i = 0; i < TRANSACTIONS; i++) {
        range_set_clear(&have);
        assert_ok(range_set_add(&have, 0, 1000 + i));
        struct file_progress_row progress = queue_test_progress(1, i % 20, &have);
        queue_test_put_progress(store, &progress);
        uint64_t size = log_size(directory);
        largest = size > largest ? size : largest;
    }
    print_message("%u transactions, at most %u KiB of log\n", TRANSACTIONS, (unsigned)(largest / 1024));
    assert_in_range(largest, 1, LOG_BOUND);
    range_set_clear(&have);
    queue_store_close(store);
    assert_int_equal(log_size(directory), 0); /* closing empties it */
}

/* Counts, and keeps nothing. */
static HRESULT count_job(void *context, const struct job_row *row)
{
    (void)context;
    (void)row;
    return S_OK;
}

static HRESULT count_file(void *context, const struct file_row *row, const struct file_progress_row *progress)
{
    (void)row;
    (void)progress;
    ++*(uint32_t *)context;
    return S_OK;
}

static HRESULT count_property(void *context, const struct property_row *row)
{
    (void)context;
    (void)row;
    return S_OK;
}

static void a_large_queue_opens_quickly_and_its_log_is_cut_again(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"large");
    struct queue_store *store = queue_test_open(directory);
    queue_test_add_job_with_files(store, 1, MANY_FILES);
    assert_true(log_size(directory) > LOG_BOUND);
    for (uint8_t i = 2; i < 5; i++) { /* the log begins anew, and is cut then */
        struct job_row job = queue_test_job(i);
        queue_test_add_job(store, &job);
    }
    assert_in_range(log_size(directory), 0, LOG_BOUND);
    queue_store_close(store);

    uint32_t count = 0;
    struct queue_loader loader = {.job = count_job, .file = count_file, .property = count_property, .context = &count};
    ULONGLONG begin = GetTickCount64();
    store = queue_test_open(directory);
    assert_ok(queue_store_load(store, &loader));
    unsigned milliseconds = (unsigned)(GetTickCount64() - begin);
    queue_store_close(store);
    print_message("%u files opened in %u ms\n", MANY_FILES, milliseconds);
    assert_int_equal(count, MANY_FILES);
    assert_in_range(milliseconds, 0, LIMIT_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_log_stays_small_under_many_transactions),
        cmocka_unit_test(a_large_queue_opens_quickly_and_its_log_is_cut_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
