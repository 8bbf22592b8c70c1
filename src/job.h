/* The classic job as clients hold it: a handle of its own on a job of the queue. Releasing it never ends the job. */
#ifndef DOSVC_JOB_H
#define DOSVC_JOB_H

#include "object.h"

#include "deliveryoptimization.h"
#include "engine.h"

/* Borrows `job`, of which the object takes a reference; returns new. On failure *object is NULL. */
HRESULT job_object_create(struct job *job, IBackgroundCopyJob **object);

#endif
