/* A damaged queue file: what can be read of it goes on in a fresh one.
 *
 *   1. queue.recovering.db is made and filled, first from what its user has in memory, if anything, then from queue.db; its log is emptied into it, and it
 *      is closed;
 *   2. queue.db is renamed to queue.corrupt-<utc>.db, and its -wal after it;
 *   3. queue.recovering.db is renamed to queue.db.
 *
 * Whenever queue.db is there, it is still the queue and an unfinished copy is thrown away. It is missing only between
 * the renames, when the copy is complete: queue_recover_resume then ends step 2 and does step 3. A -wal without its
 * database must go before another database takes that name, or SQLite would play it into the wrong one. */
#include "queue_store_private.h"

#include "clock.h"
#include "log.h"
#include "memory.h"
#include "queue_path.h"

#include <wchar.h>
#include <windows.h>

#define COPY_NAME  L"queue.recovering.db"
#define NAME_ROOM  80 /* characters of the longest name here */
#define NAME_TRIES 100

static const wchar_t *const suffixes[] = {L"", L"-wal", L"-journal"};
#define SUFFIX_COUNT (sizeof(suffixes) / sizeof(suffixes[0]))

static HRESULT exists(const char16_t *directory, const char16_t *name, bool *is_there)
{
    char16_t *path = queue_path(directory, name);
    if (!path)
        return E_OUTOFMEMORY;
    *is_there = GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES;
    mem_free(path);
    return S_OK;
}

/* S_FALSE when there is no such file. */
static HRESULT move_file(const char16_t *directory, const char16_t *from, const char16_t *to)
{
    HRESULT hr = E_OUTOFMEMORY;
    char16_t *from_path = queue_path(directory, from), *to_path = queue_path(directory, to);
    if (from_path && to_path) {
        hr = S_OK;
        if (!MoveFileExW(from_path, to_path, MOVEFILE_WRITE_THROUGH))
            hr = GetLastError() == ERROR_FILE_NOT_FOUND
                     ? S_FALSE
                     : log_last_error(LOG_STORE, L"cannot rename %ls to %ls", from_path, to);
    }
    mem_free(from_path);
    mem_free(to_path);
    return hr;
}

static HRESULT remove_database(const char16_t *directory, const char16_t *name)
{
    HRESULT hr = S_OK;
    for (size_t i = 0; SUCCEEDED(hr) && i < SUFFIX_COUNT; i++) {
        wchar_t file[NAME_ROOM];
        swprintf(file, NAME_ROOM, L"%ls%ls", name, suffixes[i]);
        char16_t *path = queue_path(directory, file);
        if (!path)
            return E_OUTOFMEMORY;
        if (!DeleteFileW(path) && GetLastError() != ERROR_FILE_NOT_FOUND)
            hr = log_last_error(LOG_STORE, L"cannot delete %ls", path);
        mem_free(path);
    }
    return hr;
}

/* A name that no file has: two can be damaged within one second. */
static HRESULT name_aside(const char16_t *directory, wchar_t *name)
{
    SYSTEMTIME time;
    uint64_t now = clock_system()->utc(clock_system());
    FILETIME file_time = {(DWORD)now, (DWORD)(now >> 32)};
    FileTimeToSystemTime(&file_time, &time);
    bool is_taken = true;
    for (int i = 0; is_taken && i < NAME_TRIES; i++) {
        wchar_t number[8] = L"", file[NAME_ROOM];
        if (i)
            swprintf(number, 8, L"-%d", i + 1);
        swprintf(name, NAME_ROOM, L"queue.corrupt-%04d%02d%02dT%02d%02d%02dZ%ls.db", time.wYear, time.wMonth, time.wDay,
                 time.wHour, time.wMinute, time.wSecond, number);
        is_taken = false;
        for (size_t j = 0; !is_taken && j < SUFFIX_COUNT; j++) {
            swprintf(file, NAME_ROOM, L"%ls%ls", name, suffixes[j]);
            HRESULT hr = exists(directory, file, &is_taken);
            if (FAILED(hr))
                return hr;
        }
    }
    return is_taken ? log_failure(LOG_STORE, HRESULT_OF_WIN32(ERROR_ALREADY_EXISTS), L"too many damaged queue files")
                    : S_OK;
}

