/* What goes wrong in a transfer, and what the result says about it: whose fault, and whether to try again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "deliveryoptimizationerrors.h"
#include "transfer_fixture.h"

#define TIMED_OUT      HRESULT_OF_WIN32(12002)
#define SECURE_CHANNEL HRESULT_OF_WIN32(12157)
#define HTTP(status)   HRESULT_OF_HTTP_STATUS(status)

/* ---- The network ---- */

static void no_answer_is_a_failure_of_the_network(void **state)
{
    (void)state;
    ask_first(1000);
    answer_status(0)->open_hr = TIMED_OUT;
    run();
    assert_failure(TIMED_OUT, true, true, false);
    assert_int_equal(fixture.headers_calls, 0);
    assert_false(fixture.disk.exists);
}

static void a_refused_certificate_is_final(void **state)
{
    (void)state;
    ask_first(1000);
    answer_status(0)->open_hr = DO_E_HTTP_CERT_VALIDATION;
    run();
    assert_failure(DO_E_HTTP_CERT_VALIDATION, false, true, false);
}

static void a_handshake_that_broke_off_may_pass(void **state)
{
    (void)state;
    ask_first(1000);
    answer_status(0)->open_hr = SECURE_CHANNEL;
    run();
    assert_failure(SECURE_CHANNEL, true, true, false);
}

static void no_memory_is_nobodys_fault_and_may_pass(void **state)
{
    (void)state;
    ask_first(1000);
    answer_status(0)->open_hr = E_OUTOFMEMORY;
    run();
    assert_failure(E_OUTOFMEMORY, true, false, false);
}

static void what_came_before_a_reset_counts(void **state)
{
    (void)state;
    ask_later(0, 100000, 250000);
    struct fake_http_answer *answer = answer_part(0, 70000, u"bytes 0-99999/250000");
    answer->after_body = HTTP_CONNECTION_BROKEN;
    answer->chunk = 999;
    run();
    assert_failure(HTTP_CONNECTION_BROKEN, true, true, false);
    assert_written(0, 0, 70000);
}

static void a_part_that_ends_early_is_a_broken_connection(void **state)
{
    (void)state;
    ask_later(0, 100000, 250000);
    answer_part(0, 99999, u"bytes 0-99999/250000");
    run();
    assert_failure(HTTP_CONNECTION_BROKEN, true, true, false);
    assert_written(0, 0, 99999);
}

static void a_whole_body_that_ends_early_is_a_broken_connection(void **state)
{
    (void)state;
    ask_first(1000);
    answer_whole(1999, u"2000");
    run();
    assert_failure(HTTP_CONNECTION_BROKEN, true, true, false);
    assert_written(0, 0, 1999);
}

static void a_cut_that_ends_early_is_a_broken_connection(void **state)
{
    (void)state;
    ask_first(1000);
    fixture.transfer.has_wanted_ranges = true;
    fixture.transfer.remote_first = 500;
    answer_whole(1499, u"2000");
    run();
    assert_failure(HTTP_CONNECTION_BROKEN, true, true, false);
    assert_written(0, 500, 999);
}

/* ---- The server ---- */

static void a_body_that_goes_on_too_long_is_refused(void **state)
{
    (void)state;
    ask_later(0, 1000, 5000);
    answer_part(0, 1001, u"bytes 0-999/5000")->chunk = 500;
    run();
    assert_failure(DO_E_HTTP_BLOCKSIZE_MISMATCH, false, false, false);
    assert_written(0, 0, 1000);
}

static void a_whole_body_that_goes_on_too_long_is_refused(void **state)
{
    (void)state;
    ask_whole();
    answer_whole(2001, u"2000");
    run();
    assert_failure(DO_E_HTTP_BLOCKSIZE_MISMATCH, false, false, false);
}

static void a_body_of_unknown_length_ends_at_the_declared_one(void **state)
{
    (void)state;
    ask_whole();
    fixture.transfer.declared_total = 100000;
    answer_whole(300000, NULL);
    run();
    assert_failure(DO_E_HTTP_BLOCKSIZE_MISMATCH, false, false, false);
    assert_in_range(fixture.transfer.written, 0, 100000);
    assert_in_range(fixture.transfer.received, 100001, 200000); /* it was not read to its end */
}

static void a_redirect_that_cannot_be_followed_is_the_servers_doing(void **state)
{
    (void)state;
    ask_first(5000);
    answer_status(0)->open_hr = HRESULT_OF_WIN32(12156);
    run();
    assert_failure(HRESULT_OF_WIN32(12156), false, false, false);
}

