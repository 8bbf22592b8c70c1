/* Paths as system calls take them, long ones too. */
#ifndef DOSVC_PLATFORM_SYSTEM_PATH_H
#define DOSVC_PLATFORM_SYSTEM_PATH_H

#include "hresult.h"

#define SYSTEM_PATH_PLAIN_LIMIT                                                                                        \
    248 /* from here on the \\?\ form is wanted: a directory has to leave room for an 8.3 name */

struct system_path {
    const char16_t *text;
    char16_t *owned; /* NULL when the path could be used as it is */
};

/* Borrows `path`, a normalised one, until system_path_clear. E_OUTOFMEMORY, with nothing to clear. */
HRESULT system_path_make(struct system_path *made, const char16_t *path);
void system_path_clear(struct system_path *made);

#endif
