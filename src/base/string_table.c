#include "string_table.h"

#include "memory.h"

/* Open addressing with linear probing, at most three quarters full; removal closes the gap, so there are no tombstones. */

void string_table_init(struct string_table *table, uint32_t (*hash)(const char16_t *key),
                       bool (*equal)(const char16_t *a, const char16_t *b))
{
    *table = (struct string_table){.hash = hash, .equal = equal};
}

void string_table_clear(struct string_table *table)
{
    mem_free(table->slots);
    string_table_init(table, table->hash, table->equal);
}

/* The key's slot, or the free one where it belongs. The table has a free slot. */
static struct string_table_slot *find_slot(const struct string_table *table, const char16_t *key, uint32_t hash)
{
    size_t mask = table->capacity - 1;
    size_t i = hash & mask;
    while (table->slots[i].key && (table->slots[i].hash != hash || !table->equal(table->slots[i].key, key)))
        i = (i + 1) & mask;
    return &table->slots[i];
}

static bool grow(struct string_table *table)
{
    size_t capacity = table->capacity ? table->capacity * 2 : 8;
    if (capacity > SIZE_MAX / sizeof(*table->slots))
        return false;
    struct string_table_slot *former = table->slots;
    size_t former_capacity = table->capacity;
    struct string_table_slot *slots = mem_alloc(capacity * sizeof(*slots));
    if (!slots)
        return false;
    table->slots = slots;
    table->capacity = capacity;
    for (size_t i = 0; i < former_capacity; i++) {
        size_t place = former[i].hash & (capacity - 1);
        if (!former[i].key)
            continue;
        while (slots[place].key)
            place = (place + 1) & (capacity - 1);
        slots[place] = former[i];
    }
    mem_free(former);
    return true;
}

HRESULT string_table_insert(struct string_table *table, const char16_t *key, void *value)
{
    if (table->count + 1 > table->capacity / 4 * 3 && !grow(table))
        return E_OUTOFMEMORY;
    uint32_t hash = table->hash(key);
    *find_slot(table, key, hash) = (struct string_table_slot){key, value, hash};
    table->count++;
    return S_OK;
}

void *string_table_find(const struct string_table *table, const char16_t *key)
{
    return table->count ? find_slot(table, key, table->hash(key))->value : NULL;
}

void string_table_remove(struct string_table *table, const char16_t *key)
{
    if (!table->count)
        return;
    struct string_table_slot *slots = table->slots;
    struct string_table_slot *found = find_slot(table, key, table->hash(key));
    if (!found->key)
        return;
    size_t mask = table->capacity - 1;
    size_t hole = (size_t)(found - slots);
    /* What follows moves up unless it would leave its own probe path. */
    for (size_t i = (hole + 1) & mask; slots[i].key; i = (i + 1) & mask) {
        size_t home = slots[i].hash & mask;
        if (((i - home) & mask) >= ((i - hole) & mask)) {
            slots[hole] = slots[i];
            hole = i;
        }
    }
    slots[hole] = (struct string_table_slot){0};
    table->count--;
}
