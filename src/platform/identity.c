#include "identity.h"

#include "lock.h"
#include "log.h"
#include "memory.h"

#include "deliveryoptimizationerrors.h"

#include <string.h>
#include <windows.h>
#include <objbase.h>
#include <sddl.h>

/* What of a process's token never changes is asked once: each question is a system call, and every COM method asks. */
static struct lock process_lock;
static struct caller process_caller;
static bool is_process_known;

static HRESULT read_sid(HANDLE token, char16_t *sid)
{
    union {
        TOKEN_USER user;
        BYTE bytes[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    } info;
    DWORD size;
    if (!GetTokenInformation(token, TokenUser, &info, sizeof(info), &size))
        return log_last_error(LOG_COM, L"cannot read the user of a token");
    LPWSTR text;
    if (!ConvertSidToStringSidW(info.user.User.Sid, &text))
        return log_last_error(LOG_COM, L"cannot write a SID as text");
    size_t length = wcslen(text);
    HRESULT hr = S_OK;
    if (length <= IDENTITY_SID_MAX)
        memcpy(sid, text, (length + 1) * sizeof(char16_t));
    else
        hr = log_failure(LOG_COM, DO_E_FATAL_CORE_ERROR, L"a SID has %zu characters", length);
    LocalFree(text);
    return hr;
}

static HRESULT read_integrity(HANDLE token, uint32_t *level)
{
    union {
        TOKEN_MANDATORY_LABEL label;
        BYTE bytes[sizeof(TOKEN_MANDATORY_LABEL) + SECURITY_MAX_SID_SIZE];
    } info;
    DWORD size;
    if (!GetTokenInformation(token, TokenIntegrityLevel, &info, sizeof(info), &size))
        return log_last_error(LOG_COM, L"cannot read the integrity level of a token");
    PSID sid = info.label.Label.Sid;
    *level = *GetSidSubAuthority(sid, (DWORD)(*GetSidSubAuthorityCount(sid) - 1));
    return S_OK;
}

static HRESULT read_membership(HANDLE token, bool *is_administrator)
{
    BYTE administrators[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof(administrators);
    if (!CreateWellKnownSid(WinBuiltinAdministratorsSid, NULL, administrators, &size))
        return log_last_error(LOG_COM, L"cannot make the SID of Administrators");
    /* CheckTokenMembership wants an impersonation token; this copy can do no more than be looked at. */
    HANDLE copy;
    if (!DuplicateTokenEx(token, TOKEN_QUERY, NULL, SecurityIdentification, TokenImpersonation, &copy))
        return log_last_error(LOG_COM, L"cannot copy a token");
    BOOL is_member = FALSE;
    HRESULT hr = S_OK;
    if (!CheckTokenMembership(copy, administrators, &is_member))
        hr = log_last_error(LOG_COM, L"cannot look for Administrators in a token");
    CloseHandle(copy);
    *is_administrator = is_member != FALSE;
    return hr;
}

static HRESULT read_token(HANDLE token, struct caller *caller)
{
    HRESULT hr = read_sid(token, caller->sid);
    if (SUCCEEDED(hr))
        hr = read_integrity(token, &caller->integrity_level);
    if (SUCCEEDED(hr))
        hr = read_membership(token, &caller->is_administrator);
    if (FAILED(hr))
        return hr;
    TOKEN_ELEVATION elevation;
    DWORD size;
    if (!GetTokenInformation(token, TokenElevation, &elevation, sizeof(elevation), &size))
        return log_last_error(LOG_COM, L"cannot read the elevation of a token");
    caller->is_elevated = elevation.TokenIsElevated != 0;
    return S_OK;
}

HRESULT identity_process(struct caller *caller)
{
    memset(caller, 0, sizeof(*caller));
    lock_acquire(&process_lock);
    bool is_known = is_process_known;
    if (is_known)
        *caller = process_caller;
    lock_release(&process_lock);
    if (is_known)
        return S_OK;

    HANDLE token;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY | TOKEN_DUPLICATE, &token))
        return log_last_error(LOG_COM, L"cannot open the process's token");
    HRESULT hr = read_token(token, caller);
    CloseHandle(token);
    if (FAILED(hr))
        return hr;
    lock_acquire(&process_lock);
    process_caller = *caller;
    is_process_known = true;
    lock_release(&process_lock);
    return S_OK;
}

/* S_FALSE when the thread does not impersonate. */
static HRESULT read_thread(struct caller *caller)
{
    HANDLE token;
    /* Opened as the process: a client that lets itself only be identified must not make this fail. */
    if (!OpenThreadToken(GetCurrentThread(), TOKEN_QUERY | TOKEN_DUPLICATE, TRUE, &token)) {
        if (GetLastError() == ERROR_NO_TOKEN)
            return S_FALSE;
        return log_last_error(LOG_COM, L"cannot open the caller's token");
    }
    HRESULT hr = read_token(token, caller);
    CloseHandle(token);
    return hr;
}

/* S_FALSE when the thread serves no call from elsewhere. A client that cannot be impersonated is an error, never the
 * process's user. */
static HRESULT read_call(struct caller *caller)
{
    IServerSecurity *call;
    if (FAILED(CoGetCallContext(&IID_IServerSecurity, (void **)&call)))
        return S_FALSE;
    HRESULT hr = IServerSecurity_ImpersonateClient(call);
    if (SUCCEEDED(hr)) {
        hr = read_thread(caller);
        IServerSecurity_RevertToSelf(call);
        if (hr == S_FALSE)
            hr = log_failure(LOG_COM, E_ACCESSDENIED, L"the client of a call has no token");
    } else {
        log_failure(LOG_COM, hr, L"cannot impersonate the client of a call");
    }
    IServerSecurity_Release(call);
    return hr;
}

static HRESULT system_caller(struct identity *identity, struct caller *caller)
{
    (void)identity;
    memset(caller, 0, sizeof(*caller));
    HRESULT hr = read_thread(caller);
    if (hr == S_FALSE)
        hr = read_call(caller);
    if (hr == S_FALSE)
        hr = identity_process(caller);
    return hr;
}

struct identity *identity_system(void)
{
    static struct identity identity = {system_caller};
    return &identity;
}
