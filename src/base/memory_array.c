#include "memory.h"

#include <stdint.h>
#include <string.h>

bool mem_reserve(void **items, size_t *capacity, size_t needed, size_t item_size)
{
    if (needed <= *capacity)
        return true;
    size_t grown = *capacity ? *capacity : 4;
    while (grown < needed) {
        if (grown > SIZE_MAX / 2)
            return false;
        grown *= 2;
    }
    if (grown > SIZE_MAX / item_size)
        return false;
    void *larger = mem_alloc(grown * item_size);
    if (!larger)
        return false;
    if (*items)
        memcpy(larger, *items, *capacity * item_size);
    mem_free(*items);
    *items = larger;
    *capacity = grown;
    return true;
}
