#include "client_security.h"

#include <rpcdce.h>

COM_UNKNOWN_OF(security, IClientSecurity, CONTAINING_RECORD(iface, struct com_object, security_iface))

/* Every out pointer may be NULL. What is answered means "what the process has set for all of its calls". */
static HRESULT STDMETHODCALLTYPE security_QueryBlanket(IClientSecurity *iface, IUnknown *proxy,
                                                       DWORD *authentication_service, DWORD *authorization_service,
                                                       OLECHAR **server_principal, DWORD *authentication_level,
                                                       DWORD *impersonation_level, void **identity, DWORD *capabilities)
{
    (void)iface;
    if (authentication_service)
        *authentication_service = RPC_C_AUTHN_DEFAULT;
    if (authorization_service)
        *authorization_service = (DWORD)RPC_C_AUTHZ_DEFAULT;
    if (server_principal)
        *server_principal = NULL;
    if (authentication_level)
        *authentication_level = RPC_C_AUTHN_LEVEL_DEFAULT;
    if (impersonation_level)
        *impersonation_level = RPC_C_IMP_LEVEL_DEFAULT;
    if (identity)
        *identity = NULL;
    if (capabilities)
        *capabilities = EOAC_DEFAULT;
    return proxy ? S_OK : E_INVALIDARG;
}

static HRESULT STDMETHODCALLTYPE security_SetBlanket(IClientSecurity *iface, IUnknown *proxy,
                                                     DWORD authentication_service, DWORD authorization_service,
                                                     OLECHAR *server_principal, DWORD authentication_level,
                                                     DWORD impersonation_level, void *identity, DWORD capabilities)
{
    (void)iface;
    (void)authentication_service;
    (void)authorization_service;
    (void)server_principal;
    (void)authentication_level;
    (void)impersonation_level;
    (void)identity;
    (void)capabilities;
    return proxy ? S_OK : E_INVALIDARG;
}

static HRESULT STDMETHODCALLTYPE security_CopyProxy(IClientSecurity *iface, IUnknown *proxy, IUnknown **copy)
{
    (void)iface;
    if (!copy)
        return E_INVALIDARG;
    *copy = proxy;
    if (!proxy)
        return E_INVALIDARG;
    IUnknown_AddRef(proxy);
    return S_OK;
}

const IClientSecurityVtbl client_security_vtable = {
    COM_UNKNOWN_SLOTS(security),
    security_QueryBlanket,
    security_SetBlanket,
    security_CopyProxy,
};
