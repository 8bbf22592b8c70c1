/* IEnumBackgroundCopyJobs and IEnumBackgroundCopyFiles, as the reference's pages of these names have them. */
#include "enumerator.h"

#include "log.h"
#include "memory.h"

struct snapshot {
    _Atomic uint32_t references;
    size_t count;
    IUnknown *elements[];
};

/* Which member of the union there is, is settled by the class of the object. */
struct enumerator {
    struct com_object object;
    union {
        IEnumBackgroundCopyFiles files_iface;
        IEnumBackgroundCopyJobs jobs_iface;
    };
    struct snapshot *snapshot;
    _Atomic size_t cursor; /* of the next element; at most the snapshot's count */
};

HRESULT snapshot_create(size_t capacity, struct snapshot **snapshot)
{
    *snapshot = mem_alloc(sizeof(**snapshot) + capacity * sizeof((*snapshot)->elements[0]));
    if (!*snapshot)
        return log_failure(LOG_COM, E_OUTOFMEMORY, L"cannot list %zu objects", capacity);
    atomic_init(&(*snapshot)->references, 1);
    return S_OK;
}

void snapshot_append(struct snapshot *snapshot, IUnknown *element)
{
    snapshot->elements[snapshot->count++] = element;
}

void snapshot_release(struct snapshot *snapshot)
{
    if (atomic_fetch_sub(&snapshot->references, 1) != 1)
        return;
    for (size_t i = 0; i < snapshot->count; i++)
        IUnknown_Release(snapshot->elements[i]);
    mem_free(snapshot);
}

/* Borrows the snapshot, returns new; the caller fills in the vtable. */
static HRESULT enumerator_create(const struct com_class *class, struct snapshot *snapshot, size_t cursor,
                                 struct enumerator **enumerator)
{
    *enumerator = mem_alloc(sizeof(**enumerator));
    if (!*enumerator)
        return log_failure(LOG_COM, E_OUTOFMEMORY, L"cannot create an enumerator");
    atomic_fetch_add(&snapshot->references, 1);
    (*enumerator)->snapshot = snapshot;
    atomic_init(&(*enumerator)->cursor, cursor);
    com_object_init(&(*enumerator)->object, class);
    return S_OK;
}

static void enumerator_destroy(struct com_object *object)
{
    struct enumerator *enumerator = CONTAINING_RECORD(object, struct enumerator, object);
    snapshot_release(enumerator->snapshot);
    mem_free(enumerator);
}

/* Moves the cursor by up to `wanted` elements; the answer is by how many, *first where they begin. */
static size_t enumerator_advance(struct enumerator *enumerator, ULONG wanted, IUnknown *const **first)
{
    size_t start = atomic_load(&enumerator->cursor);
    size_t taken;
    do {
        taken = enumerator->snapshot->count - start;
        if (taken > wanted)
            taken = wanted;
    } while (!atomic_compare_exchange_weak(&enumerator->cursor, &start, start + taken));
    *first = enumerator->snapshot->elements + start;
    return taken;
}

/* The part of Next that does not depend on the type: *taken elements begin at *first; each one handed out needs a reference. */
static HRESULT enumerator_next(struct enumerator *enumerator, ULONG wanted, const void *results, ULONG *fetched,
                               IUnknown *const **first, size_t *taken)
{
    *taken = 0;
    if (fetched)
        *fetched = 0;
    if ((!fetched && wanted != 1) || (!results && wanted != 0))
        return E_INVALIDARG;
    *taken = enumerator_advance(enumerator, wanted, first);
    if (fetched)
        *fetched = (ULONG)*taken;
    return *taken == wanted ? S_OK : S_FALSE;
}

static HRESULT enumerator_skip(struct enumerator *enumerator, ULONG wanted)
{
    IUnknown *const *first;
    return enumerator_advance(enumerator, wanted, &first) == wanted ? S_OK : S_FALSE;
}

static HRESULT enumerator_reset(struct enumerator *enumerator)
{
    atomic_store(&enumerator->cursor, 0);
    return S_OK;
}

static HRESULT enumerator_count(struct enumerator *enumerator, ULONG *count)
{
    if (!count)
        return E_INVALIDARG;
    *count = (ULONG)enumerator->snapshot->count;
    return S_OK;
}

static HRESULT files_create(struct snapshot *snapshot, size_t cursor, IEnumBackgroundCopyFiles **result);
static HRESULT jobs_create(struct snapshot *snapshot, size_t cursor, IEnumBackgroundCopyJobs **result);

/* ---- IEnumBackgroundCopyFiles ---- */

static struct enumerator *files_enumerator_of(IEnumBackgroundCopyFiles *iface)
{
    return CONTAINING_RECORD(iface, struct enumerator, files_iface);
}

COM_UNKNOWN(files, IEnumBackgroundCopyFiles, struct enumerator, files_iface)

static HRESULT STDMETHODCALLTYPE files_Next(IEnumBackgroundCopyFiles *iface, ULONG wanted,
                                            IBackgroundCopyFile **results, ULONG *fetched)
{
    IUnknown *const *first;
    size_t taken;
    HRESULT hr = enumerator_next(files_enumerator_of(iface), wanted, results, fetched, &first, &taken);
    for (size_t i = 0; i < taken; i++) {
        results[i] = (IBackgroundCopyFile *)first[i];
        IBackgroundCopyFile_AddRef(results[i]);
    }
    return hr;
}

