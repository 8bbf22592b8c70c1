/* A client's callback object: counts references, remembers its calls, and does what the test wants in them. */
#ifndef RECORDING_CALLBACK_H
#define RECORDING_CALLBACK_H

#include "test_environment.h"

#include <stdatomic.h>

enum callback_kind { CALLBACK_TRANSFERRED, CALLBACK_ERROR, CALLBACK_MODIFICATION };

struct recording_callback {
    IBackgroundCopyCallback callback_iface;
    atomic_uint references; /* 1 when made */
    atomic_uint calls[3];   /* enum callback_kind */
    HRESULT answer;         /* to every call */
    /* Called inside each call, before the count goes up; may be NULL. `error`: only with CALLBACK_ERROR. */
    void (*on_call)(struct recording_callback *self, enum callback_kind kind, IBackgroundCopyJob *job,
                    IBackgroundCopyError *error);
    void *context;
    DWORD thread; /* of the last call */
};

void callback_init(struct recording_callback *callback);
/* Waits until it was called so often. */
void callback_await(struct recording_callback *callback, enum callback_kind kind, unsigned calls);
/* Waits until nobody but the test holds it. */
void callback_await_release(struct recording_callback *callback);

#endif
