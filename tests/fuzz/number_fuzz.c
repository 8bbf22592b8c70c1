/* Any text as a number, beside a plain reading of its digits with a test for overflow before each. */
#include "fuzz_input.h"
#include "utf16.h"

#include <stdlib.h>

static bool read_plainly(const char16_t *text, size_t length, uint64_t *value)
{
    *value = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < u'0' || text[i] > u'9')
            return false;
        unsigned digit = (unsigned)(text[i] - u'0');
        if (*value > UINT64_MAX / 10 || *value * 10 > UINT64_MAX - digit)
            return false;
        *value = *value * 10 + digit;
    }
    return length != 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = fuzz_input_of(data, size);
    char16_t *text = fuzz_rest(&input);
    uint64_t value = 0, expected;
    size_t length = utf16_length(text);
    bool is_number = read_plainly(text, length, &expected);
    FUZZ_CHECK(utf16_parse_u64(text, length, &value) == is_number);
    FUZZ_CHECK(!is_number || value == expected);
    free(text);
    return 0;
}
