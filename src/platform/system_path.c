#include "system_path.h"

#include "memory.h"
#include "utf16.h"

#include <string.h>

static bool is_verbatim(const char16_t *path)
{
    return path[0] == u'\\' && path[1] == u'\\' && path[2] == u'?' && path[3] == u'\\';
}

HRESULT system_path_make(struct system_path *made, const char16_t *path)
{
    static const char16_t verbatim[] = u"\\\\?\\";
    static const char16_t verbatim_unc[] = u"\\\\?\\UNC";
    made->text = path;
    made->owned = NULL;
    size_t length = utf16_length(path);
    if (length < SYSTEM_PATH_PLAIN_LIMIT || is_verbatim(path))
        return S_OK;
    bool is_unc = path[0] == u'\\';
    const char16_t *prefix = is_unc ? verbatim_unc : verbatim;
    const char16_t *rest = is_unc ? path + 1 : path; /* of \\server one separator stays */
    size_t prefix_length = utf16_length(prefix);
    size_t rest_length = utf16_length(rest);
    made->owned = mem_alloc((prefix_length + rest_length + 1) * sizeof(char16_t));
    if (!made->owned)
        return E_OUTOFMEMORY;
    memcpy(made->owned, prefix, prefix_length * sizeof(char16_t));
    memcpy(made->owned + prefix_length, rest, rest_length * sizeof(char16_t));
    made->text = made->owned;
    return S_OK;
}

void system_path_clear(struct system_path *made)
{
    mem_free(made->owned);
    made->owned = NULL;
}
