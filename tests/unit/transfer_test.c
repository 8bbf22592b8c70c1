/* A request and its answer: which bytes count, what is announced, what the result says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "deliveryoptimizationerrors.h"
#include "transfer_fixture.h"

#define SEGMENT (16 * MIB)

/* ---- Ranges ---- */

static void the_first_segment_of_a_larger_file(void **state)
{
    (void)state;
    ask_first(100000);
    struct fake_http_answer *answer = answer_part(0, 100000, u"bytes 0-99999/250000");
    answer->headers.content_length = u"100000";
    answer->headers.last_modified = u"Thu, 01 Jan 2015 00:00:00 GMT";
    run();
    assert_outcome(TRANSFER_DONE, S_OK);
    assert_false(fixture.transfer.result.is_end_known);
    assert_written(0, 0, 100000);
    assert_request(0, true, 0, 100000, u"");
    assert_int_equal(fixture.headers_calls, 1);
    assert_int_equal(fixture.headers.remote_total, 250000);
    assert_false(fixture.headers.is_whole);
    assert_true(fixture.headers.has_validator);
    assert_true(wcscmp(fixture.headers.validator.etag, L"\"v1\"") == 0);
    assert_true(fixture.headers.last_modified == 130645440000000000ull);
}

static void a_file_that_fits_into_the_first_segment_is_complete(void **state)
{
    (void)state;
    ask_first(SEGMENT);
    answer_part(0, 5000, u"bytes 0-4999/5000");
    run();
    assert_outcome(TRANSFER_DONE, S_OK);
    assert_true(fixture.transfer.result.is_end_known);
    assert_int_equal(fixture.transfer.result.facts.remote_total, 5000);
    assert_written(0, 0, 5000);
}

static void a_later_segment_asks_under_its_validator(void **state)
{
    (void)state;
    ask_later(1000, 2000, 9000);
    answer_part(1000, 2000, u"bytes 1000-2999/9000");
    run();
    assert_outcome(TRANSFER_DONE, S_OK);
    assert_false(fixture.transfer.result.is_end_known);
    assert_int_equal(fixture.headers_calls, 0);
    assert_request(0, true, 1000, 2000, u"\"v1\"");
    assert_written(1000, 1000, 2000);
    assert_int_equal(fixture.transfer.result.facts.remote_total, 9000);
}

static void without_an_etag_the_date_is_the_validator(void **state)
{
    (void)state;
    ask_later(0, 10, 10);
    memset(&fixture.transfer.validator, 0, sizeof(fixture.transfer.validator));
    memcpy(fixture.transfer.validator.last_modified, u"Thu, 01 Jan 2015 00:00:00 GMT",
           sizeof(u"Thu, 01 Jan 2015 00:00:00 GMT"));
    struct fake_http_answer *answer = answer_part(0, 10, u"bytes 0-9/10");
    answer->headers.etag = NULL;
    answer->headers.last_modified = u"Thu, 01 Jan 2015 00:00:00 GMT";
    answer->headers.date = u"Fri, 02 Jan 2015 00:00:00 GMT";
    run();
    assert_outcome(TRANSFER_DONE, S_OK);
    assert_request(0, true, 0, 10, u"Thu, 01 Jan 2015 00:00:00 GMT");
}

static void the_last_segment_ends_the_file(void **state)
{
    (void)state;
    ask_later(1000, RANGE_TO_END, 1500);
    answer_part(1000, 500, u"bytes 1000-1499/1500");
    run();
    assert_outcome(TRANSFER_DONE, S_OK);
    assert_true(fixture.transfer.result.is_end_known);
    assert_written(1000, 1000, 500);
}

static void local_and_remote_places_may_differ(void **state)
{
    (void)state;
    ask_later(5000, 100, 9000);
    fixture.transfer.has_wanted_ranges = true;
    fixture.transfer.local_first = 40;
    answer_part(5000, 100, u"bytes 5000-5099/9000");
    run();
    assert_outcome(TRANSFER_DONE, S_OK);
    assert_written(40, 5000, 100);
}

static void a_shorter_part_leaves_the_rest_to_be_asked_for(void **state)
{
    (void)state;
    ask_later(0, 2000, 9000);
    answer_part(0, 700, u"bytes 0-699/9000");
    run();
    assert_outcome(TRANSFER_SHORT, S_OK);
    assert_false(fixture.transfer.result.is_end_known);
    assert_written(0, 0, 700);
}

static void a_part_of_a_file_of_unknown_size_says_nothing_of_its_end(void **state)
{
    (void)state;
    ask_later(0, RANGE_TO_END, SIZE_UNKNOWN);
    answer_part(0, 700, u"bytes 0-699/*");
    run();
    assert_outcome(TRANSFER_SHORT, S_OK);
    assert_false(fixture.transfer.result.is_end_known);
    assert_true(fixture.transfer.result.facts.remote_total == SIZE_UNKNOWN);
}

