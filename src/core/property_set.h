/* The properties that a job or a file has, beyond the columns of its row. A set never changes: a verb makes an altered one, commits the difference, and puts
 * it in place of the old one. No set at all (NULL) is the empty one. Pure. */
#ifndef DOSVC_CORE_PROPERTY_SET_H
#define DOSVC_CORE_PROPERTY_SET_H

#include "property.h"

struct property_set {
    size_t count;
    /* By id; their bytes stand behind them, each followed by two zeros: texts are texts. */
    struct property_value values[];
};

/* Returns new (mem_free) in *altered: `set` with `values` put in or removed (bytes NULL), the last one of an id counting; NULL when nothing is left. All have passed
 * property_check or came out of the queue file. E_OUTOFMEMORY. */
HRESULT property_set_alter(const struct property_set *set, const struct property_value *values, size_t count,
                           struct property_set **altered);

/* NULL when nobody has set it; borrowed from the set. */
const struct property_value *property_set_find(const struct property_set *set, enum property_id id);
/* The preset when nobody has set it. */
uint64_t property_set_number(const struct property_set *set, enum property_id id);
/* NULL when nobody has set it; borrowed from the set. */
const char16_t *property_set_text(const struct property_set *set, enum property_id id);

#endif
