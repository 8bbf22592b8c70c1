/* A disk that fails at any one call: the caller gets the reason, nothing has changed, and the queue goes on. */
#include "queue_support.h"

#include "deliveryoptimizationerrors.h"
#include "fault_vfs.h"

#include <sqlite3.h>
#include <string.h>
#include <windows.h>

static const struct {
    int code;
    uint32_t error;
    HRESULT expected;
} faults[] = {
    {SQLITE_FULL, ERROR_SUCCESS, HRESULT_OF_WIN32(ERROR_DISK_FULL)},
    {SQLITE_IOERR_WRITE, ERROR_CRC, HRESULT_OF_WIN32(ERROR_CRC)},
    {SQLITE_IOERR_WRITE, ERROR_SUCCESS, HRESULT_OF_WIN32(ERROR_WRITE_FAULT)},
    {SQLITE_IOERR_FSYNC, ERROR_NOT_READY, HRESULT_OF_WIN32(ERROR_NOT_READY)},
    {SQLITE_IOERR_NOMEM, ERROR_CRC, E_OUTOFMEMORY},
    {SQLITE_READONLY, ERROR_CRC, E_ACCESSDENIED},
};

#define FAULTS (sizeof(faults) / sizeof(faults[0]))

static HRESULT add_file(struct queue_store *store, uint32_t number)
{
    struct file_row file = queue_test_file(1, number);
    HRESULT hr = queue_store_begin(store);
    if (FAILED(hr))
        return hr;
    queue_store_insert_file(store, &file);
    return queue_store_commit(store);
}

static HRESULT put_credential(struct queue_store *store, const struct property_row *row)
{
    HRESULT hr = queue_store_begin(store);
    if (FAILED(hr))
        return hr;
    queue_store_put_property(store, row);
    return queue_store_commit(store);
}

static void assert_credential(struct queue_store *store, const struct property_row *expected)
{
    struct queue_recording recording;
    queue_test_load(store, &recording);
    assert_int_equal(recording.property_count, 1);
    assert_property_equal(&recording.properties[0], expected);
    queue_recording_clear(&recording);
}

static void assert_files(struct queue_store *store, uint32_t count)
{
    struct queue_recording recording;
    queue_test_load(store, &recording);
    assert_int_equal(recording.file_count, count);
    for (uint32_t i = 0; i < count; i++) {
        struct file_row expected = queue_test_file(1, i);
        assert_file_equal(&recording.files[i].row, &expected);
    }
    queue_recording_clear(&recording);
}

/* One fault at every call in turn, until one transaction goes through without. */
static void a_commit_that_fails_has_changed_nothing(void **state)
{
    (void)state;
    char16_t name[QUEUE_PATH_ROOM];
    for (size_t i = 0; i < FAULTS; i++) {
        const char16_t *directory = queue_test_directory(L"commit");
        struct queue_store *store = queue_test_open(directory);
        uint32_t count = 3, at;
        bool has_failed = true;
        queue_test_add_job_with_files(store, 1, count);
        for (at = 0; has_failed; at++) {
            fault_disk_fail(at, faults[i].code, faults[i].error, false);
            HRESULT hr = add_file(store, count);
            has_failed = fault_disk_heal();
            assert_hresult(hr, has_failed ? faults[i].expected : S_OK);
            count += !has_failed;
            assert_files(store, count);
        }
        assert_in_range(at, 4, 50);
        queue_store_close(store);
        store = queue_test_open(directory);
        assert_files(store, count);
        queue_store_close(store);
        assert_int_equal(queue_test_count(directory, L"queue.corrupt*", name), 0);
    }
}

/* The same for what a job's requests carry: the former value stays until the new one is there, whole. */
static void a_property_that_is_not_committed_keeps_its_former_value(void **state)
{
    (void)state;
    static uint8_t values[2][20000]; /* of several pages */
    struct property_row rows[2];
    for (uint8_t i = 0; i < 2; i++) {
        memset(values[i], 'a' + i, sizeof values[i]);
        rows[i] = queue_test_property(1, QUEUE_NO_FILE, PROPERTY_SERVER_BASIC, values[i], sizeof values[i]);
    }
    for (size_t i = 0; i < FAULTS; i++) {
        const char16_t *directory = queue_test_directory(L"property");
        struct queue_store *store = queue_test_open(directory);
        uint32_t at;
        bool has_failed = true;
        queue_test_add_job_with_files(store, 1, 0);
        queue_test_put_property(store, &rows[0]);
        for (at = 0; has_failed; at++) {
            fault_disk_fail(at, faults[i].code, faults[i].error, false);
            HRESULT hr = put_credential(store, &rows[1]);
            has_failed = fault_disk_heal();
            assert_hresult(hr, has_failed ? faults[i].expected : S_OK);
            assert_credential(store, &rows[has_failed ? 0 : 1]);
        }
        assert_in_range(at, 4, 80);
        queue_store_close(store);
        store = queue_test_open(directory);
        assert_credential(store, &rows[1]);
        queue_store_close(store);
    }
}

