#include "fault_vfs.h"

#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>
#include <windows.h>

#define NEVER UINT32_MAX

/* One change that was not synced. */
struct change {
    struct change *next; /* made before this one */
    char *path;
    sqlite3_int64 offset, size_before;
    int old_size, new_size; /* bytes of each that follow the structure; a truncation has none of them */
    uint8_t bytes[];
};

struct fault_file {
    sqlite3_file base;
    char *path;
    sqlite3_file *real;
};

static struct {
    sqlite3_vfs vfs, *real;
    struct change *changes; /* the last one first */
    uint32_t count, fail_at, cut_at, error;
    int code;
    bool is_lasting, has_failed, is_cut;
} world;

/* ---- Counting and failing ---- */

static void reset(void)
{
    world.count = 0;
    world.fail_at = world.cut_at = NEVER;
    world.has_failed = false;
}

/* SQLITE_OK: go on. *is_last: the power goes with this call. */
static int count_call(bool *is_last)
{
    *is_last = false;
    if (world.is_cut) {
        SetLastError(ERROR_GEN_FAILURE);
        return SQLITE_IOERR;
    }
    uint32_t number = world.count++;
    if (number == world.fail_at || (world.is_lasting && number > world.fail_at)) {
        world.has_failed = true;
        SetLastError(world.error);
        return world.code;
    }
    *is_last = number == world.cut_at;
    return SQLITE_OK;
}

/* Ends a call that was counted. */
static int end_call(int code, bool is_last)
{
    world.is_cut = world.is_cut || is_last;
    return is_last ? SQLITE_IOERR : code;
}

/* ---- Remembering ---- */

static struct fault_file *file_of(sqlite3_file *file)
{
    return (struct fault_file *)file;
}

static char *copy_name(const char *name)
{
    char *copy = malloc(strlen(name) + 1);
    return strcpy(copy, name);
}

static void remember(struct fault_file *file, sqlite3_int64 offset, const void *new_bytes, int new_size)
{
    sqlite3_int64 size = 0;
    file->real->pMethods->xFileSize(file->real, &size);
    sqlite3_int64 lost = new_bytes ? new_size : size - offset;
    sqlite3_int64 old_size = size - offset < lost ? size - offset : lost;
    old_size = old_size < 0 ? 0 : old_size;
    struct change *change = calloc(1, sizeof(*change) + (size_t)(old_size + new_size));
    *change = (struct change){world.changes, copy_name(file->path), offset, size, (int)old_size, new_size};
    if (old_size)
        file->real->pMethods->xRead(file->real, change->bytes, (int)old_size, offset);
    if (new_bytes)
        memcpy(change->bytes + old_size, new_bytes, (size_t)new_size);
    world.changes = change;
}

static void forget(const char *path)
{
    for (struct change **at = &world.changes; *at;) {
        struct change *change = *at;
        if (path && strcmp(change->path, path)) {
            at = &change->next;
            continue;
        }
        *at = change->next;
        free(change->path);
        free(change);
    }
}

/* ---- The file's methods ---- */

static int fault_close(sqlite3_file *file)
{
    int code = file_of(file)->real->pMethods->xClose(file_of(file)->real);
    free(file_of(file)->real);
    free(file_of(file)->path);
    return code;
}

static int fault_read(sqlite3_file *file, void *bytes, int size, sqlite3_int64 offset)
{
    return world.is_cut ? SQLITE_IOERR_READ
                        : file_of(file)->real->pMethods->xRead(file_of(file)->real, bytes, size, offset);
}

static int fault_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 offset)
{
    bool is_last;
    int code = count_call(&is_last);
    if (code != SQLITE_OK)
        return code;
    remember(file_of(file), offset, bytes, size);
    return end_call(file_of(file)->real->pMethods->xWrite(file_of(file)->real, bytes, size, offset), is_last);
}

static int fault_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    bool is_last;
    int code = count_call(&is_last);
    if (code != SQLITE_OK)
        return code;
    remember(file_of(file), size, NULL, 0);
    return end_call(file_of(file)->real->pMethods->xTruncate(file_of(file)->real, size), is_last);
}

/* When the power goes in it, a sync has done nothing. */
static int fault_sync(sqlite3_file *file, int flags)
{
    bool is_last;
    int code = count_call(&is_last);
    if (code != SQLITE_OK)
        return code;
    if (!is_last)
        forget(file_of(file)->path);
    return end_call(file_of(file)->real->pMethods->xSync(file_of(file)->real, flags), is_last);
}

static int fault_file_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return world.is_cut ? SQLITE_IOERR_FSTAT : file_of(file)->real->pMethods->xFileSize(file_of(file)->real, size);
}

static int fault_lock(sqlite3_file *file, int level)
{
    return file_of(file)->real->pMethods->xLock(file_of(file)->real, level);
}

static int fault_unlock(sqlite3_file *file, int level)
{
    return file_of(file)->real->pMethods->xUnlock(file_of(file)->real, level);
}

static int fault_check_reserved_lock(sqlite3_file *file, int *is_reserved)
{
    return file_of(file)->real->pMethods->xCheckReservedLock(file_of(file)->real, is_reserved);
}

/* A hint to make the file larger at once is not passed on: it would change the disk uncounted. */
static int fault_file_control(sqlite3_file *file, int operation, void *argument)
{
    if (operation == SQLITE_FCNTL_SIZE_HINT || operation == SQLITE_FCNTL_CHUNK_SIZE)
        return SQLITE_OK;
    return file_of(file)->real->pMethods->xFileControl(file_of(file)->real, operation, argument);
}

