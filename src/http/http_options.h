/* What a request carries beyond its URL and range, as its job's owner set it: the way through proxies, headers,
 * credentials, certificates, and how far redirects are followed. Immutable and reference counted: a job has one, which
 * all of its requests share until a setter puts another in its place. Pure. */
#ifndef DOSVC_HTTP_OPTIONS_H
#define DOSVC_HTTP_OPTIONS_H

#include "hresult.h"

/* The values are those of BG_JOB_PROXY_USAGE. */
enum http_proxy_usage {
    HTTP_PROXY_PRECONFIG, /* as the user's Internet settings say */
    HTTP_PROXY_NONE,
    HTTP_PROXY_OVERRIDE, /* proxy_list, but not for what proxy_bypass names */
    HTTP_PROXY_AUTODETECT
};

/* Bits of security_flags, as IBackgroundCopyJobHttpOptions has them. */
#define HTTP_CHECK_REVOCATION       0x01u
#define HTTP_IGNORE_CERT_NAME       0x02u
#define HTTP_IGNORE_CERT_DATE       0x04u
#define HTTP_IGNORE_CERT_UNKNOWN_CA 0x08u
#define HTTP_IGNORE_CERT_USAGE      0x10u

enum http_redirect_policy {
    HTTP_REDIRECT_ALLOW,
    HTTP_REDIRECT_REPORT, /* followed as well; the final URL becomes the file's remote name, which is the caller's part */
    HTTP_REDIRECT_DISALLOW
};

/* The values are those of BG_AUTH_TARGET and BG_AUTH_SCHEME. */
enum http_auth_target { HTTP_AUTH_SERVER = 1, HTTP_AUTH_PROXY = 2 };
enum http_auth_scheme { HTTP_AUTH_BASIC = 1, HTTP_AUTH_DIGEST = 2, HTTP_AUTH_NTLM = 3, HTTP_AUTH_NEGOTIATE = 4 };

struct http_credential {
    enum http_auth_target target;
    enum http_auth_scheme scheme;
    const char16_t *user; /* both NULL with NTLM and Negotiate: the user as whom the process runs */
    const char16_t *password;
};

#define HTTP_CERT_HASH_BYTES 20 /* SHA-1 */

enum http_certificate_kind {
    HTTP_CERT_NONE,
    HTTP_CERT_BY_HASH,
    HTTP_CERT_BY_SUBJECT,
    HTTP_CERT_SERIALIZED /* a serialised CERT_CONTEXT, no store is asked */
};

struct http_client_certificate {
    enum http_certificate_kind kind;
    uint32_t location;     /* a BG_CERT_STORE_LOCATION */
    const char16_t *store; /* "MY" */
    uint8_t hash[HTTP_CERT_HASH_BYTES];
    const char16_t *subject; /* part of the subject's name, any case */
    const uint8_t *serialized;
    size_t serialized_size;
};

/* All zeros: the defaults. Strings may be NULL, which is as good as empty. */
struct http_options {
    enum http_proxy_usage proxy_usage;
    const char16_t *proxy_list; /* "host:port", "http=a:80;https=b:80", "http://host:port" */
    const char16_t *proxy_bypass;
    const char16_t *headers;      /* "Name: value" lines that end with CR LF or LF */
    const char16_t *auth_headers; /* the same, sent only once the server has challenged */
    uint32_t security_flags;
    enum http_redirect_policy redirect_policy;
    bool allows_insecure_redirect; /* from https to http */
    const struct http_credential *credentials;
    size_t credential_count;
    struct http_client_certificate certificate;
};

/* Returns new with one reference: a deep copy of `model`, which is borrowed. E_OUTOFMEMORY. */
HRESULT http_options_create(const struct http_options *model, const struct http_options **options);
/* Both take NULL, and only what http_options_create gave. Any thread. The last release wipes the secrets. */
const struct http_options *http_options_addref(const struct http_options *options);
void http_options_release(const struct http_options *options);

/* May requests with these options share connections? Not where one has another proxy, accepts other certificates,
 * shows another of its own or has other credentials: a connection keeps what it was opened with. NULL: the
 * defaults. */
bool http_options_share_connections(const struct http_options *a, const struct http_options *b);

#endif
