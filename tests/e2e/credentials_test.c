/* Servers and proxies that ask who is there: with the right password the right file, with a wrong one the status that refused it. */
#include "fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SIZE 20000000u /* two segments */

static IBackgroundCopyJob2 *job2_of(IBackgroundCopyJob *job)
{
    IBackgroundCopyJob2 *job2;
    assert_hr(IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob2, (void **)&job2), S_OK);
    IBackgroundCopyJob2_Release(job2); /* one object */
    return job2;
}

static void set_credentials(IBackgroundCopyJob *job, BG_AUTH_TARGET target, const wchar_t *user,
                            const wchar_t *password)
{
    BG_AUTH_CREDENTIALS credentials = {.Target = target, .Scheme = BG_AUTH_SCHEME_BASIC};
    credentials.Credentials.Basic.UserName = (wchar_t *)user;
    credentials.Credentials.Basic.Password = (wchar_t *)password;
    assert_hr(IBackgroundCopyJob2_SetCredentials(job2_of(job), &credentials), S_OK);
}

static IBackgroundCopyJob *server_job(const char *target)
{
    IBackgroundCopyJob *job = client_job(manager, &listener);
    client_add(job, origin, target, L"fault");
    return job;
}

/* The name of a server that only the origin, as a proxy, knows. */
static IBackgroundCopyJob *proxy_job(const wchar_t *target)
{
    IBackgroundCopyJob *job = client_job(manager, &listener);
    wchar_t url[256], path[MAX_PATH], list[64];
    assert_true(swprintf(url, ARRAYSIZE(url), L"http://far.invalid%ls", target) > 0);
    assert_true(swprintf(list, ARRAYSIZE(list), L"127.0.0.1:%u", origin_port(origin)) > 0);
    client_path(L"fault", path);
    assert_hr(IBackgroundCopyJob_AddFile(job, url, path), S_OK);
    assert_hr(IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_OVERRIDE, list, NULL), S_OK);
    return job;
}

static int forget_requests(void **context)
{
    (void)context;
    origin_reset(origin);
    return 0;
}

static void a_server_gets_the_right_password(void **context)
{
    (void)context;
    IBackgroundCopyJob *job = server_job("/gen/a?size=20000000&seed=1&auth=basic:user:pass");
    set_credentials(job, BG_AUTH_TARGET_SERVER, L"user", L"pass");
    fault_run_job(job, "a server with a password", RIGHT, 1, SIZE);
}

static void a_server_does_not_get_what_is_for_the_proxy(void **context)
{
    struct origin_request request;
    (void)context;
    IBackgroundCopyJob *job = server_job("/gen/b?size=20000000&seed=2&auth=basic:user:pass");
    set_credentials(job, BG_AUTH_TARGET_PROXY, L"user", L"pass");
    fault_run_job(job, "a server with the proxy's password", HTTP(401), 2, SIZE);
    for (size_t i = 0; origin_request_at(origin, i, &request); i++)
        assert_string_equal(request.authorization, "");
}

static void a_wrong_password_is_named(void **context)
{
    (void)context;
    IBackgroundCopyJob *job = server_job("/gen/c?size=1000&seed=3&auth=basic:user:pass");
    set_credentials(job, BG_AUTH_TARGET_SERVER, L"user", L"guess");
    fault_run_job(job, "a wrong password", HTTP(401), 3, 1000);
    assert_int_equal(origin_request_count(origin, "/gen/c"), 2);
}

/* A job in ERROR goes on with the right one. */
static void the_right_password_may_come_later(void **context)
{
    (void)context;
    IBackgroundCopyJob *job = server_job("/gen/d?size=1000&seed=4&auth=basic:user:pass");
    LONG failed = listener.failed;
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    assert_true(listener_wait(&listener, &listener.failed, failed + 1));
    assert_int_equal(listener.error, HTTP(401));
    set_credentials(job, BG_AUTH_TARGET_SERVER, L"user", L"pass");
    fault_run_job(job, "a password after the first refusal", RIGHT, 4, 1000);
}

static void credentials_that_were_removed_are_not_used(void **context)
{
    (void)context;
    IBackgroundCopyJob *job = server_job("/gen/e?size=1000&seed=5&auth=basic:user:pass");
    set_credentials(job, BG_AUTH_TARGET_SERVER, L"user", L"pass");
    assert_hr(IBackgroundCopyJob2_RemoveCredentials(job2_of(job), BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC), S_OK);
    fault_run_job(job, "a removed password", HTTP(401), 5, 1000);
    assert_int_equal(origin_request_count(origin, "/gen/e"), 1);
}

static void a_proxy_gets_the_right_password(void **context)
{
    struct origin_request request;
    (void)context;
    IBackgroundCopyJob *job = proxy_job(L"/gen/f?size=20000000&seed=6&proxyauth=basic:user:pass");
    set_credentials(job, BG_AUTH_TARGET_PROXY, L"user", L"pass");
    fault_run_job(job, "a proxy with a password", RIGHT, 6, SIZE);
    for (size_t i = 0; origin_request_at(origin, i, &request); i++)
        assert_true(request.is_proxied);
}

static void a_wrong_password_for_a_proxy_is_named(void **context)
{
    (void)context;
    IBackgroundCopyJob *job = proxy_job(L"/gen/g?size=1000&seed=7&proxyauth=basic:user:pass");
    set_credentials(job, BG_AUTH_TARGET_PROXY, L"user", L"guess");
    fault_run_job(job, "a wrong password for a proxy", HTTP(407), 7, 1000);
}

static void a_proxy_and_the_server_behind_it_get_each_their_own(void **context)
{
    (void)context;
    IBackgroundCopyJob *job = proxy_job(L"/gen/h?size=20000000&seed=8&proxyauth=basic:p:1&auth=basic:s:2");
    set_credentials(job, BG_AUTH_TARGET_PROXY, L"p", L"1");
    set_credentials(job, BG_AUTH_TARGET_SERVER, L"s", L"2");
    fault_run_job(job, "passwords for both", RIGHT, 8, SIZE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, forget_requests)
    const struct CMUnitTest tests[] = {
        TEST(a_server_gets_the_right_password),
        TEST(a_server_does_not_get_what_is_for_the_proxy),
        TEST(a_wrong_password_is_named),
        TEST(the_right_password_may_come_later),
        TEST(credentials_that_were_removed_are_not_used),
        TEST(a_proxy_gets_the_right_password),
        TEST(a_wrong_password_for_a_proxy_is_named),
        TEST(a_proxy_and_the_server_behind_it_get_each_their_own),
    };
    return cmocka_run_group_tests(tests, fault_open, fault_close);
}
