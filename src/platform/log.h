/* The log: one line per state transition and per failure, to the file of DOSVC_LOG and to OutputDebugString:
 *   2026-11-24T12:34:56.789Z error store 1a2c cannot commit: 0x80070070 ...
 * Callable from any thread, holds its own leaf lock. Never credentials, header values or the query of a URL. Before
 * log_open and after log_close lines go to OutputDebugString alone. */
#ifndef DOSVC_PLATFORM_LOG_H
#define DOSVC_PLATFORM_LOG_H

#include "hresult.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_TRACE };

enum log_area { LOG_COM, LOG_CORE, LOG_STORE, LOG_TRANSFER, LOG_HTTP, LOG_NOTIFY, LOG_MODULE };

#define LOG_ROTATE_BYTES (4u * 1024 * 1024) /* then <file> becomes <file>.1, replacing an older one */

/* Opens (appends to) the file, making its directory. A log that cannot be opened is no reason to fail: S_FALSE, and
 * debug output goes on. */
HRESULT log_open(const char16_t *path, enum log_level level);
void log_close(void);
bool log_is_enabled(enum log_level level);

/* Format: printf with wide strings; use %ls for char16_t strings (never %s), %08lX for HRESULTs. */
void log_line(enum log_level level, enum log_area area, const wchar_t *format, ...);

/* Writes an error line ending in the HRESULT and gives it back, so that a report never loses the code:
 *     return log_failure(LOG_STORE, hr, L"cannot open %ls", path); */
HRESULT log_failure(enum log_area area, HRESULT hr, const wchar_t *format, ...);

/* The same with the calling thread's GetLastError, which it also preserves. ERROR_SUCCESS becomes E_FAIL. */
HRESULT log_last_error(enum log_area area, const wchar_t *format, ...);

#endif
