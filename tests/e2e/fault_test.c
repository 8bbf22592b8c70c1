/* Servers and networks that misbehave, one row each: in the end there is the right file, or an error of that name, and never a wrong byte. Where
 * docs/API.md ("Transient or fatal") allows both, both are accepted. With the first retry after a millisecond nothing waits. */
#include "client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define RIGHT  S_OK
#define EITHER S_FALSE /* the right file, or any error */

#define HTTP(status) ((HRESULT)(0x80190000u + (status)))
#define WRONG_LENGTH ((HRESULT)0x80D05001)
#define NO_RANGES    ((HRESULT)0x80D05011)

struct fault {
    const char *query; /* size and seed are added */
    HRESULT expected;
};

static struct origin *origin;
static IBackgroundCopyManager *manager;
static struct listener listener;
static LONG finished, failed;

static int open_all(void **context)
{
    (void)context;
    SetEnvironmentVariableW(L"DOSVC_RETRY_BASE_MS", L"1");
    if (!origin_start(&origin, NULL))
        return -1;
    listener_init(&listener);
    manager = client_open(COINIT_MULTITHREADED);
    return 0;
}

static int close_all(void **context)
{
    (void)context;
    client_close(manager);
    listener_destroy(&listener);
    origin_stop(origin);
    return 0;
}

/* Waits until the job is transferred or in error; the error, or S_OK. */
static HRESULT outcome_of(IBackgroundCopyJob *job, const char *target)
{
    ULONGLONG deadline = GetTickCount64() + WAIT_LIMIT_MS;
    BG_JOB_STATE state;
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    while (listener.transferred == finished && listener.failed == failed) {
        ULONGLONG now = GetTickCount64();
        if (now >= deadline) {
            assert_hr(IBackgroundCopyJob_GetState(job, &state), S_OK);
            fail_msg("%s: neither transferred nor in error, but in state %d", target, state);
        }
        (void)WaitForSingleObject(listener.changed, (DWORD)(deadline - now));
    }
    bool is_error = listener.failed != failed;
    finished = listener.transferred;
    failed = listener.failed;
    return is_error ? listener.error : S_OK;
}

static void run_fault(const char *query, HRESULT expected, unsigned size)
{
    static unsigned number;
    char target[512];
    (void)snprintf(target, sizeof(target), "/gen/fault-%u?size=%u&seed=%u&%s", number, size, number, query);
    IBackgroundCopyJob *job = client_job(manager, &listener);
    client_add(job, origin, target, L"fault");
    HRESULT outcome = outcome_of(job, target);
    bool is_right = SUCCEEDED(outcome);
    if (expected == EITHER ? false : outcome != expected)
        fail_msg("%s: 0x%08lX, expected 0x%08lX", target, (unsigned long)outcome, (unsigned long)expected);
    assert_hr(is_right ? IBackgroundCopyJob_Complete(job) : IBackgroundCopyJob_Cancel(job), S_OK);
    IBackgroundCopyJob_Release(job);
    if (is_right) {
        wchar_t path[MAX_PATH];
        assert_content(L"fault", number, 0, size);
        client_path(L"fault", path);
        DeleteFileW(path);
    } else {
        assert_absent(L"fault");
    }
    assert_no_temporary_file();
    number++;
}

static void run_faults(const struct fault *faults, size_t count, unsigned size)
{
    for (size_t i = 0; i < count; i++)
        run_fault(faults[i].query, faults[i].expected, size);
}

static void a_connection_that_drops_at_any_byte_does_not_matter(void **context)
{
    (void)context;
    /* The header block is shorter than 400 bytes; a drop beyond the end is none. */
    for (unsigned at = 0; at <= 464; at++) {
        char query[64];
        (void)snprintf(query, sizeof(query), "drop=%u&times=1", at);
        run_fault(query, RIGHT, 64);
    }
}

static void drops_at_random_places_of_a_large_file_do_not_matter(void **context)
{
    static const struct fault faults[] = {
        {"dropat=random&times=5", RIGHT},
        {"dropat=random&times=5&norange=1", RIGHT},
        {"dropat=random&times=5&etag=none&lm=none", RIGHT},
        {"dropat=random&times=5&etag=none", RIGHT},
        {"dropat=random&times=5&reset=1", RIGHT},
        {"dropheaders=1&times=3", RIGHT},
        {"dropbody=1000000&times=4", RIGHT},
    };
    (void)context;
    run_faults(faults, ARRAYSIZE(faults), 20000000);
}

