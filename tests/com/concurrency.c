#include "concurrency.h"

#include "transition_record.h"

#include <string.h>

struct concurrency_scene scene;

const struct operation_kind concurrency_kinds[OP_COUNT] = {
    [OP_RESUME] = {"Resume", 72, JOB_EVENT_RESUME},
    [OP_SUSPEND] = {"Suspend", 8, JOB_EVENT_SUSPEND},
    [OP_ADD] = {"AddFile", 8, JOB_EVENT_ADD_FILES},
    [OP_NAME] = {"SetDisplayName", 8, JOB_EVENT_CHANGE},
    [OP_PRIORITY] = {"SetPriority", 8, JOB_EVENT_CHANGE},
    [OP_FLAGS] = {"SetNotifyFlags", 8, JOB_EVENT_CHANGE},
    [OP_INTERFACE] = {"SetNotifyInterface", 8, JOB_EVENT_COUNT},
    [OP_HEADERS] = {"SetCustomHeaders", 6, JOB_EVENT_CHANGE},
    [OP_TIMEOUT] = {"SetNoProgressTimeout", 6, JOB_EVENT_CHANGE},
    [OP_SOURCE] = {"SetRemoteName", 6, JOB_EVENT_CHANGE},
    [OP_REJECT] = {"SetValidationState", 4, JOB_EVENT_INVALID},
    [OP_CANCEL] = {"Cancel", 1, JOB_EVENT_CANCEL},
    [OP_COMPLETE] = {"Complete", 2, JOB_EVENT_COMPLETE},
    [OP_STATE] = {"GetState", 90, JOB_EVENT_COUNT},
    [OP_PROGRESS] = {"GetProgress", 50, JOB_EVENT_COUNT},
    [OP_TIMES] = {"GetTimes", 30, JOB_EVENT_COUNT},
    [OP_ERROR] = {"GetError", 60, JOB_EVENT_COUNT},
    [OP_FILES] = {"EnumFiles", 20, JOB_EVENT_COUNT},
    [OP_FILE_FACTS] = {"(facts of a file)", 20, JOB_EVENT_COUNT},
    [OP_FIND] = {"GetJob", 30, JOB_EVENT_COUNT},
    [OP_LIST] = {"EnumJobs", 10, JOB_EVENT_COUNT},
    [OP_TIME_PASSES] = {"(time passes)", 50, JOB_EVENT_COUNT},
    [OP_DAYS_PASS] = {"(days pass)", 1, JOB_EVENT_COUNT},
};

static uint32_t next_random(uint32_t *random, uint32_t limit)
{
    *random = *random * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)*random * limit >> 32);
}

/* ---- The calls ---- */

static HRESULT add_file(IBackgroundCopyJob *job, const struct memory_resource *resource)
{
    WCHAR name[16], path[TEMP_PATH_MAX];
    (void)swprintf(name, ARRAYSIZE(name), L"f%u", atomic_fetch_add(&scene.names, 1));
    temp_dir_path(&env.dir, name, path);
    return IBackgroundCopyJob_AddFile(job, resource->url, path);
}

/* A job with a file into the slot; the lock is held, or nobody else is there yet. */
static bool put_new_job(unsigned slot)
{
    unsigned number = scene.job_count;
    IBackgroundCopyJob *job = NULL;
    if (number == JOBS_MAX ||
        FAILED(IBackgroundCopyManager_CreateJob(scene.manager, L"job", BG_JOB_TYPE_DOWNLOAD, &scene.ids[number], &job)))
        return false;
    bool has_file = SUCCEEDED(add_file(job, scene.resources[number % ARRAYSIZE(scene.resources)]));
    scene.jobs[number] = job;
    scene.job_count++;
    scene.slots[slot] = number;
    return has_file;
}

static unsigned replace_job(unsigned number)
{
    unsigned made = 0;
    AcquireSRWLockExclusive(&scene.lock);
    for (unsigned slot = 0; slot < SLOTS; slot++) {
        if (scene.slots[slot] == number)
            made += put_new_job(slot);
    }
    ReleaseSRWLockExclusive(&scene.lock);
    return made;
}

