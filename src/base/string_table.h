/* A hash table from strings to pointers. Keys are borrowed: they belong to the values' owners and must stand still while they are in the table. Not
 * synchronised: its owner's lock holds. Pure. */
#ifndef DOSVC_BASE_STRING_TABLE_H
#define DOSVC_BASE_STRING_TABLE_H

#include "hresult.h"

struct string_table_slot {
    const char16_t *key; /* NULL: free */
    void *value;
    uint32_t hash;
};

struct string_table {
    uint32_t (*hash)(const char16_t *key);
    bool (*equal)(const char16_t *a, const char16_t *b);
    struct string_table_slot *slots;
    size_t capacity; /* 0 or a power of two */
    size_t count;
};

void string_table_init(struct string_table *table, uint32_t (*hash)(const char16_t *key),
                       bool (*equal)(const char16_t *a, const char16_t *b));
/* Frees the slots; the table is empty and usable. */
void string_table_clear(struct string_table *table);
/* The key is not in the table yet (the caller has looked). value is not NULL. E_OUTOFMEMORY leaves the table as it was. */
HRESULT string_table_insert(struct string_table *table, const char16_t *key, void *value);
/* NULL when there is none. */
void *string_table_find(const struct string_table *table, const char16_t *key);
/* Nothing happens when the key is not there. */
void string_table_remove(struct string_table *table, const char16_t *key);

#endif
