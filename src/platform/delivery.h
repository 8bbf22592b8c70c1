/* Temporary files get their final names: deliver of file_ops.h. */
#ifndef DOSVC_PLATFORM_DELIVERY_H
#define DOSVC_PLATFORM_DELIVERY_H

#include "file_ops.h"

HRESULT delivery_make(struct deliveries **shared, const char16_t *temporary, const char16_t *target,
                      const struct closed_file *closed);
void delivery_end(struct deliveries *shared);

#endif