/* A disk that stays full answers every call with that, and rows come back when there is room again. */
static void a_full_disk_is_named_until_there_is_room(void **state)
{
    (void)state;
    struct queue_store *store = queue_test_open(queue_test_directory(L"full"));
    queue_test_add_job_with_files(store, 1, 2);
    fault_disk_fail(0, SQLITE_FULL, ERROR_SUCCESS, true);
    for (int i = 0; i < 3; i++)
        assert_hresult(add_file(store, 2), HRESULT_OF_WIN32(ERROR_DISK_FULL));
    assert_files(store, 2);
    fault_disk_heal();
    assert_ok(add_file(store, 2));
    assert_files(store, 3);
    queue_store_close(store);
}

/* Opening: as if it had not been tried. */
static void an_opening_that_fails_leaves_the_queue_alone(void **state)
{
    (void)state;
    char16_t name[QUEUE_PATH_ROOM];
    for (size_t i = 0; i < FAULTS; i++) {
        bool has_failed = true;
        for (uint32_t at = 0; has_failed; at++) {
            const char16_t *directory = queue_test_directory(L"open");
            struct queue_store *store;
            fault_disk_fail(at, faults[i].code, faults[i].error, false);
            HRESULT hr = queue_store_open(directory, &store);
            if (FAILED(hr)) {
                assert_hresult(hr, DO_E_NO_SERVICE);
                assert_null(store);
            } else {
                queue_store_close(store);
            }
            has_failed = fault_disk_heal();
            assert_true(has_failed || hr == S_OK);
            store = queue_test_open(directory);
            queue_test_add_job_with_files(store, 1, 2);
            assert_files(store, 2);
            queue_store_close(store);
            assert_int_equal(queue_test_count(directory, L"queue.corrupt*", name), 0);
        }
    }
}

/* A page that cannot be read now is no damage: nothing is put aside, nothing is left out, and the next opening has it all. */
static void a_reading_that_fails_is_told_and_loses_nothing(void **state)
{
    (void)state;
    enum { FILES = 400 }; /* of several pages */
    char16_t name[QUEUE_PATH_ROOM];
    bool has_failed = true;
    uint32_t at;
    const char16_t *directory = queue_test_directory(L"reading");
    struct queue_store *store = queue_test_open(directory);
    queue_test_add_job_with_files(store, 1, FILES);
    queue_store_close(store);
    for (at = 0; has_failed; at++) {
        struct queue_recording recording = {0};
        struct queue_loader loader = queue_recording_loader(&recording);
        fault_vfs_fail_reading(at);
        HRESULT opened = queue_store_open(directory, &store);
        HRESULT loaded = SUCCEEDED(opened) ? queue_store_load(store, &loader) : S_OK;
        has_failed = fault_vfs_heal_reading();
        bool is_told = FAILED(opened) || FAILED(loaded);
        if (!is_told && recording.file_count != FILES)
            fail_msg("reading %u: %u files, and nothing was said", at, (unsigned)recording.file_count);
        queue_recording_clear(&recording);
        if (SUCCEEDED(opened))
            queue_store_close(store);
        store = queue_test_open(directory);
        assert_files(store, FILES);
        queue_store_close(store);
        assert_int_equal(queue_test_count(directory, L"queue.corrupt*", name), 0);
    }
    print_message("%u readings failed\n", at - 1);
    assert_in_range(at, 20, 2000);
}

/* A recovery that cannot be finished leaves the damaged file where it is, and is done at the next start. */
static void a_recovery_that_fails_is_done_later(void **state)
{
    (void)state;
    char16_t name[QUEUE_PATH_ROOM];
    bool has_failed = true;
    uint32_t at;
    for (at = 0; has_failed; at++) {
        const char16_t *directory = queue_test_directory(L"recovery");
        struct queue_store *store = queue_test_open(directory);
        queue_test_add_job_with_files(store, 1, 3);
        queue_store_close(store);
        queue_test_sql(directory, L"queue.db", "DROP TABLE progress");
        fault_disk_fail(at, SQLITE_FULL, ERROR_SUCCESS, true);
        HRESULT hr = queue_store_open(directory, &store);
        if (SUCCEEDED(hr))
            queue_store_close(store);
        has_failed = fault_disk_heal();
        if (FAILED(hr))
            assert_hresult(hr, DO_E_NO_SERVICE);
        else
            assert_hresult(hr, S_FALSE);
        size_t aside = queue_test_count(directory, L"queue.corrupt*.db", name);
        hr = queue_store_open(directory, &store);
        assert_hresult(hr, aside ? S_OK : S_FALSE);
        assert_files(store, 3);
        queue_store_close(store);
        assert_int_equal(queue_test_count(directory, L"queue.corrupt*.db", name), 1);
    }
    assert_in_range(at, 10, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_commit_that_fails_has_changed_nothing),
        cmocka_unit_test(a_property_that_is_not_committed_keeps_its_former_value),
        cmocka_unit_test(a_full_disk_is_named_until_there_is_room),
        cmocka_unit_test(an_opening_that_fails_leaves_the_queue_alone),
        cmocka_unit_test(a_reading_that_fails_is_told_and_loses_nothing),
        cmocka_unit_test(a_recovery_that_fails_is_done_later),
    };
    fault_vfs_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