/* Mostly one that is alive. */
static unsigned pick_job(uint32_t *random)
{
    AcquireSRWLockShared(&scene.lock);
    unsigned number =
        next_random(random, 16) ? scene.slots[next_random(random, SLOTS)] : next_random(random, scene.job_count);
    ReleaseSRWLockShared(&scene.lock);
    return number;
}

static HRESULT walk_files(IBackgroundCopyJob *job)
{
    IEnumBackgroundCopyFiles *files = NULL;
    IBackgroundCopyFile *file = NULL;
    BG_FILE_PROGRESS progress;
    HRESULT hr = IBackgroundCopyJob_EnumFiles(job, &files);
    while (SUCCEEDED(hr) && IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL) == S_OK) {
        hr = IBackgroundCopyFile_GetProgress(file, &progress);
        IBackgroundCopyFile_Release(file);
    }
    if (files)
        IEnumBackgroundCopyFiles_Release(files);
    return hr;
}

/* Its first; a file is there as long as anybody holds it. */
static IBackgroundCopyFile *first_file(IBackgroundCopyJob *job)
{
    IEnumBackgroundCopyFiles *files = NULL;
    IBackgroundCopyFile *file = NULL;
    if (FAILED(IBackgroundCopyJob_EnumFiles(job, &files)))
        return NULL;
    (void)IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL);
    IEnumBackgroundCopyFiles_Release(files);
    return file;
}

static HRESULT ask_file(IBackgroundCopyFile *file)
{
    IBackgroundCopyFile5 *file5 = env_face(file, &IID_IBackgroundCopyFile5);
    BITS_FILE_PROPERTY_VALUE headers = {.String = NULL};
    DOSwarmStats stats = {0};
    WCHAR *name = NULL;
    BOOL is_valid;
    HRESULT hr = IBackgroundCopyFile5_GetTemporaryName(file5, &name);
    if (SUCCEEDED(hr))
        hr = IBackgroundCopyFile5_GetValidationState(file5, &is_valid);
    if (SUCCEEDED(hr))
        hr = IBackgroundCopyFile5_GetProperty(file5, BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS, &headers);
    if (SUCCEEDED(hr))
        hr = IDeliveryOptimizationFile_GetStats(
            (IDeliveryOptimizationFile *)env_face(file, &IID_IDeliveryOptimizationFile), &stats);
    CoTaskMemFree(name);
    CoTaskMemFree(headers.String);
    CoTaskMemFree(stats.fileId);
    CoTaskMemFree(stats.sourceURL);
    return hr;
}

static HRESULT use_file(IBackgroundCopyJob *job, enum operation operation, uint32_t *random)
{
    IBackgroundCopyFile *file = first_file(job);
    if (!file)
        return E_UNEXPECTED;
    IBackgroundCopyFile5 *file5 = env_face(file, &IID_IBackgroundCopyFile5);
    HRESULT hr;
    if (operation == OP_SOURCE)
        hr = IBackgroundCopyFile5_SetRemoteName(file5,
                                                scene.resources[next_random(random, ARRAYSIZE(scene.resources))]->url);
    else if (operation == OP_REJECT)
        hr = IBackgroundCopyFile5_SetValidationState(file5, FALSE);
    else
        hr = ask_file(file);
    IBackgroundCopyFile_Release(file);
    return hr;
}

static HRESULT look_at_error(IBackgroundCopyJob *job)
{
    IBackgroundCopyError *error = NULL;
    HRESULT hr = IBackgroundCopyJob_GetError(job, &error);
    if (error)
        IBackgroundCopyError_Release(error);
    return hr;
}

static HRESULT find_job(const GUID *id)
{
    IBackgroundCopyJob *job = NULL;
    HRESULT hr = IBackgroundCopyManager_GetJob(scene.manager, id, &job);
    if (job)
        IBackgroundCopyJob_Release(job);
    return hr;
}

static HRESULT list_jobs(void)
{
    IEnumBackgroundCopyJobs *jobs = NULL;
    HRESULT hr = IBackgroundCopyManager_EnumJobs(scene.manager, 0, &jobs);
    if (jobs)
        IEnumBackgroundCopyJobs_Release(jobs);
    return hr;
}

