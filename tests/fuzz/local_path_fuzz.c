/* Any text as a local name: what is accepted stays acceptable, and the same, in every form that is made of it. */
#include "fuzz_input.h"
#include "local_path.h"
#include "utf16.h"

#include <stdlib.h>

static bool holds(const char16_t *text, const char16_t *part)
{
    size_t length = utf16_length(part);
    for (; utf16_length_within(text, length) >= length; text++) {
        size_t i = 0;
        while (i < length && text[i] == part[i])
            i++;
        if (i == length)
            return true;
    }
    return false;
}

static void check_accepted(const char16_t *path, enum local_path_kind kind)
{
    static const uint8_t job_id[16] = {0x12, 0xAB};
    size_t length = utf16_length(path);
    char16_t *name = local_path_normalise(path);
    FUZZ_CHECK(local_path_classify(name) == kind);
    FUZZ_CHECK(!holds(name, u"/") && !holds(name + 2, u"\\\\") && !holds(name, u"\\.\\") && !holds(name, u"\\..\\"));
    for (const char16_t *at = path; *at; at++)
        FUZZ_CHECK(*at >= 0x20);
    char16_t *again = local_path_normalise(name);
    FUZZ_CHECK(utf16_equal(name, again));
    size_t directory = local_path_directory_length(path);
    FUZZ_CHECK(directory > 0 && directory < length);
    char16_t *temporary = local_path_temporary(name, job_id, 0xFFFFFFFE);
    if (length < LOCAL_PATH_MAX_LENGTH - 40)
        FUZZ_CHECK(local_path_classify(temporary) == kind);
    FUZZ_CHECK(!utf16_equal(temporary, name) || holds(name, u"FFFFFFFE."));
    free(temporary);
    free(again);
    free(name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = fuzz_input_of(data, size);
    char16_t *path = fuzz_rest(&input);
    enum local_path_kind kind = local_path_classify(path);
    FUZZ_CHECK(local_path_directory_length(path) <= utf16_length(path));
    if (kind != LOCAL_PATH_REFUSED)
        check_accepted(path, kind);
    free(path);
    return 0;
}
