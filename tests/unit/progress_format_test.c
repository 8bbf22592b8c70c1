/* What doctl says about a download's progress. */
#include "progress_format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

#define KIB UINT64_C(1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

static const char *bytes_text(uint64_t bytes)
{
    static char text[PROGRESS_NUMBER_SIZE];
    progress_format_bytes(text, bytes);
    return text;
}

static const char *time_text(uint64_t seconds)
{
    static char text[PROGRESS_NUMBER_SIZE];
    progress_format_time(text, seconds);
    return text;
}

static const char *line_text(size_t width, struct progress_view view)
{
    static char text[200];
    progress_format_line(text, sizeof text, width, &view);
    return text;
}

static const char *plain_text(struct progress_view view)
{
    static char text[200];
    progress_format_plain(text, sizeof text, &view);
    return text;
}

static void bytes_have_three_or_four_digits(void **state)
{
    (void)state;
    assert_string_equal(bytes_text(0), "0 B");
    assert_string_equal(bytes_text(1023), "1023 B");
    assert_string_equal(bytes_text(1024), "1.0 KiB");
    assert_string_equal(bytes_text(1536), "1.5 KiB");
    assert_string_equal(bytes_text(100 * KIB - 1), "99.9 KiB");
    assert_string_equal(bytes_text(100 * KIB), "100 KiB");
    assert_string_equal(bytes_text(MIB - 1), "1023 KiB");
    assert_string_equal(bytes_text(MIB), "1.0 MiB");
    assert_string_equal(bytes_text(5 * GIB), "5.0 GiB");
    assert_string_equal(bytes_text(UINT64_MAX - 1), "15.9 EiB");
}

static void time_grows_from_seconds_to_days(void **state)
{
    (void)state;
    assert_string_equal(time_text(0), "0 s");
    assert_string_equal(time_text(59), "59 s");
    assert_string_equal(time_text(60), "1:00");
    assert_string_equal(time_text(3599), "59:59");
    assert_string_equal(time_text(3600), "1:00:00");
    assert_string_equal(time_text(86399), "23:59:59");
    assert_string_equal(time_text(2 * 86400 + 3 * 3600 + 59), "2 d 3 h");
}

static void percent_is_100_only_when_all_is_there(void **state)
{
    (void)state;
    assert_int_equal(progress_percent(0, PROGRESS_UNKNOWN), -1);
    assert_int_equal(progress_percent(7, PROGRESS_UNKNOWN), -1);
    assert_int_equal(progress_percent(0, 0), 100);
    assert_int_equal(progress_percent(0, 3), 0);
    assert_int_equal(progress_percent(1, 3), 33);
    assert_int_equal(progress_percent(999, 1000), 99);
    assert_int_equal(progress_percent(1000, 1000), 100);
    assert_int_equal(progress_percent(1001, 1000), 100);
    assert_int_equal(progress_percent(UINT64_MAX / 2, UINT64_MAX - 1), 50);
}

static void wide_line_shows_everything(void **state)
{
    (void)state;
    struct progress_view view = {32 * MIB, 64 * MIB, 1, 4, 8 * MIB};
    assert_string_equal(line_text(120, view),
                        " 50%  [###################...................]  32.0 MiB of 64.0 MiB   8.0 MiB/s    4 s left"
                        "  1 of 4 files");
}

static void line_of_79_columns_still_has_a_bar(void **state)
{
    (void)state;
    struct progress_view view = {32 * MIB, 64 * MIB, 1, 4, 8 * MIB};
    assert_string_equal(line_text(79, view),
                        " 50%  [#####......]  32.0 MiB of 64.0 MiB   8.0 MiB/s    4 s left  1 of 4 files");
}

static void narrow_line_drops_the_bar_and_then_the_least_useful(void **state)
{
    (void)state;
    struct progress_view view = {32 * MIB, 64 * MIB, 1, 4, 8 * MIB};
    assert_string_equal(line_text(64, view), " 50%  32.0 MiB of 64.0 MiB   8.0 MiB/s    4 s left  1 of 4 files");
    assert_string_equal(line_text(63, view), " 50%  [####.....]  32.0 MiB of 64.0 MiB   8.0 MiB/s    4 s left");
    assert_string_equal(line_text(40, view), " 50%  32.0 MiB of 64.0 MiB   8.0 MiB/s");
    assert_string_equal(line_text(26, view), " 50%  32.0 MiB of 64.0 MiB");
    assert_string_equal(line_text(4, view), " 50%");
    assert_string_equal(line_text(3, view), "");
    assert_string_equal(line_text(0, view), "");
}

static void line_never_exceeds_its_width(void **state)
{
    (void)state;
    const struct progress_view views[] = {
        {0, PROGRESS_UNKNOWN, 0, 1, PROGRESS_UNKNOWN},
        {UINT64_MAX - 2, UINT64_MAX - 1, UINT32_MAX - 1, UINT32_MAX, UINT64_MAX - 1},
        {0, UINT64_MAX - 1, 0, UINT32_MAX, 1},
        {5, 5, 1, 1, 0},
    };
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++) {
        for (size_t width = 0; width < 150; width++) {
            assert_true(strlen(line_text(width, views[i])) <= width);
        }
    }
}

static void line_never_exceeds_its_buffer(void **state)
{
    (void)state;
    struct progress_view view = {32 * MIB, 64 * MIB, 1, 4, 8 * MIB};
    char text[20];
    memset(text, 'x', sizeof text);
    progress_format_line(text, 10, 120, &view);
    assert_string_equal(text, " 50%");
    assert_int_equal(text[10], 'x');
}

