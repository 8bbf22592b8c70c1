#include "module.h"

#include "job_callback.h"
#include "log.h"
#include "thread.h"
#include "usage.h"

#include "deliveryoptimizationerrors.h"

#include <windows.h>
#include <objbase.h>

enum module_state { MODULE_STOPPED, MODULE_STARTING, MODULE_RUNNING, MODULE_STOPPING };

static struct module {
    struct lock lock;
    struct condition changed; /* `state` did */
    enum module_state state;
    HRESULT start_result;     /* of the last start */
    struct engine *engine;    /* the engine thread's; others may use it in MODULE_RUNNING */
    struct settings settings; /* the engine thread's */
} module;

static void enter_apartment(void)
{
    HRESULT hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (FAILED(hr))
        (void)log_failure(LOG_MODULE, hr, L"cannot enter the multithreaded apartment");
}

static void set_state(enum module_state state, HRESULT result)
{
    lock_acquire(&module.lock);
    module.state = state;
    module.start_result = result;
    condition_wake_all(&module.changed);
    lock_release(&module.lock);
}

/* ---- The engine thread ---- */

static HRESULT open_engine(const struct module_environment *environment)
{
    HRESULT hr = environment->load_settings(&module.settings);
    if (FAILED(hr))
        return log_failure(LOG_MODULE, hr, L"cannot read the settings");
    (void)log_open(module.settings.log_path, module.settings.log_level);
    const struct engine_environment outside = {
        .clock = environment->clock,
        .file_ops = environment->file_ops,
        .identity = environment->identity,
        .network = environment->network,
        .create_transport = environment->create_transport,
        .settings = &module.settings,
        .load_bandwidth = environment->load_bandwidth,
        .call_thread_enter = enter_apartment,
        .call_thread_leave = CoUninitialize,
        .process_ops = environment->process_ops,
        .deliver_to_class = job_callback_deliver_to_class,
    };
    hr = engine_create(&outside, &module.engine);
    if (FAILED(hr)) {
        (void)log_failure(LOG_MODULE, hr, L"cannot start");
        log_close();
        settings_clear(&module.settings);
        return hr;
    }
    usage_watch(engine_signal(module.engine));
    log_line(LOG_INFO, LOG_MODULE, L"started");
    return S_OK;
}

static void close_engine(void)
{
    usage_watch(NULL);
    engine_destroy(module.engine);
    module.engine = NULL;
    log_line(LOG_INFO, LOG_MODULE, L"stopped");
    log_close();
    settings_clear(&module.settings);
}

static bool is_unneeded(void)
{
    return usage_count() == 0 && engine_is_idle(module.engine);
}

/* Whoever comes in from now on waits for the next engine. */
static bool stop_if_unneeded(void)
{
    lock_acquire(&module.lock);
    bool is_stopping = is_unneeded();
    if (is_stopping)
        module.state = MODULE_STOPPING;
    lock_release(&module.lock);
    return is_stopping;
}

static void serve(struct clock *clock)
{
    uint64_t stop_at = CLOCK_NEVER;
    uint32_t serial = 0;
    for (;;) {
        usage_look_begin();
        uint64_t deadline = engine_step(module.engine);
        usage_look_end();
        uint64_t now = clock->now(clock);
        if (!is_unneeded()) {
            stop_at = CLOCK_NEVER;
        } else if (stop_at == CLOCK_NEVER || usage_serial() != serial) {
            serial = usage_serial();
            stop_at = now + MODULE_GRACE_MS;
        } else if (now >= stop_at && stop_if_unneeded()) {
            return;
        }
        clock->wait(clock, engine_signal(module.engine), stop_at < deadline ? stop_at : deadline);
    }
}

/* COM is entered before anything and left after everything: letting go of clients' interfaces needs it. */
static void run_engine(void *context)
{
    const struct module_environment *environment = module_environment();
    (void)context;
    enter_apartment();
    HRESULT hr = open_engine(environment);
    if (SUCCEEDED(hr)) {
        set_state(MODULE_RUNNING, S_OK);
        serve(environment->clock);
        close_engine();
    }
    CoUninitialize();
    set_state(MODULE_STOPPED, hr);
}

/* ---- Everybody else ---- */

/* False when no engine thread could be started: the state is stopped still. */
static bool start_engine(void) REQUIRES(module.lock)
{
    module.start_result = thread_start_last(u"dosvc engine", run_engine, NULL);
    if (FAILED(module.start_result))
        return false;
    module.state = MODULE_STARTING;
    return true;
}

/* Until the module runs, or the start that is awaited has failed. */
static HRESULT await_engine(uint64_t give_up_at) REQUIRES(module.lock)
{
    bool is_tried = false;
    while (module.state != MODULE_RUNNING) {
        if (module.state == MODULE_STOPPED && (is_tried || !start_engine()))
            return module.start_result;
        is_tried = is_tried || module.state == MODULE_STARTING;
        uint64_t now = GetTickCount64();
        if (now >= give_up_at)
            return log_failure(LOG_MODULE, DO_E_NO_SERVICE, L"the engine neither starts nor stops");
        condition_wait(&module.changed, &module.lock, give_up_at - now);
    }
    return S_OK;
}

HRESULT module_enter(struct engine **engine)
{
    *engine = NULL;
    lock_acquire(&module.lock);
    HRESULT hr = await_engine(GetTickCount64() + MODULE_WAIT_MS);
    if (SUCCEEDED(hr)) {
        usage_begin(); /* under the lock: the engine thread decides to stop under it */
        *engine = module.engine;
    }
    lock_release(&module.lock);
    return hr;
}

void module_leave(void)
{
    usage_end();
}

bool module_can_unload(void)
{
    lock_acquire_shared(&module.lock);
    bool can_unload = module.state == MODULE_STOPPED && usage_count() == 0;
    lock_release_shared(&module.lock);
    return can_unload;
}
