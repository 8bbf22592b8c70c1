/* Fresh jobs, each brought into the state that a test wants. The engine is held (fake_clock_hold) from then on, so that a job changes only by what the
 * test calls; stage_drop lets it go. One staged job at a time. */
#ifndef STAGED_JOB_H
#define STAGED_JOB_H

#include "test_environment.h"

enum stage {
    STAGE_EMPTY, /* SUSPENDED, without files */
    STAGE_SUSPENDED,
    STAGE_QUEUED,
    STAGE_TRANSFERRING, /* 100 bytes of its file have come, the next does not */
    STAGE_TRANSIENT_ERROR,
    STAGE_ERROR,
    STAGE_TRANSFERRED,
    STAGE_ACKNOWLEDGED,
    STAGE_CANCELLED,
    STAGE_COMPLETING,      /* TRANSFERRED; a call of Complete is in the middle of it */
    STAGE_COMPLETING_PART, /* the same in TRANSFERRING, where one file of two has come */
    STAGE_COUNT
};

struct staged_job {
    enum stage stage;
    IBackgroundCopyJob5 *job; /* one object; every face lives as long as it does */
    IBackgroundCopyJobHttpOptions *http_options;
    IDeliveryOptimizationJob *delivery;
    IDeliveryOptimizationJob2 *delivery2;
    IBackgroundCopyFile5 *file; /* the job's first file, NULL in STAGE_EMPTY */
    IDeliveryOptimizationFile *delivery_file;
    IDeliveryOptimizationFile2 *delivery_file2;
    HANDLE completing; /* the thread of STAGE_COMPLETING and STAGE_COMPLETING_PART */
};

/* Once in a test, before its manager is made. */
void stage_open(void);
/* When the engine has ended (env_stop). */
void stage_close(void);

void stage_job(IBackgroundCopyManager *manager, enum stage stage, struct staged_job *staged);
/* Ends the job, lets the engine go, and waits until no transfer is left. */
void stage_drop(struct staged_job *staged);

const char *stage_name(enum stage stage);
BG_JOB_STATE stage_state(enum stage stage);

/* A name in the test's directory that no job has yet; valid until the next call of env_path. */
const WCHAR *stage_new_path(void);

#endif
