/* What a client may set about its job's requests, and its command line: what is refused, what the getters give back, and that the next host finds it. */
#include "one_job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* ---- Proxies ---- */

static void assert_proxy(BG_JOB_PROXY_USAGE usage, const WCHAR *list, const WCHAR *bypass)
{
    BG_JOB_PROXY_USAGE actual = (BG_JOB_PROXY_USAGE)9;
    WCHAR *texts[2] = {(WCHAR *)L"", (WCHAR *)L""};
    const WCHAR *const expected[2] = {list, bypass};
    assert_hr(IBackgroundCopyJob5_GetProxySettings(one.job5, &actual, &texts[0], &texts[1]), S_OK);
    assert_int_equal(actual, usage);
    for (size_t i = 0; i < 2; i++) {
        if (expected[i])
            assert_text(texts[i], expected[i]);
        else
            assert_null(texts[i]);
    }
}

static void proxy_settings_are_checked_together(void **state)
{
    (void)state;
    static const struct {
        int usage;
        const WCHAR *list, *bypass;
        size_t list_length, bypass_length; /* instead, when not 0 */
        HRESULT answer;
    } refused[] = {
        {4, NULL, NULL, 0, 0, E_NOTIMPL},
        {-1, NULL, NULL, 0, 0, E_NOTIMPL},
        {4, L"proxy:80", NULL, 0, 0, E_NOTIMPL},
        {BG_JOB_PROXY_USAGE_PRECONFIG, L"proxy:80", NULL, 0, 0, E_INVALIDARG},
        {BG_JOB_PROXY_USAGE_NO_PROXY, NULL, L"<local>", 0, 0, E_INVALIDARG},
        {BG_JOB_PROXY_USAGE_AUTODETECT, L"proxy:80", L"<local>", 0, 0, E_INVALIDARG},
        {BG_JOB_PROXY_USAGE_OVERRIDE, NULL, NULL, 0, 0, E_INVALIDARG},
        {BG_JOB_PROXY_USAGE_OVERRIDE, L"", NULL, 0, 0, E_INVALIDARG},
        {BG_JOB_PROXY_USAGE_OVERRIDE, NULL, L"<local>", 0, 0, E_INVALIDARG},
        {BG_JOB_PROXY_USAGE_OVERRIDE, NULL, NULL, 4001, 0, BG_E_PROXY_LIST_TOO_LARGE},
        {BG_JOB_PROXY_USAGE_OVERRIDE, L"proxy:80", NULL, 0, 4001, BG_E_PROXY_BYPASS_LIST_TOO_LARGE},
    };
    assert_proxy(BG_JOB_PROXY_USAGE_PRECONFIG, NULL, NULL);
    for (size_t i = 0; i < ARRAYSIZE(refused); i++) {
        const WCHAR *list = refused[i].list_length ? one_job_text(refused[i].list_length) : refused[i].list;
        const WCHAR *bypass = refused[i].bypass_length ? one_job_text(refused[i].bypass_length) : refused[i].bypass;
        HRESULT hr = IBackgroundCopyJob5_SetProxySettings(one.job5, (BG_JOB_PROXY_USAGE)refused[i].usage, list, bypass);
        if (hr != refused[i].answer)
            fail_msg("case %zu is answered with %08lX", i, (unsigned long)hr);
    }
    assert_proxy(BG_JOB_PROXY_USAGE_PRECONFIG, NULL, NULL);
    assert_hr(IBackgroundCopyJob5_SetProxySettings(one.job5, BG_JOB_PROXY_USAGE_OVERRIDE, one_job_text(4000),
                                                   one_job_text(4000)),
              S_OK);
    assert_proxy(BG_JOB_PROXY_USAGE_OVERRIDE, one_job_text(4000), one_job_text(4000));
    assert_hr(IBackgroundCopyJob5_SetProxySettings(one.job5, BG_JOB_PROXY_USAGE_OVERRIDE, L"proxy:80", NULL), S_OK);
    assert_proxy(BG_JOB_PROXY_USAGE_OVERRIDE, L"proxy:80", NULL);
    one_job_change_hosts();
    assert_proxy(BG_JOB_PROXY_USAGE_OVERRIDE, L"proxy:80", NULL);
    assert_hr(IBackgroundCopyJob5_SetProxySettings(one.job5, BG_JOB_PROXY_USAGE_AUTODETECT, NULL, NULL), S_OK);
    assert_proxy(BG_JOB_PROXY_USAGE_AUTODETECT, NULL, NULL);
}

