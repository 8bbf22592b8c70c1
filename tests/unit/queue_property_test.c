/* Properties in the queue file: there and back, with their job or file and no longer than it, and what is refused. */
#include "queue_support.h"

#include "memory.h"

#include "deliveryoptimizationerrors.h"

#include <string.h>

#include <windows.h>

#define QUEUE     L"queue.db"
#define NOT_FOUND HRESULT_OF_WIN32(ERROR_NOT_FOUND)

static void assert_properties(const char16_t *directory, const struct property_row *expected, size_t count)
{
    struct queue_recording recording;
    queue_test_open_and_load(directory, S_OK, &recording);
    assert_int_equal(recording.property_count, count);
    for (size_t i = 0; i < count; i++)
        assert_property_equal(&recording.properties[i], &expected[i]);
    queue_recording_clear(&recording);
}

/* The recording checks that each comes right after its job or file. */
static void they_come_back_after_their_job_or_file(void **state)
{
    (void)state;
    static const uint8_t clsid[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    const char16_t *directory = queue_test_directory(L"back");
    const struct property_row rows[] = {
        queue_test_property(1, QUEUE_NO_FILE, PROPERTY_MINIMUM_RETRY_DELAY, "\x10\x27\0\0", 4),
        queue_test_property(1, QUEUE_NO_FILE, PROPERTY_PROXY_BYPASS, u"", 0),
        queue_test_property(1, QUEUE_NO_FILE, PROPERTY_NOTIFICATION_CLSID, clsid, 16),
        queue_test_property(1, 1, PROPERTY_VALIDATION_STATE, "\1", 1),
        queue_test_property(1, 1, PROPERTY_INTEGRITY_CHECK_INFO, u"{}", 4),
        queue_test_property(1, 4, PROPERTY_VALIDATION_STATE, "\0", 1),
        queue_test_property(2, QUEUE_NO_FILE, PROPERTY_MAX_DOWNLOAD_SIZE, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 8),
        queue_test_property(2, 0, PROPERTY_INTEGRITY_CHECK_MANDATORY, "\1", 1),
    };
    const size_t count = sizeof(rows) / sizeof(rows[0]);
    struct queue_store *store = queue_test_open(directory);
    queue_test_add_job_with_files(store, 1, 5);
    queue_test_add_job_with_files(store, 2, 2);
    queue_test_add_job_with_files(store, 3, 1);
    for (size_t i = count; i > 0; i--) /* the order of writing does not matter */
        queue_test_put_property(store, &rows[i - 1]);
    queue_store_close(store);
    assert_properties(directory, rows, count);
}

static void putting_replaces_and_removes(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"replace");
    struct property_row rows[] = {
        queue_test_property(1, QUEUE_NO_FILE, PROPERTY_PROXY_LIST, u"a", 2),
        queue_test_property(1, QUEUE_NO_FILE, PROPERTY_PROXY_BYPASS, u"b", 2),
        queue_test_property(1, 0, PROPERTY_VALIDATION_STATE, "\0", 1),
        queue_test_property(1, 0, PROPERTY_INTEGRITY_CHECK_MANDATORY, "\0", 1),
    };
    struct queue_store *store = queue_test_open(directory);
    queue_test_add_job_with_files(store, 1, 1);
    for (size_t i = 0; i < 4; i++)
        queue_test_put_property(store, &rows[i]);
    rows[0].value = u"longer";
    rows[0].size = 12;
    rows[1].value = NULL;
    rows[2].value = "\1";
    rows[3].value = NULL;
    for (size_t i = 0; i < 4; i++)
        queue_test_put_property(store, &rows[i]);
    queue_test_put_property(store, &rows[1]); /* is not there any more */
    queue_store_close(store);
    const struct property_row left[] = {rows[0], rows[2]};
    assert_properties(directory, left, 2);
}

