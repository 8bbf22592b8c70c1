#include "http_winhttp_request.h"

#include "http_wine.h"
#include "http_winhttp_auth.h"
#include "http_winhttp_error.h"
#include "http_winhttp_tunnel.h"
#include "log.h"
#include "memory.h"
#include "utf16.h"

#include "deliveryoptimizationerrors.h"

#include <string.h>

#define RESOLVE_TIMEOUT_MS 30000
#define CONNECT_TIMEOUT_MS 30000
#define SEND_TIMEOUT_MS    30000
#define HTTP_STATUS_WHOLE  200
#define AUTH_LEGS_MAX      8
#define FILL_MS            100 /* how long a read goes on to fill the buffer of a slow body */

/* Windows names a fault, and not just the channel: a handshake that broke off, or no version of TLS in common. */
static bool has_certificate_fault(const struct http_exchange *exchange)
{
    return exchange->secure_faults & ~(DWORD)WINHTTP_CALLBACK_STATUS_FLAG_SECURITY_CHANNEL_ERROR;
}

HRESULT http_winhttp_request_failure(struct http_exchange *exchange, const wchar_t *call)
{
    DWORD error = GetLastError();
    if (error == ERROR_WINHTTP_SECURE_FAILURE && exchange->secure_faults)
        error = http_winhttp_secure_error(exchange->secure_faults);
    HRESULT hr = http_winhttp_hresult(error);
    if (hr == HTTP_HANDSHAKE_BROKEN && has_certificate_fault(exchange))
        hr = DO_E_HTTP_CERT_VALIDATION; /* Windows says why */
    if (hr == DO_E_HTTP_CERT_VALIDATION)
        exchange->cause = HRESULT_FROM_WIN32(error);
    return log_failure(LOG_HTTP, hr, L"%.*ls: %ls failed with %lu", (int)url_loggable_length(exchange->url),
                       exchange->url, call, error);
}

/* ---- How the request is to be sent ---- */

#define NOTIFICATIONS (WINHTTP_CALLBACK_FLAG_SECURE_FAILURE | WINHTTP_CALLBACK_FLAG_CONNECT_TO_SERVER)

/* Windows tells what is wrong with a certificate in this way only; it calls on the thread that sends. */
static void CALLBACK note_status(HINTERNET handle, DWORD_PTR context, DWORD status, LPVOID information, DWORD length)
{
    struct http_exchange *exchange = (struct http_exchange *)context;
    (void)handle;
    if (exchange && status == WINHTTP_CALLBACK_STATUS_SECURE_FAILURE && length >= sizeof(DWORD))
        exchange->secure_faults = *(const DWORD *)information;
    if (exchange && status == WINHTTP_CALLBACK_STATUS_CONNECTING_TO_SERVER)
        http_winhttp_tunnel_begins(exchange);
    if (exchange && status == WINHTTP_CALLBACK_STATUS_CONNECTED_TO_SERVER) {
        exchange->is_connection_new = true;
        http_winhttp_tunnel_is_open(exchange);
    }
}

static bool set_number(struct http_exchange *exchange, DWORD option, DWORD value)
{
    return exchange->api->set_option(exchange->request, option, &value, sizeof(value));
}

/* Redirects are followed by http_winhttp.c, under its own rules; cookies and the user's Windows credentials are no
 * part of a download. */
static bool set_common(struct http_exchange *exchange, const struct http_request *wanted)
{
    const struct http_winhttp_api *api = exchange->api;
    bool is_whole = wanted->expects_whole && wanted->whole_timeout_ms;
    uint32_t read_timeout = is_whole ? wanted->whole_timeout_ms : wanted->receive_timeout_ms;
    return api->set_timeouts(exchange->request, RESOLVE_TIMEOUT_MS, CONNECT_TIMEOUT_MS, SEND_TIMEOUT_MS,
                             (int)read_timeout) &&
           set_number(exchange, WINHTTP_OPTION_RECEIVE_RESPONSE_TIMEOUT, wanted->receive_timeout_ms) &&
           set_number(exchange, WINHTTP_OPTION_REDIRECT_POLICY, WINHTTP_OPTION_REDIRECT_POLICY_NEVER) &&
           set_number(exchange, WINHTTP_OPTION_DISABLE_FEATURE, WINHTTP_DISABLE_COOKIES) &&
           set_number(exchange, WINHTTP_OPTION_AUTOLOGON_POLICY, WINHTTP_AUTOLOGON_SECURITY_LEVEL_HIGH);
}

