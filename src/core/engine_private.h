/* What the engine's own files share. Lock order: store_lock, model_lock. A sink's lock is taken with neither of the two after it held: it can wait for a local
 * write. Where the queue file is made anew it is taken with store_lock held all the same: everybody waits for that. The worker pool's lock is a leaf.
 *
 * A change of a job: take store_lock, decide under model_lock on a copy of the facts, commit with model_lock released, put the copy in place under model_lock.
 * So the facts of a job change under store_lock only, and a copy taken with it held stays true. The same path serves clients' calls (verbs.c, properties.c, complete.c),
 * the engine thread (engine_step.c) and the call threads (notify.c). The books of a file (job_file_books.c) change under model_lock alone, mostly on worker threads. */
#ifndef DOSVC_CORE_ENGINE_PRIVATE_H
#define DOSVC_CORE_ENGINE_PRIVATE_H

#include "host_table.h"
#include "queue_host.h"
#include "rate_limit.h"
#include "thread.h"
#include "tuning.h"
#include "worker_pool.h"

#define CHECKPOINT_FINISHED_MS 250  /* finished files are recorded together */
#define CHECKPOINT_PARTIAL_MS  5000 /* parts of files are flushed and recorded */
#define PROGRESS_TICK_MS       250  /* how often moving bytes are a modification */
#define STORE_RETRY_MS         1000 /* a commit of the engine's own that failed is tried again */
#define CALL_THREADS_MAX       16
#define CALL_THREAD_IDLE_MS    10000
#define CALL_THREAD_RETRY_MS   1000 /* the system had none */
#define NOTIFY_RETRY_FIRST_MS  1000
#define NOTIFY_RETRY_MAX_MS    600000

/* What the workers of foreground and background may take together (pace.c). */
struct pace {
    struct lock lock; /* a leaf; also of the settings of bandwidth */
    struct rate_limit foreground, background;
    uint64_t bytes;       /* since: */
    uint64_t reviewed_at; /* clock time; 0: not yet */
    uint64_t fastest;     /* bytes a second, of all together */
    uint64_t policies_at; /* when the policies are read next (clock time); engine thread */
};

struct engine {
    struct engine_environment env;
    struct queue_host *host;
    struct queue_store *store; /* store_lock */
    struct http_transport *transport;
    struct worker_pool *pool;
    struct transfer_events events;
    struct signal signal; /* wakes the engine thread */

    struct lock store_lock;
    struct string_table local_names; /* store_lock: local path -> job_file, of all live jobs */
    uint64_t next_sequence;          /* store_lock */

    struct lock model_lock;
    struct job_list all;  /* in order of creation */
    struct job **buckets; /* by id */
    size_t bucket_count, job_count;
    struct job_list runnable[PRIORITY_COUNT];
    struct job_list moving;    /* with flights */
    uint64_t progress_at;      /* clock time of the next look at moving bytes; engine thread */
    struct timer_heap retries; /* of jobs */
    struct network_status network;
    struct pace pace;
    struct host_table hosts;
    uint32_t active_count; /* QUEUED, TRANSFERRING, TRANSIENT_ERROR */
    struct job *touched;   /* each holds a reference */
    struct job_file *dirty;
    struct job_file *moved;  /* files with a redirect to be reported; each holds a reference to its job */
    uint64_t checkpoint_at;  /* clock time; CLOCK_NEVER: nothing to record */
    uint64_t store_retry_at; /* a commit of the engine's own failed: not before (clock time) */
    uint64_t expiry_at;      /* when jobs' ages are looked at next (clock time) */
    bool lacks_places;       /* jobs are parked because few workers were free */
    bool has_lost_place;     /* a job that was called to a server's free place did not ask for it */
    uint32_t flight_count;   /* revoked ones included: their workers are still at it */
    uint32_t random;

