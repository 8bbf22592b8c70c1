/* Connections that break off: at every byte of a small answer, headers included, and at random places of a large one. */
#include "fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* An answer with its headers is shorter than PLACES; a drop beyond its end is none. */
#define SIZE   64u
#define PLACES 320u
#define BATCH  64u /* jobs at a time */

static void name_of(unsigned i, wchar_t name[16])
{
    (void)swprintf(name, 16, L"drop%u", i);
}

static IBackgroundCopyJob *begin_drop(unsigned sweep, unsigned at, unsigned i, const char *query)
{
    char target[256];
    wchar_t name[16];
    (void)snprintf(target, sizeof(target), "/gen/drop-%u-%u?size=%u&seed=%u&drop=%u&%s", sweep, at, SIZE, at, at,
                   query);
    IBackgroundCopyJob *job = client_job(manager, &listener);
    name_of(i, name);
    client_add(job, origin, target, name);
    if (!fault_is_patient)
        assert_hr(IBackgroundCopyJob_SetNoProgressTimeout(job, 0), S_OK);
    assert_hr(IBackgroundCopyJob_Resume(job), S_OK);
    return job;
}

/* Completes or cancels the job, which is transferred or in error; the error, or S_OK. */
static HRESULT end_drop(IBackgroundCopyJob *job)
{
    BG_JOB_STATE state;
    BG_ERROR_CONTEXT context;
    HRESULT hr = S_OK;
    assert_hr(IBackgroundCopyJob_GetState(job, &state), S_OK);
    if (state == BG_JOB_STATE_ERROR) {
        IBackgroundCopyError *error;
        assert_hr(IBackgroundCopyJob_GetError(job, &error), S_OK);
        assert_hr(IBackgroundCopyError_GetError(error, &context, &hr), S_OK);
        IBackgroundCopyError_Release(error);
    }
    assert_hr(hr == S_OK ? IBackgroundCopyJob_Complete(job) : IBackgroundCopyJob_Cancel(job), S_OK);
    IBackgroundCopyJob_Release(job);
    return hr;
}

static void wait_for_ends(LONG count, const char *query, unsigned first)
{
    ULONGLONG deadline = GetTickCount64() + WAIT_LIMIT_MS;
    while (listener.transferred + listener.failed < count) {
        ULONGLONG now = GetTickCount64();
        if (now >= deadline)
            fail_msg("%s: drops from %u on: not all jobs have ended", query, first);
        (void)WaitForSingleObject(listener.changed, (DWORD)(deadline - now));
    }
}

/* What the place of the drop must lead to; `hr` and the file are what it led to. */
typedef void check_drop(unsigned at, HRESULT hr, const wchar_t *name, const char *query);

/* Some place was beyond the end of the answer, so none in it was left out. */
static void assert_answers_were_swept(void)
{
    struct origin_request request;
    uint64_t longest = 0;
    for (size_t i = 0; origin_request_at(origin, i, &request); i++)
        longest = request.bytes_sent > longest ? request.bytes_sent : longest;
    assert_in_range(longest, SIZE, PLACES - 1);
}

/* One job for each place where the first answer may break off. */
static void sweep(const char *query, check_drop *check)
{
    static unsigned number;
    origin_reset(origin);
    for (unsigned first = 0; first < PLACES; first += BATCH) {
        IBackgroundCopyJob *jobs[BATCH];
        LONG ends = listener.transferred + listener.failed;
        for (unsigned i = 0; i < BATCH; i++)
            jobs[i] = begin_drop(number, first + i, i, query);
        wait_for_ends(ends + (LONG)BATCH, query, first);
        for (unsigned i = 0; i < BATCH; i++) {
            wchar_t name[16], path[MAX_PATH];
            name_of(i, name);
            check(first + i, end_drop(jobs[i]), name, query);
            client_path(name, path);
            DeleteFileW(path);
        }
        assert_no_temporary_file();
    }
    assert_answers_were_swept();
    number++;
}

static void must_be_right(unsigned at, HRESULT hr, const wchar_t *name, const char *query)
{
    if (hr != S_OK)
        fail_msg("%s, drop at %u: 0x%08lX", query, at, (unsigned long)hr);
    assert_content(name, at, 0, SIZE);
}

static void a_connection_that_drops_at_any_byte_does_not_matter(void **context)
{
    static const char *const framings[] = {
        "drops=1",
        "drops=1&norange=1",
        "drops=1&norange=1&reset=1",
        "times=1&norange=1&chunked=1",
        "times=1&norange=1&chunked=1&reset=1",
        "times=1&norange=1&nolength=1",
        "drops=1&norange=1&nolength=1",
        "drops=1&norange=1&chunked=1",
        "drops=1&norange=1&chunked=1&reset=1",
    };
    (void)context;
    for (size_t i = 0; i < ARRAYSIZE(framings); i++)
        sweep(framings[i], must_be_right);
}

/* Of a body that tells no length, from a server that knows no ranges either, nothing shows where it ends (docs/API.md, "Transient or fatal"): what came may be
 * the file, but then each byte of it is right. */
static void must_not_be_wrong(unsigned at, HRESULT hr, const wchar_t *name, const char *query)
{
    wchar_t path[MAX_PATH];
    WIN32_FILE_ATTRIBUTE_DATA data;
    (void)query;
    if (hr != S_OK) {
        assert_absent(name);
        return;
    }
    client_path(name, path);
    assert_true(GetFileAttributesExW(path, GetFileExInfoStandard, &data));
    assert_in_range(data.nFileSizeLow, 0, SIZE);
    assert_content(name, at, 0, data.nFileSizeLow);
}

static void a_body_whose_end_nothing_tells_is_never_wrong(void **context)
{
    static const char *const framings[] = {"norange=1&nolength=1", "norange=1&chunked=1&reset=1"};
    (void)context;
    fault_is_patient = false; /* each answer breaks off */
    for (size_t i = 0; i < ARRAYSIZE(framings); i++)
        sweep(framings[i], must_not_be_wrong);
    fault_is_patient = true;
}

static void drops_at_random_places_of_a_large_file_do_not_matter(void **context)
{
    static const struct fault faults[] = {
        ROW("dropat=random&times=5", RIGHT),
        ROW("dropat=random&times=5&norange=1", RIGHT),
        ROW("dropat=random&times=5&etag=none&lm=none", RIGHT),
        ROW("dropat=random&times=5&etag=none", RIGHT),
        ROW("dropat=random&times=5&reset=1", RIGHT),
        ROW("dropheaders=1&times=3", RIGHT),
        ROW("failfirst=3:drop", RIGHT),
        ROW("dropbody=1000000&times=4", RIGHT),
    };
    (void)context;
    fault_run_all(faults, ARRAYSIZE(faults), 20000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_that_drops_at_any_byte_does_not_matter),
        cmocka_unit_test(a_body_whose_end_nothing_tells_is_never_wrong),
        cmocka_unit_test(drops_at_random_places_of_a_large_file_do_not_matter),
    };
    return cmocka_run_group_tests(tests, fault_open, fault_close);
}
