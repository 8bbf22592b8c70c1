/* Sends one response and stops, holds or cuts it at exact bytes. */
#ifndef ORIGIN_SEND_H
#define ORIGIN_SEND_H

#include "origin_connection.h"
#include "origin_content.h"
#include "origin_script.h"

/* A place in the response where something happens before the next byte. */
struct origin_mark {
    uint64_t position; /* in the body if in_body, else in the whole response */
    bool in_body;
    bool is_done;
    const char *gate; /* borrowed: wait for it; NULL: close the connection */
};

#define ORIGIN_MARKS_MAX 8

struct origin_sender {
    struct origin_connection *connection;
    const struct origin_ticket *ticket; /* NULL: the response is not recorded */
    struct origin_mark marks[ORIGIN_MARKS_MAX];
    size_t mark_count;
    bool is_chunked;
    uint64_t trickle_bytes; /* 0: as fast as possible */
    DWORD trickle_ms;
    uint64_t wire; /* bytes taken so far */
    uint64_t body; /* of these, in the body and not framing */
    uint64_t sent; /* of wire, those that were given to the socket */
    bool is_in_body;
    bool is_over;    /* nothing more goes out */
    bool is_dropped; /* because a mark said so */
    size_t buffered; /* bytes in connection->output */
};

/* Adds a mark unless position is ORIGIN_NEVER. Of several at one place, the first added happens first. */
void origin_sender_mark(struct origin_sender *sender, uint64_t position, bool in_body, const char *gate);

void origin_sender_headers(struct origin_sender *sender, const char *bytes, size_t length);
void origin_sender_body(struct origin_sender *sender, const char *bytes, size_t length);
void origin_sender_content(struct origin_sender *sender, const struct origin_content *content, uint64_t offset,
                           uint64_t length);

/* Ends the body and sends what is left. True when the response went out as a whole. */
bool origin_sender_finish(struct origin_sender *sender);

#endif
