/* WinHTTP sessions: one for each proxy and each set of options that must not share connections with another. They are
 * kept, so that connections are used again. */
#ifndef DOSVC_HTTP_WINHTTP_SESSION_H
#define DOSVC_HTTP_WINHTTP_SESSION_H

#include "http_winhttp_api.h"
#include "lock.h"
#include "url.h"

/* Sessions that nobody uses are kept up to this number, the one without options always. */
#define HTTP_WINHTTP_IDLE_SESSIONS 16

struct http_winhttp_session {
    struct http_winhttp_session *next;
    const struct http_options *options; /* a reference; NULL: the defaults */
    char16_t *proxy;                    /* "host:port"; empty: none */
    HINTERNET handle;
    PCCERT_CONTEXT certificate; /* NULL: none */
    bool is_apart;              /* connections have something of their own: see HTTP_WINE_SHARES_CONNECTIONS */
    unsigned users;
};

struct http_winhttp_sessions {
    const struct http_winhttp_api *api;
    struct lock lock;                   /* a leaf: all of this */
    struct http_winhttp_session *first; /* the last used first */
};

/* For requests with `options` (NULL: the defaults; borrowed) through `proxy`. *session is in use until it is released. */
HRESULT http_winhttp_session_acquire(struct http_winhttp_sessions *sessions, const struct http_options *options,
                                     const char16_t *proxy, struct http_winhttp_session **session)
    EXCLUDES(sessions->lock);
void http_winhttp_session_release(struct http_winhttp_sessions *sessions, struct http_winhttp_session *session)
    EXCLUDES(sessions->lock);

/* A connection handle for the URL's host and port. The caller closes it after its request: WinHTTP keeps connections by
 * session, and hosts that redirects name have no end. */
HRESULT http_winhttp_session_connect(const struct http_winhttp_api *api, const struct http_winhttp_session *session,
                                     const struct url_view *view, HINTERNET *connection);

/* Closes all; nobody uses one any more. */
void http_winhttp_sessions_close(struct http_winhttp_sessions *sessions);

#endif
