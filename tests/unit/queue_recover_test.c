/* Queue files that are none, torn files, and recoveries that were interrupted: what can be read goes on, what was found
 * is kept aside. */
#include "queue_damage.h"

#include "deliveryoptimizationerrors.h"
#include "memory.h"
#include "queue_store_private.h"

#include <string.h>

#include <windows.h>

#define WAL  L"queue.db-wal"
#define COPY L"queue.recovering.db"

/* ---- Files that are no database ---- */

static void garbage_is_moved_aside(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"garbage");
    uint8_t garbage[10000];
    struct queue_recording recording;
    for (size_t i = 0; i < sizeof(garbage); i++)
        garbage[i] = (uint8_t)(i * 31 + (i >> 7));
    queue_test_write(queue_test_path(directory, QUEUE), garbage, sizeof(garbage));
    queue_test_open_and_load(directory, S_FALSE, &recording);
    assert_int_equal(recording.job_count, 0);
    queue_damage_assert_kept_aside(directory, garbage, sizeof(garbage));
    queue_damage_assert_goes_on(directory, &recording);
    queue_recording_clear(&recording);
}

static void a_short_text_is_moved_aside(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"text");
    struct queue_recording recording;
    queue_test_write(queue_test_path(directory, QUEUE), "not a database\r\n", 16);
    queue_test_open_and_load(directory, S_FALSE, &recording);
    queue_damage_assert_kept_aside(directory, "not a database\r\n", 16);
    queue_recording_clear(&recording);
}

static void an_empty_file_becomes_a_queue(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"empty");
    struct queue_recording recording;
    queue_test_write(queue_test_path(directory, QUEUE), "", 0);
    queue_test_open_and_load(directory, S_OK, &recording);
    assert_int_equal(queue_damage_count_aside(directory), 0);
    queue_damage_assert_goes_on(directory, &recording);
    queue_recording_clear(&recording);
}

static void a_database_of_another_program_is_moved_aside(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"foreign");
    struct queue_recording recording;
    size_t size;
    queue_test_sql(directory, QUEUE,
                   "CREATE TABLE history (url TEXT); INSERT INTO history VALUES ('http://server.example/')");
    uint8_t *bytes = queue_test_read(queue_test_path(directory, QUEUE), &size);
    queue_test_open_and_load(directory, S_FALSE, &recording);
    assert_int_equal(recording.job_count, 0);
    queue_damage_assert_kept_aside(directory, bytes, size);
    mem_free(bytes);
    queue_recording_clear(&recording);
}

static void a_queue_without_one_of_its_tables_keeps_the_others(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"table");
    struct queue_recording recording;
    queue_damage_make(directory, 3, 10);
    queue_test_sql(directory, QUEUE, "DROP TABLE progress");
    queue_test_open_and_load(directory, S_FALSE, &recording);
    queue_damage_assert_nothing_invented(&recording);
    assert_int_equal(recording.job_count, 3);
    assert_int_equal(recording.file_count, 30);
    for (size_t i = 0; i < 3; i++)
        assert_false(queue_recording_is_loss_told(&recording, i));
    queue_damage_assert_goes_on(directory, &recording);
    queue_recording_clear(&recording);
}

static void a_queue_without_its_files_says_of_every_job_that_they_are_lost(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"no-files");
    struct queue_recording recording;
    queue_damage_make(directory, 3, 10);
    queue_test_sql(directory, QUEUE, "DROP TABLE file");
    queue_test_open_and_load(directory, S_FALSE, &recording);
    queue_damage_assert_nothing_invented(&recording);
    queue_damage_assert_losses_are_told(&recording, 10);
    assert_int_equal(recording.job_count, 3);
    queue_damage_assert_goes_on(directory, &recording);
    queue_recording_clear(&recording);
}

