/* What a client may say about a classic job beyond its name: retries, proxies, ownership, the command line, credentials and the flags of the newer versions.
 * docs/API.md, "Settings". */
#include "job_object.h"

#include "memory.h"
#include "result.h"

#include "deliveryoptimizationerrors.h"

/* The number behind one getter. */
static HRESULT give_number(IBackgroundCopyJob5 *iface, enum property_id id, ULONG *number)
{
    if (!number)
        return E_INVALIDARG;
    *number = (ULONG)job_number(job_of(iface), id);
    return S_OK;
}

/* The texts of two queries, both or none; *text of one that is unset is NULL, or a copy of `unset`. Takes the queries' texts. */
static HRESULT give_texts(struct property_query queries[2], const WCHAR *unset, WCHAR **const texts[2])
{
    HRESULT hr = S_OK;
    for (size_t i = 0; i < 2; i++) {
        const WCHAR *text = queries[i].text ? queries[i].text : unset;
        if (SUCCEEDED(hr) && text)
            hr = result_string(text, texts[i]);
        mem_free(queries[i].text);
    }
    if (SUCCEEDED(hr))
        return S_OK;
    CoTaskMemFree(*texts[0]);
    *texts[0] = NULL;
    return hr;
}

/* ---- IBackgroundCopyJob ---- */

#define RETRY_DELAY_MIN 5 /* seconds; less is taken for that */

HRESULT STDMETHODCALLTYPE job_SetMinimumRetryDelay(IBackgroundCopyJob5 *iface, ULONG seconds)
{
    return job_set_number(job_of(iface), PROPERTY_MINIMUM_RETRY_DELAY,
                          seconds < RETRY_DELAY_MIN ? RETRY_DELAY_MIN : seconds);
}

HRESULT STDMETHODCALLTYPE job_GetMinimumRetryDelay(IBackgroundCopyJob5 *iface, ULONG *seconds)
{
    return give_number(iface, PROPERTY_MINIMUM_RETRY_DELAY, seconds);
}

HRESULT STDMETHODCALLTYPE job_SetNoProgressTimeout(IBackgroundCopyJob5 *iface, ULONG seconds)
{
    return job_set_number(job_of(iface), PROPERTY_NO_PROGRESS_TIMEOUT, seconds);
}

HRESULT STDMETHODCALLTYPE job_GetNoProgressTimeout(IBackgroundCopyJob5 *iface, ULONG *seconds)
{
    if (!seconds)
        return E_INVALIDARG;
    *seconds = job_no_progress_timeout(job_of(iface));
    return S_OK;
}

HRESULT STDMETHODCALLTYPE job_SetProxySettings(IBackgroundCopyJob5 *iface, BG_JOB_PROXY_USAGE usage,
                                               const WCHAR *proxy_list, const WCHAR *bypass_list)
{
    return job_set_proxy(job_of(iface), (uint32_t)usage, proxy_list, bypass_list);
}

HRESULT STDMETHODCALLTYPE job_GetProxySettings(IBackgroundCopyJob5 *iface, BG_JOB_PROXY_USAGE *usage,
                                               WCHAR **proxy_list, WCHAR **bypass_list)
{
    struct property_query queries[] = {
        {.id = PROPERTY_PROXY_LIST}, {.id = PROPERTY_PROXY_BYPASS}, {.id = PROPERTY_PROXY_USAGE}};
    if (proxy_list)
        *proxy_list = NULL;
    if (bypass_list)
        *bypass_list = NULL;
    if (!usage || !proxy_list || !bypass_list)
        return E_INVALIDARG;
    HRESULT hr = job_read(job_of(iface), queries, 3);
    if (FAILED(hr))
        return hr;
    *usage = (BG_JOB_PROXY_USAGE)queries[2].number;
    return give_texts(queries, NULL, (WCHAR * *const[2]){proxy_list, bypass_list});
}

HRESULT STDMETHODCALLTYPE job_TakeOwnership(IBackgroundCopyJob5 *iface)
{
    return job_take_ownership(job_of(iface));
}

