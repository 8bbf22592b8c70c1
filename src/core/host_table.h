/* The servers that files come from, by scheme, host and port, and who may ask them now. Guarded by the engine's model lock. What is asked through a proxy that the
 * job names is an entry of its own: the proxy may be dead where the server is not.
 *
 * A server that gave no answer is *down*. Then one flight at a time goes there, the probe, at the pace of the server's own back-off, and the other jobs that need
 * it are *parked*. Any answer, whatever it says, lets all of them go on. Jobs are also parked while a server has as many flights as it may. */
#ifndef DOSVC_CORE_HOST_TABLE_H
#define DOSVC_CORE_HOST_TABLE_H

#include "job_model.h"
#include "tuning.h"

#define HOST_FOREGROUND  2 /* so many more for jobs that somebody waits for, whatever fills the others */
#define HOST_RESERVE     4 /* so many of the last free workers are for servers with few flights */
#define HOST_FEW_FLIGHTS 2

struct host {
    char16_t *origin;  /* https://name:443, and " by proxy:80" */
    struct host *next; /* in the table's list */
    uint32_t flights;
    uint32_t called;      /* jobs that it has called to its places and that have not asked it yet */
    uint32_t lost_places; /* of those that were called and do not ask: others are to be called */
    bool is_down;
    uint32_t attempt;         /* of its back-off */
    uint64_t retry_at;        /* clock time: no probe before */
    uint64_t failure_serial;  /* when it failed last */
    uint64_t prober_sequence; /* the job whose turn the probe is, or was */
    struct job_error error;   /* what the last probe met; names no file */
    struct parking_list parked[PRIORITY_COUNT];
    struct timer probe; /* set while it is down and jobs are parked: when one of them may go */
};

struct host_table {
    struct string_table by_origin;
    struct host *all;
    size_t count, sweep_at;
    struct timer_heap probes;
    uint64_t serial; /* of failures and Resumes: which was before which */
};

void host_table_init(struct host_table *table);
void host_table_clear(struct host_table *table);

/* The server of a URL for requests with those options, made when it is new. NULL when there is no memory. */
struct host *host_of(struct engine *engine, const char16_t *url, const struct http_options *options);
/* The one that the file's next request counts for: where redirects led. */
struct host *host_of_file(struct engine *engine, const struct job_file *file);
/* The job may send it a request now. `places`: how many workers are free. */
bool host_admits(struct engine *engine, const struct host *host, const struct job *job, uint32_t places);
/* So many workers are free: who was refused because there were few may ask again. So may who waits where a place was not asked for. */
void host_use_places(struct engine *engine, uint32_t places);
/* The job waits until the server admits it. Takes it from the scheduler's lists. */
void host_park(struct engine *engine, struct host *host, struct job *job);
/* It waits for that one as well. Both are busy, neither is down. */
void host_park_also(struct host *host, struct job *job);
/* The job waits for no server any more, nor for a time (job_model.h, `retry`). */
void host_unpark(struct job *job);

/* The job has asked the server that called it, if one did. */
void host_end_call(struct job *job);
/* The job does not come to that: another one gets the place. */
void host_lose_place(struct engine *engine, struct job *job);

/* A flight to it begins or is over. */
void host_begin_flight(struct engine *engine, struct host *host, struct flight *flight);
void host_end_flight(struct engine *engine, struct host *host);
/* It answered: whatever it said, it is there. */
void host_answered(struct engine *engine, struct host *host);
/* No answer came from it to a flight of the job, which may have begun at another one. */
void host_failed(struct engine *engine, struct host *host, const struct job *job, uint64_t begun_serial,
                 const struct job_error *error);
/* A client wants the job to be tried at once. */
void host_note_resume(struct engine *engine, struct job *job);
/* All are taken to be up: the network is another one. */
void host_table_reset(struct engine *engine);
/* Lets probes go that are due; gives when the next one is. */
uint64_t host_table_step(struct engine *engine);

#endif