static HRESULT move_aside(const char16_t *directory)
{
    wchar_t aside[NAME_ROOM];
    HRESULT hr = name_aside(directory, aside);
    for (size_t i = 0; SUCCEEDED(hr) && i < SUFFIX_COUNT; i++) {
        wchar_t from[NAME_ROOM], to[NAME_ROOM];
        swprintf(from, NAME_ROOM, L"%ls%ls", QUEUE_FILE_NAME, suffixes[i]);
        swprintf(to, NAME_ROOM, L"%ls%ls", aside, suffixes[i]);
        hr = move_file(directory, from, to);
        if (hr == S_OK)
            log_line(LOG_ERROR, LOG_STORE, L"moved the damaged %ls in %ls aside as %ls", from, directory, to);
    }
    return FAILED(hr) ? hr : S_OK;
}

HRESULT queue_recover_resume(const char16_t *directory)
{
    bool is_queue_there = false;
    bool is_copy_there = false;
    HRESULT hr = exists(directory, QUEUE_FILE_NAME, &is_queue_there);
    if (SUCCEEDED(hr))
        hr = exists(directory, COPY_NAME, &is_copy_there);
    if (FAILED(hr) || (is_queue_there && !is_copy_there))
        return hr;
    if (is_queue_there)
        return remove_database(directory, COPY_NAME);
    hr = move_aside(directory);
    if (FAILED(hr) || !is_copy_there)
        return hr;
    log_line(LOG_WARN, LOG_STORE, L"going on with the recovered queue file in %ls", directory);
    return move_file(directory, COPY_NAME, QUEUE_FILE_NAME);
}

/* ---- Copying what can be read ---- */

struct copy {
    struct queue_store *target;
    bool is_skipping; /* the files of the job at hand */
    uint64_t jobs, files;
};

static HRESULT copy_job(void *context, const struct job_row *row)
{
    struct copy *copy = context;
    HRESULT hr = queue_store_insert_job(copy->target, row);
    /* Only in a file without a sound index; the first one has been given to the engine, too. */
    copy->is_skipping = hr == HRESULT_OF_WIN32(ERROR_ALREADY_EXISTS);
    copy->jobs += SUCCEEDED(hr);
    if (!copy->is_skipping)
        return hr;
    copy->target->failure = S_OK;
    return S_OK;
}

static HRESULT copy_file(void *context, const struct file_row *row, const struct file_progress_row *progress)
{
    struct copy *copy = context;
    if (copy->is_skipping)
        return S_OK;
    HRESULT hr = queue_store_insert_file(copy->target, row);
    copy->files += SUCCEEDED(hr);
    return SUCCEEDED(hr) && progress ? queue_store_put_progress(copy->target, progress) : hr;
}

static HRESULT copy_property(void *context, const struct property_row *row)
{
    struct copy *copy = context;
    return copy->is_skipping ? S_OK : queue_store_put_property(copy->target, row);
}

static HRESULT copy_loss(void *context, const uint8_t id[16])
{
    struct copy *copy = context;
    return copy->is_skipping ? S_OK : queue_store_mark_incomplete(copy->target, id);
}

