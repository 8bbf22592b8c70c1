/* Ranges as bytes, and names of files: what of the store is pure. Runs under ASan, so buffers have exactly the size
 * that is promised. */
#include "queue_path.h"
#include "queue_row.h"

#include "memory.h"
#include "utf16.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void ranges_are_little_endian_pairs(void **state)
{
    (void)state;
    static const uint8_t expected[32] = {0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, 0xFF, 0xFF, 0xFF,
                                         0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0,    0,    0,    0,    0,    0,
                                         0,    0,    1,    0,    0,    0,    0,    0,    0,    0};
    const struct wanted_range wanted[] = {{0x1122334455667788, RANGE_TO_END}, {0, 1}};
    const struct range have[] = {{0x1122334455667788, UINT64_MAX}, {0, 1}};
    uint8_t *blob = malloc(32);
    queue_row_encode_wanted(wanted, 2, blob);
    assert_memory_equal(blob, expected, 32);
    memset(blob, 0, 32);
    queue_row_encode_have(have, 2, blob);
    assert_memory_equal(blob, expected, 32);
    free(blob);
    struct wanted_range *decoded = malloc(2 * sizeof(*decoded));
    queue_row_decode_wanted(expected, 32, decoded);
    assert_true(decoded[0].offset == 0x1122334455667788 && decoded[0].length == RANGE_TO_END);
    assert_true(decoded[1].offset == 0 && decoded[1].length == 1);
    free(decoded);
    queue_row_decode_wanted(NULL, 0, NULL);
}

/* The example in queue_schema.sql. */
static void the_documented_example_is_the_second_16_mib(void **state)
{
    (void)state;
    static const uint8_t blob[16] = {0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0};
    struct range range;
    uint64_t total;
    assert_true(queue_row_decode_have(blob, 16, &range, &total));
    assert_int_equal(range.start, 16 * 1024 * 1024);
    assert_int_equal(range.end, 32 * 1024 * 1024);
    assert_int_equal(total, 16 * 1024 * 1024);
}

static bool decodes(const struct range *ranges, size_t count, uint64_t *total)
{
    uint8_t *blob = malloc(count * QUEUE_RANGE_BYTES + 1);
    struct range *decoded = malloc(count * sizeof(*decoded) + 1);
    queue_row_encode_have(ranges, count, blob);
    bool is_valid = queue_row_decode_have(blob, count * QUEUE_RANGE_BYTES, decoded, total);
    if (is_valid && count)
        assert_memory_equal(decoded, ranges, count * sizeof(*ranges));
    free(blob);
    free(decoded);
    return is_valid;
}

static void only_a_proper_set_is_decoded(void **state)
{
    (void)state;
    uint64_t total;
    assert_true(decodes(NULL, 0, &total));
    assert_int_equal(total, 0);
    assert_true(decodes((struct range[]){{0, 5}, {6, 7}, {100, UINT64_MAX}}, 3, &total));
    assert_true(total == 5 + 1 + (UINT64_MAX - 100));
    assert_true(decodes((struct range[]){{0, UINT64_MAX}}, 1, &total));
    assert_true(total == UINT64_MAX);
    assert_false(decodes((struct range[]){{5, 5}}, 1, &total));                 /* empty */
    assert_false(decodes((struct range[]){{5, 4}}, 1, &total));                 /* backwards */
    assert_false(decodes((struct range[]){{0, 5}, {5, 6}}, 2, &total));         /* touching */
    assert_false(decodes((struct range[]){{0, 5}, {4, 6}}, 2, &total));         /* overlapping */
    assert_false(decodes((struct range[]){{10, 20}, {0, 5}}, 2, &total));       /* unsorted */
    assert_false(decodes((struct range[]){{0, 5}, {6, 8}, {7, 9}}, 3, &total)); /* later ones, too */
}

static bool fits(const struct wanted_range *wanted, uint32_t count, uint64_t remote_total, uint64_t end)
{
    struct range range = {0, end};
    struct range_set have = {&range, 1, 1, end};
    struct file_row file = {.wanted = wanted, .wanted_count = count};
    struct file_progress_row progress = {.remote_total = remote_total, .have = &have};
    return queue_row_progress_fits(&file, &progress);
}

static void progress_ends_where_its_file_ends(void **state)
{
    (void)state;
    static const struct wanted_range two[] = {{100, 50}, {500, 50}}, to_end[] = {{900, RANGE_TO_END}};
    assert_true(fits(NULL, 0, 1000, 1000));
    assert_false(fits(NULL, 0, 1000, 1001));
    assert_true(fits(NULL, 0, SIZE_UNKNOWN, UINT64_MAX - 1));
    assert_true(fits(two, 2, SIZE_UNKNOWN, 100));
    assert_false(fits(two, 2, SIZE_UNKNOWN, 101));
    assert_true(fits(to_end, 1, 1000, 100));
    assert_false(fits(to_end, 1, 1000, 101));
    assert_false(fits(two, 2, 520, 10)); /* such a file cannot be */
    struct range_set none = {0};
    struct file_row file = {.wanted = two, .wanted_count = 2};
    struct file_progress_row progress = {.remote_total = 520, .have = &none};
    assert_true(queue_row_progress_fits(&file, &progress));
}

static void assert_path(const char16_t *directory, const char16_t *name, const char16_t *expected)
{
    char16_t *path = queue_path(directory, name);
    assert_non_null(path);
    assert_true(utf16_equal(path, expected));
    mem_free(path);
}

static void paths_are_joined_once_and_may_be_long(void **state)
{
    (void)state;
    assert_path(u"C:\\queue", u"queue.db", u"C:\\queue\\queue.db");
    assert_path(u"C:\\queue\\", u"queue.db", u"C:\\queue\\queue.db");
    assert_path(u"C:/queue/", u"queue.db", u"C:\\queue\\queue.db");
    char16_t directory[252] = u"C:\\", expected[300] = u"\\\\?\\C:\\";
    for (size_t i = 3; i < 251; i++)
        directory[i] = expected[i + 4] = i == 128 ? u'\\' : u'd';
    memcpy(expected + 255, u"\\queue.db", sizeof(u"\\queue.db"));
    assert_path(directory, u"queue.db", expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_are_little_endian_pairs),
        cmocka_unit_test(the_documented_example_is_the_second_16_mib),
        cmocka_unit_test(only_a_proper_set_is_decoded),
        cmocka_unit_test(progress_ends_where_its_file_ends),
        cmocka_unit_test(paths_are_joined_once_and_may_be_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
