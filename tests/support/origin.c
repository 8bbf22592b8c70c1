#include "origin.h"

#include "origin_connection.h"
#include "origin_plan.h"

#include <process.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IDLE_TIMEOUT_MS   30000u
#define THREAD_STACK_SIZE 262144u

/* What the thread of a connection is started with; the thread frees it. */
struct connection_start {
    struct origin *origin;
    SOCKET socket;
    unsigned number;
};

static unsigned __stdcall connection_thread(void *parameter)
{
    struct connection_start start = *(struct connection_start *)parameter;
    free(parameter);
    origin_connection_serve(start.origin, start.socket, start.number);
    ReleaseSemaphore(start.origin->free_slots, 1, NULL);
    return 0;
}

static HANDLE thread_start(unsigned(__stdcall *run)(void *), void *parameter)
{
    return (HANDLE)_beginthreadex(NULL, THREAD_STACK_SIZE, run, parameter, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
}

/* A slot that was never used or whose thread is over; the semaphore promises that there is one, or will be at once. */
static HANDLE *slot_find(struct origin *origin)
{
    for (;;) {
        for (size_t i = 0; i < ORIGIN_CONNECTIONS_MAX; i++) {
            HANDLE *slot = &origin->slots[i];
            if (*slot && WaitForSingleObject(*slot, 0) == WAIT_OBJECT_0) {
                CloseHandle(*slot);
                *slot = NULL;
            }
            if (!*slot)
                return slot;
        }
        /* The thread that released the semaphore has not quite returned. */
        SwitchToThread();
    }
}

/* Takes accepted. False, and closed, when no thread could be had. */
static bool connection_open(struct origin *origin, SOCKET accepted)
{
    struct connection_start *start = malloc(sizeof(*start));
    if (!start) {
        closesocket(accepted);
        return false;
    }
    start->origin = origin;
    start->socket = accepted;
    start->number = (unsigned)InterlockedIncrement(&origin->connection_count);
    HANDLE *slot = slot_find(origin);
    *slot = thread_start(connection_thread, start);
    if (*slot)
        return true;
    closesocket(accepted);
    free(start);
    return false;
}

/* The next connection; INVALID_SOCKET when the origin stops or accepts no more. A blocking call, because Wine loses the
 * network event of a connection that arrives just after the one before it was accepted. */
static SOCKET accept_next(struct origin *origin)
{
    SOCKET accepted;
    do {
        accepted = accept(origin->listener, NULL, NULL);
    } while (accepted == INVALID_SOCKET && WSAGetLastError() == WSAECONNRESET);

    if (accepted != INVALID_SOCKET && WaitForSingleObject(origin->stopping, 0) == WAIT_OBJECT_0) {
        closesocket(accepted);
        accepted = INVALID_SOCKET;
    }
    return accepted;
}

static unsigned __stdcall acceptor_thread(void *parameter)
{
    struct origin *origin = parameter;
    HANDLE handles[2] = {origin->stopping, origin->free_slots};
    while (WaitForMultipleObjects(2, handles, FALSE, INFINITE) == WAIT_OBJECT_0 + 1) {
        SOCKET accepted = accept_next(origin);
        if (accepted == INVALID_SOCKET)
            break;
        if (!connection_open(origin, accepted))
            ReleaseSemaphore(origin->free_slots, 1, NULL);
    }
    return 0;
}

static bool origin_listen(struct origin *origin, uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int size = sizeof(address);
    const BOOL exclusive = TRUE;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    origin->listener = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    if (origin->listener == INVALID_SOCKET)
        return false;
    setsockopt(origin->listener, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, (const char *)&exclusive, sizeof(exclusive));
    if (bind(origin->listener, (const struct sockaddr *)&address, sizeof(address)) ||
        listen(origin->listener, SOMAXCONN) || getsockname(origin->listener, (struct sockaddr *)&address, &size))
        return false;
    origin->port = ntohs(address.sin_port);
    return true;
}

static bool origin_open(struct origin *origin, const struct origin_options *options)
{
    unsigned connections = options->max_connections ? options->max_connections : ORIGIN_CONNECTIONS_MAX;
    if (connections > ORIGIN_CONNECTIONS_MAX)
        connections = ORIGIN_CONNECTIONS_MAX;
    origin->idle_timeout_ms = options->idle_timeout_ms ? options->idle_timeout_ms : IDLE_TIMEOUT_MS;
    origin->started = origin_now();
    origin->stopping = CreateEventW(NULL, TRUE, FALSE, NULL);
    origin->free_slots = CreateSemaphoreW(NULL, (LONG)connections, (LONG)connections, NULL);
    if (options->root)
        origin->root = _wcsdup(options->root);
    if (!origin_book_open(&origin->book, options->requests_log) || !origin->stopping || !origin->free_slots ||
        (options->root && !origin->root) || !origin_listen(origin, options->port))
        return false;
    origin->acceptor = thread_start(acceptor_thread, origin);
    return origin->acceptor != NULL;
}

uint16_t origin_start(struct origin **origin, const struct origin_options *options)
{
    static const struct origin_options defaults;
    WSADATA data;
    *origin = NULL;
    if (WSAStartup(MAKEWORD(2, 2), &data))
        return 0;
    struct origin *started = calloc(1, sizeof(*started));
    if (!started) {
        WSACleanup();
        return 0;
    }
    started->listener = INVALID_SOCKET;
    if (!origin_open(started, options ? options : &defaults)) {
        origin_stop(started);
        return 0;
    }
    *origin = started;
    return started->port;
}

/* Makes accept return by connecting, again and again should that fail, until the acceptor is over. */
static void acceptor_wake(struct origin *origin)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(origin->port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    do {
        SOCKET caller = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
        if (caller != INVALID_SOCKET) {
            connect(caller, (const struct sockaddr *)&address, sizeof(address));
            closesocket(caller);
        }
    } while (WaitForSingleObject(origin->acceptor, 100) == WAIT_TIMEOUT);
}

static void thread_join(HANDLE thread)
{
    if (!thread)
        return;
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
}

void origin_stop(struct origin *origin)
{
    if (!origin)
        return;
    if (origin->stopping)
        SetEvent(origin->stopping);
    /* The acceptor first: afterwards the slots do not change. */
    if (origin->acceptor)
        acceptor_wake(origin);
    thread_join(origin->acceptor);
    for (size_t i = 0; i < ORIGIN_CONNECTIONS_MAX; i++)
        thread_join(origin->slots[i]);

    if (origin->listener != INVALID_SOCKET)
        closesocket(origin->listener);
    if (origin->free_slots)
        CloseHandle(origin->free_slots);
    if (origin->stopping)
        CloseHandle(origin->stopping);
    origin_book_close(&origin->book);
    free(origin->root);
    free(origin);
    WSACleanup();
}

uint16_t origin_port(const struct origin *origin)
{
    return origin->port;
}

bool origin_url(const struct origin *origin, const char *target, wchar_t *url, size_t capacity)
{
    size_t length = strlen(target);
    int used = swprintf(url, capacity, L"http://127.0.0.1:%u", (unsigned)origin->port);
    if (used < 0 || (size_t)used + length >= capacity)
        return false;
    for (size_t i = 0; i <= length; i++)
        url[(size_t)used + i] = (unsigned char)target[i];
    return true;
}

unsigned origin_connection_count(struct origin *origin)
{
    return (unsigned)InterlockedCompareExchange(&origin->connection_count, 0, 0);
}