static void a_queue_without_its_properties_says_of_every_job_that_they_are_lost(void **state)
{
    (void)state;
    static const char *const tables[] = {"DROP TABLE job_property", "DROP TABLE file_property"};
    for (size_t i = 0; i < 2; i++) {
        const char16_t *directory = queue_test_directory(L"no-properties");
        struct queue_recording recording;
        queue_damage_make(directory, 3, 10);
        queue_test_sql(directory, QUEUE, tables[i]);
        queue_test_open_and_load(directory, S_FALSE, &recording);
        queue_damage_assert_nothing_invented(&recording);
        assert_int_equal(recording.file_count, 30);
        for (size_t job = 0; job < 3; job++)
            assert_true(queue_recording_is_loss_told(&recording, job));
        queue_recording_clear(&recording);
    }
}

static void what_is_only_to_be_swept_or_completed_is_copied_as_it_is(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"dead");
    struct queue_recording recording;
    queue_damage_make(directory, 4, 2);
    queue_test_sql(directory, QUEUE,
                   "UPDATE job SET intent = 1 WHERE key = 1; UPDATE job SET state = 6 WHERE key = 2;"
                   "UPDATE job SET state = 7 WHERE key = 3;"
                   "INSERT INTO job_property SELECT key, 9999, x'00' FROM job");
    queue_test_open_and_load(directory, S_OK, &recording);
    assert_int_equal(recording.job_count, 4);
    assert_int_equal(queue_damage_count_aside(directory), 1);
    assert_int_equal(queue_test_number(directory, QUEUE, "SELECT intent * 10 + (state <> 4) FROM job WHERE key = 1"),
                     11);
    assert_int_equal(queue_test_number(directory, QUEUE, "SELECT state FROM job WHERE key = 2"), 6);
    assert_int_equal(queue_test_number(directory, QUEUE, "SELECT state FROM job WHERE key = 3"), 7);
    assert_int_equal(queue_test_number(directory, QUEUE, "SELECT state FROM job WHERE key = 4"), 4);
    queue_recording_clear(&recording);
}

static void two_damaged_files_get_two_names(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"two");
    struct queue_recording recording;
    for (size_t i = 1; i <= 3; i++) {
        queue_test_write(queue_test_path(directory, QUEUE), "no database at all", 18);
        queue_test_open_and_load(directory, S_FALSE, &recording);
        queue_recording_clear(&recording);
        assert_int_equal(queue_damage_count_aside(directory), i);
    }
}

/* ---- Truncated ---- */

static void a_truncated_file_gives_what_is_left(void **state)
{
    (void)state;
    const char16_t *made = queue_test_directory(L"truncated-made");
    size_t size, best = 0;
    queue_damage_make(made, 5, 40);
    uint8_t *bytes = queue_test_read(queue_test_path(made, QUEUE), &size);
    for (size_t length = 0; length < size; length += PAGE / 2) {
        const char16_t *directory = queue_test_directory(L"truncated");
        struct queue_recording recording;
        queue_test_write(queue_test_path(directory, QUEUE), bytes, length);
        queue_damage_open(directory, &recording);
        queue_damage_assert_losses_are_told(&recording, 40);
        queue_damage_assert_goes_on(directory, &recording);
        assert_int_equal(queue_damage_count_aside(directory), length ? 1 : 0);
        /* The last page cut in two still counts as a page. */
        if (length + PAGE <= size && recording.file_count > best)
            best = recording.file_count;
        queue_recording_clear(&recording);
    }
    assert_in_range(best, 160, 200);
    mem_free(bytes);
}

/* ---- The log ---- */

/* What a crash leaves: rows that are in the log alone. */
static void copy_with_log(const char16_t *from, const char16_t *to)
{
    queue_test_copy(queue_test_path(from, QUEUE), queue_test_path(to, QUEUE));
    queue_test_copy(queue_test_path(from, WAL), queue_test_path(to, WAL));
}

static void make_queue_with_log(const char16_t *directory)
{
    const char16_t *made = queue_test_directory(L"log-made");
    struct queue_store *store;
    queue_damage_make(made, 3, 50);
    assert_ok(queue_store_open(made, &store));
    queue_test_add_job_with_files(store, 4, 50);
    copy_with_log(made, directory);
    queue_store_close(store);
}

