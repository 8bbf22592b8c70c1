#include "request_values.h"

#include "bits_error.h"
#include "memory.h"
#include "utf16.h"

#include <string.h>

/* Both kinds of bytes are texts in UTF-16, each with its terminator, behind a head of fixed size. */

#define LOCATION_MAX     7 /* BG_CERT_STORE_LOCATION_LOCAL_MACHINE_ENTERPRISE */
#define STORE_NAME_MAX   256
#define SUBJECT_NAME_MAX 2048

static const enum property_id credential_ids[2][4] = {
    {PROPERTY_SERVER_BASIC, PROPERTY_SERVER_DIGEST, PROPERTY_SERVER_NTLM, PROPERTY_SERVER_NEGOTIATE},
    {PROPERTY_PROXY_BASIC, PROPERTY_PROXY_DIGEST, PROPERTY_PROXY_NTLM, PROPERTY_PROXY_NEGOTIATE},
};

HRESULT credential_property(uint32_t target, uint32_t scheme, enum property_id *id)
{
    if (target != HTTP_AUTH_SERVER && target != HTTP_AUTH_PROXY)
        return BG_E_INVALID_AUTH_TARGET;
    if (scheme < HTTP_AUTH_BASIC || scheme > HTTP_AUTH_NEGOTIATE)
        return BG_E_INVALID_AUTH_SCHEME;
    *id = credential_ids[target - HTTP_AUTH_SERVER][scheme - HTTP_AUTH_BASIC];
    return S_OK;
}

enum property_id credential_property_at(size_t number)
{
    return credential_ids[number / 4][number % 4];
}

/* The head and the texts, one after another. */
static HRESULT encode(const void *head, size_t head_size, const char16_t *const texts[2], void **bytes, size_t *size)
{
    size_t lengths[2];
    *size = head_size;
    for (size_t i = 0; i < 2; i++) {
        lengths[i] = (utf16_length(texts[i]) + 1) * sizeof(char16_t);
        *size += lengths[i];
    }
    *bytes = mem_alloc(*size);
    if (!*bytes)
        return E_OUTOFMEMORY;
    memcpy(*bytes, head, head_size);
    uint8_t *place = (uint8_t *)*bytes + head_size;
    for (size_t i = 0; i < 2; i++) {
        memcpy(place, texts[i], lengths[i]);
        place += lengths[i];
    }
    return S_OK;
}

/* False unless exactly two texts stand behind the head. */
static bool decode(const void *bytes, size_t size, size_t head_size, const char16_t *texts[2])
{
    if (size < head_size || (size - head_size) % sizeof(char16_t))
        return false;
    const char16_t *at = (const char16_t *)(const void *)((const uint8_t *)bytes + head_size);
    const char16_t *end = at + (size - head_size) / sizeof(char16_t);
    for (size_t i = 0; i < 2; i++) {
        texts[i] = at;
        while (at < end && *at)
            at++;
        if (at == end)
            return false;
        at++;
    }
    return at == end;
}

/* ---- Credentials: one flag, user name, password ---- */

enum { CREDENTIAL_OF_PROCESS = 0, CREDENTIAL_WITH_NAMES = 1 };

HRESULT credential_encode(const struct http_credential *credential, void **bytes, size_t *size)
{
    bool has_names = credential->user && credential->password;
    bool can_do_without = credential->scheme == HTTP_AUTH_NTLM || credential->scheme == HTTP_AUTH_NEGOTIATE;
    if (!has_names && (!can_do_without || credential->user || credential->password))
        return E_INVALIDARG;
    const char16_t *const texts[2] = {has_names ? credential->user : u"", has_names ? credential->password : u""};
    if (utf16_length_within(texts[0], CREDENTIAL_USER_MAX) > CREDENTIAL_USER_MAX)
        return BG_E_USERNAME_TOO_LARGE;
    if (utf16_length_within(texts[1], CREDENTIAL_PASSWORD_MAX) > CREDENTIAL_PASSWORD_MAX)
        return BG_E_PASSWORD_TOO_LARGE;
    const char16_t head = has_names ? CREDENTIAL_WITH_NAMES : CREDENTIAL_OF_PROCESS;
    return encode(&head, sizeof head, texts, bytes, size);
}

bool credential_decode(enum property_id id, const void *bytes, size_t size, struct http_credential *credential)
{
    const char16_t *texts[2];
    char16_t head;
    size_t number = 0;
    while (number < CREDENTIAL_COUNT && credential_property_at(number) != id)
        number++;
    if (number == CREDENTIAL_COUNT || !decode(bytes, size, sizeof head, texts))
        return false;
    memcpy(&head, bytes, sizeof head);
    credential->target = (enum http_auth_target)(HTTP_AUTH_SERVER + number / 4);
    credential->scheme = (enum http_auth_scheme)(HTTP_AUTH_BASIC + number % 4);
    credential->user = head == CREDENTIAL_WITH_NAMES ? texts[0] : NULL;
    credential->password = head == CREDENTIAL_WITH_NAMES ? texts[1] : NULL;
    return head <= CREDENTIAL_WITH_NAMES;
}

/* ---- Certificates: location, kind, hash, store, subject ---- */

struct certificate_head {
    uint8_t location;
    uint8_t kind; /* enum http_certificate_kind: BY_HASH or BY_SUBJECT */
    uint8_t hash[HTTP_CERT_HASH_BYTES];
};

static bool is_acceptable(const struct http_client_certificate *certificate)
{
    if (certificate->location > LOCATION_MAX || !certificate->store || !certificate->store[0] ||
        utf16_length_within(certificate->store, STORE_NAME_MAX) > STORE_NAME_MAX)
        return false;
    if (certificate->kind == HTTP_CERT_BY_HASH)
        return true;
    return certificate->kind == HTTP_CERT_BY_SUBJECT && certificate->subject && certificate->subject[0] &&
           utf16_length_within(certificate->subject, SUBJECT_NAME_MAX) <= SUBJECT_NAME_MAX;
}

HRESULT certificate_encode(const struct http_client_certificate *certificate, void **bytes, size_t *size)
{
    if (!is_acceptable(certificate))
        return E_INVALIDARG;
    struct certificate_head head = {.location = (uint8_t)certificate->location, .kind = (uint8_t)certificate->kind};
    memcpy(head.hash, certificate->hash, sizeof head.hash);
    const char16_t *const texts[2] = {certificate->store,
                                      certificate->kind == HTTP_CERT_BY_SUBJECT ? certificate->subject : u""};
    return encode(&head, sizeof head, texts, bytes, size);
}

bool certificate_decode(const void *bytes, size_t size, struct http_client_certificate *certificate)
{
    struct certificate_head head;
    const char16_t *texts[2];
    if (!decode(bytes, size, sizeof head, texts))
        return false;
    memcpy(&head, bytes, sizeof head);
    *certificate = (struct http_client_certificate){.kind = (enum http_certificate_kind)head.kind,
                                                    .location = head.location,
                                                    .store = texts[0],
                                                    .subject = texts[1]};
    memcpy(certificate->hash, head.hash, sizeof head.hash);
    return is_acceptable(certificate);
}
