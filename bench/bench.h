/* What the bench's programs share. They are measuring tools: a failure of anything ends them with exit code 2. */
#ifndef DOSVC_BENCH_H
#define DOSVC_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <windows.h>

#include <deliveryoptimization.h>

/* Ends the program when `hr` is a failure. */
void bench_check(HRESULT hr, const char *what);
/* Seconds of a clock that only goes forward. */
double bench_now(void);
/* Seconds of a processor that this process took. */
double bench_cpu(void);
/* Bytes of memory that are this process's alone; of its working set. */
size_t bench_private_bytes(void);
size_t bench_working_set(void);

/* The next line "URL<TAB>local name" of a list; false at its end. Both have room for BENCH_TEXT characters. */
#define BENCH_TEXT 2048
bool bench_next(FILE *list, wchar_t *url, wchar_t *path);

/* Enters the multithreaded apartment and makes the manager of "dosvc" (in this process) or "bits" (the system's). */
IBackgroundCopyManager *bench_manager(const char *who);
/* What a job is to tell of its end; one for the whole process. Not counted. */
IUnknown *bench_callback(void (*is_over)(bool is_failure));

#endif
