/* Which of a job's credentials answers a challenge. Pure. */
#ifndef DOSVC_HTTP_CREDENTIALS_H
#define DOSVC_HTTP_CREDENTIALS_H

#include "http_options.h"

/* A set of schemes. */
#define HTTP_AUTH_BIT(scheme) (1u << (scheme))

/* The strongest of the credentials for `target` whose scheme is in `offered` and not in `tried`; NULL when there is
 * none. */
const struct http_credential *http_credentials_choose(const struct http_options *options, enum http_auth_target target,
                                                      unsigned offered, unsigned tried);

/* "Basic ..." for the user and password, as UTF-8 (RFC 7617). Returns new; NULL when there is no memory. A secret:
 * utf16_free_secret. */
char16_t *http_credentials_basic(const struct http_credential *credential);

#endif
