/* GetErrorDescription of IBackgroundCopyManager and IBackgroundCopyError: docs/API.md, "Manager". */
#include "error_description.h"

#include "error_text.h"
#include "result.h"

static HRESULT system_description(HRESULT code, DWORD language, LPWSTR *text)
{
    WCHAR *message = NULL;
    DWORD length =
        FormatMessageW(FORMAT_MESSAGE_ALLOCATE_BUFFER | FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS,
                       NULL, (DWORD)code, language, (WCHAR *)(void *)&message, 0, NULL);
    while (length > 0 && message[length - 1] <= L' ')
        message[--length] = 0; /* the line break at its end */
    HRESULT hr = length > 0 ? result_string(message, text) : HRESULT_FROM_WIN32(ERROR_RESOURCE_LANG_NOT_FOUND);
    LocalFree(message);
    return hr;
}

HRESULT error_description(HRESULT code, DWORD language, LPWSTR *text)
{
    *text = NULL;
    const WCHAR *own = error_text_find(code);
    return own ? result_string(own, text) : system_description(code, language, text);
}
