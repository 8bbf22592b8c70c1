#include "origin_auth.h"

#include "origin_request.h"

#include <stdio.h>
#include <string.h>

/* What a challenge says after the name of its header. */
static const struct {
    const char *name;
    const char *challenge;
} scheme_rows[] = {
    {"basic", "Basic realm=\"origin\""},
    {"digest", "Digest realm=\"origin\", qop=\"auth\", nonce=\"0a1b2c\", algorithm=MD5"},
    {"ntlm", "NTLM"},
    {"negotiate", "Negotiate"},
};

static const char *scheme_challenge(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof(scheme_rows) / sizeof(scheme_rows[0]); i++) {
        if (strlen(scheme_rows[i].name) == length && !memcmp(scheme_rows[i].name, name, length))
            return scheme_rows[i].challenge;
    }
    return NULL;
}

static bool wanted_is_sound(const char *wanted)
{
    return !wanted[0] || !strcmp(wanted, "none") || !strncmp(wanted, "basic:", 6);
}

bool origin_auth_is_sound(const struct origin_script *script)
{
    for (const char *name = script->offer; *name;) {
        size_t length = strcspn(name, ",");
        if (!scheme_challenge(name, length))
            return false;
        name += length + (name[length] == ',');
    }
    return wanted_is_sound(script->auth) && wanted_is_sound(script->proxyauth) &&
           (!script->token[0] || strchr(script->token, ':'));
}

/* Whether the request carries the credentials of "basic:USER:PASSWORD". */
static bool is_authorized(const char *headers, const char *header, const char *wanted)
{
    char code[512];
    char expected[600];
    char given[600];
    if (strncmp(wanted, "basic:", 6) != 0 || !origin_text_base64(code, sizeof(code), wanted + strlen("basic:")))
        return false;
    snprintf(expected, sizeof(expected), "Basic %s", code);
    return origin_head_value(headers, header, given, sizeof(given)) && !strcmp(given, expected);
}

static bool has_token(const char *headers, const char *token)
{
    char name[256];
    char given[256];
    const char *colon = strchr(token, ':');
    return colon && origin_text_copy(name, sizeof(name), token, (size_t)(colon - token)) &&
           origin_head_value(headers, name, given, sizeof(given)) && !strcmp(given, colon + 1);
}

static void challenge(struct origin_text *lines, const char *header, const char *wanted, const char *offer)
{
    if (!strncmp(wanted, "basic:", 6))
        origin_text_format(lines, "%s: %s\r\n", header, scheme_rows[0].challenge);
    while (*offer) {
        size_t length = strcspn(offer, ",");
        origin_text_format(lines, "%s: %s\r\n", header, scheme_challenge(offer, length));
        offer += length + (offer[length] == ',');
    }
}

unsigned origin_auth_check(const struct origin_script *script, const char *headers, struct origin_text *lines)
{
    if (script->proxyauth[0] && !is_authorized(headers, "Proxy-Authorization", script->proxyauth)) {
        challenge(lines, "Proxy-Authenticate", script->proxyauth, script->offer);
        return 407;
    }
    if (script->auth[0] && !is_authorized(headers, "Authorization", script->auth)) {
        challenge(lines, "WWW-Authenticate", script->auth, script->offer);
        return 401;
    }
    if (script->token[0] && !has_token(headers, script->token)) {
        challenge(lines, "WWW-Authenticate", "", script->offer);
        return 401;
    }
    return 0;
}
