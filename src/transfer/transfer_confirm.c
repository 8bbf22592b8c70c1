/* The end of a body of unknown length: the transport may hide that it was cut off, so what follows its last byte is asked for. Nothing must. */
#include "transfer_run.h"

#include "log.h"
#include "url.h"

#include "deliveryoptimizationerrors.h"

/* A transport may take a header block that breaks off for a whole one, and its body for an empty one. */
static void accept_unconfirmed(struct run *run, uint64_t total)
{
    const char16_t *url = run->transfer->url;
    if (!total && !run->answer.says_end) {
        run_fail_network(run, HTTP_CONNECTION_BROKEN);
        return;
    }
    log_line(LOG_WARN, LOG_TRANSFER,
             L"%.*ls: the server tells no length and answers no range; taken to end after %llu bytes",
             (int)url_loggable_length(url), url, (unsigned long long)total);
    run_end_at_file_end(run, total);
}

static void judge_confirmation(struct run *run, uint64_t total)
{
    const struct http_decision *decision = &run->decision;
    bool is_body = decision->verdict == HTTP_BODY;
    bool is_bare_416 = run->answer.status == 416 && run->answer.content_range.state == HTTP_NUMBER_ABSENT;
    bool is_end = decision->verdict == HTTP_AT_END || (decision->verdict == HTTP_EMPTY_FILE && total == 0) ||
                  is_bare_416 || (is_body && decision->is_whole && decision->body_length == total);
    if (is_end)
        run_end_at_file_end(run, total);
    else if (decision->verdict == HTTP_FAILED)
        run_fail_server(run, decision->hr, decision->is_transient);
    else if (is_body && !decision->is_whole && !run->transfer->result.facts.has_validator)
        run_fail_network(run,
                         HTTP_CONNECTION_BROKEN); /* it was cut off, and nothing says that the rest belongs to it */
    else if (is_body && !decision->is_whole)
        run_end(run, TRANSFER_SHORT, S_OK);
    else if (is_body && decision->body_length == SIZE_UNKNOWN)
        accept_unconfirmed(run, total);
    else
        run_restart(run, DO_E_HTTP_BLOCKSIZE_MISMATCH);
}

void run_confirm_end(struct run *run)
{
    uint64_t total = run->received;
    struct http_validator *validator = &run->transfer->result.facts.validator;
    struct http_expectation expected = {
        .has_range = true,
        .first = total,
        .length = RANGE_TO_END,
        .total = SIZE_UNKNOWN,
        .validator = http_validator_is_present(validator) ? validator : NULL,
    };
    run_close(run);
    if (run->transfer->result.details.url)
        run->led_to = run->transfer->result.details.url; /* not to another of many servers */
    HRESULT hr = run_open(run, &expected, NULL);
    if (run->led_to && (FAILED(hr) || run->decision.verdict == HTTP_FAILED)) {
        run_close(run);
        run->led_to = NULL; /* it may have been good for one request */
        hr = run_open(run, &expected, NULL);
    }
    if (FAILED(hr))
        run_fail_network(run, hr);
    else
        judge_confirmation(run, total);
}
