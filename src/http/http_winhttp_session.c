#include "http_winhttp_session.h"

#include "http_wine.h"
#include "http_winhttp_certificate.h"
#include "log.h"
#include "memory.h"
#include "utf16.h"

#include <string.h>

#define AGENT                L"dosvc/0.1"
#define CONNECTIONS_PER_HOST 64 /* above any number of workers: the pool sets the bound */

/* ---- One session ---- */

static void close_session(const struct http_winhttp_api *api, struct http_winhttp_session *session)
{
    if (session->handle)
        api->close_handle(session->handle);
    if (session->certificate)
        api->cert_free(session->certificate);
    http_options_release(session->options);
    mem_free(session->proxy);
    mem_free(session);
}

static HRESULT open_handle(const struct http_winhttp_api *api, struct http_winhttp_session *session)
{
    bool is_direct = !session->proxy[0];
    session->handle = api->open(AGENT, is_direct ? WINHTTP_ACCESS_TYPE_NO_PROXY : WINHTTP_ACCESS_TYPE_NAMED_PROXY,
                                is_direct ? WINHTTP_NO_PROXY_NAME : session->proxy, WINHTTP_NO_PROXY_BYPASS, 0);
    if (!session->handle)
        return log_last_error(LOG_HTTP, L"cannot open WinHTTP");
    /* A wish: Wine knows no such limit, and a refusal would cost parallel segments only. */
    DWORD connections = CONNECTIONS_PER_HOST;
    api->set_option(session->handle, WINHTTP_OPTION_MAX_CONNS_PER_SERVER, &connections, sizeof(connections));
    return S_OK;
}

static HRESULT fill_session(const struct http_winhttp_api *api, const struct http_options *options,
                            const char16_t *proxy, struct http_winhttp_session *session)
{
    session->proxy = utf16_duplicate(proxy);
    if (!session->proxy)
        return log_failure(LOG_HTTP, E_OUTOFMEMORY, L"cannot open WinHTTP");
    HRESULT hr = open_handle(api, session);
    if (FAILED(hr) || !options)
        return hr;
    /* A tunnel through a proxy is its own, and is not kept. */
    session->is_apart = HTTP_WINE_SHARES_CONNECTIONS && api->is_wine() && !proxy[0] &&
                        (options->security_flags || options->certificate.kind != HTTP_CERT_NONE);
    hr = http_options_create(options, &session->options); /* a copy: the caller's are borrowed */
    if (FAILED(hr))
        return log_failure(LOG_HTTP, hr, L"cannot open WinHTTP");
    return http_winhttp_certificate_find(api, &options->certificate, &session->certificate);
}

/* Returns new; NULL and *hr when that failed. */
static struct http_winhttp_session *open_session(const struct http_winhttp_api *api, const struct http_options *options,
                                                 const char16_t *proxy, HRESULT *hr)
{
    struct http_winhttp_session *session = mem_alloc(sizeof(*session));
    if (!session) {
        *hr = log_failure(LOG_HTTP, E_OUTOFMEMORY, L"cannot open WinHTTP");
        return NULL;
    }
    *hr = fill_session(api, options, proxy, session);
    if (SUCCEEDED(*hr))
        return session;
    close_session(api, session);
    return NULL;
}

/* ---- All of them ---- */

static struct http_winhttp_session *find(struct http_winhttp_sessions *sessions, const struct http_options *options,
                                         const char16_t *proxy) REQUIRES(sessions->lock)
{
    for (struct http_winhttp_session **link = &sessions->first; *link; link = &(*link)->next) {
        struct http_winhttp_session *session = *link;
        if (!utf16_equal(session->proxy, proxy) || !http_options_share_connections(session->options, options))
            continue;
        *link = session->next;
        session->next = sessions->first;
        sessions->first = session;
        return session;
    }
    return NULL;
}

/* Takes those beyond the limit out of the list, the longest unused ones. */
static struct http_winhttp_session *take_surplus(struct http_winhttp_sessions *sessions) REQUIRES(sessions->lock)
{
    struct http_winhttp_session *surplus = NULL;
    unsigned idle = 0;
    for (struct http_winhttp_session **link = &sessions->first; *link;) {
        struct http_winhttp_session *session = *link;
        if (session->users || (!session->options && !session->proxy[0]) || ++idle <= HTTP_WINHTTP_IDLE_SESSIONS) {
            link = &session->next;
            continue;
        }
        *link = session->next;
        session->next = surplus;
        surplus = session;
    }
    return surplus;
}

static void close_all(const struct http_winhttp_api *api, struct http_winhttp_session *session)
{
    while (session) {
        struct http_winhttp_session *next = session->next;
        close_session(api, session);
        session = next;
    }
}

HRESULT http_winhttp_session_acquire(struct http_winhttp_sessions *sessions, const struct http_options *options,
                                     const char16_t *proxy, struct http_winhttp_session **session)
{
    HRESULT hr;
    lock_acquire(&sessions->lock);
    *session = find(sessions, options, proxy);
    if (*session)
        (*session)->users++;
    lock_release(&sessions->lock);
    if (*session)
        return S_OK;
    /* With no lock held: a certificate store may be on a smart card. Two that come at once open one each, which costs
     * a connection. */
    struct http_winhttp_session *opened = open_session(sessions->api, options, proxy, &hr);
    if (!opened)
        return hr;
    opened->users = 1;
    lock_acquire(&sessions->lock);
    opened->next = sessions->first;
    sessions->first = opened;
    struct http_winhttp_session *surplus = take_surplus(sessions);
    lock_release(&sessions->lock);
    close_all(sessions->api, surplus);
    *session = opened;
    return S_OK;
}

void http_winhttp_session_release(struct http_winhttp_sessions *sessions, struct http_winhttp_session *session)
{
    lock_acquire(&sessions->lock);
    session->users--;
    lock_release(&sessions->lock);
}

void http_winhttp_sessions_close(struct http_winhttp_sessions *sessions)
{
    close_all(sessions->api, sessions->first);
    sessions->first = NULL;
}

/* ---- Connections ---- */

/* WinHTTP takes an IPv6 address in the brackets of the URL. Returns new. */
static char16_t *host_name(const struct url_part *host, bool is_apart)
{
    bool is_address = false;
    for (size_t i = 0; i < host->length; i++)
        is_address |= host->text[i] == u':';
    char16_t *name = mem_alloc((host->length + 3) * sizeof(char16_t));
    if (!name)
        return NULL;
    memcpy(name + is_address, host->text, host->length * sizeof(char16_t));
    if (is_address) {
        name[0] = u'[';
        name[host->length + 1] = u']';
    }
    for (size_t i = 0; is_apart && name[i]; i++) {
        if (name[i] >= u'a' && name[i] <= u'z')
            name[i] = (char16_t)(name[i] - (u'a' - u'A'));
    }
    return name;
}

HRESULT http_winhttp_session_connect(const struct http_winhttp_api *api, const struct http_winhttp_session *session,
                                     const struct url_view *view, HINTERNET *connection)
{
    char16_t *host = host_name(&view->host, session->is_apart);
    *connection = NULL;
    if (!host)
        return log_failure(LOG_HTTP, E_OUTOFMEMORY, L"cannot make a connection");
    *connection = api->connect(session->handle, host, view->port, 0);
    HRESULT hr = *connection ? S_OK : log_last_error(LOG_HTTP, L"cannot make a connection to %ls:%u", host, view->port);
    mem_free(host);
    return hr;
}
