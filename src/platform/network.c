/* The network as Windows' network list manager sees it. Everything here belongs to the watching thread, except the status. */
#include "network.h"

#include "log.h"
#include "thread.h"

#include <initguid.h>
#include <netlistmgr.h>
#include <ocidl.h>

DEFINE_GUID(CLSID_NetworkList, 0xdcb00c01, 0x570f, 0x4a9b, 0x8d, 0x69, 0x19, 0x9f, 0xdb, 0xa5, 0x72, 0x3b);

/* One sink for one kind of event, on one connection point. Static, so it counts no references. */
struct event_sink {
    IConnectionPoint *point;
    DWORD cookie;
};

static struct watcher {
    struct network network;
    struct lock lock;
    struct network_status now; /* lock */
    struct signal *changed;    /* lock; NULL: nobody watches */
    struct signal stop;
    struct thread *thread;
    struct event_sink connectivity, cost;
} watcher;

static void set_status(const bool *is_connected, const uint32_t *cost)
{
    lock_acquire(&watcher.lock);
    struct network_status before = watcher.now;
    if (is_connected)
        network_note_connected(&watcher.now, *is_connected);
    if (cost)
        watcher.now.cost = *cost;
    bool is_news = before.is_connected != watcher.now.is_connected || before.cost != watcher.now.cost ||
                   before.connections != watcher.now.connections;
    if (is_news && watcher.changed)
        signal_set(watcher.changed);
    lock_release(&watcher.lock);
}

static void end_wait_for_cost(void)
{
    lock_acquire(&watcher.lock);
    if (watcher.now.is_cost_awaited && watcher.changed)
        signal_set(watcher.changed);
    watcher.now.is_cost_awaited = false;
    lock_release(&watcher.lock);
}

/* ---- Events, on threads of COM ---- */

static ULONG count_no_reference(void)
{
    return 1;
}

static HRESULT answer_query(void *sink, REFIID asked, REFIID own, void **object)
{
    bool is_known = IsEqualIID(asked, &IID_IUnknown) || IsEqualIID(asked, own);
    *object = is_known ? sink : NULL;
    return is_known ? S_OK : E_NOINTERFACE;
}

static HRESULT STDMETHODCALLTYPE connectivity_QueryInterface(INetworkListManagerEvents *sink, REFIID iid, void **object)
{
    return answer_query(sink, iid, &IID_INetworkListManagerEvents, object);
}

static ULONG STDMETHODCALLTYPE connectivity_AddRef(INetworkListManagerEvents *sink)
{
    (void)sink;
    return count_no_reference();
}

