/* A job with one file, through all of its faces, that can be found again by another host. */
#ifndef ONE_JOB_H
#define ONE_JOB_H

#include "test_environment.h"

/* The faces are not counted: they live as long as the job's pointer. */
extern struct one_job {
    IBackgroundCopyManager *manager;
    IBackgroundCopyJob *job;
    IBackgroundCopyJob5 *job5;
    IBackgroundCopyJobHttpOptions *http;
    GUID id;
} one;

/* Set-up and tear-down of a test. */
int one_job_open(void **state);
int one_job_close(void **state);
#define ONE_JOB_TEST(function) cmocka_unit_test_setup_teardown(function, one_job_open, one_job_close)

/* Lets go of the job; the engine ends. */
void one_job_leave(void);
/* Another host serves the same queue. */
void one_job_return(void);
/* Both. */
void one_job_change_hosts(void);

/* `length` times the letter a, valid until the next call but one. */
WCHAR *one_job_text(size_t length);

#endif
