/* Text for libraries that take UTF-8. */
#ifndef DOSVC_PLATFORM_UTF8_H
#define DOSVC_PLATFORM_UTF8_H

#include "hresult.h"

/* A new copy in UTF-8 (mem_free). A text that is no UTF-16, with half a surrogate pair, fails with ERROR_NO_UNICODE_TRANSLATION. Nothing is logged. */
HRESULT utf8_duplicate(const char16_t *text, char **utf8);

#endif
