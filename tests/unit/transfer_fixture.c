#include "transfer_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct transfer_fixture fixture;

static uint8_t buffer[TRANSFER_BUFFER_BYTES];

static void note_answer(void *context, struct transfer *transfer)
{
    (void)context;
    assert_true(transfer->answers > 0);
}

static void note_headers(void *context, struct transfer *transfer)
{
    struct transfer_fixture *noted = context;
    noted->headers_calls++;
    noted->headers = transfer->result.facts;
}

static size_t allow(void *context, const struct transfer *transfer, size_t wanted)
{
    struct transfer_fixture *noted = context;
    (void)transfer;
    if (noted->refusals) {
        if (--noted->refusals == 0 && noted->is_revoked_by_refusal)
            assert_int_equal(sink_revoke(noted->sink, false), S_OK);
        return 0;
    }
    return noted->allowance && noted->allowance < wanted ? noted->allowance : wanted;
}

static void take_back(void *context, const struct transfer *transfer, size_t unused)
{
    struct transfer_fixture *noted = context;
    (void)transfer;
    noted->given_back += unused;
}

int transfer_fixture_set_up(void **state)
{
    (void)state;
    memset(&fixture, 0, sizeof(fixture));
    fake_http_init(&fixture.http);
    fake_file_init(&fixture.disk);
    assert_int_equal(sink_file_create(&fixture.disk.ops, u"C:\\t\\DO1.tmp", SINK_NOTHING, 0, &fixture.sink), S_OK);
    fixture.events = (struct transfer_events){
        .answer = note_answer, .headers = note_headers, .allow = allow, .give_back = take_back, .context = &fixture};
    struct transfer *transfer = &fixture.transfer;
    static char16_t url[] = u"http://h/file";
    transfer->url = url;
    transfer->sink = fixture.sink;
    transfer->remote_total = SIZE_UNKNOWN;
    transfer->declared_total = SIZE_UNKNOWN;
    transfer->cut_limit = 64 * MIB;
    transfer->receive_timeout_ms = 1234;
    return 0;
}

int transfer_fixture_tear_down(void **state)
{
    (void)state;
    http_details_clear(&fixture.transfer.result.details);
    sink_release(fixture.sink);
    assert_int_equal(fixture.disk.open_count, 0);
    assert_int_equal(fixture.http.open_exchanges, 0);
    assert_int_equal(fixture.http.request_count, fixture.http.answer_count);
    assert_false(fixture.http.was_read_after_failure);
    return 0;
}

void ask_first(uint64_t length)
{
    fixture.transfer.use_range = true;
    fixture.transfer.is_first = true;
    fixture.transfer.length = length;
}

void ask_later(uint64_t first, uint64_t length, uint64_t total)
{
    struct transfer *transfer = &fixture.transfer;
    transfer->use_range = true;
    transfer->remote_first = transfer->local_first = first;
    transfer->length = length;
    transfer->remote_total = total;
    transfer->has_validator = true;
    memcpy(transfer->validator.etag, u"\"v1\"", sizeof(u"\"v1\""));
}

void ask_whole(void)
{
    fixture.transfer.is_first = true;
    fixture.transfer.length = RANGE_TO_END;
}

struct fake_http_answer *answer_part(uint64_t first, uint64_t length, const char16_t *content_range)
{
    struct fake_http_answer *answer = fake_http_add(&fixture.http);
    answer->status = 206;
    answer->headers.content_range = content_range;
    answer->headers.etag = u"\"v1\"";
    answer->body_first = first;
    answer->body_size = length;
    return answer;
}

struct fake_http_answer *answer_whole(uint64_t length, const char16_t *content_length)
{
    struct fake_http_answer *answer = fake_http_add(&fixture.http);
    answer->headers.content_length = content_length;
    answer->headers.etag = u"\"v1\"";
    answer->body_size = length;
    return answer;
}

struct fake_http_answer *answer_status(uint32_t status)
{
    struct fake_http_answer *answer = fake_http_add(&fixture.http);
    answer->status = status;
    return answer;
}

const struct transfer_result *run(void)
{
    transfer_run(&fixture.transfer, &fixture.http.transport, &fixture.events, buffer);
    return &fixture.transfer.result;
}

void assert_outcome(enum transfer_outcome outcome, HRESULT hr)
{
    assert_int_equal(fixture.transfer.result.outcome, outcome);
    assert_int_equal(fixture.transfer.result.hr, hr);
}

void assert_failure(HRESULT hr, bool is_transient, bool is_network, bool is_local)
{
    assert_outcome(TRANSFER_FAILED, hr);
    assert_int_equal(fixture.transfer.result.is_transient, is_transient);
    assert_int_equal(fixture.transfer.result.is_network, is_network);
    assert_int_equal(fixture.transfer.result.is_local, is_local);
    assert_false(fixture.transfer.result.is_end_known);
}

void assert_written(uint64_t local, uint64_t remote, uint64_t count)
{
    assert_true(atomic_load(&fixture.transfer.written) == count);
    assert_true(fixture.disk.written == count);
    for (uint64_t i = 0; i < count && local + i < FAKE_FILE_KEPT; i++) {
        if (fixture.disk.content[local + i] != fake_http_byte(remote + i))
            fail_msg("local byte %llu is wrong", (unsigned long long)(local + i));
    }
}

void assert_request(size_t index, bool has_range, uint64_t first, uint64_t length, const char16_t *if_range)
{
    const struct fake_http_request *request = &fixture.http.requests[index];
    assert_true(index < fixture.http.request_count);
    assert_true(wcscmp(request->url, L"http://h/file") == 0);
    assert_int_equal(request->receive_timeout_ms, 1234);
    assert_int_equal(request->has_range, has_range);
    if (has_range) {
        assert_true(request->range_first == first);
        assert_true(request->range_length == length);
    }
    if (wcscmp(request->if_range, if_range) != 0)
        fail_msg("If-Range %ls, not %ls", request->if_range, if_range);
}
