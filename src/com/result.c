#include "result.h"

#include "log.h"
#include "memory.h"
#include "utf16.h"

#include <objbase.h>

#include <string.h>

HRESULT result_string(const WCHAR *text, LPWSTR *result)
{
    size_t size = (utf16_length(text) + 1) * sizeof(*text);
    *result = CoTaskMemAlloc(size);
    if (!*result)
        return log_failure(LOG_COM, E_OUTOFMEMORY, L"cannot return a string of %zu bytes", size);
    memcpy(*result, text, size);
    return S_OK;
}

HRESULT result_take_string(WCHAR *text, LPWSTR *result)
{
    HRESULT hr = result_string(text, result);
    mem_free(text);
    return hr;
}

FILETIME result_file_time(uint64_t time)
{
    FILETIME parts = {(DWORD)time, (DWORD)(time >> 32)};
    return parts;
}

GUID result_guid(const uint8_t bytes[16])
{
    GUID guid;
    _Static_assert(sizeof(guid) == 16, "an identifier is the GUID's own bytes");
    memcpy(&guid, bytes, sizeof(guid));
    return guid;
}