/* ---- The command line ---- */

static void assert_command(const WCHAR *program, const WCHAR *parameters)
{
    WCHAR *first, *second;
    assert_hr(IBackgroundCopyJob5_GetNotifyCmdLine(one.job5, &first, &second), S_OK);
    assert_text(first, program);
    assert_text(second, parameters);
}

static void the_command_line_has_its_limits(void **state)
{
    (void)state;
    assert_command(L"", L"");
    assert_hr(IBackgroundCopyJob5_SetNotifyCmdLine(one.job5, NULL, L"/x"), E_INVALIDARG);
    assert_hr(IBackgroundCopyJob5_SetNotifyCmdLine(one.job5, one_job_text(261), NULL), BG_E_STRING_TOO_LONG);
    assert_hr(IBackgroundCopyJob5_SetNotifyCmdLine(one.job5, L"a.exe", one_job_text(4001)), BG_E_STRING_TOO_LONG);
    assert_command(L"", L"");
    assert_hr(IBackgroundCopyJob5_SetNotifyCmdLine(one.job5, one_job_text(260), one_job_text(4000)), S_OK);
    assert_command(one_job_text(260), one_job_text(4000));
    assert_hr(IBackgroundCopyJob5_SetNotifyCmdLine(one.job5, L"C:\\a.exe", NULL), S_OK);
    one_job_change_hosts();
    assert_command(L"C:\\a.exe", L"");
    assert_hr(IBackgroundCopyJob5_SetNotifyCmdLine(one.job5, NULL, NULL), S_OK);
    assert_command(L"", L"");
}

/* ---- Headers ---- */

static void assert_headers(const WCHAR *expected)
{
    WCHAR *text = (WCHAR *)L"";
    assert_hr(IBackgroundCopyJobHttpOptions_GetCustomHeaders(one.http, &text), expected ? S_OK : S_FALSE);
    if (expected)
        assert_text(text, expected);
    else
        assert_null(text);
}

static void custom_headers_have_their_limits(void **state)
{
    (void)state;
    WCHAR *longest = one_job_text(16383), *longer;
    memcpy(longest, L"X: ", 3 * sizeof(WCHAR));
    assert_headers(NULL);
    assert_hr(IBackgroundCopyJobHttpOptions_SetCustomHeaders(one.http, longest), S_OK);
    assert_headers(longest);
    longer = one_job_text(16384);
    memcpy(longer, L"X: ", 3 * sizeof(WCHAR));
    assert_hr(IBackgroundCopyJobHttpOptions_SetCustomHeaders(one.http, longer), BG_E_STRING_TOO_LONG);
    assert_hr(IBackgroundCopyJobHttpOptions_SetCustomHeaders(one.http, L"no colon"), E_INVALIDARG);
    assert_hr(IBackgroundCopyJobHttpOptions_SetCustomHeaders(one.http, L"A: b\r\n\r\nGET / HTTP/1.1"), E_INVALIDARG);
    assert_hr(IBackgroundCopyJobHttpOptions_SetCustomHeaders(one.http, L"Range: bytes=0-0"), E_INVALIDARG);
    assert_headers(longest);
    assert_hr(IBackgroundCopyJobHttpOptions_SetCustomHeaders(one.http, L"X-A: 1\r\nX-B: 2\n"), S_OK);
    one_job_change_hosts();
    assert_headers(L"X-A: 1\r\nX-B: 2\n");
    assert_hr(IBackgroundCopyJobHttpOptions_SetCustomHeaders(one.http, NULL), S_OK);
    assert_headers(NULL);
}

/* ---- Certificates ---- */

