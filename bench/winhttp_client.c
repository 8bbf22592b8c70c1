/* What the system's HTTP leaves of the machine: eight threads that fetch file after file with synchronous WinHTTP, recv to WriteFile, each file flushed once, and
 * do nothing else. A downloader above WinHTTP can hardly be faster.
 *
 *   bench_winhttp LIST      LIST as in raw.c
 *
 * Prints one line: transfer <s> */
#include "bench.h"

#include <winhttp.h>

#define THREADS      8
#define BUFFER_BYTES 65536

static struct {
    CRITICAL_SECTION lock;
    FILE *list;
    HINTERNET session, connection; /* the latter made with the first URL: all are of one host */
} work;

static HRESULT failed_unless(BOOL is_done)
{
    return is_done ? S_OK : HRESULT_FROM_WIN32(GetLastError());
}

static void connect_to(const wchar_t *url, URL_COMPONENTS *parts)
{
    wchar_t host[BENCH_TEXT];
    *parts =
        (URL_COMPONENTS){.dwStructSize = sizeof(*parts), .dwHostNameLength = (DWORD)-1, .dwUrlPathLength = (DWORD)-1};
    bench_check(failed_unless(WinHttpCrackUrl(url, 0, 0, parts)), "WinHttpCrackUrl");
    if (work.connection)
        return;
    swprintf(host, BENCH_TEXT, L"%.*ls", (int)parts->dwHostNameLength, parts->lpszHostName);
    work.connection = WinHttpConnect(work.session, host, parts->nPort, 0);
    bench_check(failed_unless(work.connection != NULL), "WinHttpConnect");
}

static bool next_file(wchar_t *url, wchar_t *path, URL_COMPONENTS *parts)
{
    EnterCriticalSection(&work.lock);
    bool is_there = bench_next(work.list, url, path);
    if (is_there)
        connect_to(url, parts);
    LeaveCriticalSection(&work.lock);
    return is_there;
}

static void fetch(const wchar_t *object, const wchar_t *path, void *buffer)
{
    HINTERNET request = WinHttpOpenRequest(work.connection, L"GET", object, NULL, NULL, NULL, 0);
    bench_check(failed_unless(WinHttpSendRequest(request, NULL, 0, NULL, 0, 0, 0)), "WinHttpSendRequest");
    bench_check(failed_unless(WinHttpReceiveResponse(request, NULL)), "WinHttpReceiveResponse");
    HANDLE file = CreateFileW(path, GENERIC_WRITE, FILE_SHARE_READ, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    bench_check(failed_unless(file != INVALID_HANDLE_VALUE), "CreateFile");
    DWORD got, written;
    do {
        bench_check(failed_unless(WinHttpReadData(request, buffer, BUFFER_BYTES, &got)), "WinHttpReadData");
        bench_check(failed_unless(WriteFile(file, buffer, got, &written, NULL)), "WriteFile");
    } while (got);
    FlushFileBuffers(file);
    CloseHandle(file);
    WinHttpCloseHandle(request);
}

static DWORD CALLBACK run(void *buffer)
{
    wchar_t url[BENCH_TEXT], path[BENCH_TEXT];
    URL_COMPONENTS parts;
    while (next_file(url, path, &parts))
        fetch(parts.lpszUrlPath, path, buffer);
    return 0;
}

int main(int count, char **arguments)
{
    static char buffers[THREADS][BUFFER_BYTES];
    HANDLE threads[THREADS];
    work.list = count > 1 ? fopen(arguments[1], "r") : NULL;
    if (!work.list)
        return 1;
    InitializeCriticalSection(&work.lock);
    work.session = WinHttpOpen(NULL, WINHTTP_ACCESS_TYPE_NO_PROXY, NULL, NULL, 0);
    double started = bench_now();
    for (int i = 0; i < THREADS; i++)
        threads[i] = CreateThread(NULL, 0, run, buffers[i], 0, NULL);
    WaitForMultipleObjects(THREADS, threads, TRUE, INFINITE);
    printf("transfer %.4f\n", bench_now() - started);
    return 0;
}
