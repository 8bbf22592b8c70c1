#include "http_credentials.h"

#include "memory.h"
#include "utf16.h"

#include <string.h>

const struct http_credential *http_credentials_choose(const struct http_options *options, enum http_auth_target target,
                                                      unsigned offered, unsigned tried)
{
    static const enum http_auth_scheme strongest_first[] = {HTTP_AUTH_NEGOTIATE, HTTP_AUTH_NTLM, HTTP_AUTH_DIGEST,
                                                            HTTP_AUTH_BASIC};
    for (size_t s = 0; s < sizeof(strongest_first) / sizeof(strongest_first[0]); s++) {
        enum http_auth_scheme scheme = strongest_first[s];
        if (!(offered & ~tried & HTTP_AUTH_BIT(scheme)))
            continue;
        for (size_t i = 0; i < options->credential_count; i++) {
            const struct http_credential *credential = &options->credentials[i];
            if (credential->target == target && credential->scheme == scheme)
                return credential;
        }
    }
    return NULL;
}

/* ---- Basic ---- */

/* The code point at *at, which moves on; a lone surrogate is U+FFFD. */
static uint32_t next_code_point(const char16_t **at)
{
    uint32_t c = *(*at)++;
    if (c < 0xD800 || c > 0xDFFF)
        return c;
    if (c > 0xDBFF || **at < 0xDC00 || **at > 0xDFFF)
        return 0xFFFD;
    return 0x10000 + ((c - 0xD800) << 10) + (uint32_t)(*(*at)++ - 0xDC00);
}

/* Appends `text` in UTF-8; three bytes for each of its units are enough. */
static size_t append_utf8(uint8_t *bytes, const char16_t *text)
{
    size_t length = 0;
    while (*text) {
        uint32_t c = next_code_point(&text);
        if (c < 0x80) {
            bytes[length++] = (uint8_t)c;
        } else if (c < 0x800) {
            bytes[length++] = (uint8_t)(0xC0 | c >> 6);
            bytes[length++] = (uint8_t)(0x80 | (c & 0x3F));
        } else if (c < 0x10000) {
            bytes[length++] = (uint8_t)(0xE0 | c >> 12);
            bytes[length++] = (uint8_t)(0x80 | (c >> 6 & 0x3F));
            bytes[length++] = (uint8_t)(0x80 | (c & 0x3F));
        } else {
            bytes[length++] = (uint8_t)(0xF0 | c >> 18);
            bytes[length++] = (uint8_t)(0x80 | (c >> 12 & 0x3F));
            bytes[length++] = (uint8_t)(0x80 | (c >> 6 & 0x3F));
            bytes[length++] = (uint8_t)(0x80 | (c & 0x3F));
        }
    }
    return length;
}

static void encode_base64(char16_t *text, const uint8_t *bytes, size_t length)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < length; i += 3) {
        uint32_t group = (uint32_t)bytes[i] << 16;
        group |= i + 1 < length ? (uint32_t)bytes[i + 1] << 8 : 0;
        group |= i + 2 < length ? bytes[i + 2] : 0;
        *text++ = (unsigned char)digits[group >> 18];
        *text++ = (unsigned char)digits[group >> 12 & 63];
        *text++ = i + 1 < length ? (unsigned char)digits[group >> 6 & 63] : u'=';
        *text++ = i + 2 < length ? (unsigned char)digits[group & 63] : u'=';
    }
    *text = 0;
}

char16_t *http_credentials_basic(const struct http_credential *credential)
{
    static const char16_t prefix[] = u"Basic ";
    const size_t prefix_length = sizeof(prefix) / sizeof(prefix[0]) - 1;
    const char16_t *user = credential->user ? credential->user : u"";
    const char16_t *password = credential->password ? credential->password : u"";
    size_t capacity = 3 * (utf16_length(user) + utf16_length(password)) + 1;
    uint8_t *bytes = mem_alloc(capacity);
    char16_t *value = bytes ? mem_alloc((prefix_length + (capacity + 2) / 3 * 4 + 1) * sizeof(*value)) : NULL;
    if (value) {
        size_t length = append_utf8(bytes, user);
        bytes[length++] = ':';
        length += append_utf8(bytes + length, password);
        memcpy(value, prefix, sizeof(prefix));
        encode_base64(value + prefix_length, bytes, length);
    }
    if (bytes)
        mem_wipe(bytes, capacity);
    mem_free(bytes);
    return value;
}