static int fault_sector_size(sqlite3_file *file)
{
    return file_of(file)->real->pMethods->xSectorSize(file_of(file)->real);
}

static int fault_device_characteristics(sqlite3_file *file)
{
    return file_of(file)->real->pMethods->xDeviceCharacteristics(file_of(file)->real);
}

/* Version 1: no shared memory, no mapping; locking_mode = EXCLUSIVE needs neither. */
static const sqlite3_io_methods fault_methods = {
    .iVersion = 1,
    .xClose = fault_close,
    .xRead = fault_read,
    .xWrite = fault_write,
    .xTruncate = fault_truncate,
    .xSync = fault_sync,
    .xFileSize = fault_file_size,
    .xLock = fault_lock,
    .xUnlock = fault_unlock,
    .xCheckReservedLock = fault_check_reserved_lock,
    .xFileControl = fault_file_control,
    .xSectorSize = fault_sector_size,
    .xDeviceCharacteristics = fault_device_characteristics,
};

/* ---- The VFS's methods ---- */

static int fault_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags, int *out_flags)
{
    (void)vfs;
    struct fault_file *opened = file_of(file);
    memset(opened, 0, sizeof(*opened));
    if (world.is_cut)
        return SQLITE_CANTOPEN;
    opened->real = calloc(1, (size_t)world.real->szOsFile);
    int code = world.real->xOpen(world.real, name, opened->real, flags, out_flags);
    if (code != SQLITE_OK) {
        free(opened->real);
        return code;
    }
    opened->path = copy_name(name ? name : "");
    opened->base.pMethods = &fault_methods;
    return SQLITE_OK;
}

/* Durable at once, as NTFS logs it; what the file held is past caring. */
static int fault_delete(sqlite3_vfs *vfs, const char *name, int sync_directory)
{
    (void)vfs;
    bool is_last;
    int code = count_call(&is_last);
    if (code != SQLITE_OK)
        return code;
    code = world.real->xDelete(world.real, name, sync_directory);
    if (code == SQLITE_OK)
        forget(name);
    return end_call(code, is_last);
}

void fault_vfs_install(void)
{
    world.real = sqlite3_vfs_find(NULL);
    world.vfs = *world.real;
    world.vfs.zName = "fault";
    world.vfs.szOsFile = sizeof(struct fault_file);
    world.vfs.xOpen = fault_open;
    world.vfs.xDelete = fault_delete;
    sqlite3_vfs_register(&world.vfs, 1);
    reset();
}

/* ---- Orders from the test ---- */

void fault_vfs_fail(uint32_t at, int code, uint32_t error, bool lasting)
{
    forget(NULL);
    reset();
    world.fail_at = at;
    world.code = code;
    world.error = error;
    world.is_lasting = lasting;
}

void fault_vfs_cut(uint32_t at)
{
    forget(NULL);
    reset();
    world.cut_at = at;
}

bool fault_vfs_heal(void)
{
    bool had = world.has_failed || world.is_cut;
    reset();
    world.is_lasting = world.is_cut = false;
    return had;
}

/* ---- After the power cut ---- */

static HANDLE open_path(const char *path)
{
    wchar_t wide[1000];
    MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, 1000);
    return CreateFileW(wide, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
}

static void put_bytes(HANDLE file, sqlite3_int64 offset, const uint8_t *bytes, int size)
{
    DWORD put;
    SetFilePointer(file, (LONG)offset, NULL, FILE_BEGIN);
    WriteFile(file, bytes, (DWORD)size, &put, NULL);
}

static void set_size(HANDLE file, sqlite3_int64 size)
{
    SetFilePointer(file, (LONG)size, NULL, FILE_BEGIN);
    SetEndOfFile(file);
}

static void undo(const struct change *change)
{
    HANDLE file = open_path(change->path);
    if (file == INVALID_HANDLE_VALUE)
        return;
    set_size(file, change->size_before);
    put_bytes(file, change->offset, change->bytes, change->old_size);
    CloseHandle(file);
}

static void redo(const struct change *change, uint32_t draw)
{
    HANDLE file = open_path(change->path);
    if (file == INVALID_HANDLE_VALUE)
        return;
    uint8_t *bytes = malloc((size_t)change->new_size + 1);
    memcpy(bytes, change->bytes + change->old_size, (size_t)change->new_size);
    for (int i = 0; draw % 4 == 3 && i < change->new_size; i++)
        bytes[i] = (uint8_t)(draw >> (i % 24)) ^ (uint8_t)i;
    if (change->new_size)
        put_bytes(file, change->offset, bytes, change->new_size);
    else
        set_size(file, change->offset);
    free(bytes);
    CloseHandle(file);
}

/* In the order in which they were made, after the later ones were undone. */
static void settle(const struct change *change, uint32_t *seed)
{
    if (!change)
        return;
    settle(change->next, seed);
    *seed = *seed * 1664525 + 1013904223;
    uint32_t draw = *seed >> 8;
    if (draw % 4 != 0)
        redo(change, draw);
}

bool fault_vfs_power_up(uint32_t seed)
{
    bool was_cut = world.is_cut;
    if (was_cut) {
        for (const struct change *change = world.changes; change; change = change->next)
            undo(change);
        settle(world.changes, &seed);
    }
    forget(NULL);
    fault_vfs_heal();
    return was_cut;
}
