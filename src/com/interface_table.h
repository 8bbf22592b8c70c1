/* Clients' interfaces that are kept: the pointer itself belongs to the apartment that gave it, so it lies in the process's Global Interface Table, and whoever calls
 * fetches it anew. Callers are threads that have entered COM; no lock of ours is held. */
#ifndef DOSVC_COM_INTERFACE_TABLE_H
#define DOSVC_COM_INTERFACE_TABLE_H

#include <windows.h>
#include <unknwn.h>

struct kept_interface {
    DWORD cookie;
    const void *identity; /* of the object, which may be gone: to compare, not to call */
};

/* Borrows `object`, an interface of the kind `iid`, which the caller holds for the whole call. */
HRESULT interface_table_keep(IUnknown *object, REFIID iid, struct kept_interface *kept);
/* Returns new in *object, NULL on failure. */
HRESULT interface_table_fetch(const struct kept_interface *kept, REFIID iid, void **object);
void interface_table_forget(const struct kept_interface *kept);

#endif