static void a_client_certificate_is_set_and_removed(void **state)
{
    (void)state;
    BYTE hash[20], *got_hash = NULL;
    WCHAR *store = (WCHAR *)L"", *subject = (WCHAR *)L"";
    BG_CERT_STORE_LOCATION location;
    for (BYTE i = 0; i < 20; i++)
        hash[i] = i;
    assert_hr(IBackgroundCopyJobHttpOptions_GetClientCertificate(one.http, &location, &store, &got_hash, &subject),
              S_FALSE);
    assert_null(store);
    assert_null(subject);
    assert_hr(IBackgroundCopyJobHttpOptions_RemoveClientCertificate(one.http), S_FALSE);
    assert_hr(IBackgroundCopyJobHttpOptions_SetClientCertificateByID(one.http, BG_CERT_STORE_LOCATION_LOCAL_MACHINE,
                                                                     L"MY", hash),
              S_OK);
    one_job_change_hosts();
    assert_hr(IBackgroundCopyJobHttpOptions_GetClientCertificate(one.http, &location, &store, &got_hash, &subject),
              S_OK);
    assert_int_equal(location, BG_CERT_STORE_LOCATION_LOCAL_MACHINE);
    assert_text(store, L"MY");
    assert_memory_equal(got_hash, hash, 20);
    assert_null(subject);
    CoTaskMemFree(got_hash);
    assert_hr(IBackgroundCopyJobHttpOptions_SetClientCertificateByName(one.http, BG_CERT_STORE_LOCATION_CURRENT_USER,
                                                                       L"ROOT", L"somebody"),
              S_OK);
    assert_hr(IBackgroundCopyJobHttpOptions_GetClientCertificate(one.http, &location, &store, &got_hash, &subject),
              S_OK);
    assert_int_equal(location, BG_CERT_STORE_LOCATION_CURRENT_USER);
    assert_text(store, L"ROOT");
    assert_text(subject, L"somebody");
    assert_null(got_hash);
    assert_hr(IBackgroundCopyJobHttpOptions_RemoveClientCertificate(one.http), S_OK);
    assert_hr(IBackgroundCopyJobHttpOptions_RemoveClientCertificate(one.http), S_FALSE);
}

static void a_certificate_that_cannot_be_is_refused(void **state)
{
    (void)state;
    BYTE hash[20] = {0};
    const BG_CERT_STORE_LOCATION user = BG_CERT_STORE_LOCATION_CURRENT_USER, none = (BG_CERT_STORE_LOCATION)8;
    assert_hr(IBackgroundCopyJobHttpOptions_SetClientCertificateByID(one.http, none, L"MY", hash), E_INVALIDARG);
    assert_hr(IBackgroundCopyJobHttpOptions_SetClientCertificateByID(one.http, user, NULL, hash), E_INVALIDARG);
    assert_hr(IBackgroundCopyJobHttpOptions_SetClientCertificateByID(one.http, user, L"", hash), E_INVALIDARG);
    assert_hr(IBackgroundCopyJobHttpOptions_SetClientCertificateByID(one.http, user, L"MY", NULL), E_INVALIDARG);
    assert_hr(IBackgroundCopyJobHttpOptions_SetClientCertificateByID(one.http, user, one_job_text(257), hash),
              E_INVALIDARG);
    assert_hr(IBackgroundCopyJobHttpOptions_SetClientCertificateByName(one.http, user, L"MY", NULL), E_INVALIDARG);
    assert_hr(IBackgroundCopyJobHttpOptions_SetClientCertificateByName(one.http, user, L"MY", L""), E_INVALIDARG);
    assert_hr(IBackgroundCopyJobHttpOptions_SetClientCertificateByName(one.http, user, L"MY", one_job_text(2049)),
              E_INVALIDARG);
    assert_hr(IBackgroundCopyJobHttpOptions_RemoveClientCertificate(one.http), S_FALSE);
}

/* ---- Credentials ---- */

static HRESULT set_credentials(int target, int scheme, const WCHAR *user, const WCHAR *password)
{
    BG_AUTH_CREDENTIALS credentials = {
        (BG_AUTH_TARGET)target, (BG_AUTH_SCHEME)scheme, {{(WCHAR *)(uintptr_t)user, (WCHAR *)(uintptr_t)password}}};
    return IBackgroundCopyJob5_SetCredentials(one.job5, &credentials);
}

static HRESULT remove_credentials(int target, int scheme)
{
    return IBackgroundCopyJob5_RemoveCredentials(one.job5, (BG_AUTH_TARGET)target, (BG_AUTH_SCHEME)scheme);
}

