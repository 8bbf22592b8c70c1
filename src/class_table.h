/* The classes that this DLL implements: one row each, for whoever registers them and whoever makes them. */
#ifndef DOSVC_CLASS_TABLE_H
#define DOSVC_CLASS_TABLE_H

#include <windows.h>

#include <stddef.h>

struct engine;

struct class_row {
    const CLSID *clsid;
    const WCHAR *name; /* for people who read the registry */
    const WCHAR *threading_model;
    HRESULT (*create)(struct engine *engine, REFIID iid, void **object); /* borrows the engine, returns new */
};

extern const struct class_row class_table[];
extern const size_t class_count;

#endif
