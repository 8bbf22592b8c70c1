/* GUIDs as text: {XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX}. The 16 bytes are in Windows' memory layout (the first three groups little-endian). Pure. */
#ifndef DOSVC_BASE_GUID_TEXT_H
#define DOSVC_BASE_GUID_TEXT_H

#include "hresult.h"

#define GUID_TEXT_LENGTH 38 /* characters, terminator not counted */

void guid_text_format(const uint8_t id[16], char16_t text[GUID_TEXT_LENGTH + 1]);
/* Strictly the form above, hexadecimal digits of either case. */
bool guid_text_parse(const char16_t *text, uint8_t id[16]);

#endif
