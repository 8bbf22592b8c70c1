#include "test_environment.h"

#include "log.h"
#include "memory.h"
#include "test_memory.h"
#include "usage.h"
#include "utf16.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

struct test_environment env;

static bool is_haunted; /* an engine of an earlier test is still there, and would serve the next one */

/* ---- The outside world ---- */

static HRESULT be_the_caller(struct identity *identity, struct caller *caller)
{
    (void)identity;
    *caller = env.caller;
    return S_OK;
}

static HRESULT lend_transport(struct http_transport **transport)
{
    *transport = &env.http.transport;
    return S_OK;
}

static HRESULT make_settings(struct settings *settings)
{
    WCHAR log[TEMP_PATH_MAX];
    temp_dir_path(&env.dir, L"log.txt", log);
    memset(settings, 0, sizeof(*settings));
    settings->queue_dir = utf16_duplicate(env.queue_dir);
    settings->log_path = utf16_duplicate(log);
    settings->log_level = LOG_INFO;
    settings->retry_base_ms = 1000;
    settings->range_cut_mib = 64;
    settings->receive_timeout_ms = 30000;
    settings->allow_unc = env.allow_unc;
    settings->download_mode = env.download_mode;
    if (settings->queue_dir && settings->log_path)
        return S_OK;
    settings_clear(settings);
    return E_OUTOFMEMORY;
}

const struct module_environment *module_environment(void)
{
    static struct module_environment environment;
    environment = (struct module_environment){
        .clock = &env.clock.clock,
        .file_ops = env.file_ops,
        .identity = &env.identity,
        .process_ops = &env.processes.ops,
        .network = &env.network.network,
        .create_transport = lend_transport,
        .load_settings = make_settings,
    };
    return &environment;
}

/* ---- Set-up and tear-down ---- */

