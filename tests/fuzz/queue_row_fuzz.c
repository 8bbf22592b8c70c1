/* What a row of a queue file may hold. A blob of ranges first (its length in a byte), decoded and encoded again, then lines for
 * the row's texts. What the checks let through is harmless. */
#include "fuzz_input.h"
#include "local_path.h"
#include "queue_row.h"
#include "url.h"
#include "utf16.h"

#include <stdlib.h>
#include <string.h>

#define RANGES_MAX 15

static void check_wanted(const uint8_t *blob, size_t count)
{
    struct wanted_range ranges[RANGES_MAX];
    uint8_t again[RANGES_MAX * QUEUE_RANGE_BYTES];
    queue_row_decode_wanted(blob, count * QUEUE_RANGE_BYTES, ranges);
    queue_row_encode_wanted(ranges, count, again);
    FUZZ_CHECK(!memcmp(blob, again, count * QUEUE_RANGE_BYTES));
    const struct file_row row = {.wanted = ranges, .wanted_count = (uint32_t)count};
    const wchar_t *fault = NULL;
    HRESULT hr = queue_row_check_file(&row, &fault);
    FUZZ_CHECK((hr == S_OK) == (count == 0 || range_layout_check(ranges, count) == S_OK));
    FUZZ_CHECK(hr == S_OK || (hr == E_INVALIDARG && fault));
}

/* Decoded, the ranges are the set that adding them one by one makes. */
static void check_have(const uint8_t *blob, size_t count)
{
    struct range ranges[RANGES_MAX];
    struct range_set set = {0};
    uint8_t again[RANGES_MAX * QUEUE_RANGE_BYTES];
    uint64_t total;
    if (!queue_row_decode_have(blob, count * QUEUE_RANGE_BYTES, ranges, &total))
        return;
    queue_row_encode_have(ranges, count, again);
    FUZZ_CHECK(!memcmp(blob, again, count * QUEUE_RANGE_BYTES));
    for (size_t i = 0; i < count; i++)
        FUZZ_CHECK(range_set_add(&set, ranges[i].start, ranges[i].end) == S_OK);
    FUZZ_CHECK(set.count == count && set.total == total);
    FUZZ_CHECK(!count || !memcmp(set.items, ranges, count * sizeof(*ranges)));
    const struct file_row file = {0};
    const struct file_progress_row progress = {.remote_total = total, .have = &set};
    FUZZ_CHECK(queue_row_progress_fits(&file, &progress) == (!count || ranges[count - 1].end <= total));
    range_set_clear(&set);
}

static void check_texts(struct fuzz_input *input)
{
    char16_t *lines[4];
    for (size_t i = 0; i < 4; i++)
        lines[i] = fuzz_optional_line(input);
    const wchar_t *fault;
    const struct file_row file = {.url = lines[0], .local_path = lines[1], .file_id = lines[2]};
    struct url_view view;
    if (queue_row_check_file(&file, &fault) == S_OK) {
        FUZZ_CHECK(!lines[0] || !lines[0][0] || url_parse(lines[0], &view));
        FUZZ_CHECK(!lines[1] || !lines[1][0] || local_path_classify(lines[1]) != LOCAL_PATH_REFUSED);
    }
    const struct file_progress_row progress = {.etag = lines[2], .last_modified = lines[3]};
    if (queue_row_check_progress(&progress, &fault) == S_OK) {
        for (const char16_t *at = lines[3]; at && *at; at++)
            FUZZ_CHECK(*at >= 0x20 && *at != 0x7F);
    }
    const struct job_row job = {.owner = lines[0], .display_name = lines[2], .description = lines[3]};
    FUZZ_CHECK(queue_row_check_job(&job, &fault) == S_OK || !lines[0] || !lines[0][0] ||
               utf16_length(lines[0]) > QUEUE_OWNER_MAX ||
               (lines[2] && utf16_length(lines[2]) > QUEUE_DISPLAY_NAME_MAX) ||
               (lines[3] && utf16_length(lines[3]) > QUEUE_DESCRIPTION_MAX));
    for (size_t i = 0; i < 4; i++)
        free(lines[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = fuzz_input_of(data, size);
    size_t count = fuzz_byte(&input) % (RANGES_MAX + 1);
    uint8_t blob[RANGES_MAX * QUEUE_RANGE_BYTES] = {0};
    for (size_t i = 0; i < count * QUEUE_RANGE_BYTES; i++)
        blob[i] = fuzz_byte(&input);
    check_wanted(blob, count);
    check_have(blob, count);
    check_texts(&input);
    return 0;
}
