#include "http_winhttp_error.h"

#include "http_transport.h"

#include "deliveryoptimizationerrors.h"

#include <windows.h>
#include <winhttp.h>

#define WINSOCK_FIRST 10000u
#define WINSOCK_LAST  11999u

/* Winsock's codes come through where WinHTTP does not translate them (Wine). */
static unsigned long winsock_to_winhttp(unsigned long error)
{
    switch (error) {
    case WSAETIMEDOUT: return ERROR_WINHTTP_TIMEOUT;
    case WSAENETDOWN:
    case WSAENETUNREACH:
    case WSAEHOSTDOWN:
    case WSAEHOSTUNREACH:
    case WSAEADDRNOTAVAIL:
    case WSAECONNREFUSED: return ERROR_WINHTTP_CANNOT_CONNECT;
    case WSAHOST_NOT_FOUND:
    case WSATRY_AGAIN:
    case WSANO_RECOVERY:
    case WSANO_DATA: return ERROR_WINHTTP_NAME_NOT_RESOLVED;
    default: return ERROR_WINHTTP_CONNECTION_ERROR;
    }
}

static bool is_certificate_failure(unsigned long error)
{
    switch (error) {
    case ERROR_WINHTTP_SECURE_FAILURE:
    case ERROR_WINHTTP_SECURE_CERT_DATE_INVALID:
    case ERROR_WINHTTP_SECURE_CERT_CN_INVALID:
    case ERROR_WINHTTP_SECURE_INVALID_CA:
    case ERROR_WINHTTP_SECURE_CERT_REV_FAILED:
    case ERROR_WINHTTP_SECURE_INVALID_CERT:
    case ERROR_WINHTTP_SECURE_CERT_REVOKED:
    case ERROR_WINHTTP_SECURE_CERT_WRONG_USAGE: return true;
    default: return FAILED((HRESULT)error); /* a code of Schannel or of the certificate chain */
    }
}

unsigned long http_winhttp_secure_error(unsigned long faults)
{
    static const struct {
        unsigned long fault, error;
    } rows[] = {
        {WINHTTP_CALLBACK_STATUS_FLAG_CERT_REVOKED, ERROR_WINHTTP_SECURE_CERT_REVOKED},
        {WINHTTP_CALLBACK_STATUS_FLAG_INVALID_CERT, ERROR_WINHTTP_SECURE_INVALID_CERT},
        {WINHTTP_CALLBACK_STATUS_FLAG_INVALID_CA, ERROR_WINHTTP_SECURE_INVALID_CA},
        {WINHTTP_CALLBACK_STATUS_FLAG_CERT_CN_INVALID, ERROR_WINHTTP_SECURE_CERT_CN_INVALID},
        {WINHTTP_CALLBACK_STATUS_FLAG_CERT_DATE_INVALID, ERROR_WINHTTP_SECURE_CERT_DATE_INVALID},
        {WINHTTP_CALLBACK_STATUS_FLAG_CERT_WRONG_USAGE, ERROR_WINHTTP_SECURE_CERT_WRONG_USAGE},
        {WINHTTP_CALLBACK_STATUS_FLAG_CERT_REV_FAILED, ERROR_WINHTTP_SECURE_CERT_REV_FAILED},
        {WINHTTP_CALLBACK_STATUS_FLAG_SECURITY_CHANNEL_ERROR, ERROR_WINHTTP_SECURE_CHANNEL_ERROR},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (faults & rows[i].fault)
            return rows[i].error;
    }
    return ERROR_WINHTTP_SECURE_FAILURE;
}

HRESULT http_winhttp_hresult(unsigned long error)
{
    if (is_certificate_failure(error))
        return DO_E_HTTP_CERT_VALIDATION;
    if (error >= WINSOCK_FIRST && error <= WINSOCK_LAST)
        error = winsock_to_winhttp(error);
    switch (error) {
    case ERROR_SUCCESS: return E_FAIL;
    case ERROR_NOT_ENOUGH_MEMORY: return E_OUTOFMEMORY;
    default: return HRESULT_FROM_WIN32(error);
    }
}

bool http_failure_is_transient(HRESULT hr)
{
    switch (hr) {
    case E_OUTOFMEMORY:
    case HTTP_CONNECTION_BROKEN:
    case HTTP_HANDSHAKE_BROKEN:
    case HRESULT_OF_WIN32(ERROR_WINHTTP_TIMEOUT):
    case HRESULT_OF_WIN32(ERROR_WINHTTP_NAME_NOT_RESOLVED):
    case HRESULT_OF_WIN32(ERROR_WINHTTP_CANNOT_CONNECT):
    case HRESULT_OF_WIN32(ERROR_WINHTTP_INVALID_SERVER_RESPONSE): /* also a connection closed before any answer */
    case HRESULT_OF_WIN32(ERROR_WINHTTP_RESEND_REQUEST):
    case HRESULT_OF_WIN32(ERROR_WINHTTP_OPERATION_CANCELLED):
    case HRESULT_OF_WIN32(ERROR_WINHTTP_UNABLE_TO_DOWNLOAD_SCRIPT):
    case HRESULT_OF_WIN32(ERROR_WINHTTP_AUTODETECTION_FAILED): return true;
    default: return false;
    }
}
