/* The methods of IBackgroundCopyError: docs/API.md, "Jobs" (GetError) and "Errors". */
#include "job_error.h"

#include "bits_error.h"
#include "bits_status.h"
#include "error_description.h"
#include "file.h"
#include "log.h"
#include "memory.h"
#include "result.h"

#include "deliveryoptimizationerrors.h"

struct error_object {
    struct com_object object;
    IBackgroundCopyError error_iface;
    struct job *job;        /* a reference of its own */
    struct job_error error; /* these two never change */
    bool is_https;
};

static struct error_object *error_of(IBackgroundCopyError *iface)
{
    return CONTAINING_RECORD(iface, struct error_object, error_iface);
}

COM_UNKNOWN(error, IBackgroundCopyError, struct error_object, error_iface)

/* NULL when the error names none. */
static struct job_file *file_of(const struct error_object *self)
{
    return job_file_numbered(self->job, self->error.file);
}

static HRESULT STDMETHODCALLTYPE error_GetError(IBackgroundCopyError *iface, BG_ERROR_CONTEXT *context, HRESULT *code)
{
    if (!context || !code)
        return E_INVALIDARG;
    *context = bits_error_context(error_of(iface)->error.context);
    *code = error_of(iface)->error.code;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE error_GetFile(IBackgroundCopyError *iface, IBackgroundCopyFile **file)
{
    if (!file)
        return E_INVALIDARG;
    *file = NULL;
    struct job_file *culprit = file_of(error_of(iface));
    return culprit ? file_object_create(culprit, file) : DO_E_FILE_NOT_AVAILABLE;
}

static HRESULT STDMETHODCALLTYPE error_GetErrorDescription(IBackgroundCopyError *iface, DWORD language, WCHAR **text)
{
    if (!text)
        return E_INVALIDARG;
    *text = NULL;
    if (language == 0)
        return E_INVALIDARG;
    return error_description(error_of(iface)->error.code, language, text);
}

static HRESULT STDMETHODCALLTYPE error_GetErrorContextDescription(IBackgroundCopyError *iface, DWORD language,
                                                                  WCHAR **text)
{
    if (!text)
        return E_INVALIDARG;
    *text = NULL;
    if (language == 0)
        return E_INVALIDARG;
    return result_string(bits_error_context_text(error_of(iface)->error.context), text);
}

static HRESULT STDMETHODCALLTYPE error_GetProtocol(IBackgroundCopyError *iface, WCHAR **protocol)
{
    if (!protocol)
        return E_INVALIDARG;
    *protocol = NULL;
    if (!file_of(error_of(iface)))
        return BG_E_PROTOCOL_NOT_AVAILABLE;
    return result_string(error_of(iface)->is_https ? L"https" : L"http", protocol);
}

static const IBackgroundCopyErrorVtbl error_vtable = {
    COM_UNKNOWN_SLOTS(error),
    .GetError = error_GetError,
    .GetFile = error_GetFile,
    .GetErrorDescription = error_GetErrorDescription,
    .GetErrorContextDescription = error_GetErrorContextDescription,
    .GetProtocol = error_GetProtocol,
};

static const struct com_interface error_interfaces[] = {
    {&IID_IUnknown, offsetof(struct error_object, error_iface)},
    {&IID_IBackgroundCopyError, offsetof(struct error_object, error_iface)},
};

static void error_destroy(struct com_object *object)
{
    struct error_object *self = CONTAINING_RECORD(object, struct error_object, object);
    job_release(self->job);
    mem_free(self);
}

static const struct com_class error_class = COM_CLASS(error_interfaces, error_destroy);

HRESULT error_object_create(struct job *job, const struct job_error *error, IBackgroundCopyError **object)
{
    *object = NULL;
    struct error_object *self = mem_alloc(sizeof(*self));
    if (!self)
        return log_failure(LOG_COM, E_OUTOFMEMORY, L"cannot hand out an error");
    self->error_iface.lpVtbl = &error_vtable;
    job_addref(job);
    self->job = job;
    self->error = *error;
    self->is_https = file_of(self) && job_file_failed_over_https(file_of(self));
    com_object_init(&self->object, &error_class);
    *object = &self->error_iface;
    return S_OK;
}
