#include "soak.h"

#include <stdio.h>
#include <string.h>

#include "deliveryoptimizationerrors.h"

#define ACTORS       3
#define SLOTS        5      /* jobs that one actor has at a time */
#define END_LIMIT_MS 120000 /* for the jobs of an actor to end when nothing else is asked of them */

/* One thread. Its jobs are its own, so that what it asks of them must be answered as if it were alone. */
struct soak_actor {
    const struct soak *soak;
    struct soak_random random;
    IBackgroundCopyManager *manager;
    IBackgroundCopyJob *jobs[SLOTS];
    ULONGLONG end;
};

/* ---- The callback that half of the jobs have: one for all, it counts nothing but wakes the actors ---- */

static HANDLE woken;

static HRESULT STDMETHODCALLTYPE callback_QueryInterface(IBackgroundCopyCallback *iface, REFIID iid, void **object)
{
    *object = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IBackgroundCopyCallback))
        return E_NOINTERFACE;
    *object = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE callback_AddRef(IBackgroundCopyCallback *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE callback_Release(IBackgroundCopyCallback *iface)
{
    (void)iface;
    return 1;
}

static HRESULT STDMETHODCALLTYPE callback_JobTransferred(IBackgroundCopyCallback *iface, IBackgroundCopyJob *job)
{
    (void)iface;
    (void)job;
    SetEvent(woken);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE callback_JobError(IBackgroundCopyCallback *iface, IBackgroundCopyJob *job,
                                                   IBackgroundCopyError *error)
{
    (void)iface;
    (void)job;
    (void)error;
    SetEvent(woken);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE callback_JobModification(IBackgroundCopyCallback *iface, IBackgroundCopyJob *job,
                                                          DWORD reserved)
{
    (void)iface;
    (void)job;
    (void)reserved;
    return S_OK;
}

static const IBackgroundCopyCallbackVtbl callback_vtable = {
    callback_QueryInterface, callback_AddRef,   callback_Release,
    callback_JobTransferred, callback_JobError, callback_JobModification,
};
static IBackgroundCopyCallback callback = {&callback_vtable};

/* ---- Making jobs ---- */

/* How the origin misbehaves. None of them changes what the right bytes are; some end in an error. */
static const char *const faults[] = {
    "",
    "",
    "",
    "dropat=random&times=3",
    "dropat=random&times=3&reset=1",
    "dropat=random&times=2&norange=1",
    "dropat=random&times=2&etag=none&lm=none",
    "dropheaders=1&times=2",
    "dropbody=100000&times=4",
    "failfirst=2:503",
    "failfirst=1:drop",
    "status=500&times=1",
    "status=503&retryafter=1&times=1",
    "status=404",
    "status=403&times=1",
    "cr=missing&times=1",
    "cr=wrong&times=1",
    "cr=shifted&times=1",
    "cr=garbage",
    "multipart=1&times=1",
    "shorter=100&times=1",
    "longer=100&times=1",
    "gzip=1&times=1",
    "header64k=1&times=1",
    "headers=50",
    "hops=3",
    "chunked=1",
    "nolength=1",
    "norange=1",
    "etag=none&lm=none",
    "trickle=20000/5",
};

static void add_file(struct soak_actor *actor, IBackgroundCopyJob *job)
{
    wchar_t url[512], path[MAX_PATH];
    struct soak_file file = soak_file_draw(&actor->random);
    const char *fault = faults[soak_draw(&actor->random, ARRAYSIZE(faults))];
    soak_file_path(actor->soak, &file, path);
    if (swprintf(url, ARRAYSIZE(url), L"%ls/gen/%llu?size=%llu&seed=%llu%hs%hs", actor->soak->origin, file.seed,
                 file.size, file.seed, *fault ? "&" : "", fault) < 0)
        soak_fail("an URL is too long");
    if (file.length == file.size) {
        SOAK_OK(IBackgroundCopyJob_AddFile(job, url, path));
        return;
    }
    IBackgroundCopyJob3 *job3 = NULL;
    BG_FILE_RANGE range = {file.offset, file.length};
    SOAK_OK(IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob3, (void **)&job3));
    SOAK_OK(IBackgroundCopyJob3_AddFileWithRanges(job3, url, path, 1, &range));
    IBackgroundCopyJob3_Release(job3);
}

static void make_job(struct soak_actor *actor, size_t slot)
{
    GUID id;
    IBackgroundCopyJob *job = NULL;
    SOAK_OK(IBackgroundCopyManager_CreateJob(actor->manager, L"soak", BG_JOB_TYPE_DOWNLOAD, &id, &job));
    soak_promise_made(actor->soak, &id);
    for (uint64_t files = 1 + soak_draw(&actor->random, 4); files; files--)
        add_file(actor, job);
    if (soak_draw(&actor->random, 2))
        SOAK_OK(IBackgroundCopyJob_SetNotifyInterface(job, (IUnknown *)&callback));
    SOAK_OK(IBackgroundCopyJob_Resume(job));
    actor->jobs[slot] = job;
    InterlockedIncrement(&actor->soak->totals->jobs);
}

/* ---- Ending jobs ---- */

static void forget(struct soak_actor *actor, size_t slot)
{
    IBackgroundCopyJob_Release(actor->jobs[slot]);
    actor->jobs[slot] = NULL;
}

static void promise_ends(struct soak_actor *actor, size_t slot)
{
    GUID id;
    SOAK_OK(IBackgroundCopyJob_GetId(actor->jobs[slot], &id));
    soak_promise_ends(actor->soak, &id);
}

static void cancel(struct soak_actor *actor, size_t slot)
{
    promise_ends(actor, slot);
    SOAK_OK(IBackgroundCopyJob_Cancel(actor->jobs[slot]));
    InterlockedIncrement(&actor->soak->totals->cancelled);
    forget(actor, slot);
}

/* Completes and looks at the files that bear their names now: all of them with `is_whole`. */
static void complete(struct soak_actor *actor, size_t slot, bool is_whole)
{
    IEnumBackgroundCopyFiles *files = NULL;
    IBackgroundCopyFile *file;
    promise_ends(actor, slot);
    SOAK_OK(IBackgroundCopyJob_EnumFiles(actor->jobs[slot], &files));
    HRESULT hr = IBackgroundCopyJob_Complete(actor->jobs[slot]);
    if (is_whole ? hr != S_OK : FAILED(hr))
        soak_fail("Complete: 0x%08lX", (unsigned long)hr);
    while (IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL) == S_OK) {
        LPWSTR path = NULL;
        SOAK_OK(IBackgroundCopyFile_GetLocalName(file, &path));
        if (is_whole || GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES)
            soak_file_check(actor->soak, path);
        CoTaskMemFree(path);
        IBackgroundCopyFile_Release(file);
    }
    IEnumBackgroundCopyFiles_Release(files);
    InterlockedIncrement(&actor->soak->totals->completed);
    forget(actor, slot);
}

static BG_JOB_STATE state_of(const struct soak_actor *actor, size_t slot)
{
    BG_JOB_STATE state;
    SOAK_OK(IBackgroundCopyJob_GetState(actor->jobs[slot], &state));
    return state;
}

static void read_error(struct soak_actor *actor, size_t slot)
{
    IBackgroundCopyError *error = NULL;
    BG_ERROR_CONTEXT context;
    HRESULT code;
    LPWSTR text = NULL;
    SOAK_OK(IBackgroundCopyJob_GetError(actor->jobs[slot], &error));
    SOAK_OK(IBackgroundCopyError_GetError(error, &context, &code));
    if (SUCCEEDED(code))
        soak_fail("a job in error has the code 0x%08lX", (unsigned long)code);
    SOAK_OK(IBackgroundCopyError_GetErrorDescription(error, 0x409, &text));
    CoTaskMemFree(text);
    IBackgroundCopyError_Release(error);
    InterlockedIncrement(&actor->soak->totals->errors);
}

/* ---- What an actor may do with a job ---- */

static void finish(struct soak_actor *actor, size_t slot)
{
    BG_JOB_STATE state = state_of(actor, slot);
    if (state == BG_JOB_STATE_TRANSFERRED) {
        complete(actor, slot, true);
    } else if (state == BG_JOB_STATE_ERROR) {
        read_error(actor, slot);
        if (soak_draw(&actor->random, 2))
            SOAK_MAY(IBackgroundCopyJob_Resume(actor->jobs[slot]), DO_E_JOB_EMPTY);
        else
            cancel(actor, slot);
    }
}

static void complete_at_once(struct soak_actor *actor, size_t slot)
{
    complete(actor, slot, false);
}

static void suspend(struct soak_actor *actor, size_t slot)
{
    SOAK_OK(IBackgroundCopyJob_Suspend(actor->jobs[slot]));
}

static void resume(struct soak_actor *actor, size_t slot)
{
    SOAK_MAY(IBackgroundCopyJob_Resume(actor->jobs[slot]), DO_E_JOB_EMPTY);
}

static void add_more(struct soak_actor *actor, size_t slot)
{
    add_file(actor, actor->jobs[slot]);
}

static void set_something(struct soak_actor *actor, size_t slot)
{
    soak_set_something(actor->soak, &actor->random, actor->jobs[slot]);
}

static void look(struct soak_actor *actor, size_t slot)
{
    IBackgroundCopyJob *job = actor->jobs[slot];
    BG_JOB_PROGRESS progress;
    BG_JOB_TIMES times;
    LPWSTR name = NULL;
    SOAK_OK(IBackgroundCopyJob_GetProgress(job, &progress));
    if (progress.BytesTransferred > progress.BytesTotal || progress.FilesTransferred > progress.FilesTotal)
        soak_fail("more was transferred than there is: %llu of %llu bytes, %lu of %lu files",
                  (unsigned long long)progress.BytesTransferred, (unsigned long long)progress.BytesTotal,
                  progress.FilesTransferred, progress.FilesTotal);
    SOAK_OK(IBackgroundCopyJob_GetTimes(job, &times));
    SOAK_OK(IBackgroundCopyJob_GetDisplayName(job, &name));
    CoTaskMemFree(name);
}

static void find_again(struct soak_actor *actor, size_t slot)
{
    GUID id;
    SOAK_OK(IBackgroundCopyJob_GetId(actor->jobs[slot], &id));
    IBackgroundCopyJob_Release(actor->jobs[slot]);
    actor->jobs[slot] = NULL;
    SOAK_OK(IBackgroundCopyManager_GetJob(actor->manager, &id, &actor->jobs[slot]));
}

static void list_all(struct soak_actor *actor, size_t slot)
{
    IEnumBackgroundCopyJobs *list = NULL;
    IBackgroundCopyJob *job;
    BG_JOB_STATE state;
    (void)slot;
    SOAK_OK(IBackgroundCopyManager_EnumJobs(actor->manager, 0, &list));
    while (IEnumBackgroundCopyJobs_Next(list, 1, &job, NULL) == S_OK) {
        SOAK_OK(IBackgroundCopyJob_GetState(job, &state));
        IBackgroundCopyJob_Release(job);
    }
    IEnumBackgroundCopyJobs_Release(list);
}

static const struct {
    void (*act)(struct soak_actor *actor, size_t slot);
    unsigned weight;
} actions[] = {
    {finish, 12},  {look, 4},   {resume, 4},           {suspend, 2},    {set_something, 3},
    {add_more, 1}, {cancel, 1}, {complete_at_once, 1}, {find_again, 2}, {list_all, 1},
};

static void act_once(struct soak_actor *actor)
{
    size_t slot = (size_t)soak_draw(&actor->random, SLOTS);
    unsigned all = 0;
    if (!actor->jobs[slot]) {
        make_job(actor, slot);
        return;
    }
    for (size_t i = 0; i < ARRAYSIZE(actions); i++)
        all += actions[i].weight;
    uint64_t drawn = soak_draw(&actor->random, all);
    size_t i = 0;
    for (; drawn >= actions[i].weight; i++)
        drawn -= actions[i].weight;
    actions[i].act(actor, slot);
}

/* ---- An actor's life ---- */

/* Every job ends: cancelled, or transferred and completed. */
static void end_all(struct soak_actor *actor)
{
    ULONGLONG deadline = GetTickCount64() + END_LIMIT_MS;
    for (size_t slot = 0; slot < SLOTS; slot++) {
        if (!actor->jobs[slot])
            continue;
        if (soak_draw(&actor->random, 3) == 0 || IBackgroundCopyJob_Resume(actor->jobs[slot]) == DO_E_JOB_EMPTY) {
            cancel(actor, slot);
            continue;
        }
        while (actor->jobs[slot]) {
            finish(actor, slot);
            if (GetTickCount64() > deadline)
                soak_fail("a job does not end, it is in state %d", state_of(actor, slot));
            if (actor->jobs[slot])
                WaitForSingleObject(woken, 10);
        }
    }
}

static DWORD WINAPI run_actor(void *parameter)
{
    struct soak_actor *actor = parameter;
    SOAK_OK(CoInitializeEx(NULL, COINIT_MULTITHREADED));
    while (GetTickCount64() < actor->end) {
        act_once(actor);
        WaitForSingleObject(woken, (DWORD)soak_draw(&actor->random, 20));
    }
    end_all(actor);
    CoUninitialize();
    return 0;
}

/* What an earlier process left is shared out among the actors; what they have no room for is cancelled. */
static void adopt(struct soak_actor actors[ACTORS])
{
    IEnumBackgroundCopyJobs *list = NULL;
    IBackgroundCopyJob *job;
    size_t adopted = 0;
    SOAK_OK(IBackgroundCopyManager_EnumJobs(actors->manager, 0, &list));
    while (IEnumBackgroundCopyJobs_Next(list, 1, &job, NULL) == S_OK) {
        struct soak_actor *actor = &actors[adopted % ACTORS];
        size_t slot = adopted / ACTORS % SLOTS;
        if (actor->jobs[slot])
            cancel(actor, slot);
        actor->jobs[slot] = job;
        adopted++;
    }
    IEnumBackgroundCopyJobs_Release(list);
    InterlockedExchangeAdd(&actors->soak->totals->adopted, (LONG)adopted);
}

void soak_actors_run(const struct soak *soak, uint64_t seed, uint32_t milliseconds)
{
    struct soak_actor actors[ACTORS] = {{0}};
    HANDLE threads[ACTORS];
    IBackgroundCopyManager *manager = NULL;
    if (!woken)
        woken = CreateEventW(NULL, FALSE, FALSE, NULL);
    SOAK_OK(CoCreateInstance(&CLSID_DeliveryOptimization, NULL, CLSCTX_INPROC_SERVER, &IID_IBackgroundCopyManager,
                             (void **)&manager));
    soak_promises_check(soak, manager);
    for (uint32_t i = 0; i < ACTORS; i++)
        actors[i] = (struct soak_actor){soak, {seed * ACTORS + i}, manager, {NULL}, GetTickCount64() + milliseconds};
    adopt(actors);
    for (uint32_t i = 0; i < ACTORS; i++) {
        threads[i] = CreateThread(NULL, 0, run_actor, &actors[i], 0, NULL);
        if (!threads[i])
            soak_fail("no thread: %lu", GetLastError());
    }
    WaitForMultipleObjects(ACTORS, threads, TRUE, INFINITE);
    for (uint32_t i = 0; i < ACTORS; i++)
        CloseHandle(threads[i]);
    IBackgroundCopyManager_Release(manager);
}
