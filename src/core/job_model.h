/* The model: jobs and their files in memory, as the engine's own files see them. No COM, no disk, no network; job_model.c only keeps its books.
 * Everything that changes is guarded by the engine's model lock unless a comment says otherwise. */
#ifndef DOSVC_CORE_JOB_MODEL_H
#define DOSVC_CORE_JOB_MODEL_H

#include "engine.h"
#include "property_set.h"
#include "queue_store.h"
#include "range_set.h"
#include "string_table.h"
#include "timer_heap.h"
#include "transfer.h"

/* The numbers of these three are stored in the queue file: append only. */
enum job_intent { JOB_INTENT_NONE = 0, JOB_INTENT_COMPLETE = 1 };
enum job_owed { JOB_OWED_NONE = 0, JOB_OWED_TRANSFERRED = 1, JOB_OWED_ERROR = 2 };
enum file_status { FILE_PENDING = 0, FILE_TRANSFERRED = 1, FILE_DELIVERED = 2 };

/* All of a job that is stored in its row and may change. A verb alters a copy, commits it, and only then puts it in place of the old one. */
struct job_facts {
    enum job_state state;
    enum job_intent intent;
    enum job_owed owed;
    enum job_priority priority;
    uint32_t notify_flags;
    uint64_t modification_time;
    uint64_t transfer_completion_time;
    uint32_t error_count;
    struct job_error error;
};

struct host;

/* A transfer that was handed out to the worker pool; freed when it is done. Holds a reference to its job. */
struct flight {
    struct transfer transfer;
    struct job_file *file;
    struct host *host;   /* NULL once it counts there no more */
    struct flight *next; /* in the file's list */
    struct flight *next_of_job;
    uint64_t claim_end;     /* local bytes from transfer.local_first up to here are its to bring */
    uint64_t bytes_counted; /* of what it received, those that the file's statistics know */
    uint32_t answers_counted;
    uint32_t source;       /* the file's, when it was handed out */
    uint64_t begun_serial; /* host_table.h: when it was */
    bool is_folded;        /* what it wrote has been added to the file's books; it counts no more */
    bool is_linked;        /* in the file's list; a revoked one leaves it before its worker is done */
};

/* How a file that is being transferred is fetched. */
enum file_mode {
    FILE_MODE_FIRST,    /* its first request decides */
    FILE_MODE_SEGMENTS, /* version known: any number of ranges at once */
    FILE_MODE_SERIAL,   /* ranges, but nothing identifies the version: one at a time, anew after a failure */
    FILE_MODE_WHOLE     /* one request for the whole body */
};

/* What a file needs while it is being transferred; made at its first request, freed when it is transferred. */
struct file_work {
    /* Local bytes that are written and whose length was verified or whose version is identified. */
    struct range_set have;
    struct range_set assigned; /* have, and what flights are under way for */
    struct http_validator validator;
    bool has_validator;
    enum file_mode mode;
    struct sink *sink; /* NULL until the next request */
    struct flight *flights;
    /* The URL that answered, where redirects led there; NULL: the file's own. The next requests go there at once: another server of many may have the file
     * under another validator. */
    char16_t *answered_by;
    bool is_way_doubtful; /* that one gave no answer: the file's own URL is asked, which may lead elsewhere now */
    bool was_whole;       /* a server sent it in one body, which cannot be continued */
    uint32_t restarts;    /* since the last byte that stayed */
    uint64_t high_water;  /* the most bytes that `have` ever held */
    uint64_t bytes_seen;  /* the most that it was ever seen to have, flights included */
    bool is_broken;       /* what it has cannot be continued: the next request starts it again */
    bool was_away;        /* since its last byte its folder was not there, which the client was told */
    struct job_file *previous, *next; /* in the job's list of files with work */
};

/* What fetching a file took, whatever became of it; of this host alone. */
struct file_traffic {
    uint64_t bytes;      /* of bodies, those that were fetched again included */
    uint32_t answers;    /* that servers gave */
    uint64_t busy_ms;    /* while transfers were under way, up to the last one's end */
    uint64_t busy_since; /* clock time; while one is */
};

