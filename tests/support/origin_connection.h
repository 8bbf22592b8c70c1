/* One connection: its socket, which never blocks, and its thread. */
#ifndef ORIGIN_CONNECTION_H
#define ORIGIN_CONNECTION_H

#include "origin_state.h"

/* Also the largest piece that is sent at once. Raw sends of 256 KiB are twice as fast as those of 64 KiB under Wine. */
#define ORIGIN_PIECE_SIZE 262144

struct origin_connection {
    struct origin *origin;
    SOCKET socket;
    WSAEVENT event; /* the socket has something to tell */
    unsigned number;
    bool peer_closed; /* the client closed its side; a response that is being held is then given up */
    bool wants_reset; /* close without FIN */
    char *input;      /* ORIGIN_HEADERS_MAX bytes and a NUL */
    size_t input_length;
    char *output; /* ORIGIN_PIECE_SIZE bytes for the sender */
    char *piece;  /* ORIGIN_PIECE_SIZE bytes for content */
};

/* Serves accepted, which it takes, until the client or the origin goes. On the thread of the connection. */
void origin_connection_serve(struct origin *origin, SOCKET accepted, unsigned number);

/* Sends all bytes and returns their number; less when the client is gone, takes nothing for the idle time, or the origin
 * stops. */
size_t origin_connection_send(struct origin_connection *connection, const char *bytes, size_t length);

/* Waits until gate is set; NULL only passes the time. False when the client is gone or the origin stops; without gate
 * true after the time-out, with it false. */
bool origin_connection_hold(struct origin_connection *connection, HANDLE gate, DWORD timeout_ms);

#endif
