/* Can files of these names be made? The check behind file_ops' check_targets. */
#ifndef DOSVC_PLATFORM_TARGET_CHECK_H
#define DOSVC_PLATFORM_TARGET_CHECK_H

#include "hresult.h"

/* As check_targets in file_ops.h. */
HRESULT target_check_all(const char16_t *const *paths, size_t count, uint64_t *directories, size_t *failed);

#endif
