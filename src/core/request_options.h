/* What requests of a job carry, made of its properties. */
#ifndef DOSVC_CORE_REQUEST_OPTIONS_H
#define DOSVC_CORE_REQUEST_OPTIONS_H

#include "http_options.h"
#include "property_set.h"

/* PROPERTY_SECURITY_FLAGS beside http_options.h's HTTP_CHECK_REVOCATION and HTTP_IGNORE_*. */
#define REQUEST_CERTIFICATE_FLAGS 0x01Fu
#define REQUEST_REDIRECT_REPORT   0x100u
#define REQUEST_REDIRECT_DISALLOW 0x200u
#define REQUEST_REDIRECT_TO_HTTP  0x800u /* also from https */

/* Returns new (http_options_release): NULL when nothing is set that concerns requests. A credential that this process cannot decrypt is left out, with a line
 * in the log. Decrypting asks the system, so no lock of the model is held. */
HRESULT request_options_create(const struct property_set *set, const struct http_options **options);

#endif
