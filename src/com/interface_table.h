/* Clients' interfaces that are kept: the pointer itself belongs to the apartment that gave it, so it lies in the process's Global Interface Table, and whoever calls
 * fetches it anew. Callers are threads that have entered COM; no lock of ours is held. */
#ifndef DOSVC_COM_INTERFACE_TABLE_H
#define DOSVC_COM_INTERFACE_TABLE_H

#include <windows.h>
#include <unknwn.h>

/* Borrows `object`, an interface of the kind `iid`. */
HRESULT interface_table_keep(IUnknown *object, REFIID iid, DWORD *cookie);
/* Returns new in *object, NULL on failure. */
HRESULT interface_table_fetch(DWORD cookie, REFIID iid, void **object);
void interface_table_forget(DWORD cookie);

#endif
