/* Servers and networks that misbehave, one row each: in the end there is the right file, or an error of that name, and never a wrong byte. Where
 * docs/API.md ("Transient or fatal") allows both, both are accepted. With the first retry after a millisecond nothing waits. */
#include "fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void ranges_that_are_not_what_was_asked_for_never_count(void **context)
{
    static const struct fault faults[] = {
        ROW("cr=missing&times=1", RIGHT),
        ROW("cr=wrong&times=1", RIGHT),
        ROW("cr=shifted&times=1", RIGHT),
        ROW("cr=garbage&times=1", RIGHT),
        ROW("cr=total&times=1", RIGHT),
        ROW("cr=unknown&times=1", RIGHT),
        ROW("cr=missing", NO_RANGES),
        ROW("cr=wrong", NO_RANGES),
        ROW("cr=shifted", NO_RANGES),
        ROW("cr=garbage", NO_RANGES),
        ROW("multipart=1&times=1", RIGHT),
        ROW("multipart=1", NO_RANGES),
        ROW("shorter=100&times=1", RIGHT),
        ROW("status=416", HTTP(416)),
        ROW("norange=1", RIGHT),
        /* More than was announced: Wine's WinHTTP hides it, Windows' may refuse it. */
        ROW("longer=100&times=1", RIGHT),
        ROW("longer=100&norange=1", RIGHT),
    };
    (void)context;
    fault_run_all(faults, ARRAYSIZE(faults), 100000);
}

static void sources_that_change_or_cannot_be_told_apart_start_again(void **context)
{
    static const struct fault faults[] = {
        ROW("etag=weak", RIGHT),
        ROW("etag=weak&lm=recent", RIGHT),
        ROW("etag=none&lm=none", RIGHT),
        ROW("etag=none&lm=old", RIGHT),
        ROW("etag=none&lm=recent", RIGHT),
        ROW("etag=none&lm=none&norange=1", RIGHT),
        ROW("date=none", RIGHT),
        ROW("norange=1", RIGHT),
        /* Another version from the second request on. */
        {"etagchange=2", RIGHT, 0, 1},
        {"etagchange=2&etag=none", RIGHT, 0, 1},
        {"etagchange=2&dropbody=1000000&times=1", RIGHT, 0, 1},
        {"etagchange=2&dropbody=1000000&times=1&norange=1", RIGHT, 0, 1},
        {"etagchange=2&dropbody=1000000&times=1&etag=none", RIGHT, 0, 1},
        {"etagchange=2&dropbody=1000000&times=1&etag=none&lm=none", RIGHT, 0, 1},
        /* Where nothing tells the versions apart: the second request's body breaks off. */
        {"etagchange=3&dropbody=1000000&drops=2&etag=none&lm=none", RIGHT, 0, 1},
        {"etagchange=3&dropbody=1000000&drops=2&etag=weak&lm=recent", RIGHT, 0, 1},
        /* Whose first body was cut off without a sign. */
        {"etagchange=2&dropbody=1000000&times=1&norange=1&nolength=1&etag=none&lm=none", RIGHT, 0, 1},
        {"etagchange=2&dropbody=1000000&times=1&norange=1&chunked=1&etag=none&lm=none", RIGHT, 0, 1},
        {"etagchange=2&dropbody=1000000&times=1&norange=1&nolength=1", RIGHT, 0, 1},
        /* Another size under the same ETag. */
        {"sizechange=2:30000000", RIGHT, 30000000, 0},
        {"sizechange=2:17000000", RIGHT, 17000000, 0},
        {"sizechange=2:1000&dropbody=1000000&times=1", RIGHT, 1000, 0},
    };
    (void)context;
    fault_run_all(faults, ARRAYSIZE(faults), 20000000);
}

/* Each of two jobs for one URL gets the file as it is then. */
static void another_size_at_the_next_run_of_a_url_is_no_matter(void **context)
{
    static const char target[] = "/gen/twice?size=3000&seed=5&sizechange=2:7000";
    (void)context;
    for (unsigned i = 0; i < 2; i++) {
        IBackgroundCopyJob *job = client_job(manager, &listener);
        client_add(job, origin, target, L"fault");
        fault_run_job(job, target, RIGHT, 5, i ? 7000 : 3000);
    }
}

