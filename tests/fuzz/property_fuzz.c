/* Steps of three parts: a property's number, the size of its value, that many bytes. What passes the check is kept and found again, beside an array of the
 * last value of each; what may be stored is what passes, but for secrets. */
#include "fuzz_input.h"
#include "property_set.h"

#include <stdlib.h>
#include <string.h>

struct kept {
    bool is_set;
    uint8_t bytes[255];
    size_t size;
};

static void check_set(const struct property_set *set, const struct kept *kept)
{
    for (uint32_t id = 0; id < PROPERTY_ID_COUNT; id++) {
        const struct property_value *found = property_set_find(set, (enum property_id)id);
        FUZZ_CHECK((found != NULL) == kept[id].is_set);
        if (!found)
            continue;
        FUZZ_CHECK(found->size == kept[id].size && !memcmp(found->bytes, kept[id].bytes, found->size));
        if (property_info(id)->type == PROPERTY_TYPE_TEXT) {
            const char16_t *text = property_set_text(set, (enum property_id)id);
            size_t length = 0;
            while (text[length])
                length++;
            FUZZ_CHECK(length * sizeof(*text) == found->size);
        }
    }
}

/* A value in a block of exactly its size. */
static bool take_value(struct fuzz_input *input, struct property_value *value, uint8_t **block)
{
    value->id = (enum property_id)(fuzz_byte(input) % (PROPERTY_ID_COUNT + 2));
    value->size = fuzz_byte(input);
    *block = malloc(value->size ? value->size : 1);
    FUZZ_CHECK(*block);
    for (size_t i = 0; i < value->size; i++)
        (*block)[i] = fuzz_byte(input);
    value->bytes = *block;
    enum property_scope scope = property_info(value->id) ? property_info(value->id)->scope : PROPERTY_OF_JOB;
    bool is_good = property_check(value, scope) == S_OK;
    bool is_storable = property_is_storable(value->id, scope, value->bytes, value->size);
    FUZZ_CHECK(!is_good || is_storable || (property_info(value->id)->flags & PROPERTY_NOT_STORED));
    FUZZ_CHECK(is_good || !is_storable || (property_info(value->id)->flags & PROPERTY_SECRET));
    FUZZ_CHECK(property_check(value, scope == PROPERTY_OF_JOB ? PROPERTY_OF_FILE : PROPERTY_OF_JOB) != S_OK);
    return is_good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct kept kept[PROPERTY_ID_COUNT];
    struct fuzz_input input = fuzz_input_of(data, size);
    struct property_set *set = NULL, *altered;
    memset(kept, 0, sizeof(kept));
    while (!fuzz_is_at_end(&input)) {
        struct property_value value;
        uint8_t *block;
        if (take_value(&input, &value, &block)) {
            bool removes = value.size == 0;
            if (removes)
                value = property_removed(value.id);
            FUZZ_CHECK(property_set_alter(set, &value, 1, &altered) == S_OK);
            kept[value.id].is_set = !removes;
            kept[value.id].size = value.size;
            memcpy(kept[value.id].bytes, block, value.size);
            free(set);
            set = altered;
            check_set(set, kept);
        }
        free(block);
    }
    free(set);
    return 0;
}
