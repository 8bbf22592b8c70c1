#include "property_set.h"

#include "memory.h"

#include <string.h>

/* Every value begins at a multiple of this, so that a text can be read where it stands. */
#define ALIGNMENT sizeof(uint64_t)

static size_t room_of(size_t size)
{
    return (size + sizeof(char16_t) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* The values of the set that is to be, by id: as many as there are properties at most. */
struct merging {
    struct property_value values[PROPERTY_ID_COUNT];
    size_t count, room;
};

static void merge(struct merging *merging, const struct property_set *set, const struct property_value *values,
                  size_t count)
{
    struct property_value by_id[PROPERTY_ID_COUNT] = {{PROPERTY_NONE, NULL, 0}};
    for (size_t i = 0; set && i < set->count; i++)
        by_id[set->values[i].id] = set->values[i];
    for (size_t i = 0; i < count; i++)
        by_id[values[i].id] = values[i];
    merging->count = merging->room = 0;
    for (size_t id = 0; id < PROPERTY_ID_COUNT; id++) {
        if (!by_id[id].bytes)
            continue;
        merging->values[merging->count++] = by_id[id];
        merging->room += room_of(by_id[id].size);
    }
}

HRESULT property_set_alter(const struct property_set *set, const struct property_value *values, size_t count,
                           struct property_set **altered)
{
    struct merging merging;
    *altered = NULL;
    merge(&merging, set, values, count);
    if (!merging.count)
        return S_OK;
    size_t head = sizeof(struct property_set) + merging.count * sizeof(struct property_value);
    struct property_set *made = mem_alloc(head + merging.room);
    if (!made)
        return E_OUTOFMEMORY;
    uint8_t *place = (uint8_t *)made + head;
    made->count = merging.count;
    for (size_t i = 0; i < merging.count; i++) {
        struct property_value *value = &merging.values[i];
        memcpy(place, value->bytes, value->size);
        made->values[i] = (struct property_value){value->id, place, value->size};
        place += room_of(value->size);
    }
    *altered = made;
    return S_OK;
}

const struct property_value *property_set_find(const struct property_set *set, enum property_id id)
{
    for (size_t i = 0; set && i < set->count; i++) {
        if (set->values[i].id == id)
            return &set->values[i];
    }
    return NULL;
}

uint64_t property_set_number(const struct property_set *set, enum property_id id)
{
    const struct property_value *value = property_set_find(set, id);
    return value ? property_number(value) : property_info(id)->preset;
}

const char16_t *property_set_text(const struct property_set *set, enum property_id id)
{
    const struct property_value *value = property_set_find(set, id);
    return value ? value->bytes : NULL;
}
