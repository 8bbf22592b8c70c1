/* The one allocator of everything that does not cross the COM border. memory.c is the C library's heap; tests link a file of their own in
 * its place that counts blocks and fails the n-th request. Callable from any thread. */
#ifndef DOSVC_BASE_MEMORY_H
#define DOSVC_BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* Zeroed memory, or NULL when there is none. size 0 gives a block that can be freed. */
void *mem_alloc(size_t size);

/* NULL is allowed. */
void mem_free(void *block);

/* Makes *items (an array of item_size-byte items with room for *capacity) hold at least `needed` items, growing by doubling; new items are
 * zeroed. False, with everything as it was, when there is no memory. */
bool mem_reserve(void **items, size_t *capacity, size_t needed, size_t item_size);

/* Overwrites a secret before it is freed, which the compiler may leave out of memset. */
void mem_wipe(void *secret, size_t size);

#endif