static void a_part_too_long_for_one_body_is_taken_in_two(void **state)
{
    (void)state;
    ask_later(0, RANGE_TO_END, 3 * 1024 * MIB);
    answer_part(0, 3 * 1024 * MIB, u"bytes 0-3221225471/3221225472")->hollow_after = MIB;
    run();
    assert_outcome(TRANSFER_SHORT, S_OK);
    assert_written(0, 0, TRANSFER_BODY_LIMIT);
}

static void nothing_left_after_the_last_byte_ends_the_file(void **state)
{
    (void)state;
    ask_later(1500, SEGMENT, SIZE_UNKNOWN);
    answer_status(416)->headers.content_range = u"bytes */1500";
    run();
    assert_outcome(TRANSFER_DONE, S_OK);
    assert_true(fixture.transfer.result.is_end_known);
    assert_int_equal(fixture.transfer.result.facts.remote_total, 1500);
    assert_written(0, 0, 0);
}

static void an_empty_file_has_no_first_byte(void **state)
{
    (void)state;
    ask_first(SEGMENT);
    answer_status(416)->headers.content_range = u"bytes */0";
    run();
    assert_outcome(TRANSFER_DONE, S_OK);
    assert_true(fixture.transfer.result.is_end_known);
    assert_int_equal(fixture.transfer.result.facts.remote_total, 0);
    assert_int_equal(fixture.headers_calls, 1);
    assert_int_equal(fixture.headers.remote_total, 0);
    assert_false(fixture.disk.exists);
}

static void a_first_range_that_is_refused_is_not_asked_for_again(void **state)
{
    (void)state;
    ask_first(SEGMENT);
    answer_status(416);
    run();
    assert_outcome(TRANSFER_WHOLE_NEEDED, S_OK);
    assert_int_equal(fixture.headers_calls, 0);
    assert_false(fixture.disk.exists);
}

static void a_wanted_or_a_later_range_that_is_refused_starts_the_file_again(void **state)
{
    (void)state;
    ask_first(1000);
    fixture.transfer.has_wanted_ranges = true;
    answer_status(416);
    run();
    assert_outcome(TRANSFER_RESTART, HRESULT_OF_HTTP_STATUS(416));
    fixture.transfer.has_wanted_ranges = false;
    fixture.transfer.is_first = false;
    answer_status(416);
    run();
    assert_outcome(TRANSFER_RESTART, HRESULT_OF_HTTP_STATUS(416));
}

static void a_whole_body_of_length_0_is_an_empty_file(void **state)
{
    (void)state;
    ask_first(SEGMENT);
    answer_whole(0, u"0");
    run();
    assert_outcome(TRANSFER_DONE, S_OK);
    assert_true(fixture.transfer.result.is_end_known);
    assert_int_equal(fixture.transfer.result.facts.remote_total, 0);
}

static void a_file_that_became_empty_starts_again(void **state)
{
    (void)state;
    ask_later(100, 100, SIZE_UNKNOWN);
    answer_whole(0, u"0");
    run();
    assert_outcome(TRANSFER_RESTART, DO_E_HTTP_BLOCKSIZE_MISMATCH);
}

/* ---- No validator ---- */

static void ranges_without_a_validator_are_given_up_before_the_body(void **state)
{
    (void)state;
    ask_first(1000);
    answer_part(0, 1000, u"bytes 0-999/250000")->headers.etag = NULL;
    run();
    assert_outcome(TRANSFER_WHOLE_NEEDED, S_OK);
    assert_int_equal(fixture.http.reads, 0);
    assert_int_equal(fixture.headers_calls, 0);
    assert_written(0, 0, 0);
}

static void a_weak_etag_is_no_validator(void **state)
{
    (void)state;
    ask_first(1000);
    answer_part(0, 1000, u"bytes 0-999/250000")->headers.etag = u"W/\"v1\"";
    run();
    assert_outcome(TRANSFER_WHOLE_NEEDED, S_OK);
}

static void one_answer_needs_no_validator(void **state)
{
    (void)state;
    ask_first(SEGMENT);
    answer_part(0, 1000, u"bytes 0-999/1000")->headers.etag = NULL;
    run();
    assert_outcome(TRANSFER_DONE, S_OK);
    assert_false(fixture.headers.has_validator);
    assert_written(0, 0, 1000);
}

static void wanted_ranges_go_on_without_a_validator(void **state)
{
    (void)state;
    ask_first(1000);
    fixture.transfer.has_wanted_ranges = true;
    answer_part(0, 1000, u"bytes 0-999/250000")->headers.etag = NULL;
    run();
    assert_outcome(TRANSFER_DONE, S_OK);
    assert_written(0, 0, 1000);
}

