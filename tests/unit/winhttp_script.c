#include "winhttp_script.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* All handles are places in this array, so that one that was never opened shows. */
#define HANDLES_MAX 256

struct handle {
    bool is_open, is_secure;
    WINHTTP_STATUS_CALLBACK callback;
    const struct winhttp_answer *answer; /* of a request that was sent */
};

struct winhttp_script winhttp_script;
static struct handle handles[HANDLES_MAX];
static const CERT_CONTEXT certificate;

void winhttp_script_reset(void)
{
    memset(&winhttp_script, 0, sizeof(winhttp_script));
    memset(handles, 0, sizeof(handles));
}

static void note(const wchar_t *format, ...)
{
    size_t length = wcslen(winhttp_script.log);
    size_t room = ARRAYSIZE(winhttp_script.log) - length;
    va_list arguments;
    va_start(arguments, format);
    if (vswprintf(winhttp_script.log + length, room, format, arguments) < 0)
        winhttp_script.log[length] = 0;
    va_end(arguments);
    length = wcslen(winhttp_script.log);
    if (length + 1 < ARRAYSIZE(winhttp_script.log)) {
        winhttp_script.log[length] = L'\n';
        winhttp_script.log[length + 1] = 0;
    }
}

unsigned winhttp_script_count(const wchar_t *line)
{
    unsigned count = 0;
    size_t length = wcslen(line);
    for (const wchar_t *at = winhttp_script.log; *at;) {
        size_t end = wcscspn(at, L"\n");
        count += end == length && !wcsncmp(at, line, length);
        at += end + (at[end] == L'\n');
    }
    return count;
}

/* Counts a call, and makes it fail when its turn has come. */
static bool fails(void)
{
    winhttp_script.calls++;
    if (winhttp_script.calls != winhttp_script.failing_at)
        return false;
    SetLastError(winhttp_script.failing_with);
    return true;
}

static bool fail(DWORD error)
{
    SetLastError(error);
    return false;
}

static bool script_is_wine(void)
{
    return !winhttp_script.is_windows;
}

/* ---- Handles ---- */

static HINTERNET open_handle(void)
{
    if (fails())
        return NULL;
    for (size_t i = 0; i < HANDLES_MAX; i++) {
        if (handles[i].is_open)
            continue;
        handles[i] = (struct handle){.is_open = true};
        winhttp_script.open_handles++;
        return &handles[i];
    }
    SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    return NULL;
}

static struct handle *handle_of(HINTERNET handle)
{
    struct handle *opened = handle;
    if (!opened->is_open)
        note(L"a closed handle was used");
    return opened;
}

static HINTERNET WINAPI script_open(LPCWSTR agent, DWORD access, LPCWSTR proxy, LPCWSTR bypass, DWORD flags)
{
    (void)agent, (void)bypass, (void)flags;
    note(L"session %ls", access == WINHTTP_ACCESS_TYPE_NAMED_PROXY ? proxy : L"direct");
    return open_handle();
}

static HINTERNET WINAPI script_connect(HINTERNET session, LPCWSTR host, INTERNET_PORT port, DWORD reserved)
{
    (void)handle_of(session), (void)reserved;
    note(L"connect %ls:%u", host, port);
    return open_handle();
}

static HINTERNET WINAPI script_open_request(HINTERNET connection, LPCWSTR verb, LPCWSTR object, LPCWSTR version,
                                            LPCWSTR referrer, LPCWSTR *types, DWORD flags)
{
    (void)handle_of(connection), (void)version, (void)referrer, (void)types;
    note(L"%ls %ls%ls", verb, object, flags & WINHTTP_FLAG_SECURE ? L" secure" : L"");
    struct handle *handle = open_handle();
    if (handle)
        handle->is_secure = flags & WINHTTP_FLAG_SECURE;
    return handle;
}

static BOOL WINAPI script_close(HINTERNET handle)
{
    handle_of(handle)->is_open = false;
    winhttp_script.open_handles--;
    return TRUE;
}

static BOOL WINAPI script_set_timeouts(HINTERNET handle, int resolve, int connect, int send, int receive)
{
    (void)handle_of(handle);
    note(L"time-outs %d %d %d %d", resolve, connect, send, receive);
    return !fails();
}

