/* Checks and views of http and https URLs. Pure; nothing is decoded or normalised. */
#ifndef DOSVC_BASE_URL_H
#define DOSVC_BASE_URL_H

#include "hresult.h"

#define URL_MAX_LENGTH 2200 /* characters, as the classic API documents */

struct url_part {
    const char16_t *text; /* inside the URL, not terminated */
    size_t length;
};

struct url_view {
    bool is_https;
    struct url_part host; /* without the brackets of an IPv6 literal */
    uint16_t port;        /* the scheme's when none is written */
    /* From the first '/' (empty when there is none) up to '?' or '#' or the end, not including them. */
    struct url_part path;
    struct url_part path_and_query; /* up to '#' or the end */
};

/* False unless the URL is absolute, http or https, at most URL_MAX_LENGTH long, with a host, a port of 1..65535 if any, and without
 * control characters, spaces, or a user name before the host (credentials belong into SetCredentials, not into a stored URL). A host with a
 * backslash, an escape (%) or other characters that URL parsers read differently is refused, too. *view is all zeros then. */
bool url_parse(const char16_t *url, struct url_view *view);
/* The same with another limit: a server may redirect to longer URLs than a client may pass. */
bool url_parse_within(const char16_t *url, size_t limit, struct url_view *view);

/* Length of the URL without its query and fragment, and only up to the host when a user name stands before that: what a log line may show.
 * Works on any string. */
size_t url_loggable_length(const char16_t *url);

/* Same scheme, host (ASCII case folded) and port: requests to both can share connections and limits. */
bool url_same_origin(const struct url_view *a, const struct url_view *b);

#endif
