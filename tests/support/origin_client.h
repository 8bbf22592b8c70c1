/* A raw HTTP client for tests of servers: it interprets nothing, so every byte of a response can be looked at. */
#ifndef ORIGIN_CLIENT_H
#define ORIGIN_CLIENT_H

#include <winsock2.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All that one connection has received so far and nobody took yet. */
struct origin_client {
    SOCKET socket;
    char *bytes; /* owned, with a NUL after length bytes */
    size_t length;
    bool is_ended; /* the server closed its side */
    bool is_reset; /* by a reset */
};

/* One response, cut out of what a client received. */
struct origin_reply {
    char *header; /* owned: the complete lines before the blank one, or what there is without a blank one */
    char *body;   /* in the same block: whatever follows the blank line */
    size_t body_length;
    size_t total;    /* bytes of the response, blank line and all */
    unsigned status; /* 0 without a complete header */
};

/* Every function fails the test when the server cannot be reached or is silent for 30 s. */
void origin_client_open(struct origin_client *client, uint16_t port);
void origin_client_close(struct origin_client *client);
void origin_client_send(struct origin_client *client, const char *bytes, size_t length);

/* Sends a GET for target with further header lines ("" or "Name: value\r\n"), which keeps the connection. */
void origin_client_get(struct origin_client *client, const char *target, const char *headers);

/* Receives until there are length bytes; false when the connection ends before. */
bool origin_client_receive(struct origin_client *client, size_t length);

/* Receives until the server closes. */
void origin_client_receive_all(struct origin_client *client);

/* True when something could be received at once. */
bool origin_client_is_readable(const struct origin_client *client);

/* Takes everything received as one reply, and nothing more: the client is then empty. */
void origin_client_take(struct origin_client *client, struct origin_reply *reply);

/* Receives and takes one reply with Content-Length; what follows it stays. */
void origin_client_take_one(struct origin_client *client, struct origin_reply *reply);

/* One request on a connection of its own, read until the server closes it. method may be "GET". */
void origin_fetch(uint16_t port, const char *method, const char *target, const char *headers,
                  struct origin_reply *reply);

/* The value of a header, "" if missing. Valid until the next call on this thread. */
const char *origin_reply_value(const struct origin_reply *reply, const char *name);
void origin_reply_release(struct origin_reply *reply);

#endif
