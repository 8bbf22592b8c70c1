#include "memory_faults.h"

#include "memory.h"

#include <stdlib.h>

static size_t countdown;
static size_t blocks;

void memory_faults_fail(size_t number)
{
    countdown = number;
}

size_t memory_faults_blocks(void)
{
    return blocks;
}

void *mem_alloc(size_t size)
{
    if (countdown && !--countdown)
        return NULL;
    void *block = calloc(1, size ? size : 1);
    if (block)
        blocks++;
    return block;
}

void mem_free(void *block)
{
    if (block)
        blocks--;
    free(block);
}
