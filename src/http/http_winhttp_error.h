/* What WinHTTP's failures mean to the engine. */
#ifndef DOSVC_HTTP_WINHTTP_ERROR_H
#define DOSVC_HTTP_WINHTTP_ERROR_H

#include "hresult.h"

/* ERROR_WINHTTP_SECURE_CHANNEL_ERROR: the handshake came to no end, and nothing says why. */
#define HTTP_HANDSHAKE_BROKEN HRESULT_OF_WIN32(12157)

/* WinHTTP's own code as an HRESULT, Winsock's as WinHTTP's nearest, any failure that is a certificate's as
 * DO_E_HTTP_CERT_VALIDATION. 0 becomes E_FAIL. */
HRESULT http_winhttp_hresult(unsigned long error);

/* WinHTTP's code for the gravest of the WINHTTP_CALLBACK_STATUS_FLAG_* bits. */
unsigned long http_winhttp_secure_error(unsigned long faults);

#endif
