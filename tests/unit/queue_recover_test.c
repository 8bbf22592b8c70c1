/* Damaged queue files: what can be read goes on, the damaged file is kept aside, nothing is invented. */
#include "queue_support.h"

#include "deliveryoptimizationerrors.h"
#include "memory.h"
#include "utf16.h"

#include <string.h>
#include <wchar.h>

#include <windows.h>

#define QUEUE     L"queue.db"
#define WAL       L"queue.db-wal"
#define COPY      L"queue.recovering.db"
#define PAGE      4096
#define DAMAGED   HRESULT_OF_WIN32(ERROR_FILE_CORRUPT)
#define NOT_FOUND HRESULT_OF_WIN32(ERROR_NOT_FOUND)

#define LEAF_TABLE 0x0D /* types of a b-tree page: a table's rows, an index's entries (also those of a table WITHOUT ROWID) */
#define LEAF_INDEX 0x0A

static size_t count_aside(const char16_t *directory)
{
    char16_t name[QUEUE_PATH_ROOM];
    return queue_test_count(directory, L"queue.corrupt-*.db", name);
}

/* A file of this name, with progress for every seventh, and a log that is empty. */
static void make_queue(const char16_t *directory, uint8_t jobs, uint32_t files)
{
    struct queue_store *store;
    assert_ok(queue_store_open(directory, &store));
    for (uint8_t job = 1; job <= jobs; job++) {
        queue_test_add_job_with_files(store, job, files);
        assert_ok(queue_store_begin(store));
        for (uint32_t number = 0; number < files; number += 7) {
            struct file_progress_row progress = queue_test_progress(job, number, NULL);
            assert_ok(queue_store_put_progress(store, &progress));
        }
        assert_ok(queue_store_commit(store));
    }
    queue_store_close(store);
}

/* Every row is one that was written, in order, at most once. */
static void assert_nothing_invented(const struct queue_recording *recording)
{
    for (size_t i = 0; i < recording->job_count; i++) {
        struct job_row expected = queue_test_job(recording->jobs[i].id[0]);
        assert_job_equal(&recording->jobs[i], &expected);
        if (i)
            assert_true(recording->jobs[i].sequence > recording->jobs[i - 1].sequence);
    }
    for (size_t i = 0; i < recording->file_count; i++) {
        const struct recorded_file *file = &recording->files[i];
        struct file_row expected = queue_test_file(file->row.job_id[0], file->row.number);
        assert_file_equal(&file->row, &expected);
        if (i && file[-1].row.job_id[0] == file->row.job_id[0])
            assert_true(file->row.number > file[-1].row.number);
        if (file->has_progress) {
            struct file_progress_row progress = queue_test_progress(file->row.job_id[0], file->row.number, NULL);
            assert_int_equal(file->row.number % 7, 0);
            assert_progress_equal(&file->progress, &progress);
        }
    }
}

static void assert_same_rows(const struct queue_recording *a, const struct queue_recording *b)
{
    assert_int_equal(a->job_count, b->job_count);
    assert_int_equal(a->file_count, b->file_count);
    for (size_t i = 0; i < a->job_count; i++)
        assert_job_equal(&a->jobs[i], &b->jobs[i]);
    for (size_t i = 0; i < a->file_count; i++) {
        assert_file_equal(&a->files[i].row, &b->files[i].row);
        assert_int_equal(a->files[i].has_progress, b->files[i].has_progress);
    }
}

