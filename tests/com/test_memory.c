#include "test_memory.h"

#include "memory.h"

#include <stdatomic.h>
#include <stdlib.h>

static _Thread_local size_t countdown;
static _Thread_local bool has_failed;
static atomic_size_t countdown_anywhere;
static atomic_bool has_failed_anywhere;
static atomic_size_t blocks;

void test_memory_fail(size_t number)
{
    countdown = number;
    has_failed = false;
}

bool test_memory_has_failed(void)
{
    return has_failed;
}

void test_memory_fail_anywhere(size_t number)
{
    has_failed_anywhere = false;
    countdown_anywhere = number;
}

bool test_memory_has_failed_anywhere(void)
{
    return has_failed_anywhere;
}

static bool is_last_anywhere(void)
{
    size_t left = countdown_anywhere;
    while (left && !atomic_compare_exchange_weak(&countdown_anywhere, &left, left - 1))
        ;
    return left == 1;
}

size_t test_memory_blocks(void)
{
    return blocks;
}

void *mem_alloc(size_t size)
{
    if (countdown && !--countdown) {
        has_failed = true;
        return NULL;
    }
    if (is_last_anywhere()) {
        has_failed_anywhere = true;
        return NULL;
    }
    void *block = calloc(1, size ? size : 1);
    if (block)
        atomic_fetch_add(&blocks, 1);
    return block;
}

void mem_free(void *block)
{
    if (block)
        atomic_fetch_sub(&blocks, 1);
    free(block);
}
