/* A client's callback object: counts references, remembers its calls, and does what the test wants in them. */
#ifndef RECORDING_CALLBACK_H
#define RECORDING_CALLBACK_H

#include "test_environment.h"

#include <stdatomic.h>

enum callback_kind { CALLBACK_TRANSFERRED, CALLBACK_ERROR, CALLBACK_MODIFICATION, CALLBACK_FILE };

struct recording_callback {
    IBackgroundCopyCallback2 callback_iface;
    bool is_first_version;  /* it does not answer the second */
    atomic_uint references; /* 1 when made */
    atomic_uint calls[4];   /* enum callback_kind */
    HRESULT answer;         /* to every call */
    /* Called inside each call, before the count goes up; may be NULL. `error`: only with CALLBACK_ERROR. */
    void (*on_call)(struct recording_callback *self, enum callback_kind kind, IBackgroundCopyJob *job,
                    IBackgroundCopyError *error);
    /* Inside FileTransferred, before on_call; may be NULL. */
    void (*on_file)(struct recording_callback *self, IBackgroundCopyJob *job, IBackgroundCopyFile *file);
    void *context;
    DWORD thread; /* of the last call */
};

void callback_init(struct recording_callback *callback);
IUnknown *callback_unknown(struct recording_callback *callback); /* borrowed */
void callback_set(struct recording_callback *callback, IBackgroundCopyJob *job);
/* Releases both, ends the engine and sees that it let go of the callback. `job` may be NULL. */
void callback_finish(IBackgroundCopyManager *manager, IBackgroundCopyJob *job, struct recording_callback *callback);
/* Waits until it was called so often. */
void callback_await(struct recording_callback *callback, enum callback_kind kind, unsigned calls);
/* Waits until nobody but the test holds it. */
void callback_await_release(struct recording_callback *callback);

#endif
