/* A body without a length: its end is believed only when the server says that nothing follows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <wchar.h>

#include <cmocka.h>

#include "deliveryoptimizationerrors.h"
#include "transfer_fixture.h"

#define TIMED_OUT HRESULT_OF_WIN32(12002)

/* The first answer of each test: 3,000 bytes, then the end. */
static void receive_3000_bytes(void)
{
    ask_whole();
    answer_whole(3000, NULL);
}

static void assert_asked_for_what_follows(void)
{
    assert_int_equal(fixture.http.request_count, 2);
    assert_request(1, true, 3000, RANGE_TO_END, u"\"v1\"");
    assert_written(0, 0, 3000);
}

static void nothing_follows(void **state)
{
    (void)state;
    receive_3000_bytes();
    answer_status(416)->headers.content_range = u"bytes */3000";
    run();
    assert_outcome(TRANSFER_DONE, S_OK);
    assert_true(fixture.transfer.result.is_end_known);
    assert_int_equal(fixture.transfer.result.facts.remote_total, 3000);
    assert_asked_for_what_follows();
    assert_int_equal(fixture.headers_calls, 1);
    assert_true(fixture.headers.remote_total == SIZE_UNKNOWN);
}

static void nothing_follows_says_a_416_without_a_total(void **state)
{
    (void)state;
    receive_3000_bytes();
    answer_status(416);
    run();
    assert_outcome(TRANSFER_DONE, S_OK);
    assert_true(fixture.transfer.result.is_end_known);
}

static void more_follows(void **state)
{
    (void)state;
    receive_3000_bytes();
    answer_part(3000, 2000, u"bytes 3000-4999/5000");
    run();
    assert_outcome(TRANSFER_SHORT, S_OK);
    assert_false(fixture.transfer.result.is_end_known);
    assert_asked_for_what_follows();
}

/* A later range is answered with the whole file, which ends before it gets there. To ask again at once would bring the same, without end. */
static void a_body_that_ends_before_what_was_asked_for_is_broken(void **state)
{
    (void)state;
    for (uint64_t length = 2999; length <= 3000; length++) {
        ask_later(3000, 1000, 5000);
        answer_whole(length, NULL);
        answer_part(length, 5000 - length, length == 3000 ? u"bytes 3000-4999/5000" : u"bytes 2999-4999/5000");
        run();
        assert_failure(HTTP_CONNECTION_BROKEN, true, true, false);
        assert_int_equal(fixture.transfer.written, 0);
    }
    ask_later(3000, 1000, 5000);
    answer_whole(3001, NULL);
    answer_part(3001, 1999, u"bytes 3001-4999/5000");
    run();
    assert_outcome(TRANSFER_SHORT, S_OK);
    assert_written(3000, 3000, 1);
}

/* What follows may be of another version. */
static void without_a_validator_nothing_goes_on(void **state)
{
    (void)state;
    ask_whole();
    answer_whole(3000, NULL)->headers.etag = NULL;
    answer_part(3000, 2000, u"bytes 3000-4999/5000");
    run();
    assert_failure(HTTP_CONNECTION_BROKEN, true, true, false);
    assert_false(fixture.transfer.result.is_end_known);
}

/* Not one of the others that a redirect might lead to now. */
static void who_sent_the_body_is_asked(void **state)
{
    (void)state;
    ask_whole();
    answer_whole(3000, NULL)->final_url = u"http://mirror/file";
    answer_status(416)->headers.content_range = u"bytes */3000";
    run();
    assert_outcome(TRANSFER_DONE, S_OK);
    assert_true(wcscmp(fixture.http.requests[0].led_to, u"") == 0);
    assert_true(wcscmp(fixture.http.requests[1].led_to, u"http://mirror/file") == 0);
}

static void who_sent_the_body_and_answers_no_more_is_left(void **state)
{
    (void)state;
    static const struct {
        uint32_t status;
        HRESULT open_hr;
    } rows[] = {{403, S_OK}, {0, TIMED_OUT}};
    for (size_t i = 0; i < 2; i++) {
        size_t first = fixture.http.request_count;
        ask_whole();
        answer_whole(3000, NULL)->final_url = u"http://mirror/file";
        answer_status(rows[i].status)->open_hr = rows[i].open_hr;
        answer_status(416)->headers.content_range = u"bytes */3000";
        run();
        assert_outcome(TRANSFER_DONE, S_OK);
        assert_true(wcscmp(fixture.http.requests[first + 1].led_to, u"http://mirror/file") == 0);
        assert_true(wcscmp(fixture.http.requests[first + 2].led_to, u"") == 0);
    }
}

