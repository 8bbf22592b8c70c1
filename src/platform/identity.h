/* Who calls: a seam, so that tests can be two users. */
#ifndef DOSVC_PLATFORM_IDENTITY_H
#define DOSVC_PLATFORM_IDENTITY_H

#include "hresult.h"

#define IDENTITY_SID_MAX 184 /* characters of the longest SID string, terminator not counted */

struct caller {
    char16_t sid[IDENTITY_SID_MAX + 1];
    bool is_administrator; /* an enabled member of Administrators */
    bool is_elevated;
    uint32_t integrity_level; /* the RID of the mandatory label */
};

struct identity {
    /* The user of the calling thread: its impersonation token, the COM client's if the call came from another
     * process, else the process's. */
    HRESULT (*caller)(struct identity *identity, struct caller *caller);
};

struct identity *identity_system(void);

/* The user of this process, whoever the calling thread impersonates. */
HRESULT identity_process(struct caller *caller);

#endif