/* The queue goes on with exactly what was loaded, and is written to like any other. */
static void assert_goes_on(const char16_t *directory, const struct queue_recording *loaded)
{
    struct queue_recording again;
    struct queue_store *store;
    size_t aside = count_aside(directory);
    queue_test_open_and_load(directory, S_OK, &again);
    assert_same_rows(&again, loaded);
    queue_recording_clear(&again);
    assert_ok(queue_store_open(directory, &store));
    queue_test_add_job_with_files(store, 200, 2);
    queue_store_close(store);
    assert_int_equal(queue_test_number(directory, QUEUE, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
    assert_int_equal(count_aside(directory), aside);
}

/* Opens and loads whatever is there: S_OK or S_FALSE. */
static void open_damaged(const char16_t *directory, struct queue_recording *recording)
{
    struct queue_store *store;
    HRESULT hr = queue_store_open(directory, &store);
    if (hr != S_OK)
        assert_hresult(hr, S_FALSE);
    queue_test_load(store, recording);
    queue_store_close(store);
    assert_nothing_invented(recording);
}

static void assert_kept_aside(const char16_t *directory, const void *bytes, size_t size)
{
    char16_t name[QUEUE_PATH_ROOM];
    size_t kept_size;
    assert_int_equal(queue_test_count(directory, L"queue.corrupt-*.db", name), 1);
    uint8_t *kept = queue_test_read(queue_test_path(directory, name), &kept_size);
    assert_int_equal(kept_size, size);
    assert_memory_equal(kept, bytes, size);
    mem_free(kept);
    /* queue.corrupt-20261124T123456Z.db */
    assert_int_equal(wcslen(name), 33);
    assert_true(name[22] == 'T' && name[29] == 'Z');
}

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
    assert_kept_aside(directory, garbage, sizeof(garbage));
    assert_goes_on(directory, &recording);
    queue_recording_clear(&recording);
}

static void a_short_text_is_moved_aside(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"text");
    struct queue_recording recording;
    queue_test_write(queue_test_path(directory, QUEUE), "not a database\r\n", 16);
    queue_test_open_and_load(directory, S_FALSE, &recording);
    assert_kept_aside(directory, "not a database\r\n", 16);
    queue_recording_clear(&recording);
}

static void an_empty_file_becomes_a_queue(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"empty");
    struct queue_recording recording;
    queue_test_write(queue_test_path(directory, QUEUE), "", 0);
    queue_test_open_and_load(directory, S_OK, &recording);
    assert_int_equal(count_aside(directory), 0);
    assert_goes_on(directory, &recording);
    queue_recording_clear(&recording);
}

static void a_database_of_another_program_is_moved_aside(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"foreign");
    struct queue_recording recording;
    size_t size;
    queue_test_sql(directory, QUEUE, "CREATE TABLE history (url TEXT); INSERT INTO history VALUES ('http://server.example/')");
    uint8_t *bytes = queue_test_read(queue_test_path(directory, QUEUE), &size);
    queue_test_open_and_load(directory, S_FALSE, &recording);
    assert_int_equal(recording.job_count, 0);
    assert_kept_aside(directory, bytes, size);
    mem_free(bytes);
    queue_recording_clear(&recording);
}

static void a_queue_without_one_of_its_tables_keeps_the_others(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"table");
    struct queue_recording recording;
    make_queue(directory, 3, 10);
    queue_test_sql(directory, QUEUE, "DROP TABLE progress");
    queue_test_open_and_load(directory, S_FALSE, &recording);
    assert_nothing_invented(&recording);
    assert_int_equal(recording.job_count, 3);
    assert_int_equal(recording.file_count, 30);
    assert_goes_on(directory, &recording);
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
        assert_int_equal(count_aside(directory), i);
    }
}

/* ---- Truncated ---- */

static void a_truncated_file_gives_what_is_left(void **state)
{
    (void)state;
    const char16_t *made = queue_test_directory(L"truncated-made");
    size_t size, best = 0;
    make_queue(made, 5, 40);
    uint8_t *bytes = queue_test_read(queue_test_path(made, QUEUE), &size);
    for (size_t length = 0; length < size; length += PAGE / 2) {
        const char16_t *directory = queue_test_directory(L"truncated");
        struct queue_recording recording;
        queue_test_write(queue_test_path(directory, QUEUE), bytes, length);
        open_damaged(directory, &recording);
        assert_goes_on(directory, &recording);
        assert_int_equal(count_aside(directory), length ? 1 : 0);
        if (recording.file_count > best)
            best = recording.file_count;
        queue_recording_clear(&recording);
    }
    assert_in_range(best, 160, 200);
    mem_free(bytes);
}

