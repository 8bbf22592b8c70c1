/* The class factory, one kind for every row of class_table.h. */
#ifndef DOSVC_FACTORY_H
#define DOSVC_FACTORY_H

#include "class_table.h"

#include <windows.h>

/* Borrows the row, returns new. On failure *object is NULL. Does not start the engine. */
HRESULT factory_object_create(const struct class_row *row, REFIID iid, void **object);

#endif
