#include "exact_name.h"

#include "local_path.h"
#include "memory.h"
#include "system_path.h"
#include "utf16.h"

#include <stdint.h>
#include <string.h>
#include <windows.h>

#define UNIX_CODE_PAGE 65010 /* Wine's: that of names of the system below */

/* Wine's kernel32 has it. Returns new, of the process's heap; NULL: there is no such folder. */
typedef char *(CDECL *get_unix_name)(const WCHAR *path);

/* "/home/a/" of "C:\a\", in the process's heap. */
static char *unix_directory(const char16_t *path)
{
    get_unix_name get =
        (get_unix_name)(uintptr_t)GetProcAddress(GetModuleHandleW(L"kernel32.dll"), "wine_get_unix_file_name");
    char16_t *directory = get ? utf16_duplicate_part(path, local_path_directory_length(path)) : NULL;
    struct system_path system;
    char *name = NULL;
    if (directory && SUCCEEDED(system_path_make(&system, directory))) {
        name = get(system.text);
        system_path_clear(&system);
    }
    mem_free(directory);
    return name;
}

/* A folder whose name has a backslash has another one here. */
static char16_t *join(const char *directory, const char16_t *name)
{
    static const char16_t prefix[] = u"\\??\\unix";
    const size_t prefix_length = utf16_length(prefix);
    int length = MultiByteToWideChar(UNIX_CODE_PAGE, MB_ERR_INVALID_CHARS, directory, -1, NULL, 0);
    size_t name_length = utf16_length(name);
    bool is_usable =
        directory[0] == '/' && !strchr(directory, '\\') && length > 0 &&
        prefix_length + (size_t)length + name_length < LOCAL_PATH_MAX_LENGTH; /* the kernel counts in 16 bits */
    if (!is_usable)
        return NULL;
    size_t name_size = (name_length + 1) * sizeof(char16_t);
    char16_t *made = mem_alloc((prefix_length + (size_t)length + 1) * sizeof(char16_t) + name_size);
    if (!made)
        return NULL;
    memcpy(made, prefix, sizeof(prefix));
    MultiByteToWideChar(UNIX_CODE_PAGE, MB_ERR_INVALID_CHARS, directory, -1, made + prefix_length, length);
    size_t end = utf16_length(made);
    if (made[end - 1] != u'/')
        made[end++] = u'/';
    memcpy(made + end, name, name_size);
    return made;
}

char16_t *exact_name_make(const char16_t *path)
{
    char *directory = unix_directory(path);
    if (!directory)
        return NULL;
    char16_t *name = join(directory, path + local_path_directory_length(path));
    HeapFree(GetProcessHeap(), 0, directory);
    return name;
}
