#include "fuzz_input.h"

#include <stdio.h>
#include <stdlib.h>

struct fuzz_input fuzz_input_of(const uint8_t *data, size_t size)
{
    return (struct fuzz_input){data, data + size};
}

static bool is_continuation(const uint8_t *at, const uint8_t *end)
{
    return at < end && (*at & 0xC0) == 0x80;
}

/* One or two code units from one to four bytes; surrogates may come alone. */
static const uint8_t *decode(const uint8_t *at, const uint8_t *end, char16_t **out)
{
    uint32_t c = *at++;
    int more = c >= 0xF0 && c < 0xF5 ? 3 : c >= 0xE0 && c < 0xF0 ? 2 : c >= 0xC2 && c < 0xE0 ? 1 : 0;
    for (int i = 0; i < more; i++) {
        if (!is_continuation(at + i, end))
            more = 0;
    }
    if (more)
        c &= 0x3Fu >> more;
    for (; more; more--)
        c = c << 6 | (*at++ & 0x3F);
    if (c >= 0x10000) {
        *(*out)++ = (char16_t)(0xD7C0 + (c >> 10));
        c = 0xDC00 + (c & 0x3FF);
    }
    *(*out)++ = (char16_t)c;
    return at;
}

static char16_t *text_until(struct fuzz_input *input, const uint8_t *stop)
{
    char16_t *wide = malloc(((size_t)(stop - input->at) + 1) * sizeof(*wide));
    char16_t *out = wide;
    FUZZ_CHECK(wide);
    while (input->at < stop)
        input->at = decode(input->at, stop, &out);
    *out++ = 0;
    wide = realloc(wide, (size_t)(out - wide) * sizeof(*wide));
    FUZZ_CHECK(wide);
    return wide;
}

char16_t *fuzz_line(struct fuzz_input *input)
{
    const uint8_t *stop = input->at;
    while (stop < input->end && *stop != '\n')
        stop++;
    char16_t *text = text_until(input, stop);
    if (input->at < input->end)
        input->at++;
    return text;
}

char16_t *fuzz_rest(struct fuzz_input *input)
{
    return text_until(input, input->end);
}

char16_t *fuzz_optional_line(struct fuzz_input *input)
{
    if (fuzz_is_at_end(input))
        return NULL;
    char16_t *line = fuzz_line(input);
    if (line[0] != u'-' || line[1])
        return line;
    free(line);
    return NULL;
}

uint64_t fuzz_number(struct fuzz_input *input)
{
    uint64_t value = 0;
    while (input->at < input->end && *input->at != '\n') {
        uint8_t c = *input->at++;
        if (c == '*')
            value = UINT64_MAX;
        else if (c >= '0' && c <= '9')
            value = value * 10 + (uint64_t)(c - '0');
    }
    if (input->at < input->end)
        input->at++;
    return value;
}

uint8_t fuzz_byte(struct fuzz_input *input)
{
    return fuzz_is_at_end(input) ? 0 : *input->at++;
}

bool fuzz_is_at_end(const struct fuzz_input *input)
{
    return input->at == input->end;
}

void fuzz_failed(const char *file, int line, const char *condition)
{
    fprintf(stderr, "%s:%d: not so: %s\n", file, line, condition);
    abort();
}
