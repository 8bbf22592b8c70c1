/* Turns a plan into bytes on the connection, with the faults that the script asks for. */
#ifndef ORIGIN_RESPOND_H
#define ORIGIN_RESPOND_H

#include "origin_connection.h"

/* Answers a request. True when the connection may serve another one. */
bool origin_respond(struct origin_connection *connection, const struct origin_head *head);

/* Answers to something that could not be parsed; it is not recorded, and the connection is to be closed. */
void origin_respond_refusal(struct origin_connection *connection, unsigned status);

#endif
