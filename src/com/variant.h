/* Values in VARIANTs, as the property methods take and give them. */
#ifndef DOSVC_COM_VARIANT_H
#define DOSVC_COM_VARIANT_H

#include <windows.h>
#include <oaidl.h>

#ifndef E_NOT_SET /* the SDK's name, which MinGW's headers do not have */
#define E_NOT_SET HRESULT_FROM_WIN32(ERROR_NOT_FOUND)
#endif

/* The value of that type in `variant`, which may also point to it (VT_BYREF, and VT_BYREF | VT_VARIANT); borrowed. E_INVALIDARG for another type and for a pointer
 * to nowhere. Types: VT_BSTR, VT_BOOL, VT_UNKNOWN, VT_UI4, VT_UI8. */
HRESULT variant_value(const VARIANT *variant, VARTYPE type, VARIANT *value);
/* The same for a text; E_INVALIDARG also when it is no string up to its end. "" for NULL. */
HRESULT variant_text(const VARIANT *variant, const WCHAR **text);

/* A new copy of `text` in *value (VT_BSTR). */
HRESULT variant_give_text(const WCHAR *text, VARIANT *value);

#endif
