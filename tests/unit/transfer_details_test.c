/* What a transfer passes on without looking at it: the job's options down, what the answer tells up. */
#include "transfer_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "deliveryoptimizationerrors.h"
#include "utf16.h"

static void each_request_carries_the_options(void **state)
{
    (void)state;
    static const struct http_options options = {.headers = u"X: 1"};
    fixture.transfer.options = &options;
    ask_whole();
    answer_whole(10, NULL);
    answer_status(416)->headers.content_range = u"bytes */10";
    run();
    assert_outcome(TRANSFER_DONE, S_OK);
    assert_int_equal(fixture.http.request_count, 2);
    assert_ptr_equal(fixture.http.requests[0].options, &options);
    assert_ptr_equal(fixture.http.requests[1].options, &options); /* the one that confirms the end */
}

static void what_the_answer_tells_is_handed_up(void **state)
{
    (void)state;
    ask_whole();
    struct fake_http_answer *answer = answer_whole(10, NULL);
    answer->headers_text = u"HTTP/1.1 200 OK\r\n";
    answer->final_url = u"http://other/file";
    answer = answer_status(416);
    answer->headers.content_range = u"bytes */10";
    answer->headers_text = u"HTTP/1.1 416 No\r\n";
    const struct http_details *details = &run()->details;
    assert_int_equal(fixture.headers_calls, 1);
    assert_int_equal(details->status, 200);
    assert_true(utf16_equal(details->headers, u"HTTP/1.1 200 OK\r\n"));
    assert_true(utf16_equal(details->url, u"http://other/file"));
}

static void so_is_what_a_refusal_tells(void **state)
{
    (void)state;
    ask_whole();
    answer_status(403)->headers_text = u"HTTP/1.1 403 No\r\n";
    const struct http_details *details = &run()->details;
    assert_failure(HRESULT_OF_HTTP_STATUS(403), false, false, false);
    assert_int_equal(details->status, 403);
    assert_true(utf16_equal(details->headers, u"HTTP/1.1 403 No\r\n"));
}

static void the_cause_of_a_failure_comes_with_it(void **state)
{
    (void)state;
    const HRESULT wrong_name = HRESULT_OF_WIN32(12038);
    ask_whole();
    struct fake_http_answer *answer = fake_http_add(&fixture.http);
    answer->open_hr = DO_E_HTTP_CERT_VALIDATION;
    answer->cause = wrong_name;
    const struct http_details *details = &run()->details;
    assert_failure(DO_E_HTTP_CERT_VALIDATION, false, true, false);
    assert_int_equal(details->cause, wrong_name);
    assert_int_equal(details->status, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, transfer_fixture_set_up, transfer_fixture_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(each_request_carries_the_options),
        TEST(what_the_answer_tells_is_handed_up),
        TEST(so_is_what_a_refusal_tells),
        TEST(the_cause_of_a_failure_comes_with_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
