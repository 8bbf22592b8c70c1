/* Telling clients: events wait per job, threads of their own deliver them, one call per job at a time, no lock held. What is owed (JobTransferred,
 * JobError) is a durable value of the job, kept until it has been delivered; the ends of files are a list, kept until each was delivered, by this host alone; a
 * modification is a flag that coalesces. */
#ifndef DOSVC_CORE_NOTIFY_H
#define DOSVC_CORE_NOTIFY_H

#include "hresult.h"

#include <stdatomic.h>
#include <stdbool.h>

struct job;
struct job_file;

enum notify_kind { NOTIFY_TRANSFERRED, NOTIFY_ERROR, NOTIFY_MODIFICATION, NOTIFY_FILE_TRANSFERRED };

/* The enum job_notify_flags of both API generations; values as BG_NOTIFY_ and the DO reference print them. */
enum notify_flags {
    NOTIFY_FLAG_TRANSFERRED = 0x1,
    NOTIFY_FLAG_ERROR = 0x2,
    NOTIFY_FLAG_DISABLE = 0x4,
    NOTIFY_FLAG_MODIFICATION = 0x8,
    NOTIFY_FLAG_FILE_TRANSFERRED = 0x10,
    NOTIFY_FLAG_FILE_RANGES = 0x20, /* accepted, never fired */
    NOTIFY_FLAG_ALL = 0x3F
};

struct job_error {
    HRESULT code; /* S_OK: there is none */
    enum job_error_context {
        JOB_ERROR_CONTEXT_NONE,
        JOB_ERROR_CONTEXT_REMOTE_FILE, /* what the remote file or the server caused */
        JOB_ERROR_CONTEXT_LOCAL_FILE,  /* what the local file caused */
        JOB_ERROR_CONTEXT_TRANSPORT    /* the network */
    } context;
    uint32_t file; /* number of the file, JOB_ERROR_NO_FILE without one */
    HRESULT cause; /* what `code` sums up; S_OK: it stands for itself. Lives as long as the host */
};
#define JOB_ERROR_NO_FILE UINT32_MAX

struct notify_event {
    enum notify_kind kind;
    struct job_error error; /* the job's; for NOTIFY_ERROR */
    struct job_file *file;  /* of NOTIFY_FILE_TRANSFERRED, else NULL; lives as long as the job */
};

enum notify_outcome {
    NOTIFY_DELIVERED, /* the client answered with success */
    NOTIFY_REFUSED,   /* it answered with a failure: again later */
    NOTIFY_GONE       /* its apartment or process is no more: the target is dropped, what is owed stays owed */
};

/* A client's callback interface as the COM layer holds it. Reference counted; destroy runs on any thread of ours, no lock held. */
struct notify_target {
    /* Looks at is_withdrawn right before the client is called, and refuses then. */
    enum notify_outcome (*deliver)(struct notify_target *target, struct job *job, const struct notify_event *event);
    void (*destroy)(struct notify_target *target);
    _Atomic uint32_t references; /* 1 when made */
    _Atomic bool is_withdrawn;   /* replaced or cleared: it is not to be called any more */
};

void notify_target_addref(struct notify_target *target);
void notify_target_release(struct notify_target *target); /* NULL is allowed */

#endif