/* ---- Damaged pages ---- */

static void fill_with_noise(uint8_t *page)
{
    uint32_t noise = 12345;
    for (size_t i = 0; i < PAGE; i++) {
        noise = noise * 1664525 + 1013904223;
        page[i] = (uint8_t)(noise >> 24);
    }
}

/* Each page in turn, in three ways. */
static void any_damaged_page_loses_only_what_it_held(void **state)
{
    (void)state;
    const char16_t *made = queue_test_directory(L"page-made");
    size_t size;
    make_queue(made, 12, 40);
    uint8_t *bytes = queue_test_read(queue_test_path(made, QUEUE), &size);
    assert_in_range(size / PAGE, 25, 100);
    for (size_t page = 0; page < size / PAGE; page++) {
        for (int way = 0; way < 3; way++) {
            const char16_t *directory = queue_test_directory(L"page");
            struct queue_recording recording;
            uint8_t *damaged = mem_alloc(size);
            memcpy(damaged, bytes, size);
            if (way == 0)
                fill_with_noise(damaged + page * PAGE);
            else if (way == 1)
                memset(damaged + page * PAGE, 0, PAGE);
            else
                damaged[page * PAGE + (page ? 0 : 100)] ^= 0x55; /* the page's type */
            queue_test_write(queue_test_path(directory, QUEUE), damaged, size);
            mem_free(damaged);
            open_damaged(directory, &recording);
            assert_goes_on(directory, &recording);
            if (page && bytes[page * PAGE] == LEAF_INDEX)
                assert_in_range(recording.file_count + recording.job_count, 12 + 12 * 40 - 30, 12 + 12 * 40);
            queue_recording_clear(&recording);
        }
    }
    mem_free(bytes);
}

static size_t find_page_with(const uint8_t *bytes, size_t size, uint8_t type, const char16_t *text)
{
    size_t length = utf16_length(text) * sizeof(*text);
    for (size_t page = 1; page < size / PAGE; page++) {
        for (size_t i = 0; bytes[page * PAGE] == type && i + length <= PAGE; i++) {
            if (!memcmp(bytes + page * PAGE + i, text, length))
                return page;
        }
    }
    fail_msg("no page with %ls", text);
    return 0;
}

static size_t cells_of(const uint8_t *page)
{
    return (size_t)page[3] << 8 | page[4];
}

static void a_damaged_page_of_files_costs_its_own_files_alone(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"files");
    size_t size, gaps = 0;
    make_queue(directory, 1, 3000);
    uint8_t *bytes = queue_test_read(queue_test_path(directory, QUEUE), &size);
    size_t first = find_page_with(bytes, size, LEAF_INDEX, L"file 1-1000h"), second = find_page_with(bytes, size, LEAF_INDEX, L"file 1-2000h");
    size_t cells = cells_of(bytes + first * PAGE) + cells_of(bytes + second * PAGE);
    fill_with_noise(bytes + first * PAGE);
    memset(bytes + second * PAGE, 0xFF, PAGE);
    queue_test_write(queue_test_path(directory, QUEUE), bytes, size);
    struct queue_recording recording;
    open_damaged(directory, &recording);
    assert_int_equal(recording.job_count, 1);
    assert_int_equal(recording.files[0].row.number, 0);
    assert_int_equal(recording.files[recording.file_count - 1].row.number, 2999);
    for (size_t i = 1; i < recording.file_count; i++)
        gaps += recording.files[i].row.number != recording.files[i - 1].row.number + 1;
    assert_int_equal(gaps, 2);
    /* The row right after each page stands in the page above, where the search from the left does not get. */
    assert_in_range(3000 - recording.file_count, cells, cells + 2);
    assert_kept_aside(directory, bytes, size);
    assert_goes_on(directory, &recording);
    mem_free(bytes);
    queue_recording_clear(&recording);
}

