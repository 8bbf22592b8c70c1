/* A directory of its own for a test, and files in it. Every function ends the test (cmocka's fail) when it cannot do
 * its work. */
#ifndef TEMP_DIR_H
#define TEMP_DIR_H

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

#define TEMP_PATH_MAX 1024 /* characters with the terminator */

struct temp_dir {
    wchar_t path[TEMP_PATH_MAX]; /* without a separator at its end */
};

void temp_dir_make(struct temp_dir *dir);
/* With everything in it, read-only files too. */
void temp_dir_remove(struct temp_dir *dir);

/* `path` becomes <dir>\<name>; nothing is created. */
void temp_dir_path(const struct temp_dir *dir, const wchar_t *name, wchar_t path[TEMP_PATH_MAX]);

bool temp_file_exists(const wchar_t *path);
/* How many entries a path with wildcards finds. */
size_t temp_file_count(const wchar_t *pattern);
/* The whole file with a 0 after it, new (free); *size may be NULL. */
char *temp_file_read(const wchar_t *path, size_t *size);
void temp_file_write(const wchar_t *path, const void *data, size_t size);

#endif