static void credentials_have_their_limits(void **state)
{
    (void)state;
    assert_hr(IBackgroundCopyJob5_SetCredentials(one.job5, NULL), E_INVALIDARG);
    assert_hr(set_credentials(0, 1, L"u", L"p"), BG_E_INVALID_AUTH_TARGET);
    assert_hr(set_credentials(3, 1, L"u", L"p"), BG_E_INVALID_AUTH_TARGET);
    assert_hr(set_credentials(1, 0, L"u", L"p"), BG_E_INVALID_AUTH_SCHEME);
    assert_hr(set_credentials(1, BG_AUTH_SCHEME_PASSPORT, L"u", L"p"), BG_E_INVALID_AUTH_SCHEME);
    for (int scheme = BG_AUTH_SCHEME_BASIC; scheme <= BG_AUTH_SCHEME_NEGOTIATE; scheme++) {
        bool can_do_without = scheme >= BG_AUTH_SCHEME_NTLM;
        assert_hr(set_credentials(1, scheme, NULL, NULL), can_do_without ? S_OK : E_INVALIDARG);
        assert_hr(set_credentials(1, scheme, L"u", NULL), E_INVALIDARG);
        assert_hr(set_credentials(1, scheme, NULL, L"p"), E_INVALIDARG);
        assert_hr(set_credentials(1, scheme, one_job_text(301), L"p"), BG_E_USERNAME_TOO_LARGE);
        assert_hr(set_credentials(1, scheme, L"u", one_job_text(65536)), BG_E_PASSWORD_TOO_LARGE);
        assert_hr(set_credentials(1, scheme, one_job_text(300), one_job_text(65535)), S_OK);
    }
}

static void there_is_one_entry_a_target_and_scheme(void **state)
{
    (void)state;
    assert_hr(remove_credentials(1, 1), S_FALSE);
    assert_hr(remove_credentials(0, 1), BG_E_INVALID_AUTH_TARGET);
    assert_hr(remove_credentials(1, 5), BG_E_INVALID_AUTH_SCHEME);
    assert_hr(set_credentials(1, 1, L"u", L"p"), S_OK);
    assert_hr(set_credentials(1, 1, L"other", L"p"), S_OK);
    assert_hr(set_credentials(2, 1, L"u", L"p"), S_OK);
    assert_hr(set_credentials(1, 4, L"u", L"p"), S_OK);
    one_job_change_hosts();
    assert_hr(remove_credentials(2, 4), S_FALSE);
    assert_hr(remove_credentials(1, 1), S_OK);
    assert_hr(remove_credentials(1, 1), S_FALSE);
    assert_hr(remove_credentials(2, 1), S_OK);
    assert_hr(remove_credentials(1, 4), S_OK);
}

static bool has_bytes(const WCHAR *name, const void *wanted, size_t length)
{
    WCHAR path[MAX_PATH];
    size_t size = 0;
    (void)_snwprintf(path, MAX_PATH, L"%ls\\%ls", env.queue_dir, name);
    if (GetFileAttributesW(path) == INVALID_FILE_ATTRIBUTES)
        return false;
    char *bytes = temp_file_read(path, &size);
    bool is_there = false;
    for (size_t i = 0; i + length <= size && !is_there; i++)
        is_there = memcmp(bytes + i, wanted, length) == 0;
    free(bytes);
    return is_there;
}

static bool is_in_queue(const WCHAR *text)
{
    char narrow[100];
    size_t length = wcslen(text);
    for (size_t i = 0; i <= length; i++)
        narrow[i] = (char)text[i];
    const WCHAR *const names[] = {L"queue.db", L"queue.db-wal"};
    for (size_t i = 0; i < ARRAYSIZE(names); i++) {
        if (has_bytes(names[i], text, length * sizeof(WCHAR)) || has_bytes(names[i], narrow, length))
            return true;
    }
    return false;
}

static void no_password_is_on_the_disk_in_clear(void **state)
{
    (void)state;
    assert_hr(IBackgroundCopyJob_SetDisplayName(one.job, L"a name that is found"), S_OK);
    assert_hr(set_credentials(1, 1, L"user-of-the-test", L"password-of-the-test"), S_OK);
    one_job_leave();
    assert_true(is_in_queue(L"a name that is found"));
    assert_false(is_in_queue(L"user-of-the-test"));
    assert_false(is_in_queue(L"password-of-the-test"));
    one_job_return();
}

/* ---- What requests get of all that ---- */

