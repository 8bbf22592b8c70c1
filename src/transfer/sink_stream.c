/* The sink that is a client's stream. The client may take its time in a write: nothing waits for it but the next write. */
#include "sink_kind.h"

#include "log.h"
#include "memory.h"

#include "deliveryoptimizationerrors.h"

struct stream_sink {
    struct sink base;
    struct sink_stream *stream;
};

static struct sink_stream *stream_of(struct sink *sink)
{
    return ((struct stream_sink *)sink)->stream;
}

void sink_stream_addref(struct sink_stream *stream)
{
    atomic_fetch_add(&stream->references, 1);
}

void sink_stream_release(struct sink_stream *stream)
{
    if (stream && atomic_fetch_sub(&stream->references, 1) == 1)
        stream->destroy(stream);
}

bool sink_stream_has_begun(struct sink_stream *stream)
{
    lock_acquire(&stream->lock);
    bool has_begun = stream->is_busy || stream->position > 0;
    lock_release(&stream->lock);
    return has_begun;
}

/* Waits until no other write is under way, then claims the stream. Revoking a sink wakes who waits in it. */
static HRESULT enter(struct sink *sink, uint32_t generation, uint64_t offset)
{
    struct sink_stream *stream = stream_of(sink);
    HRESULT hr = S_OK;
    lock_acquire(&stream->lock);
    while (stream->is_busy && sink_is_current(sink, generation))
        condition_wait(&stream->idle, &stream->lock, UINT64_MAX);
    if (!sink_is_current(sink, generation))
        hr = SINK_REVOKED;
    else if (offset > stream->position)
        hr = log_failure(LOG_TRANSFER, DO_E_FATAL_CORE_ERROR, L"bytes for a stream do not come in order");
    else
        stream->is_busy = true;
    lock_release(&stream->lock);
    return hr;
}

static void leave(struct sink_stream *stream, size_t taken)
{
    lock_acquire(&stream->lock);
    stream->position += taken;
    stream->is_busy = false;
    condition_wake_all(&stream->idle);
    lock_release(&stream->lock);
}

static HRESULT write_stream(struct sink *sink, uint32_t generation, uint64_t offset, const void *data, size_t size)
{
    struct sink_stream *stream = stream_of(sink);
    HRESULT hr = enter(sink, generation, offset);
    if (FAILED(hr))
        return hr;
    uint64_t known = stream->position - offset; /* only who has claimed the stream moves it */
    size_t passed = known < size ? (size_t)known : size;
    size_t taken = 0;
    if (passed < size)
        hr = stream->write(stream, (const uint8_t *)data + passed, size - passed, &taken);
    leave(stream, taken);
    return FAILED(hr) ? log_failure(LOG_TRANSFER, hr, L"a client's stream takes no more") : S_OK;
}

static HRESULT finish_stream(struct sink *sink, uint64_t size, uint64_t last_modified)
{
    (void)last_modified;
    if (stream_of(sink)->position == size)
        return S_OK;
    return log_failure(LOG_TRANSFER, DO_E_FATAL_CORE_ERROR, L"a stream has %llu bytes of %llu",
                       (unsigned long long)stream_of(sink)->position, (unsigned long long)size);
}

static HRESULT flush_stream(struct sink *sink)
{
    (void)sink;
    return S_FALSE;
}

static HRESULT revoke_stream(struct sink *sink, bool flush)
{
    struct sink_stream *stream = stream_of(sink);
    (void)flush;
    lock_acquire(&stream->lock);
    condition_wake_all(&stream->idle);
    lock_release(&stream->lock);
    return S_OK;
}

static void destroy_stream(struct sink *sink)
{
    sink_stream_release(stream_of(sink));
    mem_free(sink);
}

HRESULT sink_stream_create(struct sink_stream *stream, struct sink **sink)
{
    static const struct sink_kind stream_kind = {write_stream, finish_stream, flush_stream, revoke_stream,
                                                 destroy_stream};
    *sink = NULL;
    struct stream_sink *made = mem_alloc(sizeof(*made));
    if (!made)
        return log_failure(LOG_TRANSFER, E_OUTOFMEMORY, L"cannot make the sink of a stream");
    sink_init(&made->base, &stream_kind);
    sink_stream_addref(stream);
    made->stream = stream;
    *sink = &made->base;
    return S_OK;
}
