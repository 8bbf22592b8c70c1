#include "factory.h"

#include "log.h"
#include "memory.h"
#include "module.h"
#include "object.h"
#include "usage.h"

#include <stdatomic.h>

struct factory_object {
    struct com_object object;
    IClassFactory factory_iface;
    const struct class_row *row;
};

COM_UNKNOWN(factory, IClassFactory, struct factory_object, factory_iface)

static HRESULT STDMETHODCALLTYPE factory_CreateInstance(IClassFactory *iface, IUnknown *outer, REFIID iid,
                                                        void **object)
{
    if (!object)
        return E_INVALIDARG;
    *object = NULL;
    if (!iid)
        return E_INVALIDARG;
    if (outer)
        return CLASS_E_NOAGGREGATION;
    struct engine *engine;
    HRESULT hr = module_enter(&engine);
    if (FAILED(hr))
        return hr;
    hr = CONTAINING_RECORD(iface, struct factory_object, factory_iface)->row->create(engine, iid, object);
    module_leave();
    return hr;
}

static _Atomic uint32_t server_locks; /* of all factories: they are one server */

/* A lock that is not there must not be ended: it would be the use of somebody else's object. */
static HRESULT unlock_server(void)
{
    uint32_t locks = atomic_load(&server_locks);
    do {
        if (locks == 0)
            return log_failure(LOG_COM, E_UNEXPECTED, L"LockServer(FALSE) without LockServer(TRUE)");
    } while (!atomic_compare_exchange_weak(&server_locks, &locks, locks - 1));
    usage_end();
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE factory_LockServer(IClassFactory *iface, BOOL is_locked)
{
    (void)iface;
    if (!is_locked)
        return unlock_server();
    usage_begin();
    atomic_fetch_add(&server_locks, 1);
    return S_OK;
}

static const IClassFactoryVtbl factory_vtable = {
    COM_UNKNOWN_SLOTS(factory),
    .CreateInstance = factory_CreateInstance,
    .LockServer = factory_LockServer,
};

static const struct com_interface factory_interfaces[] = {
    {&IID_IUnknown, offsetof(struct factory_object, factory_iface)},
    {&IID_IClassFactory, offsetof(struct factory_object, factory_iface)},
};

static void factory_destroy(struct com_object *object)
{
    mem_free(CONTAINING_RECORD(object, struct factory_object, object));
}

static const struct com_class factory_class = COM_CLASS(factory_interfaces, factory_destroy);

HRESULT factory_object_create(const struct class_row *row, REFIID iid, void **object)
{
    *object = NULL;
    struct factory_object *self = mem_alloc(sizeof(*self));
    if (!self)
        return log_failure(LOG_COM, E_OUTOFMEMORY, L"cannot make a class factory");
    self->factory_iface.lpVtbl = &factory_vtable;
    self->row = row;
    com_object_init(&self->object, &factory_class);
    HRESULT hr = com_query_interface(&self->object, iid, object);
    com_release(&self->object);
    return hr;
}

HRESULT WINAPI DllGetClassObject(REFCLSID clsid, REFIID iid, LPVOID *object)
{
    if (!object)
        return E_INVALIDARG;
    *object = NULL;
    if (!clsid || !iid)
        return E_INVALIDARG;
    for (size_t i = 0; i < class_count; i++) {
        if (IsEqualCLSID(clsid, class_table[i].clsid))
            return factory_object_create(&class_table[i], iid, object);
    }
    return CLASS_E_CLASSNOTAVAILABLE;
}

HRESULT WINAPI DllCanUnloadNow(void)
{
    return module_can_unload() ? S_OK : S_FALSE;
}
