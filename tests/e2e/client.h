/* A client of the registered server, as tests need one: through CoCreateInstance and nothing else. Every wait has an end; in a single-threaded apartment it
 * pumps messages. */
#ifndef E2E_CLIENT_H
#define E2E_CLIENT_H

#include <stdbool.h>

#include <windows.h>

#include <deliveryoptimization.h>

#include "origin.h"

#define WAIT_LIMIT_MS 60000u

/* A callback interface that records its calls. Not counted: lives as long as the test says. */
struct listener {
    IBackgroundCopyCallback callback;
    HANDLE changed; /* set by every call */
    volatile LONG transferred, failed, modified;
    volatile LONG references;
    volatile HRESULT answer;                                                    /* what the methods return */
    volatile HRESULT error;                                                     /* of the last JobError */
    volatile DWORD thread;                                                      /* of the last call */
    void (*on_transferred)(struct listener *listener, IBackgroundCopyJob *job); /* inside the call; may be NULL */
};

void listener_init(struct listener *listener);
void listener_destroy(struct listener *listener);
/* Waits until *counter (one of the listener's) is at least `count`. */
bool listener_wait(struct listener *listener, volatile LONG *counter, LONG count);

/* Joins the apartment and makes the manager. */
IBackgroundCopyManager *client_open(DWORD apartment);
void client_close(IBackgroundCopyManager *manager);

/* A new job with `listener` set for JobTransferred and JobError; NULL: none. */
IBackgroundCopyJob *client_job(IBackgroundCopyManager *manager, struct listener *listener);
/* Adds the origin's target as `name` in the test's folder. */
void client_add(IBackgroundCopyJob *job, const struct origin *origin, const char *target, const wchar_t *name);
/* The full name of a file in the test's folder. */
void client_path(const wchar_t *name, wchar_t path[MAX_PATH]);

void assert_state(IBackgroundCopyJob *job, BG_JOB_STATE expected);
/* The file has exactly `size` bytes, those of the seed from `offset` on. */
void assert_content(const wchar_t *name, uint64_t seed, uint64_t offset, uint64_t size);
void assert_absent(const wchar_t *name);
/* No DO*.tmp is left in the test's folder. */
void assert_no_temporary_file(void);
void assert_hresult(HRESULT actual, HRESULT expected, const char *what);
#define assert_hr(call, expected) assert_hresult((call), (expected), #call)

#endif
