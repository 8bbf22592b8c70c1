/* Who may have an answer, by the words auth, proxyauth, offer and token of a script. */
#ifndef ORIGIN_AUTH_H
#define ORIGIN_AUTH_H

#include "origin_script.h"
#include "origin_text.h"

/* What a row of the script's table cannot say. */
bool origin_auth_is_sound(const struct origin_script *script);

/* 0 when a request with these header lines may have what it asks for; else 401 or 407, and the header lines of the
 * challenge are appended. */
unsigned origin_auth_check(const struct origin_script *script, const char *headers, struct origin_text *challenge);

#endif
