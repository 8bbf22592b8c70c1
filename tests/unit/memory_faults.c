#include "memory_faults.h"

#include "memory.h"

#include <stdatomic.h>
#include <stdlib.h>

/* The code under test may have threads. */
static atomic_size_t countdown;
static atomic_size_t blocks;

void memory_faults_fail(size_t number)
{
    countdown = number;
}

bool memory_faults_pending(void)
{
    return countdown != 0;
}

size_t memory_faults_blocks(void)
{
    return blocks;
}

void *mem_alloc(size_t size)
{
    size_t left = countdown;
    while (left && !atomic_compare_exchange_weak(&countdown, &left, left - 1)) {
    }
    if (left == 1)
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
