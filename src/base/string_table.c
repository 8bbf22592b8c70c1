#include "string_table.h"

#include "memory.h"

/* Open addressing with linear probing. At most three slots of four are taken, so that every probe ends at a free one. */
struct string_table_slot {
    const char16_t *key;
    void *value; /* NULL: the slot is free */
    uint32_t hash;
};

#define FIRST_CAPACITY 16

void string_table_init(struct string_table *table, uint32_t (*hash)(const char16_t *key),
                       bool (*equal)(const char16_t *a, const char16_t *b))
{
    *table = (struct string_table){.hash = hash, .equal = equal};
}

/* Where the probe for a hash starts. The multiplication spreads hashes that differ in few bits. */
static size_t home_of(uint32_t hash, size_t capacity)
{
    return (size_t)((hash * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & (capacity - 1);
}

static size_t free_slot(const struct string_table_slot *slots, size_t capacity, uint32_t hash)
{
    size_t i = home_of(hash, capacity);
    while (slots[i].value)
        i = (i + 1) & (capacity - 1);
    return i;
}

/* Index of the key's slot; false when it is not there. */
static bool lookup(const struct string_table *table, const char16_t *key, uint32_t hash, size_t *index)
{
    if (!table->count)
        return false;
    for (size_t i = home_of(hash, table->capacity); table->slots[i].value; i = (i + 1) & (table->capacity - 1)) {
        if (table->slots[i].hash == hash && table->equal(table->slots[i].key, key)) {
            *index = i;
            return true;
        }
    }
    return false;
}

static HRESULT make_room(struct string_table *table)
{
    if (table->count < table->capacity - table->capacity / 4)
        return S_OK;
    if (table->capacity > SIZE_MAX / 2 / sizeof(*table->slots))
        return E_OUTOFMEMORY;
    size_t capacity = table->capacity ? 2 * table->capacity : FIRST_CAPACITY;
    struct string_table_slot *slots = mem_alloc(capacity * sizeof(*slots));
    if (!slots)
        return E_OUTOFMEMORY;
    for (size_t i = 0; i < table->capacity; i++) {
        if (table->slots[i].value)
            slots[free_slot(slots, capacity, table->slots[i].hash)] = table->slots[i];
    }
    mem_free(table->slots);
    table->slots = slots;
    table->capacity = capacity;
    return S_OK;
}

HRESULT string_table_insert(struct string_table *table, const char16_t *key, void *value)
{
    uint32_t hash = table->hash(key);
    size_t index;
    if (lookup(table, key, hash, &index))
        return S_FALSE;
    HRESULT hr = make_room(table);
    if (FAILED(hr))
        return hr;
    table->slots[free_slot(table->slots, table->capacity, hash)] =
        (struct string_table_slot){.key = key, .value = value, .hash = hash};
    table->count++;
    return S_OK;
}

void *string_table_find(const struct string_table *table, const char16_t *key)
{
    size_t index;
    return lookup(table, key, table->hash(key), &index) ? table->slots[index].value : NULL;
}

/* Moves entries back into the hole as long as that brings them no further than their home: no probe meets a gap, and no marks of removed
 * entries pile up. */
static void close_hole(struct string_table *table, size_t hole)
{
    size_t mask = table->capacity - 1;
    for (size_t i = (hole + 1) & mask; table->slots[i].value; i = (i + 1) & mask) {
        size_t from_home = (i - home_of(table->slots[i].hash, table->capacity)) & mask;
        if (from_home >= ((i - hole) & mask)) {
            table->slots[hole] = table->slots[i];
            hole = i;
        }
    }
    table->slots[hole] = (struct string_table_slot){0};
}

void *string_table_remove(struct string_table *table, const char16_t *key)
{
    size_t index;
    if (!lookup(table, key, table->hash(key), &index))
        return NULL;
    void *value = table->slots[index].value;
    close_hole(table, index);
    table->count--;
    return value;
}

void string_table_clear(struct string_table *table)
{
    mem_free(table->slots);
    table->slots = NULL;
    table->capacity = 0;
    table->count = 0;
}
