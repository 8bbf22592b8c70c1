#include "fault_file.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>
#include <windows.h>

/* What the code under test holds as a `struct file`. */
struct fault_open {
    struct file *real;
    wchar_t *path;
};

static atomic_uint open_files;

static struct file_ops *real(void)
{
    return file_ops_system();
}

static HRESULT enter(struct fault_disk_call *call)
{
    return fault_disk_enter(call) == SQLITE_OK ? S_OK : HRESULT_OF_WIN32(GetLastError());
}

static HRESULT leave(const struct fault_disk_call *call, HRESULT hr)
{
    return fault_disk_leave(call) ? hr : HRESULT_OF_WIN32(ERROR_GEN_FAILURE);
}

static struct fault_open *opened(struct file *file)
{
    return (struct fault_open *)file;
}

static void wrap(struct file *inner, const char16_t *path, struct file **file)
{
    struct fault_open *wrapped = malloc(sizeof(*wrapped));
    *wrapped = (struct fault_open){inner, _wcsdup(path)};
    open_files++;
    *file = (struct file *)wrapped;
}

static HRESULT fault_check_targets(struct file_ops *ops, const char16_t *const *paths, size_t count,
                                   uint64_t *directories, size_t *failed)
{
    struct fault_disk_call call;
    (void)ops;
    *failed = 0;
    HRESULT hr = enter(&call);
    return FAILED(hr) ? hr : leave(&call, real()->check_targets(real(), paths, count, directories, failed));
}

static void fault_close(struct file_ops *ops, struct file *file)
{
    (void)ops;
    if (!file)
        return;
    real()->close(real(), opened(file)->real);
    free(opened(file)->path);
    free(file);
    open_files--;
}

/* An opening at which the power goes has given nothing. */
static HRESULT leave_opening(const struct fault_disk_call *call, struct file **file)
{
    if (fault_disk_leave(call))
        return S_OK;
    fault_close(NULL, *file);
    *file = NULL;
    return HRESULT_OF_WIN32(ERROR_GEN_FAILURE);
}

static HRESULT fault_create(struct file_ops *ops, const char16_t *path, uint64_t directory, bool is_ours,
                            struct file **file)
{
    struct fault_disk_call call;
    struct file *inner;
    (void)ops;
    *file = NULL;
    HRESULT hr = enter(&call);
    if (FAILED(hr))
        return hr;
    if (GetFileAttributesW(path) == INVALID_FILE_ATTRIBUTES)
        fault_disk_remember_creation(path);
    else
        fault_disk_remember_size(path, 0);
    hr = real()->create(real(), path, directory, is_ours, &inner);
    if (FAILED(hr))
        return leave(&call, hr);
    wrap(inner, path, file);
    return leave_opening(&call, file);
}

static HRESULT fault_open(struct file_ops *ops, const char16_t *path, uint64_t directory, struct file **file,
                          uint64_t *size)
{
    struct fault_disk_call call;
    struct file *inner;
    (void)ops;
    *file = NULL;
    *size = 0;
    HRESULT hr = enter(&call);
    if (FAILED(hr))
        return hr;
    hr = real()->open(real(), path, directory, &inner, size);
    if (FAILED(hr))
        return leave(&call, hr);
    wrap(inner, path, file);
    return leave_opening(&call, file);
}

static uint64_t fault_identity(struct file_ops *ops, struct file *file)
{
    (void)ops;
    return real()->identity(real(), opened(file)->real);
}

static uint64_t fault_identity_of(struct file_ops *ops, const char16_t *path)
{
    (void)ops;
    return real()->identity_of(real(), path);
}

static uint64_t fault_written_at(struct file_ops *ops, struct file *file)
{
    (void)ops;
    return real()->written_at(real(), opened(file)->real);
}

