/* What is told of an answer beyond what decides over its body: for clients that ask, and for messages. Pure. */
#ifndef DOSVC_HTTP_DETAILS_H
#define DOSVC_HTTP_DETAILS_H

#include "hresult.h"

#define HTTP_HEADERS_TEXT_MAX 32768 /* characters; the lines that go beyond are left out */

/* All zeros: there was no answer. What there is no memory for is not there either. */
struct http_details {
    uint32_t status;
    char16_t *headers; /* owned; the status line and the header lines, each ended by CR LF */
    /* Owned; the URL that answered, or failed to, when redirects led to another than was asked for, else NULL. */
    char16_t *url;
    HRESULT cause; /* of an open that failed: the transport's own code, where the failure's name is a wider one */
};

/* Frees what it owns and makes it all zeros. */
void http_details_clear(struct http_details *details);

/* The whole lines of `text` that HTTP_HEADERS_TEXT_MAX characters have room for. Returns new; NULL when there is no
 * memory. */
char16_t *http_details_headers(const char16_t *text, size_t length);

#endif
