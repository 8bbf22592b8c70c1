/* The WinHTTP functions that the transport calls, as one table, so that tests can make each of them fail in turn. */
#ifndef DOSVC_HTTP_WINHTTP_API_H
#define DOSVC_HTTP_WINHTTP_API_H

#include "http_transport.h"

#include <windows.h>
#include <winhttp.h>

struct http_winhttp_api {
    HINTERNET(WINAPI *open)(LPCWSTR agent, DWORD access, LPCWSTR proxy, LPCWSTR bypass, DWORD flags);
    HINTERNET(WINAPI *connect)(HINTERNET session, LPCWSTR host, INTERNET_PORT port, DWORD reserved);
    HINTERNET(WINAPI *open_request)
    (HINTERNET connection, LPCWSTR verb, LPCWSTR object, LPCWSTR version, LPCWSTR referrer, LPCWSTR *types,
     DWORD flags);
    BOOL(WINAPI *close_handle)(HINTERNET handle);
    BOOL(WINAPI *set_timeouts)(HINTERNET handle, int resolve, int connect, int send, int receive);
    BOOL(WINAPI *set_option)(HINTERNET handle, DWORD option, LPVOID value, DWORD size);
    BOOL(WINAPI *send_request)
    (HINTERNET request, LPCWSTR headers, DWORD length, LPVOID optional, DWORD optional_length, DWORD total,
     DWORD_PTR context);
    BOOL(WINAPI *receive_response)(HINTERNET request, LPVOID reserved);
    BOOL(WINAPI *query_headers)
    (HINTERNET request, DWORD level, LPCWSTR name, LPVOID buffer, LPDWORD size, LPDWORD index);
    BOOL(WINAPI *query_data_available)(HINTERNET request, LPDWORD available);
    BOOL(WINAPI *read_data)(HINTERNET request, LPVOID buffer, DWORD size, LPDWORD read);
};

/* The real ones. */
extern const struct http_winhttp_api http_winhttp_system_api;

/* As http_winhttp_create. Borrows the table until the transport is destroyed. */
HRESULT http_winhttp_create_with(const struct http_winhttp_api *api, struct http_transport **transport);

#endif
