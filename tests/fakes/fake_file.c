#include "fake_file.h"

#include <string.h>

#include <winerror.h>

/* The one file; what open gives back is the fake itself. */
static struct fake_file *fake_of(struct file_ops *ops)
{
    return (struct fake_file *)ops;
}

static HRESULT count(struct fake_file *fake, enum fake_file_call call) REQUIRES(fake->lock)
{
    fake->calls[call]++;
    return fake->fail[call];
}

static HRESULT check_directory(const struct fake_file *fake, uint64_t directory)
{
    bool is_another = directory && fake->directory && directory != fake->directory;
    return is_another ? HRESULT_OF_WIN32(ERROR_DIRECTORY) : S_OK;
}

static HRESULT fake_check(struct file_ops *ops, const char16_t *const *paths, size_t count_of_paths,
                          uint64_t *directories, size_t *failed)
{
    struct fake_file *fake = fake_of(ops);
    (void)paths;
    *failed = 0;
    for (size_t i = 0; i < count_of_paths; i++)
        directories[i] = fake->directory;
    lock_acquire(&fake->lock);
    HRESULT hr = count(fake, FAKE_FILE_CHECK);
    lock_release(&fake->lock);
    return hr;
}

static HRESULT fake_create(struct file_ops *ops, const char16_t *path, uint64_t directory, bool is_ours,
                           struct file **file)
{
    struct fake_file *fake = fake_of(ops);
    (void)path;
    *file = NULL;
    lock_acquire(&fake->lock);
    HRESULT hr = check_directory(fake, directory);
    if (SUCCEEDED(hr))
        hr = count(fake, FAKE_FILE_CREATE);
    if (SUCCEEDED(hr) && fake->exists && !is_ours)
        hr = HRESULT_OF_WIN32(ERROR_FILE_EXISTS);
    if (SUCCEEDED(hr)) {
        fake->exists = true;
        fake->size = 0;
        fake->open_count++;
        *file = (struct file *)fake;
    }
    lock_release(&fake->lock);
    return hr;
}

static HRESULT fake_open(struct file_ops *ops, const char16_t *path, uint64_t directory, struct file **file,
                         uint64_t *size)
{
    struct fake_file *fake = fake_of(ops);
    (void)path;
    *file = NULL;
    *size = 0;
    lock_acquire(&fake->lock);
    HRESULT hr = check_directory(fake, directory);
    if (SUCCEEDED(hr))
        hr = count(fake, FAKE_FILE_OPEN);
    if (SUCCEEDED(hr) && !fake->exists)
        hr = HRESULT_OF_WIN32(ERROR_FILE_NOT_FOUND);
    if (SUCCEEDED(hr)) {
        *size = fake->size;
        fake->open_count++;
        *file = (struct file *)fake;
    }
    lock_release(&fake->lock);
    return hr;
}

static uint64_t fake_identity(struct file_ops *ops, struct file *file)
{
    (void)file;
    return fake_of(ops)->identity;
}

static uint64_t fake_identity_of(struct file_ops *ops, const char16_t *path)
{
    (void)path;
    return fake_of(ops)->exists ? fake_of(ops)->identity : 0;
}

static uint64_t fake_written_at(struct file_ops *ops, struct file *file)
{
    (void)file;
    return fake_of(ops)->time;
}

static HRESULT fake_write_at(struct file_ops *ops, struct file *file, uint64_t offset, const void *data, size_t size)
{
    struct fake_file *fake = fake_of(ops);
    (void)file;
    lock_acquire(&fake->lock);
    HRESULT hr = count(fake, FAKE_FILE_WRITE);
    lock_release(&fake->lock);
    if (fake->on_write)
        fake->on_write(fake->context);
    if (FAILED(hr))
        return hr;
    lock_acquire(&fake->lock);
    if (offset > fake->size && fake->size < FAKE_FILE_KEPT)
        memset(fake->content + fake->size, 0, (size_t)(offset < FAKE_FILE_KEPT ? offset : FAKE_FILE_KEPT) - fake->size);
    if (offset < FAKE_FILE_KEPT)
        memcpy(fake->content + offset, data, size < FAKE_FILE_KEPT - offset ? size : (size_t)(FAKE_FILE_KEPT - offset));
    if (offset + size > fake->size)
        fake->size = offset + size;
    fake->time = ++fake->now;
    fake->written += size;
    lock_release(&fake->lock);
    return S_OK;
}

