/* IDeliveryOptimizationFile2: the properties of a file, one row each. docs/API.md, "Properties of a file". */
#include "file_object.h"

#include "deliveryoptimizationerrors.h"
#include "file_stream.h"
#include "json_members.h"
#include "memory.h"
#include "variant.h"

#include <string.h>

/* ---- What is said about the content, as JSON ---- */

static HRESULT check_json(enum property_id id, const WCHAR *text, const struct json_rule *rules, size_t count)
{
    return json_check_members(text, (size_t)property_info(id)->most, rules, count);
}

/* Nothing decrypts yet, so a file that needs it is never fetched. That is all that is kept: the key is not. */
static HRESULT set_decryption_info(struct job_file *file, const VARIANT *variant)
{
    static const struct json_rule rules[] = {{"KeyData", JSON_STRING},
                                             {"EncryptionBufferSize", JSON_NUMBER},
                                             {"AlgorithmName", JSON_STRING},
                                             {"ChainingMode", JSON_STRING}};
    static const uint8_t given = 1;
    const WCHAR *text;
    HRESULT hr = variant_text(variant, &text);
    if (SUCCEEDED(hr))
        hr = check_json(PROPERTY_DECRYPTION_INFO, text, rules, ARRAYSIZE(rules));
    const struct property_value value = property_of_bytes(PROPERTY_DECRYPTION_INFO, &given, sizeof(given));
    return SUCCEEDED(hr) ? job_file_set_up(file, &value, 1) : hr;
}

static HRESULT set_integrity_info(struct job_file *file, const VARIANT *variant)
{
    static const struct json_rule rules[] = {{"PiecesHashFileUrl", JSON_STRING}, {"HashOfHashes", JSON_STRING}};
    const WCHAR *text;
    HRESULT hr = variant_text(variant, &text);
    if (SUCCEEDED(hr))
        hr = check_json(PROPERTY_INTEGRITY_CHECK_INFO, text, rules, ARRAYSIZE(rules));
    const struct property_value value = property_of_text(PROPERTY_INTEGRITY_CHECK_INFO, text);
    return SUCCEEDED(hr) ? job_file_set_up(file, &value, 1) : hr;
}

static HRESULT set_mandatory(struct job_file *file, const VARIANT *variant)
{
    VARIANT value;
    HRESULT hr = variant_value(variant, VT_BOOL, &value);
    if (FAILED(hr))
        return hr;
    const uint8_t flag = V_BOOL(&value) != VARIANT_FALSE;
    const struct property_value property = property_of_bytes(PROPERTY_INTEGRITY_CHECK_MANDATORY, &flag, sizeof(flag));
    return job_file_set_up(file, &property, 1);
}

static HRESULT get_mandatory(struct job_file *file, VARIANT *value)
{
    void *bytes;
    size_t size;
    HRESULT hr = job_file_bytes_of(file, PROPERTY_INTEGRITY_CHECK_MANDATORY, &bytes, &size);
    mem_free(bytes);
    if (hr != S_OK)
        return FAILED(hr) ? hr : E_NOT_SET;
    V_VT(value) = VT_BOOL;
    V_BOOL(value) = job_file_number(file, PROPERTY_INTEGRITY_CHECK_MANDATORY) ? VARIANT_TRUE : VARIANT_FALSE;
    return S_OK;
}

/* ---- Where the bytes go ---- */

static HRESULT set_stream(struct job_file *file, const VARIANT *variant)
{
    VARIANT value;
    struct sink_stream *stream;
    HRESULT hr = variant_value(variant, VT_UNKNOWN, &value);
    if (FAILED(hr) || !V_UNKNOWN(&value))
        return E_INVALIDARG;
    hr = file_stream_create(V_UNKNOWN(&value), &stream);
    if (FAILED(hr))
        return hr;
    hr = job_file_set_stream(file, stream);
    sink_stream_release(stream);
    return hr;
}

static HRESULT get_stream(struct job_file *file, VARIANT *value)
{
    IUnknown *object;
    struct sink_stream *stream = job_file_stream(file);
    if (!stream)
        return E_NOT_SET;
    HRESULT hr = file_stream_interface(stream, &object);
    sink_stream_release(stream);
    if (FAILED(hr))
        return hr;
    V_VT(value) = VT_UNKNOWN;
    V_UNKNOWN(value) = object;
    return S_OK;
}

