/* Secrets at rest: encrypted for the user of this process by Windows' data protection. */
#ifndef DOSVC_PLATFORM_SECRET_H
#define DOSVC_PLATFORM_SECRET_H

#include "hresult.h"

/* Return new (secret_free). What one user has sealed no other can open: the system's HRESULT. */
HRESULT secret_seal(const void *bytes, size_t size, void **sealed, size_t *sealed_size);
HRESULT secret_open(const void *sealed, size_t sealed_size, void **bytes, size_t *size);
/* Wipes, then frees (mem_free). NULL is allowed. */
void secret_free(void *bytes, size_t size);

#endif
