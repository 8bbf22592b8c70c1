/* The queue and its engine: what the COM surface calls. COM is unknown here.
 *
 * Verbs validate, change the store first and the model after its commit, and never wait for a transfer or a client. Each may be called from any thread with
 * no lock held. What a verb answered S_OK for is on disk. Getters copy under the model lock.
 *
 * A `struct job *` is a counted reference (job_addref, job_release: lock-free); its files live as long as it does. */
#ifndef DOSVC_CORE_ENGINE_H
#define DOSVC_CORE_ENGINE_H

#include "clock.h"
#include "file_ops.h"
#include "http_transport.h"
#include "identity.h"
#include "network.h"
#include "job_state.h"
#include "notify.h"
#include "process.h"
#include "property.h"
#include "settings.h"

struct engine;
struct job;
struct job_file;
struct sink_stream;

/* The outside world, injected by the composition root. Everything outlives the engine. */
struct engine_environment {
    struct clock *clock;
    struct file_ops *file_ops;
    struct identity *identity;
    struct network *network;
    HRESULT (*create_transport)(struct http_transport **transport);
    struct settings *settings;                            /* its bandwidth is read anew while bytes move: */
    HRESULT (*load_bandwidth)(struct settings *settings); /* may be NULL */
    void (*call_thread_enter)(
        void); /* run at the start and the end of each thread that delivers to clients (CoInitializeEx in the MTA); may be NULL */
    void (*call_thread_leave)(void);
    struct process_ops *process_ops;
    /* Has an object of that class, in another process, called; on such a thread. */
    enum notify_outcome (*deliver_to_class)(const uint8_t class_id[16], struct job *job,
                                            const struct notify_event *event);
};

/* ---- Life (module.c) ---- */

/* Takes the queue directory, opens the store, loads the jobs. DO_E_NO_SERVICE when it cannot be hosted. No thread is started yet. Returns new. */
HRESULT engine_create(const struct engine_environment *environment, struct engine **engine);
/* One round of the engine thread: takes results, moves jobs on, hands out transfers. Returns when to call again at the latest (clock time, CLOCK_NEVER), or when
 * engine_signal is set. Tests call it themselves. */
uint64_t engine_step(struct engine *engine);
struct signal *engine_signal(struct engine *engine);
/* Nothing QUEUED, TRANSFERRING or TRANSIENT_ERROR, no call in flight, nothing owed that has somewhere to go. */
bool engine_is_idle(struct engine *engine);
/* Revokes and waits for every transfer and call, checkpoints, closes the store, releases the directory. Not from a callback. */
void engine_destroy(struct engine *engine);

/* ---- Jobs ---- */

#define JOB_NAME_MAX        256
#define JOB_DESCRIPTION_MAX 1024

enum job_generation { JOB_CLASSIC, JOB_DOWNLOAD };
enum job_priority { JOB_FOREGROUND, JOB_HIGH, JOB_NORMAL, JOB_LOW };

void job_addref(struct job *job);
void job_release(struct job *job);

/* Returns new. name: NULL or longer than JOB_NAME_MAX is E_INVALIDARG. The job is SUSPENDED, NORMAL, notified of TRANSFERRED and ERROR, owned by the caller. */
HRESULT engine_create_job(struct engine *engine, const char16_t *name, struct job **job);
/* Returns new. DO_E_JOB_NOT_FOUND; E_ACCESSDENIED for another user's job unless the caller is an administrator. */
HRESULT engine_find_job(struct engine *engine, const uint8_t id[16], struct job **job);
/* Returns a new array (mem_free) of new references, in order of creation: the caller's jobs, or everyone's (E_ACCESSDENIED unless administrator). */
HRESULT engine_list_jobs(struct engine *engine, bool all_users, struct job ***jobs, size_t *count);

/* One file to be added. Everything is borrowed. */
struct file_spec {
    const char16_t *file_id; /* NULL: the URL, with a suffix when that is taken */
    const char16_t *url;
    const char16_t *local_path; /* NULL: set later, or a stream takes the bytes */
    uint64_t declared_size;     /* of the whole remote file; SIZE_UNKNOWN */
    const struct wanted_range *ranges;
    uint32_t range_count; /* 0: the whole file */
};
/* All or nothing. E_INVALIDARG (URL, path rules, a file id or local name that is taken), DO_E_OVERLAPPING_RANGES, DO_E_INVALID_RANGE, the directory's Win32 HRESULT,
 * DO_E_INVALID_STATE. */
HRESULT job_add_files(struct job *job, const struct file_spec *specs, size_t count);

HRESULT job_suspend(struct job *job);
HRESULT job_resume(struct job *job);   /* DO_E_JOB_EMPTY without files */
HRESULT job_cancel(struct job *job);   /* BG_S_UNABLE_TO_DELETE_FILES */
HRESULT job_complete(struct job *job); /* BG_S_PARTIAL_COMPLETE, or the HRESULT of a rename */

/* ---- Properties ---- */

