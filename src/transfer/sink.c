#include "sink_kind.h"

bool sink_is_in_use(HRESULT hr)
{
    return hr == HRESULT_OF_WIN32(ERROR_SHARING_VIOLATION) || hr == HRESULT_OF_WIN32(ERROR_LOCK_VIOLATION) ||
           hr == HRESULT_OF_WIN32(ERROR_USER_MAPPED_FILE);
}

bool sink_failure_passes(HRESULT hr)
{
    return sink_is_in_use(hr) || hr == E_OUTOFMEMORY || hr == HRESULT_OF_WIN32(ERROR_NOT_ENOUGH_MEMORY) ||
           hr == HRESULT_OF_WIN32(ERROR_NO_SYSTEM_RESOURCES);
}

bool sink_is_away(HRESULT hr)
{
    return hr == HRESULT_OF_WIN32(ERROR_PATH_NOT_FOUND) || hr == HRESULT_OF_WIN32(ERROR_DIRECTORY) ||
           hr == HRESULT_OF_WIN32(ERROR_NOT_READY) || hr == HRESULT_OF_WIN32(ERROR_BAD_NETPATH) ||
           hr == HRESULT_OF_WIN32(ERROR_BAD_NET_NAME);
}

void sink_init(struct sink *sink, const struct sink_kind *kind)
{
    sink->kind = kind;
    atomic_init(&sink->references, 1);
}

bool sink_is_current(const struct sink *sink, uint32_t generation)
{
    return !sink->is_finished && atomic_load(&sink->generation) == generation;
}

void sink_addref(struct sink *sink)
{
    atomic_fetch_add(&sink->references, 1);
}

void sink_release(struct sink *sink)
{
    if (atomic_fetch_sub(&sink->references, 1) == 1)
        sink->kind->destroy(sink);
}

uint32_t sink_generation(struct sink *sink)
{
    return atomic_load(&sink->generation);
}

void sink_expect(struct sink *sink, uint64_t size)
{
    atomic_store(&sink->expected, size);
}

HRESULT sink_write(struct sink *sink, uint32_t generation, uint64_t offset, const void *data, size_t size)
{
    return sink->kind->write(sink, generation, offset, data, size);
}

HRESULT sink_finish(struct sink *sink, uint32_t generation, uint64_t size, uint64_t last_modified)
{
    HRESULT hr = SINK_REVOKED;
    lock_acquire(&sink->lock);
    if (sink_is_current(sink, generation)) {
        hr = sink->kind->finish(sink, size, last_modified);
        sink->is_finished = SUCCEEDED(hr);
    }
    lock_release(&sink->lock);
    return hr;
}

bool sink_may_finish(struct sink *sink, uint32_t generation)
{
    return sink->is_finished || atomic_load(&sink->generation) == generation;
}

HRESULT sink_flush(struct sink *sink)
{
    return sink->kind->flush(sink);
}

uint64_t sink_written_at(struct sink *sink)
{
    return atomic_load(&sink->written_at);
}

bool sink_has_lost(struct sink *sink)
{
    return atomic_load(&sink->has_lost);
}

bool sink_has_file(struct sink *sink)
{
    return atomic_load(&sink->has_file);
}

uint64_t sink_identity(struct sink *sink)
{
    return atomic_load(&sink->identity);
}

HRESULT sink_revoke(struct sink *sink, bool flush)
{
    lock_acquire(&sink->lock);
    atomic_fetch_add(&sink->generation, 1);
    HRESULT hr = sink->kind->revoked(sink, flush);
    lock_release(&sink->lock);
    return hr;
}
