/* No memory, at each allocation in turn, SQLite's and our own: every call fails with a reason or succeeds, nothing is
 * leaked, and the queue is afterwards what was acknowledged. */
#include "queue_support.h"

#include "deliveryoptimizationerrors.h"
#include "memory.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <sqlite3.h>
#include <windows.h>

#define NEVER UINT32_MAX

static struct {
    sqlite3_mem_methods real;
    uint32_t count, fail_at;
    bool is_lasting, has_failed;
    int64_t blocks; /* of ours */
} memory = {.fail_at = NEVER};

static bool is_refused(void)
{
    uint32_t number = memory.count++;
    bool fails = number == memory.fail_at || (memory.is_lasting && number > memory.fail_at);
    memory.has_failed = memory.has_failed || fails;
    return fails;
}

/* In the place of src/base/memory.c. */
void *mem_alloc(size_t size)
{
    void *block = is_refused() ? NULL : calloc(1, size ? size : 1);
    memory.blocks += block != NULL;
    return block;
}

void mem_free(void *block)
{
    memory.blocks -= block != NULL;
    free(block);
}

static void *failing_malloc(int size)
{
    return is_refused() ? NULL : memory.real.xMalloc(size);
}

static void *failing_realloc(void *block, int size)
{
    return is_refused() ? NULL : memory.real.xRealloc(block, size);
}

static void install(void)
{
    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &memory.real);
    sqlite3_mem_methods failing = memory.real;
    failing.xMalloc = failing_malloc;
    failing.xRealloc = failing_realloc;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &failing);
}

static void fail_at(uint32_t at, bool is_lasting)
{
    memory.count = 0;
    memory.fail_at = at;
    memory.is_lasting = is_lasting;
    memory.has_failed = false;
}

static bool heal(void)
{
    memory.fail_at = NEVER;
    memory.is_lasting = false;
    return memory.has_failed;
}

/* A loader that needs no memory itself. */
struct count {
    size_t jobs, files, progress, properties;
};

static HRESULT count_job(void *context, const struct job_row *row)
{
    (void)row;
    ((struct count *)context)->jobs++;
    return S_OK;
}

static HRESULT count_file(void *context, const struct file_row *row, const struct file_progress_row *progress)
{
    struct file_row expected = queue_test_file(1, row->number);
    assert_text(row->url, expected.url);
    ((struct count *)context)->files++;
    ((struct count *)context)->progress += progress != NULL;
    return S_OK;
}

static HRESULT count_property(void *context, const struct property_row *row)
{
    assert_int_equal(row->size, 4);
    ((struct count *)context)->properties++;
    return S_OK;
}

static void assert_reason(HRESULT hr)
{
    if (hr != S_OK && hr != DO_E_NO_SERVICE)
        assert_hresult(hr, E_OUTOFMEMORY);
}

static HRESULT add_file(struct queue_store *store, uint32_t number)
{
    static const struct wanted_range wanted[] = {{0, 100}, {200, 100}};
    struct range range = {0, 100};
    struct range_set have = {&range, 1, 1, 100};
    struct job_row job = queue_test_job(1);
    struct file_row file = queue_test_file(1, number);
    struct file_progress_row progress = queue_test_progress(1, number, &have);
    struct property_row property = queue_test_property(1, QUEUE_NO_FILE, PROPERTY_MAXIMUM_DOWNLOAD_TIME, "\1\0\0\0", 4);
    file.wanted = wanted;
    file.wanted_count = 2;
    HRESULT hr = queue_store_begin(store);
    if (FAILED(hr))
        return hr;
    if (number)
        queue_store_update_job(store, &job);
    else
        queue_store_insert_job(store, &job);
    queue_store_insert_file(store, &file);
    queue_store_put_progress(store, &progress);
    queue_store_put_property(store, &property);
    return queue_store_commit(store);
}

/* A life of the queue. Loads what `before` lives left; gives what was acknowledged. */
static uint32_t live(const char16_t *directory, uint32_t before)
{
    struct queue_store *store;
    struct count count = {0};
    struct queue_loader loader = {count_job, count_file, count_property, NULL, &count};
    uint32_t files = before;
    HRESULT hr = queue_store_open(directory, &store);
    assert_reason(hr);
    if (FAILED(hr))
        return files;
    hr = queue_store_load(store, &loader);
    assert_reason(hr);
    if (SUCCEEDED(hr)) {
        assert_int_equal(count.files, before);
        assert_int_equal(count.progress, before);
    }
    for (int i = 0; i < 2; i++) {
        hr = add_file(store, files);
        assert_reason(hr);
        files += SUCCEEDED(hr);
    }
    queue_store_close(store);
    return files;
}

/* Every `stride`th: what fails for good is met again at the next one, so not all need be tried. */
static void sweep(bool is_lasting, uint32_t stride)
{
    char16_t name[QUEUE_PATH_ROOM], made[QUEUE_PATH_ROOM];
    wcscpy(made, queue_test_directory(L"memory-made"));
    uint32_t before = live(made, 0);
    bool has_failed = true;
    uint32_t at;
    for (at = 0; has_failed; at += stride) {
        const char16_t *directory = queue_test_directory(L"memory");
        struct count count = {0};
        struct queue_loader loader = {count_job, count_file, count_property, NULL, &count};
        queue_test_copy(queue_test_path(made, L"queue.db"), queue_test_path(directory, L"queue.db"));
        int64_t blocks = memory.blocks;
        fail_at(at, is_lasting);
        uint32_t files = live(directory, before);
        has_failed = heal();
        assert_int_equal(memory.blocks, blocks);
        struct queue_store *store = queue_test_open(directory);
        assert_ok(queue_store_load(store, &loader));
        queue_store_close(store);
        assert_int_equal(count.files, files);
        assert_int_equal(count.progress, files);
        assert_int_equal(queue_test_count(directory, L"queue.corrupt*", name), 0);
    }
    assert_in_range(at, 100, 3000);
}

static void any_allocation_may_fail_once(void **state)
{
    (void)state;
    sweep(false, 1);
}

static void memory_may_end_at_any_allocation(void **state)
{
    (void)state;
    sweep(true, 5);
}

/* What was not recovered because there was no memory must not count as lost. */
static void a_recovery_may_fail_at_any_allocation(void **state)
{
    (void)state;
    char16_t made[QUEUE_PATH_ROOM];
    bool has_failed = true;
    wcscpy(made, queue_test_directory(L"recovery-made"));
    uint32_t before = live(made, 0);
    queue_test_sql(made, L"queue.db", "DROP TABLE progress");
    for (uint32_t at = 0; has_failed; at += 3) {
        const char16_t *directory = queue_test_directory(L"recovery");
        struct count count = {0};
        struct queue_loader loader = {count_job, count_file, count_property, NULL, &count};
        struct queue_store *store;
        queue_test_copy(queue_test_path(made, L"queue.db"), queue_test_path(directory, L"queue.db"));
        fail_at(at, false);
        HRESULT hr = queue_store_open(directory, &store);
        has_failed = heal();
        if (hr != S_FALSE)
            assert_hresult(hr, DO_E_NO_SERVICE);
        queue_store_close(store);
        hr = queue_store_open(directory, &store);
        assert_true(SUCCEEDED(hr));
        assert_ok(queue_store_load(store, &loader));
        queue_store_close(store);
        assert_int_equal(count.files, before);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_recovery_may_fail_at_any_allocation),
        cmocka_unit_test(any_allocation_may_fail_once),
        cmocka_unit_test(memory_may_end_at_any_allocation),
    };
    install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