struct job_file {
    struct job *job; /* not counted: the job owns its files */
    uint32_t number; /* its place in the job, unless a file before it was lost with a part of the queue file */
    enum file_status status;
    bool may_have_temporary;     /* a temporary file of ours may be on the disk */
    uint64_t temporary_identity; /* which one (file_ops), as far as this host has seen it; 0: what bears the name */
    uint32_t discards;           /* how often it lost all that it had */
    bool has_false_row;          /* its row may claim bytes that it lost */
    bool is_dirty;               /* in the engine's list of files whose progress row is to be written */
    bool is_finishing;           /* a worker makes its bytes durable */
    uint32_t finish_generation;  /* of the sink when that began: a revocation since then ends it */
    char16_t *file_id;           /* NULL: the URL */
    char16_t *url;
    char16_t *local_path;   /* empty: not set, or the bytes go to a stream */
    uint64_t directory;     /* the one that was checked when the path was given (file_ops); 0: not in this process */
    uint32_t source;        /* counts the changes of `url` */
    bool failed_over_https; /* the scheme of `url` when the job's last error that names this file was made */
    /* Where redirects led the last request, which got no answer there; NULL: it did not come to that. */
    char16_t *led_to;
    uint64_t declared_size; /* the caller's; SIZE_UNKNOWN */
    struct wanted_range *wanted;
    uint32_t wanted_count;
    uint64_t remote_total;           /* SIZE_UNKNOWN until a server told it */
    uint64_t local_size;             /* of the delivered file; SIZE_UNKNOWN until known */
    uint64_t last_modified;          /* FILETIME units, 0: unknown */
    uint64_t written_at;             /* sink_written_at of a whole file; of a part, as it was stored */
    struct property_set *properties; /* what was set, NULL: nothing; locks as for those of the job */
    /* The client's, where the bytes go instead of a file; NULL: none. Let go when it has them all. */
    struct sink_stream *stream;
    bool is_stream_spent; /* it has bytes that cannot be continued */
    char16_t *headers;    /* of the last answer; NULL before the first */
    struct file_traffic traffic;
    struct file_work *work;
    struct job_file *next_dirty;
    char16_t *moved_to;    /* where a redirect led that is to be reported; NULL: nothing to write */
    uint32_t moved_source; /* `source` when that was learnt: another since then makes it void */
    struct job_file *next_moved;
    bool is_untold; /* in the job's list of files whose end is to be told */
    uint32_t untold_order;
    struct job_file *next_untold;
};

#define PRIORITY_COUNT 4

/* A place in one of the lists of jobs. */
struct job_link {
    struct job *previous, *next;
};
struct job_list {
    struct job *first, *last;
};

#define PARKINGS_MAX 8 /* no more servers are busy at a time (host_table.c) */

/* Where a job stands in the list of a server that it waits for. */
struct parking {
    struct job *job;
    struct host *host;
    struct parking *previous, *next;
};
struct parking_list {
    struct parking *first, *last;
};

struct job {
    _Atomic uint32_t references; /* the queue holds one while the job is in it */
    struct job *next_grave;      /* after the last release, until the engine thread frees it */
    struct engine *engine;
    uint8_t id[16]; /* these four never change */
    uint64_t sequence;
    enum job_generation generation;
    uint64_t creation_time;
    char16_t *owner; /* like the facts: changed with both locks held, so read with either */
    char16_t *display_name;
    char16_t *description;
    struct job_facts facts;
    struct property_set *properties;    /* what was set, NULL: nothing */
    const struct http_options *options; /* made of them: what the job's requests carry; NULL: nothing */

    struct job_file **files;
    size_t file_count, file_capacity;
    struct string_table file_ids; /* file id -> job_file; store lock */
    size_t first_pending;         /* no file before it is pending without work: where the search for new work begins */
    size_t look_from;             /* scheduler.c: where it looks next for work behind files whose server is down */
    struct job_file *working_first, *working_last; /* files with work */
    uint32_t files_transferred;                    /* transferred or delivered */
    uint32_t sizes_unknown;                        /* files whose local_size is unknown */
    uint64_t bytes_total;                          /* of the files whose size is known, its lower 64 bits */
    uint32_t bytes_carried;                        /* its upper ones: what servers tell may be anything */
    uint64_t bytes_had;                            /* sum of what the files have; flights come on top */
    uint64_t bytes_seen;                           /* when they were looked at last (job_see_bytes) */
    /* UTC of the last modification that no row has: bytes that came, a callback interface; 0: none. */
    uint64_t modified_at;
    struct flight *flights; /* linked ones, of all files */
    uint32_t flight_count;

