#include "transfer_plan.h"

#include "deliveryoptimizationerrors.h"

static enum transfer_outcome fail(HRESULT *hr, HRESULT code)
{
    *hr = code;
    return TRANSFER_FAILED;
}

/* Without a validator nothing says that a later answer belongs to the same version, so the file has to come in one
 * body. Wanted ranges cannot: they are asked for one after another anyway, and only their total size is compared. */
static bool needs_one_body(const struct transfer *transfer, const struct http_answer *answer,
                           const struct http_decision *decision)
{
    bool is_whole_file = decision->body_first == 0 && decision->body_length == decision->total;
    return transfer->is_first && !transfer->has_wanted_ranges && !is_whole_file &&
           !http_validator_is_present(&answer->validator);
}

/* 206: exactly what counts. What a single body cannot carry is left for the next request. */
static enum transfer_outcome plan_part(struct transfer_plan *plan, const struct transfer *transfer,
                                       const struct http_answer *answer, const struct http_decision *decision)
{
    if (needs_one_body(transfer, answer, decision))
        return TRANSFER_WHOLE_NEEDED;
    plan->skip = 0;
    plan->length = decision->body_length < TRANSFER_BODY_LIMIT ? decision->body_length : TRANSFER_BODY_LIMIT;
    plan->limit = UINT64_MAX;
    return TRANSFER_DONE;
}

static enum transfer_outcome restart(HRESULT *hr, HRESULT code)
{
    *hr = code;
    return TRANSFER_RESTART;
}

/* Known only when both the body's length and what was asked of it are. */
static bool is_over_limit(const struct transfer_plan *plan)
{
    return plan->length != SIZE_UNKNOWN && (plan->skip > plan->limit || plan->length > plan->limit - plan->skip);
}

/* What counts of a whole file from plan->skip on: `length` bytes, or those that there are. False when it ends before
 * plan->skip. */
static bool cut(struct transfer_plan *plan, uint64_t length)
{
    plan->length = length == RANGE_TO_END ? SIZE_UNKNOWN : length;
    if (plan->announced == SIZE_UNKNOWN)
        return true;
    if (plan->announced < plan->skip)
        return false;
    uint64_t there = plan->announced - plan->skip;
    if (plan->length > there)
        plan->length = there;
    return true;
}

static enum transfer_outcome plan_wanted(struct transfer_plan *plan, const struct transfer *transfer, HRESULT *hr)
{
    plan->limit = transfer->cut_limit;
    if (plan->announced != SIZE_UNKNOWN && plan->announced > plan->limit)
        return fail(hr, DO_E_INSUFFICIENT_RANGE_SUPPORT);
    if (!cut(plan, transfer->length))
        return fail(hr, DO_E_INVALID_RANGE);
    if (transfer->length != RANGE_TO_END && !transfer->is_open_ended && plan->length < transfer->length)
        return fail(hr, DO_E_INVALID_RANGE);
    return is_over_limit(plan) ? fail(hr, DO_E_INSUFFICIENT_RANGE_SUPPORT) : TRANSFER_DONE;
}

static enum transfer_outcome plan_whole(struct transfer_plan *plan, const struct transfer *transfer, HRESULT *hr)
{
    plan->limit = TRANSFER_BODY_LIMIT - 1;
    if (transfer->declared_total < plan->limit) {
        plan->limit = transfer->declared_total;
        plan->over_limit = DO_E_HTTP_BLOCKSIZE_MISMATCH;
    }
    /* A server that stopped answering ranges in the middle of a file. Passing over much of the body for each piece
     * costs more than starting again, with the whole file as the first answer. */
    if (!transfer->is_first && plan->skip > transfer->cut_limit)
        return restart(hr, DO_E_INSUFFICIENT_RANGE_SUPPORT);
    if (!cut(plan, transfer->is_first ? RANGE_TO_END : transfer->length))
        return restart(hr, DO_E_HTTP_BLOCKSIZE_MISMATCH);
    return is_over_limit(plan) ? fail(hr, plan->over_limit) : TRANSFER_DONE;
}

enum transfer_outcome transfer_plan_body(struct transfer_plan *plan, const struct transfer *transfer,
                                         const struct http_answer *answer, const struct http_decision *decision,
                                         HRESULT *hr)
{
    *hr = S_OK;
    plan->over_limit = DO_E_INSUFFICIENT_RANGE_SUPPORT;
    plan->announced = decision->body_length;
    if (!decision->is_whole)
        return plan_part(plan, transfer, answer, decision);
    plan->skip = transfer->remote_first;
    return transfer->has_wanted_ranges ? plan_wanted(plan, transfer, hr) : plan_whole(plan, transfer, hr);
}
