/* Text that parses is what formatting gives, but for the case of its letters; any 16 bytes come back from their text. */
#include "fuzz_input.h"
#include "guid_text.h"
#include "utf16.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = fuzz_input_of(data, size);
    char16_t *text = fuzz_rest(&input), formatted[GUID_TEXT_LENGTH + 1];
    uint8_t id[16], again[16];
    if (guid_text_parse(text, id)) {
        guid_text_format(id, formatted);
        FUZZ_CHECK(utf16_equal_ascii_nocase(text, formatted));
    }
    free(text);
    input = fuzz_input_of(data, size);
    for (size_t i = 0; i < sizeof(id); i++)
        id[i] = fuzz_byte(&input);
    guid_text_format(id, formatted);
    FUZZ_CHECK(utf16_length(formatted) == GUID_TEXT_LENGTH);
    FUZZ_CHECK(guid_text_parse(formatted, again) && !memcmp(id, again, sizeof(id)));
    return 0;
}