    /* The engine thread's plan. */
    bool is_listed;   /* in the queue */
    bool is_runnable; /* in the scheduler's list of its priority */
    bool is_touched;  /* its fate is to be looked at in this step */
    bool has_times;   /* rows of its parts may say when these were written: no longer, before they are again */
    bool
        has_false_rows; /* rows of its files may claim bytes that these lost: no longer, before these are written to again */
    struct job *next_touched;
    struct job_error pending_error; /* what a transfer reported; code S_OK: nothing */
    bool is_pending_transient;
    uint64_t pending_retry_after; /* so long a server wants it to wait; 0: none does. Stands while it waits */
    uint32_t attempt;             /* of the back-off */
    struct timer retry;   /* in TRANSIENT_ERROR: when to try again; parked at a server that is down: when to give up */
    uint64_t progress_at; /* clock time of the last byte or Resume: the no-progress time counts from here */
    uint64_t failed_at;   /* of the first failure since then; 0: none */
    struct host *parked_at;                /* the server that it waits for; NULL: none */
    enum job_priority parked_as;           /* in which of its lists */
    struct parking parkings[PARKINGS_MAX]; /* the first one is there; the others are of other busy servers */
    uint32_t parking_count;
    struct host *called_by; /* has a place for it, which it has not asked for yet: it is runnable; NULL: none */
    bool has_met_down;      /* one that is down has files of it, too, but it waits for busy ones */
    bool is_blocked;        /* in TRANSIENT_ERROR because it may not transfer (gate.c), since: */
    uint64_t blocked_since;
    uint64_t moving_since;  /* clock time: it has flights since then (limits.c) */
    uint64_t moved_ms;      /* and had them so long before, since it was resumed */
    uint64_t resume_serial; /* host_table.h: when it was resumed last */
    struct job_link all, runnable, moving;
    struct job *next_in_bucket;

    /* Telling the client (notify.c). */
    struct notify_slot {
        struct notify_target *target;
        bool is_busy;              /* a call of this job is in flight */
        bool is_ready;             /* in the list of jobs to be called now */
        bool is_timed;             /* in the list of jobs to be called at `due` */
        bool is_modified;          /* a modification is to be told */
        bool is_modified_by_bytes; /* and nothing but bytes moved */
        uint32_t order;            /* of the last cause: calls come in the order of their causes */
        uint32_t modified_order, owed_order;
        struct job_file *untold_first, *untold_last; /* files whose end is to be told, each until the client took it */
        uint64_t due;                                /* clock time: the first of them, or what is owed, not before */
        uint64_t retry_delay;                        /* of its last refused call; 0 after a success */
        uint64_t bytes_told;                         /* how many bytes the last modification by progress knew of */
        uint64_t modified_told_at;                   /* when the last modification was */
        uint32_t owed_serial;   /* which owed event this is: a late answer must not clear a newer one */
        uint32_t target_serial; /* which target: a late refusal must not keep the next one waiting */
        bool is_handed_over;    /* what is owed was refused, and the command line took over */
        struct job *next_ready, *next_timed;
    } notify;
};

#define NO_PROGRESS_DEFAULT_MS     (86400ull * 1000)
#define NO_PROGRESS_FOREGROUND_MS  (3600ull * 1000)
#define RETRY_MAX_MS               60000u
#define JOB_NO_PROGRESS_RESTARTS   3u /* a file that starts again this often without keeping a byte fails */
#define JOB_REFUSED_RANGE_RESTARTS 2u /* the same for 416: one fresh start, then it fails */

