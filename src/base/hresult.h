/* HRESULT for every layer, without windows.h, so that pure files also compile natively.
 * On Windows the codes are <winerror.h>'s (macros only); natively the few that pure files use stand here. */
#ifndef DOSVC_BASE_HRESULT_H
#define DOSVC_BASE_HRESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uchar.h>

#ifdef _WIN32
#include <winerror.h>
typedef long HRESULT; /* the same type as <winnt.h>'s; C11 allows the repetition */
#else
typedef int32_t HRESULT;
#define S_OK           ((HRESULT)0)
#define S_FALSE        ((HRESULT)1)
#define E_NOTIMPL      ((HRESULT)0x80004001)
#define E_NOINTERFACE  ((HRESULT)0x80004002)
#define E_POINTER      ((HRESULT)0x80004003)
#define E_ABORT        ((HRESULT)0x80004004)
#define E_FAIL         ((HRESULT)0x80004005)
#define E_UNEXPECTED   ((HRESULT)0x8000FFFF)
#define E_ACCESSDENIED ((HRESULT)0x80070005)
#define E_OUTOFMEMORY  ((HRESULT)0x8007000E)
#define E_INVALIDARG   ((HRESULT)0x80070057)
#define SUCCEEDED(hr)  (((HRESULT)(hr)) >= 0)
#define FAILED(hr)     (((HRESULT)(hr)) < 0)
#endif

/* HRESULT_FROM_WIN32 for a constant; the SDK's is an inline function, which no table can hold. */
#define HRESULT_OF_WIN32(code) ((HRESULT)(0x80070000u | ((code)&0xFFFFu)))

/* The HRESULT of a failed request's HTTP status (docs/API.md, "Errors"): 404 is 0x80190194. */
#define HRESULT_OF_HTTP_STATUS(status) ((HRESULT)(0x80190000u | ((uint32_t)(status)&0xFFFFu)))

#endif