/* NULL or longer than JOB_NAME_MAX: E_INVALIDARG. */
HRESULT job_set_display_name(struct job *job, const char16_t *name);
/* NULL: E_INVALIDARG; longer than JOB_DESCRIPTION_MAX: BG_E_STRING_TOO_LONG. */
HRESULT job_set_description(struct job *job, const char16_t *description);
/* Counts from the next request on. */
HRESULT job_set_priority(struct job *job, enum job_priority priority);
HRESULT job_set_notify_flags(struct job *job, uint32_t flags); /* bits outside NOTIFY_FLAG_ALL: E_NOTIMPL */
/* Sets or removes (bytes NULL) all of them or none. The refusal of property.h's table; E_ACCESSDENIED unless the caller owns the job, for what is
 * personal; DO_E_INVALID_STATE for a job that is over or being completed. Secrets are given in clear. */
HRESULT job_set_properties(struct job *job, const struct property_value *values, size_t count);
HRESULT job_remove_property(struct job *job,
                            enum property_id id); /* S_FALSE, and nothing changes, when it is not there */
HRESULT job_file_set_properties(struct job_file *file, const struct property_value *values, size_t count);
HRESULT job_set_number(struct job *job, enum property_id id, uint64_t number);
/* DO_E_INVALID_STATE, too, when all files are transferred: they would not be asked any more. */
HRESULT job_set_file_acl_flags(struct job *job, uint32_t flags);
/* The caller becomes the owner, durably, and what spoke for the former one is dropped. E_ACCESSDENIED unless owner or administrator. */
HRESULT job_take_ownership(struct job *job);
/* Takes a reference of its own; NULL clears. E_ACCESSDENIED unless owner or administrator. */
HRESULT job_set_notify_target(struct job *job, struct notify_target *target);
struct notify_target *job_notify_target(struct job *job); /* returns new or NULL */

/* Seconds without progress until a job that fails ends in ERROR, as it counts now: of the priority until PROPERTY_NO_PROGRESS_TIMEOUT is set. */
uint32_t job_no_progress_timeout(struct job *job);

/* ---- What requests carry; empty texts are as good as NULL ---- */

/* E_NOTIMPL: an unknown usage; E_INVALIDARG: no list with OVERRIDE, or one without; BG_E_PROXY_LIST_TOO_LARGE, BG_E_PROXY_BYPASS_LIST_TOO_LARGE. */
HRESULT job_set_proxy(struct job *job, uint32_t usage, const char16_t *list, const char16_t *bypass);
/* E_INVALIDARG: not acceptable to header_lines.h; BG_E_STRING_TOO_LONG. The owner's alone, as are the following. */
HRESULT job_set_custom_headers(struct job *job, const char16_t *headers);
HRESULT job_set_security_flags(struct job *job, uint32_t flags); /* unknown bits: E_NOTIMPL; anybody's */
/* In place of the one for the same target and scheme, which may be numbers outside their enums. The refusals of request_values.h. */
HRESULT job_set_credential(struct job *job, const struct http_credential *credential);
HRESULT job_remove_credential(struct job *job, uint32_t target, uint32_t scheme); /* S_FALSE: there is none */
HRESULT job_set_client_certificate(struct job *job, const struct http_client_certificate *certificate);
HRESULT job_remove_client_certificate(struct job *job); /* S_FALSE: there is none */
/* S_FALSE: there is none. *certificate borrows from *memory, which is new (mem_free). */
HRESULT job_client_certificate(struct job *job, struct http_client_certificate *certificate, void **memory);

/* E_INVALIDARG: parameters without a program; BG_E_STRING_TOO_LONG. The owner's alone. */
HRESULT job_set_notify_command(struct job *job, const char16_t *program, const char16_t *parameters);

/* ---- Getters ---- */

struct job_progress {
    uint64_t bytes_total; /* SIZE_UNKNOWN while the size of any file is */
    uint64_t bytes_transferred;
    uint32_t files_total;
    uint32_t files_transferred;
};
struct job_times {
    uint64_t creation, modification, transfer_completion; /* FILETIME units; 0: not yet */
};

void job_id(struct job *job, uint8_t id[16]);
enum job_state job_state(struct job *job);
struct job_progress job_progress(struct job *job);
struct job_times job_times(struct job *job);
uint32_t job_notify_flags(struct job *job);
/* False when there is none. */
bool job_error(struct job *job, struct job_error *error);
/* By https, not by http, the file was being fetched when the job's last error that names it was made. */
bool job_file_failed_over_https(struct job_file *file);
HRESULT job_display_name(struct job *job, char16_t **name);       /* returns new (mem_free) */
HRESULT job_description(struct job *job, char16_t **description); /* returns new (mem_free) */
HRESULT job_owner(struct job *job, char16_t **sid); /* returns new (mem_free): the owner's SID as a string */
enum job_priority job_priority(struct job *job);
uint32_t job_error_count(struct job *job); /* entries to ERROR and TRANSIENT_ERROR, failed retries among them */

