#include "origin_client.h"

#include "origin_request.h"

#include <ws2tcpip.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

#define SILENCE_MS 30000

void origin_client_open(struct origin_client *client, uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    const DWORD silence = SILENCE_MS;
    memset(client, 0, sizeof(*client));
    client->bytes = calloc(1, 1);
    assert_non_null(client->bytes);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    client->socket = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    assert_true(client->socket != INVALID_SOCKET);
    setsockopt(client->socket, SOL_SOCKET, SO_RCVTIMEO, (const char *)&silence, sizeof(silence));
    setsockopt(client->socket, SOL_SOCKET, SO_SNDTIMEO, (const char *)&silence, sizeof(silence));
    assert_int_equal(connect(client->socket, (const struct sockaddr *)&address, sizeof(address)), 0);
}

void origin_client_close(struct origin_client *client)
{
    closesocket(client->socket);
    free(client->bytes);
    client->bytes = NULL;
    client->length = 0;
}

void origin_client_send(struct origin_client *client, const char *bytes, size_t length)
{
    while (length > 0) {
        int sent = send(client->socket, bytes, (int)length, 0);
        assert_true(sent > 0);
        bytes += sent;
        length -= (size_t)sent;
    }
}

static void client_request(struct origin_client *client, const char *method, const char *target, const char *headers)
{
    char request[4096];
    int length =
        snprintf(request, sizeof(request), "%s %s HTTP/1.1\r\nHost: origin\r\n%s\r\n", method, target, headers);
    assert_in_range(length, 1, sizeof(request) - 1);
    origin_client_send(client, request, (size_t)length);
}

void origin_client_get(struct origin_client *client, const char *target, const char *headers)
{
    client_request(client, "GET", target, headers);
}

static void client_receive_some(struct origin_client *client)
{
    const size_t room = 65536;
    char *bytes = realloc(client->bytes, client->length + room + 1);
    assert_non_null(bytes);
    client->bytes = bytes;
    int received = recv(client->socket, bytes + client->length, (int)room, 0);
    int error = received < 0 ? WSAGetLastError() : 0;
    if (error == WSAETIMEDOUT)
        fail_msg("the server was silent for %d ms", SILENCE_MS);
    if (received > 0)
        client->length += (size_t)received;
    else
        client->is_ended = true;
    client->is_reset = error != 0;
    bytes[client->length] = '\0';
}

bool origin_client_receive(struct origin_client *client, size_t length)
{
    while (client->length < length && !client->is_ended)
        client_receive_some(client);
    return client->length >= length;
}

void origin_client_receive_all(struct origin_client *client)
{
    while (!client->is_ended)
        client_receive_some(client);
}

bool origin_client_is_readable(const struct origin_client *client)
{
    fd_set sockets = {.fd_count = 1, .fd_array = {client->socket}};
    struct timeval at_once = {0, 0};
    return select(0, &sockets, NULL, NULL, &at_once) == 1;
}

/* Takes the first length bytes. */
static void client_cut(struct origin_client *client, size_t length, struct origin_reply *reply)
{
    memset(reply, 0, sizeof(*reply));
    reply->header = malloc(length + 1);
    assert_non_null(reply->header);
    memcpy(reply->header, client->bytes, length);
    reply->header[length] = '\0';
    client->length -= length;
    memmove(client->bytes, client->bytes + length, client->length + 1);

    size_t head = origin_head_length(reply->header, length);
    size_t body = head > 0 ? head : length;
    reply->total = length;
    reply->body = reply->header + body;
    reply->body_length = length - body;
    if (head > 0) {
        reply->header[head - 2] = '\0';
        sscanf(reply->header, "HTTP/1.1 %u", &reply->status);
    }
}

void origin_client_take(struct origin_client *client, struct origin_reply *reply)
{
    client_cut(client, client->length, reply);
}

void origin_client_take_one(struct origin_client *client, struct origin_reply *reply)
{
    size_t head;
    while ((head = origin_head_length(client->bytes, client->length)) == 0)
        assert_true(origin_client_receive(client, client->length + 1));
    char value[32];
    assert_true(origin_head_value(client->bytes, "Content-Length", value, sizeof(value)));
    size_t total = head + (size_t)strtoull(value, NULL, 10);
    assert_true(origin_client_receive(client, total));
    client_cut(client, total, reply);
}

void origin_fetch(uint16_t port, const char *method, const char *target, const char *headers,
                  struct origin_reply *reply)
{
    struct origin_client client;
    char all_headers[2048];
    snprintf(all_headers, sizeof(all_headers), "%sConnection: close\r\n", headers);
    origin_client_open(&client, port);
    client_request(&client, method, target, all_headers);
    origin_client_receive_all(&client);
    origin_client_take(&client, reply);
    origin_client_close(&client);
}

const char *origin_reply_value(const struct origin_reply *reply, const char *name)
{
    static _Thread_local char value[1024];
    origin_head_value(reply->header, name, value, sizeof(value));
    return value;
}

void origin_reply_release(struct origin_reply *reply)
{
    free(reply->header);
    memset(reply, 0, sizeof(*reply));
}