    /* notify.c; model_lock */
    struct job *ready_first, *ready_last, *timed;
    struct condition ready_changed;
    struct call_thread *call_threads;
    uint32_t call_thread_count, call_threads_idle, ready_count, calls_in_flight;
    struct command *commands; /* programs that run; calls in flight, too, but on no thread */
    uint32_t command_count;
    bool is_stopping;

    _Atomic(struct job *) graves; /* jobs whose last reference went; the engine thread frees them */
};

/* ---- engine.c ---- */

struct job *engine_job_by_id(struct engine *engine, const uint8_t id[16]) REQUIRES(engine->model_lock);
/* Puts a new job into the queue's lists; takes the queue's reference. */
void engine_list_job(struct engine *engine, struct job *job) REQUIRES(engine->model_lock);
void engine_unlist_job(struct engine *engine, struct job *job) REQUIRES(engine->model_lock);
/* Grows the index so that one more job fits. */
bool engine_reserve_job(struct engine *engine) REQUIRES(engine->model_lock);
void engine_free_graves(struct engine *engine);
/* For spreading retries; not for secrets. */
uint32_t engine_random(struct engine *engine) REQUIRES(engine->model_lock);
void job_list_append(struct job_list *list, struct job *job, size_t link_offset);
void job_list_remove(struct job_list *list, struct job *job, size_t link_offset);

/* ---- transition.c: the one path by which a job changes ---- */

/* What `event` would do to the job: fills `facts` with the outcome. A job whose Complete is under way refuses clients' events and ignores the engine's. */
const struct job_transition *engine_decide(struct engine *engine, struct job *job, enum job_event event,
                                           const struct job_error *error, struct job_facts *facts)
    REQUIRES(engine->model_lock);
/* Puts committed facts in place and sees to the effects that need no I/O: lists, log, notifications. */
void engine_apply(struct engine *engine, struct job *job, const struct job_transition *transition,
                  const struct job_facts *facts) REQUIRES(engine->store_lock, engine->model_lock);
/* Tells the log of a transition that is about to be put in place; the model lock is held. In a file of its own, so that a test can watch in its place. */
void transition_log(const struct job *job, const struct job_transition *transition, const struct job_facts *facts);
/* One transaction with the row of a job. */
HRESULT engine_commit_row(struct engine *engine, const struct job_row *row) REQUIRES(engine->store_lock);
/* The same with the job as it will be. */
HRESULT engine_commit_job(struct engine *engine, struct job *job, const struct job_facts *facts)
    REQUIRES(engine->store_lock);
/* Ends the job's transfers now and books what they wrote. Waits for local writes and a flush, so no lock is held. */
void engine_revoke_job(struct engine *engine, struct job *job) EXCLUDES(engine->store_lock, engine->model_lock);
/* The same for one file. */
void engine_revoke_file(struct engine *engine, struct job_file *file) EXCLUDES(engine->store_lock, engine->model_lock);
/* A client's event from beginning to end: decide, commit, apply, revoke. */
HRESULT engine_change(struct engine *engine, struct job *job, enum job_event event)
    EXCLUDES(engine->store_lock, engine->model_lock);

/* ---- ownership.c ---- */

HRESULT engine_caller(struct engine *engine, struct caller *caller) EXCLUDES(engine->store_lock, engine->model_lock);
bool engine_owns(struct engine *engine, const struct job *job, const struct caller *caller)
    REQUIRES(engine->model_lock);
/* Owns it, or is an administrator. */
bool engine_may_use(struct engine *engine, const struct job *job, const struct caller *caller)
    REQUIRES(engine->model_lock);

/* What a job keeps of its owner beside the SID. */
struct owner_properties {
    struct property_value values[2];
    uint8_t storage[2][8];
};
/* Gives their count; they point into *owner. */
size_t engine_owner_properties(const struct caller *caller, struct owner_properties *owner);

/* ---- properties.c: what a client says about a job ---- */

