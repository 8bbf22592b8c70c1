/* IBackgroundCopyJob5::SetProperty and GetProperty: each identifier is a property of the core, its value a member of a union. docs/API.md, "Settings". */
#include "job_object.h"

#include "memory.h"

#include <string.h>

/* Where the value stands in the union, and in how many bytes. */
enum member { MEMBER_DWORD, MEMBER_CLSID, MEMBER_ENABLE, MEMBER_UINT64, MEMBER_TARGET };

static const struct {
    BITS_JOB_PROPERTY_ID id;
    enum property_id property;
    enum member member;
} table[] = {
    {BITS_JOB_PROPERTY_ID_COST_FLAGS, PROPERTY_COST_FLAGS, MEMBER_DWORD},
    {BITS_JOB_PROPERTY_NOTIFICATION_CLSID, PROPERTY_NOTIFICATION_CLSID, MEMBER_CLSID},
    {BITS_JOB_PROPERTY_DYNAMIC_CONTENT, PROPERTY_DYNAMIC_CONTENT, MEMBER_ENABLE},
    {BITS_JOB_PROPERTY_HIGH_PERFORMANCE, PROPERTY_HIGH_PERFORMANCE, MEMBER_ENABLE},
    {BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE, PROPERTY_MAX_DOWNLOAD_SIZE, MEMBER_UINT64},
    {BITS_JOB_PROPERTY_USE_STORED_CREDENTIALS, PROPERTY_USE_STORED_CREDENTIALS, MEMBER_TARGET},
    {BITS_JOB_PROPERTY_MINIMUM_NOTIFICATION_INTERVAL_MS, PROPERTY_MINIMUM_NOTIFICATION_INTERVAL, MEMBER_DWORD},
    {BITS_JOB_PROPERTY_ON_DEMAND_MODE, PROPERTY_ON_DEMAND_MODE, MEMBER_ENABLE},
};
#define ROWS (sizeof(table) / sizeof(table[0]))

/* ROWS when there is no such property. */
static size_t find(BITS_JOB_PROPERTY_ID id)
{
    size_t row = 0;
    while (row < ROWS && table[row].id != id)
        row++;
    return row;
}

static uint64_t number_in(const BITS_JOB_PROPERTY_VALUE *value, enum member member)
{
    switch (member) {
    case MEMBER_ENABLE: return value->Enable != 0;
    case MEMBER_UINT64: return value->Uint64;
    case MEMBER_TARGET: return (uint32_t)value->Target;
    default: return value->Dword;
    }
}

static HRESULT set_clsid(struct job *job, enum property_id id, const GUID *clsid)
{
    struct property_value value = property_of_bytes(id, clsid, sizeof(*clsid));
    if (IsEqualGUID(clsid, &GUID_NULL))
        value = property_removed(id);
    return job_set_properties(job, &value, 1);
}

static HRESULT get_clsid(struct job *job, enum property_id id, GUID *clsid)
{
    void *bytes;
    size_t size;
    HRESULT hr = job_bytes_of(job, id, &bytes, &size);
    if (hr == S_OK)
        memcpy(clsid, bytes, sizeof(*clsid));
    mem_free(bytes);
    return FAILED(hr) ? hr : S_OK;
}

HRESULT STDMETHODCALLTYPE job_SetProperty(IBackgroundCopyJob5 *iface, BITS_JOB_PROPERTY_ID id,
                                          BITS_JOB_PROPERTY_VALUE value)
{
    size_t row = find(id);
    if (row == ROWS)
        return E_INVALIDARG;
    if (table[row].member == MEMBER_CLSID)
        return set_clsid(job_of(iface), table[row].property, &value.ClsID);
    return job_set_number(job_of(iface), table[row].property, number_in(&value, table[row].member));
}

HRESULT STDMETHODCALLTYPE job_GetProperty(IBackgroundCopyJob5 *iface, BITS_JOB_PROPERTY_ID id,
                                          BITS_JOB_PROPERTY_VALUE *value)
{
    if (!value)
        return E_INVALIDARG;
    memset(value, 0, sizeof(*value));
    size_t row = find(id);
    if (row == ROWS)
        return E_INVALIDARG;
    if (table[row].member == MEMBER_CLSID)
        return get_clsid(job_of(iface), table[row].property, &value->ClsID);
    uint64_t number = job_number(job_of(iface), table[row].property);
    switch (table[row].member) {
    case MEMBER_ENABLE: value->Enable = number != 0; break;
    case MEMBER_UINT64: value->Uint64 = number; break;
    case MEMBER_TARGET: value->Target = (BG_AUTH_TARGET)number; break;
    default: value->Dword = (DWORD)number; break;
    }
    return S_OK;
}
