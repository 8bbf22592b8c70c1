/* Where a redirect leads. Pure. */
#ifndef DOSVC_HTTP_REDIRECT_H
#define DOSVC_HTTP_REDIRECT_H

#include "hresult.h"

#define HTTP_REDIRECT_FAILED     HRESULT_OF_WIN32(12156) /* ERROR_WINHTTP_REDIRECT_FAILED */
#define HTTP_REDIRECT_MAX        10                      /* redirects in a row */
#define HTTP_REDIRECT_URL_LENGTH 8192 /* characters; signed URLs of content networks outgrow what clients may pass */

/* True for the statuses that send a GET elsewhere: 301, 302, 303, 307, 308. */
bool http_redirect_is_status(uint32_t status);

/* The absolute URL that `location` means in an answer to `base` (an absolute http or https URL), without a fragment.
 * Returns new (mem_free). ERROR_WINHTTP_REDIRECT_FAILED as an HRESULT: another scheme than http and https, from
 * https to http unless that is allowed, control characters, too long, or no host. E_OUTOFMEMORY. */
HRESULT http_redirect_resolve(const char16_t *base, const char16_t *location, bool allows_insecure, char16_t **url);

#endif
