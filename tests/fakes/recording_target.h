/* A client's callback interface, below COM: it remembers its calls and answers as the test says. Keep it static: the engine lets go of it when it frees the
 * job. */
#ifndef RECORDING_TARGET_H
#define RECORDING_TARGET_H

#include "engine_fixture.h"

#include <windows.h>

struct recorder {
    struct notify_target target;
    volatile LONG transferred, errors, modified, files, destroyed;
    volatile LONG running, overlapped;
    /* The calls in their order: T(ransferred), E(rror), M(odified); of files their numbers, from 0. */
    char calls[64];
    enum notify_outcome answers[4]; /* to all but modifications, one after another, the last for ever */
    unsigned answer_count;          /* 0: all are delivered */
    HRESULT error;
    HRESULT (*inside)(struct job *job); /* called from within deliver */
    HRESULT inside_result;
};

void recorder_init(struct recorder *recorder);
/* Sets a fresh recorder for the job, which holds the only reference. */
void recorder_attach(struct recorder *recorder, struct job *job);
/* Steps until *counter (one of a recorder's) is at least `count`. */
void recorder_until(struct engine_fixture *fixture, volatile LONG *counter, LONG count);
/* Until nothing more will be said without another cause. Advances the clock: checkpoints need their time. */
void recorder_until_idle(struct engine_fixture *fixture);
/* Until the refused call has ended, and the only thing that the engine waits for is its repetition, half a second away at least. */
void recorder_until_repeat(struct engine_fixture *fixture);

#endif