static DWORD ignored_faults(uint32_t flags)
{
    return (flags & HTTP_IGNORE_CERT_NAME ? SECURITY_FLAG_IGNORE_CERT_CN_INVALID : 0u) |
           (flags & HTTP_IGNORE_CERT_DATE ? SECURITY_FLAG_IGNORE_CERT_DATE_INVALID : 0u) |
           (flags & HTTP_IGNORE_CERT_UNKNOWN_CA ? SECURITY_FLAG_IGNORE_UNKNOWN_CA : 0u) |
           (flags & HTTP_IGNORE_CERT_USAGE ? SECURITY_FLAG_IGNORE_CERT_WRONG_USAGE : 0u);
}

static bool authenticates_connections(const struct http_options *options)
{
    for (size_t i = 0; options && i < options->credential_count; i++) {
        enum http_auth_scheme scheme = options->credentials[i].scheme;
        if (scheme == HTTP_AUTH_NTLM || scheme == HTTP_AUTH_NEGOTIATE)
            return true;
    }
    return false;
}

/* Of TLS alone: for a request without it WinHTTP refuses a certificate. A connection that was opened under special
 * conditions must serve nobody else (HTTP_WINE_SHARES_CONNECTIONS). NTLM and Negotiate need theirs kept, but not on Wine. */
static bool set_security(struct http_exchange *exchange, const struct http_winhttp_step *step)
{
    if (!step->view.is_https)
        return true;
    exchange->has_tunnel = HTTP_WINE_CONNECT_SHOWS_HEADERS && exchange->api->is_wine() && exchange->session->proxy[0];
    const struct http_options *options = step->wanted->options;
    PCCERT_CONTEXT certificate = exchange->session->certificate;
    DWORD ignored = options ? ignored_faults(options->security_flags) : 0;
    bool checks_revocation = options && (options->security_flags & HTTP_CHECK_REVOCATION);
    bool is_special = exchange->has_tunnel || ((ignored || certificate) && !authenticates_connections(options));
    exchange->api->set_status_callback(exchange->request, note_status, NOTIFICATIONS, 0);
    return (!ignored || set_number(exchange, WINHTTP_OPTION_SECURITY_FLAGS, ignored)) &&
           (!checks_revocation || set_number(exchange, WINHTTP_OPTION_ENABLE_FEATURE, WINHTTP_ENABLE_SSL_REVOCATION)) &&
           (!certificate || exchange->api->set_option(exchange->request, WINHTTP_OPTION_CLIENT_CERT_CONTEXT,
                                                      (void *)(uintptr_t)certificate, sizeof(*certificate))) &&
           (!is_special || set_number(exchange, WINHTTP_OPTION_DISABLE_FEATURE, WINHTTP_DISABLE_KEEP_ALIVE));
}

/* The path and query as WinHTTP wants it, beginning with '/'. Returns new. */
static char16_t *object_of(const struct url_view *view)
{
    size_t length = view->path_and_query.length;
    bool has_path = view->path.length > 0;
    char16_t *object = mem_alloc((length + 2) * sizeof(char16_t));
    if (!object)
        return NULL;
    object[0] = u'/';
    if (length)
        memcpy(object + !has_path, view->path_and_query.text, length * sizeof(char16_t));
    return object;
}

static HRESULT open_handles(struct http_exchange *exchange, const struct url_view *view)
{
    HRESULT hr = http_winhttp_session_connect(exchange->api, exchange->session, view, &exchange->connection);
    if (FAILED(hr))
        return hr;
    char16_t *object = object_of(view);
    if (!object)
        return log_failure(LOG_HTTP, E_OUTOFMEMORY, L"cannot make a request");
    exchange->request =
        exchange->api->open_request(exchange->connection, L"GET", object, NULL, WINHTTP_NO_REFERER,
                                    WINHTTP_DEFAULT_ACCEPT_TYPES, view->is_https ? WINHTTP_FLAG_SECURE : 0);
    hr = exchange->request ? S_OK : http_winhttp_request_failure(exchange, L"WinHttpOpenRequest");
    mem_free(object);
    return hr;
}

/* ---- Sending ---- */

