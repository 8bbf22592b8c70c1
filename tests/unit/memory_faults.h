/* A heap in the place of memory.c that counts its blocks and fails on demand. A test program that lists memory_faults.c among its sources gets it. */
#ifndef DOSVC_TESTS_MEMORY_FAULTS_H
#define DOSVC_TESTS_MEMORY_FAULTS_H

#include <stdbool.h>
#include <stddef.h>

/* The number-th request from now on fails (1: the next one), once. 0: none. */
void memory_faults_fail(size_t number);
/* Is that request still to come? */
bool memory_faults_pending(void);

/* Blocks that are allocated and not freed. */
size_t memory_faults_blocks(void);

#endif
