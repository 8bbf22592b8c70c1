#include "utf8.h"

#include "memory.h"

#include <windows.h>

HRESULT utf8_duplicate(const char16_t *text, char **utf8)
{
    *utf8 = NULL;
    int size = WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, text, -1, NULL, 0, NULL, NULL);
    if (size <= 0)
        return HRESULT_FROM_WIN32(GetLastError());
    *utf8 = mem_alloc((size_t)size);
    if (!*utf8)
        return E_OUTOFMEMORY;
    WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, text, -1, *utf8, size, NULL, NULL);
    return S_OK;
}