static BOOL WINAPI script_set_option(HINTERNET handle, DWORD option, LPVOID value, DWORD size)
{
    bool is_secure = handle_of(handle)->is_secure;
    if (option == WINHTTP_OPTION_CLIENT_CERT_CONTEXT && !is_secure)
        return fail(ERROR_WINHTTP_INCORRECT_HANDLE_STATE);
    if (option == WINHTTP_OPTION_CLIENT_CERT_CONTEXT)
        note(L"certificate %ls", value == &certificate ? L"shown" : L"none");
    else if (size == sizeof(DWORD))
        note(L"option %lu = 0x%lX", option, *(DWORD *)value);
    return !fails();
}

static WINHTTP_STATUS_CALLBACK WINAPI script_set_callback(HINTERNET handle, WINHTTP_STATUS_CALLBACK callback,
                                                          DWORD notifications, DWORD_PTR reserved)
{
    (void)notifications, (void)reserved;
    handle_of(handle)->callback = callback;
    return NULL;
}

/* ---- Requests ---- */

static BOOL WINAPI script_add_headers(HINTERNET request, LPCWSTR headers, DWORD length, DWORD modifiers)
{
    (void)handle_of(request);
    const wchar_t *how = modifiers & WINHTTP_ADDREQ_FLAG_REPLACE ? L"replace" : L"add";
    const wchar_t *last = headers + (length == (DWORD)-1 ? wcslen(headers) : length);
    for (const wchar_t *line = headers; line < last;) {
        size_t end = wcscspn(line, L"\r\n");
        note(L"%ls %.*ls", how, (int)end, line);
        line += end + wcsspn(line + end, L"\r\n");
    }
    return !fails();
}

static BOOL WINAPI script_send(HINTERNET request, LPCWSTR headers, DWORD length, LPVOID optional, DWORD optional_length,
                               DWORD total, DWORD_PTR context)
{
    (void)optional_length;
    static const struct winhttp_answer plain;
    wchar_t address[] = L"192.0.2.1";
    struct handle *handle = handle_of(request);
    unsigned index = winhttp_script.sends++;
    handle->answer = index < ARRAYSIZE(winhttp_script.answers) ? &winhttp_script.answers[index] : &plain;
    note(headers || length || optional || total ? L"send more" : L"send");
    if (fails())
        return FALSE;
    bool is_new = handle->callback && !handle->answer->is_connection_kept;
    if (is_new)
        handle->callback(request, context, WINHTTP_CALLBACK_STATUS_CONNECTING_TO_SERVER, address, sizeof(address));
    DWORD faults = handle->answer->secure_faults;
    if (faults && handle->callback)
        handle->callback(request, context, WINHTTP_CALLBACK_STATUS_SECURE_FAILURE, &faults, sizeof(faults));
    if (is_new && !handle->answer->send_error)
        handle->callback(request, context, WINHTTP_CALLBACK_STATUS_CONNECTED_TO_SERVER, address, sizeof(address));
    return handle->answer->send_error ? fail(handle->answer->send_error) : TRUE;
}

static BOOL WINAPI script_receive(HINTERNET request, LPVOID reserved)
{
    (void)reserved;
    const struct winhttp_answer *answer = handle_of(request)->answer;
    note(L"receive");
    if (fails())
        return FALSE;
    return answer->receive_error ? fail(answer->receive_error) : TRUE;
}

static BOOL give_text(const wchar_t *text, LPVOID buffer, LPDWORD size)
{
    DWORD needed = (DWORD)(wcslen(text) * sizeof(wchar_t));
    if (!buffer || *size < needed + sizeof(wchar_t)) {
        *size = needed + (DWORD)sizeof(wchar_t);
        return fail(ERROR_INSUFFICIENT_BUFFER);
    }
    memcpy(buffer, text, needed + sizeof(wchar_t));
    *size = needed;
    return TRUE;
}