/* ---- Whole bodies ---- */

static void a_server_without_ranges_gives_the_whole_file(void **state)
{
    (void)state;
    ask_first(1000);
    answer_whole(200000, u"200000");
    run();
    assert_outcome(TRANSFER_DONE, S_OK);
    assert_true(fixture.transfer.result.is_end_known);
    assert_true(fixture.headers.is_whole);
    assert_int_equal(fixture.headers.remote_total, 200000);
    assert_written(0, 0, 200000);
}

static void a_whole_file_is_asked_for_without_a_range(void **state)
{
    (void)state;
    ask_whole();
    answer_whole(3000, u"3000");
    run();
    assert_outcome(TRANSFER_DONE, S_OK);
    assert_request(0, false, 0, 0, u"");
    assert_written(0, 0, 3000);
}

static void a_whole_body_of_2_gib_is_refused_before_it_is_read(void **state)
{
    (void)state;
    ask_whole();
    answer_whole(TRANSFER_BODY_LIMIT, u"2147418112");
    run();
    assert_failure(DO_E_INSUFFICIENT_RANGE_SUPPORT, false, false, false);
    assert_int_equal(fixture.http.reads, 0);
    assert_written(0, 0, 0);
}

static void a_whole_body_just_below_2_gib_is_taken(void **state)
{
    (void)state;
    ask_whole();
    answer_whole(TRANSFER_BODY_LIMIT - 1, u"2147418111")->hollow_after = MIB;
    run();
    assert_outcome(TRANSFER_DONE, S_OK);
    assert_written(0, 0, TRANSFER_BODY_LIMIT - 1);
}

static void an_endless_body_stops_below_2_gib(void **state)
{
    (void)state;
    ask_whole();
    answer_whole(3 * 1024 * MIB, NULL)->hollow_after = MIB;
    run();
    assert_failure(DO_E_INSUFFICIENT_RANGE_SUPPORT, false, false, false);
    assert_true(fixture.disk.written < TRANSFER_BODY_LIMIT);
    assert_true(fixture.disk.written >= TRANSFER_BODY_LIMIT - TRANSFER_BUFFER_BYTES);
    assert_true(atomic_load(&fixture.transfer.written) == fixture.disk.written);
}

static void a_later_request_passes_over_what_is_there(void **state)
{
    (void)state;
    ask_later(100000, 50000, 200000);
    answer_whole(200000, u"200000")->chunk = 70001;
    run();
    assert_outcome(TRANSFER_DONE, S_OK);
    assert_false(fixture.transfer.result.is_end_known);
    assert_written(100000, 100000, 50000);
}

static void a_later_request_far_into_the_file_starts_it_again(void **state)
{
    (void)state;
    ask_later(fixture.transfer.cut_limit + 1, 1000, SIZE_UNKNOWN);
    answer_whole(1024 * MIB, u"1073741824");
    run();
    assert_outcome(TRANSFER_RESTART, DO_E_INSUFFICIENT_RANGE_SUPPORT);
    assert_int_equal(fixture.http.reads, 0);
}

/* ---- Wanted ranges of a server without ranges ---- */

static void want(uint64_t first, uint64_t length)
{
    ask_first(length);
    fixture.transfer.has_wanted_ranges = true;
    fixture.transfer.remote_first = first;
    fixture.transfer.local_first = 7;
}

static void wanted_bytes_are_cut_out_of_the_whole_file(void **state)
{
    (void)state;
    want(150000, 1000);
    answer_whole(64 * MIB, u"67108864");
    run();
    assert_outcome(TRANSFER_DONE, S_OK);
    assert_false(fixture.transfer.result.is_end_known);
    assert_written(7, 150000, 1000);
    assert_int_equal(fixture.headers_calls, 1);
    assert_int_equal(fixture.headers.remote_total, 64 * MIB);
    assert_in_range(fixture.http.reads, 1, 4); /* what follows is not read */
}

static void a_wanted_range_may_reach_to_the_end(void **state)
{
    (void)state;
    want(1000, RANGE_TO_END);
    answer_whole(3000, u"3000");
    run();
    assert_outcome(TRANSFER_DONE, S_OK);
    assert_true(fixture.transfer.result.is_end_known);
    assert_written(7, 1000, 2000);
}

static void a_file_over_the_limit_is_not_cut(void **state)
{
    (void)state;
    want(150000, 1000);
    answer_whole(64 * MIB + 1, u"67108865");
    run();
    assert_failure(DO_E_INSUFFICIENT_RANGE_SUPPORT, false, false, false);
    assert_int_equal(fixture.http.reads, 0);
}

