/* The headers that a client adds to its requests (SetCustomHeaders, HttpCustomHeaders), made harmless. Pure. */
#ifndef DOSVC_HTTP_HEADERS_H
#define DOSVC_HTTP_HEADERS_H

#include "hresult.h"

/* Copies those lines of `text` ("Name: value", ended by CR LF or LF) that may be sent, each ended by CR LF; *headers is
 * new, empty without any. NULL text is empty. Left out: what is no header (no name, other characters than a name may
 * have, control characters in the value), names that belong to the request itself (Host, Range, Content-Length and their
 * like) and, with `is_foreign`, what is a secret of the server that was asked first (Authorization, Cookie and their
 * like): a redirect must not carry it elsewhere. E_OUTOFMEMORY. */
HRESULT http_headers_filter(const char16_t *text, bool is_foreign, char16_t **headers);

/* Whoever opens the way to the server, a proxy, may see the line (one that http_headers_filter let through): it is for proxies, or says
 * only which program asks. */
bool http_headers_may_be_seen(const char16_t *line);

#endif