/* Returns new with one reference and no file, not yet in any list; strings are copied. NULL when there is no memory. */
struct job *job_new(struct engine *engine, const struct job_row *row);
void job_free(struct job *job);
/* Returns new, belonging to no list of the job yet; strings and ranges are copied. NULL when there is no memory. */
struct job_file *job_file_new(struct job *job, const struct file_row *row);
void job_file_free(struct job_file *file);
/* Why the file cannot be fetched as it was set up: neither path nor stream, a check that cannot be made; S_OK: it can. */
HRESULT job_file_obstacle(const struct job_file *file);
const char16_t *job_file_key(const struct job_file *file); /* its file id */
/* The job has a new error: by what protocol the file that it names was being fetched. */
void job_note_protocol(struct job *job);

/* Room for `count` more files, so that job_append_file cannot fail. */
bool job_reserve_files(struct job *job, size_t count);
void job_append_file(struct job *job, struct job_file *file); /* takes; its number is job_next_number's or above */
uint64_t job_next_number(const struct job *job);
/* NULL: the job has no file of that number. */
struct job_file *job_find_file(const struct job *job, uint32_t number);

/* `code` from here on; what it was until now is the cause, unless there is one behind that. */
void job_error_sum_up(struct job_error *error, HRESULT code);

/* Applies a row of the state table to a copy of the facts: the one place that gives a job another state. `error` is borrowed, used for JOB_EFFECT_SET_ERROR. */
void job_facts_transition(struct job_facts *facts, const struct job_transition *transition, uint64_t utc,
                          const struct job_error *error);

/* The row of the job as it will be with `facts`; borrows its strings. */
void job_make_row(const struct job *job, const struct job_facts *facts, struct job_row *row);
void job_file_make_row(const struct job_file *file, struct file_row *row);

/* ---- A file's books ---- */

/* Makes `work` if there is none. False when there is no memory. */
bool job_file_begin_work(struct job_file *file);
/* A temporary file of the job's own may be on the disk: one of before, or one that the sink has made since. Its `temporary_identity` is true then. */
bool job_file_may_have_temporary(struct job_file *file);
/* Frees it; no flight is left. */
void job_file_end_work(struct job_file *file);
/* Puts it at the end of the job's list of files with work. */
void job_file_rotate_work(struct job_file *file);
/* The remote size is known now (or, with SIZE_UNKNOWN, no more). DO_E_INVALID_RANGE, DO_E_HTTP_BLOCKSIZE_MISMATCH against the declared size. */
HRESULT job_file_set_remote_total(struct job_file *file, uint64_t total);
/* What its size will be if what the caller says is true: before a server was asked. */
void job_file_expect_size(struct job_file *file, uint64_t local_size);
/* Adds what the flight wrote to what the file has, once. After one that was cut short only bytes of a known version can be continued. */
void job_file_fold(struct job_file *file, struct flight *flight, bool is_cut_short);
/* Forgets every byte and the version: the file starts again. Flights are folded before and have been revoked, and the sink is gone. */
void job_file_forget(struct job_file *file);
/* It has bytes, and nothing tells whether the next ones would be of the same version. */
bool job_file_is_unidentified(const struct job_file *file);
/* The URL that its next request is for, or where redirects led the last one in vain. */
const char16_t *job_file_way(const struct job_file *file);
/* Where it is asked for at once; NULL: its own URL is asked. */
const char16_t *job_file_answerer(const struct job_file *file);
/* Where redirects led its requests is not known any more. */
void job_file_forget_way(struct job_file *file);
/* All bytes are there. */
bool job_file_is_whole(const struct job_file *file);
/* A transferred file has no byte any more and is to be fetched anew. */
void job_file_discard(struct job_file *file);
void job_file_set_status(struct job_file *file, enum file_status status);
/* What it has, flights included. */
uint64_t job_file_bytes(const struct job_file *file);
uint64_t job_bytes(const struct job *job);
/* Of the files whose size is known; SIZE_UNKNOWN - 1 at most. */
uint64_t job_bytes_total(const struct job *job);
/* A file of that size, or of an unknown one, is one of the job's. */
void job_add_size(struct job *job, uint64_t size);
/* Bytes that came since the last look move ModificationTime. They come without a lock, so the look is what dates them. */
void job_see_bytes(struct job *job, uint64_t utc);
/* Bytes of an unknown version, or none at all, say nothing about a new source: with the next request the file starts again. Others go on if the source
 * proves to be the same. */
void job_file_change_source(struct job_file *file);

#endif
