/* The behaviour that a URL asks for: its query as one struct, parsed by one table (origin_script.c).
 *
 * Positions count from the first byte of the response, header block and chunk framing included, or from the first byte
 * of the body where the name says "body". ORIGIN_NEVER stands for a position that was not given. */
#ifndef ORIGIN_SCRIPT_H
#define ORIGIN_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ORIGIN_NEVER UINT64_MAX

struct origin_script {
    /* content */
    uint64_t size;            /* size=N: length of /gen content */
    uint64_t seed;            /* seed=N */
    uint64_t etagchange;      /* etagchange=K: from the K-th request on another ETag, Last-Modified and seed + 1 */
    uint64_t sizechange_from; /* sizechange=K:N: from the K-th request on N bytes under the same ETag */
    uint64_t sizechange_size;

    /* headers that tell of it */
    char etag[128]; /* etag=strong|weak|none|VALUE */
    char lm[32];    /* lm=old|recent|none|UNIX-SECONDS; recent is less than a minute before Date */
    char date[32];  /* date=none|UNIX-SECONDS */
    /* cr=missing|wrong|shifted|total|unknown|garbage: Content-Range; cr=wider|narrower: body, Content-Length and
     * Content-Range together end a byte later than was asked, or a byte earlier, unless none is left then */
    char cr[16];
    char clen[16]; /* clen=lie:N|duplicate|negative|garbage: Content-Length */
    uint64_t clen_value;
    bool gzip;        /* gzip=1: claims Content-Encoding: gzip */
    bool header64k;   /* header64k=1: one header of 64 KiB */
    uint64_t headers; /* headers=N: N more headers, at most 100,000 */
    bool nul;         /* nul=1: a header with a NUL in it */

    /* which answer */
    bool norange;        /* norange=1: Range is ignored */
    bool noifrange;      /* noifrange=1: If-Range is ignored: a range of whatever is there now */
    bool headrefused;    /* headrefused=1: 405 to HEAD */
    uint64_t status;     /* status=N: with /gen content if size is given too, else with a short text */
    char retryafter[16]; /* retryafter=N|date|date:N: a date N seconds from now, 2 by default */
    uint64_t retryafter_seconds;
    char location[1024]; /* location=URL|self: a redirect, 302 unless status says otherwise; self: to this very URL */
    uint64_t hops;       /* hops=N: N redirects to this URL itself come first */
    char auth[256];      /* auth=basic:USER:PASSWORD: else 401; auth=none: always 401 */
    char proxyauth[256]; /* proxyauth=…: the same with 407 */
    char offer[64];      /* offer=SCHEME,…: the challenge names digest, ntlm and negotiate, too */
    char token[256];     /* token=NAME:VALUE: a request without that header gets 401 */
    uint64_t failfirst;  /* failfirst=K:STATUS|drop: the first K requests for the path fail */
    char failfirst_how[16];
    uint64_t from;  /* from=K: misbehaves from the K-th request for the path on only; the content stays */
    uint64_t times; /* times=N: to N requests only, the first or those from the K-th on; the content stays */
    /* drops=N: drop, dropbody, dropat and dropheaders strike the first N requests for the path, whatever from and
     * times say */
    uint64_t drops;

    /* framing and length of the body */
    bool chunked;     /* chunked=1 */
    bool nolength;    /* nolength=1: the end of the connection ends the body */
    bool multipart;   /* multipart=1: ranges come as multipart/byteranges */
    uint64_t longer;  /* longer=K: K bytes more than announced */
    uint64_t shorter; /* shorter=K: K bytes fewer than announced */

    /* where the response stops */
    bool dropheaders;  /* dropheaders=1: closed before any byte */
    uint64_t drop;     /* drop=K: closed after K bytes */
    uint64_t dropbody; /* dropbody=K */
    char dropat[16];   /* dropat=random: at a place that seed and the number of the request decide */
    bool reset;        /* reset=1: drops by a reset, which may destroy bytes on their way */
    uint64_t stall;    /* stall=K: waits for the gate "stall" after K bytes */
    char gate[64];     /* gate=NAME: waits before the first byte */
    char gatebody[64]; /* gatebody=NAME:K: waits after K body bytes */
    uint64_t gatebody_at;
    uint64_t trickle_bytes; /* trickle=BYTES/MS: a pause after each so many bytes of the body */
    uint64_t trickle_ms;

    char tag[256]; /* tag=TEXT: no effect, makes URLs differ */
};

/* Makes it that of an empty query. A script must not be used zeroed: position 0 is a place. */
void origin_script_clear(struct origin_script *script);

/* Forgets what does not strike the request with this ordinal (from, times, drops); what the content is stays. */
void origin_script_settle(struct origin_script *script, uint64_t ordinal);

/* Parses a query without its question mark. False for an unknown name or a value that its row does not allow; problem
 * then names it. */
bool origin_script_parse(struct origin_script *script, const char *query, char *problem, size_t capacity);

#endif
