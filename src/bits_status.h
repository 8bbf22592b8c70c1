/* The core's words in those of the classic API: pure tables. */
#ifndef DOSVC_BITS_STATUS_H
#define DOSVC_BITS_STATUS_H

#include <windows.h>

#include "deliveryoptimization.h"
#include "engine.h"

BG_JOB_STATE bits_job_state(enum job_state state);
BG_JOB_PRIORITY bits_priority(enum job_priority priority);
/* False for a word that names no priority. */
bool bits_to_priority(BG_JOB_PRIORITY word, enum job_priority *priority);
BG_ERROR_CONTEXT bits_error_context(enum job_error_context context);
/* An English sentence about where errors of that context come from. */
const WCHAR *bits_error_context_text(enum job_error_context context);

#endif
