/* The running server, shared by the files of the origin; tests see origin.h only. */
#ifndef ORIGIN_STATE_H
#define ORIGIN_STATE_H

#include <winsock2.h>
#include <windows.h>

#include "origin_record.h"

#define ORIGIN_CONNECTIONS_MAX 256

struct origin {
    uint16_t port;
    unsigned idle_timeout_ms;
    wchar_t *root;     /* owned; NULL: no files */
    uint64_t started;  /* seconds since 1970 */
    HANDLE stopping;   /* set once, ends every wait */
    HANDLE free_slots; /* semaphore: connections that may still be opened */
    SOCKET listener;
    HANDLE acceptor;                      /* thread; owns slots and connection_count while it runs */
    HANDLE slots[ORIGIN_CONNECTIONS_MAX]; /* threads, running or over; NULL: never used */
    volatile LONG connection_count;
    struct origin_book book;
};

#endif
