/* The certificate that a request shows of its own. */
#ifndef DOSVC_HTTP_WINHTTP_CERTIFICATE_H
#define DOSVC_HTTP_WINHTTP_CERTIFICATE_H

#include "http_winhttp_api.h"

/* S_OK: *certificate is the caller's to free with api->cert_free, NULL when `wanted` names none. CRYPT_E_NOT_FOUND, or
 * what opening its store failed with. */
HRESULT http_winhttp_certificate_find(const struct http_winhttp_api *api, const struct http_client_certificate *wanted,
                                      PCCERT_CONTEXT *certificate);

#endif
