#include "transfer_run.h"

#include "http_redirect.h"
#include "log.h"
#include "thread.h"
#include "memory.h"
#include "transfer_plan.h"
#include "url.h"

#include "deliveryoptimizationerrors.h"

#include <string.h>

/* ---- Results ---- */

void run_end(struct run *run, enum transfer_outcome outcome, HRESULT hr)
{
    run->transfer->result.outcome = outcome;
    run->transfer->result.hr = hr;
}

void run_end_at_file_end(struct run *run, uint64_t total)
{
    run->transfer->result.is_end_known = true;
    run->transfer->result.facts.remote_total = total;
    run_end(run, TRANSFER_DONE, S_OK);
}

void run_fail_server(struct run *run, HRESULT hr, bool is_transient)
{
    const char16_t *url = run->transfer->url;
    log_failure(LOG_TRANSFER, hr, L"%.*ls: status %u is no answer to use", (int)url_loggable_length(url), url,
                run->answer.status);
    run->transfer->result.is_transient = is_transient;
    run->transfer->result.retry_after_ms = run->answer.retry_after_ms;
    run_end(run, TRANSFER_FAILED, hr);
}

void run_fail_network(struct run *run, HRESULT hr)
{
    run->transfer->result.is_transient = hr == E_OUTOFMEMORY || http_failure_is_transient(hr);
    /* Where it led to was the server's doing. */
    run->transfer->result.is_network = hr != E_OUTOFMEMORY && hr != HTTP_REDIRECT_FAILED;
    run_end(run, TRANSFER_FAILED, hr);
}

/* The sink has logged it. */
static void fail_sink(struct run *run, HRESULT hr)
{
    if (hr == SINK_REVOKED) {
        run_end(run, TRANSFER_REVOKED, hr);
        return;
    }
    run->transfer->result.is_local = true;
    run->transfer->result.is_transient = sink_failure_passes(hr);
    run_end(run, TRANSFER_FAILED, hr);
}

void run_restart(struct run *run, HRESULT hr)
{
    const char16_t *url = run->transfer->url;
    log_line(LOG_WARN, LOG_TRANSFER, L"%.*ls: status %u does not continue what is there: 0x%08lX",
             (int)url_loggable_length(url), url, run->answer.status, (unsigned long)hr);
    run_end(run, TRANSFER_RESTART, hr);
}

/* ---- Requests ---- */

bool run_is_revoked(const struct transfer *transfer)
{
    return sink_generation(transfer->sink) != transfer->generation;
}

static const char16_t *if_range_of(const struct http_validator *validator)
{
    if (validator->etag[0])
        return validator->etag;
    return validator->last_modified[0] ? validator->last_modified : NULL;
}

HRESULT run_open(struct run *run, const struct http_expectation *expected, struct http_details *details)
{
    struct http_request request = {
        .url = run->transfer->url,
        .led_to = run->led_to,
        .has_range = expected->has_range,
        .range_first = expected->first,
        .range_length = expected->length,
        .if_range = expected->has_range && expected->validator ? if_range_of(expected->validator) : NULL,
        .receive_timeout_ms = run->transfer->receive_timeout_ms,
        .whole_timeout_ms = run->transfer->whole_timeout_ms,
        .expects_whole = run->transfer->expects_whole,
        .options = run->transfer->options,
        .details = details,
    };
    HRESULT hr = run->transport->open(run->transport, &request, &run->exchange, &run->answer);
    if (FAILED(hr))
        return hr;
    atomic_fetch_add(&run->transfer->answers, 1);
    run->events->answer(run->events->context, run->transfer);
    http_answer_judge(&run->answer, expected, &run->decision);
    return hr;
}

void run_close(struct run *run)
{
    run->transport->close(run->transport, run->exchange);
    run->exchange = NULL;
}

/* ---- The body ---- */

/* Writes what counts of the `size` bytes in the buffer, which stand at run->received in the body. False when the run
 * is over. */
static bool keep(struct run *run, const struct transfer_plan *plan, size_t size)
{
    struct transfer *transfer = run->transfer;
    size_t passed = 0;
    if (run->received < plan->skip)
        passed = plan->skip - run->received < size ? (size_t)(plan->skip - run->received) : size;
    uint64_t written = atomic_load_explicit(&transfer->written, memory_order_relaxed);
    size_t count = size - passed;
    if (count > plan->length - written)
        count = (size_t)(plan->length - written);
    if (!count) {
        if (!run_is_revoked(transfer))
            return true;
        run_end(run, TRANSFER_REVOKED, SINK_REVOKED);
        return false;
    }
    HRESULT hr =
        sink_write(transfer->sink, transfer->generation, transfer->local_first + written, run->buffer + passed, count);
    if (FAILED(hr)) {
        fail_sink(run, hr);
        return false;
    }
    atomic_store(&transfer->written, written + count);
    return true;
}

