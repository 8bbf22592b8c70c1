/* Names as Windows compares them: in any case, by the system's own table of capital letters. */
#ifndef DOSVC_PLATFORM_NAME_CASE_H
#define DOSVC_PLATFORM_NAME_CASE_H

#include "hresult.h"

/* For a string_table of paths; '/' and '\' are one. */
bool name_equal(const char16_t *a, const char16_t *b);
uint32_t name_hash(const char16_t *name);

#endif