static void rows_in_the_log_are_recovered_too(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"log");
    struct queue_recording recording;
    char16_t name[QUEUE_PATH_ROOM];
    size_t size, wal_size, kept_size;
    make_queue_with_log(directory);
    uint8_t *bytes = queue_test_read(queue_test_path(directory, QUEUE), &size);
    uint8_t *wal = queue_test_read(queue_test_path(directory, WAL), &wal_size);
    size_t page = queue_damage_find_page(bytes, size, LEAF_INDEX, L"file 2-25h");
    queue_damage_fill(bytes + page * PAGE);
    queue_test_write(queue_test_path(directory, QUEUE), bytes, size);
    queue_damage_open(directory, &recording);
    assert_int_equal(recording.job_count, 4);
    assert_in_range(recording.file_count, 150, 199);
    queue_damage_assert_losses_are_told(&recording, 50);
    assert_int_equal(recording.files[recording.file_count - 1].row.job_id[0], 4);
    queue_damage_assert_kept_aside(directory, bytes, size);
    assert_int_equal(queue_test_count(directory, L"queue.corrupt-*.db-wal", name), 1);
    uint8_t *kept = queue_test_read(queue_test_path(directory, name), &kept_size);
    assert_int_equal(kept_size, wal_size);
    assert_memory_equal(kept, wal, wal_size);
    queue_damage_assert_goes_on(directory, &recording);
    mem_free(kept);
    mem_free(wal);
    mem_free(bytes);
    queue_recording_clear(&recording);
}

/* The frames before a torn one count, those after it do not. */
static void a_torn_log_is_no_damage(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"torn");
    struct queue_recording recording;
    size_t size;
    make_queue_with_log(directory);
    uint8_t *wal = queue_test_read(queue_test_path(directory, WAL), &size);
    queue_test_write(queue_test_path(directory, WAL), wal, size - 100);
    queue_test_open_and_load(directory, S_OK, &recording);
    assert_int_equal(recording.job_count, 3);
    assert_int_equal(recording.file_count, 150);
    assert_int_equal(queue_damage_count_aside(directory), 0);
    mem_free(wal);
    queue_recording_clear(&recording);
}

/* ---- Interrupted recoveries ---- */

static void an_unfinished_copy_is_thrown_away(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"unfinished"), *other = queue_test_directory(L"unfinished-copy");
    struct queue_recording recording;
    queue_damage_make(directory, 3, 10);
    queue_damage_make(other, 1, 1);
    queue_test_copy(queue_test_path(other, QUEUE), queue_test_path(directory, COPY));
    queue_test_write(queue_test_path(directory, L"queue.recovering.db-wal"), "x", 1);
    queue_test_open_and_load(directory, S_OK, &recording);
    assert_int_equal(recording.job_count, 3);
    assert_false(queue_test_exists(directory, COPY));
    assert_false(queue_test_exists(directory, L"queue.recovering.db-wal"));
    queue_recording_clear(&recording);
}

static void a_finished_copy_takes_the_place(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"finished"), *other = queue_test_directory(L"finished-copy");
    struct queue_recording recording;
    queue_damage_make(other, 2, 10);
    queue_test_copy(queue_test_path(other, QUEUE), queue_test_path(directory, COPY));
    queue_test_open_and_load(directory, S_OK, &recording);
    assert_int_equal(recording.job_count, 2);
    assert_int_equal(recording.file_count, 20);
    queue_damage_assert_nothing_invented(&recording);
    assert_false(queue_test_exists(directory, COPY));
    queue_recording_clear(&recording);
}

/* The log belongs to the database that was moved away: played into the copy it would ruin it. */
static void a_log_left_behind_does_not_reach_the_copy(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"left"), *other = queue_test_directory(L"left-copy");
    struct queue_recording recording;
    char16_t name[QUEUE_PATH_ROOM];
    make_queue_with_log(directory);
    queue_damage_make(other, 2, 10);
    assert_true(DeleteFileW(queue_test_path(directory, QUEUE)));
    queue_test_copy(queue_test_path(other, QUEUE), queue_test_path(directory, COPY));
    queue_test_open_and_load(directory, S_OK, &recording);
    assert_int_equal(recording.job_count, 2);
    assert_int_equal(recording.file_count, 20);
    queue_damage_assert_nothing_invented(&recording);
    assert_int_equal(queue_test_count(directory, L"queue.corrupt-*.db-wal", name), 1);
    queue_damage_assert_goes_on(directory, &recording);
    queue_recording_clear(&recording);
}