static void statuses_are_tried_again_or_named(void **context)
{
    static const struct fault faults[] = {
        ROW("failfirst=2:408", RIGHT),
        ROW("failfirst=2:409", RIGHT),
        ROW("failfirst=2:425", RIGHT),
        ROW("failfirst=2:429", RIGHT),
        ROW("failfirst=2:500", RIGHT),
        ROW("failfirst=2:502", RIGHT),
        ROW("failfirst=2:503", RIGHT),
        ROW("failfirst=2:504", RIGHT),
        ROW("failfirst=2:201", RIGHT),
        ROW("failfirst=2:204", RIGHT),
        ROW("failfirst=1:408&retryafter=0", RIGHT),
        ROW("failfirst=1:425&retryafter=0", RIGHT),
        ROW("failfirst=1:429&retryafter=0", RIGHT),
        ROW("failfirst=1:503&retryafter=0", RIGHT),
        ROW("failfirst=1:408&retryafter=date:0", RIGHT),
        ROW("failfirst=1:425&retryafter=date:0", RIGHT),
        ROW("failfirst=1:429&retryafter=date:0", RIGHT),
        ROW("failfirst=1:503&retryafter=date:0", RIGHT),
        ROW("status=400", HTTP(400)),
        ROW("status=401", HTTP(401)),
        ROW("status=403", HTTP(403)),
        ROW("status=404", HTTP(404)),
        ROW("status=405", HTTP(405)),
        ROW("status=406", HTTP(406)),
        ROW("status=407", HTTP(407)),
        ROW("status=410", HTTP(410)),
        ROW("status=412", HTTP(412)),
        ROW("status=451", HTTP(451)),
        ROW("status=501", HTTP(501)),
        ROW("status=505", HTTP(505)),
        ROW("status=300", HTTP(300)),
        ROW("status=304", HTTP(304)),
        ROW("headrefused=1", RIGHT),
        ROW("auth=basic:u:p", HTTP(401)),
        ROW("auth=none&offer=digest,ntlm,negotiate", HTTP(401)),
        ROW("proxyauth=basic:u:p", HTTP(407)),
        ROW("proxyauth=none&offer=digest,ntlm,negotiate", HTTP(407)),
    };
    (void)context;
    fault_run_all(faults, ARRAYSIZE(faults), 1000);
}

/* A job that may not retry ends with what would else be tried again. */
static void what_is_tried_again_has_a_name_too(void **context)
{
    static const struct fault faults[] = {
        ROW("status=201", ODD_SUCCESS),
        ROW("status=202", ODD_SUCCESS),
        ROW("status=203", ODD_SUCCESS),
        ROW("status=204", ODD_SUCCESS),
        ROW("status=299", ODD_SUCCESS),
        ROW("status=408", HTTP(408)),
        ROW("status=425", HTTP(425)),
        ROW("status=429", HTTP(429)),
        ROW("status=500", HTTP(500)),
        ROW("status=503", HTTP(503)),
        ROW("failfirst=1:drop", NO_ANSWER),
        ROW("dropheaders=1", NO_ANSWER),
        ROW("dropbody=500", BROKEN),
        ROW("dropbody=500&reset=1", BROKEN),
        ROW("status=408&retryafter=3600", HTTP(408)),
        ROW("status=425&retryafter=3600", HTTP(425)),
        ROW("status=429&retryafter=3600", HTTP(429)),
        ROW("status=503&retryafter=3600", HTTP(503)),
        ROW("status=408&retryafter=date:3600", HTTP(408)),
        ROW("status=425&retryafter=date:3600", HTTP(425)),
        ROW("status=429&retryafter=date:3600", HTTP(429)),
        ROW("status=503&retryafter=date:3600", HTTP(503)),
    };
    (void)context;
    fault_is_patient = false;
    fault_run_all(faults, ARRAYSIZE(faults), 1000);
    fault_is_patient = true;
}

/* When it came to its end, 0 before. */
struct visit {
    struct listener listener;
    ULONGLONG ended;
};

static void note_end(struct listener *self, IBackgroundCopyJob *job)
{
    (void)job;
    CONTAINING_RECORD(self, struct visit, listener)->ended = GetTickCount64();
}

