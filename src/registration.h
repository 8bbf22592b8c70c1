/* Entering the classes of class_table.h into the registry and taking them out again, for the machine or for one user.
 * Another server that was registered for a class comes back when ours goes:
 *
 *   Software\Classes\CLSID\{...}          the class: its name; InprocServer32 with our path; no AppID
 *   Software\dosvc\Saved\CLSID\{...}      what stood there before, value by value
 *   Software\dosvc\Written\CLSID\{...}    what we have put there: only what still equals it is ours to remove
 *   Software\dosvc\Written, "Keys"        the keys that we have made: only those are removed, and only when empty
 *
 * An AppID is put aside too, for it would lead out-of-process activations to another server, and so to another queue.
 * Interface keys are never touched: the system has proxies for the shared interfaces. Either everything is changed or
 * nothing. */
#ifndef DOSVC_REGISTRATION_H
#define DOSVC_REGISTRATION_H

#include <windows.h>

#include "registry_edit.h"

enum registration_scope {
    REGISTRATION_MACHINE, /* HKEY_LOCAL_MACHINE: needs an administrator */
    REGISTRATION_USER     /* HKEY_CURRENT_USER; elevated processes do not see it */
};

/* Registers the DLL that holds this function. Again: the path is renewed, and what was saved first stays saved.
 * E_ACCESSDENIED without the right. */
HRESULT registration_register(enum registration_scope scope);
/* S_OK also when it is not registered. */
HRESULT registration_unregister(enum registration_scope scope);

/* The same below any key and through any registry. Borrows all. */
HRESULT registration_write(const struct registry_ops *ops, HKEY hive, const WCHAR *module_path);
HRESULT registration_remove(const struct registry_ops *ops, HKEY hive);

#endif
