/* Servers and networks that misbehave, one row each: in the end there is the right file, or an error of that name, and never a wrong byte. Where
 * docs/API.md ("Transient or fatal") allows both, both are accepted. With the first retry after a millisecond nothing waits. */
#ifndef E2E_FAULT_H
#define E2E_FAULT_H

#include "client.h"

#define RIGHT  S_OK
#define EITHER S_FALSE /* the right file, or any error */

#define HTTP(status)    ((HRESULT)(0x80190000u + (status)))
#define WRONG_LENGTH    ((HRESULT)0x80D05001)
#define NO_RANGES       ((HRESULT)0x80D05011)
#define ODD_SUCCESS     ((HRESULT)0x80D0380D) /* DO_E_UNEXPECTED_HTTP_STATUS_2XX */
#define REDIRECT_FAILED ((HRESULT)0x80072F7C) /* ERROR_WINHTTP_REDIRECT_FAILED */
#define NOT_RESOLVED    ((HRESULT)0x80072EE7)
#define CANNOT_CONNECT  ((HRESULT)0x80072EFD)
#define BROKEN          ((HRESULT)0x80072EFE) /* ERROR_WINHTTP_CONNECTION_ERROR */
#define NO_ANSWER       ((HRESULT)0x80072F78) /* ERROR_WINHTTP_INVALID_SERVER_RESPONSE */

struct fault {
    const char *query; /* size and seed are added */
    HRESULT expected;
    unsigned other_size; /* of the file that is right in the end, if it is not the one asked for */
    unsigned other_seed; /* added to the seed of its bytes */
};

#define ROW(query, expected)                                                                                           \
    {                                                                                                                  \
        query, expected, 0, 0                                                                                          \
    }

/* Of the running group of tests. */
extern struct origin *origin;
extern IBackgroundCopyManager *manager;
extern struct listener listener;
extern bool fault_is_patient; /* false: jobs do not try again */

int fault_open(void **context);
int fault_close(void **context);

/* Takes the job, which has the file L"fault" and whose target is only named. */
void fault_run_job(IBackgroundCopyJob *job, const char *target, HRESULT expected, unsigned seed, unsigned size);
void fault_run(const struct fault *fault, unsigned size);
void fault_run_all(const struct fault *faults, size_t count, unsigned size);

#endif
