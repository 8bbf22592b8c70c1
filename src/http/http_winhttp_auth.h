/* Answers to a server or a proxy that wants to know who asks. */
#ifndef DOSVC_HTTP_WINHTTP_AUTH_H
#define DOSVC_HTTP_WINHTTP_AUTH_H

#include "http_winhttp_request.h"

/* While the exchange's status is a challenge, sends the request again with what the options have for it: first the headers
 * that are for this, then each fitting credential once. S_OK: the status is the one that stays, perhaps a challenge
 * still. */
HRESULT http_winhttp_auth_answer(struct http_exchange *exchange, const struct http_winhttp_step *step);

#endif
