#include "queue_path.h"

#include "local_path.h"
#include "memory.h"
#include "utf16.h"

#include <string.h>

char16_t *queue_path(const char16_t *directory, const char16_t *name)
{
    size_t directory_length = utf16_length(directory), name_length = utf16_length(name);
    char16_t *joined = mem_alloc((directory_length + name_length + 2) * sizeof(*joined));
    if (!joined)
        return NULL;
    memcpy(joined, directory, directory_length * sizeof(*joined));
    if (directory_length && directory[directory_length - 1] != '\\' && directory[directory_length - 1] != '/')
        joined[directory_length++] = '\\';
    memcpy(joined + directory_length, name, name_length * sizeof(*joined));
    char16_t *path = local_path_normalise(joined);
    mem_free(joined);
    return path;
}
