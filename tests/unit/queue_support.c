#include "queue_support.h"

#include "memory.h"
#include "utf16.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include <sqlite3.h>
#include <windows.h>

void assert_hresult_at(HRESULT actual, HRESULT expected, const char *expression, const char *file, int line)
{
    if (actual == expected)
        return;
    print_error("%s is %08lX, not %08lX\n", expression, (unsigned long)actual, (unsigned long)expected);
    _fail(file, line);
}

void assert_text_at(const char16_t *actual, const char16_t *expected, const char *file, int line)
{
    if (utf16_equal(actual ? actual : u"", expected ? expected : u""))
        return;
    print_error("\"%ls\" is not \"%ls\"\n", actual, expected);
    _fail(file, line);
}

/* ---- Directories and files ---- */

static char16_t *next_path(void)
{
    static char16_t paths[32][QUEUE_PATH_ROOM];
    static size_t next;
    return paths[next++ % 32];
}

const char16_t *queue_test_path(const char16_t *directory, const char16_t *name)
{
    char16_t *path = next_path();
    swprintf(path, QUEUE_PATH_ROOM, L"%ls\\%ls", directory, name);
    return path;
}

static void empty_directory(const char16_t *directory)
{
    WIN32_FIND_DATAW found;
    HANDLE search = FindFirstFileW(queue_test_path(directory, L"*"), &found);
    for (bool is_found = search != INVALID_HANDLE_VALUE; is_found; is_found = FindNextFileW(search, &found)) {
        if (!(found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY))
            assert_true(DeleteFileW(queue_test_path(directory, found.cFileName)));
    }
    FindClose(search);
}

const char16_t *queue_test_directory(const char16_t *name)
{
    static char16_t directories[32][QUEUE_PATH_ROOM];
    static size_t next;
    char16_t *path = directories[next++ % 32];
    assert_in_range(GetFullPathNameW(name, QUEUE_PATH_ROOM, path, NULL), 1, QUEUE_PATH_ROOM - 1);
    if (!CreateDirectoryW(path, NULL))
        empty_directory(path);
    return path;
}

bool queue_test_exists(const char16_t *directory, const char16_t *name)
{
    return GetFileAttributesW(queue_test_path(directory, name)) != INVALID_FILE_ATTRIBUTES;
}

static HANDLE open_file(const char16_t *path, DWORD disposition)
{
    HANDLE file =
        CreateFileW(path, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                    disposition, FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE)
        fail_msg("cannot open %ls: %lu", path, GetLastError());
    return file;
}

uint8_t *queue_test_read(const char16_t *path, size_t *size)
{
    HANDLE file = open_file(path, OPEN_EXISTING);
    DWORD length = GetFileSize(file, NULL), got = 0;
    uint8_t *bytes = mem_alloc(length);
    assert_true(ReadFile(file, bytes, length, &got, NULL));
    assert_int_equal(got, length);
    CloseHandle(file);
    *size = length;
    return bytes;
}

void queue_test_write(const char16_t *path, const void *bytes, size_t size)
{
    HANDLE file = open_file(path, CREATE_ALWAYS);
    DWORD put = 0;
    assert_true(WriteFile(file, bytes, (DWORD)size, &put, NULL));
    assert_int_equal(put, size);
    CloseHandle(file);
}

void queue_test_overwrite(const char16_t *path, size_t offset, const void *bytes, size_t size)
{
    HANDLE file = open_file(path, OPEN_EXISTING);
    DWORD put = 0;
    assert_int_equal(SetFilePointer(file, (LONG)offset, NULL, FILE_BEGIN), offset);
    assert_true(WriteFile(file, bytes, (DWORD)size, &put, NULL));
    assert_int_equal(put, size);
    CloseHandle(file);
}

void queue_test_copy(const char16_t *from, const char16_t *to)
{
    size_t size;
    uint8_t *bytes = queue_test_read(from, &size);
    queue_test_write(to, bytes, size);
    mem_free(bytes);
}

size_t queue_test_count(const char16_t *directory, const char16_t *pattern, char16_t name[QUEUE_PATH_ROOM])
{
    WIN32_FIND_DATAW found;
    size_t count = 0;
    HANDLE search = FindFirstFileW(queue_test_path(directory, pattern), &found);
    for (bool is_found = search != INVALID_HANDLE_VALUE; is_found; is_found = FindNextFileW(search, &found), count++)
        wcscpy(name, found.cFileName);
    if (search != INVALID_HANDLE_VALUE)
        FindClose(search);
    return count;
}