/* ---- IBackgroundCopyJob2 ---- */

HRESULT STDMETHODCALLTYPE job_SetNotifyCmdLine(IBackgroundCopyJob5 *iface, const WCHAR *program,
                                               const WCHAR *parameters)
{
    return job_set_notify_command(job_of(iface), program, parameters);
}

HRESULT STDMETHODCALLTYPE job_GetNotifyCmdLine(IBackgroundCopyJob5 *iface, WCHAR **program, WCHAR **parameters)
{
    struct property_query queries[] = {{.id = PROPERTY_NOTIFY_PROGRAM}, {.id = PROPERTY_NOTIFY_PARAMETERS}};
    if (program)
        *program = NULL;
    if (parameters)
        *parameters = NULL;
    if (!program || !parameters)
        return E_INVALIDARG;
    HRESULT hr = job_read(job_of(iface), queries, 2);
    return FAILED(hr) ? hr : give_texts(queries, L"", (WCHAR * *const[2]){program, parameters});
}

HRESULT STDMETHODCALLTYPE job_SetCredentials(IBackgroundCopyJob5 *iface, BG_AUTH_CREDENTIALS *credentials)
{
    if (!credentials)
        return E_INVALIDARG;
    const struct http_credential credential = {.target = (enum http_auth_target)credentials->Target,
                                               .scheme = (enum http_auth_scheme)credentials->Scheme,
                                               .user = credentials->Credentials.Basic.UserName,
                                               .password = credentials->Credentials.Basic.Password};
    return job_set_credential(job_of(iface), &credential);
}

HRESULT STDMETHODCALLTYPE job_RemoveCredentials(IBackgroundCopyJob5 *iface, BG_AUTH_TARGET target,
                                                BG_AUTH_SCHEME scheme)
{
    return job_remove_credential(job_of(iface), (uint32_t)target, (uint32_t)scheme);
}

/* ---- IBackgroundCopyJob3 ---- */

HRESULT STDMETHODCALLTYPE job_SetFileACLFlags(IBackgroundCopyJob5 *iface, DWORD flags)
{
    return job_set_file_acl_flags(job_of(iface), flags);
}

HRESULT STDMETHODCALLTYPE job_GetFileACLFlags(IBackgroundCopyJob5 *iface, DWORD *flags)
{
    return give_number(iface, PROPERTY_FILE_ACL_FLAGS, flags);
}

/* ---- IBackgroundCopyJob4 ---- */

HRESULT STDMETHODCALLTYPE job_SetPeerCachingFlags(IBackgroundCopyJob5 *iface, DWORD flags)
{
    return job_set_number(job_of(iface), PROPERTY_PEER_CACHING_FLAGS, flags);
}

HRESULT STDMETHODCALLTYPE job_GetPeerCachingFlags(IBackgroundCopyJob5 *iface, DWORD *flags)
{
    return give_number(iface, PROPERTY_PEER_CACHING_FLAGS, flags);
}

HRESULT STDMETHODCALLTYPE job_GetOwnerIntegrityLevel(IBackgroundCopyJob5 *iface, ULONG *level)
{
    return give_number(iface, PROPERTY_OWNER_INTEGRITY_LEVEL, level);
}

HRESULT STDMETHODCALLTYPE job_GetOwnerElevationState(IBackgroundCopyJob5 *iface, BOOL *is_elevated)
{
    if (!is_elevated)
        return E_INVALIDARG;
    *is_elevated = (BOOL)job_number(job_of(iface), PROPERTY_OWNER_ELEVATION);
    return S_OK;
}

HRESULT STDMETHODCALLTYPE job_SetMaximumDownloadTime(IBackgroundCopyJob5 *iface, ULONG seconds)
{
    return job_set_number(job_of(iface), PROPERTY_MAXIMUM_DOWNLOAD_TIME, seconds);
}

HRESULT STDMETHODCALLTYPE job_GetMaximumDownloadTime(IBackgroundCopyJob5 *iface, ULONG *seconds)
{
    return give_number(iface, PROPERTY_MAXIMUM_DOWNLOAD_TIME, seconds);
}
