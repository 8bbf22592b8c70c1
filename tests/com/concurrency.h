/* Many threads that call random methods of a few jobs, and what each call saw; concurrency_test.c judges it. */
#ifndef CONCURRENCY_H
#define CONCURRENCY_H

#include "recording_callback.h"

#include "job_state.h"

#define THREADS     32
#define STEPS       1000 /* of each thread */
#define SLOTS       4    /* jobs at a time; one that is over is replaced */
#define JOBS_MAX    600
#define WATCHDOG_MS 60000u

enum operation {
    OP_RESUME,
    OP_SUSPEND,
    OP_ADD,
    OP_NAME,
    OP_PRIORITY,
    OP_FLAGS,
    OP_INTERFACE,
    OP_HEADERS,
    OP_TIMEOUT,
    OP_SOURCE,
    OP_REJECT,
    OP_CANCEL,
    OP_COMPLETE,
    OP_STATE,
    OP_PROGRESS,
    OP_TIMES,
    OP_ERROR,
    OP_FILES,
    OP_FILE_FACTS,
    OP_FIND,
    OP_LIST,
    OP_TIME_PASSES,
    OP_DAYS_PASS,
    OP_COUNT
};

struct operation_kind {
    const char *name;
    unsigned weight;
    enum job_event event; /* that it is to the job; JOB_EVENT_COUNT: a question, or a change that needs no transition */
};
extern const struct operation_kind concurrency_kinds[OP_COUNT];

/* One call. */
struct step {
    enum operation operation;
    unsigned job;
    size_t begin, end; /* how many transitions had been applied */
    HRESULT answer;
    BG_JOB_STATE state; /* GetState */
};

#define DELIVERY_FAILURE HRESULT_FROM_WIN32(ERROR_SHARING_VIOLATION)

struct runner {
    HANDLE thread;
    DWORD id;
    uint32_t random;
    struct step steps[STEPS];
    unsigned made; /* jobs with a file */
    atomic_uint done;
};

struct concurrency_scene {
    struct runner runners[THREADS];
    IBackgroundCopyManager *manager;
    struct recording_callback callback;
    SRWLOCK lock; /* jobs, job_count, slots */
    IBackgroundCopyJob *jobs[JOBS_MAX];
    GUID ids[JOBS_MAX];
    unsigned job_count;
    unsigned slots[SLOTS]; /* numbers of jobs */
    struct memory_resource *resources[4];
    atomic_uint names;
    struct file_ops file_ops; /* the system's, but now and then a file does not get its name */
    atomic_uint deliveries;
    atomic_bool is_over; /* callbacks do no more */
    atomic_uint callbacks_inside;
};
extern struct concurrency_scene scene;

/* Makes the scene of a test, `seed` for its random numbers. */
void concurrency_begin(uint32_t seed);
/* All threads make all their calls. One that never returns ends the process. On return nobody calls any more, and the engine is held. */
void concurrency_run(void);
/* Lets the engine go and ends everything; the module can be unloaded then. */
void concurrency_end(void);

#endif
