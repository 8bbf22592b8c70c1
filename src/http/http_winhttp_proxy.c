#include "http_winhttp_proxy.h"

#include "clock.h"
#include "log.h"
#include "memory.h"
#include "utf16.h"

#include <string.h>

static uint64_t now(void)
{
    struct clock *clock = clock_system();
    return clock->now(clock) + 1; /* never 0 */
}

static bool copy(char16_t **to, const char16_t *from)
{
    *to = utf16_duplicate(from);
    return *to || !from;
}

static void free_list(struct http_winhttp_proxy_list *list)
{
    mem_free(list->list);
    mem_free(list->bypass);
    *list = (struct http_winhttp_proxy_list){0};
}

/* Empties `info`; *list is new, a NULL list when that says to use none. */
static bool take_info(WINHTTP_PROXY_INFO *info, struct http_winhttp_proxy_list *list)
{
    bool is_named = info->dwAccessType == WINHTTP_ACCESS_TYPE_NAMED_PROXY;
    bool is_taken = !is_named || (copy(&list->list, info->lpszProxy) && copy(&list->bypass, info->lpszProxyBypass));
    GlobalFree(info->lpszProxy);
    GlobalFree(info->lpszProxyBypass);
    return is_taken;
}

/* ---- The settings of the user and of the machine ---- */

static void free_settings(struct http_winhttp_proxy_settings *settings)
{
    mem_free(settings->script);
    free_list(&settings->user);
    free_list(&settings->machine);
    *settings = (struct http_winhttp_proxy_settings){0};
}

/* Settings that cannot be read are none. */
static bool read_settings(const struct http_winhttp_api *api, struct http_winhttp_proxy_settings *settings)
{
    WINHTTP_CURRENT_USER_IE_PROXY_CONFIG user = {0};
    WINHTTP_PROXY_INFO machine = {0};
    bool is_read = true;
    if (api->get_user_proxy(&user)) {
        settings->detects = user.fAutoDetect;
        is_read = copy(&settings->script, user.lpszAutoConfigUrl) && copy(&settings->user.list, user.lpszProxy) &&
                  copy(&settings->user.bypass, user.lpszProxyBypass);
        GlobalFree(user.lpszAutoConfigUrl);
        GlobalFree(user.lpszProxy);
        GlobalFree(user.lpszProxyBypass);
    }
    if (api->get_machine_proxy(&machine))
        is_read &= take_info(&machine, &settings->machine);
    settings->read_at = now();
    return is_read;
}

/* A copy of the settings, read anew when they are old. *copied is the caller's to free, also after a failure. */
static HRESULT get_settings(struct http_winhttp_proxies *proxies, struct http_winhttp_proxy_settings *copied)
{
    HRESULT hr = S_OK;
    struct http_winhttp_proxy_settings *kept = &proxies->settings;
    lock_acquire(&proxies->lock);
    if (!kept->read_at || now() - kept->read_at >= HTTP_WINHTTP_SETTINGS_MS) {
        free_settings(kept);
        if (!read_settings(proxies->api, kept)) {
            free_settings(kept);
            hr = log_failure(LOG_HTTP, E_OUTOFMEMORY, L"cannot read the proxy settings");
        }
    }
    *copied = (struct http_winhttp_proxy_settings){.detects = kept->detects};
    if (SUCCEEDED(hr) &&
        (!copy(&copied->script, kept->script) || !copy(&copied->user.list, kept->user.list) ||
         !copy(&copied->user.bypass, kept->user.bypass) || !copy(&copied->machine.list, kept->machine.list) ||
         !copy(&copied->machine.bypass, kept->machine.bypass)))
        hr = log_failure(LOG_HTTP, E_OUTOFMEMORY, L"cannot read the proxy settings");
    lock_release(&proxies->lock);
    return hr;
}

/* ---- Automatic configuration ---- */

static bool is_same_script(const char16_t *a, const char16_t *b)
{
    return a && b ? utf16_equal(a, b) : !a && !b;
}

