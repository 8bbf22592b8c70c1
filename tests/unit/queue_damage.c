#include "queue_damage.h"

#include "memory.h"
#include "utf16.h"

#include <string.h>
#include <wchar.h>

size_t queue_damage_count_aside(const char16_t *directory)
{
    char16_t name[QUEUE_PATH_ROOM];
    return queue_test_count(directory, L"queue.corrupt-*.db", name);
}

/* A file of this name, with progress for every seventh, and a log that is empty. */
void queue_damage_make(const char16_t *directory, uint8_t jobs, uint32_t files)
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
void queue_damage_assert_nothing_invented(const struct queue_recording *recording)
{
    queue_recording_assert_jobs(recording);
    for (size_t i = 1; i < recording->job_count; i++)
        assert_true(recording->jobs[i].sequence > recording->jobs[i - 1].sequence);
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

/* After what has lost something was loaded, the file says so itself. */
static void assert_same_jobs(const struct queue_recording *again, const struct queue_recording *loaded)
{
    queue_recording_assert_jobs(again);
    for (size_t i = 0; i < again->job_count; i++) {
        assert_memory_equal(again->jobs[i].id, loaded->jobs[i].id, sizeof(loaded->jobs[i].id));
        assert_false(again->is_incomplete[again->jobs[i].id[0]]);
        assert_int_equal(queue_recording_is_loss_told(again, i), queue_recording_is_loss_told(loaded, i));
    }
}

static void assert_same_rows(const struct queue_recording *a, const struct queue_recording *b)
{
    assert_int_equal(a->job_count, b->job_count);
    assert_int_equal(a->file_count, b->file_count);
    for (size_t i = 0; i < a->file_count; i++) {
        assert_file_equal(&a->files[i].row, &b->files[i].row);
        assert_int_equal(a->files[i].has_progress, b->files[i].has_progress);
    }
}

/* The queue goes on with exactly what was loaded, and is written to like any other. */
void queue_damage_assert_goes_on(const char16_t *directory, const struct queue_recording *loaded)
{
    struct queue_recording again;
    struct queue_store *store;
    size_t aside = queue_damage_count_aside(directory);
    queue_test_open_and_load(directory, S_OK, &again);
    assert_same_rows(&again, loaded);
    assert_same_jobs(&again, loaded);
    queue_recording_clear(&again);
    assert_ok(queue_store_open(directory, &store));
    queue_test_add_job_with_files(store, 200, 2);
    queue_store_close(store);
    assert_int_equal(queue_test_number(directory, QUEUE, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"),
                     1);
    assert_int_equal(queue_damage_count_aside(directory), aside);
}

void queue_damage_assert_losses_are_told(const struct queue_recording *recording, uint32_t files)
{
    size_t file = 0;
    for (size_t i = 0; i < recording->job_count; i++) {
        uint32_t count = 0;
        for (; file < recording->file_count && recording->files[file].row.job_id[0] == recording->jobs[i].id[0]; file++)
            count++;
        if (count < files && !queue_recording_is_loss_told(recording, i))
            fail_msg("job %d has %u files", recording->jobs[i].id[0], count);
    }
}

/* Opens and loads whatever is there: S_OK or S_FALSE. */
void queue_damage_open(const char16_t *directory, struct queue_recording *recording)
{
    struct queue_store *store;
    HRESULT hr = queue_store_open(directory, &store);
    if (hr != S_OK)
        assert_hresult(hr, S_FALSE);
    queue_test_load(store, recording);
    queue_store_close(store);
    queue_damage_assert_nothing_invented(recording);
}

void queue_damage_assert_kept_aside(const char16_t *directory, const void *bytes, size_t size)
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

void queue_damage_fill(uint8_t *page)
{
    uint32_t noise = 12345;
    for (size_t i = 0; i < PAGE; i++) {
        noise = noise * 1664525 + 1013904223;
        page[i] = (uint8_t)(noise >> 24);
    }
}

size_t queue_damage_find_page(const uint8_t *bytes, size_t size, uint8_t type, const char16_t *text)
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

size_t queue_damage_cells(const uint8_t *page)
{
    return (size_t)page[3] << 8 | page[4];
}