/* What is to be changed, all of it or nothing. Borrowed; NULL: stays as it was. */
struct job_change {
    const struct caller *caller; /* who must own the job or, unless must_own, be an administrator; NULL: not asked */
    bool must_own;
    const char16_t *owner, *display_name, *description;
    const enum job_priority *priority;
    const uint32_t *notify_flags;
    struct job_file *file;               /* whose properties `values` are; NULL: the job's own */
    const struct property_value *values; /* acceptable to property_check */
    size_t value_count;
    bool only_if_there; /* values[0] takes a property away: without it the answer is S_FALSE, and nothing changes */
    /* Whether the job may be changed in its present state, and `file`, else DO_E_INVALID_STATE; NULL: in every one that allows CHANGE. Under the model lock. */
    bool (*suits)(const struct job_file *file, const struct job_facts *facts);
};

/* The event CHANGE from beginning to end: decide, commit, apply. */
HRESULT engine_alter(struct engine *engine, struct job *job, const struct job_change *change)
    EXCLUDES(engine->store_lock, engine->model_lock);
/* The same for properties as a client sets them: checked, its own alone where they are personal, secrets sealed. */
HRESULT engine_alter_properties(struct job *job, struct job_change change);
/* The rows of a job's own properties (file QUEUE_NO_FILE) or a file's, inside the caller's transaction. */
HRESULT engine_put_properties(struct engine *engine, const uint8_t job_id[16], uint32_t file,
                              const struct property_value *values, size_t count) REQUIRES(engine->store_lock);

/* ---- progress.c: whether bytes move ---- */

/* The job's no-progress time begins anew. */
void progress_begin(struct engine *engine, struct job *job) REQUIRES(engine->model_lock);
/* Looks whether the file's bytes have become more than they ever were; then that time begins anew. */
void progress_note_file(struct engine *engine, struct job_file *file) REQUIRES(engine->model_lock);
/* The same for all files that are being transferred. */
void progress_note_job(struct engine *engine, struct job *job) REQUIRES(engine->model_lock);
/* Milliseconds; CLOCK_NEVER: for ever. */
uint64_t progress_timeout(const struct job *job);
/* A transfer of the job failed. */
void progress_note_failure(struct engine *engine, struct job *job) REQUIRES(engine->model_lock);
/* A timer was due then: if that is most of the no-progress time ago the machine slept, and nobody was asked meanwhile. What failed before did so just now. */
void progress_note_sleep(struct engine *engine, struct job *job, uint64_t due) REQUIRES(engine->model_lock);
/* Nothing has moved for the job's no-progress time, and what failed was tried again for a while. */
bool progress_is_over(struct engine *engine, const struct job *job) REQUIRES(engine->model_lock);
/* Until when a job that waits for a server that is down goes on waiting (clock time). */
uint64_t progress_give_up_at(struct engine *engine, const struct job *job) REQUIRES(engine->model_lock);
/* Jobs whose bytes moved are modified; gives when to look again. Engine thread. */
uint64_t progress_step(struct engine *engine) EXCLUDES(engine->model_lock);

/* ---- job_retry.c: waiting after a failure ---- */

/* The job's settings allow a retry at all. */
bool retry_is_wanted(const struct job *job);
/* The job is in TRANSIENT_ERROR since now: when it will be tried again. */
void retry_plan(struct engine *engine, struct job *job) REQUIRES(engine->model_lock);
/* The pending failure came when the job waited already, of a transfer that was about to be ended: what its server asked for counts all the same. */
void retry_note_late_failure(struct engine *engine, struct job *job) REQUIRES(engine->model_lock);
/* Whatever the job waits for after a failure, it waits no more. */
void retry_now(struct engine *engine, struct job *job) REQUIRES(engine->model_lock);
/* Jobs whose wait is over are QUEUED again; gives when the next one's is. Engine thread. */
uint64_t retry_step(struct engine *engine) REQUIRES(engine->store_lock) EXCLUDES(engine->model_lock);

