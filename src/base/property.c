#include "property.h"

#include "bits_error.h"
#include "utf16.h"

#include <string.h>

#define OF_JOB  PROPERTY_OF_JOB
#define OF_FILE PROPERTY_OF_FILE

#define SECRET_OVERHEAD 4096 /* bytes by which encryption may make a value longer */

/* A flag, a user name and a password, the latter each with its terminator, in UTF-16. */
#define CREDENTIAL(name)                                                                                               \
    [PROPERTY_##name] = {#name,                                                                                        \
                         OF_JOB,                                                                                       \
                         PROPERTY_TYPE_BLOB,                                                                           \
                         0,                                                                                            \
                         0,                                                                                            \
                         2 * (1 + 300 + 1 + 65535 + 1),                                                                \
                         E_INVALIDARG,                                                                                 \
                         PROPERTY_PERSONAL | PROPERTY_SECRET | PROPERTY_OF_REQUESTS}

/* name, scope, type, preset, least, most, refusal, flags */
static const struct property_info table[PROPERTY_ID_COUNT] = {
    [PROPERTY_MINIMUM_RETRY_DELAY] = {"MINIMUM_RETRY_DELAY", OF_JOB, PROPERTY_TYPE_U32, 600, 5, UINT32_MAX,
                                      E_INVALIDARG, 0},
    [PROPERTY_NO_PROGRESS_TIMEOUT] = {"NO_PROGRESS_TIMEOUT", OF_JOB, PROPERTY_TYPE_U32, 86400, 0, UINT32_MAX,
                                      E_INVALIDARG, 0},
    [PROPERTY_PROXY_USAGE] = {"PROXY_USAGE", OF_JOB, PROPERTY_TYPE_U32, 0, 0, 3, E_NOTIMPL, PROPERTY_OF_REQUESTS},
    [PROPERTY_PROXY_LIST] = {"PROXY_LIST", OF_JOB, PROPERTY_TYPE_TEXT, 0, 0, 4000, BG_E_PROXY_LIST_TOO_LARGE,
                             PROPERTY_OF_REQUESTS},
    [PROPERTY_PROXY_BYPASS] = {"PROXY_BYPASS", OF_JOB, PROPERTY_TYPE_TEXT, 0, 0, 4000, BG_E_PROXY_BYPASS_LIST_TOO_LARGE,
                               PROPERTY_OF_REQUESTS},
    [PROPERTY_NOTIFY_PROGRAM] = {"NOTIFY_PROGRAM", OF_JOB, PROPERTY_TYPE_TEXT, 0, 0, 260, BG_E_STRING_TOO_LONG,
                                 PROPERTY_PERSONAL},
    [PROPERTY_NOTIFY_PARAMETERS] = {"NOTIFY_PARAMETERS", OF_JOB, PROPERTY_TYPE_TEXT, 0, 0, 4000, BG_E_STRING_TOO_LONG,
                                    PROPERTY_PERSONAL},
    [PROPERTY_CUSTOM_HEADERS] = {"CUSTOM_HEADERS", OF_JOB, PROPERTY_TYPE_TEXT, 0, 0, 16383, BG_E_STRING_TOO_LONG,
                                 PROPERTY_PERSONAL | PROPERTY_OF_REQUESTS},
    [PROPERTY_SECURITY_FLAGS] = {"SECURITY_FLAGS", OF_JOB, PROPERTY_TYPE_MASK, 0, 0, 0xB1F, E_NOTIMPL,
                                 PROPERTY_OF_REQUESTS},
    [PROPERTY_CLIENT_CERTIFICATE] = {"CLIENT_CERTIFICATE", OF_JOB, PROPERTY_TYPE_BLOB, 0, 0, 8192, E_INVALIDARG,
                                     PROPERTY_PERSONAL | PROPERTY_OF_REQUESTS},
    CREDENTIAL(SERVER_BASIC),
    [PROPERTY_FILE_ACL_FLAGS] = {"FILE_ACL_FLAGS", OF_JOB, PROPERTY_TYPE_MASK, 0, 0, 0xF, E_INVALIDARG, 0},
    [PROPERTY_PEER_CACHING_FLAGS] = {"PEER_CACHING_FLAGS", OF_JOB, PROPERTY_TYPE_MASK, 0, 0, 0x3, E_INVALIDARG, 0},
    [PROPERTY_MAXIMUM_DOWNLOAD_TIME] = {"MAXIMUM_DOWNLOAD_TIME", OF_JOB, PROPERTY_TYPE_U32, 7776000, 0, UINT32_MAX,
                                        E_INVALIDARG, 0},
    [PROPERTY_COST_FLAGS] = {"COST_FLAGS", OF_JOB, PROPERTY_TYPE_MASK, 0x800000FF, 0, 0xC00000FF, E_INVALIDARG, 0},
    [PROPERTY_NOTIFICATION_CLSID] = {"NOTIFICATION_CLSID", OF_JOB, PROPERTY_TYPE_GUID, 0, 0, 0, E_INVALIDARG, 0},
    [PROPERTY_DYNAMIC_CONTENT] = {"DYNAMIC_CONTENT", OF_JOB, PROPERTY_TYPE_BOOL, 0, 0, 1, E_INVALIDARG, 0},
    [PROPERTY_HIGH_PERFORMANCE] = {"HIGH_PERFORMANCE", OF_JOB, PROPERTY_TYPE_BOOL, 0, 0, 1, E_INVALIDARG, 0},
    [PROPERTY_MAX_DOWNLOAD_SIZE] = {"MAX_DOWNLOAD_SIZE", OF_JOB, PROPERTY_TYPE_U64, UINT64_MAX, 0, UINT64_MAX,
                                    E_INVALIDARG, 0},
    [PROPERTY_USE_STORED_CREDENTIALS] = {"USE_STORED_CREDENTIALS", OF_JOB, PROPERTY_TYPE_U32, 0, 0, 2, E_INVALIDARG, 0},
    [PROPERTY_MINIMUM_NOTIFICATION_INTERVAL] = {"MINIMUM_NOTIFICATION_INTERVAL", OF_JOB, PROPERTY_TYPE_U32, 500, 0,
                                                UINT32_MAX, E_INVALIDARG, 0},
    [PROPERTY_ON_DEMAND_MODE] = {"ON_DEMAND_MODE", OF_JOB, PROPERTY_TYPE_BOOL, 0, 0, 1, E_INVALIDARG, 0},
    [PROPERTY_OWNER_INTEGRITY_LEVEL] = {"OWNER_INTEGRITY_LEVEL", OF_JOB, PROPERTY_TYPE_U32, 0x2000, 0, UINT32_MAX,
                                        E_INVALIDARG, 0},
    [PROPERTY_OWNER_ELEVATION] = {"OWNER_ELEVATION", OF_JOB, PROPERTY_TYPE_BOOL, 0, 0, 1, E_INVALIDARG, 0},
    [PROPERTY_VALIDATION_STATE] = {"VALIDATION_STATE", OF_FILE, PROPERTY_TYPE_BOOL, 0, 0, 1, E_INVALIDARG, 0},
    [PROPERTY_INTEGRITY_CHECK_MANDATORY] = {"INTEGRITY_CHECK_MANDATORY", OF_FILE, PROPERTY_TYPE_BOOL, 0, 0, 1,
                                            E_INVALIDARG, 0},
    [PROPERTY_INTEGRITY_CHECK_INFO] = {"INTEGRITY_CHECK_INFO", OF_FILE, PROPERTY_TYPE_TEXT, 0, 0, 65536, E_INVALIDARG,
                                       0},
    [PROPERTY_DECRYPTION_INFO] = {"DECRYPTION_INFO", OF_FILE, PROPERTY_TYPE_BLOB, 0, 0, 65536, E_INVALIDARG,
                                  PROPERTY_SECRET},
    [PROPERTY_SINK_IS_STREAM] = {"SINK_IS_STREAM", OF_FILE, PROPERTY_TYPE_BOOL, 0, 0, 1, E_INVALIDARG,
                                 PROPERTY_NOT_STORED},
    CREDENTIAL(SERVER_DIGEST),
    CREDENTIAL(SERVER_NTLM),
    CREDENTIAL(SERVER_NEGOTIATE),
    CREDENTIAL(PROXY_BASIC),
    CREDENTIAL(PROXY_DIGEST),
    CREDENTIAL(PROXY_NTLM),
    CREDENTIAL(PROXY_NEGOTIATE),
};

