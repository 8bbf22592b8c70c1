#include "http_options.h"

#include "memory.h"
#include "utf16.h"

#include <stdatomic.h>
#include <string.h>

/* The options are its first member, so that their address leads to the count. */
struct shared_options {
    struct http_options options;
    _Atomic uint32_t references;
};

static const struct http_options defaults;

/* The members are const for everybody else. */
static void free_text(const char16_t *text)
{
    mem_free((void *)(uintptr_t)text);
}

static void free_secret(const char16_t *text)
{
    utf16_free_secret((char16_t *)(uintptr_t)text);
}

static void free_options(struct http_options *options)
{
    for (size_t i = 0; i < options->credential_count; i++) {
        free_secret(options->credentials[i].user);
        free_secret(options->credentials[i].password);
    }
    mem_free((void *)(uintptr_t)options->credentials);
    free_text(options->proxy_list);
    free_text(options->proxy_bypass);
    free_secret(options->headers);
    free_secret(options->auth_headers);
    free_text(options->certificate.store);
    free_text(options->certificate.subject);
    mem_free((void *)(uintptr_t)options->certificate.serialized);
    mem_free(options);
}

/* False when there is no memory; a NULL stays one. */
static bool copy_text(const char16_t **copy, const char16_t *text)
{
    *copy = utf16_duplicate(text);
    return *copy || !text;
}

static bool copy_credentials(struct http_options *copy, const struct http_options *model)
{
    if (!model->credential_count)
        return true;
    struct http_credential *credentials = mem_alloc(model->credential_count * sizeof(*credentials));
    if (!credentials)
        return false;
    copy->credentials = credentials;
    copy->credential_count = model->credential_count;
    for (size_t i = 0; i < model->credential_count; i++) {
        const struct http_credential *from = &model->credentials[i];
        credentials[i].target = from->target;
        credentials[i].scheme = from->scheme;
        if (!copy_text(&credentials[i].user, from->user) || !copy_text(&credentials[i].password, from->password))
            return false;
    }
    return true;
}

static bool copy_certificate(struct http_client_certificate *copy, const struct http_client_certificate *model)
{
    copy->kind = model->kind;
    copy->location = model->location;
    memcpy(copy->hash, model->hash, sizeof(copy->hash));
    if (!copy_text(&copy->store, model->store) || !copy_text(&copy->subject, model->subject))
        return false;
    if (!model->serialized_size)
        return true;
    uint8_t *serialized = mem_alloc(model->serialized_size);
    if (!serialized)
        return false;
    memcpy(serialized, model->serialized, model->serialized_size);
    copy->serialized = serialized;
    copy->serialized_size = model->serialized_size;
    return true;
}

HRESULT http_options_create(const struct http_options *model, const struct http_options **options)
{
    *options = NULL;
    struct shared_options *shared = mem_alloc(sizeof(*shared));
    if (!shared)
        return E_OUTOFMEMORY;
    struct http_options *copy = &shared->options;
    copy->proxy_usage = model->proxy_usage;
    copy->security_flags = model->security_flags;
    copy->redirect_policy = model->redirect_policy;
    copy->allows_insecure_redirect = model->allows_insecure_redirect;
    atomic_init(&shared->references, 1);
    if (!copy_text(&copy->proxy_list, model->proxy_list) || !copy_text(&copy->proxy_bypass, model->proxy_bypass) ||
        !copy_text(&copy->headers, model->headers) || !copy_text(&copy->auth_headers, model->auth_headers) ||
        !copy_credentials(copy, model) || !copy_certificate(&copy->certificate, &model->certificate)) {
        free_options(copy);
        return E_OUTOFMEMORY;
    }
    *options = copy;
    return S_OK;
}

static struct shared_options *shared_of(const struct http_options *options)
{
    return (struct shared_options *)(uintptr_t)options;
}

const struct http_options *http_options_addref(const struct http_options *options)
{
    if (options)
        atomic_fetch_add_explicit(&shared_of(options)->references, 1, memory_order_relaxed);
    return options;
}

void http_options_release(const struct http_options *options)
{
    if (options && atomic_fetch_sub(&shared_of(options)->references, 1) == 1)
        free_options(&shared_of(options)->options);
}

/* ---- Sharing ---- */

static bool is_same_text(const char16_t *a, const char16_t *b)
{
    return utf16_equal(a ? a : u"", b ? b : u"");
}

static bool is_same_proxy(const struct http_options *a, const struct http_options *b)
{
    if (a->proxy_usage != b->proxy_usage)
        return false;
    return a->proxy_usage != HTTP_PROXY_OVERRIDE ||
           (is_same_text(a->proxy_list, b->proxy_list) && is_same_text(a->proxy_bypass, b->proxy_bypass));
}

static bool is_same_certificate(const struct http_client_certificate *a, const struct http_client_certificate *b)
{
    if (a->kind != b->kind)
        return false;
    bool is_same_store = a->location == b->location && is_same_text(a->store, b->store);
    switch (a->kind) {
    case HTTP_CERT_NONE: break;
    case HTTP_CERT_BY_HASH: return is_same_store && memcmp(a->hash, b->hash, sizeof(a->hash)) == 0;
    case HTTP_CERT_BY_SUBJECT: return is_same_store && is_same_text(a->subject, b->subject);
    case HTTP_CERT_SERIALIZED:
        return a->serialized_size == b->serialized_size &&
               (!a->serialized_size || memcmp(a->serialized, b->serialized, a->serialized_size) == 0);
    }
    return true;
}

/* NULL names mean the user of the process, empty ones do not. */
static bool is_same_secret(const char16_t *a, const char16_t *b)
{
    return !a == !b && is_same_text(a, b);
}

static bool are_same_credentials(const struct http_options *a, const struct http_options *b)
{
    if (a->credential_count != b->credential_count)
        return false;
    for (size_t i = 0; i < a->credential_count; i++) {
        const struct http_credential *one = &a->credentials[i];
        const struct http_credential *other = &b->credentials[i];
        if (one->target != other->target || one->scheme != other->scheme || !is_same_secret(one->user, other->user) ||
            !is_same_secret(one->password, other->password))
            return false;
    }
    return true;
}

bool http_options_share_connections(const struct http_options *a, const struct http_options *b)
{
    a = a ? a : &defaults;
    b = b ? b : &defaults;
    return a == b || (a->security_flags == b->security_flags && is_same_proxy(a, b) &&
                      is_same_certificate(&a->certificate, &b->certificate) && are_same_credentials(a, b));
}