/* ---- gate.c: whether a job may transfer now ---- */

/* The code is one of gate_check's. */
bool gate_is_reason(HRESULT code);
/* S_OK, or the reason why not; S_FALSE: it is not known yet. */
HRESULT gate_check(const struct engine *engine, const struct job *job) REQUIRES(engine->model_lock);
/* The job is to wait: its transfers end with the next step. */
void gate_block(struct engine *engine, struct job *job, HRESULT reason) REQUIRES(engine->model_lock);
/* It waits since now, in TRANSIENT_ERROR; it waits no more. */
void gate_begin_wait(struct engine *engine, struct job *job) REQUIRES(engine->model_lock);
void gate_end_wait(struct engine *engine, struct job *job) REQUIRES(engine->model_lock);
/* What the job may do has perhaps changed. */
void gate_review(struct engine *engine, struct job *job) REQUIRES(engine->model_lock);
/* Looks whether the network has changed. Engine thread. */
void gate_step(struct engine *engine) EXCLUDES(engine->model_lock);

/* ---- limits.c: how long and how much a job may transfer ---- */

/* The job has flights from now on; it has none any more; its time begins anew. */
void limits_begin_time(struct engine *engine, struct job *job) REQUIRES(engine->model_lock);
void limits_end_time(struct engine *engine, struct job *job) REQUIRES(engine->model_lock);
void limits_reset_time(struct engine *engine, struct job *job) REQUIRES(engine->model_lock);
/* BG_E_MAX_DOWNLOAD_SIZE_LIMIT_REACHED when what is known of its files' sizes is too much. */
HRESULT limits_check_size(struct engine *engine, const struct job *job) REQUIRES(engine->model_lock);
/* Ends jobs that are over a limit, with the next step; gives when to look again. Engine thread. */
uint64_t limits_step(struct engine *engine) EXCLUDES(engine->model_lock);

/* ---- remote_name.c ---- */

/* The first answer to a file came: where redirects are to be reported, its URL will be the file's. */
void remote_name_note(struct engine *engine, struct job_file *file, const struct transfer *transfer)
    REQUIRES(engine->model_lock);
/* Writes down what was noted. Engine thread. */
void remote_name_step(struct engine *engine) EXCLUDES(engine->store_lock, engine->model_lock);

/* ---- way.c: where redirects lead a file's requests ---- */

/* A good answer came: who gave it is asked for the rest. */
void way_learn(struct flight *flight);
/* An answer came, so nobody is to blame. It counts for who gave it, and for who redirected: not for where redirects led the file before. */
void way_count_answer(struct engine *engine, struct flight *flight) REQUIRES(engine->model_lock);
/* None came. It counts for who did not give it: a server that redirected did answer. */
void way_count_silence(struct engine *engine, struct flight *flight, const struct job_error *error)
    REQUIRES(engine->model_lock);
/* True: it failed where redirects had led before, in a way that says nothing about where they lead now (the server is gone, a signature is too old, the file is
 * another one there), and is to be asked for by the file's own URL. What may pass is no such failure, but not asked for there again either. */
bool way_was_a_by_way(struct flight *flight);

/* ---- scheduler.c ---- */

/* The job may have something to hand out. */
void scheduler_consider(struct engine *engine, struct job *job) REQUIRES(engine->model_lock);
void scheduler_drop(struct engine *engine, struct job *job) REQUIRES(engine->model_lock);
/* Hands out transfers while workers are free. A file that has all its bytes but was revoked before it could be finished, or has an old sink, ends the round: it is returned for
 * results_finish_file or flight_drop_old_sink. Engine thread. */
struct job_file *scheduler_run(struct engine *engine) REQUIRES(engine->store_lock) EXCLUDES(engine->model_lock);

/* ---- flight.c: one request of a file, made and freed ---- */