static void the_server_ignores_the_question(void **state)
{
    (void)state;
    receive_3000_bytes();
    answer_whole(3000, NULL);
    run();
    assert_outcome(TRANSFER_DONE, S_OK);
    assert_true(fixture.transfer.result.is_end_known);
    assert_int_equal(fixture.transfer.result.facts.remote_total, 3000);
    assert_asked_for_what_follows();
}

/* The connection had ended in the middle of a body whose end nothing tells. */
static void a_body_that_goes_on_the_next_time_was_cut_off(void **state)
{
    (void)state;
    static const uint64_t came[] = {3000, 0};
    for (size_t i = 0; i < 2; i++) {
        ask_whole();
        answer_whole(came[i], NULL);
        answer_whole(came[i] + 1, NULL)->headers.connection = u"close";
        run();
        assert_failure(HTTP_CONNECTION_BROKEN, true, true, false);
        assert_false(fixture.transfer.result.is_end_known);
    }
}

static void a_body_that_is_another_one_each_time_says_nothing(void **state)
{
    (void)state;
    receive_3000_bytes();
    answer_whole(5000, NULL)->body_first = 1;
    run();
    assert_outcome(TRANSFER_DONE, S_OK);
    assert_true(fixture.transfer.result.is_end_known);
    assert_written(0, 0, 3000);
}

static void a_body_that_ends_earlier_the_next_time_says_nothing(void **state)
{
    (void)state;
    receive_3000_bytes();
    answer_whole(2000, NULL);
    run();
    assert_outcome(TRANSFER_DONE, S_OK);
    assert_true(fixture.transfer.result.is_end_known);
}

static void must_not_be_read(void *context, uint64_t position)
{
    (void)context;
    (void)position;
    fail();
}

static void a_large_body_is_not_fetched_twice(void **state)
{
    (void)state;
    const uint64_t size = 64 * 1024 * 1024 + 1;
    ask_whole();
    answer_whole(size, NULL)->hollow_after = 1;
    answer_whole(size + 1, NULL)->on_read = must_not_be_read;
    run();
    assert_outcome(TRANSFER_DONE, S_OK);
    assert_true(fixture.transfer.result.is_end_known);
}

static void revoke_sink(void *context, uint64_t position)
{
    (void)context;
    (void)position;
    (void)sink_revoke(fixture.sink, false);
}

static void a_revocation_ends_the_second_body(void **state)
{
    (void)state;
    receive_3000_bytes();
    answer_whole(3000, NULL)->on_read = revoke_sink;
    run();
    assert_outcome(TRANSFER_REVOKED, SINK_REVOKED);
    assert_false(fixture.transfer.result.is_end_known);
}

static void the_server_tells_the_length_now(void **state)
{
    (void)state;
    receive_3000_bytes();
    answer_whole(3000, u"3000");
    run();
    assert_outcome(TRANSFER_DONE, S_OK);
    assert_true(fixture.transfer.result.is_end_known);
}

static void the_server_tells_another_length_now(void **state)
{
    (void)state;
    receive_3000_bytes();
    answer_whole(3001, u"3001");
    run();
    assert_outcome(TRANSFER_RESTART, DO_E_HTTP_BLOCKSIZE_MISMATCH);
}

static void the_file_is_another_one_now(void **state)
{
    (void)state;
    receive_3000_bytes();
    answer_whole(3000, u"3000")->headers.etag = u"\"v2\"";
    run();
    assert_outcome(TRANSFER_RESTART, DO_E_HTTP_BLOCKSIZE_MISMATCH);
}

static void the_file_ends_earlier(void **state)
{
    (void)state;
    receive_3000_bytes();
    answer_status(416)->headers.content_range = u"bytes */2999";
    run();
    assert_outcome(TRANSFER_RESTART, DO_E_HTTP_BLOCKSIZE_MISMATCH);
}

static void no_answer_leaves_the_end_open(void **state)
{
    (void)state;
    receive_3000_bytes();
    answer_status(0)->open_hr = TIMED_OUT;
    run();
    assert_failure(TIMED_OUT, true, true, false);
    assert_written(0, 0, 3000);
}

static void an_overloaded_server_leaves_the_end_open(void **state)
{
    (void)state;
    receive_3000_bytes();
    answer_status(503)->headers.retry_after = u"7";
    run();
    assert_failure(HRESULT_OF_HTTP_STATUS(503), true, false, false);
    assert_int_equal(fixture.transfer.result.retry_after_ms, 7000);
}

static void without_a_validator_the_question_has_none(void **state)
{
    (void)state;
    ask_whole();
    answer_whole(3000, NULL)->headers.etag = NULL;
    answer_status(416)->headers.content_range = u"bytes */3000";
    run();
    assert_outcome(TRANSFER_DONE, S_OK);
    assert_request(1, true, 3000, RANGE_TO_END, u"");
}