static void a_damaged_page_of_jobs_costs_its_own_jobs_alone(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"jobs");
    size_t size;
    make_queue(directory, 150, 1);
    uint8_t *bytes = queue_test_read(queue_test_path(directory, QUEUE), &size);
    size_t page = find_page_with(bytes, size, LEAF_TABLE, L"job 75");
    size_t cells = cells_of(bytes + page * PAGE);
    fill_with_noise(bytes + page * PAGE);
    queue_test_write(queue_test_path(directory, QUEUE), bytes, size);
    struct queue_recording recording;
    open_damaged(directory, &recording);
    assert_int_equal(recording.job_count, 150 - cells);
    assert_int_equal(recording.file_count, 150 - cells);
    assert_goes_on(directory, &recording);
    mem_free(bytes);
    queue_recording_clear(&recording);
}

/* Pages of progress hold no jobs and no files. */
static void damaged_progress_makes_files_start_anew(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"progress");
    size_t size, with_progress = 0;
    make_queue(directory, 1, 3000);
    uint8_t *bytes = queue_test_read(queue_test_path(directory, QUEUE), &size);
    size_t page = find_page_with(bytes, size, LEAF_INDEX, L"\"1-1400\"");
    size_t cells = cells_of(bytes + page * PAGE);
    fill_with_noise(bytes + page * PAGE);
    queue_test_write(queue_test_path(directory, QUEUE), bytes, size);
    struct queue_recording recording;
    open_damaged(directory, &recording);
    assert_int_equal(recording.file_count, 3000);
    for (size_t i = 0; i < 3000; i++)
        with_progress += recording.files[i].has_progress;
    assert_in_range(429 - with_progress, cells, cells + 1);
    assert_goes_on(directory, &recording);
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
    make_queue(directory, 20, 2);
    size_t page = (size_t)queue_test_number(directory, QUEUE,
                                            "SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_job_1'") - 1;
    uint8_t *bytes = queue_test_read(queue_test_path(directory, QUEUE), &size);
    memset(bytes + page * PAGE + 3, 0, 2); /* no entries */
    queue_test_write(queue_test_path(directory, QUEUE), bytes, size);
    open_damaged(directory, &recording);
    assert_int_equal(recording.job_count, 20);
    assert_int_equal(recording.file_count, 40);
    assert_int_equal(count_aside(directory), 1);
    assert_goes_on(directory, &recording);
    struct job_row job = queue_test_job(7);
    assert_ok(queue_store_open(directory, &store));
    assert_ok(queue_store_begin(store));
    assert_ok(queue_store_update_job(store, &job));
    assert_ok(queue_store_commit(store));
    queue_store_close(store);
    mem_free(bytes);
    queue_recording_clear(&recording);
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
    make_queue(made, 3, 50);
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
    size_t page = find_page_with(bytes, size, LEAF_INDEX, L"file 2-25h");
    fill_with_noise(bytes + page * PAGE);
    queue_test_write(queue_test_path(directory, QUEUE), bytes, size);
    open_damaged(directory, &recording);
    assert_int_equal(recording.job_count, 4);
    assert_in_range(recording.file_count, 150, 199);
    assert_int_equal(recording.files[recording.file_count - 1].row.job_id[0], 4);
    assert_kept_aside(directory, bytes, size);
    assert_int_equal(queue_test_count(directory, L"queue.corrupt-*.db-wal", name), 1);
    uint8_t *kept = queue_test_read(queue_test_path(directory, name), &kept_size);
    assert_int_equal(kept_size, wal_size);
    assert_memory_equal(kept, wal, wal_size);
    assert_goes_on(directory, &recording);
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
    assert_int_equal(count_aside(directory), 0);
    mem_free(wal);
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
    make_queue(directory, 3, 600);
    struct job_row second = queue_test_job(2), third = queue_test_job(3);
    uint8_t *bytes = queue_test_read(queue_test_path(directory, QUEUE), &size);
    size_t page = find_page_with(bytes, size, LEAF_INDEX, L"file 2-300h");
    fill_with_noise(noise);
    assert_ok(queue_store_open(directory, &store));
    queue_test_overwrite(queue_test_path(directory, QUEUE), page * PAGE, noise, PAGE);
    assert_ok(queue_store_begin(store));
    assert_hresult(queue_store_delete_job(store, second.id), DAMAGED);
    assert_hresult(queue_store_commit(store), DAMAGED);
    assert_int_equal(count_aside(directory), 0);
    assert_ok(queue_store_begin(store));
    assert_int_equal(count_aside(directory), 1);
    assert_ok(queue_store_delete_job(store, second.id));
    assert_ok(queue_store_update_job(store, &third));
    assert_ok(queue_store_commit(store));
    struct queue_recording recording;
    queue_test_load(store, &recording);
    assert_int_equal(recording.job_count, 2);
    assert_int_equal(recording.file_count, 1200);
    assert_nothing_invented(&recording);
    queue_store_close(store);
    assert_goes_on(directory, &recording);
    mem_free(bytes);
    queue_recording_clear(&recording);
}

