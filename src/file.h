/* IBackgroundCopyFile as clients hold it: a handle of its own on a file of a job. */
#ifndef DOSVC_FILE_H
#define DOSVC_FILE_H

#include "object.h"

#include "deliveryoptimization.h"
#include "engine.h"

/* Borrows `file`, of whose job the object takes a reference; returns new. On failure *object is NULL. */
HRESULT file_object_create(struct job_file *file, IBackgroundCopyFile **object);

/* The same in two steps, for who must not fail once it has the file. The first returns new (mem_free) or NULL; the second takes it and returns new. */
struct file_object *file_object_reserve(void);
IBackgroundCopyFile *file_object_fill(struct file_object *reserved, struct job_file *file);

#endif
