/* What was committed survives a power cut at any call that changes the disk, whatever became of what was not synced. */
#include "queue_support.h"

#include "fault_vfs.h"

#include <windows.h>

#define SEEDS        3
#define TRANSACTIONS 8

/* What the client was told. */
struct promise {
    uint32_t files; /* acknowledged */
};

/* In each transaction: a file more, the job's count raised to the number of files. */
static HRESULT add_one(struct queue_store *store, uint32_t number)
{
    struct job_row job = queue_test_job(1);
    struct file_row file = queue_test_file(1, number);
    job.error_count = number + 1;
    HRESULT hr = queue_store_begin(store);
    if (FAILED(hr))
        return hr;
    if (number)
        queue_store_update_job(store, &job);
    else
        queue_store_insert_job(store, &job);
    queue_store_insert_file(store, &file);
    return queue_store_commit(store);
}

/* Twice, so that the log is copied into the database, and begun anew, in between. */
static void work(const char16_t *directory, struct promise *promise)
{
    for (int life = 0; life < 2; life++) {
        struct queue_store *store;
        if (FAILED(queue_store_open(directory, &store)))
            return;
        for (int i = 0; i < TRANSACTIONS && SUCCEEDED(add_one(store, promise->files)); i++)
            promise->files++;
        queue_store_close(store);
    }
}

static void assert_kept(const char16_t *directory, const struct promise *promise, uint32_t cut)
{
    struct queue_recording recording;
    queue_test_open_and_load(directory, S_OK, &recording);
    if (recording.file_count < promise->files || recording.file_count > promise->files + 1)
        fail_msg("power cut %u: %zu files of %u", cut, recording.file_count, promise->files);
    assert_int_equal(recording.job_count, recording.file_count > 0);
    if (recording.job_count)
        assert_int_equal(recording.jobs[0].error_count, recording.file_count);
    for (uint32_t i = 0; i < recording.file_count; i++) {
        struct file_row expected = queue_test_file(1, i);
        assert_file_equal(&recording.files[i].row, &expected);
    }
    queue_recording_clear(&recording);
}

static void rows_acknowledged_before_a_power_cut_are_there(void **state)
{
    (void)state;
    char16_t name[QUEUE_PATH_ROOM];
    for (uint32_t seed = 1; seed <= SEEDS; seed++) {
        bool was_cut = true;
        uint32_t cut;
        for (cut = 0; was_cut; cut++) {
            const char16_t *directory = queue_test_directory(L"power");
            struct promise promise = {0};
            fault_disk_cut(cut, true);
            work(directory, &promise);
            was_cut = fault_disk_power_up(seed * 1000 + cut);
            assert_kept(directory, &promise, cut);
            assert_int_equal(queue_test_count(directory, L"queue.corrupt*", name), 0);
        }
        /* The last round went through: the sweep has seen every call. */
        assert_in_range(cut, 100, 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rows_acknowledged_before_a_power_cut_are_there)};
    fault_vfs_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
