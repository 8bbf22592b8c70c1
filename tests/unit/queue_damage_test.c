/* Damage inside the queue file: a page costs what it held, and nothing else. */
#include "queue_damage.h"

#include "memory.h"

#include <string.h>

#define DAMAGED HRESULT_OF_WIN32(ERROR_FILE_CORRUPT)

static size_t index_page(const char16_t *directory)
{
    static const char query[] = "SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_job_1'";
    return (size_t)queue_test_number(directory, QUEUE, query) - 1;
}

/* Each page in turn, in three ways. */
static void any_damaged_page_loses_only_what_it_held(void **state)
{
    (void)state;
    const char16_t *made = queue_test_directory(L"page-made");
    size_t size;
    queue_damage_make(made, 12, 40);
    uint8_t *bytes = queue_test_read(queue_test_path(made, QUEUE), &size);
    assert_in_range(size / PAGE, 25, 100);
    for (size_t page = 0; page < size / PAGE; page++) {
        for (int way = 0; way < 3; way++) {
            const char16_t *directory = queue_test_directory(L"page");
            struct queue_recording recording;
            uint8_t *damaged = mem_alloc(size);
            memcpy(damaged, bytes, size);
            if (way == 0)
                queue_damage_fill(damaged + page * PAGE);
            else if (way == 1)
                memset(damaged + page * PAGE, 0, PAGE);
            else
                damaged[page * PAGE + (page ? 0 : 100)] ^= 0x55; /* the page's type */
            queue_test_write(queue_test_path(directory, QUEUE), damaged, size);
            mem_free(damaged);
            queue_damage_open(directory, &recording);
            queue_damage_assert_losses_are_told(&recording, 40);
            queue_damage_assert_goes_on(directory, &recording);
            if (page && bytes[page * PAGE] == LEAF_INDEX)
                assert_in_range(recording.file_count + recording.job_count, 12 + 12 * 40 - 30, 12 + 12 * 40);
            queue_recording_clear(&recording);
        }
    }
    mem_free(bytes);
}

static void a_damaged_page_of_files_costs_its_own_files_alone(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"files");
    size_t size, gaps = 0;
    queue_damage_make(directory, 1, 3000);
    uint8_t *bytes = queue_test_read(queue_test_path(directory, QUEUE), &size);
    size_t first = queue_damage_find_page(bytes, size, LEAF_INDEX, L"file 1-1000h"),
           second = queue_damage_find_page(bytes, size, LEAF_INDEX, L"file 1-2000h");
    size_t cells = queue_damage_cells(bytes + first * PAGE) + queue_damage_cells(bytes + second * PAGE);
    queue_damage_fill(bytes + first * PAGE);
    memset(bytes + second * PAGE, 0xFF, PAGE);
    queue_test_write(queue_test_path(directory, QUEUE), bytes, size);
    struct queue_recording recording;
    queue_damage_open(directory, &recording);
    queue_damage_assert_losses_are_told(&recording, 3000);
    assert_int_equal(recording.job_count, 1);
    assert_int_equal(recording.files[0].row.number, 0);
    assert_int_equal(recording.files[recording.file_count - 1].row.number, 2999);
    for (size_t i = 1; i < recording.file_count; i++)
        gaps += recording.files[i].row.number != recording.files[i - 1].row.number + 1;
    assert_int_equal(gaps, 2);
    /* Progress of lost files does not stand in the way of that of later ones. */
    for (size_t i = 0; i < recording.file_count; i++)
        assert_int_equal(recording.files[i].has_progress, recording.files[i].row.number % 7 == 0);
    /* The row right after each page stands in the page above, where the search from the left does not get. */
    assert_in_range(3000 - recording.file_count, cells, cells + 2);
    queue_damage_assert_kept_aside(directory, bytes, size);
    queue_damage_assert_goes_on(directory, &recording);
    mem_free(bytes);
    queue_recording_clear(&recording);
}