/* Properties of each type; a number that nobody has set is the preset of property.h's table. */
uint64_t job_number(struct job *job, enum property_id id);
uint64_t job_file_number(struct job_file *file, enum property_id id);
/* Return new (mem_free); S_FALSE and NULL when nobody has set it. Secrets come as they are kept: for secret_open. */
HRESULT job_text(struct job *job, enum property_id id, char16_t **text);
HRESULT job_file_text(struct job_file *file, enum property_id id, char16_t **text);
/* Several of a job at one moment: a number's `number` is set, a text's `text`, which is new (mem_free), or NULL when nobody has set it. After a failure all are
 * NULL. */
struct property_query {
    enum property_id id;
    uint64_t number;
    char16_t *text;
};
HRESULT job_read(struct job *job, struct property_query *queries, size_t count);
HRESULT job_bytes_of(struct job *job, enum property_id id, void **bytes, size_t *size);
HRESULT job_file_bytes_of(struct job_file *file, enum property_id id, void **bytes, size_t *size);

/* ---- Files ---- */

size_t job_file_count(struct job *job);
struct job_file *job_file_at(struct job *job, size_t place); /* place < count; borrowed from the job */
/* The file of that number, as errors name it; NULL: there is none. Borrowed from the job. */
struct job_file *job_file_numbered(struct job *job, uint32_t number);
struct job *job_file_job(struct job_file *file); /* borrowed */

struct file_progress {
    uint64_t bytes_total; /* SIZE_UNKNOWN before it is known */
    uint64_t bytes_transferred;
    bool is_delivered; /* under its final name */
};
struct file_progress job_file_progress(struct job_file *file);
HRESULT job_file_url(struct job_file *file, char16_t **url);               /* returns new (mem_free) */
HRESULT job_file_local_path(struct job_file *file, char16_t **local_path); /* returns new (mem_free) */
/* Returns new (mem_free): where the bytes are until Complete. */
HRESULT job_file_temporary_path(struct job_file *file, char16_t **path);
/* Returns new (mem_free): the headers of the last answer, one a line; empty before the first. */
HRESULT job_file_response_headers(struct job_file *file, char16_t **headers);
/* ---- How a file is to be fetched (file_setup.c); DO_E_INVALID_STATE unless its job is SUSPENDED or in ERROR ---- */

/* The path rules and the directory as for files that are added; DO_E_FILE_DOWNLOADSINK_ALREADY_SET when it has a path or a stream. */
HRESULT job_file_set_local_path(struct job_file *file, const char16_t *path);
/* A stream for its bytes; takes a reference of its own. One in the place of another begins with the first byte. DO_E_FILE_DOWNLOADSINK_ALREADY_SET when it has a
 * path; DO_E_INVALID_STATE when it is transferred. */
HRESULT job_file_set_stream(struct job_file *file, struct sink_stream *stream);
struct sink_stream *job_file_stream(struct job_file *file); /* returns new or NULL */
/* Of the whole remote file; a server that disagrees is an error. DO_E_INVALID_STATE when the file is transferred. */
HRESULT job_file_set_remote_size(struct job_file *file, uint64_t size);
uint64_t job_file_remote_size(struct job_file *file); /* what was said, or a server told; SIZE_UNKNOWN */
/* Properties that say how. */
HRESULT job_file_set_up(struct job_file *file, const struct property_value *values, size_t count);

/* NULL when the job has no such file; borrowed from the job. */
struct job_file *job_file_by_id(struct job *job, const char16_t *file_id);

/* Another source. E_INVALIDARG for what is no URL. The file goes on from the same byte if size and version are the same there, else it starts again; one
 * that is transferred stays as it is. A waiting job tries at once. */
HRESULT job_file_set_url(struct job_file *file, const char16_t *url);
/* The same for all files whose URL begins with `old_prefix`, all or none. S_FALSE when there is none; E_INVALIDARG: an empty prefix, or a result that is no
 * URL. */
HRESULT job_replace_url_prefix(struct job *job, const char16_t *old_prefix, const char16_t *new_prefix);

/* What a client found about the content of a transferred file. E_PENDING before it is transferred. False: the file has no byte any more, its job is in ERROR with
 * BG_E_VALIDATION_FAILED, and Resume fetches it again. DO_E_INVALID_STATE for false about a file that is delivered. */
HRESULT job_file_set_valid(struct job_file *file, bool is_valid);
bool job_file_is_valid(struct job_file *file); /* false until it was set; true once delivered */

enum file_activity { FILE_DOWNLOADING, FILE_COMPLETE, FILE_PAUSED };
struct file_stats {
    uint64_t remote_size;     /* of the whole remote file; SIZE_UNKNOWN */
    uint64_t bytes_from_http; /* bodies, those that were fetched again included; of this host, as the next two */
    uint32_t http_answers;    /* how many requests were answered */
    uint64_t busy_ms;         /* how long transfers of the file were under way */
    enum file_activity activity;
    uint32_t download_mode; /* the setting */
    bool is_background;
};
/* *file_id and *url are new (mem_free). */
HRESULT job_file_stats(struct job_file *file, struct file_stats *stats, char16_t **file_id, char16_t **url);
/* Returns a new array (mem_free) in the caller's order; *count 0 and NULL for a whole file. */
HRESULT job_file_ranges(struct job_file *file, struct wanted_range **ranges, uint32_t *count);

#endif
