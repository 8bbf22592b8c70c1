/* The yardstick: a plain winsock loop as a Windows program, one connection kept alive, recv of 64 KiB straight to WriteFile, each file flushed once.
 *
 *   raw LIST      LIST: lines "URL<TAB>local name", all of one host
 *
 * Prints one line: transfer <s> */
#include <winsock2.h>
#include <ws2tcpip.h>

#include <windows.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_BYTES 65536

static char buffer[BUFFER_BYTES + 1];

static void fail(const char *what)
{
    fprintf(stderr, "raw: %s failed\n", what);
    exit(2);
}

static double now(void)
{
    LARGE_INTEGER count;
    LARGE_INTEGER frequency;
    QueryPerformanceCounter(&count);
    QueryPerformanceFrequency(&frequency);
    return (double)count.QuadPart / (double)frequency.QuadPart;
}

static SOCKET connect_to(const char *host, unsigned short port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    SOCKET connection = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    inet_pton(AF_INET, host, &address.sin_addr);
    if (connection == INVALID_SOCKET || connect(connection, (struct sockaddr *)&address, sizeof(address)) != 0)
        fail("connect");
    return connection;
}

/* Gives the length of the body; what of it was read with the headers stands at the start of the buffer, *had bytes. */
static unsigned long long read_headers(SOCKET connection, size_t *had)
{
    size_t used = 0;
    for (;;) {
        int got = recv(connection, buffer + used, (int)(BUFFER_BYTES - used), 0);
        if (got <= 0)
            fail("recv");
        used += (size_t)got;
        buffer[used] = 0;
        char *end = strstr(buffer, "\r\n\r\n");
        if (!end)
            continue;
        char *length = strstr(buffer, "Content-Length: ");
        if (strncmp(buffer, "HTTP/1.1 200", 12) != 0 || !length)
            fail("the answer");
        unsigned long long size = strtoull(length + 16, NULL, 10);
        *had = used - (size_t)(end + 4 - buffer);
        memmove(buffer, end + 4, *had);
        return size;
    }
}

static void fetch(SOCKET connection, const char *host, const char *path, const char *name)
{
    char request[2048];
    int length = snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", path, host);
    if (send(connection, request, length, 0) != length)
        fail("send");
    size_t had;
    unsigned long long left = read_headers(connection, &had);
    wchar_t wide[2048];
    MultiByteToWideChar(CP_UTF8, 0, name, -1, wide, ARRAYSIZE(wide));
    HANDLE file = CreateFileW(wide, GENERIC_WRITE, FILE_SHARE_READ, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE)
        fail("CreateFile");
    DWORD written;
    while (left) {
        if (!had) {
            int got = recv(connection, buffer, BUFFER_BYTES, 0);
            if (got <= 0)
                fail("recv");
            had = (size_t)got;
        }
        if (!WriteFile(file, buffer, (DWORD)had, &written, NULL))
            fail("WriteFile");
        left -= had;
        had = 0;
    }
    FlushFileBuffers(file);
    CloseHandle(file);
}

int main(int count, char **arguments)
{
    WSADATA data;
    char line[4096];
    char host[256];
    unsigned port;
    SOCKET connection = INVALID_SOCKET;
    FILE *list = count > 1 ? fopen(arguments[1], "r") : NULL;
    if (!list)
        return 1;
    WSAStartup(MAKEWORD(2, 2), &data);
    double started = now();
    while (fgets(line, sizeof(line), list)) {
        line[strcspn(line, "\r\n")] = 0;
        char *tab = strchr(line, '\t');
        int at = 0;
        if (!tab || sscanf(line, "http://%255[^:]:%u%n", host, &port, &at) != 2)
            continue;
        *tab = 0;
        if (connection == INVALID_SOCKET)
            connection = connect_to(host, (unsigned short)port);
        fetch(connection, host, line + at, tab + 1);
    }
    printf("transfer %.4f\n", now() - started);
    return 0;
}
