#include "secret.h"

#include "log.h"
#include "memory.h"

#include <string.h>
#include <windows.h>

#include <wincrypt.h>

/* Whoever wants to open our secrets with the user's rights has to name us: a program that opens whatever it finds does not. */
static DATA_BLOB purpose(void)
{
    static BYTE name[] = "dosvc";
    return (DATA_BLOB){sizeof(name), name};
}

/* Takes `from` (LocalFree); wiped, too, when it is in clear. */
static HRESULT take(DATA_BLOB *from, void **bytes, size_t *size)
{
    *bytes = mem_alloc(from->cbData);
    if (*bytes) {
        memcpy(*bytes, from->pbData, from->cbData);
        *size = from->cbData;
    }
    SecureZeroMemory(from->pbData, from->cbData);
    LocalFree(from->pbData);
    return *bytes ? S_OK : log_failure(LOG_CORE, E_OUTOFMEMORY, L"no memory for a secret");
}

HRESULT secret_seal(const void *bytes, size_t size, void **sealed, size_t *sealed_size)
{
    DATA_BLOB clear = {(DWORD)size, (BYTE *)(uintptr_t)bytes}, entropy = purpose(), result;
    *sealed = NULL;
    *sealed_size = 0;
    if (!CryptProtectData(&clear, NULL, &entropy, NULL, NULL, CRYPTPROTECT_UI_FORBIDDEN, &result))
        return log_last_error(LOG_CORE, L"cannot encrypt a secret");
    return take(&result, sealed, sealed_size);
}

HRESULT secret_open(const void *sealed, size_t sealed_size, void **bytes, size_t *size)
{
    DATA_BLOB cipher = {(DWORD)sealed_size, (BYTE *)(uintptr_t)sealed}, entropy = purpose(), result;
    *bytes = NULL;
    *size = 0;
    if (!CryptUnprotectData(&cipher, NULL, &entropy, NULL, NULL, CRYPTPROTECT_UI_FORBIDDEN, &result))
        return log_last_error(LOG_CORE, L"cannot decrypt a secret");
    return take(&result, bytes, size);
}

void secret_free(void *bytes, size_t size)
{
    if (bytes)
        SecureZeroMemory(bytes, size);
    mem_free(bytes);
}
