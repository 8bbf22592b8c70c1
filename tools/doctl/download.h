/* The two commands that wait for a job. */
#ifndef DOCTL_DOWNLOAD_H
#define DOCTL_DOWNLOAD_H

#include "failure.h"
#include "options.h"

enum exit_code command_download(IBackgroundCopyManager *manager, const struct options *options);
enum exit_code command_resume(IBackgroundCopyManager *manager, const struct options *options);

/* The job's ID as doctl shows and takes it: without braces, which some shells would eat. */
#define JOB_ID_SIZE 37
void format_job_id(IBackgroundCopyJob *job, wchar_t text[JOB_ID_SIZE]);

#endif