static sqlite3 *open_database(const char16_t *directory, const char16_t *file)
{
    char utf8[4 * QUEUE_PATH_ROOM];
    sqlite3 *db;
    WideCharToMultiByte(CP_UTF8, 0, queue_test_path(directory, file), -1, utf8, sizeof(utf8), NULL, NULL);
    assert_int_equal(sqlite3_open(utf8, &db), SQLITE_OK);
    sqlite3_exec(db,
                 "PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF; PRAGMA writable_schema = ON;"
                 "PRAGMA locking_mode = EXCLUSIVE",
                 NULL, NULL, NULL);
    return db;
}

void queue_test_sql_then(const char16_t *directory, const char16_t *file, const char *sql,
                         void (*then)(const char16_t *directory, void *context), void *context)
{
    sqlite3 *db = open_database(directory, file);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    if (then)
        then(directory, context);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

void queue_test_sql(const char16_t *directory, const char16_t *file, const char *sql)
{
    queue_test_sql_then(directory, file, sql, NULL, NULL);
}

int64_t queue_test_number(const char16_t *directory, const char16_t *file, const char *sql)
{
    sqlite3 *db = open_database(directory, file);
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK || sqlite3_step(statement) != SQLITE_ROW)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    int64_t number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return number;
}

/* ---- Rows ---- */

static char16_t *make_text(const wchar_t *format, unsigned job, unsigned number)
{
    static char16_t texts[32][100];
    static size_t next;
    char16_t *text = texts[next++ % 32];
    swprintf(text, 100, format, job, number);
    return text;
}

struct job_row queue_test_job(uint8_t number)
{
    struct job_row row = {.sequence = number,
                          .owner = u"S-1-5-21-1-2-3-1001",
                          .display_name = make_text(L"job %u", number, 0),
                          .priority = 2,
                          .notify_flags = 3,
                          .creation_time = 1000 + number,
                          .modification_time = 2000 + number,
                          .error_file = UINT32_MAX};
    memset(row.id, number, sizeof(row.id));
    return row;
}

struct job_row queue_test_incomplete_job(uint8_t number)
{
    struct job_row row = queue_test_job(number);
    row.state = 4;
    row.intent = 0;
    row.owed_event = 2;
    row.error_code = (HRESULT)0x80070570;
    row.error_context = 0;
    row.error_file = UINT32_MAX;
    return row;
}

struct file_row queue_test_file(uint8_t job, uint32_t number)
{
    struct file_row row = {.number = number,
                           .file_id = make_text(L"file %u-%u", job, number),
                           .url = make_text(L"http://server.example/job-%u/file-%u", job, number),
                           .local_path = make_text(L"C:\\target\\job-%u\\file-%u", job, number),
                           .declared_size = SIZE_UNKNOWN};
    memset(row.job_id, job, sizeof(row.job_id));
    return row;
}

struct file_progress_row queue_test_progress(uint8_t job, uint32_t number, const struct range_set *have)
{
    struct file_progress_row row = {.number = number,
                                    .remote_total = 1000000 + number,
                                    .etag = make_text(L"\"%u-%u\"", job, number),
                                    .last_modified = u"Mon, 02 Nov 2026 10:00:00 GMT",
                                    .last_modified_time = 3000 + number,
                                    .written_at = 4000 + number,
                                    .have = have};
    memset(row.job_id, job, sizeof(row.job_id));
    return row;
}

struct queue_store *queue_test_open(const char16_t *directory)
{
    struct queue_store *store;
    assert_ok(queue_store_open(directory, &store));
    return store;
}

void queue_test_add_job(struct queue_store *store, const struct job_row *row)
{
    assert_ok(queue_store_begin(store));
    assert_ok(queue_store_insert_job(store, row));
    assert_ok(queue_store_commit(store));
}

void queue_test_add_file(struct queue_store *store, const struct file_row *row)
{
    assert_ok(queue_store_begin(store));
    assert_ok(queue_store_insert_file(store, row));
    assert_ok(queue_store_commit(store));
}

void queue_test_put_progress(struct queue_store *store, const struct file_progress_row *row)
{
    assert_ok(queue_store_begin(store));
    assert_ok(queue_store_put_progress(store, row));
    assert_ok(queue_store_commit(store));
}

struct property_row queue_test_property(uint8_t job, uint32_t file, uint32_t id, const void *value, size_t size)
{
    struct property_row row = {.file = file, .id = id, .value = value, .size = size};
    memset(row.job_id, job, sizeof(row.job_id));
    return row;
}

void queue_test_put_property(struct queue_store *store, const struct property_row *row)
{
    assert_ok(queue_store_begin(store));
    assert_ok(queue_store_put_property(store, row));
    assert_ok(queue_store_commit(store));
}