static void an_empty_body_is_confirmed_too(void **state)
{
    (void)state;
    ask_whole();
    answer_whole(0, NULL);
    answer_status(416)->headers.content_range = u"bytes */0";
    run();
    assert_outcome(TRANSFER_DONE, S_OK);
    assert_true(fixture.transfer.result.is_end_known);
    assert_int_equal(fixture.transfer.result.facts.remote_total, 0);
    assert_request(1, true, 0, RANGE_TO_END, u"\"v1\"");
}

/* As when the headers broke off, twice. */
static void an_empty_body_of_which_nothing_tells_the_end_is_none(void **state)
{
    (void)state;
    ask_whole();
    answer_whole(0, NULL);
    answer_whole(0, NULL);
    run();
    assert_failure(HTTP_CONNECTION_BROKEN, true, true, false);
    assert_false(fixture.transfer.result.is_end_known);
}

static void an_empty_body_that_ends_with_the_connection_is_taken(void **state)
{
    (void)state;
    ask_whole();
    answer_whole(0, NULL);
    answer_whole(0, NULL)->headers.connection = u"close";
    run();
    assert_outcome(TRANSFER_DONE, S_OK);
    assert_true(fixture.transfer.result.is_end_known);
}

static void a_reset_is_no_end(void **state)
{
    (void)state;
    ask_whole();
    answer_whole(3000, NULL)->after_body = HTTP_CONNECTION_BROKEN;
    run();
    assert_failure(HTTP_CONNECTION_BROKEN, true, true, false);
    assert_written(0, 0, 3000);
}

static void a_wanted_range_beyond_the_confirmed_end_is_an_error(void **state)
{
    (void)state;
    ask_first(1000);
    fixture.transfer.has_wanted_ranges = true;
    fixture.transfer.remote_first = 2500;
    answer_whole(3000, NULL);
    answer_status(416)->headers.content_range = u"bytes */3000";
    run();
    assert_failure(DO_E_INVALID_RANGE, false, false, false);
}

static void a_wanted_range_to_the_confirmed_end_is_complete(void **state)
{
    (void)state;
    ask_first(RANGE_TO_END);
    fixture.transfer.has_wanted_ranges = true;
    fixture.transfer.remote_first = 2500;
    answer_whole(3000, NULL);
    answer_status(416)->headers.content_range = u"bytes */3000";
    run();
    assert_outcome(TRANSFER_DONE, S_OK);
    assert_true(fixture.transfer.result.is_end_known);
    assert_int_equal(fixture.transfer.result.facts.remote_total, 3000);
    assert_written(0, 2500, 500);
}

static void a_cut_that_is_complete_needs_no_confirmation(void **state)
{
    (void)state;
    ask_first(1000);
    fixture.transfer.has_wanted_ranges = true;
    fixture.transfer.remote_first = 500;
    answer_whole(3000, NULL);
    run();
    assert_outcome(TRANSFER_DONE, S_OK);
    assert_false(fixture.transfer.result.is_end_known);
    assert_written(0, 500, 1000);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, transfer_fixture_set_up, transfer_fixture_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(nothing_follows),
        TEST(nothing_follows_says_a_416_without_a_total),
        TEST(more_follows),
        TEST(a_body_that_ends_before_what_was_asked_for_is_broken),
        TEST(without_a_validator_nothing_goes_on),
        TEST(who_sent_the_body_is_asked),
        TEST(who_sent_the_body_and_answers_no_more_is_left),
        TEST(the_server_ignores_the_question),
        TEST(a_body_that_goes_on_the_next_time_was_cut_off),
        TEST(a_body_that_is_another_one_each_time_says_nothing),
        TEST(a_body_that_ends_earlier_the_next_time_says_nothing),
        TEST(a_large_body_is_not_fetched_twice),
        TEST(a_revocation_ends_the_second_body),
        TEST(the_server_tells_the_length_now),
        TEST(the_server_tells_another_length_now),
        TEST(the_file_is_another_one_now),
        TEST(the_file_ends_earlier),
        TEST(no_answer_leaves_the_end_open),
        TEST(an_overloaded_server_leaves_the_end_open),
        TEST(without_a_validator_the_question_has_none),
        TEST(an_empty_body_is_confirmed_too),
        TEST(an_empty_body_of_which_nothing_tells_the_end_is_none),
        TEST(an_empty_body_that_ends_with_the_connection_is_taken),
        TEST(a_reset_is_no_end),
        TEST(a_wanted_range_beyond_the_confirmed_end_is_an_error),
        TEST(a_wanted_range_to_the_confirmed_end_is_complete),
        TEST(a_cut_that_is_complete_needs_no_confirmation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
