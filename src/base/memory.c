#include "memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *mem_alloc(size_t size)
{
    return calloc(1, size ? size : 1);
}

void mem_free(void *block)
{
    free(block);
}
