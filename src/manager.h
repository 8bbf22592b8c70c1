/* IBackgroundCopyManager: the object that CoCreateInstance gives. */
#ifndef DOSVC_MANAGER_H
#define DOSVC_MANAGER_H

#include "object.h"

#include "engine.h"

/* Borrows the engine, which runs as long as any object is held; returns new. On failure *object is NULL. */
HRESULT manager_object_create(struct engine *engine, REFIID iid, void **object);

#endif
