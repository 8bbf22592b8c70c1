/* A client's ear at a job: a COM object that turns the three kinds of notification into one event to wait for. */
#ifndef DOCTL_CALLBACK_H
#define DOCTL_CALLBACK_H

#include <deliveryoptimization.h>

/* Returns a new object (Release it) and its event, which is set whenever the job has changed and lives as long as the
 * object. NULL without memory. */
IBackgroundCopyCallback *callback_create(HANDLE *changed);

#endif
