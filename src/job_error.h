/* IBackgroundCopyError: what went wrong when the object was made. */
#ifndef DOSVC_JOB_ERROR_H
#define DOSVC_JOB_ERROR_H

#include "object.h"

#include "deliveryoptimization.h"
#include "engine.h"

/* Borrows both, returns new. On failure *object is NULL. */
HRESULT error_object_create(struct job *job, const struct job_error *error, IBackgroundCopyError **object);

#endif