static bool has_all(const struct run *run, const struct transfer_plan *plan)
{
    return plan->length != SIZE_UNKNOWN && run->received >= plan->skip + plan->length;
}

/* How much may be read now. Waits for bandwidth with no lock held; 0 when the transfer was revoked meanwhile. */
static size_t await_turn(struct run *run)
{
    const struct transfer_events *events = run->events;
    size_t room;
    while (!(room = events->allow(events->context, run->transfer, TRANSFER_BUFFER_BYTES))) {
        if (run_is_revoked(run->transfer)) {
            run_end(run, TRANSFER_REVOKED, SINK_REVOKED);
            return 0;
        }
        thread_pause(TRANSFER_PAUSE_MS);
    }
    return room;
}

bool run_read(struct run *run, size_t *size)
{
    size_t room = await_turn(run);
    *size = 0;
    if (!room)
        return false;
    HRESULT hr = run->transport->read(run->transport, run->exchange, run->buffer, room, size);
    if (FAILED(hr))
        run_fail_network(run, hr);
    if (*size < room)
        run->events->give_back(run->events->context, run->transfer, room - *size);
    atomic_fetch_add(&run->transfer->received, *size);
    return SUCCEEDED(hr);
}

/* Reads until the body ends, or until all that counts is there and more would follow. False when the run is over. */
static bool read_body(struct run *run, const struct transfer_plan *plan)
{
    for (;;) {
        /* Reading to the very end, where that is what counts, shows a body that is too long and frees the connection
         * for others. */
        if (has_all(run, plan) && run->received != plan->announced)
            return true;
        size_t size;
        if (!run_read(run, &size))
            return false;
        if (!size)
            return true;
        if (size > plan->announced - run->received) {
            run_fail_server(run, DO_E_HTTP_BLOCKSIZE_MISMATCH, false);
            return false;
        }
        if (plan->length == SIZE_UNKNOWN && size > plan->limit - run->received) {
            run_fail_server(run, plan->over_limit, false);
            return false;
        }
        if (!keep(run, plan, size))
            return false;
        if (plan->announced == SIZE_UNKNOWN)
            run->digest = run_digest(run->digest, run->buffer, size);
        run->received += size;
    }
}

/* ---- One run ---- */

static void fail_broken(struct run *run, uint64_t least)
{
    const char16_t *url = run->transfer->url;
    log_failure(LOG_TRANSFER, HTTP_CONNECTION_BROKEN, L"%.*ls: the body ended after %llu of %llu bytes",
                (int)url_loggable_length(url), url, (unsigned long long)run->received, (unsigned long long)least);
    run_fail_network(run, HTTP_CONNECTION_BROKEN);
}

/* A body of unknown length ended before all that was asked of it was there. */
static void conclude_unknown(struct run *run, const struct transfer_plan *plan)
{
    struct transfer *transfer = run->transfer;
    bool is_bounded = transfer->has_wanted_ranges && !transfer->is_open_ended && plan->length != SIZE_UNKNOWN;
    bool is_beyond = run->received < plan->skip || is_bounded;
    run_confirm_end(run);
    if (transfer->result.outcome == TRANSFER_SHORT && !transfer->is_first && !atomic_load(&transfer->written))
        fail_broken(run, plan->skip + 1); /* or it would be asked for the same again, and so on without end */
    if (!transfer->result.is_end_known || !is_beyond)
        return;
    transfer->result.is_end_known = false;
    if (transfer->has_wanted_ranges)
        run_fail_server(run, DO_E_INVALID_RANGE, false);
    else
        run_restart(run, DO_E_HTTP_BLOCKSIZE_MISMATCH);
}

static void conclude_body(struct run *run, const struct transfer_plan *plan)
{
    struct transfer *transfer = run->transfer;
    const struct http_decision *decision = &run->decision;
    if (plan->announced == SIZE_UNKNOWN && !has_all(run, plan)) {
        conclude_unknown(run, plan);
        return;
    }
    if (!has_all(run, plan)) {
        fail_broken(run, plan->announced);
        return;
    }
    uint64_t end = decision->body_first + plan->skip + plan->length;
    if (end == decision->total) {
        run_end_at_file_end(run, end);
        return;
    }
    uint64_t asked = transfer->use_range || transfer->has_wanted_ranges ? transfer->length : RANGE_TO_END;
    run_end(run, plan->length == asked ? TRANSFER_DONE : TRANSFER_SHORT, S_OK);
}

