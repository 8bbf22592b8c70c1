/* Failures in words, on standard error, and the exit code that each stands for. */
#ifndef DOCTL_FAILURE_H
#define DOCTL_FAILURE_H

#include <deliveryoptimization.h>

enum exit_code { EXIT_DONE = 0, EXIT_USAGE = 1, EXIT_FAILED = 2, EXIT_NO_SERVICE = 3, EXIT_INTERRUPTED = 130 };

/* "doctl: WHAT: sentence (0x80D02003)", WHAT being printf text with wide strings. manager may be NULL. */
enum exit_code failure_report(IBackgroundCopyManager *manager, HRESULT hr, const wchar_t *what, ...);

/* Why a job stopped: the sentence of its error object, with the URL and the local name of the file that it names. */
enum exit_code failure_report_job(IBackgroundCopyManager *manager, IBackgroundCopyJob *job);

/* The code and the sentence of the job's error object. Returns new text (free) or NULL when the job has no error. */
wchar_t *failure_of_job(IBackgroundCopyManager *manager, IBackgroundCopyJob *job, HRESULT *code);

#endif
