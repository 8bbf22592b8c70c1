/* Two bytes a step (operation, key): the table beside a list of which of 64 keys are in. Few hashes, so that keys collide. */
#include "fuzz_input.h"
#include "string_table.h"
#include "utf16.h"

#define KEYS 64u

static uint32_t poor_hash(const char16_t *key)
{
    return key[0] & 7u;
}

static void make_keys(char16_t keys[KEYS][3])
{
    for (unsigned i = 0; i < KEYS; i++) {
        keys[i][0] = (char16_t)(u'a' + i % 8);
        keys[i][1] = (char16_t)(u'a' + i / 8);
        keys[i][2] = 0;
    }
}

static void run(struct fuzz_input input, uint32_t (*hash)(const char16_t *key))
{
    char16_t keys[KEYS][3];
    bool is_in[KEYS] = {false};
    size_t count = 0;
    struct string_table table;
    make_keys(keys);
    string_table_init(&table, hash, utf16_equal);
    while (!fuzz_is_at_end(&input)) {
        bool removes = fuzz_byte(&input) % 3 == 2;
        unsigned key = fuzz_byte(&input) % KEYS;
        if (removes) {
            FUZZ_CHECK(string_table_remove(&table, keys[key]) == (is_in[key] ? &is_in[key] : NULL));
            count -= is_in[key];
        } else {
            FUZZ_CHECK(string_table_insert(&table, keys[key], &is_in[key]) == (is_in[key] ? S_FALSE : S_OK));
            count += !is_in[key];
        }
        is_in[key] = !removes;
        FUZZ_CHECK(table.count == count);
        for (unsigned i = 0; i < KEYS; i++)
            FUZZ_CHECK(string_table_find(&table, keys[i]) == (is_in[i] ? &is_in[i] : NULL));
    }
    string_table_clear(&table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 2000)
        return 0;
    run(fuzz_input_of(data, size), poor_hash);
    run(fuzz_input_of(data, size), utf16_hash);
    return 0;
}
