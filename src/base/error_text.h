/* Names and sentences for error codes: Delivery Optimization, BITS, HTTP statuses and the errors of WinHTTP.
 * System codes are the system's to explain (FormatMessage). Constant data: any thread, nothing to free. */
#ifndef DOSVC_BASE_ERROR_TEXT_H
#define DOSVC_BASE_ERROR_TEXT_H

#include "hresult.h"

/* An English sentence for a person. NULL when there is none. Every HTTP status from 100 to 599 has one. */
const char16_t *error_text_find(HRESULT hr);

/* The SDK's symbol, for the log. NULL when there is none. */
const char *error_text_name(HRESULT hr);

#endif
