#include "json_members.h"

#include "lock.h"
#include "memory.h"
#include "utf16.h"
#include "utf8.h"

#include <cjson/cJSON.h>
#include <string.h>

/* cJSON has global variables (the hooks, the place of the last error), and a parser that ran out of memory says no more than one that found no JSON. So one
 * text is read at a time, which takes microseconds. */
static struct lock reading;
static bool is_out_of_memory; /* under `reading` */

/* The texts can be keys: a block knows its size, and so can be wiped. */
struct block {
    size_t size;
    _Alignas(max_align_t) unsigned char bytes[];
};

static void *CJSON_CDECL allocate(size_t size)
{
    struct block *block = mem_alloc(sizeof(*block) + size);
    if (!block) {
        is_out_of_memory = true;
        return NULL;
    }
    block->size = size;
    return block->bytes;
}

static void CJSON_CDECL deallocate(void *bytes)
{
    if (!bytes)
        return;
    struct block *block = (struct block *)((unsigned char *)bytes - offsetof(struct block, bytes));
    mem_wipe(block->bytes, block->size);
    mem_free(block);
}

static bool follows(const cJSON *object, const struct json_rule *rule)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, rule->name);
    return rule->kind == JSON_NUMBER ? cJSON_IsNumber(member) : cJSON_IsString(member) && *member->valuestring;
}

static HRESULT check_utf8(const char *utf8, const struct json_rule *rules, size_t count) REQUIRES(reading)
{
    cJSON_Hooks hooks = {allocate, deallocate};
    cJSON_InitHooks(&hooks);
    is_out_of_memory = false;
    cJSON *object = cJSON_ParseWithOpts(utf8, NULL, true);
    if (is_out_of_memory)
        return E_OUTOFMEMORY;
    HRESULT hr = cJSON_IsObject(object) ? S_OK : E_INVALIDARG;
    for (size_t i = 0; i < count && SUCCEEDED(hr); i++) {
        if (!follows(object, &rules[i]))
            hr = E_INVALIDARG;
    }
    cJSON_Delete(object);
    return hr;
}

HRESULT json_check_members(const char16_t *text, size_t limit, const struct json_rule *rules, size_t count)
{
    char *utf8;
    if (utf16_length_within(text, limit) > limit)
        return E_INVALIDARG;
    HRESULT hr = utf8_duplicate(text, &utf8);
    if (FAILED(hr))
        return hr == E_OUTOFMEMORY ? hr : E_INVALIDARG;
    lock_acquire(&reading);
    hr = check_utf8(utf8, rules, count);
    lock_release(&reading);
    mem_wipe(utf8, strlen(utf8));
    mem_free(utf8);
    return hr;
}
