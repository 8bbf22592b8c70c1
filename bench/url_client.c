/* The same workload through URLDownloadToFile, as many programs download today: one file after another.
 *
 *   bench_url LIST
 *
 * Prints one line: transfer <s> */
#include "bench.h"

#include <urlmon.h>

int main(int count, char **arguments)
{
    wchar_t url[BENCH_TEXT], path[BENCH_TEXT];
    FILE *list = count > 1 ? fopen(arguments[1], "r") : NULL;
    if (!list)
        return 1;
    bench_check(CoInitializeEx(NULL, COINIT_APARTMENTTHREADED), "CoInitializeEx");
    double started = bench_now();
    while (bench_next(list, url, path))
        bench_check(URLDownloadToFileW(NULL, url, path, 0, NULL), "URLDownloadToFile");
    printf("transfer %.4f\n", bench_now() - started);
    CoUninitialize();
    return 0;
}
