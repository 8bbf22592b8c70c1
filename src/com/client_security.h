/* IClientSecurity of our own objects. Clients call CoSetProxyBlanket on each pointer and take a failure as fatal; on a direct pointer there is no proxy to be
 * set, so every call succeeds and changes nothing. */
#ifndef DOSVC_COM_CLIENT_SECURITY_H
#define DOSVC_COM_CLIENT_SECURITY_H

#include "object.h"

extern const IClientSecurityVtbl client_security_vtable;

#endif
