/* Which proxy a request goes through, by its job's setting and the settings of the user and the machine. */
#ifndef DOSVC_HTTP_WINHTTP_PROXY_H
#define DOSVC_HTTP_WINHTTP_PROXY_H

#include "http_proxy.h"
#include "http_winhttp_api.h"
#include "lock.h"

#include <stdatomic.h>

#define HTTP_WINHTTP_SETTINGS_MS  10000u  /* how long the user's settings are believed */
#define HTTP_WINHTTP_DISCOVERY_MS 300000u /* and what automatic configuration said of a host */
#define HTTP_WINHTTP_DISCOVERIES  32

/* A list and its bypass list, as http_proxy_choose takes them; list NULL: no proxy. */
struct http_winhttp_proxy_list {
    char16_t *list, *bypass;
};

struct http_winhttp_proxy_settings {
    uint64_t read_at; /* 0: never */
    bool detects;
    char16_t *script; /* URL of the configuration script, or NULL */
    struct http_winhttp_proxy_list user, machine;
};

/* What automatic configuration said. */
struct http_winhttp_discovery {
    char16_t *url;    /* scheme and host; NULL: a free place */
    char16_t *script; /* NULL: found by detection */
    uint64_t at;
    uint32_t network; /* on which */
    bool has_failed;
    struct http_winhttp_proxy_list found;
};

struct http_winhttp_proxies {
    const struct http_winhttp_api *api;
    HINTERNET session;        /* for automatic configuration; borrowed */
    _Atomic uint32_t network; /* counts them: what was said on another one is not believed */
    struct lock lock;         /* a leaf: all below */
    struct http_winhttp_proxy_settings settings;
    struct http_winhttp_discovery discoveries[HTTP_WINHTTP_DISCOVERIES];
};

/* The index-th proxy to try for the URL, which `view` shows, as http_proxy_choose has it: S_OK, S_FALSE (the host
 * itself), BG_E_INVALID_PROXY_INFO for a job's own list; E_OUTOFMEMORY. May wait for the network. */
HRESULT http_winhttp_proxy_choose(struct http_winhttp_proxies *proxies, const struct http_options *options,
                                  const char16_t *url, const struct url_view *view, unsigned index,
                                  char16_t proxy[HTTP_PROXY_NAME_MAX + 1]) EXCLUDES(proxies->lock);

void http_winhttp_proxies_close(struct http_winhttp_proxies *proxies);

#endif