static HRESULT read_status(struct http_exchange *exchange)
{
    DWORD value = 0, size = sizeof(value);
    exchange->status = 0;
    if (!exchange->api->query_headers(exchange->request, WINHTTP_QUERY_STATUS_CODE | WINHTTP_QUERY_FLAG_NUMBER,
                                      WINHTTP_HEADER_NAME_BY_INDEX, &value, &size, WINHTTP_NO_HEADER_INDEX))
        return http_winhttp_request_failure(exchange, L"reading the status");
    exchange->status = value;
    return S_OK;
}

/* Most servers that ask for a certificate do without. Wine never comes here: it says by itself that there is none. */
static bool go_without_certificate(struct http_exchange *exchange)
{
    if (GetLastError() != ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED || exchange->is_certificate_refused)
        return false;
    exchange->is_certificate_refused = true;
    return exchange->api->set_option(exchange->request, WINHTTP_OPTION_CLIENT_CERT_CONTEXT,
                                     WINHTTP_NO_CLIENT_CERT_CONTEXT, 0);
}

/* One that does not do without breaks off the handshake: what it wants is the better name for that. */
static HRESULT send_failure(struct http_exchange *exchange, bool is_sent)
{
    DWORD error = GetLastError();
    bool has_fault = has_certificate_fault(exchange);
    if (error == ERROR_WINHTTP_SECURE_FAILURE && exchange->secure_faults && !has_fault)
        error = ERROR_WINHTTP_SECURE_CHANNEL_ERROR;
    bool is_handshake = error == ERROR_WINHTTP_SECURE_FAILURE || error == ERROR_WINHTTP_SECURE_CHANNEL_ERROR;
    if (exchange->is_certificate_refused && is_handshake && !has_fault)
        error = ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED;
    else if (is_sent && error == ERROR_WINHTTP_SECURE_CHANNEL_ERROR && !has_fault)
        error = ERROR_WINHTTP_CONNECTION_ERROR; /* the handshake was over */
    SetLastError(error);
    return http_winhttp_request_failure(exchange, is_sent ? L"WinHttpReceiveResponse" : L"WinHttpSendRequest");
}

static bool send_out(struct http_exchange *exchange)
{
    exchange->is_connection_new = false;
    return exchange->api->send_request(exchange->request, WINHTTP_NO_ADDITIONAL_HEADERS, 0, WINHTTP_NO_REQUEST_DATA, 0,
                                       0, (DWORD_PTR)exchange) &&
           http_winhttp_tunnel_check(exchange);
}

HRESULT http_winhttp_request_send(struct http_exchange *exchange)
{
    for (unsigned legs = 1;; legs++) {
        bool is_sent = send_out(exchange);
        if (is_sent && exchange->api->receive_response(exchange->request, NULL)) {
            HRESULT hr = read_status(exchange);
            return FAILED(hr) ? hr : http_winhttp_request_check_headers(exchange);
        }
        bool is_to_be_sent_again = is_sent && GetLastError() == ERROR_WINHTTP_RESEND_REQUEST && legs < AUTH_LEGS_MAX;
        if (!is_to_be_sent_again && !go_without_certificate(exchange))
            return send_failure(exchange, is_sent);
    }
}

/* Makes the request, with nothing in it yet. Returns new, also with a failure, unless there was no memory for it. */
static HRESULT prepare(const struct http_winhttp_api *api, struct http_winhttp_session *session,
                       const struct http_winhttp_step *step, struct http_exchange **exchange)
{
    struct http_exchange *opened = mem_alloc(sizeof(*opened));
    *exchange = NULL;
    char16_t *url = opened ? utf16_duplicate(step->url) : NULL;
    if (!url) {
        mem_free(opened);
        (void)log_failure(LOG_HTTP, E_OUTOFMEMORY, L"cannot make a request");
        return E_OUTOFMEMORY;
    }
    opened->api = api;
    opened->session = session;
    opened->url = url;
    *exchange = opened;
    HRESULT hr = open_handles(opened, &step->view);
    if (SUCCEEDED(hr) && (!set_common(opened, step->wanted) || !set_security(opened, step)))
        hr = http_winhttp_request_failure(opened, L"setting an option");
    return hr;
}

static HRESULT ask(struct http_exchange *exchange, const struct http_winhttp_step *step)
{
    HRESULT hr = http_winhttp_request_write_headers(exchange, step);
    if (SUCCEEDED(hr))
        hr = http_winhttp_request_send(exchange);
    if (SUCCEEDED(hr))
        hr = http_winhttp_auth_answer(exchange, step);
    if (SUCCEEDED(hr) && exchange->status == HTTP_STATUS_WHOLE && step->wanted->whole_timeout_ms &&
        !set_number(exchange, WINHTTP_OPTION_RECEIVE_TIMEOUT, step->wanted->whole_timeout_ms))
        hr = http_winhttp_request_failure(exchange, L"setting the time-out of a body");
    return hr;
}

