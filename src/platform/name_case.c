#include "name_case.h"

#include <windows.h>

/* ntdll's, the one by which NTFS and the object manager compare. */
WCHAR NTAPI RtlUpcaseUnicodeChar(WCHAR unit);

static char16_t fold(char16_t unit)
{
    if (unit == u'/')
        return u'\\';
    if (unit < 0x80) /* nearly all of them, without a call */
        return unit >= u'a' && unit <= u'z' ? (char16_t)(unit - 0x20) : unit;
    return RtlUpcaseUnicodeChar(unit);
}

bool name_equal(const char16_t *a, const char16_t *b)
{
    while (*a && fold(*a) == fold(*b)) {
        a++;
        b++;
    }
    return *a == *b;
}

uint32_t name_hash(const char16_t *name)
{
    uint32_t hash = 2166136261u;
    for (; *name; name++)
        hash = (hash ^ fold(*name)) * 16777619u;
    return hash;
}
