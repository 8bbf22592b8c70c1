/* Sentences for people about error codes, as both GetErrorDescription methods give them. */
#ifndef DOSVC_ERROR_DESCRIPTION_H
#define DOSVC_ERROR_DESCRIPTION_H

#include <windows.h>

/* What our own tables know is in English whatever the language; the system's codes are the system's to explain, in that language. The client frees *text
 * (CoTaskMemFree). HRESULT_FROM_WIN32(ERROR_RESOURCE_LANG_NOT_FOUND) and NULL when nobody knows one. */
HRESULT error_description(HRESULT code, DWORD language, LPWSTR *text);

#endif
