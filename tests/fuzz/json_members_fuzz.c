/* Any text as the JSON that a client hands over: it is an object with the members or it is not, whatever it nests and however it ends; and
 * who wants less of an object that was taken gets it. */
#include "fuzz_input.h"
#include "json_members.h"
#include "lock.h"
#include "memory.h"
#include "utf16.h"
#include "utf8.h"

#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT        65536
#define INVALID      ((HRESULT)0x80070057)
#define NO_UTF16     ((HRESULT)0x80070459)
#define COUNT_OF(xs) (sizeof(xs) / sizeof((xs)[0]))

/* ---- What Windows does elsewhere ---- */

void lock_acquire(struct lock *lock) NO_THREAD_SAFETY_ANALYSIS
{
    (void)lock;
}

void lock_release(struct lock *lock) NO_THREAD_SAFETY_ANALYSIS
{
    (void)lock;
}

HRESULT utf8_duplicate(const char16_t *text, char **utf8)
{
    size_t left = utf16_length(text) * sizeof(*text), room = utf16_length(text) * 3;
    char *from = (char *)(uintptr_t)text, *to = *utf8 = mem_alloc(room + 1);
    iconv_t converter = iconv_open("UTF-8", "UTF-16LE");
    FUZZ_CHECK(to && converter != (iconv_t)-1);
    bool is_utf16 = iconv(converter, &from, &left, &to, &room) != (size_t)-1;
    (void)iconv_close(converter);
    *to = 0;
    if (is_utf16)
        return S_OK;
    mem_free(*utf8);
    *utf8 = NULL;
    return NO_UTF16;
}

/* ---- ---- */

static bool is_space(char16_t c)
{
    return c && c <= u' ';
}

/* From its first to its last character, but for blanks, and a mark of the byte order that may come first. */
static bool is_in_braces(const char16_t *text)
{
    size_t length = utf16_length(text);
    if (*text == 0xFEFF)
        text++, length--;
    while (is_space(*text))
        text++, length--;
    while (length && is_space(text[length - 1]))
        length--;
    return length >= 2 && text[0] == u'{' && text[length - 1] == u'}';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct json_rule rules[] = {{"Url", JSON_STRING}, {"Size", JSON_NUMBER}};
    struct fuzz_input input = fuzz_input_of(data, size);
    char16_t *text = fuzz_rest(&input);
    HRESULT less = S_OK;
    for (size_t count = 0; count <= COUNT_OF(rules); count++) {
        HRESULT hr = json_check_members(text, LIMIT, rules, count);
        FUZZ_CHECK(hr == S_OK || hr == INVALID);
        FUZZ_CHECK(hr != S_OK || (less == S_OK && is_in_braces(text)));
        less = hr;
    }
    free(text);
    return 0;
}