/* ---- Interrupted recoveries ---- */

static void an_unfinished_copy_is_thrown_away(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"unfinished"), *other = queue_test_directory(L"unfinished-copy");
    struct queue_recording recording;
    make_queue(directory, 3, 10);
    make_queue(other, 1, 1);
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
    make_queue(other, 2, 10);
    queue_test_copy(queue_test_path(other, QUEUE), queue_test_path(directory, COPY));
    queue_test_open_and_load(directory, S_OK, &recording);
    assert_int_equal(recording.job_count, 2);
    assert_int_equal(recording.file_count, 20);
    assert_nothing_invented(&recording);
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
    make_queue(other, 2, 10);
    assert_true(DeleteFileW(queue_test_path(directory, QUEUE)));
    queue_test_copy(queue_test_path(other, QUEUE), queue_test_path(directory, COPY));
    queue_test_open_and_load(directory, S_OK, &recording);
    assert_int_equal(recording.job_count, 2);
    assert_int_equal(recording.file_count, 20);
    assert_nothing_invented(&recording);
    assert_int_equal(queue_test_count(directory, L"queue.corrupt-*.db-wal", name), 1);
    assert_goes_on(directory, &recording);
    queue_recording_clear(&recording);
}

static void a_queue_that_cannot_be_moved_aside_is_not_replaced(void **state)
{
    (void)state;
    const char16_t *directory = queue_test_directory(L"held");
    struct queue_store *store;
    size_t size;
    make_queue(directory, 3, 100);
    uint8_t *bytes = queue_test_read(queue_test_path(directory, QUEUE), &size);
    memset(bytes, 0, 100);
    queue_test_write(queue_test_path(directory, QUEUE), bytes, size);
    HANDLE held = CreateFileW(queue_test_path(directory, QUEUE), GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING,
                              FILE_ATTRIBUTE_NORMAL, NULL);
    assert_true(held != INVALID_HANDLE_VALUE);
    assert_hresult(queue_store_open(directory, &store), DO_E_NO_SERVICE);
    assert_null(store);
    CloseHandle(held);
    assert_int_equal(count_aside(directory), 0);
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
        cmocka_unit_test(two_damaged_files_get_two_names),
        cmocka_unit_test(a_truncated_file_gives_what_is_left),
        cmocka_unit_test(any_damaged_page_loses_only_what_it_held),
        cmocka_unit_test(a_damaged_page_of_files_costs_its_own_files_alone),
        cmocka_unit_test(a_damaged_page_of_jobs_costs_its_own_jobs_alone),
        cmocka_unit_test(damaged_progress_makes_files_start_anew),
        cmocka_unit_test(a_damaged_index_is_made_anew),
        cmocka_unit_test(rows_in_the_log_are_recovered_too),
        cmocka_unit_test(a_torn_log_is_no_damage),
        cmocka_unit_test(damage_found_while_writing_is_cured_before_the_next_call),
        cmocka_unit_test(an_unfinished_copy_is_thrown_away),
        cmocka_unit_test(a_finished_copy_takes_the_place),
        cmocka_unit_test(a_log_left_behind_does_not_reach_the_copy),
        cmocka_unit_test(a_queue_that_cannot_be_moved_aside_is_not_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