/* Copies what `give` gives. */
static HRESULT copy_rows(HRESULT (*give)(void *context, const struct queue_loader *loader), void *context,
                         struct queue_store *target)
{
    struct copy copy = {.target = target};
    struct queue_loader loader = {copy_job, copy_file, copy_property, copy_loss, &copy};
    HRESULT hr = queue_store_begin(target);
    if (FAILED(hr))
        return hr;
    hr = give(context, &loader);
    if (FAILED(hr)) {
        queue_store_rollback(target);
        return hr;
    }
    hr = queue_store_commit(target);
    if (FAILED(hr))
        return hr;
    /* The copy is renamed without its log, and closing does not say whether the log could be emptied. */
    int code = sqlite3_wal_checkpoint_v2(target->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    if (code != SQLITE_OK)
        return queue_store_failure(target, code, L"complete the recovered queue file");
    log_line(LOG_WARN, LOG_STORE, L"recovered %llu jobs with %llu files", (unsigned long long)copy.jobs,
             (unsigned long long)copy.files);
    return S_OK;
}

static HRESULT give_readable(void *context, const struct queue_loader *loader)
{
    struct queue_reading reading;
    return queue_store_read(context, loader, &reading);
}

/* A source that is no database at all has no rows. */
static HRESULT copy_readable(const char16_t *directory, struct queue_store *target)
{
    struct queue_store source = {.directory = (char16_t *)directory};
    HRESULT hr = queue_store_connect(&source, QUEUE_FILE_NAME, QUEUE_CONNECT_SALVAGE);
    if (SUCCEEDED(hr))
        hr = copy_rows(give_readable, &source, target);
    else if (hr == QUEUE_DAMAGED)
        hr = S_OK;
    queue_store_disconnect(&source);
    return hr;
}

static HRESULT make_copy(const struct queue_store *store, bool is_there)
{
    struct queue_store target = {.directory = store->directory};
    HRESULT hr = remove_database(store->directory, COPY_NAME);
    if (SUCCEEDED(hr))
        hr = queue_store_connect(&target, COPY_NAME, QUEUE_CONNECT_HOST);
    if (FAILED(hr))
        return hr;
    if (store->give)
        hr = copy_rows(store->give, store->give_context, &target);
    if (SUCCEEDED(hr) && is_there)
        hr = copy_readable(store->directory, &target); /* what nobody has in memory */
    queue_store_disconnect(&target);
    mem_free(target.blob);
    return hr;
}

/* Ends an earlier rebuild that got stuck between its renames, the queue file being away: the copy is complete, and has what nobody has in memory, too. *is_there says
 * whether there is a queue file then. */
static HRESULT end_stuck_rebuild(const char16_t *directory, bool *is_there)
{
    HRESULT hr = queue_recover_resume(directory);
    return SUCCEEDED(hr) ? exists(directory, QUEUE_FILE_NAME, is_there) : hr;
}

HRESULT queue_recover_rebuild(struct queue_store *store)
{
    bool is_there;
    /* What is moved aside stays as it was found. */
    if (store->db)
        sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    queue_store_disconnect(store);
    HRESULT hr = exists(store->directory, QUEUE_FILE_NAME, &is_there);
    if (SUCCEEDED(hr) && !is_there) {
        hr = end_stuck_rebuild(store->directory, &is_there);
        if (FAILED(hr) || is_there)
            return FAILED(hr) ? hr : queue_store_connect(store, QUEUE_FILE_NAME, QUEUE_CONNECT_HOST);
    }
    if (SUCCEEDED(hr) && (is_there || store->give))
        hr = make_copy(store, is_there);
    if (SUCCEEDED(hr) && is_there)
        hr = move_aside(store->directory);
    /* Renames the copy; after a failure, of this call or an earlier one, puts the directory into order. */
    HRESULT resumed = queue_recover_resume(store->directory);
    if (FAILED(resumed))
        return resumed;
    HRESULT connected = queue_store_connect(store, QUEUE_FILE_NAME, QUEUE_CONNECT_HOST);
    return FAILED(hr) ? hr : connected;
}

static HRESULT quick_check(struct queue_store *store, bool *is_sound)
{
    sqlite3_stmt *check;
    *is_sound = false;
    int code = sqlite3_prepare_v2(store->db, "PRAGMA quick_check(1)", -1, &check, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_step(check);
        const wchar_t *verdict = code == SQLITE_ROW ? sqlite3_column_text16(check, 0) : NULL;
        *is_sound = verdict && !wcscmp(verdict, L"ok");
        if (code == SQLITE_ROW && !verdict)
            code = SQLITE_NOMEM;
        else if (verdict && !*is_sound)
            log_line(LOG_ERROR, LOG_STORE, L"the queue file in %ls is damaged: %ls", store->directory, verdict);
        sqlite3_finalize(check);
    }
    if (code == SQLITE_ROW || queue_store_is_damage(code))
        return S_OK;
    return queue_store_failure(store, code, L"check the queue file");
}

HRESULT queue_recover_check(struct queue_store *store)
{
    bool is_sound = false;
    HRESULT hr = store->db ? quick_check(store, &is_sound) : S_OK;
    if (FAILED(hr))
        return hr;
    if (!is_sound)
        return queue_recover_rebuild(store);
    store->is_suspect = false;
    return S_OK;
}
