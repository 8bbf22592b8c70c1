/* The functions of Windows that the transport calls, as one table, so that tests can make each of them fail in turn. */
#ifndef DOSVC_HTTP_WINHTTP_API_H
#define DOSVC_HTTP_WINHTTP_API_H

#include "http_transport.h"

#include <windows.h>
#include <winhttp.h>
#include <wincrypt.h>

struct http_winhttp_api {
    bool (*is_wine)(void); /* whose peculiarities http_wine.h lists */
    HINTERNET(WINAPI *open)(LPCWSTR agent, DWORD access, LPCWSTR proxy, LPCWSTR bypass, DWORD flags);
    HINTERNET(WINAPI *connect)(HINTERNET session, LPCWSTR host, INTERNET_PORT port, DWORD reserved);
    HINTERNET(WINAPI *open_request)
    (HINTERNET connection, LPCWSTR verb, LPCWSTR object, LPCWSTR version, LPCWSTR referrer, LPCWSTR *types,
     DWORD flags);
    BOOL(WINAPI *close_handle)(HINTERNET handle);
    BOOL(WINAPI *set_timeouts)(HINTERNET handle, int resolve, int connect, int send, int receive);
    BOOL(WINAPI *set_option)(HINTERNET handle, DWORD option, LPVOID value, DWORD size);
    WINHTTP_STATUS_CALLBACK(WINAPI *set_status_callback)
    (HINTERNET handle, WINHTTP_STATUS_CALLBACK callback, DWORD notifications, DWORD_PTR reserved);
    BOOL(WINAPI *add_request_headers)(HINTERNET request, LPCWSTR headers, DWORD length, DWORD modifiers);
    BOOL(WINAPI *send_request)
    (HINTERNET request, LPCWSTR headers, DWORD length, LPVOID optional, DWORD optional_length, DWORD total,
     DWORD_PTR context);
    BOOL(WINAPI *receive_response)(HINTERNET request, LPVOID reserved);
    BOOL(WINAPI *query_headers)
    (HINTERNET request, DWORD level, LPCWSTR name, LPVOID buffer, LPDWORD size, LPDWORD index);
    BOOL(WINAPI *query_data_available)(HINTERNET request, LPDWORD available);
    BOOL(WINAPI *read_data)(HINTERNET request, LPVOID buffer, DWORD size, LPDWORD read);
    /* Credentials. */
    BOOL(WINAPI *query_auth_schemes)(HINTERNET request, LPDWORD supported, LPDWORD first, LPDWORD target);
    BOOL(WINAPI *set_credentials)
    (HINTERNET request, DWORD target, DWORD scheme, LPCWSTR user, LPCWSTR password, LPVOID parameters);
    /* The proxy settings of the user and of the machine. */
    BOOL(WINAPI *get_user_proxy)(WINHTTP_CURRENT_USER_IE_PROXY_CONFIG *settings);
    BOOL(WINAPI *get_machine_proxy)(WINHTTP_PROXY_INFO *settings);
    BOOL(WINAPI *get_proxy_for_url)
    (HINTERNET session, LPCWSTR url, WINHTTP_AUTOPROXY_OPTIONS *options, WINHTTP_PROXY_INFO *proxy);
    /* Client certificates. */
    HCERTSTORE(WINAPI *cert_open_store)
    (LPCSTR provider, DWORD encoding, HCRYPTPROV_LEGACY crypt, DWORD flags, const void *name);
    PCCERT_CONTEXT(WINAPI *cert_find)
    (HCERTSTORE store, DWORD encoding, DWORD flags, DWORD type, const void *what, PCCERT_CONTEXT previous);
    BOOL(WINAPI *cert_add_serialized)
    (HCERTSTORE store, const BYTE *element, DWORD size, DWORD disposition, DWORD flags, DWORD types, DWORD *type,
     const void **context);
    BOOL(WINAPI *cert_free)(PCCERT_CONTEXT certificate);
    BOOL(WINAPI *cert_close_store)(HCERTSTORE store, DWORD flags);
};

/* The real ones. */
extern const struct http_winhttp_api http_winhttp_system_api;

/* As http_winhttp_create. Borrows the table until the transport is destroyed. */
HRESULT http_winhttp_create_with(const struct http_winhttp_api *api, struct http_transport **transport);

#endif
