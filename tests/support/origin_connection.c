#include "origin_connection.h"

#include "origin_respond.h"

#include <stdlib.h>
#include <string.h>

/* How long a client may take to close its side after we closed ours. */
#define LINGER_MS 2000

enum connection_wake { WAKE_STOP, WAKE_SOCKET, WAKE_GATE, WAKE_TIMEOUT };

static enum connection_wake connection_wait(struct origin_connection *connection, HANDLE gate, DWORD timeout_ms)
{
    HANDLE handles[3] = {connection->origin->stopping, connection->event, gate};
    DWORD result = WaitForMultipleObjects(gate ? 3 : 2, handles, FALSE, timeout_ms);
    if (result == WAIT_OBJECT_0 + 1) {
        WSANETWORKEVENTS events;
        if (WSAEnumNetworkEvents(connection->socket, connection->event, &events))
            return WAKE_STOP;
        if (events.lNetworkEvents & FD_CLOSE)
            connection->peer_closed = true;
        return WAKE_SOCKET;
    }
    if (result == WAIT_OBJECT_0 + 2)
        return WAKE_GATE;
    return result == WAIT_TIMEOUT ? WAKE_TIMEOUT : WAKE_STOP;
}

static DWORD time_left(ULONGLONG deadline)
{
    ULONGLONG now = GetTickCount64();
    return now < deadline ? (DWORD)(deadline - now) : 0;
}

size_t origin_connection_send(struct origin_connection *connection, const char *bytes, size_t length)
{
    size_t done = 0;
    while (done < length) {
        int part = length - done < ORIGIN_PIECE_SIZE ? (int)(length - done) : ORIGIN_PIECE_SIZE;
        int sent = send(connection->socket, bytes + done, part, 0);
        if (sent > 0)
            done += (size_t)sent;
        else if (WSAGetLastError() != WSAEWOULDBLOCK ||
                 connection_wait(connection, NULL, connection->origin->idle_timeout_ms) != WAKE_SOCKET)
            break;
    }
    return done;
}

bool origin_connection_hold(struct origin_connection *connection, HANDLE gate, DWORD timeout_ms)
{
    ULONGLONG deadline = GetTickCount64() + timeout_ms;
    enum connection_wake wake = WAKE_SOCKET;
    while (wake == WAKE_SOCKET && !connection->peer_closed)
        wake = connection_wait(connection, gate, time_left(deadline));
    return wake == (gate ? WAKE_GATE : WAKE_TIMEOUT);
}

/* Receives at least one byte into bytes. 0 when nothing more comes before the deadline. */
static size_t connection_receive(struct origin_connection *connection, char *bytes, size_t capacity, ULONGLONG deadline)
{
    for (;;) {
        int received = recv(connection->socket, bytes, (int)capacity, 0);
        if (received >= 0)
            return (size_t)received;
        if (WSAGetLastError() != WSAEWOULDBLOCK ||
            connection_wait(connection, NULL, time_left(deadline)) != WAKE_SOCKET)
            return 0;
    }
}

/* Receives until the input begins with a complete head and returns its length; 0 when none comes. A head beyond the
 * limit gives the limit, and is not complete. */
static size_t connection_receive_head(struct origin_connection *connection)
{
    ULONGLONG deadline = GetTickCount64() + connection->origin->idle_timeout_ms;
    for (;;) {
        size_t length = origin_head_length(connection->input, connection->input_length);
        if (length > 0 || connection->input_length == ORIGIN_HEADERS_MAX)
            return length > 0 ? length : ORIGIN_HEADERS_MAX;
        size_t received = connection_receive(connection, connection->input + connection->input_length,
                                             ORIGIN_HEADERS_MAX - connection->input_length, deadline);
        if (received == 0)
            return 0;
        connection->input_length += received;
    }
}

/* Answers one request. False when the connection is to be closed. */
static bool connection_answer(struct origin_connection *connection)
{
    size_t length = connection_receive_head(connection);
    if (length == 0)
        return false;

    struct origin_head head;
    /* The head is parsed as a string, but a pipelined request may follow it. */
    char following = connection->input[length];
    connection->input[length] = '\0';
    bool is_complete = origin_head_length(connection->input, length) > 0;
    unsigned refusal = is_complete ? origin_head_parse(&head, connection->input, length) : 431;
    if (refusal) {
        origin_respond_refusal(connection, refusal);
        return false;
    }
    bool goes_on = origin_respond(connection, &head);

    connection->input[length] = following;
    connection->input_length -= length;
    memmove(connection->input, connection->input + length, connection->input_length);
    return goes_on;
}

/* Closes so that the client gets all that was sent: closing with unread input would send a reset. */
static void connection_close(struct origin_connection *connection)
{
    if (connection->wants_reset) {
        struct linger abort = {.l_onoff = 1, .l_linger = 0};
        setsockopt(connection->socket, SOL_SOCKET, SO_LINGER, (const char *)&abort, sizeof(abort));
    } else if (!shutdown(connection->socket, SD_SEND)) {
        ULONGLONG deadline = GetTickCount64() + LINGER_MS;
        while (time_left(deadline) > 0 &&
               connection_receive(connection, connection->input, ORIGIN_HEADERS_MAX, deadline) > 0)
            continue;
    }
    closesocket(connection->socket);
}

void origin_connection_serve(struct origin *origin, SOCKET accepted, unsigned number)
{
    struct origin_connection connection = {.origin = origin, .socket = accepted, .number = number};
    const BOOL no_delay = TRUE;
    setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, (const char *)&no_delay, sizeof(no_delay));

    connection.event = WSACreateEvent();
    connection.input = calloc(1, ORIGIN_HEADERS_MAX + 1);
    connection.output = malloc(ORIGIN_PIECE_SIZE);
    connection.piece = malloc(ORIGIN_PIECE_SIZE);
    if (connection.event && connection.input && connection.output && connection.piece &&
        !WSAEventSelect(accepted, connection.event, FD_READ | FD_WRITE | FD_CLOSE)) {
        while (connection_answer(&connection))
            continue;
        connection_close(&connection);
    } else {
        closesocket(accepted);
    }

    free(connection.piece);
    free(connection.output);
    free(connection.input);
    if (connection.event)
        WSACloseEvent(connection.event);
}