const struct property_info *property_info(uint32_t id)
{
    return id < PROPERTY_ID_COUNT && table[id].name ? &table[id] : NULL;
}

static size_t number_size(enum property_type type)
{
    switch (type) {
    case PROPERTY_TYPE_U32:
    case PROPERTY_TYPE_MASK: return 4;
    case PROPERTY_TYPE_U64: return 8;
    case PROPERTY_TYPE_BOOL: return 1;
    default: return 0;
    }
}

struct property_value property_of_number(enum property_id id, uint64_t number, uint8_t storage[8])
{
    for (int i = 0; i < 8; i++)
        storage[i] = (uint8_t)(number >> (8 * i));
    const struct property_info *info = property_info(id);
    return (struct property_value){id, storage, info ? number_size(info->type) : 0};
}

struct property_value property_of_bytes(enum property_id id, const void *bytes, size_t size)
{
    return (struct property_value){id, bytes, size};
}

struct property_value property_of_text(enum property_id id, const char16_t *text)
{
    const struct property_info *info = property_info(id);
    /* One character over the limit is enough to be refused. */
    size_t length = text && info ? utf16_length_within(text, (size_t)info->most) : 0;
    return (struct property_value){id, text, length * sizeof(char16_t)};
}

struct property_value property_removed(enum property_id id)
{
    return (struct property_value){id, NULL, 0};
}

