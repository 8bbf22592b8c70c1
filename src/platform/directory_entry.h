/* Files by their names in an open directory: whatever is put in the place of the directory meanwhile, what is opened and renamed lies in this one. Handles are HANDLEs,
 * the caller's to close. Any thread; every call may block. Failures are HRESULTs of Win32 codes; a file that is being deleted, and that
 * somebody has open still, is ERROR_SHARING_VIOLATION. */
#ifndef DOSVC_PLATFORM_DIRECTORY_ENTRY_H
#define DOSVC_PLATFORM_DIRECTORY_ENTRY_H

#include "hresult.h"

/* Of the Win32 call that failed just now. Never a success. */
HRESULT directory_last_error(void);

/* Opens the directory in which a file of that (normalised) path lies. ERROR_PATH_NOT_FOUND: there is none. ERROR_DIRECTORY: it is not the one of that `identity`
 * (directory_identity; 0: any will do). */
HRESULT directory_open(const char16_t *path, uint64_t identity, void **directory);

/* The number of an open file or directory on its volume; 0 where the disk cannot tell. */
uint64_t directory_identity(void *handle);

/* Opens the entry itself, a link too, with that access, for sharing of every kind. */
HRESULT directory_open_entry(void *directory, const char16_t *name, uint32_t access, bool is_write_through,
                             void **file);

/* When an open file was written last, FILETIME units; 0 where the disk cannot tell. */
uint64_t directory_written_at(void *handle);

/* Does a path lead to the directory of that identity? S_OK, or the failure of directory_open. */
HRESULT directory_check(const char16_t *path, uint64_t identity);

/* The same for a file and no link: ERROR_CANT_RESOLVE_FILENAME, also of one that is to be written to (GENERIC_WRITE) and whose bytes are kept elsewhere;
 * ERROR_TOO_MANY_LINKS when it has another name besides. *size is its length. */
HRESULT directory_open_file(void *directory, const char16_t *name, uint32_t access, bool is_write_through, void **file,
                            uint64_t *size);

/* Makes a hidden file for writing. ERROR_FILE_EXISTS: there is something of that name. Without a directory the name is one of exact_name_make. */
HRESULT directory_create_entry(void *directory, const char16_t *name, void **file);

/* Writes to an open file, at that place: several threads may at once. May write less. As WriteFile with a position, which under Wine costs a call of its server more: it tells a port
 * for completions that is not there. */
HRESULT directory_write_entry(void *file, uint64_t offset, const void *data, uint32_t size, uint32_t *written);

/* Gives an open entry (with DELETE access) another name in the directory. What bears it is replaced atomically, or (not `is_replacing`) stays: ERROR_FILE_EXISTS.
 * Without a directory the name is one of exact_name_make. */
HRESULT directory_rename_entry(void *directory, void *file, const char16_t *name, bool is_replacing);

#endif