static void give_everything(void)
{
    BYTE hash[20];
    memset(hash, 0xA5, sizeof(hash));
    assert_hr(IBackgroundCopyJob5_SetProxySettings(one.job5, BG_JOB_PROXY_USAGE_OVERRIDE, L"proxy:80", L"<local>"),
              S_OK);
    assert_hr(IBackgroundCopyJobHttpOptions_SetCustomHeaders(one.http, L"X-A: 1\r\n"), S_OK);
    assert_hr(IBackgroundCopyJobHttpOptions_SetSecurityFlags(one.http, 0xA05), S_OK);
    assert_hr(IBackgroundCopyJobHttpOptions_SetClientCertificateByID(one.http, BG_CERT_STORE_LOCATION_LOCAL_MACHINE,
                                                                     L"MY", hash),
              S_OK);
    assert_hr(set_credentials(1, 1, L"user", L"password"), S_OK);
    assert_hr(set_credentials(2, 4, NULL, NULL), S_OK);
}

static const struct http_options *options_of_request(size_t number)
{
    assert_true(number < env.http.request_count);
    return env.http.requests[number].options;
}

static void requests_carry_what_the_job_was_given(void **state)
{
    (void)state;
    give_everything();
    one_job_change_hosts();
    assert_hr(IBackgroundCopyJob_Resume(one.job), S_OK);
    env_await_state(one.job, BG_JOB_STATE_TRANSFERRED);
    const struct http_options *options = options_of_request(0);
    assert_int_equal(options->proxy_usage, HTTP_PROXY_OVERRIDE);
    assert_int_equal(wcscmp(options->proxy_list, L"proxy:80"), 0);
    assert_int_equal(wcscmp(options->proxy_bypass, L"<local>"), 0);
    assert_int_equal(wcscmp(options->headers, L"X-A: 1\r\n"), 0);
    assert_int_equal(options->security_flags, HTTP_CHECK_REVOCATION | HTTP_IGNORE_CERT_DATE);
    assert_int_equal(options->redirect_policy, HTTP_REDIRECT_DISALLOW);
    assert_true(options->allows_insecure_redirect);
    assert_int_equal(options->certificate.kind, HTTP_CERT_BY_HASH);
    assert_int_equal(options->certificate.location, BG_CERT_STORE_LOCATION_LOCAL_MACHINE);
    assert_int_equal(options->certificate.hash[19], 0xA5);
    assert_int_equal(options->credential_count, 2);
    assert_int_equal(options->credentials[0].target, HTTP_AUTH_SERVER);
    assert_int_equal(options->credentials[0].scheme, HTTP_AUTH_BASIC);
    assert_int_equal(wcscmp(options->credentials[0].user, L"user"), 0);
    assert_int_equal(wcscmp(options->credentials[0].password, L"password"), 0);
    assert_int_equal(options->credentials[1].target, HTTP_AUTH_PROXY);
    assert_int_equal(options->credentials[1].scheme, HTTP_AUTH_NEGOTIATE);
    assert_null(options->credentials[1].user);
    assert_hr(IBackgroundCopyJob_Cancel(one.job), S_OK);
}

static void a_change_counts_from_the_next_request_on(void **state)
{
    (void)state;
    env.http.resources[0].status = 404;
    assert_hr(IBackgroundCopyJob_Resume(one.job), S_OK);
    env_await_state(one.job, BG_JOB_STATE_ERROR);
    assert_null(options_of_request(0)); /* nothing was set */
    give_everything();
    assert_hr(IBackgroundCopyJob_TakeOwnership(one.job), S_OK);
    env.http.resources[0].status = 0;
    assert_hr(IBackgroundCopyJob_Resume(one.job), S_OK);
    env_await_state(one.job, BG_JOB_STATE_TRANSFERRED);
    const struct http_options *options = options_of_request(1);
    assert_int_equal(options->proxy_usage, HTTP_PROXY_OVERRIDE); /* that stays */
    assert_null(options->headers);
    assert_int_equal(options->certificate.kind, HTTP_CERT_NONE);
    assert_int_equal(options->credential_count, 0);
    assert_hr(IBackgroundCopyJob_Cancel(one.job), S_OK);
}

/* ---- Redirects ---- */

