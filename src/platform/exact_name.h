/* Names that Wine takes letter by letter. It shows a folder as Windows does, "a" and "A" being one, upon a disk that tells them apart: a name that is not
 * there is looked for in other letters, through all entries of the folder, under a lock of all threads when an open folder is given. Not so a name of the
 * system below. It is for names that cannot be there in other letters, and leads through a path: whoever uses it checks the folder afterwards.
 * On Windows there are none, and no need of them. */
#ifndef DOSVC_PLATFORM_EXACT_NAME_H
#define DOSVC_PLATFORM_EXACT_NAME_H

#include "hresult.h"

/* The name of the kernel's form for directory_create_entry and directory_rename_entry without a directory. `path` is a normalised one. Returns new
 * (mem_free); NULL where there are no such names, the folder is not found, or there is no memory: the path serves as well. */
char16_t *exact_name_make(const char16_t *path);

#endif
