#include "recording_stream.h"

#include "test_environment.h"

#include <stdlib.h>
#include <string.h>

static struct recording_stream *stream_of(IStream *iface)
{
    return CONTAINING_RECORD(iface, struct recording_stream, iface);
}

static HRESULT fault(IStream *iface)
{
    stream_of(iface)->faults++;
    return E_UNEXPECTED;
}

static HRESULT STDMETHODCALLTYPE stream_QueryInterface(IStream *iface, REFIID iid, void **object)
{
    bool is_own =
        IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_ISequentialStream) || IsEqualIID(iid, &IID_IStream);
    *object = is_own ? iface : NULL;
    if (is_own)
        IStream_AddRef(iface);
    return is_own ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE stream_AddRef(IStream *iface)
{
    return (ULONG)++stream_of(iface)->references;
}

static ULONG STDMETHODCALLTYPE stream_Release(IStream *iface)
{
    return (ULONG)--stream_of(iface)->references;
}

static HRESULT STDMETHODCALLTYPE stream_Read(IStream *iface, void *buffer, ULONG size, ULONG *read)
{
    (void)buffer;
    (void)size;
    (void)read;
    return fault(iface);
}

static HRESULT STDMETHODCALLTYPE stream_Write(IStream *iface, const void *data, ULONG size, ULONG *written)
{
    struct recording_stream *self = stream_of(iface);
    self->writes++;
    if (atomic_exchange(&self->is_writing, true))
        self->faults++;
    if (self->gate)
        (void)WaitForSingleObject(self->gate, ENV_LIMIT_MS);
    lock_acquire(&self->lock);
    size_t room = self->fail_at - self->size;
    ULONG taken = size < room ? size : (ULONG)room;
    memcpy(self->bytes + self->size, data, taken);
    self->size += taken;
    lock_release(&self->lock);
    if (!self->tells_nothing)
        *written = taken;
    self->is_writing = false;
    return taken == size ? S_OK : STG_E_MEDIUMFULL;
}

static HRESULT STDMETHODCALLTYPE stream_Seek(IStream *iface, LARGE_INTEGER move, DWORD origin, ULARGE_INTEGER *position)
{
    (void)move;
    (void)origin;
    (void)position;
    return fault(iface);
}

static HRESULT STDMETHODCALLTYPE stream_SetSize(IStream *iface, ULARGE_INTEGER size)
{
    (void)size;
    return fault(iface);
}

static HRESULT STDMETHODCALLTYPE stream_CopyTo(IStream *iface, IStream *other, ULARGE_INTEGER size,
                                               ULARGE_INTEGER *read, ULARGE_INTEGER *written)
{
    (void)other;
    (void)size;
    (void)read;
    (void)written;
    return fault(iface);
}

static HRESULT STDMETHODCALLTYPE stream_Commit(IStream *iface, DWORD flags)
{
    (void)flags;
    return fault(iface);
}

static HRESULT STDMETHODCALLTYPE stream_Revert(IStream *iface)
{
    return fault(iface);
}

static HRESULT STDMETHODCALLTYPE stream_LockRegion(IStream *iface, ULARGE_INTEGER offset, ULARGE_INTEGER size,
                                                   DWORD type)
{
    (void)offset;
    (void)size;
    (void)type;
    return fault(iface);
}

static HRESULT STDMETHODCALLTYPE stream_Stat(IStream *iface, STATSTG *stat, DWORD flags)
{
    (void)stat;
    (void)flags;
    return fault(iface);
}

static HRESULT STDMETHODCALLTYPE stream_Clone(IStream *iface, IStream **clone)
{
    *clone = NULL;
    return fault(iface);
}

static const IStreamVtbl stream_vtable = {
    .QueryInterface = stream_QueryInterface,
    .AddRef = stream_AddRef,
    .Release = stream_Release,
    .Read = stream_Read,
    .Write = stream_Write,
    .Seek = stream_Seek,
    .SetSize = stream_SetSize,
    .CopyTo = stream_CopyTo,
    .Commit = stream_Commit,
    .Revert = stream_Revert,
    .LockRegion = stream_LockRegion,
    .UnlockRegion = stream_LockRegion,
    .Stat = stream_Stat,
    .Clone = stream_Clone,
};

void recording_stream_init(struct recording_stream *stream)
{
    memset(stream, 0, sizeof(*stream));
    stream->iface.lpVtbl = &stream_vtable;
    stream->references = 1;
    stream->fail_at = RECORDING_STREAM_MAX;
    stream->bytes = malloc(RECORDING_STREAM_MAX);
    assert_non_null(stream->bytes);
}

void recording_stream_clear(struct recording_stream *stream)
{
    free(stream->bytes);
    assert_int_equal(stream->references, 1);
    assert_int_equal(stream->faults, 0);
}

size_t recording_stream_size(struct recording_stream *stream)
{
    lock_acquire(&stream->lock);
    size_t size = stream->size;
    lock_release(&stream->lock);
    return size;
}
