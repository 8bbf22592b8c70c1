/* The content of a registry key as text, in order, to compare two states of it:
 *
 *     [path\of\key]
 *     name=type:text
 *
 * "@" is the default value. Strings are shown as text, other types as hexadecimal bytes. */
#ifndef DOSVC_TESTS_REGISTRY_SNAPSHOT_H
#define DOSVC_TESTS_REGISTRY_SNAPSHOT_H

#include <windows.h>

/* Every key below `root`, empty ones included. The caller frees the text. */
char *registry_snapshot(HKEY root);

/* Only the keys below root\path that have values. */
char *registry_snapshot_values(HKEY root, const WCHAR *path);

#endif