HRESULT http_winhttp_request_open(const struct http_winhttp_api *api, struct http_winhttp_session *session,
                                  const struct http_winhttp_step *step, struct http_exchange **exchange)
{
    HRESULT hr = prepare(api, session, step, exchange);
    return SUCCEEDED(hr) ? ask(*exchange, step) : hr;
}

HRESULT http_winhttp_request_shake_hands(const struct http_winhttp_api *api, struct http_winhttp_session *session,
                                         const struct http_winhttp_step *step)
{
    struct http_exchange *exchange;
    HRESULT hr = prepare(api, session, step, &exchange);
    bool is_sent = SUCCEEDED(hr) && (send_out(exchange) || (go_without_certificate(exchange) && send_out(exchange)));
    if (SUCCEEDED(hr) && !is_sent)
        hr = http_winhttp_request_failure(exchange, L"WinHttpSendRequest");
    if (SUCCEEDED(hr) && !exchange->is_connection_new)
        hr = S_FALSE;
    http_winhttp_request_close(exchange);
    return hr;
}

/* ---- The body ---- */

/* The handshake is over: what fails in TLS now is the connection, not a certificate. */
static HRESULT read_failure(struct http_exchange *exchange, const wchar_t *call)
{
    DWORD error = GetLastError();
    HRESULT hr = http_winhttp_hresult(error);
    if (hr != DO_E_HTTP_CERT_VALIDATION && hr != HTTP_HANDSHAKE_BROKEN)
        return http_winhttp_request_failure(exchange, call);
    return log_failure(LOG_HTTP, HTTP_CONNECTION_BROKEN, L"%.*ls: %ls failed with %lu",
                       (int)url_loggable_length(exchange->url), exchange->url, call, error);
}

/* One piece of what has arrived, waiting for the first byte of it. *received 0: the body has ended. */
static HRESULT read_piece(struct http_exchange *exchange, void *buffer, size_t size, DWORD *received)
{
    DWORD available = 0;
    *received = 0;
    if (!exchange->api->query_data_available(exchange->request, &available) &&
        GetLastError() != HTTP_WINE_END_OF_CHUNKS)
        return read_failure(exchange, L"WinHttpQueryDataAvailable");
    if (HTTP_WINE_FAILED_IN_HEADERS(available)) {
        SetLastError(ERROR_WINHTTP_CONNECTION_ERROR);
        return http_winhttp_request_failure(exchange, L"the headers");
    }
    if (!available)
        return S_OK;
    if (exchange->api->read_data(exchange->request, buffer, available < size ? available : (DWORD)size, received))
        return S_OK;
    if (GetLastError() == HTTP_WINE_BROKEN_CHUNK)
        SetLastError(ERROR_WINHTTP_CONNECTION_ERROR);
    return read_failure(exchange, L"WinHttpReadData");
}

/* WinHttpReadData alone would wait until the buffer is full, and lose what it holds when the connection breaks
 * first: a server that breaks it every few bytes would never be done. So pieces are collected, and a failure waits
 * until the bytes before it were taken. */
HRESULT http_winhttp_request_read(struct http_exchange *exchange, void *buffer, size_t size, size_t *received)
{
    *received = 0;
    ULONGLONG start = GetTickCount64();
    while (*received < size && SUCCEEDED(exchange->failure) && !exchange->has_ended) {
        DWORD piece;
        exchange->failure = read_piece(exchange, (char *)buffer + *received, size - *received, &piece);
        exchange->has_ended = SUCCEEDED(exchange->failure) && !piece;
        *received += piece;
        if (GetTickCount64() - start >= FILL_MS)
            break;
    }
    return *received ? S_OK : exchange->failure;
}

void http_winhttp_request_close(struct http_exchange *exchange)
{
    if (!exchange)
        return;
    if (exchange->request)
        exchange->api->close_handle(exchange->request);
    if (exchange->connection)
        exchange->api->close_handle(exchange->connection);
    http_winhttp_tunnel_forget(exchange);
    mem_free(exchange->url);
    mem_free(exchange);
}
