#include "interface_table.h"

#include "log.h"

#include <objbase.h>
#include <cguid.h>

/* The process's one table. Returns new. */
static HRESULT open_table(IGlobalInterfaceTable **table)
{
    *table = NULL;
    HRESULT hr = CoCreateInstance(&CLSID_StdGlobalInterfaceTable, NULL, CLSCTX_INPROC_SERVER,
                                  &IID_IGlobalInterfaceTable, (void **)table);
    return FAILED(hr) ? log_failure(LOG_COM, hr, L"cannot reach the global interface table") : S_OK;
}

HRESULT interface_table_keep(IUnknown *object, REFIID iid, DWORD *cookie)
{
    IGlobalInterfaceTable *table;
    HRESULT hr = open_table(&table);
    if (FAILED(hr))
        return hr;
    hr = IGlobalInterfaceTable_RegisterInterfaceInGlobal(table, object, iid, cookie);
    IGlobalInterfaceTable_Release(table);
    return FAILED(hr) ? log_failure(LOG_COM, hr, L"cannot keep a client's interface") : S_OK;
}

HRESULT interface_table_fetch(DWORD cookie, REFIID iid, void **object)
{
    IGlobalInterfaceTable *table;
    *object = NULL;
    HRESULT hr = open_table(&table);
    if (FAILED(hr))
        return hr;
    hr = IGlobalInterfaceTable_GetInterfaceFromGlobal(table, cookie, iid, object);
    IGlobalInterfaceTable_Release(table);
    return FAILED(hr) ? log_failure(LOG_COM, hr, L"cannot fetch a client's interface") : S_OK;
}

void interface_table_forget(DWORD cookie)
{
    IGlobalInterfaceTable *table;
    if (FAILED(open_table(&table)))
        return;
    HRESULT hr = IGlobalInterfaceTable_RevokeInterfaceFromGlobal(table, cookie);
    if (FAILED(hr))
        (void)log_failure(LOG_COM, hr, L"cannot let go of a client's interface");
    IGlobalInterfaceTable_Release(table);
}
