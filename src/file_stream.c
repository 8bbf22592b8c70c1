/* A client's IStream as the place of a file's bytes: docs/API.md, "Properties of a file". */
#include "file_stream.h"

#include "interface_table.h"
#include "log.h"
#include "memory.h"

#include <objbase.h>

struct file_stream {
    struct sink_stream base;
    struct kept_interface kept;
};

static struct file_stream *stream_of(struct sink_stream *base)
{
    return CONTAINING_RECORD(base, struct file_stream, base);
}

/* A client may leave the count of written bytes alone: after a success that means all of them. */
static HRESULT write_all(IStream *stream, const void *data, size_t size, size_t *taken)
{
    while (*taken < size) {
        ULONG left = (ULONG)(size - *taken), written = 0;
        HRESULT hr = IStream_Write(stream, (const BYTE *)data + *taken, left, &written);
        if (written > left || (SUCCEEDED(hr) && written == 0))
            written = SUCCEEDED(hr) ? left : 0;
        *taken += written;
        if (FAILED(hr))
            return hr;
    }
    return S_OK;
}

/* On a worker thread, which belongs to no apartment of its own. */
static HRESULT stream_write(struct sink_stream *base, const void *data, size_t size, size_t *taken)
{
    IStream *stream;
    *taken = 0;
    HRESULT hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (FAILED(hr))
        return log_failure(LOG_COM, hr, L"cannot enter COM");
    hr = interface_table_fetch(&stream_of(base)->kept, &IID_IStream, (void **)&stream);
    if (SUCCEEDED(hr)) {
        hr = write_all(stream, data, size, taken);
        IStream_Release(stream);
    }
    CoUninitialize();
    return hr;
}

static void stream_destroy(struct sink_stream *base)
{
    struct file_stream *self = stream_of(base);
    HRESULT hr = CoInitializeEx(NULL, COINIT_MULTITHREADED); /* a client's own apartment will do as well */
    interface_table_forget(&self->kept);
    if (SUCCEEDED(hr))
        CoUninitialize();
    mem_free(self);
}

HRESULT file_stream_create(IUnknown *object, struct sink_stream **stream)
{
    *stream = NULL;
    IStream *typed;
    HRESULT hr = IUnknown_QueryInterface(object, &IID_IStream, (void **)&typed);
    if (FAILED(hr))
        return log_failure(LOG_COM, E_NOINTERFACE, L"no stream, its owner says %08lX", hr);
    struct file_stream *self = mem_alloc(sizeof(*self));
    hr = self ? interface_table_keep((IUnknown *)typed, &IID_IStream, &self->kept)
              : log_failure(LOG_COM, E_OUTOFMEMORY, L"cannot keep a stream");
    IStream_Release(typed); /* the table holds what it needs */
    if (!self || FAILED(hr)) {
        mem_free(self);
        return hr;
    }
    self->base.write = stream_write;
    self->base.destroy = stream_destroy;
    atomic_init(&self->base.references, 1);
    *stream = &self->base;
    return S_OK;
}

HRESULT file_stream_interface(struct sink_stream *stream, IUnknown **object)
{
    return interface_table_fetch(&stream_of(stream)->kept, &IID_IUnknown, (void **)object);
}
