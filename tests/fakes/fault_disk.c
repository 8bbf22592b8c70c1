#include "fault_disk.h"

#include "lock.h"

#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>
#include <windows.h>

#define NEVER UINT32_MAX

/* One change that was not flushed. */
struct change {
    struct change *next; /* made before this one */
    wchar_t *path;
    enum { CHANGE_BYTES, CHANGE_SIZE, CHANGE_CREATION } kind;
    uint64_t offset; /* CHANGE_SIZE: the new size */
    uint64_t size_before;
    size_t old_size, new_size; /* bytes of each that follow the structure */
    uint8_t bytes[];
};

static struct {
    struct lock lock;
    struct change *changes; /* the last one first */
    uint32_t count, fail_at, cut_at, kill_at, error;
    enum fault_disk_moment moment;
    int code;
    bool is_lasting, has_failed, is_cut, is_cut_call_done;
} disk = {.fail_at = NEVER, .cut_at = NEVER, .kill_at = NEVER};

/* ---- Counting and failing ---- */

static void reset(void)
{
    disk.count = 0;
    disk.fail_at = disk.cut_at = disk.kill_at = NEVER;
    disk.has_failed = false;
}

static int fail(uint32_t error, int code)
{
    SetLastError(error);
    return code;
}

void fault_disk_die(void)
{
    TerminateProcess(GetCurrentProcess(), 99);
}

int fault_disk_enter(struct fault_disk_call *call)
{
    int code = SQLITE_OK;
    lock_acquire(&disk.lock);
    if (disk.is_cut) {
        code = fail(ERROR_GEN_FAILURE, SQLITE_IOERR);
    } else {
        call->number = disk.count++;
        call->is_last = call->number == disk.cut_at;
        call->is_skipped = call->is_last && !disk.is_cut_call_done;
        if (call->number == disk.fail_at || (disk.is_lasting && call->number > disk.fail_at)) {
            disk.has_failed = true;
            code = fail(disk.error, disk.code);
        } else if (call->is_skipped) {
            disk.is_cut = true;
            code = fail(ERROR_GEN_FAILURE, SQLITE_IOERR);
        } else if (call->number == disk.kill_at && disk.moment == FAULT_DISK_BEFORE) {
            fault_disk_die();
        }
    }
    lock_release(&disk.lock);
    return code;
}

bool fault_disk_leave(const struct fault_disk_call *call)
{
    lock_acquire(&disk.lock);
    disk.is_cut = disk.is_cut || call->is_last;
    if (call->number == disk.kill_at) /* what has no middle is over */
        fault_disk_die();
    bool is_alive = !disk.is_cut;
    if (!is_alive)
        SetLastError(ERROR_GEN_FAILURE);
    lock_release(&disk.lock);
    return is_alive;
}

bool fault_disk_dies_inside(const struct fault_disk_call *call)
{
    return call->number == disk.kill_at && disk.moment == FAULT_DISK_INSIDE;
}

/* ---- Remembering ---- */

static HANDLE open_path(const wchar_t *path, DWORD access)
{
    return CreateFileW(path, access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING,
                       FILE_ATTRIBUTE_NORMAL, NULL);
}

static void add_change(const struct change *like, const wchar_t *path, const void *bytes)
{
    struct change *change = calloc(1, sizeof(*change) + like->old_size + like->new_size);
    *change = *like;
    change->path = _wcsdup(path);
    if (like->new_size)
        memcpy(change->bytes + like->old_size, bytes, like->new_size);
    HANDLE file = like->kind == CHANGE_CREATION ? INVALID_HANDLE_VALUE : open_path(path, GENERIC_READ);
    if (file != INVALID_HANDLE_VALUE) {
        DWORD got = 0;
        OVERLAPPED place = {.Offset = (DWORD)like->offset, .OffsetHigh = (DWORD)(like->offset >> 32)};
        if (like->old_size)
            (void)ReadFile(file, change->bytes, (DWORD)like->old_size, &got, &place);
        CloseHandle(file);
    }
    lock_acquire(&disk.lock);
    change->next = disk.changes;
    disk.changes = change;
    lock_release(&disk.lock);
}

static uint64_t size_of(const wchar_t *path)
{
    WIN32_FILE_ATTRIBUTE_DATA data;
    if (!GetFileAttributesExW(path, GetFileExInfoStandard, &data))
        return 0;
    return (uint64_t)data.nFileSizeHigh << 32 | data.nFileSizeLow;
}

void fault_disk_remember_write(const wchar_t *path, uint64_t offset, const void *bytes, size_t size)
{
    struct change change = {.kind = CHANGE_BYTES, .offset = offset, .size_before = size_of(path), .new_size = size};
    if (offset < change.size_before)
        change.old_size = change.size_before - offset < size ? (size_t)(change.size_before - offset) : size;
    add_change(&change, path, bytes);
}

void fault_disk_remember_size(const wchar_t *path, uint64_t size)
{
    struct change change = {.kind = CHANGE_SIZE, .offset = size, .size_before = size_of(path)};
    if (size < change.size_before)
        change.old_size = (size_t)(change.size_before - size);
    add_change(&change, path, NULL);
}