static void take_facts(struct run *run)
{
    struct transfer_facts *facts = &run->transfer->result.facts;
    facts->remote_total = run->decision.total != SIZE_UNKNOWN ? run->decision.total : run->transfer->remote_total;
    facts->is_whole = run->decision.verdict == HTTP_BODY && run->decision.is_whole;
    facts->has_validator = http_validator_is_present(&run->answer.validator);
    facts->validator = run->answer.validator;
    facts->last_modified = run->answer.last_modified;
}

static void announce(struct run *run)
{
    take_facts(run);
    if (run->transfer->is_first)
        run->events->headers(run->events->context, run->transfer);
}

static void take_body(struct run *run)
{
    struct transfer_plan plan;
    HRESULT hr;
    enum transfer_outcome outcome = transfer_plan_body(&plan, run->transfer, &run->answer, &run->decision, &hr);
    if (outcome == TRANSFER_FAILED) {
        run_fail_server(run, hr, false);
    } else if (outcome == TRANSFER_RESTART) {
        run_restart(run, hr);
    } else if (outcome != TRANSFER_DONE) {
        run_end(run, outcome, hr);
    } else {
        announce(run);
        if (read_body(run, &plan))
            conclude_body(run, &plan);
    }
}

/* The first range of a file was refused, which some servers do when it reaches beyond the end, or when the file is empty. */
static bool is_range_to_blame(const struct run *run)
{
    const struct transfer *transfer = run->transfer;
    return run->decision.hr == HRESULT_OF_HTTP_STATUS(416) && transfer->is_first && !transfer->has_wanted_ranges;
}

static void take_answer(struct run *run)
{
    const struct http_decision *decision = &run->decision;
    switch (decision->verdict) {
    case HTTP_BODY: take_body(run); return;
    case HTTP_EMPTY_FILE:
        if (run->transfer->remote_first && !run->transfer->has_wanted_ranges) {
            run_restart(run, DO_E_HTTP_BLOCKSIZE_MISMATCH); /* it was not empty when the bytes before came */
            return;
        }
        run->decision.total = 0;
        announce(run);
        run_end_at_file_end(run, 0);
        return;
    case HTTP_AT_END:
        run->decision.total = run->transfer->remote_first;
        announce(run);
        run_end_at_file_end(run, run->transfer->remote_first);
        return;
    case HTTP_SOURCE_CHANGED:
        if (is_range_to_blame(run))
            run_end(run, TRANSFER_WHOLE_NEEDED, S_OK);
        else
            run_restart(run, decision->hr);
        return;
    case HTTP_FAILED: run_fail_server(run, decision->hr, decision->is_transient); return;
    }
}

void transfer_run(struct transfer *transfer, struct http_transport *transport, const struct transfer_events *events,
                  void *buffer)
{
    http_details_clear(&transfer->result.details);
    memset(&transfer->result, 0, sizeof(transfer->result));
    atomic_store(&transfer->written, 0);
    atomic_store(&transfer->received, 0);
    atomic_store(&transfer->answers, 0);
    struct run run = {
        .transfer = transfer, .transport = transport, .events = events, .buffer = buffer, .led_to = transfer->led_to};
    struct http_expectation expected = {
        .has_range = transfer->use_range,
        .first = transfer->use_range ? transfer->remote_first : 0,
        .length = transfer->use_range ? transfer->length : RANGE_TO_END,
        .total = transfer->remote_total,
        .validator = transfer->has_validator ? &transfer->validator : NULL,
    };
    if (run_is_revoked(transfer)) {
        run_end(&run, TRANSFER_REVOKED, SINK_REVOKED);
        return;
    }
    HRESULT hr = run_open(&run, &expected, &transfer->result.details);
    /* Waiting for the answer is where revocation finds a transfer most often; its headers must then not count
     * either. */
    if (run_is_revoked(transfer))
        run_end(&run, TRANSFER_REVOKED, SINK_REVOKED);
    else if (FAILED(hr))
        run_fail_network(&run, hr);
    else
        take_answer(&run);
    run_close(&run);
}

void transfer_clear(struct transfer *transfer)
{
    http_details_clear(&transfer->result.details);
    http_options_release(transfer->options);
    if (transfer->sink)
        sink_release(transfer->sink);
    transfer->sink = NULL;
    mem_free(transfer->led_to);
    mem_free(transfer->url);
}
