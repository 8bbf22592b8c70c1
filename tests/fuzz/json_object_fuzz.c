/* Any text as a JSON object: a member that is found lies inside it, and its value is what it is said to be. */
#include "fuzz_input.h"
#include "json_object.h"
#include "utf16.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = fuzz_input_of(data, size);
    char16_t *text = fuzz_rest(&input);
    struct json_value value;
    bool is_object = json_object_member(text, "a", &value);
    FUZZ_CHECK(is_object || value.kind == JSON_ABSENT);
    if (value.kind == JSON_STRING || value.kind == JSON_NUMBER) {
        size_t at = (size_t)(value.text - text);
        FUZZ_CHECK(at < utf16_length(text) && value.length < utf16_length(text) - at);
        FUZZ_CHECK(value.kind == JSON_NUMBER ? value.length > 0
                                             : text[at - 1] == u'"' && value.text[value.length] == u'"');
    }
    free(text);
    return 0;
}
