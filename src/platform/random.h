/* Random numbers of the system. */
#ifndef DOSVC_PLATFORM_RANDOM_H
#define DOSVC_PLATFORM_RANDOM_H

#include "hresult.h"

/* A random (version 4) GUID in Windows' memory layout. */
HRESULT random_guid(uint8_t id[16]);

#endif
