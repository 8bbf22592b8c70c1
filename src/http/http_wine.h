/* What Wine's WinHTTP (8.0) does otherwise than Windows', in one place, as far as the code has to know it. Pure.
 *
 * Where nothing stands here the same code serves both:
 *   - A body that is cut off, chunked ones included, ends without an error: every length is compared, and what tells none
 *     is confirmed by another request (transfer_confirm.c).
 *   - A proxy is "host:port" and belongs to a session: lists are parsed by us (http_proxy.c), one session for each.
 *   - Winsock's codes come through untranslated: http_winhttp_error.c does it.
 *   - WinHttpReadData after a time-out crashes: after a failure a request is only closed.
 *   - Every failure of TLS is ERROR_WINHTTP_SECURE_CHANNEL_ERROR, a refused certificate and a connection that closes in the
 *     middle of the handshake alike: another handshake, with all faults forgiven, tells them apart (http_winhttp.c).
 *   - A header block beyond some kilobytes is cut, and accepted. */
#ifndef DOSVC_HTTP_WINE_H
#define DOSVC_HTTP_WINE_H

#include <stdint.h>

/* A body stops at 2 GiB - 1 without an error, so one request must ask for less. */
#define HTTP_WINE_BODY_LIMIT 0x7FFF0000u

/* Connections to a host and port, or to a proxy, are kept for the whole process: whatever session, certificate, tunnel or
 * forgiven fault they were opened with, the next request may get them. So those that must not be shared are not kept
 * (WINHTTP_DISABLE_KEEP_ALIVE), and those that must not be one of the kept ones ask for the host in capitals, which Wine
 * takes for another; an address without letters it does not. Windows keeps them by session, tunnels apart: there only those
 * with another idea of certificates are not kept, to be sure. */
#define HTTP_WINE_SHARES_CONNECTIONS 1

/* The CONNECT that opens a tunnel through a proxy repeats, unencrypted, all headers that the request has then. */
#define HTTP_WINE_CONNECT_SHOWS_HEADERS 1

/* WinHttpQueryDataAvailable at the end of a chunked body that was empty: ERROR_INSUFFICIENT_BUFFER, not 0 bytes. */
#define HTTP_WINE_END_OF_CHUNKS 122u

/* WinHttpReadData where a connection ends before the size of a chunk: ERROR_INSUFFICIENT_BUFFER. */
#define HTTP_WINE_BROKEN_CHUNK 122u

/* A connection that fails (a reset, a time-out) in the middle of the headers: what had come of them is taken for the answer, and the body "has"
 * 0xFFFFFFFF bytes, which WinHttpReadData takes from whatever lies in memory. No server sends that much at a time. */
#define HTTP_WINE_FAILED_IN_HEADERS(available) ((available) > INT32_MAX)

/* When what had come says that the body is chunked, it looks for the chunks in that memory, and crashes: such a body is not touched
 * unless the headers end with an empty line. */
#define HTTP_WINE_CHUNKS_AFTER_CUT_HEADERS 1

#endif