static void a_damaged_page_of_jobs_costs_its_own_jobs_alone(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"jobs");
    size_t size;
    queue_damage_make(directory, 150, 1);
    uint8_t *bytes = queue_test_read(queue_test_path(directory, QUEUE), &size);
    size_t page = queue_damage_find_page(bytes, size, LEAF_TABLE, L"job 75");
    size_t cells = queue_damage_cells(bytes + page * PAGE);
    queue_damage_fill(bytes + page * PAGE);
    queue_test_write(queue_test_path(directory, QUEUE), bytes, size);
    struct queue_recording recording;
    queue_damage_open(directory, &recording);
    assert_int_equal(recording.job_count, 150 - cells);
    assert_int_equal(recording.file_count, 150 - cells);
    for (size_t i = 0; i < recording.job_count; i++)
        assert_false(queue_recording_is_loss_told(&recording, i));
    queue_damage_assert_goes_on(directory, &recording);
    mem_free(bytes);
    queue_recording_clear(&recording);
}

/* SQLite walks along without noticing. */
static void rows_out_of_order_are_not_given_twice(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"disorder");
    size_t size;
    queue_damage_make(directory, 1, 1000);
    uint8_t *bytes = queue_test_read(queue_test_path(directory, QUEUE), &size);
    uint8_t *page = bytes + queue_damage_find_page(bytes, size, LEAF_INDEX, L"file 1-500h") * PAGE, third[2];
    assert_true(queue_damage_cells(page) > 6);
    /* The places of the third and the sixth row on the page. */
    memcpy(third, page + 12, 2);
    memcpy(page + 12, page + 18, 2);
    memcpy(page + 18, third, 2);
    queue_test_write(queue_test_path(directory, QUEUE), bytes, size);
    struct queue_recording recording;
    queue_damage_open(directory, &recording);
    assert_in_range(recording.file_count, 990, 999);
    queue_damage_assert_losses_are_told(&recording, 1000);
    assert_int_equal(queue_damage_count_aside(directory), 1);
    queue_damage_assert_goes_on(directory, &recording);
    mem_free(bytes);
    queue_recording_clear(&recording);
}

/* Two jobs of one identifier, and no index that would tell. */
static void of_two_jobs_of_one_identifier_the_first_goes_on(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"identifier");
    struct queue_recording recording;
    struct queue_store *store;
    size_t size;
    queue_damage_make(directory, 3, 2);
    size_t index = index_page(directory);
    uint8_t *bytes = queue_test_read(queue_test_path(directory, QUEUE), &size);
    uint8_t *page = bytes + queue_damage_find_page(bytes, size, LEAF_TABLE, L"job 2") * PAGE, second[16];
    memset(second, 2, sizeof(second));
    for (size_t i = 0; i < PAGE - sizeof(second); i++) {
        if (!memcmp(page + i, second, sizeof(second)))
            memset(page + i, 1, sizeof(second));
    }
    memset(bytes + index * PAGE + 3, 0, 2);
    queue_test_write(queue_test_path(directory, QUEUE), bytes, size);
    store = queue_test_open(directory);
    queue_test_load(store, &recording);
    queue_recording_clear(&recording);
    queue_test_load(store, &recording);
    assert_int_equal(recording.job_count, 2);
    assert_int_equal(recording.file_count, 4);
    queue_damage_assert_nothing_invented(&recording);
    queue_store_close(store);
    mem_free(bytes);
    queue_recording_clear(&recording);
}

