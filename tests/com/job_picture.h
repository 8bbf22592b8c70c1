/* All that can be asked of a job and of its files, as text, a line for each getter: what tells two moments of a job apart. */
#ifndef JOB_PICTURE_H
#define JOB_PICTURE_H

#include "test_environment.h"

struct job_picture {
    char text[16 * 1024];
    size_t length;
};

/* `job` may be any of the job's interfaces. */
void job_picture_take(void *job, struct job_picture *picture);
/* NULL when they are the same, else the first line of `after` that is not that of `before`; valid until the next call. */
const char *job_picture_difference(const struct job_picture *before, const struct job_picture *after);

#endif