static HRESULT fault_write_at(struct file_ops *ops, struct file *file, uint64_t offset, const void *data, size_t size)
{
    struct fault_disk_call call;
    (void)ops;
    HRESULT hr = enter(&call);
    if (FAILED(hr))
        return hr;
    fault_disk_remember_write(opened(file)->path, offset, data, size);
    if (fault_disk_dies_inside(&call)) {
        (void)real()->write_at(real(), opened(file)->real, offset, data, size / 2);
        fault_disk_die();
    }
    return leave(&call, real()->write_at(real(), opened(file)->real, offset, data, size));
}

/* When the power goes in it, a flush has done nothing. */
static HRESULT fault_flush(struct file_ops *ops, struct file *file)
{
    struct fault_disk_call call;
    (void)ops;
    HRESULT hr = enter(&call);
    if (FAILED(hr))
        return hr;
    if (!call.is_last)
        fault_disk_forget(opened(file)->path);
    return leave(&call, real()->flush(real(), opened(file)->real));
}

static HRESULT fault_set_times(struct file_ops *ops, struct file *file, uint64_t time)
{
    struct fault_disk_call call;
    (void)ops;
    HRESULT hr = enter(&call);
    return FAILED(hr) ? hr : leave(&call, real()->set_times(real(), opened(file)->real, time));
}

static HRESULT fault_set_size(struct file_ops *ops, struct file *file, uint64_t size)
{
    struct fault_disk_call call;
    (void)ops;
    HRESULT hr = enter(&call);
    if (FAILED(hr))
        return hr;
    fault_disk_remember_size(opened(file)->path, size);
    return leave(&call, real()->set_size(real(), opened(file)->real, size));
}

/* Its middle: the file is no longer hidden, and has its old name. */
static HRESULT fault_deliver(struct file_ops *ops, struct deliveries **shared, const char16_t *temporary,
                             const char16_t *target, const struct closed_file *closed)
{
    struct fault_disk_call call;
    (void)ops;
    HRESULT hr = enter(&call);
    if (FAILED(hr))
        return hr;
    if (fault_disk_dies_inside(&call)) {
        SetFileAttributesW(temporary, FILE_ATTRIBUTE_NORMAL);
        fault_disk_die();
    }
    hr = real()->deliver(real(), shared, temporary, target, closed);
    if (SUCCEEDED(hr))
        fault_disk_renamed(temporary, target);
    return leave(&call, hr);
}

static void pass_end_deliveries(struct file_ops *ops, struct deliveries *shared)
{
    (void)ops;
    real()->end_deliveries(real(), shared);
}

static HRESULT fault_remove(struct file_ops *ops, const char16_t *path)
{
    struct fault_disk_call call;
    (void)ops;
    HRESULT hr = enter(&call);
    if (FAILED(hr))
        return hr;
    hr = real()->remove(real(), path);
    if (SUCCEEDED(hr))
        fault_disk_forget(path);
    return leave(&call, hr);
}

static HRESULT fault_size_of(struct file_ops *ops, const char16_t *path, uint64_t *size, uint64_t *written_at)
{
    struct fault_disk_call call;
    (void)ops;
    *size = *written_at = 0;
    HRESULT hr = enter(&call);
    return FAILED(hr) ? hr : leave(&call, real()->size_of(real(), path, size, written_at));
}

/* What is only asked is no step at which anything can be lost. */
static HRESULT pass_free_space(struct file_ops *ops, const char16_t *path, uint64_t *size)
{
    (void)ops;
    return real()->free_space(real(), path, size);
}

struct file_ops *fault_file_ops(void)
{
    static struct file_ops ops = {
        .check_targets = fault_check_targets,
        .create = fault_create,
        .open = fault_open,
        .identity = fault_identity,
        .identity_of = fault_identity_of,
        .written_at = fault_written_at,
        .write_at = fault_write_at,
        .flush = fault_flush,
        .set_times = fault_set_times,
        .set_size = fault_set_size,
        .close = fault_close,
        .deliver = fault_deliver,
        .end_deliveries = pass_end_deliveries,
        .remove = fault_remove,
        .size_of = fault_size_of,
        .free_space = pass_free_space,
    };
    return &ops;
}

unsigned fault_file_open_count(void)
{
    return open_files;
}
