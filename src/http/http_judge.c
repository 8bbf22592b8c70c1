/* Whether an answer's body may count for what was asked (docs/API.md, "Transient or fatal"). */
#include "deliveryoptimizationerrors.h"
#include "http_response.h"

#include <string.h>

bool http_status_is_transient(uint32_t status)
{
    if (status >= 200 && status <= 299)
        return true;
    if (status >= 500 && status <= 599)
        return status != 501 && status != 505;
    return status == 408 || status == 409 || status == 425 || status == 429;
}

static void fail(struct http_decision *decision, HRESULT hr, bool is_transient)
{
    decision->verdict = HTTP_FAILED;
    decision->hr = hr;
    decision->is_transient = is_transient;
}

/* What we have and what came do not belong together. */
static void changed(struct http_decision *decision, HRESULT hr)
{
    decision->verdict = HTTP_SOURCE_CHANGED;
    decision->hr = hr;
}

static bool is_other_version(const struct http_answer *answer, const struct http_expectation *expected)
{
    return expected->validator && !http_validator_matches(expected->validator, &answer->validator);
}

static bool is_other_size(uint64_t known, uint64_t told)
{
    return known != SIZE_UNKNOWN && told != SIZE_UNKNOWN && known != told;
}

static void judge_whole(const struct http_answer *answer, const struct http_expectation *expected,
                        struct http_decision *decision)
{
    const struct http_number *length = &answer->content_length;
    uint64_t total = length->state == HTTP_NUMBER_VALID ? length->value : SIZE_UNKNOWN;
    if (!answer->is_identity || length->state == HTTP_NUMBER_BAD) {
        fail(decision, DO_E_HTTP_BLOCKSIZE_MISMATCH, false);
    } else if (is_other_version(answer, expected) || is_other_size(expected->total, total)) {
        changed(decision, DO_E_HTTP_BLOCKSIZE_MISMATCH);
    } else {
        decision->verdict = total == 0 ? HTTP_EMPTY_FILE : HTTP_BODY;
        decision->is_whole = true;
        decision->body_length = total;
        decision->total = total;
    }
}

/* The part's total differs from the known one, or the part reaches beyond that. */
static bool is_part_of_other_size(const struct http_content_range *range, uint64_t known)
{
    return is_other_size(known, range->total) || (known != SIZE_UNKNOWN && range->last >= known);
}

/* The Content-Range is the one that was asked for, or a shorter one from the same byte on. */
static bool is_asked_range(const struct http_answer *answer, const struct http_expectation *expected)
{
    const struct http_content_range *range = &answer->content_range;
    if (!expected->has_range || answer->is_multipart || range->state != HTTP_NUMBER_VALID || range->is_unsatisfied)
        return false;
    if (range->first != expected->first)
        return false;
    return expected->length == RANGE_TO_END || range->last - range->first < expected->length;
}

static void judge_part(const struct http_answer *answer, const struct http_expectation *expected,
                       struct http_decision *decision)
{
    const struct http_content_range *range = &answer->content_range;
    const struct http_number *length = &answer->content_length;
    if (!answer->is_identity) {
        fail(decision, DO_E_HTTP_BLOCKSIZE_MISMATCH, false);
        return;
    }
    if (!is_asked_range(answer, expected)) {
        changed(decision, DO_E_INSUFFICIENT_RANGE_SUPPORT);
        return;
    }
    uint64_t size = range->last - range->first + 1;
    bool is_wrong_length =
        length->state == HTTP_NUMBER_BAD || (length->state == HTTP_NUMBER_VALID && length->value != size);
    if (is_wrong_length || is_other_version(answer, expected) || is_part_of_other_size(range, expected->total)) {
        changed(decision, DO_E_HTTP_BLOCKSIZE_MISMATCH);
        return;
    }
    decision->verdict = HTTP_BODY;
    decision->body_first = range->first;
    decision->body_length = size;
    decision->total = range->total;
}

static void judge_unsatisfied(const struct http_answer *answer, const struct http_expectation *expected,
                              struct http_decision *decision)
{
    const struct http_content_range *range = &answer->content_range;
    bool is_total_told = range->state == HTTP_NUMBER_VALID && range->is_unsatisfied && range->total != SIZE_UNKNOWN;
    if (!expected->has_range) {
        fail(decision, HRESULT_OF_HTTP_STATUS(416), false);
        return;
    }
    if (!is_total_told) {
        changed(decision, HRESULT_OF_HTTP_STATUS(416));
        return;
    }
    decision->total = range->total;
    if (is_other_size(expected->total, range->total)) {
        changed(decision, DO_E_HTTP_BLOCKSIZE_MISMATCH);
        return;
    }
    if (range->total == 0 && expected->first == 0)
        decision->verdict = HTTP_EMPTY_FILE;
    else if (range->total == expected->first)
        decision->verdict = HTTP_AT_END;
    else if (range->total < expected->first)
        changed(decision, DO_E_INVALID_RANGE);
    else
        changed(decision, HRESULT_OF_HTTP_STATUS(416));
}

void http_answer_judge(const struct http_answer *answer, const struct http_expectation *expected,
                       struct http_decision *decision)
{
    memset(decision, 0, sizeof(*decision));
    decision->total = SIZE_UNKNOWN;
    decision->body_length = SIZE_UNKNOWN;
    switch (answer->status) {
    case 200: judge_whole(answer, expected, decision); return;
    case 206: judge_part(answer, expected, decision); return;
    case 416: judge_unsatisfied(answer, expected, decision); return;
    default: break;
    }
    HRESULT hr = answer->status >= 200 && answer->status <= 299 ? DO_E_UNEXPECTED_HTTP_STATUS_2XX
                                                                : HRESULT_OF_HTTP_STATUS(answer->status);
    fail(decision, hr, http_status_is_transient(answer->status));
}
