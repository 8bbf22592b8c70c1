#include "interface_table.h"

#include "lock.h"
#include "log.h"

#include <objbase.h>
#include <cguid.h>

/* ---- One at a time for each object ---- */

/* An object that lies in the table more than once has one stub in COM for all entries. Wine (8.0) counts them without
 * care: while one thread takes the last entry out, another that puts the object in again gets the stub that is about to
 * go, and its entry leads nowhere, or the process crashes. So no two threads change the entries of one object at a time.
 *
 * The table calls the object meanwhile (QueryInterface, AddRef, Release), though never the last Release while another
 * thread waits here: that one holds the object. Other objects wait for nothing. And nobody waits for long: where COM
 * counts well, it may want this very thread to answer a call before it lets go of an object of its apartment. */
#define CHANGE_LIMIT_MS 1000

struct change {
    const void *identity;
    struct change *next;
};

static struct lock changes_lock;
static struct condition change_ended;
static struct change *changes; /* being made, each on its thread's stack */

static bool is_being_changed(const void *identity) REQUIRES(changes_lock)
{
    for (const struct change *change = changes; change; change = change->next) {
        if (change->identity == identity)
            return true;
    }
    return false;
}

static void begin_change(struct change *change, const void *identity)
{
    ULONGLONG start = GetTickCount64(), waited = 0;
    lock_acquire(&changes_lock);
    while (is_being_changed(identity) && waited < CHANGE_LIMIT_MS) {
        condition_wait(&change_ended, &changes_lock, CHANGE_LIMIT_MS - waited);
        waited = GetTickCount64() - start;
    }
    change->identity = identity;
    change->next = changes;
    changes = change;
    lock_release(&changes_lock);
}

static void end_change(const struct change *change)
{
    lock_acquire(&changes_lock);
    struct change **link = &changes;
    while (*link != change)
        link = &(*link)->next;
    *link = change->next;
    condition_wake_all(&change_ended);
    lock_release(&changes_lock);
}

/* ---- The table ---- */

/* The process's one table. Returns new. */
static HRESULT open_table(IGlobalInterfaceTable **table)
{
    *table = NULL;
    HRESULT hr = CoCreateInstance(&CLSID_StdGlobalInterfaceTable, NULL, CLSCTX_INPROC_SERVER,
                                  &IID_IGlobalInterfaceTable, (void **)table);
    return FAILED(hr) ? log_failure(LOG_COM, hr, L"cannot reach the global interface table") : S_OK;
}

/* The pointer that is the same for all interfaces of an object. */
static HRESULT identity_of(IUnknown *object, const void **identity)
{
    IUnknown *unknown;
    HRESULT hr = IUnknown_QueryInterface(object, &IID_IUnknown, (void **)&unknown);
    if (FAILED(hr))
        return hr;
    *identity = unknown;
    IUnknown_Release(unknown);
    return S_OK;
}

HRESULT interface_table_keep(IUnknown *object, REFIID iid, struct kept_interface *kept)
{
    IGlobalInterfaceTable *table;
    struct change change;
    HRESULT hr = open_table(&table);
    if (FAILED(hr))
        return hr;
    hr = identity_of(object, &kept->identity);
    if (SUCCEEDED(hr)) {
        begin_change(&change, kept->identity);
        hr = IGlobalInterfaceTable_RegisterInterfaceInGlobal(table, object, iid, &kept->cookie);
        end_change(&change);
    }
    IGlobalInterfaceTable_Release(table);
    return FAILED(hr) ? log_failure(LOG_COM, hr, L"cannot keep a client's interface") : S_OK;
}

HRESULT interface_table_fetch(const struct kept_interface *kept, REFIID iid, void **object)
{
    IGlobalInterfaceTable *table;
    *object = NULL;
    HRESULT hr = open_table(&table);
    if (FAILED(hr))
        return hr;
    hr = IGlobalInterfaceTable_GetInterfaceFromGlobal(table, kept->cookie, iid, object);
    IGlobalInterfaceTable_Release(table);
    return FAILED(hr) ? log_failure(LOG_COM, hr, L"cannot fetch a client's interface") : S_OK;
}

void interface_table_forget(const struct kept_interface *kept)
{
    IGlobalInterfaceTable *table;
    struct change change;
    if (FAILED(open_table(&table)))
        return;
    begin_change(&change, kept->identity);
    HRESULT hr = IGlobalInterfaceTable_RevokeInterfaceFromGlobal(table, kept->cookie);
    end_change(&change);
    if (FAILED(hr))
        (void)log_failure(LOG_COM, hr, L"cannot let go of a client's interface");
    IGlobalInterfaceTable_Release(table);
}
