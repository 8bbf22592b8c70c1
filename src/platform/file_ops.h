/* The disk below the engine: a seam, so that tests can fail, fill or power off the disk. Failures are HRESULTs of
 * Win32 codes and are not logged here: the caller knows what the file was for. Paths are normalised (local_path.h);
 * files are shared for reading, writing and deleting unless said otherwise. Every call may block; none takes a lock
 * of ours. */
#ifndef DOSVC_PLATFORM_FILE_OPS_H
#define DOSVC_PLATFORM_FILE_OPS_H

#include "hresult.h"

struct file;       /* an open file */
struct deliveries; /* what deliveries one after the other share */

/* What is known of a temporary file since it was closed. */
struct closed_file {
    uint64_t directory;  /* the identity of the one that it lies in; 0: any */
    uint64_t identity;   /* 0: whatever bears the name */
    uint64_t size;       /* in bytes */
    uint64_t written_at; /* 0: at any time */
};

struct file_ops {
    /* Can files of these names be made? The directory exists and is writable (else its Win32 HRESULT,
     * ERROR_PATH_NOT_FOUND, E_ACCESSDENIED ...), and the name is no existing directory (E_INVALIDARG). *failed is the
     * place of one that cannot. Many names in one directory, side by side, cost little more than one. directories[i] tells the directory that was checked
     * from others, as identity does a file. */
    HRESULT(*check_targets)
    (struct file_ops *ops, const char16_t *const *paths, size_t count, uint64_t *directories, size_t *failed);
    /* Creates the hidden temporary file. What is there already is replaced if it is ours (`is_ours`), else left alone:
     * ERROR_FILE_EXISTS. Never follows a link. `directory` is the one that it is to lie in (check_targets), 0: any;
     * ERROR_DIRECTORY when the path leads to another one. Returns new. */
    HRESULT (*create)(struct file_ops *ops, const char16_t *path, uint64_t directory, bool is_ours, struct file **file);
    /* Opens an existing temporary file for writing; *size is its length. ERROR_CANT_RESOLVE_FILENAME: it is a link;
     * ERROR_TOO_MANY_LINKS: it has another name, too. `directory` as in create. Returns new. */
    HRESULT (*open)(struct file_ops *ops, const char16_t *path, uint64_t directory, struct file **file, uint64_t *size);
    /* Tells a file from others, whatever their names, as long as it exists; 0 where the disk cannot tell. */
    uint64_t (*identity)(struct file_ops *ops, struct file *file);
    /* The same for the file that bears that name now; 0 also where there is none. */
    uint64_t (*identity_of)(struct file_ops *ops, const char16_t *path);
    /* When it was written last, FILETIME units; 0 where the disk cannot tell. Not final before its times were set and it was closed. */
    uint64_t (*written_at)(struct file_ops *ops, struct file *file);
    /* All of it or a failure. Several threads may write different places of one file at once. */
    HRESULT (*write_at)(struct file_ops *ops, struct file *file, uint64_t offset, const void *data, size_t size);
    /* On return what was written is on the disk. */
    HRESULT (*flush)(struct file_ops *ops, struct file *file);
    /* Creation and modification time, FILETIME units; 0: that of modification alone, now (but not to the second). What was written before moves it no more. */
    HRESULT (*set_times)(struct file_ops *ops, struct file *file, uint64_t time);
    HRESULT (*set_size)(struct file_ops *ops, struct file *file, uint64_t size);
    void (*close)(struct file_ops *ops, struct file *file); /* takes file; NULL is allowed */
    /* Gives the temporary file its final name, atomically replacing what bore it, without the hidden attribute, durable on return. It must be as it was
     * closed: ERROR_FILE_EXISTS when it is another file, ERROR_FILE_INVALID when its size or time is another one. Links are refused as in open; one that
     * bears the final name is replaced, not followed. Both names lie in one directory; `closed->directory` as in create. *shared is NULL before the first of several by one thread; after the last it goes to
     * end_deliveries. */
    HRESULT(*deliver)
    (struct file_ops *ops, struct deliveries **shared, const char16_t *temporary, const char16_t *target,
     const struct closed_file *closed);
    void (*end_deliveries)(struct file_ops *ops, struct deliveries *shared); /* takes it; NULL is allowed */
    /* S_FALSE when there is no such file; a failure when there is not even its drive. */
    HRESULT (*remove)(struct file_ops *ops, const char16_t *path);
    /* Length of an existing file, and when it was written last; ERROR_FILE_NOT_FOUND as an HRESULT without one. */
    HRESULT (*size_of)(struct file_ops *ops, const char16_t *path, uint64_t *size, uint64_t *written_at);
    /* How many bytes a file at that place could still grow by, as far as the disk and the user's quota are concerned. */
    HRESULT (*free_space)(struct file_ops *ops, const char16_t *path, uint64_t *size);
};

struct file_ops *file_ops_system(void);

/* Makes the directory and its parents; S_OK when it is there already. Only the current user (and SYSTEM,
 * Administrators) gets rights on the last component when it is created here. */
HRESULT directory_create_private(const char16_t *path);

#endif
