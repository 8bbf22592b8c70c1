#include "soak.h"

static void set_priority(const struct soak *soak, IBackgroundCopyJob *job, ULONG drawn)
{
    (void)soak;
    SOAK_OK(IBackgroundCopyJob_SetPriority(job, (BG_JOB_PRIORITY)(drawn % 4)));
}

static void set_texts(const struct soak *soak, IBackgroundCopyJob *job, ULONG drawn)
{
    (void)soak;
    SOAK_OK(IBackgroundCopyJob_SetDisplayName(job, drawn % 2 ? L"another name" : L"a name"));
    SOAK_OK(IBackgroundCopyJob_SetDescription(job, drawn % 3 ? L"a description" : L""));
}

static void set_notify_flags(const struct soak *soak, IBackgroundCopyJob *job, ULONG drawn)
{
    (void)soak;
    SOAK_OK(IBackgroundCopyJob_SetNotifyFlags(job, BG_NOTIFY_JOB_TRANSFERRED | drawn % 4));
}

static void set_times(const struct soak *soak, IBackgroundCopyJob *job, ULONG drawn)
{
    (void)soak;
    SOAK_OK(IBackgroundCopyJob_SetNoProgressTimeout(job, 86400 + drawn % 100));
}

static void set_proxy(const struct soak *soak, IBackgroundCopyJob *job, ULONG drawn)
{
    (void)soak;
    if (drawn % 2)
        SOAK_OK(IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_NO_PROXY, NULL, NULL));
    else
        SOAK_OK(IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_OVERRIDE, L"127.0.0.1:1", L"127.*"));
}

static void set_headers(const struct soak *soak, IBackgroundCopyJob *job, ULONG drawn)
{
    IBackgroundCopyJobHttpOptions *options = NULL;
    (void)soak;
    SOAK_OK(IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJobHttpOptions, (void **)&options));
    SOAK_OK(IBackgroundCopyJobHttpOptions_SetCustomHeaders(options, drawn % 2 ? L"X-Soak: 1\r\nX-More: 2" : NULL));
    IBackgroundCopyJobHttpOptions_Release(options);
}

static void set_credentials(const struct soak *soak, IBackgroundCopyJob *job, ULONG drawn)
{
    wchar_t user[] = L"user", password[] = L"password";
    IBackgroundCopyJob2 *job2 = NULL;
    BG_AUTH_CREDENTIALS credentials = {.Target = BG_AUTH_TARGET_SERVER, .Scheme = BG_AUTH_SCHEME_BASIC};
    (void)soak;
    credentials.Credentials.Basic.UserName = user;
    credentials.Credentials.Basic.Password = password;
    SOAK_OK(IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob2, (void **)&job2));
    if (drawn % 2)
        SOAK_OK(IBackgroundCopyJob2_SetCredentials(job2, &credentials));
    else
        SOAK_MAY(IBackgroundCopyJob2_RemoveCredentials(job2, BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC), S_FALSE);
    IBackgroundCopyJob2_Release(job2);
}

/* The same place by the same name, so that what is under way is fetched anew. */
static void replace_prefix(const struct soak *soak, IBackgroundCopyJob *job, ULONG drawn)
{
    IBackgroundCopyJob3 *job3 = NULL;
    (void)drawn;
    SOAK_OK(IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob3, (void **)&job3));
    SOAK_MAY(IBackgroundCopyJob3_ReplaceRemotePrefix(job3, soak->origin, soak->origin), S_FALSE);
    IBackgroundCopyJob3_Release(job3);
}

void soak_set_something(const struct soak *soak, struct soak_random *random, IBackgroundCopyJob *job)
{
    static void (*const setters[])(const struct soak *soak, IBackgroundCopyJob *job, ULONG drawn) = {
        set_priority, set_texts, set_notify_flags, set_times, set_proxy, set_headers, set_credentials, replace_prefix,
    };
    setters[soak_draw(random, ARRAYSIZE(setters))](soak, job, (ULONG)soak_draw(random, 1000));
}
