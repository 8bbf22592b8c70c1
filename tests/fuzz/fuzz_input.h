/* What a fuzzing program takes its input apart with. Text is UTF-8, so that seeds can be read and written by hand; what is
 * no UTF-8 stands for itself. Every text lies in a block of exactly its size: ASan sees a look behind the end. */
#ifndef DOSVC_TESTS_FUZZ_INPUT_H
#define DOSVC_TESTS_FUZZ_INPUT_H

#include "hresult.h"

struct fuzz_input {
    const uint8_t *at;
    const uint8_t *end;
};

struct fuzz_input fuzz_input_of(const uint8_t *data, size_t size);

/* Up to the next line feed, or all that is left. Both return new (free). */
char16_t *fuzz_line(struct fuzz_input *input);
char16_t *fuzz_rest(struct fuzz_input *input);

/* A line as a header that may be missing: NULL for "-" and when nothing is left. */
char16_t *fuzz_optional_line(struct fuzz_input *input);

/* A line's decimal digits, whatever stands between; "*": UINT64_MAX. */
uint64_t fuzz_number(struct fuzz_input *input);

/* 0 when nothing is left. */
uint8_t fuzz_byte(struct fuzz_input *input);
bool fuzz_is_at_end(const struct fuzz_input *input);

/* Ends the program, so that libFuzzer keeps the input. */
_Noreturn void fuzz_failed(const char *file, int line, const char *condition);
#define FUZZ_CHECK(condition) ((condition) ? (void)0 : fuzz_failed(__FILE__, __LINE__, #condition))

/* libFuzzer's entry point, in each program. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