static BOOL WINAPI script_query_headers(HINTERNET request, DWORD level, LPCWSTR name, LPVOID buffer, LPDWORD size,
                                        LPDWORD index)
{
    const struct winhttp_answer *answer = handle_of(request)->answer;
    if (fails())
        return FALSE;
    if (level == (WINHTTP_QUERY_STATUS_CODE | WINHTTP_QUERY_FLAG_NUMBER)) {
        *(DWORD *)buffer = answer->status ? answer->status : 200;
        return TRUE;
    }
    if (level == WINHTTP_QUERY_RAW_HEADERS_CRLF)
        return give_text(answer->is_cut ? L"HTTP/1.1 200 OK\r\nX-Answer: 1\r\n"
                                        : L"HTTP/1.1 200 OK\r\nX-Answer: 1\r\n\r\n",
                         buffer, size);
    if (name && !wcscmp(name, L"Transfer-Encoding") && answer->is_chunked && !*index) {
        ++*index;
        return give_text(L"chunked", buffer, size);
    }
    if (name && !wcscmp(name, L"Location") && answer->location && !*index) {
        ++*index;
        return give_text(answer->location, buffer, size);
    }
    return fail(ERROR_WINHTTP_HEADER_NOT_FOUND);
}

static BOOL WINAPI script_query_data(HINTERNET request, LPDWORD available)
{
    const struct winhttp_answer *answer = handle_of(request)->answer;
    note(L"data");
    *available = answer->read_error ? 1 : 0;
    if (fails())
        return FALSE;
    return answer->data_error ? fail(answer->data_error) : TRUE;
}

static BOOL WINAPI script_read(HINTERNET request, LPVOID buffer, DWORD size, LPDWORD read)
{
    (void)buffer, (void)size;
    const struct winhttp_answer *answer = handle_of(request)->answer;
    *read = 0;
    if (fails())
        return FALSE;
    return answer->read_error ? fail(answer->read_error) : TRUE;
}

static BOOL WINAPI script_query_schemes(HINTERNET request, LPDWORD supported, LPDWORD first, LPDWORD target)
{
    const struct winhttp_answer *answer = handle_of(request)->answer;
    *first = *target = 0;
    *supported = answer->schemes;
    return fails() ? FALSE : answer->schemes ? TRUE : fail(ERROR_INVALID_OPERATION);
}

static BOOL WINAPI script_set_credentials(HINTERNET request, DWORD target, DWORD scheme, LPCWSTR user, LPCWSTR password,
                                          LPVOID parameters)
{
    (void)handle_of(request), (void)parameters;
    note(L"credentials %ls 0x%lX %ls:%ls", target == WINHTTP_AUTH_TARGET_PROXY ? L"proxy" : L"server", scheme,
         user ? user : L"-", password ? password : L"-");
    return !fails();
}

/* ---- Proxies ---- */

static LPWSTR global_copy(const wchar_t *text)
{
    if (!text)
        return NULL;
    size_t size = (wcslen(text) + 1) * sizeof(*text);
    LPWSTR copy = GlobalAlloc(GMEM_FIXED, size);
    memcpy(copy, text, size);
    return copy;
}

static BOOL WINAPI script_user_proxy(WINHTTP_CURRENT_USER_IE_PROXY_CONFIG *settings)
{
    note(L"user settings");
    if (fails())
        return FALSE;
    if (!winhttp_script.has_user_settings)
        return fail(ERROR_FILE_NOT_FOUND);
    settings->fAutoDetect = winhttp_script.detects;
    settings->lpszAutoConfigUrl = global_copy(winhttp_script.configuration);
    settings->lpszProxy = global_copy(winhttp_script.user_list);
    settings->lpszProxyBypass = global_copy(winhttp_script.user_bypass);
    return TRUE;
}

static BOOL WINAPI script_machine_proxy(WINHTTP_PROXY_INFO *settings)
{
    if (fails())
        return FALSE;
    if (!winhttp_script.has_machine_settings)
        return fail(ERROR_FILE_NOT_FOUND);
    settings->dwAccessType =
        winhttp_script.machine_list ? WINHTTP_ACCESS_TYPE_NAMED_PROXY : WINHTTP_ACCESS_TYPE_NO_PROXY;
    settings->lpszProxy = global_copy(winhttp_script.machine_list);
    return TRUE;
}