static HRESULT STDMETHODCALLTYPE connectivity_ConnectivityChanged(INetworkListManagerEvents *sink,
                                                                  NLM_CONNECTIVITY connectivity)
{
    (void)sink;
    bool is_connected = network_is_connected_by((uint32_t)connectivity);
    set_status(&is_connected, NULL);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE cost_QueryInterface(INetworkCostManagerEvents *sink, REFIID iid, void **object)
{
    return answer_query(sink, iid, &IID_INetworkCostManagerEvents, object);
}

static ULONG STDMETHODCALLTYPE cost_AddRef(INetworkCostManagerEvents *sink)
{
    (void)sink;
    return count_no_reference();
}

static HRESULT STDMETHODCALLTYPE cost_CostChanged(INetworkCostManagerEvents *sink, DWORD nlm_cost,
                                                  NLM_SOCKADDR *destination)
{
    (void)sink;
    uint32_t cost = network_cost_of(nlm_cost);
    if (!destination) /* the machine's, not that of one way */
        set_status(NULL, &cost);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE cost_DataPlanStatusChanged(INetworkCostManagerEvents *sink, NLM_SOCKADDR *destination)
{
    (void)sink;
    (void)destination;
    return S_OK; /* a change that matters is a CostChanged, too */
}

static const INetworkListManagerEventsVtbl connectivity_vtable = {
    connectivity_QueryInterface, connectivity_AddRef, connectivity_AddRef, connectivity_ConnectivityChanged};
static const INetworkCostManagerEventsVtbl cost_vtable = {cost_QueryInterface, cost_AddRef, cost_AddRef,
                                                          cost_CostChanged, cost_DataPlanStatusChanged};
static INetworkListManagerEvents connectivity_events = {&connectivity_vtable};
static INetworkCostManagerEvents cost_events = {&cost_vtable};

/* ---- The watching thread. But for its waiting all that it does is delicate: the list is a library. ---- */

static HRESULT advise(struct event_sink *sink, INetworkListManager *manager, REFIID iid, void *events)
{
    IConnectionPointContainer *container;
    HRESULT hr = INetworkListManager_QueryInterface(manager, &IID_IConnectionPointContainer, (void **)&container);
    if (FAILED(hr))
        return hr;
    hr = IConnectionPointContainer_FindConnectionPoint(container, iid, &sink->point);
    IConnectionPointContainer_Release(container);
    if (FAILED(hr)) {
        sink->point = NULL;
        return hr;
    }
    hr = IConnectionPoint_Advise(sink->point, events, &sink->cookie);
    if (FAILED(hr)) {
        IConnectionPoint_Release(sink->point);
        sink->point = NULL;
    }
    return hr;
}

/* No call is in the sink when this returns. */
static void unadvise(struct event_sink *sink, void *events)
{
    if (!sink->point)
        return;
    IConnectionPoint_Unadvise(sink->point, sink->cookie);
    IConnectionPoint_Release(sink->point);
    CoDisconnectObject(events, 0);
    *sink = (struct event_sink){0};
}

static void read_cost(INetworkListManager *manager)
{
    INetworkCostManager *costs;
    DWORD nlm_cost;
    if (FAILED(INetworkListManager_QueryInterface(manager, &IID_INetworkCostManager, (void **)&costs)))
        return;
    if (SUCCEEDED(INetworkCostManager_GetCost(costs, &nlm_cost, NULL))) {
        uint32_t cost = network_cost_of(nlm_cost);
        set_status(NULL, &cost);
    }
    INetworkCostManager_Release(costs);
}

static HRESULT watch_list(void)
{
    INetworkListManager *manager;
    HRESULT hr = CoCreateInstance(&CLSID_NetworkList, NULL, CLSCTX_ALL, &IID_INetworkListManager, (void **)&manager);
    if (FAILED(hr))
        return log_failure(LOG_CORE, hr, L"there is no list of networks");
    hr = advise(&watcher.connectivity, manager, &IID_INetworkListManagerEvents, &connectivity_events);
    if (SUCCEEDED(hr))
        hr = advise(&watcher.cost, manager, &IID_INetworkCostManagerEvents, &cost_events);
    if (FAILED(hr))
        (void)log_failure(LOG_CORE, hr, L"not all changes of the network will be heard of");
    read_cost(manager);
    end_wait_for_cost();
    thread_delicate_end();
    (void)signal_wait(&watcher.stop, UINT64_MAX);
    thread_delicate_begin();
    unadvise(&watcher.cost, &cost_events);
    unadvise(&watcher.connectivity, &connectivity_events);
    INetworkListManager_Release(manager);
    return hr;
}

static void run_watcher(void *context)
{
    (void)context;
    HRESULT hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (SUCCEEDED(hr)) {
        (void)watch_list();
        CoUninitialize();
    } else {
        (void)log_failure(LOG_CORE, hr, L"cannot enter the multithreaded apartment");
    }
    end_wait_for_cost(); /* there may be no list to ask */
    thread_delicate_end();
}

/* ---- The seam ---- */

static HRESULT system_watch(struct network *network, struct signal *changed)
{
    (void)network;
    watcher.stop = (struct signal){0};
    lock_acquire(&watcher.lock);
    watcher.now = (struct network_status){.is_connected = true, .is_cost_awaited = true};
    watcher.changed = changed;
    lock_release(&watcher.lock);
    thread_delicate_begin(); /* what the thread begins with */
    HRESULT hr = thread_start(u"dosvc network", run_watcher, NULL, &watcher.thread);
    if (FAILED(hr)) {
        thread_delicate_end();
        end_wait_for_cost();
    }
    return hr;
}

static struct network_status system_status(struct network *network)
{
    (void)network;
    lock_acquire(&watcher.lock);
    struct network_status now = watcher.now;
    lock_release(&watcher.lock);
    return now;
}

static void system_unwatch(struct network *network)
{
    (void)network;
    lock_acquire(&watcher.lock);
    watcher.changed = NULL;
    lock_release(&watcher.lock);
    if (!watcher.thread)
        return;
    signal_set(&watcher.stop);
    thread_join(watcher.thread);
    watcher.thread = NULL;
}

struct network *network_system(void)
{
    watcher.network = (struct network){system_watch, system_status, system_unwatch};
    return &watcher.network;
}