static HRESULT give_nothing(void *context, const struct queue_loader *loader)
{
    (void)context;
    (void)loader;
    return S_OK;
}

/* As after a recovery that got stuck between its renames while the queue was in use. */
static void assert_copy_takes_the_place(bool has_source)
{
    const char16_t *directory = queue_test_directory(L"stuck"), *other = queue_test_directory(L"stuck-copy");
    struct queue_recording recording;
    queue_damage_make(directory, 1, 1);
    queue_damage_make(other, 2, 10);
    struct queue_store *store = queue_test_open(directory);
    if (has_source)
        queue_store_set_source(store, give_nothing, NULL);
    queue_store_disconnect(store);
    assert_true(DeleteFileW(queue_test_path(directory, QUEUE)));
    queue_test_copy(queue_test_path(other, QUEUE), queue_test_path(directory, COPY));
    assert_ok(queue_store_begin(store));
    assert_ok(queue_store_commit(store));
    queue_test_load(store, &recording);
    assert_int_equal(recording.job_count, 2);
    assert_int_equal(recording.file_count, 20);
    queue_damage_assert_nothing_invented(&recording);
    queue_store_close(store);
    queue_recording_clear(&recording);
}

static void a_finished_copy_takes_the_place_in_use(void **state)
{
    (void)state;
    assert_copy_takes_the_place(false);
}

/* It has what nobody has in memory. */
static void a_finished_copy_is_not_made_again(void **state)
{
    (void)state;
    assert_copy_takes_the_place(true);
}

static void a_queue_that_cannot_be_moved_aside_is_not_replaced(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"held");
    struct queue_store *store;
    size_t size;
    queue_damage_make(directory, 3, 100);
    uint8_t *bytes = queue_test_read(queue_test_path(directory, QUEUE), &size);
    memset(bytes, 0, 100);
    queue_test_write(queue_test_path(directory, QUEUE), bytes, size);
    HANDLE held = CreateFileW(queue_test_path(directory, QUEUE), GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                              OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
    assert_true(held != INVALID_HANDLE_VALUE);
    assert_hresult(queue_store_open(directory, &store), DO_E_NO_SERVICE);
    assert_null(store);
    CloseHandle(held);
    assert_int_equal(queue_damage_count_aside(directory), 0);
    size_t size_now;
    uint8_t *bytes_now = queue_test_read(queue_test_path(directory, QUEUE), &size_now);
    assert_int_equal(size_now, size);
    assert_memory_equal(bytes_now, bytes, size);
    mem_free(bytes_now);
    mem_free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(garbage_is_moved_aside),
        cmocka_unit_test(a_short_text_is_moved_aside),
        cmocka_unit_test(an_empty_file_becomes_a_queue),
        cmocka_unit_test(a_database_of_another_program_is_moved_aside),
        cmocka_unit_test(a_queue_without_one_of_its_tables_keeps_the_others),
        cmocka_unit_test(a_queue_without_its_files_says_of_every_job_that_they_are_lost),
        cmocka_unit_test(a_queue_without_its_properties_says_of_every_job_that_they_are_lost),
        cmocka_unit_test(what_is_only_to_be_swept_or_completed_is_copied_as_it_is),
        cmocka_unit_test(two_damaged_files_get_two_names),
        cmocka_unit_test(a_truncated_file_gives_what_is_left),
        cmocka_unit_test(rows_in_the_log_are_recovered_too),
        cmocka_unit_test(a_torn_log_is_no_damage),
        cmocka_unit_test(an_unfinished_copy_is_thrown_away),
        cmocka_unit_test(a_finished_copy_takes_the_place),
        cmocka_unit_test(a_log_left_behind_does_not_reach_the_copy),
        cmocka_unit_test(a_finished_copy_takes_the_place_in_use),
        cmocka_unit_test(a_finished_copy_is_not_made_again),
        cmocka_unit_test(a_queue_that_cannot_be_moved_aside_is_not_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