static void free_discovery(struct http_winhttp_discovery *discovery)
{
    mem_free(discovery->url);
    mem_free(discovery->script);
    free_list(&discovery->found);
    *discovery = (struct http_winhttp_discovery){0};
}

/* Copies what was found not long ago. S_FALSE: nothing was. A detection that failed holds for every host. */
static HRESULT recall(struct http_winhttp_proxies *proxies, const char16_t *url, const char16_t *script,
                      struct http_winhttp_discovery *copied)
{
    HRESULT hr = S_FALSE;
    lock_acquire(&proxies->lock);
    for (size_t i = 0; i < HTTP_WINHTTP_DISCOVERIES && hr == S_FALSE; i++) {
        const struct http_winhttp_discovery *known = &proxies->discoveries[i];
        if (!known->url || known->network != atomic_load(&proxies->network) || !is_same_script(known->script, script) ||
            now() - known->at >= HTTP_WINHTTP_DISCOVERY_MS || !(known->has_failed || utf16_equal(known->url, url)))
            continue;
        copied->has_failed = known->has_failed;
        hr = copy(&copied->found.list, known->found.list) && copy(&copied->found.bypass, known->found.bypass)
                 ? S_OK
                 : E_OUTOFMEMORY;
    }
    lock_release(&proxies->lock);
    return hr;
}

/* Keeps a copy, in the place of the oldest. Without memory it is just asked for again. */
static void remember(struct http_winhttp_proxies *proxies, const char16_t *url, const char16_t *script,
                     const struct http_winhttp_discovery *found)
{
    struct http_winhttp_discovery kept = {.at = now(), .network = found->network, .has_failed = found->has_failed};
    if (!copy(&kept.url, url) || !copy(&kept.script, script) || !copy(&kept.found.list, found->found.list) ||
        !copy(&kept.found.bypass, found->found.bypass)) {
        free_discovery(&kept);
        return;
    }
    lock_acquire(&proxies->lock);
    struct http_winhttp_discovery *oldest = &proxies->discoveries[0];
    for (size_t i = 1; i < HTTP_WINHTTP_DISCOVERIES && oldest->url; i++) {
        if (proxies->discoveries[i].at < oldest->at)
            oldest = &proxies->discoveries[i];
    }
    free_discovery(oldest);
    *oldest = kept;
    lock_release(&proxies->lock);
}

static HRESULT ask(struct http_winhttp_proxies *proxies, const char16_t *url, const char16_t *script,
                   struct http_winhttp_discovery *found)
{
    WINHTTP_AUTOPROXY_OPTIONS options = {
        .dwFlags = script ? WINHTTP_AUTOPROXY_CONFIG_URL : WINHTTP_AUTOPROXY_AUTO_DETECT,
        .dwAutoDetectFlags = script ? 0 : WINHTTP_AUTO_DETECT_TYPE_DHCP | WINHTTP_AUTO_DETECT_TYPE_DNS_A,
        .lpszAutoConfigUrl = script,
    };
    WINHTTP_PROXY_INFO info = {0};
    found->network = atomic_load(&proxies->network);
    found->has_failed = !proxies->api->get_proxy_for_url(proxies->session, url, &options, &info);
    if (!found->has_failed)
        return take_info(&info, &found->found) ? S_OK : E_OUTOFMEMORY;
    log_line(LOG_INFO, LOG_HTTP, L"automatic proxy configuration failed with %lu", GetLastError());
    return S_OK;
}

/* Scheme, host and port: scripts learn no path, and what they say of one path holds for all. Returns new. */
static char16_t *site_of(const char16_t *url, const struct url_view *view)
{
    size_t length = (size_t)(view->path_and_query.text - url);
    char16_t *site = mem_alloc((length + 2) * sizeof(*site));
    if (site) {
        memcpy(site, url, length * sizeof(*site));
        site[length] = u'/';
    }
    return site;
}

/* `script` NULL: by detection. *found is the caller's to free, also after a failure. S_FALSE: that kind of configuration
 * does not work here. */
