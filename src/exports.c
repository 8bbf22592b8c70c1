/* The exports that regsvr32 calls. */
#include <windows.h>
#include <olectl.h>

#include <wchar.h>

#include "registration.h"

/* No header of the SDK declares it. */
STDAPI DllInstall(BOOL install, PCWSTR arguments);

STDAPI DllRegisterServer(void)
{
    return registration_register(REGISTRATION_MACHINE);
}

STDAPI DllUnregisterServer(void)
{
    return registration_unregister(REGISTRATION_MACHINE);
}

/* "user": for the current user alone. "machine", nothing and NULL: for all users, as regsvr32 /i without an argument
 * calls it after DllRegisterServer. */
STDAPI DllInstall(BOOL install, PCWSTR arguments)
{
    enum registration_scope scope = REGISTRATION_MACHINE;

    if (arguments && _wcsicmp(arguments, L"user") == 0) {
        scope = REGISTRATION_USER;
    } else if (arguments && arguments[0] && _wcsicmp(arguments, L"machine") != 0) {
        return E_INVALIDARG;
    }
    return install ? registration_register(scope) : registration_unregister(scope);
}
