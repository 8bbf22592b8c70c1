/* One object that a client gives to several of its jobs, from several threads. */
#include "recording_callback.h"

#include "thread.h"

#define USER_COUNT 3
#define ROUNDS     2000

struct user {
    IBackgroundCopyJob *job;
    struct recording_callback *callback;
    unsigned lost; /* rounds in which the job did not have the interface that was set */
};

/* In the multithreaded apartment, which the test's own thread keeps. */
static void set_and_clear(void *context)
{
    struct user *user = context;
    IUnknown *callback = callback_unknown(user->callback);
    for (unsigned i = 0; i < ROUNDS; i++) {
        IUnknown *back = NULL;
        HRESULT hr = IBackgroundCopyJob_SetNotifyInterface(user->job, callback);
        if (SUCCEEDED(hr))
            hr = IBackgroundCopyJob_GetNotifyInterface(user->job, &back);
        user->lost += FAILED(hr) || back != callback;
        if (back)
            IUnknown_Release(back);
        (void)IBackgroundCopyJob_SetNotifyInterface(user->job, NULL);
    }
}

static void an_object_of_several_jobs_stays_with_each(void **state)
{
    (void)state;
    IBackgroundCopyManager *manager = env_manager();
    static struct recording_callback callback;
    struct user users[USER_COUNT];
    struct thread *threads[USER_COUNT];
    callback_init(&callback);
    for (unsigned i = 0; i < USER_COUNT; i++) {
        users[i] = (struct user){.job = env_job(manager), .callback = &callback};
        assert_hr(thread_start(u"user", set_and_clear, &users[i], &threads[i]), S_OK);
    }
    for (unsigned i = 0; i < USER_COUNT; i++) {
        thread_join(threads[i]);
        assert_int_equal(users[i].lost, 0);
        IBackgroundCopyJob_Release(users[i].job);
    }
    callback_finish(manager, NULL, &callback);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_TEST(an_object_of_several_jobs_stays_with_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
