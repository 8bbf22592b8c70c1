/* A queue file that opens but cannot be read just now: there is no engine, the caller gets DO_E_NO_SERVICE, and the next start finds everything. */
#include "deliveryoptimizationerrors.h"
#include "engine_fixture.h"
#include "fault_vfs.h"
#include "queue_support.h"

#define FILES 400u /* of more pages than are read by opening */

static struct engine_fixture fx;

static void assert_all_is_there(void)
{
    struct queue_recording recording;
    queue_test_open_and_load(fx.queue_dir, S_OK, &recording);
    assert_int_equal(recording.job_count, 1);
    assert_int_equal(recording.file_count, FILES);
    queue_recording_clear(&recording);
}

/* Does this reading come when the file is open already? */
static bool fails_after_opening(uint32_t at)
{
    struct queue_store *store;
    fault_vfs_fail_reading(at);
    HRESULT hr = queue_store_open(fx.queue_dir, &store);
    bool has_failed = fault_vfs_heal_reading();
    if (SUCCEEDED(hr))
        queue_store_close(store);
    return SUCCEEDED(hr) && !has_failed;
}

static void a_queue_that_cannot_be_read_is_no_service(void **context)
{
    uint32_t at, after_opening = 0;
    bool has_failed = true;
    (void)context;
    fixture_open(&fx);
    fixture_stop(&fx);
    struct queue_store *store = queue_test_open(fx.queue_dir);
    queue_test_add_job_with_files(store, 1, FILES);
    queue_store_close(store);
    queue_test_sql(fx.queue_dir, L"queue.db",
                   "UPDATE job SET creation_time = 200000000000000000"); /* it is not swept for its age */
    for (at = 0; has_failed; at++) {
        after_opening += fails_after_opening(at);
        fault_vfs_fail_reading(at);
        HRESULT hr = fixture_try_start(&fx);
        has_failed = fault_vfs_heal_reading();
        if (SUCCEEDED(hr))
            fixture_stop(&fx);
        else
            assert_null(fx.engine);
        if (hr != DO_E_NO_SERVICE && (has_failed || hr != S_OK))
            fail_msg("reading %u: 0x%08lX", at, (unsigned long)hr);
        assert_all_is_there();
    }
    print_message("%u readings failed, %u of an open file\n", at - 1, after_opening - 1);
    assert_in_range(after_opening, 10, 2000);
    fixture_start(&fx);
    fixture_close(&fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_queue_that_cannot_be_read_is_no_service),
    };
    fault_vfs_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
