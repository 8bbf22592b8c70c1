/* A file to which each process appends what it was promised: records of a job's id and whether the job was made or may end. It is
 * in the system's hands as soon as WriteFile returned, so it outlives the process, however that ends. */
#include "soak.h"

#include <stdlib.h>
#include <string.h>

struct record {
    GUID id;
    uint32_t is_end;
};

/* One at a time: under Wine two that append together write over each other. */
static SRWLOCK appending = SRWLOCK_INIT;

static void append(const struct soak *soak, const GUID *id, bool is_end)
{
    struct record record;
    DWORD written;
    memset(&record, 0, sizeof(record));
    record.id = *id;
    record.is_end = is_end;
    AcquireSRWLockExclusive(&appending);
    HANDLE file =
        CreateFileW(soak->promises, FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_ALWAYS, 0, NULL);
    if (file == INVALID_HANDLE_VALUE || !WriteFile(file, &record, sizeof(record), &written, NULL))
        soak_fail("cannot write %ls: %lu", soak->promises, GetLastError());
    CloseHandle(file);
    ReleaseSRWLockExclusive(&appending);
}

void soak_promise_made(const struct soak *soak, const GUID *id)
{
    append(soak, id, false);
}

void soak_promise_ends(const struct soak *soak, const GUID *id)
{
    append(soak, id, true);
}

static struct record *read_all(const struct soak *soak, size_t *count)
{
    HANDLE file =
        CreateFileW(soak->promises, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    *count = 0;
    if (file == INVALID_HANDLE_VALUE)
        return NULL; /* the first process has none */
    DWORD size = GetFileSize(file, NULL), got = 0;
    struct record *records = malloc(size + 1);
    if (!records || !ReadFile(file, records, size, &got, NULL))
        soak_fail("cannot read %ls: %lu", soak->promises, GetLastError());
    CloseHandle(file);
    *count = got / sizeof(*records);
    return records;
}

static int by_id(const void *left, const void *right)
{
    const struct record *a = left, *b = right;
    int order = memcmp(&a->id, &b->id, sizeof(a->id));
    return order ? order : (int)a->is_end - (int)b->is_end;
}

void soak_promises_check(const struct soak *soak, IBackgroundCopyManager *manager)
{
    size_t count;
    struct record *records = read_all(soak, &count);
    if (count)
        qsort(records, count, sizeof(*records), by_id);
    for (size_t i = 0; i < count; i++) {
        bool is_last_of_id = i + 1 == count || !IsEqualGUID(&records[i].id, &records[i + 1].id);
        IBackgroundCopyJob *job = NULL;
        if (records[i].is_end || !is_last_of_id)
            continue;
        SOAK_OK(IBackgroundCopyManager_GetJob(manager, &records[i].id, &job));
        IBackgroundCopyJob_Release(job);
    }
    free(records);
}
