/* Decides what the answer to a request is, before any byte of it goes out. */
#ifndef ORIGIN_PLAN_H
#define ORIGIN_PLAN_H

#include "origin_content.h"
#include "origin_script.h"
#include "origin_state.h"

struct origin_plan {
    struct origin *origin;
    const struct origin_head *head; /* borrowed */
    struct origin_script script;
    uint64_t ordinal; /* which request for its path; the first is 1 */
    uint64_t now;     /* seconds since 1970, as Date tells */
    unsigned status;
    bool drops_at_once;           /* closes instead of answering */
    struct origin_text challenge; /* header lines of 401 or 407 */
    struct origin_text location;
    char etag[128];                  /* "" for none */
    char modified[ORIGIN_DATE_SIZE]; /* "" for none */

    /* The body: text, then length bytes of content from first on, then tail. */
    struct origin_text text;
    struct origin_content content;
    bool has_content;
    uint64_t first;
    uint64_t length;
    struct origin_text tail;
    bool is_multipart;
};

/* Starts zeroed, with origin and head set. ticket is that of the request; NULL for one that is not recorded. */
void origin_plan_make(struct origin_plan *plan, const struct origin_ticket *ticket);
void origin_plan_release(struct origin_plan *plan);

/* Answers with a status and a short text. */
void origin_plan_text(struct origin_plan *plan, unsigned status, const char *format, ...)
    __attribute__((format(__MINGW_PRINTF_FORMAT, 3, 4)));

/* Answers to a request for /control/…; false for any other. */
bool origin_control_answer(struct origin_plan *plan);

/* The current time in seconds since 1970. */
uint64_t origin_now(void);

#endif