static HRESULT fake_flush(struct file_ops *ops, struct file *file)
{
    struct fake_file *fake = fake_of(ops);
    (void)file;
    lock_acquire(&fake->lock);
    HRESULT hr = count(fake, FAKE_FILE_FLUSH);
    if (SUCCEEDED(hr)) {
        fake->flushed = fake->written;
        fake->flushed_time = fake->time;
    }
    lock_release(&fake->lock);
    return hr;
}

static HRESULT fake_set_times(struct file_ops *ops, struct file *file, uint64_t time)
{
    struct fake_file *fake = fake_of(ops);
    (void)file;
    lock_acquire(&fake->lock);
    HRESULT hr = count(fake, FAKE_FILE_SET_TIMES);
    if (SUCCEEDED(hr) && time && time < fake->earliest)
        hr = HRESULT_OF_WIN32(ERROR_INVALID_PARAMETER);
    if (SUCCEEDED(hr))
        fake->time = time ? time : ++fake->now;
    lock_release(&fake->lock);
    return hr;
}

static HRESULT fake_set_size(struct file_ops *ops, struct file *file, uint64_t size)
{
    struct fake_file *fake = fake_of(ops);
    (void)file;
    lock_acquire(&fake->lock);
    HRESULT hr = count(fake, FAKE_FILE_SET_SIZE);
    if (SUCCEEDED(hr))
        fake->size = size;
    lock_release(&fake->lock);
    return hr;
}

static void fake_close(struct file_ops *ops, struct file *file)
{
    struct fake_file *fake = fake_of(ops);
    if (!file)
        return;
    lock_acquire(&fake->lock);
    fake->calls[FAKE_FILE_CLOSE]++;
    fake->open_count--;
    lock_release(&fake->lock);
}

static HRESULT fake_deliver(struct file_ops *ops, struct deliveries **shared, const char16_t *temporary,
                            const char16_t *target, const struct closed_file *closed)
{
    struct fake_file *fake = fake_of(ops);
    (void)shared;
    (void)temporary;
    (void)target;
    lock_acquire(&fake->lock);
    HRESULT hr = check_directory(fake, closed->directory);
    if (SUCCEEDED(hr))
        hr = count(fake, FAKE_FILE_DELIVER);
    lock_release(&fake->lock);
    return hr;
}

static void fake_end_deliveries(struct file_ops *ops, struct deliveries *shared)
{
    (void)ops;
    (void)shared;
}

static HRESULT fake_remove(struct file_ops *ops, const char16_t *path)
{
    struct fake_file *fake = fake_of(ops);
    (void)path;
    lock_acquire(&fake->lock);
    HRESULT hr = count(fake, FAKE_FILE_REMOVE);
    if (SUCCEEDED(hr)) {
        hr = fake->exists ? S_OK : S_FALSE;
        fake->exists = false;
    }
    lock_release(&fake->lock);
    return hr;
}

static HRESULT fake_size_of(struct file_ops *ops, const char16_t *path, uint64_t *size, uint64_t *written_at)
{
    struct fake_file *fake = fake_of(ops);
    (void)path;
    *size = *written_at = 0;
    lock_acquire(&fake->lock);
    HRESULT hr = count(fake, FAKE_FILE_SIZE_OF);
    if (SUCCEEDED(hr) && !fake->exists)
        hr = HRESULT_OF_WIN32(ERROR_FILE_NOT_FOUND);
    if (SUCCEEDED(hr)) {
        *size = fake->size;
        *written_at = fake->time;
    }
    lock_release(&fake->lock);
    return hr;
}

static HRESULT fake_free_space(struct file_ops *ops, const char16_t *path, uint64_t *size)
{
    struct fake_file *fake = fake_of(ops);
    (void)path;
    lock_acquire(&fake->lock);
    HRESULT hr = count(fake, FAKE_FILE_FREE_SPACE);
    *size = fake->free_space;
    lock_release(&fake->lock);
    return hr;
}

void fake_file_init(struct fake_file *fake)
{
    memset(fake, 0, sizeof(*fake));
    fake->ops = (struct file_ops){
        .check_targets = fake_check,
        .create = fake_create,
        .open = fake_open,
        .identity = fake_identity,
        .identity_of = fake_identity_of,
        .written_at = fake_written_at,
        .write_at = fake_write_at,
        .flush = fake_flush,
        .set_times = fake_set_times,
        .set_size = fake_set_size,
        .close = fake_close,
        .deliver = fake_deliver,
        .end_deliveries = fake_end_deliveries,
        .remove = fake_remove,
        .size_of = fake_size_of,
        .free_space = fake_free_space,
    };
    fake->free_space = UINT64_MAX;
}