int env_open(void **state)
{
    (void)state;
    if (is_haunted)
        return -1;
    memset(&env, 0, sizeof(env));
    env.blocks = test_memory_blocks();
    assert_hr(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
    temp_dir_make(&env.dir);
    temp_dir_path(&env.dir, L"queue", env.queue_dir);
    fake_clock_init(&env.clock);
    fake_network_init(&env.network);
    memory_http_init(&env.http);
    fake_processes_init(&env.processes);
    env.file_ops = file_ops_system();
    env.identity.caller = be_the_caller;
    (void)swprintf(env.caller.sid, ARRAYSIZE(env.caller.sid), L"S-1-5-21-1-2-3-1000");
    return 0;
}

static bool is_unused(void *context)
{
    (void)context;
    return usage_count() == 0;
}

static bool is_stopped(void *context)
{
    (void)context;
    fake_clock_advance(&env.clock, MODULE_GRACE_MS);
    return module_can_unload();
}

void env_stop(void)
{
    /* A call to a client may still hold its objects. */
    env_until(is_unused, NULL, "the last Release");
    env_until(is_stopped, NULL, "the end of the engine");
}

/* The engine thread frees its own last block after it has said that it is stopped. */
static bool is_memory_free(void *context)
{
    (void)context;
    return test_memory_blocks() == env.blocks;
}

int env_close(void **state)
{
    (void)state;
    ULONGLONG limit = GetTickCount64() + ENV_LIMIT_MS;
    while (!(is_unused(NULL) && is_stopped(NULL))) {
        if (GetTickCount64() >= limit) {
            print_error("the test left %u objects behind: no other test can run\n", usage_count());
            is_haunted = true;
            return -1;
        }
        Sleep(1);
    }
    assert_int_equal(env.http.open_exchanges, 0);
    temp_dir_remove(&env.dir);
    CoUninitialize();
    env_until(is_memory_free, NULL, "the last block of memory");
    return 0;
}

void env_until(bool (*is_met)(void *context), void *context, const char *what)
{
    ULONGLONG limit = GetTickCount64() + ENV_LIMIT_MS;
    while (!is_met(context)) {
        if (GetTickCount64() >= limit)
            fail_msg("not in time: %s", what);
        Sleep(1);
    }
}

void assert_hr_at(HRESULT actual, HRESULT expected, const char *expression, const char *file, int line)
{
    if (actual == expected)
        return;
    print_error("%s: %08lX, not %08lX\n", expression, (unsigned long)actual, (unsigned long)expected);
    _fail(file, line);
}

void assert_text_at(WCHAR *text, const WCHAR *expected, const char *file, int line)
{
    bool is_same = text && wcscmp(text, expected) == 0;
    if (!is_same)
        print_error("\"%ls\" is not \"%ls\"\n", text ? text : L"(NULL)", expected);
    CoTaskMemFree(text);
    if (!is_same)
        _fail(file, line);
}

void *env_face(void *object, const IID *iid)
{
    void *face = NULL;
    assert_hr(IUnknown_QueryInterface((IUnknown *)object, iid, &face), S_OK);
    IUnknown_Release((IUnknown *)face);
    return face;
}

/* ---- The class ---- */

IClassFactory *env_factory(void)
{
    IClassFactory *factory = NULL;
    assert_hr(DllGetClassObject(&CLSID_DeliveryOptimization, &IID_IClassFactory, (void **)&factory), S_OK);
    return factory;
}

IBackgroundCopyManager *env_manager(void)
{
    IBackgroundCopyManager *manager = NULL;
    IClassFactory *factory = env_factory();
    assert_hr(IClassFactory_CreateInstance(factory, NULL, &IID_IBackgroundCopyManager, (void **)&manager), S_OK);
    IClassFactory_Release(factory);
    return manager;
}

/* ---- Jobs ---- */

IBackgroundCopyJob *env_job(IBackgroundCopyManager *manager)
{
    IBackgroundCopyJob *job = NULL;
    GUID id;
    assert_hr(IBackgroundCopyManager_CreateJob(manager, L"test", BG_JOB_TYPE_DOWNLOAD, &id, &job), S_OK);
    return job;
}

const WCHAR *env_path(const WCHAR *name)
{
    static WCHAR path[TEMP_PATH_MAX];
    temp_dir_path(&env.dir, name, path);
    return path;
}

void env_add(IBackgroundCopyJob *job, const struct memory_resource *resource, const WCHAR *name)
{
    assert_hr(IBackgroundCopyJob_AddFile(job, resource->url, env_path(name)), S_OK);
}

IBackgroundCopyJob *env_job_with_file(IBackgroundCopyManager *manager)
{
    IBackgroundCopyJob *job = env_job(manager);
    env_add(job, memory_http_add(&env.http, u"a", 1000, 1), L"a");
    return job;
}

IBackgroundCopyJob *env_failed_job(IBackgroundCopyManager *manager)
{
    IBackgroundCopyJob *job = env_job(manager);
    struct memory_resource *resource = memory_http_add(&env.http, u"gone", 1000, 1);
    resource->status = 404;
    env_add(job, resource, L"gone");
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    env_await_state(job, BG_JOB_STATE_ERROR);
    return job;
}

IBackgroundCopyFile *env_file(IBackgroundCopyJob *job, ULONG number)
{
    IEnumBackgroundCopyFiles *files = NULL;
    IBackgroundCopyFile *file = NULL;
    assert_hr(IBackgroundCopyJob_EnumFiles(job, &files), S_OK);
    assert_hr(IEnumBackgroundCopyFiles_Skip(files, number), S_OK);
    assert_hr(IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL), S_OK);
    IEnumBackgroundCopyFiles_Release(files);
    return file;
}

BG_JOB_STATE env_state(IBackgroundCopyJob *job)
{
    BG_JOB_STATE state = BG_JOB_STATE_CONNECTING;
    assert_hr(IBackgroundCopyJob_GetState(job, &state), S_OK);
    return state;
}

struct wanted {
    IBackgroundCopyJob *job;
    BG_JOB_STATE state;
};

static bool has_state(void *context)
{
    struct wanted *wanted = context;
    return env_state(wanted->job) == wanted->state;
}

void env_await_state(IBackgroundCopyJob *job, BG_JOB_STATE state)
{
    struct wanted wanted = {job, state};
    char what[32];
    (void)snprintf(what, sizeof(what), "BG_JOB_STATE %d", (int)state);
    env_until(has_state, &wanted, what);
}

void env_assert_file(const WCHAR *name, const struct memory_resource *resource)
{
    size_t size = 0;
    char *bytes = temp_file_read(env_path(name), &size);
    assert_int_equal(size, resource->size);
    for (size_t i = 0; i < size; i++) {
        if ((uint8_t)bytes[i] != memory_http_byte(resource->seed, i))
            fail_msg("%ls: byte %zu is wrong", name, i);
    }
    free(bytes);
}
