/* What was committed survives the death of the process that committed it, whole. */
#include "queue_child.h"
#include "queue_support.h"

#include <stdlib.h>
#include <wchar.h>

#include <windows.h>

/* In each transaction: a file more, the job's count raised to that file's number, progress for the file before. */
static int commit_for_ever(const char16_t *directory)
{
    struct queue_store *store;
    struct job_row job = queue_test_job(1);
    if (FAILED(queue_store_open(directory, &store)))
        return 1;
    for (uint32_t i = 0; i < 100000; i++) {
        struct file_row file = queue_test_file(1, i);
        struct file_progress_row progress = queue_test_progress(1, i - 1, NULL);
        job.display_name = u"job 1";
        job.error_count = i;
        HRESULT hr = queue_store_begin(store);
        if (SUCCEEDED(hr))
            hr = i ? queue_store_update_job(store, &job) : queue_store_insert_job(store, &job);
        if (SUCCEEDED(hr))
            hr = queue_store_insert_file(store, &file);
        if (SUCCEEDED(hr) && i)
            hr = queue_store_put_progress(store, &progress);
        if (SUCCEEDED(hr))
            hr = queue_store_commit(store);
        if (FAILED(hr) || !queue_child_report(i))
            return 1;
    }
    return 0;
}

static void assert_acknowledged(const char16_t *directory, uint32_t last)
{
    struct queue_recording recording;
    queue_test_open_and_load(directory, S_OK, &recording);
    assert_int_equal(recording.job_count, 1);
    /* The one in the making may have come through, too. */
    assert_in_range(recording.file_count, last + 1, last + 2);
    assert_int_equal(recording.jobs[0].error_count, recording.file_count - 1);
    for (uint32_t i = 0; i < recording.file_count; i++) {
        struct file_row expected = queue_test_file(1, i);
        assert_file_equal(&recording.files[i].row, &expected);
        assert_int_equal(recording.files[i].has_progress, i + 1 < recording.file_count);
    }
    queue_recording_clear(&recording);
}

/* The later ones come after log and database were written to each other. */
static void rows_acknowledged_before_a_kill_are_there(void **state)
{
    (void)state;
    static const uint32_t kills[] = {0, 1, 20, 333, 334, 1500, 2500};
    for (size_t i = 0; i < sizeof(kills) / sizeof(kills[0]); i++) {
        const char16_t *directory = queue_test_directory(L"killed");
        struct queue_child child;
        uint32_t last = 0;
        queue_child_start(&child, L"commit", directory);
        do
            assert_true(queue_child_hear(&child, &last));
        while (last < kills[i]);
        queue_child_kill(&child);
        while (queue_child_hear(&child, &last))
            ;
        queue_child_close(&child);
        assert_acknowledged(directory, last);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rows_acknowledged_before_a_kill_are_there)};
    if (argc == 3) {
        char16_t directory[QUEUE_PATH_ROOM];
        swprintf(directory, QUEUE_PATH_ROOM, L"%hs", argv[2]);
        return commit_for_ever(directory);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
