#include "memory.h"

void mem_wipe(void *secret, size_t size)
{
    volatile unsigned char *bytes = secret;
    while (size--)
        *bytes++ = 0;
}