/* The sink of the file's temporary file, if there is none yet; one that has content of ours is continued. */
HRESULT flight_ensure_sink(struct engine *engine, struct job_file *file) REQUIRES(engine->model_lock);
/* The file is to start again, and has the sink of what it had. To be dropped before its next request, with no lock held: that closes a file, or lets go of a
 * client's stream. */
bool flight_has_old_sink(const struct job_file *file);
/* False: it has none. Engine thread, which alone hands out transfers. */
bool flight_drop_old_sink(struct engine *engine, struct job_file *file)
    EXCLUDES(engine->store_lock, engine->model_lock);
/* Tells the sink how much is still to come, once that is known. The model lock is held. */
void flight_expect_rest(struct job_file *file);
/* Nothing of the file's job is opened while rows may say when that was written last (has_times), or claim what is lost (has_false_rows). */
#define FLIGHT_OF_DATED S_FALSE
/* The file's next request, or NULL when it has none to make now. *hr is E_OUTOFMEMORY when only memory was missing, or FLIGHT_OF_DATED; *busy is the server that does not admit
 * it now. The flight holds a reference to the job. */
struct flight *flight_next(struct engine *engine, struct job_file *file, uint32_t places, struct host **busy,
                           HRESULT *hr) REQUIRES(engine->model_lock);
/* Adds to the file's statistics what the flight received since it was last asked; the model lock is held. */
void flight_count_traffic(struct flight *flight);
/* Takes it out of its file's list, if it is in it; the model lock is held. A revoked flight leaves it at once, every other when it is done. */
void flight_unlink(struct engine *engine, struct flight *flight) REQUIRES(engine->model_lock);
void flight_free(struct flight *flight);

/* ---- pace.c: how fast bytes may come; asked by workers ---- */

size_t pace_allow(void *context, const struct transfer *transfer, size_t wanted);
/* Reads the policies of bandwidth anew from time to time, while bytes move. Engine thread. */
void pace_step(struct engine *engine) EXCLUDES(engine->model_lock);
/* The job has another priority: its transfers take from that one's bandwidth from now on. The model lock is held. */
void pace_follow_priority(const struct job *job);
void pace_give_back(void *context, const struct transfer *transfer, size_t unused);

/* ---- results.c: what comes back from the workers, on their threads ---- */

void results_on_answer(void *context, struct transfer *transfer);
void results_on_headers(void *context, struct transfer *transfer);
void results_on_done(void *context, struct transfer *transfer);
/* True when the file has every byte and nobody makes them durable: the caller is to call results_finish_file, with no lock held. */
bool results_begin_finish(struct engine *engine, struct job_file *file) REQUIRES(engine->model_lock);
/* Makes the bytes durable and the file transferred, unless it was revoked since results_begin_finish. Any thread. */
void results_finish_file(struct engine *engine, struct job_file *file) EXCLUDES(engine->model_lock);
/* A file failed: its job is looked at in the next step. The first failure counts, but a fatal one goes before a transient one, and of these one whose server says
 * how long to wait. */
void results_report(struct engine *engine, struct job_file *file, const struct job_error *error, bool is_transient,
                    uint64_t retry_after_ms) REQUIRES(engine->model_lock);
/* Has the next step look at the job. */
void engine_touch(struct engine *engine, struct job *job) REQUIRES(engine->model_lock);

/* ---- checkpoint.c: progress to the store ---- */

/* Progress rows on their way into the store. */
struct checkpoint {
    struct checkpoint_entry *entries;
    size_t count;
};

/* The file's row is to be written by `due` (clock time). */
void checkpoint_mark(struct engine *engine, struct job_file *file, uint64_t due) REQUIRES(engine->model_lock);
/* Copies the books of all marked files, then flushes the files, so that the copies claim only what is on the disk. On the engine thread alone: what it finds
 * unmarked is then in the store. */
