/* The way through the origin to another server, as CONNECT asks for. */
#ifndef ORIGIN_TUNNEL_H
#define ORIGIN_TUNNEL_H

#include "origin_connection.h"
#include "origin_request.h"

/* Connects to the port of 127.0.0.1 that the head's target names and passes on what comes from either side, until one
 * closes or the origin stops. Returns the bytes that went to the client. */
uint64_t origin_tunnel_serve(struct origin_connection *connection, const struct origin_head *head);

#endif
