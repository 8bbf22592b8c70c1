#include "variant.h"

#include "log.h"
#include "utf16.h"

#include <oleauto.h>

/* What a VT_BYREF form of the type points to. */
static void dereference(const VARIANT *variant, VARTYPE type, VARIANT *value)
{
    switch (type) {
    case VT_BSTR: V_BSTR(value) = *V_BSTRREF(variant); break;
    case VT_BOOL: V_BOOL(value) = *V_BOOLREF(variant); break;
    case VT_UNKNOWN: V_UNKNOWN(value) = *V_UNKNOWNREF(variant); break;
    case VT_UI4: V_UI4(value) = *V_UI4REF(variant); break;
    default: V_UI8(value) = *V_UI8REF(variant); break;
    }
}

HRESULT variant_value(const VARIANT *variant, VARTYPE type, VARIANT *value)
{
    VariantInit(value);
    if (V_VT(variant) == (VT_BYREF | VT_VARIANT)) {
        variant = V_VARIANTREF(variant);
        if (!variant || V_VT(variant) == (VT_BYREF | VT_VARIANT))
            return E_INVALIDARG;
    }
    if (V_VT(variant) == type) {
        *value = *variant;
        return S_OK;
    }
    if (V_VT(variant) != (VT_BYREF | type) || !V_BYREF(variant))
        return E_INVALIDARG;
    V_VT(value) = type;
    dereference(variant, type, value);
    return S_OK;
}

HRESULT variant_text(const VARIANT *variant, const WCHAR **text)
{
    VARIANT value;
    *text = L"";
    HRESULT hr = variant_value(variant, VT_BSTR, &value);
    if (FAILED(hr) || !V_BSTR(&value))
        return hr;
    if (utf16_length(V_BSTR(&value)) != SysStringLen(V_BSTR(&value)))
        return E_INVALIDARG;
    *text = V_BSTR(&value);
    return S_OK;
}

HRESULT variant_give_text(const WCHAR *text, VARIANT *value)
{
    VariantInit(value);
    BSTR copy = SysAllocString(text);
    if (!copy)
        return log_failure(LOG_COM, E_OUTOFMEMORY, L"cannot return a text");
    V_VT(value) = VT_BSTR;
    V_BSTR(value) = copy;
    return S_OK;
}