HRESULT checkpoint_prepare(struct engine *engine, struct checkpoint *checkpoint)
    EXCLUDES(engine->store_lock, engine->model_lock);
/* The same for one file, marked or not, while nobody can hand out transfers of it: what checkpoint_row gives stays true as long. To be settled even after a failure,
 * which is for lack of memory. */
HRESULT checkpoint_prepare_file(struct engine *engine, struct job_file *file, struct checkpoint *checkpoint)
    REQUIRES(engine->store_lock) EXCLUDES(engine->model_lock);
/* Its row; NULL: its bytes could not be flushed. */
const struct file_progress_row *checkpoint_row(const struct checkpoint *checkpoint);
/* Writes the rows inside the caller's transaction. */
HRESULT checkpoint_write(struct engine *engine, const struct checkpoint *checkpoint) REQUIRES(engine->store_lock)
    EXCLUDES(engine->model_lock);
/* Inside the caller's transaction: the file has no byte. Its job_file_discard follows the commit. */
HRESULT checkpoint_write_discarded(struct engine *engine, const struct job_file *file) REQUIRES(engine->store_lock);
/* The transaction is over; what was not committed is marked again. Frees the checkpoint. */
void checkpoint_settle(struct engine *engine, struct checkpoint *checkpoint, bool is_committed)
    EXCLUDES(engine->model_lock);
/* All of it now, in a transaction of its own; a failure leaves the files marked. Engine thread. */
HRESULT checkpoint_all(struct engine *engine) EXCLUDES(engine->store_lock, engine->model_lock);
/* What the file's row says, but for parts of it. */
void checkpoint_make_row(const struct job_file *file, struct file_progress_row *row);
/* The job left the queue: nothing of it is written any more. */
void checkpoint_forget_job(struct engine *engine, struct job *job) REQUIRES(engine->model_lock);

/* ---- journal.c: the store's rows to the model ---- */

HRESULT journal_load(struct engine *engine) REQUIRES(engine->store_lock);
/* For queue_store_set_source. */
HRESULT journal_give(void *context, const struct queue_loader *loader);

/* ---- add_files.c ---- */

/* By the rules for local names; one on a share only where the setting allows it. */
bool engine_takes_local_name(const struct engine *engine, const char16_t *path);
/* Enters the file's id and local name into the tables, choosing an id where none was given. E_INVALIDARG when one is taken. */
HRESULT engine_add_names(struct engine *engine, struct job_file *file) REQUIRES(engine->store_lock);
/* The local names of a job that left the queue are free again. */
void engine_drop_names(struct engine *engine, struct job *job) REQUIRES(engine->store_lock);

/* ---- validation.c: a transferred file whose bytes are worth nothing is to be fetched again, and judged again ---- */

/* Returns new (mem_free): the file's properties without the judgement. */
HRESULT validation_prepare_discard(struct engine *engine, const struct job_file *file, struct property_set **properties)
    REQUIRES(engine->store_lock);
/* The rows, inside the caller's transaction. */
HRESULT validation_write_discard(struct engine *engine, const struct job_file *file) REQUIRES(engine->store_lock);
/* The same in memory; *properties are the former ones afterwards. */
void validation_apply_discard(struct engine *engine, struct job_file *file, struct property_set **properties)
    REQUIRES(engine->store_lock, engine->model_lock);

/* ---- complete.c ---- */

/* One transaction with the intent to complete the job and the rows of its finished files. */
HRESULT complete_write_intent(struct engine *engine, struct job *job, const struct job_facts *facts)
    REQUIRES(engine->store_lock) EXCLUDES(engine->model_lock);
/* Finishes what a former host had begun: Completes to deliver, cancelled jobs to sweep. Once, before the first step. */
void complete_recover(struct engine *engine) EXCLUDES(engine->store_lock, engine->model_lock);
/* Removes the temporary files of a job that left the queue, then its rows. False when a file could not be removed: the rows stay, and the next host tries again. */
bool complete_sweep(struct engine *engine, struct job *job) EXCLUDES(engine->store_lock, engine->model_lock);