/* As the server asks, in seconds or until a date: a second at least, though our own wait is a thousandth. All at the same time. */
static void a_server_is_left_alone_for_as_long_as_it_asks(void **context)
{
    static const unsigned statuses[] = {408, 425, 429, 503};
    /* Dates have whole seconds, so up to one is lost. */
    static const char *const times[] = {"1", "date:2"};
    enum { COUNT = ARRAYSIZE(statuses) * ARRAYSIZE(times) };
    static struct visit visits[COUNT]; /* outlives a failure of the test */
    IBackgroundCopyJob *jobs[COUNT];
    wchar_t name[16];
    (void)context;
    ULONGLONG started = GetTickCount64();
    for (unsigned i = 0; i < COUNT; i++) {
        char target[128];
        (void)snprintf(target, sizeof(target), "/gen/wait-%u?size=1000&seed=%u&failfirst=1:%u&retryafter=%s", i, i,
                       statuses[i / 2], times[i % 2]);
        (void)swprintf(name, ARRAYSIZE(name), L"wait%u", i);
        listener_init(&visits[i].listener);
        visits[i].listener.on_transferred = note_end;
        jobs[i] = client_job(manager, &visits[i].listener);
        client_add(jobs[i], origin, target, name);
        assert_hr(IBackgroundCopyJob_Resume(jobs[i]), S_OK);
    }
    for (unsigned i = 0; i < COUNT; i++) {
        assert_true(listener_wait(&visits[i].listener, &visits[i].listener.transferred, 1));
        if (visits[i].ended - started < 900)
            fail_msg("%u with Retry-After: %s: asked again after %llu ms", statuses[i / 2], times[i % 2],
                     visits[i].ended - started);
        assert_hr(IBackgroundCopyJob_Complete(jobs[i]), S_OK);
        IBackgroundCopyJob_Release(jobs[i]);
        (void)swprintf(name, ARRAYSIZE(name), L"wait%u", i);
        assert_content(name, i, 0, 1000);
        listener_destroy(&visits[i].listener);
    }
}

static void bodies_of_doubtful_length_are_right_or_refused(void **context)
{
    static const struct fault faults[] = {
        ROW("chunked=1", RIGHT),
        ROW("chunked=1&norange=1", RIGHT),
        ROW("nolength=1&norange=1", RIGHT),
        ROW("gzip=1", WRONG_LENGTH),
        ROW("gzip=1&norange=1", WRONG_LENGTH),
        ROW("clen=duplicate&times=1", RIGHT),
        ROW("clen=negative&times=1", RIGHT),
        ROW("clen=garbage&times=1", RIGHT),
        ROW("clen=duplicate&norange=1", WRONG_LENGTH),
        ROW("clen=negative&norange=1", WRONG_LENGTH),
        ROW("clen=garbage&norange=1", WRONG_LENGTH),
        ROW("clen=lie:200000&times=1", RIGHT),
        ROW("clen=lie:500&times=1", RIGHT),
        /* The file of the announced length, or an error where what is too much of it comes along with the rest. */
        {"clen=lie:500&norange=1", EITHER, 500, 0},
        ROW("chunked=1&norange=1&dropbody=50000&times=1", RIGHT),
        ROW("nolength=1&norange=1&dropbody=50000&times=1", RIGHT),
        ROW("trickle=10000/1", RIGHT),
        ROW("trickle=10000/1&chunked=1&norange=1", RIGHT),
    };
    (void)context;
    fault_run_all(faults, ARRAYSIZE(faults), 100000);
}

static void an_empty_file_is_empty_however_it_is_told(void **context)
{
    static const struct fault faults[] = {
        ROW("lm=old", RIGHT),
        ROW("norange=1", RIGHT),
        ROW("chunked=1&norange=1", RIGHT),
        ROW("etag=none&lm=none", RIGHT),
        ROW("dropheaders=1&times=2", RIGHT),
    };
    (void)context;
    fault_run_all(faults, ARRAYSIZE(faults), 0);
}

static void headers_beyond_sane_limits_do_no_harm(void **context)
{
    static const struct fault faults[] = {
        ROW("header64k=1&times=1", EITHER), ROW("headers=10000&times=1", EITHER), ROW("nul=1&times=1", EITHER),
        ROW("header64k=1", EITHER),         ROW("headers=10000", EITHER),         ROW("nul=1", EITHER),
    };
    (void)context;
    fault_run_all(faults, ARRAYSIZE(faults), 100000);
}

static void redirects_are_followed_within_limits(void **context)
{
    static const struct fault faults[] = {
        ROW("hops=3", RIGHT),
        ROW("hops=10", RIGHT),
        ROW("hops=11", REDIRECT_FAILED),
        ROW("hops=3&dropheaders=1&times=2", RIGHT),
        ROW("location=file:///etc/passwd", REDIRECT_FAILED),
        ROW("location=ftp://127.0.0.1/x", REDIRECT_FAILED),
        ROW("location=http://user:pass@127.0.0.1/x", REDIRECT_FAILED),
        ROW("location=http://127.0.0.1:0/x", REDIRECT_FAILED),
    };
    (void)context;
    fault_run_all(faults, ARRAYSIZE(faults), 1000);
}

