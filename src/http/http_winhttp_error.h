/* What WinHTTP's failures mean to the engine. */
#ifndef DOSVC_HTTP_WINHTTP_ERROR_H
#define DOSVC_HTTP_WINHTTP_ERROR_H

#include "hresult.h"

/* WinHTTP's own code as an HRESULT, Winsock's as WinHTTP's nearest, any failure of a certificate or of TLS as
 * DO_E_HTTP_CERT_VALIDATION. 0 becomes E_FAIL. */
HRESULT http_winhttp_hresult(unsigned long error);

/* WinHTTP's code for the gravest of the WINHTTP_CALLBACK_STATUS_FLAG_* bits. */
unsigned long http_winhttp_secure_error(unsigned long faults);

#endif