void fault_disk_remember_creation(const wchar_t *path)
{
    struct change change = {.kind = CHANGE_CREATION};
    add_change(&change, path, NULL);
}

static void drop(struct change *change)
{
    free(change->path);
    free(change);
}

void fault_disk_forget(const wchar_t *path)
{
    lock_acquire(&disk.lock);
    for (struct change **at = &disk.changes; *at;) {
        struct change *change = *at;
        if (path && wcscmp(change->path, path) != 0) {
            at = &change->next;
            continue;
        }
        *at = change->next;
        drop(change);
    }
    lock_release(&disk.lock);
}

void fault_disk_renamed(const wchar_t *from, const wchar_t *to)
{
    fault_disk_forget(to);
    lock_acquire(&disk.lock);
    for (struct change *change = disk.changes; change; change = change->next) {
        if (wcscmp(change->path, from) == 0) {
            free(change->path);
            change->path = _wcsdup(to);
        }
    }
    lock_release(&disk.lock);
}

/* ---- Orders from the test ---- */

void fault_disk_fail(uint32_t at, int code, uint32_t error, bool lasting)
{
    fault_disk_forget(NULL);
    reset();
    disk.fail_at = at;
    disk.code = code;
    disk.error = error;
    disk.is_lasting = lasting;
}

void fault_disk_cut(uint32_t at, bool is_done)
{
    fault_disk_forget(NULL);
    reset();
    disk.cut_at = at;
    disk.is_cut_call_done = is_done;
}

void fault_disk_kill(uint32_t at, enum fault_disk_moment moment)
{
    fault_disk_forget(NULL);
    reset();
    disk.kill_at = at;
    disk.moment = moment;
}

bool fault_disk_is_cut(void)
{
    lock_acquire(&disk.lock);
    bool is_cut = disk.is_cut;
    lock_release(&disk.lock);
    return is_cut;
}

uint32_t fault_disk_count(void)
{
    return disk.count;
}

bool fault_disk_heal(void)
{
    bool had = disk.has_failed || disk.is_cut;
    reset();
    disk.is_lasting = disk.is_cut = false;
    return had;
}

/* ---- After the power cut ---- */

static void put_bytes(HANDLE file, uint64_t offset, const uint8_t *bytes, size_t size)
{
    DWORD put;
    OVERLAPPED place = {.Offset = (DWORD)offset, .OffsetHigh = (DWORD)(offset >> 32)};
    if (size)
        (void)WriteFile(file, bytes, (DWORD)size, &put, &place);
}

static void set_size(HANDLE file, uint64_t size)
{
    FILE_END_OF_FILE_INFO info = {.EndOfFile.QuadPart = (LONGLONG)size};
    (void)SetFileInformationByHandle(file, FileEndOfFileInfo, &info, sizeof(info));
}

static void undo(const struct change *change)
{
    if (change->kind == CHANGE_CREATION) {
        DeleteFileW(change->path);
        return;
    }
    HANDLE file = open_path(change->path, GENERIC_READ | GENERIC_WRITE);
    if (file == INVALID_HANDLE_VALUE)
        return;
    set_size(file, change->size_before);
    put_bytes(file, change->offset, change->bytes, change->old_size);
    CloseHandle(file);
}

static void redo(const struct change *change, uint32_t draw)
{
    HANDLE file = change->kind == CHANGE_CREATION
                      ? CreateFileW(change->path, GENERIC_WRITE, 0, NULL, OPEN_ALWAYS, FILE_ATTRIBUTE_HIDDEN, NULL)
                      : open_path(change->path, GENERIC_READ | GENERIC_WRITE);
    if (file == INVALID_HANDLE_VALUE)
        return;
    uint8_t *bytes = malloc(change->new_size + 1);
    memcpy(bytes, change->bytes + change->old_size, change->new_size);
    for (size_t i = 0; draw % 4 == 3 && i < change->new_size; i++)
        bytes[i] = (uint8_t)((draw >> (i % 24)) ^ i);
    if (change->kind == CHANGE_SIZE)
        set_size(file, change->offset);
    else
        put_bytes(file, change->offset, bytes, change->new_size);
    free(bytes);
    CloseHandle(file);
}

/* In the order in which they were made, after the later ones were undone. */
static void settle(const struct change *changes, uint32_t seed)
{
    size_t count = 0;
    for (const struct change *change = changes; change; change = change->next)
        count++;
    const struct change **in_order = malloc((count + 1) * sizeof(*in_order));
    for (const struct change *change = changes; change; change = change->next)
        in_order[--count] = change;
    for (const struct change *change = changes; change; change = change->next)
        count++;
    for (size_t i = 0; i < count; i++) {
        seed = seed * 1664525 + 1013904223;
        uint32_t draw = seed >> 8;
        if (draw % 4 != 0)
            redo(in_order[i], draw);
    }
    free(in_order);
}

bool fault_disk_power_up(uint32_t seed)
{
    bool was_cut = disk.is_cut;
    if (was_cut) {
        for (const struct change *change = disk.changes; change; change = change->next)
            undo(change);
        settle(disk.changes, seed);
    }
    fault_disk_forget(NULL);
    fault_disk_heal();
    return was_cut;
}