void queue_test_add_job_with_files(struct queue_store *store, uint8_t job, uint32_t files)
{
    struct job_row row = queue_test_job(job);
    assert_ok(queue_store_begin(store));
    assert_ok(queue_store_insert_job(store, &row));
    for (uint32_t i = 0; i < files; i++) {
        struct file_row file = queue_test_file(job, i);
        assert_ok(queue_store_insert_file(store, &file));
    }
    assert_ok(queue_store_commit(store));
}

void assert_job_equal(const struct job_row *actual, const struct job_row *expected)
{
    assert_memory_equal(actual->id, expected->id, sizeof(expected->id));
    assert_int_equal(actual->sequence, expected->sequence);
    assert_int_equal(actual->generation, expected->generation);
    assert_text(actual->owner, expected->owner);
    assert_text(actual->display_name, expected->display_name);
    assert_text(actual->description, expected->description);
    assert_int_equal(actual->state, expected->state);
    assert_int_equal(actual->intent, expected->intent);
    assert_int_equal(actual->owed_event, expected->owed_event);
    assert_int_equal(actual->priority, expected->priority);
    assert_int_equal(actual->notify_flags, expected->notify_flags);
    assert_int_equal(actual->creation_time, expected->creation_time);
    assert_int_equal(actual->modification_time, expected->modification_time);
    assert_int_equal(actual->transfer_completion_time, expected->transfer_completion_time);
    assert_int_equal(actual->error_count, expected->error_count);
    assert_hresult(actual->error_code, expected->error_code);
    assert_int_equal(actual->error_context, expected->error_context);
    assert_int_equal(actual->error_file, expected->error_file);
}

void assert_file_equal(const struct file_row *actual, const struct file_row *expected)
{
    assert_memory_equal(actual->job_id, expected->job_id, sizeof(expected->job_id));
    assert_int_equal(actual->number, expected->number);
    assert_text(actual->file_id, expected->file_id);
    assert_text(actual->url, expected->url);
    assert_text(actual->local_path, expected->local_path);
    assert_int_equal(actual->declared_size, expected->declared_size);
    assert_int_equal(actual->wanted_count, expected->wanted_count);
    for (uint32_t i = 0; i < expected->wanted_count; i++) {
        assert_int_equal(actual->wanted[i].offset, expected->wanted[i].offset);
        assert_int_equal(actual->wanted[i].length, expected->wanted[i].length);
    }
}

void assert_progress_equal(const struct file_progress_row *actual, const struct file_progress_row *expected)
{
    assert_memory_equal(actual->job_id, expected->job_id, sizeof(expected->job_id));
    assert_int_equal(actual->number, expected->number);
    assert_int_equal(actual->remote_total, expected->remote_total);
    assert_int_equal(actual->status, expected->status);
    assert_text(actual->etag, expected->etag);
    assert_text(actual->last_modified, expected->last_modified);
    assert_int_equal(actual->last_modified_time, expected->last_modified_time);
    assert_int_equal(actual->written_at, expected->written_at);
    size_t count = expected->have ? expected->have->count : 0;
    assert_non_null(actual->have);
    assert_int_equal(actual->have->count, count);
    uint64_t total = 0;
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(actual->have->items[i].start, expected->have->items[i].start);
        assert_int_equal(actual->have->items[i].end, expected->have->items[i].end);
        total += expected->have->items[i].end - expected->have->items[i].start;
    }
    assert_int_equal(actual->have->total, total);
}

void assert_property_equal(const struct property_row *actual, const struct property_row *expected)
{
    assert_memory_equal(actual->job_id, expected->job_id, sizeof(expected->job_id));
    assert_int_equal(actual->file, expected->file);
    assert_int_equal(actual->id, expected->id);
    assert_int_equal(actual->size, expected->size);
    assert_non_null(actual->value);
    assert_memory_equal(actual->value, expected->value, expected->size);
}

/* ---- What was loaded ---- */

static void *copy_bytes(const void *bytes, size_t size)
{
    void *copy = mem_alloc(size);
    if (size)
        memcpy(copy, bytes, size);
    return copy;
}

static HRESULT record_job(void *context, const struct job_row *row)
{
    struct queue_recording *recording = context;
    assert_true(
        mem_reserve((void **)&recording->jobs, &recording->job_capacity, recording->job_count + 1, sizeof(*row)));
    struct job_row *copy = &recording->jobs[recording->job_count++];
    *copy = *row;
    copy->owner = utf16_duplicate(row->owner);
    copy->display_name = utf16_duplicate(row->display_name);
    copy->description = utf16_duplicate(row->description);
    return S_OK;
}