static void statuses_have_their_class(void **state)
{
    static const struct {
        uint32_t status;
        HRESULT hr;
        bool is_transient;
    } rows[] = {
        {204, DO_E_UNEXPECTED_HTTP_STATUS_2XX, true},
        {304, HTTP(304), false},
        {401, HTTP(401), false},
        {403, HTTP(403), false},
        {404, HTTP(404), false},
        {408, HTTP(408), true},
        {429, HTTP(429), true},
        {500, HTTP(500), true},
        {501, HTTP(501), false},
        {503, HTTP(503), true},
        {505, HTTP(505), false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ask_first(1000);
        answer_status(rows[i].status)->body_size = 10;
        run();
        assert_failure(rows[i].hr, rows[i].is_transient, false, false);
        assert_int_equal(fixture.http.reads, 0);
        assert_int_equal(fixture.headers_calls, 0);
        assert_int_equal(fixture.disk.written, 0);
        transfer_fixture_tear_down(state);
        transfer_fixture_set_up(state);
    }
}

static void the_server_says_when_to_come_back(void **state)
{
    (void)state;
    ask_first(1000);
    answer_status(503)->headers.retry_after = u"120";
    run();
    assert_failure(HTTP(503), true, false, false);
    assert_int_equal(fixture.transfer.result.retry_after_ms, 120000);
}

static void another_version_starts_the_file_again(void **state)
{
    (void)state;
    ask_later(1000, 2000, 9000);
    answer_whole(9000, u"9000")->headers.etag = u"\"v2\"";
    run();
    assert_outcome(TRANSFER_RESTART, DO_E_HTTP_BLOCKSIZE_MISMATCH);
    assert_int_equal(fixture.http.reads, 0);
    assert_written(0, 0, 0);
}

static void another_size_starts_the_file_again(void **state)
{
    (void)state;
    ask_later(1000, 2000, 9000);
    answer_part(1000, 2000, u"bytes 1000-2999/9001");
    run();
    assert_outcome(TRANSFER_RESTART, DO_E_HTTP_BLOCKSIZE_MISMATCH);
    assert_int_equal(fixture.http.reads, 0);
}

static void another_range_than_asked_starts_the_file_again(void **state)
{
    (void)state;
    ask_later(1000, 2000, 9000);
    answer_part(0, 2000, u"bytes 0-1999/9000");
    run();
    assert_outcome(TRANSFER_RESTART, DO_E_INSUFFICIENT_RANGE_SUPPORT);
    assert_int_equal(fixture.http.reads, 0);
}

static void a_range_beyond_the_end_starts_the_file_again(void **state)
{
    (void)state;
    ask_later(1000, 2000, SIZE_UNKNOWN);
    answer_status(416)->headers.content_range = u"bytes */900";
    run();
    assert_outcome(TRANSFER_RESTART, DO_E_INVALID_RANGE);
}

static void a_compressed_body_is_refused(void **state)
{
    (void)state;
    ask_first(1000);
    answer_whole(2000, u"2000")->headers.content_encoding = u"gzip";
    run();
    assert_failure(DO_E_HTTP_BLOCKSIZE_MISMATCH, false, false, false);
    assert_int_equal(fixture.http.reads, 0);
}

/* ---- The local file ---- */

static void a_full_disk_is_final(void **state)
{
    (void)state;
    ask_later(0, 100000, 250000);
    answer_part(0, 100000, u"bytes 0-99999/250000");
    fixture.disk.fail[FAKE_FILE_WRITE] = HRESULT_OF_WIN32(ERROR_DISK_FULL);
    run();
    assert_failure(HRESULT_OF_WIN32(ERROR_DISK_FULL), false, false, true);
    assert_written(0, 0, 0);
    assert_int_equal(fixture.http.reads, 1);
}

static void a_file_that_cannot_be_made_is_final(void **state)
{
    (void)state;
    ask_first(1000);
    answer_whole(1000, u"1000");
    fixture.disk.fail[FAKE_FILE_CREATE] = E_ACCESSDENIED;
    run();
    assert_failure(E_ACCESSDENIED, false, false, true);
}

static void a_file_that_another_holds_may_be_free_later(void **state)
{
    (void)state;
    ask_first(1000);
    answer_whole(1000, u"1000");
    fixture.disk.fail[FAKE_FILE_CREATE] = HRESULT_OF_WIN32(ERROR_SHARING_VIOLATION);
    run();
    assert_failure(HRESULT_OF_WIN32(ERROR_SHARING_VIOLATION), true, false, true);
}

static void so_may_a_system_that_is_short_of_memory(void **state)
{
    (void)state;
    ask_first(1000);
    answer_whole(1000, u"1000");
    fixture.disk.fail[FAKE_FILE_CREATE] = E_OUTOFMEMORY;
    run();
    assert_failure(E_OUTOFMEMORY, true, false, true);
}

/* ---- Revocation ---- */

static void revoke(void *context)
{
    sink_revoke(context, false);
}

static void revoke_at_50000(void *context, uint64_t position)
{
    if (position == 50000)
        sink_revoke(context, false);
}

static void a_revoked_transfer_asks_nothing(void **state)
{
    (void)state;
    ask_first(1000);
    sink_revoke(fixture.sink, false);
    run();
    assert_outcome(TRANSFER_REVOKED, SINK_REVOKED);
    assert_int_equal(fixture.http.request_count, 0);
}

static void one_revoked_while_it_waits_for_the_answer_announces_nothing(void **state)
{
    (void)state;
    ask_first(1000);
    struct fake_http_answer *answer = answer_whole(1000, u"1000");
    answer->on_open = revoke;
    answer->context = fixture.sink;
    run();
    assert_outcome(TRANSFER_REVOKED, SINK_REVOKED);
    assert_int_equal(fixture.headers_calls, 0);
    assert_int_equal(fixture.http.reads, 0);
}

static void one_revoked_without_an_answer_reports_no_failure(void **state)
{
    (void)state;
    ask_first(1000);
    struct fake_http_answer *answer = answer_status(0);
    answer->open_hr = TIMED_OUT;
    answer->on_open = revoke;
    answer->context = fixture.sink;
    run();
    assert_outcome(TRANSFER_REVOKED, SINK_REVOKED);
}

static void no_byte_is_written_after_revocation(void **state)
{
    (void)state;
    ask_later(0, 100000, 250000);
    struct fake_http_answer *answer = answer_part(0, 100000, u"bytes 0-99999/250000");
    answer->chunk = 10000;
    answer->on_read = revoke_at_50000;
    answer->context = fixture.sink;
    run();
    assert_outcome(TRANSFER_REVOKED, SINK_REVOKED);
    assert_written(0, 0, 50000);
    assert_int_equal(fixture.http.reads, 6);
}

static void revocation_is_noticed_while_bytes_are_passed_over(void **state)
{
    (void)state;
    ask_first(1000);
    fixture.transfer.has_wanted_ranges = true;
    fixture.transfer.remote_first = 200000;
    struct fake_http_answer *answer = answer_whole(300000, u"300000");
    answer->chunk = 10000;
    answer->on_read = revoke_at_50000;
    answer->context = fixture.sink;
    run();
    assert_outcome(TRANSFER_REVOKED, SINK_REVOKED);
    assert_int_equal(fixture.http.reads, 6);
    assert_false(fixture.disk.exists);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, transfer_fixture_set_up, transfer_fixture_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(no_answer_is_a_failure_of_the_network),
        TEST(a_refused_certificate_is_final),
        TEST(a_handshake_that_broke_off_may_pass),
        TEST(no_memory_is_nobodys_fault_and_may_pass),
        TEST(what_came_before_a_reset_counts),
        TEST(a_part_that_ends_early_is_a_broken_connection),
        TEST(a_whole_body_that_ends_early_is_a_broken_connection),
        TEST(a_cut_that_ends_early_is_a_broken_connection),
        TEST(a_body_that_goes_on_too_long_is_refused),
        TEST(a_whole_body_that_goes_on_too_long_is_refused),
        TEST(a_body_of_unknown_length_ends_at_the_declared_one),
        TEST(a_redirect_that_cannot_be_followed_is_the_servers_doing),
        TEST(statuses_have_their_class),
        TEST(the_server_says_when_to_come_back),
        TEST(another_version_starts_the_file_again),
        TEST(another_size_starts_the_file_again),
        TEST(another_range_than_asked_starts_the_file_again),
        TEST(a_range_beyond_the_end_starts_the_file_again),
        TEST(a_compressed_body_is_refused),
        TEST(a_full_disk_is_final),
        TEST(a_file_that_cannot_be_made_is_final),
        TEST(a_file_that_another_holds_may_be_free_later),
        TEST(so_may_a_system_that_is_short_of_memory),
        TEST(a_revoked_transfer_asks_nothing),
        TEST(one_revoked_while_it_waits_for_the_answer_announces_nothing),
        TEST(one_revoked_without_an_answer_reports_no_failure),
        TEST(no_byte_is_written_after_revocation),
        TEST(revocation_is_noticed_while_bytes_are_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
