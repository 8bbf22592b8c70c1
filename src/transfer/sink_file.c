/* The sink that is a temporary file. */
#include "sink_kind.h"

#include "log.h"
#include "memory.h"
#include "utf16.h"

#include "deliveryoptimizationerrors.h"

#define DISK_QUOTA_EXCEEDED 1295u /* ERROR_DISK_QUOTA_EXCEEDED, which MinGW does not have */

struct file_sink {
    struct sink base;
    struct file_ops *ops;
    char16_t *path;
    struct file *file;   /* NULL while it is not open */
    HRESULT closed_with; /* a failure: some of what was written before it was closed last is perhaps not on the disk */
    enum sink_former former;
    uint64_t minimum_size;      /* of a file that is continued */
    _Atomic uint64_t directory; /* that it must lie in; 0: any */
    _Atomic uint64_t end;       /* of the file as far as we know: what it had when opened, and what we wrote */
};

static struct file_sink *file_of(struct sink *sink)
{
    return (struct file_sink *)sink;
}

/* Of an opening: the file is gone, or what bears its name is another one. Whatever else keeps it from being opened (a network, a right, another program), it may still be
 * as it was closed. */
static bool shows_loss(HRESULT hr)
{
    return hr == HRESULT_OF_WIN32(ERROR_FILE_NOT_FOUND) || hr == HRESULT_OF_WIN32(ERROR_FILE_EXISTS) ||
           hr == HRESULT_OF_WIN32(ERROR_FILE_INVALID) || hr == DO_E_HTTP_BLOCKSIZE_MISMATCH ||
           hr == HRESULT_OF_WIN32(ERROR_CANT_RESOLVE_FILENAME) || hr == HRESULT_OF_WIN32(ERROR_TOO_MANY_LINKS);
}

/* Of a write, or of the end of the file: more was refused, but what the disk took before is sound. After any other failure nothing about the file is certain. */
static bool leaves_sound(HRESULT hr)
{
    return sink_failure_passes(hr) || sink_is_away(hr) || hr == E_ACCESSDENIED ||
           hr == HRESULT_OF_WIN32(ERROR_HANDLE_DISK_FULL) || hr == HRESULT_OF_WIN32(ERROR_DISK_FULL) ||
           hr == HRESULT_OF_WIN32(DISK_QUOTA_EXCEEDED);
}

static void note_loss(struct file_sink *sink, bool is_lost)
{
    if (is_lost)
        atomic_store(&sink->base.has_lost, true);
}

static HRESULT opening_failed(const struct file_sink *sink, HRESULT hr, const wchar_t *what)
{
    if (hr == HRESULT_OF_WIN32(ERROR_DIRECTORY))
        return log_failure(LOG_TRANSFER, hr, L"the folder of %ls is another one now", sink->path);
    return log_failure(LOG_TRANSFER, hr, L"cannot %ls %ls", what, sink->path);
}

/* Is it the file that was closed, or could it be? One that took its place is somebody else's. */
static HRESULT check_kept(struct file_sink *sink, uint64_t identity, uint64_t size, uint64_t written_at)
    REQUIRES(sink->base.lock)
{
    uint64_t known = atomic_load(&sink->base.identity);
    uint64_t expected = atomic_load(&sink->base.written_at);
    if (known && identity != known)
        return log_failure(LOG_TRANSFER, HRESULT_OF_WIN32(ERROR_FILE_EXISTS), L"%ls has been replaced", sink->path);
    if (size < sink->minimum_size)
        return log_failure(LOG_TRANSFER, DO_E_HTTP_BLOCKSIZE_MISMATCH, L"%ls has %llu bytes, not the %llu it had",
                           sink->path, (unsigned long long)size, (unsigned long long)sink->minimum_size);
    if (expected && written_at != expected)
        return log_failure(LOG_TRANSFER, HRESULT_OF_WIN32(ERROR_FILE_INVALID), L"%ls has been altered", sink->path);
    return S_OK;
}

static HRESULT open_kept(struct file_sink *sink) REQUIRES(sink->base.lock)
{
    struct file *file;
    uint64_t size;
    HRESULT hr = sink->ops->open(sink->ops, sink->path, sink->directory, &file, &size);
    if (FAILED(hr))
        return opening_failed(sink, hr, L"continue");
    uint64_t identity = sink->ops->identity(sink->ops, file);
    hr = check_kept(sink, identity, size, sink->ops->written_at(sink->ops, file));
    if (FAILED(hr)) {
        sink->ops->close(sink->ops, file);
        return hr;
    }
    sink->file = file;
    atomic_store(&sink->base.identity, identity);
    atomic_store(&sink->base.written_at, 0);
    atomic_store(&sink->base.has_file, true);
    atomic_store(&sink->end, size);
    return S_OK;
}