static HRESULT record_file(void *context, const struct file_row *row, const struct file_progress_row *progress)
{
    struct queue_recording *recording = context;
    assert_true(recording->job_count > 0);
    assert_memory_equal(row->job_id, recording->jobs[recording->job_count - 1].id, sizeof(row->job_id));
    assert_true(mem_reserve((void **)&recording->files, &recording->file_capacity, recording->file_count + 1,
                            sizeof(*recording->files)));
    struct recorded_file *copy = &recording->files[recording->file_count++];
    copy->row = *row;
    copy->row.file_id = utf16_duplicate(row->file_id);
    copy->row.url = utf16_duplicate(row->url);
    copy->row.local_path = utf16_duplicate(row->local_path);
    copy->row.wanted = copy_bytes(row->wanted, row->wanted_count * sizeof(*row->wanted));
    copy->has_progress = progress != NULL;
    if (!progress)
        return S_OK;
    copy->progress = *progress;
    copy->progress.etag = utf16_duplicate(progress->etag);
    copy->progress.last_modified = utf16_duplicate(progress->last_modified);
    copy->have = *progress->have;
    copy->have.items = copy_bytes(progress->have->items, progress->have->count * sizeof(*progress->have->items));
    return S_OK;
}

/* Right after its job or its file. */
static HRESULT record_property(void *context, const struct property_row *row)
{
    struct queue_recording *recording = context;
    assert_true(recording->job_count > 0);
    assert_memory_equal(row->job_id, recording->jobs[recording->job_count - 1].id, sizeof(row->job_id));
    if (row->file != QUEUE_NO_FILE)
        assert_int_equal(row->file, recording->files[recording->file_count - 1].row.number);
    assert_true(mem_reserve((void **)&recording->properties, &recording->property_capacity,
                            recording->property_count + 1, sizeof(*row)));
    struct property_row *copy = &recording->properties[recording->property_count++];
    *copy = *row;
    copy->value = copy_bytes(row->value, row->size);
    return S_OK;
}

static HRESULT record_incomplete(void *context, const uint8_t id[16])
{
    struct queue_recording *recording = context;
    assert_true(recording->job_count > 0);
    assert_memory_equal(id, recording->jobs[recording->job_count - 1].id, 16);
    recording->is_incomplete[id[0]] = true;
    return S_OK;
}

static bool is_marked(const struct job_row *row)
{
    return row->error_code == (HRESULT)0x80070570;
}

bool queue_recording_is_loss_told(const struct queue_recording *recording, size_t job)
{
    return is_marked(&recording->jobs[job]) || recording->is_incomplete[recording->jobs[job].id[0]];
}

void queue_recording_assert_jobs(const struct queue_recording *recording)
{
    for (size_t i = 0; i < recording->job_count; i++) {
        const struct job_row *row = &recording->jobs[i];
        struct job_row expected = is_marked(row) ? queue_test_incomplete_job(row->id[0]) : queue_test_job(row->id[0]);
        assert_job_equal(row, &expected);
    }
}

struct queue_loader queue_recording_loader(struct queue_recording *recording)
{
    return (struct queue_loader){record_job, record_file, record_property, record_incomplete, recording};
}

void queue_test_load(struct queue_store *store, struct queue_recording *recording)
{
    memset(recording, 0, sizeof(*recording));
    struct queue_loader loader = queue_recording_loader(recording);
    assert_ok(queue_store_load(store, &loader));
    /* The array moves while it grows. */
    for (size_t i = 0; i < recording->file_count; i++)
        recording->files[i].progress.have = &recording->files[i].have;
}

void queue_test_open_and_load(const char16_t *directory, HRESULT expected, struct queue_recording *recording)
{
    struct queue_store *store;
    assert_hresult(queue_store_open(directory, &store), expected);
    queue_test_load(store, recording);
    queue_store_close(store);
}

void queue_recording_clear(struct queue_recording *recording)
{
    for (size_t i = 0; i < recording->job_count; i++) {
        mem_free((void *)recording->jobs[i].owner);
        mem_free((void *)recording->jobs[i].display_name);
        mem_free((void *)recording->jobs[i].description);
    }
    for (size_t i = 0; i < recording->file_count; i++) {
        struct recorded_file *file = &recording->files[i];
        mem_free((void *)file->row.file_id);
        mem_free((void *)file->row.url);
        mem_free((void *)file->row.local_path);
        mem_free((void *)file->row.wanted);
        mem_free((void *)file->progress.etag);
        mem_free((void *)file->progress.last_modified);
        mem_free(file->have.items);
    }
    for (size_t i = 0; i < recording->property_count; i++)
        mem_free((void *)recording->properties[i].value);
    mem_free(recording->properties);
    mem_free(recording->jobs);
    mem_free(recording->files);
    memset(recording, 0, sizeof(*recording));
}
