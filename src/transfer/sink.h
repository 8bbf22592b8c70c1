/* Where the bytes of one file go. Several workers write different places at once; the engine revokes them all in one
 * step.
 *
 * Revocation, not check-then-write: the sink owns the open file and a shared/exclusive lock. A write holds it shared
 * and compares its generation inside; revoking holds it exclusive, raises the generation and closes the file. It
 * therefore waits for local writes in progress, never for the network, and once it returned no late byte can reach
 * the file. */
#ifndef DOSVC_TRANSFER_SINK_H
#define DOSVC_TRANSFER_SINK_H

#include "file_ops.h"
#include "lock.h"

#include <stdatomic.h>

struct sink; /* reference counted; interlocked */

#define SINK_REVOKED E_ABORT /* what a write of an old generation answers; nothing was written */

/* A failure of a sink that another program is to blame for, which has the file open for a moment. */
bool sink_is_in_use(HRESULT hr);
/* One that may pass by itself: that, or memory or another resource of the system was short. */
bool sink_failure_passes(HRESULT hr);
/* The folder, or the disk or the server that it is on, is not there. It may come back, with the file as it was closed. */
bool sink_is_away(HRESULT hr);

/* What is at its path when it is opened. */
enum sink_former {
    SINK_NOTHING,  /* a file that is there is somebody else's: ERROR_FILE_EXISTS, and it is left alone */
    SINK_OURS,     /* a file of ours, whose content is worthless; another one in its place as above */
    SINK_CONTINUED /* the file, to be continued: ERROR_FILE_NOT_FOUND when it is gone, DO_E_HTTP_BLOCKSIZE_MISMATCH when
                      it is shorter than the minimum, ERROR_FILE_INVALID when it was altered since it was closed; another
                      one in its place as above */
};

/* The hidden temporary file at `path` (copied). It is opened at the first write. */
HRESULT sink_file_create(struct file_ops *ops, const char16_t *path, enum sink_former former, uint64_t minimum_size,
                         struct sink **sink);
/* The directory that the file must lie in when it is opened (file_ops' directory; 0: any): ERROR_DIRECTORY when it is another one by then. */
void sink_file_expect_directory(struct sink *sink, uint64_t directory);
/* Which file of ours it is that may be there (file_ops' identity; 0: whatever bears the name). */
void sink_file_expect_identity(struct sink *sink, uint64_t identity);
/* When the file to be continued was written last (sink_written_at; 0: nobody knows): ERROR_FILE_INVALID when somebody has written to it since. */
void sink_file_expect_written(struct sink *sink, uint64_t written_at);
/* So many bytes are still to come, as is known now. When the file is opened and the disk has less room, it fails with
 * ERROR_DISK_FULL before anything is written; of a few bytes (SINK_SMALL) the write itself will tell. */
void sink_expect(struct sink *sink, uint64_t size);
#define SINK_SMALL (64u * 1024)

/* A client's stream as the COM layer holds it. Its bytes are written in their order, one call at a time, with no lock held. The sinks of one file, one after another,
 * share it: what it took stays taken. */
struct sink_stream {
    /* Hands over `size` bytes; on failure *taken says how many of them the stream took all the same. */
    HRESULT (*write)(struct sink_stream *stream, const void *data, size_t size, size_t *taken);
    void (*destroy)(struct sink_stream *stream); /* on any thread of ours, no lock held */
    _Atomic uint32_t references;                 /* 1 when made */
    /* The sinks': zero when made. */
    struct lock lock;
    struct condition idle;
    bool is_busy;              /* a write is under way, perhaps of a sink that was revoked meanwhile */
    _Atomic uint64_t position; /* bytes that it took */
};
void sink_stream_addref(struct sink_stream *stream);
void sink_stream_release(struct sink_stream *stream); /* NULL is allowed */
/* It has bytes, or is being given the first. */
bool sink_stream_has_begun(struct sink_stream *stream);
/* Takes a reference of its own. Bytes that the stream has already are passed over: they are those of the same version, or nobody may begin again. A write in front
 * of a gap is DO_E_FATAL_CORE_ERROR. */
HRESULT sink_stream_create(struct sink_stream *stream, struct sink **sink);

/* When the file, which nobody has open, was written last, as its disk tells it; what anybody writes later changes that. 0: it is open, or nobody knows. */
uint64_t sink_written_at(struct sink *sink);
/* A failure has shown that what was written cannot be continued: an opening did not find the file, or found another one or one that was changed; or a write, or the end of the
 * file, failed in a way that leaves nothing certain. Any other failure to open it says nothing about the file. Never of a stream. */
bool sink_has_lost(struct sink *sink);
/* There may be a temporary file by now that is ours. */
bool sink_has_file(struct sink *sink);
/* Which one (file_ops); 0: not known. */
uint64_t sink_identity(struct sink *sink);
void sink_addref(struct sink *sink);
void sink_release(struct sink *sink); /* the last one closes the file */

uint32_t sink_generation(struct sink *sink);
/* Opens the file if that has not happened, then writes all of it. SINK_REVOKED, or the file's HRESULT. */
HRESULT sink_write(struct sink *sink, uint32_t generation, uint64_t offset, const void *data, size_t size);
/* All bytes are there: sets the length to `size` (creating an empty file for 0 bytes), the times when last_modified
 * is not 0 (those of now where the disk refuses them), flushes, closes. The content cannot be written any more. SINK_REVOKED, or the file's HRESULT. */
HRESULT sink_finish(struct sink *sink, uint32_t generation, uint64_t size, uint64_t last_modified);
/* It has succeeded, or may still for that generation. */
bool sink_may_finish(struct sink *sink, uint32_t generation);
/* Makes what was written so far durable, for a checkpoint. S_FALSE when nothing is open; a failure when it was closed without that. */
HRESULT sink_flush(struct sink *sink);
/* No write of the generations so far succeeds any more; the file is flushed if `flush`, and closed. The next write
 * reopens it with its content kept. Returns the flush's HRESULT. */
HRESULT sink_revoke(struct sink *sink, bool flush);

#endif
