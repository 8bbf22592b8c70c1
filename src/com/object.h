/* What every COM object of ours has in common: identity, reference count and a QueryInterface that reads a table. An object is a structure whose first member is
 * `struct com_object object`, followed by one member per interface that clients see:
 *
 *     struct job_object {
 *         struct com_object object;
 *         IBackgroundCopyJob5 job_iface;
 *         struct job *job;
 *     };
 *     COM_UNKNOWN(job, IBackgroundCopyJob5, struct job_object, job_iface)
 *     static const IBackgroundCopyJob5Vtbl job_vtable = {COM_UNKNOWN_SLOTS(job), job_AddFileSet, ... };
 *
 * Beside the interfaces of its table every object answers IMarshal (the free-threaded marshaler: any thread may use the pointer as it is) and IClientSecurity
 * (clients set a proxy blanket without asking whether there is a proxy). Nothing here takes a lock. */
#ifndef DOSVC_COM_OBJECT_H
#define DOSVC_COM_OBJECT_H

#include <windows.h>
#include <objidl.h>

#include <stdatomic.h>
#include <stdint.h>

struct com_object;

/* One interface that an object answers. */
struct com_interface {
    const IID *iid;
    size_t offset; /* of the interface's member in the object's structure */
};

struct com_class {
    const struct com_interface *interfaces; /* row 0 is IID_IUnknown, the identity */
    size_t interface_count;
    void (*destroy)(struct com_object *object); /* frees the whole structure; on the thread of the last Release */
};

#define COM_CLASS(rows, destroy_function)                                                                              \
    {                                                                                                                  \
        (rows), sizeof(rows) / sizeof((rows)[0]), (destroy_function)                                                   \
    }

struct com_object {
    const struct com_class *class;
    IClientSecurity security_iface;
    IUnknown *_Atomic marshaler; /* NULL until somebody asks for IMarshal */
    _Atomic uint32_t references;
};

/* The first reference is the caller's. Counts as a use of the module until the last Release. */
void com_object_init(struct com_object *object, const struct com_class *class);
ULONG com_addref(struct com_object *object);
ULONG com_release(struct com_object *object);
/* E_POINTER for a NULL `out`. */
HRESULT com_query_interface(struct com_object *object, REFIID iid, void **out);

/* QueryInterface, AddRef and Release of one interface, typed as its vtable wants them. `owner` makes the `struct com_object *` of `iface`. */
#define COM_UNKNOWN_OF(prefix, face, owner)                                                                            \
    static HRESULT STDMETHODCALLTYPE prefix##_QueryInterface(face *iface, REFIID iid, void **out)                      \
    {                                                                                                                  \
        return com_query_interface(owner, iid, out);                                                                   \
    }                                                                                                                  \
    static ULONG STDMETHODCALLTYPE prefix##_AddRef(face *iface)                                                        \
    {                                                                                                                  \
        return com_addref(owner);                                                                                      \
    }                                                                                                                  \
    static ULONG STDMETHODCALLTYPE prefix##_Release(face *iface)                                                       \
    {                                                                                                                  \
        return com_release(owner);                                                                                     \
    }

/* The same for the interface that is `member` of the object's structure `type`. */
#define COM_UNKNOWN(prefix, face, type, member)                                                                        \
    _Static_assert(offsetof(type, object) == 0, "the offsets of a com_class count from the com_object");               \
    COM_UNKNOWN_OF(prefix, face, &CONTAINING_RECORD(iface, type, member)->object)

/* The first three slots of the vtable. */
#define COM_UNKNOWN_SLOTS(prefix) prefix##_QueryInterface, prefix##_AddRef, prefix##_Release

#endif