uint64_t property_number(const struct property_value *value)
{
    const uint8_t *bytes = value->bytes;
    uint64_t number = 0;
    for (size_t i = value->size; i > 0; i--)
        number = number << 8 | bytes[i - 1];
    return number;
}

static HRESULT check_number(const struct property_info *info, const struct property_value *value)
{
    if (value->size != number_size(info->type))
        return E_INVALIDARG;
    uint64_t number = property_number(value);
    bool is_within =
        info->type == PROPERTY_TYPE_MASK ? (number & ~info->most) == 0 : number >= info->least && number <= info->most;
    return is_within ? S_OK : info->refusal;
}

static HRESULT check_text(const struct property_info *info, const struct property_value *value)
{
    char16_t unit;
    if (value->size % sizeof unit)
        return E_INVALIDARG;
    if (value->size / sizeof unit > info->most)
        return info->refusal;
    for (size_t i = 0; i < value->size; i += sizeof unit) {
        memcpy(&unit, (const uint8_t *)value->bytes + i, sizeof unit);
        if (!unit)
            return E_INVALIDARG;
    }
    return S_OK;
}

HRESULT property_check(const struct property_value *value, enum property_scope scope)
{
    const struct property_info *info = property_info(value->id);
    if (!info || info->scope != scope)
        return E_INVALIDARG;
    if (!value->bytes)
        return S_OK;
    switch (info->type) {
    case PROPERTY_TYPE_TEXT: return check_text(info, value);
    case PROPERTY_TYPE_GUID: return value->size == 16 ? S_OK : E_INVALIDARG;
    case PROPERTY_TYPE_BLOB: return value->size <= info->most ? S_OK : info->refusal;
    default: return check_number(info, value);
    }
}

bool property_is_storable(uint32_t id, enum property_scope scope, const void *bytes, size_t size)
{
    const struct property_info *info = property_info(id);
    if (!info || info->scope != scope || (info->flags & PROPERTY_NOT_STORED))
        return false;
    if (info->flags & PROPERTY_SECRET)
        return size <= info->most + SECRET_OVERHEAD;
    struct property_value value = {(enum property_id)id, size ? bytes : "", size};
    return SUCCEEDED(property_check(&value, scope));
}
