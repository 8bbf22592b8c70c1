#include "origin_tunnel.h"

#include "origin_respond.h"

#include <stdlib.h>
#include <string.h>

static const char established[] = "HTTP/1.1 200 Connection established\r\n\r\n";

/* The socket of a server on this machine; INVALID_SOCKET when nobody listens. */
static SOCKET tunnel_connect(const char *target)
{
    const char *colon = strrchr(target, ':');
    unsigned long port = colon ? strtoul(colon + 1, NULL, 10) : 0;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((u_short)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    SOCKET server = port > 0 && port <= 65535 ? socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) : INVALID_SOCKET;
    if (server != INVALID_SOCKET && connect(server, (const struct sockaddr *)&address, sizeof(address))) {
        closesocket(server);
        server = INVALID_SOCKET;
    }
    return server;
}

static bool send_all(SOCKET server, const char *bytes, int length)
{
    while (length > 0) {
        int sent = send(server, bytes, length, 0);
        if (sent <= 0)
            return false;
        bytes += sent;
        length -= sent;
    }
    return true;
}

/* Until one side has nothing more to say now. False when it is closed. */
static bool pass_to_server(struct origin_connection *connection, SOCKET server)
{
    int received;
    while ((received = recv(connection->socket, connection->output, ORIGIN_PIECE_SIZE, 0)) > 0) {
        if (!send_all(server, connection->output, received))
            return false;
    }
    return received < 0 && WSAGetLastError() == WSAEWOULDBLOCK;
}

static bool pass_to_client(struct origin_connection *connection, SOCKET server, uint64_t *count)
{
    u_long waiting = 0;
    while (!ioctlsocket(server, FIONREAD, &waiting) && waiting > 0) {
        int received = recv(server, connection->output, ORIGIN_PIECE_SIZE, 0);
        if (received <= 0)
            return false;
        size_t sent = origin_connection_send(connection, connection->output, (size_t)received);
        *count += sent;
        if (sent < (size_t)received)
            return false;
    }
    return true;
}

/* Both sides in turn, waiting in slices, so that the end of the origin is seen. */
static void pass(struct origin_connection *connection, SOCKET server, uint64_t *count)
{
    struct timeval slice = {.tv_usec = 50000}; /* select takes it without const, and leaves it alone */
    while (WaitForSingleObject(connection->origin->stopping, 0) == WAIT_TIMEOUT) {
        fd_set readable;
        FD_ZERO(&readable);
        FD_SET(connection->socket, &readable);
        FD_SET(server, &readable);
        if (select(0, &readable, NULL, NULL, &slice) < 0)
            return;
        if (FD_ISSET(connection->socket, &readable) && !pass_to_server(connection, server))
            return;
        if (FD_ISSET(server, &readable)) {
            char next;
            if (recv(server, &next, 1, MSG_PEEK) <= 0 || !pass_to_client(connection, server, count))
                return;
        }
    }
}

uint64_t origin_tunnel_serve(struct origin_connection *connection, const struct origin_head *head)
{
    uint64_t count = 0;
    SOCKET server = tunnel_connect(head->target);
    if (server == INVALID_SOCKET) {
        origin_respond_refusal(connection, 502);
        return count;
    }
    count = origin_connection_send(connection, established, sizeof(established) - 1);
    pass(connection, server, &count);
    closesocket(server);
    return count;
}
