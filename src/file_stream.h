/* A client's IStream as the place where a file's bytes go: behind transfer's sink_stream. Of its methods only Write is called. */
#ifndef DOSVC_FILE_STREAM_H
#define DOSVC_FILE_STREAM_H

#include "sink.h"

#include <windows.h>
#include <unknwn.h>

/* Borrows `object`, returns new. E_NOINTERFACE when it does not answer IStream. */
HRESULT file_stream_create(IUnknown *object, struct sink_stream **stream);
/* The interface as the calling thread's apartment may use it. Returns new. `stream` is one that file_stream_create made. */
HRESULT file_stream_interface(struct sink_stream *stream, IUnknown **object);

#endif
