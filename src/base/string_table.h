/* A hash table from strings to objects, for ids and local names. Not synchronised: its owner's lock holds. */
#ifndef DOSVC_BASE_STRING_TABLE_H
#define DOSVC_BASE_STRING_TABLE_H

#include "hresult.h"

struct string_table_slot;

struct string_table {
    uint32_t (*hash)(const char16_t *key);               /* utf16_hash or name_hash */
    bool (*equal)(const char16_t *a, const char16_t *b); /* utf16_equal or name_equal; equal keys have equal hashes */
    struct string_table_slot *slots;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
};

/* Empty; allocates nothing. */
void string_table_init(struct string_table *table, uint32_t (*hash)(const char16_t *key),
                       bool (*equal)(const char16_t *a, const char16_t *b));

/* Borrows key and value (not NULL) until they are removed: the key usually lies in the value. S_FALSE when the key is there already; E_OUTOFMEMORY. The
 * table is as it was then. */
HRESULT string_table_insert(struct string_table *table, const char16_t *key, void *value);

/* NULL when the key is not there. */
void *string_table_find(const struct string_table *table, const char16_t *key);

/* Returns the value that the key had, NULL when it was not there. Never allocates. */
void *string_table_remove(struct string_table *table, const char16_t *key);

/* Frees the slots; keys and values are their owners'. The table is empty and usable. */
void string_table_clear(struct string_table *table);

#endif
