/* Values on their way out of a COM method: memory that the client frees with CoTaskMemFree. */
#ifndef DOSVC_COM_RESULT_H
#define DOSVC_COM_RESULT_H

#include <windows.h>

#include <stdint.h>

/* A new copy of `text` in *result. On failure *result is NULL. */
HRESULT result_string(const WCHAR *text, LPWSTR *result);
/* The same; takes `text` (mem_free), also on failure. */
HRESULT result_take_string(WCHAR *text, LPWSTR *result);

FILETIME result_file_time(uint64_t time);
GUID result_guid(const uint8_t bytes[16]);

#endif