static HRESULT check_room(struct file_sink *sink)
{
    uint64_t expected = atomic_load(&sink->base.expected), room;
    if (expected <= SINK_SMALL || FAILED(sink->ops->free_space(sink->ops, sink->path, &room)) || room >= expected)
        return S_OK;
    return log_failure(LOG_TRANSFER, HRESULT_OF_WIN32(ERROR_DISK_FULL),
                       L"%llu bytes are to come, %ls has room for %llu", (unsigned long long)expected, sink->path,
                       (unsigned long long)room);
}

/* What bears the name is ours, as far as can be known. */
static bool is_ours(struct file_sink *sink) REQUIRES(sink->base.lock)
{
    if (sink->former != SINK_OURS)
        return false;
    uint64_t known = atomic_load(&sink->base.identity);
    uint64_t found = known ? sink->ops->identity_of(sink->ops, sink->path) : 0;
    return !found || found == known;
}

static HRESULT open_new(struct file_sink *sink) REQUIRES(sink->base.lock)
{
    HRESULT hr = sink->ops->create(sink->ops, sink->path, sink->directory, is_ours(sink), &sink->file);
    if (FAILED(hr))
        return opening_failed(sink, hr, L"create");
    atomic_store(&sink->base.has_file, true);
    atomic_store(&sink->base.identity, sink->ops->identity(sink->ops, sink->file));
    atomic_store(&sink->end, 0);
    sink->former = SINK_CONTINUED; /* by whoever opens it again */
    return S_OK;
}

static HRESULT open_file(struct file_sink *sink) REQUIRES(sink->base.lock)
{
    if (sink->file)
        return S_OK;
    HRESULT hr = check_room(sink);
    if (FAILED(hr))
        return hr;
    hr = sink->former == SINK_CONTINUED ? open_kept(sink) : open_new(sink);
    note_loss(sink, shows_loss(hr));
    return hr;
}

/* What was written is dated for good, so that what anybody writes later shows. Before the flush, which makes that durable, too. Gives the time that the disk
 * tells then: one that takes no time of before 1980 gets the present one, one that refuses that as well has no times to go by. */
static uint64_t date_file(struct file_sink *sink, uint64_t time) REQUIRES(sink->base.lock)
{
    HRESULT hr = sink->ops->set_times(sink->ops, sink->file, time);
    if (FAILED(hr) && time) {
        (void)log_failure(LOG_TRANSFER, hr, L"%ls cannot have the time of its source", sink->path);
        hr = sink->ops->set_times(sink->ops, sink->file, 0);
    }
    return SUCCEEDED(hr) ? sink->ops->written_at(sink->ops, sink->file) : 0;
}

/* `flushed` is the flush's HRESULT. */
static void close_file(struct file_sink *sink, HRESULT flushed) REQUIRES(sink->base.lock)
{
    sink->ops->close(sink->ops, sink->file);
    sink->file = NULL;
    sink->closed_with = flushed;
    sink->minimum_size = atomic_load(&sink->end);
}

static void raise_end(struct file_sink *sink, uint64_t end)
{
    uint64_t known = atomic_load(&sink->end);
    while (known < end && !atomic_compare_exchange_weak(&sink->end, &known, end))
        ;
}

/* S_FALSE when the file is not open. */
static HRESULT write_open(struct file_sink *sink, uint32_t generation, uint64_t offset, const void *data, size_t size)
{
    HRESULT hr;
    lock_acquire_shared(&sink->base.lock);
    if (!sink_is_current(&sink->base, generation)) {
        hr = SINK_REVOKED;
    } else if (!sink->file) {
        hr = S_FALSE;
    } else {
        hr = sink->ops->write_at(sink->ops, sink->file, offset, data, size);
        note_loss(sink, FAILED(hr) && !leaves_sound(hr));
        if (SUCCEEDED(hr))
            raise_end(sink, offset + size);
        else
            log_failure(LOG_TRANSFER, hr, L"cannot write %zu bytes at %llu of %ls", size, (unsigned long long)offset,
                        sink->path);
    }
    lock_release_shared(&sink->base.lock);
    return hr;
}

