/* What WinHTTP's failures mean to the engine. */
#ifndef DOSVC_HTTP_WINHTTP_ERROR_H
#define DOSVC_HTTP_WINHTTP_ERROR_H

#include "hresult.h"

/* WinHTTP's own code as an HRESULT, Winsock's as WinHTTP's nearest, any failure of a certificate or of TLS as
 * DO_E_HTTP_CERT_VALIDATION. 0 becomes E_FAIL. */
HRESULT http_winhttp_hresult(unsigned long error);

#endif