/* Pages of progress hold no jobs and no files. */
static void damaged_progress_makes_files_start_anew(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"progress");
    size_t size, with_progress = 0;
    queue_damage_make(directory, 1, 3000);
    uint8_t *bytes = queue_test_read(queue_test_path(directory, QUEUE), &size);
    size_t page = queue_damage_find_page(bytes, size, LEAF_INDEX, L"\"1-1400\"");
    size_t cells = queue_damage_cells(bytes + page * PAGE);
    queue_damage_fill(bytes + page * PAGE);
    queue_test_write(queue_test_path(directory, QUEUE), bytes, size);
    struct queue_recording recording;
    queue_damage_open(directory, &recording);
    assert_int_equal(recording.file_count, 3000);
    assert_false(queue_recording_is_loss_told(&recording, 0));
    for (size_t i = 0; i < 3000; i++)
        with_progress += recording.files[i].has_progress;
    assert_in_range(429 - with_progress, cells, cells + 1);
    queue_damage_assert_goes_on(directory, &recording);
    mem_free(bytes);
    queue_recording_clear(&recording);
}

/* Every job is read; without the index none could be changed. */
static void a_damaged_index_is_made_anew(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"index");
    struct queue_recording recording;
    struct queue_store *store;
    size_t size;
    queue_damage_make(directory, 20, 2);
    size_t page = index_page(directory);
    uint8_t *bytes = queue_test_read(queue_test_path(directory, QUEUE), &size);
    memset(bytes + page * PAGE + 3, 0, 2); /* no entries */
    queue_test_write(queue_test_path(directory, QUEUE), bytes, size);
    queue_damage_open(directory, &recording);
    assert_int_equal(recording.job_count, 20);
    assert_int_equal(recording.file_count, 40);
    assert_int_equal(queue_damage_count_aside(directory), 1);
    queue_damage_assert_goes_on(directory, &recording);
    struct job_row job = queue_test_job(7);
    assert_ok(queue_store_open(directory, &store));
    assert_ok(queue_store_begin(store));
    assert_ok(queue_store_update_job(store, &job));
    assert_ok(queue_store_commit(store));
    queue_store_close(store);
    mem_free(bytes);
    queue_recording_clear(&recording);
}

/* ---- While the queue is in use ---- */

static void damage_found_while_writing_is_cured_before_the_next_call(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"in-use");
    struct queue_store *store;
    size_t size;
    uint8_t noise[PAGE];
    queue_damage_make(directory, 3, 600);
    struct job_row second = queue_test_job(2), third = queue_test_job(3);
    uint8_t *bytes = queue_test_read(queue_test_path(directory, QUEUE), &size);
    size_t page = queue_damage_find_page(bytes, size, LEAF_INDEX, L"file 2-300h");
    queue_damage_fill(noise);
    assert_ok(queue_store_open(directory, &store));
    queue_test_overwrite(queue_test_path(directory, QUEUE), page * PAGE, noise, PAGE);
    assert_ok(queue_store_begin(store));
    assert_hresult(queue_store_delete_job(store, second.id), DAMAGED);
    assert_hresult(queue_store_commit(store), DAMAGED);
    assert_int_equal(queue_damage_count_aside(directory), 0);
    assert_ok(queue_store_begin(store));
    assert_int_equal(queue_damage_count_aside(directory), 1);
    assert_ok(queue_store_delete_job(store, second.id));
    assert_ok(queue_store_update_job(store, &third));
    assert_ok(queue_store_commit(store));
    struct queue_recording recording;
    queue_test_load(store, &recording);
    assert_int_equal(recording.job_count, 2);
    assert_int_equal(recording.file_count, 1200);
    queue_damage_assert_nothing_invented(&recording);
    queue_store_close(store);
    queue_damage_assert_goes_on(directory, &recording);
    mem_free(bytes);
    queue_recording_clear(&recording);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_damaged_page_loses_only_what_it_held),
        cmocka_unit_test(a_damaged_page_of_files_costs_its_own_files_alone),
        cmocka_unit_test(a_damaged_page_of_jobs_costs_its_own_jobs_alone),
        cmocka_unit_test(rows_out_of_order_are_not_given_twice),
        cmocka_unit_test(of_two_jobs_of_one_identifier_the_first_goes_on),
        cmocka_unit_test(damaged_progress_makes_files_start_anew),
        cmocka_unit_test(a_damaged_index_is_made_anew),
        cmocka_unit_test(damage_found_while_writing_is_cured_before_the_next_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
