/* Names of files in the queue directory. Pure. */
#ifndef DOSVC_STORE_QUEUE_PATH_H
#define DOSVC_STORE_QUEUE_PATH_H

#include "hresult.h"

/* `directory`\`name` as it is passed to the system, however long. Returns new (mem_free), NULL without memory. */
char16_t *queue_path(const char16_t *directory, const char16_t *name);

#endif
