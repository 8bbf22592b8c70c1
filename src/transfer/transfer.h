/* One request of one file: ask, check, write, report. A worker runs it; it knows no job. */
#ifndef DOSVC_TRANSFER_H
#define DOSVC_TRANSFER_H

#include "http_transport.h"
#include "http_wine.h"
#include "sink.h"
#include "tuning.h"

#include <stdatomic.h>

#define TRANSFER_BODY_LIMIT HTTP_WINE_BODY_LIMIT /* a single body must stay below */
#define TRANSFER_PAUSE_MS   20u                  /* between two looks whether bandwidth is there */

/* A request as the engine hands it out. The engine creates and frees it; between worker_pool_submit and `done` it
 * belongs to the worker. */
struct transfer {
    /* What to fetch. */
    char16_t *url;                   /* owned copy */
    char16_t *led_to;                /* owned; where its redirects led before: asked at once. NULL: `url` is */
    bool use_range;                  /* false: ask for the whole body */
    uint64_t remote_first;           /* in the remote file */
    uint64_t length;                 /* bytes, or RANGE_TO_END */
    uint64_t remote_total;           /* as known so far, else SIZE_UNKNOWN */
    uint64_t declared_total;         /* by the caller: SIZE_UNKNOWN. A body of unknown length does not go beyond it */
    struct http_validator validator; /* compared and sent as If-Range when has_validator */
    bool has_validator;
    bool is_first;                      /* the file's first request: headers are announced */
    const struct http_options *options; /* a reference of its own; NULL: the defaults */
    /* The caller asked for ranges: of a 200 only [remote_first, +length) counts. Without, a 200 to the file's first
     * request counts to its end, beyond `length`. */
    bool has_wanted_ranges;
    bool is_open_ended; /* fewer bytes than `length` are right when the file ends with them */
    uint64_t cut_limit; /* bytes: of a larger file that comes whole nothing is cut out */
    /* Where it goes. */
    struct sink *sink; /* a reference of its own */
    uint32_t generation;
    uint64_t local_first; /* in the local file */
    uint32_t receive_timeout_ms;
    uint32_t whole_timeout_ms; /* of a body that cannot be continued */
    bool expects_whole;
    _Atomic bool is_foreground; /* whose bandwidth it takes; the engine's, also while it runs */
    /* Set by the worker while it runs; read by anybody. */
    _Atomic uint64_t written;  /* bytes that are in the sink, contiguous from local_first */
    _Atomic uint64_t received; /* bytes of bodies, whether they counted or not */
    _Atomic uint32_t answers;  /* that servers gave to it */
    /* Set by the worker before `done`. */
    struct transfer_result {
        HRESULT hr; /* S_OK: all that was asked, or all to the end of the file, is written and its length verified */
        enum transfer_outcome {
            TRANSFER_DONE,    /* see hr */
            TRANSFER_SHORT,   /* S_OK, but the server sent less than asked (a shorter 206): ask for the rest */
            TRANSFER_RESTART, /* the source changed: what the file has is worthless, start it again */
            /* First answer: ranges work but nothing identifies the version (no validator) and the file needs more than
             * this request; or the range was refused (416): ask once more without one. Nothing was written. Never with
             * wanted ranges, which cannot come in one body. */
            TRANSFER_WHOLE_NEEDED,
            TRANSFER_FAILED, /* hr, is_transient, context */
            TRANSFER_REVOKED /* nothing counts beyond `written` */
        } outcome;
        bool is_transient;
        bool is_local;     /* the failure is the local file's, not the server's or the network's */
        bool is_network;   /* no answer came or it broke off: the failure is the network's */
        bool is_end_known; /* the end of the remote file was reached and verified; remote_total is right */
        uint64_t retry_after_ms;
        struct transfer_facts {    /* from the headers; valid once `headers` was called or outcome is DONE or SHORT */
            uint64_t remote_total; /* SIZE_UNKNOWN when the answer does not say */
            bool is_whole;         /* a 200: the server sends the whole file */
            bool has_validator;
            struct http_validator validator;
            uint64_t last_modified; /* FILETIME units, 0: none */
        } facts;
        struct http_details details; /* of the last answer, also of one that is a failure; transfer_clear frees it */
    } result;
    void *owner;                   /* the engine's */
    struct transfer *next_waiting; /* the pool's */
};

/* How a worker speaks to the engine. Called on worker threads with no lock held; must not block on the network or
 * the disk. */
struct transfer_events {
    /* The server answered, whatever it said. */
    void (*answer)(void *context, struct transfer *transfer);
    /* The first answer of a file was judged good, its body is about to be read (only when is_first). result.facts and
     * result.details are filled; the callee copies. */
    void (*headers)(void *context, struct transfer *transfer);
    /* How many of at most `wanted` bytes of the body may be read now; 0: none, ask again in a moment. And those that then were not read. */
    size_t (*allow)(void *context, const struct transfer *transfer, size_t wanted);
    void (*give_back)(void *context, const struct transfer *transfer, size_t unused);
    /* The transfer is over; it belongs to the engine again. */
    void (*done)(void *context, struct transfer *transfer);
    void *context;
};

/* Runs it to its end on the calling thread; calls events->headers, not done. `buffer` has TRANSFER_BUFFER_BYTES. */
void transfer_run(struct transfer *transfer, struct http_transport *transport, const struct transfer_events *events,
                  void *buffer);

/* Frees what the transfer owns, its references to the sink and the options included, but not itself. */
void transfer_clear(struct transfer *transfer);

#endif