static void they_go_with_their_job(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"gone");
    const struct property_row rows[] = {
        queue_test_property(1, QUEUE_NO_FILE, PROPERTY_PROXY_LIST, u"a", 2),
        queue_test_property(1, 0, PROPERTY_VALIDATION_STATE, "\1", 1),
        queue_test_property(2, QUEUE_NO_FILE, PROPERTY_PROXY_LIST, u"b", 2),
    };
    struct queue_store *store = queue_test_open(directory);
    queue_test_add_job_with_files(store, 1, 1);
    queue_test_add_job_with_files(store, 2, 1);
    for (size_t i = 0; i < 3; i++)
        queue_test_put_property(store, &rows[i]);
    assert_ok(queue_store_begin(store));
    assert_ok(queue_store_delete_job(store, rows[0].job_id));
    assert_ok(queue_store_commit(store));
    queue_store_close(store);
    assert_properties(directory, &rows[2], 1);
    assert_int_equal(queue_test_number(directory, QUEUE, "SELECT count(*) FROM job_property"), 1);
    assert_int_equal(queue_test_number(directory, QUEUE, "SELECT count(*) FROM file_property"), 0);
}

static void what_would_not_be_read_is_not_written(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"refused");
    const struct {
        struct property_row row;
        HRESULT refusal;
    } cases[] = {
        {queue_test_property(1, QUEUE_NO_FILE, 0, "\1", 1), E_INVALIDARG},
        {queue_test_property(1, QUEUE_NO_FILE, 9999, "\1", 1), E_INVALIDARG},
        {queue_test_property(1, QUEUE_NO_FILE, PROPERTY_VALIDATION_STATE, "\1", 1), E_INVALIDARG},
        {queue_test_property(1, 0, PROPERTY_DYNAMIC_CONTENT, "\1", 1), E_INVALIDARG},
        {queue_test_property(1, 0, PROPERTY_SINK_IS_STREAM, "\1", 1), E_INVALIDARG},
        {queue_test_property(1, QUEUE_NO_FILE, PROPERTY_DYNAMIC_CONTENT, "\2", 1), E_INVALIDARG},
        {queue_test_property(1, QUEUE_NO_FILE, PROPERTY_PROXY_LIST, "a", 1), E_INVALIDARG},
        {queue_test_property(9, QUEUE_NO_FILE, PROPERTY_DYNAMIC_CONTENT, "\1", 1), NOT_FOUND},
        {queue_test_property(9, QUEUE_NO_FILE, PROPERTY_DYNAMIC_CONTENT, NULL, 0), NOT_FOUND},
        {queue_test_property(1, 1, PROPERTY_VALIDATION_STATE, "\1", 1), NOT_FOUND},
    };
    struct queue_store *store = queue_test_open(directory);
    queue_test_add_job_with_files(store, 1, 1);
    assert_hresult(queue_store_put_property(store, &cases[0].row), DO_E_FATAL_CORE_ERROR); /* no transaction */
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_ok(queue_store_begin(store));
        assert_hresult(queue_store_put_property(store, &cases[i].row), cases[i].refusal);
        assert_hresult(queue_store_commit(store), cases[i].refusal);
    }
    queue_store_close(store);
    assert_properties(directory, NULL, 0);
}

static void the_longest_secret_comes_back(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"longest");
    const size_t size = 131676 + 4096;
    uint8_t *bytes = mem_alloc(size);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(i * 7);
    const struct property_row row = queue_test_property(1, QUEUE_NO_FILE, PROPERTY_PROXY_NEGOTIATE, bytes, size);
    struct queue_store *store = queue_test_open(directory);
    queue_test_add_job_with_files(store, 1, 0);
    queue_test_put_property(store, &row);
    queue_store_close(store);
    assert_properties(directory, &row, 1);
    mem_free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_come_back_after_their_job_or_file),
        cmocka_unit_test(putting_replaces_and_removes),
        cmocka_unit_test(they_go_with_their_job),
        cmocka_unit_test(what_would_not_be_read_is_not_written),
        cmocka_unit_test(the_longest_secret_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
