/* A client's IStream that keeps what is written to it. Every method but Write counts as a fault. */
#ifndef RECORDING_STREAM_H
#define RECORDING_STREAM_H

#include "lock.h"

#include <stdatomic.h>
#include <stdbool.h>

#include <windows.h>
#include <objidl.h>

#define RECORDING_STREAM_MAX 50000000u

struct recording_stream {
    IStream iface;
    _Atomic LONG references; /* 1 when made; the test's own */
    struct lock lock;
    BYTE *bytes; /* room for RECORDING_STREAM_MAX */
    size_t size;
    size_t
        fail_at; /* a write that would bring it beyond this many bytes takes what fits and fails with STG_E_MEDIUMFULL */
    bool tells_nothing;      /* of the count of written bytes */
    HANDLE gate;             /* not NULL: each write waits for it */
    _Atomic unsigned writes; /* begun */
    _Atomic unsigned faults; /* calls of other methods, and writes at the same time */
    _Atomic bool is_writing;
};

void recording_stream_init(struct recording_stream *stream);
/* Fails the test when anybody still holds it. */
void recording_stream_clear(struct recording_stream *stream);
size_t recording_stream_size(struct recording_stream *stream);

#endif
