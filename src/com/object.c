#include "object.h"

#include "client_security.h"
#include "usage.h"

#include <objbase.h>

void com_object_init(struct com_object *object, const struct com_class *class)
{
    object->class = class;
    object->security_iface.lpVtbl = &client_security_vtable;
    atomic_init(&object->marshaler, NULL);
    atomic_init(&object->references, 1);
    usage_begin();
}

static IUnknown *interface_at(struct com_object *object, size_t offset)
{
    return (IUnknown *)((char *)object + offset);
}

ULONG com_addref(struct com_object *object)
{
    return atomic_fetch_add(&object->references, 1) + 1;
}

ULONG com_release(struct com_object *object)
{
    uint32_t left = atomic_fetch_sub(&object->references, 1) - 1;
    if (left == 0) {
        IUnknown *marshaler = atomic_load(&object->marshaler);
        if (marshaler)
            IUnknown_Release(marshaler);
        object->class->destroy(object);
        usage_end();
    }
    return left;
}

/* The marshaler is an aggregated part of the object: what it answers counts and compares as the object itself. */
static HRESULT query_marshaler(struct com_object *object, void **out)
{
    IUnknown *marshaler = atomic_load(&object->marshaler);
    if (!marshaler) {
        IUnknown *made;
        HRESULT hr = CoCreateFreeThreadedMarshaler(interface_at(object, object->class->interfaces[0].offset), &made);
        if (FAILED(hr))
            return hr;
        if (atomic_compare_exchange_strong(&object->marshaler, &marshaler, made))
            marshaler = made;
        else
            IUnknown_Release(made); /* another thread was faster; `marshaler` is now its */
    }
    return IUnknown_QueryInterface(marshaler, &IID_IMarshal, out);
}

HRESULT com_query_interface(struct com_object *object, REFIID iid, void **out)
{
    if (!out)
        return E_POINTER;
    *out = NULL;
    if (!iid)
        return E_INVALIDARG;
    const struct com_class *class = object->class;
    for (size_t i = 0; i < class->interface_count; i++) {
        if (IsEqualIID(iid, class->interfaces[i].iid)) {
            com_addref(object);
            *out = interface_at(object, class->interfaces[i].offset);
            return S_OK;
        }
    }
    if (IsEqualIID(iid, &IID_IClientSecurity)) {
        com_addref(object);
        *out = &object->security_iface;
        return S_OK;
    }
    if (IsEqualIID(iid, &IID_IMarshal))
        return query_marshaler(object, out);
    return E_NOINTERFACE;
}
