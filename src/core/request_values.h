/* Credentials and certificates as the bytes of a property, and back. Pure. */
#ifndef DOSVC_CORE_REQUEST_VALUES_H
#define DOSVC_CORE_REQUEST_VALUES_H

#include "http_options.h"
#include "property.h"

#define CREDENTIAL_USER_MAX     300
#define CREDENTIAL_PASSWORD_MAX 65535
#define CREDENTIAL_COUNT        8 /* two targets, four schemes */

/* Which property holds a credential: BG_E_INVALID_AUTH_TARGET, BG_E_INVALID_AUTH_SCHEME. */
HRESULT credential_property(uint32_t target, uint32_t scheme, enum property_id *id);
/* The number-th of CREDENTIAL_COUNT. */
enum property_id credential_property_at(size_t number);

/* E_INVALIDARG: names are missing; BG_E_USERNAME_TOO_LARGE, BG_E_PASSWORD_TOO_LARGE; E_OUTOFMEMORY. Returns new; it is secret. */
HRESULT credential_encode(const struct http_credential *credential, void **bytes, size_t *size);
/* False when they are none. `credential` borrows from the bytes. */
bool credential_decode(enum property_id id, const void *bytes, size_t size, struct http_credential *credential);

/* E_INVALIDARG: an unknown location, no store name, neither hash nor subject, or too long. Returns new (mem_free). */
HRESULT certificate_encode(const struct http_client_certificate *certificate, void **bytes, size_t *size);
/* False when they are none. `certificate` borrows from the bytes. */
bool certificate_decode(const void *bytes, size_t size, struct http_client_certificate *certificate);

#endif