static void line_without_sizes_has_neither_percent_nor_time(void **state)
{
    (void)state;
    struct progress_view view = {3 * MIB, PROGRESS_UNKNOWN, 0, 2, MIB};
    assert_string_equal(line_text(79, view), " 3.0 MiB   1.0 MiB/s  0 of 2 files");
}

static void line_without_a_rate_keeps_its_place(void **state)
{
    (void)state;
    struct progress_view view = {0, 64 * MIB, 0, 4, PROGRESS_UNKNOWN};
    assert_string_equal(line_text(79, view),
                        "  0%  [...........]       0 B of 64.0 MiB                          0 of 4 files");
}

static void line_of_one_file_does_not_count_files(void **state)
{
    (void)state;
    struct progress_view view = {MIB, MIB, 1, 1, PROGRESS_UNKNOWN};
    assert_string_equal(line_text(61, view), "100%  [########]   1.0 MiB of 1.0 MiB");
}

static void plain_text_lists_what_is_known(void **state)
{
    (void)state;
    assert_string_equal(plain_text((struct progress_view){32 * MIB, 64 * MIB, 1, 4, 8 * MIB}),
                        "50%, 32.0 MiB of 64.0 MiB, 1 of 4 files, 8.0 MiB/s");
    assert_string_equal(plain_text((struct progress_view){3 * MIB, PROGRESS_UNKNOWN, 0, 1, PROGRESS_UNKNOWN}),
                        "3.0 MiB");
}

static void summary_tells_size_time_and_mean_rate(void **state)
{
    (void)state;
    char text[200];
    progress_format_summary(text, sizeof text, 4, 64 * MIB, 64 * MIB, 3200);
    assert_string_equal(text, "4 files, 64.0 MiB in 3.2 s, 20.0 MiB/s");
    progress_format_summary(text, sizeof text, 1, 64 * MIB, 32 * MIB, 64000);
    assert_string_equal(text, "1 file, 64.0 MiB in 1:04, 512 KiB/s");
    progress_format_summary(text, sizeof text, 1, MIB, MIB, 59950);
    assert_string_equal(text, "1 file, 1.0 MiB in 1:00, 17.0 KiB/s");
    progress_format_summary(text, sizeof text, 1, 1, 1, 50);
    assert_string_equal(text, "1 file, 1 B in 0.1 s, 20 B/s");
    progress_format_summary(text, sizeof text, 1, 0, 0, 0);
    assert_string_equal(text, "1 file, 0 B in 0.0 s");
}

static void rate_is_unknown_for_the_first_second(void **state)
{
    (void)state;
    struct progress_rate rate = {0};
    assert_true(progress_rate_value(&rate) == PROGRESS_UNKNOWN);
    progress_rate_add(&rate, 5000, 0);
    assert_true(progress_rate_value(&rate) == PROGRESS_UNKNOWN);
    progress_rate_add(&rate, 5999, 999);
    assert_true(progress_rate_value(&rate) == PROGRESS_UNKNOWN);
    progress_rate_add(&rate, 6249, 2498);
    assert_int_equal(progress_rate_value(&rate), 2000);
}

static void rate_forgets_what_is_long_ago(void **state)
{
    (void)state;
    struct progress_rate rate = {0};
    uint64_t time = 0;
    uint64_t bytes = 0;
    for (int i = 0; i < 40; i++) {
        progress_rate_add(&rate, time += 250, bytes += 25000);
    }
    assert_int_equal(progress_rate_value(&rate), 100000);
    for (int i = 0; i < PROGRESS_RATE_SAMPLES; i++) {
        progress_rate_add(&rate, time += 250, bytes += 250);
    }
    assert_int_equal(progress_rate_value(&rate), 1000);
}

static void rate_takes_no_sample_before_its_time(void **state)
{
    (void)state;
    struct progress_rate rate = {0};
    for (uint64_t time = 0; time <= 3000; time += 10) {
        progress_rate_add(&rate, time, time);
    }
    assert_int_equal(rate.count, 16);
    assert_int_equal(progress_rate_value(&rate), 1000);
}

static void rate_starts_again_when_bytes_go_back(void **state)
{
    (void)state;
    struct progress_rate rate = {0};
    progress_rate_add(&rate, 0, 0);
    progress_rate_add(&rate, 2000, 2000);
    progress_rate_add(&rate, 2010, 500);
    assert_true(progress_rate_value(&rate) == PROGRESS_UNKNOWN);
    progress_rate_add(&rate, 4010, 1500);
    assert_int_equal(progress_rate_value(&rate), 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_have_three_or_four_digits),
        cmocka_unit_test(time_grows_from_seconds_to_days),
        cmocka_unit_test(percent_is_100_only_when_all_is_there),
        cmocka_unit_test(wide_line_shows_everything),
        cmocka_unit_test(line_of_79_columns_still_has_a_bar),
        cmocka_unit_test(narrow_line_drops_the_bar_and_then_the_least_useful),
        cmocka_unit_test(line_never_exceeds_its_width),
        cmocka_unit_test(line_never_exceeds_its_buffer),
        cmocka_unit_test(line_without_sizes_has_neither_percent_nor_time),
        cmocka_unit_test(line_without_a_rate_keeps_its_place),
        cmocka_unit_test(line_of_one_file_does_not_count_files),
        cmocka_unit_test(plain_text_lists_what_is_known),
        cmocka_unit_test(summary_tells_size_time_and_mean_rate),
        cmocka_unit_test(rate_is_unknown_for_the_first_second),
        cmocka_unit_test(rate_forgets_what_is_long_ago),
        cmocka_unit_test(rate_takes_no_sample_before_its_time),
        cmocka_unit_test(rate_starts_again_when_bytes_go_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
