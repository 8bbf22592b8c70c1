/* Headers that a proxy is not to see. Under Wine the CONNECT that opens a tunnel repeats all headers of the request, so some are added only
 * when the tunnel is open: WinHTTP calls back then, on the thread that sends, before it writes the request. */
#ifndef DOSVC_HTTP_WINHTTP_TUNNEL_H
#define DOSVC_HTTP_WINHTTP_TUNNEL_H

#include "http_winhttp_request.h"

/* The line, ended by CR LF, is added whenever a tunnel of the exchange is open; `how` is WINHTTP_ADDREQ_FLAG_*. */
HRESULT http_winhttp_tunnel_withhold(struct http_exchange *exchange, const char16_t *line, size_t length, uint32_t how);

/* The status callback: a connection is about to be made, perhaps another one for a request that was sent before; it is made. */
void http_winhttp_tunnel_begins(struct http_exchange *exchange);
void http_winhttp_tunnel_is_open(struct http_exchange *exchange);

/* The request was sent: with all that was withheld? False with a last error when it was not. */
bool http_winhttp_tunnel_check(const struct http_exchange *exchange);

void http_winhttp_tunnel_forget(struct http_exchange *exchange);

#endif
