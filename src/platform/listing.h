/* What is in a directory. Any thread; every call may block. */
#ifndef DOSVC_PLATFORM_LISTING_H
#define DOSVC_PLATFORM_LISTING_H

#include "hresult.h"

/* From so many names in one directory on, reading it once costs less than looking for each of them. */
#define LISTING_WORTH 16

/* Called for each entry, "." and ".." too; a failure ends the listing. `name` is borrowed for the call. */
typedef HRESULT (*listing_visit)(void *context, const char16_t *name, bool is_directory);

/* All entries of the directory in which a file of that (normalised) path lies. The HRESULT of a Win32 code, or the visitor's failure. */
HRESULT listing_each(const char16_t *path, listing_visit visit, void *context);

/* A name that is not listed is not there. One with a tilde may be the short name of an entry, which is not listed. */
bool listing_would_show(const char16_t *name);

#endif
