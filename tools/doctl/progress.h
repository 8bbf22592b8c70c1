/* Shows how a job gets on: a bar that is redrawn in place, or a line now and then, or nothing. */
#ifndef DOCTL_PROGRESS_H
#define DOCTL_PROGRESS_H

#include "progress_format.h"

#include <deliveryoptimization.h>
#include <stdbool.h>

enum progress_style { PROGRESS_AUTO, PROGRESS_BAR, PROGRESS_LINES, PROGRESS_NONE };

struct progress {
    enum progress_style style; /* never PROGRESS_AUTO */
    struct progress_rate rate;
    uint64_t started;      /* ms */
    uint64_t bytes_before; /* what an earlier run had transferred */
    int tenths_shown;      /* lines: up to which tenth */
    uint32_t files_shown;  /* lines: how many finished files */
};

/* `job` is where the transfer starts from. */
void progress_begin(struct progress *progress, enum progress_style style, const BG_JOB_PROGRESS *job);
/* To be called as often as things change; a bar also wants it every PROGRESS_TICK_MS. */
void progress_show(struct progress *progress, const BG_JOB_PROGRESS *job);
/* Everything has arrived: the last line. */
void progress_finish(struct progress *progress, const BG_JOB_PROGRESS *job);

#define PROGRESS_TICK_MS 250u

#endif