static void assert_remote_name(const WCHAR *expected)
{
    IEnumBackgroundCopyFiles *files;
    IBackgroundCopyFile *file;
    WCHAR *text;
    assert_hr(IBackgroundCopyJob_EnumFiles(one.job, &files), S_OK);
    assert_hr(IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL), S_OK);
    assert_hr(IBackgroundCopyFile_GetRemoteName(file, &text), S_OK);
    assert_text(text, expected);
    IBackgroundCopyFile_Release(file);
    IEnumBackgroundCopyFiles_Release(files);
}

static void fetch_from_elsewhere(void)
{
    (void)_snwprintf(env.http.resources[0].moved_to, 64, L"https://elsewhere/b?c=1");
    assert_hr(IBackgroundCopyJob_Resume(one.job), S_OK);
    env_await_state(one.job, BG_JOB_STATE_TRANSFERRED);
}

static void a_reported_redirect_becomes_the_remote_name(void **state)
{
    (void)state;
    assert_hr(IBackgroundCopyJobHttpOptions_SetSecurityFlags(one.http, 0x100), S_OK);
    fetch_from_elsewhere();
    assert_remote_name(L"https://elsewhere/b?c=1");
    one_job_change_hosts();
    assert_remote_name(L"https://elsewhere/b?c=1");
    assert_int_equal(env_state(one.job), BG_JOB_STATE_TRANSFERRED); /* it was not fetched again */
    assert_hr(IBackgroundCopyJob_Complete(one.job), S_OK);
    env_assert_file(L"a", &env.http.resources[0]);
}

static void another_redirect_is_followed_silently(void **state)
{
    (void)state;
    fetch_from_elsewhere();
    assert_remote_name(env.http.resources[0].url);
    assert_hr(IBackgroundCopyJob_Cancel(one.job), S_OK);
}

/* ---- States ---- */

static void a_job_that_is_over_refuses_them(void **state)
{
    (void)state;
    BG_AUTH_CREDENTIALS credentials = {BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_NTLM, {{NULL, NULL}}};
    BYTE hash[20] = {0};
    assert_hr(IBackgroundCopyJob_Cancel(one.job), S_OK);
    assert_hr(IBackgroundCopyJob5_SetProxySettings(one.job5, BG_JOB_PROXY_USAGE_NO_PROXY, NULL, NULL),
              DO_E_INVALID_STATE);
    assert_hr(IBackgroundCopyJob5_TakeOwnership(one.job5), DO_E_INVALID_STATE);
    assert_hr(IBackgroundCopyJob5_SetNotifyCmdLine(one.job5, NULL, NULL), DO_E_INVALID_STATE);
    assert_hr(IBackgroundCopyJob5_SetCredentials(one.job5, &credentials), DO_E_INVALID_STATE);
    assert_hr(IBackgroundCopyJob5_RemoveCredentials(one.job5, BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_NTLM),
              DO_E_INVALID_STATE);
    assert_hr(IBackgroundCopyJobHttpOptions_SetCustomHeaders(one.http, NULL), DO_E_INVALID_STATE);
    assert_hr(IBackgroundCopyJobHttpOptions_SetClientCertificateByID(one.http, BG_CERT_STORE_LOCATION_CURRENT_USER,
                                                                     L"MY", hash),
              DO_E_INVALID_STATE);
    assert_hr(IBackgroundCopyJobHttpOptions_RemoveClientCertificate(one.http), DO_E_INVALID_STATE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ONE_JOB_TEST(proxy_settings_are_checked_together),
        ONE_JOB_TEST(the_command_line_has_its_limits),
        ONE_JOB_TEST(custom_headers_have_their_limits),
        ONE_JOB_TEST(a_client_certificate_is_set_and_removed),
        ONE_JOB_TEST(a_certificate_that_cannot_be_is_refused),
        ONE_JOB_TEST(credentials_have_their_limits),
        ONE_JOB_TEST(there_is_one_entry_a_target_and_scheme),
        ONE_JOB_TEST(no_password_is_on_the_disk_in_clear),
        ONE_JOB_TEST(requests_carry_what_the_job_was_given),
        ONE_JOB_TEST(a_change_counts_from_the_next_request_on),
        ONE_JOB_TEST(a_reported_redirect_becomes_the_remote_name),
        ONE_JOB_TEST(another_redirect_is_followed_silently),
        ONE_JOB_TEST(a_job_that_is_over_refuses_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