/* ---- expiry.c ---- */

/* Cancels jobs whose 30 days are over; gives when to look again. At the start of a host, then on the engine thread. */
uint64_t expiry_step(struct engine *engine) EXCLUDES(engine->store_lock, engine->model_lock);

/* ---- notify_route.c: whom clients want told ---- */

/* Whom a call goes to. */
enum notify_route {
    NOTIFY_ROUTE_NONE,
    NOTIFY_ROUTE_INTERFACE, /* that the client set */
    NOTIFY_ROUTE_CLASS,     /* NOTIFICATION_CLSID: an object is made for the call */
    NOTIFY_ROUTE_COMMAND    /* the command line: of what is owed alone */
};

/* A command line is set. */
bool notify_has_command(const struct job *job);
/* Where a call of that kind goes now. */
enum notify_route notify_route_of(const struct job *job, enum notify_kind kind);
/* The flags ask for it, and somebody is there. */
bool notify_wants(const struct job *job, enum notify_kind kind);

/* ---- notify.c: what clients are told, and when ---- */

/* The job changed; by_bytes: only bytes moved, so telling it may wait. */
void notify_modified(struct engine *engine, struct job *job, bool by_bytes) REQUIRES(engine->model_lock);
/* What is owed came, went or was replaced by another event. */
void notify_owed_changed(struct engine *engine, struct job *job) REQUIRES(engine->model_lock);
/* Every byte of the file is durable. */
void notify_file_transferred(struct engine *engine, struct job_file *file) REQUIRES(engine->model_lock);
/* Whom to tell is somebody else now, or may be: what is still to be told goes there at once. */
void notify_target_changed(struct engine *engine, struct job *job) REQUIRES(engine->model_lock);
/* Looks at what the job has to tell, to whom and when; called after each change of flags, target or events. */
void notify_plan(struct engine *engine, struct job *job) REQUIRES(engine->model_lock);

/* A call to a client, from its choice to its outcome. */
struct notify_call {
    struct job *job; /* a reference */
    enum notify_route route;
    struct notify_target *target; /* a reference; of NOTIFY_ROUTE_INTERFACE, else NULL */
    uint8_t class_id[16];         /* of NOTIFY_ROUTE_CLASS */
    struct notify_event event;
    uint32_t owed_serial, target_serial; /* when it began: what the outcome means is judged by them */
};

/* Takes the first job that has something to tell now. */
bool notify_take_call(struct engine *engine, struct notify_call *call) REQUIRES(engine->model_lock);
void notify_end_call(struct engine *engine, const struct notify_call *call, enum notify_outcome outcome)
    EXCLUDES(engine->store_lock, engine->model_lock);
/* Jobs whose time has come are ready; gives when the next one's does. */
uint64_t notify_release_timed(struct engine *engine) REQUIRES(engine->model_lock);

/* ---- notify_command.c: the programs that are run instead ---- */

/* Starts the job's command line. True: the call ends when the program does; false: it could not be started. Call threads. */
bool notify_command_begin(struct engine *engine, const struct notify_call *call) EXCLUDES(engine->model_lock);
/* Ends the calls whose programs have ended. Engine thread. */
void notify_command_step(struct engine *engine) EXCLUDES(engine->store_lock, engine->model_lock);
/* Watches no program any more; what they were to tell stays owed. */
void notify_command_stop(struct engine *engine);

/* ---- notify_threads.c: the threads that call ---- */

/* Lets due jobs be called; gives when the next one is due. Engine thread. */
uint64_t notify_step(struct engine *engine) EXCLUDES(engine->model_lock);
/* Ends the call threads; no call is in flight. */
void notify_stop(struct engine *engine) EXCLUDES(engine->model_lock);

#endif
