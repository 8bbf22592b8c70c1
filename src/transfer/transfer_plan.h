/* Which bytes of a judged body go where, decided before the first of them is read. Pure. */
#ifndef DOSVC_TRANSFER_PLAN_H
#define DOSVC_TRANSFER_PLAN_H

#include "transfer.h"

struct transfer_plan {
    HRESULT over_limit; /* what a body beyond `limit` is */
    uint64_t skip;      /* bytes of the body before the first that counts */
    uint64_t length;    /* bytes that count; SIZE_UNKNOWN: until the body ends */
    uint64_t announced; /* bytes of the whole body; SIZE_UNKNOWN when the server did not say */
    uint64_t limit; /* a body that goes on beyond this many bytes cannot be taken: DO_E_INSUFFICIENT_RANGE_SUPPORT */
};

/* TRANSFER_DONE: read the body by the plan. Anything else is the result of the transfer, with its *hr; nothing is to
 * be read. */
enum transfer_outcome transfer_plan_body(struct transfer_plan *plan, const struct transfer *transfer,
                                         const struct http_answer *answer, const struct http_decision *decision,
                                         HRESULT *hr);

#endif
