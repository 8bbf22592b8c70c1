#include "fault_vfs.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>
#include <windows.h>

struct fault_file {
    sqlite3_file base;
    wchar_t *path;
    sqlite3_file *real;
};

static struct {
    sqlite3_vfs vfs, *real;
} world;

static struct fault_file *file_of(sqlite3_file *file)
{
    return (struct fault_file *)file;
}

static wchar_t *wide_name(const char *name)
{
    size_t room = strlen(name) + 1;
    wchar_t *wide = malloc(room * sizeof(*wide));
    MultiByteToWideChar(CP_UTF8, 0, name, -1, wide, (int)room);
    return wide;
}

static int end_call(const struct fault_disk_call *call, int code)
{
    return fault_disk_leave(call) ? code : SQLITE_IOERR;
}

/* ---- The file's methods ---- */

static int fault_close(sqlite3_file *file)
{
    int code = file_of(file)->real->pMethods->xClose(file_of(file)->real);
    free(file_of(file)->real);
    free(file_of(file)->path);
    return code;
}

#define NO_READING LONG_MAX

static volatile LONG readings_left = NO_READING; /* before the one that fails */

void fault_vfs_fail_reading(uint32_t at)
{
    InterlockedExchange(&readings_left, (LONG)at);
}

bool fault_vfs_heal_reading(void)
{
    return InterlockedExchange(&readings_left, NO_READING) < 0;
}

static bool reading_fails(void)
{
    if (readings_left == NO_READING || InterlockedDecrement(&readings_left) != -1)
        return false;
    SetLastError(ERROR_CRC);
    return true;
}

static int fault_read(sqlite3_file *file, void *bytes, int size, sqlite3_int64 offset)
{
    if (fault_disk_is_cut() || reading_fails())
        return SQLITE_IOERR_READ;
    return file_of(file)->real->pMethods->xRead(file_of(file)->real, bytes, size, offset);
}

static int fault_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 offset)
{
    struct fault_disk_call call;
    int code = fault_disk_enter(&call);
    if (code != SQLITE_OK)
        return code;
    fault_disk_remember_write(file_of(file)->path, (uint64_t)offset, bytes, (size_t)size);
    if (fault_disk_dies_inside(&call)) {
        file_of(file)->real->pMethods->xWrite(file_of(file)->real, bytes, size / 2, offset);
        fault_disk_die();
    }
    return end_call(&call, file_of(file)->real->pMethods->xWrite(file_of(file)->real, bytes, size, offset));
}

static int fault_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    struct fault_disk_call call;
    int code = fault_disk_enter(&call);
    if (code != SQLITE_OK)
        return code;
    fault_disk_remember_size(file_of(file)->path, (uint64_t)size);
    return end_call(&call, file_of(file)->real->pMethods->xTruncate(file_of(file)->real, size));
}

/* When the power goes in it, a sync has done nothing. */
static int fault_sync(sqlite3_file *file, int flags)
{
    struct fault_disk_call call;
    int code = fault_disk_enter(&call);
    if (code != SQLITE_OK)
        return code;
    if (!call.is_last)
        fault_disk_forget(file_of(file)->path);
    return end_call(&call, file_of(file)->real->pMethods->xSync(file_of(file)->real, flags));
}

static int fault_file_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return fault_disk_is_cut() ? SQLITE_IOERR_FSTAT
                               : file_of(file)->real->pMethods->xFileSize(file_of(file)->real, size);
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
    if (fault_disk_is_cut())
        return SQLITE_CANTOPEN;
    opened->real = calloc(1, (size_t)world.real->szOsFile);
    int code = world.real->xOpen(world.real, name, opened->real, flags, out_flags);
    if (code != SQLITE_OK) {
        free(opened->real);
        return code;
    }
    opened->path = wide_name(name ? name : "");
    opened->base.pMethods = &fault_methods;
    return SQLITE_OK;
}

/* Durable at once, as NTFS logs it; what the file held is past caring. */
static int fault_delete(sqlite3_vfs *vfs, const char *name, int sync_directory)
{
    (void)vfs;
    struct fault_disk_call call;
    int code = fault_disk_enter(&call);
    if (code != SQLITE_OK)
        return code;
    code = world.real->xDelete(world.real, name, sync_directory);
    wchar_t *path = wide_name(name);
    if (code == SQLITE_OK)
        fault_disk_forget(path);
    free(path);
    return end_call(&call, code);
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
}
