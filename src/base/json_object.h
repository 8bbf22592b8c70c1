/* The members of a JSON object (RFC 8259) that a client hands over as text. Nothing is allocated, decoded or trusted. Pure. */
#ifndef DOSVC_BASE_JSON_OBJECT_H
#define DOSVC_BASE_JSON_OBJECT_H

#include "hresult.h"

#define JSON_DEPTH_MAX 32 /* objects and arrays inside one another; a deeper text counts as none */

enum json_kind { JSON_ABSENT, JSON_STRING, JSON_NUMBER, JSON_OTHER };

struct json_value {
    enum json_kind kind;
    const char16_t
        *text; /* inside the object, not terminated: of a string what stands between its quotes, escapes as they are */
    size_t length;
};

/* The object's own member of that name, not those of objects inside it; of several the last one, as most readers see it. A name that is written with escapes is not
 * recognised. False, and JSON_ABSENT, when `text` is anything but one object. */
bool json_object_member(const char16_t *text, const char *name, struct json_value *value);

#endif
