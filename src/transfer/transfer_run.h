/* One run of a transfer, as transfer.c and transfer_confirm.c share it. */
#ifndef DOSVC_TRANSFER_RUN_H
#define DOSVC_TRANSFER_RUN_H

#include "transfer.h"

/* The tools of one run, on the stack of its worker. */
struct run {
    struct transfer *transfer;
    struct http_transport *transport;
    const struct transfer_events *events;
    uint8_t *buffer;
    const char16_t *led_to; /* where the next request goes at once; NULL: to the URL */
    struct http_exchange *exchange;
    struct http_answer answer;
    struct http_decision decision;
    uint64_t received; /* bytes of the body so far */
    uint64_t digest;   /* of these, when the body's length is unknown */
};

/* Nothing that comes for it counts any more. */
bool run_is_revoked(const struct transfer *transfer);

/* The run is over. */
void run_end(struct run *run, enum transfer_outcome outcome, HRESULT hr);
void run_end_at_file_end(struct run *run, uint64_t total);
void run_fail_server(struct run *run, HRESULT hr, bool is_transient);
void run_fail_network(struct run *run, HRESULT hr); /* which has been logged */
void run_restart(struct run *run, HRESULT hr);

/* `details`: where to keep what the answer tells; NULL: nowhere. */
HRESULT run_open(struct run *run, const struct http_expectation *expected, struct http_details *details);
void run_close(struct run *run);
/* Some of the body into the buffer; *size is 0 at its end. False when the run is over. */
bool run_read(struct run *run, size_t *size);
/* That of bytes and of what follows them. */
uint64_t run_digest(uint64_t digest, const uint8_t *bytes, size_t size);

/* run->received bytes of a body of unknown length came: ends the run by whether that was all of it. */
void run_confirm_end(struct run *run);

#endif