static void a_redirect_to_itself_is_followed_no_longer_than_any_other(void **context)
{
    (void)context;
    IBackgroundCopyJob *job = client_job(manager, &listener);
    client_add(job, origin, "/gen/loop?location=self", L"fault");
    fault_run_job(job, "a redirect to itself", REDIRECT_FAILED, 0, 0);
    assert_int_equal(origin_request_count(origin, "/gen/loop"), 11);
}

static void a_redirect_may_lead_to_another_server(void **context)
{
    struct origin *other;
    char target[256];
    (void)context;
    assert_int_not_equal(origin_start(&other, NULL), 0);
    (void)snprintf(target, sizeof(target),
                   "/gen/moved?location=http://localhost:%u/gen/there%%3Fsize=40000000%%26seed=9", origin_port(other));
    IBackgroundCopyJob *job = client_job(manager, &listener);
    client_add(job, origin, target, L"fault");
    fault_run_job(job, target, RIGHT, 9, 40000000);
    /* The further segments are asked for where the first one came from. */
    assert_int_equal(origin_request_count(origin, "/gen/moved"), 1);
    assert_int_equal(origin_request_count(other, "/gen/there"), 3);
    origin_stop(other);
}

static void run_url(const wchar_t *url, HRESULT expected)
{
    wchar_t path[MAX_PATH];
    IBackgroundCopyJob *job = client_job(manager, &listener);
    client_path(L"fault", path);
    assert_hr(IBackgroundCopyJob_AddFile(job, url, path), S_OK);
    assert_hr(IBackgroundCopyJob_SetNoProgressTimeout(job, 0), S_OK);
    fault_run_job(job, "a URL without a server", expected, 0, 0);
}

static void servers_that_cannot_be_reached_are_named(void **context)
{
    struct origin *closed;
    wchar_t url[128];
    (void)context;
    run_url(L"http://no-such-host.invalid/file", NOT_RESOLVED);
    assert_int_not_equal(origin_start(&closed, NULL), 0);
    assert_true(origin_url(closed, "/gen/a?size=1", url, ARRAYSIZE(url)));
    origin_stop(closed);
    run_url(url, CANNOT_CONNECT);
}

/* Nothing of all that was asked for with another method. */
static void a_list_of_proxies_that_cannot_be_used_is_named(void **context)
{
    (void)context;
    IBackgroundCopyJob *job = client_job(manager, &listener);
    client_add(job, origin, "/gen/a?size=10", L"fault");
    assert_hr(IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_OVERRIDE, L"http=a:1;https=b:", NULL), S_OK);
    fault_run_job(job, "by a proxy without a port", (HRESULT)0x8020003F /* BG_E_INVALID_PROXY_INFO */, 0, 10);
}

static void only_get_is_ever_used(void **context)
{
    struct origin_request request;
    size_t count = 0;
    (void)context;
    for (; origin_request_at(origin, count, &request); count++)
        assert_string_equal(request.method, "GET");
    assert_true(count > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_that_are_not_what_was_asked_for_never_count),
        cmocka_unit_test(sources_that_change_or_cannot_be_told_apart_start_again),
        cmocka_unit_test(another_size_at_the_next_run_of_a_url_is_no_matter),
        cmocka_unit_test(statuses_are_tried_again_or_named),
        cmocka_unit_test(what_is_tried_again_has_a_name_too),
        cmocka_unit_test(a_server_is_left_alone_for_as_long_as_it_asks),
        cmocka_unit_test(bodies_of_doubtful_length_are_right_or_refused),
        cmocka_unit_test(an_empty_file_is_empty_however_it_is_told),
        cmocka_unit_test(headers_beyond_sane_limits_do_no_harm),
        cmocka_unit_test(redirects_are_followed_within_limits),
        cmocka_unit_test(a_redirect_to_itself_is_followed_no_longer_than_any_other),
        cmocka_unit_test(a_redirect_may_lead_to_another_server),
        cmocka_unit_test(servers_that_cannot_be_reached_are_named),
        cmocka_unit_test(a_list_of_proxies_that_cannot_be_used_is_named),
        cmocka_unit_test(only_get_is_ever_used),
    };
    return cmocka_run_group_tests(tests, fault_open, fault_close);
}