/* Half of the time that a job has. None of it passes while a job is made. */
static HRESULT pass_days(void)
{
    AcquireSRWLockExclusive(&scene.lock);
    fake_clock_advance(&env.clock, 15ull * 24 * 3600 * 1000);
    ReleaseSRWLockExclusive(&scene.lock);
    return S_OK;
}

static HRESULT call(IBackgroundCopyJob *job, struct step *step, uint32_t *random)
{
    BG_JOB_PROGRESS progress;
    BG_JOB_TIMES times;
    switch (step->operation) {
    case OP_RESUME: return IBackgroundCopyJob_Resume(job);
    case OP_SUSPEND: return IBackgroundCopyJob_Suspend(job);
    case OP_ADD: return add_file(job, scene.resources[next_random(random, ARRAYSIZE(scene.resources))]);
    case OP_NAME: return IBackgroundCopyJob_SetDisplayName(job, L"another name");
    case OP_PRIORITY: return IBackgroundCopyJob_SetPriority(job, (BG_JOB_PRIORITY)next_random(random, 4));
    case OP_FLAGS: return IBackgroundCopyJob_SetNotifyFlags(job, next_random(random, 16));
    case OP_INTERFACE: {
        IUnknown *callback = next_random(random, 3) ? (IUnknown *)&scene.callback.callback_iface : NULL;
        return IBackgroundCopyJob_SetNotifyInterface(job, callback);
    }
    case OP_HEADERS:
        return IBackgroundCopyJobHttpOptions_SetCustomHeaders(
            (IBackgroundCopyJobHttpOptions *)env_face(job, &IID_IBackgroundCopyJobHttpOptions),
            next_random(random, 2) ? L"X-Test: 1" : NULL);
    case OP_TIMEOUT: return IBackgroundCopyJob_SetNoProgressTimeout(job, 100 + next_random(random, 1000));
    case OP_SOURCE:
    case OP_REJECT:
    case OP_FILE_FACTS: return use_file(job, step->operation, random);
    case OP_CANCEL: return IBackgroundCopyJob_Cancel(job);
    case OP_COMPLETE: return IBackgroundCopyJob_Complete(job);
    case OP_STATE: return IBackgroundCopyJob_GetState(job, &step->state);
    case OP_PROGRESS: return IBackgroundCopyJob_GetProgress(job, &progress);
    case OP_TIMES: return IBackgroundCopyJob_GetTimes(job, &times);
    case OP_ERROR: return look_at_error(job);
    case OP_FILES: return walk_files(job);
    case OP_FIND: return find_job(&scene.ids[step->job]);
    case OP_LIST: return list_jobs();
    case OP_DAYS_PASS: return pass_days();
    default: fake_clock_advance(&env.clock, next_random(random, 2000)); return S_OK;
    }
}

static enum operation pick_operation(uint32_t *random)
{
    unsigned total = 0, at = 0;
    for (int i = 0; i < OP_COUNT; i++)
        total += concurrency_kinds[i].weight;
    unsigned point = next_random(random, total);
    for (int i = 0; i < OP_COUNT; i++) {
        at += concurrency_kinds[i].weight;
        if (point < at)
            return (enum operation)i;
    }
    return OP_STATE;
}

/* Did the call end the job, or see that it is over? */
static bool is_end(const struct step *step)
{
    switch (step->operation) {
    case OP_CANCEL:
    case OP_COMPLETE: return SUCCEEDED(step->answer);
    case OP_STATE: return step->state == BG_JOB_STATE_CANCELLED; /* its days are over */
    default: return false;
    }
}

static DWORD WINAPI run(void *context)
{
    struct runner *self = context;
    (void)CoInitializeEx(NULL, COINIT_MULTITHREADED);
    for (unsigned i = 0; i < STEPS; i++) {
        struct step *step = &self->steps[i];
        step->operation = pick_operation(&self->random);
        step->job = pick_job(&self->random);
        step->begin = transition_record_count();
        step->answer = call(scene.jobs[step->job], step, &self->random);
        step->end = transition_record_count();
        if (is_end(step))
            self->made += replace_job(step->job);
        self->done = i + 1;
    }
    CoUninitialize();
    return 0;
}

