/* Who hosts a queue directory: the process that holds host.lock in it, opened with share mode 0 for as long as it
 * hosts. The system releases it with the process, however that ends. */
#ifndef DOSVC_STORE_QUEUE_HOST_H
#define DOSVC_STORE_QUEUE_HOST_H

#include "hresult.h"

struct queue_host;

/* Makes the directory (private to the user) and takes the lock, at once. DO_E_NO_SERVICE when another process has it
 * (logged with the directory) or the directory cannot be used. Returns new. */
HRESULT queue_host_take(const char16_t *directory, struct queue_host **host);
void queue_host_release(struct queue_host *host); /* NULL is allowed */

#endif
