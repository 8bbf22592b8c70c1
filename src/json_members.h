/* What a client hands over as a JSON object, read with cJSON. */
#ifndef DOSVC_JSON_MEMBERS_H
#define DOSVC_JSON_MEMBERS_H

#include "hresult.h"

enum json_kind { JSON_STRING, JSON_NUMBER };

struct json_rule {
    const char *name; /* case counts */
    enum json_kind kind;
};

/* S_OK when `text` is one JSON object of at most `limit` characters that has a member of its own for each rule, of that kind, and no string among those is
 * empty; of several members of a name the first counts. Else E_INVALIDARG, or E_OUTOFMEMORY. No copy of what the text says is left in memory. */
HRESULT json_check_members(const char16_t *text, size_t limit, const struct json_rule *rules, size_t count);

#endif
