/* Header lines that a client wants in its requests. Pure. */
#ifndef DOSVC_BASE_HEADER_LINES_H
#define DOSVC_BASE_HEADER_LINES_H

#include "hresult.h"

/* True for lines `Name: value`, each but the last ended by CR LF or LF, that are no more than they seem to be: names are tokens, values hold no control
 * character but the tab, no line is empty or continues the one before, and none is a header that says how the message is to be read or which bytes of
 * which version are wanted. */
bool header_lines_are_acceptable(const char16_t *text);

#endif
