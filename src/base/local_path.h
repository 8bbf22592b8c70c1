/* The rules for every local name of both APIs (docs/SECURITY.md, "Local names"), and what is derived from a name. Pure: looks at no disk. */
#ifndef DOSVC_BASE_LOCAL_PATH_H
#define DOSVC_BASE_LOCAL_PATH_H

#include "hresult.h"

#define LOCAL_PATH_MAX_LENGTH 32000 /* characters */

enum local_path_kind {
    LOCAL_PATH_REFUSED,
    LOCAL_PATH_DRIVE, /* C:\a\b, also \\?\C:\a\b */
    LOCAL_PATH_UNC /* \\server\share\a, also \\?\UNC\server\share\a: the caller decides whether a setting allows it */
};

/* Refused: relative and drive-relative names, `.` and `..` components, empty components, characters that Windows forbids (wildcards
 * too), control characters, device names in any component (CON, NUL.txt, COM1, with superscript digits as well), a component that ends in
 * a dot or a space, alternate streams, \\.\, a name that ends in a separator or is a root, forward slashes in the \\?\ form, over LOCAL_PATH_MAX_LENGTH characters.
 * A drive path may use '/' as well as '\'. */
enum local_path_kind local_path_classify(const char16_t *path);

/* The name in the one form that is stored and opened: `\\?\` prefix dropped when the rest is short enough for plain use (< 248), backslashes
 * throughout. Returns new (mem_free); NULL when there is no memory. `path` was accepted by local_path_classify. */
char16_t *local_path_normalise(const char16_t *path);

/* Length of the directory part including the last separator. */
size_t local_path_directory_length(const char16_t *path);

/* The hidden temporary file beside the target: `<directory>DO<16 hex of the job id><file number in hex>.tmp`. Returns new (mem_free). */
char16_t *local_path_temporary(const char16_t *path, const uint8_t job_id[16], uint32_t file_number);

#endif