static HRESULT discover(struct http_winhttp_proxies *proxies, const char16_t *url, const struct url_view *view,
                        const char16_t *script, struct http_winhttp_discovery *found)
{
    char16_t *site = site_of(url, view);
    *found = (struct http_winhttp_discovery){0};
    HRESULT hr = site ? recall(proxies, site, script, found) : E_OUTOFMEMORY;
    if (hr == S_FALSE) {
        hr = ask(proxies, site, script, found);
        if (SUCCEEDED(hr))
            remember(proxies, site, script, found);
    }
    mem_free(site);
    if (FAILED(hr))
        return log_failure(LOG_HTTP, hr, L"cannot find a proxy");
    return found->has_failed ? S_FALSE : S_OK;
}

/* ---- Choosing ---- */

/* From a list that is not the job's: one that is wrong counts as none. */
static HRESULT choose_from(const struct http_winhttp_proxy_list *list, const struct url_view *view, unsigned index,
                           char16_t proxy[HTTP_PROXY_NAME_MAX + 1])
{
    if (!list->list)
        return S_FALSE;
    HRESULT hr = http_proxy_choose(list->list, list->bypass, view, index, proxy);
    if (FAILED(hr)) {
        log_line(LOG_WARN, LOG_HTTP, L"the proxy list of the settings is none");
        hr = S_FALSE;
    }
    return hr;
}

static HRESULT choose_automatic(struct http_winhttp_proxies *proxies, const char16_t *url, const struct url_view *view,
                                const char16_t *script, unsigned index, char16_t proxy[HTTP_PROXY_NAME_MAX + 1],
                                bool *is_decided)
{
    struct http_winhttp_discovery found;
    HRESULT hr = discover(proxies, url, view, script, &found);
    *is_decided = hr == S_OK;
    if (*is_decided)
        hr = choose_from(&found.found, view, index, proxy);
    free_discovery(&found);
    return hr;
}

/* In Windows' own order: detection, the script, the user's list, the machine's. */
static HRESULT choose_preconfigured(struct http_winhttp_proxies *proxies, const char16_t *url,
                                    const struct url_view *view, unsigned index,
                                    char16_t proxy[HTTP_PROXY_NAME_MAX + 1])
{
    struct http_winhttp_proxy_settings settings;
    bool is_decided = false;
    HRESULT hr = get_settings(proxies, &settings);
    if (SUCCEEDED(hr) && settings.detects)
        hr = choose_automatic(proxies, url, view, NULL, index, proxy, &is_decided);
    if (SUCCEEDED(hr) && !is_decided && settings.script)
        hr = choose_automatic(proxies, url, view, settings.script, index, proxy, &is_decided);
    if (SUCCEEDED(hr) && !is_decided)
        hr = choose_from(settings.user.list ? &settings.user : &settings.machine, view, index, proxy);
    free_settings(&settings);
    return hr;
}

HRESULT http_winhttp_proxy_choose(struct http_winhttp_proxies *proxies, const struct http_options *options,
                                  const char16_t *url, const struct url_view *view, unsigned index,
                                  char16_t proxy[HTTP_PROXY_NAME_MAX + 1])
{
    bool is_decided;
    proxy[0] = 0;
    switch (options ? options->proxy_usage : HTTP_PROXY_PRECONFIG) {
    case HTTP_PROXY_NONE: return S_FALSE;
    case HTTP_PROXY_OVERRIDE: {
        HRESULT hr = http_proxy_choose(options->proxy_list, options->proxy_bypass, view, index, proxy);
        return FAILED(hr) ? log_failure(LOG_HTTP, hr, L"the job's proxy list is none") : hr;
    }
    case HTTP_PROXY_AUTODETECT:
        if (http_proxy_is_loopback(view))
            return S_FALSE;
        return choose_automatic(proxies, url, view, NULL, index, proxy, &is_decided);
    default:
        if (http_proxy_is_loopback(view))
            return S_FALSE;
        return choose_preconfigured(proxies, url, view, index, proxy);
    }
}

void http_winhttp_proxies_close(struct http_winhttp_proxies *proxies)
{
    free_settings(&proxies->settings);
    for (size_t i = 0; i < HTTP_WINHTTP_DISCOVERIES; i++)
        free_discovery(&proxies->discoveries[i]);
}
