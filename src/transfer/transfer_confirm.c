/* The end of a body of unknown length: the transport may hide that it was cut off, so what follows its last byte is asked for. Nothing must. */
#include "transfer_run.h"

#include "log.h"
#include "tuning.h"
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

/* FNV-1a: it is to tell bodies apart that somebody else's chance made different. */
uint64_t run_digest(uint64_t digest, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        digest = (digest ^ bytes[i]) * 1099511628211u;
    return digest;
}

static void fail_cut_off(struct run *run, uint64_t total)
{
    const char16_t *url = run->transfer->url;
    (void)log_failure(LOG_TRANSFER, HTTP_CONNECTION_BROKEN, L"%.*ls: the body was cut off after %llu bytes",
                      (int)url_loggable_length(url), url, (unsigned long long)total);
    run_fail_network(run, HTTP_CONNECTION_BROKEN);
}

/* The server sends the whole body once more. When it has what came before and then goes on, that was cut off. A body that differs is made anew for each request: of
 * such a one nothing can be said. */
static void compare_with_next(struct run *run, uint64_t total)
{
    uint64_t digest = 0, count = 0;
    size_t size = total <= TRANSFER_CONFIRM_BYTES;
    while (size && count <= total) {
        if (!run_read(run, &size))
            return;
        if (run_is_revoked(run->transfer)) {
            run_end(run, TRANSFER_REVOKED, SINK_REVOKED);
            return;
        }
        digest = run_digest(digest, run->buffer, size < total - count ? size : (size_t)(total - count));
        count += size;
    }
    if (count > total && digest == run->digest)
        fail_cut_off(run, total);
    else
        accept_unconfirmed(run, total);
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
        compare_with_next(run, total);
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
