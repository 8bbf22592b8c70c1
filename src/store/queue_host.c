#include "queue_host.h"

#include "deliveryoptimizationerrors.h"
#include "file_ops.h"
#include "log.h"
#include "memory.h"
#include "queue_path.h"

#include <windows.h>

#define LOCK_NAME L"host.lock"

struct queue_host {
    HANDLE lock;
};

/* A lock, not the mere opening: programs that look into each new file, a virus scanner above all, have it open for moments as well. Only to read, and
 * beside whoever reads. */
static HANDLE open_locked(const char16_t *path)
{
    OVERLAPPED first = {0};
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_ALWAYS,
                              FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE ||
        LockFileEx(file, LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &first))
        return file;
    DWORD error = GetLastError();
    CloseHandle(file);
    SetLastError(error);
    return INVALID_HANDLE_VALUE;
}

HRESULT queue_host_take(const char16_t *directory, struct queue_host **host)
{
    *host = NULL;
    HRESULT hr = directory_create_private(directory);
    if (FAILED(hr)) {
        log_failure(LOG_STORE, hr, L"cannot make the queue directory %ls", directory);
        return DO_E_NO_SERVICE;
    }
    struct queue_host *taken = mem_alloc(sizeof(*taken));
    char16_t *path = queue_path(directory, LOCK_NAME);
    if (!taken || !path) {
        hr = log_failure(LOG_STORE, DO_E_NO_SERVICE, L"no memory to host %ls", directory);
        goto free_memory;
    }
    taken->lock = open_locked(path);
    if (taken->lock == INVALID_HANDLE_VALUE) {
        if (GetLastError() == ERROR_LOCK_VIOLATION || GetLastError() == ERROR_SHARING_VIOLATION)
            log_line(LOG_ERROR, LOG_STORE, L"another process hosts the queue in %ls", directory);
        else
            log_last_error(LOG_STORE, L"cannot open %ls", path);
        hr = DO_E_NO_SERVICE;
        goto free_memory;
    }
    *host = taken;
    taken = NULL;
free_memory:
    mem_free(path);
    mem_free(taken);
    return hr;
}

void queue_host_release(struct queue_host *host)
{
    if (!host)
        return;
    CloseHandle(host->lock);
    mem_free(host);
}