static BOOL WINAPI script_proxy_for_url(HINTERNET session, LPCWSTR url, WINHTTP_AUTOPROXY_OPTIONS *options,
                                        WINHTTP_PROXY_INFO *proxy)
{
    (void)handle_of(session);
    bool is_script = options->dwFlags & WINHTTP_AUTOPROXY_CONFIG_URL;
    const wchar_t *list = is_script ? winhttp_script.configured : winhttp_script.detected;
    note(L"discover %ls by %ls", url, is_script ? options->lpszAutoConfigUrl : L"detection");
    if (fails())
        return FALSE;
    if (!list)
        return fail(ERROR_WINHTTP_AUTODETECTION_FAILED);
    proxy->dwAccessType = list[0] ? WINHTTP_ACCESS_TYPE_NAMED_PROXY : WINHTTP_ACCESS_TYPE_NO_PROXY;
    proxy->lpszProxy = list[0] ? global_copy(list) : NULL;
    return TRUE;
}

/* ---- Certificates ---- */

static HCERTSTORE WINAPI script_open_store(LPCSTR provider, DWORD encoding, HCRYPTPROV_LEGACY crypt, DWORD flags,
                                           const void *name)
{
    (void)provider, (void)encoding, (void)crypt;
    note(L"store %ls 0x%lX", (const wchar_t *)name, flags & CERT_SYSTEM_STORE_LOCATION_MASK);
    if (fails())
        return NULL;
    winhttp_script.open_stores++;
    return &winhttp_script;
}

static PCCERT_CONTEXT take_certificate(void)
{
    if (fails())
        return NULL;
    if (!winhttp_script.has_certificate) {
        SetLastError((DWORD)CRYPT_E_NOT_FOUND);
        return NULL;
    }
    winhttp_script.open_certificates++;
    return &certificate;
}

static PCCERT_CONTEXT WINAPI script_find(HCERTSTORE store, DWORD encoding, DWORD flags, DWORD type, const void *what,
                                         PCCERT_CONTEXT previous)
{
    (void)store, (void)encoding, (void)flags, (void)previous;
    if (type == CERT_FIND_SUBJECT_STR_W)
        note(L"find subject %ls", (const wchar_t *)what);
    else
        note(L"find hash %02X...", ((const CRYPT_HASH_BLOB *)what)->pbData[0]);
    return take_certificate();
}

static BOOL WINAPI script_add_serialized(HCERTSTORE store, const BYTE *element, DWORD size, DWORD disposition,
                                         DWORD flags, DWORD types, DWORD *type, const void **context)
{
    (void)store, (void)element, (void)disposition, (void)flags, (void)types, (void)type;
    note(L"serialized %lu", size);
    *context = take_certificate();
    return *context != NULL;
}

static BOOL WINAPI script_free_certificate(PCCERT_CONTEXT freed)
{
    winhttp_script.open_certificates -= freed == &certificate;
    return TRUE;
}

static BOOL WINAPI script_close_store(HCERTSTORE store, DWORD flags)
{
    (void)flags;
    winhttp_script.open_stores -= store == &winhttp_script;
    return TRUE;
}

const struct http_winhttp_api winhttp_script_api = {
    .is_wine = script_is_wine,
    .open = script_open,
    .connect = script_connect,
    .open_request = script_open_request,
    .close_handle = script_close,
    .set_timeouts = script_set_timeouts,
    .set_option = script_set_option,
    .set_status_callback = script_set_callback,
    .add_request_headers = script_add_headers,
    .send_request = script_send,
    .receive_response = script_receive,
    .query_headers = script_query_headers,
    .query_data_available = script_query_data,
    .read_data = script_read,
    .query_auth_schemes = script_query_schemes,
    .set_credentials = script_set_credentials,
    .get_user_proxy = script_user_proxy,
    .get_machine_proxy = script_machine_proxy,
    .get_proxy_for_url = script_proxy_for_url,
    .cert_open_store = script_open_store,
    .cert_find = script_find,
    .cert_add_serialized = script_add_serialized,
    .cert_free = script_free_certificate,
    .cert_close_store = script_close_store,
};