static HRESULT set_path(struct job_file *file, const VARIANT *variant)
{
    const WCHAR *path;
    HRESULT hr = variant_text(variant, &path);
    return SUCCEEDED(hr) ? job_file_set_local_path(file, path) : hr;
}

static HRESULT get_path(struct job_file *file, VARIANT *value)
{
    WCHAR *path;
    HRESULT hr = job_file_local_path(file, &path);
    if (FAILED(hr))
        return hr;
    hr = path[0] ? variant_give_text(path, value) : E_NOT_SET;
    mem_free(path);
    return hr;
}

/* ---- The size ---- */

static HRESULT set_size(struct job_file *file, const VARIANT *variant)
{
    VARIANT value;
    HRESULT hr = variant_value(variant, VT_UI8, &value);
    return SUCCEEDED(hr) ? job_file_set_remote_size(file, V_UI8(&value)) : hr;
}

static HRESULT get_size(struct job_file *file, VARIANT *value)
{
    uint64_t size = job_file_remote_size(file);
    if (size == SIZE_UNKNOWN)
        return E_NOT_SET;
    V_VT(value) = VT_UI8;
    V_UI8(value) = size;
    return S_OK;
}

/* ---- The table ---- */

static HRESULT get_memory_stream(struct job_file *file, VARIANT *value)
{
    (void)file;
    (void)value;
    return DO_E_MEMORYSTREAM_DOWNLOAD_NOT_SUPPORTED;
}

static HRESULT set_memory_stream(struct job_file *file, const VARIANT *variant)
{
    (void)file;
    (void)variant;
    return DO_E_MEMORYSTREAM_DOWNLOAD_NOT_SUPPORTED;
}

static const struct file_property {
    HRESULT (*get)(struct job_file *file, VARIANT *value); /* NULL: write-only. *value is VT_EMPTY before */
    HRESULT (*set)(struct job_file *file, const VARIANT *variant);
} properties[] = {
    [DOFilePropertyId_DecryptionInfo] = {NULL, set_decryption_info},
    [DOFilePropertyId_IntegrityCheckInfo] = {NULL, set_integrity_info},
    [DOFilePropertyId_IntegrityCheckMandatory] = {get_mandatory, set_mandatory},
    [DOFilePropertyId_DownloadSinkInterface] = {get_stream, set_stream},
    [DOFilePropertyId_DownloadSinkFilePath] = {get_path, set_path},
    [DOFilePropertyId_DownloadSinkMemoryStream] = {get_memory_stream, set_memory_stream},
    [DOFilePropertyId_TotalSizeBytes] = {get_size, set_size},
};

static const struct file_property *find_property(DOFilePropertyId id)
{
    return (size_t)id < ARRAYSIZE(properties) ? &properties[id] : NULL;
}

COM_UNKNOWN(delivery2, IDeliveryOptimizationFile2, struct file_object, delivery2_iface)

static struct job_file *delivery2_file_of(IDeliveryOptimizationFile2 *iface)
{
    return CONTAINING_RECORD(iface, struct file_object, delivery2_iface)->file;
}

static HRESULT STDMETHODCALLTYPE delivery2_GetProperty(IDeliveryOptimizationFile2 *iface, DOFilePropertyId id,
                                                       VARIANT *value)
{
    if (!value)
        return E_INVALIDARG;
    VariantInit(value); /* also of a client that did not initialise it */
    const struct file_property *property = find_property(id);
    if (!property)
        return DO_E_UNKNOWN_PROPERTY_ID;
    return property->get ? property->get(delivery2_file_of(iface), value) : DO_E_WRITE_ONLY_PROPERTY;
}

static HRESULT STDMETHODCALLTYPE delivery2_SetProperty(IDeliveryOptimizationFile2 *iface, DOFilePropertyId id,
                                                       const VARIANT *value)
{
    const struct file_property *property = find_property(id);
    if (!property)
        return DO_E_UNKNOWN_PROPERTY_ID;
    return value ? property->set(delivery2_file_of(iface), value) : E_INVALIDARG;
}

const IDeliveryOptimizationFile2Vtbl file_delivery2_vtable = {
    COM_UNKNOWN_SLOTS(delivery2),
    .GetProperty = delivery2_GetProperty,
    .SetProperty = delivery2_SetProperty,
};