static void an_endless_file_is_cut_up_to_the_limit(void **state)
{
    (void)state;
    want(64 * MIB - 1000, 1000);
    answer_whole(100 * MIB, NULL);
    run();
    assert_outcome(TRANSFER_DONE, S_OK);
    assert_written(7, 64 * MIB - 1000, 1000);
}

static void an_endless_file_is_not_cut_beyond_the_limit(void **state)
{
    (void)state;
    want(64 * MIB - 1000, 1001);
    answer_whole(100 * MIB, NULL);
    run();
    assert_failure(DO_E_INSUFFICIENT_RANGE_SUPPORT, false, false, false);
    assert_written(0, 0, 0);
}

static void an_endless_file_wanted_to_its_end_stops_at_the_limit(void **state)
{
    (void)state;
    want(0, RANGE_TO_END);
    answer_whole(100 * MIB, NULL);
    run();
    assert_failure(DO_E_INSUFFICIENT_RANGE_SUPPORT, false, false, false);
    assert_true(fixture.disk.written <= fixture.transfer.cut_limit);
}

static void wanted_bytes_that_the_file_does_not_have_are_an_error(void **state)
{
    (void)state;
    want(2500, 1000);
    answer_whole(3000, u"3000");
    run();
    assert_failure(DO_E_INVALID_RANGE, false, false, false);
    assert_written(0, 0, 0);
}

/* ---- Bandwidth ---- */

static void the_body_is_read_as_bandwidth_allows(void **state)
{
    (void)state;
    ask_first(SEGMENT);
    answer_part(0, 5000, u"bytes 0-4999/5000");
    fixture.refusals = 2;
    fixture.allowance = 1999;
    run();
    assert_outcome(TRANSFER_DONE, S_OK);
    assert_written(0, 0, 5000);
    /* Two reads bring 1,999 bytes each; the third 1,002, and the one that sees the end none. */
    assert_int_equal(fixture.given_back, 997 + 1999);
}

static void waiting_for_bandwidth_ends_with_the_transfer(void **state)
{
    (void)state;
    ask_first(SEGMENT);
    answer_part(0, 5000, u"bytes 0-4999/5000");
    fixture.refusals = 3;
    fixture.is_revoked_by_refusal = true;
    run();
    assert_outcome(TRANSFER_REVOKED, SINK_REVOKED);
    assert_written(0, 0, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, transfer_fixture_set_up, transfer_fixture_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_first_segment_of_a_larger_file),
        TEST(the_body_is_read_as_bandwidth_allows),
        TEST(waiting_for_bandwidth_ends_with_the_transfer),
        TEST(a_file_that_fits_into_the_first_segment_is_complete),
        TEST(a_later_segment_asks_under_its_validator),
        TEST(without_an_etag_the_date_is_the_validator),
        TEST(the_last_segment_ends_the_file),
        TEST(local_and_remote_places_may_differ),
        TEST(a_shorter_part_leaves_the_rest_to_be_asked_for),
        TEST(a_part_of_a_file_of_unknown_size_says_nothing_of_its_end),
        TEST(a_part_too_long_for_one_body_is_taken_in_two),
        TEST(nothing_left_after_the_last_byte_ends_the_file),
        TEST(an_empty_file_has_no_first_byte),
        TEST(a_first_range_that_is_refused_is_not_asked_for_again),
        TEST(a_wanted_or_a_later_range_that_is_refused_starts_the_file_again),
        TEST(a_whole_body_of_length_0_is_an_empty_file),
        TEST(a_file_that_became_empty_starts_again),
        TEST(ranges_without_a_validator_are_given_up_before_the_body),
        TEST(a_weak_etag_is_no_validator),
        TEST(one_answer_needs_no_validator),
        TEST(wanted_ranges_go_on_without_a_validator),
        TEST(a_server_without_ranges_gives_the_whole_file),
        TEST(a_whole_file_is_asked_for_without_a_range),
        TEST(a_whole_body_of_2_gib_is_refused_before_it_is_read),
        TEST(a_whole_body_just_below_2_gib_is_taken),
        TEST(an_endless_body_stops_below_2_gib),
        TEST(a_later_request_passes_over_what_is_there),
        TEST(a_later_request_far_into_the_file_starts_it_again),
        TEST(wanted_bytes_are_cut_out_of_the_whole_file),
        TEST(a_wanted_range_may_reach_to_the_end),
        TEST(a_file_over_the_limit_is_not_cut),
        TEST(an_endless_file_is_cut_up_to_the_limit),
        TEST(an_endless_file_is_not_cut_beyond_the_limit),
        TEST(an_endless_file_wanted_to_its_end_stops_at_the_limit),
        TEST(wanted_bytes_that_the_file_does_not_have_are_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
