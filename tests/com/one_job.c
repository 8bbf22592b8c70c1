#include "one_job.h"

#include <wchar.h>

struct one_job one;

static void take_faces(void)
{
    assert_hr(IBackgroundCopyJob_QueryInterface(one.job, &IID_IBackgroundCopyJob5, (void **)&one.job5), S_OK);
    assert_hr(IBackgroundCopyJob_QueryInterface(one.job, &IID_IBackgroundCopyJobHttpOptions, (void **)&one.http), S_OK);
    IBackgroundCopyJob5_Release(one.job5);
    IBackgroundCopyJobHttpOptions_Release(one.http);
}

int one_job_open(void **state)
{
    if (env_open(state))
        return -1;
    env.caller.integrity_level = 0x3000;
    env.caller.is_elevated = true;
    one.manager = env_manager();
    one.job = env_job_with_file(one.manager);
    assert_hr(IBackgroundCopyJob_GetId(one.job, &one.id), S_OK);
    take_faces();
    return 0;
}

int one_job_close(void **state)
{
    IBackgroundCopyJob_Release(one.job);
    IBackgroundCopyManager_Release(one.manager);
    return env_close(state);
}

void one_job_leave(void)
{
    IBackgroundCopyJob_Release(one.job);
    IBackgroundCopyManager_Release(one.manager);
    env_stop();
}

void one_job_return(void)
{
    one.manager = env_manager();
    assert_hr(IBackgroundCopyManager_GetJob(one.manager, &one.id, &one.job), S_OK);
    take_faces();
}

void one_job_change_hosts(void)
{
    one_job_leave();
    one_job_return();
}

WCHAR *one_job_text(size_t length)
{
    static WCHAR texts[2][70000];
    static size_t next;
    WCHAR *text = texts[next++ % 2];
    wmemset(text, L'a', length);
    text[length] = 0;
    return text;
}
