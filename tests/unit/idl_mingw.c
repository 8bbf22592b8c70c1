/* The shared interfaces as MinGW declares them: this file must not include deliveryoptimization.h. */
#include <windows.h>
#include <ole2.h>

#include "idl_methods.h"

/* MinGW's identifiers under names of their own, because the client library defines the plain ones. */
#undef DEFINE_GUID
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8)                                                   \
    extern const GUID mingw_##name;                                                                                    \
    const GUID mingw_##name = {l, w1, w2, {b1, b2, b3, b4, b5, b6, b7, b8}}
#include <bits.h>
#include <bits5_0.h>

#define SHARED_IID(interface_name)                                                                                     \
    {                                                                                                                  \
        &mingw_IID_##interface_name, #interface_name                                                                   \
    }

const struct method_slot mingw_slots[] = {SHARED_METHODS(METHOD_SLOT)};
const size_t mingw_slot_count = sizeof(mingw_slots) / sizeof(mingw_slots[0]);

const struct vtable_size mingw_sizes[] = {SHARED_INTERFACES(VTABLE_SIZE)};
const struct shared_iid mingw_iids[] = {SHARED_INTERFACES(SHARED_IID)};
const size_t mingw_interface_count = sizeof(mingw_iids) / sizeof(mingw_iids[0]);
