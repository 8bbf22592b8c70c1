/* A heap in the place of memory.c, for programs with threads: it counts its blocks, and fails on demand for the thread that asked. */
#ifndef TEST_MEMORY_H
#define TEST_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* The number-th request of this thread from now on fails (1: the next one), once. 0: none. */
void test_memory_fail(size_t number);
/* Has it come to that? */
bool test_memory_has_failed(void);

/* The number-th request of whatever thread fails, once. 0: none. */
void test_memory_fail_anywhere(size_t number);
bool test_memory_has_failed_anywhere(void);

/* Blocks of all threads that are allocated and not freed. */
size_t test_memory_blocks(void);

#endif