static void ranges_that_are_not_what_was_asked_for_never_count(void **context)
{
    static const struct fault faults[] = {
        {"cr=missing&times=1", RIGHT},  {"cr=wrong&times=1", RIGHT},    {"cr=shifted&times=1", RIGHT},
        {"cr=garbage&times=1", RIGHT},  {"cr=total&times=1", EITHER},   {"cr=unknown&times=1", RIGHT},
        {"cr=missing", NO_RANGES},      {"cr=shifted", NO_RANGES},      {"cr=garbage", NO_RANGES},
        {"multipart=1&times=1", RIGHT}, {"longer=100&times=1", EITHER}, {"shorter=100&times=1", RIGHT},
    };
    (void)context;
    run_faults(faults, ARRAYSIZE(faults), 100000);
}

static void sources_that_change_or_cannot_be_told_apart_start_again(void **context)
{
    static const struct fault faults[] = {
        {"etag=weak", RIGHT},        {"etag=weak&lm=recent", RIGHT}, {"etag=none&lm=none", RIGHT},
        {"etag=none&lm=old", RIGHT}, {"etag=none&lm=recent", RIGHT}, {"date=none", RIGHT},
    };
    (void)context;
    run_faults(faults, ARRAYSIZE(faults), 20000000);
}

static void statuses_are_tried_again_or_named(void **context)
{
    static const struct fault faults[] = {
        {"failfirst=2:408", RIGHT}, {"failfirst=2:409", RIGHT},    {"failfirst=2:425", RIGHT},
        {"failfirst=2:429", RIGHT}, {"failfirst=2:500", RIGHT},    {"failfirst=2:502", RIGHT},
        {"failfirst=2:503", RIGHT}, {"failfirst=2:504", RIGHT},    {"failfirst=2:204", RIGHT},
        {"status=400", HTTP(400)},  {"status=401", HTTP(401)},     {"status=403", HTTP(403)},
        {"status=404", HTTP(404)},  {"status=405", HTTP(405)},     {"status=406", HTTP(406)},
        {"status=410", HTTP(410)},  {"status=412", HTTP(412)},     {"status=451", HTTP(451)},
        {"status=501", HTTP(501)},  {"status=505", HTTP(505)},     {"status=304", HTTP(304)},
        {"headrefused=1", RIGHT},   {"auth=basic:u:p", HTTP(401)},
    };
    (void)context;
    run_faults(faults, ARRAYSIZE(faults), 1000);
}

static void bodies_of_doubtful_length_are_right_or_refused(void **context)
{
    static const struct fault faults[] = {
        {"chunked=1", RIGHT},
        {"chunked=1&norange=1", RIGHT},
        {"nolength=1&norange=1", RIGHT},
        {"gzip=1", WRONG_LENGTH},
        {"clen=duplicate&times=1", EITHER},
        {"clen=negative&times=1", EITHER},
        {"clen=garbage&times=1", EITHER},
        {"clen=lie:200000&times=1", RIGHT},
        {"chunked=1&norange=1&dropbody=50000&times=1", RIGHT},
    };
    (void)context;
    run_faults(faults, ARRAYSIZE(faults), 100000);
}

static void headers_beyond_sane_limits_do_no_harm(void **context)
{
    static const struct fault faults[] = {
        {"header64k=1&times=1", EITHER},
        {"headers=10000&times=1", EITHER},
        {"nul=1&times=1", EITHER},
    };
    (void)context;
    run_faults(faults, ARRAYSIZE(faults), 100000);
}

static void redirects_are_followed_within_limits(void **context)
{
    static const struct fault faults[] = {
        {"hops=3", RIGHT},
        {"hops=10", RIGHT},
        {"location=file:///etc/passwd", EITHER},
    };
    (void)context;
    run_faults(faults, ARRAYSIZE(faults), 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_that_drops_at_any_byte_does_not_matter),
        cmocka_unit_test(drops_at_random_places_of_a_large_file_do_not_matter),
        cmocka_unit_test(ranges_that_are_not_what_was_asked_for_never_count),
        cmocka_unit_test(sources_that_change_or_cannot_be_told_apart_start_again),
        cmocka_unit_test(statuses_are_tried_again_or_named),
        cmocka_unit_test(bodies_of_doubtful_length_are_right_or_refused),
        cmocka_unit_test(headers_beyond_sane_limits_do_no_harm),
        cmocka_unit_test(redirects_are_followed_within_limits),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
