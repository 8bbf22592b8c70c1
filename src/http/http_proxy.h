/* Which proxy a URL goes through, from lists as the Internet settings of Windows and BG_JOB_PROXY_USAGE_OVERRIDE have
 * them. WinHTTP could read them itself, but Wine's takes "host:port" only. Pure. */
#ifndef DOSVC_HTTP_PROXY_H
#define DOSVC_HTTP_PROXY_H

#include "hresult.h"
#include "url.h"

#define HTTP_PROXY_NAME_MAX 320 /* characters of "host:port" */

/* Entries of `list`, between semicolons or blanks: [SCHEME=][http://]HOST[:PORT][/]. One without SCHEME= is for every
 * URL, others are for that scheme's alone. Entries of `bypass`: [SCHEME://]HOST[:PORT], in which '*' stands for any
 * characters, or <local> for names without a dot. Either may be NULL.
 *
 * S_OK: the index-th proxy for this URL (those after the first are for when that one cannot be reached) as "host:port".
 * S_FALSE: none, the URL's host itself is to be asked; after the last one, too. BG_E_INVALID_PROXY_INFO: an entry of the
 * list that is no proxy, or none at all. */
HRESULT http_proxy_choose(const char16_t *list, const char16_t *bypass, const struct url_view *url, unsigned index,
                          char16_t proxy[HTTP_PROXY_NAME_MAX + 1]);

/* Is the URL's host this machine, by its usual names? */
bool http_proxy_is_loopback(const struct url_view *url);

#endif
