#include "random.h"

#include <windows.h>

#include <bcrypt.h>

HRESULT random_guid(uint8_t id[16])
{
    NTSTATUS status = BCryptGenRandom(NULL, id, 16, BCRYPT_USE_SYSTEM_PREFERRED_RNG);
    if (status < 0)
        return HRESULT_FROM_NT(status);
    id[7] = (uint8_t)((id[7] & 0x0F) | 0x40); /* version: the high nibble of the third, little-endian group */
    id[8] = (uint8_t)((id[8] & 0x3F) | 0x80); /* variant */
    return S_OK;
}
