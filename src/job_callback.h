/* A client's IBackgroundCopyCallback behind core's notify_target. The pointer itself is never kept: it belongs to the apartment that set it, so it lies in the
 * Global Interface Table and is fetched by the thread that calls. Callers are threads that have entered COM. */
#ifndef DOSVC_JOB_CALLBACK_H
#define DOSVC_JOB_CALLBACK_H

#include "notify.h"

#include <windows.h>
#include <unknwn.h>

/* Borrows `callback`, returns new. E_NOINTERFACE when it does not answer IBackgroundCopyCallback. */
HRESULT job_callback_create(IUnknown *callback, struct notify_target **target);
/* The interface as the calling thread's apartment may use it. Returns new; NULL when that apartment is no more. `target` is one that job_callback_create made. */
HRESULT job_callback_interface(struct notify_target *target, IUnknown **callback);
/* Has a new object of a class in another process called, and lets it go again. */
enum notify_outcome job_callback_deliver_to_class(const uint8_t class_id[16], struct job *job,
                                                  const struct notify_event *event);

#endif