/* Clients call back, from within. */
static void on_call(struct recording_callback *self, enum callback_kind kind, IBackgroundCopyJob *job,
                    IBackgroundCopyError *error)
{
    (void)error;
    atomic_fetch_add(&scene.callbacks_inside, 1);
    if (kind == CALLBACK_ERROR && !scene.is_over)
        (void)IBackgroundCopyJob_Suspend(job);
    else if (atomic_load(&self->calls[kind]) % 4 == 0 && !scene.is_over)
        (void)IBackgroundCopyJob_Resume(job);
    atomic_fetch_sub(&scene.callbacks_inside, 1);
}

/* ---- The scene ---- */

static HRESULT deliver_or_not(struct file_ops *ops, struct deliveries **shared, const char16_t *temporary,
                              const char16_t *target, const struct closed_file *closed)
{
    (void)ops;
    struct file_ops *system = file_ops_system();
    return atomic_fetch_add(&scene.deliveries, 1) % 2 ? system->deliver(system, shared, temporary, target, closed)
                                                      : DELIVERY_FAILURE;
}

static void await_runners(void)
{
    ULONGLONG limit = GetTickCount64() + WATCHDOG_MS;
    for (unsigned i = 0; i < THREADS; i++) {
        ULONGLONG now = GetTickCount64();
        if (WaitForSingleObject(scene.runners[i].thread, now < limit ? (DWORD)(limit - now) : 0) == WAIT_OBJECT_0)
            continue;
        for (unsigned k = 0; k < THREADS; k++) {
            unsigned done = scene.runners[k].done;
            if (done < STEPS)
                print_error("thread %u is stuck in step %u, %s\n", k, done,
                            concurrency_kinds[scene.runners[k].steps[done].operation].name);
        }
        ExitProcess(3); /* nothing that they hold could be cleaned up */
    }
}

static bool is_without_callback(void *context)
{
    (void)context;
    return scene.callbacks_inside == 0;
}

void concurrency_begin(uint32_t seed)
{
    memset(&scene, 0, sizeof scene);
    scene.resources[0] = memory_http_add(&env.http, u"small", 1000, 1);
    scene.resources[1] = memory_http_add(&env.http, u"large", 400000, 2);
    scene.resources[2] = memory_http_add(&env.http, u"flaky", 200000, 3);
    scene.resources[2]->cuts = 1000; /* breaks off, again and again */
    scene.resources[2]->cut_after = 90000;
    scene.resources[3] = memory_http_add(&env.http, u"gone", 1000, 4);
    scene.resources[3]->status = 404;
    callback_init(&scene.callback);
    scene.callback.on_call = on_call;
    scene.file_ops = *file_ops_system();
    scene.file_ops.deliver = deliver_or_not;
    env.file_ops = &scene.file_ops;
    scene.manager = env_manager();
    for (unsigned slot = 0; slot < SLOTS; slot++)
        assert_true(put_new_job(slot));
    for (unsigned i = 0; i < THREADS; i++)
        scene.runners[i].random = seed + i * 7919;
}

void concurrency_run(void)
{
    for (unsigned i = 0; i < THREADS; i++) {
        struct runner *runner = &scene.runners[i];
        runner->thread = CreateThread(NULL, 0, run, runner, 0, &runner->id);
        assert_non_null(runner->thread);
    }
    await_runners();
    assert_true(fake_clock_hold(&env.clock, ENV_LIMIT_MS));
    scene.is_over = true;
    env_until(is_without_callback, NULL, "the end of the callbacks");
}

void concurrency_end(void)
{
    fake_clock_let_go(&env.clock);
    for (unsigned i = 0; i < THREADS; i++)
        CloseHandle(scene.runners[i].thread);
    for (unsigned i = 0; i < scene.job_count; i++) {
        (void)IBackgroundCopyJob_SetNotifyInterface(scene.jobs[i], NULL);
        (void)IBackgroundCopyJob_Cancel(scene.jobs[i]);
        IBackgroundCopyJob_Release(scene.jobs[i]);
    }
    IBackgroundCopyManager_Release(scene.manager);
    env_stop();
    assert_hr(DllCanUnloadNow(), S_OK);
    callback_await_release(&scene.callback); /* no cookie of the Global Interface Table is left */
}