static HRESULT STDMETHODCALLTYPE files_Skip(IEnumBackgroundCopyFiles *iface, ULONG wanted)
{
    return enumerator_skip(files_enumerator_of(iface), wanted);
}

static HRESULT STDMETHODCALLTYPE files_Reset(IEnumBackgroundCopyFiles *iface)
{
    return enumerator_reset(files_enumerator_of(iface));
}

static HRESULT STDMETHODCALLTYPE files_Clone(IEnumBackgroundCopyFiles *iface, IEnumBackgroundCopyFiles **clone)
{
    if (!clone)
        return E_INVALIDARG;
    struct enumerator *enumerator = files_enumerator_of(iface);
    return files_create(enumerator->snapshot, atomic_load(&enumerator->cursor), clone);
}

static HRESULT STDMETHODCALLTYPE files_GetCount(IEnumBackgroundCopyFiles *iface, ULONG *count)
{
    return enumerator_count(files_enumerator_of(iface), count);
}

static const IEnumBackgroundCopyFilesVtbl files_vtable = {
    COM_UNKNOWN_SLOTS(files), files_Next, files_Skip, files_Reset, files_Clone, files_GetCount,
};

static const struct com_interface files_interfaces[] = {
    {&IID_IUnknown, offsetof(struct enumerator, files_iface)},
    {&IID_IEnumBackgroundCopyFiles, offsetof(struct enumerator, files_iface)},
};

static const struct com_class files_class = COM_CLASS(files_interfaces, enumerator_destroy);

static HRESULT files_create(struct snapshot *snapshot, size_t cursor, IEnumBackgroundCopyFiles **result)
{
    *result = NULL;
    struct enumerator *enumerator;
    HRESULT hr = enumerator_create(&files_class, snapshot, cursor, &enumerator);
    if (FAILED(hr))
        return hr;
    enumerator->files_iface.lpVtbl = &files_vtable;
    *result = &enumerator->files_iface;
    return S_OK;
}

HRESULT file_enumerator_create(struct snapshot *snapshot, IEnumBackgroundCopyFiles **enumerator)
{
    return files_create(snapshot, 0, enumerator);
}

/* ---- IEnumBackgroundCopyJobs ---- */

static struct enumerator *jobs_enumerator_of(IEnumBackgroundCopyJobs *iface)
{
    return CONTAINING_RECORD(iface, struct enumerator, jobs_iface);
}

COM_UNKNOWN(jobs, IEnumBackgroundCopyJobs, struct enumerator, jobs_iface)

static HRESULT STDMETHODCALLTYPE jobs_Next(IEnumBackgroundCopyJobs *iface, ULONG wanted, IBackgroundCopyJob **results,
                                           ULONG *fetched)
{
    IUnknown *const *first;
    size_t taken;
    HRESULT hr = enumerator_next(jobs_enumerator_of(iface), wanted, results, fetched, &first, &taken);
    for (size_t i = 0; i < taken; i++) {
        results[i] = (IBackgroundCopyJob *)first[i];
        IBackgroundCopyJob_AddRef(results[i]);
    }
    return hr;
}

static HRESULT STDMETHODCALLTYPE jobs_Skip(IEnumBackgroundCopyJobs *iface, ULONG wanted)
{
    return enumerator_skip(jobs_enumerator_of(iface), wanted);
}

static HRESULT STDMETHODCALLTYPE jobs_Reset(IEnumBackgroundCopyJobs *iface)
{
    return enumerator_reset(jobs_enumerator_of(iface));
}

static HRESULT STDMETHODCALLTYPE jobs_Clone(IEnumBackgroundCopyJobs *iface, IEnumBackgroundCopyJobs **clone)
{
    if (!clone)
        return E_INVALIDARG;
    struct enumerator *enumerator = jobs_enumerator_of(iface);
    return jobs_create(enumerator->snapshot, atomic_load(&enumerator->cursor), clone);
}

static HRESULT STDMETHODCALLTYPE jobs_GetCount(IEnumBackgroundCopyJobs *iface, ULONG *count)
{
    return enumerator_count(jobs_enumerator_of(iface), count);
}

static const IEnumBackgroundCopyJobsVtbl jobs_vtable = {
    COM_UNKNOWN_SLOTS(jobs), jobs_Next, jobs_Skip, jobs_Reset, jobs_Clone, jobs_GetCount,
};

static const struct com_interface jobs_interfaces[] = {
    {&IID_IUnknown, offsetof(struct enumerator, jobs_iface)},
    {&IID_IEnumBackgroundCopyJobs, offsetof(struct enumerator, jobs_iface)},
};

static const struct com_class jobs_class = COM_CLASS(jobs_interfaces, enumerator_destroy);

static HRESULT jobs_create(struct snapshot *snapshot, size_t cursor, IEnumBackgroundCopyJobs **result)
{
    *result = NULL;
    struct enumerator *enumerator;
    HRESULT hr = enumerator_create(&jobs_class, snapshot, cursor, &enumerator);
    if (FAILED(hr))
        return hr;
    enumerator->jobs_iface.lpVtbl = &jobs_vtable;
    *result = &enumerator->jobs_iface;
    return S_OK;
}

HRESULT job_enumerator_create(struct snapshot *snapshot, IEnumBackgroundCopyJobs **enumerator)
{
    return jobs_create(snapshot, 0, enumerator);
}
