/* Files by their names in an open directory: whatever is put in the place of the directory meanwhile, what is opened and renamed lies in this one. Handles are HANDLEs,
 * the caller's to close. Any thread; every call may block. Failures are HRESULTs of Win32 codes. */
#ifndef DOSVC_PLATFORM_DIRECTORY_ENTRY_H
#define DOSVC_PLATFORM_DIRECTORY_ENTRY_H

#include "hresult.h"

/* Opens the directory in which a file of that (normalised) path lies. ERROR_PATH_NOT_FOUND: there is none. ERROR_DIRECTORY: it is not the one of that `identity`
 * (directory_identity; 0: any will do). */
HRESULT directory_open(const char16_t *path, uint64_t identity, void **directory);

/* The number of an open file or directory on its volume; 0 where the disk cannot tell. */
uint64_t directory_identity(void *handle);

/* Opens the entry itself, a link too, with that access, for sharing of every kind. */
HRESULT directory_open_entry(void *directory, const char16_t *name, uint32_t access, bool is_write_through,
                             void **file);

/* Makes a hidden file for writing. ERROR_FILE_EXISTS: there is something of that name. */
HRESULT directory_create_entry(void *directory, const char16_t *name, void **file);

/* Gives an open entry (with DELETE access) another name in the directory, atomically replacing what bears it. */
HRESULT directory_rename_entry(void *directory, void *file, const char16_t *name);

#endif
