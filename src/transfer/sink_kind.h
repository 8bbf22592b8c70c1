/* What the kinds of sinks share: a count, a generation and a lock, in front of what is the kind's own. */
#ifndef DOSVC_TRANSFER_SINK_KIND_H
#define DOSVC_TRANSFER_SINK_KIND_H

#include "lock.h"
#include "sink.h"

#include <stdatomic.h>

/* As the functions of sink.h, of one kind. */
struct sink_kind {
    HRESULT (*write)(struct sink *sink, uint32_t generation, uint64_t offset, const void *data, size_t size);
    HRESULT(*finish)
    (struct sink *sink, uint64_t size, uint64_t last_modified); /* lock held exclusive, generation current */
    HRESULT (*flush)(struct sink *sink);
    HRESULT (*revoked)(struct sink *sink, bool flush); /* lock held exclusive, generation raised */
    void (*destroy)(struct sink *sink);
};

struct sink {
    const struct sink_kind *kind;
    atomic_uint references;
    /* Shared: to write. Exclusive: to change what is written to, to finish, to revoke. */
    struct lock lock;
    atomic_uint generation;      /* changed under the exclusive lock, read without it as well */
    _Atomic bool is_finished;    /* likewise */
    _Atomic bool has_file;       /* it made or continued a temporary file */
    _Atomic bool has_lost;       /* sink_has_lost */
    _Atomic uint64_t identity;   /* of that file (file_ops); 0: not known */
    _Atomic uint64_t expected;   /* bytes that are still to come, as far as that is known */
    _Atomic uint64_t written_at; /* sink_written_at */
};

void sink_init(struct sink *sink, const struct sink_kind *kind);
/* The lock is held. */
bool sink_is_current(const struct sink *sink, uint32_t generation);

#endif
