/* Any code has a sentence and a name that end, or none; two bytes of HTTP status after 0x80190000, else four bytes. */
#include "error_text.h"
#include "fuzz_input.h"
#include "utf16.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = fuzz_input_of(data, size);
    uint32_t code = 0;
    while (!fuzz_is_at_end(&input))
        code = code << 8 | fuzz_byte(&input);
    const HRESULT codes[] = {(HRESULT)code, HRESULT_OF_HTTP_STATUS(code), HRESULT_OF_WIN32(code),
                             (HRESULT)(0x80D00000u | (code & 0xFFFF)), (HRESULT)(0x80200000u | (code & 0xFFFF))};
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        const char16_t *text = error_text_find(codes[i]);
        const char *name = error_text_name(codes[i]);
        FUZZ_CHECK(!text || (text[0] && utf16_length_within(text, 1000) <= 1000));
        FUZZ_CHECK(!name || (name[0] >= 'A' && name[0] <= 'Z'));
        FUZZ_CHECK(!name || text); /* what has a name can be explained */
    }
    uint32_t status = 100 + code % 500;
    FUZZ_CHECK(error_text_find(HRESULT_OF_HTTP_STATUS(status)));
    return 0;
}