static HRESULT write_file(struct sink *base, uint32_t generation, uint64_t offset, const void *data, size_t size)
{
    struct file_sink *sink = file_of(base);
    HRESULT hr;
    while ((hr = write_open(sink, generation, offset, data, size)) == S_FALSE) {
        lock_acquire(&sink->base.lock);
        hr = sink_is_current(&sink->base, generation) ? open_file(sink) : SINK_REVOKED;
        lock_release(&sink->base.lock);
        if (FAILED(hr))
            return hr;
    }
    return hr;
}

/* Of this and of revoke_file sink.c holds the lock, under a name that the analysis does not know to be the same. */
static HRESULT finish_file(struct sink *base, uint64_t size, uint64_t last_modified) NO_THREAD_SAFETY_ANALYSIS
{
    struct file_sink *sink = file_of(base);
    uint64_t written_at = 0;
    sink_expect(base, 0);
    HRESULT hr = open_file(sink);
    if (FAILED(hr))
        return hr;
    if (atomic_load(&sink->end) != size)
        hr = sink->ops->set_size(sink->ops, sink->file, size);
    if (SUCCEEDED(hr)) {
        atomic_store(&sink->end, size);
        written_at = date_file(sink, last_modified);
        hr = sink->ops->flush(sink->ops, sink->file);
    }
    note_loss(sink, FAILED(hr) && !leaves_sound(hr));
    if (FAILED(hr))
        return log_failure(LOG_TRANSFER, hr, L"cannot finish %ls", sink->path);
    close_file(sink, S_OK);
    atomic_store(&base->written_at, written_at);
    return S_OK;
}

static HRESULT flush_file(struct sink *base)
{
    struct file_sink *sink = file_of(base);
    lock_acquire_shared(&base->lock);
    HRESULT hr = FAILED(sink->closed_with) ? sink->closed_with : S_FALSE;
    if (sink->file)
        hr = sink->ops->flush(sink->ops, sink->file);
    lock_release_shared(&base->lock);
    bool is_news = FAILED(hr) && hr != SINK_REVOKED; /* that was meant */
    return is_news ? log_failure(LOG_TRANSFER, hr, L"cannot flush %ls", sink->path) : hr;
}

static HRESULT revoke_file(struct sink *base, bool flush) NO_THREAD_SAFETY_ANALYSIS
{
    struct file_sink *sink = file_of(base);
    HRESULT hr = S_OK;
    uint64_t written_at = 0;
    if (!sink->file)
        return S_OK;
    if (flush) {
        written_at = date_file(sink, 0);
        hr = sink->ops->flush(sink->ops, sink->file);
    }
    close_file(sink, flush ? hr : SINK_REVOKED);
    if (SUCCEEDED(hr))
        atomic_store(&base->written_at, written_at);
    return FAILED(hr) ? log_failure(LOG_TRANSFER, hr, L"cannot flush %ls", sink->path) : hr;
}

static void destroy_file(struct sink *base)
{
    struct file_sink *sink = file_of(base);
    sink->ops->close(sink->ops, sink->file);
    mem_free(sink->path);
    mem_free(sink);
}

static const struct sink_kind file_kind = {write_file, finish_file, flush_file, revoke_file, destroy_file};

HRESULT sink_file_create(struct file_ops *ops, const char16_t *path, enum sink_former former, uint64_t minimum_size,
                         struct sink **sink)
{
    *sink = NULL;
    struct file_sink *made = mem_alloc(sizeof(*made));
    if (!made)
        return log_failure(LOG_TRANSFER, E_OUTOFMEMORY, L"cannot make the sink of %ls", path);
    made->path = utf16_duplicate(path);
    if (!made->path) {
        mem_free(made);
        return log_failure(LOG_TRANSFER, E_OUTOFMEMORY, L"cannot make the sink of %ls", path);
    }
    sink_init(&made->base, &file_kind);
    made->ops = ops;
    made->former = former;
    made->minimum_size = minimum_size;
    *sink = &made->base;
    return S_OK;
}

void sink_file_expect_written(struct sink *sink, uint64_t written_at)
{
    atomic_store(&sink->written_at, written_at);
}

void sink_file_expect_directory(struct sink *sink, uint64_t directory)
{
    atomic_store(&file_of(sink)->directory, directory);
}

void sink_file_expect_identity(struct sink *sink, uint64_t identity)
{
    atomic_store(&sink->identity, identity);
}
